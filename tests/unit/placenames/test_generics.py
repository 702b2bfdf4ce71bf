"""Generics: longest suffix of the class; both parts as written; synonyms; classes and scopes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError, UnknownIdError
from geoplan.io.placename_files import read_generics
from geoplan.placenames.classes import CLASSES, class_of, entity_code
from geoplan.placenames.generics import Generics
from geoplan.placenames.normalise import key
from geoplan.placenames.scopes import Scope, area_of, scope_of, unit_number, unit_text

TERMS = read_generics()
SPLITS = [
    ("曾都区", "division", "曾都", "区"), ("东城街道", "township", "东城", "街道"),
    ("东城街道办事处", "township", "东城", "街道办事处"), ("东城街办", "township", "东城", "街办"),
    ("新街镇", "township", "新街", "镇"), ("武胜关镇", "township", "武胜关", "镇"),
    ("石庙村村民委员会", "committee", "石庙", "村村民委员会"), ("横山村委会", "committee", "横山", "村委会"),
    ("乌龙巷居委会（社区）", "committee", "乌龙巷", "居委会（社区）"),
    ("东门口街社区", "committee", "东门口街", "社区"), ("三环路", "street", "三", "环路"),
    ("文昌东路", "street", "文昌东", "路"), ("漢東大道", "street", "漢東", "大道"), ("涢水", "natural", "涢", "水"),
    ("洪山", "natural", "洪", "山"), ("曾都", "division", "曾都", ""), ("区", "division", "区", ""),
    ("白 云 小 区", "residential", "白 云 ", "小 区"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "name_class", "specific", "generic"), SPLITS)
def test_split(name, name_class, specific, generic):
    assert TERMS.split(name, name_class) == (specific, generic)


@given(
    st.text("曾都东城街道办事处村委会（社区）小路１花园 ", max_size=14),
    st.sampled_from([None, *CLASSES]),
)
def test_parts_make_the_name_and_the_specific_part_is_never_empty(name, name_class):
    specific, generic = TERMS.split(name, name_class)
    assert specific + generic == name
    assert key(specific) or not generic
    assert TERMS.length(key(name), name_class) == len(key(generic))


def test_synonyms():
    assert {"街道", "街道办事处", "街办"} <= set(TERMS.same("街办"))
    assert TERMS.same("街道办事处") == TERMS.same("街道")
    assert TERMS.same("镇") == ("镇",)
    assert TERMS.canonical("居委会（社区）") == "社区"


def test_tail_tells_all_generics():
    assert TERMS.tail("锦绣广场花园", "residential") == ("广场", "花园")
    assert TERMS.tail("曾都区", "division") == ("区",)
    assert TERMS.tail("曾都", "division") == ()


def test_every_class_that_the_law_names_has_terms():
    assert set(TERMS.by_class) == set(CLASSES)
    assert {c.item for c in CLASSES.values()} == set(range(1, 9))


def test_own_files_are_laid_over(tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text('[[generics]]\nclasses = ["hamlet"]\nterms = ["垱"]\n', "utf-8")
    assert TERMS.split("高家垱", "hamlet").generic == ""
    assert read_generics(mine).split("高家垱", "hamlet").generic == "垱"
    assert read_generics(mine).split("高家塆", "hamlet").generic == "塆"


@pytest.mark.parametrize(("document", "error"), [
    ({"generics": [{"classes": ["village"], "terms": ["村"]}]}, UnknownIdError),
    ({"generics": [{"classes": ["hamlet"], "terns": ["村"]}]}, InputError),
    ({"generics": [{"classes": ["hamlet"], "alike": ["村"]}]}, InputError),
    ({"generics": [{"classes": ["hamlet"], "generic": a, "alike": ["丙"]} for a in "甲乙"]}, InputError),
    ({"sizes": [{"profile": "x", "generics": ["城"], "measure": "weight", "least": "p"}]}, InputError),
    ({"sizes": [{"profile": "x", "generics": ["城"], "measure": "floors"}]}, InputError),
    ({"generic": []}, InputError),
])  # fmt: skip
def test_wrong_rows_are_refused(document, error):
    with pytest.raises(error):
        Generics.of(document)


def test_sizes_are_about_parameters_of_the_policy(policy):
    assert {s.profile for s in TERMS.sizes} == {"example_a", "example_b"}
    named = {s.parameter for s in TERMS.sizes}
    assert named == {p for p in policy.parameters if p.startswith("generic_example_")}


CODES = [
    ("21400", "division"), ("21300", "division"), ("21500", "township"), ("21610", "committee"),
    ("21620", "committee"), ("27610", "committee"), ("27100", "other"), ("21630", "other"),
    ("22100", "residential"), ("22200", "hamlet"), ("23500", "street"), ("23530", "facility"),
    ("23200", "facility"), ("24230", "facility"), ("12100", "natural"), ("25200", "park"),
    ("26300", "building"), ("21700", "other"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "name_class"), CODES)
def test_class_of_a_category_code(code, name_class):
    assert class_of(code) == name_class


@pytest.mark.parametrize("code", ["", "2161", "99999", "２１６１０", "21610 ", None])
def test_a_code_of_no_class_is_refused(code):
    with pytest.raises(InputError):
        class_of(code)


def test_the_same_entity_in_two_lists():
    assert entity_code("27620") == entity_code("21620") != entity_code("21610")


SCOPES = [
    ("division", {}, "nation", "V-law"), ("township", {"generic": "镇"}, "province", "V-law"),
    ("township", {"generic": "街道"}, "county", "P"), ("committee", {}, "county", "V-law"),
    ("street", {}, "built_up", "V-law"), ("residential", {}, "built_up", "V-law"),
    ("building", {}, "built_up", "V-law"), ("natural", {}, "county", "P"),
    ("natural", {"famous": True}, "nation", "V-law"), ("hamlet", {}, "township", "P"),
]  # fmt: skip


@pytest.mark.parametrize(("name_class", "more", "level", "basis"), SCOPES)
def test_scope_of_a_class(name_class, more, level, basis):
    assert scope_of(name_class, **more) == (level, basis)


@pytest.mark.parametrize(("level", "unit", "value"), [
    ("province", "421303001", 42), ("county", "421303001005", 421303), ("county", "421303", 421303),
    ("county", "421300", None), ("county", "4213", None), ("county", "", None),
    ("township", "421303001005", 421303001), ("township", "421303", None),
])  # fmt: skip
def test_area_of_a_scope(level, unit, value):
    found = area_of(Scope(level, "V-law"), unit)
    assert (found and found.value) == value


@given(
    st.sampled_from(["", "001", "001002"]), st.integers(110101, 659999).filter(lambda n: n % 1000)
)
def test_units_keep_their_code(rest, county):
    assert unit_text(unit_number(f"{county}{rest}")) == f"{county}{rest}"
