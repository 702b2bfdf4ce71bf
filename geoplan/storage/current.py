"""The current-state table of a layer (现状表): what QGIS opens, derived from the versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from geoplan.storage import shapes
from geoplan.storage.records import key_of
from geoplan.storage.timeline import Held, chunks, holding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from geoplan.schemas import Layer
    from geoplan.storage.backend import Backend, Session


class Row(NamedTuple):
    """One record: its cells without empty ones, its shape, the number of its newest version."""

    cells: dict[str, Any]
    wkb: bytes | None
    row_version: int | None


class Span(NamedTuple):
    """
    Some records, by key: those of some classes of secrecy, behind a key, so many.

    ``silent`` tells whether records that say no class are among them.
    """

    classes: Sequence[str]
    silent: bool
    after: str | None = None
    offset: int = 0
    limit: int = -1

    def where(self, key: str) -> tuple[str, list[Any]]:
        """Return the condition, and its values."""
        said = f"secrecy IN ({', '.join('?' * len(self.classes))})"
        if self.silent:
            said = f"({said} OR secrecy IS NULL OR secrecy = '')"
        if self.after is None:
            return said, [*self.classes]
        return f'{said} AND "{key}" > ?', [*self.classes, self.after]


class Rows(NamedTuple):
    """Records column by column, as they are put: each has one entry per record."""

    cells: dict[str, list[Any]]
    wkb: Sequence[bytes | None]
    bounds: shapes.Boxes
    row_versions: Sequence[int]

    def at(self, places: Sequence[int]) -> Rows:
        """Return those at some places."""
        if len(places) == len(self.wkb):
            return self
        return Rows(
            {name: [cells[at] for at in places] for name, cells in self.cells.items()},
            [self.wkb[at] for at in places],
            self.bounds[places],
            [self.row_versions[at] for at in places],
        )


class CurrentTable:
    """
    Reads and writes the current-state table of one layer.

    Parameters
    ----------
    backend
        The database.
    layer
        The declaration.
    there
        Columns that the table has; a store that may only be read can lack new ones.
    """

    def __init__(self, backend: Backend, layer: Layer, there: Sequence[str]) -> None:
        self._backend, self.layer = backend, layer
        self._names = [n for n in layer.names if n in there]
        self._declared = frozenset(self._names)
        self._flags = [c.name for c in layer.columns if c.dtype == "bool"]
        self._dates = [c.name for c in layer.columns if c.dtype == "date"]
        self.exists = bool(self._names)
        keys = ", ".join(f'"{k}"' for k in layer.key)
        own = [f'"{n}"' for n in self._names if n not in layer.key] + ["extra", "row_version"]
        own += ["geom"] if layer.geometry else []
        self._replace = (
            f"ON CONFLICT ({keys}) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in own)}"
        )
        same = " AND ".join(f'"{k}" = ?' for k in layer.key)
        self._drop = f'DELETE FROM "{layer.name}" WHERE {same}'
        shape_out = backend.shape_out if layer.geometry else "NULL"
        head = [f'"{n}"' for n in self._names] + ["extra", "row_version", shape_out]
        self._read = f'SELECT {", ".join(head)} FROM "{layer.name}"'
        self._same, self._order = same, f" ORDER BY {keys}"

    def put(self, session: Session, rows: Rows) -> None:
        """
        Insert rows, or replace those of the same key.

        Columns in which no row holds anything are not named: they are empty without.
        """
        if not rows.wkb:
            return
        columns: dict[str, Sequence[Any]] = {
            f'"{n}"': rows.cells[n] for n in self._names if n in rows.cells
        }
        more = {n: cells for n, cells in rows.cells.items() if n not in self._declared}
        if more:
            columns["extra"] = _texts(more)
        columns["row_version"] = rows.row_versions
        places = ["?"] * len(columns)
        if self.layer.geometry:
            columns["geom"] = self._backend.outward(rows.wkb, rows.bounds, self.layer)
            places.append(self._backend.shape_in)
        insert = (f'INSERT INTO "{self.layer.name}" ({", ".join(columns)}) '
                  f"VALUES ({', '.join(places)}) {self._replace}")  # fmt: skip
        keys = [rows.cells[k] for k in self.layer.key]
        self._backend.put(session, self.layer, insert, [*columns.values()], rows.bounds, keys)

    def drop(self, session: Session, keys: Iterable[str]) -> None:
        """Delete the rows of these keys, where they are."""
        session.many(self._drop, (key.split("\x1f") for key in keys))

    def read(
        self, session: Session, *, key: str | None = None, bbox: shapes.Bounds | None = None
    ) -> Iterator[Row]:
        """Return all rows by key, one row, or the rows whose box meets a box."""
        if not self.exists:
            return
        if key is not None:
            found = session.rows(f"{self._read} WHERE {self._same}", key.split("\x1f"))
        elif bbox is not None and self.layer.geometry:
            near = self._backend.near(self.layer)
            found = session.rows(f"{self._read} WHERE {near}{self._order}", bbox)
        else:
            found = session.rows(self._read + self._order)
        for values in found:
            yield self._row(values)

    def columns(
        self, session: Session, *, key: str | None = None, bbox: shapes.Bounds | None = None,
        span: Span | None = None, keys: Sequence[str] | None = None,
    ) -> dict[str, Sequence[Any]]:  # fmt: skip
        """
        Return what `read` gives, column by column; ``geometry`` as WKB, ``extra`` as text.

        Or the records of a span; then the layer's key is one column.
        """
        names = (*self._names, "extra", "row_version", "geometry")
        if not self.exists:
            return dict.fromkeys(names, ())
        where, values, end = "", tuple[Any, ...](), ""
        if span is not None:
            said, given = span.where(*self.layer.key)
            where, end = f" WHERE {said}", " LIMIT ? OFFSET ?"
            values = (*given, span.limit, span.offset)
        elif key is not None:
            where, values = f" WHERE {self._same}", tuple(key.split("\x1f"))
        elif bbox is not None and self.layer.geometry:
            where, values = f" WHERE {self._backend.near(self.layer)}", bbox
        if keys is not None:
            one = f"{self._read} WHERE {self._same}"
            found = [row for k in keys for row in session.rows(one, k.split("\x1f"))]
        else:
            found = session.rows(f"{self._read}{where}{self._order}{end}", values)
        cells = zip(*found, strict=True) if found else [()] * len(names)
        out: dict[str, Sequence[Any]] = dict(zip(names, cells, strict=True))
        out["geometry"] = self._backend.wkb(out["geometry"])
        return out

    def count(self, session: Session, span: Span) -> int:
        """Return how many records a span has, if it had no end."""
        said, values = span.where(*self.layer.key)
        sql = f'SELECT count(*) FROM "{self.layer.name}" WHERE {said}'
        return int(session.rows(sql, values)[0][0]) if self.exists else 0

    def _row(self, values: tuple[Any, ...]) -> Row:
        *own, more, row_version, shape = values
        cells = {n: v for n, v in zip(self._names, own, strict=True) if v is not None and v != ""}
        for name in self._flags:
            if name in cells:
                cells[name] = bool(cells[name])
        for name in self._dates:
            if name in cells:
                cells[name] = str(cells[name])[:10]
        if more:
            cells |= extra(more)
        return Row(cells, shapes.inward(self._backend.wkb([shape])[0]), row_version)

    def settle(self, session: Session, day: str, keys: Sequence[str] | None = None) -> int:
        """Derive the rows of these keys (all, if None) on a day; return how many were looked at."""
        held = holding(session, self.layer.name, day=day, keys=keys)
        if keys is None:
            session.run(f'DELETE FROM "{self.layer.name}"')
        else:
            there = {h.key for h in held}
            self.drop(session, [k for k in keys if k not in there])
        for some in chunks(held):
            self.put(session, _rows(some))
        return len(held) if keys is None else len(keys)


def row_of(held: Held) -> Row:
    """Return a version as a row."""
    return Row(json.loads(held.content), held.wkb, held.newest)


def _rows(held: Sequence[Held]) -> Rows:
    cells = [json.loads(h.content) for h in held]
    wkb = [h.wkb for h in held]
    return Rows(
        {name: [c.get(name) for c in cells] for name in dict.fromkeys(n for c in cells for n in c)},
        wkb, shapely.bounds(shapely.from_wkb(np.array(wkb, dtype=object))),
        [h.newest for h in held],
    )  # fmt: skip


def differences(held: Row | None, found: Row | None, layer: Layer) -> list[tuple[str, str, str]]:
    """Return (column, recorded, found) for each cell in which two states of a record differ."""
    if held is None or found is None:
        there = held or found
        key = "" if there is None else key_of(there.cells, layer)
        return [("", key if held else "", key if found else "")]
    out = [
        (name, _shown(held.cells.get(name)), _shown(found.cells.get(name)))
        for name in dict.fromkeys((*held.cells, *found.cells))
        if held.cells.get(name) != found.cells.get(name)
    ]
    if held.wkb != found.wkb:
        out.append(("geometry", _wkt(held.wkb), _wkt(found.wkb)))
    if held.row_version != found.row_version:
        out.append(("row_version", _shown(held.row_version), _shown(found.row_version)))
    return out


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _wkt(wkb: bytes | None) -> str:
    return "" if wkb is None else str(shapely.to_wkt(shapely.from_wkb(wkb), rounding_precision=9))


def _texts(columns: dict[str, list[Any]]) -> list[str | None]:
    """Return what each row has in columns that no declaration knows, as one text."""
    rows = ({n: v for n, v in zip(columns, cells, strict=True) if v is not None}
            for cells in zip(*columns.values(), strict=True))  # fmt: skip
    return [json.dumps(r, ensure_ascii=False, sort_keys=True) if r else None for r in rows]


def extra(text: str) -> dict[str, Any]:
    """Return the cells of a row that no declaration knows, from their text."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"extra": text}  # edited by another program
