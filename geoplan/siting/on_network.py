"""A siting problem from places on a network (路网上的选址问题)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.network import matrix, snap
from geoplan.network.checks import amounts
from geoplan.service_circles import Doors
from geoplan.service_circles.sources import require_columns
from geoplan.service_circles.travel_time import doors_at

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.network import Direction, Network, Snap


def parts(  # noqa: PLR0913  (columns by name)
    network: Network, demand: gpd.GeoDataFrame, candidates: gpd.GeoDataFrame, *, minutes: float,
    weight: str, candidate_id: str, existing: gpd.GeoDataFrame | None, existing_id: str,
    cost: str | None, capacity: str | None, area: str | None, group: str | None,
    direction: Direction, demand_snap: Snap | Doors | None,
) -> dict[str, Any]:  # fmt: skip
    """Return what `CoverageProblem.from_arrays` takes; see `CoverageProblem.from_network`."""
    require_columns(demand, "demand", *(n for n in (weight, group) if n))
    require_columns(candidates, "candidates",
                    *(n for n in (candidate_id, cost, capacity, area) if n))  # fmt: skip
    doors = doors_at(network, demand, demand_snap, None)
    at, row_of = (doors.snap, doors.door) if isinstance(doors, Doors) else (doors, None)
    minute = matrix(network, snap(network, candidates, name="candidates"), at,
                    limit_min=minutes, direction=direction).tocoo()  # fmt: skip
    row, column, time_min = np.asarray(minute.row, np.int64), minute.col, minute.data
    ids = candidates[candidate_id].astype(str).tolist()
    there = 0 if existing is None else len(existing)
    if existing is not None:
        require_columns(existing, "existing", existing_id)
        more = matrix(network, snap(network, existing, name="existing"), at,
                      limit_min=minutes, direction=direction).tocoo()  # fmt: skip
        row, time_min = np.r_[row, more.row], np.r_[time_min, more.data]
        column = np.r_[column, more.col + len(candidates)]
        ids += existing[existing_id].astype(str).tolist()

    if row_of is not None:  # a door may have several ways to the street; the nearest counts
        row = np.asarray(row_of[row])

    def of(name: str | None, other: float) -> Any:
        if name is None:
            return None
        values = pd.to_numeric(candidates[name], errors="coerce").to_numpy(float, na_value=np.nan)
        return np.r_[values, np.full(there, other)]

    return {
        "demand": row, "candidate": column, "minutes": time_min,
        "weight": np.nan_to_num(amounts(demand, weight)), "site_cost": of(cost, 0.0),
        "capacity": of(capacity, np.inf), "area_m2": of(area, np.nan), "candidates": len(ids),
        "existing": range(len(candidates), len(ids)), "demand_ids": demand.index.tolist(),
        "candidate_ids": ids, "group": None if group is None else demand[group].tolist(),
        "limit_min": minutes,
    }  # fmt: skip
