"""Where a name must occur once (重名范围, 地名管理条例 第九条（七）（八）)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from geoplan.errors import MissingColumnsError
from geoplan.placenames.classes import name_class

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    Mask = npt.NDArray[np.bool_]

SCOPES: dict[str, tuple[str, str]] = {
    "nation": ("全国", "the whole country"),
    "province": ("同一省", "the same province"),
    "county": ("同一县级政区", "the same county-level unit"),
    "built_up": ("同一建成区", "the same built-up area"),
    "township": ("同一乡镇", "the same township"),
}
"""Scope -> how it is said."""
_DIGITS = {"province": 2, "county": 6, "township": 9}
_LAST_GROUP = {"province": 100, "county": 100, "township": 1000}
_FULL = 12


class Scope(NamedTuple):
    """
    The scope of one name.

    Parameters
    ----------
    level
        One of `SCOPES`.
    basis
        ``V-law`` where the law states it; ``P`` where it is a convention of the project.
    """

    level: str
    basis: str


class Area(NamedTuple):
    """
    A scope at one place.

    Parameters
    ----------
    level
        One of `SCOPES`.
    value
        First digits of the unit's code as a number; or the id of the built-up area.
    """

    level: str
    value: int | str

    def holds(self, units: npt.NDArray[np.int64], built_up_ids: npt.NDArray[Any]) -> Mask:
        """Tell which rows lie in it; a row without the unit or area that it takes does not."""
        if self.level == "nation":
            return np.ones(len(units), bool)
        if self.level == "built_up":
            return np.asarray(built_up_ids == self.value, bool)
        return np.asarray(units // 10 ** (_FULL - _DIGITS[self.level]) == self.value, bool)


def scope_of(name_class_code: str, *, generic: str = "", famous: bool = False) -> Scope:
    """
    Return the scope of a class of names.

    Parameters
    ----------
    name_class_code
        A class of `geoplan.placenames.classes.CLASSES`.
    generic
        Its standard generic: a 街道 is no 乡 or 镇, so the law's scope of a province is not its.
    famous
        Whether it is a famous natural entity, which occurs once in the country.

    Raises
    ------
    UnknownIdError
        If the class does not exist.

    Examples
    --------
    >>> scope_of("township", generic="镇"), scope_of("township", generic="街道")
    (Scope(level='province', basis='V-law'), Scope(level='county', basis='P'))
    """
    row = name_class(name_class_code)
    if famous and row.code == "natural":
        return Scope("nation", "V-law")
    if row.code == "township" and generic not in {"镇", "乡", "民族乡"}:
        return Scope("county", "P")
    return Scope(row.scope, row.scope_basis)


def area_of(scope: Scope, unit_code: str, built_up_id: str = "") -> Area | None:
    """
    Return the scope at a place, None where the place does not say enough.

    Parameters
    ----------
    scope
        From `scope_of`.
    unit_code
        Smallest unit that the place lies in: 6, 9 or 12 digits.
    built_up_id
        From `in_built_up`.

    Examples
    --------
    >>> area_of(Scope("county", "V-law"), "421321101")
    Area(level='county', value=421321)
    >>> area_of(Scope("built_up", "V-law"), "421303001") is None
    True
    """
    if scope.level == "nation":
        return Area("nation", 0)
    if scope.level == "built_up":
        return Area("built_up", built_up_id) if built_up_id else None
    digits, number = _DIGITS[scope.level], unit_number(unit_code)
    value = number // 10 ** (_FULL - digits)
    own = value % _LAST_GROUP[scope.level]
    return Area(scope.level, value) if own else None


def unit_number(unit_code: object) -> int:
    """
    Return a unit's code as a number of 12 digits, 0 where it is none.

    Examples
    --------
    >>> unit_number("421303001"), unit_number(None)
    (421303001000, 0)
    """
    text = str(unit_code)
    if not (text.isascii() and text.isdigit() and 2 <= len(text) <= _FULL):  # noqa: PLR2004
        return 0
    return int(text.ljust(_FULL, "0"))


def unit_text(number: int) -> str:
    """
    Return the code of a unit from its number of 12 digits, in 6, 9 or 12 digits.

    Examples
    --------
    >>> unit_text(421303001000), unit_text(421303000000), unit_text(0)
    ('421303001', '421303', '')
    """
    text = f"{number:012d}" if number else ""
    while len(text) > 6 and text.endswith("000"):  # noqa: PLR2004
        text = text[:-3]
    return text


def merged_built_up(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Join built-up areas that touch or overlap: a street across both is in one (RULES §6.2).

    Parameters
    ----------
    areas
        Layer ``built_up``: ``built_up_id`` and polygons; any CRS, kept.

    Returns
    -------
    merged
        ``built_up_id`` (the first of those joined, in their order), ``members`` and geometry; one
        row for each connected area.

    Raises
    ------
    MissingColumnsError
        If ``built_up_id`` is absent.
    """
    import geopandas as gpd
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if "built_up_id" not in areas.columns:
        raise MissingColumnsError.for_layer("built_up", ["built_up_id"], areas.columns)
    shapes = np.asarray(areas.geometry.array, dtype=object)
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    size = len(shapes)
    _, group = connected_components(coo_array((np.ones(len(a)), (a, b)), shape=(size, size)))
    members = pd.DataFrame({"id": areas["built_up_id"].astype(str).to_numpy(), "group": group,
                            "shape": shapes}).groupby("group", sort=False)  # fmt: skip
    return gpd.GeoDataFrame(
        {"built_up_id": members["id"].first().to_numpy(),
         "members": members["id"].agg(tuple).to_numpy()},
        geometry=[shapely.union_all(s.to_numpy()) for _, s in members["shape"]], crs=areas.crs,
    )  # fmt: skip


def in_built_up(places: gpd.GeoDataFrame, merged: gpd.GeoDataFrame) -> pd.Series[str]:
    """
    Return the built-up area of each place: the one that holds its middle.

    Parameters
    ----------
    places
        Points, lines or polygons, in the CRS of ``merged``.
    merged
        From `merged_built_up`.

    Returns
    -------
    built_up_id
        Index of ``places``; empty outside all areas. Of several that a line meets, the first that
        holds its middle, else the first it meets.

    Raises
    ------
    CRSMismatchError
        If the two are in different CRS.
    """
    from geoplan.crs import require_same

    require_same(places, merged, "places", "built_up")
    shapes = np.asarray(places.geometry.array, dtype=object)
    tree = shapely.STRtree(np.asarray(merged.geometry.array, dtype=object))
    ids = merged["built_up_id"].to_numpy()
    found = np.full(len(shapes), "", dtype=object)
    for tested in (shapes, shapely.point_on_surface(shapes)):
        a, b = tree.query(tested, predicate="intersects")
        first = pd.DataFrame({"a": a, "b": b}).groupby("a")["b"].min()
        found[first.index.to_numpy()] = ids[first.to_numpy()]
    return pd.Series(found, index=places.index, name="built_up_id")
