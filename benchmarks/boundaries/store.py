"""
The registry store beside bare ``sqlite3``: ``python benchmarks/boundaries/store.py``.

All are given the same records (cells by column, WKB) and write the same columns and geometry blobs
on the same disk with the same settings (write-ahead log, synchronous=FULL), in turn in one run. The
bare script, which the limits are about, keeps one table with its key and nothing else: no versions,
no spatial index, no audit, no checks. ``share_of_rate_with_our_tables`` is of a bare script that
also writes a table of versions (JSON and shape, with its key) and a spatial index, as ours does,
without checks and digests. Batches: one transaction of 20,000 records, five times each in turn,
medians compared; ``prepared_tuples`` leaves out the bare script's own work of putting values and
blobs together. Edits: single records, each its own durable transaction, alternating; the bare one
is only its insert and commit. Everything twice. Results go to results/store.json.
"""

from __future__ import annotations

import gc
import json
import platform
import sqlite3
import statistics
import struct
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import shapely

from geoplan.schemas import layer
from geoplan.storage import Change, create_registry

RESULTS = Path(__file__).resolve().parents[1] / "results" / "store.json"
WHEN = datetime(2024, 3, 1, tzinfo=UTC)
ROUNDS, EDITS = 5, 400
HEAD = struct.Struct("<2sBBi4d")


def lines(count: int, vertices: int) -> list[Change]:
    rng = np.random.default_rng(1)
    steps = rng.normal(0, 1e-4, (count, vertices, 2)).cumsum(axis=1) + np.array([113.0, 31.0])
    shapes = shapely.to_wkb(shapely.linestrings(steps), byte_order=1)
    return [
        Change("boundary_lines", {
            "line_id": f"L{i:06}", "line_code": f"42130{i % 9}4213{i % 7}", "name": f"甲乙线{i}段",
            "level": "county", "left_code": "421303", "right_code": "421321", "length_m": i * 1.25,
            "legal_status": "agreed", "technical_status": "edge_matched", "start_point": "三交点",
            "end_point": "河口", "approval_doc": "鄂政函〔2001〕3号", "approved_on": "2001-05-01",
            "agreement_no": f"协{i}", "agreed_length_m": i * 1.25, "precise": True,
            "source": "勘界资料", "source_date": "2001-06-01", "secrecy": "internal",
            "synthetic": True,
            "geometry": wkb,
        })
        for i, wkb in enumerate(shapes)
    ]  # fmt: skip


def markers(count: int) -> list[Change]:
    return [
        Change("boundary_markers", {
            "marker_id": f"M{i:06}", "marker_no": f"4142{i % 1000:03}Q", "inscription": f"{i}",
            "line_id": f"L{i // 20:06}", "line_code": "4142", "level": "county",
            "chainage_m": i * 10.0,
            "offset_m": 0.25, "marker_type": "Q", "shape": "two_faced", "material": "花岗岩",
            "condition": "intact", "managing_unit": "曾都区民政局", "location_a": "万店镇",
            "location_b": "厉山镇", "x_north_m": 3500000.5 + i, "y_east_m": 500000.5 + i,
            "elevation_m": 120.5, "height_datum": "1985", "frame": "CGCS2000", "epoch_year": 2000.0,
            "sigma_m": 0.1, "ref1_name": "电杆", "ref1_azimuth_deg": 12.5, "ref1_distance_m": 8.2,
            "ref2_name": "房角", "ref2_azimuth_deg": 112.5, "ref2_distance_m": 18.2,
            "ref3_name": "大树", "ref3_azimuth_deg": 212.5, "ref3_distance_m": 28.2,
            "position_text": "山脊线上，距公路三十米", "set_up_year": 1998,
            "registered_on": "2001-05-01",
            "secrecy": "internal", "synthetic": True,
            "geometry": shapely.Point(113 + i * 1e-5, 31.0).wkb,
        })
        for i in range(count)
    ]  # fmt: skip


def blob(wkb: bytes, box: list[float], about) -> bytes:
    """Return a GeoPackage geometry: its head with the envelope, multi-part where lines are kept."""
    west, south, east, north = box
    if about.geometry == ("line",):
        wkb = b"\x01\x05\x00\x00\x00\x01\x00\x00\x00" + wkb
    return HEAD.pack(b"GP", 0, 0b011, 4490, west, east, south, north) + wkb


class Bare:
    """One table by ``sqlite3`` with the columns of ours, as anybody would write it."""

    def __init__(self, path: Path, about) -> None:
        self.about, self.names = about, [*about.names, "geom"]
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        columns = [f"{n} UNIQUE" if n in about.key else n for n in self.names]
        self.db.execute(f"CREATE TABLE t (fid INTEGER PRIMARY KEY, {', '.join(columns)})")
        places = ", ".join("?" * len(self.names))
        self.insert = f"INSERT OR REPLACE INTO t ({', '.join(self.names)}) VALUES ({places})"

    def rows(self, changes: list[Change]) -> list[tuple]:
        """Rows and WKB as the table takes them: values in order, GeoPackage blobs."""
        shapes = shapely.from_wkb([c.row["geometry"] for c in changes])
        boxes = shapely.bounds(shapes).tolist()
        names = self.about.names
        return [
            (*map(c.row.get, names), blob(c.row["geometry"], box, self.about))
            for c, box in zip(changes, boxes, strict=True)
        ]

    def write(self, rows: list[tuple]) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        self.db.executemany(self.insert, rows)
        self.db.execute("COMMIT")


class BareTables(Bare):
    """Three tables by ``sqlite3``: as `Bare`, and versions, and a spatial index."""

    def __init__(self, path: Path, about) -> None:
        super().__init__(path, about)
        self.db.execute("CREATE TABLE v (id INTEGER PRIMARY KEY, tx, key, content, geom)")
        self.db.execute("CREATE UNIQUE INDEX v_key ON v (key, tx)")
        self.db.execute("CREATE VIRTUAL TABLE r USING rtree(id, minx, maxx, miny, maxy)")

    def rows(self, changes: list[Change]) -> tuple[list[tuple], list[tuple], list[tuple]]:
        key = self.about.key[0]
        versions = []
        for c in changes:
            cells = {n: v for n, v in c.row.items() if n != "geometry"}
            content = json.dumps(cells, ensure_ascii=False, sort_keys=True)
            versions.append((1, c.row[key], content, c.row["geometry"]))
        boxes = shapely.bounds(shapely.from_wkb([c.row["geometry"] for c in changes])).tolist()
        index = [(at, w, e, s, n) for at, (w, s, e, n) in enumerate(boxes, start=1)]
        return super().rows(changes), versions, index

    def write(self, rows: tuple[list[tuple], list[tuple], list[tuple]]) -> None:
        now, versions, index = rows
        self.db.execute("BEGIN IMMEDIATE")
        self.db.executemany(self.insert, now)
        self.db.executemany("INSERT INTO v (tx, key, content, geom) VALUES (?, ?, ?, ?)", versions)
        self.db.executemany("INSERT INTO r VALUES (?, ?, ?, ?, ?)", index)
        self.db.execute("COMMIT")


def seconds(task) -> float:
    started = time.perf_counter()
    task()
    return time.perf_counter() - started


def ours(registry, changes: list[Change]) -> float:
    return seconds(lambda: registry.write(changes, who="a", why="b", recorded_at=WHEN))


def bare(script: Bare, changes: list[Change]) -> tuple[float, float]:
    """Return the seconds that a script takes to prepare its rows, and to write them."""
    gc.collect()
    started = time.perf_counter()
    rows = script.rows(changes)
    prepared = time.perf_counter() - started
    written = seconds(lambda: script.write(rows))
    script.db.close()
    return prepared, written


def batch(changes: list[Change], folder: Path) -> dict[str, float]:
    about = layer(changes[0].layer)
    times: dict[str, list[float]] = {"ours": [], "bare": [], "prepared": [], "tables": []}
    for at in range(ROUNDS):
        path = folder / f"{about.name}{at}"
        gc.collect()
        with create_registry(path.with_suffix(".gpkg")) as registry:
            times["ours"].append(ours(registry, changes))
        prepared, written = bare(Bare(path.with_suffix(".sqlite"), about), changes)
        times["bare"].append(prepared + written)
        times["prepared"].append(written)
        times["tables"].append(sum(bare(BareTables(path.with_suffix(".tables"), about), changes)))
    a, b, c, d = (statistics.median(times[k]) for k in ("ours", "bare", "prepared", "tables"))
    return {"records": len(changes), "ours_per_s": len(changes) / a, "bare_per_s": len(changes) / b,
            "share_of_bare_rate": b / a, "share_of_rate_of_prepared_tuples": c / a,
            "share_of_rate_with_our_tables": d / a}  # fmt: skip


def edits(changes: list[Change], folder: Path) -> dict[str, float]:
    about = layer(changes[0].layer)
    us, bare = [], []
    with create_registry(folder / "edits.gpkg") as registry:
        ours(registry, changes)
        other = Bare(folder / "edits.sqlite", about)
        other.write(other.rows(changes))
        for at in range(EDITS):
            old = changes[at]
            new = Change(old.layer, {**old.row, "name": f"改{at}"}, 1)
            us.append(ours(registry, [new]))
            rows = other.rows([new])
            bare.append(seconds(lambda: other.write(rows)))  # noqa: B023
        other.db.close()
    a, b = statistics.median(us), statistics.median(bare)
    return {"edits": EDITS, "ours_ms": a * 1000, "bare_ms": b * 1000, "times_bare": a / b}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    found = {"machine": f"{platform.system()}, {versions}",
             "limits": {"share_of_bare_rate": 1 / 3, "times_bare": 3.0}, "runs": []}  # fmt: skip
    for _ in range(2):
        with tempfile.TemporaryDirectory(dir=folder) as name:
            here = Path(name)
            run = {
                "batch of lines, 200 vertices": batch(lines(20_000, 200), here),
                "batch of markers": batch(markers(20_000), here),
                "edit of a line": edits(lines(2_000, 200), here),
            }
        found["runs"].append(run)
        for what, numbers in run.items():
            print(what, {k: round(v, 3) for k, v in numbers.items()})
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
