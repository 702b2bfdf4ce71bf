"""
Boundaries (行政区域界线): lines that close, what is wrong with them, repair under guard.

>>> import geoplan as gp
>>> gp.boundaries.line_code("county", "421321", "421303")
'421303421321'
"""

from __future__ import annotations

from geoplan.boundaries.diagnosis import diagnose
from geoplan.boundaries.line_codes import line_code
from geoplan.boundaries.lines import derive_arcs, derive_lines, tri_junctions
from geoplan.boundaries.nesting import check_nesting, plan_recut
from geoplan.boundaries.repair import apply_repair
from geoplan.boundaries.repair_plan import plan_repair
from geoplan.boundaries.topology import Topology, topology

__all__ = [
    "Topology",
    "apply_repair",
    "check_nesting",
    "derive_arcs",
    "derive_lines",
    "diagnose",
    "line_code",
    "plan_recut",
    "plan_repair",
    "topology",
    "tri_junctions",
]
