"""
Content of the report (报告内容): the report model told as a document, for the city or one county.

Every output is rendered from what stands here, so no two can differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.indicators import once_each
from geoplan.reports.chapters import (
    chapter_boxes,
    chapter_community,
    chapter_data,
    chapter_elder_care,
    chapter_tasks,
)
from geoplan.reports.document import Document, Paragraph, Section
from geoplan.reports.gap_chapter import chapter_gaps
from geoplan.reports.model import LEVEL_ZH
from geoplan.reports.parts import annex_sections, indicator_table, trend_figures
from geoplan.reports.view import view_of
from geoplan.schemas.results import BANNER

if TYPE_CHECKING:
    from geoplan.errors import Lang
    from geoplan.reports.model import CityReport
    from geoplan.reports.view import View


def city_document(report: CityReport, *, unit_code: str = "", lang: Lang = "zh") -> Document:
    """
    Tell a report as a document.

    Parameters
    ----------
    report
        From the main job, with its policy.
    unit_code
        A unit by code or name, for example a county; empty for the whole city.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    document
        Summary, indicators, elder care, community facilities, other tasks, gaps, data, and
        annexes for the workbook.

    Raises
    ------
    InputError
        If the report holds no policy.
    UnknownIdError
        If the city has no such unit.
    """
    view = view_of(report, unit_code, lang)
    titles = {
        "zh": (f"{view.name}民政事业规划评估报告", f"对照{report.policy_title}逐条评价"),
        "en": (f"{view.name}: civil-affairs plan assessed",
               f"clause by clause, against {report.policy_title}"),
    }  # fmt: skip
    title, subtitle = titles[lang]
    return Document(
        title=title, subtitle=subtitle, facts=_facts(view), lang=lang,
        sections=(_summary(view), _indicators(view), chapter_elder_care(view),
                  chapter_community(view), chapter_boxes(view), chapter_tasks(view),
                  chapter_gaps(view), chapter_data(view), *annex_sections(view)),
        banner=BANNER if report.synthetic else "", running_title=title, issuer=report.issuer,
        date=report.assessment_date,
    )  # fmt: skip


def _facts(view: View) -> tuple[tuple[str, str], ...]:
    report = view.report
    dates = report.inputs["source_date"].astype(str) if len(report.inputs) else pd.Series(dtype=str)
    known = dates[dates != ""]
    span = f"{known.min()} – {known.max()}" if len(known) else "–"
    rows = [
        (view.say("评估日期", "Assessed at"), report.assessment_date),
        (view.say("范围", "Scope"), f"{view.name}（{LEVEL_ZH.get(view.level, view.level)}）"),
        (view.say("数据日期", "Data of"), span),
        (view.say("标准库", "Policy"), f"{report.policy_title}（{report.policy_id}）"),
        (view.say("标准库摘要", "Policy digest"), report.policy_digest[:16]),
        (view.say("量算坐标系", "Measured in"), report.metric_crs),
        (view.say("软件版本", "Software"), f"geoplan {report.version}"),
    ]
    return tuple(rows)


def _counts(rows: pd.DataFrame) -> dict[str, int]:
    return {s: int((rows["status"] == s).sum()) for s in
            ("met", "not_met", "to_verify", "no_data", "no_target")}  # fmt: skip


def _summary(view: View) -> Section:
    rows = view.board
    title = view.say("总体结论", "Summary")
    if rows.empty:
        return Section(
            title, (Paragraph(view.say("没有可评价的条文。", "Nothing to judge."), strong=True),)
        )
    main, binding = rows[rows["number"].notna()], rows[rows["attribute"] == "binding"]
    due = once_each(rows[rows["due"] <= view.report.assessment_date], view.policy)
    undue = len(once_each(rows, view.policy)) - len(due)
    of_main, of_all = _counts(main), _counts(due)
    judged = len(due) - of_all["no_target"]
    lead = view.say(
        f"截至 {view.report.assessment_date}，{view.name}可评价的主要指标 {len(main)} 项中，"
        f"达标 {of_main['met']} 项，未达标 {of_main['not_met']} 项，"
        f"待核 {of_main['to_verify']} 项，无数据 {of_main['no_data']} 项。",
        f"At {view.report.assessment_date}, of {len(main)} indicators in {view.name} "
        f"{of_main['met']} are met, {of_main['not_met']} not met, {of_main['to_verify']} to "
        f"verify, {of_main['no_data']} without data.",
    )
    more = view.say(
        f"连同正文和专栏的要求，有目标值的共 {judged} 条：达标 {of_all['met']}，"
        f"未达标 {of_all['not_met']}，待核 {of_all['to_verify']}，无数据 {of_all['no_data']}；"
        f"另有 {of_all['no_target']} 条规划未定量，只报现状，不作判定"
        + (f"；{undue} 条尚未到期，不计入。" if undue else "。"),
        f"With the targets of the text and the boxes there are {judged}: {of_all['met']} met, "
        f"{of_all['not_met']} not met, {of_all['to_verify']} to verify, {of_all['no_data']} "
        f"without data; {of_all['no_target']} more have no figure and are reported, not judged"
        + (f"; {undue} due later are not counted." if undue else "."),
    )
    missed = binding[(binding["status"] == "not_met") & binding["number"].notna()]
    names = view.say("、", ", ").join(missed["title_zh" if view.zh else "title_en"])
    blocks = [Paragraph(lead, strong=True), Paragraph(more)]
    if names:
        blocks.append(Paragraph(view.say(f"约束性指标未达标：{names}。",
                                         f"Binding indicators not met: {names}.")))  # fmt: skip
    blocks.append(Paragraph(view.say(
        "缺数据不作未达标：只有把缺失按最好情形计仍不达标的，才判未达标；"
        "按最差情形计仍达标的，才判达标；其余为待核。",
        "Missing data are never a fail: not met only if the best case fails, met only if the "
        "worst case meets, otherwise to verify.",
    )))  # fmt: skip
    return Section(title, tuple(blocks))


def _indicators(view: View) -> Section:
    main = view.board[view.board["number"].notna()] if len(view.board) else view.board
    title = view.say("主要指标", "Indicators of the plan")
    if main.empty:
        return Section(title, (Paragraph(view.say("本级没有主要指标数据。", "None here.")),))
    return Section(title, (indicator_table(view, main), *trend_figures(view)))
