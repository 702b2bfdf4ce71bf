"""Linked Places v1.3: every feature valid, names dated and cited, rings right-handed."""

from __future__ import annotations

import copy
import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError, MissingColumnsError, MissingCRSError
from geoplan.placenames import linked_check, linked_places
from geoplan.placenames.linked_types import FCLASSES, kind_of

BASE = "https://names.example/"
AS_OF = "2026-03-01"


def places() -> gpd.GeoDataFrame:
    """A county, a town in it whose outline is clockwise with a hole, a hamlet and a river."""
    hole = shapely.LinearRing([(113.42, 31.62), (113.44, 31.62), (113.44, 31.64), (113.42, 31.64)])
    town = shapely.Polygon([(113.4, 31.6), (113.4, 31.7), (113.5, 31.7), (113.5, 31.6)], [hole])
    return gpd.GeoDataFrame(
        {
            "place_id": ["N1", "N2", "N3", "N4"],
            "place_code": ["42130300021400000001", "42130310021500000001",
                           "42130310022200000001", "42130000012100000001"],
            "standard_name": ["曾都区", "万店镇", "塔儿塆", "涢水"],
            "pinyin": ["Zēngdū Qū", "Wàndiàn Zhèn", None, "Yún Shuǐ"],
            "category_code": ["21400", "21500", None, "12100"],
            "unit_code": ["421303", "421303100", "421303100201", "421300"],
            "status": ["announced", "announced", "filed", None],
            "source": ["随州市行政区划", None, None, None],
            "source_date": pd.to_datetime(["2023-12-31", None, None, None]),
            "valid_from": pd.to_datetime(["2009-05-14", None, None, None]),
            "set_year": pd.array([None, 1984, None, None], "Int64"),
            "meaning": ["曾国故都", None, None, None],
        },
        geometry=[shapely.Point(113.37, 31.72), town, None,
                  shapely.LineString([(113.3, 31.6), (113.4, 31.7)])],
        crs=4490,
    )  # fmt: skip


UNITS = pd.DataFrame(
    {
        "unit_code": ["421300", "421303", "421303100", "421303100"],
        "name": ["随州市", "曾都区", "万店镇", "万店镇"],
        "parent_code": ["420000", "421300", "421303", "421321"],
        "valid_from": pd.to_datetime([None, None, "2009-05-14", "1990-01-01"]),
        "valid_to": pd.to_datetime([None, None, None, "2009-05-14"]),
    }
)
FORMS = pd.DataFrame(
    {
        "place_id": ["N1", "N1", "N4", "N4", "N2"],
        "text": ["随县", "曾都", "随水", "未定名", "Wandian"],
        "kind": ["former", "short", "alias", "alias", "minority"],
        "roman": ["Suí Xiàn", None, None, None, None],
        "language": [None, None, None, None, "mn-Latn"],
        "valid_from": pd.to_datetime(["1950-01-01", None, None, None, None]),
        "valid_to": pd.to_datetime(["1979-11-16", None, None, None, None]),
        "status": ["closed", "current", "current", "proposed", "current"],
        "source": ["随州志", None, None, None, None],
    }
)
LINKS = pd.DataFrame(
    {"place_id": ["N1", "N1"], "type": ["exactMatch", "sameAs"],
     "identifier": ["http://www.wikidata.org/entity/Q1", "http://x.example/1"]}
)  # fmt: skip


def made(frame=None, **options):
    frame = places() if frame is None else frame
    return linked_places.collection(frame, base=BASE, as_of=AS_OF, **options)


def feature(place_id, **options):
    found = made(**options).collection["features"]
    return next(f for f in found if f["@id"] == f"{BASE}places/{place_id}")


def test_every_feature_is_valid_and_is_plain_json():
    whole = made(forms=FORMS, units=UNITS, links=LINKS).collection
    assert len(whole["features"]) == 4
    again = json.loads(json.dumps(whole, ensure_ascii=False, allow_nan=False))
    assert linked_check.check(again).empty
    assert again["@context"].endswith("linkedplaces-context-v1.2.jsonld")


def test_fclasses_come_from_the_category_or_else_from_the_code():
    classes = {f["properties"]["title"]: f["properties"]["fclasses"] for f in
               made().collection["features"]}  # fmt: skip
    assert classes == {"曾都区": ["A"], "万店镇": ["A"], "塔儿塆": ["P"], "涢水": ["H"]}
    river = feature("N4")["types"][0]
    assert river == {"identifier": "aat:300008707", "label": "river",
                     "sourceLabels": [{"label": "河流", "lang": "zh"}]}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "letters"),
    [("12100", "H"), ("13410", "T"), ("11500", "T"), ("21300", "A"), ("21610", "AP"),
     ("21620", "AP"), ("21730", "L"), ("22100", "P"), ("22200", "P"), ("23213", "R"),
     ("23220", "S"), ("23500", "R"), ("23410", "S"), ("24230", "H"), ("25300", "L"),
     ("26240", "S"), ("27100", "S")],
)  # fmt: skip
def test_letters_of_the_categories_of_rules_6_6(code, letters):
    assert kind_of(code).fclasses == letters
    assert set(letters) <= set(FCLASSES)


def test_names_are_dated_cited_and_told_apart_by_language():
    names = feature("N1", forms=FORMS)["names"]
    told = [(n["toponym"], n["lang"]) for n in names]
    assert told == [("曾都区", "zh"), ("Zēngdū Qū", "zh-Latn-pinyin"), ("随县", "zh"),
                    ("Suí Xiàn", "zh-Latn-pinyin"), ("曾都", "zh")]  # fmt: skip
    assert names[0]["citations"] == [{"label": "随州市行政区划（2023-12-31）", "@id": BASE}]
    assert names[2]["citations"][0]["label"].startswith("随州志")
    assert names[0]["when"]["timespans"] == [
        {"start": {"in": "2009-05-14"}, "end": {"earliest": AS_OF}}]  # fmt: skip
    assert names[2]["when"]["timespans"] == [
        {"start": {"in": "1950-01-01"}, "end": {"in": "1979-11-16"}}]  # fmt: skip
    assert [n["lang"] for n in feature("N2", forms=FORMS)["names"]][-1] == "mn-Latn"


def test_a_proposed_form_and_a_draft_are_not_published():
    assert "未定名" not in [n["toponym"] for n in feature("N4", forms=FORMS)["names"]]
    draft = places()
    draft.loc[2, "status"] = "draft"
    whole, left = made(draft)
    assert len(whole["features"]) == 3
    assert left[["place_id", "field"]].to_numpy().tolist() == [["N3", "status"]]


def test_an_undated_place_is_attested_on_the_day_of_export():
    assert feature("N4")["when"]["timespans"] == [
        {"start": {"latest": AS_OF}, "end": {"earliest": AS_OF}}]  # fmt: skip
    assert feature("N2")["when"]["timespans"][0]["start"] == {"in": "1984"}


def test_relations_follow_the_units_through_time():
    to_county, to_former = feature("N2", units=UNITS)["relations"]
    assert to_county["relationType"] == "gvp:broaderPartitive"
    assert to_county["relationTo"] == f"{BASE}places/N1"  # the county is a place too
    assert to_county["label"] == "part of 曾都区"
    assert to_county["when"]["timespans"][0]["start"] == {"in": "2009-05-14"}
    assert to_former["relationTo"] == f"{BASE}units/421321"
    assert to_former["when"]["timespans"] == [
        {"start": {"in": "1990-01-01"}, "end": {"in": "2009-05-14"}}]  # fmt: skip
    assert feature("N3", units=UNITS)["relations"][0]["relationTo"] == f"{BASE}units/421303100201"
    merged = places().assign(
        part_of=[None, None, "N2", None], successors=[None, None, "N2;N4", None]
    )
    hamlet = made(merged).collection["features"][2]["relations"]
    assert [(r["relationType"], r["relationTo"][-2:]) for r in hamlet] == [
        ("gvp:broaderPartitive", "N2"), ("dct:isReplacedBy", "N2"), ("dct:isReplacedBy", "N4")]  # fmt: skip


def test_a_synthetic_place_says_so():
    marked = places().assign(synthetic=pd.array([True, False, None, None], "boolean"))
    notes = [f["properties"].get("note") for f in made(marked).collection["features"]]
    assert notes == ["演示数据·非真实", None, None, None]


def test_links_of_another_kind_come_back_with_a_reason():
    whole, left = made(links=LINKS)
    assert whole["features"][0]["links"] == [
        {"type": "exactMatch", "identifier": "http://www.wikidata.org/entity/Q1"}]  # fmt: skip
    assert left["value"].tolist() == ["sameAs http://x.example/1"]


def test_rings_are_right_handed_and_degrees():
    ((shape,),) = [f["geometry"]["geometries"] for f in made().collection["features"][1:2]]
    ring, hole = (shapely.LinearRing(r) for r in shape["coordinates"])
    assert ring.is_ccw
    assert not hole.is_ccw
    plane = made(places().to_crs(4547)).collection["features"][1]["geometry"]["geometries"][0]
    assert shapely.hausdorff_distance(shapely.geometry.shape(plane),
                                      shapely.geometry.shape(shape)) < 2e-7  # fmt: skip
    assert made().collection["features"][2]["geometry"] == {
        "type": "GeometryCollection", "geometries": []}  # fmt: skip


def test_rows_that_cannot_be_features_come_back():
    broken = places()
    broken.loc[0, "standard_name"] = None
    broken.loc[1, ["category_code", "place_code"]] = ["99000", None]
    broken["valid_to"] = pd.to_datetime([None, None, None, "1999-01-01"])
    broken.loc[3, "valid_from"] = pd.Timestamp("2001-01-01")
    whole, left = made(broken)
    assert [f["properties"]["title"] for f in whole["features"]] == ["塔儿塆"]
    assert left["field"].tolist() == ["standard_name", "category_code", "valid_to"]
    assert len(whole["features"]) + len(left) == len(broken)


def test_a_form_or_link_of_no_place_comes_back():
    _, left = made(forms=FORMS.assign(place_id=None), links=LINKS.assign(place_id=None))
    assert left["field"].tolist() == ["place_id"] * (len(FORMS) + len(LINKS))


def test_arguments():
    with pytest.raises(MissingColumnsError):
        made(places().drop(columns="standard_name"))
    with pytest.raises(MissingCRSError):
        made(places().set_crs(None, allow_override=True))
    with pytest.raises(InputError, match="http"):
        linked_places.collection(places(), base="names", as_of=AS_OF)
    assert made(places().iloc[:0]).collection["features"] == []


SPOILT = {
    "@id": lambda f: f.pop("@id"),
    "properties.title": lambda f: f["properties"].pop("title"),
    "properties.fclasses": lambda f: f["properties"].pop("fclasses"),
    "properties.fclasses[0]": lambda f: f["properties"].update(fclasses=["X"]),
    "names": lambda f: [n.pop("citations") for n in f["names"]],
    "names[0].toponym": lambda f: f["names"][0].update(toponym=" "),
    "names[0].lang": lambda f: f["names"][0].update(lang="中文"),
    "names[0].when": lambda f: f["names"][0].update(when={"label": "x"}),
    "when.timespans[0].start": lambda f: f["when"]["timespans"][0].pop("start"),
    "when.timespans[0].start.in": lambda f: f["when"]["timespans"][0].update(start={"in": "二〇〇九"}),
    "when.timespans[0]": lambda f: f["when"]["timespans"][0].update(
        start={"in": "2009"}, end={"in": "1999"}),
    "types[0].identifier": lambda f: f["types"][0].update(identifier="town"),
    "relations[0].relationTo": lambda f: f["relations"][0].pop("relationTo"),
    "links[0].type": lambda f: f["links"][0].update(type="sameAs"),
    "geometry": lambda f: f.update(geometry=None),
    "geometry.geometries": lambda f: f.update(geometry={"type": "GeometryCollection"}),
    "geometry.geometries[0].coordinates": lambda f: f["geometry"]["geometries"][0].update(
        coordinates=[31.7, 113.4]),
    "type": lambda f: f.update(type="Place"),
}  # fmt: skip


@pytest.mark.parametrize("path", SPOILT)
def test_the_check_names_each_spoilt_place(path):
    whole = copy.deepcopy(made(forms=FORMS, units=UNITS, links=LINKS).collection)
    SPOILT[path](whole["features"][0])
    found = linked_check.check(whole)
    assert found[["feature", "path"]].to_numpy().tolist() == [[0, path]], found


def test_the_check_sees_clockwise_rings_and_ids_given_twice():
    whole = copy.deepcopy(made().collection)
    shape = whole["features"][1]["geometry"]["geometries"][0]
    shape["coordinates"] = [list(r)[::-1] for r in shape["coordinates"]]
    assert "right-hand" in linked_check.check(whole)["reason"].item()
    whole = copy.deepcopy(made().collection)
    whole["features"][1]["@id"] = whole["features"][0]["@id"]
    assert linked_check.check(whole)["reason"].item() == "is given twice"


_CELL = st.none() | st.text(max_size=8)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "standard_name": st.sampled_from(["曾都", "随州", ""]) | _CELL,
                "category_code": st.sampled_from(["12100", "21620", "99", None]),
                "pinyin": _CELL | st.just("  "), "unit_code": st.sampled_from(["421303", "421303100", None]),
                "status": st.sampled_from(["announced", "draft", "abolished", None]),
                "valid_from": st.sampled_from([None, "1950-01-01", "2030-01-01", "一九五〇年"]),
                "valid_to": st.sampled_from([None, "1999-12-31", "2012-01-01"]),
                "source": _CELL, "meaning": _CELL,
            }
        ),
        max_size=8,
    )
)  # fmt: skip
def test_whatever_comes_in_what_goes_out_is_valid_and_nothing_is_lost(rows):
    frame = pd.DataFrame(rows, columns=["standard_name", "category_code", "pinyin", "unit_code",
                                        "status", "valid_from", "valid_to", "source", "meaning"])  # fmt: skip
    frame.insert(0, "place_id", [f"N{i}" for i in range(len(frame))])
    whole, left = made(frame, units=UNITS)
    assert linked_check.check(json.loads(json.dumps(whole))).empty
    assert len(whole["features"]) + len(left) == len(frame)
