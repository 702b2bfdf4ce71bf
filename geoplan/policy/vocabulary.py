"""Closed word lists of a policy (规范词表): operators, bases, attributes, kinds of measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geoplan.schemas import vocabulary as words
from geoplan.schemas.layers import FACILITIES, PROJECTS

SCHEMA_VERSION = 1
"""Version of the policy file's shape that this code reads."""

OPERATORS: dict[str, str] = {">=": "≥", ">": ">", "<=": "≤", "<": "<", "=": "="}
"""What may stand between a result and its target, and how it is printed."""

ATTRIBUTES: dict[str, str] = {"binding": "约束性", "expected": "预期性", "text": "正文表述"}
"""Standing of a target in the plan: of the indicator table, or only worded in the text."""

Basis = Literal["V", "V-law", "V-2nd", "M-high", "M-med", "M-low", "P"]

BASES: dict[str, tuple[str, str]] = {
    "V": ("", ""),
    "V-law": ("", ""),
    "V-2nd": ("依据：转引资料，原文待核", "Basis: read in a secondary source, original not seen"),
    "M-high": (
        "依据：一般知识（可信度较高），待核",
        "Basis: general knowledge (high confidence), to be verified",
    ),
    "M-med": (
        "依据：一般知识（可信度中等），待核",
        "Basis: general knowledge (medium confidence), to be verified",
    ),
    "M-low": (
        "依据：一般知识（可信度较低），待核",
        "Basis: general knowledge (low confidence), to be verified",
    ),
    "P": (
        "依据：项目约定，未见公开规定",
        "Basis: convention of this project, no public rule found",
    ),
}
"""Mark of evidence -> the remark that must be visible beside a result, Chinese and English."""

LEVELS = tuple(c.code for c in words.LEVEL)
UNIT_KINDS = tuple(c.code for c in words.UNIT_KIND)
FACILITY_KINDS = tuple(c.code for c in words.FACILITY_KIND)
FUNCTIONS = tuple(c.code for c in words.FUNCTION)
SERVICES = tuple(c.code for c in words.SERVICE)
STATUSES = tuple(c.code for c in words.FACILITY_STATUS)
BUILD_STATUSES = tuple(c.code for c in words.BUILD_STATUS)
FACILITY_COLUMNS = tuple(c.name for c in FACILITIES.columns)
PROJECT_COLUMNS = tuple(c.name for c in PROJECTS.columns)
DENOMINATORS = ("resident", "urban")
CEMETERY_KINDS = tuple(c.code for c in words.CEMETERY_KIND)
COVERAGES = ("own", "served")
LISTS = ("large_without_clinic", "not_county_managed", "relocation_without_facility",
         "village_size", "service_areas")  # fmt: skip
KINDS_AT = tuple(f"{level}:{kind}" for level in LEVELS for kind in FACILITY_KINDS)
ALLOCATIONS = ("containment", "shared_circle", "two_step")

SUFFIXES: dict[str, str] = {
    "_per_100hh_m2": "m2/100hh",
    "_per_capita_m2": "m2/person",
    "_per_bed_m2": "m2/bed",
    "_per_plot_m2": "m2/plot",
    "_per_1000_elders_bed": "bed/1000elders",
    "_m_s": "m/s",
    "_kmh": "km/h",
    "_permille": "permille",
    "_pct": "pct",
    "_share": "share",
    "_degree": "degree",
    "_household": "household",
    "_person": "person",
    "_count": "count",
    "_floor": "floor",
    "_yuan": "yuan",
    "_plot": "plot",
    "_bed": "bed",
    "_month": "month",
    "_year": "year",
    "_day": "day",
    "_min": "min",
    "_km2": "km2",
    "_km": "km",
    "_m2": "m2",
    "_ha": "ha",
    "_mu": "mu",
    "_mm": "mm",
    "_m": "m",
    "_s": "s",
}
"""Ending of a parameter's name -> its unit. The longest ending that fits is the one meant."""


def unit_of_name(name: str) -> str | None:
    """
    Return the unit that a parameter's name ends in; None where it ends in none.

    Examples
    --------
    >>> unit_of_name("elder_walk_speed_m_s"), unit_of_name("marker_move_factor")
    ('m/s', None)
    """
    fits = [end for end in SUFFIXES if name.endswith(end)]
    return SUFFIXES[max(fits, key=len)] if fits else None


Figure = Literal["value", "value_or_classes", "optional", "none"]


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A kind of measure (度量类型).

    Parameters
    ----------
    zh, en
        What it measures.
    figure
        Whether a rule of this kind has a target: one ``value``; a value or ``classes``;
        ``optional``; or ``none``.
    units
        Units the target may have.
    options
        Options only this kind has, beside `COMMON_OPTIONS`.
    required
        Options that must be given.
    """

    zh: str
    en: str
    figure: Figure
    units: frozenset[str]
    options: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()


COMMON_OPTIONS = frozenset(
    {"level", "levels", "unit_kinds", "urban_only", "statuses", "formula_zh", "formula_en"}
    | {"indicator", "column_box", "verdict_flag"}
)
"""Options that a rule of every kind may have."""


def _kind(zh: str, en: str, figure: Figure, units: str, options: str = "") -> Kind:
    """Read ``options`` as words; one that ends in ``!`` must be given."""
    names = options.split()
    return Kind(
        zh,
        en,
        figure,
        frozenset(units.split()),
        frozenset(n.rstrip("!") for n in names),
        frozenset(n.rstrip("!") for n in names if n.endswith("!")),
    )


KINDS: dict[str, Kind] = {
    "area_per_person": _kind(
        "人均面积", "area of facilities per person", "value", "m2/person",
        "facility_kinds! column! denominators!",
    ),
    "area_per_100hh": _kind(
        "每百户面积", "area of facilities per hundred households", "value_or_classes",
        "m2/100hh", "facility_kinds! column! pool_min",
    ),
    "min_size": _kind(
        "单处最小规模", "least size of one facility in each unit", "value", "m2 bed",
        "facility_kinds! column!",
    ),
    "presence_by_unit": _kind(
        "逐单元有无", "each unit must have a facility; every unit gets its own verdict",
        "value", "pct",
        "facility_kinds functions services or_functions sharing also_units or_figure",
    ),
    "share_of_units": _kind(
        "达标单元比例", "share of the units that have a facility; only the share is judged",
        "value", "pct",
        "facility_kinds! functions services or_functions sharing also_units or_figure",
    ),
    "share_in_register": _kind(
        "台账比例", "share of a register, from the table of figures", "value", "pct",
    ),
    "share_of_facilities": _kind(
        "设施比例", "share of the facilities (or of their beds) with a property", "value", "pct",
        "facility_kinds! functions services numerator_column denominator_column min_grade "
        "of_min_grade",
    ),
    "cemetery_coverage": _kind(
        "公墓覆盖", "units with a cemetery of their own, or served by one", "value", "pct",
        "cemetery_kinds! coverage!",
    ),
    "count": _kind(
        "数量", "number of facilities, beds, persons or households", "value",
        "count person 10k_person household bed plot",
        "facility_kinds functions project_columns sum_of",
    ),
    "reach": _kind(
        "可达覆盖", "share of people within a travel time", "optional", "pct",
        "facility_kinds! functions services profiles! limit_min! demand!",
    ),
    "exists": _kind(
        "是否建有", "at least so many exist in the city", "value", "count",
        "facility_kinds functions services",
    ),
    "existence_by_level": _kind(
        "逐级建有", "each unit of the named levels has one", "value", "pct",
        "facility_kinds functions services or_figure",
    ),
    "project_state": _kind(
        "项目进度", "projects of a column box that are complete", "value", "count pct",
        "project_kinds facility_kinds",
    ),
    "document_state": _kind(
        "文件与制度", "documents that are made and approved", "value", "count pct",
    ),
    "list": _kind(
        "清单", "a list of the objects that fall short, no target", "none", "none",
        "facility_kinds functions services objects",
    ),
    "duplicates": _kind(
        "疑似重复", "objects of one name nearer to each other than a distance", "value", "m",
    ),
    "rate": _kind(
        "比率", "one figure of the register over another", "value", "pct permille",
        "numerator_set",
    ),
    "growth": _kind(
        "增速比较", "growth compared with another series", "none", "pct none",
        "against! against_lag_year",
    ),
    "colocation": _kind(
        "同址", "share of the units where facilities of two kinds stand together, no target",
        "none", "none", "facility_kinds! other_kinds! distance!",
    ),
    "area_share": _kind("面积比例", "share of the city's area", "value", "pct"),
    "capacity": _kind(
        "能力与需求", "capacity against need", "none", "none", "facility_kinds",
    ),
    "schedule": _kind("期限与周期", "a term or a cycle kept", "value", "day month year"),
    "zone": _kind("区划图层", "a zone made of areas and distances", "none", "none", "profile!"),
    "method": _kind("计算方法", "how something is computed, no target", "none", "none"),
    "check": _kind(
        "检查", "a check of data, names or procedure, with a tolerance where it has one",
        "optional", "m mm s km m2 ha km2 min day month year pct share permille degree count "
        "person plot floor none", "severity",
    ),
    "no_target": _kind(
        "规划未定量", "the plan words it without a figure", "none", "none",
        "facility_kinds functions services profiles limit_min demand presence kinds_at objects "
        "project_kinds",
    ),
}  # fmt: skip
"""Every kind of measure. A new rule of one of these needs only the policy file."""
