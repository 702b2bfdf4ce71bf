"""Scenarios (情景): facilities, policy and people changed, undone, shared and compared."""

from __future__ import annotations

from geoplan.scenario.applying import apply, changed_policy
from geoplan.scenario.comparing import ab_map, compare
from geoplan.scenario.live import Live, State
from geoplan.scenario.model import VERSION, Scenario
from geoplan.scenario.steps import KINDS, Add, Close, Grow, Move, Resize, SetPolicy

__all__ = [
    "KINDS",
    "VERSION",
    "Add",
    "Close",
    "Grow",
    "Live",
    "Move",
    "Resize",
    "Scenario",
    "SetPolicy",
    "State",
    "ab_map",
    "apply",
    "changed_policy",
    "compare",
]
