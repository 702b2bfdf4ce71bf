"""Writing and reading: the same on GeoPackage and PostGIS."""

from __future__ import annotations

import struct
from datetime import UTC, date, datetime

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from fixtures.register import at, gone, line, marker, write

from geoplan.errors import (
    ConflictError,
    InputError,
    MissingCRSError,
    ReadOnlyStoreError,
    SecrecyError,
    UnknownIdError,
)
from geoplan.schemas import layer as declared
from geoplan.storage import Change, create_registry, open_registry
from geoplan.storage.frames import to_changes


def test_what_is_written_is_read(registry):
    cells = {"name": "甲乙线", "level": "county", "length_m": 12.5, "precise": True,
             "approved_on": "2001-02-03", "卷号": "7", "year": 1999}  # fmt: skip
    receipt = write(registry, line("L1", **cells), document="ab" * 32)
    assert receipt.tx == 1
    assert receipt.records == {"boundary_lines": 1}
    found = registry.boundary_lines.get("L1")
    shape = shapely.from_wkb(found.pop("geometry"))
    assert found == {"line_id": "L1", **cells, "row_version": 1}
    assert shape.geom_type == "LineString"
    frame = registry.boundary_lines.frame()
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.crs.to_epsg() == 4490
    row = frame.iloc[0]
    assert (row["卷号"], row["year"], row["length_m"], row["precise"]) == ("7", 1999, 12.5, True)
    assert row["approved_on"] == pd.Timestamp(2001, 2, 3)
    assert str(frame["precise"].dtype) == "boolean"
    assert registry.head.tx == 1
    assert registry.transactions().loc[0, "document"] == "ab" * 32
    assert registry.verify().empty


def test_one_transaction_of_many_layers_is_whole_or_nothing(registry):
    write(
        registry,
        line("L1"),
        marker("001"),
        Change("documents", {"document_id": "D1", "title": "协议", "secrecy": "internal"}),
    )
    assert registry.boundary_markers.count() == registry.documents.count() == 1
    assert not isinstance(registry.documents.frame(), gpd.GeoDataFrame)
    with pytest.raises(ConflictError):
        write(registry, marker("002"), line("L1", seen=0))
    assert registry.boundary_markers.count() == 1
    assert registry.head.tx == 1


def test_a_change_names_the_version_it_saw(registry):
    write(registry, line("L1", name="一"))
    write(registry, line("L1", name="二", seen=1))
    with pytest.raises(ConflictError) as error:
        write(registry, line("L1", name="三", seen=1))
    assert error.value.code == "conflict"
    assert error.value.newer[0]["name"] == "二"
    assert error.value.newer[0]["row_version"] == 2
    with pytest.raises(ConflictError):
        write(registry, line("L2", seen=5))
    write(registry, line("L1", name="四", seen=None))
    assert registry.boundary_lines.get("L1")["name"] == "四"


def test_a_retired_record_is_gone_and_may_come_again(registry):
    write(registry, line("L1"), line("L2"))
    write(registry, gone("L1", seen=1))
    assert registry.boundary_lines.get("L1") is None
    assert registry.boundary_lines.count() == 1
    assert list(registry.boundary_lines.history("L1")["op"]) == ["put", "retire"]
    write(registry, line("L1", name="again"))
    assert registry.boundary_lines.get("L1")["name"] == "again"
    assert registry.verify().empty


def test_as_known_then_about_a_day(registry):
    write(registry, line("L1", name="旧", valid_from="2020-01-01"), days=0)
    write(registry, line("L1", name="新", seen=1, valid_from="2024-06-01"), days=10)
    write(registry, gone("L1", seen=2, valid_from="2025-01-01"), days=20)

    def name(valid_on, known_on=None):
        frame = registry.boundary_lines.frame(valid_on=valid_on, known_on=known_on)
        return None if frame.empty else frame.loc[0, "name"]

    assert name(date(2019, 12, 31)) is None
    assert name(date(2024, 5, 31)) == "旧"
    assert name(date(2024, 6, 1)) == "新"
    assert name(date(2025, 1, 1)) is None
    assert name(date(2025, 1, 1), at(15)) == "新"
    assert name(date(2024, 7, 1), at(5)) == "旧"
    assert name(date(2024, 7, 1), at(-1)) is None
    assert registry.boundary_lines.get("L1")["name"] == "旧"
    assert registry.boundary_lines.get("L1")["row_version"] == 3
    registry.refresh(date(2024, 6, 1))
    assert registry.boundary_lines.get("L1")["name"] == "新"
    assert registry.verify().empty
    registry.refresh(date(2025, 1, 1))
    assert registry.boundary_lines.count() == 0
    registry.refresh(date(2024, 1, 1))  # never back
    assert registry.boundary_lines.count() == 0
    assert registry.verify().empty


def test_a_plain_day_counts_to_its_end_in_beijing(registry):
    late = datetime(2024, 3, 1, 15, 59, tzinfo=UTC)  # 23:59 in Beijing
    registry.write([line("L1")], who="a", why="b", recorded_at=late)
    assert len(registry.boundary_lines.frame(known_on=date(2024, 3, 1))) == 1
    assert registry.boundary_lines.frame(known_on=date(2024, 2, 29)).empty
    assert registry.boundary_lines.frame(known_on=late.replace(minute=58)).empty


def test_a_clock_set_back_reorders_nothing(registry):
    write(registry, line("L1"), days=5)
    receipt = write(registry, line("L2"), days=0)
    assert receipt.recorded_at == registry.transactions().loc[0, "recorded_at"]


def test_a_later_write_applies_what_began_meanwhile(registry):
    write(registry, line("L1", valid_from="2024-04-01"), days=0)
    assert registry.boundary_lines.count() == 0
    write(registry, marker("001"), days=60)
    assert registry.boundary_lines.count() == 1


def test_a_box_goes_through_the_spatial_index(registry):
    write(registry, *(line(f"L{i}", x=100.0 + i) for i in range(20)))
    west, south, east, north = 104.9, 30.0, 105.5, 32.0
    assert set(registry.boundary_lines.frame(bbox=(west, south, east, north))["line_id"]) == {"L5"}
    then = registry.boundary_lines.frame(known_on=at(1), bbox=(west, south, east, north))
    assert set(then["line_id"]) == {"L5"}
    write(registry, line("L5", x=80.0, seen=1))
    assert registry.boundary_lines.frame(bbox=(west, south, east, north)).empty
    assert len(registry.boundary_lines.frame(bbox=(79, 30, 81, 32))) == 1
    write(registry, gone("L5"))
    assert registry.boundary_lines.frame(bbox=(79, 30, 81, 32)).empty


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (line("L1", level="planet"), "prefecture"),
        (line("L1", length_m="long"), "must be a number"),
        (line("L1", length_m=-1.0), "outside"),
        (line("L1", length_m=float("inf")), "finite"),
        (line("L1", approved_on="2001-13-01"), "date"),
        (line("L1", name=7), "text"),
        (line("L1", name="a\x00b"), "character"),
        (line("L1", precise="maybe"), "true or false"),
        (line("L1", valid_from="2024-02-01", valid_to="2024-02-01"), "after"),
        (Change("boundary_lines", {"line_id": "L1", "geometry": shapely.Point(1, 2).wkb}), "Point"),
        (Change("boundary_lines", {"line_id": "L1", "geometry": b"nonsense"}), "WKB"),
        (Change("boundary_lines", {"line_id": "L1"}), "missing"),
        (Change("boundary_lines", {"name": "x", "geometry": shapely.LineString([(0, 0), (1, 1)])}), "key"),
        (Change("boundary_lines", {"line_id": "L1", "geometry": struct.pack("<BII4d", 1, 2, 2, 0, 0, 1, float("nan"))}), "not a number"),
        (Change("boundary_markers", {"marker_id": "M1", "secrecy": "internal", "geometry": shapely.Point(1, 2)}), "required"),
        (Change("boundary_markers", {"marker_id": "M1", "marker_no": "1", "secrecy": "internal",
                                     "geometry": shapely.MultiPoint([(1, 2), (3, 4)])}), "MultiPoint"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_whole(gpkg, change, word):
    with pytest.raises(InputError, match=word):
        write(gpkg, line("L0"), change)
    assert gpkg.head.tx == 0
    assert gpkg.boundary_lines.count() == 0


def test_all_mistakes_are_said_at_once(gpkg):
    with pytest.raises(InputError) as error:
        write(gpkg, line("L1", level="x"), line("L1", length_m="y"))
    assert error.value.context["problems"] == 3
    assert "重复" in error.value.message_zh


def test_layers_and_moments_that_are_not_meant(gpkg):
    with pytest.raises(UnknownIdError, match="boundary_lines"):
        write(gpkg, Change("boundary_line", {"line_id": "1"}))
    with pytest.raises(InputError, match="files"):
        write(gpkg, Change("facilities", {"facility_id": "1"}))
    with pytest.raises(InputError, match="nothing"):
        write(gpkg)
    with pytest.raises(InputError, match="zone"):
        write(gpkg, line("L1"), recorded_at=datetime(2024, 1, 1))  # noqa: DTZ001
    with pytest.raises(InputError, match="who"):
        write(gpkg, line("L1"), who=" ")
    with pytest.raises(AttributeError):
        _ = gpkg.facilities


def test_state_secrets_need_a_declared_environment(store_url):
    secret = marker("001", secrecy=None)  # markers are confidential unless they say otherwise
    with create_registry(store_url) as registry:
        with pytest.raises(SecrecyError, match="classified_environment = true"):
            write(registry, marker("002"), secret)
        with pytest.raises(SecrecyError):
            write(registry, line("L1", secrecy="state_secret"))
        assert registry.head.tx == 0
    with open_registry(store_url, classified=True) as registry:
        write(registry, secret)
        assert registry.boundary_markers.count() == 1


def test_read_only_refuses(store_url):
    with create_registry(store_url) as registry:
        write(registry, line("L1"))
    with open_registry(store_url, read_only=True) as registry:
        assert registry.boundary_lines.count() == 1
        assert registry.verify().empty
        with pytest.raises(ReadOnlyStoreError):
            write(registry, line("L2"))
        with pytest.raises(ReadOnlyStoreError):
            registry.refresh(date(2030, 1, 1))


def test_a_store_is_made_once(registry, store_url):
    with pytest.raises(InputError, match="exists"):
        create_registry(store_url)


def test_a_large_batch_and_frames(registry):
    about = declared("boundary_lines")
    count = 1300  # more keys than one statement names
    frame = gpd.GeoDataFrame(
        {"line_id": [f"L{i:05}" for i in range(count)], "length_m": pd.array([1.5, None] * (count // 2), "Float64"),
         "approved_on": pd.Timestamp(2020, 1, 2), "extra_note": "注"},
        geometry=[shapely.LineString([(500000 + i, 3400000), (500100 + i, 3400100)]) for i in range(count)],
        crs="EPSG:4547",
    )  # fmt: skip
    registry.write(to_changes(frame, about), who="a", why="b", recorded_at=at(0))
    back = registry.boundary_lines.frame()
    assert len(back) == count
    assert back["length_m"].isna().sum() == count // 2
    assert set(back["extra_note"]) == {"注"}
    assert back.to_crs("EPSG:4547").geom_equals_exact(frame, 0.001).all()
    again = to_changes(back.drop(columns="row_version"), about, seen=[1] * count)
    registry.write(again, who="a", why="b", recorded_at=at(1))
    assert registry.verify().empty
    with pytest.raises(MissingCRSError):
        to_changes(
            gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=list(frame.geometry)), about
        )


def test_shapes_keep_their_form(registry):
    two = shapely.MultiLineString([[(1, 1), (2, 2)], [(3, 3), (4, 4)]])
    one = shapely.MultiLineString([[(1, 1), (2, 2)]])
    deep = shapely.LineString([(1, 1, 9), (2, 2, 9)])
    area = shapely.Point(1, 1).buffer(0.1)
    write(
        registry,
        *(
            Change("boundary_lines", {"line_id": k, "geometry": g})
            for k, g in {"two": two, "one": one, "deep": deep}.items()
        ),
        Change("hazards", {"hazard_id": "H1", "description": "滑坡"}),
        Change("hazards", {"hazard_id": "H2", "description": "滑坡", "geometry": area}),
    )
    found = registry.boundary_lines.frame().set_index("line_id").geometry
    assert found["two"].equals(two)
    assert found["one"].geom_type == found["deep"].geom_type == "LineString"
    assert not found["deep"].has_z
    hazards = registry.hazards.frame().set_index("hazard_id").geometry
    assert hazards["H1"] is None
    assert hazards["H2"].equals(area)
    assert registry.verify().empty


def test_a_huge_shape_is_kept(registry):
    shape = shapely.LineString([(100 + i * 1e-5, 30 + (i % 7) * 1e-5) for i in range(200_000)])
    write(registry, Change("boundary_lines", {"line_id": "L1", "geometry": shape.wkb}))
    assert shapely.from_wkb(registry.boundary_lines.get("L1")["geometry"]).equals_exact(shape)
