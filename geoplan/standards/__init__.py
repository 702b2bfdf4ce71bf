"""Siting standards (配建标准): measures, verdicts, gaps and their explanation."""

from __future__ import annotations

from geoplan.standards.check import LATER, MEASURES, NEEDS, check, judged
from geoplan.standards.city import in_service, is_synthetic
from geoplan.standards.closing import close_gaps, usable_sites
from geoplan.standards.estates import METHODS, check_estates
from geoplan.standards.estates import by_unit as estates_by_unit
from geoplan.standards.explanation import DEPTHS, STATUS_EN, STATUS_ZH, explain
from geoplan.standards.functional import functional_totals
from geoplan.standards.gaps import gaps
from geoplan.standards.inputs import newest_day
from geoplan.standards.review import review_estate

__all__ = [
    "DEPTHS",
    "LATER",
    "MEASURES",
    "METHODS",
    "NEEDS",
    "STATUS_EN",
    "STATUS_ZH",
    "check",
    "check_estates",
    "close_gaps",
    "estates_by_unit",
    "explain",
    "functional_totals",
    "gaps",
    "in_service",
    "is_synthetic",
    "judged",
    "newest_day",
    "review_estate",
    "usable_sites",
]
