"""Workbook tables (成果表): the report's frames with Chinese titles, one sheet each."""

from __future__ import annotations

import pandas as pd

from geoplan.reports.model import GROUP_ZH, LEVEL_ZH, SERVICE_ZH, CityReport
from geoplan.schemas.results import BANNER, COLUMN_ZH
from geoplan.standards import STATUS_ZH

_CHECKS = ["rule_id", "title_zh", "level", "unit_code", "unit_name", "denominator_zh", "value",
           "operator", "target", "unit", "status", "gap", "gap_unit", "numerator",
           "denominator_value", "missing", "completeness_share", "failing", "remark_zh",
           "attribute", "basis", "basis_note_zh", "clause", "policy_id", "synthetic"]  # fmt: skip


def sheets(report: CityReport) -> dict[str, pd.DataFrame]:
    """
    Return the sheets of ``tables.xlsx``.

    Parameters
    ----------
    report
        From the main job.

    Returns
    -------
    sheets
        Sheet name -> table with Chinese titles; values are those of the report. Where the
        report is synthetic, the first column of every sheet says so.
    """
    checks = judged_rows(report.checks)
    by_level = {
        "计分板": ["prefecture", "county"], "镇街对标": ["township"], "村社区对标": ["village"]
    }  # fmt: skip
    out = {"封面": _cover(report)}
    for name, levels in by_level.items():
        rows = checks[checks["level"].isin(levels)] if len(checks) else checks
        out[name] = _words(rows[[c for c in _CHECKS if c in rows.columns]])
    coverage = report.coverage
    out["覆盖率"] = _words(coverage[coverage["level"] != "village"] if len(coverage) else coverage)
    rows = report.histogram
    out["步行时间分布"] = _words(rows[rows["level"] != "village"] if len(rows) else rows)
    out["未覆盖聚集区"] = _words(
        pd.DataFrame(report.unserved.drop(columns="geometry", errors="ignore"))
    )
    out["缺口"] = _words(report.gaps)
    out["数据来源"] = _words(report.inputs)
    out["问题清单"] = _words(report.defects)
    if not report.synthetic:
        return out
    return {name: _marked(table) for name, table in out.items()}


def judged_rows(checks: pd.DataFrame) -> pd.DataFrame:
    """
    Leave out villages' rows of texts without a figure: thousands that are told, never judged.

    Parameters
    ----------
    checks
        From `standards.check`; ``tables/standards_checks.csv`` has them all.
    """
    if checks.empty:
        return checks
    told = (checks["level"] == "village") & (checks["status"] == "no_target")
    return checks.loc[~told.to_numpy(dtype=bool)]


def _cover(report: CityReport) -> pd.DataFrame:
    rows = [
        ("城市", report.title_zh),
        ("标准库", f"{report.policy_title}（{report.policy_id}）"),
        ("标准库摘要", report.policy_digest),
        ("评估日期", report.assessment_date),
        ("量算坐标系", report.metric_crs),
        ("软件版本", f"geoplan {report.version}"),
        *((f"参数 {k}", v) for k, v in report.facts.items()),
    ]
    return pd.DataFrame([(k, str(v)) for k, v in rows], columns=["项目", "内容"])


def _words(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with Chinese titles and words for codes."""
    out = pd.DataFrame(table).copy()
    for column, words in (
        ("status", STATUS_ZH),
        ("level", LEVEL_ZH),
        ("group", GROUP_ZH),
        ("service", SERVICE_ZH),
    ):
        if column in out.columns:
            out[column] = out[column].map(lambda v, w=words: w.get(v, v))
    return out.rename(columns={c: COLUMN_ZH.get(str(c), str(c)) for c in out.columns})


def _marked(table: pd.DataFrame) -> pd.DataFrame:
    out = table.drop(columns=[COLUMN_ZH["synthetic"]], errors="ignore")
    out.insert(0, BANNER, BANNER)
    return out
