"""Gauss–Krüger zones of CGCS2000 (高斯克吕格分带): numbers, prefixes of Y, their CRS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyproj

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

MILLION = 1_000_000.0
NORTH_M = (300_000.0, 6_000_000.0)
"""Northings of China, 3°N to 54°N, m."""
EAST_M = (100_000.0, 900_000.0)
"""Eastings without zone number, m: no zone of China reaches further from its 500 000."""
_THREE, _SIX = range(25, 46), range(13, 24)  # zone numbers; no number is both
_FIRST = {(3, True): 4513, (3, False): 4534, (6, True): 4491, (6, False): 4502}
_LEGACY = re.compile(r"西安|北京|1980|1954|xi.?an|beijing|pulkovo|krass", re.IGNORECASE)
_SHORT_LEGACY = re.compile(r"^\s*(80|54)\D")


class Zone(NamedTuple):
    """A zone: 3 or 6 degrees wide, its number, whether Y carries the number."""

    width_deg: int
    number: int
    prefixed: bool

    @property
    def crs(self) -> str:
        """The EPSG code, for example ``EPSG:4526`` for zone 38 with and 4547 without number."""
        first = (_THREE if self.width_deg == 3 else _SIX)[0]  # noqa: PLR2004
        return f"EPSG:{_FIRST[self.width_deg, self.prefixed] + self.number - first}"

    @property
    def meridian_deg(self) -> int:
        """The central meridian, degrees east."""
        return self.number * 3 if self.width_deg == 3 else self.number * 6 - 3  # noqa: PLR2004


def numbered(number: int, *, prefixed: bool = True) -> Zone | None:
    """
    Return the zone of a number; 25–45 are 3-degree zones, 13–23 are 6-degree ones.

    Examples
    --------
    >>> numbered(38).crs, numbered(38, prefixed=False).crs, numbered(19).crs, numbered(50)
    ('EPSG:4526', 'EPSG:4547', 'EPSG:4497', None)
    """
    if number in _THREE:
        return Zone(3, number, prefixed)
    return Zone(6, number, prefixed) if number in _SIX else None


def zone_of(crs: pyproj.CRS) -> Zone | None:
    """
    Return the CGCS2000 zone that a CRS is, or None for any other CRS.

    Examples
    --------
    >>> zone_of(pyproj.CRS("EPSG:4547"))
    Zone(width_deg=3, number=38, prefixed=False)
    """
    code = crs.to_epsg()
    for (width, prefixed), first in _FIRST.items():
        numbers = _THREE if width == 3 else _SIX  # noqa: PLR2004
        if code is not None and first <= code < first + len(numbers):
            return Zone(width, numbers[code - first], prefixed)
    return None


def without_number(east: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """
    Take the zone number off eastings.

    Returns
    -------
    east, number
        Metres without it, and the number, 0 where there was none.

    Examples
    --------
    >>> bare, number = without_number(np.array([38_441_223.782, 441_223.782]))
    >>> bare.round(3).tolist(), number.tolist()
    ([441223.782, 441223.782], [38, 0])
    """
    number = np.nan_to_num(np.floor(east / MILLION), nan=0.0, posinf=0.0, neginf=0.0)
    known = np.isin(number, [*_THREE, *_SIX])
    taken = np.where(known, number, 0.0)
    return east - taken * MILLION, taken.astype(np.int64)


def is_north(values: Floats) -> npt.NDArray[np.bool_]:
    """Tell which values can be northings in China."""
    with np.errstate(invalid="ignore"):
        return (values >= NORTH_M[0]) & (values <= NORTH_M[1])


def is_east(values: Floats) -> npt.NDArray[np.bool_]:
    """Tell which values can be eastings of a zone, with or without its number."""
    bare, _ = without_number(values)
    with np.errstate(invalid="ignore"):
        return (bare >= EAST_M[0]) & (bare <= EAST_M[1])


def is_legacy(text: str) -> bool:
    """
    Tell whether a text names 1980西安 or 1954北京: their parameters are secret (RULES §9).

    Examples
    --------
    >>> is_legacy("1980西安坐标系"), is_legacy("80国家大地坐标系"), is_legacy("EPSG:2362")
    (True, True, True)
    >>> is_legacy("2000国家大地坐标系"), is_legacy("EPSG:4547")
    (False, False)
    """
    words = text.strip()
    if words.upper().startswith("EPSG:"):
        try:
            base = pyproj.CRS(words.upper()).geodetic_crs
        except pyproj.exceptions.CRSError:
            return False
        return base is not None and bool(_LEGACY.search(base.name))
    if "2000" in words:
        return False
    return bool(_LEGACY.search(words) or _SHORT_LEGACY.match(words))
