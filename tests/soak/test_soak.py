"""
The registry under kill -9 and under many writers.

``make test`` runs 5 % of the counts, ``make soak`` all: on each store 1,000 write sequences killed
at a random point, and 20 writers × 50 edits. Writers are forked from a process that has imported
the store and nothing else, so a sequence takes no time to start.
"""

from __future__ import annotations

import multiprocessing
import random
import time

import pytest
from fixtures.register import START

from geoplan.storage import Change, create_registry, open_registry
from soak.writer import COUNTERS, LINE, count, endless

KILLS = 1000
SPAN_S = {"geopackage": 0.02, "postgis": 0.05}  # a write or two
EACH_STORE = 25  # sequences on one store, so that verification stays quick
WRITERS, EDITS = 20, 50
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["geoplan.storage.registry", "geoplan.storage.postgis"])


@pytest.fixture
def share(request):
    return request.config.getoption("--soak")


def start(program, *args):
    """Start a writer; return it and where its answers come."""
    answers, said = FORKS.Pipe(duplex=False)
    writer = FORKS.Process(target=program, args=(*args, said))
    writer.start()
    said.close()
    return writer, answers


def kill_one(url, seed: str, chance: random.Random, span_s: float) -> list[tuple[int, str, int]]:
    """Kill a writer at a random moment of one of its first writes; return what it was told."""
    writer, answers = start(endless, url, seed)
    assert not {"pandas", "geopandas"} & set(answers.recv())
    told = [answers.recv() for _ in range(chance.randrange(4))]
    time.sleep(chance.uniform(0, span_s))
    writer.kill()
    writer.join()
    try:
        while True:
            told.append(answers.recv())
    except EOFError:
        return told


def recorded(registry) -> dict[int, tuple[str, int]]:
    """Return hash and number of records of each transaction, none of which may be half done."""
    with registry.backend.reading() as session:
        lines = session.rows("SELECT tx, hash, records FROM registry_transactions")
        counts = dict(session.rows("SELECT tx, count(*) FROM registry_versions GROUP BY tx"))
    assert counts == {tx: records for tx, _, records in lines}
    return {tx: (digest, records) for tx, digest, records in lines}


def test_killed_at_any_point_nothing_acknowledged_is_lost(store_maker, share, request):
    kind = request.node.callspec.params["store_maker"]
    total = max(4, round(KILLS * share))
    chance, acknowledged, unsaid, started = random.Random(5), 0, 0, time.monotonic()
    for first in range(0, total, EACH_STORE):
        url = store_maker()
        create_registry(url).close()
        told: list[tuple[int, str, int]] = []
        for number in range(first, min(total, first + EACH_STORE)):
            told += kill_one(url, f"w{number}", chance, SPAN_S[kind])
            with open_registry(url) as registry:
                there = recorded(registry)
            for tx, *what in told:
                assert there[tx] == tuple(what)
        with open_registry(url) as registry:
            assert registry.verify().empty
            unsaid += registry.head.tx - len(told)
        acknowledged += len(told)
    print(f"\n{kind}: {total} sequences killed, {acknowledged} acknowledged writes all there, "
          f"{unsaid} written whole but killed before they were told, "
          f"{time.monotonic() - started:.0f} s")  # fmt: skip
    assert acknowledged > total


def test_twenty_writers_lose_no_update(store_maker, share, request):
    kind = request.node.callspec.params["store_maker"]
    edits = max(2, round(EDITS * share))
    url = store_maker()
    with create_registry(url) as registry:
        begin = [
            Change("boundary_lines", {"line_id": f"L{i}", "length_m": 0.0, "geometry": LINE})
            for i in range(COUNTERS)
        ]
        registry.write(begin, who="a", why="b", recorded_at=START)
    started = time.monotonic()
    writers = [start(count, url, edits, f"w{i}") for i in range(WRITERS)]
    conflicts = sum(answers.recv() for _, answers in writers)
    for writer, _ in writers:
        writer.join()
    with open_registry(url) as registry:
        assert registry.boundary_lines.frame()["length_m"].sum() == WRITERS * edits
        assert registry.head.tx == WRITERS * edits + 1
        assert registry.verify().empty
    print(f"\n{kind}: {WRITERS} writers × {edits} edits in {time.monotonic() - started:.1f} s, "
          f"{conflicts} conflicts answered with the newer version")  # fmt: skip
