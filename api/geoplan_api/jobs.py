"""
Jobs (任务): long work done beside the requests by a few threads, its results kept for a while.

A job belongs to the one who made it; for others, the administrator apart, there is none. It sees
what its maker saw, so its results are for nobody who may see less. Results are files in a folder
of this process: a restart forgets all jobs.
"""

from __future__ import annotations

import logging
import shutil
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson
from fastapi.encoders import jsonable_encoder

from geoplan.errors import GeoplanError, UnknownIdError
from geoplan.io import replacing_folder
from geoplan_api.busy import QueueFullError, TooManyJobsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from geoplan_api.security.principal import Principal
    from geoplan_api.settings import Settings

Status = Literal["accepted", "running", "successful", "failed", "dismissed"]
UNFINISHED = ("accepted", "running")
_OWN_SHARE = 4
_KEPT = 100
_LOOK_S = 600.0
_JSON = "application/json"
_LOG = logging.getLogger("geoplan.service")


class DismissedError(Exception):
    """Raised inside the work of a job that was dismissed, where it next tells of its progress."""


class NoSuchJobError(UnknownIdError):
    """There is no such job, or it is somebody else's."""

    uri = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-job"

    @classmethod
    def of(cls, job_id: str) -> NoSuchJobError:
        """Name the job; no other is suggested."""
        return cls(
            f"No job {job_id!r}.", zh=f"没有任务“{job_id}”。",
            fix="see /jobs; results are kept for a limited time",
            fix_zh="见 /jobs；成果只保留一段时间", kind="job", value=job_id,
        )  # fmt: skip


class Output(NamedTuple):
    """What work made: a file, and its media type."""

    file: Path
    media: str


def media_of(found: dict[str, Any]) -> str:
    """Return the media type of an answer in JSON."""
    kind = found.get("type")
    return "application/geo+json" if kind in {"Feature", "FeatureCollection"} else _JSON


@dataclass(frozen=True, eq=False)
class Run:
    """
    What work is given: a folder of its own to write to, and where to tell of its progress.

    ``tell`` takes the share done (0–1) and a word; in a dismissed job it raises.
    """

    folder: Path
    tell: Callable[[float, str], None]

    def keep(self, found: dict[str, Any] | Output) -> Output:
        """Write what is no file yet."""
        if isinstance(found, Output):
            return found
        path = self.folder / "result.json"
        path.write_bytes(orjson.dumps(jsonable_encoder(found)))
        return Output(path, media_of(found))


@dataclass(eq=False)
class Job:
    """
    One job.

    Parameters
    ----------
    job_id, process, who
        Its id, what it does, whose it is.
    work
        Done in a thread; its result is kept.
    created, updated, started, finished
        When; None if not yet.
    response
        How the result is asked for.
    guarded
        Layers that it reads whose reading is noted.
    status, progress_pct, message
        How far it is.
    output
        The result, once successful.
    error
        What it failed of.
    """

    job_id: str
    process: str
    who: Principal
    work: Callable[[Run], dict[str, Any] | Output]
    created: datetime
    updated: datetime
    response: str = "raw"
    guarded: set[str] = field(default_factory=set)
    status: Status = "accepted"
    progress_pct: int = 0
    message: str = ""
    started: datetime | None = None
    finished: datetime | None = None
    output: Output | None = None
    error: Exception | None = None
    stop: Event = field(default_factory=Event)

    def seen_by(self, who: Principal) -> bool:
        """Tell whether somebody may know of it; without a name nobody owns anything."""
        own = bool(who.name) and (who.role, who.name) == (self.who.role, self.who.name)
        return own or who.role == "admin"


class Jobs:
    """
    All jobs of this process; safe to use from many threads.

    Parameters
    ----------
    settings
        ``job_workers`` threads; ``max_jobs`` unfinished at once, of one maker a quarter of them;
        ``job_hours`` that a finished one is kept.
    clock
        Gives the time.
    """

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._workers, self._most = settings.job_workers, settings.max_jobs
        self._kept_for, self._clock = timedelta(hours=settings.job_hours), clock
        self._jobs: dict[str, Job] = {}
        self._waiting: deque[Job] = deque()
        self._turn = Condition()
        self._threads: list[Thread] = []
        self._folder: Path | None = None
        self._closed = False

    def submit(
        self, process: str, who: Principal, work: Callable[[Run], dict[str, Any] | Output], *,
        response: str = "raw", guarded: set[str] | None = None,
    ) -> Job:  # fmt: skip
        """
        Put a job at the end of the queue.

        Raises
        ------
        QueueFullError
            If as many wait as may.
        TooManyJobsError
            If as many of this maker do.
        """
        now = self._clock()
        with self._turn:
            self._forget(now)
            open_ = [job for job in self._jobs.values() if job.status in UNFINISHED]
            if len(open_) >= self._most:
                raise QueueFullError.of(self._most)
            own = max(1, self._most // _OWN_SHARE)
            if sum((j.who.role, j.who.name) == (who.role, who.name) for j in open_) >= own:
                raise TooManyJobsError.of(own)
            job = Job(str(uuid.uuid4()), process, who, work, created=now, updated=now,
                      response=response, guarded=set() if guarded is None else guarded)  # fmt: skip
            self._jobs[job.job_id] = job
            self._waiting.append(job)
            self._start()
            self._turn.notify()
        return job

    def get(self, job_id: str, who: Principal) -> Job:
        """
        Return a job.

        Raises
        ------
        NoSuchJobError
            If there is none, or it is somebody else's.
        """
        with self._turn:
            self._forget(self._clock())
            job = self._jobs.get(job_id)
        if job is None or not job.seen_by(who):
            raise NoSuchJobError.of(job_id)
        return job

    def of(self, who: Principal) -> list[Job]:
        """Return the jobs that somebody may know of, the newest first."""
        with self._turn:
            self._forget(self._clock())
            return [job for job in reversed(self._jobs.values()) if job.seen_by(who)]

    def dismiss(self, job_id: str, who: Principal) -> Job:
        """
        Stop a job and take its results away; one that is dismissed stays so.

        Raises
        ------
        NoSuchJobError
            As `get`.
        """
        job = self.get(job_id, who)
        with self._turn:
            job.stop.set()
            if job in self._waiting:
                self._waiting.remove(job)
            self._take_away(job)
            self._end(job, "dismissed", "已取消")
        return job

    def wait(self, job: Job, timeout_s: float) -> bool:
        """Wait until a job is finished; tell whether it is."""
        with self._turn:
            return self._turn.wait_for(lambda: job.finished is not None, timeout_s)

    def close(self) -> None:
        """Stop all jobs and take their results away."""
        with self._turn:
            self._closed = True
            for job in self._jobs.values():
                job.stop.set()
            self._waiting.clear()
            self._turn.notify_all()
        for thread in self._threads:
            thread.join(timeout=5.0)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        self._closed = False
        self._threads = [t for t in self._threads if t.is_alive()]
        while len(self._threads) < self._workers:
            thread = Thread(target=self._serve, name="geoplan-job", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self) -> None:
        while True:
            with self._turn:
                while not self._waiting and not self._closed:
                    self._turn.wait(_LOOK_S)
                    self._forget(self._clock())
                if self._closed:
                    return
                job = self._waiting.popleft()
                job.status, job.started = "running", self._clock()
            self._do(job)

    def _do(self, job: Job) -> None:
        def tell(share: float, word: str) -> None:
            if job.stop.is_set():
                raise DismissedError
            with self._turn:
                job.progress_pct = max(job.progress_pct, min(99, int(100 * share)))
                job.message, job.updated = word, self._clock()

        try:
            kept = self._home() / job.job_id
            with replacing_folder(kept) as folder:
                run = Run(folder, tell)
                output = run.keep(job.work(run))
                tell(0.99, "保存")
            with self._turn:
                if not job.stop.is_set():
                    job.output = Output(kept / output.file.relative_to(folder), output.media)
                    self._end(job, "successful", "完成")
                    return
            shutil.rmtree(kept, ignore_errors=True)
        except DismissedError:
            pass
        except Exception as error:  # noqa: BLE001  (told to whoever asks for the results)
            if not isinstance(error, GeoplanError):
                _LOG.exception("job %s failed", job.job_id)
            with self._turn:
                job.error = error
                if not job.stop.is_set():
                    self._end(job, "failed", getattr(error, "message_zh", "内部错误"))
                return
        with self._turn:
            self._end(job, "dismissed", "已取消")

    def _end(self, job: Job, status: Status, message: str) -> None:
        now = self._clock()
        job.status, job.message, job.updated = status, message, now
        job.finished = job.finished or now
        job.progress_pct = 100 if status == "successful" else job.progress_pct
        job.work = _done
        self._turn.notify_all()

    def _home(self) -> Path:
        with self._turn:
            if self._folder is None or not self._folder.is_dir():
                self._folder = Path(mkdtemp(prefix="geoplan-jobs-"))
            return self._folder

    def _take_away(self, job: Job) -> None:
        if job.output is not None and self._folder is not None:
            shutil.rmtree(self._folder / job.job_id, ignore_errors=True)
            job.output = None

    def _forget(self, now: datetime) -> None:
        """Forget what was finished long ago, and of each maker what is more than enough."""
        count: dict[tuple[str, str], int] = {}
        for job in list(reversed(self._jobs.values())):
            if job.finished is None:
                continue
            maker = (job.who.role, job.who.name)
            count[maker] = count.get(maker, 0) + 1
            if now - job.finished >= self._kept_for or count[maker] > _KEPT:
                self._take_away(job)
                del self._jobs[job.job_id]


def _done(_: Run) -> dict[str, Any]:
    return {}
