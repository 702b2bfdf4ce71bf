"""The command line (命令行): ``geoplan VERB``; heavy libraries load only where needed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from geoplan.cli.options import (
    Bar,
    JsonOption,
    LangOption,
    OutOption,
    PolicyOption,
    ProfileOption,
    WorkspaceArg,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    import pandas as pd
    from rich.console import Console

app = typer.Typer(
    name="geoplan",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="民政设施、界线、地名规划分析。 Plan a city's civil-affairs facilities and boundaries.",
)
policy_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None,
    help="标准库：查看与比较。 Policies: show and compare.",
)  # fmt: skip
app.add_typer(policy_app, name="policy")


_INTERRUPTED = 130
_LARGE = 1_000.0  # from here on no decimals on the screen
_WIDEST_CELL = 32  # longer texts are cut on the screen; --json has them whole


def main() -> None:
    """Run the command line; our own errors become messages and exit codes."""
    from geoplan.errors import GeoplanError

    lang = "en" if "--lang=en" in sys.argv or _after("--lang") == "en" else "zh"
    try:
        code = app(standalone_mode=False) or 0
        if code == _INTERRUPTED:
            raise KeyboardInterrupt  # noqa: TRY301  (typer turned it into a code)
        sys.exit(code)
    except GeoplanError as error:
        if "--json" in sys.argv:
            print(json.dumps(error.as_problem(lang), ensure_ascii=False))  # type: ignore[arg-type]
        else:
            typer.secho(f"[{error.code}] {error.render(lang)}", err=True, fg="red")  # type: ignore[arg-type]
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        typer.secho("已取消，没有留下半个文件。 Cancelled; no partial file was left.", err=True)
        sys.exit(_INTERRUPTED)
    except Exception as error:  # noqa: BLE001  (the last stop before the user)
        if type(error).__module__.split(".")[0] in {"click", "typer"}:
            error.show()  # type: ignore[attr-defined]
            sys.exit(2)
        _internal(error)


def _after(option: str) -> str:
    at = sys.argv.index(option) if option in sys.argv else -1
    return sys.argv[at + 1] if 0 <= at < len(sys.argv) - 1 else ""


def _internal(error: Exception) -> None:
    import traceback

    if os.environ.get("GEOPLAN_DEBUG"):
        traceback.print_exc()
    last = traceback.extract_tb(error.__traceback__)[-1]
    typer.secho(
        f"内部错误 internal error: {type(error).__name__}: {error}"
        f" ({Path(last.filename).name}:{last.lineno})\n"
        "设 GEOPLAN_DEBUG=1 可看到全部。 Set GEOPLAN_DEBUG=1 for the whole trace.",
        err=True, fg="red",
    )  # fmt: skip
    sys.exit(3)


def _console() -> Console:
    from rich.console import Console

    return Console()


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="新文件夹。 A new folder.")],
    seed: Annotated[int, typer.Option(help="随机种子。 Random seed.")] = 20220207,
    as_json: JsonOption = False,
) -> None:
    """生成演示城市（演示数据·非真实）。 Build the demo city (synthetic)."""
    from geoplan.demo import build

    with Bar() as tell:
        build(folder, seed=seed, on_progress=tell)
    if as_json:
        print(json.dumps({"folder": str(folder), "seed": seed}, ensure_ascii=False))
    else:
        print(f"演示城市（演示数据·非真实）已生成：{folder}\n下一步：geoplan run {folder} -o out")


@app.command()
def run(
    workspace: WorkspaceArg,
    out: OutOption = Path("out"),
    policy: PolicyOption = None,
    profile: ProfileOption = "elder_walk",
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> None:
    """主流程：检查、计算、计分板、地图与报告。 The main job: checks, analyses, map, report."""
    from geoplan.reports import print_scoreboard
    from geoplan.workspace import open_workspace
    from geoplan.workspace import run as main_job

    with Bar() as tell:
        city = open_workspace(workspace, policy=policy)
        result = main_job(city, out, profile=profile, on_progress=tell)
    if as_json:
        print((out / "manifest.json").read_text(encoding="utf-8"), end="")
        return
    print_scoreboard(result.report, _console(), lang=lang)
    for name, error in result.skipped.items():
        typer.secho(f"未完成 skipped: {name}: {error.render(lang)}", fg="yellow")
    shown = [f for f in result.files if not f.startswith("tables/")]
    print(f"成果 results: {out}  ({', '.join(shown)}, tables/)")


@app.command()
def check(workspace: WorkspaceArg, lang: LangOption = "zh", as_json: JsonOption = False) -> None:
    """检查工作区的数据；有问题时退出码为 1。 Check the data; exit 1 when something is found."""
    from geoplan.workspace import open_workspace

    with Bar() as tell:
        found = open_workspace(workspace).defects(tell)
    if as_json:
        show(found, None, as_json=True)
    else:
        for row in found.to_dict("records"):
            print(_finding_line(row, lang))
    if len(found):
        raise typer.Exit(1)
    if not as_json:
        print("没有发现问题。 Nothing found.")


def _finding_line(row: dict[Hashable, Any], lang: Literal["zh", "en"]) -> str:
    """Say one finding in a line: where, what, and what to do."""
    place = [str(row["layer"]), Path(str(row["file"])).name]
    if _text(row["row"]):
        place.append(f"第 {_text(row['row'])} 行" if lang == "zh" else f"row {_text(row['row'])}")
    place += [str(row[c]) for c in ("id", "field") if row[c]]
    fix = "办法" if lang == "zh" else "fix"
    effect = {"row_rejected": "退回", "cell_emptied": "清空", "layer_skipped": "跳过"}.get(
        str(row["effect"]), "提醒"
    )
    mark = effect if lang == "zh" else str(row["effect"])
    where = " · ".join(p for p in place if p)
    return f"[{mark}] {where}：{row[f'reason_{lang}']}；{fix}：{row[f'fix_{lang}']}"


@app.command()
def template(
    layer: Annotated[str, typer.Argument(metavar="LAYER", help="图层名。 Layer name.")],
    out: OutOption = Path("template.xlsx"),
) -> None:
    """生成某图层的 Excel 模板。 Write an Excel template for a layer."""
    from geoplan.io import write_template

    write_template(layer, out)
    print(f"模板 template: {out}")


@policy_app.command("show")
def policyshow(
    name: Annotated[str, typer.Argument(help="名称或路径。 Name or path.")] = "suizhou-2022",
    as_json: JsonOption = False,
) -> None:
    """列出一个标准库的全部数值。 List every figure of a policy."""
    from geoplan.io import read_policy
    from geoplan.policy import as_frame

    found = as_frame(read_policy(name))
    if as_json:
        show(found, None, as_json=True)
        return
    for row in found.to_dict("records"):
        cells = (_text(row[c]) for c in ("class", "operator", "value", "unit"))
        figure = " ".join(c for c in cells if c and c != "none")
        print(f"{row['key']}  {row['title_zh']}  {figure}  {row['clause']} [{row['basis']}]")


@policy_app.command("diff")
def policy_diff(
    a: Annotated[str, typer.Argument(help="名称或路径。 Name or path.")],
    b: Annotated[str, typer.Argument(help="名称或路径。 Name or path.")],
    as_json: JsonOption = False,
) -> None:
    """比较两个标准库。 Compare two policies."""
    from geoplan.io import read_policy
    from geoplan.policy import diff

    show(diff(read_policy(a), read_policy(b)), None, as_json=as_json)


@policy_app.command("list")
def policy_list() -> None:
    """列出随附的标准库。 List the policies that ship."""
    from geoplan.io import list_policies

    print("\n".join(list_policies()))


def show(frame: pd.DataFrame, columns: list[str] | None, *, as_json: bool) -> None:
    """Print a frame as a table, or as JSON with every column."""
    if as_json:
        print(frame.to_json(orient="records", force_ascii=False, date_format="iso"))
        return
    from rich.table import Table

    shown = frame if columns is None else frame[[c for c in columns if c in frame.columns]]
    table = Table(show_lines=False, header_style="bold")
    for name in shown.columns:
        table.add_column(str(name), overflow="fold")
    for row in _cells(shown):
        table.add_row(*row)
    _console().print(table)


def _cells(frame: pd.DataFrame) -> Iterator[list[str]]:
    for row in frame.itertuples(index=False):
        yield [_text(value) for value in row]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:,.4g}"


def _text(value: Any) -> str:
    import pandas as pd

    if value is None or (not isinstance(value, list | tuple) and pd.isna(value)):
        return ""
    text = _number(value) if isinstance(value, float) else str(value)
    return text if len(text) <= _WIDEST_CELL else f"{text[: _WIDEST_CELL - 1]}…"
