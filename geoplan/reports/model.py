"""The report model (报告模型): one set of frames from which every output takes its numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from geoplan.schemas.vocabulary import SERVICE
from geoplan.standards import STATUS_EN, STATUS_ZH
from geoplan.units import show, unit_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.errors import Lang
    from geoplan.policy import Policy

_SIGN = {"met": "●", "not_met": "○", "to_verify": "◐", "no_data": "–", "no_target": "·"}

LEVEL_ZH = {"prefecture": "全市", "county": "县（市、区）", "township": "镇（街道）",
            "village": "村（社区）"}  # fmt: skip
GROUP_ZH = {"persons": "常住人口", "elders_60": "60岁以上", "elders_65": "65岁以上",
            "elders_80": "80岁以上", "households": "户"}  # fmt: skip
SERVICE_ZH = {"any": "全部", **{c.code: c.zh for c in SERVICE}}
OPERATOR = {">=": "≥", ">": ">", "=": "=", "<=": "≤", "<": "<"}


@dataclass(frozen=True, eq=False)
class CityReport:
    """
    Everything the main job found.

    Parameters
    ----------
    title_zh, title_en
        The city.
    synthetic
        Whether any input was; then `BANNER` stands on every output.
    policy_id, policy_title, policy_digest, version
        The norms and the software.
    assessment_date
        Day the targets are assessed at.
    metric_crs
        CRS of all measuring.
    checks, coverage, gaps
        From the standards and the service circles.
    units, facilities, areas, demand
        Geometry in CGCS2000 degrees.
    inputs, defects
        What was read and what was found in it.
    facts
        Figures of the network and the search.
    histogram
        People by how long they walk, per unit.
    unserved
        Clusters of elders beyond the circle, the largest first.
    policy
        The norms themselves, for explanations; None leaves those out.
    later
        Checks at a later date than the assessment, shown beside as 现状.
    series
        Yearly figures, from `indicators.series`.
    closing
        Floor gaps with surplus and idle buildings, from `standards.close_gaps`.
    estates
        Checks of residential areas, from `standards.check_estates`.
    urban
        Checks of the urban communities alone (城镇口径).
    projects
        Projects of the column boxes.
    issuer
        Who hands the report in; empty where not said.
    review_number
        审图号 of its maps; empty leaves a line to fill in.
    """

    title_zh: str
    title_en: str
    synthetic: bool
    policy_id: str
    policy_title: str
    policy_digest: str
    version: str
    assessment_date: str
    metric_crs: str
    checks: pd.DataFrame
    coverage: pd.DataFrame
    units: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    gaps: pd.DataFrame
    inputs: pd.DataFrame
    defects: pd.DataFrame
    facts: Mapping[str, Any]
    histogram: pd.DataFrame = field(default_factory=pd.DataFrame)
    unserved: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    policy: Policy | None = None
    later: pd.DataFrame = field(default_factory=pd.DataFrame)
    series: pd.DataFrame = field(default_factory=pd.DataFrame)
    closing: pd.DataFrame = field(default_factory=pd.DataFrame)
    estates: pd.DataFrame = field(default_factory=pd.DataFrame)
    urban: pd.DataFrame = field(default_factory=pd.DataFrame)
    projects: pd.DataFrame = field(default_factory=pd.DataFrame)
    issuer: str = ""
    review_number: str = ""


def status_word(status: str, lang: Lang = "zh") -> str:
    """Return the status with its sign, in one language."""
    words = STATUS_ZH if lang == "zh" else STATUS_EN
    return f"{_SIGN.get(status, '')} {words.get(status, status)}".strip()


def quantity(value: Any, unit: str, lang: Lang = "zh") -> str:
    """Return a value with its unit; shares as per cent; a dash where it is missing."""
    if value is None or pd.isna(value):
        return "–"
    if unit == "share":
        return f"{float(value) * 100:.1f} %"
    word = unit_word(unit, lang)
    return f"{show(float(value), unit)} {word}".rstrip()


def goal(row: pd.Series[Any], lang: Lang = "zh") -> str:
    """Return operator and target of a check row; whole things beside a share of them (UNIT-02)."""
    text = f"{OPERATOR.get(str(row['operator']), '')} {quantity(row['target'], row['unit'], lang)}"
    needed, of = row.get("needed"), row.get("denominator_value")
    if needed is None or pd.isna(needed) or pd.isna(of) or row["unit"] != "share":
        return text
    whole = f"{float(needed):,.0f}/{float(of):,.0f}"
    return f"{text} （{whole}）" if lang == "zh" else f"{text} ({whole})"


def names(failing: Any, most: int = 4, lang: Lang = "zh") -> str:
    """Return the first failing names and how many there are."""
    if not isinstance(failing, str) or not failing:
        return ""
    all_names = failing.split(";")
    shown = ("、" if lang == "zh" else ", ").join(all_names[:most])
    if len(all_names) <= most:
        return shown
    rest = len(all_names) - most
    return f"{shown} 等 {len(all_names)} 个" if lang == "zh" else f"{shown} and {rest} more"


def city_rows(report: CityReport, level: str = "prefecture") -> pd.DataFrame:
    """Return the check rows of one level, binding targets first, in order of the policy."""
    if report.checks.empty:
        return report.checks
    rows = report.checks[report.checks["level"] == level]
    order = rows["attribute"].map({"binding": 0, "expected": 1, "text": 2}).fillna(3)
    return rows.assign(_order=order).sort_values("_order", kind="stable").drop(columns="_order")


def coverage_of(report: CityReport, level: str, limit_min: float, group: str) -> pd.DataFrame:
    """Return the coverage rows of one level, limit and group, for all facilities together."""
    table = report.coverage
    if table.empty:
        return table
    pick = (
        (table["level"] == level) & (table["limit_min"] == limit_min)
        & (table["group"] == group) & (table["service"] == "any")
    )  # fmt: skip
    return table.loc[pick]


def limits_of(report: CityReport) -> list[float]:
    """Return the limits in the coverage, ascending."""
    return [] if report.coverage.empty else sorted(report.coverage["limit_min"].unique())
