"""Standards (对标): ``geoplan standards``, ``geoplan standards review``, ``geoplan explain``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from geoplan.cli.app import app, show
from geoplan.cli.options import JsonOption, LangOption, LevelOption, PolicyOption, WorkspaceArg

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.workspace import Workspace

_TOTALS = {"name": "功能区", "persons": "常住人口", "households": "户数",
           "area_m2": "现有（平方米）", "need_m2": "应有", "gap_m2": "缺口"}  # fmt: skip
_WIDE = 120  # characters from which on the data stand beside the verdicts


def show_checks(
    found: pd.DataFrame, *, by_unit: bool, as_json: bool, with_data: bool = False
) -> None:
    """
    Print check rows in words: numbers with their units, verdicts with their signs.

    ``with_data`` adds who fails, the date and completeness of the data, and the present state
    where there is one: as columns on a wide screen, as lines below on a narrow one.
    """
    if as_json:
        show(found, None, as_json=True)
        return
    import pandas as pd

    from geoplan.reports.model import goal, quantity, status_word

    rows = [row for _, row in found.iterrows()]
    names = [str(r["unit_name"]) for r in rows]
    words = {
        "编号": [r["rule_id"] for r in rows], "标准": [r["title_zh"] for r in rows],
        "单元": names, "口径": [r["denominator_zh"] for r in rows],
        "数值": [quantity(r["value"], r["unit"]) for r in rows],
        "目标": [goal(r) if pd.notna(r["target"]) else "" for r in rows],
        "结论": [status_word(r["status"]) for r in rows],
        "缺口": [quantity(r["gap"], r["gap_unit"]) if r["gap"] else "" for r in rows],
        "依据": [r["basis"] for r in rows],
    }  # fmt: skip
    beside = _data_columns(rows) if with_data else {}
    wide = shutil.get_terminal_size().columns >= _WIDE
    if wide:
        words |= beside
    if not by_unit and len(set(names)) == 1:
        del words["单元"]
    if len({r["rule_id"] for r in rows}) == 1:
        print(f"{rows[0]['rule_id']} {rows[0]['title_zh']}")
        del words["编号"], words["标准"]
    show(pd.DataFrame({k: v for k, v in words.items() if any(v)}), None, as_json=False)
    if beside and not wide:
        for at, row in enumerate(rows):
            said = [f"{head} {cells[at]}" for head, cells in beside.items() if cells[at]]
            print(f"  {row['rule_id']}  {'；'.join(said)}")


def _data_columns(rows: list[pd.Series[Any]]) -> dict[str, list[str]]:
    """Return what stands beside a verdict: present state, who fails, data date, completeness."""
    import pandas as pd

    from geoplan.reports.model import names as named
    from geoplan.reports.model import quantity

    now = [quantity(r["current_value"], r["unit"]) if pd.notna(r.get("current_value")) else ""
           for r in rows]  # fmt: skip
    share = [f"{r['completeness_share']:.0%}" if pd.notna(r["completeness_share"]) else ""
             for r in rows]  # fmt: skip
    return {"现状": now, "未达标": [named(r["failing"], 2) for r in rows],
            "数据": [str(r["data_date"] or "") for r in rows], "完整率": share}  # fmt: skip


class _CheckByDefault(TyperGroup):
    """``geoplan standards WS`` is ``geoplan standards check WS``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["check", *args]
        return super().parse_args(ctx, args)


standards_app = typer.Typer(
    cls=_CheckByDefault, no_args_is_help=True, rich_markup_mode=None,
    help="对标检查：geoplan standards WS；审查一个新建小区：geoplan standards review WS 小区。"
    " Judge the units; review one new estate.",
)  # fmt: skip
app.add_typer(standards_app, name="standards")

UrbanOption = Annotated[
    bool, typer.Option("--urban-only", help="只看城市社区（城镇口径）。 Urban communities only.")
]


def judged(city: Workspace, rules: list[str] | None = None, **options: Any) -> pd.DataFrame:
    """Judge a workspace, with its streets where it has some."""
    from geoplan.workspace import judge

    for rule in rules or ():
        city.policy.rule(rule)
    net = city.network() if "roads" in city.layers else None
    return judge(city, net, rules=rules, **options)


@standards_app.command("check")
def check(
    workspace: WorkspaceArg,
    rule: Annotated[str | None, typer.Option(help="规则编号。 Rule id.")] = None,
    level: LevelOption = "county",
    method: Annotated[
        Literal["containment", "shared_circle", "two_step"] | None,
        typer.Option(
            help="逐个居住区评价 ELD-03，按此法分配面积。 Judge estates, floor allotted this way."
        ),
    ] = None,
    functional: Annotated[
        bool,
        typer.Option(
            "--functional",
            help="按功能区和其余行政区合计（--rule ELD-01 或 ELD-03）。"
            " Totals by functional unit and the rest.",
        ),
    ] = False,
    urban_only: UrbanOption = False,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """对标检查。 Judge the units of one level, or the residential areas, by the standards."""
    from geoplan import standards
    from geoplan.workspace import open_workspace

    city = open_workspace(workspace, policy=policy)
    if functional:
        totals = standards.functional_totals(city.layers, city.policy, rule=rule or "ELD-03",
                                             code_system=city.file.code_system)  # fmt: skip
        named = totals if as_json else totals[list(_TOTALS)].rename(columns=_TOTALS)
        show(named, None, as_json=as_json)
        return
    if method:
        net = city.network() if method == "two_step" else None
        layers = {n: f for n in standards.NEEDS if (f := city.layers.get(n)) is not None}
        found = standards.check_estates(layers, city.policy, method=method, network=net,
                                        code_system=city.file.code_system)  # fmt: skip
    else:
        found = judged(city, [rule] if rule else None, urban_only=urban_only)
        found = found[found["level"] == level]
    show_checks(found, by_unit=True, as_json=as_json)


@standards_app.command("review")
def review(
    workspace: WorkspaceArg,
    estate: Annotated[str, typer.Argument(help="小区名称或编号。 Estate, by name or id.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="审查单（.pdf .docx .xlsx .html）。 Sheet.")
    ] = None,
    policy: PolicyOption = None,
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> None:
    """审查一个新建小区的养老用房。 Review the elder-care rooms of one new estate."""
    from geoplan import reports
    from geoplan.workspace import open_workspace, review_estate

    city = open_workspace(workspace, policy=policy)
    facts, table = review_estate(city, estate)
    if as_json:
        show(table, None, as_json=True)
    else:
        show(_review_words(table, lang), None, as_json=False)
    if out is not None:
        sheet = reports.review_sheet(facts, table, city.policy, lang=lang,
                                     synthetic=bool(facts.get("synthetic", False)))  # fmt: skip
        path = reports.write_document(sheet, out)
        if not as_json:
            print(path)


def _review_words(table: pd.DataFrame, lang: Literal["zh", "en"]) -> pd.DataFrame:
    """Return a review as it is read on the screen."""
    import pandas as pd

    from geoplan.reports.model import OPERATOR, quantity, status_word

    def said(value: float, unit: str) -> str:  # a phase, a floor: no decimals
        whole = unit == "none" and pd.notna(value)
        return f"{value:g}" if whole else quantity(value, unit, lang)

    heads = ("审查项,条款,数值,要求,结论,差额,依据,说明" if lang == "zh"
             else "item,clause,value,required,verdict,short by,basis,remark")  # fmt: skip
    cells = [
        (r[f"title_{lang}"], r["clause"], said(r["value"], r["unit"]),
         f"{OPERATOR[r['operator']]} {said(r['target'], r['unit'])}" if pd.notna(r["target"])
         else "", status_word(r["status"], lang), said(r["gap"], r["unit"]) if r["gap"] else "",
         r["basis"], r[f"remark_{lang}"])
        for _, r in table.iterrows()
    ]  # fmt: skip
    return pd.DataFrame(cells, columns=heads.split(","))


@app.command()
def explain(
    workspace: WorkspaceArg,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="规则编号，如 ELD-01。 Rule id.")],
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="单元名称或代码。 Name or code.")],
    depth: Annotated[
        Literal["leader", "planner", "analyst"],
        typer.Option(help="领导、规划人员、分析人员。 How deep."),
    ] = "planner",
    policy: PolicyOption = None,
    lang: LangOption = "zh",
) -> None:
    """说明一个数字怎么来的。 Explain how a number came about."""
    from geoplan.errors import UnknownIdError
    from geoplan.standards import explain as explain_row
    from geoplan.workspace import open_workspace

    city = open_workspace(workspace, policy=policy)
    found = judged(city, [rule])
    rows = found[(found["unit_name"] == unit) | (found["unit_code"] == unit)]
    if rows.empty:
        raise UnknownIdError.among("unit", "单元", unit, found["unit_name"])
    texts = [explain_row(row, city.policy, lang=lang, depth=depth) for _, row in rows.iterrows()]
    print("\n\n".join(texts))
