"""Scenarios (情景): ``geoplan scenario new|add|move|close|resize|policy|grow|undo|compare|…``."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geoplan.cli.app import app, show
from geoplan.cli.boundaries import MapOption, write_map
from geoplan.cli.options import JsonOption, ProfileOption, WorkspaceArg
from geoplan.cli.typed import cells as read_cells
from geoplan.cli.typed import pair, point
from geoplan.cli.typed import value as read_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from geoplan.errors import GeoplanError
    from geoplan.scenario import Live, Scenario
    from geoplan.workspace import Workspace
    from geoplan.workspace.scenarios import Comparison, Effect

scenario_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None,
    help="情景：增减设施、改标准、人口增长，撤销、对比。 What if: change, undo, share, compare.",
)  # fmt: skip
app.add_typer(scenario_app, name="scenario")

NameArg = Annotated[str, typer.Argument(metavar="NAME", help="情景名称。 Name of the scenario.")]
FacilityArg = Annotated[str, typer.Argument(metavar="ID", help="设施编号。 Id of the facility.")]
AtOption = Annotated[
    str, typer.Option("--at", metavar="X,Y", help="经度,纬度，或 --crs 的坐标。 East, north.")
]
CrsOption = Annotated[
    str, typer.Option("--crs", help="--at 的坐标系，默认 2000 系经纬度。 CRS of --at.")
]
GroupOption = Annotated[str, typer.Option("--group", help="人群。 Whom the summary counts.")]
MinutesOption = Annotated[
    float | None,
    typer.Option("--minutes", min=0, help="时限，默认按标准。 Limit; default the policy's."),
]
_KINDS = {"add": "新增", "move": "迁移", "close": "关闭", "resize": "调整规模",
          "set_policy": "改标准", "grow": "人口增长"}  # fmt: skip
_ROWS = ["unit_name", "a", "b", "change", "persons_a", "persons_b", "gain", "lose"]
_CHECKS = ["item", "title_zh", "unit_name", "status_a", "status_b", "a", "b"]
_HEAD = 15


@scenario_app.command()
def new(
    workspace: WorkspaceArg,
    name: NameArg,
    source: Annotated[
        str | None, typer.Option("--from", metavar="OTHER", help="复制另一情景。 Copy another.")
    ] = None,
    note: Annotated[str, typer.Option(help="说明。 What a reader should know.")] = "",
    as_json: JsonOption = False,
) -> None:
    """新建情景；没有步骤即为现状。 Begin a scenario; without steps it is the city as it is."""
    from geoplan.scenario import Scenario
    from geoplan.workspace import open_workspace, read_scenario

    city = open_workspace(workspace)
    made = Scenario(name) if source is None else read_scenario(city, source).renamed(name)
    _require_unused(city, name)
    _save(city, made.renamed(name, note=note or made.note), None, as_json=as_json)


@scenario_app.command()
def add(
    workspace: WorkspaceArg,
    name: NameArg,
    facility: FacilityArg,
    at: AtOption,
    kind: Annotated[str, typer.Option("--kind", help="设施类型，如 daycare。 facility_kind.")],
    cells: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FIELD=VALUE]...", help="其他字段，如 floor_m2=500。 More cells."),
    ] = None,
    crs: CrsOption = "EPSG:4490",
    as_json: JsonOption = False,
) -> None:
    """新增设施。 Open a facility: ... add WS NAME N1 --at 113.37,31.71 --kind daycare beds=20."""
    more = read_cells(cells or ())
    more["facility_kind"] = kind
    place = point(at, crs)
    _edit(workspace, name, lambda s, _: s.add(facility, place, crs=crs, **more), as_json=as_json)


@scenario_app.command()
def move(
    workspace: WorkspaceArg,
    name: NameArg,
    facility: FacilityArg,
    at: AtOption,
    crs: CrsOption = "EPSG:4490",
    as_json: JsonOption = False,
) -> None:
    """迁移设施。 Move a facility."""
    place = point(at, crs)
    _edit(workspace, name, lambda s, _: s.move(facility, place, crs=crs), as_json=as_json)


@scenario_app.command()
def close(
    workspace: WorkspaceArg, name: NameArg, facility: FacilityArg, as_json: JsonOption = False
) -> None:
    """关闭设施。 Close a facility."""
    _edit(workspace, name, lambda s, _: s.close(facility), as_json=as_json)


@scenario_app.command()
def resize(
    workspace: WorkspaceArg,
    name: NameArg,
    facility: FacilityArg,
    sizes: Annotated[
        list[str],
        typer.Argument(metavar="FIELD=VALUE...", help="如 beds=40 floor_m2=900。 What it gets."),
    ],
    as_json: JsonOption = False,
) -> None:
    """调整设施的用地、面积或床位。 Give a facility other land, floor or beds."""
    given = read_cells(sizes)
    _edit(workspace, name, lambda s, _: s.resize(facility, **given), as_json=as_json)


@scenario_app.command()
def policy(
    workspace: WorkspaceArg,
    name: NameArg,
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="参数或条文，如 service_circle_min、ELD-01。")
    ],
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="数、词，或逗号分隔的列表。 May be a list: 5,10.")
    ],
    as_json: JsonOption = False,
) -> None:
    """改一个标准值。 Change a parameter of the policy, or the value of a rule."""
    read = read_value(value)
    _edit(workspace, name, lambda s, _: s.set_policy(key, read), as_json=as_json)


@scenario_app.command()
def grow(
    workspace: WorkspaceArg,
    name: NameArg,
    year: Annotated[int, typer.Argument(metavar="YEAR", help="到哪一年，如 2035。 Until when.")],
    factor: Annotated[float | None, typer.Option(help="全市乘以。 Times this, everywhere.")] = None,
    rates: Annotated[
        list[str] | None,
        typer.Option("--rate", metavar="CODE=RATE", help="单元年增长率，0.01 即 1%。 Per year."),
    ] = None,
    groups: Annotated[
        list[str] | None, typer.Option("--group", help="只有这些人群。 Only these columns.")
    ] = None,
    from_year: Annotated[
        int | None, typer.Option(help="由哪一年，默认人口数据的年份。 Default the data's year.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """人口增长到某年：--factor 或若干 --rate。 Let people grow until a year."""
    by_unit = dict(pair(r) for r in rates or ())

    def change(scenario: Scenario, base: Live) -> Scenario:
        since = _year(scenario, base) if from_year is None else from_year
        return scenario.grow(year, from_year=since, factor=factor, groups=groups or (),
                             rates={k: read_value(v) for k, v in by_unit.items()})  # fmt: skip

    _edit(workspace, name, change, as_json=as_json)


@scenario_app.command()
def undo(workspace: WorkspaceArg, name: NameArg, as_json: JsonOption = False) -> None:
    """撤销最后一步，即使它已不能执行。 Take the last step back, even one that cannot be done."""
    _edit(workspace, name, lambda s, _: s.undo(), as_json=as_json, lenient=True)


@scenario_app.command()
def redo(workspace: WorkspaceArg, name: NameArg, as_json: JsonOption = False) -> None:
    """重做撤销的一步。 Do again what was undone last."""
    _edit(workspace, name, lambda s, _: s.redo(), as_json=as_json)


@scenario_app.command("import")
def import_(
    workspace: WorkspaceArg,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="别人的情景文件。 A shared file.")],
    name: Annotated[
        str | None, typer.Option("--name", help="另取名称。 Under another name.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """收下别人的情景文件：先核对，再保存。 Take in a scenario file: checked first, then saved."""
    from geoplan import io
    from geoplan.workspace import live, open_workspace
    from geoplan.workspace.scenarios import TODAY, effect

    read = io.read_scenario(file)
    read = read if name is None else read.renamed(name)
    city = open_workspace(workspace)
    _require_unused(city, read.name)
    _save(city, read, effect(TODAY, read, live(city)), as_json=as_json)


@scenario_app.command("list")
def list_(workspace: WorkspaceArg, as_json: JsonOption = False) -> None:
    """列出已保存的情景。 The scenarios that were saved."""
    import pandas as pd

    from geoplan import io
    from geoplan.errors import GeoplanError
    from geoplan.workspace import open_workspace, read_scenario

    city = open_workspace(workspace)
    rows: list[tuple[object, ...]] = []
    for name in io.list_scenarios(city.folder):
        try:
            read = read_scenario(city, name)
            rows.append((name, len(read.steps), len(read.undone), read.note, ""))
        except GeoplanError as error:
            rows.append((name, None, None, "", f"{error.message_zh} {error.message}"))
    columns = ["name", "steps", "undone", "note", "problem"]
    show(pd.DataFrame(rows, columns=columns).astype({"steps": "Int64", "undone": "Int64"}),
         None, as_json=as_json)  # fmt: skip


@scenario_app.command("show")
def show_(
    workspace: WorkspaceArg,
    name: NameArg,
    group: GroupOption = "elders_60",
    minutes: MinutesOption = None,
    profile: ProfileOption = "elder_walk",
    as_json: JsonOption = False,
) -> None:
    """一个情景的步骤，及与现状相比的变化。 Its steps, and what they change of the city today."""
    from geoplan.scenario.steps import as_plain
    from geoplan.workspace import live, open_workspace, read_scenario
    from geoplan.workspace.scenarios import TODAY, effect

    city = open_workspace(workspace)
    read = read_scenario(city, name)
    steps = [as_plain(s) for s in read.steps]
    found, problem = _tried(lambda: effect(
        TODAY, read, live(city, profile=profile), group=group, limit_min=minutes))  # fmt: skip
    if as_json:
        told = {"name": read.name, "note": read.note, "steps": steps, "undone": len(read.undone)}
        _print_json(told, found, problem)
        return
    for number, step in enumerate(steps, start=1):
        kind = step.pop("step")
        print(f"{number}  {_KINDS[kind]} {kind}  {json.dumps(step, ensure_ascii=False)}")
    print(f"{read.name}：{len(steps)} 步 steps，可重做 to redo {len(read.undone)}；{read.note}")
    _print_effect(found, problem)


@scenario_app.command()
def compare(
    workspace: WorkspaceArg,
    a: Annotated[str, typer.Argument(metavar="A", help="情景名称或文件。 Name, or a file.")],
    b: Annotated[
        str | None,
        typer.Argument(metavar="[B]", help="不写则 A 与现状比。 Without it, A to today."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="整表 .csv、.xlsx。 The whole table.")
    ] = None,
    map_: MapOption = None,
    standards: Annotated[
        bool, typer.Option("--standards/--no-standards", help="前后对标。 Judge both, too.")
    ] = True,
    rules: Annotated[
        list[str] | None, typer.Option("--rule", help="只按这些规则对标。 By these rules only.")
    ] = None,
    group: GroupOption = "elders_60",
    minutes: MinutesOption = None,
    profile: ProfileOption = "elder_walk",
    as_json: JsonOption = False,
) -> None:
    """两个情景一表一图：覆盖、达标、谁受益谁受损。 Two scenarios in one table and one map."""
    from geoplan import io
    from geoplan.workspace import compare_scenarios, live, open_workspace, read_scenario
    from geoplan.workspace.scenarios import TODAY

    city = open_workspace(workspace)
    named = [read_scenario(city, n) for n in (a, b) if n is not None]
    left, right = named if b is not None else (TODAY, named[0])
    found = compare_scenarios(
        city, left, right, base=live(city, profile=profile), group=group, limit_min=minutes,
        minutes=None if minutes is None else [minutes], rules=(rules or None) if standards else (),
    )  # fmt: skip
    if out is not None:
        io.write(found.table, out)
    if map_ is not None:
        _map(city, found, map_)
    if as_json:
        rows = json.loads(found.changed().to_json(orient="records"))
        _print_json({"a": found.a, "b": found.b, "rows": rows}, found.effect, None)
        return
    _print_comparison(found)
    if out is not None:
        print(f"成果 results: {out}")


def _map(city: Workspace, found: Comparison, path: Path) -> None:
    from geoplan import maps

    lines = (f"A {found.a}", f"B {found.b}", found.effect.summary("zh"), found.effect.summary("en"))
    chart = maps.scenario_map(city.layers["admin_units"], found.doors, found.facilities,
                              group=found.effect.group, lines=lines,
                              synthetic=found.synthetic)  # fmt: skip
    write_map(maps.page(chart), path)


def _print_comparison(found: Comparison) -> None:
    rows = found.changed()
    people = rows[(rows["kind"] == "coverage") & (rows["item"] == found.effect.group)]
    upper = people[people["level"].isin(["prefecture", "county"])]
    checks = rows[rows["kind"] == "standard"]
    print(f"A = {found.a}；B = {found.b}")
    show(upper[upper["limit_min"] == found.effect.limit_min], _ROWS, as_json=False)
    if len(checks):
        show(checks.head(_HEAD), _CHECKS, as_json=False)
        print(f"结论或数值不同的条文 checks that differ: {len(checks)}")
    _print_effect(found.effect, None)


def _edit(
    folder: Path, name: str, change: Callable[[Scenario, Live], Scenario], *, as_json: bool,
    lenient: bool = False,
) -> None:  # fmt: skip
    """Change a saved scenario, try it on the workspace, and only then save it."""
    from geoplan.workspace import live, open_workspace, read_scenario
    from geoplan.workspace.scenarios import effect, state_of

    city = open_workspace(folder)
    before, base = read_scenario(city, name), live(city)
    after = change(before, base)
    found, problem = _tried(lambda: effect(before, after, base))
    if problem is not None and not lenient:
        raise problem
    if problem is not None:  # perhaps of what was undone
        _, problem = _tried(lambda: state_of(after, base))
    _save(city, after, found, problem, as_json=as_json)


def _tried(work: Callable[[], Any]) -> tuple[Any, GeoplanError | None]:
    from geoplan.errors import GeoplanError

    try:
        return work(), None
    except GeoplanError as error:
        return None, error


def _require_unused(city: Workspace, name: str) -> None:
    from geoplan import io
    from geoplan.errors import InputError

    if name in io.list_scenarios(city.folder):
        raise InputError(
            f"There is a scenario {name!r} already.", zh=f"情景“{name}”已存在。",
            fix="take another name, or delete its file in scenarios/",
            fix_zh="另取名称，或删去 scenarios 文件夹中的该文件", scenario=name,
        )  # fmt: skip


def _save(
    city: Workspace, made: Scenario, found: Effect | None, problem: GeoplanError | None = None, *,
    as_json: bool,
) -> None:  # fmt: skip
    from geoplan import io

    path = io.write_scenario(made, city.folder)
    if as_json:
        _print_json(
            {"name": made.name, "steps": len(made.steps), "file": str(path)}, found, problem
        )
        return
    _print_effect(found, problem)
    print(f"情景 scenario {made.name}（{len(made.steps)} 步 steps）：{path}")


def _print_effect(found: Effect | None, problem: GeoplanError | None) -> None:
    if found is not None:
        print(found.summary("zh"))
        print(found.summary("en"))
    if problem is not None:
        typer.secho(f"不能执行 cannot be carried out: {problem.render('zh')}\n"
                    f"{problem.render('en')}", err=True, fg="yellow")  # fmt: skip


def _print_json(told: dict[str, Any], found: Effect | None, problem: GeoplanError | None) -> None:
    if found is not None:
        told["effect"] = {k: None if isinstance(v, float) and math.isnan(v) else v
                          for k, v in asdict(found).items()}  # fmt: skip
    if problem is not None:
        told["problem"] = problem.as_problem("zh")
    print(json.dumps(told, ensure_ascii=False, allow_nan=False))


def _year(scenario: Scenario, base: Live) -> int:
    """Return the year that the people of a scenario are of."""
    from geoplan.errors import InputError
    from geoplan.workspace.scenarios import state_of

    people = state_of(scenario, base).layers["population"]
    years = people["year"].dropna().unique().tolist() if "year" in people.columns else []
    if len(years) != 1:
        raise InputError(
            f"The people are of the years {sorted(years) or 'unknown'}.",
            zh=f"人口数据的年份为 {sorted(years) or '未知'}。", fix="say which: --from-year 2020",
            fix_zh="写明年份：--from-year 2020", parameter="from_year",
        )  # fmt: skip
    return int(years[0])
