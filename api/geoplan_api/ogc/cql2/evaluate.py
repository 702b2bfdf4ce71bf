"""
A filter evaluated on a snapshot (求值), three-valued: what compares with nothing is not known.

Only rows for which the filter is known to hold are in the mask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan_api.ogc.cql2 import scalars, sets, shapes, spans
from geoplan_api.ogc.cql2.mistakes import malformed, unknown_function, wrong_count, wrong_kind
from geoplan_api.ogc.cql2.reading import read
from geoplan_api.ogc.cql2.values import BEGINNING, END, Truth, Value, column, instant, literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from geoplan_api.snapshot import Snapshot

_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
_LOGIC = ("and", "or", "not")
FUNCTIONS = (
    *_LOGIC, *_COMPARISONS, "like", "between", "in", "isNull", "casei", "accenti",
    *scalars.ARITHMETIC, *shapes.SPATIAL, *spans.TEMPORAL, *sets.ARRAYS,
)  # fmt: skip
"""All operators and functions, in lower case but for ``isNull``."""
_COUNTS: dict[str, tuple[int, int | None]] = {
    "and": (2, None), "or": (2, None), "not": (1, 1), "between": (3, 3), "isnull": (1, 1),
    "casei": (1, 1), "accenti": (1, 1),
}  # fmt: skip
_OPEN = ".."


def mask(
    text: str, lang: str, snapshot: Snapshot, *, filter_epsg: int = shapes.CRS84
) -> npt.NDArray[np.bool_]:
    """
    Tell which rows of a snapshot fit a filter.

    Parameters
    ----------
    text
        The filter; its properties are the columns that the snapshot shows, and ``geometry``.
    lang
        ``cql2-text`` or ``cql2-json``.
    snapshot
        The rows.
    filter_epsg
        CRS of the shapes in the filter, in its authority's order of axes; 4326 stands for CRS84.

    Returns
    -------
    mask
        One truth value per row. A comparison with a missing value does not hold, nor does its
        negation. In ``INTERVAL(valid_from, valid_to)`` a missing end is open.

    Raises
    ------
    InputError
        If the filter cannot be read, is over a limit, names what is not there or compares what
        does not compare.
    """
    found = _Evaluation(snapshot, filter_epsg).truth(read(text, lang))
    return np.broadcast_to(found.yes, (len(snapshot.ids),)).copy()


class _Evaluation:
    def __init__(self, snapshot: Snapshot, epsg: int) -> None:
        self._snapshot, self._epsg = snapshot, epsg
        self._columns = dict[str, Value]()

    def truth(self, node: Any) -> Truth:
        """Evaluate a condition."""
        if isinstance(node, dict) and "op" in node:
            node = _call(node)
            if node["op"] not in _VALUED:
                return self._condition(node)
        value = self._value(node)
        if value.kind != "bool":
            raise wrong_kind(node, node, value.kind, ("bool",))
        return Truth.of(value.data, value.there)

    def _condition(self, node: dict[str, Any]) -> Truth:
        op, args = node["op"], node["args"]
        if op in _LOGIC:
            return _joined(op, [self.truth(a) for a in args])
        if op == "isnull":
            there = np.asarray(self._value(args[0]).there)
            return Truth(~there, there)
        if op == "in":
            return self._among(node)
        values = [self._value(a) for a in args]
        if op in shapes.SPATIAL:
            left, right = values
            return shapes.relate(node, left, right, self._snapshot)
        return _RELATIONS[op](node, *values)

    def _among(self, node: dict[str, Any]) -> Truth:
        value, entries = node["args"]
        if not isinstance(entries, list):
            raise malformed(node, "a list in brackets is missing", "缺少括号中的列表")
        return scalars.within_list(node, self._value(value), [self._value(e) for e in entries])

    def _value(self, node: Any) -> Value:
        if isinstance(node, list):
            return self._list(node)
        if not isinstance(node, dict):
            return literal(node)
        if "op" in node:
            return self._computed(_call(node))
        if "type" in node or set(node) == {"bbox"}:
            return shapes.literal(node, self._epsg)
        name = node.get("property")
        if isinstance(name, str) and len(node) == 1:
            return self._property(name)
        return self._interval(node) if set(node) == {"interval"} else literal(node)

    def _property(self, name: str) -> Value:
        if name not in self._columns:
            self._columns[name] = column(self._snapshot, name)
        return self._columns[name]

    def _computed(self, node: dict[str, Any]) -> Value:
        op = node["op"]
        if op not in _VALUED:
            found = self._condition(node)
            return Value("bool", found.yes, np.asarray(found.yes) | np.asarray(found.no))
        values = [self._value(a) for a in node["args"]]
        if op in scalars.ARITHMETIC:
            return scalars.arithmetic(node, *values)
        return scalars.folded(node, *values)

    def _list(self, node: list[Any]) -> Value:
        for entry in node:
            if not isinstance(entry, str):
                raise malformed(node, "a list holds text here", "此处列表中应为文本")
        return Value("list", node)

    def _interval(self, node: dict[str, Any]) -> Value:
        ends = node["interval"]
        if not isinstance(ends, list) or len(ends) != 2:  # noqa: PLR2004
            raise wrong_count({"op": "INTERVAL", "args": ends}, 2, 2)
        begin, end = (self._end(node, e, BEGINNING + k * (END - BEGINNING))
                      for k, e in enumerate(ends))  # fmt: skip
        if not np.ndim(begin) and not np.ndim(end) and begin > end:
            raise malformed(node, "the beginning comes first", "起始时间应在前")
        return Value("interval", begin, end=end)

    def _end(self, node: Any, end: Any, otherwise: int) -> Any:
        if end == _OPEN or end is None:
            return np.asarray(otherwise)
        if isinstance(end, str):
            return np.asarray(instant(end))
        value = self._value(end)
        if value.kind != "date":
            raise wrong_kind(node, end, value.kind, ("date",))
        return np.where(value.there, value.data, otherwise)


_VALUED = frozenset((*scalars.ARITHMETIC, "casei", "accenti"))
_RELATIONS: dict[str, Callable[..., Truth]] = {
    "like": scalars.like, "between": scalars.between,
    **dict.fromkeys(_COMPARISONS, scalars.compare), **dict.fromkeys(spans.TEMPORAL, spans.relate),
    **dict.fromkeys(sets.ARRAYS, sets.relate),
}  # fmt: skip


def _call(node: dict[str, Any]) -> dict[str, Any]:
    """Return an operator with as many arguments as it takes."""
    op, args = node["op"], node.get("args")
    if not isinstance(op, str) or not isinstance(args, list) or set(node) != {"op", "args"}:
        raise malformed(node, "an operator has op and args", "运算应有 op 和 args")
    if op.lower() not in _KNOWN:
        raise unknown_function(op, FUNCTIONS)
    least, most = _COUNTS.get(op.lower(), (2, 2))
    if len(args) < least or (most is not None and len(args) > most):
        raise wrong_count(node, least, most)
    return {"op": op.lower(), "args": args}


_KNOWN = frozenset(name.lower() for name in FUNCTIONS)


def _joined(op: str, parts: list[Truth]) -> Truth:
    if op == "not":
        return Truth(parts[0].no, parts[0].yes)
    yes, no = parts[0].yes, parts[0].no
    for part in parts[1:]:
        yes, no = (yes & part.yes, no | part.no) if op == "and" else (yes | part.yes, no & part.no)
    return Truth(yes, no)
