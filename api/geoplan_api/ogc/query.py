"""What of a collection is asked for (查询参数): read, checked, and turned into rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd
import shapely
from fastapi import Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geoplan_api.ogc import crs, schemas
from geoplan_api.ogc.parameters import MOST
from geoplan_api.ogc.refusals import bad_parameter, unknown_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from geoplan.schemas import Column
    from geoplan.storage.shapes import Bounds
    from geoplan_api.columns import Columns
    from geoplan_api.ogc.collections import Collection
    from geoplan_api.snapshot import Snapshot
    from geoplan_api.views import Views

    Mask = npt.NDArray[np.bool_]

FIXED = ("f", "limit", "offset", "after", "before", "bbox", "bbox-crs", "crs", "datetime", "filter",
         "filter-lang", "filter-crs", "properties", "sortby")  # fmt: skip
"""Parameters of every collection; its columns are parameters too."""
_BEIJING = timezone(timedelta(hours=8))
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d([Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d))?", re.ASCII)
_NEAR_DEG = 0.01
_ORDERLESS = 4326  # how the filter's reader names CRS84
_TRUTH = {"true": True, "false": False, "1": True, "0": False}

CrsQuery = Annotated[str | None, Query(alias="crs", include_in_schema=False)]


class Asked(BaseModel):
    """The parameters of a request for items, as they were given; described in `parameters`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    f: Literal["json", "html", "csv", "gpkg", "fgb"] | None = None
    limit: Annotated[int | None, Field(ge=1, le=MOST)] = None
    offset: Annotated[int | None, Field(ge=0, le=10**9)] = None
    after: str | None = None
    before: str | None = None
    bbox: str | None = None
    bbox_crs: Annotated[str | None, Field(alias="bbox-crs")] = None
    crs: str | None = None
    datetime: str | None = None
    filter: str | None = None
    filter_lang: Annotated[Literal["cql2-text", "cql2-json"], Field(alias="filter-lang")] = (
        "cql2-text"
    )
    filter_crs: Annotated[str | None, Field(alias="filter-crs")] = None
    properties: str | None = None
    sortby: str | None = None


async def _asked(request: Request) -> Asked:
    try:  # at once: the framework reads each parameter by itself, which takes ten times as long
        return Asked.model_validate(dict(request.query_params))
    except ValidationError as error:
        found = [{**e, "loc": ("query", *e["loc"])} for e in error.errors()]
        raise RequestValidationError(found) from None


AskedDep = Annotated[Asked, Depends(_asked)]


@dataclass(frozen=True)
class Wanted:
    """
    What is asked for, checked.

    Parameters
    ----------
    crs
        Of the answer.
    boxes
        In longitude and latitude; None for everywhere.
    period
        First and last day; None for open.
    equal
        Values of columns, by name.
    columns
        Names to return; None for all.
    order
        Columns to sort by, each with whether it descends.
    filter, filter_lang, filter_epsg
        A CQL2 filter and the CRS of its shapes.
    """

    crs: crs.Crs
    boxes: list[shapely.Polygon] | None
    period: tuple[str | None, str | None] | None
    equal: Mapping[str, tuple[Column, Any]]
    columns: list[str] | None
    order: Sequence[tuple[str, bool]]
    filter: str | None
    filter_lang: str
    filter_epsg: int

    @property
    def everything(self) -> bool:
        """Whether all items are wanted, by id."""
        narrowed = (self.boxes, self.period, self.filter)
        return all(n is None for n in narrowed) and not self.equal and not self.order


def read(request: Request, views: Views, one: Collection, asked: Asked) -> Wanted:
    """
    Check what is asked of a collection.

    Raises
    ------
    InputError
        If a parameter is unknown or its value cannot be used.
    """
    _once(request)
    offered = crs.offered(views.city)
    named = [n for n in request.query_params if n not in FIXED]
    listed = _listed(asked.properties), _listed(asked.sortby)
    columns = _columns(views, one, {*named, *listed[0], *(n.lstrip("+-") for n in listed[1])})
    unknown = sorted({n for n in named if n not in columns})
    if unknown:
        raise unknown_parameters(unknown, (*FIXED, *columns))
    box_crs = crs.find(asked.bbox_crs, offered, "bbox-crs")
    wanted_crs = crs.find(asked.crs, offered, "crs")
    filter_crs = crs.find(asked.filter_crs, offered, "filter-crs")
    return Wanted(
        crs=wanted_crs,
        boxes=None if asked.bbox is None else crs.boxes(asked.bbox, box_crs),
        period=None if asked.datetime is None else _period(asked.datetime),
        equal={n: (columns[n], _value(columns[n], request.query_params[n])) for n in named},
        columns=None if asked.properties is None else _known(listed[0], columns, "properties"),
        order=_order(listed[1], columns),
        filter=asked.filter, filter_lang=asked.filter_lang,
        filter_epsg=_ORDERLESS if filter_crs.uri == crs.CRS84 else filter_crs.epsg,
    )  # fmt: skip


def _once(request: Request) -> None:
    """Refuse a parameter that is given twice: which one counts must not be guessed."""
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if given.count(name) > 1:
            raise bad_parameter(name, request.query_params[name], "is given twice", "重复给出",
                                fix="give it once", fix_zh="只给出一次")  # fmt: skip


def _columns(views: Views, one: Collection, named: set[str]) -> Mapping[str, Column]:
    """Return the columns that may be named; those only in the data are looked up where needed."""
    columns = schemas.declared(one)
    if one.view.undeclared and not named <= set(columns):
        columns = schemas.shown(one, one.snapshot(views).frame)
    return columns


def _listed(text: str | None) -> list[str]:
    return [p.strip() for p in (text or "").split(",") if p.strip()]


def _known(names: Sequence[str], columns: Mapping[str, Column], parameter: str) -> list[str]:
    for name in names:
        if name not in columns:
            known = ", ".join(columns)
            raise bad_parameter(parameter, name, "no such property", "没有这个字段",
                                fix=f"known are {known}", fix_zh=f"可用的有 {known}")  # fmt: skip
    return list(dict.fromkeys(names))


def _order(names: Sequence[str], columns: Mapping[str, Column]) -> list[tuple[str, bool]]:
    _known([n.lstrip("+- ") for n in names], columns, "sortby")
    return [(n.lstrip("+- "), n.startswith("-")) for n in names]


def _period(text: str) -> tuple[str | None, str | None]:
    """Return the first and the last day of an instant or interval."""
    parts = text.split("/")
    if len(parts) == 1:
        day = _day(text, text)
        return day, day
    if len(parts) != 2 or set(parts) <= {"", ".."}:  # noqa: PLR2004
        raise _bad_time(text)
    first, last = (None if p in {"", ".."} else _day(p, text) for p in parts)
    if first is not None and last is not None and first > last:
        raise _bad_time(text)
    return first, last


def _day(part: str, whole: str) -> str:
    if not _INSTANT.fullmatch(part):
        raise _bad_time(whole)
    try:
        if len(part) == 10:  # noqa: PLR2004  (a date)
            return date.fromisoformat(part).isoformat()
        moment = datetime.fromisoformat(part.upper())
        return moment.astimezone(_BEIJING).date().isoformat()
    except (ValueError, OverflowError):
        raise _bad_time(whole) from None


def _bad_time(text: str) -> Exception:
    return bad_parameter(
        "datetime", text, "no time or interval", "不是时间或时间区间",
        fix="give 2026-03-01, 2026-03-01T08:00:00Z, or an interval a/b, ../b, a/..",
        fix_zh="写作 2026-03-01、2026-03-01T08:00:00Z，或区间 a/b、../b、a/..",
    )  # fmt: skip


def _value(column: Column, text: str) -> Any:
    """
    Read what a column is to be equal to.

    Raises
    ------
    InputError
        If the column cannot hold it.
    """
    codes = [c.code for c in column.choices]
    if codes and text not in codes:
        raise _bad_value(column, text, f"one of {', '.join(codes)}", f"{'、'.join(codes)} 之一")
    if column.dtype == "bool":
        if text.lower() not in _TRUTH:
            raise _bad_value(column, text, "true or false", "true 或 false")
        return _TRUTH[text.lower()]
    if column.dtype == "date":
        if len(text) != 10 or not _INSTANT.fullmatch(text):  # noqa: PLR2004
            raise _bad_value(column, text, "a date like 2026-03-01", "日期，如 2026-03-01")
        return _stamp(column, text)
    if column.dtype in {"int", "float"}:
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not np.isfinite(number):
            raise _bad_value(column, text, "a number", "数字")
        return number
    return text


def _stamp(column: Column, text: str) -> pd.Timestamp:
    try:
        return pd.Timestamp(date.fromisoformat(text)).as_unit("s")
    except (ValueError, OverflowError):
        raise _bad_value(column, text, "a date like 2026-03-01", "日期，如 2026-03-01") from None


def _bad_value(column: Column, text: str, want: str, want_zh: str) -> Exception:
    return bad_parameter(column.name, text, f"must be {want}", f"应为{want_zh}",
                         fix="correct the value", fix_zh="改正该值")  # fmt: skip


def bounds(one: Collection, wanted: Wanted) -> Bounds | None:
    """
    Return a box that holds all wanted items; None if open.

    Rough shapes may reach beyond the records they are made of, by less than a kilometre. A filter
    may name columns that only some other record has, so it needs the whole.
    """
    if wanted.boxes is None or len(wanted.boxes) != 1 or wanted.filter is not None:
        return None
    west, south, east, north = wanted.boxes[0].bounds
    more = _NEAR_DEG if one.view.public else 0.0
    return west - more, south - more, east + more, north + more


def rows(snapshot: Snapshot, wanted: Wanted) -> npt.NDArray[np.intp]:
    """Return the rows that are wanted, by id, or as asked."""
    shown = np.ones(len(snapshot.ids), dtype=bool)
    if wanted.boxes is not None:
        shown &= _inside(snapshot, wanted.boxes)
    if wanted.period is not None:
        shown &= _valid(snapshot.columns, *wanted.period)
    for name, (column, value) in wanted.equal.items():
        shown &= _equal(snapshot.columns, column, name, value)
    if wanted.filter is not None:
        from geoplan_api.ogc.cql2 import mask

        shown &= mask(wanted.filter, wanted.filter_lang, snapshot, filter_epsg=wanted.filter_epsg)
    by_id = order(snapshot)
    found = by_id[shown[by_id]]
    return _sorted(snapshot.columns, found, wanted.order) if wanted.order else found


def order(snapshot: Snapshot) -> npt.NDArray[np.intp]:
    """Return the rows of a snapshot by id."""
    kept = snapshot.__dict__
    if "_by_id" not in kept:
        ids = snapshot.ids.tolist()
        kept["_by_id"] = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.intp)
    found: npt.NDArray[np.intp] = kept["_by_id"]
    return found


def _inside(snapshot: Snapshot, boxes: list[shapely.Polygon]) -> Mask:
    out = np.zeros(len(snapshot.ids), dtype=bool)
    if snapshot.placed is not None:
        for box in boxes:
            near = snapshot.meeting(box.bounds)
            out[near[shapely.intersects(snapshot.placed[near], box)]] = True
    return out


def _valid(columns: Columns, first: str | None, last: str | None) -> Mask:
    """Tell which rows are valid on some day of a period, if only until the day before their end."""
    out = np.ones(columns.count, dtype=bool)
    if last is not None and "valid_from" in columns:
        starts = columns.series("valid_from")
        out &= (starts.isna() | (starts <= pd.Timestamp(last))).to_numpy(dtype=bool)
    if first is not None and "valid_to" in columns:
        ends = columns.series("valid_to")
        out &= (ends.isna() | (ends > pd.Timestamp(first))).to_numpy(dtype=bool)
    return out


def _equal(columns: Columns, column: Column, name: str, value: Any) -> Mask:
    if name not in columns:
        return np.zeros(columns.count, dtype=bool)
    cells = columns.series(name)
    if column.dtype == "set":
        holds = (";" + cells.fillna("").astype(str) + ";").str.contains(f";{value};", regex=False)
        return np.asarray(holds, dtype=bool)
    if cells.dtype == object:  # of no declaration
        cells = cells.map(str, na_action="ignore")
    return np.asarray((cells == value).fillna(value=False), dtype=bool)


def _sorted(
    columns: Columns, found: npt.NDArray[np.intp], by: Sequence[tuple[str, bool]]
) -> npt.NDArray[np.intp]:
    """Sort stably by several columns, the first counts most; empty cells come last."""
    for name, descending in reversed(by):
        if name not in columns:
            continue
        cells = columns.series(name).iloc[found].reset_index(drop=True)
        if cells.dtype == object:
            cells = cells.map(str, na_action="ignore")
        places = cells.sort_values(ascending=not descending, kind="stable", na_position="last")
        found = found[places.index.to_numpy()]
    return found
