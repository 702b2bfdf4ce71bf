"""Time (时间): instants and intervals compared; a date is its midnight in Beijing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan_api.ogc.cql2.mistakes import wrong_kind
from geoplan_api.ogc.cql2.values import Truth, Value

if TYPE_CHECKING:
    from collections.abc import Callable

TEMPORAL: dict[str, Callable[[Any, Any, Any, Any], Any]] = {
    "t_after": lambda a, _, __, d: a > d,
    "t_before": lambda _, b, c, __: b < c,
    "t_contains": lambda a, b, c, d: (a < c) & (b > d),
    "t_disjoint": lambda a, b, c, d: (a > d) | (b < c),
    "t_during": lambda a, b, c, d: (a > c) & (b < d),
    "t_equals": lambda a, b, c, d: (a == c) & (b == d),
    "t_finishedby": lambda a, b, c, d: (a < c) & (b == d),
    "t_finishes": lambda a, b, c, d: (a > c) & (b == d),
    "t_intersects": lambda a, b, c, d: (a <= d) & (b >= c),
    "t_meets": lambda _, b, c, __: b == c,
    "t_metby": lambda a, _, __, d: a == d,
    "t_overlappedby": lambda a, b, c, d: (a > c) & (a < d) & (b > d),
    "t_overlaps": lambda a, b, c, d: (a < c) & (b > c) & (b < d),
    "t_startedby": lambda a, b, c, d: (a == c) & (b > d),
    "t_starts": lambda a, b, c, d: (a == c) & (b < d),
}
"""Function -> whether it holds for a..b against c..d; an instant is an interval of no length."""


def relate(node: Any, left: Value, right: Value) -> Truth:
    """Compare two instants or intervals."""
    for value, operand in zip((left, right), node["args"], strict=True):
        if value.kind not in {"date", "interval"}:
            raise wrong_kind(node, operand, value.kind, ("date", "interval"))
    a, b = left.data, left.data if left.end is None else left.end
    c, d = right.data, right.data if right.end is None else right.end
    held = TEMPORAL[node["op"].lower()](a, b, c, d)
    return Truth.of(held, np.asarray(left.there) & np.asarray(right.there))
