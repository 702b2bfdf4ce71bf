"""What if (假设分析): facilities come or go, and who would be covered; nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import service_circles
from geoplan.errors import InputError, UnknownIdError
from geoplan.schemas import hierarchy
from geoplan.service_circles import GROUPS
from geoplan_api.circles import (
    NOTE,
    counted,
    doors_of_city,
    offering,
    place,
    require_minutes,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from geoplan_api.circles import Doors
    from geoplan_api.views import Views

    Rows = npt.NDArray[np.bool_]


def what_if(
    views: Views,
    *,
    add: Sequence[tuple[float, float]] = (),
    close: Sequence[str] = (),
    minutes: float | None = None,
    service: str = "any",
) -> dict[str, Any]:
    """
    Return what facilities more or fewer would do to the coverage.

    Parameters
    ----------
    views
        Of the one who asks.
    add
        Longitude and latitude of new facilities, which offer every service.
    close
        Ids of facilities to do without.
    minutes, service
        As of `at`.

    Returns
    -------
    change
        ``groups``: people covered before and after, newly covered and no longer, by group;
        ``townships``: those where it changes, for the elders.

    Raises
    ------
    UnknownIdError
        As of `at`; or if no facility of the circle has an id to close.
    InputError
        As of `at`; or if nothing is added or closed.
    """
    views.require_result("service_circles")
    limit = require_minutes(views, minutes)
    if not add and not close:
        raise InputError(
            "Nothing is added or closed.", zh="没有新增或关闭的设施。",
            fix="give lon and lat of a new facility, or the id of one to close",
            fix_zh="给出新设施的经纬度，或要关闭的设施编号", field="add",
        )  # fmt: skip
    base = doors_of_city(views.city)
    before = offering(base.facilities, service)
    after = _without(views, before, close)
    if add:
        after = pd.concat([after, place(views, add)], ignore_index=True)
    within = [_within(base, gpd.GeoDataFrame(f), limit) for f in (before, after)]
    return {
        "minutes": limit, "service": service, "added": len(add), "closed": len(close),
        "groups": _changes(views, base.people, *within),
        "townships": _townships(views, base.people, *within),
        "synthetic": base.synthetic, "note": NOTE,
    }  # fmt: skip


def _within(base: Doors, facilities: gpd.GeoDataFrame, limit_min: float) -> Rows:
    """Tell which doors are within the limit of a facility."""
    near = service_circles.travel_time(base.net, facilities, base.people, limit_min=limit_min,
                                       demand_snap=base.snap)  # fmt: skip
    return (near["walk_min"] <= limit_min).to_numpy(dtype=bool)


def _without(views: Views, facilities: gpd.GeoDataFrame, close: Sequence[str]) -> gpd.GeoDataFrame:
    if not close:
        return facilities
    seen = facilities.loc[views.view("facilities").rows(facilities)]
    known = set(seen["facility_id"])
    for one in close:
        if one not in known:
            raise UnknownIdError.among("facility", "设施", one, known)
    return facilities[~facilities["facility_id"].isin(list(close)).to_numpy(dtype=bool)]


def _changes(
    views: Views, people: gpd.GeoDataFrame, before: Rows, after: Rows
) -> list[dict[str, Any]]:
    rows = []
    everybody = np.ones(len(people), dtype=bool)
    whom = {"persons": everybody, "covered_before": before, "covered_after": after,
            "newly_covered": after & ~before, "no_longer": before & ~after}  # fmt: skip
    for group in (g for g in GROUPS if g in people.columns):
        count = people[group]
        if count.notna().any():
            parts = {name: counted(views, count[rows]) for name, rows in whom.items()}
            rows.append({"group": group, **parts})
    return rows


def _townships(
    views: Views, people: gpd.GeoDataFrame, before: Rows, after: Rows
) -> list[dict[str, Any]]:
    """Return the townships where the elders' coverage changes, the most gained first."""
    group = "elders_60" if "elders_60" in people.columns else "persons"
    units = views.city.counted.units()
    rungs = hierarchy.place(people["unit_code"], hierarchy.ancestors(units))
    count = people[group].astype("float64").fillna(0.0).to_numpy()
    table = pd.DataFrame({"unit_code": rungs["township"].to_numpy(),
                          "newly_covered": count * (after & ~before),
                          "no_longer": count * (before & ~after)})  # fmt: skip
    sums = table.groupby("unit_code", sort=True)[["newly_covered", "no_longer"]].sum()
    sums = sums[(sums > 0).any(axis=1)].sort_values("newly_covered", ascending=False, kind="stable")
    names = units.drop_duplicates("unit_code").set_index("unit_code")["name"]
    return [{"unit_code": str(code), "unit_name": names.get(code), "group": group,
             **{str(k): told(views, float(v)) for k, v in row.items()}}
            for code, row in sums.to_dict("index").items()]  # fmt: skip
