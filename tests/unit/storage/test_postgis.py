"""What only a server can do: go away, refuse, keep others waiting."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from fixtures.postgis import Server, binaries
from fixtures.register import line, write

from geoplan.errors import ReadOnlyStoreError, StoreError, StoreUnavailableError
from geoplan.storage import create_registry, open_registry


@pytest.fixture
def server(postgis_server):
    """A server of this test's own, to be stopped."""
    folder = Path(tempfile.mkdtemp(prefix="gp-pg-"))
    made = Server(folder, binaries())
    yield made
    made.stop("immediate")
    shutil.rmtree(folder, ignore_errors=True)


def test_the_server_goes_down_in_the_middle_of_a_write(server, monkeypatch):
    url = server.url()
    with create_registry(url) as registry:
        write(registry, line("L1"))
        from geoplan.storage import transactions

        real = transactions._apply

        def stop_then_apply(*args):
            server.stop("immediate")
            real(*args)

        monkeypatch.setattr(transactions, "_apply", stop_then_apply)
        with pytest.raises(StoreUnavailableError) as error:
            write(registry, line("L2"))
        assert error.value.code == "store_unavailable"
        assert "没有记入任何内容" in error.value.message_zh
        monkeypatch.undo()
        with pytest.raises(StoreUnavailableError):
            registry.boundary_lines.count()
        server.start()
        assert registry.boundary_lines.count() == 1
        assert registry.verify().empty
        write(registry, line("L2"))
        assert registry.head.tx == 2


def test_the_server_goes_down_before_it_answers_the_commit(server):
    """Then nobody knows whether the changes are recorded, and nobody is told that they are not."""
    url = server.url()
    with create_registry(url) as registry:
        engine = registry.backend._engine

        def stop(_):
            server.stop("immediate")

        sa.event.listen(engine, "commit", stop)
        with pytest.raises(StoreUnavailableError, match="whether") as error:
            write(registry, line("L1"))
        assert "没有记入任何内容" not in error.value.message_zh
        sa.event.remove(engine, "commit", stop)
        server.start()
        assert registry.boundary_lines.count() == registry.head.tx
        assert registry.verify().empty


def test_no_server(tmp_path):
    with pytest.raises(StoreUnavailableError):
        open_registry(f"postgresql://postgres@/none?host={tmp_path}")
    with pytest.raises(StoreError):
        open_registry("postgresql://host:port/x")


def test_a_database_without_a_registry(postgis_server):
    with pytest.raises(StoreError, match="no registry"):
        open_registry(postgis_server.url())


def test_a_password_is_not_said(tmp_path):
    with pytest.raises(StoreUnavailableError) as error:
        open_registry(f"postgresql://me:topsecret@/none?host={tmp_path}")
    assert "topsecret" not in str(error.value) + str(error.value.context)


def test_a_writer_that_waits_too_long(postgis_server):
    url = postgis_server.url()
    with create_registry(url) as registry, open_registry(url, timeout_s=0.3) as other:
        with registry.backend.writing(), pytest.raises(StoreUnavailableError, match=r"0\.3 s"):
            write(other, line("L1"))
        write(other, line("L1"))


def test_a_role_that_may_only_read(postgis_server):
    url = postgis_server.url()
    with create_registry(url) as registry:
        write(registry, line("L1"))
    schema = sa.make_url(url).query["options"].split("=")[1].split(",")[0]
    postgis_server.sql("DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'reader') "
                       "THEN CREATE ROLE reader LOGIN; END IF; END $$")  # fmt: skip
    postgis_server.sql(
        f"GRANT USAGE ON SCHEMA {schema} TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader"
    )
    with open_registry(url.replace("postgres@", "reader@")) as registry:
        assert registry.boundary_lines.count() == 1
        with pytest.raises(ReadOnlyStoreError):
            write(registry, line("L2"))


def test_gdal_reads_the_tables_that_qgis_shows(postgis_server):
    url = postgis_server.url()
    with create_registry(url) as registry:
        write(registry, line("L1"))
        with registry.backend.reading() as session:
            assert session.rows(
                "SELECT type, srid FROM geometry_columns WHERE f_table_schema = current_schema() "
                "AND f_table_name = 'boundary_lines'"
            ) == [("MULTILINESTRING", 4490)]
