"""When a search ends (停止条件): steps for sure answers, a clock that only cuts, a wish to stop."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from geoplan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    Progress = Callable[[float, str], None]

Cut = Literal["time_limit", "cancelled"]
"""What ended a search before it was done."""


class Watch:
    """
    Tells a search whether it goes on.

    Answers depend on the seed and the number of steps alone. The clock and the wish to stop only
    cut a search short; then `cut` says so, and the best answer so far is returned.

    Parameters
    ----------
    time_limit_s
        Wall time; None for no limit; 0 gives the first answer there is.
    step_limit
        Steps of the search; None for what the model takes by itself.
    progress
        Is told the share done and a word about it.
    cancelled
        Is asked now and then whether to stop.

    Raises
    ------
    InputError
        If a limit is negative or not a number.
    """

    def __init__(
        self, time_limit_s: float | None = None, step_limit: int | None = None, *,
        progress: Progress | None = None, cancelled: Callable[[], bool] | None = None,
    ) -> None:  # fmt: skip
        for name, value in (("time_limit_s", time_limit_s), ("step_limit", step_limit)):
            if value is not None and not value >= 0:
                raise InputError(
                    f"{name} is {value}.", zh=f"{name} 为 {value}。",
                    fix="give 0 or more, or leave it out", fix_zh="填 0 或更大的数，或不填",
                    parameter=name,
                )  # fmt: skip
        self._end = None if time_limit_s is None else time.monotonic() + time_limit_s
        self._begin, self.step_limit = time.monotonic(), step_limit
        self._progress, self._cancelled = progress, cancelled
        self.steps = 0
        """Steps taken."""
        self.cut: Cut | None = None
        """``time_limit`` or ``cancelled`` once the search was cut short."""

    @property
    def elapsed_s(self) -> float:
        """Wall time since it was made."""
        return time.monotonic() - self._begin

    @property
    def left_s(self) -> float | None:
        """Wall time left; None without a limit."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())

    def take(self, steps: int) -> int:
        """Return how many of some steps may still be taken, and count them as taken."""
        if self.step_limit is not None:
            steps = max(0, min(steps, self.step_limit - self.steps))
        self.steps += steps
        return steps

    def over(self) -> bool:
        """Tell whether to stop now, by the clock or by wish; asked between short bursts of work."""
        if self.cut is None and self._cancelled is not None and self._cancelled():
            self.cut = "cancelled"
        if self.cut is None and self._end is not None and time.monotonic() >= self._end:
            self.cut = "time_limit"
        return self.cut is not None

    def interrupted(self) -> None:
        """Note that Ctrl-C was pressed: the search ends with what it has."""
        self.cut = "cancelled"

    def status(self, *, proved: bool) -> Literal["optimal", "feasible"] | Cut:
        """Return how a search ended that found an answer."""
        return "optimal" if proved else self.cut or "feasible"

    def tell(self, share: float, word: str) -> None:
        """Say how far the search is."""
        if self._progress is not None:
            self._progress(share, word)
