"""BND-15, BND-16 and the statutes: natural change, cross-boundary works, two sides, disputes, changes."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pytest
import shapely

from geoplan.boundaries import case_states, marker_states
from geoplan.boundaries.change_approval import approval, deadlines, dossier
from geoplan.boundaries.claims import compare_claims
from geoplan.boundaries.disputed_land import freeze_warnings
from geoplan.boundaries.overlays import crossings, deviation_report
from geoplan.errors import TransitionRefusedError

X, Y, CRS = 450_000.0, 3_505_000.0, "EPSG:4547"
LINE = gpd.GeoDataFrame(
    {"line_id": ["L"], "left_code": "421303", "right_code": "421321"},
    geometry=[shapely.LineString([(X, Y), (X + 1000, Y)])],
    crs=CRS,
)


def test_bnd_15__a_river_that_moves_does_not_move_the_line():
    """界线管理条例第七条: “…界线维持不变”: a report of 60 m deviation, the line untouched."""
    river = gpd.GeoDataFrame(
        {"name": ["涢水"]},
        geometry=[shapely.LineString([(X, Y + 60), (X + 1000, Y + 60)])],
        crs=CRS,
    )
    report = deviation_report(LINE, river, tolerance_m=2.0)
    assert report["max_m"].tolist() == pytest.approx([60, 60])
    assert report["side"].tolist() == ["", "left"]
    assert LINE.geometry.iloc[0].equals(report.geometry.iloc[0])


def test_bnd_16__works_across_the_line_need_both():
    """第十条: construction that crosses a line needs the consent of both governments."""
    plant = gpd.GeoDataFrame(
        {"project_id": ["p"]}, geometry=[shapely.box(X + 100, Y - 50, X + 200, Y + 50)], crs=CRS
    )
    row = crossings(plant, LINE).iloc[0]
    assert (row["status"], row["left_code"], row["right_code"]) == (
        "consent_needed",
        "421303",
        "421321",
    )
    assert crossings(plant, LINE, consented=["p"])["status"].tolist() == ["consented"]


def test_article_6_and_16_4__no_repair_without_the_other_side():
    with pytest.raises(TransitionRefusedError, match="第十六条（四）"):
        marker_states.transition("damaged", "repair", parties_present=["曾都区"])
    assert (
        marker_states.transition("damaged", "repair", parties_present=["曾都区", "随县"]).state
        == "intact"
    )


def test_dispute_regulation_10_and_16__freeze_and_filing():
    """第十条: nothing new on disputed land. 第十六条: township disputes are filed with the province."""
    claims = gpd.GeoDataFrame({"case_id": "c", "party": ["甲", "乙"]}, crs=CRS, geometry=[
        shapely.LineString([(X, Y), (X + 400, Y)]), shapely.LineString([(X, Y), (X + 200, Y + 90), (X + 400, Y)])])  # fmt: skip
    faces, _ = compare_claims(claims, left_parties={"c": "甲"})
    new = gpd.GeoDataFrame(
        {"facility_id": ["f"], "status": "planned"},
        geometry=[shapely.Point(X + 200, Y + 10)],
        crs=CRS,
    )
    assert freeze_warnings(new, faces)["status"].tolist() == ["warning"]
    assert case_states.filing_authority("township")[0] == "省级人民政府"


def test_division_regulation__approval_dossier_terms(policy):
    """行政区划管理条例: a county boundary in part by the province, filed; Art. 13, 15 and 17."""
    assert approval("transfer", "county")[["authority_zh", "filed"]].to_numpy().tolist() == [
        ["省级人民政府", True]
    ]
    assert len(dossier()) == 7
    due = deadlines(date(2026, 11, 24), policy).set_index("step")["due_on"]
    assert (str(due["complete"].date()), str(due["code"].date())) == ("2027-11-24", "2026-12-24")
