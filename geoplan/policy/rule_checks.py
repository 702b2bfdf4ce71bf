"""Checks of whole rules (条文检查): kind, target, options, and what rules say of each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from geoplan.policy import checks
from geoplan.policy.problems import near
from geoplan.policy.rule import TOLERANCE
from geoplan.policy.vocabulary import COMMON_OPTIONS, KINDS
from geoplan.units import UNITS

if TYPE_CHECKING:
    from geoplan.policy.inherit import Content
    from geoplan.policy.problems import Path, Report
    from geoplan.policy.vocabulary import Kind

_NEEDS = (
    "kind", "title_zh", "title_en", "clause", "attribute", "basis", "confidence", "sources",
)  # fmt: skip
_PARAMETER_OPTIONS = ("verdict_flag", "also_units", "profile", "distance")


def check_rule(rule_id: str, entry: Any, report: Report) -> None:
    """Note every problem of one rule; what depends on the kind only where the kind is known."""
    path = ("rules", rule_id)
    good = checks.table(report, path, entry, checks.RULE, _NEEDS)
    if not isinstance(entry, dict):
        return
    name = entry.get("kind")
    if isinstance(name, str) and name in KINDS:
        _check_target(path, entry, KINDS[name], report)
        _check_options(path, entry, KINDS[name], report)
    _check_classes(path, entry, report)
    if good and "effective_from" in entry and "effective_to" in entry:
        _check_dates(path, entry, report)


def _check_target(path: Path, entry: Content, kind: Kind, report: Report) -> None:
    figures = [k for k in ("value", "classes") if k in entry]
    name = entry["kind"]
    if kind.figure == "none" and figures:
        report.add((*path, figures[0]), f"kind {name} has no figure", f"“{name}”类条文没有指标值")
        return
    if kind.figure != "value_or_classes" and "classes" in entry:
        report.add((*path, "classes"), f"kind {name} has no classes", f"“{name}”类条文不分类")
    if len(figures) > 1:
        report.add(
            (*path, "classes"), "give a value or classes, not both", "value 与 classes 只能写一个"
        )
    if kind.figure in ("value", "value_or_classes") and not figures:
        wanted = "value" if kind.figure == "value" else "value or classes"
        report.add((*path, "value"), f"{wanted} is missing", f"缺少 {wanted}")
    if figures:
        _check_unit(path, entry, kind, report)


def _check_unit(path: Path, entry: Content, kind: Kind, report: Report) -> None:
    unit, value = entry.get("unit"), entry.get("value")
    if unit is None:
        report.add((*path, "unit"), "unit is missing", "缺少 unit（单位）")
    elif isinstance(unit, str) and unit in UNITS and unit not in kind.units:
        allowed = ", ".join(sorted(kind.units))
        report.add(
            (*path, "unit"),
            f"kind {entry['kind']} is not measured in {unit!r}; one of: {allowed}",
            f"“{entry['kind']}”类条文不以“{unit}”计；可用：{allowed}",
        )
    if "operator" not in entry:
        report.add((*path, "operator"), "operator is missing", "缺少 operator（比较符）")
    limit = {"pct": 100, "share": 1}.get(unit) if isinstance(unit, str) else None
    if limit and isinstance(value, int | float) and value > limit:
        report.add((*path, "value"), f"is more than {limit} {unit}", f"大于 {limit}")


def _check_options(path: Path, entry: Content, kind: Kind, report: Report) -> None:
    allowed = COMMON_OPTIONS | kind.options
    for key in entry:
        if key in checks.OPTIONS and key not in allowed:
            report.add(
                (*path, key),
                f"kind {entry['kind']} does not use {key!r}",
                f"“{entry['kind']}”类条文不用“{key}”",
            )
    for key in sorted(kind.required - entry.keys()):
        report.add((*path, key), f"kind {entry['kind']} needs {key!r}", f"缺少“{key}”")


def _check_classes(path: Path, entry: Content, report: Report) -> None:
    rows = entry.get("classes")
    if checks.classes(rows):
        return
    seen: set[Any] = set()
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        here = (*path, "classes", str(number))
        if checks.table(report, here, row, checks.CLASS, ("status", "value")):
            if row["status"] in seen:
                report.add(
                    here, f"class {row['status']!r} occurs twice", f"类别“{row['status']}”重复"
                )
            seen.add(row["status"])


def _check_dates(path: Path, entry: Content, report: Report) -> None:
    if entry["effective_from"] > entry["effective_to"]:
        report.add(
            (*path, "effective_to"), "lies before effective_from", "早于 effective_from（生效日）"
        )


def check_references(raw: Content, merged: Content, report: Report) -> None:
    """Note ids of sources, parameters and rules that do not exist, and rules that disagree."""
    for table in ("parameters", "rules"):
        for key in raw.get(table, {}):
            _check_sources((table, key), merged[table][key], merged["sources"], report)
    if report:
        return
    for rule_id, entry in merged["rules"].items():
        _check_parameters(rule_id, entry, merged["parameters"], report)
        others = [*entry.get("sum_of", []), entry.get("indicator")]
        unknown = [o for o in others if o is not None and o not in merged["rules"]]
        for other in unknown:
            hint, hint_zh = near(other, merged["rules"])
            report.add(
                ("rules", rule_id, "indicator" if other == entry.get("indicator") else "sum_of"),
                f"no rule {other!r}.{hint}",
                f"没有条文“{other}”。{hint_zh}",
            )
        if not unknown:
            _check_agreement(rule_id, entry, merged["rules"], raw.get("rules", {}), report)


def _check_sources(path: Path, entry: Any, known: Content, report: Report) -> None:
    named = entry.get("sources") if isinstance(entry, dict) else None
    if not isinstance(named, list):
        return
    if not named:
        report.add((*path, "sources"), "names no source", "没有写明来源")
    for source in named:
        if isinstance(source, str) and source not in known:
            hint, hint_zh = near(source, known)
            report.add(
                (*path, "sources"),
                f"no source {source!r} in [sources].{hint}",
                f"[sources] 中没有“{source}”。{hint_zh}",
            )


def _check_parameters(rule_id: str, entry: Content, known: Content, report: Report) -> None:
    for option in _PARAMETER_OPTIONS:
        name = entry.get(option)
        if name is not None and name not in known:
            hint, hint_zh = near(name, known)
            report.add(
                ("rules", rule_id, option),
                f"no parameter {name!r}.{hint}",
                f"没有参数“{name}”。{hint_zh}",
            )


def _check_agreement(
    rule_id: str, entry: Content, rules: Content, own: Content, report: Report
) -> None:
    """One target stated twice must be the same; parts must sum to their whole."""
    twin = entry.get("indicator")
    if twin is not None:
        keys = ("value", "unit", "operator")
        here, there = ([rules[r].get(k) for k in keys] for r in (rule_id, twin))
        if here != there:
            at = rule_id if rule_id in own or twin not in own else twin
            report.add(
                ("rules", at),
                f"{rule_id} says {here}, its indicator {twin} says {there}",
                f"{rule_id} 为 {here}，对应指标 {twin} 为 {there}，两处不一致",
            )
    parts = entry.get("sum_of")
    if parts:
        total = math.fsum(rules[p].get("value", math.nan) for p in parts)
        if not math.isclose(total, entry["value"], rel_tol=TOLERANCE):
            at = next((r for r in (rule_id, *parts) if r in own), rule_id)
            report.add(
                ("rules", at, "value"),
                f"{rule_id} is {entry['value']}, its parts {', '.join(parts)} sum to {total:g}",
                f"{rule_id} 为 {entry['value']}，其各项 {', '.join(parts)} 之和为 {total:g}",
            )
