"""Floating catchments, equity, clusters: worked by hand and against plain loops."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import network as nw
from geoplan import service_circles as sc
from geoplan.errors import InputError, MissingColumnsError
from geoplan.service_circles.clusters import dbscan
from tests.fixtures import toytown
from tests.fixtures.nets import cities

WALK = nw.Profile("w", "walk", 1.0, 200.0)
at = toytown.at


def test_two_catchments_worked_by_hand(policy):
    town = nw.from_roads(toytown.roads(), WALK)
    sites = gpd.GeoDataFrame(
        {"facility_id": ["a", "b", "c"], "beds": [10.0, 30.0, np.nan]},
        geometry=[at(0, 0), at(400, 400), at(0, 0)], crs=4547,
    )  # fmt: skip
    people = gpd.GeoDataFrame(
        {"elders_60": [100.0, 50.0, np.nan]}, geometry=[at(0, 0), at(0, 400), at(0, 0)], crs=4547
    )
    # a: 0 min to the first (weight 1), 6 min 40 to the second (0.68); b: 13 min 20, 6 min 40
    doors, found = sc.accessibility(
        town, sites, people, supply="beds", group="elders_60", policy=policy
    )
    a, b = 10.0 / (100 * 1 + 50 * 0.68), 30.0 / (100 * 0.22 + 50 * 0.68)
    assert doors["per_100"].tolist()[:2] == pytest.approx(
        [100 * (a + 0.22 * b), 100 * (0.68 * a + 0.68 * b)]
    )
    assert np.isnan(doors["per_100"].iloc[2])
    assert doors["facilities"].tolist()[:2] == [2, 2]
    assert found["status"].tolist() == ["counted", "counted", "no_data"]
    plain, _ = sc.accessibility(
        town, sites, people, supply="beds", group="elders_60", policy=policy, method="2sfca"
    )
    assert plain["per_100"].tolist()[:2] == pytest.approx([100 * 40 / 150] * 2)


@settings(max_examples=25, deadline=None)
@given(cities(), st.sampled_from(["2sfca", "e2sfca", "3sfca"]), st.sampled_from(["to", "from"]))
def test_what_is_offered_is_what_is_had(policy, city, method, direction):
    roads, points, mode = city
    town = nw.from_roads(roads, nw.Profile("x", mode, 1.1, 300.0))
    sites = points.iloc[:4].assign(facility_id=list("abcd"), beds=[5.0, 0.0, 8.0, 2.0])
    people = points.assign(elders_60=np.arange(len(points), dtype=float))
    doors, found = sc.accessibility(
        town, sites, people, supply="beds", group="elders_60", policy=policy, method=method,
        direction=direction,
    )  # fmt: skip
    had = (doors["per_100"] / 100 * people["elders_60"]).sum()
    assert had == pytest.approx(found.loc[found["status"] == "counted", "supply"].sum())


def test_all_methods_on_one_town(policy):
    town = nw.from_roads(toytown.roads(), WALK)
    sites = gpd.GeoDataFrame(
        {"facility_id": ["b", "a"], "beds": [10.0, 30.0]},
        geometry=[at(0, 0), at(400, 400)],
        crs=4547,
    )
    people = gpd.GeoDataFrame(
        {"elders_60": [100.0, 50.0, np.nan]}, geometry=[at(0, 0), at(0, 400), at(9000, 0)], crs=4547
    )
    asked = {"supply": "beds", "group": "elders_60", "policy": policy}
    # weights: b 1 and 0.68, a 0.22 and 0.68
    b, a = 10.0 / (100 + 50 * 0.68), 30.0 / (100 * 0.22 + 50 * 0.68)
    doors, _ = sc.accessibility(town, sites, people, method="m2sfca", **asked)
    want = [100 * (b + 0.22**2 * a), 100 * 0.68**2 * (a + b)]
    assert doors["per_100"].tolist()[:2] == pytest.approx(want)
    three, found = sc.accessibility(town, sites, people, method="3sfca", **asked)
    first = np.array([0.22**2, 1.0]) / 1.22
    asking = first * 100 + 0.34 * 50
    want = 100 * np.array([first @ ([30.0, 10.0] / asking), 0.34 * ([30.0, 10.0] / asking).sum()])
    assert three["per_100"].tolist()[:2] == pytest.approx(want)
    assert found["demand"].tolist() == pytest.approx(asking)
    assert found.index.tolist() == ["a", "b"]
    # 3.75 people a bed are usual; the first are 0 and 13.33 minutes away, the others 6.67 from both
    choice, where = sc.accessibility(town, sites, people, method="raam", tau_min=15.0, **asked)
    assert list(choice.columns) == ["cost", "facilities"]
    assert where["demand"].sum() == pytest.approx(150.0)
    assert np.isnan(choice["cost"].iloc[2])
    crowd = where["demand"] / where["supply"] / 3.75
    assert crowd["b"] == pytest.approx(
        crowd["a"] + 40 / 3 / 15, abs=2e-3
    )  # some of the first go far
    assert choice["cost"].iloc[0] == pytest.approx(crowd["b"], abs=2e-3)
    assert choice["cost"].iloc[1] == pytest.approx(crowd["a"] + 20 / 3 / 15, abs=2e-3)
    usual, _ = sc.accessibility(town, sites, people, method="raam", **asked)
    assert usual["cost"].iloc[0] == choice["cost"].iloc[0]  # the policy's circle is 15 minutes
    with pytest.raises(InputError, match="tau_min"):
        sc.accessibility(town, sites, people, method="raam", tau_min=0.0, **asked)


def test_negative_amounts_are_refused(policy):
    town = nw.from_roads(toytown.roads(), WALK)
    sites = toytown.facilities().assign(beds=-1.0)
    with pytest.raises(InputError, match="beds"):
        sc.accessibility(
            town, sites, toytown.people(), supply="beds", group="persons", policy=policy
        )
    with pytest.raises(MissingColumnsError, match="rooms"):
        sc.accessibility(
            town, sites, toytown.people(), supply="rooms", group="persons", policy=policy
        )


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), min_size=1, max_size=30))
def test_gini_is_the_mean_difference(pairs):
    value, weight = np.array(pairs, dtype=float).T
    people = np.repeat(value, weight.astype(int))
    found = sc.gini(value, weight)
    if people.sum() == 0:
        assert np.isnan(found)
        return
    want = np.abs(people[:, None] - people[None]).mean() / (2 * people.mean())
    assert found == pytest.approx(want, abs=1e-9)


def test_palma_and_units():
    value = pd.Series([1.0, 1.0, 4.0, np.nan])
    people = pd.Series([40.0, 50.0, 10.0, 100.0])
    assert sc.palma(value, people) == pytest.approx(40.0 / 40.0)
    assert sc.palma([0.0, 1.0], [50.0, 50.0]) == np.inf
    table = sc.equity(value, people, pd.Series(list("aabb"), name="unit_code"))
    assert table.index.name == "unit_code"
    assert table.loc["a", "gini"] == pytest.approx(0.0)
    assert table["completeness_share"].tolist() == pytest.approx([1.0, 10.0 / 110.0])
    with pytest.raises(InputError, match="negative"):
        sc.gini([-1.0], [1.0])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.sampled_from([1.0, 5.0, 20.0]))
def test_clusters_are_those_of_the_definition(seed, n, at_least):
    rng = np.random.default_rng(seed)
    xy, weight = rng.integers(0, 40, (n, 2)) * 25.0, rng.integers(1, 6, n).astype(float)
    label = dbscan(xy, weight, 100.0, at_least)
    near = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) <= 100.0
    middle = near @ weight >= at_least
    piece = np.arange(n)  # by brute force: equal numbers flow over links until nothing changes
    for _ in range(n):
        for i in np.flatnonzero(middle):
            piece[i] = piece[near[i] & middle].min()
    for i in range(n):
        if middle[i]:
            same = middle & (label == label[i])
            assert (same == (middle & (piece == piece[i]))).all()
        else:
            allowed = {-1} if not (near[i] & middle).any() else set(label[near[i] & middle])
            assert label[i] in allowed


def test_unserved_clusters_are_ranked_named_and_placed():
    rng = np.random.default_rng(3)
    groups = [(0, 0, 30, "u1"), (5000, 0, 60, "u2"), (9000, 0, 20, "u1")]
    xy = np.vstack([rng.normal((x, y), 40, (n, 2)) for x, y, n, _ in groups])
    people = gpd.GeoDataFrame(
        {"unit_code": np.repeat([g[3] for g in groups], [g[2] for g in groups]), "elders_60": 2.0,
         "persons": 9.0},
        geometry=gpd.points_from_xy(xy[:, 0] + toytown.ORIGIN_X, xy[:, 1] + toytown.ORIGIN_Y), crs=4547,
    )  # fmt: skip
    near = pd.DataFrame({"walk_min": np.nan, "reach": "beyond_limit"}, index=people.index)
    near.loc[:9, "walk_min"] = 20.0
    near.loc[10:19, "walk_min"] = 15.0
    found = sc.unserved_clusters(near, people, limit_min=15.0, names=pd.Series({"u1": "东村"}))
    assert found["rank"].tolist() == [1, 2, 3]
    assert found["elders_60"].tolist() == [120.0, 40.0, 40.0]
    assert found["name"].tolist() == ["u2", "东村 1", "东村 2"]
    assert found["persons"].tolist() == [540.0, 180.0, 180.0]
    assert found["unreachable_share"].tolist() == pytest.approx([1.0, 0.5, 1.0])
    assert found.geometry.iloc[0].distance(at(5000, 0)) < 60
    few = sc.unserved_clusters(near, people, limit_min=15.0, at_least=100.0)
    assert len(few) == 1
    assert few.attrs["scattered"] == 80.0


def test_nobody_unserved_is_an_empty_table():
    people = toytown.people().assign(unit_code="u", elders_60=1.0)
    near = pd.DataFrame({"walk_min": 1.0, "reach": "reached"}, index=people.index)
    assert sc.unserved_clusters(near, people, limit_min=15.0).empty
