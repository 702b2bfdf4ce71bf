"""The verb of siting (选址命令): site."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

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

if TYPE_CHECKING:
    from geoplan.workspace.siting import Siting

_HEAD = 10


@app.command()
def site(
    workspace: WorkspaceArg,
    out: OutOption = Path("siting.gpkg"),
    model: Annotated[
        Literal["mclp", "lscp", "k_cover", "p_median", "p_center"],
        typer.Option(help="mclp 覆盖最多，lscp 全覆盖最少。 Which model; see docs/explanation."),
    ] = "mclp",
    sites: Annotated[int | None, typer.Option(min=0, help="新增几处。 How many new.")] = None,
    budget: Annotated[
        float | None, typer.Option(min=0, help="经费上限（元）。 Most they may cost, yuan.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="时限。 Limit, minutes.")] = None,
    group: Annotated[str, typer.Option(help="人群。 Whom to count.")] = "elders_60",
    where: Annotated[
        Literal["both", "sites", "streets"],
        typer.Option(help="备选闲置用房、道路点或两者。 Idle buildings, places on streets, both."),
    ] = "both",
    every_m: Annotated[
        float, typer.Option(help="道路点间距（米）。 Between street places.")
    ] = 400.0,
    profile: ProfileOption = "elder_walk",
    seed: Annotated[int, typer.Option(help="随机种子。 Seed.")] = 0,
    time_limit_s: Annotated[
        float | None,
        typer.Option(help="最多几秒，到时给出当前最好方案。 Seconds; then the best so far."),
    ] = None,
    map_: MapOption = None,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """下一批设施选在哪里、离最优差多少、为什么。 Where the next facilities go, and why there."""
    from geoplan import io, maps
    from geoplan.workspace import open_workspace
    from geoplan.workspace import site as choose

    if model == "mclp" and sites is None and budget is None:
        sites = _HEAD
    city = open_workspace(workspace, policy=policy)
    with Bar() as tell:
        found = choose(
            city, model=model, p=sites, budget=budget, minutes=minutes, group=group, where=where,
            every_m=every_m, profile=profile, seed=seed, time_limit_s=time_limit_s, progress=tell,
        )  # fmt: skip
    if found.plan.status != "infeasible":
        io.write(found.sites, out)
        if map_ is not None:
            chart = maps.siting_map(
                city.units(), found.sites, found.people(city), synthetic=found.synthetic,
                lines=(found.summary("zh"),),
            )  # fmt: skip
            write_map(maps.page(chart), map_)
    _tell(found, out, as_json=as_json)


def _tell(found: Siting, out: Path, *, as_json: bool) -> None:
    plan = found.plan
    if as_json:
        told = {
            "model": plan.model, "status": plan.status, "objective": _number(plan.objective),
            "bound": _number(plan.bound), "gap_share": _number(plan.gap_share),
            "new": len(plan.new), "cost_yuan": _number(found.sites["cost"].sum(skipna=False)),
            "covered": plan.covered, "unreachable": found.unreachable,
            "seed": plan.seed, "steps": plan.steps, "reason": plan.reason,
            "nearest": dict(plan.nearest), "sites": json.loads(
                found.sites.drop(columns="geometry").to_json(orient="records")),
            "counties": json.loads(found.units.to_json(orient="records")),
        }  # fmt: skip
        print(json.dumps(told, ensure_ascii=False, default=float, allow_nan=False))
        return
    print(found.summary("zh"))
    print(found.summary("en"))
    if plan.status == "infeasible":
        return
    show(found.sites.head(_HEAD).drop(columns="geometry"),
         ["order", "site_id", "name", "gain", "only", "loss", "replacement", "covered_share"],
         as_json=False)  # fmt: skip
    show(found.units, ["group", "total", "share_before", "share_after", "newly"], as_json=False)
    if len(found.rejected):
        print(
            f"备选点排除 {found.rejected['site_id'].nunique()} 处（ELD-19）。 Candidates left out."
        )
    print(f"{len(found.sites)} 处 sites: {out}")


def _number(value: float) -> float | None:
    """Return a number that JSON has, else nothing."""
    return value if math.isfinite(value) else None
