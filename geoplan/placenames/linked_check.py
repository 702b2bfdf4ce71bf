"""Checking a Linked Places document (关联地名核验) by the description of v1.3, without a schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geoplan.placenames.linked_places import LINK_TYPES
from geoplan.placenames.linked_types import FCLASSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Found = Iterator[tuple[str, str]]
    Rule = Callable[[Any, str], Found]

COLUMNS = ("feature", "id", "path", "reason")
_URI = re.compile(r"[A-Za-z][\w+.\-]*:\S+")
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_DAY = re.compile(r"-?\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?[~?%]?")
_KINDS = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
          "GeometryCollection")  # fmt: skip
_LON, _LAT = 180.0, 90.0


def check(document: Mapping[str, Any]) -> pd.DataFrame:
    """
    Say where a document departs from Linked Places format v1.3.

    Parameters
    ----------
    document
        Parsed JSON of a feature collection.

    Returns
    -------
    problems
        Columns ``feature`` (position from 0, -1 for the document), ``id``, ``path``,
        ``reason``; empty where it is valid.

    Notes
    -----
    Required: ``@context``; in each feature ``@id``, ``type``, ``properties.title``,
    ``properties.fclasses``, ``names`` of which one is cited, ``geometry``. Rings follow the
    right-hand rule of RFC 7946. Keys beyond the format are let be.

    Examples
    --------
    >>> check({"type": "FeatureCollection", "features": []})[["path", "reason"]].values.tolist()
    [['@context', 'is missing']]
    """
    found = [(-1, "", path, why) for path, why in _DOCUMENT(document, "")]
    features = document.get("features")
    for at, feature in enumerate(features if isinstance(features, list) else []):
        name = str(feature.get("@id", "")) if isinstance(feature, dict) else ""
        found += [(at, name, path, why) for path, why in _FEATURE(feature, "")]
    ids = [f.get("@id") for f in features or [] if isinstance(f, dict)]
    found += [(at, str(i), "@id", "is given twice") for at, i in enumerate(ids) if i in ids[:at]]
    return pd.DataFrame(found, columns=list(COLUMNS))


def _thing(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    def rule(value: Any, path: str) -> Found:
        if not isinstance(value, dict):
            yield path, "must be an object"
            return
        for key, inner in {**required, **(optional or {})}.items():
            where = f"{path}.{key}".lstrip(".")
            if key in value:
                yield from inner(value[key], where)
            elif key in required:
                yield where, "is missing"

    return rule


def _each(inner: Rule, least: int = 1) -> Rule:
    def rule(value: Any, path: str) -> Found:
        if not isinstance(value, list):
            yield path, "must be a list"
            return
        if len(value) < least:
            yield path, f"needs at least {least}"
        for at, item in enumerate(value):
            yield from inner(item, f"{path}[{at}]")

    return rule


def _text(form: re.Pattern[str] | None = None, what: str = "text") -> Rule:
    def rule(value: Any, path: str) -> Found:
        if not isinstance(value, str) or not value.strip() or (form and not form.fullmatch(value)):
            yield path, f"must be {what}, found {value!r}"

    return rule


def _one_of(*words: str) -> Rule:
    return _text(re.compile("|".join(words)), f"one of {', '.join(words)}")


def _all(*rules: Rule) -> Rule:
    def rule(value: Any, path: str) -> Found:
        for one in rules:
            yield from one(value, path)

    return rule


def _in_order(value: Any, path: str) -> Found:
    """Say where a timespan ends before it begins."""
    if not isinstance(value, dict):
        return
    first, last = value.get("start"), value.get("end")
    if isinstance(first, dict) and isinstance(last, dict):
        begins = str(first.get("in") or first.get("earliest") or "")
        ends = str(last.get("in") or last.get("latest") or "")
        if begins and ends and not begins.startswith("-") and ends < begins[: len(ends)]:
            yield path, f"ends ({ends}) before it begins ({begins})"


def _instant(value: Any, path: str) -> Found:
    yield from _thing({}, dict.fromkeys(("in", "earliest", "latest"), _text(_DAY, "a date")))(
        value, path)  # fmt: skip
    if isinstance(value, dict) and not {"in", "earliest", "latest"} & value.keys():
        yield path, "needs in, earliest or latest"


def _when(value: Any, path: str) -> Found:
    spans = _each(_all(_thing({"start": _instant}, {"end": _instant}), _in_order))
    periods = _each(_thing({"name": _text()}))
    yield from _thing({}, {"timespans": spans, "periods": periods})(value, path)
    if isinstance(value, dict) and not {"timespans", "periods"} & value.keys():
        yield path, "needs timespans or periods"


def _cited(value: Any, path: str) -> Found:
    if isinstance(value, list) and not any(isinstance(n, dict) and n.get("citations")
                                           for n in value):  # fmt: skip
        yield path, "none has a citation"


def _geometry(value: Any, path: str) -> Found:
    """Say what is wrong with a GeoJSON geometry, the right-hand rule included."""
    if not isinstance(value, dict) or value.get("type") not in _KINDS:
        yield path, "must be a GeoJSON geometry"
        return
    if value["type"] == "GeometryCollection":
        yield from _each(_geometry, 0)(value.get("geometries"), f"{path}.geometries")
        return
    try:
        shape = shapely.geometry.shape(value)
    except (KeyError, TypeError, ValueError, IndexError, shapely.errors.ShapelyError) as error:
        yield f"{path}.coordinates", f"cannot be read: {error}"
        return
    xy = shapely.get_coordinates(shape)
    if not len(xy) or not np.isfinite(xy).all():
        yield f"{path}.coordinates", "must be numbers"
    elif (np.abs(xy) > (_LON, _LAT)).any():
        yield f"{path}.coordinates", "must be longitude and latitude in degrees"
    for polygon in shapely.get_parts(shape):
        if polygon.geom_type == "Polygon" and not (
            polygon.exterior.is_ccw and all(not ring.is_ccw for ring in polygon.interiors)
        ):
            yield f"{path}.coordinates", "rings must follow the right-hand rule"


_DATED = {"when": _when}
_CITATION = _thing({"label": _text()}, {"@id": _text(_URI, "a URI")})
_NAME = _thing(
    {"toponym": _text()},
    {"lang": _text(_TAG, "a language tag"), "citations": _each(_CITATION), **_DATED},
)
_TYPE = _thing({"identifier": _text(_URI, "a URI"), "label": _text()},
               {"sourceLabels": _each(_thing({"label": _text()})), **_DATED})  # fmt: skip
_RELATION = _thing(
    {"relationType": _text(_URI, "a URI"), "relationTo": _text(_URI, "a URI")},
    {"label": _text(), "certainty": _one_of("certain", "less-certain", "uncertain"), **_DATED},
)
_LINK = _thing({"type": _one_of(*LINK_TYPES), "identifier": _text(_URI, "a URI")})
_DOCUMENT = _thing({
    "type": _one_of("FeatureCollection"), "@context": _text(_URI, "a URI"),
    "features": _each(lambda *_: iter(()), 0),
})  # fmt: skip
_FEATURE = _thing(
    {
        "@id": _text(_URI, "a URI"),
        "type": _one_of("Feature"),
        "properties": _thing(
            {"title": _text(), "fclasses": _each(_one_of(*FCLASSES))},
            {"ccodes": _each(_text(re.compile("[A-Z]{2}"), "two capitals"))},
        ),
        "names": _all(_each(_NAME), _cited),
        "geometry": _geometry,
    },
    {
        "types": _each(_TYPE), "relations": _each(_RELATION), "links": _each(_LINK),
        "descriptions": _each(_thing({"value": _text()}, {"lang": _text(_TAG, "a language tag")})),
        "depictions": _each(_thing({"@id": _text(_URI, "a URI")})), **_DATED,
    },
)  # fmt: skip
