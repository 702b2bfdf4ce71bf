"""Judging a workspace (评价): its standards, what stands beside them, and what closes its gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from geoplan import indicators, network, standards
from geoplan.errors import GeoplanError

if TYPE_CHECKING:
    from geoplan.workspace.opening import Workspace


def judge(workspace: Workspace, net: network.Network | None, **options: Any) -> pd.DataFrame:
    """
    Judge a workspace by its policy.

    Parameters
    ----------
    workspace
        From `open_workspace`.
    net
        Its walking network; None for none.
    **options
        As of `standards.check`.

    Returns
    -------
    checks
        As from `standards.check`.

    Raises
    ------
    GeoplanError
        If there are no administrative units.
    """
    present = {n: f for n in standards.NEEDS if (f := workspace.layers.get(n)) is not None}
    return standards.check(
        present, workspace.policy, code_system=workspace.file.code_system, network=net, **options
    )


def network_or_none(workspace: Workspace, profile: str) -> network.Network | None:
    """Return the walking network, or None where streets are missing or unusable."""
    try:
        return workspace.network(profile)
    except GeoplanError:
        return None


def later(workspace: Workspace, net: network.Network | None) -> pd.DataFrame:
    """Judge again by the newest data, where some are of after the assessment date (IND-03)."""
    figures = workspace.layers.get("indicator_figures")
    if figures is None:
        return pd.DataFrame()
    year = pd.to_numeric(figures["period"].astype("string").str.slice(0, 4), errors="coerce").max()
    if pd.isna(year) or year <= workspace.policy.assessment_date.year:
        return pd.DataFrame()
    rules = [r for r in standards.judged(workspace.policy) if r.startswith("IND.")]
    return judge(workspace, net, rules=rules, on=f"{int(year)}-12-31")


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
