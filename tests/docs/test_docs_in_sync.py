"""What the documents say exists, and both languages say the same."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import pydoc
import re
from pathlib import Path

import pytest

import geoplan
from geoplan import glossary

ROOT = Path(__file__).parents[2]
EN, ZH = (ROOT / n for n in ("README.md", "README.zh.md"))


def _blocks(path: Path) -> list[str]:
    return re.findall(r"```[a-z]*\n(.*?)```", path.read_text("utf-8"), flags=re.DOTALL)


def test_both_readmes_have_the_same_code_blocks():
    assert _blocks(EN) == _blocks(ZH)
    assert len(_blocks(EN)) >= 4


def test_every_link_of_the_readmes_leads_somewhere():
    for path in (EN, ZH):
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
            if "://" not in target:
                assert (ROOT / target).exists(), f"{path.name}: {target}"


def test_every_function_of_the_readme_table_exists():
    for path in (EN, ZH):
        rows = [r for r in path.read_text("utf-8").splitlines() if r.startswith("| ")][2:]
        for row in rows:
            for name in re.findall(r"`([A-Za-z_.]+)`", row.split("|")[2]):
                assert callable(pydoc.locate(f"geoplan.{name}")), name


def test_every_verb_is_in_the_readme():
    from typer.main import get_command

    from geoplan.cli import app

    text = EN.read_text("utf-8") + (ROOT / "CHANGELOG.md").read_text("utf-8")
    for verb in get_command(app).commands:
        assert f"geoplan {verb}" in text or f"`{verb}`" in text, verb


def test_glossary_page_is_the_glossary():
    assert glossary.as_markdown() in (ROOT / "GLOSSARY.md").read_text("utf-8")
    terms = [t.en for t in glossary.TERMS]
    assert len(terms) == len(set(terms))
    for term in glossary.TERMS:
        assert (ROOT / "geoplan" / term.module).exists() or (
            ROOT / "geoplan" / f"{term.module}.py"
        ).exists(), term


def _modules() -> list[str]:
    return sorted(
        m.name for m in pkgutil.walk_packages(geoplan.__path__, "geoplan.")
        if not m.name.endswith("__main__")
    )  # fmt: skip


@pytest.mark.parametrize("name", _modules())
def test_examples_in_docstrings_run(name):
    module = importlib.import_module(name)
    names = {"pd": importlib.import_module("pandas")}
    result = doctest.testmod(module, extraglobs=names, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_public_functions_are_documented_with_their_errors():
    missing = []
    for room in ("network", "service_circles", "standards", "policy", "schemas", "io", "maps",
                 "reports", "workspace", "crs", "datum", "demo"):  # fmt: skip
        module = importlib.import_module(f"geoplan.{room}")
        for name in getattr(module, "__all__", [n for n in dir(module) if not n.startswith("_")]):
            item = getattr(module, name)
            if not callable(item) or not getattr(item, "__module__", "").startswith("geoplan"):
                continue
            if not (item.__doc__ or "").strip():
                missing.append(f"{room}.{name}")
    assert not missing
