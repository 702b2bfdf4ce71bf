"""The web report (网页报告): one self-contained page with the numbers of the report model."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from jinja2 import Environment
from markupsafe import Markup

from geoplan.reports import charts
from geoplan.reports.model import (
    GROUP_ZH,
    LEVEL_ZH,
    CityReport,
    city_rows,
    coverage_of,
    goal,
    limits_of,
    names,
    quantity,
    status_word,
)
from geoplan.schemas.results import BANNER, COLUMN_ZH
from geoplan.units import unit_zh

if TYPE_CHECKING:
    from geoplan.errors import Lang

_MOST_ROWS = 400


def write_html(report: CityReport, *, lang: Lang = "zh") -> str:
    """
    Return the report as one page: no outside file, sortable and searchable tables.

    Parameters
    ----------
    report
        From the main job.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    html
        The same for the same report.
    """
    text = (resources.files("geoplan.reports") / "page.html.j2").read_text(encoding="utf-8")
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)
    zh = lang == "zh"
    return template.render(
        report=report, zh=zh, lang="zh-CN" if zh else "en", banner=BANNER,
        city=[_card(row, lang) for _, row in city_rows(report).iterrows()],
        charts=[Markup(svg) for svg in _charts(report)],  # noqa: S704  (made by us, escaped)
        tables=[
            _table(_("缺口清单", "Gaps", zh), _gaps(report, lang)),
            _table(_("镇（街道）对标", "Townships", zh), _checks(report, "township", lang)),
            _table(_("步行覆盖率", "Walking coverage", zh), _coverage(report, lang)),
            _table(_("数据来源", "Inputs", zh), _inputs(report)),
            _table(_("问题清单", "Findings in the data", zh), _defects(report, lang)),
        ],
        facts=[(str(k), str(v)) for k, v in report.facts.items()],
    )  # fmt: skip


def _(zh: str, en: str, is_zh: bool) -> str:  # noqa: FBT001
    return zh if is_zh else en


def _card(row: pd.Series[Any], lang: Lang) -> dict[str, str]:
    """Return one answer of the city with how its number is made."""
    zh = lang == "zh"
    top, base = row["numerator"], row["denominator_value"]
    made = ""
    if pd.notna(top) and pd.notna(base):
        per = " / 100" if row["unit"] == "m2/100hh" else ""
        made = f"{top:,.0f}" if float(top).is_integer() else f"{top:,.2f}"
        made += f" ÷ ({base:,.0f}{per})"
    return {
        "rule": row["rule_id"],
        "title": row["title_zh"] if zh else row["title_en"],
        "basis": ""
        if row["denominator"] == "units"
        else (row["denominator_zh"] if zh else row["denominator"]),
        "value": quantity(row["value"], row["unit"], lang),
        "goal": goal(row, lang),
        "status": row["status"],
        "word": status_word(row["status"], lang),
        "gap": quantity(row["gap"], row["gap_unit"], lang) if row["gap"] else "",
        "made": made,
        "clause": row["clause"],
        "evidence": f"[{row['basis']}] {row['basis_note_zh'] if zh else row['basis_note_en']}",
        "remark": row["remark_zh"] if zh else row["remark_en"],
        "failing": names(row["failing"], 12),
        "complete": f"{row['completeness_share']:.1%}",
    }


def _charts(report: CityReport) -> list[str]:
    out = []
    for rule, basis in (("ELD-03", None), ("ELD-01", "resident")):
        rows = report.checks
        if rows.empty:
            break
        rows = rows[(rows["rule_id"] == rule) & (rows["level"] == "township")]
        if basis:
            rows = rows[rows["denominator"] == basis]
        if rows.empty:
            continue
        rows = rows.sort_values(["value", "unit_code"], ascending=[False, True])
        target = rows["target"].dropna()
        name = f"{rule} {rows['title_zh'].iloc[0]}（{rows['denominator_zh'].iloc[0]}）"
        out.append(charts.bars(
            list(rows["unit_name"]), list(rows["value"].astype(float)),
            target=float(target.min()) if len(target) and target.min() == target.max() else None,
            unit=unit_zh(str(rows["unit"].iloc[0])), title=name,
        ))  # fmt: skip
    bands = _bands(report)
    return [bands, *out] if bands else out


def _bands(report: CityReport) -> str:
    limits = limits_of(report)
    labels, parts = [], []
    for level in ("prefecture", "county"):
        found = [coverage_of(report, level, limit, "elders_60") for limit in limits]
        if not found or found[0].empty:
            continue
        tables = [f.set_index("unit_code") for f in found]
        for code in tables[0].index:
            shares = [float(t.loc[code, "cov_share"]) for t in tables]
            if np.isnan(shares).any():
                continue
            labels.append(str(tables[0].loc[code, "unit_name"]))
            parts.append([*np.diff([0.0, *shares]).tolist(), 1.0 - shares[-1]])
    if not labels:
        return ""
    words = [f"≤ {limits[0]:g} 分钟"]
    words += [f"{a:g}–{b:g} 分钟" for a, b in zip(limits, limits[1:])]  # noqa: B905, RUF007
    return charts.stacked(labels, parts, [*words, f"> {limits[-1]:g} 分钟"],
                          title="60岁以上老年人到最近养老服务设施的步行时间")  # fmt: skip


def _table(title: str, frame: pd.DataFrame) -> dict[str, Any]:
    heads = [COLUMN_ZH.get(str(c), str(c)) for c in frame.columns]
    rows = [
        ["" if v is None or (pd.api.types.is_scalar(v) and pd.isna(v)) else _cell(v) for v in row]
        for row in frame.head(_MOST_ROWS).itertuples(index=False)
    ]
    return {"title": title, "heads": heads, "rows": rows, "all": len(frame), "shown": len(rows)}


def _cell(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "是" if value else "否"
    if isinstance(value, float | np.floating):
        return f"{float(value):,.4g}" if abs(float(value)) < 1000 else f"{float(value):,.0f}"  # noqa: PLR2004
    return f"{int(value):,}" if isinstance(value, int | np.integer) else str(value)


def _pick(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return frame[[c for c in columns if c in frame.columns]]


def _gaps(report: CityReport, lang: Lang) -> pd.DataFrame:
    if report.gaps.empty:
        return report.gaps
    gaps = report.gaps[report.gaps["level"] == "township"]
    shown = gaps.assign(
        gap=[quantity(v, u, lang) for v, u in zip(gaps["gap"], gaps["gap_unit"], strict=True)],
        status=gaps["status"].map(lambda s: status_word(s, lang)),
    )
    return _pick(shown, ["rule_id", "title_zh", "denominator", "rank", "unit_name", "gap", "status",
                         "population", "elders_60"])  # fmt: skip


def _checks(report: CityReport, level: str, lang: Lang) -> pd.DataFrame:
    rows = city_rows(report, level)
    if rows.empty:
        return rows
    units = rows["unit"]
    shown = rows.assign(
        value=[quantity(v, u, lang) for v, u in zip(rows["value"], units, strict=True)],
        target=[goal(r, lang) for _, r in rows.iterrows()],
        gap=[quantity(v, u, lang) for v, u in zip(rows["gap"], rows["gap_unit"], strict=True)],
        status=rows["status"].map(lambda s: status_word(s, lang)),
    )
    return _pick(shown, ["rule_id", "title_zh", "unit_name", "denominator_zh", "value", "target",
                         "status", "gap", "remark_zh"])  # fmt: skip


def _coverage(report: CityReport, lang: Lang) -> pd.DataFrame:
    table = report.coverage
    if table.empty:
        return table
    pick = (table["level"] != "village") & (table["service"] == "any") & (
        table["group"].isin(["persons", "elders_60", "elders_80"])
    )  # fmt: skip
    rows = table.loc[pick]
    wide = rows.assign(
        limit=rows["limit_min"].map("{:g} min".format),
        share=[quantity(v, "share", lang) for v in rows["cov_share"]],
        group=rows["group"].map(lambda g: GROUP_ZH.get(g, g) if lang == "zh" else g),
        level=rows["level"].map(lambda v: LEVEL_ZH.get(v, v) if lang == "zh" else v),
    )
    order = list(dict.fromkeys(wide["limit"]))
    wide = wide.pivot_table(index=["level", "unit_name", "group"], columns="limit", values="share",
                            aggfunc="first", sort=False)  # fmt: skip
    return wide[order].reset_index().rename_axis(columns=None)


def _inputs(report: CityReport) -> pd.DataFrame:
    if report.inputs.empty:
        return report.inputs
    return _pick(
        report.inputs.assign(digest=report.inputs["digest"].str[:12]),
        ["zh", "file", "rows", "valid", "rejected", "crs", "encoding", "source_date", "digest",
         "notes_zh"],
    ).rename(columns={"zh": "图层", "rows": "行数", "valid": "有效", "rejected": "退回",
                      "crs": "坐标系", "encoding": "编码", "source_date": "数据日期",
                      "digest": "摘要", "notes_zh": "说明"})  # fmt: skip


def _defects(report: CityReport, lang: Lang) -> pd.DataFrame:
    return _pick(report.defects, ["layer", "row", "id", "field", "value", "effect",
                                  f"reason_{lang}", f"fix_{lang}"])  # fmt: skip
