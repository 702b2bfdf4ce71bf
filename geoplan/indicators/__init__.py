"""Plan indicators (规划指标): the scoreboard, its series over the years, and comparisons."""

from __future__ import annotations

from geoplan.indicators.compare import compare, compare_units
from geoplan.indicators.coverage_matrix import coverage_matrix
from geoplan.indicators.scoreboard import ATTRIBUTE_ORDER, board, once_each, scoreboard, series

__all__ = [
    "ATTRIBUTE_ORDER",
    "board",
    "compare",
    "compare_units",
    "coverage_matrix",
    "once_each",
    "scoreboard",
    "series",
]
