"""Siting standards (配建标准): measures, verdicts, gaps and their explanation."""

from __future__ import annotations

from geoplan.standards.check import LATER, MEASURES, NEEDS, check, judged
from geoplan.standards.city import in_service, is_synthetic
from geoplan.standards.explanation import STATUS_EN, STATUS_ZH, explain
from geoplan.standards.gaps import gaps

__all__ = [
    "LATER",
    "MEASURES",
    "NEEDS",
    "STATUS_EN",
    "STATUS_ZH",
    "check",
    "explain",
    "gaps",
    "in_service",
    "is_synthetic",
    "judged",
]
