"""Rules on how a name is made (名称构成): PN-01, 04, 12 and 14."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from geoplan.placenames.normalise import key
from geoplan.placenames.rules.model import MANUAL, NO_DATA, OK, WARNING, Verdict
from geoplan.placenames.simplified import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geoplan.placenames.rules.model import Proposal, Reference

_IDEOGRAPH = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_ORDINAL = re.compile(r"第?\d+(?=[号路街巷环组队桥线道弄国省县乡])")
_STACKABLE = ("street", "residential", "building", "park")


def specific_and_generic(proposal: Proposal, reference: Reference, severity: str) -> Verdict:
    """
    PN-01: a name is a specific part with a generic part of its class.

    A natural village (hamlet) whose generic cannot be told is exempt; of other entities (class
    ``other``), whose generics no list holds in full, a person decides.
    """
    if reference.generics.is_bare(proposal.name, proposal.name_class):
        return Verdict(severity, "只有通名，没有专名", "a generic with no specific part")
    specific, generic = reference.split(proposal)
    if generic:
        return Verdict(OK, f"专名“{specific}”，通名“{generic}”",
                       f"specific part {specific!r}, generic {generic!r}")  # fmt: skip
    if proposal.name_class == "hamlet":
        return Verdict(
            OK, "自然村，通名不可分，不要求", "natural village: no generic to be told apart"
        )
    if proposal.name_class == "other":
        return Verdict(MANUAL, "通名不在通名表中，请人工认定",
                       "its generic is in no list: a person decides")  # fmt: skip
    return Verdict(severity, "没有本类地名的通名", "it ends in no generic of its class")


def standard_characters(proposal: Proposal, reference: Reference, severity: str) -> Verdict:
    """
    PN-04: standard Chinese characters; no letters or symbols, digits only as ordinals.

    Outside the table of 8105 characters is an error, level 3 a warning. Without the table, or
    outside one that is not complete, only what is no Chinese character is told.
    """
    bare = _ORDINAL.sub("", proposal.name)
    foreign = _once(c for c in bare if not _IDEOGRAPH.fullmatch(c))
    if foreign:
        return Verdict(severity, f"含有非汉字字符：{foreign}", f"no Chinese characters: {foreign}")
    table = reference.characters
    if table is None:
        return _without_table(bare)
    outside = _once(c for c in bare if table.level(c) is None)
    complete = table.is_complete(reference.policy.numbers("character_table_count"))
    if outside and not complete:
        return Verdict(NO_DATA, f"所载字表不完整，其中没有：{outside}",
                       f"the table loaded is not complete and lacks {outside}")  # fmt: skip
    if outside:
        return Verdict(severity, f"不在规范汉字表内：{outside}", f"outside the table: {outside}")
    rare = _once(c for c in bare if table.level(c) == 3)  # noqa: PLR2004
    if rare:
        return Verdict(WARNING, f"三级字（生僻）：{rare}", f"rare, level 3: {rare}")
    return Verdict(OK, "均为一、二级字", "all of level 1 or 2")


def stacked_generics(proposal: Proposal, reference: Reference, severity: str) -> Verdict:
    """
    PN-12: no two generics one on another, in names of streets, buildings, estates and parks.

    A one-character generic inside counts only behind two characters: 东城小区 is named after 东城.
    """
    if proposal.name_class not in _STACKABLE:
        return Verdict(OK, "本类地名不适用", "does not apply to this class")
    tail = reference.generics.tail(proposal.name, proposal.name_class)
    rest = len(key(proposal.name)) - sum(len(key(t)) for t in tail[-2:])
    if len(tail) > 1 and (len(tail[-2]) > 1 or rest > 1):
        return Verdict(severity, f"通名叠用：{'、'.join(tail[-2:])}",
                       f"stacked generics: {' + '.join(tail[-2:])}")  # fmt: skip
    listed = [w for w in reference.policy.names("stacked_generics") if key(w) in key(proposal.name)]
    if listed:
        return Verdict(severity, f"通名叠用：{'、'.join(listed)}",
                       f"stacked generics: {', '.join(listed)}")  # fmt: skip
    return Verdict(OK, "没有叠用", "none stacked")


def length(proposal: Proposal, reference: Reference, severity: str) -> Verdict:
    """
    PN-14: neither one-character specific parts nor names too short or too long.

    Characters are counted with the shortest way to write the generic: 社区 for 社区居民委员会.
    """
    specific, generic = reference.split(proposal)
    least, most = reference.policy.numbers("name_length_count")
    forms = reference.generics.same(generic) if generic else ("",)
    count = len(key(specific)) + min(len(form) for form in forms)
    if not least <= count <= most:
        return Verdict(severity, f"{count} 字，应为 {least:g}–{most:g} 字",
                       f"{count} characters, should be {least:g}–{most:g}")  # fmt: skip
    if len(key(specific)) == 1:
        return Verdict(severity, f"专名“{specific}”只有一个字",
                       f"the specific part {specific!r} is one character")  # fmt: skip
    return Verdict(OK, f"{count} 字", f"{count} characters")


def _without_table(bare: str) -> Verdict:
    old = _once(c for c in bare if ord(c) in TABLE)
    hint = f"；其中 {old} 疑为繁体或异体字" if old else ""
    hint_en = f"; {old} may be traditional or variant characters" if old else ""
    return Verdict(NO_DATA, f"未加载《通用规范汉字表》{hint}",
                   f"the table of standard characters is not loaded{hint_en}")  # fmt: skip


def _once(characters: Iterable[str]) -> str:
    return "".join(dict.fromkeys(characters))


FORM = {"PN-01": specific_and_generic, "PN-04": standard_characters, "PN-12": stacked_generics,
        "PN-14": length}  # fmt: skip
"""Rule -> function."""
