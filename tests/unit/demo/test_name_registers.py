"""Registers beside names in the demo: as the rules want them, with faults that the checks find."""

from __future__ import annotations

from datetime import date

import numpy as np

from geoplan.demo import name_registers
from geoplan.placenames.cases import Case, checked_cases
from geoplan.placenames.deadlines import deadlines
from geoplan.placenames.door_numbers import door_findings
from geoplan.placenames.heritage import assess
from geoplan.placenames.signs import missing_signs, sign_texts, village_signs

INVENTED = {"23500", "22200"}


def test_cases_can_be_and_some_are_late(layers, policy):
    cases = layers["name_cases"]
    valid, refused = checked_cases(cases)
    assert len(valid) == len(cases)
    assert refused.empty
    assert {Case.of(r).case_kind for r in cases.to_dict("records")} == {
        "naming", "rename", "retire",
    }  # fmt: skip
    states = deadlines(cases, policy, date(2022, 2, 7))["state"].value_counts()
    assert states["met"] > states["late"] > 0
    assert states["overdue"] > 0


def test_nothing_is_said_of_a_name_that_is_real(layers):
    names = layers["place_names"].set_index("place_id")
    for layer in ("name_cases", "door_numbers"):
        assert set(names.loc[layers[layer]["place_id"], "category_code"]) <= INVENTED
    former = layers["name_forms"].query("kind == 'former'")
    assert set(names.loc[former["place_id"], "category_code"]) <= INVENTED
    assert layers["name_forms"]["synthetic"].all()


def test_every_place_has_its_standard_form_and_renamed_ones_a_former(layers):
    forms, names = layers["name_forms"], layers["place_names"]
    standard = forms[forms["kind"] == "standard"].set_index("place_id")["text"]
    assert standard.to_dict() == names.set_index("place_id")["standard_name"].to_dict()
    renamed = layers["name_cases"].query("case_kind == 'rename'")
    former = forms[forms["kind"] == "former"]
    assert set(former["place_id"]) == set(renamed["place_id"])
    assert (former["valid_to"].to_numpy() < renamed["approved_on"].to_numpy()).all()
    retired = layers["name_cases"].query("case_kind == 'retire'")["place_id"]
    assert set(names.query("status == 'abolished'")["place_id"]) == set(retired)


def test_faults_of_signs_and_doors_are_found(layers, policy):
    names = layers["place_names"]
    streets = names[names["category_code"] == "23500"].to_crs("EPSG:4547")
    missing = missing_signs(streets, layers["name_signs"].to_crs("EPSG:4547"), policy)
    assert {"end", "crossing", "spacing"} == set(missing["why"])
    texts = sign_texts(layers["name_signs"], names)
    assert {"met", "not_met", "no_data"} == set(texts["status"])
    assert {"", "other_name", "no_spelling"} == set(texts["reason"])
    villages = layers["admin_units"].query("level == 'village'")
    assert {"met", "not_met"} == set(village_signs(villages, names, layers["name_signs"])["status"])
    doors = layers["door_numbers"]
    found = door_findings(doors)["check"].value_counts()
    assert {"jump", "duplicate", "parity"} <= set(found.index)
    assert found.sum() < len(doors) / 10
    lines = streets.set_index("place_id").geometry.loc[doors["place_id"]]
    away = doors.to_crs("EPSG:4547").geometry.distance(lines, align=False)
    assert away.max() < 13.0


def test_invented_names_are_spelled_and_real_ones_left_open(layers):
    names = layers["place_names"]
    invented = names["category_code"].isin(INVENTED)
    assert names.loc[invented, "pinyin"].str.fullmatch(r"[A-Z][^\u4e00-\u9fff]+").all()
    assert set(names.loc[invented, "reading_source"]) == {"curated"}
    assert names.loc[~invented, "pinyin"].isna().all()
    by_name = names.drop_duplicates("standard_name").set_index("standard_name")["pinyin"]
    assert by_name["和平大道"] == "Hépíng Dàdào"
    hamlets = names.loc[names["category_code"] == "22200"]
    assert not hamlets["pinyin"].str.contains(" ").any()  # R3: one word
    assert (hamlets["specific"] + hamlets["generic"] == hamlets["standard_name"]).all()


def test_heritage_shows_a_candidate_and_a_qualified_name(layers, policy):
    results = set(assess(layers["heritage"], layers["place_names"], policy, year=2022)["result"])
    assert {"qualified", "candidate", "too_young"} <= results


def test_the_same_streams_give_the_same_rows(layers):
    def draw(part: str):
        return np.random.default_rng([5, *part.encode()])

    names = layers["place_names"]
    one, two = (name_registers.registers(names, draw) for _ in range(2))
    for layer, frame in one.items():
        assert frame.equals(two[layer]), layer
