"""Town partition: every town to exactly one centre, balance kept, least travel."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from geoplan.errors import InputError
from geoplan.siting.partition import partition

TOWNS = ["Wudian", "Junchuan", "Anju", "Yindian"]
MINUTES = pd.DataFrame(
    {"north": [10, 20, 40, np.nan], "south": [30, 25, 5, 15]}, index=pd.Index(TOWNS, name="town"))  # fmt: skip
PERSONS = [50, 30, 40, 20]


def test_centres_that_are_given_by_hand():
    towns = partition(MINUTES, PERSONS, ["north", "south"])
    assert towns["centre"].tolist() == ["north", "north", "south", "south"]
    assert towns["person_min"].tolist() == [500, 600, 200, 300]
    assert towns.index.equals(MINUTES.index)
    assert (towns.attrs["status"], towns.attrs["objective"]) == ("optimal", 1600)
    assert towns.attrs["load"] == pytest.approx({"north": 80 / 140, "south": 60 / 140})


def test_balance_moves_the_town_that_loses_least():
    # at most 72 of 140: Junchuan goes south for 5 more minutes, 30 x 5
    towns = partition(MINUTES, PERSONS, ["north", "south"], most_share=0.65)
    assert towns["centre"].tolist() == ["north", "north", "south", "south"]
    other = partition(MINUTES, [50, 30, 30, 10], ["north", "south"], most_share=0.6)
    assert other["centre"].tolist() == ["north", "south", "south", "south"]
    assert other.attrs["objective"] == 500 + 750 + 150 + 150


def test_a_number_of_centres_is_chosen():
    towns = partition(MINUTES, PERSONS, 1)  # north is out: Yindian does not reach it
    assert set(towns["centre"]) == {"south"}
    assert towns.attrs["objective"] == 1500 + 750 + 200 + 300


def test_no_partition_is_explained():
    towns = partition(MINUTES, PERSONS, ["north"])
    assert towns["centre"].isna().all()
    assert (towns.attrs["status"], towns.attrs["reason"]) == (
        "infeasible",
        "1 towns reach none of the centres.",
    )
    towns = partition(MINUTES, PERSONS, ["north", "south"], most_share=0.3)
    assert towns.attrs["status"] == "infeasible"
    assert towns.attrs["reason_zh"]
    assert towns.attrs["nearest"]["capacity"] == pytest.approx(140)


def test_stored_entries_of_a_sparse_matrix_count_zeros_too():
    minutes = sparse.csr_array(([0.0, 3.0, 4.0], ([0, 1, 1], [0, 0, 1])), shape=(2, 2))
    towns = partition(minutes, [1, 1], [0, 1])
    assert towns["centre"].tolist() == [0, 0]
    assert towns["minutes"].tolist() == [0, 3]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), p=st.integers(1, 3), share=st.sampled_from([None, 0.5, 0.7]))
def test_equals_brute_force(seed, p, share):
    rng = np.random.default_rng(seed)
    minutes, persons = (
        rng.integers(1, 60, (6, 3)).astype(float),
        rng.integers(1, 9, 6).astype(float),
    )
    minutes[rng.random((6, 3)) < 0.2] = np.nan
    towns = partition(pd.DataFrame(minutes), persons, p, most_share=share)
    best = np.inf
    for chosen in combinations(range(3), p):
        for way in product(chosen, repeat=6):
            load = np.bincount(way, persons, 3)
            if share is None or (load <= share * persons.sum() + 1e-9).all():
                cost = (minutes[np.arange(6), list(way)] * persons).sum()
                best = min(best, cost) if cost == cost else best  # noqa: PLR0124  (NaN)
    if best == np.inf:
        assert towns.attrs["status"] == "infeasible"
        assert towns["centre"].isna().all()
        return
    assert towns.attrs["status"] == "optimal"
    assert towns["person_min"].sum() == pytest.approx(best)
    assert towns.attrs["bound"] == pytest.approx(best)
    assert towns["centre"].nunique() <= p
    assert towns["centre"].notna().all()


@pytest.mark.parametrize(("given", "said"), [
    ((MINUTES, [1, 2], 1), "weight is not 4"), ((MINUTES, [1, 2, 3, 0], 1), "weight is not 4"),
    ((MINUTES, PERSONS, 0), "centres is 0"), ((MINUTES, PERSONS, ["west"]), "'west' is no column"),
    ((MINUTES, PERSONS, []), "none is no column"), ((MINUTES.to_numpy(), PERSONS, 1), "ndarray"),
    ((MINUTES, PERSONS, 3), "p is 3"),
])  # fmt: skip
def test_wrong_input_is_refused_by_name(given, said):
    with pytest.raises(InputError, match=said):
        partition(*given)


def test_a_share_of_nothing_is_refused():
    with pytest.raises(InputError, match="most_share is 0"):
        partition(MINUTES, PERSONS, 1, most_share=0)
