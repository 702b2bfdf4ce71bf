"""
Records (登记记录): a change as asked for, checked against its layer's declaration, as recorded.

The content of a record is JSON with sorted names and only the cells that hold something, so a
column added to a declaration later changes no digest, and a column of the file that no
declaration knows is kept beside the others.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from geoplan.errors import InputError, SecrecyError
from geoplan.schemas import layer as declared
from geoplan.storage import shapes
from geoplan.storage.chain import record_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geoplan.schemas import Column, Layer

PUT, RETIRE = "put", "retire"
OWN_COLUMNS = frozenset(("geometry", "geom", "fid", "extra", "row_version"))
"""Names the store uses itself; a file's columns of these names are not taken as content."""

_LARGE_BATCH = 50
_Check = Callable[[Any], Any]
_CHECKS: dict[str, tuple[dict[str, _Check], tuple[str, ...]]] = {}
_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Change:
    """
    One change: put a record, or retire it, for its valid time.

    Parameters
    ----------
    layer
        Name of a registry layer.
    row
        Cells by column; ``geometry`` as WKB (or shapely) in EPSG:4490. ``valid_from`` (from
        this day) and ``valid_to`` (until the day before) bound the valid time; empty is open.
        A retirement needs only the key, and the valid time if it is bounded.
    seen
        ``row_version`` of the record the change was made on; 0 for a new one. None records the
        change over whatever is there.
    retire
        Whether the record ceases instead.
    """

    layer: str
    row: Mapping[str, Any]
    seen: int | None = 0
    retire: bool = False


class Record(NamedTuple):
    """A change as it is recorded."""

    layer: str
    key: str
    op: str
    valid_from: str | None
    valid_to: str | None
    content: str
    wkb: bytes | None
    digest: bytes
    cells: dict[str, Any]
    bounds: shapes.Bounds | None
    seen: int | None

    def holds_on(self, day: str) -> bool:
        """Tell whether the valid time covers a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or self.valid_to > day
        )


class Problem(NamedTuple):
    """Why a change cannot be recorded; ``at`` is its place among those given."""

    at: int
    key: str
    field: str
    value: Any
    rule: str
    zh: str
    en: str
    fix_zh: str = "改正后重新提交"
    fix_en: str = "correct it"


def registry_layer(name: str) -> Layer:
    """
    Return the declaration of a registry layer.

    Raises
    ------
    UnknownIdError
        If there is no such layer.
    InputError
        If the layer is kept in files.
    """
    found = declared(name)
    if found.home != "registry":
        raise InputError(
            f"Layer {name!r} is kept in files, not in the registry.",
            zh=f"图层“{name}”（{found.zh}）以文件为准，不入登记库。",
            fix="name it with its file in workspace.toml",
            fix_zh="在 workspace.toml 中写明其文件",
            layer=name,
        )
    return found


def key_of(cells: Mapping[str, Any], layer: Layer) -> str:
    """Return the key of a row as one text; empty where a part is missing."""
    parts = [cells.get(name) for name in layer.key]
    return "" if None in parts else "\x1f".join(map(str, parts))


def encode(
    changes: Iterable[Change], *, valid_from: str | None = None, classified: bool = False
) -> list[Record]:
    """
    Check changes and bring them into the form in which they are recorded.

    Parameters
    ----------
    changes
        Of any registry layers; a record at most once.
    valid_from
        For changes that name none.
    classified
        Whether state-secret records are permitted.

    Returns
    -------
    records
        One per change, in order.

    Raises
    ------
    InputError
        If a column, a value or a shape is wrong, a key is missing or comes twice: the first
        twenty, and the number of all.
    UnknownIdError
        If there is no such layer.
    SecrecyError
        If a record is state_* and the environment is not classified.
    """
    by_layer: dict[str, list[Change]] = {}
    for change in changes:
        by_layer.setdefault(change.layer, []).append(change)
    records: list[Record] = []
    for name, some in by_layer.items():
        layer = registry_layer(name)
        made, problems = examine(some, layer, valid_from=valid_from, classified=classified)
        if problems:
            raise _refusal(layer, problems)
        records += made
    return records


def examine(
    changes: Sequence[Change], layer: Layer, *, valid_from: str | None = None,
    classified: bool = False,
) -> tuple[list[Record], list[Problem]]:  # fmt: skip
    """
    Bring the changes of one layer into the recorded form, and say what is wrong with which.

    Parameters
    ----------
    changes
        Of this layer.
    layer
        The declaration.
    valid_from, classified
        As for `encode`.

    Returns
    -------
    records
        One per change; those that a problem names are not to be recorded.
    problems
        What is wrong, by change.
    """
    problems: list[Problem] = []
    records: list[Record] = []
    keys: set[str] = set()
    wkb, bounds = _shapes(changes, layer)
    checks, _ = _checks(layer)
    clean = _clean([c.row for c in changes], checks)
    for at, (change, shape, box) in enumerate(zip(changes, wkb, bounds, strict=True)):
        cells, wrong = _cells(change, layer, valid_from, clean)
        key = key_of(cells, layer)
        if not key:
            wrong.append(("missing_required", layer.key[0], None, "缺少编号", "the key is missing"))
        elif key in keys:
            wrong.append(("duplicate_key", layer.key[0], key, "编号重复", "the key comes twice"))
        if isinstance(box, shapes.ShapeError):
            wrong.append(("invalid_geometry", "geometry", None, box.zh, str(box)))
        keys.add(key)
        if wrong:
            problems += [Problem(at, key, field, value, rule, zh, en)
                         for rule, field, value, zh, en in wrong]  # fmt: skip
        secrecy = str(cells.get("secrecy") or layer.secrecy)
        if not classified and secrecy.startswith("state_") and not change.retire:
            words = [w.format(value=secrecy) for w in SecrecyError.REASON]
            problems.append(Problem(at, key, "secrecy", secrecy, SecrecyError.code, *words))
        records.append(_record(change, layer, key, cells, shape, box))
    return records, problems


def _shapes(changes: Sequence[Change], layer: Layer) -> tuple[list[bytes | None], list[Any]]:
    given = [None if c.retire else c.row.get("geometry") for c in changes]
    if not any(g is not None for g in given) and (
        not layer.geometry or layer.geometry_optional or all(c.retire for c in changes)
    ):
        return [None] * len(given), [None] * len(given)
    wkb, bounds = shapes.canonical(given, layer)
    return wkb, [None if c.retire else b for c, b in zip(changes, bounds, strict=True)]


def _record(
    change: Change, layer: Layer, key: str, cells: dict[str, Any], wkb: bytes | None, box: Any
) -> Record:
    op, content = RETIRE if change.retire else PUT, _ENCODE(cells)
    start, end = cells.get("valid_from"), cells.get("valid_to")
    digest = record_digest(layer.name, key, op, start, end, content, wkb)
    return Record(layer.name, key, op, start, end, content, wkb, digest, cells,
                  None if wkb is None else box, change.seen)  # fmt: skip


def _clean(rows: Sequence[Mapping[str, Any]], checks: Mapping[str, _Check]) -> tuple[str, ...]:
    """
    Return the columns of a large batch, by name, if every cell is as it is kept; else none.

    Each different value is checked once, not each cell.
    """
    if len(rows) < _LARGE_BATCH or any(row.keys() != rows[0].keys() for row in rows):
        return ()
    names = sorted(name for name in rows[0] if name != "geometry")
    for name in names:
        values = [row[name] for row in rows]
        try:
            distinct = set(values) - {None}
            kinds = set(map(type, values)) - {type(None)}
            if len(kinds) > 1 or not all(checks[name](v) == v for v in distinct):
                return ()
        except (ValueError, TypeError, KeyError):  # said cell by cell; or an undeclared column
            return ()
    return tuple(names)


def _cells(
    change: Change, layer: Layer, valid_from: str | None, clean: tuple[str, ...]
) -> tuple[dict[str, Any], list[tuple[str, str, Any, str, str]]]:
    """Return the cells that hold something, and (rule, field, value, zh, en) of the wrong ones."""
    checks, required = _checks(layer)
    wrong: list[tuple[str, str, Any, str, str]] = []
    row = change.row
    if clean and len(row) == len(clean) + ("geometry" in row):
        cells = {name: value for name in clean if (value := row[name]) is not None}
    else:
        cells = _read(row, checks, wrong)
    if valid_from is not None and "valid_from" not in cells:
        cells = dict(sorted({**cells, "valid_from": valid_from}.items()))
    start, end = cells.get("valid_from"), cells.get("valid_to")
    if start is not None and end is not None and start >= end:
        wrong.append(("bad_period", "valid_to", end, f"应晚于生效日期 {start}",
                      f"must be after valid_from {start}"))  # fmt: skip
    if change.retire:
        kept = (*layer.key, "valid_from", "valid_to")
        return {n: v for n, v in cells.items() if n in kept}, wrong
    for name in required:
        if name not in cells and name not in layer.key:
            wrong.append(("missing_required", name, None, "必填", "is required"))  # noqa: PERF401
    return cells, wrong


def _read(row: Mapping[str, Any], checks: Mapping[str, _Check], wrong: list[Any]) -> dict[str, Any]:
    """Return the cells of one row by name, and add the wrong ones to a list."""
    cells = {}
    for name in sorted(row):
        value = row[name]
        if value is None or name in OWN_COLUMNS:
            continue
        try:
            kept = checks.get(name, _plain)(value)
        except (ValueError, TypeError) as error:
            two = len(error.args) == 2  # noqa: PLR2004  (in Chinese and English)
            words = error.args if two else ("值有误", str(error))
            wrong.append(("bad_value", name, value, *words))
            continue
        if kept is not None:
            cells[name] = kept
    return cells


def _refusal(layer: Layer, problems: Sequence[Problem]) -> InputError:
    secret = [p for p in problems if p.rule == SecrecyError.code]
    if len(secret) == len(problems):
        return SecrecyError.for_rows(layer.name, secret[0].value, [p.key for p in secret])
    shown = problems[:20]
    said = "; ".join(f"{p.key or '?'} {p.field} {_short(p.value)}: {p.en}" for p in shown)
    said_zh = "；".join(f"{p.key or '?'} {p.field} {_short(p.value)}：{p.zh}" for p in shown)
    return InputError(
        f"{layer.name}: {len(problems)} wrong: {said}",
        zh=f"{layer.zh}：{len(problems)} 处有误：{said_zh}",
        fix="correct the values; nothing was recorded",
        fix_zh="改正后重新提交；没有记入任何内容",
        layer=layer.name,
        problems=len(problems),
        key=problems[0].key,
        field=problems[0].field,
    )


def _short(value: Any) -> str:
    text = "" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004


def _checks(layer: Layer) -> tuple[dict[str, _Check], tuple[str, ...]]:
    """Return the check of each column, and the columns that must hold something."""
    found = _CHECKS.get(layer.name)
    if found is None:
        found = _CHECKS[layer.name] = _make_checks(layer)
    return found


def _make_checks(layer: Layer) -> tuple[dict[str, _Check], tuple[str, ...]]:
    checks = {c.name: _check(c) for c in layer.columns}
    return checks, tuple(c.name for c in layer.columns if c.required)


def _check(column: Column) -> _Check:
    """Return the function that checks a cell of one column and returns it as it is kept."""
    read = _READ[column.dtype]
    codes = frozenset(c.code for c in column.choices)
    if codes:
        several = column.dtype == "set"

        def coded(value: Any) -> Any:
            text = read(value)
            parts = () if text is None else text.split(";") if several else (text,)
            for part in parts:
                if part not in codes:
                    known = ", ".join(sorted(codes))
                    raise ValueError(f"可填 {known}", f"use one of {known}")
            return text

        return coded
    if column.minimum is None and column.maximum is None:
        return read
    low = float("-inf") if column.minimum is None else column.minimum
    high = float("inf") if column.maximum is None else column.maximum

    def ranged(value: Any) -> Any:
        number = read(value)
        if number is not None and not low <= number <= high:
            raise ValueError(f"超出 {low:g}—{high:g}", f"outside {low:g} to {high:g}")
        return number

    return ranged


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        raise ValueError("应为文字", "must be text")  # noqa: TRY004  (one kind of finding)
    if not value.isprintable() and not _storable(value):
        raise ValueError("含有数据库不能保存的字符", "has a character no database keeps")
    return value or None


def _storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _int(value: Any) -> int:
    if isinstance(value, bool) or int(value) != value:
        raise ValueError("应为整数", "must be a whole number")
    return int(value)


def _float(value: Any) -> float | None:
    if isinstance(value, bool | str):
        raise ValueError("应为数字", "must be a number")  # noqa: TRY004
    number = float(value)
    if number != number:  # noqa: PLR0124  (not a number is no data)
        return None
    if not isfinite(number):
        raise ValueError("应为有限数", "must be finite")
    return number


def _bool(value: Any) -> bool:
    if value not in (True, False):
        raise ValueError("应为是或否", "must be true or false")
    return bool(value)


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(value if isinstance(value, str) else str(value)[:10]).isoformat()
    except ValueError:
        raise ValueError("应为日期 年-月-日", "must be a date YYYY-MM-DD") from None


_READ: dict[str, Callable[[Any], Any]] = {
    "str": _text, "set": _text, "int": _int, "float": _float, "bool": _bool, "date": _date,
}  # fmt: skip


def _plain(value: Any) -> Any:
    """Return a cell of an undeclared column as JSON can hold it."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value if isinstance(value, str | int) else str(value)
