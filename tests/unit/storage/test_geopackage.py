"""The file: GIS programs open it, and what is no registry is refused in words."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from fixtures.register import gone, line, marker, write

from geoplan.errors import (
    InputError,
    MissingFileError,
    OutputError,
    StoreError,
    StoreUnavailableError,
)
from geoplan.storage import Change, create_registry, open_registry
from geoplan.storage.shapes import envelope, from_blob, inward, to_blobs


def test_gdal_opens_it_with_layers_titles_and_index(gpkg):
    write(gpkg, line("L1", name="甲乙线", approved_on="2001-02-03", precise=True), marker("001"))
    path = gpkg.backend.path
    layers = dict(pyogrio.list_layers(path))
    assert layers["boundary_lines"] == "MultiLineString"
    assert layers["boundary_markers"] == "Point"
    assert layers["documents"] is None
    assert not [n for n in layers if n.startswith("registry")]  # nobody is invited to edit them
    about = pyogrio.read_info(path, layer="boundary_lines")
    assert about["features"] == 1
    assert about["fid_column"] == "fid"
    assert about["capabilities"]["fast_spatial_filter"]
    frame = pyogrio.read_dataframe(path, layer="boundary_lines", bbox=(112, 30, 114, 32))
    assert frame.crs.to_epsg() == 4490
    assert frame.loc[0, "name"] == "甲乙线"
    assert pyogrio.read_dataframe(path, layer="boundary_lines", bbox=(1, 1, 2, 2)).empty


def test_the_index_follows_every_edit(gpkg):
    write(gpkg, *(line(f"L{i}", x=100 + i) for i in range(10)))
    write(gpkg, line("L3", x=50, seen=1), gone("L4"))
    write(gpkg, line("L3", x=55, seen=2), line("L10", x=60))  # of both kinds in one statement
    with gpkg.backend.reading() as session:
        rows = session.rows("SELECT fid, ST_MinX(geom), ST_MaxY(geom) FROM boundary_lines")
        tree = session.rows("SELECT id, minx, maxy FROM rtree_boundary_lines_geom")
        assert session.rows("SELECT rtreecheck('rtree_boundary_lines_geom')") == [("ok",)]
    assert sorted((i, round(x, 3), round(y, 3)) for i, x, y in tree) == sorted(
        (i, round(x, 3), round(y, 3)) for i, x, y in rows
    )


def test_an_edit_that_moves_nothing_leaves_the_index_alone(gpkg):
    write(gpkg, *(line(f"L{i}", x=100 + i) for i in range(10)))

    def nodes():
        with gpkg.backend.reading() as session:
            return session.rows("SELECT * FROM rtree_boundary_lines_geom_node")

    before = nodes()
    write(gpkg, line("L3", x=103, name="改", seen=1), line("L4", x=104.0001, seen=1))
    assert nodes() != before  # ten metres to the east
    before = nodes()
    write(gpkg, *(line(f"L{i}", x=100 + i, name="改", seen=None) for i in (1, 2, 3)))
    assert nodes() == before
    for x in (103, 104.0001):
        assert len(gpkg.boundary_lines.frame(bbox=(x - 0.5, 30, x, 32))) == 1
        assert len(gpkg.boundary_lines.frame(bbox=(x + 0.2, 30, x + 0.5, 32))) == 1


def test_a_shape_taken_away_leaves_the_index(gpkg):
    there = shapely.box(1, 1, 2, 2)

    def put(key, shape, seen):
        row = {"hazard_id": key, "description": "滑坡", "geometry": shape}
        return Change("hazards", row, seen)

    write(gpkg, put("H1", there, 0), put("H2", there, 0), put("H3", None, 0))
    write(gpkg, put("H1", None, 1), put("H3", there, 1), put("H4", None, 0))
    with gpkg.backend.reading() as session:
        tree = session.rows(
            "SELECT h.hazard_id FROM rtree_hazards_geom r JOIN hazards h ON h.fid = r.id"
        )
        rows = session.rows("SELECT hazard_id FROM hazards WHERE geom IS NOT NULL")
    assert sorted(tree) == sorted(rows) == [("H2",), ("H3",)]
    assert len(gpkg.hazards.frame(bbox=(0, 0, 3, 3))) == 2
    assert gpkg.verify().empty


@pytest.mark.skipif(
    not shutil.which("ogrinfo") and os.environ.get("GEOPLAN_REQUIRE_GDAL") != "1",
    reason="gdal-bin is not installed",
)
def test_an_edit_by_ogrinfo_is_found(gpkg):
    write(gpkg, line("L1", name="一"))
    path = gpkg.backend.path
    gpkg.close()
    done = subprocess.run(
        ["ogrinfo", path, "-sql", "UPDATE boundary_lines SET name = '二' WHERE line_id = 'L1'"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Warning" not in done.stderr
    with open_registry(path) as registry:
        found = registry.verify()
        assert found[["kind", "field", "recorded", "found"]].to_numpy().tolist() == [
            ["row_edited", "name", "一", "二"]
        ]


def test_settings_that_keep_what_was_acknowledged(gpkg):
    with gpkg.backend.reading() as session:
        assert session.rows("PRAGMA journal_mode") == [("wal",)]
        assert session.rows("PRAGMA synchronous") == [(2,)]
        assert session.rows("PRAGMA application_id") == [(0x47504B47,)]
        date = session.rows("SELECT max(last_change) FROM gpkg_contents")[0][0]
    write(gpkg, line("L1"))
    with gpkg.backend.reading() as session:
        assert session.rows("SELECT DISTINCT last_change FROM gpkg_contents") == [
            ("2024-03-01T02:00:00.000Z",)
        ]
    assert date


def test_blobs_with_and_without_envelope():
    point = shapely.Point(1, 2)
    whole = to_blobs([point.wkb], np.array([point.bounds]))[0]
    assert envelope(whole) == (1, 2, 1, 2)
    bare = b"GP\x00\x01" + whole[4:8] + point.wkb
    assert envelope(bare) == (1, 2, 1, 2)
    assert from_blob(bare) == from_blob(whole) == point.wkb
    assert envelope(None) is None
    assert from_blob(b"GP\x00\x11" + whole[4:8] + b"x") is None
    deep = shapely.to_wkb(shapely.Point(1, 2, 3), output_dimension=3)
    assert inward(deep) == point.wkb
    assert inward(shapely.to_wkb(shapely.MultiPoint([(1, 2)]), byte_order=0)) == point.wkb


def test_no_file(tmp_path):
    with pytest.raises(MissingFileError):
        open_registry(tmp_path / "none.gpkg")


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\x00" + b"\x00" * 80],
                         ids=["empty", "text", "torn"])  # fmt: skip
def test_not_a_geopackage(tmp_path, content):
    path = tmp_path / "x.gpkg"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not a"):
        open_registry(path)


@pytest.mark.parametrize(
    ("number", "word"),
    [(0, "SQLite file, but not a GeoPackage"), (0x47503130, r"version 1\.0"), (0x47503131, r"version 1\.1")],
)  # fmt: skip
def test_a_database_of_another_kind(tmp_path, number, word):
    path = tmp_path / "x.gpkg"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute(f"PRAGMA application_id={number}")
    other.execute("CREATE TABLE t (a)")
    other.close()
    for read_only in (True, False):
        with pytest.raises(StoreError, match=word):
            open_registry(path, read_only=read_only)
    with pytest.raises(InputError, match="exists already"):
        create_registry(path)


def test_a_folder_in_the_place_of_the_file(tmp_path):
    with pytest.raises(StoreError, match="folder"):
        open_registry(tmp_path)
    with pytest.raises(OutputError, match="folder"):
        create_registry(tmp_path)


def test_a_geopackage_that_is_no_registry(tmp_path):
    path = tmp_path / "x.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)], crs=4490).to_file(path, layer="a")
    with pytest.raises(StoreError, match="no registry"):
        open_registry(path)


def test_a_store_of_a_newer_geoplan(store_url):
    with create_registry(store_url) as registry, registry.backend.writing() as session:
        session.run("INSERT INTO registry_migrations VALUES (99, 'later')")
    for read_only in (True, False):
        with pytest.raises(StoreError, match="newer") as error:
            open_registry(store_url, read_only=read_only)
        assert error.value.code == "bad_store"


def test_columns_declared_later_are_added(store_url):
    with create_registry(store_url) as registry:
        write(registry, line("L1", name="一"))
        with registry.backend.writing() as session:
            session.run("ALTER TABLE boundary_lines DROP COLUMN direction_text")
            session.run("DROP TABLE name_signs")
            session.run("DELETE FROM gpkg_contents WHERE table_name = 'name_signs'") if hasattr(
                registry.backend, "path"
            ) else None
            if hasattr(registry.backend, "path"):
                session.run("DELETE FROM gpkg_geometry_columns WHERE table_name = 'name_signs'")
                session.run("DELETE FROM gpkg_extensions WHERE table_name = 'name_signs'")
                session.run("DROP TABLE rtree_name_signs_geom")
    with open_registry(store_url, read_only=True) as registry:
        assert registry.boundary_lines.frame().loc[0, "name"] == "一"
        assert registry.name_signs.frame().empty
        assert registry.name_signs.count() == 0
        assert registry.verify().empty
    with open_registry(store_url) as registry:
        write(registry, line("L1", name="一", direction_text="自西向东", seen=1), days=1)
        assert registry.boundary_lines.get("L1")["direction_text"] == "自西向东"
        assert registry.name_signs.count() == 0
        assert registry.verify().empty


def test_held_by_another_program(gpkg):
    write(gpkg, line("L1"))
    other = sqlite3.connect(gpkg.backend.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with open_registry(gpkg.backend.path, timeout_s=0.2) as registry:
        with pytest.raises(StoreUnavailableError, match=r"0\.2 s") as error:
            write(registry, line("L2"))
        assert error.value.code == "store_unavailable"
        assert registry.boundary_lines.count() == 1  # readers do not wait
    other.execute("ROLLBACK")
    other.close()
    write(gpkg, line("L2"))


def test_held_for_itself_by_another_program(gpkg):
    other = sqlite3.connect(gpkg.backend.path, isolation_level=None)
    gpkg.close()
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    for read_only in (True, False):
        with pytest.raises(StoreUnavailableError, match=r"0\.1 s"):
            open_registry(gpkg.backend.path, timeout_s=0.1, read_only=read_only)
    other.close()
    write(gpkg, line("L1"))


def test_read_elsewhere_in_another_mode(gpkg):
    """A program that turns the log off and reads keeps the writer waiting, and harms nothing."""
    path = gpkg.backend.path
    gpkg.close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA journal_mode=DELETE")
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM boundary_lines").fetchone()
    with open_registry(path, timeout_s=0.1) as registry:
        with pytest.raises(StoreUnavailableError, match=r"0\.1 s"):
            write(registry, line("L1"))
        other.execute("ROLLBACK")
        write(registry, line("L1"))
        assert registry.verify().empty
    other.close()


def test_a_full_disk_leaves_nothing_half_done(gpkg):
    write(gpkg, line("L0"))
    pages = gpkg.backend.connection.execute("PRAGMA page_count").fetchone()[0]
    gpkg.backend.connection.execute(f"PRAGMA max_page_count={pages + 3}")
    with pytest.raises(OutputError, match="full"):
        write(gpkg, *(line(f"L{i}", name="x" * 500) for i in range(1, 200)))
    gpkg.backend.connection.execute("PRAGMA max_page_count=100000")
    assert gpkg.boundary_lines.count() == 1
    assert gpkg.verify().empty
    write(gpkg, line("L1"))


_AS_NOBODY = """
import os, sys, datetime
from geoplan.storage import open_registry, create_registry, Change, registry
os.setgid(65534); os.setuid(65534)
from geoplan.errors import GeoplanError
path = sys.argv[1]
with open_registry(path, read_only=True) as registry:
    print(registry.boundary_lines.count())
for make in (open_registry, create_registry):
    try:
        with make(path) as registry:
            registry.write([Change("documents", {"document_id": "1", "title": "x", "secrecy": "public"})],
                           who="a", why="b", recorded_at=datetime.datetime.now(datetime.UTC))
        print("written")
    except GeoplanError as error:
        print(error.code)
    path = os.path.join(os.path.dirname(path), "new.gpkg")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")
def test_a_read_only_file_in_a_read_only_folder(tmp_path, root):
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "held"
        Path(name).chmod(0o755)
        path = folder / "registry.gpkg"
        with create_registry(path) as registry:
            write(registry, line("L1"))
        path.chmod(0o444)
        folder.chmod(0o555)
        out = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(path)],
            capture_output=True,
            text=True,
            cwd=root,
            check=False,
        )
    assert out.stdout.split() == ["1", "read_only_store", "cannot_write"], out.stdout + out.stderr


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        create_registry(tmp_path / "file" / "registry.gpkg")


def test_interrupted_in_the_middle_nothing_is_half_done(registry, monkeypatch):
    write(registry, line("L1"))

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("geoplan.storage.transactions.Transaction.sealed", stop)
    with pytest.raises(KeyboardInterrupt):
        write(registry, line("L2"))
    monkeypatch.undo()
    assert registry.boundary_lines.count() == 1
    assert registry.verify().empty
    write(registry, line("L2"))


def test_the_writing_path_needs_no_pandas(tmp_path, root):
    code = (
        "import sys, datetime\nfrom geoplan.storage import create_registry, Change\n"
        f"r = create_registry({str(tmp_path / 'r.gpkg')!r})\n"
        "r.write([Change('documents', {'document_id': '1', 'title': 'x', 'secrecy': 'public'})],"
        " who='a', why='b', recorded_at=datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC))\n"
        "print(r.documents.rows()[0].cells)\n"
        "assert not {'pandas', 'geopandas'} & set(sys.modules)\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=False
    )
    assert out.returncode == 0, out.stderr


def test_threads_have_connections_of_their_own(gpkg):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: write(gpkg, line(f"L{i}")), range(20)))
        assert set(pool.map(lambda _: gpkg.boundary_lines.count(), range(8))) == {20}
    assert gpkg.head.tx == 20
    assert gpkg.verify().empty
