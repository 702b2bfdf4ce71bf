"""Rules of place names (地名规则) PN-01 to PN-16: one door, `check_name`."""

from __future__ import annotations

from geoplan.placenames.rules.check import RULES, blocking, check_name, override
from geoplan.placenames.rules.model import SEVERITIES, Proposal, Reference, Verdict

__all__ = [
    "RULES",
    "SEVERITIES",
    "Proposal",
    "Reference",
    "Verdict",
    "blocking",
    "check_name",
    "override",
]
