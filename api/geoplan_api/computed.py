"""The main job's answers (主流程成果), computed beside the requests and kept until data change."""

from __future__ import annotations

from threading import Condition, Thread
from typing import TYPE_CHECKING, NamedTuple

from geoplan_api.busy import StartingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from geoplan.workspace import RunResult

    Progress = Callable[[float, str], None]


_TOLD_EVERY_S = 0.5


class _StoppedError(Exception):
    """Raised in the computing when the service ends."""


class Kept(NamedTuple):
    """Answers, and the state of the data that they are of."""

    stamp: str
    result: RunResult


class Computed:
    """
    The answers of the newest state of the data; safe to use from many threads.

    Parameters
    ----------
    compute
        Does the main job, telling of its progress.
    stamp
        Text that is the same only for the same state of the data.
    patience_s
        How long an answer is waited for. None: as long as it takes, and none of an older state is
        given.
    """

    def __init__(
        self, compute: Callable[[Progress], RunResult], stamp: Callable[[], str], *,
        patience_s: float | None,
    ) -> None:  # fmt: skip
        self._compute, self._stamp, self._patience_s = compute, stamp, patience_s
        self._turn = Condition()
        self._kept: Kept | None = None
        self._failed: tuple[int, Exception] | None = None
        self._running, self._next = "", ""  # states being computed, and to be computed then
        self._begun = self._ended = 0
        self._progress, self._stopped = (0, ""), False

    @property
    def ready(self) -> bool:
        """Whether there are answers, of whatever state."""
        return self._kept is not None

    @property
    def progress(self) -> tuple[int, str]:
        """How far the computing is, per cent, and what is being done."""
        return self._progress

    def begin(self) -> None:
        """Let the answers be computed if they are not."""
        stamp = self._stamp()
        with self._turn:
            if self._kept is None or self._kept.stamp != stamp:
                self._order(stamp)

    def get(self, *, tell: Progress | None = None) -> tuple[RunResult, bool]:
        """
        Return the answers, and whether they are of an older state of the data.

        Parameters
        ----------
        tell
            If given, those of the newest state are waited for as long as it takes, and it is
            called with the share done (0–1) and a word.

        Raises
        ------
        StartingError
            If there are none yet, and patience is at its end.
        GeoplanError
            What the main job says, if it cannot be done.
        """
        stamp = self._stamp()
        with self._turn:
            if self._kept is not None and self._kept.stamp == stamp:
                return self._kept.result, False
            number = self._order(stamp)
            if self._kept is not None and tell is None and self._patience_s is not None:
                return self._kept.result, True
            self._wait(number, tell)
            if self._failed is not None and self._failed[0] >= number:
                raise self._failed[1]
            if self._kept is None:
                raise StartingError.at(*self._progress)
            return self._kept.result, self._kept.stamp != stamp

    def _wait(self, number: int, tell: Progress | None) -> None:
        """Wait until a computing has ended."""

        def over() -> bool:
            return self._ended >= number

        if tell is None:
            if not self._turn.wait_for(over, self._patience_s):
                raise StartingError.at(*self._progress)
            return
        while not self._turn.wait_for(over, _TOLD_EVERY_S):
            tell(self._progress[0] / 100.0, self._progress[1])

    def close(self) -> None:
        """Stop computing."""
        with self._turn:
            self._stopped = True

    def _order(self, stamp: str) -> int:
        """Have a state computed; return the number of the computing that will have done it."""
        if not self._running:
            self._running, self._stopped = stamp, False
            self._begun += 1
            Thread(target=self._work, name="geoplan-main-job", daemon=True).start()
            return self._begun
        if self._running == stamp:
            return self._begun
        self._next = stamp
        return self._begun + 1

    def _work(self) -> None:
        while True:
            found: RunResult | None = None
            failure: Exception | None = None
            try:
                found = self._compute(self._tell)
            except _StoppedError:
                failure = StartingError.at(*self._progress)
            except Exception as error:  # noqa: BLE001  (told to those who wait)
                failure = error
            with self._turn:
                if found is not None:
                    self._kept, self._failed = Kept(self._running, found), None
                elif failure is not None:
                    self._failed = (self._begun, failure)
                self._ended = self._begun
                again = bool(self._next) and not self._stopped
                self._running, self._next = self._next if again else "", ""
                self._begun += again
                self._progress = (0, "")
                self._turn.notify_all()
            if not again:
                return

    def _tell(self, share: float, word: str) -> None:
        if self._stopped:
            raise _StoppedError
        self._progress = (int(100 * share), word)
