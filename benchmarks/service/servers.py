"""The servers: geoplan on a GeoPackage; TiPg and pygeoapi on PostGIS; one worker each."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
import shapely
from city import FIELDS, KEYS, LAYERS, rows, shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "benchmarks" / ".peers-service" / "bin"
POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), Path())


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PostGIS:
    """A server of the benchmark's own on the loopback, with both layers as tables."""

    def __init__(self) -> None:
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="gp-bench-")), free_port()
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run(
            "initdb",
            "-D",
            self.folder / "data",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C.UTF-8",
        )
        settings = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} "
            f"-c unix_socket_directories={self.folder}"
        )
        self._run(
            "pg_ctl",
            "-D",
            self.folder / "data",
            "-w",
            "-l",
            self.folder / "log",
            "-o",
            settings,
            "start",
        )
        self.url = f"postgresql://postgres:x@127.0.0.1:{self.port}/postgres"

    def _run(self, program: str, *args: object) -> None:
        subprocess.run(
            [*self._as, str(POSTGRES / program), *map(str, args)],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def fill(self) -> None:
        """Make the tables, with a spatial index."""
        with psycopg.connect(self.url, autocommit=True) as db:
            db.execute("CREATE EXTENSION IF NOT EXISTS postgis")
            for layer, count in LAYERS.items():
                key, *own = FIELDS[layer]
                types = [f"{n} {'int' if n == 'first_use_year' else 'text'}" for n in own]
                db.execute(
                    f"CREATE TABLE {layer} ({key} text PRIMARY KEY, {', '.join(types)}, "
                    "geom geometry(Polygon, 4326))"
                )
                wkb = shapely.to_wkb(
                    shapely.set_srid(shapes(count), 4326), include_srid=True, hex=True
                )
                into = f"COPY {layer} ({key}, {', '.join(own)}, geom) FROM STDIN"
                with db.cursor() as cursor, cursor.copy(into) as copy:
                    for row, shape in zip(rows(layer), wkb, strict=True):
                        copy.write_row((*row.values(), shape))
                db.execute(f"CREATE INDEX ON {layer} USING gist (geom)")
                db.execute(f"VACUUM ANALYZE {layer}")

    def edit(self, layer: str, turn: int) -> None:
        """Change one word of one record."""
        key, name, *_ = FIELDS[layer]
        with psycopg.connect(self.url, autocommit=True) as db:
            db.execute(f"UPDATE {layer} SET {name} = %s WHERE {key} = 'K0000000'", (f"改{turn}",))

    def stop(self) -> None:
        """Stop it and take it away."""
        self._run("pg_ctl", "-D", self.folder / "data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def running(command: list[str], env: dict[str, str], ready: str) -> Iterator[subprocess.Popen]:
    """Run a server until the block ends; the block begins when it answers."""
    with tempfile.TemporaryFile() as log:
        job = subprocess.Popen(command, env={**os.environ, **env}, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 90
            while not answers(ready):
                if job.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise SystemExit(log.read().decode()[-3000:])
                time.sleep(0.05)
            yield job
        finally:
            job.terminate()
            job.wait(20)


def answers(address: str) -> bool:
    """Whether a server answers there."""
    place = urlsplit(address)
    client = http.client.HTTPConnection(place.netloc, timeout=5)
    try:
        client.request("GET", f"{place.path or '/'}?{place.query}".rstrip("?"))
        return client.getresponse().status < 500
    except OSError:
        return False
    finally:
        client.close()


def key(workspace: Path, role: str) -> str:
    """An API key of a role."""
    made = subprocess.run(
        [sys.executable, "-m", "geoplan", "keys", "create", str(workspace), "--name", "bench",
         "--role", role, "--json"], capture_output=True, text=True, check=True,
    )  # fmt: skip
    return str(json.loads(made.stdout)["key"])


@contextmanager
def geoplan(workspace: Path, **env: str) -> Iterator[str]:
    """geoplan's service; yields its address."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    settings = {
        "GEOPLAN_PORT": str(port),
        "GEOPLAN_WARM": "false",
        "GEOPLAN_RATE_PER_S": "100000",
        **env,
    }
    with running(
        [sys.executable, "-m", "geoplan_api", str(workspace)], settings, f"{base}/health/live"
    ):
        yield base


@contextmanager
def tipg(database: PostGIS) -> Iterator[str]:
    """TiPg, one worker."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    env = {"DATABASE_URL": database.url, "TIPG_MAX_FEATURES_PER_TILE": "100000"}
    command = [
        str(PEERS / "uvicorn"),
        "tipg.main:app",
        "--port",
        str(port),
        "--log-level",
        "warning",
    ]
    with running(command, env, f"{base}/healthz"):
        yield base


@contextmanager
def pygeoapi(database: PostGIS) -> Iterator[str]:
    """pygeoapi, one worker."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    folder = Path(tempfile.mkdtemp(prefix="gp-pygeoapi-"))
    config, document = folder / "config.yml", folder / "openapi.yml"
    config.write_text(json.dumps(_config(base, port, database)), encoding="utf-8")
    env = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(document)}
    subprocess.run(
        [PEERS / "pygeoapi", "openapi", "generate", str(config), "--output-file", str(document)],
        env={**os.environ, **env},
        check=True,
        capture_output=True,
    )
    command = [
        str(PEERS / "gunicorn"),
        "pygeoapi.flask_app:APP",
        "--workers",
        "1",
        "--timeout",
        "120",
        "--bind",
        f"127.0.0.1:{port}",
    ]
    try:
        with running(command, env, f"{base}/?f=json"):
            yield base
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _config(base: str, port: int, database: PostGIS) -> dict[str, Any]:
    data = {
        "host": "127.0.0.1",
        "port": database.port,
        "dbname": "postgres",
        "user": "postgres",
        "password": "x",
        "search_path": ["public"],
    }
    text = {"title": "bench", "description": "bench", "keywords": ["bench"]}
    resources = {
        layer: {
            "type": "collection",
            **text,
            "extents": {"spatial": {"bbox": [110, 29, 116, 34]}},
            "providers": [
                {
                    "type": "feature",
                    "name": "PostgreSQL",
                    "data": data,
                    "id_field": KEYS[layer],
                    "table": layer,
                    "geom_field": "geom",
                }
            ],
        }
        for layer in LAYERS
    }
    limits = {"default_items": 10, "max_items": 10_000, "on_exceed": "throttle"}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": base,
            "limits": limits,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "language": "en-US",
            "map": {"url": "none", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "b",
                "description": "b",
                "keywords": ["b"],
                "keywords_type": "theme",
                "terms_of_service": "none",
                "url": "http://127.0.0.1",
            },
            "license": {"name": "none", "url": "http://127.0.0.1"},
            "provider": {"name": "b", "url": "http://127.0.0.1"},
            "contact": {
                "name": "b",
                "position": "b",
                "address": "b",
                "city": "b",
                "stateorprovince": "b",
                "postalcode": "b",
                "country": "b",
                "phone": "1",
                "fax": "1",
                "email": "a@b.c",
                "url": "http://127.0.0.1",
                "hours": "b",
                "instructions": "b",
                "role": "b",
            },
        },
        "resources": resources,
    }
