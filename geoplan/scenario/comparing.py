"""Two scenarios side by side (情景对比): coverage, standards, who gains and who loses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import indicators, service_circles, standards
from geoplan.network.kernels import TOLERANCE_MIN
from geoplan.schemas import hierarchy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geoplan.network import Network
    from geoplan.scenario.live import Live, State
    from geoplan.scenario.model import Scenario

COLUMNS = ("kind", "item", "title_zh", "title_en", "level", "unit_code", "unit_name", "limit_min",
           "unit", "a", "b", "change", "persons_a", "persons_b", "gain", "lose", "status_a",
           "status_b", "cause")  # fmt: skip
_LEVELS = ("prefecture", "county", "township", "village")
_GROUPS = {"persons": ("常住人口", "persons"), "elders_60": ("60岁以上人口", "elders 60+"),
           "elders_65": ("65岁以上人口", "elders 65+"), "elders_80": ("80岁以上人口", "elders 80+"),
           "households": ("户数", "households")}  # fmt: skip


def compare(
    a: Scenario, b: Scenario, live: Live, *, minutes: Sequence[float] | None = None,
    rules: Sequence[str] | None = None, code_system: str = "",
) -> pd.DataFrame:  # fmt: skip
    """
    Put two scenarios of one city into one table.

    Parameters
    ----------
    a, b
        For the city as it is, one without steps.
    live
        The city; asked again it is quick.
    minutes
        Limits of the circle; default those of both policies (``circle_limits_min``).
    rules
        Ids of the rules to judge by; default all, none for an empty list. It is what takes time.
    code_system
        Units of this system only.

    Returns
    -------
    table
        Columns `COLUMNS`. ``kind`` is ``coverage``: share of a group (``item``) within
        ``limit_min`` minutes by unit, people covered, ``gain`` who come within (people of ``b``)
        and ``lose`` who fall out (people of ``a``); or ``standard``: checks of rules (``item``)
        that differ, with the cause.

    Raises
    ------
    UnknownIdError, InputError, PolicyError
        As `Live.state` says.
    """
    left, right = live.state(a), live.state(b)
    limits = sorted(minutes if minutes is not None else {
        *left.policy.numbers("circle_limits_min"), *right.policy.numbers("circle_limits_min"),
    })  # fmt: skip
    parts = [_coverage(left, right, limits)]
    if rules is None or len(rules):
        parts.append(_standards(live.network, left, right, rules, code_system))
    parts = [p for p in parts if len(p)] or parts[:1]
    return pd.concat(parts, ignore_index=True).reindex(columns=list(COLUMNS))


def _coverage(left: State, right: State, limits: Sequence[float]) -> pd.DataFrame:
    units = hierarchy.own_units(right.layers["admin_units"])
    ladder, names = hierarchy.ancestors(units), units.drop_duplicates("unit_code")
    called = names.set_index("unit_code")["name"] if "name" in names else pd.Series(dtype=object)
    sides = [_people(s, ladder) for s in (left, right)]
    parts = []
    for level in _LEVELS:
        if sides[0][level].isna().all():
            continue
        a, b = (
            service_circles.coverage(state.near, people, by=level, minutes=limits).set_index(
                [level, "group", "limit_min"]
            )
            for state, people in zip((left, right), sides, strict=True)
        )
        moved = _moved(left, right, sides, level, limits)
        found = pd.DataFrame({
            "a": a["cov_share"], "b": b["cov_share"], "change": b["cov_share"] - a["cov_share"],
            "persons_a": a["covered"], "persons_b": b["covered"],
        }).join(moved)  # fmt: skip
        found.index.names = ["unit_code", "item", "limit_min"]
        parts.append(found.reset_index().assign(level=level))
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(
        kind="coverage", unit="share", unit_name=table["unit_code"].map(called),
        title_zh=table["item"].map({k: v[0] for k, v in _GROUPS.items()}) + "覆盖率",
        title_en="share covered of " + table["item"].map({k: v[1] for k, v in _GROUPS.items()}),
    )  # fmt: skip


def _people(state: State, ladder: pd.DataFrame) -> pd.DataFrame:
    people = state.layers["population"]
    groups = [g for g in service_circles.GROUPS if g in people.columns]
    return pd.concat([hierarchy.place(people["unit_code"], ladder), people[groups]], axis=1)


def _moved(
    left: State, right: State, sides: list[pd.DataFrame], level: str, limits: Sequence[float]
) -> pd.DataFrame:
    """People who come within each limit and who fall out of it, by unit and group."""
    a, b = (s.near["walk_min"].to_numpy(dtype=float) for s in (left, right))
    parts = []
    for limit in limits:
        inside_a, inside_b = a <= limit + TOLERANCE_MIN, b <= limit + TOLERANCE_MIN
        for group in (g for g in service_circles.GROUPS if g in sides[0]):
            sums = {
                word: pd.Series(np.where(who, people[group].to_numpy(float, na_value=np.nan), 0.0))
                .groupby(people[level].to_numpy()).sum()
                for word, who, people in (("gain", inside_b & ~inside_a, sides[1]),
                                          ("lose", inside_a & ~inside_b, sides[0]))
            }  # fmt: skip
            part = pd.DataFrame(sums).assign(group=group, limit_min=limit)
            parts.append(part.rename_axis(level).set_index(["group", "limit_min"], append=True))
    return pd.concat(parts)


def _standards(
    network: Network, left: State, right: State, rules: Sequence[str] | None, code_system: str
) -> pd.DataFrame:
    checks = []
    for state in (left, right):
        there = {n: f for n in standards.NEEDS if (f := state.layers.get(n)) is not None}
        checks.append(standards.check(there, state.policy, rules=rules, network=network,
                                      code_system=code_system))  # fmt: skip
    found = indicators.compare(*checks)
    names = {"rule_id": "item", "value_before": "a", "value_after": "b",
             "status_before": "status_a", "status_after": "status_b"}  # fmt: skip
    return found.rename(columns=names).assign(kind="standard")


def ab_map(
    a: Scenario, b: Scenario, live: Live, *, limit_min: float | None = None
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """
    Return what a map of two scenarios shows, ready for `maps.explore`.

    Parameters
    ----------
    a, b, live
        As for `compare`.
    limit_min
        The circle; default the policy's of ``b`` (``service_circle_min``).

    Returns
    -------
    doors
        The population with ``walk_min_a``, ``walk_min_b``, ``change_min`` and ``turn``: ``gain``,
        ``lose``, ``both`` (within the circle in both) or ``neither``.
    facilities
        Those of the circle in either, with ``turn``: ``new``, ``gone``, ``moved`` (at its place
        in ``b``) or ``same``.

    Raises
    ------
    UnknownIdError, InputError, PolicyError
        As `Live.state` says.
    """
    left, right = live.state(a), live.state(b)
    limit = right.policy.value("service_circle_min") if limit_min is None else limit_min
    one, two = (s.near["walk_min"].to_numpy(dtype=float) for s in (left, right))
    had, has = one <= limit + TOLERANCE_MIN, two <= limit + TOLERANCE_MIN
    turn = np.select([had & has, has, had], ["both", "gain", "lose"], "neither")
    doors = gpd.GeoDataFrame(right.layers["population"]).assign(
        walk_min_a=one, walk_min_b=two, change_min=two - one, turn=turn
    )
    ids = [s.circle["facility_id"].astype("str") for s in (left, right)]
    gone = left.circle.loc[~ids[0].isin(ids[1]).to_numpy(dtype=bool)].assign(turn="gone")
    before = left.circle.set_index(ids[0]).geometry.reindex(ids[1])
    same = right.circle.geometry.to_wkb().to_numpy() == before.to_wkb().to_numpy()
    words = np.select([~ids[1].isin(ids[0]).to_numpy(dtype=bool), same], ["new", "same"], "moved")
    frames = [f for f in (right.circle.assign(turn=words), gone) if len(f)]
    sites = pd.concat(frames) if frames else right.circle.assign(turn=[])
    return doors, gpd.GeoDataFrame(sites, crs=right.circle.crs).reset_index(drop=True)
