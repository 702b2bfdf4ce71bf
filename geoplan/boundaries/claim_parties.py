"""Which party is on which side of its claim (主张方的位置): asked of the land beyond both lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoplan.boundaries.notes import shapes_of, texts

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_PLACES = 48
_BEYOND_M = 50.0
_SURE = 0.5


def party_units(parties: tuple[str, ...], admin_units: gpd.GeoDataFrame) -> list[str]:
    """
    Return the codes of parties that are units.

    Parameters
    ----------
    parties
        Codes or names.
    admin_units
        ``unit_code`` and ``name``; any CRS.

    Returns
    -------
    codes
        Empty where no unit, or more than one, is called so.
    """
    code, name = texts(admin_units, "unit_code"), np.array(texts(admin_units, "name"))
    out = []
    for party in parties:
        called = {party} if party in code else {code[k] for k in np.flatnonzero(name == party)}
        out.append(called.pop() if party and len(called) == 1 else "")
    return out


def parties_side(
    one: Any, two: Any, parties: tuple[str, str], admin_units: gpd.GeoDataFrame
) -> int:
    """
    Tell which of two parties is on the left of their lines.

    Places along the first line, moved to either side beyond both lines, are looked up in the units
    that the parties are; most of those that are known must agree.

    Parameters
    ----------
    one, two
        Their lines, running the same way, metric.
    parties
        Codes or names of the units, as the lines.
    admin_units
        ``unit_code``, ``name`` and polygons in the CRS of the lines.

    Returns
    -------
    side
        1 the first is on the left, -1 the second, 0 not known.
    """
    codes = party_units(parties, admin_units)
    if not all(codes) or codes[0] == codes[1]:
        return 0
    known = np.array(texts(admin_units, "unit_code"))
    lands = [shapely.union_all(shapes_of(admin_units)[known == c]) for c in codes]
    away_m = shapely.hausdorff_distance(one, two) + _BEYOND_M
    along = (np.arange(_PLACES) + 0.5) / _PLACES * one.length
    ends = [shapely.get_coordinates(shapely.line_interpolate_point(
        one, np.clip(along + step, 0.0, one.length))) for step in (-1.0, 1.0)]  # fmt: skip
    way = ends[1] - ends[0]
    across = np.column_stack([-way[:, 1], way[:, 0]]) / np.maximum(np.hypot(*way.T), 1e-9)[:, None]
    middle = (ends[0] + ends[1]) / 2.0
    left, right = (shapely.points(middle + side * away_m * across) for side in (1.0, -1.0))
    votes = sum(sign * (shapely.contains(lands[a], left).sum()
                        + shapely.contains(lands[b], right).sum())
                for sign, a, b in ((1, 0, 1), (-1, 1, 0)))  # fmt: skip
    asked = sum(int(shapely.contains(land, side).sum()) for land in lands for side in (left, right))
    if not asked or abs(votes) <= _SURE * asked:
        return 0
    return 1 if votes > 0 else -1
