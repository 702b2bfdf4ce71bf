"""Wiring only."""

from __future__ import annotations

import itertools
import os
import pickle
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import settings

# the same examples every time, at any speed; GEOPLAN_EXAMPLES=random looks for new ones
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("random", derandomize=False, deadline=None)
settings.load_profile(os.environ.get("GEOPLAN_EXAMPLES", "same"))

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
sys.path.insert(0, str(ROOT / "tests"))


def pytest_addoption(parser):
    parser.addoption(
        "--soak", type=float, default=0.05, help="share of the soak tests' full counts"
    )


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data beside the project; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the folder of real data is not beside the project")
    return SHARED


@pytest.fixture(scope="session")
def policy():
    from geoplan.io import read_policy

    return read_policy("suizhou-2022")


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Path:
    """One demo city for the whole run (built once, shared by worker processes)."""
    from geoplan.demo import build

    base = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent
    folder = base / "demo-city"
    lock = base / "demo-city.lock"
    try:
        lock.mkdir()
    except FileExistsError:  # another worker builds it
        deadline = time.monotonic() + 180
        while not (folder / "workspace.toml").exists():
            if time.monotonic() > deadline:
                pytest.fail("the demo city was not built by the other worker")
            os.sched_yield()
        return folder
    return build(folder)


@pytest.fixture(scope="session")
def demo_result(demo) -> object:
    """What the main job says of the demo city, for the service: computed by one worker process."""
    from geoplan_api.counted import CountedWorkspace

    from geoplan.workspace import compute, open_workspace

    kept, lock = demo.parent / "demo-result.pickle", demo.parent / "demo-result.lock"
    try:
        lock.mkdir()
    except FileExistsError:  # another worker computes it
        deadline = time.monotonic() + 300
        while not kept.exists():
            if time.monotonic() > deadline:
                pytest.fail("the demo city was not computed by the other worker")
            time.sleep(0.2)
        return pickle.loads(kept.read_bytes())  # noqa: S301  (our own)
    result = compute(CountedWorkspace(open_workspace(demo)))
    half = kept.with_suffix(".half")
    half.write_bytes(pickle.dumps(result))
    half.rename(kept)
    return result


@pytest.fixture(scope="session")
def policy_with(policy):
    """The Suizhou policy with some parameters changed."""
    from dataclasses import replace

    def make(**changes):
        parameters = dict(policy.parameters)
        for name, value in changes.items():
            parameters[name] = replace(policy.parameter(name), value=value)
        return replace(policy, parameters=parameters)

    return make


@pytest.fixture(scope="session")
def postgis_server():
    """A PostGIS server of this process's own, on a private socket."""
    from fixtures.postgis import Server, binaries

    home = binaries()
    if home is None:
        if os.environ.get("GEOPLAN_REQUIRE_POSTGIS") == "1":
            pytest.fail("postgresql with postgis is not installed")
        pytest.skip("postgresql with postgis is not installed")
    folder = Path(tempfile.mkdtemp(prefix="gp-pg-"))
    server = Server(folder, home)
    yield server
    server.stop("immediate")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["geopackage", "postgis"])
def store_url(request, tmp_path):
    """Where a registry may be made: a path, then a schema of the server."""
    if request.param == "geopackage":
        return tmp_path / "registry.gpkg"
    return request.getfixturevalue("postgis_server").url()


@pytest.fixture(params=["geopackage", "postgis"])
def store_maker(request, tmp_path):
    """Give a new place for a registry at each call, on either store."""
    if request.param == "postgis":
        return request.getfixturevalue("postgis_server").url
    numbers = itertools.count()
    return lambda: tmp_path / f"registry-{next(numbers)}.gpkg"
