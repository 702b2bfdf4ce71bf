"""PN-20 filing, PN-21 notice, PN-50 publication: the terms of names, by the calendar (G12)."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import MissingColumnsError
from geoplan.placenames.deadlines import STATES, deadlines, overdue, terms
from geoplan.placenames.publishing import published_share, upload_rows


def cases(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame([{"case_id": str(n), "state": "approved"} | r for n, r in enumerate(rows)])


def test_g12_approval_on_2_march_is_due_on_the_17th(policy):
    """地名管理条例第十三条、第十四条: 十五日内; G12, the day of approval not counted."""
    one = cases({"approved_on": "2026-03-02", "approver_kind": "government"})
    for day, state in ((date(2026, 3, 17), "open"), (date(2026, 3, 18), "overdue")):
        found = deadlines(one, policy, day)
        assert found["due_on"].dt.date.tolist() == [date(2026, 3, 17)] * 2
        assert found["rule_id"].tolist() == ["PN-20", "PN-21"]
        assert found["state"].tolist() == [state] * 2
    assert found["clause"].tolist() == ["地名管理条例 第十三条", "地名管理条例 第十四条"]


@pytest.mark.parametrize(
    ("kind", "filed", "start"),
    [("government", "2026-03-10", date(2026, 3, 2)), ("name_department", None, date(2026, 3, 2)),
     ("other_department", "2026-03-10", date(2026, 3, 10))],
)  # fmt: skip
def test_the_notice_runs_from_approval_or_from_filing(policy, kind, filed, start):
    """第十四条: 其他部门批准的，自备案之日起."""
    one = cases({"approved_on": "2026-03-02", "approver_kind": kind, "filed_on": filed})
    notice = deadlines(one, policy, date(2026, 3, 11)).iloc[1]
    assert notice["start_on"].date() == start
    assert notice["due_on"].date() == start + timedelta(days=15)


def test_states_one_by_one(policy):
    rows = cases(
        {"approved_on": "2026-03-02", "approver_kind": "government", "filed_on": "2026-03-17",
         "announced_on": "2026-03-18"},
        {"approved_on": "2026-03-02", "approver_kind": "other_department"},
        {"approved_on": "2026-03-02"},
        {"state": "draft", "approver_kind": "government"},
        {"state": "filed", "filed_on": "2026-03-02", "approver_kind": "government"},
        {"approved_on": "2026-03-02", "filed_on": "2026-03-01", "approver_kind": "government",
         "announced_on": "2026-03-02"},
        {"state": "refused", "approver_kind": "government"},
    )  # fmt: skip
    found = deadlines(rows, policy, date(2026, 3, 20))
    pairs = [tuple(p) for p in found["state"].to_numpy().reshape(-1, 2)]
    assert pairs == [
        ("met", "late"), ("overdue", "waiting"), ("overdue", "no_data"), ("waiting", "waiting"),
        ("no_data", "no_data"), ("conflict", "met"), ("not_applicable", "not_applicable"),
    ]  # fmt: skip
    assert set(found["state"]) <= set(STATES)
    late = overdue(rows, policy, date(2026, 3, 20))
    assert late["case_id"].tolist() == ["1", "2"]
    assert late["late_day"].tolist() == [3, 3]
    with pytest.raises(MissingColumnsError):
        deadlines(rows.drop(columns="case_id"), policy, date(2026, 3, 20))


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(-5, 40), st.integers(0, 60))
def test_terms_against_counting_on_the_fingers(start, took, later):
    done = start + timedelta(days=took) if took != 40 else None
    today = start + timedelta(days=later)
    found = terms(pd.Series([pd.Timestamp(start)]), pd.Series([pd.Timestamp(done)]), 15, today)
    days = [start + timedelta(days=n) for n in range(1, 16)]  # the first day is not counted
    wanted = (
        ("open" if today <= days[-1] else "overdue") if done is None
        else "conflict" if done < start else "met" if done in {start, *days} else "late"
    )  # fmt: skip
    assert found["state"].tolist() == [wanted]


def test_pn_50_counts_what_could_be_published_and_was(policy):
    """利用省级地名信息库，及时向社会公布标准地名: published within the term / approved."""
    base = {"approved_on": "2026-03-02", "approver_kind": "government"}
    rows = cases(
        base | {"published_on": "2026-03-17", "receipt_no": "R1"},
        base | {"published_on": "2026-03-18", "receipt_no": "R2"},
        base | {"published_on": "2026-03-10"},  # without a receipt it does not count
        base | {"approved_on": "2026-03-20"},
        base | {"approver_kind": None},
        base | {"approver_kind": "other_department"},  # not filed: its term has not begun
        {"approved_on": None, "approver_kind": "government"},
        base | {"state": "withdrawn"},
    )
    found = published_share(rows, policy, date(2026, 3, 25))
    assert (found.approved, found.in_time, found.late, found.missing) == (6, 1, 1, 1)
    assert (found.open, found.no_data) == (2, 1)
    assert found.share_pct == pytest.approx(100 / 3)
    nothing = published_share(rows[3:4], policy, date(2026, 3, 25))
    assert nothing.share_pct is None


def test_only_whole_and_announced_names_are_sent():
    names = pd.DataFrame({
        "place_id": ["P", "Q", "R"], "standard_name": ["涢水路", "新街", "老街"],
        "place_code": ["42130300123500000001"] * 3, "pinyin": ["Yúnshuǐ Lù", None, "Lǎo Jiē"],
        "category_code": "23500", "unit_code": "421303001",
        "status": ["announced", "announced", "filed"],
    })  # fmt: skip
    forms = pd.DataFrame({"place_id": ["P", "P", "P"], "text": ["甲路", "乙路", "涢水路"],
                          "kind": ["former", "former", "standard"]})  # fmt: skip
    rows, refused = upload_rows(names, forms)
    assert rows[["id", "old_name"]].to_numpy().tolist() == [["P", "甲路、乙路"]]
    assert rows["roman_alphabet_spelling"].tolist() == ["Yúnshuǐ Lù"]
    assert refused[["row", "place_id", "field"]].to_numpy().tolist() == [
        [2, "Q", "roman_alphabet_spelling"], [3, "R", "status"],
    ]  # fmt: skip
