"""The index of names finds who a plain loop finds, before and after edits; built-up areas merge."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fixtures import name_register as register
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import CRSMismatchError, MissingColumnsError, MissingCRSError
from geoplan.io.placename_files import read_generics
from geoplan.placenames.name_index import NameIndex, Wanted
from geoplan.placenames.name_rows import register_names
from geoplan.placenames.scopes import Scope, area_of, in_built_up, merged_built_up
from geoplan.placenames.sounds import grade, spoken, toneless

TERMS = read_generics()
SIGNS = {"红": "hong2", "洪": "hong2", "宏": "hong2", "轰": "hong1", "新": "xin1", "兴": "xing1", "农": "nong2",
         "隆": "long2", "房": "fang2", "黄": "huang2", "村": "cun1", "社": "she4", "区": "qu1"}  # fmt: skip
NAME = st.builds(
    lambda a, g: a + g,
    st.text("红洪宏轰新兴农隆房黄", min_size=1, max_size=2),
    st.sampled_from(["村", "社区"]),
)
ROW = st.tuples(
    NAME,
    st.sampled_from(["21610", "21620"]),
    st.sampled_from(["421321101", "421321102", "421381101"]),
)


def reading(name):
    return " ".join(SIGNS[c] for c in name)


def frame(rows, at=0):
    return pd.DataFrame({
        "place_id": [f"p{at + i}" for i in range(len(rows))], "name": [r[0] for r in rows],
        "category_code": [r[1] for r in rows], "unit_code": [r[2] for r in rows],
        "reading": [reading(r[0]) for r in rows],
    })  # fmt: skip


def by_loop(rows, name, unit):
    """Namesakes and homophones in a county, by looking at every row."""
    specific, generic = TERMS.split(name, "committee")
    same, alike = set(), set()
    for place, (other, _, other_unit) in rows.items():
        s, g = TERMS.split(other, "committee")
        if other_unit[:6] != unit[:6]:
            continue
        if s == specific:
            same.add((place, "full" if g == generic else "specific"))
        elif (found := grade(reading(specific), reading(s))) is not None:
            alike.add((place, found))
    return same, alike


@settings(max_examples=60)
@given(st.lists(ROW, max_size=14), st.lists(ROW, max_size=6), st.sets(st.integers(0, 19)), ROW)
def test_finds_who_a_loop_finds(first, later, gone, asked):
    index = NameIndex(frame(first), TERMS)
    index.add(frame(later, at=len(first) - min(2, len(first))))  # some take another's place
    rows = {f"p{i}": r for i, r in enumerate(first)}
    rows |= {f"p{len(first) - min(2, len(first)) + i}": r for i, r in enumerate(later)}
    assert index.remove([f"p{i}" for i in gone]) == len(rows.keys() & {f"p{i}" for i in gone})
    rows = {p: r for p, r in rows.items() if p not in {f"p{i}" for i in gone}}
    assert len(index) == len(rows)
    name, _, unit = asked
    specific, generic = TERMS.split(name, "committee")
    area = area_of(Scope("county", "V-law"), unit)
    wanted = Wanted(specific, generic, reading(specific), "committee", area)
    same, alike = by_loop(rows, name, unit)
    assert {(b.place_id, b.match) for b in index.namesakes(wanted, most=99).bearers} == same
    assert {
        (b.place_id, b.match) for b in index.homophones(wanted, dialect=True, most=99).bearers
    } == alike
    plain = {hit for hit in alike if hit[1] != "dialect"}
    assert {(b.place_id, b.match) for b in index.homophones(wanted, most=99).bearers} == plain


def test_late_names_join_the_base():
    index = NameIndex(frame([("新村", "21610", "421321101")]), TERMS)
    many = frame([("红新村", "21610", "421321101")] * 4200, at=1)
    index.add(many)
    wanted = Wanted("红新", "村", "", "committee", area_of(Scope("county", ""), "421321"))
    found = index.namesakes(wanted, most=3)
    assert (len(found.bearers), found.more, len(index)) == (3, 4197, 4201)
    assert index.remove(["p1", "p2", "no such"]) == 2
    assert index.namesakes(wanted, most=3).more == 4195


def test_what_was_found_and_what_is_not_listed_is_counted():
    index = NameIndex(register.frame(), TERMS)
    wanted = Wanted("新集", "村", "", "committee", None, but="village")
    assert [b.place_id for b in index.namesakes(wanted, most=1).bearers] == ["as-unit"]
    assert index.namesakes(wanted, most=1).more == 1


def test_names_without_reading_are_counted():
    rows = frame([("新村", "21610", "421321101"), ("红村", "21610", "421321101")])
    rows.loc[0, "reading"] = None
    index = NameIndex(rows, TERMS)
    assert index.unread == 1
    assert not index.homophones(Wanted("心", "村", "xin1", "committee", None), most=9).bearers


def test_rows_that_cannot_be_held_come_back_and_the_rest_goes_on():
    rows = frame(
        [
            ("新村", "21610", "421321101"),
            ("", "21610", "x"),
            ("红村", "99999", "x"),
            ("洪村", "21610", None),
        ]
    )
    rows.loc[4] = [None, None, None, None, None]
    index = NameIndex(rows, TERMS)
    assert len(index) == 2
    assert index.rejected[["field", "value"]].to_numpy().tolist() == [
        ["name", ""],
        ["category_code", "99999"],
        ["name", ""],
    ]
    assert index.rejected.index.tolist() == [1, 2, 4]
    assert index.add(frame([("红村", "9", "x"), ("宏村", "21610", "421321101")], at=7))[
        "place_id"
    ].tolist() == ["p7"]
    assert len(index) == 3


def test_missing_columns_are_refused():
    with pytest.raises(MissingColumnsError, match="unit_code"):
        NameIndex(register.frame().drop(columns="unit_code"), TERMS)
    index = NameIndex(register.frame(), TERMS)
    with pytest.raises(MissingColumnsError):
        index.add(register.frame().drop(columns="name"))
    assert len(index) == len(register.ROWS)


def test_names_of_a_register():
    areas = squares((0, 0), (1, 0))
    places = gpd.GeoDataFrame({
        "place_id": list("abcd"), "standard_name": ["汉东路", "汉东街", "老街", "新路"], "category_code": "23500",
        "unit_code": "421303", "status": ["announced", "draft", "renamed", None],
    }, geometry=[shapely.Point(1.5, 0.5), shapely.Point(9, 9), shapely.Point(0, 0), None], crs=4547)  # fmt: skip
    names = register_names(places, areas)
    assert names["name"].tolist() == ["汉东路", "汉东街", "新路"]
    assert names["built_up_id"].tolist() == ["b0", "", ""]
    assert register_names(places, areas.to_crs(4490))["built_up_id"].tolist() == ["b0", "", ""]
    assert "built_up_id" not in register_names(places)
    wanted = Wanted("汉东", "路", "", "street", area_of(Scope("built_up", "V-law"), "", "b0"))
    assert len(NameIndex(names, TERMS).namesakes(wanted, most=9).bearers) == 1
    with pytest.raises(MissingCRSError):
        register_names(places, areas.set_crs(None, allow_override=True))
    with pytest.raises(MissingColumnsError, match="standard_name"):
        register_names(places.drop(columns="standard_name"))


SPOKEN = [("nan2", "lan2"), ("fu2", "hu2"), ("fang2", "huang2"), ("fei1", "hui1"), ("zhi1", "zi1"), ("chang2", "cang2"),
          ("shi4", "si4"), ("jin1", "jing1"), ("zhen1", "zheng1"), ("nv3", "lv3"), ("feng1", "hun1")]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), SPOKEN)
def test_hubei_speech_merges(a, b):
    assert spoken(a) == spoken(b)
    assert grade(a, b) == "dialect"


@given(st.lists(st.sampled_from(sorted({s for p in SPOKEN for s in p} | set(SIGNS.values()))), max_size=4).map(" ".join),
       st.lists(st.sampled_from(sorted(SIGNS.values())), max_size=4).map(" ".join))  # fmt: skip
def test_alike_with_tone_is_alike_without_is_alike_in_speech(a, b):
    if a == b:
        assert toneless(a) == toneless(b)
    if toneless(a) == toneless(b):
        assert spoken(a) == spoken(b)
    assert (grade(a, b) is None) == (spoken(a) != spoken(b))


def squares(*corners):
    shapes = [shapely.box(x, y, x + 1, y + 1) for x, y in corners]
    return gpd.GeoDataFrame(
        {"built_up_id": [f"b{i}" for i in range(len(shapes))]}, geometry=shapes, crs=4547
    )


def test_adjoining_built_up_areas_are_one():
    merged = merged_built_up(squares((0, 0), (5, 5), (1, 0), (2, 0)))
    assert merged["members"].tolist() == [("b0", "b2", "b3"), ("b1",)]
    assert merged["built_up_id"].tolist() == ["b0", "b1"]
    assert merged.area.tolist() == [3, 1]


def test_streets_lie_in_built_up_areas():
    merged = merged_built_up(squares((0, 0), (5, 5), (1, 0)))
    streets = gpd.GeoDataFrame(geometry=[
        shapely.LineString([(0.2, 0.5), (1.8, 0.5)]), shapely.Point(5.5, 5.5), shapely.Point(9, 9),
        shapely.LineString([(1.9, 1), (5.1, 5.2), (9, 9.1)]),
    ], index=list("wxyz"), crs=4547)  # fmt: skip
    found = in_built_up(streets, merged)
    assert found.tolist() == ["b0", "b1", "", "b1"]
    assert found.index.tolist() == list("wxyz")
    with pytest.raises(CRSMismatchError):
        in_built_up(streets.to_crs(4490), merged)
    with pytest.raises(MissingColumnsError):
        merged_built_up(merged.drop(columns="built_up_id"))
    assert np.all(in_built_up(streets.iloc[:0], merged).tolist() == [])
