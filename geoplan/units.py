"""
Units of measure: the suffixes names carry, the units a norm may have, output rounding.

Every name that holds a quantity ends in its unit: ``_m _m2 _ha _km _min _s _kmh _m_s``,
``_share`` (0–1), ``_pct`` (0–100), ``_per_100hh_m2``.
"""

from __future__ import annotations

M2_PER_HA = 10_000.0
M2_PER_MU = 2_000.0 / 3.0
"""Square metres in one mu (亩)."""

# unit -> (Chinese, decimals when shown)
UNITS: dict[str, tuple[str, int]] = {
    "mm": ("毫米", 1),
    "m": ("米", 0),
    "km": ("公里", 2),
    "m2": ("平方米", 2),
    "ha": ("公顷", 4),
    "mu": ("亩", 2),
    "km2": ("平方公里", 2),
    "min": ("分钟", 2),
    "s": ("秒", 1),
    "m/s": ("米/秒", 2),
    "km/h": ("公里/小时", 1),
    "year": ("年", 0),
    "month": ("个月", 0),
    "day": ("天", 0),
    "person": ("人", 0),
    "10k_person": ("万人", 3),
    "household": ("户", 0),
    "bed": ("张", 0),
    "plot": ("穴", 0),
    "count": ("个", 0),
    "floor": ("层", 0),
    "unit": ("个单元", 0),
    "share": ("比例", 4),
    "pct": ("%", 2),
    "permille": ("‰", 2),
    "degree": ("度", 2),
    "yuan": ("元", 2),
    "m2/person": ("平方米/人", 4),
    "m2/100hh": ("平方米/百户", 2),
    "m2/bed": ("平方米/张", 2),
    "bed/1000elders": ("张/千名老年人", 2),
    "m2/plot": ("平方米/穴", 2),
    "ppm": ("ppm", 2),
    "none": ("", 4),
}


_ENGLISH = {
    "10k_person": "10,000 persons", "pct": "%", "permille": "‰", "none": "", "count": "",
    "m2/person": "m2 per person", "m2/100hh": "m2 per 100 hh", "person": "persons",
    "household": "households", "bed": "beds", "unit": "units",
}  # fmt: skip


def ha_from_m2(area_m2: float) -> float:
    """Return hectares (公顷) for square metres."""
    return area_m2 / M2_PER_HA


def mu_from_m2(area_m2: float) -> float:
    """Return mu (亩) for square metres: 1 mu = 2000/3 m²."""
    return area_m2 / M2_PER_MU


def unit_zh(unit: str) -> str:
    """Return the Chinese word of a unit; the unit itself where none is listed."""
    return UNITS.get(unit, (unit, 2))[0]


def unit_word(unit: str, lang: str = "zh") -> str:
    """
    Return a unit as it is written beside a number, in one language.

    Examples
    --------
    >>> unit_word("m2/100hh"), unit_word("10k_person", "en"), unit_word("pct", "en")
    ('平方米/百户', '10,000 persons', '%')
    """
    return unit_zh(unit) if lang == "zh" else _ENGLISH.get(unit, unit)


def show(value: float, unit: str) -> str:
    """Format a value with the unit's decimals and thousands separators."""
    return f"{value:,.{UNITS.get(unit, (unit, 2))[1]}f}"
