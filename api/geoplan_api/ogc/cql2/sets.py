"""Lists (列表函数): columns that hold several codes joined by ``;``, and lists of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan_api.ogc.cql2.mistakes import wrong_kind
from geoplan_api.ogc.cql2.values import Truth, Value

if TYPE_CHECKING:
    from collections.abc import Callable

Codes = frozenset[str]
ARRAYS: dict[str, Callable[[Codes, Codes], bool]] = {
    "a_equals": frozenset.__eq__,
    "a_contains": frozenset.__ge__,
    "a_containedby": frozenset.__le__,
    "a_overlaps": lambda a, b: not a.isdisjoint(b),
}
"""Function -> whether it holds for two sets."""


def relate(node: Any, left: Value, right: Value) -> Truth:
    """Compare two sets of codes; text counts as codes joined by ``;``."""
    for value, operand in zip((left, right), node["args"], strict=True):
        if value.kind not in {"list", "text"}:
            raise wrong_kind(node, operand, value.kind, ("list", "text"))
    test = ARRAYS[node["op"].lower()]
    a, of_a = _sets(left)
    b, of_b = _sets(right)
    if len(a) == 1 or len(b) == 1:
        table = np.array([[test(x, y) for y in b] for x in a], dtype=bool)
        held = table[of_a, of_b]
    else:
        pairs = np.broadcast_arrays(of_a, of_b)
        held = np.array([test(a[i], b[j]) for i, j in zip(*pairs, strict=True)], dtype=bool)
    return Truth.of(held, np.asarray(left.there) & np.asarray(right.there))


def _sets(value: Value) -> tuple[list[Codes], Any]:
    """Return the distinct sets, and which each row has."""
    if value.kind == "list":
        return [frozenset(value.data)], 0
    if not np.ndim(value.data):
        return [_split(str(value.data.item()))], 0
    codes, distinct = pd.factorize(value.data)
    return [_split(str(words)) for words in distinct] or [frozenset()], codes


def _split(words: str) -> Codes:
    return frozenset(w.strip() for w in words.split(";") if w.strip())
