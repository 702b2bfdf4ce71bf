"""The sheet of one township (单页表): its villages on a map and its verdicts, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.maps.static import Points, Sheet, static_map, status_scale
from geoplan.reports.chapters import minutes_bands, rule_caption
from geoplan.reports.document import Column, Document, Figure, Paragraph, Section, Table
from geoplan.reports.model import names
from geoplan.reports.parts import cell, gap_cell, named, target_text
from geoplan.reports.view import view_of
from geoplan.schemas.results import BANNER
from geoplan.standards import explain

if TYPE_CHECKING:
    from geoplan.errors import Lang
    from geoplan.reports.document import Block
    from geoplan.reports.model import CityReport
    from geoplan.reports.view import View

_MAP_RULES = ("COM-02", "COM-01")
"""Judged village by village; the first that is of half of the villages is drawn."""
_SHOWN = ("met", "not_met", "to_verify")
_MOST_NAMES, _MOST_LEADS = 3, 2
_HALF = 0.5
_WIDE, _NARROW, _FEW_ROWS = 0.62, 0.4, 16


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
    missed = judged[judged["status"] == "not_met"][:_MOST_LEADS] if len(judged) else judged
    lead = [Paragraph(explain(row, view.policy, lang=lang, depth="leader"), strong=True)
            for _, row in missed.iterrows()]  # fmt: skip
    blocks = (*lead, *_minutes(view), *_village_map(view, len(judged)), _brief(view, judged))
    title = view.say(f"{view.name}民政设施对标单", f"{view.name}: standards on one page")
    return Document(
        title=title, subtitle=report.title_zh, issuer=report.issuer,
        facts=((view.say("标准库", "Policy"), f"{report.policy_id} {report.policy_digest[:12]}"),),
        sections=(Section(view.say("结果", "Results"), blocks),), lang=lang,
        banner=BANNER if report.synthetic else "", running_title=title,
        date=report.assessment_date, cover=False,
    )  # fmt: skip


def _minutes(view: View) -> list[Block]:
    """Say how long the unit's elders walk, band by band."""
    bands = minutes_bands(view)
    total = sum(persons for _, persons in bands)
    if not total:
        return []
    joint = "，" if view.zh else ", "
    said = joint.join(f"{name} {persons / total:.1%}" for name, persons in bands)
    return [Paragraph(view.say(f"60 岁以上人口步行到养老服务设施：{said}。",
                               f"Elders on foot to elder care: {said}."))]  # fmt: skip


def _brief(view: View, rows: pd.DataFrame) -> Table:
    """Return the verdicts in one line each, so that the sheet is one page."""
    heads = (
        Column(view.say("编号", "Id"), width=1.3), Column(view.say("条款", "Clause"), width=1.85),
        Column(view.say("标准", "Standard"), width=3.9), Column("unit", width=0.1),
        Column(view.say("数值", "Value"), width=2.7, unit_column=3),
        Column(view.say("目标", "Target"), width=2.85),
        Column(view.say("结论", "Verdict"), width=1.65, status=True), Column("gap unit", width=0.1),
        Column(view.say("缺口", "Gap"), width=2.1, unit_column=7),
        Column(view.say("依据", "Basis"), width=0.9),
    )  # fmt: skip
    body, lacking = [], []
    for _, row in rows.iterrows():
        body.append((
            row["rule_id"], row["clause"], named(view, row), row["unit"],
            cell(row["value"]), target_text(view, row), row["status"], row["gap_unit"] or "none",
            gap_cell(row), row["basis"],
        ))  # fmt: skip
        failing = names(row["failing"], _MOST_NAMES, view.lang)
        lacking += (
            [f"{row['rule_id']} {view.say('未达标：', 'failing: ')}{failing}"] if failing else []
        )
    caption = view.say(f"{view.name}各项标准", f"Standards, {view.name}")
    told = tuple(explain(row, view.policy, lang=view.lang) for _, row in rows.iterrows())
    return Table("checks", caption, heads, tuple(body), explanations=told,
                 sheet=view.say("标准", "Standards"), note="；".join(lacking))  # fmt: skip


def _village_map(view: View, lines: int) -> list[Block]:
    """Return the villages by verdict, smaller where the table beside it has many rows."""
    units = view.report.units
    keep = (units["level"] == "village") & units["unit_code"].isin(view.inside)
    places = units.loc[(keep & units.geometry.notna()).to_numpy(dtype=bool)]
    if places.empty or not view.policy.rules.keys() & set(_MAP_RULES):
        return []
    rule, status = _village_status(view, places["unit_code"])
    frame = places.assign(_status=places["unit_code"].map(status))
    facilities = view.report.facilities
    points: tuple[Points, ...] = ()
    if len(facilities) and "unit_code" in facilities:
        inside = facilities["unit_code"].isin(view.inside).to_numpy(dtype=bool)
        points = (Points(facilities.loc[inside], view.say("设施", "facilities"), radius_px=2.2),)
    caption = rule_caption(view, rule)
    svg = static_map(frame, "_status", status_scale(view.lang, view.say("结论", "Verdict")),
                     points=points, sheet=Sheet(
                         lang=view.lang, width_px=560, most_height_px=190,
                         review_number=view.report.review_number))  # fmt: skip
    return [Figure("map", caption, svg, caption, width=_WIDE if lines <= _FEW_ROWS else _NARROW)]


def _village_status(view: View, villages: pd.Series[str]) -> tuple[str, pd.Series[str]]:
    """Return the rule that the map is drawn by, and the verdict of every village by it."""
    checks = view.report.checks
    found, status = _MAP_RULES[0], pd.Series(dtype=str)
    for rule in (r for r in _MAP_RULES if r in view.policy.rules):
        rows = checks[(checks["rule_id"] == rule) & (checks["level"] == "village")]
        status = rows.drop_duplicates("unit_code").set_index("unit_code")["status"]
        found = rule
        if villages.isin(status.index).mean() >= _HALF:
            break
    return found, status
