"""The one door of the rules: results, overrides, what stops a case; nothing crashes it."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
import pytest
from fixtures import name_register as register
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import InputError, UnknownIdError
from geoplan.io.placename_files import read_generics
from geoplan.placenames.classes import CLASSES
from geoplan.placenames.name_index import NameIndex
from geoplan.placenames.rules import RULES, SEVERITIES, Proposal, blocking, check_name, override
from geoplan.placenames.rules.uniqueness import unique

DAY = date(2026, 3, 2)


def test_one_row_for_each_rule_with_its_words():
    found = check_name(Proposal("曼哈顿国际广场花园", "22100"), register.reference())
    assert found["rule_id"].tolist() == list(RULES)
    assert set(found["severity"]) <= set(SEVERITIES)
    assert found[["message_zh", "message_en", "title_zh", "clause"]].map(bool).all().all()
    assert not found["override_reason"].any()


def test_local_rules_print_their_basis():
    found = check_name(Proposal("国际广场花园", "22100"), register.reference()).set_index("rule_id")
    assert "转引" in found.loc["PN-12", "basis_zh"]
    assert found.loc["PN-06", "basis_zh"] == ""


def test_an_error_stops_until_it_is_overridden_in_writing():
    found = check_name(Proposal("淮河镇", "21500", unit_code="421321106"), register.reference())
    assert blocking(found)["rule_id"].tolist() == ["PN-10"]
    freed = override(found, "PN-10", reason="历史地名，沿用", by="王某", on=DAY)
    assert blocking(freed).empty
    row = freed.set_index("rule_id").loc["PN-10"]
    assert (row["severity"], row["override_by"], row["override_on"]) == (
        "error",
        "王某",
        "2026-03-02",
    )
    assert len(blocking(found)) == 1


@pytest.mark.parametrize(
    ("rule", "reason", "by"),
    [("PN-10", " ", "王某"), ("PN-10", "沿用", ""), ("PN-12", "沿用", "王某")],
)
def test_an_override_needs_a_reason_a_person_and_something_to_override(rule, reason, by):
    found = check_name(Proposal("淮河镇", "21500"), register.reference())
    with pytest.raises(InputError, match=rule):
        override(found, rule, reason=reason, by=by, on=DAY)
    with pytest.raises(UnknownIdError):
        override(found, "PN-20", reason="x", by="y", on=DAY)


def test_a_blank_override_of_a_register_does_not_free():
    found = check_name(Proposal("淮河镇", "21500"), register.reference())
    for blank in ("", "  ", None, float("nan")):
        assert (
            len(blocking(found.assign(override_reason=pd.Series(blank, found.index, object)))) == 1
        )


def test_chosen_rules_only():
    found = check_name(Proposal("淮河镇", "21500"), register.reference(), rules=["PN-14", "PN-10"])
    assert found["rule_id"].tolist() == ["PN-10", "PN-14"]
    with pytest.raises(UnknownIdError, match="PN-99"):
        check_name(Proposal("淮河镇", "21500"), register.reference(), rules=["PN-99"])


@pytest.mark.parametrize("wrong", [
    {"name": ""}, {"name": "曾" * 300}, {"name": "曾都\u202e区"}, {"name": "曾\x07都区"}, {"category_code": "9"},
])  # fmt: skip
def test_what_is_no_proposal_is_refused(wrong):
    with pytest.raises(InputError):
        Proposal(**{"name": "曾都区", "category_code": "21400", **wrong})


@pytest.mark.parametrize(
    "wrong", [{"measures": {"area": 1}}, {"use": "x"}, {"reason_code": "x"}, {"heritage": "x"}]
)
def test_unknown_words_are_refused(wrong):
    with pytest.raises(UnknownIdError):
        Proposal("曾都区", "21400", **wrong)


CODES = (
    "12100",
    "21400",
    "21500",
    "21610",
    "25200",
    "23500",
    "22100",
    "26100",
    "23200",
    "22200",
    "27200",
)
NAME = st.text(min_size=1, max_size=30) | st.text(
    "新集村红旗𪨶㵐😀A1 （）';--花园街道", min_size=1, max_size=12
)


@settings(max_examples=150)
@given(
    NAME,
    st.sampled_from(CODES),
    st.sampled_from(["", "421321101", "42", "x"]),
    st.sampled_from(["", "xin1 ji2 cun1", "?"]),
)
def test_any_text_is_judged_or_refused(name, category, unit, reading):
    try:
        proposal = Proposal(name, category, unit_code=unit, reading=reading, built_up_id="b1",
                            former_name=name, developer=name, local_names=(name,))  # fmt: skip
    except InputError:
        return
    found = check_name(proposal, register.reference(dialect=True))
    assert len(found) == len(RULES)
    assert set(found["severity"]) <= set(SEVERITIES)


def test_codes_of_the_property_are_one_of_each_class():
    assert {Proposal("甲", c).name_class for c in CODES} == set(CLASSES)


# every real village and community -------------------------------------------------------------

TAIL = re.compile(
    "(社区居民委员会|社区居委会|居民委员会|居委会（社区）|居委会|社区)$|(村村民委员会|村村委会|村民委员会|村委会|村)$"
)


@pytest.fixture(scope="module")
def committees(root):
    from geoplan.io.policy_files import data_folder

    rows = pd.read_csv(data_folder() / "facts" / "units.csv", dtype=str)
    rows = rows[rows["level"] == "village"].reset_index(drop=True)
    tails = rows["name"].str.extract(TAIL)
    return rows.assign(
        place_id=rows["unit_code"], category_code=rows["kind"].map({"village": "21610", "community": "21620"}),
        base=[n[: TAIL.search(n).start()] for n in rows["name"]], generic=tails.notna().idxmax(axis=1).map({0: "社区", 1: "村"}),
        county=rows["unit_code"].str[:6],
    )  # fmt: skip


def test_every_real_committee_has_its_verdict(committees):
    """1,009 villages and communities against each other; the oracle is a plain groupby."""
    assert len(committees) == 1009
    whole = committees.groupby(["county", "base", "generic"])["name"].transform("size")
    base = committees.groupby(["county", "base"])["name"].transform("size")
    expected = pd.Series("ok", committees.index).mask(base > 1, "warning").mask(whole > 1, "error")
    by = register.reference(index=NameIndex(committees, read_generics()))
    found, bearers = [], []
    for row in committees.itertuples():
        proposal = Proposal(
            row.name, row.category_code, unit_code=row.unit_code, place_id=row.place_id
        )
        verdict = unique(proposal, by, "error")
        found.append(verdict.severity)
        bearers.append(len(verdict.evidence))
    assert found == expected.tolist()
    assert bearers == (base - 1).tolist()
    assert expected.value_counts().to_dict()["error"] > 20


def test_every_real_township_is_unique_in_the_province(root):
    from geoplan.io.policy_files import data_folder

    units = pd.read_csv(data_folder() / "facts" / "units.csv", dtype=str)
    towns = units[(units["level"] == "township") & units["kind"].isin(["town", "street"])]
    towns = towns.assign(place_id=towns["unit_code"], category_code="21500")
    assert len(towns) == 46
    by = register.reference(index=NameIndex(towns, read_generics()))
    again = towns.assign(new_code="420503900")
    for row in again.itertuples():
        own = check_name(
            Proposal(row.name, "21500", unit_code=row.unit_code, place_id=row.place_id),
            by,
            rules=["PN-08"],
        )
        assert own["severity"].item() == "ok"
        elsewhere = check_name(
            Proposal(row.name, "21500", unit_code=row.new_code), by, rules=["PN-08"]
        )
        assert elsewhere["severity"].item() == ("error" if row.kind == "town" else "ok")


def test_real_names_of_the_shared_folder_load(shared_data):
    """The published lists of codes: every repeated base name has a bearer in its county."""
    rows = pd.read_csv(shared_data / "codes" / "suizhou_villages.csv", dtype=str)
    rows = rows.assign(place_id=rows["code"], unit_code=rows["code"], county=rows["areaCode"],
                       base=[n[: TAIL.search(n).start()] for n in rows["name"]],
                       category_code="21610")  # fmt: skip
    assert len(rows) == 1009
    by = register.reference(index=NameIndex(rows, read_generics()))
    repeated = rows[rows.duplicated(["county", "base"], keep=False)]
    assert len(repeated) > 50
    for row in repeated.itertuples():
        found = check_name(
            Proposal(row.name, "21610", unit_code=row.unit_code, place_id=row.place_id),
            by,
            rules=["PN-08"],
        )
        mates = repeated[(repeated["county"] == row.county) & (repeated["base"] == row.base)][
            "place_id"
        ]
        assert {b.place_id for b in found["evidence"].item()} == set(mates) - {row.place_id}
        assert found["severity"].item() in {"error", "warning"}
