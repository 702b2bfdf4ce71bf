"""ELD-19, 20: what a candidate must be, and how candidates are ranked (四(一)1(1))."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from geoplan.policy.vocabulary import BASES
from geoplan.siting import candidates

ORIGIN = shapely.Point(500_000, 3_500_000)


def site(**cells: object) -> gpd.GeoDataFrame:
    plain = {"site_id": "s", "floor_level": 1, "floor_m2": 500.0, "owner": "国有", "cost": 1.0}
    return gpd.GeoDataFrame([{**plain, **cells}], geometry=[ORIGIN], crs="EPSG:4547")


@pytest.mark.parametrize(("cells", "hard"), [
    ({"floor_level": 0}, True), ({"floor_level": -1}, True), ({"hazard": "地质灾害"}, True),
    ({"floor_m2": 349.0}, False), ({"lease_year": 4.0}, False), ({"own_entrance": False}, False),
    ({"floor_level": 2}, False),
])  # fmt: skip
def test_eld_19__hard_only_by_what_was_read_and_applies_here(policy, cells, hard):
    """
    四(一)1(1)：补建、购置、置换、租赁、改造 of idle buildings.

    A constraint is hard only where its basis is [V], or a national text [V-2nd], and it applies in
    Hubei (not in a basement or mezzanine); 350 m² of Anhui, 5 years of lease [P], Shaoxing's own
    entrance and a lift [M-high] only warn, with their basis.
    """
    found = candidates.from_sites(site(**cells), policy)
    assert len(found.usable) == (not hard)
    told = found.rejected if hard else found.warnings
    assert told["field"].tolist() == list(cells)
    assert set(told["rule_id"]) == {"ELD-19"}
    assert set(told["basis"]) <= {*BASES, ""}


def test_eld_19__the_least_area_is_closed(policy):
    """350 m² are enough."""
    assert candidates.from_sites(site(floor_m2=350.0), policy).warnings.empty


def test_eld_20__the_score_shows_its_weights(policy):
    """
    Score = w1·elderly newly covered + w2·deficit reduced + w3·distance to clinic (300 m) +
    w4·transit stop + w5·cost class + w6·ownership ease; weights shown.
    """
    clinic = gpd.GeoDataFrame(geometry=[shapely.Point(500_300, 3_500_000)], crs="EPSG:4547")
    row = candidates.score(
        site(), policy, newly=[3], deficit_m2=[20], clinics=clinic, stops=clinic
    ).iloc[0]
    names = ("newly", "deficit", "clinic", "stop", "cost", "owner")
    assert row["clinic"] == 1.0  # 300 m count
    assert sum(row[f"{n}_weight"] for n in names) == pytest.approx(1.0)
    assert row["score"] == pytest.approx(sum(row[n] * row[f"{n}_weight"] for n in names))
