"""What is asked of a workspace (选址问题的组成): its people, candidates, costs and deficits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import siting, standards
from geoplan.errors import EmptyLayerError, InputError, UnknownIdError
from geoplan.network.checks import one_of
from geoplan.schemas import hierarchy
from geoplan.service_circles.sources import require_columns
from geoplan.siting import candidates as _candidates
from geoplan.workspace.doors import doors_of
from geoplan.workspace.judging import judge_standards
from geoplan.workspace.mainjob import circle_facilities

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from geoplan.workspace.opening import Workspace

Where = Literal["sites", "streets", "both"]
Standard = Literal["floor", "land"]
STANDARDS: dict[Standard, tuple[str, str]] = {
    "floor": ("ELD-03", "floor_m2"), "land": ("ELD-01", "land_m2"),
}  # fmt: skip
"""Standard -> its rule, and the column of `candidate_sites` that counts for it."""
EVERY_M = 400.0
"""Distance between street candidates. [P]"""
GAP_LEVEL = "township"
"""Level whose deficits are closed."""
_GAPS = ["unit_name", "gap", "status", "denominator_zh", "basis", "rule_id"]
_ABOUT = ("name", "acquisition", "unit_code", "floor_m2", "land_m2", "cost", "cost_basis")


@dataclass(frozen=True, eq=False)
class Question:
    """
    A workspace's siting problem, and what its rows and columns stand for.

    Parameters
    ----------
    workspace
        Asked.
    problem
        Demand in the order of ``people``.
    people
        ``population`` in the metric CRS, with the codes ``county`` and ``township``.
    places
        Candidates in the metric CRS: ``site_id``, ``name``, ``acquisition``, ``unit_code``,
        ``floor_m2``, ``land_m2``, ``cost`` (yuan, NaN where unknown), ``cost_basis``.
    rejected, warnings
        From `siting.candidates`.
    group, limit_min, standard
        Who is counted, within how many minutes, by which standard a gap is told.
    synthetic
        Whether an input is.
    """

    workspace: Workspace
    problem: siting.CoverageProblem
    people: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    rejected: pd.DataFrame
    warnings: pd.DataFrame
    group: str
    limit_min: float
    standard: Standard
    synthetic: bool

    @property
    def priced(self) -> bool:
        """Whether the cost of every candidate is known; else each counts as one."""
        return bool(self.places["cost"].notna().all())

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """Deficits of the townships by the standard; see `gaps`."""
        return gaps(self.workspace, self.standard)

    @property
    def need_m2(self) -> pd.Series[float]:
        """
        Deficits that ``close_gap`` can ask for: known, and of townships where people live.

        Raises
        ------
        InputError
            If there are none.
        """
        known = self.gaps["gap"].dropna()
        found: pd.Series[float] = known[known.index.isin(self.problem.group_names)]
        if found.empty:
            rule = STANDARDS[self.standard][0]
            raise InputError(
                f"No township's deficit by {rule} is known.", zh=f"没有乡镇的 {rule} 缺口可算。",
                fix="fill in households or population in admin_units, and floor or land in "
                "facilities; the policy must have the rule",
                fix_zh="补填行政区划的户数或人口、设施的面积；标准库须有该条",
                parameter="standard",
            )  # fmt: skip
        return found

    def named(self, level: str = "county") -> pd.Series[Any]:
        """Return the name of the unit of each demand, None where it is in none."""
        found: pd.Series[Any] = self.people[level].map(self.unit_names)
        return found

    @cached_property
    def unit_names(self) -> pd.Series[Any]:
        """Names of all units by ``unit_code``."""
        found: pd.Series[Any] = _units(self.workspace).set_index("unit_code")["name"]
        return found

    def served(self, chosen: npt.NDArray[Any]) -> gpd.GeoDataFrame:
        """Return everybody with ``weight`` and whether they are served ``before`` and ``after``."""
        problem = self.problem
        served = {
            "before": siting.plan.covered_by(problem, problem.open),
            "after": siting.plan.covered_by(problem, chosen),
        }
        return gpd.GeoDataFrame({"weight": problem.weight, **served},
                                geometry=self.people.geometry.to_numpy(), crs=self.people.crs
                                )  # fmt: skip

    def about(self, site_ids: Sequence[str]) -> gpd.GeoDataFrame:
        """Return what is known of candidates, by ``site_id``; the unit of a street place named."""
        own = self.places.drop_duplicates("site_id").set_index("site_id")
        return _named(own.loc[list(site_ids), [*_ABOUT, "geometry"]], self.workspace)

    def site_id(self, called: str) -> str:
        """
        Return the id of a candidate, given it or the name.

        Raises
        ------
        UnknownIdError
            If no candidate, usable or not, is called so.
        """
        if called in self.problem.candidate_ids.astype(str):
            return called
        known = [*self.places["site_id"], *self.rejected.get("site_id", ())]
        if called in known:
            return called
        ids = [i for i, name in self._register().items() if name == called]
        if len(ids) != 1:
            raise UnknownIdError.among("candidate", "备选点", called, known)
        return ids[0]

    def called(self, site_id: str) -> str:
        """Return the name of a candidate, usable or not; its id where it has none."""
        return self._register().get(site_id) or site_id

    def _register(self) -> dict[str, str]:
        """Return the names of the register by id."""
        table = self.workspace.layers.get("candidate_sites")
        if table is None or "name" not in table:
            return {}
        some = table[table["name"].notna().to_numpy(bool)]
        return dict(zip(some["site_id"].astype(str), some["name"].astype(str), strict=True))


def ask(  # noqa: PLR0913  (one parameter each)
    workspace: Workspace, *, minutes: float | None = None, group: str = "elders_60",
    where: Where = "both", every_m: float = EVERY_M, profile: str = "elder_walk", seed: int = 0,
    standard: Standard = "floor", by: str = "county", need_costs: bool = False,
) -> Question:  # fmt: skip
    """
    Put a workspace's siting problem together.

    Parameters
    ----------
    workspace
        With ``population``, ``facilities``, roads; ``candidate_sites`` if ``where`` says so.
    minutes, group, where, every_m, profile, seed
        As for `site`.
    standard
        ``floor`` (20 m² per 100 households, ELD-03) or ``land`` (0.1 m² per person, ELD-01).
    by
        Level whose units are the groups: ``county`` by name, ``township`` by code.
    need_costs
        Whether an unknown cost is an error.

    Returns
    -------
    question
        With costs in yuan if all are known; else every site counts as one.

    Raises
    ------
    EmptyLayerError
        If nobody lives in the workspace, or there is no candidate.
    InputError
        If costs are needed and one is unknown, or a choice is none of those there are.
    """
    one_of("where", where, ("sites", "streets", "both"))
    one_of("standard", standard, tuple(STANDARDS))
    net, people = workspace.network(profile), workspace.metric("population")
    if people.empty:
        raise EmptyLayerError.for_layer("population")
    require_columns(people, "population", group)
    limit = workspace.policy.value("service_circle_min") if minutes is None else float(minutes)
    existing = circle_facilities(workspace)
    places, rejected, warnings = _places(workspace, net, existing, where, every_m, seed)
    if by == GAP_LEVEL:
        places = places[(places[STANDARDS[standard][1]] > 0).to_numpy(bool)]
        if places.empty:
            raise EmptyLayerError.for_layer("candidate_sites")
    unknown = int(places["cost"].isna().sum())
    if need_costs and unknown:
        raise _no_costs(unknown, len(places))
    units = _units(workspace)
    ladder = hierarchy.place(people["unit_code"].astype(str), hierarchy.ancestors(units))
    people = people.assign(county=ladder["county"], township=ladder["township"])
    names = units.set_index("unit_code")["name"]
    demand = people.assign(at=people["county"].map(names) if by == "county" else people[by])
    problem = siting.CoverageProblem.from_network(
        net, demand.set_index("point_id"),
        places.assign(counted=1.0 if unknown else places["cost"]), minutes=limit, weight=group,
        existing=existing, cost="counted", area=STANDARDS[standard][1], group="at",
        demand_snap=doors_of(workspace, net, people),
    )  # fmt: skip
    synthetic = standards.is_synthetic(people) or standards.is_synthetic(existing)
    return Question(workspace, problem, people, places, rejected, warnings, group, limit,
                    standard, synthetic)  # fmt: skip


def gaps(workspace: Workspace, standard: Standard) -> pd.DataFrame:
    """
    Return the deficits that new sites are to close.

    Parameters
    ----------
    workspace
        Judged by its policy.
    standard
        As for `ask`.

    Returns
    -------
    gaps
        Index ``unit_code`` of townships; ``unit_name``, ``gap`` (m², NaN where no data),
        ``status``, ``denominator_zh``, ``basis``, ``rule_id``. Of a rule with several
        denominators the policy's first. No rows if the policy has no such rule.
    """
    rule = STANDARDS[standard][0]
    if rule not in workspace.policy.rules:
        return pd.DataFrame(columns=_GAPS, index=pd.Index([], name="unit_code"))
    found = judge_standards(workspace, None, rules=[rule])
    rows = found[(found["level"] == GAP_LEVEL).to_numpy(bool)].drop_duplicates("unit_code")
    return rows.set_index("unit_code")[_GAPS]


def _places(
    workspace: Workspace, net: Any, existing: gpd.GeoDataFrame, where: Where, every_m: float,
    seed: int,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Return candidates with ``site_id`` and ``cost``, those left out, and what to look at."""
    parts, rejected, warnings = [], pd.DataFrame(), pd.DataFrame()
    if where != "streets" and "candidate_sites" in workspace.layers:
        usable, rejected, warnings = _candidates.from_sites(
            workspace.metric("candidate_sites"), workspace.policy, facilities=existing
        )  # fmt: skip
        parts.append(usable)
    if where != "sites":
        parts.append(_candidates.road_nodes(net, every_m=every_m, seed=seed))
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if frame.empty:
        raise EmptyLayerError.for_layer("candidate_sites")
    frame = frame.assign(**{name: None for name in _ABOUT if name not in frame})
    for name in ("cost", "floor_m2", "land_m2"):
        frame[name] = pd.to_numeric(frame[name]).to_numpy(float, na_value=np.nan)
    frame["cost_basis"] = frame["cost_basis"].fillna("")
    return gpd.GeoDataFrame(frame, crs=net.crs), rejected, warnings


def _no_costs(unknown: int, candidates: int) -> InputError:
    return InputError(
        f"A budget needs costs; {unknown} of {candidates} candidates have none.",
        zh=f"按经费选址需要费用；{candidates} 个备选点中有 {unknown} 个费用未知。",
        fix="fill in cost in candidate_sites and take where='sites', or give the number of sites",
        fix_zh="在备选点层填写费用并用 where='sites'，或改用新增处数", parameter="budget",
    )  # fmt: skip


def _units(workspace: Workspace) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(workspace.units().drop_duplicates("unit_code"))


def _named(sites: gpd.GeoDataFrame, workspace: Workspace) -> gpd.GeoDataFrame:
    """Give places the code of the smallest unit they lie in, where they have none, and a name."""
    out = sites.copy()
    bare, nameless = (sites[c].isna().to_numpy(bool) for c in ("unit_code", "name"))
    inside = inside_of(sites.loc[bare | nameless], workspace)
    out["unit_code"] = out["unit_code"].fillna(inside["unit_code"])
    out["name"] = out["name"].fillna(inside["name"].astype(str) + "（道路点）")
    return out


def inside_of(sites: gpd.GeoDataFrame, workspace: Workspace, *, level: str = "") -> pd.DataFrame:
    """
    Say in which unit each place lies.

    Parameters
    ----------
    sites
        Points, or polygons by a point in them; any CRS; unique index.
    workspace
        Has the units.
    level
        Units of this level only; default the smallest.

    Returns
    -------
    inside
        The index of places that lie in one; ``unit_code``, ``name``.
    """
    units = _units(workspace).to_crs(sites.crs)
    if level:
        units = units[(units["level"] == level).to_numpy(bool)]
    units = units.assign(rank=units["level"].map(hierarchy.LEVELS.index))
    points = sites[["geometry"]].set_geometry(sites.geometry.representative_point())
    found = points.sjoin(units[["unit_code", "name", "rank", "geometry"]], predicate="intersects")
    found = found.sort_values("rank", kind="stable")
    found = found[~found.index.duplicated(keep="last")]
    return pd.DataFrame(found[["unit_code", "name"]])
