"""One layer of the registry (登记图层): its records now, as known then, and their history."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from geoplan.storage.current import CurrentTable, Row, row_of
from geoplan.storage.timeline import holding, newest
from geoplan.storage.transactions import BEIJING, utc_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd

    from geoplan.schemas import Layer
    from geoplan.storage.backend import Backend, Session
    from geoplan.storage.current import Span
    from geoplan.storage.shapes import Bounds
    from geoplan.storage.timeline import Newest


class Repository:
    """
    Reads one layer of a registry; `Registry.write` changes it.

    Parameters
    ----------
    backend
        The database.
    layer
        The declaration.
    table
        The current-state table.
    """

    def __init__(self, backend: Backend, layer: Layer, table: CurrentTable) -> None:
        self._backend, self.layer, self._table = backend, layer, table

    def rows(
        self,
        *,
        valid_on: date | None = None,
        known_on: datetime | date | None = None,
        bbox: Bounds | None = None,
        key: str | None = None,
    ) -> list[Row]:
        """
        Return records as plain rows; see `frame`.

        Returns
        -------
        rows
            By key.
        """
        with self._backend.reading() as session:
            if valid_on is None and known_on is None:
                return list(self._table.read(session, bbox=bbox, key=key))
            tx, day = _moment(session, valid_on, known_on)
            found = [row_of(h) for h in holding(session, self.layer.name, day=day, tx=tx)]
        return found if bbox is None else _inside(found, bbox)

    def frame(
        self,
        *,
        valid_on: date | None = None,
        known_on: datetime | date | None = None,
        bbox: Bounds | None = None,
        key: str | None = None,
    ) -> pd.DataFrame:
        """
        Return records as a frame: the current state, or as known then about a day.

        Parameters
        ----------
        valid_on
            The day that is asked about; the day of ``known_on`` if only that is given.
        known_on
            What had been recorded up to this time; a plain date counts to its end, Beijing time.
            Everything, if not given.
        bbox
            West, south, east, north in degrees: only records whose box meets it.
        key
            Of the current state, only the record of this key.

        Returns
        -------
        frame
            Declared columns, columns kept beside them, ``row_version``; EPSG:4490 where the layer
            has a geometry. By key.
        """
        from geoplan.storage.frames import of_columns, to_frame

        if valid_on is None and known_on is None:
            return of_columns(self.columns(bbox=bbox, key=key), self.layer)
        return to_frame(self.rows(valid_on=valid_on, known_on=known_on, bbox=bbox), self.layer)

    def changed(self, after: int, *, most: int) -> list[str] | None:
        """Return the keys with a version after one of `Registry.state`; None if over ``most``."""
        # by an expression: else the index by layer is walked, from the first version on
        sql = ("SELECT DISTINCT key FROM registry_versions WHERE id > ? AND layer || '' = ? "
               "LIMIT ?")  # fmt: skip
        with self._backend.reading() as session:
            found = session.rows(sql, (after, self.layer.name, most + 1))
        return None if len(found) > most else [str(row[0]) for row in found]

    def columns(
        self, *, bbox: Bounds | None = None, key: str | None = None,
        keys: Sequence[str] | None = None,
    ) -> dict[str, Sequence[Any]]:  # fmt: skip
        """
        Return the current state column by column, as it is kept; see `frame`.

        Of ``keys``, a few, those that there are.

        Returns
        -------
        columns
            Declared ones; ``geometry`` as WKB; ``row_version``; ``extra``, the cells that no
            declaration knows, as JSON.
        """
        with self._backend.reading() as session:
            return self._table.columns(session, bbox=bbox, key=key, keys=keys)

    def page(self, span: Span) -> tuple[dict[str, Sequence[Any]], int] | None:
        """
        Return a span of the current state as `columns` does, and how many records there are in all.

        None where the store does not order keys by their characters, or they are not one column.
        """
        if not self._backend.orders_by_character or len(self.layer.key) != 1:
            return None
        with self._backend.reading() as session:
            found = self._table.columns(session, span=span)
            return found, self._table.count(session, span._replace(after=None))

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the current record of a key, with ``geometry`` (WKB) and ``row_version``."""
        with self._backend.reading() as session:
            for row in self._table.read(session, key=key):
                shape = {"geometry": row.wkb} if self.layer.geometry else {}
                return {**row.cells, **shape, "row_version": row.row_version}
        return None

    def history(self, key: str) -> pd.DataFrame:
        """
        Return every version of a record, in the order recorded.

        Parameters
        ----------
        key
            Its key.

        Returns
        -------
        versions
            One row per version: tx, recorded_at, who, why, document, source, op (put, retire),
            then the cells it had; ``geometry`` as WKT.
        """
        import pandas as pd
        import shapely

        sql = (
            "SELECT t.tx, t.recorded_at, t.who, t.why, t.document, t.source, v.op, v.content, "
            "v.geom FROM registry_versions v JOIN registry_transactions t ON t.tx = v.tx "
            "WHERE v.layer = ? AND v.key = ? ORDER BY v.tx"
        )
        with self._backend.reading() as session:
            found = session.rows(sql, (self.layer.name, key))
        names = ["tx", "recorded_at", "who", "why", "document", "source", "op"]
        rows = []
        for *about, content, wkb in found:
            shape = {} if wkb is None else {"geometry": shapely.to_wkt(shapely.from_wkb(wkb))}
            rows.append({**dict(zip(names, about, strict=True)), **json.loads(content), **shape})
        own = [n for n in (*self.layer.names, "geometry") if any(n in r for r in rows)]
        more = sorted({n for r in rows for n in r} - {*names, *own})
        return pd.DataFrame(rows, columns=[*names, *own, *more])

    def count(self) -> int:
        """Return the number of current records."""
        if not self._table.exists:
            return 0
        with self._backend.reading() as session:
            return int(session.rows(f'SELECT count(*) FROM "{self.layer.name}"')[0][0])

    def newest(self) -> dict[str, Newest]:
        """Return the newest version of every key ever recorded, retired ones included."""
        with self._backend.reading() as session:
            return newest(session, self.layer.name)

    @property
    def imported(self) -> bool:
        """Whether anything was ever recorded: then the store is the truth, not a file."""
        sql = "SELECT 1 FROM registry_versions WHERE layer = ? LIMIT 1"
        with self._backend.reading() as session:
            return bool(session.rows(sql, (self.layer.name,)))


def _moment(
    session: Session, valid_on: date | None, known_on: datetime | date | None
) -> tuple[int, str]:
    """Return the last transaction known, and the day asked about."""
    if known_on is None:
        rows = session.rows("SELECT max(tx) FROM registry_transactions")
    else:
        rows = session.rows("SELECT max(tx) FROM registry_transactions WHERE recorded_at <= ?",
                            (utc_text(known_on),))  # fmt: skip
    tx = int(rows[0][0] or 0)
    day: Any = known_on if valid_on is None else valid_on
    if isinstance(day, datetime):
        day = day.astimezone(BEIJING).date()
    return tx, day.isoformat()


def _inside(rows: Sequence[Row], bbox: Bounds) -> list[Row]:
    import numpy as np
    import shapely

    west, south, east, north = bbox
    boxes = shapely.bounds(shapely.from_wkb(np.array([r.wkb for r in rows], dtype=object)))
    meets = (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= north)
    meets &= boxes[:, 3] >= south
    return [row for row, inside in zip(rows, meets, strict=True) if inside]
