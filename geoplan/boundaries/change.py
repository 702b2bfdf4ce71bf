"""
Division changes (行政区划变更, RULES §5.9) as a small table, and the units after them.

Land only moves: what one unit loses another gains, and so do the units above both. Every unit that
changes gets a new version from the day of effect; the old one is closed, never overwritten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import shapely

from geoplan.boundaries.notes import each
from geoplan.boundaries.unit_versions import COUNTS, Book
from geoplan.errors import InputError, MissingColumnsError, UnknownIdError
from geoplan.schemas.hierarchy import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

KINDS: dict[str, str] = {
    "transfer": "划转", "merge": "合并", "split": "拆分", "create": "设立", "abolish": "撤销",
    "rename": "更名", "upgrade": "升格",
}  # fmt: skip
"""Kinds of change (UN SALB's vocabulary) and their Chinese names."""
_COLUMNS = ("change_id", "kind", "from_codes", "effective_on")
_OPENS = ("merge", "split", "create")
_CLOSES = ("merge", "split", "abolish")
_WHOLE = 1e-6  # share of a child's area that may lie on the wrong side of a cut


def codes_in(cell: Any) -> tuple[str, ...]:
    """Return the codes in a ``;``-joined cell; none where it is missing."""
    words = cell.split(";") if isinstance(cell, str) else ()
    return tuple(w.strip() for w in words if w.strip())


class _Row(NamedTuple):
    change_id: str
    kind: str
    donors: tuple[str, ...]
    receivers: tuple[str, ...]
    part: Any
    name: str
    unit_kind: str
    parent: str


def apply_changes(
    admin_units: gpd.GeoDataFrame, changes: pd.DataFrame, *, tolerance_m2: float = 1.0
) -> gpd.GeoDataFrame:
    """
    Return the units with all their versions after changes.

    Parameters
    ----------
    admin_units
        Columns ``unit_code``, ``name``, ``level``, ``parent_code`` and what else the layer has;
        one open version of each code; any CRS. Units without geometry are changed in name only.
    changes
        One row per change, or several with one ``change_id``; in the CRS of the units where it has
        geometry. ``kind`` (`KINDS`), ``from_codes`` and ``to_codes`` (``;``-joined),
        ``effective_on``; ``name``, ``unit_kind``, ``parent_code`` of a new or changed unit:

        - *transfer* with geometry: that part of the from-units goes to the to-unit; units below
          that lie in it go along. Without: whole from-units get the to-unit as their parent.
        - *merge*: the from-units become the to-unit, a new one or one of them.
        - *split*: one row per to-unit with its extent; one row may have none and takes the rest.
        - *create*: a new to-unit out of that part of the from-units.
        - *abolish*: the from-unit's land goes to the to-unit, or by rows with geometry to several.
        - *rename*, *upgrade*: new ``name`` and ``unit_kind``; a to-unit where the code changes.
    tolerance_m2
        Land that may be missing or left over at a cut. [P]

    Returns
    -------
    units
        Old rows, those that changed closed with ``valid_to``, then the new versions; index reset.
        Numbers of people are carried along where whole units move, and missing where a unit was
        cut. Use `unit_versions.valid_on` for one day.

    Raises
    ------
    MissingColumnsError
        If a column is absent.
    UnknownIdError
        If a kind or a code does not exist.
    InputError
        If a part is not the giving units' land (or given away twice), land of a closed unit is
        left over, nothing is left of one that goes on, a unit below is cut through, the levels of
        the units do not fit, or a code, name, date or receiver is missing.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> units = gpd.GeoDataFrame({"unit_code": ["a", "b"], "name": ["甲镇", "乙镇"],
    ...     "level": "township", "parent_code": "c", "population": [100, 50]},
    ...     geometry=[shapely.box(450000, 3500000, 451000, 3501000),
    ...               shapely.box(451000, 3500000, 452000, 3501000)], crs="EPSG:4547")
    >>> merger = pd.DataFrame({"change_id": ["1"], "kind": "merge", "from_codes": "a;b",
    ...                        "to_codes": "b", "effective_on": "2026-01-01"})
    >>> after = apply_changes(units, merger)
    >>> after.loc[after["valid_to"].isna(), ["unit_code", "population"]].values.tolist()
    [['b', 150]]
    """
    missing = set(_COLUMNS) - set(changes.columns)
    if missing:
        raise MissingColumnsError.for_layer("changes", missing, changes.columns)
    book = Book(admin_units)
    table = changes.assign(day=pd.to_datetime(changes["effective_on"]))
    if table["day"].isna().any():
        lacks = table.loc[table["day"].isna(), "change_id"]
        raise _incomplete(str(lacks.iloc[0]), "effective_on", "生效日期")
    table = table.sort_values("day", kind="stable")
    for _, rows in table.groupby(["day", "change_id"], sort=False):
        _enter(book, [_read(r) for r in each(rows)], rows["day"].iloc[0], tolerance_m2)
    book.share_vertices()
    return book.frame(admin_units)


def _read(row: Any) -> _Row:
    def word(name: str) -> str:
        value = getattr(row, name, "")
        return "" if value is None or pd.isna(value) else str(value).strip()

    if row.kind not in KINDS:
        raise UnknownIdError.among("kind of change", "变更类型", row.kind, KINDS)

    donors, receivers = codes_in(word("from_codes")), codes_in(word("to_codes"))
    if not donors:
        raise _incomplete(word("change_id"), "from_codes", "变更前单元代码")
    part = getattr(row, "geometry", None)
    return _Row(word("change_id"), row.kind, donors, receivers,
                None if part is None or part.is_empty else part,
                word("name"), word("unit_kind"), word("parent_code"))  # fmt: skip


def _enter(book: Book, rows: list[_Row], on: pd.Timestamp, tolerance_m2: float) -> None:
    kind = rows[0].kind
    for code in {d for r in rows for d in r.donors}:
        book.known(code)
    if kind in {"rename", "upgrade"}:
        for row in rows:
            _retitle(book, row, on)
        return
    for row in rows:
        _receiver(book, row, on)
    if kind == "transfer" and all(r.part is None for r in rows):
        for row in rows:
            _affiliate(book, row, on)
        return
    _require_one_level(book, rows)
    for row in sorted(rows, key=lambda r: r.part is None):  # the rest comes last
        _move(book, row, on, tolerance_m2)
    if kind in _CLOSES:
        _close(book, rows, on, tolerance_m2)
    else:
        _require_land(book, rows, tolerance_m2)


def _require_one_level(book: Book, rows: list[_Row]) -> None:
    """Refuse land that goes from one level to another."""
    for row in rows:
        for code in row.donors:
            a, b = book.row(code)["level"], book.row(row.receivers[0])["level"]
            if a != b:
                raise _other_level(row.change_id, (code, a), (row.receivers[0], b))


def _require_land(book: Book, rows: list[_Row], tolerance_m2: float) -> None:
    """Refuse to leave nothing of a unit that goes on."""
    for code in dict.fromkeys(d for r in rows for d in r.donors):
        if book.area_m2(book.shape(code)) <= tolerance_m2:
            raise _emptied(code)


def _receiver(book: Book, row: _Row, on: pd.Timestamp) -> None:
    if len(row.receivers) != 1:
        raise _incomplete(row.change_id, "to_codes", "变更后单元代码（每行一个）")
    if row.kind in _OPENS and row.receivers[0] not in book.place:
        _open(book, row, on)
    book.known(row.receivers[0])


def _close(book: Book, rows: list[_Row], on: pd.Timestamp, tolerance_m2: float) -> None:
    """Close the giving units that do not go on; nothing of them may be left."""
    stay = {r.receivers[0] for r in rows}
    for code in dict.fromkeys(d for r in rows for d in r.donors):
        if code in stay:
            continue
        left_m2 = book.area_m2(book.shape(code))
        if left_m2 > tolerance_m2:
            raise _left_over(code, left_m2)
        book.close(code, on)


def _open(book: Book, row: _Row, on: pd.Timestamp) -> None:
    like = book.row(row.donors[0])
    if not row.name:
        raise _incomplete(row.change_id, "name", "新单元名称")
    cells = {"name": row.name, "parent_code": row.parent or like["parent_code"]}
    if "kind" in book.columns and row.unit_kind:
        cells["kind"] = row.unit_kind
    book.open(row.receivers[0], like, on, **cells)


def _retitle(book: Book, row: _Row, on: pd.Timestamp) -> None:
    """Change name, kind or code of a unit; its land stays."""
    code = row.donors[0]
    if not (row.name or row.unit_kind or row.receivers):
        raise _incomplete(row.change_id, "name", "新名称")
    unit = book.touch(code, on)
    unit["name"] = row.name or unit["name"]
    if "kind" in book.columns and row.unit_kind:
        unit["kind"] = row.unit_kind
    if row.receivers and row.receivers[0] != code:
        new, shape = row.receivers[0], book.shape(code)
        counts = {c: unit[c] for c in COUNTS if c in book.columns}
        book.open(new, unit, on, **counts)
        book.shapes[book.place[new]] = shape
        for child in book.children(code):
            book.touch(child, on)["parent_code"] = new
        book.close(code, on)


def _affiliate(book: Book, row: _Row, on: pd.Timestamp) -> None:
    """Give whole units another parent; the land of those above goes along."""
    receiver = row.receivers[0]
    for code in row.donors:
        unit, parent = book.row(code), book.row(code)["parent_code"]
        above = book.row(parent if parent in book.place else receiver)["level"]
        found = book.row(receiver)["level"]
        if found != above or LEVELS.index(found) >= LEVELS.index(unit["level"]):
            raise _other_level(row.change_id, (code, unit["level"]), (receiver, found))
        if parent in book.place:
            counts = {c: unit[c] for c in COUNTS if c in book.columns}
            book.give(book.shape(code), str(parent), receiver, on, counts)
        book.touch(code, on)["parent_code"] = receiver


def _move(book: Book, row: _Row, on: pd.Timestamp, tolerance_m2: float) -> None:
    receiver = row.receivers[0]
    donors = [d for d in row.donors if d != receiver]
    if row.part is not None:
        land = shapely.union_all([book.shape(d) for d in donors])
        outside_m2 = book.area_m2(shapely.difference(row.part, land))
        if outside_m2 > tolerance_m2:
            raise _not_theirs(row, outside_m2)
    for donor in donors:
        whole = book.shape(donor)
        part = whole if row.part is None else shapely.intersection(row.part, whole)
        below = _below(book, donor, part, whole=row.part is None)
        part = part if row.part is None else _along(book, part, below)
        counts = _moved_counts(book, donor, below, part, whole=row.part is None)
        same_level = book.row(donor)["level"] == book.row(receiver)["level"]
        book.give(part, donor, receiver, on, counts)
        for child in below if same_level else []:
            book.touch(child, on)["parent_code"] = receiver


def _below(book: Book, donor: str, part: Any, *, whole: bool) -> list[str]:
    """Return the units below that go along; refuse to cut through one."""
    children = book.children(donor)
    if whole:
        return children
    out = []
    for child in children:
        shape = book.shape(child)
        if shape.is_empty:
            continue
        share = shapely.area(shapely.intersection(shape, part)) / shapely.area(shape)
        if share > 1.0 - _WHOLE:
            out.append(child)
        elif share > _WHOLE:
            raise _cut_through(donor, child, share)
    return out


def _along(book: Book, part: Any, below: list[str]) -> Any:
    """Return the part cut along the units below that fill it, where they do."""
    if not below:
        return part
    filled = shapely.union_all([book.shape(c) for c in below])
    off = shapely.area(shapely.symmetric_difference(part, filled))
    return filled if off <= _WHOLE * shapely.area(filled) else part


def _moved_counts(
    book: Book, donor: str, below: Iterable[str], part: Any, *, whole: bool
) -> dict[str, Any] | None:
    """Return the people that move: of the whole unit, or of units below that fill the part."""
    columns = [c for c in COUNTS if c in book.columns]
    if whole:
        return {c: book.row(donor)[c] for c in columns}
    below = list(below)
    filled = sum(shapely.area(book.shape(c)) for c in below)
    if not below or abs(filled - shapely.area(part)) > _WHOLE * shapely.area(part):
        return None
    rows = [book.row(c) for c in below]
    return {c: sum(r[c] for r in rows) if not any(pd.isna(r[c]) for r in rows) else None
            for c in columns}  # fmt: skip


def _incomplete(change_id: str, column: str, zh: str) -> InputError:
    return InputError(
        f"Change {change_id!r} lacks {column}.", zh=f"变更“{change_id}”缺少{zh}（{column}）。",
        fix=f"fill in {column}", fix_zh=f"填写{zh}", change_id=change_id, column=column,
    )  # fmt: skip


def _other_level(change_id: str, giver: tuple[str, str], taker: tuple[str, str]) -> InputError:
    return InputError(
        f"Change {change_id!r}: {giver[0]!r} is a {giver[1]}, {taker[0]!r} a {taker[1]}.",
        zh=f"变更“{change_id}”：“{giver[0]}”是 {giver[1]}，“{taker[0]}”是 {taker[1]}，级别不符。",
        fix="land goes between units of one level; a whole unit goes to one of its parent's level",
        fix_zh="土地在同级单元之间划转；整个单元划归与其上级同级的单元",
        change_id=change_id, giver=giver[0], receiver=taker[0],
    )  # fmt: skip


def _emptied(code: str) -> InputError:
    return InputError(
        f"Nothing is left of {code!r}, which goes on.", zh=f"“{code}”没有土地了，却仍然保留。",
        fix="enter a merger or an abolition instead", fix_zh="改为合并或撤销", unit_code=code,
    )  # fmt: skip


def _not_theirs(row: _Row, outside_m2: float) -> InputError:
    donors = ", ".join(row.donors)
    return InputError(
        f"{outside_m2:,.1f} m² of the part for {row.receivers[0]!r} are not land of {donors}, "
        "or were given away already.",
        zh=f"划给“{row.receivers[0]}”的范围有 {outside_m2:,.1f} 平方米不在 {donors} 内，或已划出。",
        fix="draw the part within the giving units; parts of one change must not overlap",
        fix_zh="范围应在划出单元之内；同一变更的各部分不得重叠",
        receiver=row.receivers[0], area_m2=outside_m2,
    )  # fmt: skip


def _left_over(code: str, left_m2: float) -> InputError:
    return InputError(
        f"{left_m2:,.1f} m² of {code!r} go to nobody when it is closed: a hole in the map.",
        zh=f"“{code}”撤销后有 {left_m2:,.1f} 平方米无归属，图上留下空洞。",
        fix="add a row without geometry that takes the rest",
        fix_zh="增加一行不带范围的记录接收其余部分", unit_code=code, area_m2=left_m2,
    )  # fmt: skip


def _cut_through(donor: str, child: str, share: float) -> InputError:
    return InputError(
        f"The part of {donor!r} cuts through {child!r} below it ({share:.1%} of it inside).",
        zh=f"“{donor}”划出的范围切开了下级单元“{child}”（其 {share:.1%} 在内）。",
        fix="enter the change at the lower level: transfer that part of the lower unit first",
        fix_zh="先在下级登记：把下级单元的该部分划出", donor=donor, child=child, share=share,
    )  # fmt: skip
