"""From registers and search hits to candidates (地名匹配候选) of the reconciliation service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.crs import WEB
from geoplan.errors import InputError, MissingColumnsError, MissingCRSError
from geoplan.placenames.classes import class_of
from geoplan.placenames.place_codes import UNIT_CATEGORIES
from geoplan.placenames.reconciliation_entities import Entity
from geoplan.schemas.hierarchy import LEVELS, ancestors

if TYPE_CHECKING:
    from collections.abc import Mapping

    Chain = tuple[tuple[str, str], ...]


def of_places(places: pd.DataFrame, units: pd.DataFrame | None = None) -> dict[str, Entity]:
    """
    Return each place of a register as the service shows it.

    Parameters
    ----------
    places
        Layer ``place_names``, only rows that may be shown; any CRS, lines and areas by a point
        within them.
    units
        Layer ``admin_units``: the units a place lies in, by ``parent_code``.

    Returns
    -------
    entities
        Place id -> `Entity`; what is not known stays empty.

    Raises
    ------
    MissingColumnsError
        If ``place_id`` or ``standard_name`` is absent.
    MissingCRSError
        If there are positions without a CRS.

    Examples
    --------
    >>> river = pd.DataFrame({"place_id": ["N1"], "standard_name": ["涢水"],
    ...                       "category_code": ["12100"]})
    >>> of_places(river)["N1"].description
    '自然地理实体'
    """
    need = {"place_id", "standard_name"}
    if not need <= set(places.columns):
        raise MissingColumnsError.for_layer("place_names", need - set(places.columns),
                                            places.columns)  # fmt: skip
    lon, lat = _degrees(places)
    chains = {} if units is None else _chains(units)
    wanted = ("place_id", "standard_name", "category_code", "unit_code", "pinyin", "place_code")
    columns = [_texts(places, c) for c in wanted]
    out = {}
    for at, (key, name, category, unit, roman, code) in enumerate(zip(*columns, strict=True)):
        chain = chains.get(unit, ())
        if category.startswith(UNIT_CATEGORIES):  # a unit lies in its parent
            chain = chain[1:]
        out[key] = Entity(
            key, name, name_class=_class(category), units=chain, roman=roman, place_code=code,
            lon=None if np.isnan(lon[at]) else float(lon[at]),
            lat=None if np.isnan(lat[at]) else float(lat[at]),
        )  # fmt: skip
    return out


def of_hits(hits: pd.DataFrame, entities: Mapping[str, Entity]) -> list[Entity]:
    """
    Return the hits of a name search as candidates, in their order.

    Parameters
    ----------
    hits
        Columns ``place_id``, ``text``, ``kind`` and ``score`` (0–1), best first.
    entities
        From `of_places`; a hit that is none of these is left out.

    Returns
    -------
    candidates
        Scores 0–100.
    """
    rows = zip(*(hits[c] for c in ("place_id", "text", "kind", "score")), strict=True)
    return [
        entities[place]._replace(score=round(100.0 * score, 2), matched=text, kind=kind)
        for place, text, kind, score in rows if place in entities
    ]  # fmt: skip


def _texts(places: pd.DataFrame, column: str) -> list[str]:
    if column not in places.columns:
        return [""] * len(places)
    return ["" if pd.isna(c) else str(c) for c in places[column]]


def _class(category: str) -> str:
    try:
        return class_of(category)
    except InputError:  # no class is known of it
        return ""


def _degrees(places: pd.DataFrame) -> tuple[Any, Any]:
    """Return longitude and latitude of a point in each place, NaN where it has no position."""
    nowhere = np.full(len(places), np.nan)
    if not isinstance(places, gpd.GeoDataFrame) or places.geometry.isna().all():
        return nowhere, nowhere
    if places.crs is None:
        raise MissingCRSError.for_layer("place_names")
    inside = shapely.point_on_surface(np.asarray(places.geometry.to_crs(WEB).array, dtype=object))
    return shapely.get_x(inside).round(7), shapely.get_y(inside).round(7)


def _chains(units: pd.DataFrame) -> dict[str, Chain]:
    """Return for each unit itself and those above it: code and name, from below."""
    names = {}
    if "name" in units.columns:
        names = dict(zip(units["unit_code"], units["name"], strict=True))
    ladder = ancestors(units)
    rows = ladder[list(reversed(LEVELS))].to_numpy(dtype=object)
    return {
        str(code): tuple((str(c), str(names.get(c, c))) for c in row if not pd.isna(c))
        for code, row in zip(ladder.index, rows, strict=True)
    }
