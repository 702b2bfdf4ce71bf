"""Guards of a case, one by one: each refusal names the rule and the way out."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from geoplan.errors import InputError, TransitionRefusedError, UnknownIdError
from geoplan.placenames.approving import approver, filed_with, require_approver
from geoplan.placenames.case_flow import ACTIONS, FLOWS, Move, advance
from geoplan.placenames.cases import FINISHED, STATES, Case, checked_cases, require_single
from geoplan.placenames.classes import CLASSES

NONE = pd.DataFrame(columns=["case_id"])
FINE = pd.DataFrame({"rule_id": ["PN-08"], "severity": ["ok"], "override_reason": [""]})
DAY = date(2026, 3, 2)


def case(**more) -> Case:
    return Case(**{"case_id": "1", "case_kind": "naming", "name": "涢水路",
                   "category_code": "23500"} | more)  # fmt: skip


def move(action: str, **more) -> Move:
    who = {a.code: a.who for a in ACTIONS}
    return Move(**{"action": action, "by": "乙", "role": who[action], "on": DAY} | more)


def refused(at: Case, wanted: Move, match: str, kind: type[Exception] = TransitionRefusedError):
    with pytest.raises(kind, match=match):
        advance(at, wanted, NONE)


def test_every_state_is_reached_and_the_last_lead_nowhere():
    reached = {"draft", *(a.target for a in ACTIONS)}
    assert reached == set(STATES)
    nowhere = {kind: {s for s in STATES if not flow.allowed(s)} for kind, flow in FLOWS.items()}
    for kind, states in nowhere.items():
        # what was approved elsewhere is never approved here, nor announced before it is filed
        never = {"approved", "announced"} if kind == "filing" else set()
        assert states == {*FINISHED, *never}, kind


def test_no_one_checks_or_decides_an_own_case():
    own = case(state="submitted", submitted_by="乙", submitted_on=DAY)
    refused(own, move("check", checks=FINE), "own case")
    checked = case(state="checked", submitted_by=" 乙 ", submitted_on=DAY)
    for action in ("approve", "refuse"):
        refused(checked, move(action, documents=frozenset({"approval"}), approving_body="市政府",
                              approver_kind="government"), "自己的案卷")  # fmt: skip


def test_a_role_and_a_name_are_needed():
    refused(case(), move("submit", role="name_department", documents=frozenset({"application"})),
            "for applicant")  # fmt: skip
    refused(case(), move("submit", by=" ", documents=frozenset({"application"})), "nobody named")
    refused(case(), move("submit", role="admin", documents=frozenset({"application"})),
            "No role 'admin'", UnknownIdError)  # fmt: skip


def test_errors_of_the_rules_stop_it_until_they_are_overridden():
    at = case(state="submitted", submitted_by="甲", submitted_on=DAY)
    bad = pd.DataFrame({"rule_id": ["PN-08", "PN-04", "PN-09"],
                        "severity": ["error", "error", "warning"],
                        "override_reason": ""})  # fmt: skip
    refused(at, move("check", checks=bad), "PN-08, PN-04")
    refused(at, move("check"), "没有命名规则的检查结果")
    half = bad.assign(override_reason=["历史沿用，专家会同意", " ", ""])
    refused(at, move("check", checks=half), "rules PN-04 are broken")
    whole = bad.assign(override_reason=["历史沿用，专家会同意", "生僻字沿用", ""])
    assert advance(at, move("check", checks=whole)).state == "checked"


def test_dates_do_not_run_backwards():
    """Bad input of the issue: approval before application."""
    at = case(state="checked", submitted_by="甲", submitted_on=date(2026, 3, 10))
    refused(at, move("approve", documents=frozenset({"approval"}), approving_body="市政府",
                     approver_kind="government"), "早于上一步 2026-03-10")  # fmt: skip


def test_the_body_of_the_class_approves():
    at = case(state="checked", submitted_by="甲", submitted_on=DAY)
    papers = frozenset({"approval"})
    refused(at, move("approve", documents=papers, approving_body="民政局",
                     approver_kind="name_department"), "approved by government")  # fmt: skip
    refused(at, move("approve", documents=papers, approver_kind="government"), "no body named")
    refused(at, move("approve", documents=papers, approving_body="市政府", approver_kind="king"),
            "kind of approving body", UnknownIdError)  # fmt: skip
    house = case(state="checked", submitted_by="甲", submitted_on=DAY, category_code="26100")
    refused(house, move("approve", documents=papers, approving_body="住建局",
                        approver_kind="other_department"), "地名主管部门意见")  # fmt: skip
    done = advance(house, move("approve", documents=papers | {"department_opinion"},
                               approving_body="住建局", approver_kind="other_department"))  # fmt: skip
    assert (done.state, done.approving_body) == ("approved", "住建局")
    refused(done, move("announce", documents=frozenset({"notice"})), "第十四条")


def test_an_existing_name_may_be_registered_by_the_department():
    require_approver("23500", "民政局", "name_department", (), case_kind="register_existing")
    with pytest.raises(TransitionRefusedError):
        require_approver("23500", "民政局", "name_department", ())


def test_every_class_has_an_approver():
    for name_class in CLASSES.values():
        code = name_class.prefixes[0].ljust(5, "0")
        assert approver(code).kinds


def test_filing_goes_up_but_that_of_other_departments_stays():
    assert filed_with("government", "county") == ("设区的市级人民政府", "city government")
    assert filed_with("name_department", "prefecture")[0] == "省级地名主管部门"
    assert filed_with("other_department", "prefecture")[0] == "同级地名主管部门"
    with pytest.raises(UnknownIdError):
        filed_with("government", "village")


def test_a_rename_needs_a_reason_and_listed_names_their_protection():
    at = case(case_kind="rename", place_id="P", former_name="老路")
    papers = frozenset({"application"})
    refused(at, move("submit", documents=papers), "reason_code")
    refused(case(case_kind="rename", place_id="P", former_name="老路", reason_code="whim"),
            move("submit", documents=papers), "更名理由可用")  # fmt: skip
    at = case(case_kind="rename", place_id="P", former_name="老路", reason_code="construction",
              state="submitted", submitted_by="甲", submitted_on=DAY)  # fmt: skip
    refused(at, move("check", checks=FINE), "未查地名文化遗产名录")
    refused(at, move("check", checks=FINE, locked=True), "第二十五条")
    protected = move("check", checks=FINE, locked=True, documents=frozenset({"protection"}))
    assert advance(at, protected).state == "checked"
    assert advance(at, move("check", checks=FINE, locked=False)).state == "checked"


def test_publishing_needs_the_receipt():
    at = case(state="settled", submitted_by="甲", approved_on=DAY, filed_on=DAY, announced_on=DAY)
    refused(at, move("publish"), "公布回执")
    refused(at, move("publish", documents=frozenset({"receipt"})), "receipt number")
    hollow = case(state="settled", submitted_by="甲")
    refused(hollow, move("publish", documents=frozenset({"receipt"}), receipt_no="R"), "PN-50")


def test_the_same_matter_is_not_submitted_twice():
    there = pd.DataFrame([case(case_id="9", state="checked", name="涢 水路").row(),
                          case(case_id="8", state="closed", name="涢水路").row()])  # fmt: skip
    with pytest.raises(InputError, match="案卷“9”"):
        require_single(case(), there)
    with pytest.raises(InputError, match="already open as '9'"):
        advance(case(), move("submit", documents=frozenset({"application"})), there)
    require_single(case(case_id="9"), there)
    require_single(case(name="编钟大道"), there)
    require_single(case(), there[there["case_id"] == "8"])
    with pytest.raises(TransitionRefusedError, match="others"):
        advance(case(), move("submit", documents=frozenset({"application"})))
    twice = advance(case(), move("submit", documents=frozenset({"application"})), NONE)
    refused(twice, move("submit"), "cannot be done in state 'submitted'")


def test_two_renames_of_one_place_are_one_matter():
    first = case(case_id="9", case_kind="rename", place_id="P", name="甲路", state="submitted")
    with pytest.raises(InputError):
        require_single(case(case_kind="rename", place_id="P"), pd.DataFrame([first.row()]))
    require_single(case(case_kind="rename", place_id="Q"), pd.DataFrame([first.row()]))


def test_broken_rows_come_back_and_the_others_go_on():
    days = pd.DataFrame({
        "case_id": ["1", "2", "3", "3", "5", "6", "7", None], "case_kind": "naming",
        "state": ["approved", "approved", "draft", "draft", "filed", "gone", "published", "draft"],
        "submitted_on": pd.Timestamp("2026-03-01"),
        "approved_on": ["2026-03-02", "2026-02-28", None, None, "2026-03-02", None, "2026-03-02",
                        None],
        "filed_on": [None, None, None, None, "not a day", None, "2026-03-01", None],
    })  # fmt: skip
    valid, said = checked_cases(days)
    assert valid["case_id"].tolist() == ["1"]
    found = set(zip(said["row"], said["field"], said["reason_zh"], strict=True))
    assert (2, "approved_on", "批准早于申请") in found
    assert (5, "filed_on", "状态所需的日期空缺或不是日期") in found
    assert said.loc[said["row"] == 5, "value"].tolist() == ["not a day"]
    assert (7, "filed_on", "备案早于批准") in found
    assert {3, 4, 8} <= set(said.loc[said["field"] == "case_id", "row"])
    assert set(said.loc[said["row"] == 6, "field"]) == {"state"}


def test_what_another_department_approved_is_applied_for_later():
    row = case(case_kind="filing", state="filed", submitted_on=date(2026, 3, 5), approved_on=DAY,
               filed_on=date(2026, 3, 6)).row()  # fmt: skip
    assert len(checked_cases(pd.DataFrame([row]))[0]) == 1


def test_a_row_with_a_word_that_is_none_is_named():
    with pytest.raises(UnknownIdError, match="naming"):
        Case.of(case().row() | {"case_kind": "namimg"})
    with pytest.raises(UnknownIdError, match="approval"):
        Case.of(case().row() | {"documents": "aproval"})
