"""Parts that chapters share (报告组件): tables of results, trends, the annexes of the workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.indicators import coverage_matrix
from geoplan.reports import charts
from geoplan.reports.document import Column, Figure, Paragraph, Section, Table
from geoplan.reports.model import goal, names
from geoplan.standards import explain
from geoplan.units import unit_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geoplan.reports.document import Block
    from geoplan.reports.view import View

ATTRIBUTE = {"binding": ("约束性", "binding"), "expected": ("预期性", "expected"),
             "text": ("正文", "text")}  # fmt: skip
_EXPLAINED = ("prefecture", "county", "township")
_PLAIN = ("units", "facilities", "beds", "projects", "register", "households", "objects")
_MOST_TRENDS = 4


def cell(value: Any) -> Any:
    """Return a raw value for a cell: None where it is missing, numbers as Python's own."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    return value.item() if hasattr(value, "item") else value


def indicator_table(view: View, rows: pd.DataFrame) -> Table:
    """Return the table of the plan's own indicators, with the present state where there is one."""
    now = bool((rows["current_status"] != "").any())
    heads = [
        Column(view.say("序号", "No."), width=0.5),
        Column(view.say("指标", "Indicator"), width=3.0),
        Column(view.say("属性", "Kind"), width=1.0),
        Column(view.say("单位", "unit"), width=0.6),
        Column(view.say("期末评估", "Assessed"), width=1.2, unit_column=3),
        Column(view.say("目标", "Target"), width=1.8),
        Column(view.say("结论", "Verdict"), width=1.3, status=True),
    ]
    if now:
        heads.append(Column(view.say("现状", "Now"), width=1.2, unit_column=3))
    heads += [Column(view.say("缺口单位", "gap unit"), width=0.5),
              Column(view.say("缺口", "Gap"), width=1.1, unit_column=8 if now else 7),
              Column(view.say("数据", "Data of"), width=1.3),
              Column(view.say("完整率", "Complete"), width=0.9, unit="share"),
              Column(view.say("未达标单元", "Failing"), width=2.0)]  # fmt: skip
    body = []
    for _, row in rows.iterrows():
        attribute = ATTRIBUTE.get(str(row["attribute"]), ("", ""))
        line = [int(row["number"]), _title(view, row), attribute[0 if view.zh else 1], row["unit"],
                cell(row["value"]), target_text(view, row), row["status"]]  # fmt: skip
        if now:
            line.append(cell(row["current_value"]))
        line += [row["gap_unit"] or "none", gap_cell(row), row["data_date"],
                 cell(row["completeness_share"]),
                 names(row["failing"], lang=view.lang) or row[view.say("remark_zh", "remark_en")]
                 ]  # fmt: skip
        body.append(tuple(line))
    caption = view.say(f"{view.name}规划主要指标完成情况", f"Indicators of the plan, {view.name}")
    return Table("indicators", caption, tuple(heads), tuple(body),
                 sheet=view.say("主要指标", "Indicators"), explanations=explained(view, rows),
                 depths=at_depths(view, rows))  # fmt: skip


def _title(view: View, row: pd.Series[Any]) -> str:
    return str(row["title_zh" if view.zh else "title_en"])


def target_text(view: View, row: pd.Series[Any]) -> str:
    """Return operator and target without gaps that a line could break at."""
    if pd.isna(row["target"]):
        return ""
    return goal(row, view.lang).replace(" %", "%").replace(" ", "\u00a0", 1)


def named(view: View, row: pd.Series[Any]) -> str:
    """Return the standard's name, with whom it counts where that is not plain."""
    basis = str(row["denominator_zh"] if view.zh else row["denominator"])
    if not basis or row["denominator"] in _PLAIN:
        return _title(view, row)
    return f"{_title(view, row)}（{basis}）" if view.zh else f"{_title(view, row)} ({basis})"


def gap_cell(row: pd.Series[Any]) -> Any:
    """Return the gap of a judged row for a cell; None where there is none."""
    gap = cell(row["gap"])
    return gap if gap and row["status"] not in {"no_target", "no_data"} else None


def explained(view: View, rows: pd.DataFrame) -> tuple[str, ...]:
    """Return the explanation of each row, as a planner would read it."""
    return tuple(explain(row, view.policy, lang=view.lang) for _, row in rows.iterrows())


def at_depths(view: View, rows: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """Return each row as told to a leader and to an analyst."""
    return tuple(
        (explain(row, view.policy, lang=view.lang, depth="leader"),
         explain(row, view.policy, lang=view.lang, depth="analyst"))
        for _, row in rows.iterrows()
    )  # fmt: skip


def checks_table(
    view: View,
    key: str,
    caption: str,
    rows: pd.DataFrame,
    *,
    sheet: str = "",
    annex: bool = False,
    most_rows: int | None = None,
    by: str = "rule",
) -> Table:
    """
    Return check rows as a table: one line per rule, or per unit.

    Parameters
    ----------
    view
        Whose document.
    key, caption
        Of the table.
    rows
        From `standards.check`.
    sheet, annex, most_rows
        As of `Table`.
    by
        ``rule``: rules are named and the unit left out; ``unit``: the other way round.
    """
    by_rule = by == "rule"
    heads = (
        Column(view.say("编号", "Id") if by_rule else view.say("代码", "Code"),
               width=1.0 if by_rule else 1.4),
        Column(view.say("条款", "Clause") if by_rule else view.say("口径", "Basis"), width=1.3),
        Column(view.say("标准", "Standard") if by_rule else view.say("单元", "Unit"), width=2.6),
        Column(view.say("单位", "unit"), width=0.5),
        Column(view.say("数值", "Value"), width=1.3, unit_column=3),
        Column(view.say("目标", "Target"), width=1.75),
        Column(view.say("结论", "Verdict"), width=1.2, status=True),
        Column(view.say("缺口单位", "gap unit"), width=0.5),
        Column(view.say("缺口", "Gap"), width=1.2, unit_column=7),
        Column(view.say("依据", "Basis mark"), width=0.7),
        Column(view.say("备注", "Remark"), width=2.5),
    )  # fmt: skip
    body = []
    for _, row in rows.iterrows():
        who = (row["rule_id"], row["clause"], named(view, row)) if by_rule else (
            row["unit_code"], row["denominator_zh"] if view.zh else row["denominator"],
            row["unit_name"])  # fmt: skip
        remark = str(row["remark_zh" if view.zh else "remark_en"] or "")
        failing = names(row["failing"], lang=view.lang) if by_rule else ""
        body.append((
            *who, row["unit"], cell(row["value"]), target_text(view, row), row["status"],
            row["gap_unit"] or "none", gap_cell(row), row["basis"],
            view.say("；", "; ").join(t for t in (failing, remark) if t),
        ))  # fmt: skip
    told = len(rows) and rows["level"].isin(_EXPLAINED).all()
    return Table(key, caption, heads, tuple(body), sheet=sheet, annex=annex, most_rows=most_rows,
                 explanations=explained(view, rows) if told else (),
                 depths=at_depths(view, rows) if told and by_rule else ())  # fmt: skip


def frame_table(
    key: str, caption: str, frame: pd.DataFrame, heads: Sequence[tuple[str, str, str, float]],
    **options: Any,
) -> Table:  # fmt: skip
    """Return a frame as a table: (column of the frame, title, unit, width) each."""
    columns = tuple(
        Column(title, unit=unit, width=width, status=name == "status")
        for name, title, unit, width in heads
    )
    picked = frame.reindex(columns=[h[0] for h in heads])
    body = tuple(tuple(cell(v) for v in row) for row in picked.itertuples(index=False))
    return Table(key, caption, columns, body, **options)


def trend_figures(view: View) -> list[Block]:
    """Return trends of the indicators that have a yearly series, the unmet ones first."""
    table = view.report.series
    if table.empty or view.level != "prefecture":
        return []
    status = view.board.drop_duplicates("rule_id").set_index("rule_id")["status"]
    rules = list(dict.fromkeys(table["rule_id"]))
    rules = [r for r in rules if r.startswith("IND.")] or rules
    rules.sort(key=lambda r: status.get(r) == "met")
    out: list[Block] = []
    for rule in rules[:_MOST_TRENDS]:
        rows = table[table["rule_id"] == rule]
        at = rows.loc[rows["year"] <= int(view.report.assessment_date[:4]), "target"]
        target = cell(at.iloc[-1]) if len(at) else None
        title = f"{rule} {view.policy.rule(rule).title(view.lang)}"
        word = unit_word(str(rows["unit"].iloc[0]), view.lang)
        svg = charts.trend(
            [int(y) for y in rows["year"]], [cell(v) for v in rows["value"]], target=target,
            target_year=int(view.report.assessment_date[:4]), unit=word, lang=view.lang,
        )  # fmt: skip
        caption = view.say(f"{title}历年变化与目标", f"{title}, by year")
        out.append(Figure(f"trend_{rule.lower().replace('.', '_')}", caption, svg, caption,
                          width=0.62))  # fmt: skip
    return out


_STATES = {"judged": ("已评价", "judged"), "applied": ("作为方法应用", "applied"),
           "pending": ("后续部分", "later part")}  # fmt: skip


def _matrix(view: View) -> Table:
    """Return the coverage matrix: every rule with its clause, and what is done about it."""
    table = coverage_matrix(view.policy, view.report.checks)
    words = {code: pair[0 if view.zh else 1] for code, pair in _STATES.items()}
    table = table.assign(state=table["state"].map(words))
    said = (("clause", "条款", "Clause", 1.2), ("rule_id", "编号", "Id", 0.9),
            ("title_zh", "内容", "Content", 2.2), ("text_zh", "原文", "Text", 3.0),
            ("kind_zh", "度量", "Measure", 1.0), ("state", "处理", "State", 1.0),
            ("part", "部分", "Part", 1.0), ("status", "结论", "Verdict", 1.0))  # fmt: skip
    heads = [(column, view.say(zh, en), "", width) for column, zh, en, width in said]
    title = view.say("条文覆盖表", "Coverage of the clauses")
    return frame_table("matrix", title, table, heads, annex=True, sheet=title)


def annex_sections(view: View) -> tuple[Section, ...]:
    """Return what only the workbook and the web page hold: every standard by county and town."""
    checks = view.report.checks
    if checks.empty:
        return ()
    tables: list[Block] = []
    below = [v for v in ("county", "township") if v != view.level]
    order = {v: i for i, v in enumerate(below)}
    for rule in dict.fromkeys(checks["rule_id"]):
        rows = view.part(checks[(checks["rule_id"] == rule).to_numpy()], *below)
        if rows.empty or rule.startswith("IND."):
            continue
        rows = rows.assign(_at=rows["level"].map(order)).sort_values(
            ["_at", "denominator", "unit_code"], kind="stable"
        )
        title = f"{rule} {_title(view, rows.iloc[0])}"
        tables.append(checks_table(view, f"annex_{rule}", title, rows, sheet=title, annex=True,
                                   by="unit"))  # fmt: skip
    if view.level == "prefecture":
        tables.append(_matrix(view))
    where = Paragraph(view.say("逐单元结果在附表（Excel）和网页报告中，每项标准一张。",
                               "Unit by unit in the workbook and the web page, one table a "
                               "standard."))  # fmt: skip
    title = view.say("附表：各项标准逐单元结果", "Annex: unit by unit")
    return (Section(title, (where, *tables)),)
