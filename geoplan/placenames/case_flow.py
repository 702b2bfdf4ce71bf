"""
Moves of a case (案卷流转, RULES §6.3): states, guards, roles, papers; no name goes round them.

A case is published only when it was approved by the body of its class, filed and announced; who
applied neither checks nor decides it; an error of the rules stops it until it is overridden in
writing.

>>> FLOWS["naming"].allowed("approved")
['file', 'announce']
>>> FLOWS["filing"].allowed("checked")
['return', 'withdraw', 'file']
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from geoplan.errors import TransitionRefusedError, UnknownIdError
from geoplan.placenames import cells
from geoplan.placenames.approving import require_approver
from geoplan.placenames.cases import FINISHED, KINDS, STATES, require_single
from geoplan.placenames.deadlines import FROM_APPROVAL
from geoplan.placenames.rules import blocking
from geoplan.schemas.transitions import Action, Flow
from geoplan.schemas.vocabulary import NAME_PAPER, RENAME_REASON

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    import pandas as pd

    from geoplan.placenames.cases import Case

ROLES = {"applicant": "申请人", "name_department": "地名主管部门", "approving_body": "批准机关"}
"""Who may move a case -> the Chinese word."""
_LAW = "地名管理条例"
_FILING = ("filing_form", "filing_report", "approval", "application")
_BEFORE = ("draft", "submitted", "checked", "consulted")
_RECEIVED = "filing"
"""The kind of case in which a name that another department approved is received."""


def _file(source: str, target: str) -> Action:
    return Action("file", "备案", "Filing", (source,), target, "name_department",
                  f"{_LAW} 第十三条", documents=_FILING)  # fmt: skip


def _announce(source: str, target: str) -> Action:
    return Action("announce", "公告", "Announcing", (source,), target, "name_department",
                  f"{_LAW} 第十四条", documents=("notice",))  # fmt: skip


_OPENING = (
    Action("submit", "申请", "Applying", ("draft",), "submitted", "applicant",
           f"{_LAW} 第十一条", documents=("application",)),
    Action("return", "退回补正", "Returning", ("submitted", "checked", "consulted"), "draft",
           "name_department", f"{_LAW} 第十一条"),
    Action("withdraw", "撤回", "Withdrawing", _BEFORE, "withdrawn", "applicant", _LAW),
    Action("check", "审查", "Checking", ("submitted",), "checked", "name_department",
           f"{_LAW} 第九条、第十条"),
)  # fmt: skip
_DECIDING = (
    Action("consult", "征求意见、论证", "Consulting", ("checked",), "consulted",
           "name_department", f"{_LAW} 第十一条", documents=("opinions",)),
    Action("approve", "批准", "Approving", ("checked", "consulted"), "approved",
           "approving_body", f"{_LAW} 第十二条", documents=("approval",),
           follow_up_zh="15日内备案（PN-20）、公告（PN-21）",
           follow_up_en="file (PN-20) and announce (PN-21) within 15 days"),
    Action("refuse", "不予批准", "Refusing", ("checked", "consulted"), "refused",
           "approving_body", f"{_LAW} 第十二条"),
)  # fmt: skip
_CLOSING = (
    Action("publish", "公布", "Publishing", ("settled",), "published", "name_department",
           "PN-50", documents=("receipt",)),
    Action("close", "办结", "Closing", ("published",), "closed", "name_department", _LAW,
           follow_up_zh="核对标志、门牌、证照的更换清单",
           follow_up_en="see that signs, door numbers and papers of the list are changed"),
)  # fmt: skip
ACTIONS: tuple[Action, ...] = (
    *_OPENING, *_DECIDING, _file("approved", "filed"), _announce("approved", "announced"),
    _file("announced", "settled"), _announce("filed", "settled"), *_CLOSING,
)  # fmt: skip
"""The moves of a name that the case itself brings to approval."""
RECEIVING: tuple[Action, ...] = (
    *_OPENING, _file("checked", "filed"), _announce("filed", "settled"), *_CLOSING,
)  # fmt: skip
"""The moves of a name that another department approved and hands in for filing."""


def _flow(actions: tuple[Action, ...]) -> Flow:
    return Flow("case state", "办理状态", actions, STATES, FINISHED, NAME_PAPER)


FLOWS: dict[str, Flow] = {k: _flow(RECEIVING if k == _RECEIVED else ACTIONS) for k in KINDS}
"""Kind of case -> its moves."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """
    What somebody wants to do with a case, and with what in hand.

    Parameters
    ----------
    action
        Code of a move of the case's flow.
    by, role
        Who, and as what: of `ROLES`.
    on
        The day.
    documents
        Kinds of papers that this move adds.
    checks
        Results of the rules for the name: ``rule_id``, ``severity``, ``override_reason``; needed
        to check.
    locked
        Whether heritage protection lies on the name (PN-15); needed to check a rename or a
        retirement. See `geoplan.placenames.heritage.locked_by`.
    approving_body, approver_kind, approval_no
        Who decided; needed to approve.
    receipt_no
        Number of the database's receipt; needed to publish.
    """

    action: str
    by: str
    role: str
    on: date
    documents: frozenset[str] = frozenset()
    checks: pd.DataFrame | None = None
    locked: bool | None = None
    approving_body: str = ""
    approver_kind: str = ""
    approval_no: str = ""
    receipt_no: str = ""


def advance(case: Case, move: Move, others: pd.DataFrame | None = None) -> Case:
    """
    Make a move, or be refused with the clause; the case given is left as it is.

    Parameters
    ----------
    case
        As it stands.
    move
        What is to be done.
    others
        The layer ``name_cases``; needed to submit, so that no matter is handled twice.

    Returns
    -------
    case
        In its new state, with the day, who and the papers added.

    Raises
    ------
    UnknownIdError
        If there is no such move, role or class of place.
    TransitionRefusedError
        If state, role, papers, body, day or results do not allow it.
    InputError
        If the matter is already open in another case.

    Examples
    --------
    >>> from datetime import date
    >>> from geoplan.placenames.cases import Case
    >>> import pandas as pd
    >>> case = Case(case_id="1", case_kind="naming", name="涢水路", category_code="23500")
    >>> move = Move(action="submit", by="甲", role="applicant", on=date(2026, 3, 1),
    ...             documents=frozenset({"application"}))
    >>> advance(case, move, pd.DataFrame(columns=["case_id"])).state
    'submitted'
    """
    if case.case_kind not in FLOWS:
        raise UnknownIdError.among("kind of case", "事项", case.case_kind, FLOWS)
    flow = FLOWS[case.case_kind]
    papers = case.documents | move.documents
    step = flow.transition(case.state, move.action, documents=papers)
    action = next(a for a in flow.actions if a.code == move.action and
                  case.state in a.sources)  # fmt: skip
    _require_role(action, move)
    _require_day(case, move)
    for guard in _GUARDS.get(move.action, ()):
        guard(case, move)
    if move.action == "submit":
        if others is None:
            raise _refused(move, "缺少已有案卷，无法查重复申请",
                           "without the cases there are, none can tell whether it is open already",
                           "give the layer name_cases as others",
                           "用 others 给出已有案卷")  # fmt: skip
        require_single(case, others)
    return replace(case, state=step.state, documents=papers, **_facts(move))


def _facts(move: Move) -> dict[str, Any]:
    """Return what a move writes into the case besides its state."""
    match move.action:
        case "submit":
            return {"submitted_on": move.on, "submitted_by": move.by}
        case "approve":
            given = ("approving_body", "approver_kind", "approval_no")
            return {"approved_on": move.on} | {f: getattr(move, f) for f in given}
        case "file":
            return {"filed_on": move.on}
        case "announce":
            return {"announced_on": move.on}
        case "publish":
            return {"published_on": move.on, "receipt_no": move.receipt_no}
        case _:
            return {}


def _refused(move: Move, zh: str, en: str, fix: str, fix_zh: str) -> TransitionRefusedError:
    return TransitionRefusedError(
        f"{move.action} is refused: {en}.", zh=f"不能办理：{zh}。",
        fix=fix, fix_zh=fix_zh, action=move.action, by=move.by,
    )  # fmt: skip


def _require_role(action: Action, move: Move) -> None:
    if move.role not in ROLES:
        raise UnknownIdError.among("role", "角色", move.role, ROLES)
    if move.role != action.who or not move.by.strip():
        wanted, now = ROLES[action.who], ROLES[move.role]
        raise _refused(
            move, f"{action.zh}由{wanted}办理，现为{now}（{move.by.strip() or '未写明何人'}）",
            f"it is for {action.who}, not {move.role} ({move.by.strip() or 'nobody named'})",
            f"let {action.who} do it, and give a name in by", f"由{wanted}办理并写明何人",
        )  # fmt: skip


def _require_day(case: Case, move: Move) -> None:
    """Refuse a day before what has been done already."""
    past = (case.submitted_on, case.approved_on, case.filed_on, case.announced_on)
    last = max((d for d in past if d), default=None)
    if last and move.on < last:
        raise _refused(move, f"日期 {move.on} 早于上一步 {last}",
                       f"{move.on} is before the last step, {last}",
                       "correct the day", "改正日期")  # fmt: skip


def _not_own(case: Case, move: Move) -> None:
    if move.by.strip() == case.submitted_by.strip():
        raise _refused(move, f"{move.by} 是申请人，不得审查、决定自己的案卷",
                       f"{move.by} applied for it; no one checks or decides an own case",
                       "let somebody else do it", "换人办理")  # fmt: skip


def _has_subject(case: Case, move: Move) -> None:
    """Require what each kind of case is about, and the reason of a rename (PN-16)."""
    needed: Mapping[str, tuple[str, ...]] = {
        "rename": ("place_id", "former_name", "reason_code"), "retire": ("place_id", "reason"),
        "filing": ("approved_on", "approving_body", "approver_kind"),
    }  # fmt: skip
    empty = [f for f in ("name", "category_code", *needed.get(case.case_kind, ()))
             if not getattr(case, f)]  # fmt: skip
    known = {c.code for c in RENAME_REASON}
    if case.case_kind == "rename" and case.reason_code not in known:
        empty = [*dict.fromkeys([*empty, "reason_code"])]
    if empty:
        raise _refused(move, f"案卷缺少或写错：{'、'.join(empty)}（{_LAW} 第十条、第十一条）",
                       f"the case lacks or misstates {', '.join(empty)} (Art. 10, 11)",
                       "fill in the fields; reason_code is one of " + ", ".join(sorted(known)),
                       "补填这些字段；更名理由可用：" + "、".join(c.zh for c in RENAME_REASON),
                       )  # fmt: skip


def _no_blocking_result(case: Case, move: Move) -> None:
    """Let an error of the rules stop the case until somebody overrides it in writing."""
    if case.case_kind == "retire":
        return
    if move.checks is None:
        raise _refused(move, "没有命名规则的检查结果", "there are no results of the rules",
                       "run the rules on the name first", "先运行命名规则检查")  # fmt: skip
    cells.require(move.checks, "checks", "rule_id", "severity", "override_reason")
    stops = blocking(move.checks)
    if len(stops):
        rules = ", ".join(cells.texts(stops, "rule_id"))
        raise _refused(move, f"规则 {rules} 不通过", f"the rules {rules} are broken",
                       "change the name, or give a written override_reason for each",
                       "修改名称，或逐条写明理由（override_reason）")  # fmt: skip


def _protected(case: Case, move: Move) -> None:
    """Keep names under heritage protection (PN-15): measures come before a change."""
    if case.case_kind not in {"rename", "retire"}:
        return
    if move.locked is None:
        raise _refused(move, "未查地名文化遗产名录（PN-15）", "the heritage list was not consulted "
                       "(PN-15)", "give locked from heritage.locked_by", "先查名录")  # fmt: skip
    if move.locked and "protection" not in case.documents | move.documents:
        raise _refused(
            move, f"“{case.former_name or case.name}”在名录中，须先有保护措施（{_LAW} 第二十五条）",
            "the name is on the heritage list: protection measures come first (Art. 25, PN-15)",
            "add the paper 'protection'", "补充材料：地名保护措施",
        )  # fmt: skip


def _by_the_right_body(case: Case, move: Move) -> None:
    require_approver(case.category_code, move.approving_body, move.approver_kind,
                     case.documents | move.documents, case_kind=case.case_kind)  # fmt: skip


def _by_the_stated_body(case: Case, move: Move) -> None:
    """Judge the approval that a case of the kind ``filing`` brings with it."""
    if case.case_kind == _RECEIVED:
        require_approver(case.category_code, case.approving_body, case.approver_kind,
                         case.documents | move.documents, case_kind=case.case_kind)  # fmt: skip


def _in_turn(case: Case, move: Move) -> None:
    if case.approver_kind not in FROM_APPROVAL and case.filed_on is None:
        raise _refused(move, f"其他部门批准的地名，备案后公告（{_LAW} 第十四条）",
                       "a name approved by another department is announced after filing (Art. 14)",
                       "file it first", "先备案")  # fmt: skip


def _all_met(case: Case, move: Move) -> None:
    done = (case.approved_on, case.filed_on, case.announced_on)
    if not all(done) or not move.receipt_no.strip():
        raise _refused(move, "公布须已批准、备案、公告，并有回执号（PN-50）",
                       "publishing needs approval, filing, notice and a receipt number (PN-50)",
                       "give receipt_no of the upload", "填写公布回执号")  # fmt: skip


_GUARDS: dict[str, tuple[Callable[[Case, Move], None], ...]] = {
    "submit": (_has_subject, _by_the_stated_body),
    "check": (_not_own, _no_blocking_result, _protected),
    "approve": (_not_own, _by_the_right_body),
    "refuse": (_not_own,),
    "announce": (_in_turn,),
    "publish": (_all_met,),
}
