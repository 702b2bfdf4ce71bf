"""
Make one archive that installs geoplan where there is no internet (内网离线安装包).

``python api/deploy/offline_bundle.py OUT`` with the repository's environment; ``make
offline-bundle`` builds the map page first. The archive holds the wheel of geoplan, the wheels it
needs for each kind of machine, and ``install.sh``, which asks no package index.
"""

# ruff: noqa: INP001, T201  (a program, no package)

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
MACHINES = ("x86_64", "aarch64")
PYTHON = "3.11"
EXTRAS = "api,demo,postgis,raster,reports,tiles"
LEAST = "api,demo,postgis,reports,tiles"  # where wheels of the others are missing
BESIDE = ("geoplan.service", "nginx.conf", "compose.yaml", "Dockerfile")
_OLDEST = {"x86_64": 5, "aarch64": 17}
_NEWEST = 28  # glibc 2.28: Debian 10, RHEL 8, openEuler 20.03, Kylin V10 and later


def platforms(machine: str) -> list[str]:
    """Return the platform tags that a machine with glibc 2.28 takes, the newest first."""
    newer = [f"manylinux_2_{n}" for n in range(_NEWEST, _OLDEST[machine] - 1, -1)]
    older = ["manylinux2010", "manylinux1"] if machine == "x86_64" else []
    return [f"{tag}_{machine}" for tag in (*newer, "manylinux2014", *older, "linux")]


def pip(*args: str) -> subprocess.CompletedProcess[str]:
    """Run pip of this environment."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


def build_wheel(into: Path) -> Path:
    """Build the wheel of geoplan, with the map page."""
    if not (ROOT / "api" / "web" / "dist" / "index.html").is_file():
        sys.exit("the map page is not built 地图页尚未构建: make web")
    done = pip("wheel", "--quiet", "--no-deps", "--wheel-dir", str(into), str(ROOT))
    if done.returncode:
        sys.exit(done.stderr)
    return next(into.glob("geoplan-*.whl"))


def download(machine: str, into: Path, *wanted: str, deps: bool = True) -> str:
    """Fetch wheels for a machine; return what went wrong, or nothing."""
    tags = [word for tag in platforms(machine) for word in ("--platform", tag)]
    kinds = [word for abi in ("cp311", "abi3", "none") for word in ("--abi", abi)]
    done = pip(
        "download", "--quiet", "--dest", str(into), "--only-binary", ":all:",
        "--python-version", PYTHON, "--implementation", "cp", *kinds, *tags,
        "-c", str(ROOT / "constraints.txt"), *([] if deps else ["--no-deps"]), *wanted,
    )  # fmt: skip
    return done.stderr if done.returncode else ""


def refused(machine: str, folder: Path, extras: str) -> str:
    """Tell what keeps a machine from installing out of the folder alone, or nothing."""
    tags = [word for tag in platforms(machine) for word in ("--platform", tag)]
    done = pip(
        "install", "--quiet", "--dry-run", "--ignore-installed", "--no-index",
        "--only-binary", ":all:", "--target", str(folder / "none"), *tags,
        "--python-version", PYTHON, "--implementation", "cp",
        "--find-links", str(folder / "any"), "--find-links", str(folder / machine),
        f"geoplan[{extras}]",
    )  # fmt: skip
    return done.stderr if done.returncode else ""


def fetch_all(wheel: Path, folder: Path) -> dict[str, list[str]]:
    """Fetch the wheels of every machine; return those that a machine has not."""
    first, *others = MACHINES
    everywhere = folder / "any"
    own = folder / first
    for place in (everywhere, own):
        place.mkdir(parents=True)
    wrong = download(first, own, f"{wheel}[{EXTRAS}]")
    if wrong:
        sys.exit(wrong)
    (own / wheel.name).unlink(missing_ok=True)
    for found in list(own.glob("*-none-any.whl")):
        found.rename(everywhere / found.name)
    needed = ["==".join(found.name.split("-")[:2]) for found in sorted(own.glob("*.whl"))]
    missing: dict[str, list[str]] = {first: []}
    for machine in others:
        (folder / machine).mkdir()
        missing[machine] = [
            name for name in needed if download(machine, folder / machine, name, deps=False)
        ]
    return missing


def main() -> None:
    """Make the archive."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("out", type=Path, help="folder for the archive")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    work = out / "offline-bundle.part"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    wheel = build_wheel(work)
    name = "-".join(wheel.name.split("-")[:2]) + "-offline"
    folder = work / name
    folder.mkdir()
    missing = fetch_all(wheel, folder / "wheels")
    wheel.rename(folder / "wheels" / "any" / wheel.name)
    for machine, names in missing.items():
        extras = LEAST if names else EXTRAS
        (folder / "wheels" / machine / "extras.txt").write_text(extras + "\n", "utf-8")
        wrong = refused(machine, folder / "wheels", extras)
        if wrong:
            sys.exit(f"{machine}: {wrong}")
    shutil.copy(HERE / "install.sh", folder)
    for file in BESIDE:
        (folder / "deploy").mkdir(exist_ok=True)
        shutil.copy(HERE / file, folder / "deploy")
    shutil.copy(ROOT / "docs" / "how-to" / "serve.md", folder / "serve.md")
    part = work / f"{name}.tar.gz"
    with tarfile.open(part, "w:gz", compresslevel=1) as archive:  # wheels are compressed already
        archive.add(folder, arcname=name)
    done = part.rename(out / part.name)
    shutil.rmtree(work)
    print(f"{done}: {done.stat().st_size / 1e6:,.0f} MB")
    for machine, names in missing.items():
        told = f"without {', '.join(names)}: extras {LEAST}" if names else f"extras {EXTRAS}"
        print(f"{machine}: {told}")


if __name__ == "__main__":
    main()
