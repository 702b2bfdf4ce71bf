"""Rules on renaming (更名): PN-15 and PN-16."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.placenames.rules.model import ERROR, MANUAL, NO_DATA, OK, WARNING, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.placenames.rules.model import Proposal, Reference

REASONS = {
    "division_change": "行政区划变更",
    "construction": "城乡建设",
    "natural_change": "自然变化",
}
"""Reasons that article 10 gives, as codes of the vocabulary of reasons."""
MUST_MEET = tuple(f"PN-{n:02d}" for n in range(1, 12))
"""Rules that a new name must meet."""


def historic_names_stay(proposal: Proposal, _reference: Reference, severity: str) -> Verdict:
    """PN-15: a name on the list of heritage stays unless it was protected before."""
    if not proposal.is_rename:
        return Verdict(OK, "不是更名", "no renaming")
    old = proposal.former_name
    if not proposal.heritage:
        return Verdict(NO_DATA, f"未查“{old}”是否列入地名保护名录",
                       f"nobody looked whether {old!r} is on a list of heritage")  # fmt: skip
    if proposal.heritage == "listed" and not proposal.protected:
        return Verdict(severity, f"“{old}”已列入地名保护名录，更名前应有保护措施",
                       f"{old!r} is on the list: measures come first")  # fmt: skip
    if proposal.heritage == "candidate":
        return Verdict(WARNING, f"“{old}”是地名保护名录候选，一般不更名",
                       f"{old!r} is a candidate: such names are not changed")  # fmt: skip
    if proposal.heritage == "listed":
        return Verdict(MANUAL, "已列入名录，已有保护措施，请人工审查",
                       "on the list, with measures: a person decides")  # fmt: skip
    return Verdict(OK, "不在地名保护名录", "not on the list of heritage")


def renamed_for_a_reason(
    proposal: Proposal, severity: str, verdicts: Mapping[str, Verdict]
) -> Verdict:
    """
    PN-16: a renaming has one of the reasons of article 10, and its new name meets PN-01 to 11.

    Parameters
    ----------
    proposal
        The new name.
    severity
        Of the rule.
    verdicts
        Of the other rules.
    """
    if not proposal.is_rename:
        return Verdict(OK, "不是更名", "no renaming")
    if not proposal.reason_code:
        return Verdict(severity, "没有写明更名理由", "no reason is given")
    broken = [r for r in MUST_MEET if r in verdicts and verdicts[r].severity == ERROR]
    if broken:
        return Verdict(severity, f"新名称不符合：{'、'.join(broken)}",
                       f"the new name breaks {', '.join(broken)}")  # fmt: skip
    if proposal.reason_code not in REASONS:
        return Verdict(MANUAL, "理由不在第十条所列之内，请人工审查",
                       "the reason is not one of article 10: a person decides")  # fmt: skip
    return Verdict(OK, f"理由：{REASONS[proposal.reason_code]}", f"reason: {proposal.reason_code}")
