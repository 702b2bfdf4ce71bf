"""Rules PN-08 and PN-09 (重名、同音): who else bears the name in its scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.placenames.classes import entity_code
from geoplan.placenames.name_index import FULL, Wanted
from geoplan.placenames.name_rows import specific_reading
from geoplan.placenames.normalise import key
from geoplan.placenames.rules.model import INFO, NO_DATA, OK, WARNING, Verdict
from geoplan.placenames.scopes import SCOPES, area_of, scope_of
from geoplan.placenames.sounds import DIALECT, TONED

if TYPE_CHECKING:
    from geoplan.placenames.name_index import Bearer, NameIndex
    from geoplan.placenames.rules.model import Proposal, Reference
    from geoplan.placenames.scopes import Scope

_TOWNSHIP_DIGITS = 9
_ALIKE = {TONED: ("同音", "alike with tone"), "untoned": ("声调不同", "alike but for the tone"),
          DIALECT: ("方言同音", "alike in Hubei speech")}  # fmt: skip


def unique(proposal: Proposal, reference: Reference, severity: str) -> Verdict:
    """
    PN-08: no other place of the class bears the name in its scope.

    The whole name is an error, another generic with the same specific part a warning; where the
    policy's ``name_comparison_key`` is ``specific_name``, the specific part is an error too. Where
    the scope is a convention (the law states none for the class), an error is only a warning. The
    same whole name in another class is told (``info``).
    """
    scope, wanted, verdict = _wanted(proposal, reference)
    if verdict is not None or reference.index is None:
        return verdict or _no_index()
    found = reference.index.namesakes(wanted, most=reference.most_evidence)
    rivals = tuple(b for b in found.bearers if not _same_entity(proposal, b))
    if not rivals:
        return _other_classes(reference.index, wanted, scope, reference.most_evidence)
    whole = [b for b in rivals if b.match == FULL]
    strict = reference.policy.text("name_comparison_key") == "specific_name"
    level = severity if whole or strict else WARNING
    level = WARNING if scope.basis == "P" else level
    what, what_en = ("重名", "bear the name") if whole else ("专名相同", "bear its specific part")
    zh, en = _listed(rivals, found.more)
    where, where_en = SCOPES[scope.level]
    return Verdict(level, f"{where}内{what}：{zh}", f"in {where_en} {what_en}: {en}", rivals,
                   _convention(scope))  # fmt: skip


def no_homophones(proposal: Proposal, reference: Reference, _severity: str) -> Verdict:
    """
    PN-09: no other place of the class sounds alike in its scope.

    The severity is the policy's ``name_homophone_severity``; a homophone with tone and generic is
    strong, without tone, in Hubei speech, or with another generic weak.
    """
    scope, wanted, verdict = _wanted(proposal, reference)
    if verdict is not None or reference.index is None:
        return verdict or _no_index()
    if not wanted.reading:
        return Verdict(NO_DATA, "拟用名没有读音", "the name has no reading")
    found = reference.index.homophones(
        wanted, dialect=reference.dialect, most=reference.most_evidence
    )
    strict = reference.policy.text("name_comparison_key") == "specific_name"
    rivals = tuple(b for b in found.bearers if b.same_generic or strict or b.match == TONED)
    unread = reference.index.unread
    left = f"；另有 {unread} 条无读音，未比较" if unread else ""
    left_en = f"; {unread} names have no reading and were not compared" if unread else ""
    basis = reference.policy.parameter("name_homophone_severity").basis
    where, where_en = SCOPES[scope.level]
    if not rivals:
        return Verdict(OK, f"{where}内没有同音{left}", f"none in {where_en}{left_en}", (),
                       _convention(scope))  # fmt: skip
    strong = any(b.match == TONED and (b.same_generic or strict) for b in rivals)
    zh, en = _listed(rivals, found.more)
    grade, grade_en = ("强", "strong") if strong else ("弱", "weak")
    alike, alike_en = _ALIKE[rivals[0].match]
    return Verdict(
        reference.policy.text("name_homophone_severity"),
        f"{where}内同音（{grade}，{alike}）：{zh}{left}",
        f"in {where_en} ({grade_en}, {alike_en}): {en}{left_en}", rivals, basis,
    )  # fmt: skip


def _wanted(proposal: Proposal, reference: Reference) -> tuple[Scope, Wanted, Verdict | None]:
    """Return the scope, what to look for, and why it cannot be looked for."""
    specific, generic = reference.split(proposal)
    standard = reference.generics.canonical(generic)
    scope = scope_of(proposal.name_class, generic=standard, famous=proposal.famous)
    area = area_of(scope, proposal.unit_code, proposal.built_up_id)
    reading = specific_reading(proposal.reading, len(key(generic)))
    wanted = Wanted(specific, generic, reading, proposal.name_class, area, proposal.place_id)
    if area is not None:
        return scope, wanted, None
    zh, en = SCOPES[scope.level]
    return scope, wanted, Verdict(NO_DATA, f"不知属于哪个范围（{zh}）",
                                  f"its scope is unknown ({en})")  # fmt: skip


def _same_entity(proposal: Proposal, other: Bearer) -> bool:
    """Tell whether the other is the same committee, registered once as a seat, once as a unit."""
    ours, theirs = proposal.category_code, other.category_code
    near = min(len(proposal.unit_code), len(other.unit_code), _TOWNSHIP_DIGITS)
    return (ours != theirs and entity_code(ours) == entity_code(theirs) and other.match == FULL
            and proposal.unit_code[:near] == other.unit_code[:near])  # fmt: skip


def _other_classes(index: NameIndex, wanted: Wanted, scope: Scope, most: int) -> Verdict:
    zh, en = SCOPES[scope.level]
    found = index.namesakes(wanted, same_class=False, most=most)
    others = tuple(b for b in found.bearers if b.match == FULL)
    if others:
        names, names_en = _listed(others, 0)
        return Verdict(INFO, f"{zh}内其他类别地名同名：{names}",
                       f"in {en} names of other classes are the same: {names_en}", others,
                       _convention(scope))  # fmt: skip
    return Verdict(OK, f"{zh}内没有重名", f"none in {en}", (), _convention(scope))


def _convention(scope: Scope) -> str:
    return "P" if scope.basis == "P" else ""


def _listed(bearers: tuple[Bearer, ...], more: int) -> tuple[str, str]:
    shown = [f"{b.name}（{b.unit_code or '政区不明'}）" for b in bearers[:5]]
    shown_en = [f"{b.name} ({b.unit_code or 'unit unknown'})" for b in bearers[:5]]
    rest = len(bearers) - len(shown) + more
    tail, tail_en = (f"等 {rest + len(shown)} 处", f" and {rest} more") if rest else ("", "")
    return "、".join(shown) + tail, ", ".join(shown_en) + tail_en


def _no_index() -> Verdict:
    return Verdict(NO_DATA, "没有地名库可比", "there are no names to compare with")


UNIQUENESS = {"PN-08": unique, "PN-09": no_homophones}
"""Rule -> function."""
