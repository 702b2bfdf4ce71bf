"""Reading a policy (规范解析): text in, `Policy` out; every problem at once, with its line."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from geoplan.policy import checks
from geoplan.policy.inherit import TABLES, Content, Resolve, digest, find_base, freeze, merge
from geoplan.policy.model import Frozen, Parameter, Policy, Source
from geoplan.policy.problems import Report, near, syntax_error
from geoplan.policy.rule import ClassValue, Rule, RuleOptions
from geoplan.policy.rule_checks import check_references, check_rule
from geoplan.policy.vocabulary import SCHEMA_VERSION, SUFFIXES, unit_of_name

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARAMETER_NEEDS = (
    "value", "title_zh", "title_en", "clause", "basis", "confidence", "sources",
)  # fmt: skip
_POLICY_NEEDS = ("id", "title", "title_en", "assessment_date", "schema_version")


def parse_policy(
    text: str, *, file: str, base: Policy | None = None, resolve: Resolve | None = None
) -> Policy:
    """
    Read a policy from the text of its TOML file.

    Opens nothing: ``text`` comes from the caller, and so does the policy it extends, either
    as ``base`` or through ``resolve``.

    Parameters
    ----------
    text
        Content of the file.
    file
        Its name, for messages.
    base
        The policy it extends. Where the text has no ``extends``, the base is taken as the one
        meant.
    resolve
        Given the id after ``extends``, returns text and file name of that policy; raises
        `LookupError` or `OSError` where there is none.

    Returns
    -------
    policy
        Frozen.

    Raises
    ------
    PolicyError
        If anything is wrong: syntax, unknown or missing keys, units, values, dates, kinds,
        references, ``extends``. One error names every problem with file, key and line;
        ``error.context["problems"]`` holds them.

    Examples
    --------
    >>> policy = parse_policy('''
    ... [policy]
    ... id = "example"
    ... title = "示例"
    ... title_en = "Example"
    ... schema_version = 1
    ... assessment_date = 2025-12-31
    ... [sources.A]
    ... title = "一份文件"
    ... [parameters.snap_cap_m]
    ... value = 200
    ... unit = "m"
    ... title_zh = "最远捕捉距离"
    ... title_en = "Farthest snap"
    ... clause = "ELD-06"
    ... basis = "P"
    ... confidence = 0
    ... sources = ["A"]
    ... ''', file="example.toml")
    >>> policy.value("snap_cap_m"), policy.parameter("snap_cap_m").basis_note("en")
    (200.0, 'Basis: convention of this project, no public rule found')
    """
    return _parse(text, file, base, resolve, ())


def _parse(
    text: str,
    file: str,
    base: Policy | None,
    resolve: Resolve | None,
    chain: tuple[str, ...],
) -> Policy:
    try:
        raw: Content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        raise syntax_error(text, file, reason) from None
    report = Report(text, file)
    head = raw.get("policy")
    own = head.get("id") if isinstance(head, dict) else None
    here = (*chain, own) if isinstance(own, str) and own not in chain else chain
    found = find_base(raw, base, resolve, here, report)
    report_before_base = bool(report)
    if found is not None:
        named = raw["policy"]["extends"]
        base = _parse(found[0], found[1], None, resolve, (*here, named))
    merged = merge(base, raw)
    if report_before_base:
        _check_shape(raw, report)
    else:
        _check(raw, merged, report)
    report.raise_if_any()
    return _build(merged)


def _check_shape(raw: Content, report: Report) -> None:
    """Check keys and values only: without its base a file cannot be complete."""
    fields = {"sources": checks.SOURCE, "parameters": checks.PARAMETER, "rules": checks.RULE}
    checks.table(report, ("policy",), raw.get("policy", {}), checks.POLICY)
    for name, known in fields.items():
        entries = raw.get(name, {})
        for key, entry in (entries if isinstance(entries, dict) else {}).items():
            checks.table(report, (name, key), entry, known)


def _check(raw: Content, merged: Content, report: Report) -> None:
    for key in raw:
        if key not in TABLES:
            hint, hint_zh = near(key, TABLES)
            report.add((key,), f"unknown table {key!r}.{hint}", f"没有“{key}”表。{hint_zh}")
        elif not isinstance(raw[key], dict):
            report.add((key,), "must be a table", "应为一个表")
    if report:
        return
    checks.table(report, ("policy",), merged["policy"], checks.POLICY, _POLICY_NEEDS)
    version = merged["policy"].get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        report.add(
            ("policy", "schema_version"),
            f"is {version!r}; this geoplan reads {SCHEMA_VERSION}",
            f"为 {version!r}；本版本只能读取 {SCHEMA_VERSION}",
        )
    for key in raw.get("sources", {}):
        checks.table(report, ("sources", key), merged["sources"][key], checks.SOURCE, ("title",))
    for key in raw.get("parameters", {}):
        _check_parameter(key, merged["parameters"][key], report)
    for key in raw.get("rules", {}):
        check_rule(key, merged["rules"][key], report)
    check_references(raw, merged, report)


def _check_parameter(name: str, entry: Any, report: Report) -> None:
    path = ("parameters", name)
    if not checks.table(report, path, entry, checks.PARAMETER, _PARAMETER_NEEDS):
        return
    value = entry["value"]
    plain = isinstance(value, bool | str) or (
        isinstance(value, list) and (not value or isinstance(value[0], str))
    )
    unit = entry.get("unit", "none" if plain else None)
    stated = unit_of_name(name)
    if unit is None:
        report.add((*path, "unit"), "unit is missing", "缺少 unit（单位）")
    elif plain and unit != "none":
        report.add((*path, "unit"), f"a word or flag has no unit {unit!r}", "文字或是非值没有单位")
    elif not plain and (stated or "none") != unit:
        ends = next((e for e, u in SUFFIXES.items() if u == unit), "")
        report.add(
            (*path, "unit"),
            f"the name says {stated or 'no unit'}, the unit is {unit}; "
            + (f"such a name ends in {ends}" if ends else "such a name ends in no unit"),
            f"名称表示“{stated or '无单位'}”，单位却是“{unit}”；"
            + (f"名称应以 {ends} 结尾" if ends else "名称不应带单位后缀"),
        )
    numbers = value if isinstance(value, list) else [value]
    if unit == "share" and any(n > 1 for n in numbers):
        report.add((*path, "value"), "a share is at most 1", "比例不得大于 1")


def _build(merged: Content) -> Policy:
    head: dict[str, Any] = merged["policy"]
    return Policy(
        id=head["id"],
        title_zh=head["title"],
        title_en=head["title_en"],
        document_no=head.get("document_no", ""),
        issued=head.get("issued"),
        assessment_date=head["assessment_date"],
        extends=head.get("extends", ""),
        schema_version=head["schema_version"],
        digest=digest(merged),
        parameters=Frozen({k: _parameter(k, e) for k, e in merged["parameters"].items()}),
        rules=Frozen({k: _rule(k, e) for k, e in merged["rules"].items()}),
        sources=Frozen({k: Source(id=k, **e) for k, e in merged["sources"].items()}),
        content=freeze(merged),
    )


def _parameter(name: str, entry: Mapping[str, Any]) -> Parameter:
    value = entry["value"]
    if isinstance(value, list):
        value = tuple(v if isinstance(v, str) else float(v) for v in value)
    elif isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    rest = {k: _tuple(v) for k, v in entry.items() if k not in ("value", "unit")}
    return Parameter(name=name, value=value, unit=entry.get("unit", "none"), **rest)


def _rule(rule_id: str, entry: Mapping[str, Any]) -> Rule:
    options = {k: _tuple(v) for k, v in entry.items() if k in checks.OPTIONS}
    fields = {k: _tuple(v) for k, v in entry.items() if k not in checks.OPTIONS}
    if "value" in fields:
        fields["value"] = float(fields["value"])
    fields["classes"] = tuple(
        ClassValue(**{**row, "value": float(row["value"])}) for row in entry.get("classes", ())
    )
    return Rule(id=rule_id, options=RuleOptions(**options), **fields)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
