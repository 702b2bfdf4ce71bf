"""Candidates: every reason with its field and basis; grids and nodes where none are given."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fixtures import toytown
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import CRSMismatchError, InputError, MissingColumnsError, NotMetricCRSError
from geoplan.network import from_roads, profile
from geoplan.siting import candidates
from geoplan.standards import usable_sites

X, Y = 500_000.0, 3_500_000.0


def at(x: float, y: float = 0.0) -> shapely.Point:
    return shapely.Point(X + x, Y + y)


def sites(*rows: dict, where=None) -> gpd.GeoDataFrame:
    plain = {"floor_m2": 400.0, "floor_level": 1, "hazard": None, "owner": "国有", "cost": 5.0}
    frame = pd.DataFrame([{"site_id": f"s{i}", **plain, **row} for i, row in enumerate(rows)])
    where = [at(100.0 * i) for i in range(len(rows))] if where is None else where
    return gpd.GeoDataFrame(frame, geometry=where, crs=4547)


def said(table, site="s0") -> dict[str, str]:
    rows = table[table["site_id"] == site]
    assert set(rows["rule_id"]) <= {"ELD-19"}
    return dict(zip(rows["field"], rows["basis"], strict=True))


def square(x: float, size: float, name: str = "区") -> gpd.GeoDataFrame:
    shape = shapely.box(X + x, Y - size / 2, X + x + size, Y + size / 2)
    return gpd.GeoDataFrame({"name": [name]}, geometry=[shape], crs=4547)


@pytest.mark.parametrize(("row", "rejected", "warned"), [
    ({}, {}, {}),
    ({"floor_level": -1}, {"floor_level": "V-2nd"}, {}),
    ({"floor_level": 3}, {}, {"floor_level": "M-high"}),
    ({"floor_level": None}, {}, {"floor_level": ""}),
    ({"hazard": "滑坡"}, {"hazard": ""}, {}),
    ({"floor_m2": 349.0}, {}, {"floor_m2": "V-2nd"}),
    ({"floor_m2": 350.0}, {}, {}),
    ({"floor_m2": None}, {}, {"floor_m2": ""}),
    ({"owner": None}, {}, {"owner": ""}),
    ({"lease_year": 4.0}, {}, {"lease_year": "P"}),
    ({"lease_year": 5.0}, {}, {}),
    ({"land_m2": 30_001.0}, {}, {"land_m2": "M-med"}),
    ({"illegal": True}, {}, {"illegal": ""}),
    ({"fire_check": None}, {}, {"fire_check": ""}),
    ({"structure_check": False}, {}, {"structure_check": ""}),
    ({"own_entrance": False}, {}, {"own_entrance": "V"}),
    ({"cost": None}, {}, {"cost": ""}),
    ({"hazard": "滑坡", "floor_m2": 100.0}, {"hazard": ""}, {"floor_m2": "V-2nd"}),
])  # fmt: skip
def test_each_field_by_its_basis(policy, row, rejected, warned):
    found = candidates.from_sites(sites(row), policy)
    assert said(found.rejected) == rejected
    assert said(found.warnings) == warned
    assert len(found.usable) == (not rejected)


def test_what_standards_say_is_said_too(policy):
    """The same sites are usable, and for the same reasons, as by the standards."""
    rows = [
        {"floor_level": -1},
        {"floor_level": 2, "owner": None},
        {"hazard": "a；b", "floor_m2": 9.0},
    ]
    table = sites(*rows, {})
    found, judged = candidates.from_sites(table, policy), usable_sites(table, policy)
    assert found.usable["site_id"].tolist() == table["site_id"][judged["usable"]].tolist()
    for i, name in enumerate(table["site_id"]):
        for told, column in ((found.rejected, "reasons"), (found.warnings, "warnings")):
            rows = told[told["site_id"] == name]
            assert "；".join(rows["reason_zh"]) == judged[f"{column}_zh"].iloc[i]
            assert "; ".join(rows["reason_en"]) == judged[f"{column}_en"].iloc[i]


def test_a_local_text_makes_the_area_hard_and_a_guess_the_level_soft(policy_with, policy):
    """Only the basis decides what is hard."""
    from dataclasses import replace

    from geoplan.policy.model import Frozen

    def other(name: str, basis: str):
        changed = {**policy.parameters, name: replace(policy.parameter(name), basis=basis)}
        return replace(policy, parameters=Frozen(changed))

    small, low = sites({"floor_m2": 9.0}), sites({"floor_level": -1})
    assert said(candidates.from_sites(small, other("site_min_floor_m2", "V")).rejected) == {
        "floor_m2": "V"
    }
    found = candidates.from_sites(low, other("site_min_floor_level", "M-high"))
    assert said(found.warnings) == {"floor_level": "M-high"}
    assert len(found.usable) == 1


def test_places(policy):
    """s0 and s1 at one point, s2 at a facility, s3 without a place, s4 where nothing may be."""
    table = sites({}, {}, {}, {}, {}, where=[at(0), at(0.5), at(100), None, at(500)])
    standing = gpd.GeoDataFrame({"facility_id": ["f"]}, geometry=[at(100)], crs=4547)
    found = candidates.from_sites(table, policy, facilities=standing.to_crs(4490),
                                  outside=square(450, 100, "采空区"))  # fmt: skip
    assert said(found.rejected, "s3") == {"geometry": ""}
    assert said(found.rejected, "s4") == {"geometry": "given"}
    assert "采空区" in found.rejected["reason_zh"].iloc[1]
    assert said(found.warnings, "s1") == {"same_place_as": ""}
    assert said(found.warnings, "s0") == {}
    assert said(found.warnings, "s2") == {"coincides_with": ""}
    usable = found.usable.set_index("site_id")
    assert usable.index.tolist() == ["s0", "s1", "s2"]
    assert usable["same_place_as"].tolist() == [None, "s0", None]
    assert usable["coincides_with"].tolist() == [None, None, "f"]
    assert usable.crs == table.crs


def test_in_or_beside_what_lacks_it(policy):
    """The area is 0 to 100 m: its edge and 1 m beside it are beside it, 2 m are not."""
    table = sites({}, {}, {}, where=[at(100), at(101), at(102.5)])
    found = candidates.from_sites(table, policy, deficit=square(0, 100))
    told = found.warnings[found.warnings["field"] == "geometry"]
    assert told["site_id"].tolist() == ["s2"]
    assert len(found.usable) == 3


def test_costs_by_hand(policy):
    table = sites({"cost": 7.0, "acquisition": "build"}, {"cost": None, "acquisition": "lease"},
                  {"cost": None, "acquisition": "swap"},
                  {"cost": None, "acquisition": "lease", "floor_m2": None})  # fmt: skip
    told = candidates.costs(table, policy, per_m2={"lease": 200.0, "build": 3.0})
    assert told["cost"].tolist()[:2] == [7.0, 80_000.0]
    assert told["cost"].isna().tolist() == [False, False, True, True]
    assert told["cost_basis"].tolist() == ["given", "P", "", ""]
    usable = candidates.from_sites(table, policy, per_m2={"lease": 200.0}).usable
    assert usable["cost_basis"].tolist() == ["given", "P", "", ""]
    for wrong in ({"rent": 1.0}, {"lease": -1.0}, {"lease": float("nan")}):
        with pytest.raises(InputError, match="per_m2"):
            candidates.costs(table, policy, per_m2=wrong)
    with pytest.raises(InputError, match="cost"):
        candidates.costs(sites({"cost": -1.0}), policy)


def test_registers_that_cannot_be(policy):
    with pytest.raises(MissingColumnsError, match="site_id"):
        candidates.from_sites(sites({}).drop(columns="site_id"), policy)
    for ids in (["a", "a"], ["a", None]):
        with pytest.raises(InputError, match="site_id"):
            candidates.from_sites(sites({}, {}).assign(site_id=ids), policy)
    with pytest.raises(InputError, match="same_m"):
        candidates.from_sites(sites({}), policy, same_m=-1)
    none = candidates.from_sites(sites({}).iloc[:0], policy)
    assert (len(none.usable), len(none.rejected), len(none.warnings)) == (0, 0, 0)


# where no sites are given


def test_a_grid_by_hand():
    """A square of 100 m from 0: points at 0, 50, 100 each way; nothing may be at x = 100."""
    area = square(0, 100)
    area.geometry = area.translate(0, 50)
    points = candidates.grid(area, 50)
    assert points["site_id"].tolist() == [f"G{i}" for i in range(1, 10)]
    assert (points.geometry.iloc[1].x - X, points.geometry.iloc[1].y - Y) == (50, 0)
    assert len(candidates.grid(area, 50, outside=square(99, 300))) == 6
    bounds = tuple(area.total_bounds.tolist())
    assert candidates.grid(bounds, 50, crs="EPSG:4547").geometry.equals(points.geometry)
    assert len(candidates.grid(area.iloc[:0], 50)) == 0


@settings(max_examples=30)
@given(st.floats(7, 90), st.floats(0, 400), st.floats(10, 300))
def test_grids_of_neighbours_fit(spacing, left, size):
    both = gpd.GeoDataFrame(geometry=[square(left, size).geometry[0], square(left + size, size).geometry[0]],
                            crs=4547)  # fmt: skip
    whole = candidates.grid(both, spacing)
    parts = pd.concat([candidates.grid(both.iloc[[i]], spacing) for i in range(2)])
    assert set(parts.geometry.to_wkt()) == set(whole.geometry.to_wkt())
    assert whole["site_id"].is_unique
    xy = np.column_stack((whole.geometry.x, whole.geometry.y)) / spacing
    assert np.allclose(xy, np.round(xy))


def test_grids_that_cannot_be():
    with pytest.raises(NotMetricCRSError):
        candidates.grid(square(0, 100).to_crs(4490), 50)
    with pytest.raises(CRSMismatchError):
        candidates.grid(square(0, 100), 50, outside=square(0, 10).to_crs(4490))
    for spacing in (0, -1, float("nan"), float("inf")):
        with pytest.raises(InputError, match="spacing_m"):
            candidates.grid(square(0, 100), spacing)
    with pytest.raises(InputError, match="points"):
        candidates.grid(square(0, 100), 0.05)


def test_nodes_of_roads(policy):
    network = from_roads(toytown.roads(), profile("elder_walk", policy))
    every = candidates.road_nodes(network, 1.0)
    assert len(every) == (network.component == 0).sum()
    some = candidates.road_nodes(network, 250.0, seed=3)
    squares = [(np.floor(p.x / 250), np.floor(p.y / 250)) for p in some.geometry]
    assert len(set(squares)) == len(squares)
    assert set(squares) == {(np.floor(p.x / 250), np.floor(p.y / 250)) for p in every.geometry}
    assert some.equals(candidates.road_nodes(network, 250.0, seed=3))
    assert some["site_id"].is_unique
    away = gpd.GeoDataFrame(geometry=[some.geometry.iloc[0].buffer(1)], crs=some.crs)
    assert len(candidates.road_nodes(network, 250.0, seed=3, outside=away)) == len(some) - 1
    with pytest.raises(InputError, match="every_m"):
        candidates.road_nodes(network, 0)


# the score


def test_a_score_by_hand(policy):
    """A clinic 300 m off counts 1, 600 m off half; newly 10 of 10 and 5 of 10; costs 5 and 10."""
    table = sites(
        {"cost": 5.0, "owner": "国有"}, {"cost": 10.0, "owner": "某公司"}, where=[at(0), at(900)]
    )
    clinic = gpd.GeoDataFrame(geometry=[at(300)], crs=4547)
    told = candidates.score(table, policy, newly=[10, 5], clinics=clinic)
    assert told["newly"].tolist() == [1.0, 0.5]
    assert told["clinic"].tolist() == [1.0, 0.5]
    assert told["cost"].tolist() == [0.5, 0.0]
    assert told["owner"].tolist() == [1.0, 0.5]
    # 0.4 + 0.1 + 0.1 + 0.1 are given: shares 4/7, 1/7, 1/7, 1/7
    assert told[["deficit_weight", "stop_weight"]].to_numpy().sum() == 0
    assert told["newly_weight"].iloc[0] == pytest.approx(4 / 7)
    assert told["score"].tolist() == pytest.approx([(4 + 1 + 0.5 + 1) / 7, (2 + 0.5 + 0.5) / 7])
    assert told["rank"].tolist() == [1, 2]
    only = candidates.score(table, policy, newly=[10, 5],
                            weights={"cost": 0, "owner": 0, "newly": 2})  # fmt: skip
    assert only["score"].tolist() == [1.0, 0.5]


@pytest.mark.parametrize("change", [
    {"weights": {"newly": -1}}, {"weights": {"view": 1}}, {"newly": [1, 2, 3]}, {"deficit_m2": [1]},
])  # fmt: skip
def test_scores_that_cannot_be(policy, change):
    with pytest.raises(InputError):
        candidates.score(sites({}, {}), policy, **change)
