"""``/search`` 查找: units and facilities by name or code."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import shapely
from fastapi import APIRouter, Query

from geoplan.errors import InputError
from geoplan.schemas.hierarchy import LEVELS
from geoplan_api.deps import TodayDep, ViewsDep

if TYPE_CHECKING:
    from datetime import date

    import numpy.typing as npt

    from geoplan.schemas import Column
    from geoplan_api.snapshot import Snapshot
    from geoplan_api.views import Views

SEARCHED: dict[str, str] = {"admin_units": "unit_code", "facilities": "facility_id"}
"""Layers that are searched by their label, and the column of the code that people know."""
_KINDS = {"admin_units": "level", "facilities": "facility_kind"}
_DIGITS = 6
_MOST_LETTERS = 80

router = APIRouter(prefix="/search", tags=["search"])


@dataclass(frozen=True, eq=False)
class _Index:
    """Names and codes of a snapshot's rows, as they are compared, with the order of ties."""

    names: npt.NDArray[np.str_]
    codes: npt.NDArray[np.str_]
    order: npt.NDArray[np.int64]
    until: pd.Series[Any] | None

    @classmethod
    def of(cls, snapshot: Snapshot, layer: str) -> _Index:
        frame, label = snapshot.frame, snapshot.view.layer.label
        steps = {name: at for at, name in enumerate(LEVELS)}
        level = frame["level"].map(steps).fillna(len(LEVELS)) if "level" in frame else 0
        order = np.full(len(frame), 0, dtype=np.int64) + np.asarray(level, dtype=np.int64)
        return cls(_plain(frame, label), _plain(frame, SEARCHED[layer]), order,
                   frame.get("valid_to"))  # fmt: skip

    def ranks(self, wanted: str, today: date) -> npt.NDArray[np.int64]:
        """Return 0 for the same name or code, 1 for a beginning, 2 for a part, 9 for no hit."""
        rank = np.full(len(self.names), 9, dtype=np.int64)
        rank[np.strings.find(self.names, wanted) >= 0] = 2
        for texts in (self.names, self.codes):
            rank[np.strings.startswith(texts, wanted)] = 1
        for texts in (self.names, self.codes):
            rank[texts == wanted] = 0
        if self.until is not None:
            closed = pd.to_datetime(self.until) <= pd.Timestamp(today)
            rank[closed.to_numpy(dtype=bool)] = 9
        return rank


_INDEXES: WeakKeyDictionary[Snapshot, _Index] = WeakKeyDictionary()


@router.get("")
def search(
    views: ViewsDep,
    today: TodayDep,
    q: Annotated[str, Query(description="名称或代码 name or code", max_length=_MOST_LETTERS)],
    limit: Annotated[int, Query(ge=1, le=100, description="最多几条 how many at most")] = 10,
) -> dict[str, Any]:
    """
    Find units and facilities: the same name first, then beginnings, then parts of names.

    Ties stand by layer, units from the city down, shorter names first. Versions of units that have
    ended are left out.
    """
    wanted = _normal(q)
    if not wanted:
        raise _nothing_asked()
    hits: list[tuple[tuple[int, int, int, int, str], str, int]] = []
    seen = [name for name in SEARCHED if name in views.names]
    for at, layer in enumerate(seen):
        snapshot = views.snapshot(layer)
        index = _INDEXES.get(snapshot)
        if index is None:
            index = _INDEXES[snapshot] = _Index.of(snapshot, layer)
        ranks = index.ranks(wanted, today)
        for row in np.flatnonzero(ranks < 9).tolist():  # noqa: PLR2004
            name = str(index.names[row])
            key = (int(ranks[row]), at, int(index.order[row]), len(name), name)
            hits.append((key, layer, row))
    hits.sort(key=lambda h: (h[0], h[2]))
    found = [_told(views, layer, row) for _, layer, row in hits[:limit]]
    return {"q": q, "numberMatched": len(hits), "results": found}


def _told(views: Views, layer: str, row: int) -> dict[str, Any]:
    snapshot = views.snapshot(layer)
    line, declared = snapshot.frame.iloc[row], snapshot.view.layer
    shape = None if snapshot.placed is None else snapshot.placed[np.array([row])][0]
    kind = declared.column(_KINDS.get(layer, ""))
    placed = shape is not None and not shape.is_empty
    return {
        "layer": layer, "layer_title": declared.zh, "id": str(snapshot.ids[row]),
        "code": _text(line.get(SEARCHED[layer])), "name": _text(line.get(declared.label)),
        "kind": _word(kind, line.get(kind.name)) if kind else "",
        "context": _context(views, line, own=layer == "admin_units"),
        "bbox": np.round(shapely.bounds(shape), _DIGITS).tolist() if placed else None,
        "point": None if shape is None or not placed else _point(shape),
        "synthetic": _synthetic(views, line),
    }  # fmt: skip


def _point(shape: shapely.Geometry) -> list[float]:
    found = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
    return [round(float(v), _DIGITS) for v in found]


def _context(views: Views, line: pd.Series[Any], *, own: bool) -> str:
    """Return the names of the units that a row lies in, the smallest first."""
    if "admin_units" not in views.names:
        return ""
    units = views.snapshot("admin_units").frame
    code, names = _text(line.get("parent_code" if own else "unit_code")), list[str]()
    while code and len(names) < len(LEVELS):
        rows = np.flatnonzero(units["unit_code"].to_numpy(dtype=object) == code)
        if not len(rows):
            break
        unit = units.iloc[int(rows[-1])]
        names.append(_text(unit.get("name")))
        code = _text(unit.get("parent_code"))
    return " · ".join(names[:2])


def _synthetic(views: Views, line: pd.Series[Any]) -> bool:
    """Return what the row says; where it says nothing, what the workspace does."""
    said = line.get("synthetic")
    return views.city.workspace.file.synthetic if said is None or pd.isna(said) else bool(said)


def _plain(frame: pd.DataFrame, column: str) -> npt.NDArray[np.str_]:
    if column not in frame:
        return np.full(len(frame), "", dtype=np.str_)
    return np.array([_normal(_text(v)) for v in frame[column]], dtype=np.str_)


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def _normal(text: str) -> str:
    """Return a text without spaces, wide letters narrow, capitals small."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _word(column: Column, value: object) -> str:
    code = _text(value)
    return next((c.zh for c in column.choices if c.code == code), code)


def _nothing_asked() -> InputError:
    return InputError(
        "Nothing to search for.", zh="没有要查找的内容。",
        fix="give q a name or a code", fix_zh="q 应为名称或代码", parameter="q",
    )  # fmt: skip
