"""Every mistake in a policy file is named with file, key and line, all at once."""

from __future__ import annotations

from contextlib import suppress

import pytest

from geoplan.errors import PolicyError
from geoplan.policy import parse_policy
from geoplan.policy.problems import line_index


def problems(text, **more):
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, file="p.toml", **more)
    return caught.value.context["problems"]


def line_of(text, start, nth=1):
    lines = [i for i, row in enumerate(text.splitlines(), 1) if row.startswith(start)]
    return lines[nth - 1]


SPEED = "[parameters.elder_walk_speed_m_s]"
LAND = '[rules."ELD-01"]'

# (what is replaced, by what, key of the problem, line that holds it, words of the message)
BREAKS = {
    "unknown key": ('column = "land_m2"', 'colum = "land_m2"', "rules.ELD-01.colum", "colum =",
                    "Did you mean column"),
    "unknown parameter key": ('unit = "m/s"', 'units = "m/s"',
                              "parameters.elder_walk_speed_m_s.units", "units =",
                              "Did you mean unit"),
    "unknown unit": ('unit = "m/s"', 'unit = "m/ss"', "parameters.elder_walk_speed_m_s.unit",
                     'unit = "m/ss"', "Did you mean m/s"),
    "suffix contradicts unit": ('unit = "m/s"', 'unit = "km/h"',
                                "parameters.elder_walk_speed_m_s.unit", 'unit = "km/h"',
                                "ends in _kmh"),
    "unit of another kind": ('unit = "m2/person"', 'unit = "m2/100hh"', "rules.ELD-01.unit",
                             'unit = "m2/100hh"', "m2/person"),
    "negative": ("value = 0.1", "value = -0.1", "rules.ELD-01.value", "value = -0.1", "negative"),
    "not a number": ("value = 0.1", "value = nan", "rules.ELD-01.value", "value = nan",
                     "not a usable number"),
    "infinite": ("value = 1.0", "value = inf", "parameters.elder_walk_speed_m_s.value",
                 "value = inf", "not a usable number"),
    "number as text": ("value = 0.1", 'value = "0.1"', "rules.ELD-01.value", 'value = "0.1"',
                       "must be a number"),
    "operator": ('operator = ">="', 'operator = "=>"', "rules.ELD-01.operator",
                 'operator = "=>"', "not a known word"),
    "date as text": ("assessment_date = 2025-12-31", 'assessment_date = "2025-12-31"',
                     "policy.assessment_date", "assessment_date", "without quotes"),
    "date with time": ("assessment_date = 2025-12-31", "assessment_date = 2025-12-31T08:00:00",
                       "policy.assessment_date", "assessment_date", "not a date"),
    "unknown kind": ('kind = "area_per_person"', 'kind = "area_per_persons"',
                     "rules.ELD-01.kind", "kind =", "Did you mean area_per_person"),
    "missing value": ("value = 0.1\n", "", "rules.ELD-01.value", LAND, "value is missing"),
    "missing operator": ('operator = ">="\n', "", "rules.ELD-01.operator", LAND, "missing"),
    "missing basis": ('basis = "M-med"\n', "", "parameters.elder_walk_speed_m_s.basis", SPEED,
                      "basis is missing"),
    "missing option": ('denominators = ["resident"]\n', "", "rules.ELD-01.denominators", LAND,
                       "needs"),
    "option of another kind": ('denominators = ["resident"]',
                               'denominators = ["resident"]\nsharing = true',
                               "rules.ELD-01.sharing", "sharing =", "does not use"),
    "unknown basis": ('basis = "M-med"', 'basis = "M-mid"',
                      "parameters.elder_walk_speed_m_s.basis", 'basis = "M-mid"',
                      "Did you mean M-med"),
    "confidence": ("confidence = 0.75", "confidence = 75",
                   "parameters.elder_walk_speed_m_s.confidence", "confidence = 75",
                   "between 0 and 1"),
    "unknown facility": ('["institution"]', '["institutions"]', "rules.ELD-01.facility_kinds",
                         'facility_kinds = ["institutions"]', "Did you mean institution"),
    "unknown column": ('column = "land_m2"', 'column = "land_ha"', "rules.ELD-01.column",
                       'column = "land_ha"', "land_m2"),
    "unknown table": ("[sources.S01]", "[source.S01]", "source", "[source.S01]",
                      "Did you mean sources"),
    "schema version": ("schema_version = 1", "schema_version = 9", "policy.schema_version",
                       "schema_version", "reads 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_problem_has_key_line_and_words(small_text, name):
    old, new, key, line, words = BREAKS[name]
    assert old in small_text
    text = small_text.replace(old, new, 1)
    found = {p.key: p for p in problems(text)}
    assert key in found
    assert found[key].file == "p.toml"
    assert found[key].line == line_of(text, line)
    assert words in found[key].en
    assert found[key].zh


def test_unknown_source_id(small_text):
    text = small_text.replace('sources = ["S01"]', 'sources = ["S10"]', 1)
    (found,) = problems(text)
    assert (found.key, found.line) == (
        "parameters.elder_walk_speed_m_s.sources",
        line_of(text, 'sources = ["S10"]'),
    )
    assert "Did you mean S01" in found.en


def test_toml_syntax_has_the_line(small_text):
    text = small_text.replace("value = 0.1", "value = = 0.1", 1)
    (found,) = problems(text)
    assert found.line == line_of(text, "value = = 0.1")
    assert "not TOML" in found.en


def test_impossible_calendar_day_has_the_line(small_text):
    text = small_text.replace("2025-12-31", "2025-02-31", 1)
    (found,) = problems(text)
    assert found.line == line_of(text, "assessment_date")


def test_text_that_ends_early_names_its_last_line():
    (found,) = problems('[policy]\nid = """')
    assert found.line == 2


def test_a_key_given_twice_has_the_line(small_text):
    text = small_text.replace("value = 0.1", "value = 0.1\nvalue = 0.2", 1)
    (found,) = problems(text)
    assert found.line == line_of(text, "value = 0.2")


def test_all_problems_come_in_one_error(small_text):
    text = (
        small_text.replace("value = 0.1", "value = -1", 1)
        .replace('unit = "m/s"', 'unit = "furlong"', 1)
        .replace('operator = ">"', 'operator = "!"', 1)
    )
    found = problems(text)
    assert [p.key for p in found] == [
        "parameters.elder_walk_speed_m_s.unit",
        "rules.ELD-01.value",
        "rules.COM-01.operator",
    ]
    assert [p.line for p in found] == sorted(p.line for p in found)


def test_the_message_is_in_both_languages(small_text):
    with pytest.raises(PolicyError) as caught:
        parse_policy(small_text.replace("value = 0.1", "value = -1", 1), file="p.toml")
    assert "p.toml:27 rules.ELD-01.value: is negative: -1" in caught.value.render("en")
    assert "p.toml 第 27 行 rules.ELD-01.value：不得为负：-1" in caught.value.render("zh")
    assert caught.value.as_problem()["code"] == "bad_policy"


def test_no_target_has_no_figure(small_text):
    text = small_text.replace('kind = "area_per_person"', 'kind = "no_target"', 1)
    assert "rules.ELD-01.value" in {p.key for p in problems(text)}


def test_value_and_classes_exclude_each_other(small_text):
    text = small_text.replace("value = 30", 'value = 30\nclasses = [{status="new", value=1}]', 1)
    (found,) = problems(text)
    assert found.key == "rules.COM-01.classes"


def test_classes_are_checked_row_by_row(small_text):
    rows = 'classes = [\n  {status="new", value=-1},\n  {status="old", value=1},\n]'
    text = small_text.replace("value = 30", rows, 1)
    found = problems(text)
    assert {p.key for p in found} == {
        "rules.COM-01.classes.0.value",
        "rules.COM-01.classes.1.status",
    }
    assert {p.line for p in found} == {line_of(text, "classes")}


def test_a_class_must_not_occur_twice(small_text):
    rows = 'classes = [{status="new", value=1}, {status="new", value=2}]'
    (found,) = problems(small_text.replace("value = 30", rows, 1))
    assert "twice" in found.en


def test_more_than_all_is_impossible(small_text):
    text = small_text.replace('kind = "area_per_100hh"', 'kind = "share_in_register"', 1)
    text = text.replace('facility_kinds = ["community_service"]\ncolumn = "floor_m2"\n', "")
    text = text.replace('value = 30\nunit = "m2/100hh"', 'value = 130\nunit = "pct"')
    (found,) = problems(text)
    assert (found.key, found.en) == ("rules.COM-01.value", "is more than 100 pct")


def test_effective_dates_in_order(small_text):
    dates = "effective_from = 2024-01-01\neffective_to = 2023-01-01\n"
    text = small_text.replace('[rules."COM-01"]\n', f'[rules."COM-01"]\n{dates}')
    (found,) = problems(text)
    assert found.key == "rules.COM-01.effective_to"


def test_references_to_parameters_and_rules(small_text):
    text = small_text.replace(
        '[rules."COM-01"]\n', '[rules."COM-01"]\nverdict_flag = "sure"\nindicator = "ELD-02"\n'
    )
    found = {p.key: p.en for p in problems(text)}
    assert set(found) == {"rules.COM-01.verdict_flag", "rules.COM-01.indicator"}
    assert "Did you mean ELD-01" in found["rules.COM-01.indicator"]


def test_one_target_stated_twice_must_agree(small_text):
    text = small_text.replace('[rules."COM-01"]\n', '[rules."COM-01"]\nindicator = "ELD-01"\n')
    (found,) = problems(text)
    assert (found.key, found.line) == ("rules.COM-01", line_of(text, '[rules."COM-01"]'))


def test_parts_must_sum_to_their_whole(folder):
    text = (folder / "suizhou-2022.toml").read_text(encoding="utf-8")
    text = text.replace("value = 1366", "value = 1367", 1)
    (found,) = problems(text)
    assert "sum to 5878" in found.en


def test_a_list_must_not_mix_and_a_flag_has_no_unit(small_text):
    text = small_text.replace("value = 1.0", 'value = [1.0, "a"]', 1)
    assert "mixes" in problems(text)[0].en
    text = small_text.replace("value = 1.0", "value = true", 1)
    assert "no unit" in problems(text)[0].en


@pytest.mark.parametrize("text", ["", "policy = 3", "[policy]\n", 'rules = "none"'])
def test_nearly_nothing_is_still_an_answer(text):
    assert problems(text)


def test_line_index_sees_dotted_keys_inline_tables_and_long_lists():
    text = 'x.y = 1\n[a."b.c"]\nd = [\n  1, # ]\n  2,\n]\ne = { f = 1 }\ng = """\n[h]\n"""\ni = 1\n'
    index = line_index(text)
    assert index["x", "y"] == 1
    assert index["a", "b.c"] == 2
    assert index["a", "b.c", "d"] == 3
    assert index["a", "b.c", "e", "f"] == 7
    assert index["a", "b.c", "i"] == 11
    assert ("h",) not in index


ODD = ('""', "-1", "1e400", "[]", "{}", "[[1]]", "[{}]", "2025-01-01", "true", '"x"', "nan")


@pytest.mark.parametrize("odd", ODD)
def test_no_value_of_any_type_breaks_the_reader(small_text, odd):
    lines = small_text.splitlines()
    for number, line in enumerate(lines):
        if " = " not in line:
            continue
        key = line.split(" = ")[0]
        for new in (f"{key} = {odd}", f"{key}.a = {odd}", f"zzz = {odd}", f"[{key}]"):
            text = "\n".join([*lines[:number], new, *lines[number + 1 :]])
            with suppress(PolicyError):
                parse_policy(text, file="p.toml")


@pytest.mark.parametrize("header", ["[policy.x]", "[rules]", "[[rules]]", '[rules."A"]', "[x.y]"])
def test_no_header_breaks_the_reader(small_text, header):
    assert problems(f"{small_text}\n{header}\nkind = []\n")
