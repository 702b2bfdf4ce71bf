"""Travel profiles (出行方式): who moves, how fast, on which roads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from geoplan.errors import InputError, UnknownIdError
from geoplan.network.checks import in_range, one_of

if TYPE_CHECKING:
    from geoplan.policy import Policy

# profile -> (mode, policy parameter that holds its speed on foot)
PROFILES: dict[str, tuple[Literal["walk", "drive"], str]] = {
    "adult_walk": ("walk", "adult_walk_speed_m_s"),
    "elder_walk": ("walk", "elder_walk_speed_m_s"),
    "slow_elder": ("walk", "slow_elder_walk_speed_m_s"),
    "wheelchair": ("walk", "wheelchair_speed_m_s"),
    "service_vehicle": ("drive", "adult_walk_speed_m_s"),
}
FARTHEST_CAP_M = 10_000.0
"""No door is farther from its street than this."""
_TOWN_ROADS = ("motorway", "trunk", "primary", "secondary", "tertiary")
_ROUGH = ("unpaved", "gravel", "dirt", "ground", "sand", "cobblestone", "sett", "pebblestone")


@dataclass(frozen=True, slots=True)
class SoftCost:
    """
    What makes a road slower without closing it: steps, kerbs, narrow or rough ways.

    Parameters
    ----------
    column
        Of the roads layer; roads that lack it, or the value, cost nothing more.
    texts
        Values it falls on; where none are given, numbers ``below`` or ``above`` (by size).
    factor
        Minutes along the road are multiplied by it.
    extra_min
        Minutes added once for the whole road.
    """

    column: str
    texts: tuple[str, ...] = ()
    below: float = -np.inf
    above: float = np.inf
    factor: float = 1.0
    extra_min: float = 0.0

    def __post_init__(self) -> None:
        """Refuse costs that would turn time back."""
        if not (0.0 < self.factor < np.inf and 0.0 <= self.extra_min < np.inf):
            raise InputError(
                f"Soft cost on {self.column!r}: factor={self.factor}, extra_min={self.extra_min}.",
                zh=f"“{self.column}”的附加成本不合理：倍数 {self.factor}，加时 {self.extra_min}。",
                fix="a factor above 0 and extra minutes of 0 or more, both finite",
                fix_zh="倍数应大于 0，加时应不小于 0，均为有限值",
            )


@dataclass(frozen=True, slots=True)
class Profile:
    """
    A way of moving.

    Parameters
    ----------
    name
        For example ``elder_walk``.
    mode
        ``walk`` uses roads with ``walk`` true in both directions; ``drive`` roads with ``drive``
        true, along ``oneway``, at ``speed_kmh``.
    speed_m_s
        Walking speed, m/s; for ``drive`` the speed of the access leg on foot.
    snap_cap_m
        Farthest a door may be from its street, m, closed; beyond it is unreachable.
    default_speed_kmh
        Driving speed where neither the road nor its class states one.
    class_speed_kmh
        Driving speed by ``road_class`` where a road states none.
    soft_costs
        What slows this profile.
    use_slope
        Whether slopes count (Tobler), where the network knows them; on foot only.
    """

    name: str
    mode: Literal["walk", "drive"]
    speed_m_s: float
    snap_cap_m: float
    default_speed_kmh: float = 25.0
    class_speed_kmh: tuple[tuple[str, float], ...] = ()
    soft_costs: tuple[SoftCost, ...] = ()
    use_slope: bool = True

    def __post_init__(self) -> None:
        """Refuse modes, speeds and caps that are none."""
        one_of("mode", self.mode, ("walk", "drive"))
        in_range("snap_cap_m", self.snap_cap_m, 0.0, FARTHEST_CAP_M)
        if not 0.0 < self.speed_m_s < 100.0:  # noqa: PLR2004
            raise InputError(
                f"Profile {self.name!r}: speed_m_s = {self.speed_m_s} is not a walking speed.",
                zh=f"出行方式“{self.name}”的速度 {self.speed_m_s} 米/秒不合理。",
                fix="give a positive speed in metres per second, for example 1.0",
                fix_zh="填写大于 0 的速度（米/秒），例如 1.0",
                speed_m_s=self.speed_m_s,
            )
        driving = (self.default_speed_kmh, *(v for _, v in self.class_speed_kmh))
        if not all(0.0 < v < np.inf for v in driving):
            raise InputError(
                f"Profile {self.name!r}: driving speeds {driving} must be positive and finite.",
                zh=f"出行方式“{self.name}”的车速 {driving} 不合理，应为有限的正数。",
                fix="give km/h above 0, for example 25",
                fix_zh="填写大于 0 的车速（公里/小时），例如 25",
            )


def profile(name: str, policy: Policy) -> Profile:
    """
    Return a profile with the policy's figures (ELD-06).

    ``wheelchair`` is slowed by steps, raised kerbs, narrow and rough ways and slopes, and never
    stopped by them, since the data rarely know all of them; its factors are of basis P.
    ``service_vehicle`` drives at the posted speed, else at the policy's speed for town or village
    roads.

    Raises
    ------
    UnknownIdError
        If there is no such profile, or the policy lacks its speed.
    """
    if name not in PROFILES:
        raise UnknownIdError.among("profile", "出行方式", name, PROFILES)
    mode, parameter = PROFILES[name]
    speed_m_s, cap_m = policy.value(parameter), policy.value("snap_cap_m")
    if mode == "drive":
        town_kmh = policy.value("service_vehicle_town_kmh")
        return Profile(
            name, mode, speed_m_s, cap_m, policy.value("service_vehicle_village_kmh"),
            tuple((c, town_kmh) for c in _TOWN_ROADS),
        )  # fmt: skip
    soft_costs = _wheelchair(policy) if name == "wheelchair" else _on_foot(policy)
    return Profile(name, mode, speed_m_s, cap_m, soft_costs=soft_costs)


def _on_foot(policy: Policy) -> tuple[SoftCost, ...]:
    return (
        SoftCost("road_class", ("steps",), factor=policy.value("steps_factor")),
        SoftCost("crossing", above=0.5, extra_min=policy.value("crossing_penalty_min")),
    )


def _wheelchair(policy: Policy) -> tuple[SoftCost, ...]:
    value = {
        name: policy.value(f"wheelchair_{name}")
        for name in ("steps_factor", "kerb_min", "narrow_m", "narrow_factor", "rough_factor",
                     "steep_pct", "steep_factor")
    }  # fmt: skip
    return (
        SoftCost("road_class", ("steps",), factor=value["steps_factor"]),
        SoftCost("kerb", ("raised", "yes"), extra_min=value["kerb_min"]),
        SoftCost("width_m", below=value["narrow_m"], factor=value["narrow_factor"]),
        SoftCost("surface", _ROUGH, factor=value["rough_factor"]),
        SoftCost("slope", above=value["steep_pct"], factor=value["steep_factor"]),
    )
