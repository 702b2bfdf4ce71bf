"""Floating catchments on arrays: worked by hand, against plain loops, and in balance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse

from geoplan import service_circles as sc
from geoplan.errors import InputError

BANDS, WEIGHTS = [5.0, 10.0, 15.0], [1.0, 0.68, 0.22]


def pairs(rows):
    """Minutes of a dense table; None where out of reach. A stored zero stays."""
    table = [[(j, m) for j, m in enumerate(row) if m is not None] for row in rows]
    ptr = np.cumsum([0, *map(len, table)])
    flat = [p for row in table for p in row]
    return sparse.csr_array(
        (np.array([m for _, m in flat], float), np.array([j for j, _ in flat], np.int32), ptr),
        shape=(len(rows), len(rows[0])),
    )


TWO = pairs([[0.0, 12.0], [8.0, 5.0], [None, 15.0]])
BEDS, PEOPLE = [10.0, 30.0], [100.0, 50.0, 20.0]


def share(method, **changes):
    given_ = {"minutes": TWO, "supply": BEDS, "people": PEOPLE, **changes}
    return sc.floating(**given_, bands_min=BANDS, weights=WEIGHTS, method=method)


def test_e2sfca_by_hand():
    a, b = 10 / (100 + 50 * 0.68), 30 / (100 * 0.22 + 50 + 20 * 0.22)
    found = share("e2sfca")
    assert found.access.tolist() == pytest.approx([a + 0.22 * b, 0.68 * a + b, 0.22 * b])
    assert found.ratio.tolist() == pytest.approx([a, b])
    assert found.in_reach.tolist() == pytest.approx([134.0, 76.4])


def test_m2sfca_by_hand():
    a, b = 10 / 134, 30 / 76.4
    want = [a + 0.22**2 * b, 0.68**2 * a + b, 0.22**2 * b]
    found = share("m2sfca")
    assert found.access.tolist() == pytest.approx(want)
    assert found.access @ PEOPLE < sum(BEDS)  # what is far is lost to all


def test_3sfca_by_hand():
    # choice weights: 1/1.22 and 0.22/1.22; 0.68/1.68 and 1/1.68; the third has only the second
    g = np.array([[1 / 1.22, 0.22 / 1.22], [0.68 / 1.68, 1 / 1.68], [0.0, 1.0]])
    w = np.array([[1.0, 0.22], [0.68, 1.0], [0.0, 0.22]]) * g
    ratio = np.array(BEDS) / (w.T @ PEOPLE)
    found = share("3sfca")
    assert found.access.tolist() == pytest.approx((w @ ratio).tolist())
    assert found.access @ PEOPLE == pytest.approx(sum(BEDS))


def test_unknown_supply_shares_nothing_and_limits_are_closed():
    found = share("2sfca", supply=[np.nan, 30.0], people=[100.0, np.nan, 20.0])
    assert found.access.tolist() == pytest.approx([30 / 120] * 3)
    assert np.isnan(found.ratio[0])
    beyond = share("2sfca", minutes=pairs([[15.0], [15.1], [16.0]]), supply=[5.0])
    assert beyond.access.tolist() == pytest.approx([0.05, 0.0, 0.0])
    nobody = share("2sfca", people=[0.0, 0.0, 0.0])
    assert nobody.access.tolist() == [0.0] * 3
    assert np.isnan(nobody.ratio).all()


@st.composite
def towns(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = draw(st.integers(1, 12)), draw(st.integers(1, 6))
    table = np.where(rng.random((n, m)) < 0.6, rng.integers(0, 18, (n, m)).astype(float), np.nan)
    rows = [[None if np.isnan(v) else v for v in row] for row in table]
    return rows, rng.integers(0, 40, m).astype(float), rng.integers(0, 90, n).astype(float)


@settings(max_examples=60)
@given(towns(), st.sampled_from(["2sfca", "e2sfca", "m2sfca", "3sfca"]))
def test_shares_are_those_of_plain_loops(town, method):
    rows, supply, people = town
    w = [[0.0 if m is None else next((s for b, s in zip(BANDS, WEIGHTS, strict=True) if m <= b), 0.0) for m in row]
         for row in rows]  # fmt: skip
    if method == "2sfca":
        w = [[float(v > 0) for v in row] for row in w]
    if method == "3sfca":
        w = [[v * v / sum(row) if v else 0.0 for v in row] for row in w]
    asked = [sum(w[i][j] * people[i] for i in range(len(rows))) for j in range(len(supply))]
    want = []
    for row in w:
        a = 0.0
        for j, v in enumerate(row):
            if asked[j] > 0:
                a += supply[j] / asked[j] * v * (v if method == "m2sfca" else 1.0)
        want.append(a)
    found = share(method, minutes=pairs(rows), supply=supply, people=people)
    assert found.access.tolist() == pytest.approx(want, rel=1e-12, abs=1e-300)
    if method != "m2sfca":
        used = supply[np.array(asked) > 0].sum()
        assert (found.access * people).sum() == pytest.approx(used)


def plain_balance(rows, supply, people, tau, rho, steps=4000):
    """RAAM as its paper tells it: again and again some go from the dearest used to the cheapest."""
    going = np.zeros((len(rows), len(supply)))
    walk = np.array([[np.inf if m is None or supply[j] == 0 else m / tau
                      for j, m in enumerate(row)] for row in rows])  # fmt: skip
    live = [i for i in range(len(rows)) if people[i] > 0 and np.isfinite(walk[i]).any()]
    room = np.where(supply > 0, supply, 1.0) * rho
    for i in live:
        going[i, walk[i].argmin()] = people[i]
    for step in range(steps):
        moved = 0.5 * 0.997**step
        for i in live:
            price = going.sum(axis=0) / room + walk[i]
            low = price.argmin()
            high = np.where(going[i] > 0, price, -np.inf).argmax()
            if price[high] > price[low]:
                fair = (price[high] - price[low]) / (1 / room[high] + 1 / room[low])
                some = min(going[i, high], moved * people[i], fair)
                going[i, high] -= some
                going[i, low] += some
    price = going.sum(axis=0) / room + walk
    return going, price.min(axis=1)


@settings(max_examples=15)
@given(towns(), st.sampled_from([5.0, 15.0, 60.0]))
def test_raam_ends_where_the_paper_does(town, tau):
    rows, supply, people = town
    _, cost = plain_balance(rows, supply, people, tau, rho=2.0)
    found = sc.rational(
        pairs(rows), supply, people, tau_min=tau, people_per_supply=2.0, spread=1e-9
    )
    reached = np.isfinite(cost)
    assert np.isnan(found.cost[~reached]).all()
    assert found.cost[reached] == pytest.approx(cost[reached], abs=2e-3)
    assert found.people.sum() == pytest.approx(people[reached].sum())
    assert found.spread <= 1e-9


def test_raam_minimises_the_potential():
    rng = np.random.default_rng(5)
    minutes = rng.uniform(0, 15, (4, 3))
    supply, people = np.array([5.0, 8.0, 2.0]), np.array([30.0, 10.0, 25.0, 40.0])
    found = sc.rational(sparse.csr_array(minutes), supply, people, tau_min=10.0, spread=1e-10)
    room = supply * people.sum() / supply.sum()

    def potential(x):
        x = x.reshape(4, 3)
        return (x.sum(axis=0) ** 2 / (2 * room)).sum() + (x * minutes / 10.0).sum()

    same = {"type": "eq", "fun": lambda x: x.reshape(4, 3).sum(axis=1) - people}
    best = optimize.minimize(potential, np.repeat(people / 3, 3), method="SLSQP",
                             bounds=[(0, None)] * 12, constraints=[same],
                             options={"maxiter": 500, "ftol": 1e-12})  # fmt: skip
    assert found.people == pytest.approx(best.x.reshape(4, 3).sum(axis=0), abs=1e-3)


def test_raam_does_not_depend_on_the_order_of_rows():
    rng = np.random.default_rng(2)
    table = rng.uniform(0, 15, (40, 7))
    supply, people = rng.uniform(1, 9, 7), rng.uniform(0, 50, 40)
    order = rng.permutation(40)
    one = sc.rational(sparse.csr_array(table), supply, people, tau_min=15, spread=1e-9)
    other = sc.rational(
        sparse.csr_array(table[order]), supply, people[order], tau_min=15, spread=1e-9
    )
    assert other.cost == pytest.approx(one.cost[order], abs=1e-7)
    again = sc.rational(sparse.csr_array(table), supply, people, tau_min=15, spread=1e-9)
    assert (again.cost == one.cost).all()
    few = sc.rational(sparse.csr_array(table), supply, people, tau_min=15, spread=1e-9, rounds=1)
    assert few.rounds == 1
    assert few.spread > one.spread


def test_raam_where_there_is_nothing():
    found = sc.rational(pairs([[None, 3.0], [6.0, None]]), [0.0, 4.0], [5.0, 5.0], tau_min=3.0)
    assert np.isnan(found.cost[1])  # its only place has no beds
    assert found.people.tolist() == [0.0, 5.0]
    alone = sc.rational(pairs([[3.0]]), [np.nan], [5.0], tau_min=3.0)
    assert np.isnan(alone.cost).all()
    empty = sc.rational(pairs([[3.0, 6.0]]), [2.0, 2.0], [0.0], tau_min=3.0)
    assert empty.cost.tolist() == [1.0]  # who would come pays the walk


@pytest.mark.parametrize(
    ("changes", "match"),
    [({"supply": [1.0]}, "supply is not 2"), ({"people": [1.0, -1.0, 0.0]}, "people is not 3"),
     ({"supply": [np.inf, 1.0]}, "supply"), ({"minutes": -1 * TWO}, "negative")],
)  # fmt: skip
def test_amounts_that_cannot_be(changes, match):
    with pytest.raises(InputError, match=match):
        share("e2sfca", **changes)


def test_bands_and_numbers_that_cannot_be():
    for bands, weights in (([5, 5], [1, 1]), ([5], [1, 1]), ([5], [-1]), ([], [])):
        with pytest.raises(InputError, match="do not fit"):
            sc.floating(TWO, BEDS, PEOPLE, bands_min=bands, weights=weights)
    with pytest.raises(InputError, match="4sfca"):
        share("4sfca")
    for wrong in ({"tau_min": 0.0}, {"tau_min": np.nan}, {"tau_min": 1, "spread": 0},
                  {"tau_min": 1, "rounds": 0}, {"tau_min": 1, "people_per_supply": -1}):  # fmt: skip
        with pytest.raises(InputError, match="above 0"):
            sc.rational(TWO, BEDS, PEOPLE, **wrong)
