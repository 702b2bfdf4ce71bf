"""The page on claims and changes does what it says."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from geoplan.boundaries.change import KINDS
from geoplan.boundaries.change_approval import DOSSIER, FACTS
from geoplan.boundaries.change_file import COLUMNS, parse_change

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "boundary-changes.md"
TEXT = PAGE.read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", TEXT, flags=re.DOTALL)


def test_every_key_kind_and_document_is_explained():
    for word in (*COLUMNS, *KINDS, *DOSSIER, *FACTS, "title", "crs", "approved_on", "extended",
                 "documents", "changes", "geometry"):  # fmt: skip
        assert f"`{word}`" in TEXT, word
    for kind, zh in KINDS.items():
        assert f"`{kind}` {zh}" in TEXT


def test_its_change_files_can_be_read():
    (toml,), (plain,) = blocks("toml"), blocks("json")
    change = parse_change(tomllib.loads(toml))
    assert change.rows["from_codes"].tolist() == ["421303001;421303002"]
    assert change.documents == ("application", "maps")
    split = parse_change(json.loads(plain)).rows
    assert split["change_id"].tolist() == ["1", "1"]
    assert split["geometry"].isna().tolist() == [False, True]


def test_every_table_of_a_review_is_named():
    from geoplan.workspace.changes import ChangeReview
    from geoplan.workspace.disputes import DisputeReview

    for name in (*ChangeReview._fields, "cases", "evidence", "freeze_warnings", "findings"):
        assert f"`{name}`" in TEXT, name
    assert {"cases", "evidence", "freeze_warnings", "findings"} < set(DisputeReview._fields)


def test_options_of_the_commands_exist():
    from typer.testing import CliRunner

    from geoplan.cli import app

    for line in re.findall(r"geoplan boundaries (\w+) (.*)", "\n".join(blocks("bash"))):
        said = CliRunner().invoke(app, ["boundaries", line[0], "--help"]).output
        for option in re.findall(r"--?[a-z]+", line[1]):
            assert option in said, option


@pytest.mark.slow
def test_the_notebook_lines(demo, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "demo").symlink_to(demo)
    (tmp_path / "change.toml").write_text(blocks("toml")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(blocks("python")[0], PAGE.name, "exec"), names)  # noqa: S102  (our own page)
    table = names["review"].statistics
    assert set(table["unit_code"]) == {"421303001", "421303002"}
    merged = table[table["unit_code"] == "421303002"].iloc[0]
    assert merged["population_after"] == table["population_before"].sum()
    assert set(names["review"].approvals["authority"]) == {"establishing_authority"}
