"""What is asked beside a plan (方案的追问): ``geoplan siting alternatives|why-not|curve|…``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from geoplan.cli.app import app, show
from geoplan.cli.boundaries import MapOption, write_map
from geoplan.cli.options import (
    Bar,
    JsonOption,
    PolicyOption,
    ProfileOption,
    WorkspaceArg,
)
from geoplan.cli.siting_options import (
    HEAD,
    BudgetOption,
    CoverOption,
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

siting_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None,
    help="选址追问：近优方案、为何不选、投入曲线、分期、稳定性。 Asked beside a plan.",
)  # fmt: skip
app.add_typer(siting_app, name="siting")

OutFile = Annotated[Path | None, typer.Option("-o", "--out", help="写成文件。 Also write a file.")]
_CURVE = ["covered", "covered_share", "bound", "gain", "gain_most", "cost", "new", "status"]


def _plan(
    workspace: Path, policy: str | None, *, model: str = "mclp", sites: int | None,
    budget: float | None, time_limit_s: float | None, seed: int, **asked: Any,
) -> Siting:  # fmt: skip
    """Choose as ``geoplan site`` does with the same options."""
    from geoplan.workspace import open_workspace
    from geoplan.workspace.siting import site

    city = open_workspace(workspace, policy=policy)
    p = amount(sites, budget) if model == "mclp" else sites
    with Bar() as tell:
        return site(city, model=model, p=p, budget=budget, seed=seed,
                    time_limit_s=time_limit_s, progress=tell, **asked)  # fmt: skip


@siting_app.command()
def alternatives(
    workspace: WorkspaceArg,
    share: Annotated[
        float, typer.Option(min=0, max=1, help="与最优相差不超过。 How far from the bound.")
    ] = 0.005,
    most: Annotated[int, typer.Option(min=1, help="最多找几个。 How many to look for.")] = 20,
    model: CoverOption = "mclp",
    sites: SitesOption = None,
    budget: BudgetOption = None,
    minutes: MinutesOption = None,
    group: GroupOption = "elders_60",
    where: WhereOption = "both",
    every_m: EveryOption = 400.0,
    profile: ProfileOption = "elder_walk",
    seed: SeedOption = 0,
    time_limit_s: TimeOption = 60.0,
    out: OutFile = None,
    map_: MapOption = None,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """近优方案：哪些点必选，哪些可换。 Plans as good: sites in all, sites in some."""
    from geoplan import io
    from geoplan.workspace.siting_choices import alternatives as look

    found = _plan(workspace, policy, model=model, sites=sites, budget=budget, minutes=minutes,
                  group=group, where=where, every_m=every_m, profile=profile, seed=seed,
                  time_limit_s=time_limit_s)  # fmt: skip
    with Bar() as tell:
        others = look(found, share, most, time_limit_s=time_limit_s, seed=seed, progress=tell)
    if out is not None:
        io.write(others.sites, out)
    if map_ is not None:
        _draw(found, others.sites, "role", others.summary(), map_)
    if as_json:
        seen = others.found
        print(json.dumps({
            "share": share, "bound": number(seen.bound), "limit": number(seen.limit),
            "complete": seen.complete, "core": list(seen.core), "core_proved": seen.core_proved,
            "swing": list(seen.swing), "plans": rows(seen.table), "sites": rows(others.sites),
        }, ensure_ascii=False, allow_nan=False))  # fmt: skip
        return
    print(others.summary("zh"))
    print(others.summary("en"))
    show(others.found.table.head(HEAD).map(_listed),
         ["objective", "gap_share", "cost", "sites_in", "sites_out"], as_json=False)  # fmt: skip
    show(others.sites, ["site_id", "name", "role", "plans", "in_plan", "cost"], as_json=False)


@siting_app.command("why-not")
def why_not(
    workspace: WorkspaceArg,
    called: Annotated[str, typer.Argument(metavar="SITE", help="备选点编号或名称。 Id or name.")],
    model: CoverOption = "mclp",
    sites: SitesOption = None,
    budget: BudgetOption = None,
    minutes: MinutesOption = None,
    group: GroupOption = "elders_60",
    where: WhereOption = "both",
    every_m: EveryOption = 400.0,
    profile: ProfileOption = "elder_walk",
    seed: SeedOption = 0,
    time_limit_s: TimeOption = None,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """为何不选某处；若必须选它会怎样。 Why not this one, and what if it had to be."""
    from geoplan.workspace.siting_choices import why_not as ask

    found = _plan(workspace, policy, model=model, sites=sites, budget=budget, minutes=minutes,
                  group=group, where=where, every_m=every_m, profile=profile, seed=seed,
                  time_limit_s=time_limit_s)  # fmt: skip
    said = ask(found, called, time_limit_s=time_limit_s)
    if as_json:
        plain = {k: number(v) if isinstance(v, float) else v for k, v in said.items()}
        print(json.dumps(plain, ensure_ascii=False, allow_nan=False))
        return
    print(f"{said['name']}（{said['site_id']}）")
    print(said["text_zh"])
    print(said["text_en"])


@siting_app.command()
def curve(
    workspace: WorkspaceArg,
    upto: Annotated[int, typer.Option(min=0, help="到多少处。 Up to how many new sites.")] = 20,
    budgets: Annotated[
        str | None,
        typer.Option(metavar="YUAN,YUAN", help="若干经费（元），由小到大。 Sums instead, rising."),
    ] = None,
    minutes: MinutesOption = None,
    group: GroupOption = "elders_60",
    where: WhereOption = "both",
    every_m: EveryOption = 400.0,
    profile: ProfileOption = "elder_walk",
    seed: SeedOption = 0,
    time_limit_s: TimeOption = None,
    out: OutFile = None,
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE", help="曲线图 .svg、.png。 A drawing.")
    ] = None,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """多建一处、多投一笔能多覆盖多少人。 What each further site, or sum, buys."""
    from geoplan import io
    from geoplan.reports.siting_chart import siting_curve
    from geoplan.workspace import open_workspace
    from geoplan.workspace.siting_outlook import curve as draw

    city = open_workspace(workspace, policy=policy)
    with Bar() as tell:
        found = draw(
            city, upto if budgets is None else _sums(budgets), minutes=minutes, group=group,
            where=where, every_m=every_m, profile=profile, seed=seed, time_limit_s=time_limit_s,
            progress=tell,
        )  # fmt: skip
    table = found.table.reset_index()
    table["sites"] = table["sites"].map(_listed)
    if out is not None:
        io.write(table, out)
    if chart is not None:
        write_map(siting_curve(found.table, synthetic=found.question.synthetic), chart)
    if as_json:
        print(json.dumps(rows(table), ensure_ascii=False, allow_nan=False))
        return
    print("\n".join(found.sentences("zh")))
    show(table, [str(table.columns[0]), *_CURVE], as_json=False)


@siting_app.command()
def phases(
    workspace: WorkspaceArg,
    steps: Annotated[
        str, typer.Argument(metavar="YEAR:N,YEAR:N", help="如 2025:4,2030:4。 New in each year.")
    ],
    by: Annotated[
        Literal["sites", "budget"],
        typer.Option(help="sites 处数，budget 经费（元）。 Sites, or money in yuan."),
    ] = "sites",
    minutes: MinutesOption = None,
    group: GroupOption = "elders_60",
    where: WhereOption = "both",
    every_m: EveryOption = 400.0,
    profile: ProfileOption = "elder_walk",
    seed: SeedOption = 0,
    time_limit_s: TimeOption = None,
    out: OutFile = None,
    map_: MapOption = None,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """分期建设：哪年建哪几处，已建的保留。 What opens in which year; what is open stays."""
    from geoplan import io
    from geoplan.workspace import open_workspace
    from geoplan.workspace.siting_outlook import phases as plan

    with Bar() as tell:
        found = plan(
            open_workspace(workspace, policy=policy), _years(steps, by), by=by,
            seed=seed, time_limit_s=time_limit_s, progress=tell, minutes=minutes, group=group,
            where=where, every_m=every_m, profile=profile,
        )  # fmt: skip
    feasible = found.plan.status != "infeasible"
    if out is not None and feasible:
        io.write(found.sites, out)
    if map_ is not None and feasible:
        _draw(found, found.sites, "year", found.summary(), map_)
    if as_json:
        print(json.dumps({
            "status": found.plan.status, "objective": number(found.plan.objective),
            "bound": number(found.plan.bound), "gap_share": number(found.plan.gap_share),
            "reason": found.plan.reason, "phases": rows(found.table), "sites": rows(found.sites),
        }, ensure_ascii=False, allow_nan=False))  # fmt: skip
        return
    print(found.summary("zh"))
    print(found.summary("en"))
    if feasible:
        show(found.table, ["year", "new", "cost", "covered_share", "bound", "gap_share"],
             as_json=False)  # fmt: skip
        show(found.sites, ["order", "year", "site_id", "name", "gain", "cost"], as_json=False)


@siting_app.command()
def stability(
    workspace: WorkspaceArg,
    sites: SitesOption = None,
    budget: BudgetOption = None,
    more: Annotated[
        float, typer.Option(min=0, help="各县人口依次增加。 People more, county by county.")
    ] = 0.2,
    slower: Annotated[
        float, typer.Option(max=1, help="步速降至。 Share of the speed that is left.")
    ] = 0.8,
    lost: Annotated[int, typer.Option(min=0, help="依次停用几处现有设施。 Facilities lost.")] = 3,
    minutes: MinutesOption = None,
    group: GroupOption = "elders_60",
    where: WhereOption = "both",
    every_m: EveryOption = 400.0,
    profile: ProfileOption = "elder_walk",
    seed: SeedOption = 0,
    time_limit_s: TimeOption = None,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """情况有变时方案还成立吗。 Whether a plan holds when people, pace or facilities change."""
    from geoplan.workspace.siting_outlook import stability as ask

    found = _plan(workspace, policy, sites=sites, budget=budget, minutes=minutes, group=group,
                  where=where, every_m=every_m, profile=profile, seed=seed,
                  time_limit_s=time_limit_s)  # fmt: skip
    held = ask(found, more=more, slower=slower, lost=lost, time_limit_s=time_limit_s)
    tables = held.sites.reset_index(), held.scenarios.reset_index()
    if as_json:
        robust = held.robust
        print(json.dumps({
            "sites": rows(tables[0]), "scenarios": rows(tables[1]),
            "robust": {"status": robust.status, "gap_share": number(robust.gap_share),
                       "sites": robust.problem.candidate_ids[robust.new].tolist()},
        }, ensure_ascii=False, allow_nan=False))  # fmt: skip
        return
    print(held.summary("zh"))
    print(held.summary("en"))
    show(tables[0], ["site_id", "name", "chosen", "times", "share"], as_json=False)
    show(tables[1], ["about_zh", "covered", "best", "regret_share"], as_json=False)


def _draw(found: Any, sites: gpd.GeoDataFrame, by: str, line: str, path: Path) -> None:
    from geoplan import maps

    question = found.question
    chosen = found.plan.chosen if hasattr(found.plan, "chosen") else found.plan.plans[-1].chosen
    chart = maps.siting_map(
        question.workspace.units(), sites, question.served(chosen), by=by,
        synthetic=question.synthetic, lines=(line,),
    )  # fmt: skip
    write_map(maps.page(chart), path)


def _listed(value: Any) -> Any:
    return " ".join(map(str, value)) if isinstance(value, tuple) else value


def _sums(text: str) -> list[float]:
    from geoplan.errors import InputError

    try:
        return [float(part) for part in text.replace("，", ",").split(",")]
    except ValueError:
        raise InputError(
            f"{text!r} are no sums.", zh=f"“{text}”不是若干经费。",
            fix="for example 1000000,5000000", fix_zh="例如 1000000,5000000", parameter="budgets",
        ) from None  # fmt: skip


def _years(text: str, by: str) -> list[tuple[int, float]]:
    from geoplan.errors import InputError

    try:
        pairs = [part.replace("：", ":").split(":") for part in text.replace("，", ",").split(",")]
        return [(int(year), int(n) if by == "sites" else float(n)) for year, n in pairs]
    except ValueError:
        raise InputError(
            f"{text!r} are no years with numbers.", zh=f"“{text}”不是“年份:数量”。",
            fix="for example 2025:4,2030:4,2035:6", fix_zh="例如 2025:4,2030:4,2035:6",
            parameter="steps",
        ) from None  # fmt: skip
