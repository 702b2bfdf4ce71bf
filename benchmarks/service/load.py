"""
Thirty-two clients and five writers at once for a minute: ``make bench-service-load``.

Four routes, eight connections each by wrk: a page of items, a box, a filter, a tile. Meanwhile five
writers change records with If-Match, and read theirs back. Must hold: no error, p99 of each route
at most ten times its median, every acknowledged write in the history, none lost.
"""

from __future__ import annotations

import http.client
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import city  # noqa: E402
import servers  # noqa: E402
from read import RESULTS, bbox_of_100, tile  # noqa: E402

SECONDS, WRITERS, CONNECTIONS = 60, 5, 8


def routes() -> dict[str, str]:
    """What is read."""
    x, y = tile()
    named = quote("standard_name LIKE '随州市第77%'")
    return {
        "items": "/collections/heritage/items?limit=100",
        "bbox": f"/collections/place_names/items?limit=100&bbox={bbox_of_100('place_names')}",
        "filter": f"/collections/place_names/items?limit=20&filter={named}",
        "tile": f"/collections/heritage/tiles/WebMercatorQuad/10/{y}/{x}",
    }


def read(base: str, path: str) -> subprocess.Popen:
    """One route, eight connections."""
    return subprocess.Popen(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "--timeout", "30s",
         base + path], stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def told(said: str) -> dict[str, float]:
    """Median, 99 %, requests and errors of what wrk says."""
    unit = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}

    def ms(share: str) -> float:
        number, word = re.search(rf"{share}%\s+([\d.]+)(us|ms|s|m)", said).groups()
        return round(float(number) * unit[word], 2)

    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(r"Socket errors: (.*)", said)
    requests = int(re.search(r"(\d+) requests in", said).group(1))
    out = {"median_ms": ms("50"), "p99_ms": ms("99"), "requests": requests,
           "errors": int(wrong.group(1)) if wrong else 0}  # fmt: skip
    if broken:
        out["errors"] += sum(map(int, re.findall(r"\d+", broken.group(1))))
    return out


class Writer(threading.Thread):
    """Changes one record again and again; notes what was acknowledged."""

    def __init__(self, base: str, number: int, key: str, until: float) -> None:
        super().__init__()
        self.base, self.key, self.until = base, key, until
        self.record = f"K{number + 1:07}"
        self.done: list[str] = []
        self.wrong: list[str] = []

    def run(self) -> None:
        """Until the time is over."""
        client = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=60)
        path = f"/collections/heritage/items/{self.record}"
        head = {"X-API-Key": self.key, "Accept": "application/geo+json"}
        turn = 0
        while time.monotonic() < self.until:
            client.request("GET", path, headers=head)
            answer = client.getresponse()
            feature, tag = json.loads(answer.read()), answer.headers["ETag"]
            if self.done and feature["properties"]["name"] != self.done[-1]:
                self.wrong.append(f"read {feature['properties']['name']} after {self.done[-1]}")
            turn += 1
            name = f"{self.record}-{turn}"
            body = json.dumps({"type": "Feature", "properties": {"name": name}})
            kind = {"If-Match": tag, "Content-Type": "application/merge-patch+json"}
            client.request("PATCH", path, body, {**head, **kind})
            answer = client.getresponse()
            said = answer.read()
            if answer.status in {200, 204}:
                self.done.append(name)
            else:
                self.wrong.append(f"{answer.status} {said[:300]!r}")


def lost(workspace: Path, writers: list[Writer]) -> list[str]:
    """Acknowledged names that the history does not have."""
    from geoplan.storage import open_registry

    with open_registry(workspace / "registry.gpkg", read_only=True) as registry:
        return [
            name
            for w in writers
            for name in set(w.done) - set(registry.heritage.history(w.record)["name"])
        ]


def main() -> None:
    """Measure and write."""
    folder = Path(tempfile.mkdtemp(prefix="gp-load-"))
    try:
        workspace = city.make_workspace(folder / "w")
        key = servers.key(workspace, "registrar")
        with servers.geoplan(workspace, GEOPLAN_WRITABLE="true") as base:
            until = time.monotonic() + SECONDS
            writers = [Writer(base, n, key, until) for n in range(WRITERS)]
            readers = {name: read(base, path) for name, path in routes().items()}
            for w in writers:
                w.start()
            found = {name: told(job.communicate()[0]) for name, job in readers.items()}
            for w in writers:
                w.join()
        found["writes"] = {
            "acknowledged": sum(len(w.done) for w in writers),
            "refused": [x for w in writers for x in w.wrong][:5],
            "lost": lost(workspace, writers),
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found, indent=2, ensure_ascii=False))
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept["load"] = found
    RESULTS.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
