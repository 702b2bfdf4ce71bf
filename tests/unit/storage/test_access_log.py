"""The access log: rows are added, read in pages, and go only when they are old enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from geoplan.errors import InputError, StoreError
from geoplan.storage.access_log import Access, AccessLog, moment
from geoplan.storage.service_state import ServiceState

OLD = datetime(2024, 1, 1, 8, tzinfo=UTC)
FAR = datetime(2100, 1, 1, tzinfo=UTC)  # for the database's own clock never old
ONE = Access(moment(OLD), "李明", "inspector", "0a1b2c3d", "10.0.0.7", "GET", "/collections",
             "boundary_markers", 200, 3, "r1")  # fmt: skip


@pytest.fixture
def state(tmp_path):
    opened = ServiceState(tmp_path / "service.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def log(state):
    return AccessLog(state)


def test_rows_come_back_the_newest_first_page_by_page(log):
    for k in range(25):
        log.add(replace(ONE, at=moment(OLD + timedelta(minutes=k)), status=k))
    found, before = [], None
    while page := log.read(limit=10, before=before):
        found += [access.status for _, access in page]
        before = page[-1][0]
    assert found == list(range(24, -1, -1))
    assert log.read(limit=1)[0][1] == replace(
        ONE, at=moment(OLD + timedelta(minutes=24)), status=24
    )


def test_times_and_names_choose(log):
    for k, name in enumerate(["李明", "王芳", "李明"]):
        log.add(replace(ONE, name=name, at=moment(OLD + timedelta(hours=k))))
    since, until = OLD + timedelta(hours=1), OLD + timedelta(hours=2)
    assert [a.name for _, a in log.read(since=since)] == ["李明", "王芳"]
    assert [a.name for _, a in log.read(since=since, until=until)] == ["王芳"]
    assert len(log.read(name="李明")) == 2
    assert log.read(name="李明' OR 1=1 --") == []


def test_nobody_changes_a_row_or_takes_a_young_one_away(state, log):
    log.add(replace(ONE, at=moment(FAR)))
    for sql in (
        "UPDATE access_log SET name = 'x'",
        "DELETE FROM access_log",
        "INSERT OR REPLACE INTO access_log SELECT 1, at, 'x', role, key_id, address, method, path, layers, status, rows, request_id FROM access_log",
    ):
        with pytest.raises(StoreError, match="access log"):
            state.run(sql)
    assert [a.name for _, a in log.read()] == ["李明"]


def test_only_rows_older_than_the_law_asks_for_go(log):
    log.add(ONE)
    log.add(replace(ONE, at=moment(OLD + timedelta(days=1))))
    now = OLD + timedelta(days=183, hours=1)
    with pytest.raises(InputError, match="183"):
        log.purge(now=now, kept_days=182)
    assert log.purge(now=OLD + timedelta(days=183), kept_days=183) == 0
    assert log.purge(now=now, kept_days=183) == 1
    assert log.purge(now=now, kept_days=400) == 0
    assert len(log.read()) == 1


def test_a_log_in_memory_is_of_this_process_only():
    state = ServiceState(None)
    AccessLog(state).add(ONE)
    assert len(AccessLog(state).read()) == 1
    state.close()
