"""What is wrong with a coverage: cases by hand, and defects put in with the truth kept."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoplan.boundaries.diagnosis import diagnose
from geoplan.boundaries.nesting import check_nesting, plan_recut
from geoplan.boundaries.repair import apply_repair
from geoplan.boundaries.repair_plan import plan_repair
from geoplan.errors import InputError, NotMetricCRSError, RepairRefusedError
from tests.fixtures import covers
from tests.fixtures.covers import ORIGIN, as_units


def box(x0, y0, x1, y1):
    return shapely.box(x0, y0, x1, y1)


def ring(*places):
    return shapely.Polygon(places)


def units(*shapes):
    moved = [None if s is None else shapely.transform(s, lambda xy: xy + ORIGIN) for s in shapes]
    frame = as_units(moved)
    frame["unit_code"] = [chr(97 + i) for i in range(len(shapes))]
    return frame.assign(source_date=[f"20{20 + i}-01-01" for i in range(len(shapes))])


WEST, EAST = box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)
INNER = box(300, 300, 500, 500)
HOST = shapely.Polygon(WEST.exterior, [INNER.exterior])
CASES = {
    "exact border": ([WEST, EAST], []),
    "true enclave": ([HOST, INNER], []),
    "touching in a corner": ([WEST, box(1000, 1000, 2000, 2000)], []),
    "two islands far apart": ([WEST, box(5000, 0, 6000, 1000)], []),
    "one metre of overlap": (
        [WEST, box(999, 0, 2000, 1000)], [("sliver_overlap", "a;b", 1000.0, 1.0)]),
    "wide overlap": ([WEST, box(900, 0, 2000, 1000)], [("overlap", "a;b", 1e5, 100.0)]),
    "T-junction": (
        [WEST, ring((1000, 0), (2000, 0), (2000, 1000), (1000, 1000), (1000, 400))],
        [("t_junction", "a;b", None, None)]),
    "open gap": ([WEST, box(1000.5, 0, 2000, 1000)], [("near_parallel", "a;b", None, 0.5)]),
    "lens": (
        [WEST, ring((1000, 0), (2000, 0), (2000, 1000), (1000, 1000), (1003, 600), (1003, 400))],
        [("sliver_gap", "a;b", 1800.0, 3.0)]),
    "hole in one unit": ([HOST], [("gap", "a", 40_000.0, 200.0)]),
    "enclave without hole": ([WEST, INNER], [("enclave_without_hole", "a;b", 40_000.0, 200.0)]),
    "duplicate": ([WEST, WEST, EAST], [("duplicate", "a;b", 1e6, 1000.0)]),
    "bow-tie": (
        [ring((0, 0), (100, 100), (100, 0), (0, 100))], [("bow_tie", "a", 5000.0, None)]),
    "empty": ([WEST, shapely.Polygon()], [("empty", "b", None, None)]),
    "clockwise ring": ([ring(*reversed(WEST.exterior.coords)), EAST], []),
    "first point twice": ([ring((0, 0), (0, 0), (1000, 0), (1000, 1000), (0, 1000)), EAST], []),
    "ring that starts elsewhere": ([ring((1000, 1000), (0, 1000), (0, 0), (1000, 0)), EAST], []),
    "MultiPolygon of one part": ([shapely.multipolygons([WEST]), EAST], []),
    "four units in one corner": (
        [WEST, EAST, box(0, 1000, 1000, 2000), box(1000, 1000, 2000, 2000)], []),
    "exclave in a neighbour": ([HOST, shapely.multipolygons([EAST, INNER])], []),
    "hole that touches the border": (
        [shapely.Polygon(WEST.exterior, [[(1000, 500), (800, 600), (800, 400)]]),
         ring((1000, 500), (800, 600), (800, 400)), EAST], []),
    "vertex on both sides": (
        [ring((0, 0), (1000, 0), (1000, 500), (1000, 1000), (0, 1000)),
         ring((1000, 0), (2000, 0), (2000, 1000), (1000, 1000), (1000, 500))], []),
    "less than a millimetre": ([WEST, box(1000.0003, 0, 2000, 1000)], []),
    "parts that touch in a point": (
        [shapely.multipolygons([WEST, box(1000, 1000, 2000, 2000)])], []),
    "overlap by a corner": ([WEST, box(900, 900, 1900, 1900)], [("overlap", "a;b", 1e4, 100.0)]),
    "crossing strips": (
        [box(0, 400, 1000, 600), box(400, 0, 600, 1000)], [("overlap", "a;b", 4e4, 200.0)]),
    "overlap in two places": (
        [WEST, shapely.union_all([EAST, box(900, 0, 1000, 100), box(900, 900, 1000, 1000)])],
        [("overlap", "a;b", 1e4, 100.0)] * 2),
    "overlapping wedge": (
        [WEST, ring((1000, 0), (2000, 0), (2000, 1000), (990, 1000))],
        [("sliver_overlap", "a;b", 5000.0, 10.0)]),
    "gap between four": (
        [WEST, box(1000, 0, 2000, 450), box(1000, 550, 2000, 1000), box(1100, 450, 2000, 550)],
        [("gap", "a;b;c;d", 1e4, 100.0)]),
    "triangle": (  # inscribed circle: 2 x 50 000 / 1 009.9
        [WEST, ring((1000, 0), (2000, 0), (2000, 1000), (1000, 1000), (1100, 500))],
        [("gap", "a;b", 5e4, 99.02)]),
    "lake closed by four": (
        [box(0, 0, 3000, 1000), box(0, 1000, 1000, 2000), box(2000, 1000, 3000, 2000),
         box(0, 2000, 3000, 3000)], [("gap", "a;b;c;d", 1e6, 1000.0)]),
    "open bay, lakes do not open to the outside": (
        [ring((0, 0), (3000, 0), (3000, 1000), (2000, 1000), (1000, 1000), (0, 1000)),
         box(0, 1000, 1000, 2000), box(2000, 1000, 3000, 2000)], []),
    "two lakes in one unit, larger first": (
        [shapely.Polygon(WEST.exterior, [box(100, 100, 200, 200).exterior,
                                         box(600, 600, 800, 800).exterior])],
        [("gap", "a", 4e4, 200.0), ("gap", "a", 1e4, 100.0)]),
    "hole half filled": ([HOST, box(300, 300, 400, 500)], [("gap", "a;b", 2e4, 100.0)]),
    "enclave smaller than its hole": (
        [HOST, box(301, 301, 499, 499)], [("sliver_gap", "a;b", 796.0, 1.17)]),
    "enclave larger than its hole": (  # the circle in the corner: 2 x 10 / (1 + 1/sqrt 2)
        [HOST, box(290, 290, 510, 510)], [("sliver_overlap", "a;b", 8400.0, 11.72)]),
    "enclave moved by 10 m": (
        [HOST, box(310, 300, 510, 500)],
        [("sliver_gap", "a;b", 2000.0, 10.0), ("sliver_overlap", "a;b", 2000.0, 10.0),
         ("displaced", "b", None, None)]),
    "one place three times": (
        [WEST, WEST, WEST],
        [("duplicate", pair, 1e6, 1000.0) for pair in ("a;b", "a;c", "b;c")]),
    "duplicate that starts elsewhere": (
        [WEST, ring((1000, 1000), (0, 1000), (0, 0), (1000, 0))],
        [("duplicate", "a;b", 1e6, 1000.0)]),
    "duplicate turned round": (
        [WEST, ring(*reversed(WEST.exterior.coords))], [("duplicate", "a;b", 1e6, 1000.0)]),
    "no shape": ([WEST, None], [("empty", "b", None, None)]),
    "nothing at all": (
        [shapely.Polygon(), shapely.Polygon()], [("empty", "a", None, None), ("empty", "b", None, None)]),
    "spike, run there and back": (
        [ring((0, 0), (1000, 0), (1000, 1000), (500, 1000), (500, 1500), (500, 1000), (0, 1000)),
         EAST], [("bow_tie", "a", 1e6, None)]),
    "hole outside its ring": (
        [shapely.Polygon(WEST.exterior, [box(3000, 0, 3100, 100).exterior])],
        [("invalid", "a", 1.01e6, None)]),
    "bow-tie beside a sound unit": (
        [ring((0, 0), (100, 100), (100, 0), (0, 100)), EAST], [("bow_tie", "a", 5000.0, None)]),
    "ring without area": ([ring((0, 0), (1000, 0), (500, 0)), EAST], [("bow_tie", "a", 0.0, None)]),
    "two T-junctions": (
        [WEST, ring((1000, 0), (2000, 0), (2000, 1000), (1000, 1000), (1000, 700), (1000, 300))],
        [("t_junction", "a;b", None, None)] * 2),
    "T-junction where three meet": (
        [WEST, box(1000, 0, 2000, 500), box(1000, 500, 2000, 1000)],
        [("t_junction", "a;b", None, None)]),
    "T-junction in an enclave of two": (
        [HOST, box(300, 300, 400, 500), box(400, 300, 500, 500)],
        [("t_junction", "a;b", None, None)] * 2),
    "4 m apart": ([WEST, box(1004, 0, 2000, 1000)], [("near_parallel", "a;b", None, 4.0)]),
    "6 m apart, a strip of its own": ([WEST, box(1006, 0, 2000, 1000)], []),
    "zigzag against a straight line": (
        [WEST, ring((1000, 0), (2000, 0), (2000, 1000), (1000, 1000), (990, 750), (1010, 250))],
        [("sliver_gap", "a;b", 2500.0, 10.0), ("sliver_overlap", "a;b", 2500.0, 10.0)]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_by_hand(name):
    shapes, expected = CASES[name]
    found = diagnose(units(*shapes))
    rows = found[["kind", "units", "area_m2", "max_width_m"]].to_numpy().tolist()
    assert len(rows) == len(expected)
    for row, want in zip(rows, expected, strict=True):
        assert row[:2] == list(want[:2])
        for value, number in zip(row[2:], want[2:], strict=True):
            assert number is None or value == pytest.approx(number, rel=0.02)


def test_parts_of_one_unit_that_share_an_edge():
    both = shapely.multipolygons([WEST, EAST])
    found = diagnose(units(both))
    assert "undissolved" in set(found["kind"])


def test_degrees_are_refused():
    with pytest.raises(NotMetricCRSError):
        diagnose(units(WEST).set_crs("EPSG:4490", allow_override=True))


def test_levels_are_looked_at_by_themselves():
    frame = units(WEST, EAST, box(0, 0, 2000, 1000))
    frame["level"] = ["township", "township", "county"]
    assert diagnose(frame).empty


@pytest.mark.parametrize("shift", [(9.4, 11.1), (600.0, -200.0), (18_000.0, 0.0)])
def test_a_displaced_unit_is_named_with_its_shift(shift):
    shapes = covers.wriggly_cover(4, 4, 40)
    shapes[5] = shapely.transform(shapes[5], lambda xy: xy + shift)
    found = diagnose(as_units(shapes))
    moved = found[found["kind"] == "displaced"]
    assert moved["units"].tolist() == ["000005"]
    assert moved[["dx_m", "dy_m"]].to_numpy()[0] == pytest.approx([-shift[0], -shift[1]], abs=0.01)
    caused = found[found["kind"].str.contains("gap|overlap")]
    assert caused["remark_en"].str.contains("000005").any()


def test_gcj02_is_recognised():
    shapes = covers.wriggly_cover(4, 4, 40)
    frame = as_units(shapes).to_crs("EPSG:4490")
    from geoplan import datum

    def gcj(xy):
        return np.column_stack(datum.wgs84_to_gcj02(xy[:, 0], xy[:, 1]))

    frame.loc[5, "geometry"] = shapely.transform(frame.geometry[5], gcj)
    found = diagnose(frame.to_crs("EPSG:4547"))
    moved = found[found["kind"] == "displaced"]
    assert moved["units"].tolist() == ["000005"]
    assert "GCJ-02" in moved["remark_zh"].iloc[0]


def test_defects_put_in_are_found_and_measured():
    cover = covers.wriggly_cover(30, 24, 100)
    assert diagnose(as_units(cover)).empty  # no false alarm
    dirty = covers.dirty(cover, 30, 24)
    missed = covers.unfound(diagnose(dirty.units), dirty.truth)
    assert len(dirty.truth) >= 75
    assert len(missed) <= 0.01 * len(dirty.truth), missed


def accepted(frame, **options):
    plan = plan_repair(frame, diagnose(frame), **options)
    for action in plan["actions"]:
        if action["action"] in {"snap_to", "assign_face"}:
            action["status"] = "accepted"
    return plan


@pytest.mark.parametrize("name", ["one metre of overlap", "wide overlap", "T-junction", "open gap",
                                  "lens", "enclave without hole"])  # fmt: skip
def test_repair_by_the_newer_survey(name):
    """The later unit has the newer survey: its border stays."""
    frame = units(*CASES[name][0])
    out, ledger = apply_repair(frame, accepted(frame), max_change_share=0.15)
    assert diagnose(out).empty
    assert shapely.coverage_is_valid(out.geometry.to_numpy())
    assert ledger["change_m2"].to_numpy() == pytest.approx(ledger["planned_m2"].to_numpy(), abs=0.5)


def test_nobody_decides_without_authority():
    frame = units(*CASES["wide overlap"][0]).drop(columns="source_date")
    plan = plan_repair(frame, diagnose(frame))
    assert [a["action"] for a in plan["actions"]] == ["mark_dispute"]
    out, ledger = apply_repair(frame, plan)
    assert not ledger["changed"].any()
    assert out.geometry.geom_equals(frame.geometry).all()


def test_the_agreed_line_wins_over_the_newer_survey():
    frame = units(*CASES["one metre of overlap"][0])
    line = shapely.LineString([(1000, 0), (1000, 1000)])  # the border of the older unit
    lines = gpd.GeoDataFrame(
        {"legal_status": ["agreed"]},
        geometry=[shapely.transform(line, lambda xy: xy + ORIGIN)], crs="EPSG:4547")  # fmt: skip
    action = plan_repair(frame, diagnose(frame), lines=lines)["actions"][0]
    assert (action["authority"], action["to"], action["from"]) == ("a", "a", ["b"])


def test_a_large_repair_leaves_a_valid_coverage():
    cover = covers.wriggly_cover(20, 14, 100)
    dirty = covers.dirty(cover, 20, 14, kinds=(
        "jitter", "moved_vertex", "dropped_vertices", "simplified", "t_junction"))  # fmt: skip
    worse = {t.unit for t in dirty.truth}
    frame = dirty.units.assign(
        source_date=["2019-01-01" if c in worse else "2023-01-01" for c in dirty.units["unit_code"]]
    )
    out, ledger = apply_repair(frame, accepted(frame), max_change_share=0.05)
    assert diagnose(out).empty
    assert shapely.coverage_is_valid(out.geometry.to_numpy())
    off = shapely.area(shapely.symmetric_difference(out.geometry.to_numpy(), cover))
    assert off.max() < 2.0  # back to the cover, but for rounding to the millimetre
    assert set(ledger.loc[ledger["change_m2"].abs() > 1.0, "unit_code"]) <= worse


def test_the_guard_refuses_to_empty_a_unit():
    """geos#1525: a cleaner may report a valid coverage and have erased a unit."""
    frame = units(WEST, WEST, EAST)
    plan = plan_repair(frame, diagnose(frame))
    action = plan["actions"][0]
    action.update(action="assign_face", status="accepted", to="a", **{"from": ["b"]})
    with pytest.raises(RepairRefusedError, match="emptied") as caught:
        apply_repair(frame, plan)
    assert caught.value.ledger is not None
    assert caught.value.code == "repair_refused"


def test_the_guard_refuses_to_cut_a_unit_in_two():
    """geos#1476: closing a narrow neck makes two parts of one unit."""
    neck = shapely.union_all(
        [box(0, 0, 400, 1000), box(400, 450, 600, 460), box(600, 0, 1000, 1000)]
    )
    rest = box(0, 0, 1000, 1000).difference(neck)
    frame = units(neck, box(400, 440, 600, 470), *shapely.get_parts(rest))
    plan = plan_repair(frame, diagnose(frame))
    for action in plan["actions"]:
        if set(action["units"]) == {"a", "b"}:
            action.update(action="assign_face", status="accepted", to="b", **{"from": ["a"]})
    with pytest.raises(RepairRefusedError, match="parts become 2"):
        apply_repair(frame, plan, max_change_share=1.0)


def test_too_large_a_change_is_refused():
    frame = units(*CASES["wide overlap"][0])
    with pytest.raises(RepairRefusedError, match="over the limit"):
        apply_repair(frame, accepted(frame))


def test_a_plan_for_other_units_is_refused():
    frame = units(*CASES["lens"][0])
    plan = accepted(frame)
    with pytest.raises(InputError, match="other units"):
        apply_repair(units(WEST, EAST), plan)


def test_invalid_shapes_are_left_to_people():
    frame = units(*CASES["bow-tie"][0])
    assert plan_repair(frame, diagnose(frame))["actions"][0]["action"] == "decide"


@pytest.fixture
def two_levels():
    cover = covers.wriggly_cover(4, 2, 40)
    towns = as_units(cover).assign(parent_code=["P0"] * 4 + ["P1"] * 4)
    whole = [shapely.coverage_union_all(cover[:4]), shapely.coverage_union_all(cover[4:])]
    counties = as_units(whole, level="county").assign(unit_code=["P0", "P1"])
    return towns, counties


def joined(towns, counties):
    frame = gpd.pd.concat([towns, counties], ignore_index=True)
    return gpd.GeoDataFrame(frame, crs=towns.crs)


def moved_on_county_line(towns, counties, by_m):
    line = counties.geometry[0].boundary.intersection(counties.geometry[1].boundary)
    xy = shapely.get_coordinates(towns.geometry[2])
    on = [i for i in range(len(xy)) if line.distance(shapely.Point(xy[i])) < 1e-6]
    xy[on[len(on) // 2], 0] += by_m
    out = towns.copy()
    out.loc[2, "geometry"] = shapely.polygons(xy)
    return out


def test_levels_that_nest(two_levels):
    assert check_nesting(joined(*two_levels)).empty


@pytest.mark.parametrize(("by_m", "kind"), [(5.0, "outside_parent"), (-5.0, "parent_uncovered")])
def test_one_vertex_on_the_county_line(two_levels, by_m, kind):
    """Moving one township vertex by 5 m is one defect, and the higher line wins."""
    towns, counties = two_levels
    moved = moved_on_county_line(towns, counties, by_m)
    found = check_nesting(joined(moved, counties))
    assert found["kind"].tolist() == [kind]
    plan = plan_recut(joined(moved, counties), level="township")
    assert [a["authority"] for a in plan["actions"]] == ["P1" if by_m > 0 else "P0"]
    back, ledger = apply_repair(moved, plan)
    assert ledger.loc[ledger["changed"], "unit_code"].tolist() == ["000002"]
    assert check_nesting(joined(back, counties)).empty


def test_codes_that_contradict_the_map(two_levels):
    towns, counties = two_levels
    towns.loc[1, "parent_code"] = "P1"
    towns.loc[0, "parent_code"] = "PX"
    found = check_nesting(joined(towns, counties)).set_index("kind")
    assert found.loc["wrong_parent", "unit_code"] == "000001"
    assert found.loc["wrong_parent", "parent_code"] == "P0"
    assert found.loc["unknown_parent", "parent_code"] == "PX"
