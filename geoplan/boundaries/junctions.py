"""Points where three or more units meet (三交点, BND-20)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.boundaries.leaf_units import codes_at, grid_of, leaves
from geoplan.boundaries.topology import NOBODY, Topology, topology
from geoplan.schemas.hierarchy import LEVELS, adjoining

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

_THREE = 3


def meetings(
    topo: Topology, ladder: pd.DataFrame, own: Array, names: dict[str, str]
) -> list[dict[int, str]]:
    """Return per level the nodes where three or more units of it meet, with their names."""
    who = _who_meets(topo)
    out = []
    for at in range(len(LEVELS)):
        code = codes_at(ladder, np.r_[own, [None]], who[:, 1], np.full(len(who), at))
        met = _where_three_meet(who[:, 0], code)
        out.append({node: _said([names.get(c, c) for c in codes]) for node, codes in met.items()})
    return out


def _who_meets(topo: Topology) -> Array:
    """Return (node, unit) once for every unit beside an arc that ends there."""
    pairs = np.vstack([
        np.column_stack([topo.ends[:, end], side])
        for end in (0, 1) for side in (topo.left, topo.right)
    ])  # fmt: skip
    return np.unique(pairs[pairs[:, 1] != NOBODY], axis=0)


def _where_three_meet(node: Array, code: Array) -> dict[int, list[str]]:
    """Return the nodes where three or more codes meet, with them in order."""
    met: dict[int, set[str]] = {}
    for n, c in zip(node.tolist(), code.tolist(), strict=True):
        met.setdefault(n, set()).add(c)
    return {n: sorted(codes) for n, codes in met.items() if len(codes) >= _THREE}


def _said(units: list[str]) -> str:
    return "、".join(units) + ("三交点" if len(units) == _THREE else "交会点")


def tri_junctions(admin_units: gpd.GeoDataFrame, *, level: str = "township") -> gpd.GeoDataFrame:
    """
    Return the points where three or more units meet (三交点), each once (BND-20).

    Parameters
    ----------
    admin_units
        As for `derive_lines`.
    level
        The finest level of units.

    Returns
    -------
    points
        Where one of the city's own units meets others, in the CRS of the units: ``node``,
        ``units`` (codes joined by ``;``), ``unit_count``, ``name``.

    Raises
    ------
    MissingColumnsError, MissingCRSError, EmptyLayerError, InvalidGeometryError
        As `leaves` and `topology` say.
    """
    units = leaves(admin_units, level)
    topo = topology(np.asarray(units.geometry.array, dtype=object), grid=grid_of(units))
    who = _who_meets(topo)
    own_nodes = who[~adjoining(units)[who[:, 1]], 0]
    who = who[np.isin(who[:, 0], own_nodes)]  # not where neighbours meet among themselves
    met = _where_three_meet(who[:, 0], units["unit_code"].to_numpy(dtype=object)[who[:, 1]])
    name = dict(zip(units["unit_code"], units["name"].astype(str), strict=True))
    table = pd.DataFrame({
        "node": list(met), "units": [";".join(codes) for codes in met.values()],
        "unit_count": [len(codes) for codes in met.values()],
        "name": [_said([name[c] for c in codes]) for codes in met.values()],
    })  # fmt: skip
    points = shapely.points(topo.xy[table["node"].to_numpy(dtype=np.intp)])
    return gpd.GeoDataFrame(table, geometry=points, crs=units.crs)
