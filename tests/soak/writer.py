"""
A program that writes to a registry until it is killed, or counts up records with others.

It imports no pandas: ``writer.py endless URL SEED`` and ``writer.py count URL EDITS SEED``. Every
line it prints is an acknowledged write.
"""

from __future__ import annotations

import random
import struct
import sys
from datetime import UTC, datetime

from geoplan.errors import ConflictError
from geoplan.storage import Change, open_registry

LINE = struct.pack("<BII", 1, 2, 40) + struct.pack("<80d", *(113 + i / 1e3 for i in range(80)))
POINT = struct.pack("<BIdd", 1, 1, 113.0, 31.0)
COUNTERS = 5


def say(*words) -> None:
    print(*words, flush=True)


def rows(name: str, chance: random.Random) -> list[Change]:
    """Several records of two layers that belong together, over whatever is there."""
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


def endless(url: str, seed: str) -> None:
    chance = random.Random(seed)
    with open_registry(url, timeout_s=30) as registry:
        say("ready")
        while True:
            name = f"{seed}-{chance.random()}"
            receipt = registry.write(
                rows(name, chance), who=seed, why=name, recorded_at=datetime.now(UTC)
            )
            say("done", receipt.tx, receipt.hash, sum(receipt.records.values()))


def count(url: str, edits: str, seed: str) -> None:
    chance, met = random.Random(seed), 0
    with open_registry(url, timeout_s=120) as registry:
        for _ in range(int(edits)):
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
    say("met", met)


if __name__ == "__main__":
    {"endless": endless, "count": count}[sys.argv[1]](*sys.argv[2:])
    assert not {"pandas", "geopandas"} & set(sys.modules)
