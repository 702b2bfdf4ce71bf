"""The files for installing the service keep their promises, as far as that shows without Docker."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from geoplan_api.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "api" / "deploy"


def text(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage of the Dockerfile."""
    joined = re.sub(r"\\\n\s*", " ", text("Dockerfile"))
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    out: list[list[tuple[str, str]]] = []
    for line in lines:
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            out.append([])
        out[-1].append((word, rest))
    return out


def test_the_image_runs_as_nobody_special_and_writes_only_to_its_volumes():
    last = stages()[-1]
    user = [rest for word, rest in last if word == "USER"]
    assert user
    assert not user[-1].startswith(("0", "root"))
    environment = " ".join(rest for word, rest in last if word == "ENV")
    volumes = next(rest for word, rest in last if word == "VOLUME")
    for name in ("HOME", "NUMBA_CACHE_DIR", "GEOPLAN_WORKSPACE"):
        folder = re.search(rf"\b{name}=(\S+)", environment)[1]
        assert any(folder.startswith(v) for v in re.findall(r'"([^"]+)"', volumes)), name
    assert ("ENTRYPOINT", '["geoplan-serve"]') in last
    assert "npm" not in " ".join(rest for _, rest in last)


def test_everything_the_image_copies_is_there_and_not_ignored():
    ignore = text("Dockerfile.dockerignore").splitlines()
    for stage in stages():
        for word, rest in stage:
            if word != "COPY" or rest.startswith("--from"):
                continue
            for source in rest.split()[:-1]:
                path = f"api/web/{source}" if source == "src" else source
                assert (ROOT / path).exists(), path
                assert any(f"!{part}" in ignore for part in (path, *map(str, Path(path).parents)))


def test_every_setting_that_is_named_is_one():
    known = {f"GEOPLAN_{name}".upper() for name in Settings.model_fields} | {"GEOPLAN_DATA"}
    files = [*DEPLOY.iterdir(), ROOT / "docs" / "how-to" / "serve.md"]
    for path in files:
        if path.is_file():
            named = set(re.findall(r"\bGEOPLAN_[A-Z_]+\b", path.read_text("utf-8")))
            assert named <= known, (path.name, named - known)


def test_compose_keeps_the_root_read_only_and_the_database_inside():
    import yaml

    file = yaml.safe_load(text("compose.yaml"))
    service, database = file["services"]["service"], file["services"]["database"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert all(p.startswith("127.0.0.1:") for p in service["ports"])
    assert "ports" not in database
    assert database["networks"] == ["inside"]
    assert file["networks"]["inside"]["internal"] is True
    assert "PASSWORD:" not in text("compose.yaml")  # from a file, not in the environment


def test_nginx_takes_the_example(tmp_path):
    nginx, openssl = (
        shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"),
        shutil.which("openssl"),
    )
    if not nginx or not openssl:
        pytest.skip("nginx and openssl are not installed")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=x",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    site = text("nginx.conf").replace("/etc/geoplan/tls", str(tmp_path))
    (tmp_path / "site.conf").write_text(site)
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; include {tmp_path}/site.conf; }}"
    )
    done = subprocess.run([nginx, "-t", "-c", tmp_path / "nginx.conf", "-p", tmp_path],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def test_nginx_takes_bodies_as_large_as_the_service_does():
    (size,) = re.findall(r"client_max_body_size (\d+)m;", text("nginx.conf"))
    assert int(size) * 1024 == Settings.model_fields["max_body_kb"].default


def test_systemd_takes_the_unit(tmp_path):
    verify = shutil.which("systemd-analyze")
    if not verify:
        pytest.skip("systemd is not installed")
    unit = re.sub(
        r"^ExecStart=\S+",
        f"ExecStart={sys.executable}",
        text("geoplan.service"),
        flags=re.MULTILINE,
    )
    (tmp_path / "geoplan.service").write_text(unit)
    done = subprocess.run([verify, "verify", tmp_path / "geoplan.service"],
                          capture_output=True, text=True, check=False)  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "geoplan.service" in line]
    assert said == []


def bundle():
    spec = importlib.util.spec_from_file_location("offline_bundle", DEPLOY / "offline_bundle.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_bundle_asks_for_wheels_of_an_old_enough_glibc():
    tags = bundle().platforms("aarch64")
    assert tags[0] == "manylinux_2_28_aarch64"
    assert "manylinux2014_aarch64" in tags
    assert not [t for t in tags if "x86" in t or "2_29" in t]


def test_the_bundle_names_extras_that_exist():
    import tomllib

    known = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for extras in (bundle().EXTRAS, bundle().LEAST):
        assert set(extras.split(",")) <= set(known["optional-dependencies"])


def test_the_installer_asks_no_index_and_refuses_what_it_has_no_wheels_for(tmp_path):
    script = DEPLOY / "install.sh"
    assert script.stat().st_mode & stat.S_IXUSR
    assert "--no-index" in script.read_text("utf-8")
    shutil.copy(script, tmp_path)
    done = subprocess.run(["sh", tmp_path / "install.sh", tmp_path / "target"], capture_output=True,
                          text=True, check=False, env=os.environ | {"PYTHON": sys.executable})  # fmt: skip
    assert done.returncode == 1
    assert "no wheels" in done.stderr
    assert not (tmp_path / "target").exists()


@pytest.mark.slow
def test_the_service_is_imported_where_nothing_can_be_written(tmp_path):
    """The package cannot be written to, there is no home and no cache folder."""
    code = (
        "import os\nfrom pathlib import Path\nreal = os.access\n"
        "os.access = lambda p, *a, **k: 'geoplan' not in str(p) and real(p, *a, **k)\n"
        "import numba.core.caching as c\n"
        "def no(*a, **k): raise OSError('read-only')\n"
        "c._CacheLocator.ensure_cache_path = no\n"
        "import geoplan.cli, geoplan.tiles, geoplan.service_circles, geoplan_api.app\n"
        "import geoplan.tiles.commands, geoplan.boundaries.edges\nprint('imported')"
    )
    gone = {"HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR"}
    env = {k: v for k, v in os.environ.items() if k not in gone}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True,
                          check=False, env=env | {"HOME": "/proc/none"})  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "imported"
