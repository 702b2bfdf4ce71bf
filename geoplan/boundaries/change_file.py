"""
A division change as people write it (变更文件): TOML or JSON, read whole or refused with reasons.

The tables of the file are rows of `geoplan.boundaries.change.apply_changes`; a GeoJSON collection
drawn in a GIS serves as well, its properties being the cells.
"""

from __future__ import annotations

import difflib
import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError

from geoplan import crs as _crs
from geoplan.boundaries.change import KINDS
from geoplan.boundaries.change_approval import DOSSIER, FACTS
from geoplan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COLUMNS = ("change_id", "kind", "from_codes", "to_codes", "effective_on", "name", "unit_kind",
           "parent_code")  # fmt: skip
"""Cells of a row beside its ``geometry``."""
_TOP = ("title", "crs", "approved_on", "extended", "effective_on", "documents", *FACTS, "changes")
_OF_GEOJSON = ("type", "name", "features", "bbox", "xy_coordinate_resolution")
_DEGREES = 180.0
_SHOWN = 8


class Change(NamedTuple):
    """
    A change that can be entered.

    ``rows`` are those of `apply_changes`, with their geometry in the CRS of the file; ``facts``
    and ``documents`` go to `approvals` and `dossier`, ``approved_on`` and ``extended`` to
    `deadlines`.
    """

    title: str
    rows: gpd.GeoDataFrame
    approved_on: date | None
    extended: bool
    facts: dict[str, bool]
    documents: tuple[str, ...]


def parse_change(given: Mapping[str, Any]) -> Change:
    """
    Read a division change out of a parsed TOML or JSON file.

    Parameters
    ----------
    given
        ``changes``: a list of tables with the cells `COLUMNS` and ``geometry`` (WKT text or a
        GeoJSON geometry); or a GeoJSON ``FeatureCollection`` whose properties are the cells.
        Codes may be a list or ``;``-joined. Beside it ``title``, ``crs`` (of the geometry, default
        EPSG:4490), ``approved_on``, ``effective_on`` (for rows without their own), ``extended``,
        ``documents`` (keys of `DOSSIER` that are there) and the facts `FACTS`. Rows without
        ``change_id`` are one change where kind, giving units and day are the same.

    Returns
    -------
    change

    Raises
    ------
    InputError
        If a key, kind, date, code, document or geometry is none, a change takes effect before its
        approval, or rows of one change differ in kind or day: all of them, each with its place.

    Examples
    --------
    >>> change = parse_change({"changes": [{"kind": "merge", "from_codes": ["421303001001",
    ...     "421303001002"], "to_codes": "421303001001", "effective_on": "2026-07-01"}]})
    >>> change.rows[["change_id", "kind", "from_codes"]].values.tolist()
    [['1', 'merge', '421303001001;421303001002']]
    """
    read = _Reader()
    system = read.crs(given)
    drawn = given.get("type") == "FeatureCollection"
    read.known("", given, (*_TOP, *_OF_GEOJSON) if drawn else _TOP)
    usual = read.day("effective_on", given.get("effective_on"))
    approved = read.day("approved_on", given.get("approved_on"))
    tables = enumerate(read.tables(given, drawn=drawn), 1)
    rows = [read.row(f"{name}[{at}]", cells, shape, usual, strict=not drawn)
            for at, (name, cells, shape) in tables]  # fmt: skip
    shapes = [row.pop("geometry") for row in rows]
    read.together(rows, shapes, approved, system)
    change = Change(
        title=read.word("title", given.get("title")),
        rows=gpd.GeoDataFrame(pd.DataFrame(rows, columns=list(COLUMNS)), geometry=shapes,
                              crs=system),
        approved_on=approved, extended=read.flag("extended", given),
        facts={f: read.flag(f, given) for f in FACTS if f in given},
        documents=read.documents(given),
    )  # fmt: skip
    if read.problems:
        raise _refused(read.problems)
    return change


class _Reader:
    """Reads cells, and notes what is wrong with each: place, Chinese, English."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str, str]] = []

    def note(self, where: str, zh: str, en: str) -> None:
        self.problems.append((where, zh, en))

    def known(self, where: str, table: Mapping[str, Any], keys: Iterable[str], *,
              strict: bool = True) -> None:  # fmt: skip
        """Refuse keys that are none; of what a GIS writes only those that look misspelt."""
        keys = tuple(keys)
        for key in (k for k in map(str, table) if k not in keys):
            near = difflib.get_close_matches(key, keys, n=1, cutoff=0.6 if strict else 0.8)
            if not (strict or near):
                continue
            hint = (f"，是否指 {near[0]}？", f"; did you mean {near[0]}?") if near else ("", "")
            self.note(_at(where, key), f"未知的键{hint[0]}", f"unknown key{hint[1]}")

    def crs(self, given: Mapping[str, Any]) -> pyproj.CRS:
        name = given.get("crs", _crs.GEOGRAPHIC)
        if isinstance(name, dict):  # as old GeoJSON says it
            name = name.get("properties", {}).get("name", "")
        try:
            return pyproj.CRS(name)
        except CRSError:
            self.note("crs", f"“{name}”不是坐标系", f"{name!r} is no CRS; EPSG:4490, say")
            return pyproj.CRS(_crs.GEOGRAPHIC)

    def tables(
        self, given: Mapping[str, Any], *, drawn: bool
    ) -> list[tuple[str, Mapping[str, Any], Any]]:
        """Return name, cells and geometry of every row."""
        name = "features" if drawn else "changes"
        rows = given.get(name)
        if not isinstance(rows, list) or not rows or not all(isinstance(r, dict) for r in rows):
            self.note(name, "应是至少一项的列表", "must be a list with at least one table")
            return []
        if drawn:
            return [(name, r.get("properties") or {}, r.get("geometry")) for r in rows]
        return [(name, r, r.get("geometry")) for r in rows]

    def row(self, where: str, cells: Mapping[str, Any], shape: Any, usual: date | None, *,
            strict: bool) -> dict[str, Any]:  # fmt: skip
        self.known(where, cells, (*COLUMNS, "geometry"), strict=strict)
        out: dict[str, Any] = {c: self.word(_at(where, c), cells.get(c)) for c in COLUMNS}
        for column in ("from_codes", "to_codes"):
            out[column] = self.codes(_at(where, column), cells.get(column))
        if out["kind"] not in KINDS:
            self.note(_at(where, "kind"), f"“{out['kind']}”不是变更类型，可用的有 {_list(KINDS)}",
                      f"{out['kind']!r} is no kind of change; use {_list(KINDS)}")  # fmt: skip
        if not out["from_codes"]:
            self.note(
                _at(where, "from_codes"), "缺少变更前单元代码", "no codes of the units before"
            )
        out["effective_on"] = self.day(_at(where, "effective_on"), cells.get("effective_on"), usual)
        if out["effective_on"] is None and not cells.get("effective_on"):
            self.note(_at(where, "effective_on"), "缺少生效日期", "no day of effect")
        return {**out, "geometry": self.shape(_at(where, "geometry"), shape)}

    def word(self, where: str, value: Any) -> str:
        if value is None or isinstance(value, str | int | list | date):
            return "" if value is None else str(value).strip()
        self.note(where, f"应为文字，现为 {value!r}", f"must be text, found {value!r}")
        return ""

    def codes(self, where: str, value: Any) -> str:
        parts = value if isinstance(value, list) else [value]
        words = ";".join(self.word(where, p) for p in parts).split(";")
        return ";".join(w.strip() for w in words if w.strip())

    def flag(self, where: str, given: Mapping[str, Any]) -> bool:
        value = given.get(where, False)
        if not isinstance(value, bool):
            self.note(where, f"应为 true 或 false，现为 {value!r}",
                      f"must be true or false, found {value!r}")  # fmt: skip
        return value is True

    def day(self, where: str, value: Any, usual: date | None = None) -> date | None:
        if value is None or value == "":
            return usual
        if isinstance(value, date):
            return value.date() if isinstance(value, datetime) else value
        try:
            return date.fromisoformat(str(value).strip()[:10].replace("/", "-"))
        except ValueError:
            self.note(where, f"“{value}”不是日期（年-月-日）", f"{value!r} is no date (YYYY-MM-DD)")
            return usual

    def documents(self, given: Mapping[str, Any]) -> tuple[str, ...]:
        words = self.codes("documents", given.get("documents")).split(";")
        found = tuple(w for w in words if w)
        for item in (w for w in found if w not in DOSSIER):
            self.note("documents", f"“{item}”不是申报材料，可用的有 {_list(DOSSIER)}",
                      f"{item!r} is no item of the dossier; use {_list(DOSSIER)}")  # fmt: skip
        return found

    def shape(self, where: str, value: Any) -> Any:
        """Return a polygon, or None where the row has none."""
        if value is None or value == "":
            return None
        try:
            found = (shapely.from_geojson(json.dumps(value)) if isinstance(value, dict)
                     else shapely.from_wkt(str(value)))  # fmt: skip
        except shapely.errors.GEOSException as error:
            self.note(where, f"不是 WKT 或 GeoJSON 几何：{error}",
                      f"neither WKT nor a GeoJSON geometry: {error}")  # fmt: skip
            return None
        if found.geom_type not in {"Polygon", "MultiPolygon"} or found.is_empty:
            self.note(where, f"应是面，现为 {found.geom_type}",
                      f"must be a polygon, found {found.geom_type}")  # fmt: skip
            return None
        if not found.is_valid:
            reason = shapely.is_valid_reason(found)
            self.note(where, f"面不合法：{reason}", f"the polygon is not valid: {reason}")
            return None
        return shapely.force_2d(found)

    def together(self, rows: list[dict[str, Any]], shapes: list[Any], approved: date | None,
                 system: pyproj.CRS) -> None:  # fmt: skip
        """Give changes their numbers, and note where rows or the file contradict them."""
        number: dict[tuple[Any, ...], str] = {}
        first: dict[str, tuple[str, date | None]] = {}
        for at, row in enumerate(rows, 1):
            where, day = f"changes[{at}]", row["effective_on"]
            key = (row["kind"], row["from_codes"], day)
            row["change_id"] = row["change_id"] or number.setdefault(key, str(len(number) + 1))
            kind, since = first.setdefault(row["change_id"], (row["kind"], day))
            if (kind, since) != (row["kind"], day):
                self.note(where, f"与变更 {row['change_id']} 的其他行类型或生效日期不同",
                          f"another kind or day than other rows of {row['change_id']}")  # fmt: skip
            if approved is not None and day is not None and day < approved:
                self.note(_at(where, "effective_on"), f"{day} 早于批准日期 {approved}",
                          f"{day} is before the approval on {approved}")  # fmt: skip
        drawn = [s for s in shapes if s is not None]
        far = drawn and abs(shapely.total_bounds(drawn)).max() > _DEGREES
        if system.is_geographic and far:
            self.note("crs", "坐标不像经纬度，请用 crs 写明平面坐标系",
                      "the coordinates are no degrees; state their system as crs")  # fmt: skip


def _at(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _list(known: Iterable[str]) -> str:
    return ", ".join(known)


def _refused(problems: list[tuple[str, str, str]]) -> InputError:
    more = len(problems) - _SHOWN
    rest = (f"；另有 {more} 处", f"; {more} more") if more > 0 else ("", "")
    zh = "；".join(f"{where}：{word}" for where, word, _ in problems[:_SHOWN])
    en = "; ".join(f"{where}: {word}" for where, _, word in problems[:_SHOWN])
    return InputError(
        f"The change cannot be read: {en}{rest[1]}.", zh=f"变更文件无法使用：{zh}{rest[0]}。",
        fix="correct the places named; docs/how-to/boundary-changes.md has the format",
        fix_zh="改正所列各处；格式见 docs/how-to/boundary-changes.md",
        problems=len(problems), first=problems[0][0],
    )  # fmt: skip
