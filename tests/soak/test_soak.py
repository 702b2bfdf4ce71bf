"""
The registry under kill -9 and under many writers.

``make test`` runs 5 % of the counts, ``make soak`` all: 1,000 write sequences killed at a random
point on a GeoPackage (200 on PostGIS), and 20 writers × 50 edits on each store.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fixtures.register import START

from geoplan.storage import Change, create_registry, open_registry
from soak.writer import COUNTERS, LINE

WRITER = str(Path(__file__).with_name("writer.py"))
KILLS = {"geopackage": 1000, "postgis": 200}
EACH_STORE = 25  # sequences on one store, so that verification stays quick
WRITERS, EDITS = 20, 50


@pytest.fixture
def share(request):
    return request.config.getoption("--soak")


def start(*args: object) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, WRITER, *map(str, args)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])  # fmt: skip


def kill_one(url, seed: str, chance: random.Random) -> list[tuple[int, str, int]]:
    """Let a writer write, kill it at a random moment, return what it was told is written."""
    writer = start("endless", url, seed)
    first = writer.stdout.readline()
    assert first == "ready\n", first + writer.stderr.read()
    time.sleep(chance.uniform(0, 0.04))
    writer.kill()
    said, _ = writer.communicate()
    whole = [
        w.split()
        for w in said.splitlines(keepends=True)
        if w.startswith("done") and w.endswith("\n")
    ]
    return [(int(tx), digest, int(n)) for _, tx, digest, n in whole]


def test_killed_at_any_point_nothing_acknowledged_is_lost(store_maker, share, request):
    kind = request.node.callspec.params["store_maker"]
    total = max(4, round(KILLS[kind] * share))
    chance, acknowledged, unsaid = random.Random(5), 0, 0
    for first in range(0, total, EACH_STORE):
        url = store_maker()
        create_registry(url).close()
        told: list[tuple[int, str, int]] = []
        for number in range(first, min(total, first + EACH_STORE)):
            told += kill_one(url, f"w{number}", chance)
            with open_registry(url) as registry:
                there = registry.transactions().set_index("tx")
                for tx, digest, records in told:
                    assert (there.loc[tx, "hash"], there.loc[tx, "records"]) == (digest, records)
                with registry.backend.reading() as session:
                    counts = dict(
                        session.rows("SELECT tx, count(*) FROM registry_versions GROUP BY tx")
                    )
                assert counts == there["records"].to_dict()  # none half done
        with open_registry(url) as registry:
            assert registry.verify().empty
            unsaid += registry.head.tx - len(told)
        acknowledged += len(told)
    print(f"\n{kind}: {total} sequences killed, {acknowledged} acknowledged writes all there, "
          f"{unsaid} written whole but killed before they were told")  # fmt: skip
    assert acknowledged > total / 4


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
    writers = [start("count", url, edits, f"w{i}") for i in range(WRITERS)]
    ends = [w.communicate(timeout=600) for w in writers]
    assert [w.returncode for w in writers] == [0] * WRITERS, [e[1][-500:] for e in ends]
    conflicts = sum(int(e[0].split()[1]) for e in ends)
    with open_registry(url) as registry:
        assert registry.boundary_lines.frame()["length_m"].sum() == WRITERS * edits
        assert registry.head.tx == WRITERS * edits + 1
        assert registry.verify().empty
    print(f"\n{kind}: {WRITERS} writers × {edits} edits in {time.monotonic() - started:.1f} s, "
          f"{conflicts} conflicts answered with the newer version")  # fmt: skip
