"""Scoreboard, papers, comparison (计分板、报告、对比): ``indicators``, ``report``, ``compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geoplan.cli.app import app, show
from geoplan.cli.options import (
    Bar,
    JsonOption,
    LangOption,
    LevelOption,
    OutOption,
    PolicyOption,
    WorkspaceArg,
)
from geoplan.cli.standards import UrbanOption, judged, show_checks

if TYPE_CHECKING:
    import pandas as pd


@app.command()
def indicators(
    workspace: WorkspaceArg,
    level: LevelOption = "prefecture",
    unit: Annotated[str | None, typer.Option(help="单元名称或代码。 Name or code.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="连同正文、专栏的目标。 Also targets of the text.")
    ] = False,
    urban_only: UrbanOption = False,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """计分板：15 项主要指标和其他目标。 The scoreboard: 15 indicators and the other targets."""
    from geoplan import indicators as plan
    from geoplan.errors import UnknownIdError
    from geoplan.workspace import open_workspace

    city = open_workspace(workspace, policy=policy)
    checks = judged(city, urban_only=urban_only)
    found = plan.board(checks, city.policy, level=level)
    if unit:
        rows = found[(found["unit_name"] == unit) | (found["unit_code"] == unit)]
        if rows.empty:
            raise UnknownIdError.among("unit", "单元", unit, sorted(set(found["unit_name"])))
        found = rows
    if not every and found["number"].notna().any():
        found = found[found["number"].notna()]
    show_checks(found, by_unit=False, as_json=as_json)


@app.command()
def report(
    workspace: WorkspaceArg,
    out: OutOption = Path("reports"),
    formats: Annotated[
        str, typer.Option("--format", help="pdf,docx,xlsx,html 中任选。 Any of these.")
    ] = "pdf,docx,xlsx,html",
    counties: Annotated[bool, typer.Option("--counties", help="每县一份。 One a county.")] = False,
    townships: Annotated[
        bool, typer.Option("--townships", help="每镇（街道）一页。 A sheet for each township.")
    ] = False,
    template: Annotated[
        Path | None, typer.Option(help="本局的 Word 模板。 The bureau's Word template.")
    ] = None,
    policy: PolicyOption = None,
    lang: LangOption = "zh",
) -> None:
    """成文：Word、PDF、Excel、网页，数字一致。 Papers: Word, PDF, Excel, web page."""
    from geoplan import reports
    from geoplan.workspace import open_workspace
    from geoplan.workspace.mainjob import compute

    levels = ["city", *(["county"] if counties else []), *(["township"] if townships else [])]
    kinds = [f.strip() for f in formats.split(",") if f.strip()]
    city = open_workspace(workspace, policy=policy)
    with Bar() as tell:
        found = compute(city, on_progress=lambda share, word: tell(0.6 * share, word))
        paths = reports.write_reports(
            found.report, out, formats=kinds, levels=levels, lang=lang, template=template,
            on_progress=lambda share, word: tell(0.6 + 0.4 * share, word),
        )  # fmt: skip
    print("\n".join(str(p) for p in paths))


@app.command("report-template")
def report_template(
    out: OutOption = Path("report-template.docx"), lang: LangOption = "zh"
) -> None:  # fmt: skip
    """取得 Word 报告模板，改好后交给 report --template。 Get the Word template."""
    from geoplan.reports.word_template import default_template

    print(default_template(out, lang=lang))


@app.command()
def compare(
    before: WorkspaceArg,
    after: Annotated[
        Path | None, typer.Argument(metavar="WS2", help="后一时点的工作区。 The later workspace.")
    ] = None,
    policy: PolicyOption = None,
    other_policy: Annotated[
        str | None, typer.Option("--with-policy", help="与另一标准库比。 Against another policy.")
    ] = None,
    units: Annotated[
        tuple[str, str], typer.Option("--units", help="比较两个单元。 Compare two units.")
    ] = ("", ""),
    level: LevelOption = "county",
    as_json: JsonOption = False,
) -> None:
    """对比两个时点、两个标准库或两个单元，说明原因。 Compare two dates, policies or units."""
    from geoplan import indicators as plan
    from geoplan.errors import InputError
    from geoplan.workspace import open_workspace

    city = open_workspace(before, policy=policy)
    checks = judged(city)
    if all(units):
        found: pd.DataFrame = plan.compare_units(checks, *units)
        show(found, ["rule_id", "title_zh", "unit", "value_one", "value_other", "difference",
                      "status_one", "status_other"], as_json=as_json)  # fmt: skip
        return
    if after is None and other_policy is None:
        raise InputError(
            "There is nothing to compare with.",
            zh="没有说明与什么比较。",
            fix="give a second workspace, --with-policy NAME, or --units ONE OTHER",
            fix_zh="给出第二个工作区、--with-policy 标准库，或 --units 甲 乙",
        )
    second = open_workspace(after or before, policy=other_policy or policy)
    found = plan.compare(checks, judged(second))
    found = found[found["level"].isin(["prefecture", level])]
    show(found, ["rule_id", "title_zh", "unit_name", "value_before", "value_after", "change",
                  "target_before", "target_after", "status_before", "status_after", "cause"],
         as_json=as_json)  # fmt: skip
