"""``workspace.toml``: what is wrong is said with its line."""

from __future__ import annotations

import pytest

from geoplan.errors import InputError, MissingFileError, UnreadableFileError
from geoplan.io import read_workspace_file, write_workspace


def test_round_trip(tmp_path):
    (tmp_path / "workspace.toml").write_text(
        '[workspace]\nname = "demo"\ntitle = "随州"\nsynthetic = true\n'
        '[layers.facilities]\npath = "f.xlsx"\nsheet = "台账"\n'
        '[layers.facilities.columns]\n"设施名" = "name"\n',
        encoding="utf-8",
    )
    file = read_workspace_file(tmp_path)
    assert file.layers["facilities"].columns == {"设施名": "name"}
    assert file.synthetic is True
    write_workspace(file)
    assert read_workspace_file(tmp_path) == file


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ('[workspace]\nname = "x"\npolcy = "y"\n', 3, "policy"),
        ('[workspace]\nname = "x"\n\n[layers.facilites]\npath = "f"\n', 4, "facilities"),
        ('[workspace]\nname = "x"\n[layers.roads]\nsheet = "y"\n', 3, "no path"),
        ('[layers.roads]\npath = "r"\ndatum = "GCJ02"\n', 3, "GCJ-02"),
        ("[workspace]\nname = 3\n", 2, "str"),
        ('[workspce]\nname = "x"\n', 1, "workspace"),
    ],
)
def test_every_mistake_has_its_line(tmp_path, text, line, word):
    (tmp_path / "workspace.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=word) as error:
        read_workspace_file(tmp_path)
    assert error.value.context["line"] == line
    assert f"第 {line} 行" in error.value.message_zh


def test_all_mistakes_are_said_at_once(tmp_path):
    (tmp_path / "workspace.toml").write_text("[workspace]\na = 1\nb = 2\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_workspace_file(tmp_path)
    assert error.value.context["problems"] >= 2


def test_no_file_and_no_toml(tmp_path):
    with pytest.raises(MissingFileError):
        read_workspace_file(tmp_path)
    (tmp_path / "workspace.toml").write_text("[[[", encoding="utf-8")
    with pytest.raises(UnreadableFileError):
        read_workspace_file(tmp_path)
