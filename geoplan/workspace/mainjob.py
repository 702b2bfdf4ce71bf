"""The main job (主流程): read, check, compute, and write every result into one folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from geoplan import __version__, crs, reports, service_circles, standards
from geoplan.scenario import live
from geoplan.schemas import LAYERS, hierarchy
from geoplan.standards import is_synthetic
from geoplan.workspace import judging
from geoplan.workspace.doors import doors_of
from geoplan.workspace.outputs import write_results
from geoplan.workspace.steps import RunResult, Steps

if TYPE_CHECKING:
    from geoplan.workspace.opening import Workspace
    from geoplan.workspace.steps import Progress


SERVICES = ("any", "meals", "cleaning", "medical", "bathing", "mobility")
"""All facilities together, then each of 助餐 助洁 助医 助浴 助行."""

_AREA_CELL_M = 20.0  # spacing of the grid behind the areas a run draws
_ROLL_UP = ("prefecture", "county", "township", "village")


def run(
    workspace: Workspace,
    out: str | Path,
    *,
    profile: str = "elder_walk",
    on_progress: Progress | None = None,
) -> RunResult:
    """
    Do the main job: validate, build the network, compute, and write all results.

    Parameters
    ----------
    workspace
        From `open_workspace`.
    out
        Folder for the results; made if absent. Files of an earlier run are replaced only when
        all new ones are ready, so an interrupt leaves the earlier run whole.
    profile
        Who walks; the policy gives the speed.
    on_progress
        Called with the share done (0–1) and what is being done.

    Returns
    -------
    result
        The report with all frames, the files written, what was skipped and why, seconds.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    GeoplanError
        If there are no administrative units, without which nothing can be said.
    """
    result = compute(workspace, profile=profile, on_progress=on_progress)
    result.folder = Path(out)
    steps = Steps(on_progress, result)
    tell = steps.within(0.80, 1.0)
    steps.do(0.80, "write", "写出成果", lambda: write_results(result, workspace, tell))
    if "write" in result.skipped:
        raise result.skipped["write"]
    if on_progress:
        on_progress(1.0, "完成")
    return result


def compute(
    workspace: Workspace, *, profile: str = "elder_walk", on_progress: Progress | None = None
) -> RunResult:
    """
    Do the main job without writing anything.

    Parameters
    ----------
    workspace
        From `open_workspace`.
    profile
        Who walks; the policy gives the speed.
    on_progress
        Called with the share done (0–1) and what is being done.

    Returns
    -------
    result
        As from `run`, without files.

    Raises
    ------
    GeoplanError
        If there are no administrative units, without which nothing can be said.
    """
    result = RunResult()
    steps = Steps(on_progress, result)
    defects = steps.do(0.0, "read", "读取图层", lambda: workspace.defects(steps.within(0.0, 0.3)))
    workspace.read("admin_units")
    reach = steps.do(0.30, "reach", "步行可达", lambda: _reach(workspace, profile, steps))
    areas = steps.do(0.45, "areas", "服务圈", lambda: _areas(workspace, profile, steps))
    net = judging.network_or_none(workspace, profile)
    found = [
        steps.do(0.65, "standards", "对标检查", lambda: judging.judge_standards(workspace, net)),
        steps.do(0.70, "boundaries", "界线", lambda: judging.judge_boundaries(
            workspace, on_progress=steps.within(0.70, 0.74))),
    ]  # fmt: skip
    checks = judging.together(found)
    later = steps.do(0.74, "later", "现状", lambda: judging.later(workspace, net))
    estates = steps.do(0.77, "estates", "居住区", lambda: judging.estates(workspace))
    urban = steps.do(0.79, "urban", "城镇口径", lambda: judging.urban(workspace))
    report = _report(workspace, defects, reach or _no_reach(), areas, checks, profile)
    beside = {name: f for name, f in (("later", later), ("estates", estates), ("urban", urban))
              if f is not None}  # fmt: skip
    result.report = replace(report, **beside)
    return result


@dataclass
class _Reach:
    demand: gpd.GeoDataFrame
    coverage: pd.DataFrame
    facts: dict[str, Any]
    histogram: pd.DataFrame
    unserved: gpd.GeoDataFrame


def _no_reach() -> _Reach:
    nothing = gpd.GeoDataFrame(geometry=[], crs=crs.GEOGRAPHIC)
    return _Reach(nothing, pd.DataFrame(), {}, pd.DataFrame(), nothing)


def circle_facilities(workspace: Workspace) -> gpd.GeoDataFrame:
    """
    Return the facilities that make the service circle: in service, of the kinds of ELD-06.

    A facility of unknown status is left out, as the certain answer asks (IND-02).

    Returns
    -------
    facilities
        In the workspace's metric CRS; rows without coordinates have no geometry.
    """
    return live.circle_facilities(_facilities(workspace), workspace.policy, workspace.metric_crs)


def _facilities(workspace: Workspace) -> dict[str, gpd.GeoDataFrame]:
    return {"facilities": workspace.metric("facilities")}


def _reach(workspace: Workspace, profile: str, steps: Steps) -> _Reach:
    start = perf_counter()
    net = workspace.network(profile)
    demand = workspace.metric("population")
    facilities = circle_facilities(workspace)
    serves = live.circle_kinds(_facilities(workspace), workspace.policy, workspace.metric_crs)[1]
    doors = doors_of(workspace, net, demand)
    near = {
        service: service_circles.travel_time(
            net, service_circles.offering(facilities, service), demand, demand_snap=doors
        )
        for service in SERVICES
    }
    steps.seconds["network_part"] = round(perf_counter() - start, 3)
    names = workspace.units().drop_duplicates("unit_code").set_index("unit_code")["name"]
    rungs = hierarchy.place(demand["unit_code"], hierarchy.ancestors(workspace.units()))
    groups = [g for g in service_circles.GROUPS if g in demand.columns]
    table = pd.concat([rungs, demand[groups]], axis=1)
    coverage = _coverage(table, near, names, workspace)
    coverage["synthetic"] = is_synthetic(demand) or any(
        is_synthetic(workspace.layers.get(n)) for n in ("facilities", "roads")
    )
    keep = [c for c in ("point_id", "unit_code", "persons", "elders_60") if c in demand.columns]
    flag_m = workspace.policy.value("snap_flag_m")
    facts = {
        "nodes": net.nodes,
        "edges": net.edges,
        "length_km": round(float(net.edge_length_m.sum()) / 1000.0, 1),
        "connected_share": round(net.connected_share, 4),
        "profile": net.profile,
        "speed_m_s": net.access_speed_m_s,
        "circle_facilities": len(facilities),
        "circle_facilities_status_unknown": int(serves.isna().sum()),
        "facilities_without_position": int(facilities.geometry.isna().sum()),
        "doors": len(demand),
        "doors_unsnapped": int((near["any"]["reach"] == "unsnapped").sum()),
        "doors_flagged": int((near["any"]["access_m"] > flag_m).sum()),
        "doors_through_gates": _counted(near["any"], "gate"),
        "doors_gates_unknown": _counted(near["any"], "assumed"),
        **{f"streets_{name}": count for name, count in net.notes.items()},
    }
    found = demand[[*keep, "geometry"]].assign(
        walk_min=near["any"]["walk_min"], facility_id=near["any"]["facility_id"],
        access_m=near["any"]["access_m"], reach=near["any"]["reach"],
        access=near["any"].get("access", "street"),
        synthetic=bool(coverage["synthetic"].any()),
    )  # fmt: skip
    histogram, unserved = _distribution(demand, table, near["any"], names, workspace)
    return _Reach(found, coverage, facts, histogram, unserved)


def _counted(near: pd.DataFrame, access: str) -> int:
    return int((near["access"] == access).sum()) if "access" in near else 0


def _distribution(
    demand: gpd.GeoDataFrame,
    table: pd.DataFrame,
    near: pd.DataFrame,
    names: pd.Series[str],
    workspace: Workspace,
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Return people by walking minutes per unit, and clusters of elders beyond the circle."""
    parts = [
        service_circles.histogram(near, table, by=level)
        .rename(columns={level: "unit_code"})
        .assign(level=level)
        for level in _ROLL_UP
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows.insert(1, "unit_name", rows["unit_code"].map(names))
    if "elders_60" not in demand.columns:
        return rows, _no_reach().unserved
    limit_min = workspace.policy.value("service_circle_min")
    clusters = service_circles.unserved_clusters(near, demand, limit_min=limit_min, names=names)
    clusters["synthetic"] = is_synthetic(demand)
    return rows, clusters


def _coverage(
    table: pd.DataFrame,
    near: dict[str, pd.DataFrame],
    names: pd.Series[str],
    workspace: Workspace,
) -> pd.DataFrame:
    parts = []
    for service, minutes in near.items():
        for level in _ROLL_UP if service == "any" else _ROLL_UP[:-1]:
            rows = service_circles.coverage(minutes, table, by=level, policy=workspace.policy)
            rows = rows.rename(columns={level: "unit_code"}).assign(level=level, service=service)
            parts.append(rows)
    found = pd.concat(parts, ignore_index=True)
    found["unit_name"] = found["unit_code"].map(names)
    first = ["unit_code", "unit_name", "level", "service", "group", "limit_min"]
    order = found[first + [c for c in found.columns if c not in first]]
    rank = {name: i for i, name in enumerate(_ROLL_UP)}
    return order.sort_values(
        ["level", "unit_code", "service", "group", "limit_min"], kind="stable",
        key=lambda c: c.map(rank) if c.name == "level" else c, ignore_index=True,
    )  # fmt: skip


def _areas(workspace: Workspace, profile: str, steps: Steps) -> gpd.GeoDataFrame:
    net = workspace.network(profile)
    limits = workspace.policy.numbers("circle_limits_min")
    found = service_circles.areas(
        net, circle_facilities(workspace), minutes=limits, merge="dissolve", cell_m=_AREA_CELL_M,
        on_progress=steps.within(0.45, 0.65),
    )  # fmt: skip
    return found.assign(
        synthetic=any(is_synthetic(workspace.layers.get(n)) for n in ("facilities", "roads"))
    )


def _report(
    workspace: Workspace,
    defects: pd.DataFrame | None,
    reach: _Reach,
    areas: gpd.GeoDataFrame | None,
    checks: pd.DataFrame | None,
    profile: str,
) -> reports.CityReport:
    policy, file = workspace.policy, workspace.file
    units = gpd.GeoDataFrame(workspace.layers["admin_units"])
    facilities = workspace.layers.get("facilities")
    checks = pd.DataFrame() if checks is None else checks
    lacking = standards.gaps(checks, workspace.units())
    synthetic = bool(file.synthetic) or any(
        is_synthetic(workspace.layers.get(n)) for n in workspace.layers
    )
    return reports.CityReport(
        title_zh=file.title or file.name,
        title_en=file.name,
        synthetic=synthetic,
        policy_id=policy.id,
        policy_title=policy.title,
        policy_digest=policy.digest,
        version=__version__,
        assessment_date=str(policy.assessment_date),
        metric_crs=workspace.metric_crs,
        checks=checks,
        coverage=reach.coverage,
        units=units.to_crs(crs.GEOGRAPHIC) if units.crs else units,
        facilities=_geographic(facilities),
        areas=_geographic(areas),
        demand=_geographic(reach.demand),
        gaps=lacking,
        inputs=_inputs(workspace),
        defects=pd.DataFrame() if defects is None else defects,
        facts={"profile": profile, **reach.facts},
        histogram=reach.histogram,
        unserved=_geographic(reach.unserved),
        policy=policy,
        series=judging.series(workspace), closing=judging.closing(workspace, lacking, checks),
        projects=_table(workspace.layers.get("projects")),
    )  # fmt: skip


def _table(frame: pd.DataFrame | None) -> pd.DataFrame:
    return pd.DataFrame() if frame is None else pd.DataFrame(
        frame.drop(columns="geometry", errors="ignore")
    )  # fmt: skip


def _geographic(frame: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    if not isinstance(frame, gpd.GeoDataFrame):
        return gpd.GeoDataFrame(geometry=[], crs=crs.GEOGRAPHIC)
    return frame.to_crs(crs.GEOGRAPHIC)


def _inputs(workspace: Workspace) -> pd.DataFrame:
    rows = []
    for name, report in workspace.read_all().items():
        frame = workspace.layers[name]
        dates = list(frame["source_date"].dropna()) if "source_date" in frame.columns else []
        rows.append(
            {
                "layer": name, "zh": LAYERS[name].zh,
                "file": Path(report.file).name, "rows": report.rows, "valid": report.valid_rows,
                "rejected": report.rejected_rows, "encoding": report.encoding, "crs": report.crs,
                "digest": report.digest, "source_date": str(max(dates))[:10] if len(dates) else "",
                "synthetic": is_synthetic(frame), "notes_zh": "；".join(report.notes_zh),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
