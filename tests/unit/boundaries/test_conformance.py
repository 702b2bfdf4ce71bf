"""Judging boundaries: rows by unit, what is unknown, what is missing, names of what fails."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fixtures import lined_city as lined
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.boundaries import check, judged, precision_figures, tri_junctions
from geoplan.errors import EmptyLayerError
from geoplan.standards import explain
from geoplan.standards.rows import COLUMNS

INSPECTION = {"BND-10", "BND-11", "BND-13", "BND-14"}
METHODS = {"BND-01", "BND-07", "BND-15", "BND-17"}


def layers(**more):
    return {"admin_units": lined.units(), "boundary_lines": lined.lines(),
            "village_lines": lined.village_lines(), "boundary_markers": lined.markers(), **more}  # fmt: skip


def judge(policy, *rules, **more):
    given_ = {n: f for n, f in layers(**more).items() if f is not None}
    return check(given_, policy, rules=rules or None)


def test_every_rule_of_boundaries_is_judged_or_a_method_or_an_inspection(policy):
    every = {r for r in policy.rules if r.startswith("BND-")}
    assert set(judged(policy)) == every - INSPECTION - METHODS
    checks = judge(policy)
    assert set(checks["rule_id"]) == set(judged(policy))
    assert list(checks.columns) == list(COLUMNS)
    assert (checks["policy_digest"] == policy.digest).all()


def test_units_alone_give_rows_without_data(policy):
    """A table of units without geometry: every rule has its row, none a verdict."""
    plain = pd.DataFrame(lined.units().drop(columns="geometry"))
    checks = check({"admin_units": plain}, policy)
    assert set(checks["rule_id"]) == set(judged(policy))
    assert set(checks["status"]) == {"no_data"}
    assert checks["value"].isna().all()
    assert checks["remark_zh"].str.contains("没有").all()
    with pytest.raises(EmptyLayerError):
        check({}, policy)


@pytest.mark.parametrize(("rule", "missing"), [
    ("BND-02", "boundary_lines"), ("BND-06", "boundary_markers"), ("BND-23", "village_lines"),
    ("BND-26a", "village_lines"), ("BND-08", "observations"), ("BND-12", "documents"),
    ("BND-25", "boundary_lines"), ("BND-27", "boundary_lines"),
])  # fmt: skip
def test_a_missing_layer_is_no_data_and_named(policy, rule, missing):
    found = lined.row(judge(policy, rule, **{missing: None}), rule)
    assert found["status"] == "no_data"
    assert missing in found["remark_zh"]
    assert missing in found["remark_en"]
    assert np.isnan(found["value"])


def test_a_line_counts_for_both_its_units(policy):
    """The county line for both counties, the town line for the west alone."""
    checks = judge(policy, "BND-02", boundary_lines=lined.lines(name=[None, "一镇—二镇线"]))
    base = {u: lined.row(checks, "BND-02", u)["denominator_value"]
            for u in (lined.CITY, lined.WEST, lined.EAST)}  # fmt: skip
    assert base == {lined.CITY: 2, lined.WEST: 2, lined.EAST: 1}
    assert lined.row(checks, "BND-02", lined.EAST)["failing"] == "K"


def test_a_line_of_unknown_units_counts_for_the_city(policy):
    stray = lined.lines(left_code=["999999", None], right_code=None)
    checks = judge(policy, "BND-18", boundary_lines=stray)
    assert lined.row(checks, "BND-18")["denominator_value"] == 2
    west = lined.row(checks, "BND-18", lined.WEST)
    assert west["status"] == "no_data"
    assert west["remark_zh"].startswith("没有应计对象（0/0）")


def test_lines_of_one_name_are_told_apart(policy):
    twice = lined.lines(name="同名线", agreement_no=None)
    found = lined.row(judge(policy, "BND-02", boundary_lines=twice), "BND-02")
    assert found["failing"] == "同名线（K）;同名线（T）"


def test_what_is_unknown_leaves_bounds(policy):
    """One line 1 % off at most, one without an agreed length: met unless the other is worse."""
    half = lined.lines(agreed_length_m=[1000.0, None])
    found = lined.row(judge(policy, "BND-22", boundary_lines=half), "BND-22")
    assert (found["status"], found["missing"], found["value_max"]) == ("to_verify", 1, np.inf)
    assert found["completeness_share"] == 0.5
    east = lined.row(judge(policy, "BND-22", boundary_lines=half), "BND-22", lined.EAST)
    assert east["status"] == "met"


def test_numbers_of_markers(policy):
    lone = lined.markers(("001Q", 1000, 900), ("002A", 988, 500))
    found = lined.row(judge(policy, "BND-04", boundary_markers=lone), "BND-04")
    assert (found["status"], found["failing"]) == ("not_met", f"{lined.COUNTY_CODE}002A")
    assert found["remark_zh"] == "双立缺桩 1"


def test_the_register_of_markers(policy):
    found = lined.row(judge(policy, "BND-06"), "BND-06")
    assert (found["status"], found["numerator"], found["gap"]) == ("not_met", 0, 4)
    assert "4" in found["remark_zh"]


def seen(*rows):
    """Observations as (marker, day, metres east of it, datum), by satellite survey."""
    at = lined.markers().set_index("marker_id").geometry
    table = [{"observation_id": i, "marker_id": m, "observed_on": pd.Timestamp(day),
              "accuracy_m": 0.05, "frame": "CGCS2000", "datum": datum}
             for i, (m, day, _, datum) in enumerate(rows)]  # fmt: skip
    shapes = [at[m] if off is None else gpd.GeoSeries([at[m]]).translate(off).iloc[0]
              for m, _, off, _ in rows]  # fmt: skip
    return lined.frame(table, shapes)


def test_the_newest_usable_observation_decides(policy):
    """001Q moved in 2021 and was put back in 2023; the consumer map's word does not count."""
    told = seen(("001Q", "2021-01-01", 9.0, None), ("001Q", "2023-01-01", 0.1, None),
                ("003Q", "2023-01-01", 2.1, None), ("002A", "2024-01-01", 600.0, "GCJ-02"))  # fmt: skip
    found = lined.row(judge(policy, "BND-08", observations=told), "BND-08")
    assert (found["numerator"], found["denominator_value"], found["missing"]) == (1, 2, 2)
    assert (found["status"], found["failing"]) == ("not_met", f"{lined.COUNTY_CODE}003Q")
    found = lined.row(judge(policy, "BND-08", observations=told[:2]), "BND-08")
    assert (found["status"], found["value"]) == ("to_verify", 1.0)


def test_a_rule_that_cannot_be_used_says_why_and_the_rest_goes_on(policy):
    twice = pd.concat([lined.markers(), lined.markers()], ignore_index=True)
    checks = judge(policy, "BND-08", "BND-02", boundary_markers=twice,
                   observations=seen(("001Q", "2023-01-01", 0.1, None)))  # fmt: skip
    found = lined.row(checks, "BND-08")
    assert (found["status"], found["remark_zh"]) == ("no_data", "界桩“001Q”登记了两次。")
    assert lined.row(checks, "BND-02")["status"] == "met"


def test_markers_on_the_line_and_in_order(policy):
    checks = judge(policy, "BND-09", "BND-25")
    assert lined.row(checks, "BND-09")["status"] == "met"
    assert lined.row(checks, "BND-25")["status"] == "met"
    off = lined.markers(("001Q", 1003, 900), ("003Q", 1000, 600), ("002Q", 1000, 100))
    checks = judge(policy, "BND-09", "BND-25", boundary_markers=off)
    assert lined.row(checks, "BND-09")["failing"] == f"{lined.COUNTY_CODE}001Q"
    found = lined.row(checks, "BND-25")  # RULES: a warning, never a fail
    assert (found["status"], found["missing"], found["gap"]) == ("to_verify", 1, 0)
    assert found["remark_zh"] == "与沿线次序不符 1"
    lost = off.iloc[[0, 2]].assign(line_id=["K", None])
    found = lined.row(judge(policy, "BND-25", boundary_markers=lost), "BND-25")
    assert (found["status"], found["missing"]) == ("to_verify", 1)
    gone = off.assign(condition="withdrawn")
    assert (
        lined.row(judge(policy, "BND-09", boundary_markers=gone), "BND-09")["status"] == "no_data"
    )


def test_basis_documents(policy):
    full = [("K", k) for k in ("agreement", "agreement_map", "marker_register", "approval")]
    checks = judge(policy, "BND-12", documents=lined.papers(*full, ("T", "agreement")))
    found = lined.row(checks, "BND-12")
    assert (found["numerator"], found["failing"]) == (1, "一镇—二镇线")
    assert lined.row(checks, "BND-12", lined.EAST)["status"] == "met"
    working = judge(policy, "BND-12", boundary_lines=lined.lines(legal_status="working"),
                    documents=lined.papers())  # fmt: skip
    assert lined.row(working, "BND-12")["status"] == "no_data"


def estates(*boxes, **cells):
    table = [{"area_id": f"E{i}", "name": f"小区{i}", "unit_code": lined.TOWN_N, "build_status": "new"}
             for i in range(len(boxes))]  # fmt: skip
    return lined.frame(table, [lined.box(*b) for b in boxes], **cells)


def test_construction_across_a_line_needs_both(policy):
    """小区0 lies across the county line, 小区1 does not, 小区2 was there before."""
    works = estates((950, 600, 1050, 700), (100, 600, 200, 700), (950, 800, 1050, 900))
    works["build_status"] = ["new", "new", "existing"]
    found = lined.row(judge(policy, "BND-16", residential_areas=works), "BND-16")
    assert (found["status"], found["denominator_value"], found["missing"]) == ("to_verify", 1, 1)
    none = judge(policy, "BND-16", residential_areas=works, documents=lined.papers())
    assert lined.row(none, "BND-16")["failing"] == "小区0"
    assert lined.row(none, "BND-16", lined.EAST)["failing"] == "小区0"


@pytest.mark.parametrize(("kinds", "issuers", "status"), [
    (["agreement"], ["双方"], "met"), (["approval", "approval"], ["甲", "乙"], "met"),
    (["approval", "approval"], ["甲", "甲"], "not_met"), (["other"], ["甲"], "not_met"),
])  # fmt: skip
def test_consent_is_one_agreement_or_two_approvals(policy, kinds, issuers, status):
    papers = lined.papers(*((None, k) for k in kinds), issuer=issuers, case_id="E0")
    checks = judge(policy, "BND-16", residential_areas=estates((950, 600, 1050, 700)),
                   documents=papers)  # fmt: skip
    assert lined.row(checks, "BND-16")["status"] == status


def test_points_are_no_construction_across(policy):
    points = lined.frame([{"project_id": "p", "name": "p"}], lined.points((1000, 500)))
    found = lined.row(judge(policy, "BND-16", projects=points), "BND-16")
    assert found["status"] == "no_data"


def test_three_figures_equal_the_ledger(policy):
    lines = lined.lines(legal_status=["approved", "working"], precise=[False, None])
    checks = judge(policy, boundary_lines=lines)
    ledger = precision_figures(policy, boundary_lines=lines, village_lines=lined.village_lines())
    for one in ledger[ledger["unit_code"] == ""].to_dict("records"):
        kind = {"count": "lines", "length_m": "length"}[one["counted"]]
        found = lined.row(checks, one["rule_id"], kind=kind)
        for column in ("value", "status", "numerator", "denominator_value", "target", "unit"):
            assert found[column] == one[column], (one["rule_id"], column)
    assert lined.row(checks, "BND-26b", kind="lines")["failing"] == "一镇—二镇线"
    assert lined.row(checks, "BND-26a", lined.TOWN_N)["status"] == "met"


def test_a_village_line_is_named_by_its_villages(policy):
    bad = judge(policy, "BND-26a", village_lines=lined.village_lines(checked=False))
    assert lined.row(bad, "BND-26a")["failing"] == "乙村—甲村"


def test_peace_is_reported_never_judged(policy):
    hazards = pd.DataFrame({"hazard_id": ["h1", "h2"], "line_id": ["K", "T"], "state": "open",
                            "description": ["采砂", "改道"],
                            "due_on": pd.to_datetime(["2025-12-30", "2026-06-30"])})  # fmt: skip
    papers = lined.papers(("K", "peace_agreement"), valid_until=pd.Timestamp("2025-12-31"))
    checks = judge(policy, "BND-27", documents=papers, hazards=hazards)
    signed = lined.row(checks, "BND-27", kind="agreements")
    assert (signed["value"], signed["status"], signed["failing"]) == (
        0.5,
        "no_target",
        "一镇—二镇线",
    )
    late = lined.row(checks, "BND-27", kind="hazards")
    assert (late["value"], late["failing"]) == (0.5, "采砂（h1）")
    assert np.isnan(late["target"])
    assert np.isnan(late["gap"])
    next_day = check(layers(documents=papers), policy, rules=["BND-27"], on="2026-01-01")
    assert lined.row(next_day, "BND-27", kind="agreements")["value"] == 0.0


def test_where_no_three_units_share_a_vertex_there_is_no_junction():
    bare = lined.units().assign(geometry=lambda u: u.geometry.envelope)
    assert tri_junctions(bare).empty


def test_units_of_another_code_system_are_not_in_the_cover(policy):
    ours = lined.units().assign(code_system="nbs-2023")
    both = pd.concat([ours, lined.units().assign(code_system="mca-2025")], ignore_index=True)
    checks = check({"admin_units": both}, policy, code_system="nbs-2023", rules=["BND-20"])
    assert lined.row(checks, "BND-20")["status"] == "met"


def test_degrees_and_metres_give_the_same(policy):
    metric = judge(policy)
    degrees = check({n: f.to_crs("EPSG:4490") for n, f in layers().items()}, policy)
    assert degrees["status"].tolist() == metric["status"].tolist()
    assert degrees["value"].to_numpy(dtype=float) == pytest.approx(
        metric["value"].to_numpy(dtype=float), abs=1e-3, nan_ok=True
    )


def test_progress_and_rules_and_versions(policy):
    told = []
    found = check(layers(), policy, rules=["BND-03", "BND-04", "ELD-01"],
                  on_progress=lambda share, rule: told.append((share, rule)))  # fmt: skip
    assert told == [(0.0, "BND-03"), (0.5, "BND-04")]
    assert set(found["rule_id"]) == {"BND-03", "BND-04"}
    assert check(layers(), policy, rules=["ELD-01"]).empty
    ended = lined.lines(valid_to=[pd.NaT, pd.Timestamp("2020-01-01")])
    later = judge(policy, "BND-02", boundary_lines=ended)
    assert lined.row(later, "BND-02")["denominator_value"] == 1
    past = {r: replace(policy.rule(r), effective_from=None) for r in policy.rules}
    assert len(check(layers(), replace(policy, rules=past), rules=["BND-16"]))


def test_synthetic_and_dates_come_from_the_layers_read(policy):
    lines = lined.lines(synthetic=True, source_date=pd.Timestamp("2024-05-06"))
    checks = judge(policy, "BND-02", "BND-20", boundary_lines=lines)
    said = lined.row(checks, "BND-02")
    assert (said["synthetic"], said["data_date"]) == (True, "2024-05-06")
    assert not lined.row(checks, "BND-20")["synthetic"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("depth", ["leader", "planner", "analyst"])
def test_every_row_can_be_explained(policy, lang, depth):
    hazards = pd.DataFrame({"hazard_id": ["h"], "line_id": ["K"], "description": ["采砂"]})
    checks = judge(policy, documents=lined.papers(("K", "approval")), hazards=hazards,
                   observations=seen(("001Q", "2023-01-01", 9.0, None)))  # fmt: skip
    for _, one in checks.iterrows():
        text = explain(one, policy, lang=lang, depth=depth)
        assert policy.rule(one["rule_id"]).title(lang) in text
        assert "nan" not in text


@settings(max_examples=12, deadline=None)
@given(order=st.permutations(range(4)), first=st.booleans())
def test_order_of_rows_changes_nothing(policy, order, first):
    lines = lined.lines().iloc[[1, 0] if first else [0, 1]]
    mixed = lined.markers(buried_m=[0.8, None, 0.8, 0.8]).iloc[list(order)]
    rules = ["BND-02", "BND-04", "BND-05", "BND-09", "BND-24", "BND-25"]
    a = judge(policy, *rules, boundary_lines=lines, boundary_markers=mixed)
    b = judge(policy, *rules, boundary_markers=lined.markers(buried_m=[0.8, None, 0.8, 0.8]))
    columns = ["rule_id", "unit_code", "value", "status", "failing", "missing"]
    pd.testing.assert_frame_equal(a[columns], b[columns])


def test_empty_layers_have_nothing_to_count(policy):
    """No line, no marker is 0/0, not a layer that is missing, and never a fail."""
    more = {"observations": seen(), "documents": lined.papers(), "hazards": pd.DataFrame(
        {"hazard_id": [], "description": []}), "residential_areas": estates()}  # fmt: skip
    none = {n: f.iloc[:0] for n, f in layers(**more).items() if n != "admin_units"}
    checks = check({"admin_units": lined.units(), **none}, policy)
    rest = checks[~checks["rule_id"].isin(["BND-20", "BND-21"])]
    assert set(rest["status"]) == {"no_data"}
    assert rest["value"].isna().all()


def test_lines_and_markers_without_shape_are_unknown(policy):
    """A line of no length, one not drawn, one in two parts; a marker that is nowhere."""
    drawn = [lined.line((1000, 1000), (1000, 1000)), None]
    bare = lined.lines().set_geometry(gpd.GeoSeries(drawn, crs=lined.CRS))
    checks = judge(policy, "BND-22", "BND-24", "BND-09", boundary_lines=bare)
    assert lined.row(checks, "BND-22")["missing"] == 2
    assert lined.row(checks, "BND-24")["missing"] == 2
    assert lined.row(checks, "BND-09")["status"] == "no_data"
    parts = shapely.MultiLineString([lined.line((1000, 1000), (1000, 500)),
                                     lined.line((1000, 500), (1000, 0))])  # fmt: skip
    two = lined.lines().set_geometry(gpd.GeoSeries([parts, drawn[1]], crs=lined.CRS))
    found = judge(policy, "BND-22", "BND-24", boundary_lines=two)
    assert lined.row(found, "BND-22", lined.EAST)["status"] == "met"
    assert lined.row(found, "BND-24", lined.EAST)["status"] == "met"
    lost = lined.markers().set_geometry(gpd.GeoSeries([None] * 4, crs=lined.CRS))
    told = judge(policy, "BND-05", "BND-09", "BND-25", boundary_markers=lost)
    assert lined.row(told, "BND-05")["status"] == "met"
    assert {lined.row(told, r)["status"] for r in ("BND-09", "BND-25")} == {"no_data"}


@pytest.mark.parametrize("layer", ["boundary_lines", "village_lines", "boundary_markers"])
def test_layers_without_crs_are_said(policy, layer):
    made = layers()
    bare = made[layer].set_crs(None, allow_override=True)
    checks = check({**made, layer: bare}, policy)
    assert checks["remark_zh"].str.contains("坐标系").any()
    assert lined.row(checks, "BND-20")["status"] == "met"
