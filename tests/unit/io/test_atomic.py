"""Nothing half is ever left: errors, full disks and interrupts."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from geoplan.errors import OutputError
from geoplan.io import replacing, replacing_folder


def left(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_file_appears_whole(tmp_path):
    target = tmp_path / "new" / "a.csv"
    with replacing(target) as temporary:
        temporary.write_text("1")
        assert not target.exists()
        assert temporary.suffix == ".csv"
    assert target.read_text() == "1"
    assert left(target.parent) == ["a.csv"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError, MemoryError])
def test_an_interrupt_leaves_the_old_file(tmp_path, stop):
    target = tmp_path / "a.csv"
    target.write_text("old")
    with pytest.raises(stop), replacing(target) as temporary:
        temporary.write_text("half")
        raise stop
    assert target.read_text() == "old"
    assert left(tmp_path) == ["a.csv"]


def test_a_full_disk_is_an_output_error_that_names_the_file(tmp_path):
    target = tmp_path / "a.csv"
    with pytest.raises(OutputError, match=r"a\.csv") as error, replacing(target) as temporary:
        temporary.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert "No space left" in error.value.message
    assert left(tmp_path) == []


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError), replacing(tmp_path / "file" / "a.csv"):
        pass
    with pytest.raises(OutputError), replacing_folder(tmp_path / "file" / "out"):
        pass


def test_a_read_only_folder(tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("geoplan.io.atomic.Path.mkdir", refuse)
    with pytest.raises(OutputError, match="Read-only"), replacing_folder(tmp_path / "out"):
        pass
    assert left(tmp_path) == []


def test_a_folder_is_replaced_at_the_end_and_keeps_foreign_files(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "old.csv").write_text("old")
    (out / "mine.txt").write_text("mine")
    with replacing_folder(out) as temporary:
        (temporary / "old.csv").write_text("new")
        (temporary / "tables").mkdir()
        (temporary / "tables" / "a.csv").write_text("a")
        assert (out / "old.csv").read_text() == "old"
    assert (out / "old.csv").read_text() == "new"
    assert (out / "mine.txt").read_text() == "mine"
    assert (out / "tables" / "a.csv").read_text() == "a"
    assert left(tmp_path) == ["out"]


def test_an_interrupted_folder_is_as_it_was(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt), replacing_folder(out) as temporary:
        (temporary / "a.csv").write_text("half")
        raise KeyboardInterrupt
    assert left(tmp_path) == []


@pytest.mark.parametrize("writing", [replacing, replacing_folder])
def test_an_interrupt_while_the_temporary_folder_is_made_leaves_nothing(
    tmp_path, monkeypatch, writing
):
    made = Path.mkdir

    def interrupted(self, *args, **options):
        made(self, *args, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "mkdir", interrupted)
    with pytest.raises(KeyboardInterrupt), writing(tmp_path / "out"):
        pytest.fail("never begun")
    assert list(tmp_path.iterdir()) == []
