"""Reconciliation API 0.2: a real form-encoded request, shapes of the answers, malformed ones."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError, MissingColumnsError, MissingCRSError, UnknownIdError
from geoplan.placenames import reconciliation as rec
from geoplan.placenames.classes import CLASSES
from geoplan.placenames.normalise import key
from geoplan.placenames.reconciliation_entities import Entity, extend, preview, propose_properties
from geoplan.placenames.reconciliation_places import of_hits, of_places

# in the form OpenRefine sends: three cells of a column, one with a second column as property
BODY = (
    "queries=%7B%22q0%22%3A%7B%22query%22%3A%22%E6%9B%BE%E9%83%BD%E5%8C%BA%22%2C%22type%22%3A%22"
    "division%22%2C%22type_strict%22%3A%22should%22%7D%2C%22q1%22%3A%7B%22query%22%3A%22%E6%B0%B8"
    "%E5%85%B4%E6%9D%91%22%2C%22type%22%3A%22committee%22%2C%22type_strict%22%3A%22should%22%2C%22"
    "properties%22%3A%5B%7B%22pid%22%3A%22unit%22%2C%22p%22%3A%22%E9%95%87%22%2C%22v%22%3A%22%E6%B4"
    "%9B%E9%98%B3%E9%95%87%22%7D%5D%7D%2C%22q2%22%3A%7B%22query%22%3A%22%E6%B0%B8%E5%85%B4%E6%9D"
    "%91%22%2C%22type%22%3A%22committee%22%2C%22type_strict%22%3A%22should%22%7D%7D"
)

CITY, ZENGDU, SUIXIAN = ("421300", "随州市"), ("421303", "曾都区"), ("421321", "随县")
PLACES = {
    e.place_id: e
    for e in (
        Entity("N1", "曾都区", name_class="division", units=(CITY,), roman="Zēngdū Qū",
               place_code="42130300021400000001", lon=113.37, lat=31.72),
        Entity("N2", "永兴村", name_class="committee", units=(("421303103", "洛阳镇"), ZENGDU, CITY)),
        Entity("N3", "永兴村", name_class="committee", units=(("421321100", "厉山镇"), SUIXIAN, CITY)),
        Entity("N4", "永兴路", name_class="street", units=(ZENGDU, CITY)),
        Entity("N5", "神农大道", name_class="street", units=(ZENGDU, CITY), lon=0.0, lat=0.0),
    )
}  # fmt: skip
FORMER = Entity("N5", "神农大道", 100.0, "沿河大道", "former", "street", (ZENGDU, CITY))


def search(text, limit, classes):
    """A plain search: the same key is 100, a shared beginning 60."""
    found = []
    for e in PLACES.values():
        if classes and e.name_class not in classes:
            continue
        if key(e.name) == key(text):
            found.append(e._replace(score=100.0, matched=e.name))
        elif key(e.name)[:2] == key(text)[:2]:
            found.append(e._replace(score=60.0, matched=e.name))
    found += [FORMER] * (text == FORMER.matched)
    return sorted(found, key=lambda e: -e.score)[:limit]


def lookup(ids):
    return {i: PLACES[i] for i in ids if i in PLACES}


def ask(*queries, **options):
    found = rec.answer({f"q{i}": q for i, q in enumerate(queries)}, search, **options)
    return [found[f"q{i}"] for i in range(len(queries))]


def test_a_request_of_openrefine():
    (text,) = parse_qs(BODY)["queries"]
    answers = rec.answer(text, search)
    assert list(answers) == ["q0", "q1", "q2"]
    county, village, namesakes = (answers[q]["result"] for q in answers)
    assert [(c["id"], c["score"], c["match"]) for c in county] == [("N1", 100.0, True)]
    assert [(c["id"], c["score"], c["match"]) for c in village] == [
        ("N2", 100.0, True), ("N3", 50.0, False)]  # fmt: skip
    assert {c["id"]: c["match"] for c in namesakes} == {"N2": False, "N3": False}
    assert village[1]["description"] == "村（居）民委员会所在地 · 随州市随县厉山镇"
    assert village[0]["features"] == [{"id": "exact_name", "value": True},
                                      {"id": "same_unit", "value": True}]  # fmt: skip
    json.dumps(answers, allow_nan=False)


def check_result(answers, asked):
    """The schema of a result batch, in words: ids, names, scores; best first; types of ours."""
    assert set(answers) == set(asked)
    for answer in answers.values():
        scores = [c["score"] for c in answer["result"]]
        assert scores == sorted(scores, reverse=True)
        assert sum(c["match"] for c in answer["result"]) <= 1
        for c in answer["result"]:
            assert isinstance(c["id"], str)
            assert isinstance(c["name"], str)
            assert 0 <= c["score"] <= 100
            assert all(t["id"] in CLASSES and t["name"] for t in c["type"])


@pytest.mark.parametrize(
    "unit", ["421303103", "洛阳镇", "洛阳", "曾都区", {"id": "421303103", "name": "洛阳镇"},
             ["万店镇", "洛阳镇"]]
)  # fmt: skip
def test_a_unit_tells_namesakes_apart(unit):
    (found,) = ask({"query": "永兴村", "properties": [{"pid": "unit", "v": unit}]})
    assert [(c["id"], c["match"]) for c in found["result"]][:1] == [("N2", True)]


def test_a_class_may_be_a_property_or_a_type():
    (found,) = ask({"query": "永兴路", "properties": [{"pid": "class", "v": "街路巷"}]})
    assert (found["result"][0]["id"], found["result"][0]["match"]) == ("N4", True)
    (found,) = ask({"query": "永兴村", "type": ["street", "division"]})
    assert [c["id"] for c in found["result"]] == ["N4"]
    assert not found["result"][0]["match"]  # near, not the same


def test_a_limit_does_not_hide_that_there_are_namesakes():
    (found,) = ask({"query": "永兴村", "limit": 1})
    assert len(found["result"]) == 1
    assert not found["result"][0]["match"]


def test_a_former_name_is_found_but_never_matched_by_itself():
    (found,) = ask({"query": "沿河大道"})
    assert [(c["id"], c["score"], c["match"]) for c in found["result"]] == [("N5", 100.0, False)]


def test_an_id_finds_its_place():
    (found,) = ask({"query": "N3"}, lookup=lookup)
    assert [(c["id"], c["score"], c["match"]) for c in found["result"]] == [("N3", 100.0, True)]


MALFORMED = {
    "no object": 5,
    "no text": {"query": ""},
    "no query": {"properties": [{"pid": "unit", "v": "x"}]},
    "a number": {"query": 7},
    "300 characters": {"query": "村" * 300},
    "bidirectional": {"query": "曾都\u202e区"},
    "control": {"query": "曾都\x00区"},
    "another field": {"query": "曾都", "qery": 1},
    "limit 0": {"query": "曾都", "limit": 0},
    "limit 1.5": {"query": "曾都", "limit": 1.5},
    "limit true": {"query": "曾都", "limit": True},
    "limit text": {"query": "曾都", "limit": "3"},
    "limit nan": {"query": "曾都", "limit": float("nan")},
    "unknown type": {"query": "曾都", "type": "city"},
    "type of another kind": {"query": "曾都", "type": 3},
    "type_strict": {"query": "曾都", "type_strict": "maybe"},
    "properties": {"query": "曾都", "properties": {"pid": "unit", "v": "x"}},
    "property without value": {"query": "曾都", "properties": [{"pid": "unit"}]},
    "unknown property": {"query": "曾都", "properties": [{"pid": "owner", "v": "x"}]},
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_query_says_why_and_the_others_are_answered(name):
    bad, good = ask(MALFORMED[name], {"query": "曾都区"})
    assert bad["result"] == []
    assert set(bad["error"]) == {"code", "detail", "fix", "context"}
    assert bad["error"]["code"] in {"bad_input", "unknown_id"}
    assert good["result"][0]["match"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '"q0"', "null", "{}", "[" * 100_000,
             json.dumps({f"q{i}": {"query": "曾都"} for i in range(rec.BATCH + 1)})]
)  # fmt: skip
def test_a_malformed_batch_is_refused(text):
    with pytest.raises(InputError) as caught:
        rec.answer(text, search)
    problem = caught.value.as_problem("en")
    assert problem["code"] == "bad_input"
    assert problem["context"]["field"] == "queries"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["query", "type", "limit", "properties", "pid", "v", "id"]), inner,
        max_size=4),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text(max_size=3), _JSON, min_size=1, max_size=4))
def test_no_json_breaks_it(queries):
    check_result(rec.answer(queries, search), queries)


def test_the_manifest_has_what_0_2_requires():
    about = rec.manifest("https://city.example/reconcile/")
    assert {"versions", "name", "identifierSpace", "schemaSpace"} <= set(about)
    assert about["versions"] == ["0.2"]
    assert about["identifierSpace"] == "https://city.example/reconcile/places/"
    assert "{{id}}" in about["view"]["url"]
    assert "{{id}}" in about["preview"]["url"]
    assert {type(about["preview"][k]) for k in ("width", "height")} == {int}
    assert set(about["suggest"]) == {"entity", "type", "property"}
    assert [t["id"] for t in about["defaultTypes"]] == list(CLASSES)
    assert about["batchSize"] == rec.BATCH


def test_suggestions():
    found = rec.suggest_entity("永兴", search)["result"]
    assert [r["id"] for r in found] == ["N2", "N3", "N4"]
    assert found[0]["notable"] == [{"id": "committee", "name": "村（居）民委员会所在地"}]
    assert [r["id"] for r in rec.suggest_entity("永兴", search, cursor=1, limit=1)["result"]] == [
        "N3"
    ]
    assert rec.suggest_entity("N5", search, lookup=lookup)["result"][0]["name"] == "神农大道"
    with pytest.raises(InputError):
        rec.suggest_entity("永兴", search, cursor=-1)
    with pytest.raises(InputError):
        rec.suggest_entity(" ", search)
    assert len(rec.suggest_type("")["result"]) == len(CLASSES)
    assert [r["id"] for r in rec.suggest_type("street")["result"]] == ["street"]
    assert [r["id"] for r in rec.suggest_property("拼写")["result"]] == ["roman"]
    assert rec.suggest_property("\\")["result"] == []


def test_extension_gives_every_id_a_row_and_nothing_for_what_is_not_known():
    text = json.dumps({"ids": ["N1", "N2", "N9"],
                       "properties": [{"id": p} for p in ("roman", "class", "unit", "lon", "lat",
                                                          "place_code")]})  # fmt: skip
    made = extend(text, lookup)
    assert [m["id"] for m in made["meta"]] == ["roman", "class", "unit", "lon", "lat", "place_code"]
    assert made["rows"]["N1"] == {
        "roman": [{"str": "Zēngdū Qū"}], "class": [{"str": "县级以上行政区划"}],
        "unit": [{"str": "随州市"}], "lon": [{"float": 113.37}], "lat": [{"float": 31.72}],
        "place_code": [{"str": "42130300021400000001"}],
    }  # fmt: skip
    assert made["rows"]["N2"]["lon"] == []
    assert set(map(str, made["rows"]["N9"].values())) == {"[]"}
    assert extend({"ids": ["N5"], "properties": [{"id": "lon"}]}, lookup)["rows"]["N5"] == {
        "lon": [{"float": 0.0}]}  # fmt: skip


@pytest.mark.parametrize(
    "query", ["", "[]", {}, {"ids": "N1", "properties": []}, {"ids": [1], "properties": []},
              {"ids": ["N1"]}, {"ids": ["N1"], "properties": ["roman"]}]
)  # fmt: skip
def test_a_malformed_extension_is_refused(query):
    with pytest.raises(InputError):
        extend(query, lookup)


def test_an_unknown_property_is_named():
    with pytest.raises(UnknownIdError, match="roman"):
        extend({"ids": ["N1"], "properties": [{"id": "romans"}]}, lookup)
    assert next(p["id"] for p in propose_properties()["properties"]) == "roman"


def test_a_preview_is_one_safe_page():
    page = preview(Entity("N1", "<script>x</script>", roman='"Zēngdū" & Qū', units=(ZENGDU,)))
    assert page.startswith("<!DOCTYPE html>")
    assert "<script>" not in page
    assert "&quot;Zēngdū&quot; &amp; Qū" in page
    assert "曾都区" in page
    assert "经度" not in page


def test_every_real_village_matches_with_its_township_as_property(root):
    """1,009 villages: with its township each is one; alone, only those of one bearer are."""
    units = pd.read_csv(root / "data/facts/units.csv", dtype=str).set_index("unit_code")
    villages = units[units["level"] == "village"]
    by_key: dict[str, list[Entity]] = {}
    for code, row in villages.iterrows():
        town = (row["parent_code"], units.loc[row["parent_code"], "name"])
        entity = Entity(code, row["name"], 100.0, row["name"], "standard", "committee", (town,))
        by_key.setdefault(key(row["name"]), []).append(entity)

    def exact(text, _limit, _classes):
        return by_key.get(key(text), [])

    def matches(name, *properties):
        query = {"query": name, "properties": list(properties)}
        found = rec.answer({"q": query}, exact)["q"]["result"]
        return [c["id"] for c in found if c["match"]]

    for code, row in villages.iterrows():
        town = {"pid": "unit", "v": row["parent_code"]}
        same = list(by_key[key(row["name"])])
        in_town = [e for e in same if e.units[0][0] == row["parent_code"]]
        assert matches(row["name"]) == ([code] if len(same) == 1 else [])
        assert matches(row["name"], town) == ([code] if len(in_town) == 1 else [])


def test_places_of_a_register_and_hits_of_a_search_become_candidates():
    units = pd.DataFrame({
        "unit_code": ["421300", "421303", "421303103", "421303103201"],
        "name": ["随州市", "曾都区", "洛阳镇", "永兴村"],
        "level": ["prefecture", "county", "township", "village"],
        "parent_code": ["420000", "421300", "421303", "421303103"],
    })  # fmt: skip
    line = shapely.LineString([(113.0, 31.0), (113.2, 31.0)])
    register = gpd.GeoDataFrame(
        {"place_id": ["N1", "N2", "N3"], "standard_name": ["洛阳镇", "永兴塆", "无类"],
         "category_code": ["21500", "22200", None], "unit_code": ["421303103", "421303103", "999999"],
         "pinyin": ["Luòyáng Zhèn", None, None]},
        geometry=[shapely.Point(113.4, 31.7), line, None], crs=4490,
    )  # fmt: skip
    found = of_places(register, units)
    assert found["N1"].description == "乡级行政区划 · 随州市曾都区 · Luòyáng Zhèn"
    assert found["N2"].units[0] == ("421303103", "洛阳镇")
    assert found["N2"].lat == 31.0
    assert 113.0 <= found["N2"].lon <= 113.2
    assert found["N3"] == Entity("N3", "无类")
    hits = pd.DataFrame({"place_id": ["N2", "gone"], "text": ["老塆", "x"],
                         "kind": ["former", "standard"], "score": [0.5, 1.0]})  # fmt: skip
    assert of_hits(hits, found) == [found["N2"]._replace(score=50.0, matched="老塆", kind="former")]
    assert of_places(pd.DataFrame(register).iloc[:0]) == {}
    with pytest.raises(MissingColumnsError):
        of_places(register.drop(columns="place_id"))
    with pytest.raises(MissingCRSError):
        of_places(register.set_crs(None, allow_override=True))
