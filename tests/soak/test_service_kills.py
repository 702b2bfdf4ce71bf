"""
The service under kill -9, while five editors write: what it acknowledged is there.

``make test`` runs 5 % of the kills, ``make soak`` all.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from fixtures.ogc_city import NAMES, write_city

from geoplan.storage import open_registry
from geoplan.workspace import open_workspace

KILLS, EDITORS, LONGEST_S = 100, 5, 1.0
pytestmark = pytest.mark.enable_socket


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder, port):
    env = {**os.environ, "GEOPLAN_PORT": str(port), "GEOPLAN_WARM": "false",
           "GEOPLAN_WRITABLE": "true", "GEOPLAN_RATE_PER_S": "0"}  # fmt: skip
    job = subprocess.Popen([sys.executable, "-m", "geoplan_api", str(folder)], env=env,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    deadline = time.monotonic() + 60
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return job
        except OSError:
            assert job.poll() is None
            assert time.monotonic() < deadline
            os.sched_yield()


class Editor(threading.Thread):
    """Renames one record again and again until the service is gone."""

    def __init__(self, port: int, key: str, record: str) -> None:
        super().__init__()
        self.port, self.key, self.record = port, key, record
        self.sent: list[str] = []
        self.acknowledged: list[str] = []
        self.refused: list[str] = []

    def run(self) -> None:
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        path = f"/collections/place_names/items/{self.record}"
        head = {"X-API-Key": self.key, "Accept": "application/geo+json"}
        try:
            while True:
                client.request("GET", path, headers=head)
                answer = client.getresponse()
                answer.read()
                name = f"{self.record}-{random.getrandbits(64):x}"
                self.sent.append(name)
                client.request("PATCH", path, json.dumps({"properties": {"standard_name": name}}), {
                    **head, "If-Match": answer.headers["ETag"],
                    "Content-Type": "application/merge-patch+json"})  # fmt: skip
                answer = client.getresponse()
                text = answer.read()
                (self.acknowledged if answer.status == 200 else self.refused).append(
                    name if answer.status == 200 else text.decode()
                )
        except (OSError, http.client.HTTPException):
            return


def key_of(folder) -> str:
    made = subprocess.run([sys.executable, "-m", "geoplan", "keys", "create", str(folder), "--name",
                           "soak", "--role", "registrar", "--json"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    return json.loads(made.stdout)["key"]


def test_what_was_acknowledged_survives_kill_9(request, tmp_path):
    kills = max(2, round(KILLS * request.config.getoption("--soak")))
    chance = random.Random(7)
    folder = write_city(tmp_path, tmp_path / "registry.gpkg")
    key, told = key_of(folder), {n: ([], []) for n in NAMES[:EDITORS]}
    for _ in range(kills):
        port = free_port()
        job = start(folder, port)
        editors = [Editor(port, key, name) for name in told]
        for editor in editors:
            editor.start()
        while not all(e.acknowledged for e in editors):
            assert not any(e.refused for e in editors), [e.refused for e in editors]
            os.sched_yield()
        time.sleep(chance.uniform(0, LONGEST_S))
        job.send_signal(signal.SIGKILL)
        job.wait()
        for editor in editors:
            editor.join()
            assert editor.refused == []
            told[editor.record][0].extend(editor.acknowledged)
            told[editor.record][1].extend(editor.sent)
    with open_registry(open_workspace(folder).store.url) as registry:
        assert registry.verify().empty
        for record, (acknowledged, sent) in told.items():
            names = registry.place_names.history(record)["standard_name"].tolist()
            assert names[1:] == [n for n in sent if n in set(names)], "in the order they were sent"
            assert set(acknowledged) <= set(names)
    print(f"{kills} kills, {sum(len(a) for a, _ in told.values())} acknowledged, none lost")
