"""Travel profiles (出行方式): who moves, how fast, on which roads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from geoplan.errors import InputError, UnknownIdError

if TYPE_CHECKING:
    from geoplan.policy import Policy

# profile -> (mode, policy parameter that holds its speed)
PROFILES: dict[str, tuple[Literal["walk", "drive"], str]] = {
    "adult_walk": ("walk", "adult_walk_speed_m_s"),
    "elder_walk": ("walk", "elder_walk_speed_m_s"),
    "slow_elder": ("walk", "slow_elder_walk_speed_m_s"),
}


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
        Driving speed where a road states none.
    """

    name: str
    mode: Literal["walk", "drive"]
    speed_m_s: float
    snap_cap_m: float
    default_speed_kmh: float = 25.0

    def __post_init__(self) -> None:
        """Refuse speeds that are no speeds."""
        if not 0.0 < self.speed_m_s < 100.0:  # noqa: PLR2004
            raise InputError(
                f"Profile {self.name!r}: speed_m_s = {self.speed_m_s} is not a walking speed.",
                zh=f"出行方式“{self.name}”的速度 {self.speed_m_s} 米/秒不合理。",
                fix="give a positive speed in metres per second, for example 1.0",
                fix_zh="填写大于 0 的速度（米/秒），例如 1.0",
                speed_m_s=self.speed_m_s,
            )


def profile(name: str, policy: Policy) -> Profile:
    """
    Return a profile with the policy's speed (ELD-06).

    Raises
    ------
    UnknownIdError
        If there is no such profile, or the policy lacks its speed.
    """
    if name not in PROFILES:
        raise UnknownIdError.among("profile", "出行方式", name, PROFILES)
    mode, parameter = PROFILES[name]
    return Profile(name, mode, policy.value(parameter), policy.value("snap_cap_m"))
