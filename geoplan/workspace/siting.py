"""Siting in a workspace (选址): idle buildings and street corners, for its people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import siting, standards
from geoplan.errors import EmptyLayerError, InputError
from geoplan.network.checks import one_of
from geoplan.schemas import LAYERS
from geoplan.schemas.hierarchy import LEVELS
from geoplan.service_circles.sources import require_columns
from geoplan.siting import candidates as _candidates
from geoplan.siting import reasons
from geoplan.workspace.doors import doors_of
from geoplan.workspace.mainjob import circle_facilities

if TYPE_CHECKING:
    from collections.abc import Callable

    from geoplan.errors import Lang
    from geoplan.siting.watch import Progress
    from geoplan.workspace.opening import Workspace

Where = Literal["sites", "streets", "both"]
EVERY_M = 400.0
"""Distance between street candidates. [P]"""
_CLAUSE = "ELD-07"


@dataclass(frozen=True, eq=False)
class Siting:
    """
    Where the next facilities go.

    Parameters
    ----------
    plan
        The answer with its bound, from `siting.solve`.
    sites
        The new sites in the order of what each adds, EPSG:4490: ``site_id``, ``name``,
        ``acquisition``, ``unit_code``, ``cost`` (yuan, NaN where unknown), what
        `siting.reasons.of_sites` says of them, and ``covered_share`` after each.
    units
        Who gains, by county: from `siting.reasons.gains`, with ``share_before``, ``share_after``.
    rejected, warnings
        Candidates that were left out, and what to look at, from `siting.candidates`.
    unreachable
        People whom no candidate reaches.
    group, limit_min
        Who was counted, within how many minutes.
    synthetic
        Whether an input is.
    """

    plan: siting.Plan
    sites: gpd.GeoDataFrame
    units: pd.DataFrame
    rejected: pd.DataFrame
    warnings: pd.DataFrame
    unreachable: float
    group: str
    limit_min: float
    synthetic: bool

    def summary(self, lang: Lang = "zh") -> str:
        """Say in a sentence or two what the answer is, and how sure."""
        plan = self.plan
        if plan.status == "infeasible":
            return plan.reason_zh if lang == "zh" else plan.reason
        total = plan.problem.weight.sum()
        before = _weight(plan, plan.problem.open) / total
        who = next((c.zh for c in LAYERS["population"].columns if c.name == self.group), self.group)
        sure = "optimal, proved" if plan.status == "optimal" else (
            f"at most {plan.gap_share:.2%} from the best possible")  # fmt: skip
        sure_zh = "已证明最优" if plan.status == "optimal" else f"距最优不超过 {plan.gap_share:.2%}"
        if lang == "en":
            return (f"Within {self.limit_min:g} min: {before:.1%} of {self.group} served before, "
                    f"{plan.covered / total:.1%} with {len(plan.new)} new sites "
                    f"(+{plan.covered - before * total:,.0f}); {sure}. No candidate reaches "
                    f"{self.unreachable:,.0f}.")  # fmt: skip
        more = plan.covered - before * total
        return (f"{self.limit_min:g} 分钟内：{who}现覆盖 {before:.1%}，新增 {len(plan.new)} 处后 "
                f"{plan.covered / total:.1%}，多覆盖 {more:,.0f}；{sure_zh}。"
                f"所有备选点均不可达的有 {self.unreachable:,.0f}。")  # fmt: skip

    def people(self, workspace: Workspace) -> gpd.GeoDataFrame:
        """Return everybody with ``weight`` and whether they are served ``before`` and ``after``."""
        problem, frame = self.plan.problem, workspace.metric("population")
        served = {
            "before": siting.plan.covered_by(problem, problem.open),
            "after": siting.plan.covered_by(problem, self.plan.chosen),
        }
        return gpd.GeoDataFrame({"weight": problem.weight, **served},
                                geometry=frame.geometry.to_numpy(), crs=frame.crs)  # fmt: skip


def site(  # noqa: PLR0913  (one parameter each)
    workspace: Workspace, *, model: str = "mclp", p: int | None = None,
    budget: float | None = None, minutes: float | None = None, group: str = "elders_60",
    where: Where = "both", every_m: float = EVERY_M, profile: str = "elder_walk", seed: int = 0,
    time_limit_s: float | None = None, step_limit: int | None = None,
    progress: Progress | None = None, cancelled: Callable[[], bool] | None = None, **options: Any,
) -> Siting:  # fmt: skip
    """
    Choose new places for the service circle (ELD-07, ELD-19, ELD-20).

    Parameters
    ----------
    workspace
        With ``population``, ``facilities``, roads; ``candidate_sites`` if ``where`` says so.
    model
        One of `siting.MODELS`: ``lscp`` tells how many sites reach everybody who can be reached,
        ``mclp`` which ``p`` sites, or which for a ``budget``, reach the most.
    p, budget, seed, time_limit_s, step_limit, progress, cancelled, **options
        As for `siting.solve`.
    minutes
        Limit, closed; default the policy's ``service_circle_min``.
    group
        Column of ``population`` that is counted.
    where
        ``sites`` takes the idle buildings that ELD-19 does not exclude, ``streets`` a place on a
        street every so often, ``both`` takes both.
    every_m
        How far apart street places are.
    profile
        Who walks.

    Returns
    -------
    siting
        Answer, sites with reasons, who gains.

    Raises
    ------
    EmptyLayerError
        If nobody lives in the workspace, or there is no candidate.
    InputError
        As `siting.solve`; if a budget is given and a candidate's cost is unknown.

    Notes
    -----
    ``cost`` is in yuan. As long as one candidate's is unknown, every site counts alike.
    """
    one_of("where", where, ("sites", "streets", "both"))
    net, demand = workspace.network(profile), workspace.metric("population")
    if demand.empty:
        raise EmptyLayerError.for_layer("population")
    require_columns(demand, "population", group)
    limit = workspace.policy.value("service_circle_min") if minutes is None else float(minutes)
    existing = circle_facilities(workspace)
    places, rejected, warnings = _places(workspace, net, existing, where, every_m, seed)
    unknown = int(places["cost"].isna().sum())
    if budget is not None and unknown:
        raise _no_costs(unknown, len(places))
    places["counted"] = 1.0 if unknown else places["cost"]
    demand = demand.assign(county=_counties(workspace, demand))
    problem = siting.CoverageProblem.from_network(
        net, demand.set_index("point_id"), places, minutes=limit, weight=group, existing=existing,
        cost="counted", area="floor_m2", group="county",
        demand_snap=doors_of(workspace, net, demand),
    )  # fmt: skip
    plan = siting.solve(
        problem, model=model, p=p, budget=budget, seed=seed, time_limit_s=time_limit_s,
        step_limit=step_limit, progress=progress, cancelled=cancelled, **options,
    )  # fmt: skip
    return Siting(
        plan, _named(_sites(plan, places, budget), workspace), _units(plan), rejected, warnings,
        float(problem.weight[~problem.reachable].sum()), group, limit,
        standards.is_synthetic(demand) or standards.is_synthetic(existing),
    )  # fmt: skip


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
    for name in ("name", "acquisition", "unit_code", "floor_m2"):
        if name not in frame:
            frame[name] = None
    frame["cost"] = frame["cost"].astype(float) if "cost" in frame else np.nan
    return gpd.GeoDataFrame(frame, crs=net.crs), rejected, warnings


def _no_costs(unknown: int, candidates: int) -> InputError:
    return InputError(
        f"A budget needs costs; {unknown} of {candidates} candidates have none.",
        zh=f"按经费选址需要费用；{candidates} 个备选点中有 {unknown} 个费用未知。",
        fix="fill in cost in candidate_sites and take where='sites', or give the number of sites",
        fix_zh="在备选点层填写费用并用 where='sites'，或改用新增处数", parameter="budget",
    )  # fmt: skip


def _counties(workspace: Workspace, demand: gpd.GeoDataFrame) -> pd.Series[str]:
    """Return the name of the county of each row."""
    units = workspace.units().drop_duplicates("unit_code").set_index("unit_code")
    code = demand["unit_code"].astype(str)
    rank = LEVELS.index("county")
    for _ in LEVELS:
        level = code.map(units["level"])
        below = level.map(LEVELS.index, na_action="ignore") > rank
        if not below.any():
            break
        code = code.where(~below.fillna(value=False).to_numpy(bool), code.map(units["parent_code"]))
    names: pd.Series[str] = code.map(units["name"])
    return names


def _sites(
    plan: siting.Plan, places: gpd.GeoDataFrame, budget: float | None
) -> gpd.GeoDataFrame:  # fmt: skip
    told = reasons.of_sites(plan, budget=budget, clause=_CLAUSE)
    own = places.drop_duplicates("site_id").set_index("site_id")
    own.index = own.index.astype(str)
    about = own.loc[told.index, ["name", "acquisition", "unit_code", "cost", "geometry"]]
    told = told.drop(columns=["cost", "replacement_cost"])
    told["replacement_cost"] = told["replacement"].map(own["cost"]) - about["cost"]
    found = gpd.GeoDataFrame(pd.concat([about, told], axis=1), crs=places.crs)
    problem = plan.problem
    before = _weight(plan, problem.open)
    found["covered_share"] = (before + found["gain"].cumsum()) / problem.weight.sum()
    return found.rename_axis("site_id").reset_index().to_crs("EPSG:4490")


def _named(sites: gpd.GeoDataFrame, workspace: Workspace) -> gpd.GeoDataFrame:
    """Give places on streets the code and name of the smallest unit they lie in."""
    units = gpd.GeoDataFrame(workspace.units()).to_crs(sites.crs)
    rank = units["level"].map({level: at for at, level in enumerate(LEVELS)})
    units = units.iloc[np.argsort(np.asarray(rank), kind="stable")]
    bare = sites.loc[sites["name"].isna(), ["geometry"]]
    inside = bare.sjoin(units[["unit_code", "name", "geometry"]], predicate="within")
    inside = inside[~inside.index.duplicated(keep="last")]
    out = sites.copy()
    out.loc[inside.index, "unit_code"] = inside["unit_code"]
    out.loc[inside.index, "name"] = inside["name"].astype(str) + "（道路点）"
    return out


def _weight(plan: siting.Plan, chosen: Any) -> float:
    return float(plan.problem.weight[siting.plan.covered_by(plan.problem, chosen)].sum())


def _units(plan: siting.Plan) -> pd.DataFrame:
    found = reasons.gains(plan.problem, plan.problem.open, plan.chosen)
    for when in ("before", "after"):
        found[f"share_{when}"] = found[f"covered_{when}"] / found["total"].where(found["total"] > 0)
    return found
