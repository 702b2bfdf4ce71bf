"""Random walks through the workflow: nothing is published past approval, filing, notice, rules."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from geoplan.errors import GeoplanError
from geoplan.placenames.case_flow import ACTIONS, FLOWS, ROLES, Move, advance
from geoplan.placenames.cases import KINDS, PAPERS, Case, checked_cases
from geoplan.placenames.renames import rename
from geoplan.schemas.vocabulary import APPROVER_KIND

NONE = pd.DataFrame(columns=["case_id"])
PEOPLE = ("甲", "乙", "丙")
CODES = {  # category -> kinds of bodies article 12 lets approve it, written out once more
    "23500": {"government"}, "21500": {"government"}, "26100": {"other_department"},
    "24600": {"other_department"}, "22200": {"government", "name_department"},
}  # fmt: skip
actions = st.sampled_from(sorted({a.code for a in ACTIONS}))
papers = st.one_of(st.just(frozenset(PAPERS)), st.frozensets(st.sampled_from(PAPERS)))
bodies = st.sampled_from([c.code for c in APPROVER_KIND])
results = st.one_of(
    st.none(),
    st.lists(st.tuples(st.sampled_from(["error", "warning", "ok"]), st.sampled_from(["", "必要"])),
             max_size=3).map(lambda rows: pd.DataFrame(
                 [("PN-08", *r) for r in rows],
                 columns=["rule_id", "severity", "override_reason"])),
)  # fmt: skip
moves = st.builds(
    Move, action=actions, by=st.sampled_from(PEOPLE), role=st.sampled_from(sorted(ROLES)),
    on=st.just(date(2026, 3, 2)), documents=papers, checks=results, approver_kind=bodies,
    locked=st.sampled_from([None, False, True]), approving_body=st.just("某机关"),
    receipt_no=st.sampled_from(["", "R1"]),
)  # fmt: skip
CLEAN = pd.DataFrame({"rule_id": ["PN-09"], "severity": ["warning"], "override_reason": [""]})
SIGNS = pd.DataFrame({
    "sign_id": ["1", "2", "3", "4"], "place_id": ["P", "P", "Q", "P"],
    "text_zh": ["老路", "别的字", "老路口", None], "condition": ["intact", "lost", "faded", None],
})  # fmt: skip
PLACES = pd.DataFrame({"place_id": ["P", "Q"], "standard_name": ["老路", "新街"],
                       "pinyin": ["Lǎo Lù", "Xīn Jiē"]})  # fmt: skip
FORMS = pd.DataFrame({"name_id": ["F1"], "place_id": ["P"], "text": ["老路"],
                      "kind": ["standard"], "status": ["current"]})  # fmt: skip


def require_lawful(case: Case, log: list[Move]) -> None:
    """Judge what was published from the moves that were let through, not from the guards."""
    if case.state not in {"published", "closed"}:
        return
    last = {m.action: m for m in log}  # the last of each is the one that holds
    assert all(m.by.strip() for m in log)
    assert last["check"].by != last["submit"].by
    if case.case_kind != "retire":
        checks = last["check"].checks
        assert not ((checks["severity"] == "error") & (checks["override_reason"] == "")).any()
    if case.case_kind != "filing":
        assert last["approve"].by != last["submit"].by
    existing = {"name_department"} if case.case_kind == "register_existing" else set()
    assert case.approver_kind in CODES[case.category_code] | existing
    assert case.approved_on <= case.filed_on <= case.published_on
    assert case.approved_on <= case.announced_on <= case.published_on
    if case.case_kind != "filing":
        assert case.submitted_on <= case.approved_on
    if case.approver_kind == "other_department":
        assert case.filed_on <= case.announced_on
    assert {"application", "approval", "filing_form", "filing_report", "notice",
            "receipt"} <= case.documents  # fmt: skip
    assert case.receipt_no.strip()
    if case.case_kind in {"rename", "retire"}:
        assert last["check"].locked is not None
        assert not last["check"].locked or "protection" in case.documents


FAULTS: dict[str, dict] = {
    "person": {"by": "甲"}, "nobody": {"by": " "}, "government": {"approver_kind": "government"},
    "department": {"approver_kind": "name_department"}, "receipt": {"receipt_no": " "},
    "other": {"approver_kind": "other_department"}, "unasked": {"locked": None},
    "lock": {"locked": True}, "day": {"on": date(2026, 2, 1)}, "unchecked": {"checks": None},
    "error": {"checks": pd.DataFrame({"rule_id": ["PN-08"], "severity": ["error"],
                                      "override_reason": [""]})},
    **{f"no {p}": {"documents": frozenset(PAPERS) - {p}} for p in PAPERS},
}  # fmt: skip
"""One thing wrong with a move."""


def begun(kind: str, code: str, **more) -> Case:
    elsewhere = {"approved_on": date(2026, 3, 2), "approving_body": "某局",
                 "approver_kind": min(CODES[code])} if kind == "filing" else {}  # fmt: skip
    name = "老路" if kind == "retire" else "涢水路"
    return Case(**{"case_id": "1", "case_kind": kind, "name": name, "category_code": code,
                   "place_id": "P", "former_name": "老路", "reason_code": "construction",
                   "reason": "迁并"} | elsewhere | more)  # fmt: skip


def right_move(case: Case, action, day: date) -> Move:
    return Move(
        action=action.code, by="甲" if action.code == "submit" else "乙", role=action.who, on=day,
        documents=frozenset(PAPERS), checks=CLEAN, locked=False, receipt_no="R1",
        approving_body="某机关", approver_kind=min(CODES[case.category_code]),
    )  # fmt: skip


@pytest.mark.parametrize("code", sorted(CODES))
def test_what_another_body_approved_is_received_from_the_right_one_only(code):
    for kind in (c.code for c in APPROVER_KIND):
        case = begun("filing", code, approver_kind=kind)
        first = FLOWS["filing"].actions[0]
        move = right_move(case, first, date(2026, 3, 3))
        if kind in CODES[code]:
            assert advance(case, move, NONE).state == "submitted"
        else:
            with pytest.raises(GeoplanError, match="第十二条"):
                advance(case, move, NONE)


def ahead(case: Case) -> list:
    return [a for a in FLOWS[case.case_kind].actions if case.state in a.sources
            and a.code not in {"return", "withdraw", "refuse"}]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", sorted(CODES))
def test_no_fault_at_any_step_is_published(kind, code):
    """Every way through, with each fault at each step tried first: refused, or harmless."""
    through = refused = 0
    for (fault, wrong), pick in itertools.product(FAULTS.items(), (0, -1)):
        case, log, day = begun(kind, code), [], date(2026, 3, 2)
        without = wrong.get("documents")  # a paper that nobody brings, at no step
        while (steps := ahead(case)) and len(log) < 12:
            day += timedelta(days=1)
            right = [right_move(case, a, day) for a in (steps[pick], *steps)]
            if without is not None:
                right = [replace(m, documents=without) for m in right]
            for tried in (replace(right[0], **wrong), *right):
                try:
                    case = advance(case, tried, NONE)
                except GeoplanError:
                    refused += 1
                else:
                    log.append(tried)
                    break
            else:
                break
        require_lawful(case, log)
        through += case.state == "closed"
        assert case.state == "closed" or fault.startswith("no "), fault
    assert through > len(FAULTS)
    assert refused > through


faults = st.sampled_from([*["none"] * len(FAULTS), *FAULTS])


class Walk(RuleBasedStateMachine):
    """One case, moved at random; ``log`` keeps what was let through, to judge it anew."""

    @initialize(kind=st.sampled_from(KINDS), code=st.sampled_from(sorted(CODES)), body=bodies)
    def begin(self, kind, code, body):
        self.log: list[Move] = []
        self.day = date(2026, 3, 2)
        elsewhere = {"approver_kind": body} if kind == "filing" else {}
        self.case = begun(kind, code, **elsewhere)

    def make(self, move: Move) -> None:
        try:
            self.case = advance(self.case, move, NONE)
        except GeoplanError:
            return
        self.log.append(move)
        assert Case.of(self.case.row()) == self.case
        if move.action in {"approve", "publish"}:
            self.register_takes_it()

    @rule(move=moves, days=st.integers(-3, 20))
    def try_anything(self, move, days):
        if move.action != "withdraw":
            self.day += timedelta(days=days)
            self.make(replace(move, on=self.day))

    @rule(pick=st.integers(0, 5), fault=faults)
    def go_on(self, pick, fault):
        """Do what comes next as it should be done, save for one fault at most."""
        if steps := ahead(self.case):
            self.day += timedelta(days=1)
            move = right_move(self.case, steps[pick % len(steps)], self.day)
            self.make(replace(move, **FAULTS.get(fault, {})))

    @invariant()
    def published_only_by_the_rules(self):
        if hasattr(self, "case"):
            require_lawful(self.case, self.log)

    def register_takes_it(self):
        """What is approved is a row that can be, and a rename queues every sign."""
        assert len(checked_cases(pd.DataFrame([self.case.row()]))[0]) == 1
        if self.case.case_kind not in {"rename", "retire"}:
            return
        made = rename(self.case, PLACES, FORMS, {"name_signs": SIGNS}, on=self.day, name_id="F2")
        assert set(made.queue["id"]) == {"1", "2", "3", "4"}
        assert made.place["place_id"].tolist() == ["P"]
        closed = made.forms[made.forms["kind"] == "former"]
        assert closed["text"].tolist() == ["老路"]
        assert (closed["valid_to"] < pd.Timestamp(self.day)).all()


Walk.TestCase.settings = settings(max_examples=60, stateful_step_count=20)
TestWalk = Walk.TestCase
