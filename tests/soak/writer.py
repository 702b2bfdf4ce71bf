"""
Programs that write to a registry until they are killed, or count up records with others.

They import no pandas. Every answer they give is an acknowledged write.
"""

from __future__ import annotations

import random
import struct
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from geoplan.errors import ConflictError
from geoplan.storage import Change, open_registry

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LINE = struct.pack("<BII", 1, 2, 40) + struct.pack("<80d", *(113 + i / 1e3 for i in range(80)))
POINT = struct.pack("<BIdd", 1, 1, 113.0, 31.0)
COUNTERS = 5


def rows(name: str, chance: random.Random) -> list[Change]:
    """Several records of three layers that belong together, over whatever is there."""
    lines = [
        Change("boundary_lines", {"line_id": f"L{i}", "name": name, "geometry": LINE}, seen=None)
        for i in chance.sample(range(40), chance.randint(1, 30))
    ]
    marks = [
        Change("boundary_markers", {"marker_id": f"M{i}", "marker_no": "4142001Q", "secrecy": "internal",
                                    "inscription": name, "geometry": POINT}, seen=None)
        for i in chance.sample(range(40), chance.randint(1, 30))
    ]  # fmt: skip
    gone = [Change("claims", {"claim_id": f"C{chance.randint(0, 9)}"}, seen=None, retire=True)]
    return [*lines, *marks, *gone]


def endless(url: str, seed: str, answers: Connection) -> None:
    """Say which heavy libraries are there, then write and say so, until killed."""
    chance = random.Random(seed)
    with open_registry(url, timeout_s=30) as registry:
        answers.send(sorted({"pandas", "geopandas", "sqlalchemy"} & sys.modules.keys()))
        while True:
            name = f"{seed}-{chance.random()}"
            receipt = registry.write(
                rows(name, chance), who=seed, why=name, recorded_at=datetime.now(UTC)
            )
            answers.send((receipt.tx, receipt.hash, sum(receipt.records.values())))


def count(url: str, edits: int, seed: str, answers: Connection) -> None:
    """Add one to a record, so many times; say how many conflicts were met."""
    chance, met = random.Random(seed), 0
    with open_registry(url, timeout_s=120) as registry:
        for _ in range(edits):
            key = f"L{chance.randrange(COUNTERS)}"
            row = registry.boundary_lines.get(key)
            while True:
                new = {**row, "length_m": row["length_m"] + 1.0}
                try:
                    registry.write([Change("boundary_lines", new, row["row_version"])], who=seed, why="+1",
                                   recorded_at=datetime.now(UTC))  # fmt: skip
                    break
                except ConflictError as error:
                    met += 1
                    if error.newer[0]["row_version"] <= row["row_version"]:
                        raise RuntimeError("the conflict does not carry a newer row") from error
                    row = error.newer[0]
    answers.send(met)
