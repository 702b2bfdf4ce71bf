"""Judging a workspace (评价): its standards, what stands beside them, and what closes its gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from geoplan import boundaries, indicators, network, standards
from geoplan.boundaries.conformance_objects import NEEDS as BOUNDARY_LAYERS
from geoplan.errors import GeoplanError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from geoplan.workspace.opening import Workspace

    Progress = Callable[[float, str], None]


def judge(
    workspace: Workspace,
    net: network.Network | None,
    *,
    rules: Sequence[str] | None = None,
    urban_only: bool = False,
    **options: Any,
) -> pd.DataFrame:
    """
    Judge a workspace by its policy: facilities and figures, then its boundaries.

    Parameters
    ----------
    workspace
        From `open_workspace`.
    net
        Its walking network; None for none.
    rules
        Ids of the rules to judge by; default all.
    urban_only
        The urban communities alone (城镇口径), which have no boundaries of their own.
    **options
        As of `standards.check`.

    Returns
    -------
    checks
        As from `standards.check`, rows of `boundaries.check` behind.

    Raises
    ------
    GeoplanError
        If there are no administrative units.
    """
    apart = set(boundaries.judged(workspace.policy))
    own = None if rules is None else [r for r in rules if r not in apart]
    parts = [judge_standards(workspace, net, rules=own, urban_only=urban_only, **options)]
    if not urban_only:
        parts.append(judge_boundaries(workspace, rules=rules, **options))
    return together(parts)


def together(parts: Sequence[pd.DataFrame | None]) -> pd.DataFrame:
    """Put check rows under each other; parts that could not be judged are None."""
    there = [p for p in parts if p is not None]
    filled = [p for p in there if len(p)] or there[:1]
    if not filled:
        return pd.DataFrame()
    found = pd.concat(filled, ignore_index=True)
    # text in one piece: in as many as there are rules it is slow to pick from
    for name, column in found.items():
        if isinstance(column.dtype, pd.StringDtype):
            found[name] = pd.array(column.to_numpy(dtype=object), dtype=column.dtype)
    return found


def judge_standards(
    workspace: Workspace, net: network.Network | None, **options: Any
) -> pd.DataFrame:
    """Judge facilities, areas and figures; options as of `standards.check`."""
    present = {n: f for n in standards.NEEDS if (f := workspace.layers.get(n)) is not None}
    return standards.check(
        present, workspace.policy, code_system=workspace.file.code_system, network=net, **options
    )


def judge_boundaries(workspace: Workspace, **options: Any) -> pd.DataFrame:
    """Judge lines, markers and units as a cover; options as of `boundaries.check`."""
    wanted = options.get("rules")
    if wanted is not None and not set(wanted) & set(boundaries.judged(workspace.policy)):
        return pd.DataFrame()
    present = {n: f for n in BOUNDARY_LAYERS if (f := workspace.layers.get(n)) is not None}
    stated = workspace.file.metric_crs
    return boundaries.check(
        present, workspace.policy, code_system=workspace.file.code_system,
        metric_crs="" if stated == "auto" else stated, **options,
    )  # fmt: skip


def network_or_none(workspace: Workspace, profile: str) -> network.Network | None:
    """Return the walking network, or None where streets are missing or unusable."""
    try:
        return workspace.network(profile)
    except GeoplanError:
        return None


def later(workspace: Workspace, net: network.Network | None) -> pd.DataFrame:
    """Judge again by the newest data, where some are of after the assessment date (IND-03)."""
    day = standards.newest_day(workspace.layers)
    if day <= str(workspace.policy.assessment_date):
        return pd.DataFrame()
    rules = [r for r in standards.judged(workspace.policy) if r.startswith("IND.")]
    return judge(workspace, net, rules=rules, on=day)


def urban(workspace: Workspace) -> pd.DataFrame:
    """Judge the area standards by the urban communities alone (城镇口径)."""
    policy = workspace.policy
    areas = ("area_per_person", "area_per_100hh")
    rules = [r for r in standards.judged(policy) if policy.rule(r).kind in areas]
    return judge(workspace, None, rules=rules, urban_only=True)


def estates(workspace: Workspace) -> pd.DataFrame:
    """Judge residential areas one by one and sum them up by village."""
    areas = workspace.layers.get("residential_areas")
    if not isinstance(areas, gpd.GeoDataFrame) or areas.empty:
        return pd.DataFrame()
    present = {n: f for n in standards.NEEDS if (f := workspace.layers.get(n)) is not None}
    found = standards.check_estates(
        present, workspace.policy, code_system=workspace.file.code_system
    )
    return standards.estates_by_unit(found, areas, workspace.units())


def series(workspace: Workspace) -> pd.DataFrame:
    """Return the yearly figures of the city's indicators."""
    figures, units = workspace.layers.get("indicator_figures"), workspace.units()
    top = units.loc[(units["level"] == "prefecture").to_numpy(dtype=bool), "unit_code"]
    if figures is None or top.empty:
        return pd.DataFrame()
    return indicators.series(figures, workspace.policy, unit_code=str(top.iloc[0]))


def closing(workspace: Workspace, lacking: pd.DataFrame, checks: pd.DataFrame) -> pd.DataFrame:
    """Return the floor gaps with what could close them."""
    units = workspace.layers["admin_units"]
    if lacking.empty or not isinstance(units, gpd.GeoDataFrame):
        return pd.DataFrame()
    sites = workspace.layers.get("candidate_sites")
    return standards.close_gaps(lacking, checks, units, sites, workspace.policy)
