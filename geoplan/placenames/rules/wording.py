"""Rules on what a name says (名称用词): PN-02, 05, 06, 07, 10, 11 and 13."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.placenames.name_index import FULL, Wanted
from geoplan.placenames.normalise import key
from geoplan.placenames.rules.model import MANUAL, NO_DATA, OK, WARNING, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geoplan.placenames.lexicons import Section
    from geoplan.placenames.name_index import Bearer
    from geoplan.placenames.rules.model import Proposal, Reference

_DIVISIONS = ("division", "township")
_LEAST_CORE = 2


def healthy_meaning(_proposal: Proposal, _reference: Reference, severity: str) -> Verdict:
    """PN-02: clear and healthy meaning, no offence to public order; a person decides."""
    return Verdict(severity, "含义是否健康、不违背公序良俗，请人工审查",
                   "whether its meaning is clear and healthy: a person decides")  # fmt: skip


def no_persons(proposal: Proposal, reference: Reference, severity: str) -> Verdict:
    """PN-05: no name of a national leader (error), generally none of a person (warning)."""
    specific = reference.split(proposal).specific
    leaders = reference.lexicons.section("leaders")
    if hits := leaders.found(specific):
        return _hit(severity, leaders, hits)
    persons = reference.lexicons.section("persons")
    if hits := persons.found(specific):
        return _excused(proposal, persons, hits, WARNING)
    return _nothing(leaders if not leaders.answers else persons)


def no_foreign_names(proposal: Proposal, reference: Reference, severity: str) -> Verdict:
    """PN-06: no foreign persons or places; what only looks so is for a person to decide."""
    specific = reference.split(proposal).specific
    foreign = reference.lexicons.section("foreign")
    if hits := foreign.found(specific):
        return _hit(severity, foreign, hits)
    if hits := foreign.suspected(specific):
        return _hit(MANUAL, foreign, hits, "疑似", "may be")
    return _nothing(foreign)


def no_firms(proposal: Proposal, reference: Reference, severity: str) -> Verdict:
    """PN-07: no name of a firm or trade mark: of the list, or of who builds it."""
    specific = reference.split(proposal).specific
    firms = reference.lexicons.section("firms")
    hits: Sequence[str] = firms.found(specific)
    if core := trade_name(proposal.developer, reference, proposal.local_names):
        hits = (*hits, *([core] if core in key(specific) and core not in hits else ()))
    if hits:
        return _excused(proposal, firms, hits, severity)
    if core:
        return Verdict(OK, f"不含开发单位字号“{core}”", f"without the developer's name {core!r}")
    return _nothing(firms)


def trade_name(developer: str, reference: Reference, local_names: Sequence[str] = ()) -> str:
    """
    Return the trade name (字号) of a firm: its name without region, trade and form.

    Parameters
    ----------
    developer
        Full name of the firm.
    reference
        Gives the list ``firm_words``.
    local_names
        Names of units that may stand in it.

    Returns
    -------
    trade name
        A comparison key of two or more characters; empty where none is left.
    """
    rest = key(developer)
    for unit in sorted(map(key, local_names), key=len, reverse=True):
        rest = rest.removeprefix(unit)
    core = reference.lexicons.section("firm_words").without(rest)
    return core if len(core) >= _LEAST_CORE else ""


def no_famous_names(proposal: Proposal, reference: Reference, severity: str) -> Verdict:
    """
    PN-10: a division is not named after famous entities, nor after natural ones beyond it.

    Whether an entity of the same name in another unit also reaches into this one cannot be told
    from its code: a person decides.
    """
    if proposal.name_class not in _DIVISIONS:
        return Verdict(OK, "本类地名不适用", "does not apply to this class")
    specific = reference.split(proposal).specific
    famous = reference.lexicons.section("famous")
    if key(specific) in famous.words:
        return _hit(severity, famous, (key(specific),))
    beyond = _beyond(proposal, reference, specific)
    if beyond:
        names = "、".join(dict.fromkeys(b.name for b in beyond))
        return Verdict(MANUAL, f"与本区域以外的自然地理实体同名：{names}，请人工认定",
                       f"natural entities beyond the unit bear it: {names}; a person decides",
                       beyond)  # fmt: skip
    return _nothing(famous)


def agrees_with_place(proposal: Proposal, reference: Reference, severity: str) -> Verdict:
    """PN-11: the specific part of a facility's name is or holds a name of the place."""
    if proposal.name_class != "facility":
        return Verdict(OK, "本类地名不适用", "does not apply to this class")
    if not proposal.local_names:
        return Verdict(NO_DATA, "当地地名不明", "the names of the place are unknown")
    specific = key(reference.split(proposal).specific)
    for name in proposal.local_names:
        part = key(reference.generics.split(name).specific)
        if (len(part) >= _LEAST_CORE and part in specific) or key(name) in specific:
            return Verdict(OK, f"与当地地名“{name}”一致", f"agrees with {name!r}")
    shown = "、".join(proposal.local_names[:5])
    return Verdict(severity, f"专名与当地地名（{shown}）不一致",
                   f"does not agree with the names of the place ({shown})")  # fmt: skip


def no_oversized_words(proposal: Proposal, reference: Reference, severity: str) -> Verdict:
    """PN-13: no oversized, exotic or feudal words: of the policy and of the list ``exotic``."""
    exotic = reference.lexicons.section("exotic")
    words = [w for w in reference.policy.names("oversized_words") if key(w) in key(proposal.name)]
    hits = tuple(dict.fromkeys((*words, *exotic.found(proposal.name))))
    if hits:
        return _hit(severity, exotic, hits)
    return Verdict(OK, "没有夸大、崇洋、封建用词", "no such words")


def _beyond(proposal: Proposal, reference: Reference, specific: str) -> tuple[Bearer, ...]:
    if reference.index is None:
        return ()
    parts = reference.generics.split(specific, "natural")
    wanted = Wanted(parts.specific, parts.generic, "", "natural", None, proposal.place_id)
    found = reference.index.namesakes(wanted, most=reference.most_evidence).bearers
    own = proposal.unit_code or "none"
    return tuple(b for b in found if b.match == FULL and not b.unit_code.startswith(own))


def _hit(
    severity: str, section: Section, hits: Sequence[str], zh: str = "含有", en: str = "holds"
) -> Verdict:
    shown, shown_en = "、".join(hits), ", ".join(hits)
    return Verdict(severity, f"{zh}{section.title_zh}：{shown}",
                   f"{en} {section.title_en}: {shown_en}")  # fmt: skip


def _excused(proposal: Proposal, section: Section, hits: Sequence[str], severity: str) -> Verdict:
    if not proposal.association:
        return _hit(severity, section, hits)
    verdict = _hit(MANUAL, section, hits)
    return verdict._replace(
        zh=f"{verdict.zh}；称与其无特定关联：{proposal.association}，请人工认定",
        en=f"{verdict.en}; said to have no association with it: {proposal.association}; "
        "a person decides",
    )


def _nothing(section: Section) -> Verdict:
    count = len(section.words)
    if not section.answers:
        return Verdict(NO_DATA, f"未加载{section.title_zh}词表（{count} 个例词中没有）",
                       f"no list of {section.title_en} loaded (only {count} examples)")  # fmt: skip
    part = "" if section.scope == "complete" else "（词表不完整）"
    part_en = "" if section.scope == "complete" else " (the list is not complete)"
    return Verdict(OK, f"不在 {count} 个{section.title_zh}之列{part}",
                   f"none of {count} {section.title_en}{part_en}")  # fmt: skip


WORDING = {
    "PN-02": healthy_meaning, "PN-05": no_persons, "PN-06": no_foreign_names, "PN-07": no_firms,
    "PN-10": no_famous_names, "PN-11": agrees_with_place, "PN-13": no_oversized_words,
}  # fmt: skip
"""Rule -> function."""
