"""
Boundaries (行政区域界线): lines that close, markers, claims, changes, and what each of them means.

>>> import geoplan as gp
>>> gp.boundaries.line_code("county", "421321", "421303")
'421303421321'
"""

from __future__ import annotations

from geoplan.boundaries import case_states as case_states
from geoplan.boundaries import marker_states as marker_states
from geoplan.boundaries.azimuths import (
    convergence_deg,
    direction_words,
    dms_text,
    grid_from_true,
    sector,
    true_azimuths,
    true_from_grid,
)
from geoplan.boundaries.chainage import calibrate, locate, place
from geoplan.boundaries.change import apply_changes
from geoplan.boundaries.change_approval import approval, approvals, deadlines, dossier
from geoplan.boundaries.change_codes import recoded
from geoplan.boundaries.change_file import parse_change
from geoplan.boundaries.change_impact import impact, statistics, units_at
from geoplan.boundaries.change_land import land_findings, moved_land
from geoplan.boundaries.change_lines import line_changes
from geoplan.boundaries.claims import compare_claims
from geoplan.boundaries.conformance import check, judged
from geoplan.boundaries.diagnosis import diagnose
from geoplan.boundaries.direction import needs_reversal, statement, statement_text
from geoplan.boundaries.disputed_land import freeze_warnings, inside, weigh_evidence
from geoplan.boundaries.disputes import case_table
from geoplan.boundaries.junctions import tri_junctions
from geoplan.boundaries.ledgers import (
    basis_documents,
    hazard_ledger,
    peace_agreements,
    precision_figures,
)
from geoplan.boundaries.line_codes import line_code
from geoplan.boundaries.lines import derive_arcs, derive_lines
from geoplan.boundaries.marker_checks import MARKER_CHECKS, check_markers
from geoplan.boundaries.marker_moves import move_test
from geoplan.boundaries.marker_numbers import (
    check_numbers,
    format_number,
    next_number,
    parse_numbers,
)
from geoplan.boundaries.marker_references import (
    grid_reference_azimuths,
    reference_objects,
    true_reference_azimuths,
)
from geoplan.boundaries.marker_register import (
    photo_counts,
    plane_difference_m,
    positions_from_plane,
    register_check,
    register_coordinates,
    three_sided,
)
from geoplan.boundaries.markers import line_test, order_check, plotted_tolerance_m
from geoplan.boundaries.nesting import check_nesting, plan_recut
from geoplan.boundaries.overlays import crossings, deviation_report
from geoplan.boundaries.repair import apply_repair
from geoplan.boundaries.repair_plan import plan_repair
from geoplan.boundaries.simplification import simplify
from geoplan.boundaries.topology import Topology, topology
from geoplan.boundaries.unit_versions import valid_on

__all__ = [
    "MARKER_CHECKS",
    "Topology",
    "apply_changes",
    "apply_repair",
    "approval",
    "approvals",
    "basis_documents",
    "calibrate",
    "case_states",
    "case_table",
    "check",
    "check_markers",
    "check_nesting",
    "check_numbers",
    "compare_claims",
    "convergence_deg",
    "crossings",
    "deadlines",
    "derive_arcs",
    "derive_lines",
    "deviation_report",
    "diagnose",
    "direction_words",
    "dms_text",
    "dossier",
    "format_number",
    "freeze_warnings",
    "grid_from_true",
    "grid_reference_azimuths",
    "hazard_ledger",
    "impact",
    "inside",
    "judged",
    "land_findings",
    "line_changes",
    "line_code",
    "line_test",
    "locate",
    "marker_states",
    "move_test",
    "moved_land",
    "needs_reversal",
    "next_number",
    "order_check",
    "parse_change",
    "parse_numbers",
    "peace_agreements",
    "photo_counts",
    "place",
    "plan_recut",
    "plan_repair",
    "plane_difference_m",
    "plotted_tolerance_m",
    "positions_from_plane",
    "precision_figures",
    "recoded",
    "reference_objects",
    "register_check",
    "register_coordinates",
    "sector",
    "simplify",
    "statement",
    "statement_text",
    "statistics",
    "three_sided",
    "topology",
    "tri_junctions",
    "true_azimuths",
    "true_from_grid",
    "true_reference_azimuths",
    "units_at",
    "valid_on",
    "weigh_evidence",
]
