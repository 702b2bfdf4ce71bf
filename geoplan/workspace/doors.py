"""Doors of a workspace (住户出入口): where its people meet the streets, in estates at the gates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

from geoplan import network, service_circles

if TYPE_CHECKING:
    from geoplan.workspace.opening import Workspace


def doors_of(
    workspace: Workspace, net: network.Network, demand: gpd.GeoDataFrame
) -> network.Snap | service_circles.Doors:
    """
    Let doors meet the streets; those in estates whose gates are known, at the gates.

    Parameters
    ----------
    workspace
        Its ``residential_areas`` with ``estate_gates`` are the estates.
    net
        One of its networks.
    demand
        Point or polygon, the network's CRS.

    Returns
    -------
    doors
        For ``demand_snap`` of `service_circles.travel_time`.

    Raises
    ------
    NotMetricCRSError, MissingCRSError, CRSMismatchError
        If the demand is not in the network's CRS, or the estates have none.
    """
    estates = workspace.layers.get("residential_areas")
    if not isinstance(estates, gpd.GeoDataFrame) or "estate_gates" not in estates.columns:
        return network.snap(net, demand, name="population")
    return service_circles.through_gates(net, demand, estates)
