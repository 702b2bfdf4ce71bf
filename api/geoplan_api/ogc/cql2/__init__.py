"""
Filters in CQL2 (过滤语言): OGC 21-065r2, text and JSON, on the columns and shapes of a snapshot.

Own reader and evaluator: the package ``cql2`` needs exponential time for ``((((((((((a`` and ends
the process at some thousand nested brackets.
"""

from __future__ import annotations

from geoplan_api.ogc.cql2.evaluate import FUNCTIONS, mask
from geoplan_api.ogc.cql2.mistakes import MAX_BYTES, MAX_DEPTH, MAX_LIST
from geoplan_api.ogc.cql2.reading import read

__all__ = ["FUNCTIONS", "MAX_BYTES", "MAX_DEPTH", "MAX_LIST", "mask", "read"]
