"""Rule PN-03 (通名规模): the generic matches area, floors, height and green of the object."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from geoplan.errors import PolicyError
from geoplan.placenames.rules.model import NO_DATA, OK, Verdict
from geoplan.policy.rule import TOLERANCE

if TYPE_CHECKING:
    from geoplan.placenames.generics import Size
    from geoplan.placenames.rules.model import Proposal, Reference
    from geoplan.policy import Policy

_FACTOR = {"ha": 10_000.0, "pct": 0.01, "floor": 1.0, "m": 1.0, "m2": 1.0, "share": 1.0}
_SAID = {
    "land_m2": ("用地", "land", "m²"), "gfa_m2": ("建筑面积", "floor area", "m²"),
    "floors": ("层数", "floors", ""), "height_m": ("高度", "height", "m"),
    "green_share": ("绿地率", "green share", ""), "open_share": ("空地率", "open share", ""),
    "open_m2": ("空地", "open ground", "m²"),
}  # fmt: skip


def matches_size(proposal: Proposal, reference: Reference, severity: str) -> Verdict:
    """
    PN-03: each figure of the profile that is about the generic and the use is met.

    Limits are closed: what is exactly the figure meets it. A figure whose measure is unknown is
    ``no_data``, unless another of the same alternatives is met.
    """
    rows = [s for s in reference.generics.sizes if s.profile == reference.profile]
    if not rows:
        whose, known = reference.profile, {s.profile for s in reference.generics.sizes}
        shown = "、".join(sorted(known))
        return Verdict(NO_DATA, f"没有“{whose}”的通名规模标准（可参照：{shown}）",
                       f"no sizes of generics for {whose!r} (examples: {shown})")  # fmt: skip
    generic = reference.generics.canonical(reference.split(proposal).generic)
    about = [s for s in rows if generic in s.generics]
    rows = [s for s in about if s.use in {"", proposal.use}]
    if not about:
        return Verdict(OK, f"对通名“{generic}”没有规模要求", f"no size is asked of {generic!r}")
    if not proposal.use and not rows:
        return Verdict(NO_DATA, "用途不明", "the use is unknown")
    return _judged(proposal, reference.policy, rows, severity)


def _judged(proposal: Proposal, policy: Policy, rows: list[Size], severity: str) -> Verdict:
    groups: dict[str, list[Size]] = {}
    for at, row in enumerate(rows):
        groups.setdefault(row.any_of or str(at), []).append(row)
    short: list[Size] = []
    unknown: list[Size] = []
    for group in groups.values():
        states = [_meets(proposal, policy, row) for row in group]
        if True not in states:
            (unknown if None in states else short).extend(group)
    basis = policy.parameter(rows[0].parameter).basis if rows else ""
    for found, level, zh, en in (
        (short, severity, "规模不符：", "too small, or out of range: "),
        (unknown, NO_DATA, "缺少数据：", "no data on: "),
    ):
        if found:
            said = [_said(proposal, policy, row) for row in found]
            return Verdict(level, zh + "；".join(s for s, _ in said),
                           en + "; ".join(s for _, s in said), (), basis)  # fmt: skip
    return Verdict(OK, "规模相符", "the size matches", (), basis)


def _limits(policy: Policy, row: Size) -> tuple[float, float]:
    found = policy.parameter(row.parameter)
    if found.unit not in _FACTOR:
        raise PolicyError(
            f"Parameter {row.parameter!r} is in {found.unit!r}, not in a unit of sizes.",
            zh=f"参数“{row.parameter}”的单位是“{found.unit}”，不是规模单位。",
            fix=f"state it in one of {', '.join(_FACTOR)}",
            fix_zh=f"改用以下单位之一：{'、'.join(_FACTOR)}",
            parameter=row.parameter,
        )
    factor = _FACTOR[found.unit]
    if isinstance(found.value, tuple):
        least, most = policy.numbers(row.parameter)
        return least * factor, most * factor
    return policy.value(row.parameter) * factor, float("inf")


def _meets(proposal: Proposal, policy: Policy, row: Size) -> bool | None:
    value = proposal.measures.get(row.measure)
    if value is None or math.isnan(value):
        return None
    least, most = _limits(policy, row)
    return least * (1 - TOLERANCE) <= value <= most * (1 + TOLERANCE)


def _said(proposal: Proposal, policy: Policy, row: Size) -> tuple[str, str]:
    least, most = _limits(policy, row)
    zh, en, unit = _SAID[row.measure]
    asked = f"≥ {least:g}" if most == float("inf") else f"{least:g}–{most:g}"
    value = proposal.measures.get(row.measure)
    has, has_en = ("不明", "unknown") if value is None else (f"{value:g}", f"{value:g}")
    return (
        f"{zh} {has}，要求 {asked} {unit}".strip(),
        f"{en} {has_en}, asked {asked} {unit}".strip(),
    )


SIZE = {"PN-03": matches_size}
"""Rule -> function."""
