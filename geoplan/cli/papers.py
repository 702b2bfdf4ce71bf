"""Scoreboard, papers, comparison (计分板、报告、对比): ``indicators``, ``report``, ``compare``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    series: Annotated[
        bool, typer.Option("--series", help="历年数值与目标。 Yearly values and targets.")
    ] = False,
    matrix: Annotated[
        bool, typer.Option("--matrix", help="条文覆盖表。 Every clause, and what is done about it.")
    ] = False,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """计分板：15 项主要指标和其他目标。 The scoreboard: 15 indicators and the other targets."""
    import pandas as pd

    from geoplan import indicators as plan
    from geoplan.errors import UnknownIdError
    from geoplan.workspace import judging, open_workspace

    if series:
        _show_series(workspace, policy, as_json=as_json)
        return
    if matrix:
        table = plan.coverage_matrix(open_workspace(workspace, policy=policy).policy)
        columns = ["clause", "rule_id", "title_zh", "kind_zh", "state", "part"]
        show(table, columns, as_json=as_json)
        return
    city = open_workspace(workspace, policy=policy)
    checks = judged(city, urban_only=urban_only)
    later = pd.DataFrame() if urban_only else judging.later(city, None)
    found = plan.board(checks, city.policy, level=level, later=later)
    if unit:
        rows = found[(found["unit_name"] == unit) | (found["unit_code"] == unit)]
        if rows.empty:
            raise UnknownIdError.among("unit", "单元", unit, sorted(set(found["unit_name"])))
        found = rows
    if not every and found["number"].notna().any():
        found = found[found["number"].notna()]
    show_checks(found, by_unit=False, as_json=as_json, with_data=True)


def _show_series(workspace: Path, policy: str | None, *, as_json: bool) -> None:
    """Print the yearly values of the city's indicators beside their targets."""
    from geoplan.units import unit_word
    from geoplan.workspace import judging, open_workspace

    found = judging.series(open_workspace(workspace, policy=policy))
    if as_json or found.empty:
        show(found, None, as_json=as_json)
        return
    found = found.assign(unit=found["unit"].map(unit_word))
    table = found.pivot_table(index=["rule_id", "title_zh", "unit"], columns="year",
                              values="value", sort=False)  # fmt: skip
    table["目标"] = found.groupby(["rule_id", "title_zh", "unit"], sort=False)["target"].last()
    table.columns = [str(c) for c in table.columns]
    names = {"rule_id": "编号", "title_zh": "标准", "unit": "单位"}
    show(table.reset_index().rename(columns=names), None, as_json=False)


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
    issuer: Annotated[str, typer.Option(help="编制单位。 Who hands it in.")] = "",
    review_number: Annotated[str, typer.Option(help="审图号。 Map review number.")] = "",
    policy: PolicyOption = None,
    lang: LangOption = "zh",
) -> None:
    """成文：Word、PDF、Excel、网页，数字一致。 Papers: Word, PDF, Excel, web page."""
    from geoplan import reports
    from geoplan.workspace import open_workspace
    from geoplan.workspace.mainjob import compute

    levels = ["city", *(["county"] if counties else []), *(["township"] if townships else [])]
    kinds = [f.strip() for f in formats.split(",") if f.strip()]
    reports.check_request(kinds, levels=levels, template=template)
    city = open_workspace(workspace, policy=policy)
    with Bar() as tell:
        found = compute(city, on_progress=lambda share, word: tell(0.6 * share, word))
        named = replace(found.report, issuer=issuer, review_number=review_number)
        paths = reports.write_reports(
            named, out, formats=kinds, levels=levels, lang=lang, template=template,
            on_progress=lambda share, word: tell(0.6 + 0.4 * share, word),
        )  # fmt: skip
    for name, error in found.skipped.items():
        typer.secho(f"未完成 skipped: {name}: {error.render(lang)}", fg="yellow", err=True)
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
        _show_difference(found, ("one", "other"), units, as_json=as_json)
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
    _show_difference(found, ("before", "after"), ("前", "后"), as_json=as_json)


_CAUSES = {"data": "数据", "rule": "标准", "boundary": "区划"}


def _show_difference(
    found: pd.DataFrame, sides: tuple[str, str], heads: tuple[str, str], *, as_json: bool
) -> None:
    """Print a comparison in words: both values, both verdicts, and the cause where there is one."""
    if as_json:
        show(found, None, as_json=True)
        return
    if found.empty:
        print("没有差别。 No difference.")
        return
    import pandas as pd

    from geoplan.reports.model import quantity, status_word

    rows = [row for _, row in found.iterrows()]

    def values(column: str) -> list[str]:
        return [quantity(r[column], r["unit"]) if column in r else "" for r in rows]

    def verdicts(column: str) -> list[str]:
        return [status_word(r[column]) if isinstance(r[column], str) else "无此行" for r in rows]

    words: dict[str, Any] = {
        "编号": [r["rule_id"] for r in rows], "标准": [r["title_zh"] for r in rows],
        "单元": [str(r.get("unit_name", "")) for r in rows],
    }  # fmt: skip
    for side, head in zip(sides, heads, strict=True):
        words[head] = values(f"value_{side}")
    for side, head in zip(sides, heads, strict=True):
        if f"target_{side}" in found:
            words[f"目标{head}"] = values(f"target_{side}")
    for side, head in zip(sides, heads, strict=True):
        words[f"结论{head}"] = verdicts(f"status_{side}")
    if "cause" in found:
        words["原因"] = ["、".join(_CAUSES.get(c, c) for c in r["cause"].split(";")) for r in rows]
    show(pd.DataFrame({k: v for k, v in words.items() if any(v)}), None, as_json=False)
