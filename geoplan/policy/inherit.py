"""Policies that state only their differences (差异规范): find the base, merge, digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from geoplan.errors import GeoplanError
from geoplan.policy.model import Frozen

if TYPE_CHECKING:
    from geoplan.policy.model import Policy
    from geoplan.policy.problems import Report

Resolve = Callable[[str], tuple[str, str]]
"""Gives the text and the file name of a policy by its id."""

Content = dict[str, Any]
TABLES = ("policy", "sources", "parameters", "rules")

_FIGURE = frozenset({"kind", "value", "unit", "operator", "classes"})
_SUPPORT = frozenset(
    {"clause", "basis", "confidence", "sources", "text_zh", "note_zh", "note_en"}
    | {"effective_from", "effective_to", "due", "attribute"}
)
_INHERITED = ("assessment_date", "schema_version")


def find_base(
    raw: Content,
    base: Policy | None,
    resolve: Resolve | None,
    chain: tuple[str, ...],
    report: Report,
) -> tuple[str, str] | None:
    """
    Return text and file of the policy that ``raw`` extends, unless it was given or is wrong.

    A base that was given must be the one that is named; a name seen before is a circle.
    """
    head = raw.get("policy")
    name = head.get("extends") if isinstance(head, dict) else None
    if not isinstance(name, str):
        return None
    path = ("policy", "extends")
    if name in chain:
        ring = " → ".join((*chain[chain.index(name) :], name))
        report.add(path, f"policies extend each other in a circle: {ring}", f"循环引用：{ring}")
        return None
    if base is not None:
        if base.id != name:
            report.add(
                path,
                f"extends {name!r}, but the base given is {base.id!r}",
                f"extends 为“{name}”，而给出的基础规范是“{base.id}”",
            )
        return None
    try:
        return (resolve or _nothing)(name)
    except (LookupError, OSError) as failure:
        why = failure.message if isinstance(failure, GeoplanError) else "no such policy"
        why_zh = failure.message_zh if isinstance(failure, GeoplanError) else "找不到该规范"
        report.add(path, f"cannot extend {name!r}: {why}", f"无法引用“{name}”：{why_zh}")
        return None


def _nothing(name: str) -> tuple[str, str]:
    """Resolve no name."""
    raise LookupError(name)


def merge(base: Policy | None, raw: Content) -> Content:
    """
    Return the whole content: the base's, with what ``raw`` states differently.

    Who changes a figure answers for it: clause, basis, confidence, sources, attribute and the
    quoted words are then not inherited and must be given anew.
    """
    old: Content = thaw(base.content) if base is not None else {}
    merged: Content = {
        "policy": {
            **{k: v for k, v in old.get("policy", {}).items() if k in _INHERITED},
            **_table(raw, "policy"),
        }
    }
    for name in TABLES[1:]:
        entries = dict(old.get(name, {}))
        for key, entry in _table(raw, name).items():
            before = entries.get(key)
            if isinstance(before, dict) and isinstance(entry, dict):
                entries[key] = _merge_entry(before, entry)
            else:
                entries[key] = entry
        merged[name] = entries
    return merged


def _table(raw: Content, name: str) -> Content:
    found = raw.get(name, {})
    return found if isinstance(found, dict) else {}


def _merge_entry(before: Content, entry: Content) -> Content:
    dropped: frozenset[str] = frozenset()
    if any(entry[k] != before.get(k) for k in _FIGURE & entry.keys()):
        dropped = _SUPPORT
    for one, other in (("value", "classes"), ("classes", "value")):
        if one in entry:
            dropped |= {other}
    return {**{k: v for k, v in before.items() if k not in dropped}, **entry}


def digest(content: Mapping[str, Any]) -> str:
    """
    Return the SHA-256 of merged content; order, comments and the way to it do not matter.

    Examples
    --------
    >>> digest({"a": 1, "b": 2}) == digest({"b": 2.0, "a": 1.0})
    True
    """
    head = {k: v for k, v in content.get("policy", {}).items() if k != "extends"}
    whole = {**content, "policy": head}
    text = json.dumps(_canonical(whole), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _canonical(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(v) for v in value]
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return float(value)
    return str(value)


def freeze(value: Any) -> Any:
    """Return plain data that cannot be changed."""
    if isinstance(value, dict):
        return Frozen({k: freeze(v) for k, v in value.items()})
    return tuple(freeze(v) for v in value) if isinstance(value, list) else value


def thaw(value: Any) -> Any:
    """Return frozen data as dicts and lists."""
    if isinstance(value, Mapping):
        return {k: thaw(v) for k, v in value.items()}
    return [thaw(v) for v in value] if isinstance(value, tuple) else value
