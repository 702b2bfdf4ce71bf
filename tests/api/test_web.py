"""The map page's files: kept for ever by name, checked by content, and said how to build if absent."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from fixtures import small_workspace
from geoplan_api import web
from geoplan_api.app import create_app
from geoplan_api.settings import Settings
from starlette.testclient import TestClient

ROOT = Path(__file__).parents[2]


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A page as the build leaves it."""
    files = tmp_path / "dist" / "0123456789ab"
    files.mkdir(parents=True)
    (files / "main.js").write_text("export {};\n")
    (files / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    page = tmp_path / "dist" / "index.html"
    page.write_text('<script src="web/0123456789ab/main.js" type="module"></script>')
    monkeypatch.setattr(web, "_PLACES", (tmp_path / "dist",))
    return page


@pytest.fixture
def client(tmp_path):
    def making():
        folder = tmp_path / "ws"
        if not folder.exists():
            small_workspace.write(folder)
        return TestClient(create_app(Settings(workspace=folder)), raise_server_exceptions=False)

    return making


HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_the_page_allows_nothing_from_elsewhere_and_nothing_inline(built, client):
    found = client().get("/", headers=HTML)
    assert found.status_code == 200
    assert found.headers["content-type"].startswith("text/html")
    rules = dict(
        r.strip().split(" ", 1) for r in found.headers["content-security-policy"].split(";")
    )
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in found.headers["content-security-policy"]
    for rule in ("script-src", "worker-src", "style-src", "connect-src"):
        assert rules[rule] == "'self'"


def test_a_new_build_of_the_same_length_and_date_is_another_page(built, client):
    one = client()
    first = one.get("/", headers=HTML)
    tagged = HTML | {"If-None-Match": first.headers["etag"]}
    assert one.get("/", headers=tagged).status_code == 304
    built.write_text(built.read_text().replace("0123456789ab", "ba9876543210"))
    again = one.get("/", headers=tagged)
    assert again.status_code == 200
    assert "ba9876543210" in again.text


def test_programs_get_json_at_the_same_address(built, client):
    found = client().get("/", headers={"Accept": "application/json"})
    assert found.headers["content-type"] == "application/json"
    assert found.json()["links"]
    assert client().get("/?f=json", headers=HTML).json()["links"]


def test_files_are_kept_for_ever_and_have_their_type(built, client):
    found = client().get("/web/0123456789ab/main.js")
    assert found.headers["content-type"].split(";")[0] in {
        "text/javascript",
        "application/javascript",
    }
    assert "immutable" in found.headers["cache-control"]
    again = client().get(
        "/web/0123456789ab/main.js", headers={"If-None-Match": found.headers["etag"]}
    )
    assert again.status_code == 304
    assert client().get("/favicon.ico").headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "path", ["/web/none.js", "/web/../pyproject.toml", "/web/%2e%2e/%2e%2e/etc/passwd", "/web/"]
)
def test_nothing_beside_the_files_is_served(built, client, path):
    found = client().get(path)
    assert found.status_code == 404
    assert found.headers["content-type"] == "application/problem+json"
    assert "immutable" not in found.headers.get("cache-control", "")


def test_without_a_build_the_page_says_how_and_all_else_works(client, monkeypatch, tmp_path):
    monkeypatch.setattr(web, "_PLACES", (tmp_path / "none",))
    one = client()
    found = one.get("/", headers=HTML)
    assert found.status_code == 200
    assert "make web" in found.text
    assert one.get("/favicon.ico").status_code == 204
    assert one.get("/search", params={"q": "一"}).status_code == 200


def _node() -> None:
    if not shutil.which("node") or not (ROOT / "api/web/node_modules/maplibre-gl").is_dir():
        pytest.skip("the page's packages are not installed (make web)")


def test_the_build_names_its_folder_by_content_and_asks_nowhere(tmp_path):
    _node()
    copy = tmp_path / "web"
    shutil.copytree(
        ROOT / "api" / "web", copy, ignore=shutil.ignore_patterns("node_modules", "dist*")
    )
    (copy / "node_modules").symlink_to(ROOT / "api" / "web" / "node_modules")

    def build() -> str:
        subprocess.run(["node", "build.mjs"], cwd=copy, check=True, capture_output=True)
        (folder,) = (p.name for p in (copy / "dist").iterdir() if p.is_dir())
        return folder

    first = build()
    assert build() == first
    page = (copy / "dist" / "index.html").read_text("utf-8")
    for target in re.findall(r'(?:src|href)="(web/[^"]+)"', page):
        assert (copy / "dist" / target.removeprefix("web/")).is_file(), target
    assert "{{" not in page
    assert not re.search(r"<script(?![^>]*src)|<style|\son\w+=|\sstyle=", page)
    for path in (copy / "dist" / first).glob("*.js"):
        assert "sourceMappingURL" not in path.read_text("utf-8"), path.name
        if not path.name.startswith("maplibre"):
            assert "://" not in path.read_text("utf-8"), path.name
    (copy / "src" / "dom.js").write_text("export const changed = 1;\n")
    assert build() != first


def test_page_packages_have_exact_versions_and_no_lock_file():
    import json

    wanted = json.loads((ROOT / "api/web/package.json").read_text("utf-8"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", v) for v in wanted.values())
    assert "package-lock=false" in (ROOT / "api/web/.npmrc").read_text("utf-8")


@pytest.mark.slow
def test_the_wheel_holds_the_page(tmp_path):
    if web.assets() is None:
        pytest.skip("the page is not built (make web)")
    import sys

    code = ("import os, sys\nos.chdir(sys.argv[1])\nfrom hatchling.build import build_wheel\n"
            "print(build_wheel(sys.argv[2]))")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, str(ROOT), str(tmp_path)], check=True,
                          capture_output=True, text=True)  # fmt: skip
    archive = zipfile.ZipFile(tmp_path / done.stdout.strip().splitlines()[-1])
    names = archive.namelist()
    page = archive.read("geoplan_api/web/dist/index.html").decode()
    for target in re.findall(r'"(web/[^"]+)"', page):
        assert f"geoplan_api/{target.replace('web/', 'web/dist/')}" in names
    assert not [n for n in names if "node_modules" in n or n.endswith((".map", "package.json"))]
