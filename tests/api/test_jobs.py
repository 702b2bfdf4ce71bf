"""Jobs: progress, cancelling, results kept and expiring, whose they are, limits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from geoplan_api import jobs as module
from geoplan_api.busy import QueueFullError, TooManyJobsError
from geoplan_api.jobs import DismissedError, Jobs, NoSuchJobError, Output
from geoplan_api.security.principal import PUBLIC, Principal
from geoplan_api.settings import Settings

from geoplan.errors import InputError

PLANNER, OTHER = Principal("planner", "li"), Principal("planner", "wang")
VIEWER, ADMIN = Principal("viewer", "li"), Principal("admin", "root")
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
PATIENCE_S = 20


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(clock):
    made = []

    def jobs(**settings):
        made.append(Jobs(Settings(**settings), clock))
        return made[-1]

    yield jobs
    for one in made:
        one.close()


def done(jobs, job):
    assert jobs.wait(job, PATIENCE_S)
    return job


def files(jobs):
    """Everything there is in the folder of results, temporary names too."""
    folder = jobs._folder
    return [] if folder is None else sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


class Held:
    """Work that begins, tells, and goes on when it is let go."""

    def __init__(self, share=0.4, word="一半"):
        self.begun, self.go, self.share, self.word = Event(), Event(), share, word

    def __call__(self, run):
        (run.folder / "half.txt").write_text("half")
        run.tell(self.share, self.word)
        self.begun.set()
        assert self.go.wait(PATIENCE_S)
        run.tell(0.9, "快了")
        return {"answer": 42}


def test_a_job_tells_how_far_it_is_and_keeps_its_result(make, clock):
    jobs, work = make(), Held()
    job = jobs.submit("p", PLANNER, work)
    assert work.begun.wait(PATIENCE_S)
    assert (job.status, job.progress_pct, job.message) == ("running", 40, "一半")
    clock.now += timedelta(seconds=5)
    work.go.set()
    done(jobs, job)
    assert (job.status, job.progress_pct, job.error) == ("successful", 100, None)
    assert (job.created, job.started, job.finished) == (START, START, clock.now)
    assert json.loads(job.output.file.read_bytes()) == {"answer": 42}
    assert job.output.media == "application/json"


def test_progress_never_goes_back(make):
    jobs, seen = make(), []

    def work(run):
        for share in (0.5, 0.2, 0.6):
            run.tell(share, "x")
            seen.append(job.progress_pct)
        return {}

    gate = Event()
    job = jobs.submit("p", PLANNER, lambda run: gate.wait(PATIENCE_S) and work(run))
    gate.set()
    done(jobs, job)
    assert seen == [50, 50, 60]


def test_a_file_that_work_wrote_is_the_result(make):
    def work(run):
        path = run.folder / "a.csv"
        path.write_text("x")
        return Output(path, "text/csv")

    jobs = make()
    job = done(jobs, jobs.submit("p", PLANNER, work))
    assert (job.output.file.name, job.output.media) == ("a.csv", "text/csv")
    assert job.output.file.read_text() == "x"
    assert files(jobs) == [job.job_id, f"{job.job_id}/a.csv"]


def test_a_dismissed_job_stops_where_it_next_tells_and_leaves_nothing_half(make):
    jobs, work, stopped = make(), Held(), Event()

    def watched(run):
        try:
            return work(run)
        except DismissedError:
            stopped.set()
            raise

    job = jobs.submit("p", PLANNER, watched)
    assert work.begun.wait(PATIENCE_S)
    assert jobs.dismiss(job.job_id, PLANNER).status == "dismissed"
    work.go.set()
    assert stopped.wait(PATIENCE_S)
    done(jobs, jobs.submit("after", PLANNER, lambda _: {}))  # the thread is free again
    assert job.status == "dismissed"
    assert job.output is None
    assert all(not f.startswith((job.job_id, f".{job.job_id}")) for f in files(jobs))


def test_work_that_does_not_listen_is_thrown_away_when_it_ends(make):
    jobs, begun, go = make(), Event(), Event()

    def deaf(_run):
        begun.set()
        assert go.wait(PATIENCE_S)
        return {"late": True}

    job = jobs.submit("p", PLANNER, deaf)
    assert begun.wait(PATIENCE_S)
    jobs.dismiss(job.job_id, PLANNER)
    go.set()
    after = done(jobs, jobs.submit("after", PLANNER, lambda _: {}))
    assert (job.status, job.output) == ("dismissed", None)
    assert files(jobs) == [after.job_id, f"{after.job_id}/result.json"]


def test_a_job_dismissed_while_it_waits_is_never_begun(make):
    jobs, work, ran = make(job_workers=1), Held(), []
    first = jobs.submit("p", PLANNER, work)
    second = jobs.submit("p", PLANNER, lambda _: ran.append(1) or {})
    assert second.status == "accepted"
    jobs.dismiss(second.job_id, PLANNER)
    work.go.set()
    done(jobs, first)
    done(jobs, jobs.submit("after", PLANNER, lambda _: {}))
    assert ran == []
    assert second.started is None
    assert second.status == "dismissed"


def test_dismissing_a_finished_job_takes_its_results_away(make):
    jobs = make()
    job = done(jobs, jobs.submit("p", PLANNER, lambda _: {"a": 1}))
    kept = job.output.file
    assert jobs.dismiss(job.job_id, PLANNER).status == "dismissed"
    assert not kept.exists()
    assert jobs.dismiss(job.job_id, PLANNER).status == "dismissed"  # again: the same


def test_a_failed_job_says_what_it_failed_of(make):
    def wrong(_run):
        raise InputError("Wrong.", zh="错。", fix="x", fix_zh="y")

    def broken(_run):
        raise ZeroDivisionError("secret detail")

    jobs = make()
    ours = done(jobs, jobs.submit("p", PLANNER, wrong))
    assert (ours.status, ours.message, ours.error.code) == ("failed", "错。", "bad_input")
    theirs = done(jobs, jobs.submit("p", PLANNER, broken))
    assert theirs.status == "failed"
    assert "secret" not in theirs.message
    assert files(jobs) == []


def test_a_job_is_there_for_its_maker_and_the_administrator_only(make):
    jobs = make()
    job = done(jobs, jobs.submit("p", PLANNER, lambda _: {}))
    absent = "00000000-0000-4000-8000-000000000000"
    for who in (PLANNER, ADMIN):
        assert jobs.get(job.job_id, who) is job
        assert jobs.of(who) == [job]
    for who in (OTHER, VIEWER, PUBLIC):
        assert jobs.of(who) == []
        for act in (jobs.get, jobs.dismiss):
            with pytest.raises(NoSuchJobError) as hidden:
                act(job.job_id, who)
            with pytest.raises(NoSuchJobError) as none:
                act(absent, who)
            said = [str(e.value.as_problem()).replace(i, "ID")
                    for e, i in ((hidden, job.job_id), (none, absent))]  # fmt: skip
            assert said[0] == said[1]
    assert job.status == "successful"


def test_who_has_no_name_owns_nothing(make):
    jobs = make()
    job = done(jobs, jobs.submit("p", PUBLIC, lambda _: {}))
    with pytest.raises(NoSuchJobError):
        jobs.get(job.job_id, PUBLIC)


def test_results_are_kept_for_their_hours_and_no_longer(make, clock):
    jobs = make(job_hours=24)
    job = done(jobs, jobs.submit("p", PLANNER, lambda _: {}))
    kept = job.output.file
    clock.now = START + timedelta(hours=24) - timedelta(seconds=1)
    assert jobs.get(job.job_id, PLANNER) is job
    clock.now = START + timedelta(hours=24)
    with pytest.raises(NoSuchJobError):
        jobs.get(job.job_id, PLANNER)
    assert not kept.exists()
    assert files(jobs) == []


def test_of_one_maker_only_so_many_results_are_kept(make, monkeypatch):
    monkeypatch.setattr(module, "_KEPT", 2)
    jobs = make()
    mine = [done(jobs, jobs.submit("p", PLANNER, lambda _: {})) for _ in range(3)]
    other = done(jobs, jobs.submit("p", OTHER, lambda _: {}))
    assert jobs.of(PLANNER) == [mine[2], mine[1]]
    assert jobs.of(OTHER) == [other]
    assert len(files(jobs)) == 6


def test_the_queue_has_an_end_and_one_maker_a_part_of_it(make):
    jobs, work = make(max_jobs=8), Held()
    jobs.submit("p", PLANNER, work)
    assert work.begun.wait(PATIENCE_S)
    second = jobs.submit("p", PLANNER, lambda _: {})
    with pytest.raises(TooManyJobsError) as many:
        jobs.submit("p", PLANNER, lambda _: {})
    assert (many.value.status, many.value.headers["Retry-After"]) == (429, "30")
    for name in ("a", "b", "c"):
        for _ in range(2):
            jobs.submit("p", Principal("planner", name), lambda _: {})
    with pytest.raises(QueueFullError) as full:
        jobs.submit("p", Principal("planner", "d"), lambda _: {})
    assert (full.value.status, full.value.headers["Retry-After"]) == (503, "30")
    jobs.dismiss(second.job_id, PLANNER)
    jobs.submit("p", PLANNER, lambda _: {})  # there is room again
    work.go.set()


def test_closing_stops_what_runs_and_leaves_no_folder(make):
    jobs, begun = make(), Event()

    def endless(run):
        while True:
            run.tell(0.1, "x")
            begun.set()

    job = jobs.submit("p", PLANNER, endless)
    assert begun.wait(PATIENCE_S)
    folder = jobs._folder
    jobs.close()
    assert job.status == "dismissed"
    assert not folder.exists()


def test_two_workers_run_two_jobs_at_once(make):
    jobs, one, two = make(job_workers=2), Held(), Held()
    first, second = jobs.submit("p", PLANNER, one), jobs.submit("p", PLANNER, two)
    assert one.begun.wait(PATIENCE_S)
    assert two.begun.wait(PATIENCE_S)
    assert (first.status, second.status) == ("running", "running")
    one.go.set()
    two.go.set()
    done(jobs, first)
    done(jobs, second)
