"""Linked Places format v1.3 (关联地名格式): places with dated names, types and relations."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import InputError, MissingColumnsError, MissingCRSError
from geoplan.placenames.linked_types import kind_of
from geoplan.placenames.place_codes import UNIT_CATEGORIES
from geoplan.schemas.results import BANNER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Json = dict[str, Any]

CONTEXT = (
    "https://raw.githubusercontent.com/LinkedPasts/linked-places-format/main/"
    "linkedplaces-context-v1.2.jsonld"
)
"""The context that v1.3 of the format names."""
LINK_TYPES = ("exactMatch", "closeMatch", "primaryTopicOf", "subjectOf", "seeAlso")
LANG_ZH, LANG_PINYIN = "zh", "zh-Latn-pinyin"
LEFT_OUT_COLUMNS = ("place_id", "field", "value", "reason_zh", "reason_en")
PART_OF, REPLACED_BY = "gvp:broaderPartitive", "dct:isReplacedBy"
_NOT_YET = ("draft", "proposed")
_REVERSED = ("失效日期早于生效日期", "it ends before it begins")
_NO_PLACE = ("缺地名编号", "no place_id")
_DESCRIBED = ("meaning", "origin", "history", "description")
_LANGUAGES = {"汉语": "zh", "蒙古语": "mn", "藏语": "bo", "维吾尔语": "ug", "哈萨克语": "kk",
              "朝鲜语": "ko", "壮语": "za", "彝语": "ii", "满语": "mnc"}  # fmt: skip
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_ISO = re.compile(r"-?\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_DECIMALS = 7  # about a centimetre


class Linked(NamedTuple):
    """The feature collection, and the rows that are not in it with their reasons."""

    collection: Json
    left_out: pd.DataFrame


def collection(
    places: pd.DataFrame,
    *,
    base: str,
    as_of: str,
    forms: pd.DataFrame | None = None,
    units: pd.DataFrame | None = None,
    links: pd.DataFrame | None = None,
) -> Linked:
    """
    Write places as a Linked Places feature collection.

    Parameters
    ----------
    places
        Layer ``place_names``: ``place_id``, ``standard_name`` and, where known,
        ``category_code`` or ``place_code``, ``pinyin``, ``unit_code``, ``status``, ``source``,
        dates. Geometry in any CRS, or none.
    base
        URI that the ids are appended to: ``https://…/``.
    as_of
        ISO date of the export: what is valid then is said to end no earlier.
    forms
        Layer ``name_forms``: other names with their kind and dates.
    units
        Layer ``admin_units``: names of the units, and the parents of units.
    links
        Columns ``place_id``, ``type`` (one of `LINK_TYPES`), ``identifier`` (a URI).

    Returns
    -------
    collection, left_out
        JSON-ready; positions in WGS84, outer rings counter-clockwise. Left out with their
        reason: names not yet approved, places of no known category, links of another kind.

    Raises
    ------
    MissingColumnsError
        If ``place_id`` or ``standard_name`` is absent.
    MissingCRSError
        If there are positions without a CRS.
    InputError
        If ``base`` is no http address.

    Notes
    -----
    Linked Places format v1.3 (2024-06-24), where ``fclasses`` became required. ``names`` hold
    the standard name first, with its source as citation. Nothing here looks at secrecy: give it
    only rows that may be shown.

    Examples
    --------
    >>> river = pd.DataFrame({"place_id": ["N1"], "standard_name": ["涢水"],
    ...     "pinyin": ["Yún Shuǐ"], "category_code": ["12100"]})
    >>> made = collection(river, base="https://names.example/", as_of="2026-01-01").collection
    >>> made["features"][0]["properties"]
    {'title': '涢水', 'ccodes': ['CN'], 'fclasses': ['H']}
    >>> [n["toponym"] for n in made["features"][0]["names"]]
    ['涢水', 'Yún Shuǐ']
    """
    need = {"place_id", "standard_name"}
    if not need <= set(places.columns):
        raise MissingColumnsError.for_layer("place_names", need - set(places.columns),
                                            places.columns)  # fmt: skip
    if not re.match(r"https?://[^\s]+", base):
        raise InputError(
            f"{base!r} is no http address.", zh=f"“{base}”不是 http 地址。",
            fix="for example https://names.example/", fix_zh="例如 https://names.example/",
            base=base,
        )  # fmt: skip
    book = _Book(base.rstrip("/") + "/", as_of, units)
    book.read(places, forms, links)
    shapes = _shapes(places)
    features = [
        feature for row, shape in zip(_rows(places), shapes, strict=True)
        if (feature := book.feature(row, shape)) is not None
    ]  # fmt: skip
    left_out = pd.DataFrame(book.left_out, columns=list(LEFT_OUT_COLUMNS))
    whole: Json = {"type": "FeatureCollection", "@context": CONTEXT, "features": features}
    return Linked(whole, left_out)


def _rows(frame: pd.DataFrame) -> Iterator[Json]:
    """Yield rows as dicts without empty cells and geometry."""
    plain = pd.DataFrame(frame).drop(columns="geometry", errors="ignore")
    names = [str(c) for c in plain.columns]
    columns = [plain[c].astype(object).where(plain[c].notna(), None) for c in plain.columns]
    for cells in zip(*columns, strict=True):
        yield {n: c for n, c in zip(names, cells, strict=True) if c is not None and str(c).strip()}


def right_handed(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Return places in WGS84 degrees, two-dimensional, outer rings counter-clockwise.

    Parameters
    ----------
    places
        Any CRS.

    Returns
    -------
    places
        EPSG:4326, rounded to 1e-7 degrees; other columns as they are.

    Raises
    ------
    MissingCRSError
        If it has positions but no CRS.

    Notes
    -----
    RFC 7946 §3.1.6 and §4.

    Examples
    --------
    >>> clockwise = shapely.Polygon([(0, 0), (0, 1), (1, 1), (1, 0)])
    >>> turned = right_handed(gpd.GeoDataFrame(geometry=[clockwise], crs=4490)).geometry[0]
    >>> turned.exterior.is_ccw
    True
    """
    if places.crs is None and not places.geometry.isna().all():
        raise MissingCRSError.for_layer("place_names")
    moved = places.set_crs(4326) if places.crs is None else places.to_crs(4326)
    flat = shapely.force_2d(np.asarray(moved.geometry.array, dtype=object))
    round_ = shapely.transform(flat, lambda xy: np.round(xy, _DECIMALS))
    shapes = shapely.orient_polygons(round_)
    return moved.set_geometry(gpd.GeoSeries(shapes, index=places.index, crs=4326))


def _shapes(places: pd.DataFrame) -> list[Any]:
    if not isinstance(places, gpd.GeoDataFrame) or not len(places):
        return [None] * len(places)
    shapes = right_handed(places).geometry
    return [None if s is None or s.is_empty else s for s in shapes]


class _Book:
    """What is known beside a place's own row: its other names, its units, its links."""

    def __init__(self, base: str, as_of: str, units: pd.DataFrame | None) -> None:
        self.base, self.as_of = base, as_of
        self.left_out: list[tuple[str, str, str, str, str]] = []
        self.forms: dict[str, list[Json]] = defaultdict(list)
        self.links: dict[str, list[Json]] = defaultdict(list)
        self.units: dict[str, list[Json]] = defaultdict(list)
        self.place_of_unit: dict[str, str] = {}
        for row in [] if units is None else _rows(units):
            self.units[str(row.get("unit_code", ""))].append(row)

    def read(
        self, places: pd.DataFrame, forms: pd.DataFrame | None, links: pd.DataFrame | None
    ) -> None:
        for row in _rows(places):
            if (
                _category(row).startswith(UNIT_CATEGORIES)
                and "unit_code" in row
                and "valid_to" not in row
            ):
                self.place_of_unit[str(row["unit_code"])] = str(row["place_id"])
        for row in [] if forms is None else _rows(forms):
            if "place_id" not in row:
                self._leave(row, "place_id", str(row.get("text", "")), *_NO_PLACE)
            elif _reversed(row):
                self._leave(row, "valid_to", _date(row["valid_to"]), *_REVERSED)
            elif row.get("status") not in _NOT_YET and "text" in row:
                self.forms[str(row["place_id"])].append(row)
        for row in [] if links is None else _rows(links):
            link = {"type": str(row.get("type")), "identifier": str(row.get("identifier"))}
            if "place_id" not in row:
                self._leave(row, "place_id", link["identifier"], *_NO_PLACE)
            elif link["type"] in LINK_TYPES and re.match(r"\w+:\S+$", link["identifier"]):
                self.links[str(row["place_id"])].append(link)
            else:
                self._leave(row, "links", f"{link['type']} {link['identifier']}",
                            "链接类型或地址不对", "no known link type, or no URI")  # fmt: skip

    def _leave(self, row: Json, field: str, value: str, zh: str, en: str) -> None:
        self.left_out.append((str(row.get("place_id", "")), field, value, zh, en))

    def feature(self, row: Json, shape: Any) -> Json | None:
        """Return a place as a feature, or None where it may not or cannot be one."""
        name, kind = str(row.get("standard_name", "")), kind_of(_category(row))
        if row.get("status") in _NOT_YET:
            self._leave(row, "status", str(row["status"]), "尚未批准，不对外发布",
                        "not yet approved, so not published")  # fmt: skip
            return None
        if not name or "place_id" not in row:
            self._leave(row, "standard_name", name, "缺编号或标准名称", "no id or no name")
            return None
        if _reversed(row):
            self._leave(row, "valid_to", _date(row["valid_to"]), *_REVERSED)
            return None
        if kind is None:
            self._leave(row, "category_code", _category(row), "没有可用的地名类别代码",
                        "no known category, so no fclasses")  # fmt: skip
            return None
        made: Json = {
            "@id": f"{self.base}places/{row['place_id']}",
            "type": "Feature",
            "properties": {"title": name, "ccodes": ["CN"], "fclasses": list(kind.fclasses)},
            "when": self._life(row),
            "names": self._names(row),
            "types": [{"identifier": f"aat:{kind.aat}", "label": kind.label,
                       "sourceLabels": [{"label": kind.zh, "lang": LANG_ZH}]}],
            "geometry": {"type": "GeometryCollection",
                         "geometries": [] if shape is None else [shapely.geometry.mapping(shape)]},
            "relations": self._relations(row),
            "links": self.links.get(str(row["place_id"]), []),
            "descriptions": [{"value": str(row[c]), "lang": LANG_ZH}
                             for c in _DESCRIBED if c in row],
        }  # fmt: skip
        if "place_code" in row:
            made["properties"]["place_code"] = str(row["place_code"])
        if row.get("synthetic"):
            made["properties"]["note"] = BANNER
        return {k: v for k, v in made.items() if v or k == "geometry"}

    def _life(self, row: Json) -> Json:
        start = next((row[c] for c in ("set_year", "named_on", "valid_from") if c in row), None)
        end = next((row[c] for c in ("abolished_year", "valid_to") if c in row), None)
        over = row.get("status") == "abolished" or row.get("use_period") == "historic"
        return self._when(start, end, current=not over)

    def _when(self, start: Any, end: Any, *, current: bool) -> Json:
        """Return a ``when``; what is valid on the day of export ends no earlier."""
        first, last = _date(start), _date(end)
        if not first and not last:
            today = {"start": {"latest": self.as_of}, "end": {"earliest": self.as_of}}
            return {"timespans": [today]} if current else {}
        span: Json = {"start": {"in": first} if first else {"latest": last}}
        if last:
            span["end"] = {"in": last}
        elif current and first <= self.as_of:
            span["end"] = {"earliest": self.as_of}
        return {"timespans": [span]}

    def _names(self, row: Json) -> list[Json]:
        """Return the standard name, its roman form, then the others; each cited by its source."""
        own = {"text": row["standard_name"], "roman": row.get("pinyin"), "kind": "standard",
               "valid_from": row.get("valid_from", row.get("named_on")),
               "valid_to": row.get("valid_to")}  # fmt: skip
        others = self.forms.get(str(row["place_id"]), [])
        told = next((f for f in others if f.get("kind") == "standard"
                     and f["text"] == row["standard_name"]), {})  # fmt: skip
        merged = {**own, **{k: v for k, v in told.items() if v is not None}}
        out: list[Json] = []
        for form in (merged, *(f for f in others if f is not told)):
            current = form.get("kind") != "former" and form.get("status") != "closed"
            when = self._when(form.get("valid_from"), form.get("valid_to"), current=current)
            cited = _citation({**row, **form}, self.base)
            for text, lang in ((form["text"], _language(form)), (form.get("roman"), LANG_PINYIN)):
                name = {"toponym": str(text), "lang": lang, "citations": [cited], "when": when}
                if text and name not in out:
                    out.append(name)
        return [{k: v for k, v in n.items() if v} for n in out]

    def _relations(self, row: Json) -> list[Json]:
        """Return what the place is part of, and what took its place."""
        out = []
        code, life = str(row.get("unit_code", "")), self._life(row)
        if "part_of" in row:
            out.append(_relation(PART_OF, self._place(row["part_of"]), "part of", life))
        elif code and _category(row).startswith(UNIT_CATEGORIES):
            out += [
                self._within(str(unit["parent_code"]),
                             self._when(unit.get("valid_from"), unit.get("valid_to"), current=True))
                for unit in self.units.get(code, []) if "parent_code" in unit
            ]  # fmt: skip
        elif code:
            out.append(self._within(code, life))
        for other in str(row.get("successors", "")).split(";"):
            if other:
                out.append(_relation(REPLACED_BY, self._place(other), "replaced by", {}))
        return out

    def _place(self, place_id: Any) -> str:
        return f"{self.base}places/{place_id}"

    def _within(self, unit_code: str, when: Json) -> Json:
        place = self.place_of_unit.get(unit_code)
        to = self._place(place) if place else f"{self.base}units/{unit_code}"
        named = next((str(u["name"]) for u in self.units.get(unit_code, []) if "name" in u), "")
        return _relation(PART_OF, to, f"part of {named or unit_code}", when)


def _relation(kind: str, to: str, label: str, when: Json) -> Json:
    made = {"relationType": kind, "relationTo": to, "label": label}
    return {**made, "when": when} if when else made


def _reversed(row: Mapping[str, Any]) -> bool:
    first, last = _date(row.get("valid_from")), _date(row.get("valid_to"))
    return bool(first and last and last < first)


def _category(row: Mapping[str, Any]) -> str:
    """Return the five-digit category, from the place code where the column says none."""
    return str(row.get("category_code") or str(row.get("place_code", ""))[9:14])


def _citation(row: Json, base: str) -> Json:
    source = str(row.get("source") or "地名登记库")
    date = _date(row.get("source_date"))
    return {"label": f"{source}（{date}）" if date else source, "@id": base}


def _language(form: Json) -> str:
    said = str(form.get("language") or "")
    if form.get("kind") != "minority" and not said:
        return LANG_ZH
    return _LANGUAGES.get(said) or (said if _TAG.fullmatch(said) else "und")


def _date(value: Any) -> str:
    """Return an ISO date or year of a cell, or nothing."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    if isinstance(value, int | float | np.number):
        year = int(value)
        return f"{'-' if year < 0 else ''}{abs(year):04d}"
    text = str(value)[:10]
    return text if _ISO.fullmatch(text) else ""
