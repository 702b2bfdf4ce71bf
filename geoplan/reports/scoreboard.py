"""The scoreboard (计分板) in a terminal: the city's answers first, then the counties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from geoplan.indicators import once_each
from geoplan.reports.model import (
    GROUP_ZH,
    CityReport,
    city_rows,
    coverage_of,
    goal,
    limits_of,
    names,
    quantity,
    status_word,
)
from geoplan.schemas.results import BANNER

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from geoplan.errors import Lang

_AREAS = ("m2/person", "m2/100hh")
_OTHERS = ("ELD-08", "ELD-10", "COM-02")
_COLOUR = {"met": "green", "not_met": "red", "to_verify": "yellow"}


def print_scoreboard(report: CityReport, console: Console, *, lang: Lang = "zh") -> None:
    """
    Print the scoreboard.

    Parameters
    ----------
    report
        From the main job.
    console
        Where to print; eighty columns are enough.
    lang
        ``zh`` or ``en``.
    """
    zh = lang == "zh"
    if report.synthetic:
        console.print(Panel(Text(f"{BANNER}  synthetic data", justify="center", style="bold red"),
                            box=box.HEAVY, style="red"))  # fmt: skip
    title = report.title_zh if zh else report.title_en
    console.print(Text(f"{title} · {report.policy_title}", style="bold"))
    console.print(
        f"{'期末评估' if zh else 'assessed at'} {report.assessment_date} · "
        f"{report.policy_id} {report.policy_digest[:12]} · {report.metric_crs}"
    )
    console.print(_frame_line(report, zh=zh))
    console.print(_city_table(report, lang))
    _remarks(report, console, zh=zh)
    if tally := _tally(report, zh=zh):
        console.print(tally)
    console.print(_county_table(report, lang))
    if not report.coverage.empty:
        console.print(_coverage_table(report, zh=zh))
    console.print(_data_line(report, zh=zh))


def _frame_line(report: CityReport, *, zh: bool) -> str:
    units = report.units
    if units.empty or "level" not in units.columns:
        return ""
    own = units
    if "neighbour" in own.columns:
        own = own[~own["neighbour"].astype("boolean").fillna(value=False).astype(bool)]
    statutory = own[own["kind"] != "functional"] if "kind" in own.columns else own
    count = statutory.groupby("level").size()
    people = own.loc[own["level"] == "prefecture", "population"].sum()
    parts = [
        f"{count.get('county', 0)} {'个县（市、区）' if zh else 'counties'}",
        f"{count.get('township', 0)} {'个镇（街道）' if zh else 'townships'}",
        f"{count.get('village', 0):,} {'个村（社区）' if zh else 'villages'}",
        f"{'常住人口' if zh else 'population'} {int(people):,}",
    ]
    return " · ".join(parts)


def _main_rows(report: CityReport, level: str = "prefecture") -> pd.DataFrame:
    """Rows that fit a screen: the indicators, land and floor, day care, village facilities."""
    rows = city_rows(report, level)
    if rows.empty:
        return rows
    text = (rows["attribute"] == "text") & (
        rows["unit"].isin(_AREAS) | rows["rule_id"].isin(_OTHERS)
    )
    stated = rows["rule_id"].str.startswith("IND.")
    return rows.loc[(stated | text).to_numpy(dtype=bool)] if stated.any() else rows


def _tally(report: CityReport, *, zh: bool) -> str:
    """Count the verdicts of the rows that are not on the screen."""
    rows = city_rows(report)
    if report.policy is not None:
        rows = once_each(rows, report.policy)
    shown = _main_rows(report)
    if len(rows) == len(shown):
        return ""
    rest = rows.loc[~rows.index.isin(shown.index)]["status"].value_counts()
    words = "、".join(f"{status_word(str(s), 'zh')} {n}" for s, n in rest.items())
    english = ", ".join(f"{status_word(str(s), 'en')} {n}" for s, n in rest.items())
    if zh:
        return f"其余 {int(rest.sum())} 条：{words}（geoplan indicators --all，或见报告）"
    return f"{int(rest.sum())} more: {english} (geoplan indicators --all, or the report)"


def _city_table(report: CityReport, lang: Lang) -> Table:
    zh = lang == "zh"
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False,
                  title="全市" if zh else "City", title_justify="left")  # fmt: skip
    for head in (
        ("规则", "标准", "数值", "要求", "结论", "缺口")
        if zh
        else ("rule", "standard", "value", "target", "status", "gap")
    ):
        narrow = head in {"规则", "rule", "结论"}
        number = head in {"数值", "缺口", "value", "gap"}
        table.add_column(
            head, overflow="fold", no_wrap=narrow, justify="right" if number else "left"
        )
    for _, row in _main_rows(report).iterrows():
        name = row["title_zh"] if zh else row["title_en"]
        basis = row["denominator_zh"] if zh else row["denominator"]
        if row["denominator"] in {"resident", "urban"}:
            name = f"{name}\n{basis}"
        gap = quantity(row["gap"], row["gap_unit"], lang) if row["gap"] else ""
        need = row["target"] * row["denominator_value"]
        if row["denominator"] in {"resident", "urban"}:
            gap = f"{gap}\n{'需' if zh else 'need'} {need:,.0f} m²".strip()
        if row["unit"] == "m2/100hh" and row["operator"] == ">=":
            gap = f"{gap}\n{'需' if zh else 'need'} {need / 100:,.0f} m²".strip()
        if row["denominator"] == "units":
            name += f" {row['numerator']:.0f}/{row['denominator_value']:.0f}"
        mark = f"[{row['basis']}]" if row["basis"][0] in "MP" else ""
        table.add_row(
            Text(row["rule_id"]), Text(f"{name} {mark}".rstrip()),
            quantity(row["value"], row["unit"], lang), goal(row, lang),
            Text(status_word(row["status"], lang), style=_COLOUR.get(row["status"], "")), gap,
        )  # fmt: skip
    return table


def _remarks(report: CityReport, console: Console, *, zh: bool) -> None:
    for _, row in _main_rows(report).drop_duplicates("rule_id").iterrows():
        remark = row["remark_zh"] if zh else row["remark_en"]
        failing = names(row["failing"]) if row["denominator"] == "units" else ""
        parts = [
            p for p in (remark, failing and f"{'未达标' if zh else 'failing'}：{failing}") if p
        ]
        if row["completeness_share"] < 1.0:
            share = f"{row['completeness_share']:.0%}"
            parts.append(f"{'数据完整率' if zh else 'completeness'} {share}")
        if parts:
            console.print(Text(f"  {row['rule_id']}  {'；'.join(parts)}", style="dim"))


def _county_table(report: CityReport, lang: Lang) -> Table:
    zh = lang == "zh"
    rows = _main_rows(report, "county")
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False,
                  title="分县（市、区）" if zh else "Counties", title_justify="left")  # fmt: skip
    table.add_column("规则" if zh else "rule", no_wrap=True)
    if rows.empty:
        return table
    counties = list(dict.fromkeys(rows["unit_name"]))
    for county in counties:
        table.add_column(str(county), justify="right", overflow="fold")
    for (rule, basis), group in rows.groupby(["rule_id", "denominator"], sort=False):
        label = f"{rule} {basis}" if basis in {"resident", "urban"} else str(rule)
        cells = []
        by_name = {r["unit_name"]: r for _, r in group.iterrows()}
        for county in counties:
            row = by_name.get(county)
            text = "–" if row is None else quantity(row["value"], row["unit"], lang)
            sign = "" if row is None else status_word(row["status"], lang).split()[0]
            style = "" if row is None else _COLOUR.get(row["status"], "")
            cells.append(Text(f"{sign} {text}", style=style))
        table.add_row(label, *cells)
    return table


def _coverage_table(report: CityReport, *, zh: bool) -> Table:
    limits = limits_of(report)
    title = "步行覆盖率（规划未定量）" if zh else "Walking coverage (no target in the plan)"
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, title=title,
                  title_justify="left")  # fmt: skip
    table.add_column("单元" if zh else "unit", no_wrap=True)
    table.add_column("人群" if zh else "group", no_wrap=True)
    for limit in limits:
        table.add_column(f"{limit:g} min", justify="right")
    for level in ("prefecture", "county"):
        groups = ("persons", "elders_60", "elders_80") if level == "prefecture" else ("elders_60",)
        for group in groups:
            found = [coverage_of(report, level, limit, group) for limit in limits]
            if not found or found[0].empty:
                continue
            for code in found[0]["unit_code"]:
                rows = [f.set_index("unit_code") for f in found]
                cells = [f"{r.loc[code, 'cov_share'] * 100:.1f} %" for r in rows]
                word = GROUP_ZH[group] if zh else group
                table.add_row(str(rows[0].loc[code, "unit_name"]), word, *cells)
    return table


def _data_line(report: CityReport, *, zh: bool) -> str:
    rows = int(report.inputs["rows"].sum()) if len(report.inputs) else 0
    back = int(report.inputs["rejected"].sum()) if len(report.inputs) else 0
    facts = report.facts
    unsnapped = facts.get("doors_unsnapped", 0)
    if zh:
        return (
            f"数据：{len(report.inputs)} 个图层 {rows:,} 行，退回 {back} 行，问题 "
            f"{len(report.defects)} 条；路网 {facts.get('edges', 0):,} 条边，"
            f"连通 {facts.get('connected_share', 0):.1%}；{unsnapped:,} 个人口点离路网过远"
        )
    return (
        f"Data: {len(report.inputs)} layers, {rows:,} rows, {back} sent back, "
        f"{len(report.defects)} findings; network {facts.get('edges', 0):,} edges, "
        f"{facts.get('connected_share', 0):.1%} connected; {unsnapped:,} doors too far from streets"
    )
