"""Every process there is (分析目录): another is one entry in the list of its domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan_api.ogc.processes import boundaries, circles, papers, scenarios, siting, standards

if TYPE_CHECKING:
    from geoplan_api.ogc.processes.model import Process

PROCESSES: tuple[Process, ...] = (
    *circles.PROCESSES,
    *standards.PROCESSES,
    *siting.PROCESSES,
    *scenarios.PROCESSES,
    *boundaries.PROCESSES,
    *papers.PROCESSES,
)
