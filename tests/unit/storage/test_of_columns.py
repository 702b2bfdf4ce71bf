"""The current state, read by columns, is the one read by rows."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from geoplan.storage import Change, create_registry
from geoplan.storage.frames import to_frame

WHEN = datetime(2026, 3, 1, tzinfo=UTC)


def stone(number: int, **cells):
    return Change("boundary_markers", {
        "marker_id": f"M{number}", "marker_no": str(number), "secrecy": "internal",
        "geometry": shapely.to_wkb(shapely.Point(113 + number / 100, 31)), **cells})  # fmt: skip


def hazard(number: int, shape, **cells):
    return Change("hazards", {"hazard_id": f"H{number}", "description": "塌", "secrecy": "internal",
                              "geometry": shape and shapely.to_wkb(shape), **cells})  # fmt: skip


@pytest.fixture
def registry(store_url):
    with create_registry(store_url) as registry:
        registry.write([
            stone(1, chainage_m=0.0, ref1_azimuth_deg=0.0), stone(2, 备注="一"),
            stone(3, chainage_m=2.5, source_date="2020-01-02", synthetic=False, elevation_m=0.0),
            hazard(1, None, synthetic=True), hazard(2, shapely.LineString([(113, 31), (114, 31)])),
        ], who="a", why="b", recorded_at=WHEN)  # fmt: skip
        yield registry


@pytest.mark.parametrize("layer", ["boundary_markers", "hazards", "place_names", "documents"])
def test_by_columns_as_by_rows(registry, layer):
    repository = registry.layer(layer)
    by_rows, by_columns = to_frame(repository.rows(), repository.layer), repository.frame()
    if repository.layer.geometry:
        assert_geodataframe_equal(by_rows, by_columns)
    else:
        pd.testing.assert_frame_equal(by_rows, by_columns)
    if len(by_rows) and layer == "boundary_markers":
        assert by_columns["chainage_m"].tolist()[0] == 0.0  # nought is not nothing


def test_what_another_program_wrote_is_read_by_its_declaration(tmp_path):
    with create_registry(tmp_path / "r.gpkg") as registry:
        registry.write([stone(1, chainage_m=1.5)], who="a", why="b", recorded_at=WHEN)
    from geoplan.storage.geopackage import FUNCTIONS

    with sqlite3.connect(tmp_path / "r.gpkg") as edited:
        for name, function in FUNCTIONS.items():
            edited.create_function(name, 1, function, deterministic=True)
        edited.create_function("ST_IsEmpty", 1, lambda _: 0)
        edited.execute("UPDATE boundary_markers SET chainage_m = '约12米', extra = 'no json'")
    from geoplan.storage import open_registry

    with open_registry(tmp_path / "r.gpkg") as registry:
        repository = registry.boundary_markers
        frame = repository.frame()
        assert_geodataframe_equal(to_frame(repository.rows(), repository.layer), frame)
        assert frame["extra"].tolist() == ["no json"]
