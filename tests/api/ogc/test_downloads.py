"""Files of a collection hold what the items hold, and nothing stays on the disk."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pyogrio
import pytest
from fixtures.ogc_city import NAMES, PUBLIC
from fixtures.service import is_problem

ITEMS = "/collections/place_names/items"
METRIC = "http://www.opengis.net/def/crs/EPSG/0/4547"


def saved(tmp_path, answer, kind):
    assert answer.status_code == 200, answer.text
    path = tmp_path / f"x.{kind}"
    path.write_bytes(answer.content)
    return pyogrio.read_dataframe(path)


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("kind", ["gpkg", "fgb"])
def test_a_file_holds_all_items(client, tmp_path, temporary, kind):
    answer = client.get(ITEMS, params={"f": kind})
    assert answer.headers["content-disposition"] == f'attachment; filename="place_names.{kind}"'
    frame = saved(tmp_path, answer, kind)
    assert sorted(frame["place_id"]) == NAMES
    assert frame.crs.to_epsg() == 4490
    assert frame.total_bounds == pytest.approx([113, 31, 113.45, 31.45])
    assert list(temporary.iterdir()) == []


def test_a_csv_holds_all_items_with_their_shapes(client):
    answer = client.get(ITEMS, params={"f": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [r["place_id"] for r in rows] == NAMES
    assert rows[21]["geometry"] == "POINT (113.1 31.4)"
    assert rows[20]["geometry"] == ""


def test_a_file_is_filtered_and_projected_as_items_are(client, tmp_path):
    asked = {"status": "draft", "bbox": "113,31,114,31.25", "properties": "place_id", "crs": METRIC}
    frame = saved(tmp_path, client.get(ITEMS, params={**asked, "f": "fgb"}), "fgb")
    assert sorted(frame["place_id"]) == ["P02", "P07", "P12"]
    assert list(frame.columns) == ["place_id", "geometry"]
    assert frame.crs.to_epsg() == 4547
    assert 400_000 < frame.total_bounds[0] < 500_000  # x is east in files, whatever the authority
    few = saved(tmp_path, client.get(ITEMS, params={"f": "fgb", "limit": 2, "offset": 1}), "fgb")
    assert sorted(few["place_id"]) == NAMES[1:3]


def test_a_role_saves_what_it_sees(ask, tmp_path):
    frame = saved(tmp_path, ask("public").get(ITEMS, params={"f": "gpkg"}), "gpkg")
    assert sorted(frame["place_id"]) == PUBLIC


def test_a_table_is_a_csv_or_a_geopackage(client, tmp_path):
    items = "/collections/name_cases/items"
    assert list(saved(tmp_path, client.get(items, params={"f": "gpkg"}), "gpkg")["case_id"]) == [
        "C1"
    ]
    is_problem(client.get(items, params={"f": "fgb"}), 400, "bad_input")
    is_problem(client.get(items, headers={"Accept": "application/flatgeobuf"}), 406)


@pytest.mark.parametrize("kind", ["csv", "gpkg", "fgb"])
def test_a_file_may_be_empty(client, kind):
    answer = client.get(ITEMS, params={"f": kind, "place_id": "nobody"})
    assert answer.status_code == 200
    assert client.get(ITEMS, params={"f": kind, "place_id": "nobody"},
                      headers={"If-None-Match": answer.headers["etag"]}).status_code == 304  # fmt: skip


def test_a_file_that_cannot_be_written_leaves_nothing(client, temporary, monkeypatch):
    from geoplan_api.ogc import downloads

    from geoplan.errors import OutputError

    def full(_, path):
        Path(path).write_bytes(b"half")
        raise OutputError.for_path("x", "disk full")

    monkeypatch.setattr(downloads.io, "write", full, raising=False)
    answer = client.get(ITEMS, params={"f": "gpkg"})
    assert answer.status_code == 500
    assert list(temporary.iterdir()) == []
