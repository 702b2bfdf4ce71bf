"""The file of the plan holds every figure, with clause, basis and source."""

from __future__ import annotations

import math
import re

import pytest

from geoplan.policy import KINDS
from geoplan.policy.vocabulary import BASES

PLN = re.findall(
    r"\d+",
    "001 017 018 021 022 023 024 025 026 027 028 029 030 032 033 034 035 036 037 039 040 041 042 "
    "044 045 047 067 069 073 075 076 080 081 083 085 089 090 095 102 103 104 105 106 107 109 113 "
    "114 115 117 121 122 123 127 129 130 131 135 137 138 139 140 141 142 146",
)
IDS = {
    *(f"IND.{n}" for n in range(1, 16)),
    *(f"IND-0{n}" for n in range(1, 4)),
    *(f"ELD-{n:02}" for n in range(1, 26) if n != 12),
    *("ELD-12a", "ELD-12b", "ELD-12c", "ELD-17a", "ELD-17b", "ELD-17c", "ELD-17d", "ELD-17e"),
    *(f"COM-0{n}" for n in range(1, 9)),
    *(f"FAC-0{n}" for n in range(1, 8)),
    "FIN-01",
    *(f"CEM-{n:02}" for n in (1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15)),
    *(f"BND-{n:02}" for n in (*range(1, 19), *range(20, 26), 27)),
    *("BND-26a", "BND-26b", "BND-26c"),
    *(f"PN-{n:02}" for n in (*range(1, 17), 20, 21, 30, 40, 50)),
    *("SGN-01", "SGN-02", "SGN-03", "SGN-04", "HER-01"),
    *(f"UNIT-0{n}" for n in range(1, 5)),
    *(f"PLN-{n}" for n in PLN),
}

INDICATORS = {
    1: (None, "expected"), 2: (75, "expected"), 3: (100, "binding"), 4: (100, "binding"),
    5: (100, "expected"), 6: (100, "binding"), 7: (100, "binding"), 8: (60, "binding"),
    9: (60, "expected"), 10: (50, "expected"), 11: (0.35, "expected"), 12: (80, "expected"),
    13: (160, "expected"), 14: (30, "expected"), 15: (1, "expected"),
}  # fmt: skip


def test_every_rule_of_the_rule_book_is_there(suizhou):
    assert set() == IDS - set(suizhou.rules)


@pytest.mark.parametrize("number", INDICATORS)
def test_indicators_as_the_plan_prints_them(suizhou, number):
    rule = suizhou.rule(f"IND.{number}")
    assert (rule.value, rule.attribute) == INDICATORS[number]
    assert rule.text_zh
    assert rule.operator == (">" if number == 14 else ">=")


def test_every_entry_has_its_support(suizhou):
    for entry in (*suizhou.rules.values(), *suizhou.parameters.values()):
        assert entry.clause
        assert entry.basis in BASES
        assert entry.sources
        assert set(entry.sources) <= set(suizhou.sources)
        assert 0 <= entry.confidence <= 1
        assert entry.title_zh
        assert entry.title_en
        assert re.search(r"[\u4e00-\u9fff]", entry.title_zh)
        if entry.basis == "P":
            assert entry.confidence == 0


def test_the_plans_own_rules_quote_it(suizhou):
    for rule in suizhou.rules.values():
        if rule.sources == ("S01",):
            assert rule.text_zh, rule.id


def test_no_target_never_has_one(suizhou):
    for rule in suizhou.rules.values():
        figure = KINDS[rule.kind].figure
        assert rule.has_target or figure in ("optional", "none")
        if rule.kind == "no_target":
            assert not rule.has_target


def test_beds_sum_and_medical_beds_stand_apart(suizhou):
    total = suizhou.rule("ELD-17")
    parts = [suizhou.rule(i).value for i in total.options.sum_of]
    assert parts == [2861, 1366, 1650]
    assert sum(parts) == total.value == 5877
    assert suizhou.rule("ELD-17d").value == 3260
    assert "beds_medical" not in total.options.project_columns
    assert suizhou.rule("ELD-17e").value == 30


def test_sixty_per_cent_of_46_is_28(suizhou):
    assert math.ceil(0.6 * 46) == suizhou.rule("ELD-09").needed(46) == 28


def test_institution_and_community_facility_are_two_tests(suizhou):
    institution, community = suizhou.rule("ELD-09").options, suizhou.rule("ELD-10").options
    assert institution.facility_kinds == ("institution",)
    assert community.facility_kinds == ("community_elderly",)
    assert institution.functions == community.functions == suizhou.names("integrated_functions")
    assert suizhou.rule("PLN-075").options.functions == suizhou.names("street_integrated_functions")
    assert community.also_units == "capable_towns"
    assert suizhou.rule("PLN-080").options.services == suizhou.names("five_services")


def test_station_alone_and_station_or_worker_are_two_tests(suizhou):
    assert not suizhou.rule("IND.10").options.or_figure
    assert suizhou.rule("FAC-06").options.or_figure


@pytest.mark.parametrize(
    ("rule_id", "value", "unit"),
    [
        ("ELD-01", 0.1, "m2/person"), ("ELD-08", 100, "pct"), ("ELD-12b", 60, "pct"),
        ("ELD-21", 2000, "household"), ("COM-02", 500, "m2"), ("COM-06", 50, "pct"),
        ("CEM-11", 90, "pct"), ("CEM-12", 70, "pct"), ("FIN-01", 55, "pct"),
        ("BND-10", 5, "year"), ("PN-20", 15, "day"), ("PN-21", 15, "day"), ("PLN-018", 18, "year"),
    ],
)  # fmt: skip
def test_figures_of_the_text(suizhou, rule_id, value, unit):
    rule = suizhou.rule(rule_id)
    assert (rule.value, rule.unit) == (value, unit)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("adult_walk_speed_m_s", 1.2), ("elder_walk_speed_m_s", 1.0),
        ("slow_elder_walk_speed_m_s", 0.8), ("snap_flag_m", 50), ("snap_cap_m", 200),
        ("share_radius_m", 300), ("share_elders_share", 0.5), ("service_vehicle_town_kmh", 40),
        ("service_vehicle_village_kmh", 25), ("no_burial_statutory_floor_expressway_m", 30),
        ("no_burial_example_shandong_river_m", 2000), ("plot_joint_max_m2", 0.8),
        ("name_filing_term_day", 15), ("inspection_cycle_year", 5), ("marker_move_factor", 2),
    ],
)  # fmt: skip
def test_parameters_of_the_rule_book(suizhou, name, value):
    assert suizhou.value(name) == value


def test_weights_flags_and_dates(suizhou):
    assert suizhou.numbers("e2sfca_weights") == (1.0, 0.68, 0.22)
    assert not suizhou.flag("denominator_confirmed")
    for flag in ("towns_count_as_urban", "functional_units_count_as_urban"):
        assert suizhou.parameter(flag).basis == "P"
    assert suizhou.assessment_date.isoformat() == "2025-12-31"
    assert suizhou.rule("ELD-01").options.verdict_flag == "denominator_confirmed"
    assert suizhou.rule("ELD-01").options.denominators == ("resident", "urban")


def test_the_same_figure_twice_is_the_same(suizhou):
    assert suizhou.value("inspection_cycle_year") == suizhou.rule("BND-10").value
    assert suizhou.value("name_filing_term_day") == suizhou.rule("PN-20").value
    assert suizhou.value("name_notice_term_day") == suizhou.rule("PN-21").value
    assert suizhou.value("name_sign_term_day") == suizhou.rule("SGN-03").value
    assert suizhou.value("facility_same_place_m") == suizhou.rule("FAC-03").value
    assert suizhou.value("heritage_min_age_year") == suizhou.rule("HER-01").value
    assert suizhou.value("sign_spacing_m") == suizhou.rule("SGN-01").value
    assert suizhou.value("line_length_tolerance_pct") == suizhou.rule("BND-22").value
    assert suizhou.value("topology_gap_map_mm") == suizhou.rule("BND-20").value
    assert suizhou.value("area_sum_tolerance") == suizhou.rule("BND-21").value
    assert suizhou.names("ecological_burial_kinds") == suizhou.rule("CEM-12").options.numerator_set


def test_every_special_column_has_rules(suizhou):
    boxes = {r.options.column_box for r in suizhou.rules.values()} - {None}
    assert boxes == set(range(1, 9))


def test_each_figure_is_found_by_header_and_value_line(folder, suizhou):
    text = (folder / "suizhou-2022.toml").read_text(encoding="utf-8")
    for name, parameter in suizhou.parameters.items():
        assert re.search(rf"^\[parameters\.{name}\]\nvalue = ", text, re.MULTILINE), parameter
