"""
Papers of place names (地名公告、备案登记表、备案报告、地名证明): what they say, each once.

A field that the register lacks is not made up: a name without all six fields of the notice comes
back with what is missing, and a certificate says 未登记.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from geoplan.errors import EmptyLayerError, InputError, UnknownIdError
from geoplan.io.secrecy import refuse_state_secrets
from geoplan.placenames.cells import day_of, looked_up, require, texts
from geoplan.placenames.classes import CLASSES, class_of
from geoplan.schemas import LAYERS
from geoplan.schemas import vocabulary as v
from geoplan.schemas.results import BANNER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from geoplan.placenames.cases import Case

NOTICE_FIELDS = ("标准名称", "罗马字母拼写", "所属政区", "位置描述", "批准机关", "批准时间")
"""The six fields of a notice (备案公告办法, RULES §6.3)."""
UNKNOWN = "未登记"
_NOTICE_WIDTHS = (16, 20, 16, 24, 14, 14)
_LAW = "《地名管理条例》"
_RETIRED = {True: "（销名）", False: ""}
_FROM_NOW = (
    f"自公告之日起，公共场所、媒体、公文、证照、教材和公开地图应当使用标准地名（{_LAW}第十八条）。"
)


@dataclass(frozen=True)
class NamePaper:
    """
    One paper, ready to be set: title, text, one table, text, who and when.

    Parameters
    ----------
    title, number
        Heading, and the number of the document (文号); the latter may be empty.
    before, after
        Paragraphs above and below the table.
    heads
        Headings of the columns; empty where each row is names and values by turns.
    rows
        Cells of the table.
    widths
        Shares of the columns.
    issuer, date
        Who issues it, and the day in Chinese.
    banner
        Stands on it where the data is invented.
    """

    title: str
    number: str
    before: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    after: tuple[str, ...]
    issuer: str
    date: str
    banner: str = ""


def chinese_day(day: date | None) -> str:
    """
    Return a day as official papers write it; empty where there is none.

    Examples
    --------
    >>> from datetime import date
    >>> chinese_day(date(2026, 3, 2)), chinese_day(None)
    ('2026年3月2日', '')
    """
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def notice(
    cases: pd.DataFrame, places: pd.DataFrame, units: Mapping[str, str], *,
    issuer: str, on: date, number: str = "",
) -> tuple[NamePaper, pd.DataFrame]:  # fmt: skip
    """
    Write the public notice of approved names, six fields each (地名公告, 条例第十四条).

    Parameters
    ----------
    cases
        Rows of ``name_cases`` that are approved: ``case_id``, ``place_id``, ``name``,
        ``approving_body``, ``approved_on``.
    places
        The layer ``place_names``: ``place_id``, ``pinyin``, ``unit_code``, ``description``.
    units
        Code of a unit -> its full name.
    issuer, on, number
        Who announces, the day, the number of the document.

    Returns
    -------
    notice
        A row per name that has all six fields.
    refused
        The others: ``row`` (from 1), ``case_id``, ``field`` (of `NOTICE_FIELDS`), ``value``,
        ``reason``.

    Raises
    ------
    EmptyLayerError
        If no name has all six.
    SecrecyError
        If a place is a state secret: none is announced.
    """
    require(cases, "name_cases", "case_id", "place_id", "name")
    refuse_state_secrets(places, LAYERS["place_names"], classified=False)
    place = texts(cases, "place_id")
    unit = looked_up(place, places, "unit_code")
    table = pd.DataFrame(dict(zip(NOTICE_FIELDS, (
        texts(cases, "name") + (texts(cases, "case_kind") == "retire").map(_RETIRED),
        looked_up(place, places, "pinyin"), [units.get(u, "") for u in unit],
        looked_up(place, places, "description"), texts(cases, "approving_body"),
        texts(cases, "approved_on").map(lambda t: chinese_day(day_of(t or None))),
    ), strict=True)))  # fmt: skip
    rows = pd.Series(range(1, len(cases) + 1), index=cases.index)
    missing = [
        pd.DataFrame({"row": rows[empty], "case_id": texts(cases, "case_id")[empty],
                      "field": field, "value": "", "reason": "空缺，不能公告"})
        for field in NOTICE_FIELDS if (empty := table[field] == "").any()
    ]  # fmt: skip
    columns = ["row", "case_id", "field", "value", "reason"]
    refused = pd.concat(missing) if missing else pd.DataFrame(columns=columns)
    refused = refused.sort_values("row", kind="stable", ignore_index=True)
    whole = table[~rows.isin(refused["row"])]
    if whole.empty:
        raise EmptyLayerError.for_layer("name_cases", "公告：六项齐全的")
    paper = NamePaper(
        title="地名公告", number=number,
        before=(f"根据{_LAW}第十二条、第十四条，下列 {len(whole)} 个地名已经批准，现予公告。",),
        heads=NOTICE_FIELDS, rows=tuple(map(tuple, whole.to_numpy().tolist())),
        widths=_NOTICE_WIDTHS,
        after=(_FROM_NOW,), issuer=issuer, date=chinese_day(on),
        banner=_banner(places[texts(places, "place_id").isin(place)]),
    )  # fmt: skip
    return paper, refused


def certificate(
    place_id: str, places: pd.DataFrame, forms: pd.DataFrame, units: Mapping[str, str], *,
    issuer: str, on: date, number: str = "", purpose: str = "",
) -> NamePaper:  # fmt: skip
    """
    Write the certificate of a place name (地名证明): the place, its name now and before.

    Parameters
    ----------
    place_id
        The place.
    places, forms
        The layers ``place_names`` and ``name_forms``; former names are listed with their days.
    units
        Code of a unit -> its full name.
    issuer, on, number
        Who certifies, the day, the number.
    purpose
        What it is for, as the applicant says.

    Raises
    ------
    UnknownIdError
        If there is no such place.
    SecrecyError
        If the place is a state secret.
    """
    own = places[texts(places, "place_id") == place_id]
    if own.empty:
        raise UnknownIdError.among("place", "地名", place_id, texts(places, "place_id"))
    refuse_state_secrets(own, LAYERS["place_names"], classified=False)
    cell = {c: texts(own, c).iloc[0] for c in LAYERS["place_names"].names}
    name, unit = cell["standard_name"], units.get(cell["unit_code"], cell["unit_code"])
    former = _former(place_id, forms)
    state = {c.code: c.zh for c in v.NAME_STATUS}.get(cell["status"], cell["status"])
    rows = [
        ("标准名称", name, "罗马字母拼写", cell["pinyin"]),
        ("地名代码", cell["place_code"], "地名类别", _class_zh(cell["category_code"])),
        ("所属政区", unit, "状态", state),
        ("位置描述", cell["description"], "地名来历", cell["origin"]),
    ]
    said = [f"经查地名登记库，{unit}“{name}”（编号 {place_id}）登记情况如下。"]
    changes = [
        f"“{text}”{span}为该地曾用名，与“{name}”所指为同一地理实体。" for text, span in former
    ]
    told = f"本证明用于{purpose}。" if purpose else ""
    return NamePaper(
        title="地名证明", number=number, before=tuple(said), heads=(),
        rows=tuple(tuple(t or UNKNOWN for t in row) for row in rows), widths=(14, 36, 18, 32),
        after=tuple(t for t in (*changes, told, "特此证明。") if t), issuer=issuer,
        date=chinese_day(on), banner=_banner(own),
    )  # fmt: skip


def _former(place_id: str, forms: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the former names of a place, each with the span of its use where known."""
    own = forms[(texts(forms, "place_id") == place_id) & (texts(forms, "kind") == "former")]
    out = []
    for text, first, last in zip(texts(own, "text"), texts(own, "valid_from"),
                                 texts(own, "valid_to"), strict=True):  # fmt: skip
        begin, end = (chinese_day(day_of(t or None)) for t in (first, last))
        span = f"自{begin}" * bool(begin) + f"至{end}" * bool(end)
        out.append((text, f"（{span}）" if span else ""))
    return out


def filing_form(
    case: Case, place: Mapping[str, str], *, issuer: str, on: date, synthetic: bool = False
) -> NamePaper:
    """
    Write the registration form of a filing (地名备案登记表).

    Parameters
    ----------
    case
        An approved case.
    place
        ``pinyin``, ``unit_name``, ``description``, ``meaning``, ``origin``, ``place_code`` where
        known.
    issuer, on
        Who files, and when.
    synthetic
        Whether the data is invented.

    Raises
    ------
    InputError
        If the case is not approved.
    """
    _require_approved(case)
    words = {c.code: c.zh for c in (*v.NAME_CASE_KIND, *v.APPROVER_KIND, *v.RENAME_REASON)}
    rows = [
        ("标准名称", case.name, "罗马字母拼写", place.get("pinyin", "")),
        ("原名称", case.former_name or "无", "事项", words[case.case_kind]),
        ("地名代码", place.get("place_code", ""), "地名类别", _class_zh(case.category_code)),
        ("所属政区", place.get("unit_name", ""), "位置描述", place.get("description", "")),
        ("含义", place.get("meaning", ""), "来历", place.get("origin", "")),
        ("理由", case.reason or words.get(case.reason_code, ""), "申请人", case.submitted_by),
        ("批准机关", case.approving_body, "机关类别", words.get(case.approver_kind, "")),
        ("批准文号", case.approval_no, "批准时间", chinese_day(case.approved_on)),
        ("报备单位", issuer, "报备时间", chinese_day(on)),
    ]
    return NamePaper(
        title="地名备案登记表", number=f"案卷 {case.case_id}", before=(), heads=(),
        rows=tuple(tuple(t or UNKNOWN for t in row) for row in rows), widths=(14, 36, 18, 32),
        after=("填表人：　　　　　　审核人：　　　　　　负责人：",), issuer=issuer,
        date=chinese_day(on), banner=BANNER if synthetic else "",
    )  # fmt: skip


def filing_report(
    case: Case, filed_with: str, *, issuer: str, on: date, due: date, number: str = "",
    synthetic: bool = False,
) -> NamePaper:  # fmt: skip
    """
    Write the report of a filing (地名备案报告).

    Parameters
    ----------
    case
        An approved case.
    filed_with
        To whom, as `geoplan.placenames.approving.filed_with` says.
    issuer, on, number
        Who files, when, under which number.
    due
        Last day of the term (PN-20); later, the report says so.
    synthetic
        Whether the data is invented.

    Raises
    ------
    InputError
        If the case is not approved.
    """
    _require_approved(case)
    what = {"rename": f"将“{case.former_name}”更名为“{case.name}”", "retire": f"“{case.name}”销名"}
    late = f"因故逾期 {(on - due).days} 日（期限至{chinese_day(due)}）。" if on > due else ""
    told = (
        f"{chinese_day(case.approved_on)}，{case.approving_body}批准"
        f"{what.get(case.case_kind, f'“{case.name}”的命名')}"
        f"（{case.approval_no or '文号' + UNKNOWN}）。"
        f"根据{_LAW}第十三条，现将有关材料报请备案。{late}"
    )
    return NamePaper(
        title="地名备案报告", number=number, heads=(), rows=(), widths=(),
        before=(f"{filed_with}：", told, "附件：备案登记表、批复、申请书及有关报告。"),
        after=(), issuer=issuer, date=chinese_day(on), banner=BANNER if synthetic else "",
    )  # fmt: skip


def _require_approved(case: Case) -> None:
    if case.approved_on is None:
        raise InputError(
            f"Case {case.case_id!r} is not approved, so there is nothing to file.",
            zh=f"案卷“{case.case_id}”尚未批准，无可备案。",
            fix="approve the case first", fix_zh="先办理批准", case_id=case.case_id,
        )  # fmt: skip


def _class_zh(category_code: str) -> str:
    return (
        f"{CLASSES[class_of(category_code)].title_zh}（{category_code}）" if category_code else ""
    )


def _banner(rows: pd.DataFrame) -> str:
    invented = texts(rows, "synthetic").str.lower().isin(["true", "1"])
    return BANNER if invented.any() else ""
