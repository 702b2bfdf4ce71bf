"""The pages on siting models: every model has one, and what it says runs."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from geoplan import io
from geoplan.siting import MODELS, candidates

FOLDER = Path(__file__).parents[2] / "docs" / "explanation" / "siting"
PAGES = sorted(FOLDER.glob("*.md"))


def blocks(page: Path, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)


def test_every_model_has_a_page_and_the_index_leads_to_all():
    index = (FOLDER.parent / "siting.md").read_text("utf-8")
    assert set(MODELS) <= {page.stem for page in PAGES}
    assert all(f"(siting/{page.name})" in index for page in PAGES)


@pytest.mark.parametrize("model", MODELS)
def test_a_page_tells_formula_source_search_options_and_limits(model):
    text = (FOLDER / f"{model}.md").read_text("utf-8")
    for part in (
        "**Asks.**",
        "**Source.**",
        "**How it is solved.**",
        "**Options.**",
        "**Limits.**",
    ):
        assert part in text, part
    assert re.search(r"```\n(min|max) ", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_examples_and_links_hold(page):
    for code in blocks(page, "python"):
        exec(compile(code, page.name, "exec"), {})  # noqa: S102  (our own page)
    for target in re.findall(r"\]\(([^)#]+\.md)\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_a_bureau_may_state_a_price(tmp_path):
    (text,) = blocks(FOLDER / "costs.md", "toml")
    (tmp_path / "bureau.toml").write_text(text, "utf-8")
    policy = io.read_policy(tmp_path / "bureau.toml")
    rooms = pd.DataFrame({"acquisition": ["convert", "lease"], "floor_m2": [100.0, 100.0]})
    told = candidates.costs(rooms, policy)
    assert told["cost"].iloc[0] == 120_000
    assert told["cost_basis"].tolist() == ["P", ""]
    assert told["cost"].isna().tolist() == [False, True]
