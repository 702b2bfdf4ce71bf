"""A policy as a table (规范一览) and two policies compared (规范比较)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from geoplan.policy.model import Parameter, Policy
    from geoplan.policy.rule import Rule

_SHOWN = (
    "key", "table", "title_zh", "title_en", "class", "operator", "value", "unit", "attribute",
    "kind", "clause", "basis", "confidence", "sources", "effective_from", "effective_to", "due",
)  # fmt: skip
_COMPARED = ("kind", "value", "operator", "unit", "attribute", "due")


def as_frame(policy: Policy) -> pd.DataFrame:
    """
    Return every figure of a policy, one row each, in the order of the file.

    Parameters
    ----------
    policy
        The policy.

    Returns
    -------
    table
        Columns ``key``, ``table`` (parameters, rules), ``title_zh``, ``title_en``, ``class``
        (new, existing, or empty), ``operator``, ``value`` (number, flag, word or ``;``-joined
        list; None without a figure), ``unit``, ``attribute``, ``kind``, ``clause``, ``basis``,
        ``confidence``, ``sources``, ``effective_from``, ``effective_to``, ``due``.
    """
    import pandas as pd

    rows = [_parameter_row(p) for p in policy.parameters.values()]
    for rule in policy.rules.values():
        rows += list(_rule_rows(rule))
    return pd.DataFrame(rows, columns=list(_SHOWN)).astype(
        {"value": object, "class": object, "due": object}
    )


def diff(a: Policy, b: Policy) -> pd.DataFrame:
    """
    Return what differs between two policies in anything that can change a result.

    Parameters
    ----------
    a, b
        The policies.

    Returns
    -------
    differences
        One row per figure or option: ``key`` (such as ``rules.ELD-03.classes.new``), ``a``,
        ``b`` (None where it is absent), ``unit``, ``clause`` (of ``b``, or of ``a`` where it
        is absent there). Titles, quotations and sources are not compared. Empty where the
        two judge alike.
    """
    import pandas as pd

    left, right = dict(_figures(a)), dict(_figures(b))
    rows = []
    for key in dict.fromkeys((*left, *right)):
        va, ua, ca = left.get(key, (None, "", ""))
        vb, ub, cb = right.get(key, (None, "", ""))
        if va != vb:
            rows.append((key, va, vb, ub or ua, cb or ca))
    frame = pd.DataFrame(rows, columns=["key", "a", "b", "unit", "clause"])
    return frame.astype({"a": object, "b": object})


def _plain(value: Any) -> Any:
    """Return a tuple as one word, a whole number without its point."""
    if isinstance(value, tuple):
        return ";".join(f"{v:g}" if isinstance(v, float) else str(v) for v in value)
    return value


def _parameter_row(parameter: Parameter) -> dict[str, Any]:
    return {
        "key": parameter.name,
        "table": "parameters",
        "class": "",
        "operator": "",
        "value": _plain(parameter.value),
        "attribute": "",
        "kind": "",
        "due": None,
        **_support(parameter),
    }


def _rule_rows(rule: Rule) -> Iterator[dict[str, Any]]:
    targets: list[tuple[str, float | None]] = [("", rule.value)]
    if rule.classes:
        targets = [(c.status, c.value) for c in rule.classes]
    for status, value in targets:
        yield {
            "key": rule.id,
            "table": "rules",
            "class": status,
            "operator": rule.operator if rule.has_target else "",
            "value": value,
            "attribute": rule.attribute,
            "kind": rule.kind,
            "due": rule.due,
            **_support(rule),
        }


def _support(entry: Parameter | Rule) -> dict[str, Any]:
    return {
        "title_zh": entry.title_zh,
        "title_en": entry.title_en,
        "unit": entry.unit,
        "clause": entry.clause,
        "basis": entry.basis,
        "confidence": entry.confidence,
        "sources": ";".join(entry.sources),
        "effective_from": entry.effective_from,
        "effective_to": entry.effective_to,
    }


def _figures(policy: Policy) -> Iterator[tuple[str, tuple[Any, str, str]]]:
    """Yield key -> (value, unit, clause) of everything that can change a result."""
    yield "policy.assessment_date", (policy.assessment_date, "none", "")
    for p in policy.parameters.values():
        yield f"parameters.{p.name}", (_plain(p.value), p.unit, p.clause)
    for rule in policy.rules.values():
        at = f"rules.{rule.id}"
        for name in _COMPARED:
            found = getattr(rule, name)
            if found is not None and (name != "operator" or rule.has_target):
                yield f"{at}.{name}", (found, rule.unit, rule.clause)
        for c in rule.classes:
            yield f"{at}.classes.{c.status}", (c.value, rule.unit, rule.clause)
            if c.min_single_m2 is not None:
                least = (c.min_single_m2, "m2", rule.clause)
                yield f"{at}.classes.{c.status}.min_single_m2", least
            if c.allocation:
                way = (c.allocation, "none", rule.clause)
                yield f"{at}.classes.{c.status}.allocation", way
        for name in type(rule.options).__dataclass_fields__:
            found = _plain(getattr(rule.options, name))
            if found not in ("", None, False):
                yield f"{at}.{name}", (found, "none", rule.clause)
