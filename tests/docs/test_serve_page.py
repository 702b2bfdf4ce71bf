"""The page on serving says what there is: settings, routes, files."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

from geoplan_api.basemaps import BaseMap
from geoplan_api.security.principal import ROLES
from geoplan_api.settings import Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/how-to/serve.md").read_text("utf-8")


def test_the_table_of_settings_is_the_settings():
    spec = importlib.util.spec_from_file_location("page", ROOT / "docs/how-to/serve_settings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.page() == TEXT, "run: python docs/how-to/serve_settings.py"


def test_its_base_maps_are_taken_as_they_stand():
    (example,) = re.findall(r"GEOPLAN_BASEMAPS='(.*?)'", TEXT, flags=re.DOTALL)
    first, second = Settings(basemaps=json.loads(example)).basemaps
    assert first.address(3, 5, 2).endswith("TILEMATRIX=3&TILEROW=2&TILECOL=5&tk=YOUR_KEY")
    assert second.address(3, 5, 2) == "http://gis.bureau/img/3/5/5.png"
    for name in BaseMap.model_fields:
        assert f"`{name}`" in TEXT, name


def test_roles_files_and_commands_exist():
    for role in ROLES:
        assert f"| `{role}` |" in TEXT, role
    for path in re.findall(r"`(api/[\w./-]+)`", TEXT):
        assert (ROOT / path).exists() or path == "api/web/dist", path
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z-]+)", TEXT)) <= set(targets)
