"""Archives of tiles, read back by the archive's own reader and by GDAL."""

import gzip
import sys

import geopandas as gpd
import mapbox_vector_tile
import pyogrio
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader

from geoplan import io, tiles
from geoplan.errors import EmptyLayerError, InputError, MissingExtraError
from tests.fixtures import covers


@pytest.fixture
def units():
    frame = covers.as_units(covers.wriggly_cover(4, 3, 40))
    return frame[["unit_code", "name", "geometry"]]


def made(units, **options):
    return tiles.layer_of(units, "units", columns=["unit_code", "name"], **options)


def test_two_readers_find_every_feature(units, tmp_path):
    labels = tiles.layer_of(tiles.label_points(units), "units_label", columns=["name"])
    path = io.write_pmtiles([made(units), labels], tmp_path / "x.pmtiles", zooms=range(8, 12))
    with path.open("rb") as file:
        reader = Reader(MmapSource(file))
        header, told = reader.header(), reader.metadata()
        x, y = tiles.WEB_MERCATOR.tile_of(112.955, 31.63, zoom=11)
        found = mapbox_vector_tile.decode(gzip.decompress(reader.get(11, x, y)))
    assert (header["min_zoom"], header["max_zoom"]) == (8, 11)
    assert [v["id"] for v in told["vector_layers"]] == ["units", "units_label"]
    assert told["vector_layers"][0]["fields"] == {"unit_code": "String", "name": "String"}
    assert set(found) == {"units", "units_label"}
    read = pyogrio.read_dataframe(path, layer="units_label")
    assert sorted(read["name"]) == sorted(units["name"])  # each once, whatever tiles it touches
    areas = pyogrio.read_dataframe(path, layer="units").dissolve("unit_code")
    true = units.to_crs("EPSG:3857").set_index("unit_code").area
    assert (areas.area / true).between(0.98, 1.02).all()


def test_the_same_layers_give_the_same_bytes(units, tmp_path):
    one, two = (io.write_pmtiles([made(units)], tmp_path / n, zooms=range(8, 11)) for n in "ab")
    assert one.read_bytes() == two.read_bytes()


def test_progress_is_told_and_an_interrupt_leaves_nothing(units, tmp_path):
    heard = []

    def stop(share, word):
        heard.append((share, word))
        if share:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        io.write_pmtiles(
            [made(units)], tmp_path / "x.pmtiles", zooms=range(8, 12), on_progress=stop
        )
    assert heard == [(0.0, "z8"), (0.25, "z9")]
    assert not list(tmp_path.iterdir())


def test_bad_input(units, tmp_path, monkeypatch):
    path = tmp_path / "x.pmtiles"
    with pytest.raises(EmptyLayerError):
        io.write_pmtiles([], path, zooms=range(8, 9))
    with pytest.raises(InputError, match="Zooms 9-7"):
        io.write_pmtiles([made(units)], path, zooms=range(9, 8))
    with pytest.raises(InputError, match="web's grid"):
        io.write_pmtiles([made(units, grid=tiles.CGCS2000)], path, zooms=range(8, 9))
    monkeypatch.setitem(sys.modules, "pmtiles.tile", None)
    with pytest.raises(MissingExtraError, match="tiles"):
        io.write_pmtiles([made(units)], path, zooms=range(8, 9))


def test_rows_without_a_shape_are_in_no_tile(tmp_path):
    frame = gpd.GeoDataFrame({"name": ["甲", "乙"]}, crs="EPSG:4490",
                             geometry=[shapely.Point(113.37, 31.72), None])  # fmt: skip
    layer = tiles.layer_of(frame, "seats", columns=["name"])
    path = io.write_pmtiles([layer], tmp_path / "x.pmtiles", zooms=range(8, 9))
    assert pyogrio.read_dataframe(path, layer="seats")["name"].tolist() == ["甲"]
