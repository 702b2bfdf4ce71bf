"""Steps of a run (运行步骤): what was found, what was skipped and why, how long each part took."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from geoplan.errors import GeoplanError

if TYPE_CHECKING:
    from collections.abc import Callable

    from geoplan.reports import CityReport

    Progress = Callable[[float, str], None]


@dataclass
class RunResult:
    """
    What the main job found and where it wrote it.

    ``skipped`` lists the parts that could not be computed, each with its error: the rest is
    there all the same.
    """

    report: CityReport = field(init=False)
    folder: Path = Path()
    files: list[str] = field(default_factory=list)
    skipped: dict[str, GeoplanError] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


class Steps:
    """Names, times and reports the steps of a run, and keeps the parts that failed."""

    def __init__(self, on_progress: Progress | None, result: RunResult) -> None:
        self.on_progress = on_progress
        self.seconds, self.skipped = result.seconds, result.skipped

    def do(self, share: float, name: str, word: str, work: Callable[[], Any]) -> Any:
        """Run one step; an error of ours is kept and None returned."""
        if self.on_progress:
            self.on_progress(share, word)
        start = perf_counter()
        try:
            return work()
        except GeoplanError as error:
            self.skipped[name] = error
            return None
        finally:
            self.seconds[name] = round(perf_counter() - start, 3)

    def within(self, low: float, high: float) -> Progress:
        """Return a progress callback for a part of the whole."""

        def tell(share: float, word: str) -> None:
            if self.on_progress:
                self.on_progress(low + (high - low) * share, word)

        return tell
