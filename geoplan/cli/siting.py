"""The verb of siting (选址命令): site; what is asked beside a plan is in ``geoplan siting``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from geoplan.cli import siting_verbs  # noqa: F401  (registers its verbs)
from geoplan.cli.app import app, show
from geoplan.cli.boundaries import MapOption, write_map
from geoplan.cli.options import (
    Bar,
    JsonOption,
    OutOption,
    PolicyOption,
    ProfileOption,
    WorkspaceArg,
)
from geoplan.cli.siting_options import (
    HEAD,
    BudgetOption,
    EveryOption,
    GroupOption,
    MinutesOption,
    SeedOption,
    SitesOption,
    TimeOption,
    WhereOption,
    amount,
    number,
    rows,
)

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.workspace.siting import Siting

_PROPOSED = ["site_id", "acquisition", "used_m2", "elders_served", "gap_unit", "gap_before_m2",
             "gap_after_m2", "cost"]  # fmt: skip


@app.command()
def site(
    workspace: WorkspaceArg,
    out: OutOption = Path("siting.gpkg"),
    model: Annotated[
        Literal["mclp", "lscp", "k_cover", "p_median", "p_center", "close_gap"],
        typer.Option(help="mclp 覆盖最多，lscp 全覆盖最少，close_gap 补齐面积缺口。 Which model."),
    ] = "mclp",
    sites: SitesOption = None,
    budget: BudgetOption = None,
    at_least: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="各县覆盖率不低于（0–1，mclp）。 Share in every county."),
    ] = None,
    fair: Annotated[
        bool, typer.Option("--fair", help="先提高最低的县（mclp）。 The county worst off first.")
    ] = False,
    standard: Annotated[
        Literal["floor", "land"],
        typer.Option(help="缺口按用房或用地标准。 Whose gap: ELD-03 floor, ELD-01 land."),
    ] = "floor",
    minutes: MinutesOption = None,
    group: GroupOption = "elders_60",
    where: WhereOption = "both",
    every_m: EveryOption = 400.0,
    profile: ProfileOption = "elder_walk",
    seed: SeedOption = 0,
    time_limit_s: TimeOption = None,
    table: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="方案表 .xlsx、.csv。 The proposal list."),
    ] = None,
    map_: MapOption = None,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """下一批设施选在哪里、离最优差多少、为什么。 Where the next facilities go, and why there."""
    from geoplan import io, maps
    from geoplan.workspace import open_workspace
    from geoplan.workspace.siting import site as choose
    from geoplan.workspace.siting_table import proposals

    options: dict[str, Any] = {} if at_least is None else {"at_least": at_least}
    options |= {"aim": "max_min"} if fair else {}
    city = open_workspace(workspace, policy=policy)
    with Bar() as tell:
        found = choose(
            city, model=model, p=amount(sites, budget) if model == "mclp" else sites,
            budget=budget, minutes=minutes, group=group, where=where, every_m=every_m,
            profile=profile, seed=seed, standard=standard, time_limit_s=time_limit_s,
            progress=tell, **options,
        )  # fmt: skip
    proposed = proposals(found, standard)
    if found.plan.status != "infeasible":
        io.write(found.sites, out)
        if table is not None:
            io.write(proposed, table)
        if map_ is not None:
            chart = maps.siting_map(
                city.units(), found.sites, found.people(), synthetic=found.synthetic,
                lines=(found.summary("zh"),),
            )  # fmt: skip
            write_map(maps.page(chart), map_)
    if as_json:
        print(json.dumps(_told(found, proposed), ensure_ascii=False, allow_nan=False))
    else:
        _tell(found, proposed, out)


def _told(found: Siting, proposed: gpd.GeoDataFrame) -> dict[str, Any]:
    plan = found.plan
    told = {
        "model": plan.model, "status": plan.status, "objective": number(plan.objective),
        "bound": number(plan.bound), "gap_share": number(plan.gap_share),
        "new": len(plan.new), "cost_yuan": number(found.sites["cost"].sum(skipna=False)),
        "covered": plan.covered, "unreachable": found.unreachable,
        "seed": plan.seed, "steps": plan.steps, "reason": plan.reason,
        "nearest": {name: float(value) for name, value in plan.nearest.items()},
        "sites": rows(found.sites), "proposals": rows(proposed), "counties": rows(found.units),
        "gains": rows(found.gains()),
    }  # fmt: skip
    if "left_m2" in plan.extra:
        told["left"] = rows(left_of(found))
    return told


def _tell(found: Siting, proposed: gpd.GeoDataFrame, out: Path) -> None:
    plan = found.plan
    print(found.summary("zh"))
    print(found.summary("en"))
    if plan.status == "infeasible":
        for name, value in plan.nearest.items():
            print(f"可行的最近取值 nearest: {name} = {value:.6g}")
        return
    if "need_m2" not in plan.extra:
        show(found.sites.head(HEAD).drop(columns="geometry"),
             ["order", "site_id", "name", "gain", "only", "loss", "replacement", "covered_share"],
             as_json=False)  # fmt: skip
    show(proposed.head(HEAD), _PROPOSED, as_json=False)
    show(found.units, ["group", "total", "share_before", "share_after", "newly"], as_json=False)
    if "left_m2" in plan.extra and len(plan.extra["left_m2"]):
        show(left_of(found), ["name", "m2", "reason_zh"], as_json=False)
    if len(found.rejected):
        print(
            f"备选点排除 {found.rejected['site_id'].nunique()} 处（ELD-19）。 Candidates left out."
        )
    rules = proposed[["gap_rule", "gap_denominator_zh", "gap_basis"]].dropna().drop_duplicates()
    for rule, denominator, basis in rules.itertuples(index=False):
        print(f"缺口依据 gap: {rule}，{denominator} [{basis}]")
    for basis, count in found.sites["cost_basis"].value_counts(sort=False).items():
        print(f"费用依据 cost basis: {basis or '未知 unknown'}，{count} 处")
    print(f"{len(found.sites)} 处 sites: {out}")


def left_of(found: Siting) -> Any:
    """Return the deficits that stay, with the names of the townships and why."""
    left = found.plan.extra["left_m2"].rename_axis("unit_code").reset_index()
    left.insert(1, "name", left["unit_code"].map(found.question.unit_names))
    return left
