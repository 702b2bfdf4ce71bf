"""The sheet of one new estate (新建小区审查单): its rooms for elder care, rule by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.reports.document import Column, Document, Paragraph, Section, Table
from geoplan.reports.model import OPERATOR
from geoplan.reports.parts import cell, frame_table
from geoplan.schemas.results import BANNER
from geoplan.units import show, unit_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.errors import Lang
    from geoplan.policy import Policy
    from geoplan.reports.document import Block


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
    words = ("审查项,条款,数值,要求,结论,差额,依据,说明",
             "Item,Clause,Value,Required,Verdict,Short by,Basis,Remark")  # fmt: skip
    heads = words[0 if zh else 1].split(",")
    columns = (
        Column(heads[0], width=2.2), Column(heads[1], width=1.6), Column("unit", width=0.3),
        Column(heads[2], width=1.3, unit_column=2), Column(heads[3], width=1.2),
        Column(heads[4], width=1.2, status=True), Column(heads[5], width=1.3, unit_column=2),
        Column(heads[6], width=0.8), Column(heads[7], width=2.4),
    )  # fmt: skip
    body = []
    for _, row in review.iterrows():
        target = "" if pd.isna(row["target"]) else f"{OPERATOR[row['operator']]} {row['target']:g}"
        value = cell(row["value"])
        if row["unit"] == "none" and value is not None:  # a phase, a floor: no decimals
            value = f"{value:g}"
        body.append((row["title_zh" if zh else "title_en"], row["clause"], row["unit"], value,
                     target, row["status"], cell(row["gap"]) or None, row["basis"],
                     row["remark_zh" if zh else "remark_en"]))  # fmt: skip
    title = f"{name}配建养老服务用房审查单" if zh else f"{name}: rooms for elder care reviewed"
    table = Table("review", "逐项审查" if zh else "Item by item", columns, tuple(body),
                  sheet="审查" if zh else "Review")  # fmt: skip
    facts = [
        *_estate_facts(estate, zh=zh),
        ("标准库" if zh else "Policy", f"{policy.id} {policy.digest[:12]}"),
        ("审查人" if zh else "Reviewed by", issuer or "________"),
        ("日期" if zh else "Date", date or "________"),
    ]
    return Document(
        title=title, subtitle=policy.title if zh else policy.title_en, facts=tuple(facts),
        sections=(
            Section("审查结论" if zh else "Result",
                    (Paragraph(verdict, strong=True), table, *_rooms_table(estate, zh=zh))),
        ),
        lang=lang, banner=BANNER if synthetic else "", running_title=title, date=date, cover=False,
    )  # fmt: skip


def _estate_facts(estate: Mapping[str, Any], *, zh: bool) -> list[tuple[str, str]]:
    """Return what is known of an estate: households, housing floor, phases."""
    facts = [("户数" if zh else "Households", f"{float(estate['households']):,.0f}")]
    floor, phases = cell(estate.get("housing_floor_m2")), cell(estate.get("phases"))
    if floor is not None:
        said = f"{show(float(floor), 'm2')} {unit_word('m2', 'zh' if zh else 'en')}"
        facts.append(("住宅建筑面积" if zh else "Housing floor", said))
    if phases is not None:
        facts.append(("分期" if zh else "Phases", f"{float(phases):g}"))
    return facts


def _rooms_table(estate: Mapping[str, Any], *, zh: bool) -> list[Block]:
    """Return the rooms that were reviewed, as far as they are told."""
    rooms = estate.get("rooms")
    if not isinstance(rooms, pd.DataFrame) or rooms.empty:
        return []
    heads = [("name", "用房" if zh else "Room", "", 2.4),
             ("floor_m2", "建筑面积（平方米）" if zh else "Floor, m2", "m2", 1.2),
             ("phase", "所在分期" if zh else "Phase", "count", 0.8),
             ("floor_level", "楼层" if zh else "Floor level", "floor", 0.8),
             ("housing_done_pct", "建成时住宅完成（%）" if zh else "Housing done, %", "pct",
              1.2)]  # fmt: skip
    caption = "养老服务用房" if zh else "Rooms for elder care"
    return [frame_table("rooms", caption, rooms, heads,
                        sheet="用房" if zh else "Rooms")]  # fmt: skip
