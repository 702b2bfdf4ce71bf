"""One new estate of a workspace (新建小区): found by name, with the rooms inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from geoplan import standards
from geoplan.errors import EmptyLayerError, UnknownIdError

if TYPE_CHECKING:
    from geoplan.workspace.opening import Workspace


def review_estate(workspace: Workspace, estate: str) -> tuple[dict[str, Any], pd.DataFrame]:
    """
    Review the elder-care rooms inside one residential area of a workspace.

    Parameters
    ----------
    workspace
        With ``residential_areas`` and ``facilities``.
    estate
        Its ``area_id``, or its name: then all areas of that name are its phases.

    Returns
    -------
    facts, review
        Name, households, housing floor, phases, rooms and whether it is synthetic; the review,
        from `standards.review_estate`. Rooms are facilities of the kinds of ELD-03 inside the
        polygon, in any state but closed; one that states no phase is of that of the area.

    Raises
    ------
    EmptyLayerError
        If there are no residential areas.
    UnknownIdError
        If none is called so.
    InputError
        If it has no households.
    """
    areas = workspace.metric("residential_areas")
    if areas.empty:
        raise EmptyLayerError.for_layer("residential_areas")
    names = areas["name"].astype("string").fillna("")
    row = areas[(areas["area_id"].astype("string") == estate) | (names == estate)]
    if row.empty:
        known = [*names[names != ""], *areas["area_id"].astype(str)]
        raise UnknownIdError.among("estate", "居住区", estate, known)
    one = row.iloc[0]
    phases = pd.to_numeric(row["phase"], errors="coerce").max() if "phase" in row else None
    facts = {
        "name": one["name"] if isinstance(one["name"], str) else str(one["area_id"]),
        "households": pd.to_numeric(row["households"]).sum(min_count=1),
        "phases": None if pd.isna(phases) else int(phases),
        "synthetic": standards.is_synthetic(row),
    }
    if "housing_floor_m2" in row:
        facts["housing_floor_m2"] = pd.to_numeric(row["housing_floor_m2"]).sum(min_count=1)
    rooms = pd.concat([_rooms(workspace, part) for _, part in row.iterrows()], ignore_index=True)
    facts["rooms"] = rooms
    status = one["build_status"] if one["build_status"] in {"new", "existing"} else "new"
    return facts, standards.review_estate(facts, rooms, workspace.policy, status=status)


def _rooms(workspace: Workspace, estate: pd.Series[Any]) -> pd.DataFrame:
    """Facilities of the standard's kinds inside the estate, with the floor that counts."""
    rule = workspace.policy.rule("ELD-03")
    facilities = workspace.metric("facilities")
    keep = facilities["facility_kind"].isin(rule.options.facility_kinds)
    keep &= ~facilities["status"].isin(["closed", "suspended"])
    keep &= facilities.geometry.notna() & facilities.geometry.intersects(estate.geometry)
    inside = gpd.GeoDataFrame(facilities.loc[keep.to_numpy(dtype=bool)])
    whole = pd.to_numeric(inside["floor_m2"], errors="coerce")
    floor = pd.to_numeric(inside["elder_floor_m2"], errors="coerce").fillna(whole)
    rooms = pd.DataFrame({"name": inside["name"], "floor_m2": floor.astype("float64")})
    for column in ("phase", "floor_level", "housing_done_pct"):
        told = inside[column] if column in inside.columns else pd.Series(pd.NA, inside.index)
        rooms[column] = pd.to_numeric(told, errors="coerce").astype("Float64")
    rooms["phase"] = rooms["phase"].fillna(estate.get("phase"))
    return rooms.dropna(subset=["floor_m2"])
