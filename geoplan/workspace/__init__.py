"""The workspace (工作区): the only place that wires reading, computing and writing together."""

from __future__ import annotations

from geoplan.workspace.opening import Workspace, open_workspace
from geoplan.workspace.mainjob import RunResult, circle_facilities, compute, run

__all__ = ["RunResult", "Workspace", "circle_facilities", "compute", "open_workspace", "run"]
