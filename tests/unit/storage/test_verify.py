"""Verification finds what was done behind the registry's back, on both stores."""

from __future__ import annotations

import json

import geopandas as gpd
import pyogrio
import pytest
import shapely
from fixtures.register import at, gone, line, marker, write

from geoplan.errors import InputError, StoreError
from geoplan.storage import open_registry
from geoplan.storage.backups import backup
from geoplan.storage.chain import Transaction, digest_of_all, record_digest


@pytest.fixture
def kept(registry):
    """Three transactions."""
    write(registry, line("L1", name="一", length_m=10.0), line("L2", name="二"), marker("001"))
    write(registry, line("L1", name="一改", length_m=10.0, seen=1), days=1)
    write(registry, gone("L2"), days=2)
    assert registry.verify().empty
    return registry


def sql(registry, *statements):
    """Do what another program could do: no digest, no trigger."""
    with registry.backend.writing() as session:
        for table in ("registry_versions", "registry_transactions"):
            if hasattr(registry.backend, "path"):
                for event in ("update", "delete"):
                    session.run(f"DROP TRIGGER IF EXISTS {table}_no_{event}")
            else:
                session.run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            session.run(statement)


def kinds(registry, **options):
    found = registry.verify(**options)
    return [(r.kind, r.tx, r.layer, r.key) for r in found.itertuples()]


def test_versions_and_audit_lines_refuse_to_be_changed(kept):
    for statement in (
        "UPDATE registry_versions SET content = '{}'",
        "DELETE FROM registry_transactions",
    ):
        with pytest.raises(StoreError, match="only appends"), kept.backend.writing() as session:
            session.run(statement)


def test_a_tampered_version_is_named(kept):
    sql(kept, "UPDATE registry_versions SET content = '{\"line_id\":\"L2\",\"name\":\"假\"}' "
              "WHERE layer = 'boundary_lines' AND key = 'L2' AND tx = 1")  # fmt: skip
    found = kinds(kept)
    assert ("version_changed", 1, "boundary_lines", "L2") in found
    assert ("version_missing_or_added", 1, "", "") in found


@pytest.mark.parametrize("column", ["valid_from = '1999-01-01'", "op = 'retire'", "geom = NULL"])
def test_every_part_of_a_version_counts(kept, column):
    sql(
        kept,
        f"UPDATE registry_versions SET {column} WHERE layer = 'boundary_lines' AND key = 'L1' AND tx = 2",
    )
    assert "version_changed" in [k[0] for k in kinds(kept)]


def test_a_tampered_audit_line(kept):
    sql(kept, "UPDATE registry_transactions SET who = '李四' WHERE tx = 2")
    assert kinds(kept) == [("transaction_changed", 2, "", "")]


def test_a_tampered_version_with_a_digest_of_its_own(kept):
    new = record_digest(
        "boundary_lines", "L2", "retire", None, None, '{"line_id":"L3"}', None
    ).hex()
    given = f"X'{new}'" if hasattr(kept.backend, "path") else f"'\\x{new}'"
    sql(
        kept,
        f'UPDATE registry_versions SET content = \'{{"line_id":"L3"}}\', digest = {given} WHERE tx = 3',
    )
    assert kinds(kept) == [("version_missing_or_added", 3, "", "")]


def forge(registry, name):
    """Rewrite the second transaction and all hashes from there on, as somebody who knows how could."""
    with registry.backend.reading() as session:
        lines = session.rows("SELECT * FROM registry_transactions ORDER BY tx")
        about = session.rows("SELECT layer, key, op, valid_from, valid_to, content, geom "
                             "FROM registry_versions WHERE tx = 2")[0]  # fmt: skip
    content = json.dumps(
        {**json.loads(about[5]), "name": name}, ensure_ascii=False, separators=(",", ":")
    )
    digest = record_digest(*about[:5], content, about[6])
    statements = [f"UPDATE registry_versions SET content = '{content}', digest = X'{digest.hex()}' WHERE tx = 2",
                  f"UPDATE boundary_lines SET name = '{name}' WHERE line_id = 'L1'"]  # fmt: skip
    previous = lines[0][-1]
    for old in map(Transaction._make, lines[1:]):
        own = digest_of_all([digest]) if old.tx == 2 else old.digest
        new = old._replace(digest=own, previous=previous).sealed()
        statements.append(f"UPDATE registry_transactions SET digest = '{new.digest}', "
                          f"previous = '{new.previous}', hash = '{new.hash}' WHERE tx = {old.tx}")  # fmt: skip
        previous = new.hash
    sql(registry, *statements)


def test_a_chain_forged_from_some_point_on_needs_a_head_kept_elsewhere(gpkg, tmp_path):
    write(gpkg, line("L1", name="一"))
    write(gpkg, line("L1", name="二", seen=1), days=1)
    write(gpkg, line("L2"), days=2)
    backup(gpkg, tmp_path / "backup.gpkg")
    forge(gpkg, "三")
    assert {k for k, *_ in kinds(gpkg)} == {"tail_cut"}  # the list beside the store
    gpkg.heads.unlink()
    assert kinds(gpkg) == []  # what the page says: the chain alone does not tell
    assert kinds(gpkg, against=[tmp_path / "backup.gpkg"]) == [("tail_cut", 3, "", "")]


def test_a_version_taken_away_or_added(kept):
    sql(kept, "DELETE FROM registry_versions WHERE layer = 'boundary_markers'")
    assert ("version_missing_or_added", 1, "", "") in kinds(kept)
    assert ("row_added", None, "boundary_markers", "001") in [
        (k, None, layer, key) for k, _, layer, key in kinds(kept)
    ]


def test_a_transaction_gone_from_the_middle(kept):
    sql(
        kept,
        "DELETE FROM registry_transactions WHERE tx = 2",
        "DELETE FROM registry_versions WHERE tx = 2",
    )
    found = kinds(kept)
    assert ("transaction_missing", 2, "", "") in found
    assert [k for k in found if k[0] == "row_edited"]


def test_a_cut_off_tail_is_found_by_the_heads_beside(gpkg):
    write(gpkg, line("L1"))
    write(gpkg, line("L2"), days=1)
    sql(gpkg, "DELETE FROM registry_transactions WHERE tx = 2", "DELETE FROM registry_versions WHERE tx = 2",
        "DELETE FROM boundary_lines WHERE line_id = 'L2'")  # fmt: skip
    assert kinds(gpkg) == [("tail_cut", 2, "", "")]
    write(gpkg, line("L3"), days=2)  # another second transaction
    assert kinds(gpkg) == [("tail_cut", 2, "", "")]


def test_the_list_of_heads_may_be_torn_or_absent(gpkg):
    write(gpkg, line("L1"))
    assert json.loads(gpkg.heads.read_text("utf-8"))["tx"] == 1
    with gpkg.heads.open("a") as file:
        file.write('{"tx": 2, "ha')
    assert gpkg.verify().empty
    gpkg.heads.unlink()
    assert gpkg.verify().empty


def test_rows_edited_by_other_programs_are_found_cell_by_cell(kept):
    sql(kept, "UPDATE boundary_lines SET name = '别名', length_m = 11 WHERE line_id = 'L1'",
        "DELETE FROM boundary_markers", "INSERT INTO documents (document_id, title) VALUES ('D9', '新')")  # fmt: skip
    found = kept.verify().set_index(["kind", "key", "field"])
    assert found.loc[("row_edited", "L1", "name"), ["recorded", "found"]].tolist() == [
        "一改",
        "别名",
    ]
    assert found.loc[("row_edited", "L1", "length_m"), ["recorded", "found"]].tolist() == [
        "10.0",
        "11.0",
    ]
    assert ("row_deleted", "001", "") in found.index
    assert ("row_added", "D9", "") in found.index
    assert found["reason_zh"].str.len().gt(0).all()


def test_foreign_edits_can_be_adopted(kept):
    sql(kept, "UPDATE boundary_lines SET name = '别名' WHERE line_id = 'L1'", "DELETE FROM boundary_markers",
        "INSERT INTO inspections (inspection_id, line_id) VALUES ('J1', 'L1')")  # fmt: skip
    receipt = kept.adopt(who="张三", why="QGIS 中修改", recorded_at=at(3))
    assert receipt.records == {"boundary_lines": 1, "boundary_markers": 1, "inspections": 1}
    assert kept.verify().empty
    assert kept.boundary_lines.get("L1")["name"] == "别名"
    assert kept.boundary_lines.history("L1")["why"].iloc[-1] == "QGIS 中修改"
    assert kept.boundary_markers.count() == 0
    assert kept.adopt(who="张三", why="x", recorded_at=at(4)) is None


def test_foreign_edits_that_break_the_declaration_are_not_adopted(kept):
    sql(kept, "UPDATE boundary_lines SET level = 'planet' WHERE line_id = 'L1'")
    with pytest.raises(InputError, match="planet"):
        kept.adopt(who="a", why="b", recorded_at=at(3))


def test_rows_added_by_gdal(gpkg):
    """GDAL, as QGIS uses it, fires the index triggers with its own functions."""
    write(gpkg, line("L1"))
    shape = shapely.MultiLineString([[(110, 30), (111, 31)]])
    new = gpd.GeoDataFrame({"line_id": ["L7"], "name": ["乙"]}, geometry=[shape], crs="EPSG:4490")
    pyogrio.write_dataframe(new, gpkg.backend.path, layer="boundary_lines", append=True)
    assert (
        kinds(gpkg) == [("row_added", None, "boundary_lines", "L7")]
        or gpkg.verify().loc[0, "kind"] == "row_added"
    )
    assert len(gpkg.boundary_lines.frame(bbox=(109, 29, 112, 32))) == 1
    gpkg.adopt(who="a", why="b", recorded_at=at(1))
    assert gpkg.verify().empty
    assert gpkg.boundary_lines.get("L7")["row_version"] == 2


def test_a_damaged_file_is_said_to_be(gpkg, tmp_path):
    write(gpkg, *(line(f"L{i}", name="x" * 500) for i in range(200)))
    gpkg.close()
    path = tmp_path / "registry.gpkg"
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = b"\x55" * 4096
    path.write_bytes(data)
    with pytest.raises(StoreError), open_registry(path) as registry:
        found = registry.verify()
        assert len(found)
        raise StoreError.for_url(path, found.loc[0, "kind"], "")
