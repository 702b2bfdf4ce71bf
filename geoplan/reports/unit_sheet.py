"""Sheets of one page (单页表): one township, or the review of one new estate (新建小区审查)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.maps.static import Points, Sheet, static_map, status_scale
from geoplan.reports.chapters import minutes_figure
from geoplan.reports.document import Column, Document, Figure, Paragraph, Section, Table
from geoplan.reports.model import OPERATOR
from geoplan.reports.parts import cell, checks_table
from geoplan.reports.view import view_of
from geoplan.schemas.results import BANNER
from geoplan.standards import explain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.errors import Lang
    from geoplan.policy import Policy
    from geoplan.reports.document import Block
    from geoplan.reports.model import CityReport
    from geoplan.reports.view import View

_MAP_RULE = "COM-02"
_SHOWN = ("met", "not_met", "to_verify")


def unit_sheet(report: CityReport, *, unit_code: str, lang: Lang = "zh") -> Document:
    """
    Tell one unit on one page: its villages on a map, its verdicts, its walking minutes.

    Parameters
    ----------
    report
        From the main job, with its policy.
    unit_code
        A unit by code or name, for example a township.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    document
        Without cover.

    Raises
    ------
    InputError
        If the report holds no policy.
    UnknownIdError
        If there is no such unit.
    """
    view = view_of(report, unit_code, lang)
    rows = view.board
    judged = rows[rows["status"].isin(_SHOWN)] if len(rows) else rows
    lead = [Paragraph(explain(row, view.policy, lang=lang, depth="leader"), strong=True)
            for _, row in judged[judged["status"] == "not_met"].head(3).iterrows()]  # fmt: skip
    caption = view.say(f"{view.name}各项标准", f"Standards, {view.name}")
    table = checks_table(view, "checks", caption, judged, sheet=view.say("标准", "Standards"))
    blocks: tuple[Block, ...] = (*lead, *_village_map(view), table, *minutes_figure(view))
    title = view.say(f"{view.name}民政设施对标单", f"{view.name}: standards on one page")
    return Document(
        title=title, subtitle=f"{report.title_zh} · {report.assessment_date}",
        facts=((view.say("标准库", "Policy"), f"{report.policy_id} {report.policy_digest[:12]}"),),
        sections=(Section(view.say("结果", "Results"), blocks),), lang=lang,
        banner=BANNER if report.synthetic else "", running_title=title,
        date=report.assessment_date, cover=False,
    )  # fmt: skip


def _village_map(view: View) -> list[Block]:
    units = view.report.units
    keep = (units["level"] == "village") & units["unit_code"].isin(view.inside)
    places = units.loc[(keep & units.geometry.notna()).to_numpy(dtype=bool)]
    if places.empty:
        return []
    checks = view.report.checks
    rows = checks[(checks["rule_id"] == _MAP_RULE) & (checks["level"] == "village")]
    status = rows.drop_duplicates("unit_code").set_index("unit_code")["status"]
    frame = places.assign(_status=places["unit_code"].map(status))
    facilities = view.report.facilities
    points: tuple[Points, ...] = ()
    if len(facilities) and "unit_code" in facilities:
        inside = facilities["unit_code"].isin(view.inside).to_numpy(dtype=bool)
        points = (Points(facilities.loc[inside], view.say("设施", "facilities"), radius_px=2.2),)
    caption = view.say("村级综合服务设施达标情况（每处不少于 500 平方米）",
                       "Village facilities of 500 m2")  # fmt: skip
    svg = static_map(frame, "_status", status_scale(view.lang, view.say("结论", "Verdict")),
                     points=points, sheet=Sheet(lang=view.lang, width_px=560,
                                                most_height_px=250))  # fmt: skip
    return [Figure("map", caption, svg, caption, width=0.72)]


def review_sheet(
    estate: Mapping[str, Any],
    review: pd.DataFrame,
    policy: Policy,
    *,
    date: str = "",
    issuer: str = "",
    lang: Lang = "zh",
    synthetic: bool = False,
) -> Document:
    """
    Tell the review of one new estate on one page.

    Parameters
    ----------
    estate
        As given to `standards.review_estate`.
    review
        From `standards.review_estate`.
    policy
        The norms.
    date, issuer
        Of the sheet; empty prints a line to fill in.
    lang
        ``zh`` or ``en``.
    synthetic
        Whether the estate is of the demo city.

    Returns
    -------
    document
        Without cover.
    """
    zh = lang == "zh"
    name = str(estate.get("name", "") or "")
    failed = review[review["status"] == "not_met"]
    open_ = review[review["status"] == "no_data"]
    if zh:
        verdict = "审查通过。" if failed.empty and open_.empty else (
            f"不符合 {len(failed)} 项，资料不全 {len(open_)} 项。"
        )  # fmt: skip
    else:
        verdict = "Passed." if failed.empty and open_.empty else (
            f"{len(failed)} not met, {len(open_)} not stated."
        )  # fmt: skip
    heads = ("审查项,数值,要求,结论,差额,依据,说明" if zh
             else "Item,Value,Required,Verdict,Short by,Basis,Remark").split(",")  # fmt: skip
    columns = (
        Column(heads[0], width=2.2), Column("unit", width=0.3),
        Column(heads[1], width=1.2, unit_column=1), Column(heads[2], width=1.2),
        Column(heads[3], width=1.1, status=True), Column(heads[4], width=1.2, unit_column=1),
        Column(heads[5], width=0.7), Column(heads[6], width=2.4),
    )  # fmt: skip
    body = []
    for _, row in review.iterrows():
        target = "" if pd.isna(row["target"]) else f"{OPERATOR[row['operator']]} {row['target']:g}"
        body.append((row["title_zh" if zh else "title_en"], row["unit"], cell(row["value"]), target,
                     row["status"], cell(row["gap"]) or None, row["basis"],
                     row["remark_zh" if zh else "remark_en"]))  # fmt: skip
    title = f"{name}配建养老服务用房审查单" if zh else f"{name}: rooms for elder care reviewed"
    facts = [("户数" if zh else "Households", f"{float(estate['households']):,.0f}"),
             ("标准库" if zh else "Policy", f"{policy.id} {policy.digest[:12]}"),
             ("审查人" if zh else "Reviewed by", issuer or "________"),
             ("日期" if zh else "Date", date or "________")]  # fmt: skip
    table = Table("review", "逐项审查" if zh else "Item by item", columns, tuple(body),
                  sheet="审查" if zh else "Review")  # fmt: skip
    return Document(
        title=title, subtitle=policy.title if zh else policy.title_en, facts=tuple(facts),
        sections=(
            Section("审查结论" if zh else "Result", (Paragraph(verdict, strong=True), table)),
        ),
        lang=lang, banner=BANNER if synthetic else "", running_title=title, date=date, cover=False,
    )  # fmt: skip
