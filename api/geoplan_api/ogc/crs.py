"""
Coordinate reference systems (坐标系) by URI, coordinates in the order of the authority.

EPSG:4490 is latitude, longitude; EPSG:4547 is northing, easting; CRS84 longitude, latitude.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from geoplan.crs import GEOGRAPHIC
from geoplan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from geoplan_api.city import City

_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
STORAGE = f"{_EPSG}4490"
USUAL = (CRS84, *(f"{_EPSG}{number}" for number in (4490, 3857, 4547)))
"""Those that every city is served in."""
_WORLD = 180.0
_STEPS = 16


@dataclass(frozen=True, slots=True)
class Crs:
    """
    One that is offered.

    Parameters
    ----------
    uri
        Its name.
    epsg
        Its number; CRS84 counts as 4490.
    swap
        Whether the authority gives north before east.
    degrees
        Whether its unit is the degree, and not the metre.
    """

    uri: str
    epsg: int
    swap: bool
    degrees: bool

    @property
    def digits(self) -> int:
        """Decimals that tell a millimetre."""
        return 8 if self.degrees else 3


@lru_cache(maxsize=64)
def _of_epsg(epsg: int) -> Crs:
    found = pyproj.CRS.from_epsg(epsg)
    north_first = found.axis_info[0].direction.lower() == "north"
    return Crs(f"{_EPSG}{epsg}", epsg, north_first, bool(found.is_geographic))


LON_LAT = Crs(CRS84, 4490, swap=False, degrees=True)


def offered(city: City) -> tuple[Crs, ...]:
    """Return what a city is served in; the first is the default."""
    return _offered(city.workspace.metric_crs)


@lru_cache(maxsize=16)
def _offered(metric_crs: str) -> tuple[Crs, ...]:
    own = pyproj.CRS(metric_crs).to_epsg()
    numbers = dict.fromkeys((4490, 3857, 4547, *([] if own is None else [own])))
    return (LON_LAT, *map(_of_epsg, numbers))


def find(uri: str | None, known: Sequence[Crs], parameter: str) -> Crs:
    """
    Return the one with a URI; the default for none.

    Raises
    ------
    InputError
        If it is not offered.
    """
    if uri is None:
        return LON_LAT
    found = next((c for c in known if c.uri == uri), None)
    if found is None:
        names = ", ".join(c.uri for c in known)
        raise InputError(
            f"{parameter}: {uri!r} is not offered.", zh=f"{parameter}：不支持坐标系“{uri}”。",
            fix=f"use one of: {names}", fix_zh=f"可用的有：{names}", parameter=parameter, value=uri,
        )  # fmt: skip
    return found


@lru_cache(maxsize=64)
def _to_degrees(epsg: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(epsg, GEOGRAPHIC, always_xy=True)


def to_degrees(shapes: Any, crs: Crs) -> Any:
    """Return shapes whose coordinates are in the order of a CRS as longitude and latitude."""
    if crs.swap:
        shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    if crs.degrees:
        return shapes
    move = _to_degrees(crs.epsg)
    return shapely.transform(shapes, lambda xy: np.column_stack(move.transform(xy[:, 0], xy[:, 1])))


def boxes(text: str, crs: Crs) -> list[shapely.Polygon]:
    """
    Read a bbox as polygons in longitude and latitude: two where it crosses the antimeridian.

    Parameters
    ----------
    text
        Four numbers, or six with heights that are not looked at, in the order of the CRS.
    crs
        Of the numbers.

    Returns
    -------
    boxes
        With vertices along the edges where these bend.

    Raises
    ------
    InputError
        If it is none.
    """
    x0, y0, x1, y1 = _corners(text, crs)
    if x0 > x1 and crs.degrees:
        return [shapely.box(x0, y0, _WORLD, y1), shapely.box(-_WORLD, y0, x1, y1)]
    if x0 > x1:
        raise _bad_box(text, "the first corner is east of the second", "第一角点在第二角点以东")
    box = shapely.box(x0, y0, x1, y1)
    if crs.degrees:
        return [box]
    along = np.linspace(0.0, 1.0, _STEPS + 1)
    x, y = x0 + (x1 - x0) * along, y0 + (y1 - y0) * along
    low, high = np.full(len(along), 0), np.full(len(along), -1)
    ring = np.column_stack((np.concatenate((x, x[high], x[::-1], x[low])),
                            np.concatenate((y[low], y, y[high], y[::-1]))))  # fmt: skip
    bent = shapely.Polygon(ring)
    moved = to_degrees(bent, Crs(crs.uri, crs.epsg, swap=False, degrees=False))
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise _bad_box(text, f"it lies outside {crs.uri}", f"超出 {crs.uri} 的范围")
    return [moved if moved.is_valid else moved.envelope]


def _corners(text: str, crs: Crs) -> npt.NDArray[np.float64]:
    """Return west, south, east, north."""
    try:
        numbers = np.array([float(part) for part in text.split(",")])
    except ValueError:
        raise _bad_box(text, "a part is no number", "含有非数字") from None
    if len(numbers) not in {4, 6}:
        raise _bad_box(text, f"{len(numbers)} numbers, not 4 or 6", f"有 {len(numbers)} 个数")
    if not np.isfinite(numbers).all():
        raise _bad_box(text, "a number is not finite", "含有非有限数")
    half = len(numbers) // 2
    low, high = numbers[:2], numbers[half : half + 2]
    if crs.swap:
        low, high = low[::-1], high[::-1]
    if low[1] > high[1]:
        raise _bad_box(text, "the first corner is north of the second", "第一角点在第二角点以北")
    return np.concatenate((low, high))


def _bad_box(text: str, why: str, why_zh: str) -> InputError:
    return InputError(
        f"bbox={text[:80]}: {why}.", zh=f"bbox={text[:80]}：{why_zh}。",
        fix="give minx,miny,maxx,maxy in the axis order of bbox-crs (default: longitude first)",
        fix_zh="按 bbox-crs 的轴序给出两个角点（默认经度在前）：minx,miny,maxx,maxy",
        parameter="bbox", value=text[:80],
    )  # fmt: skip
