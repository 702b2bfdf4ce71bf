"""
Division changes on a toy county pair worked by hand.

Counties K and M side by side, 2 km x 2 km each; townships 1 km wide: K1 K2 | M1 M2; villages of K2:
a (south) and b (north), 1 km x 1 km each.
"""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.boundaries.change import KINDS, apply_changes
from geoplan.boundaries.change_approval import DOSSIER, approval, deadlines, dossier
from geoplan.boundaries.change_impact import impact, moved_land, statistics
from geoplan.boundaries.unit_versions import valid_on
from geoplan.errors import InputError, MissingColumnsError, UnknownIdError

X, Y, CRS = 450_000.0, 3_505_000.0, "EPSG:4547"
DAY, EVE = "2026-07-01", "2026-06-30"


def box(x0, y0, x1, y1):
    return shapely.box(X + 1000 * x0, Y + 1000 * y0, X + 1000 * x1, Y + 1000 * y1)


def units():
    rows = [
        ("P", "city", "prefecture", None, None, (0, 0, 4, 2)),
        ("K", "K county", "county", "P", 1000, (0, 0, 2, 2)), ("M", "M county", "county", "P", 500, (2, 0, 4, 2)),
        ("K1", "K1 town", "township", "K", 600, (0, 0, 1, 2)), ("K2", "K2 town", "township", "K", 400, (1, 0, 2, 2)),
        ("M1", "M1 town", "township", "M", 300, (2, 0, 3, 2)), ("M2", "M2 town", "township", "M", 200, (3, 0, 4, 2)),
        ("K2a", "a", "village", "K2", 150, (1, 0, 2, 1)), ("K2b", "b", "village", "K2", 250, (1, 1, 2, 2)),
    ]  # fmt: skip
    frame = pd.DataFrame(
        [r[:5] for r in rows], columns=["unit_code", "name", "level", "parent_code", "population"]
    )
    return gpd.GeoDataFrame(
        frame.astype({"population": "Int64"}), geometry=[box(*r[5]) for r in rows], crs=CRS
    )


def change(kind, origin, to="", part=None, **cells):
    row = {
        "change_id": "1",
        "kind": kind,
        "from_codes": origin,
        "to_codes": to,
        "effective_on": DAY,
    } | cells
    return gpd.GeoDataFrame([row], geometry=[part], crs=CRS)


def after(*changes, base=None):
    table = pd.concat(changes, ignore_index=True)
    return apply_changes(units() if base is None else base, table)


def now(versions):
    return valid_on(versions, DAY).set_index("unit_code")


def check_sums(frame):
    """Every level holds the same land as before, and nothing twice."""
    for level in ("county", "township"):
        own = frame[frame["level"] == level].geometry
        assert own.area.sum() == pytest.approx(8e6)
        assert shapely.union_all(own.to_numpy()).area == pytest.approx(8e6)


def test_a_village_moves_to_another_county():
    """K2a (1 km², 150 people) to M1: K 3 km² and 850, M 5 km² and 650, K2 1 km² and 250."""
    base = units()
    versions = apply_changes(base, change("transfer", "K2a", "M1", None))
    got = now(versions)
    check_sums(got)
    assert got["parent_code"]["K2a"] == "M1"
    assert (got.geometry.area / 1e6).round(9).to_dict() == {
        "P": 8,
        "K": 3,
        "M": 5,
        "K1": 2,
        "K2": 1,
        "M1": 3,
        "M2": 2,
        "K2a": 1,
        "K2b": 1,
    }
    assert got["population"].dropna().to_dict() == {
        "K": 850,
        "M": 650,
        "K1": 600,
        "K2": 250,
        "M1": 450,
        "M2": 200,
        "K2a": 150,
        "K2b": 250,
    }
    before = valid_on(versions, EVE).set_index("unit_code")
    assert before["population"]["K"] == 1000
    assert before.geometry["K"].equals(base.geometry[1])
    assert set(versions.loc[versions["valid_to"].notna(), "unit_code"]) == {
        "K",
        "M",
        "K2",
        "M1",
        "K2a",
    }
    pd.testing.assert_frame_equal(base, units())  # the input is as it was


def test_part_of_a_township_moves_with_the_villages_in_it():
    got = now(after(change("transfer", "K2", "M1", box(1, 0, 2, 1))))
    check_sums(got)
    assert got["parent_code"]["K2a"] == "M1"
    assert got["population"]["M"] == 650  # the village fills the part: its people are known


def test_a_part_without_villages_leaves_numbers_unknown():
    got = now(after(change("transfer", "M1", "K2", box(2, 0, 2.5, 2))))
    check_sums(got)
    assert got["population"].isna().to_dict() == {
        "P": True,
        "K": True,
        "M": True,
        "K1": False,
        "K2": True,
        "M1": True,
        "M2": False,
        "K2a": False,
        "K2b": False,
    }


def test_merge_into_a_new_unit():
    got = now(after(change("merge", "K1;K2", "K9", name="K9 town")))
    assert set(got.index) == {"P", "K", "M", "K9", "M1", "M2", "K2a", "K2b"}
    assert got.loc["K9", ["name", "parent_code", "population", "level"]].tolist() == [
        "K9 town",
        "K",
        1000,
        "township",
    ]
    assert got["parent_code"]["K2a"] == "K9"
    assert got["population"]["K"] == 1000
    check_sums(got)


def test_split_with_a_rest():
    rows = [
        change("split", "M1", "M3", box(2, 0, 3, 0.5), name="M3"),
        change("split", "M1", "M4", None, name="M4"),
    ]
    got = now(after(*rows))
    assert "M1" not in got.index
    assert (got.geometry.area / 1e6)[["M3", "M4"]].round(9).tolist() == [0.5, 1.5]
    check_sums(got)


def test_create_out_of_two():
    got = now(
        after(change("create", "K2;M1", "N", box(1, 0, 3, 1), name="N town", parent_code="K"))
    )
    assert got.geometry["N"].area == pytest.approx(2e6)
    assert got["parent_code"]["K2a"] == "N"
    assert got.geometry["K"].area == pytest.approx(5e6)
    check_sums(got)


def test_abolish_rename_upgrade():
    got = now(after(change("abolish", "M2", "M1")))
    assert got["population"]["M1"] == 500
    assert now(after(change("rename", "M2", name="new")))["name"]["M2"] == "new"
    up = now(after(change("upgrade", "K2", "K8", name="K8 street")))
    assert up["parent_code"]["K2a"] == "K8"
    assert up.loc["K8", "population"] == 400
    check_sums(up)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.05, 0.95), st.sampled_from([("M1", 2, 3), ("M2", 3, 4)]))
def test_land_only_moves(share, where):
    code, x0, x1 = where
    got = now(after(change("transfer", code, "K1", box(x0, 0, x0 + (x1 - x0) * share, 2))))
    check_sums(got)
    assert got.geometry["K"].area + got.geometry["M"].area == pytest.approx(8e6)


@pytest.mark.parametrize(("rows", "error", "words"), [
    ([change("transfer", "K7", "M1")], UnknownIdError, "K7"),
    ([change("transfer", "K2a", "M7")], UnknownIdError, "M7"),
    ([change("conquer", "K2a", "M1")], UnknownIdError, "conquer"),
    ([change("transfer", "K2", "M1", box(1, 0, 2, 0.5))], InputError, "cuts through"),
    ([change("transfer", "M1", "K2", box(2, 0, 3.5, 1))], InputError, "not land of M1"),
    ([change("split", "M1", "M3", box(2, 0, 3, 1), name="M3"), change("split", "M1", "M4", box(2, 0.5, 3, 2), name="M4")], InputError, "given away"),
    ([change("split", "M1", "M3", box(2, 0, 3, 1), name="M3")], InputError, "go to nobody"),
    ([change("abolish", "M1")], InputError, "to_codes"),
    ([change("merge", "M1;M2", "M9")], InputError, "name"),
    ([change("rename", "M1")], InputError, "name"),
    ([change("rename", "M1", name="x", effective_on=None)], InputError, "effective_on"),
    ([change("rename", "", name="x")], InputError, "from_codes"),
    ([change("upgrade", "M1", "M2")], InputError, "exists already"),
])  # fmt: skip
def test_what_cannot_be_is_refused(rows, error, words):
    with pytest.raises(error, match=words):
        after(*rows)


def test_dates_in_order():
    first = after(change("rename", "M1", name="one"))
    with pytest.raises(InputError, match="cannot change"):
        after(change("rename", "M1", name="zero", effective_on="2020-01-01"), base=first)
    twice = after(
        change("rename", "M1", name="two", change_id="2", effective_on="2027-01-01"), base=first
    )
    names = [
        valid_on(twice, d).set_index("unit_code")["name"]["M1"] for d in (EVE, DAY, "2027-06-01")
    ]
    assert names == ["M1 town", "one", "two"]
    with pytest.raises(InputError, match="two open versions"):
        apply_changes(pd.concat([units(), units()]), change("rename", "M1", name="x"))
    with pytest.raises(MissingColumnsError):
        apply_changes(units(), change("rename", "M1", name="x").drop(columns="kind"))


def layers(seed=1, n=200):
    rng = np.random.default_rng(seed)
    xy = rng.uniform([0, 0], [4, 2], (n, 2)) * 1000 + [X, Y]
    placed = gpd.GeoDataFrame(
        {"facility_id": [f"f{k}" for k in range(n)], "name": "x"},
        geometry=shapely.points(xy),
        crs=CRS,
    )
    people = gpd.GeoDataFrame(
        {"point_id": [f"p{k}" for k in range(n)], "persons": rng.integers(1, 9, n)},
        geometry=shapely.points(xy),
        crs=CRS,
    )
    return {"facilities": placed.to_crs("EPSG:4490"), "population": people}


def test_transfer_of_one_village_moves_what_lies_in_it_and_nothing_else():
    """Switching objects are the points in the village, at township and county level."""
    versions = after(change("transfer", "K2a", "M1"))
    data = layers()
    found = impact(valid_on(versions, EVE), valid_on(versions, DAY), data)
    village = box(1, 0, 2, 1)
    expected = set(data["population"].loc[data["population"].within(village), "point_id"])
    for level, pair in (("township", ("K2", "M1")), ("county", ("K", "M"))):
        rows = found[(found["layer"] == "population") & (found["level"] == level)]
        assert set(rows["id"]) == expected
        assert set(zip(rows["unit_before"], rows["unit_after"], strict=True)) == {pair}
        assert (
            rows["persons"].sum()
            == data["population"].loc[data["population"].within(village), "persons"].sum()
        )
    assert set(found["level"]) == {"township", "county"}
    assert (found["layer"] == "facilities").sum() == 2 * len(expected)


def test_rows_with_a_code_only():
    """In a merger the code tells all; in a cut unit it does not tell which side."""
    coded = pd.DataFrame(
        {"facility_id": ["1", "2", "3"], "name": "x", "unit_code": ["M1", "K1", None]}
    )
    merged = after(change("merge", "M1;M2", "M9", name="M9"))
    found = impact(valid_on(merged, EVE), valid_on(merged, DAY), {"facilities": coded})
    assert found[["id", "level", "unit_after", "how", "status"]].to_numpy().tolist() == [
        ["1", "township", "M9", "code", "changed"]
    ]
    cut = after(change("transfer", "M1", "K2", box(2, 0, 2.5, 2)))
    found = impact(valid_on(cut, EVE), valid_on(cut, DAY), {"facilities": coded})
    assert found[["id", "level", "unit_before", "unit_after", "status"]].to_numpy().tolist() == [
        ["1", "county", "M", "K;M", "to_verify"], ["1", "township", "M1", "K2;M1", "to_verify"]
    ]  # fmt: skip


def test_a_village_that_moves_takes_its_code_only_rows_along():
    coded = pd.DataFrame({"facility_id": ["1"], "name": "x", "unit_code": ["K2a"]})
    moved = after(change("transfer", "K2a", "M1"))
    found = impact(valid_on(moved, EVE), valid_on(moved, DAY), {"facilities": coded})
    assert found[["level", "unit_before", "unit_after", "status"]].to_numpy().tolist() == [
        ["county", "K", "M", "changed"], ["township", "K2", "M1", "changed"]
    ]  # fmt: skip


def test_lines_and_markers_of_moved_land():
    drawn = [
        shapely.LineString([(X + 2000, Y), (X + 2000, Y + 2000)]),
        shapely.LineString([(X + 3000, Y), (X + 3000, Y + 2000)]),
    ]
    lines = gpd.GeoDataFrame({"line_id": ["K-M", "M1-M2"], "name": "l"}, geometry=drawn, crs=CRS)
    stones = gpd.GeoDataFrame(
        {"marker_id": ["s", "n", "far"], "marker_no": "x"},
        crs=CRS,
        geometry=shapely.points([(X + 2000, Y + 500), (X + 2000, Y + 1500), (X + 3000, Y + 500)]),
    )
    versions = after(change("transfer", "K2a", "M1"))
    found = impact(
        valid_on(versions, EVE),
        valid_on(versions, DAY),
        {"boundary_lines": lines, "boundary_markers": stones},
    )
    assert found[["layer", "id", "level", "status"]].to_numpy().tolist() == [
        ["boundary_lines", "K-M", "county", "to_redraw"], ["boundary_markers", "s", "county", "to_redraw"],
        ["boundary_lines", "K-M", "township", "to_redraw"], ["boundary_markers", "s", "township", "to_redraw"],
    ]  # fmt: skip


def test_nothing_changed_nothing_listed():
    assert impact(units(), units(), layers()).empty
    assert moved_land(units(), units(), "township").empty
    assert statistics(units(), units(), layers(), "county").empty


def test_statistics_before_and_after():
    versions = after(change("transfer", "K2a", "M1"))
    data = layers()
    table = statistics(valid_on(versions, EVE), valid_on(versions, DAY), data, "county")
    assert table["population_before"].tolist() == [1000, 500]
    assert table["population_after"].tolist() == [850, 650]
    assert (table["area_m2_after"] - table["area_m2_before"]).tolist() == pytest.approx(
        [-1e6, 1e6], rel=1e-4
    )
    for column in ("persons", "facilities", "area_m2"):
        assert table[f"{column}_before"].sum() == pytest.approx(table[f"{column}_after"].sum())
    assert (
        statistics(valid_on(versions, EVE), valid_on(versions, DAY), {}, "county")["persons_after"]
        .isna()
        .all()
    )


def test_moved_land_by_pair():
    versions = after(change("transfer", "K2a", "M1"))
    moved = moved_land(valid_on(versions, EVE), valid_on(versions, DAY), "county")
    assert moved[["unit_before", "unit_after"]].to_numpy().tolist() == [["K", "M"]]
    assert moved["area_m2"].iloc[0] == pytest.approx(1e6, rel=1e-4)


def test_who_approves():
    def who(*args, **kwargs):
        return approval(*args, **kwargs)["authority"].iloc[0]

    assert who("create", "county") == "state_council"
    assert who("transfer", "county", with_land=False) == "state_council"
    assert (who("transfer", "county"), who("transfer", "county", major=True)) == (
        "province",
        "state_council",
    )
    assert who("transfer", "county", autonomous=True) == "state_council"
    assert who("transfer", "township", special_area=True) == "state_council"
    assert {who(k, "township") for k in KINDS} == {"province"}
    assert who("create", "township", street=True) == "establishing_authority"
    assert who("rename", "province") == "national_congress"
    assert approval("transfer", "county", seat=True)["filed"].tolist() == [True, True]
    with pytest.raises(UnknownIdError):
        approval("transfer", "village")
    with pytest.raises(UnknownIdError):
        approval("conquer", "county")


def test_dossier_and_deadlines(policy):
    papers = dossier(["application", "maps"])
    assert papers["status"].value_counts().to_dict() == {"missing": 4, "present": 2, "if_asked": 1}
    assert len(DOSSIER) == 7
    with pytest.raises(UnknownIdError):
        dossier(["poem"])
    due = deadlines(date(2026, 1, 31), policy, extended=True).set_index("step")["due_on"]
    assert str(due["complete"].date()) == "2027-07-31"
    assert str(due["code"].date()) == "2026-02-28"
    assert due[["demarcate", "notice"]].isna().all()
