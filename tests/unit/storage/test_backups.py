"""Backup, restore and export: either store into either, whole or not at all."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from fixtures.register import at, gone, line, marker, write

from geoplan.errors import InputError, OutputError, StoreError
from geoplan.io import read_layer
from geoplan.storage import create_registry, open_registry
from geoplan.storage.backups import backup, export, restore


def fill(registry):
    write(registry, line("L1", name="一", 卷号="7"), line("L2"), marker("001"))
    write(registry, line("L1", name="二", seen=1, valid_from="2024-06-01"), days=1)
    write(registry, gone("L2"), days=2)


def content(registry):
    with registry.backend.reading() as session:
        versions = session.rows("SELECT id, tx, layer, key, op, valid_from, valid_to, digest, content, geom "
                                "FROM registry_versions ORDER BY id")  # fmt: skip
        audit = session.rows("SELECT * FROM registry_transactions ORDER BY tx")
    rows = {n: registry.layer(n).rows() for n in registry.tables}
    return versions, audit, rows


@pytest.fixture(params=["geopackage", "postgis"])
def other_url(request, tmp_path):
    if request.param == "geopackage":
        return tmp_path / "other" / "registry.gpkg"
    return request.getfixturevalue("postgis_server").url()


def test_a_restored_registry_equals_its_source(registry, other_url, tmp_path):
    fill(registry)
    file = tmp_path / "backup.gpkg"
    head = backup(registry, file)
    assert head == registry.head
    assert sorted(p.name for p in tmp_path.glob("backup*")) == ["backup.gpkg"]  # one file to carry
    assert registry.verify(against=[file]).empty
    assert restore(file, other_url) == head
    with open_registry(other_url) as other:
        assert content(other) == content(registry)
        assert other.verify(against=[file]).empty
        write(other, line("L9"), days=3)
        assert other.verify().empty
        assert len(other.boundary_lines.frame(bbox=(112, 30, 114, 32))) == 2


def test_restoring_over_a_registry_is_asked_for(registry, store_url, tmp_path):
    fill(registry)
    file = tmp_path / "backup.gpkg"
    backup(registry, file)
    kept = content(registry)
    write(registry, line("L5"), days=5)
    with pytest.raises(InputError, match="overwrite"):
        restore(file, store_url)
    assert registry.head.tx == 4
    restore(file, store_url, overwrite=True)
    assert content(registry) == kept  # also through the connection that was open
    assert registry.verify().empty


def test_a_backup_that_was_tampered_with_is_not_restored(gpkg, other_url, tmp_path):
    fill(gpkg)
    file = tmp_path / "backup.gpkg"
    backup(gpkg, file)
    with open_registry(file) as copy, copy.backend.writing() as session:
        session.run("DROP TRIGGER registry_versions_no_update")
        session.run("UPDATE registry_versions SET valid_to = '2030-01-01' WHERE id = 1")
    with pytest.raises(StoreError, match="changed after it was recorded"):
        restore(file, other_url)
    with pytest.raises((StoreError, OSError)):
        open_registry(other_url)


def test_what_is_no_backup(tmp_path, other_url):
    (tmp_path / "x.gpkg").write_text("hello")
    with pytest.raises(StoreError):
        restore(tmp_path / "x.gpkg", other_url)


def test_a_damaged_store_is_replaced(gpkg, tmp_path):
    fill(gpkg)
    backup(gpkg, tmp_path / "backup.gpkg")
    broken = tmp_path / "broken.gpkg"
    broken.write_text("torn to pieces")
    restore(tmp_path / "backup.gpkg", broken, overwrite=True)
    with open_registry(broken) as registry:
        assert registry.head == gpkg.head
        write(registry, line("L7"), days=4)
        assert registry.verify().empty


def test_a_backup_while_others_write_is_of_one_moment(registry, store_url, tmp_path):
    write(registry, line("L0"))
    stop = threading.Event()

    def keep_writing():
        with open_registry(store_url) as other:
            number = 1
            while not stop.is_set():
                write(other, line(f"L{number}"), marker(f"{number:03}"), days=number / 1e3)
                number += 1

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        for number in range(4):
            head = backup(registry, tmp_path / f"b{number}.gpkg")
            with open_registry(tmp_path / f"b{number}.gpkg", read_only=True) as copy:
                assert copy.verify().empty
                assert copy.head == head
                assert copy.boundary_lines.count() == copy.boundary_markers.count() + 1 == head.tx
    finally:
        stop.set()
        writer.join()
    assert registry.verify(against=sorted(tmp_path.glob("b*.gpkg"))).empty


def test_a_backup_that_cannot_be_written_leaves_nothing(gpkg, tmp_path):
    fill(gpkg)
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        backup(gpkg, tmp_path / "file" / "b.gpkg")


def test_layers_of_one_moment(registry, tmp_path):
    fill(registry)
    out = tmp_path / "then.gpkg"
    rows = export(registry, out, known_on=at(1.5), valid_on=date(2024, 7, 1))
    assert rows == {"boundary_lines": 2, "boundary_markers": 1}
    back = read_layer(out, "boundary_lines")
    assert dict(zip(back.valid["line_id"], back.valid["name"], strict=True))["L1"] == "二"
    assert back.rejected.empty
    now = export(registry, out)
    assert now == {"boundary_lines": 1, "boundary_markers": 1}
    with pytest.raises(InputError, match="No record"):
        export(registry, out, known_on=date(1999, 1, 1))


def test_a_cut_off_tail_is_found_with_a_backup(registry, store_url, tmp_path):
    fill(registry)
    early, late = tmp_path / "early.gpkg", tmp_path / "late.gpkg"
    backup(registry, early)
    write(registry, line("L8"), days=6)
    backup(registry, late)
    restore(early, store_url, overwrite=True)  # as if somebody put yesterday's file back
    found = registry.verify(against=[late])
    assert found["kind"].tolist() == ["tail_cut"]
    assert registry.verify(against=[early]).empty
    with create_registry(tmp_path / "foreign.gpkg") as foreign:
        write(foreign, line("L1"))
    assert registry.verify(against=[tmp_path / "foreign.gpkg"])["kind"].tolist() == ["tail_cut"]
