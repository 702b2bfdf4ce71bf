"""A city that scenarios are tried on (情景推演): reach follows from one to the next, not anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from geoplan import network as nw
from geoplan import standards
from geoplan.errors import UnknownIdError
from geoplan.scenario.applying import apply
from geoplan.scenario.steps import Add, Move, wrong
from geoplan.service_circles import WhatIf, through_gates
from geoplan.service_circles.gates import best_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    import pandas as pd

    from geoplan.network import Network
    from geoplan.policy import Policy
    from geoplan.scenario.model import Scenario


class State(NamedTuple):
    """A city as a scenario has it: its layers and policy, circle facilities and travel times."""

    layers: Mapping[str, pd.DataFrame]
    policy: Policy
    circle: gpd.GeoDataFrame
    near: pd.DataFrame


class Live:
    """
    A city, its network and its policy, ready to be asked what a scenario does.

    Parameters
    ----------
    layers
        ``facilities`` and ``population`` with geometry in any CRS, ``admin_units``;
        ``residential_areas`` with ``estate_gates`` where there are.
    policy
        The norms; ELD-06 names the kinds of facilities that make the service circle.
    network
        Made for one profile. Where a scenario changes the profile's figures, its streets are
        used with those.

    Raises
    ------
    UnknownIdError
        If ``facilities`` or ``population`` is not there.
    MissingCRSError
        If one has no CRS.

    Notes
    -----
    The first scenario costs one search over the network; the next only the cells of facilities
    that open, close or move (`WhatIf`). Answers are those of a fresh start, to the last bit.
    """

    def __init__(
        self, layers: Mapping[str, pd.DataFrame], policy: Policy, network: Network
    ) -> None:
        for name in ("facilities", "population"):
            if not isinstance(layers.get(name), gpd.GeoDataFrame):
                raise UnknownIdError.among("layer with places", "带位置的图层", name, layers)
        self.layers, self.policy, self.network = layers, policy, network
        self.demand = gpd.GeoDataFrame(layers["population"]).to_crs(network.crs)
        self._reach: dict[nw.Profile | None, _Reach] = {}

    def state(self, scenario: Scenario) -> State:
        """
        Carry out a scenario.

        Parameters
        ----------
        scenario
            An empty one is the city as it is.

        Returns
        -------
        state
            ``near`` is what `travel_time` says of the people and the circle's facilities then.

        Raises
        ------
        UnknownIdError, InputError, PolicyError
            As `apply` says, or if a facility is put where no street lies within the snap cap.
        """
        layers, policy = apply(scenario, self.layers, self.policy)
        circle = circle_facilities(layers, policy, self.network.crs)
        network, profile = self._network(policy)
        self._require_streets(network, scenario)
        if profile not in self._reach:
            estates = self.layers.get("residential_areas")
            gates = isinstance(estates, gpd.GeoDataFrame) and "estate_gates" in estates.columns
            self._reach[profile] = _Reach(network, self.demand, circle, estates if gates else None)
        return State(layers, policy, circle, self._reach[profile].near(circle))

    def _network(self, policy: Policy) -> tuple[Network, nw.Profile | None]:
        """Return the network with the policy's figures; None for those it was made with."""
        if policy == self.policy or self.network.profile not in nw.PROFILES:
            return self.network, None
        profile = nw.profile(self.network.profile, policy)
        if profile == nw.profile(self.network.profile, self.policy):
            return self.network, None
        return self.network.for_profile(profile), profile

    def _require_streets(self, network: Network, scenario: Scenario) -> None:
        steps = [s for s in scenario.steps if isinstance(s, Add | Move)]
        if not steps:
            return
        spots = gpd.GeoDataFrame(geometry=[shapely.Point(s.lon, s.lat) for s in steps], crs=4490)
        edge = nw.snap(network, spots.to_crs(network.crs), name="scenario").edge
        for at in np.flatnonzero(edge < 0)[:1].tolist():
            step = steps[at]
            raise wrong(
                f"{step.facility_id} at {step.lon:.6f}, {step.lat:.6f} lies farther than "
                f"{network.snap_cap_m:g} m from any street",
                f"{step.facility_id}（{step.lon:.6f}，{step.lat:.6f}）距最近道路超过"
                f" {network.snap_cap_m:g} 米",
                "choose a place at a street of this network", "请选择路网覆盖范围内的位置",
                facility_id=step.facility_id,
            )  # fmt: skip


class _Reach:
    """Travel times of one network, following the facilities."""

    def __init__(
        self, network: Network, demand: gpd.GeoDataFrame, circle: gpd.GeoDataFrame,
        estates: gpd.GeoDataFrame | None,
    ) -> None:  # fmt: skip
        self._demand, self._door, self._leg_min = demand, None, np.zeros(len(demand))
        places = demand
        self._access: npt.NDArray[np.object_] | None = None
        if estates is not None:
            doors = through_gates(network, demand, estates)
            places = demand.iloc[doors.door].reset_index(drop=True)
            gate = ~np.isnan(doors.gate_xy[:, 0])
            spots = np.array(places.geometry.representative_point(), dtype=object)
            walk_m = np.zeros(len(places))
            walk_m[gate] = np.hypot(*(shapely.get_coordinates(spots[gate]) - doors.gate_xy[gate]).T)
            spots[gate] = shapely.points(doors.gate_xy[gate])
            places = gpd.GeoDataFrame(geometry=list(spots), crs=demand.crs)
            self._door, self._leg_min = doors.door, walk_m / network.access_speed_m_s / 60.0
            self._access = doors.access
        self._at: dict[str, bytes] = _spots(circle)
        self._what_if = WhatIf(network, circle, places, limit_min=np.inf)

    def near(self, circle: gpd.GeoDataFrame) -> pd.DataFrame:
        """Open, close and move what differs, and return the travel times."""
        wanted = _spots(circle)
        for name in [n for n, spot in self._at.items() if wanted.get(n) != spot]:
            self._what_if.close(name)
        ids = circle["facility_id"].astype("str")
        new = [n for n, spot in wanted.items() if self._at.get(n) != spot]
        if new:
            self._what_if.add_all(circle.loc[ids.isin(new).to_numpy(dtype=bool)])
        self._at = wanted
        found = self._what_if.near()
        if self._door is None:
            return found
        found["walk_min"] += self._leg_min
        minutes = found["walk_min"].fillna(np.inf).to_numpy(dtype=float)
        best = found.iloc[best_of(self._door, minutes, len(self._demand))]
        return best.set_index(self._demand.index).assign(access=self._access)


def _spots(circle: gpd.GeoDataFrame) -> dict[str, bytes]:
    shapes = shapely.to_wkb(np.asarray(circle.geometry, dtype=object))
    ids = circle["facility_id"].astype("str")
    return {name: shape or b"" for name, shape in zip(ids, shapes, strict=True)}


def circle_facilities(
    layers: Mapping[str, pd.DataFrame], policy: Policy, crs: str
) -> gpd.GeoDataFrame:
    """Return the facilities that make the service circle: in service, of the kinds of ELD-06."""
    frame, serves = circle_kinds(layers, policy, crs)
    return frame.loc[serves.fillna(value=False).to_numpy(dtype=bool)]


def circle_kinds(
    layers: Mapping[str, pd.DataFrame], policy: Policy, crs: str
) -> tuple[gpd.GeoDataFrame, pd.Series[bool]]:
    """Return the facilities of the kinds of ELD-06, and whether each serves; missing if unknown."""
    frame = gpd.GeoDataFrame(layers["facilities"]).to_crs(crs)
    kinds = policy.rule("ELD-06").options.facility_kinds
    frame = frame.loc[frame["facility_kind"].isin(kinds).to_numpy(dtype=bool)]
    return frame, standards.in_service(frame, str(policy.assessment_date))
