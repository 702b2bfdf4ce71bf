"""HER-01: names of a thousand years by age and type of today; the others by their own fields."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import MissingColumnsError
from geoplan.placenames.heritage import MILLENNIUM, OTHERS, age_years, assess, locked_by

PLACES = pd.DataFrame({
    "place_id": ["county", "town", "street", "village", "hamlet"],
    "category_code": ["21400", "21500", "21500", "21610", "22200"],
    "generic": ["县", "镇", "街道", "村", "塆"],
})  # fmt: skip


def judged(policy, **cells) -> pd.Series:
    entry = {"name": "某地", "evidence": "方志卷三", "first_use_year": 1000} | cells
    return assess(pd.DataFrame([entry]), PLACES, policy, year=2026).iloc[0]


@pytest.mark.parametrize(
    ("category", "place", "year", "result"),
    [
        ("千年古镇", "town", 1026, "qualified"),
        ("千年古镇", "town", 1027, "too_young"),
        ("千年古镇", "street", 900, "other_type"),
        ("千年古镇", "county", 900, "other_type"),
        ("千年古镇", None, 900, "candidate"),
        ("千年古镇", "town", None, "candidate"),
        ("千年古县", "county", 598, "qualified"),
        ("千年古县", "town", 598, "other_type"),
        ("千年古村落", "village", 960, "qualified"),
        ("千年古村落", "hamlet", 960, "qualified"),
        ("千年古村落", "town", 960, "other_type"),
        ("千年古村落", "hamlet", 1420, "too_young"),
        ("一种新类别", "town", 900, "unknown_category"),
    ],
)
def test_a_thousand_years_and_the_type_of_today(policy, category, place, year, result):
    """千年古镇: 现为建制镇，专名使用满1000年（河南2024）; exactly 1000 years is enough."""
    row = judged(policy, category=category, place_id=place, first_use_year=year)
    assert row["result"] == result
    assert row["rule_id"] == ("HER-01" if category in MILLENNIUM else "")


def test_missing_evidence_makes_a_candidate_and_says_which(policy):
    row = judged(policy, category="千年古镇", place_id="town", evidence=None)
    assert (row["result"], row["missing"]) == ("candidate", "evidence")
    row = judged(policy, category="千年古镇", place_id="nowhere", first_use_year=None)
    assert (row["result"], row["missing"]) == ("candidate", "first_use_year;place_id")


def test_a_settlement_younger_than_its_name_does_not_qualify(policy):
    cells = {"category": "千年古镇", "place_id": "town"}
    assert judged(policy, **cells, settlement_year=1400)["result"] == "too_young"
    assert judged(policy, **cells, settlement_year=800)["result"] == "qualified"


def test_other_categories_are_not_judged_by_age(policy):
    """HER-01 只用于千年古县、古镇、古村；红色、近现代、少数民族语地名另有标准."""
    for category in OTHERS:
        bare = judged(policy, category=category, first_use_year=None, evidence=None)
        assert bare["result"] == "candidate", category
        assert set(bare["missing"].split(";")) == set(OTHERS[category].needs)
        whole = judged(policy, category=category, first_use_year=1938, event="会师",
                       language="土家语", inscription="集成 1")  # fmt: skip
        assert (whole["result"], whole["missing"]) == ("to_review", "")


@given(st.integers(-3000, 2026).filter(bool))
def test_years_are_counted_without_a_year_zero(first):
    steps = [y for y in range(first, 2027) if y != 0]
    assert age_years(pd.Series([first]), 2026).tolist() == [len(steps) - 1]


def test_only_listed_names_are_locked():
    """地名管理条例第二十五条, PN-15."""
    entries = pd.DataFrame({
        "place_id": ["town", None, "village", None], "name": ["安居镇", "古驿道", "某村", "候选"],
        "status": ["listed", "listed", "struck", "candidate"],
    })  # fmt: skip
    assert locked_by(entries, "town", "别的名")["name"].tolist() == ["安居镇"]
    assert locked_by(entries, "new", "古驿道")["name"].tolist() == ["古驿道"]
    for place, name in (("village", "某村"), ("new", "候选"), ("new", "安居镇"), ("", "新名")):
        assert locked_by(entries, place, name).empty
    with pytest.raises(MissingColumnsError):
        locked_by(entries.drop(columns="name"), "town", "安居镇")


def test_without_years_or_fields_nothing_is_made_up(policy):
    bare = pd.DataFrame({"name": ["甲", "乙"], "category": ["千年古镇", "红色地名"]}, index=[7, 9])
    rows = assess(bare, PLACES.iloc[:0], policy, year=2026)
    assert rows.index.tolist() == [7, 9]
    assert rows["result"].tolist() == ["candidate", "candidate"]
    assert rows["age_year"].isna().all()
