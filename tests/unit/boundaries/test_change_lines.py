"""Lines that a change makes, ends or recodes, on two counties worked by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fixtures.two_counties import CRS, X, Y, box, layers, line, point, units
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from geoplan.boundaries import (
    apply_changes,
    approvals,
    check_nesting,
    derive_arcs,
    diagnose,
    impact,
    land_findings,
    line_changes,
    recoded,
    valid_on,
)
from geoplan.errors import CRSMismatchError, InputError

DAY, EVE = "2026-07-01", "2026-06-30"


def change(kind, origin, to="", part=None, **cells):
    row = {"change_id": "1", "kind": kind, "from_codes": origin, "to_codes": to,
           "effective_on": DAY} | cells  # fmt: skip
    return gpd.GeoDataFrame([row], geometry=[part], crs=CRS)


def both(*rows):
    versions = apply_changes(units(), pd.concat(rows, ignore_index=True))
    return valid_on(versions, EVE), valid_on(versions, DAY)


def told(lines):
    rows = lines[["state", "level_before", "line_code_before", "level_after", "line_code_after"]]
    return sorted(
        zip(*(rows[c].fillna("") for c in rows), lines["length_m"].round(-2), strict=True)
    )


def test_a_village_that_goes_to_the_other_county():
    """
    The south village of 甲二 goes to 乙一: three sides of 1 km get new lines.

    Its east side was the county line and lies inside 乙一 now, between two villages of it; its
    west and north sides, of a township and a village before, are the county line. The city's
    edge in the south has nobody on its other side and is the village's as before.
    """
    before, after = both(change("transfer", "421303002201", "421321001"))
    county = "421303421321"
    assert told(line_changes(before, after)) == [
        ("recoded", "county", county, "village", "v421303002201-421321001201", 1000.0),
        ("recoded", "township", "421303001-421303002", "county", county, 1000.0),
        ("recoded", "village", "v421303002201-421303002202", "county", county, 1000.0),
    ]


def test_lines_and_markers_get_their_new_codes():
    before, after = both(change("transfer", "421303002201", "421321001"))
    found = impact(before, after, layers(), levels=["county"])
    redraw = found[found["status"] == "to_redraw"].set_index("id")["line_code_after"]
    county = "421303421321"
    assert redraw["421303-421321"] == f"{county};v421303002201-421321001201"
    assert redraw["421303001-421303002"] == f"421303001-421303002;{county}"
    assert redraw["421303002201-421303002202"] == county
    # the marker in the south stands inside 乙一 now; the one in the north is not touched
    assert redraw["M1"] == "v421303002201-421321001201"
    assert "M2" not in redraw


def test_where_no_line_runs_any_more():
    before, after = both(change("merge", "421303002201;421303002202", "421303002201"))
    lines = line_changes(before, after)
    gone = lines[lines["state"] == "gone"]
    assert told(gone) == [("gone", "village", "v421303002201-421303002202", "", "", 1000.0)]
    found = impact(before, after, layers())
    row = found[found["id"] == "421303002201-421303002202"].iloc[0]
    assert (row["line_code_after"], row["remark_zh"]) == ("", "此处不再是界线")


def test_the_bureaus_own_codes_and_codes_that_cannot_be_known():
    before, after = both(change("transfer", "421303002201", "421321001"))
    lines = line_changes(before, after, official={"421303421321": "0801"})
    assert set(lines["line_code_after"].dropna()) == {"0801", "v421303002201-421321001201"}
    short = {c: f"xxxx{chr(97 + k)}" for k, c in enumerate(units()["unit_code"])}
    renamed = [f.assign(unit_code=f["unit_code"].map(short), parent_code=f["parent_code"].map(short))
               for f in (before, after)]  # fmt: skip
    unknown = line_changes(*renamed)
    assert len(unknown) == len(lines)
    assert unknown[["line_code_before", "line_code_after"]].isna().all(axis=None)


def test_a_cut_through_a_village_makes_a_new_line():
    """The east half of the south village of 甲二: 1 km of new county line at x = 1.5 km."""
    before, after = both(change("transfer", "421303002201", "421321001201", box(1.5, 0, 2, 1)))
    lines = line_changes(before, after)
    new = lines[lines["state"] == "new"]
    assert told(new) == [("new", "", "", "county", "421303421321", 1000.0)]
    assert shapely.bounds(new.geometry.iloc[0]).tolist() == pytest.approx(
        [X + 1500, Y, X + 1500, Y + 1000]
    )


def test_nothing_moved_no_line_changed():
    assert line_changes(units(), units()).empty
    before, after = both(change("rename", "421303001", name="新名镇"))
    assert line_changes(before, after).empty
    with pytest.raises(CRSMismatchError):
        line_changes(before, after.to_crs("EPSG:4490"))


def place(arcs, x, y):
    """The code of the derived line through a place, empty where none runs."""
    at = arcs[arcs.distance(shapely.Point(X + x, Y + y)) < 1e-3]
    return "" if at.empty else str(at["line_code"].fillna("?").iloc[0])


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    st.sampled_from(["421303002201", "421303002202", "421303001201"]),
    st.sampled_from(["421321001201", "421321002202", "421303001202"]),
    st.floats(0.2, 0.8),
)
def test_every_place_agrees_with_lines_derived_twice(giver, taker, share):
    """An oracle that knows nothing of pieces: derive all lines before and after, and probe."""
    west, south, _, _ = (v / 1000 for v in shapely.bounds(
        units().set_index("unit_code").geometry[giver]) - np.array([X, Y, X, Y]))  # fmt: skip
    before, after = both(
        change("transfer", giver, taker, box(west, south, west + share, south + 1))
    )
    arcs = [derive_arcs(f, level="village") for f in (before, after)]
    lines = line_changes(before, after)
    rng = np.random.default_rng(7)
    for k in range(40):
        at = lines.iloc[k % len(lines)]
        spot = shapely.line_interpolate_point(
            max(shapely.get_parts(at.geometry), key=lambda g: g.length), rng.uniform(0.1, 0.9),
            normalized=True,
        )  # fmt: skip
        x, y = spot.x - X, spot.y - Y
        for arc, when in zip(arcs, ("before", "after"), strict=True):
            code, level = at[f"line_code_{when}"], at[f"left_code_{when}"]
            expected = "" if pd.isna(level) else "?" if pd.isna(code) else code
            assert place(arc, x, y) == expected


def test_a_cut_leaves_a_coverage_that_is_sound_at_every_level_on_both_days():
    """The cut ends in the middle of borders of units that do not change: they get its vertices."""
    before, after = both(
        change("transfer", "421303002201", "421303001201", box(1, 0.25, 1.4, 0.75)),
        change("transfer", "421303002202", "421321001202", box(1.5, 1.5, 2, 2), change_id="2"),
    )
    for day in (before, after):
        assert diagnose(day).empty
        assert check_nesting(day).empty
    old = units().set_index("unit_code").geometry
    for code, shape in before.set_index("unit_code").geometry.items():
        assert shape.equals(old[code])


@pytest.mark.parametrize(("rows", "words"), [
    ([change("transfer", "421303002201", "421321002201", box(1, 0, 2, 1))], "Nothing is left"),
    ([change("transfer", "421303002201", "421321")], "is a village, '421321' a county"),
    ([change("transfer", "421303001", "421303002201")], "is a township, '421303002201' a village"),
    ([change("merge", "421303001;421303002201", "421303001")], "is a village, '421303001' a township"),
])  # fmt: skip
def test_changes_across_levels_and_of_everything_are_refused(rows, words):
    with pytest.raises(InputError, match=words):
        both(*rows)


def test_a_part_drawn_carelessly_follows_the_villages_that_fill_it():
    """South village of 甲二 by its outline, 0.1 mm off: the township is cut along the village."""
    loose = shapely.box(X + 1000.0001, Y + 0.0001, X + 1999.9999, Y + 999.9999)
    _, after = both(change("transfer", "421303002", "421303001", loose))
    assert after.set_index("unit_code")["parent_code"]["421303002201"] == "421303001"
    assert diagnose(after).empty
    assert check_nesting(after).empty


def test_odd_shapes_are_told():
    """甲二's south village to 乙二, which it does not touch, and a hole in 乙一's north village."""
    before, after = both(change("transfer", "421303002201", "421321002"))
    found = land_findings(before, after)
    assert found[["unit_code", "code"]].to_numpy().tolist() == [["421321002", "exclave"]]
    assert "由 1 块变为 2 块" in found["message_zh"].iloc[0]
    before, after = both(
        change("transfer", "421321001202", "421321002202", box(2.4, 1.4, 2.6, 1.6))
    )
    found = land_findings(before, after, levels=["village"])
    assert set(zip(found["unit_code"], found["code"], strict=True)) == {
        ("421321001202", "encloses"), ("421321002202", "exclave")}  # fmt: skip
    before, after = both(change("transfer", "421303002201", "421303002202", box(1, 0.01, 2, 1)))
    found = land_findings(before, after)
    assert found[["unit_code", "code"]].to_numpy().tolist() == [["421303002201", "sliver"]]


def test_a_strip_beside_the_rest_is_a_sliver():
    """What is left of the south village of 甲二: 100 m in the east, and 12 m in the west."""
    before, after = both(change("transfer", "421303002201", "421303002202", box(1.012, 0, 1.9, 1)))
    found = land_findings(before, after, levels=["village"])
    assert found[["unit_code", "code"]].to_numpy().tolist() == [["421303002201", "sliver"]]
    assert "12.0 米" in found["message_zh"].iloc[0]


def test_codes_afterwards():
    """Half of the south village of 甲二 goes to the north one: position tells, a code does not."""
    before, after = both(change("transfer", "421303002201", "421303002202", box(1, 0, 1.5, 1)))
    rows = gpd.GeoDataFrame(
        {"facility_id": list("abcde"),
         "unit_code": ["421303002201", "421303002201", "421303002201", "421303001201", "421303002201"]},
        geometry=[point(1.2, 0.5), point(1.8, 0.5), None, point(1.2, 0.5), point(3.5, 1.5)], crs=CRS,
    )  # fmt: skip
    figures = pd.DataFrame({"unit_code": ["421303002201", "421303001201", "421303002"],
                            "value": 1.0})  # fmt: skip
    new = recoded({"facilities": rows.to_crs("EPSG:4490"), "indicator_figures": figures,
                   "roads": pd.DataFrame({"road_id": [1]})}, before, after)  # fmt: skip
    codes = new["facilities"]["unit_code"]
    assert codes.iloc[:2].tolist() == ["421303002202", "421303002201"]
    assert codes.iloc[[2, 4]].isna().all()  # no position, and one that contradicts its code
    assert codes.iloc[3] == "421303001201"
    assert new["indicator_figures"]["unit_code"].isna().tolist() == [True, False, False]
    assert "unit_code" not in new["roads"]


def test_figures_follow_a_unit_that_only_got_another_code():
    figures = pd.DataFrame({"unit_code": ["421303002", "421303001"], "value": 1.0})
    before, after = both(change("upgrade", "421303002", "421303011", name="甲二街道"))
    new = recoded({"indicator_figures": figures}, before, after)["indicator_figures"]
    assert new["unit_code"].tolist() == ["421303011", "421303001"]
    before, after = both(change("merge", "421303002;421303001", "421303009", name="新镇"))
    new = recoded({"indicator_figures": figures}, before, after)["indicator_figures"]
    assert new["unit_code"].isna().all()


@pytest.mark.parametrize(("row", "matters"), [
    (change("transfer", "421303002201", "421321001"), [("township", "boundary"), ("county", "boundary")]),
    (change("transfer", "421303002201", "421303001"), [("township", "boundary")]),
    (change("transfer", "421303002201", "421303002202", box(1, 0, 1.5, 1)), []),
    (change("transfer", "421303002", "421321"), [("county", "boundary"), ("township", "affiliation")]),
    (change("transfer", "421303002", "421321001", box(1.5, 0, 2, 2)), [("county", "boundary"), ("township", "boundary")]),
    (change("merge", "421303001;421303002", "421303002"), [("township", "establishment")]),
    (change("create", "421321001", "421303009", name="x", parent_code="421303"), [("county", "boundary"), ("township", "establishment")]),
    (change("rename", "421321", name="x"), [("county", "name")]),
    (change("upgrade", "421321", name="x"), [("county", "establishment"), ("county", "name")]),
])  # fmt: skip
def test_matters_that_need_approval(row, matters):
    found = approvals(row, units())
    assert sorted(zip(found["level"], found["matter"], strict=True)) == sorted(matters)


def test_who_decides_stands_first_and_streets_are_found():
    rows = pd.concat([change("merge", "421303001;421303002", "421303002"),
                      change("rename", "421321", name="x", change_id="2")])  # fmt: skip
    found = approvals(rows, units())
    assert found["authority"].tolist() == ["state_council", "province"]
    assert found["change_id"].tolist() == ["2", "1"]
    streets = units().assign(kind="street")
    only = approvals(rows.iloc[:1], streets)
    assert only["authority"].tolist() == ["establishing_authority"]
    assert approvals(rows.iloc[:1], streets, street=False)["authority"].tolist() == ["province"]
    lifted = approvals(change("transfer", "421303002201", "421321001"), units(), major=True)
    assert lifted["authority"].tolist() == ["state_council", "province"]


def test_a_registered_line_beside_the_derived_one():
    """A registered line 0.6 m off is on it; one that only crosses the moved land is not listed."""
    before, after = both(change("transfer", "421303002201", "421321001"))
    rows = gpd.GeoDataFrame(
        {"line_id": ["near", "across"], "line_code": ["421303421321", "x"], "name": "l"},
        geometry=[line((2.0006, 0), (2.0006, 2)), line((1.5, -1), (1.5, 0.7))], crs=CRS,
    )  # fmt: skip
    found = impact(before, after, {"boundary_lines": rows}, levels=["county"])
    assert found["id"].tolist() == ["near"]
    assert found["line_code_after"].iloc[0] == "421303421321;v421303002201-421321001201"
