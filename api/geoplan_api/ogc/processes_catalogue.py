"""Every process there is (分析目录): another is one entry in the list of its domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan_api.ogc import (
    processes_boundaries,
    processes_circles,
    processes_papers,
    processes_standards,
)

if TYPE_CHECKING:
    from geoplan_api.ogc.processes_model import Process

PROCESSES: tuple[Process, ...] = (
    *processes_circles.PROCESSES,
    *processes_standards.PROCESSES,
    *processes_boundaries.PROCESSES,
    *processes_papers.PROCESSES,
)
