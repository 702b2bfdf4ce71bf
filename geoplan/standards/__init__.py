"""Siting standards (配建标准): measures, verdicts, gaps and their explanation."""

from __future__ import annotations

from geoplan.standards.check import NEEDS, check
from geoplan.standards.city import in_service, is_synthetic
from geoplan.standards.explanation import STATUS_EN, STATUS_ZH, explain
from geoplan.standards.gaps import gaps

__all__ = [
    "NEEDS",
    "STATUS_EN",
    "STATUS_ZH",
    "check",
    "explain",
    "gaps",
    "in_service",
    "is_synthetic",
]
