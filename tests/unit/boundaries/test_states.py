"""States of markers and of dispute cases: what may be done, and what is refused."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from geoplan.boundaries import case_states, marker_states
from geoplan.errors import MissingColumnsError, TransitionRefusedError, UnknownIdError
from geoplan.schemas.hierarchy import ancestors

BOTH = {"曾都区", "随县"}


def test_every_state_leads_back_and_the_last_nowhere():
    for state in marker_states.STATES:
        assert bool(marker_states.allowed(state)) == (state != "withdrawn")
    assert marker_states.allowed("") == ["set_up"]
    table = marker_states.actions()
    assert table["code"].is_unique
    known = {*marker_states.STATES, "", "*"}
    assert {s for row in table["sources"] for s in row.split(";")} <= known


@pytest.mark.parametrize(
    ("state", "action"), [("damaged", "repair"), ("moved", "restore"), ("lost", "re_erect")]
)
def test_two_party_rule(state, action):
    for present in ((), {"曾都区"}, {"曾都区", ""}):
        with pytest.raises(TransitionRefusedError, match="第六条、第十六条（四）") as refused:
            marker_states.transition(state, action, parties_present=present)
        assert refused.value.code == "transition_refused"
        assert "双方在场" in refused.value.render("zh")
    assert marker_states.transition(state, action, parties_present=BOTH).state == "intact"


def test_upkeep_needs_nobody_else():
    assert marker_states.transition("faded", "repaint").state == "intact"
    assert marker_states.transition("endangered", "remove_threat").follow_up_zh == "报告处理情况"


def test_documents_and_states():
    papers = {"change_agreement", "approval", "marker_register"}
    assert (
        marker_states.transition("lost", "relocate", parties_present=BOTH, documents=papers).state
        == "intact"
    )
    with pytest.raises(TransitionRefusedError, match="变更协议"):
        marker_states.transition("lost", "relocate", parties_present=BOTH)
    with pytest.raises(TransitionRefusedError, match="不能修复"):
        marker_states.transition("lost", "repair", parties_present=BOTH)
    with pytest.raises(TransitionRefusedError, match="final"):
        marker_states.transition("withdrawn", "repaint")
    with pytest.raises(UnknownIdError, match="repaint"):
        marker_states.transition("faded", "repiant")


def test_found_on_the_ground():
    assert marker_states.found("intact", "moved") == "moved"
    with pytest.raises(TransitionRefusedError):
        marker_states.found("withdrawn", "intact")
    with pytest.raises(TransitionRefusedError, match="both sides"):
        marker_states.found("lost", "withdrawn")
    with pytest.raises(UnknownIdError):
        marker_states.found("intact", "gone")


def test_a_case_from_beginning_to_end():
    way = [
        ("negotiate", ()),
        ("submit", ["agreement_map"]),
        ("mediate", ()),
        ("decide", ["decision"]),
        ("survey", ["agreement_map"]),
        ("file", ["filing"]),
        ("close", ()),
    ]
    state = "raised"
    seen = []
    for action, papers in way:
        state = case_states.transition(state, action, parties_present=BOTH, documents=papers).state
        seen.append(state)
    assert seen == [
        "negotiating",
        "submitted",
        "mediated",
        "decided",
        "surveyed",
        "filed",
        "closed",
    ]
    assert case_states.allowed("closed") == []
    with pytest.raises(TransitionRefusedError):
        case_states.transition("raised", "decide", documents=["decision"])
    agreed = case_states.transition(
        "negotiating", "agree", parties_present=BOTH, documents=["agreement", "agreement_map"]
    )
    assert agreed.state == "agreed"
    assert "第十四条" in agreed.follow_up_zh


def test_filing_chain():
    assert case_states.filing_authority("township") == ("省级人民政府", "provincial government")
    assert case_states.filing_authority("county")[0] == "民政部"
    assert case_states.filing_authority("county", autonomous=True)[0] == "国务院"
    assert case_states.filing_authority("province")[0] == "国务院"
    with pytest.raises(UnknownIdError):
        case_states.filing_authority("village")


def test_who_decides():
    units = pd.DataFrame({
        "unit_code": ["42", "4213", "421303", "421321", "t1", "t2", "4115"],
        "level": ["province", "prefecture", "county", "county", "township", "township", "prefecture"],
        "parent_code": [None, "42", "4213", "4213", "421303", "421303", "41"],
    })  # fmt: skip
    ladder = ancestors(units)
    assert case_states.deciding_unit(ladder, "t1", "t2") == "421303"
    assert case_states.deciding_unit(ladder, "421303", "421321") == "4213"
    assert case_states.deciding_unit(ladder, "t1", "421321") == "4213"
    assert case_states.deciding_unit(ladder, "4213", "4115") == ""
    with pytest.raises(UnknownIdError):
        case_states.deciding_unit(ladder, "t1", "t9")


def test_reminders():
    claims = pd.DataFrame({
        "case_id": ["a", "a", "b", "c", "d"], "state": ["submitted", "negotiating", "raised", "closed", "raised"],
        "raised_on": pd.to_datetime(["2026-01-01", "2026-02-01", "2026-03-01", "2025-01-01", None]),
        "due_on": pd.to_datetime(["2026-11-24", None, "2026-11-23", "2025-02-01", None]),
    })  # fmt: skip
    cases = case_states.reminders(claims, date(2026, 11, 24))
    assert cases["state"].to_dict() == {
        "a": "negotiating",
        "b": "raised",
        "c": "closed",
        "d": "raised",
    }
    assert cases["due_state"].to_dict() == {
        "a": "soon",
        "b": "overdue",
        "c": "closed",
        "d": "no_data",
    }
    assert cases["open_day"].to_dict()["a"] == 327
    with pytest.raises(MissingColumnsError):
        case_states.reminders(claims.drop(columns="state"), date(2026, 11, 24))
