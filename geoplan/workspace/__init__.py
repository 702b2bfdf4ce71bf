"""The workspace (工作区): the only place that wires reading, computing and writing together."""

from __future__ import annotations

from geoplan.workspace.estate import review_estate
from geoplan.workspace.judging import judge
from geoplan.workspace.mainjob import circle_facilities, compute, run
from geoplan.workspace.names import Names
from geoplan.workspace.opening import Workspace, open_workspace
from geoplan.workspace.scenarios import compare_scenarios, live, read_scenario
from geoplan.workspace.siting import Siting, site
from geoplan.workspace.steps import RunResult

__all__ = [
    "Names",
    "RunResult",
    "Siting",
    "Workspace",
    "circle_facilities",
    "compare_scenarios",
    "compute",
    "judge",
    "live",
    "open_workspace",
    "read_scenario",
    "review_estate",
    "run",
    "site",
]
