"""Comparison, patterns, arithmetic (比较、匹配、运算) on numbers, text, truth values and dates."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan_api.ogc.cql2.mistakes import malformed, wrong_kind
from geoplan_api.ogc.cql2.values import Truth, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Array = npt.NDArray[Any]

ORDERED = ("number", "text", "date")
COMPARED = (*ORDERED, "bool")
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": np.equal, "<>": np.not_equal, "<": np.less, "<=": np.less_equal,
    ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "%": np.fmod,
    "^": np.power, "div": lambda a, b: np.trunc(np.divide(a, b)),
}  # fmt: skip


def compare(node: Any, left: Value, right: Value) -> Truth:
    """Compare two values of one type."""
    op = node["op"]
    allowed = COMPARED if op in {"=", "<>"} else ORDERED
    first, second = node["args"]
    if left.kind not in allowed:
        raise wrong_kind(node, first, left.kind, allowed)
    if right.kind != left.kind:
        raise wrong_kind(node, second, right.kind, (left.kind,))
    held = _COMPARE[op](left.data, right.data)
    return Truth.of(held, np.asarray(left.there) & np.asarray(right.there))


def between(node: Any, value: Value, low: Value, high: Value) -> Truth:
    """Tell whether a value lies between two, both included."""
    operand, low_node, high_node = node["args"]
    above = compare({"op": ">=", "args": [operand, low_node]}, value, low)
    below = compare({"op": "<=", "args": [operand, high_node]}, value, high)
    return Truth(above.yes & below.yes, above.no | below.no)


def within_list(node: Any, value: Value, entries: list[Value]) -> Truth:
    """Tell whether a value is one of a list."""
    if value.kind not in COMPARED:
        raise wrong_kind(node, node["args"][0], value.kind, COMPARED)
    for entry, item in zip(entries, node["args"][1], strict=True):
        if entry.kind != value.kind:
            raise wrong_kind(node, item, entry.kind, (value.kind,))
        if np.ndim(entry.data):
            raise malformed(item, "a list holds values, no properties", "列表中只能是具体值")
    wanted = [entry.data.item() for entry in entries]
    held = pd.Series(np.atleast_1d(value.data)).isin(wanted).to_numpy()
    return Truth.of(held if np.ndim(value.data) else held[0], value.there)


def arithmetic(node: Any, left: Value, right: Value) -> Value:
    """Compute; what has no result, such as a division by zero, is missing."""
    for value, operand in zip((left, right), node["args"], strict=True):
        if value.kind != "number":
            raise wrong_kind(node, operand, value.kind, ("number",))
    with np.errstate(all="ignore"):
        result = np.asarray(ARITHMETIC[node["op"]](left.data, right.data), dtype=float)
    there = np.asarray(left.there) & np.asarray(right.there) & np.isfinite(result)
    return Value("number", result, there)


def like(node: Any, value: Value, pattern: Value) -> Truth:
    """Match text with ``%`` for any characters, ``_`` for one, a backslash before either."""
    for found, operand in zip((value, pattern), node["args"], strict=True):
        if found.kind != "text":
            raise wrong_kind(node, operand, found.kind, ("text",))
    if np.ndim(pattern.data):
        raise malformed(node["args"][1], "a pattern is a text, no property", "匹配式须为文本")
    matches = re.compile(_regex(str(pattern.data.item())), re.DOTALL).fullmatch
    return Truth.of(_each(value.data, lambda word: matches(word) is not None, bool), value.there)


def folded(node: Any, value: Value) -> Value:
    """Return text without regard to case, or to accents."""
    if value.kind != "text":
        raise wrong_kind(node, node["args"][0], value.kind, ("text",))
    fold = _FOLDS[node["op"].lower()]
    return Value("text", _each(value.data, fold, object), value.there)


def _each(words: Any, work: Callable[[str], Any], dtype: Any) -> Any:
    """Do something once for each distinct text."""
    if not np.ndim(words):
        return np.array(work(str(words.item())), dtype=dtype)
    codes, distinct = pd.factorize(words)
    return np.array([work(str(word)) for word in distinct], dtype=dtype)[codes]


def _unaccented(word: str) -> str:
    parts = unicodedata.normalize("NFD", word)
    return "".join(c for c in parts if not unicodedata.combining(c))


_FOLDS: dict[str, Callable[[str], str]] = {"casei": str.casefold, "accenti": _unaccented}


def _regex(pattern: str) -> str:
    """
    Return a pattern as an expression that never tries a text twice.

    Each piece between ``%`` is looked for once, leftmost, and not again (atomic groups); only the
    last one is tied to the end.
    """
    pieces: list[str] = [""]
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and pattern[at + 1 : at + 2] in {"%", "_", "\\"}:
            at += 1
            pieces[-1] += re.escape(pattern[at])
        elif char == "%":
            pieces.append("")
        else:
            pieces[-1] += "." if char == "_" else re.escape(char)
        at += 1
    if len(pieces) == 1:
        return pieces[0]
    middle = "".join(f"(?>.*?{piece})" for piece in pieces[1:-1] if piece)
    return f"{pieces[0]}{middle}.*{pieces[-1]}"
