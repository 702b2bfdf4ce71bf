"""
Records (登记记录): changes as asked for, checked against their declarations, as recorded.

The content of a record is JSON with sorted names and only the cells that hold something, so a
column added to a declaration later changes no digest, and a column of the file that no
declaration knows is kept beside the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from geoplan.errors import InputError, SecrecyError
from geoplan.schemas import layer as declared
from geoplan.storage import shapes
from geoplan.storage.cells import checks, contents, plain, read
from geoplan.storage.chain import record_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from geoplan.schemas import Layer
    from geoplan.storage.shapes import Boxes

PUT, RETIRE = "put", "retire"
OWN_COLUMNS = frozenset(("geometry", "geom", "fid", "extra", "row_version"))
"""Names the store uses itself; a file's columns of these names are not taken as content."""

_PERIOD = ("valid_from", "valid_to")


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


class Batch(NamedTuple):
    """
    Changes of one layer as they are recorded, column by column: each list has one entry per change.

    ``cells`` has the columns in which anything is kept, by name; ``bounds`` is one row each of
    west, south, east, north, not a number where there is no shape.
    """

    layer: Layer
    keys: list[str]
    ops: list[str]
    seen: list[int | None]
    cells: dict[str, list[Any]]
    content: list[str]
    wkb: list[bytes | None]
    bounds: Boxes
    digests: list[bytes]

    def hold_on(self, day: str) -> list[bool]:
        """Tell for each whether its valid time covers a day."""
        starts, ends = (column(self.cells, name, len(self.keys)) for name in _PERIOD)
        return [
            (start is None or start <= day) and (end is None or end > day)
            for start, end in zip(starts, ends, strict=True)
        ]


def column(cells: Mapping[str, list[Any]], name: str, count: int) -> list[Any]:
    """Return a column of a batch; one of nothing if nothing is kept in it."""
    return cells.get(name) or [None] * count


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


_Wrong = tuple[int, str, Any, str, *tuple[str, ...]]
"""The place, field, value, rule and words of a `Problem`, whose key is not known yet."""


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
    return _key([cells.get(name) for name in layer.key])


def _key(parts: Sequence[Any]) -> str:
    return "" if None in parts else "\x1f".join(map(str, parts))


def encode(
    changes: Iterable[Change], *, valid_from: str | None = None, classified: bool = False
) -> list[Batch]:
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
    batches
        One per layer, each with its changes in order.

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
    batches = []
    for name, some in by_layer.items():
        layer = registry_layer(name)
        batch, problems = examine(some, layer, valid_from=valid_from, classified=classified)
        if problems:
            raise _refusal(layer, problems)
        batches.append(batch)
    return batches


def examine(
    changes: Sequence[Change], layer: Layer, *, valid_from: str | None = None,
    classified: bool = False,
) -> tuple[Batch, list[Problem]]:  # fmt: skip
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
    batch
        All changes; those that a problem names are not to be recorded.
    problems
        What is wrong, by change.
    """
    wrong: list[_Wrong] = []
    cells, content = _read_cells(changes, layer, valid_from, wrong)
    count = len(changes)
    keys = list(map(_key, zip(*(column(cells, k, count) for k in layer.key), strict=True)))
    wkb, bounds, bad = shapes.canonical([_shape(c) for c in changes], layer)
    ops = [RETIRE if c.retire else PUT for c in changes]
    valid = (column(cells, name, count) for name in _PERIOD)
    digests = list(map(record_digest, repeat(layer.name), keys, ops, *valid, content, wkb))
    batch = Batch(layer, keys, ops, [c.seen for c in changes], cells, content, wkb, bounds, digests)
    wrong += [(at, "geometry", None, "invalid_geometry", error.zh, str(error))
              for at, error in bad.items() if not changes[at].retire]  # fmt: skip
    wrong += _wrong_keys(batch)
    wrong += _wrong_rows(batch)
    wrong += [] if classified else _secrets(batch)
    wrong.sort(key=itemgetter(0))
    return batch, [Problem(at, keys[at], *about) for at, *about in wrong]


def _shape(change: Change) -> Any:
    return None if change.retire else change.row.get("geometry")


def _read_cells(
    changes: Sequence[Change], layer: Layer, valid_from: str | None, wrong: list[_Wrong]
) -> tuple[dict[str, list[Any]], list[str]]:
    """Return the columns and the content of each row; add what is wrong to a list."""
    rows = [c.row for c in changes]
    retired = [at for at, c in enumerate(changes) if c.retire]
    names = set().union(*rows).union(["valid_from"] if valid_from else []) - OWN_COLUMNS
    check, stays = checks(layer), {*layer.key, *_PERIOD}
    columns, texts = {}, []
    for name in sorted(names):
        values = [row.get(name) for row in rows]
        if name == "valid_from":
            values = [valid_from if v is None else v for v in values]
        cells, text, bad = read(name, values, check.get(name, plain))
        wrong += [(at, name, value, "bad_value", *reason) for at, value, *reason in bad]
        for at in retired if name not in stays else ():
            cells[at], text[at] = None, ""
        if any(text):
            columns[name] = cells
            texts.append(text)
    return columns, contents(texts, len(rows))


def _wrong_keys(batch: Batch) -> Iterator[_Wrong]:
    name, met = batch.layer.key[0], set[str]()
    for at, key in enumerate(batch.keys):
        if not key:
            yield at, name, None, "missing_required", "缺少编号", "the key is missing"
        elif key in met:
            yield at, name, key, "duplicate_key", "编号重复", "the key comes twice"
        met.add(key)


def _wrong_rows(batch: Batch) -> Iterator[_Wrong]:
    """Find valid times that end before they begin, and cells that must hold something."""
    layer, count = batch.layer, len(batch.keys)
    starts, ends = (column(batch.cells, name, count) for name in _PERIOD)
    for at, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start is not None and end is not None and start >= end:
            yield (at, "valid_to", end, "bad_period", f"应晚于生效日期 {start}",
                   f"must be after valid_from {start}")  # fmt: skip
    for name in (c.name for c in layer.columns if c.required and c.name not in layer.key):
        for at, cell in enumerate(column(batch.cells, name, count)):
            if cell is None and batch.ops[at] != RETIRE:
                yield at, name, None, "missing_required", "必填", "is required"


def _secrets(batch: Batch) -> Iterator[_Wrong]:
    for at, cell in enumerate(column(batch.cells, "secrecy", len(batch.keys))):
        secrecy = str(cell or batch.layer.secrecy)
        if secrecy.startswith("state_") and batch.ops[at] != RETIRE:
            words = (w.format(value=secrecy) for w in SecrecyError.REASON)
            yield at, "secrecy", secrecy, SecrecyError.code, *words


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
