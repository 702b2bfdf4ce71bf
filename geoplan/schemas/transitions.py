"""Moves between states (状态流转) as data: who may make them, who is present, on which papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from geoplan.errors import TransitionRefusedError, UnknownIdError
from geoplan.schemas.vocabulary import DOCUMENT_KIND

if TYPE_CHECKING:
    from collections.abc import Collection

    from geoplan.schemas.model import Choice

BOTH = 2
"""Sides of a line: at a tri-junction three stand, but no less than two must agree."""


class Action(NamedTuple):
    """
    One permitted move; a code may stand more than once, each time from other states.

    ``sources`` are the states it may start from (``*``: any that is not final), ``target`` the
    state it leads to (``=``: the one found). ``both_sides``: no less than two sides must be
    present. ``documents``: kinds of documents that must be there, of the ``papers`` of its `Flow`.
    ``follow_up_zh`` and ``follow_up_en``: what is still to be done afterwards.
    """

    code: str
    zh: str
    en: str
    sources: tuple[str, ...]
    target: str
    who: str
    clause: str
    both_sides: bool = False
    documents: tuple[str, ...] = ()
    follow_up_zh: str = ""
    follow_up_en: str = ""


class Step(NamedTuple):
    """A move that was allowed: the new state, the clause, what is still to be done."""

    state: str
    clause: str
    follow_up_zh: str
    follow_up_en: str


@dataclass(frozen=True)
class Flow:
    """
    The moves of one kind of thing: which states it knows, and what leads where.

    Parameters
    ----------
    en, zh
        What the states are of, for messages.
    actions
        The moves there are.
    states
        Every state.
    final
        States that a move from ``*`` does not leave.
    papers
        The kinds of documents, with their names.
    """

    en: str
    zh: str
    actions: tuple[Action, ...]
    states: tuple[str, ...]
    final: tuple[str, ...]
    papers: tuple[Choice, ...] = DOCUMENT_KIND

    def table(self) -> pd.DataFrame:
        """
        Return the moves as a table, states and documents joined by ``;``.

        Returns
        -------
        table
            One row per move, the fields of `Action` as columns.
        """
        table = pd.DataFrame(self.actions, columns=list(Action._fields))
        for column in ("sources", "documents"):
            table[column] = [";".join(v) for v in table[column]]
        return table

    def require(self, state: str) -> None:
        """
        Refuse a state that there is not.

        Raises
        ------
        UnknownIdError
            If there is no such state.
        """
        if state not in self.states:
            raise UnknownIdError.among(self.en, self.zh, state, self.states)

    def allowed(self, state: str) -> list[str]:
        """
        Return what may be done in a state.

        Parameters
        ----------
        state
            One of the states.

        Returns
        -------
        actions
            Codes of moves; none where the state is final.

        Raises
        ------
        UnknownIdError
            If there is no such state.
        """
        self.require(state)
        return [a.code for a in self._from(state)]

    def transition(
        self,
        state: str,
        action: str,
        *,
        parties_present: Collection[str] = (),
        documents: Collection[str] = (),
    ) -> Step:
        """
        Make a move, or be refused with the clause.

        Parameters
        ----------
        state
            State now.
        action
            Code of the move.
        parties_present
            Sides that are present; names or unit codes.
        documents
            Kinds of documents that are there, of ``papers``.

        Returns
        -------
        step
            ``state``, ``clause``, ``follow_up_zh``, ``follow_up_en``.

        Raises
        ------
        UnknownIdError
            If there is no such state or action.
        TransitionRefusedError
            If the state does not allow it, a side is missing, or a document.
        """
        self.require(state)
        own = [a for a in self.actions if a.code == action]
        if not own:
            raise UnknownIdError.among("action", "操作", action, [a.code for a in self.actions])
        possible = self._from(state)
        wanted = next((a for a in own if a in possible), None)
        if wanted is None:
            raise _not_from(own[0], state, possible)
        if wanted.both_sides and len({p for p in parties_present if p}) < BOTH:
            raise _one_sided(wanted, parties_present)
        missing = [d for d in wanted.documents if d not in set(documents)]
        if missing:
            raise _no_papers(wanted, missing, self.papers)
        target = state if wanted.target == "=" else wanted.target
        return Step(target, wanted.clause, wanted.follow_up_zh, wanted.follow_up_en)

    def _from(self, state: str) -> list[Action]:
        free = state not in self.final
        return [a for a in self.actions if state in a.sources or ("*" in a.sources and free)]


def _not_from(action: Action, state: str, possible: list[Action]) -> TransitionRefusedError:
    codes, names = ", ".join(a.code for a in possible), "、".join(a.zh for a in possible)
    return TransitionRefusedError(
        f"{action.en} cannot be done in state {state!r} ({action.clause}).",
        zh=f"状态“{state}”下不能{action.zh}（{action.clause}）。",
        fix=f"from here: {codes or 'nothing, the state is final'}",
        fix_zh=f"此状态下可办理：{names or '无，已是终态'}",
        action=action.code, state=state,
    )  # fmt: skip


def _one_sided(action: Action, present: Collection[str]) -> TransitionRefusedError:
    here = "、".join(sorted(p for p in present if p))
    return TransitionRefusedError(
        f"{action.en} needs both sides present; present: {here or 'none'} ({action.clause}).",
        zh=f"{action.zh}须双方在场，现场只有：{here or '无'}（{action.clause}）。",
        fix="agree on a day with the other side and name both in parties_present",
        fix_zh="与对方约定时间共同到场，并在 parties_present 中写明双方",
        action=action.code, present=here,
    )  # fmt: skip


def _no_papers(
    action: Action, missing: list[str], papers: tuple[Choice, ...]
) -> TransitionRefusedError:
    zh = {c.code: c.zh for c in papers}
    return TransitionRefusedError(
        f"{action.en} lacks documents: {', '.join(missing)} ({action.clause}).",
        zh=f"{action.zh}缺少文件：{'、'.join(zh.get(m, m) for m in missing)}（{action.clause}）。",
        fix="register the documents first and name their kinds",
        fix_zh="先登记这些文件，并写明文件类型",
        action=action.code, missing=", ".join(missing),
    )  # fmt: skip
