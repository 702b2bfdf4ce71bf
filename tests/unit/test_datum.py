"""GCJ-02 and BD-09 against two independent libraries; the detector of undeclared shifts; G4."""

from __future__ import annotations

import geocoordinates_ffi as oracle
import geopandas as gpd
import numpy as np
import prcoords
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import datum
from geoplan.errors import InputError, MissingCRSError, UnknownIdError

CHINA = {"lon": st.floats(74.0, 134.0), "lat": st.floats(18.5, 53.0)}


@pytest.mark.parametrize(
    ("name", "metres", "bearing"), [("GCJ-02", 624.9, 109.4), ("BD-09", 1294.1, 67.9)]
)
def test_g4_size_and_bearing_of_the_shift(name, metres, bearing):
    lon, lat = datum.from_wgs84(113.38, 31.69, name)
    azimuth, _, distance = pyproj.Geod(ellps="WGS84").inv(113.38, 31.69, float(lon), float(lat))
    assert distance == pytest.approx(metres, abs=0.2)
    assert azimuth == pytest.approx(bearing, abs=0.1)


@settings(max_examples=200, deadline=None)
@given(**CHINA)
def test_there_and_back_is_exact_to_1e9_degrees(lon, lat):
    for name in ("GCJ-02", "BD-09"):
        back = datum.to_wgs84(*datum.from_wgs84(lon, lat, name), name)
        assert float(back[0]) == pytest.approx(lon, abs=1e-9)
        assert float(back[1]) == pytest.approx(lat, abs=1e-9)


def test_arrays_are_done_at_once_and_kept_in_shape():
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(74, 134, (50, 40)), rng.uniform(18.5, 53, (50, 40))
    x, y = datum.to_wgs84(*datum.from_wgs84(lon, lat, "BD-09"), "BD-09")
    assert x.shape == (50, 40)
    assert np.abs(x - lon).max() < 1e-9
    assert np.abs(y - lat).max() < 1e-9


@settings(max_examples=100, deadline=None)
@given(**CHINA)
def test_equal_to_prcoords(lon, lat):
    gcj = prcoords.wgs_gcj((lat, lon), check_china=False)
    mine = datum.wgs84_to_gcj02(lon, lat)
    assert (float(mine[1]), float(mine[0])) == pytest.approx(tuple(gcj), abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(**CHINA)
def test_equal_to_geocoordinates(lon, lat):
    gcj = oracle.wgs84_to_gcj02(oracle.Wgs84(lat=lat, lon=lon))
    bd = oracle.gcj02_to_bd09(gcj)
    mine_gcj, mine_bd = (datum.from_wgs84(lon, lat, n) for n in ("GCJ-02", "BD-09"))
    assert (float(mine_gcj[0]), float(mine_gcj[1])) == pytest.approx((gcj.lon, gcj.lat), abs=1e-9)
    assert (float(mine_bd[0]), float(mine_bd[1])) == pytest.approx((bd.lon, bd.lat), abs=1e-9)


def test_outside_china_nothing_moves():
    lon, lat = datum.wgs84_to_gcj02([24.94, -70.0], [60.17, -33.0])
    assert lon.tolist() == [24.94, -70.0]
    assert lat.tolist() == [60.17, -33.0]


def test_unknown_datum_suggests_the_nearest():
    with pytest.raises(UnknownIdError, match="GCJ-02"):
        datum.to_wgs84(113.0, 31.0, "GCJ02")
    with pytest.raises(UnknownIdError):
        datum.from_wgs84(113.0, 31.0, "mars")


def _city(shift: str, n: int = 60, noise_m: float = 15.0) -> tuple[gpd.GeoDataFrame, np.ndarray]:
    """Points a few metres from sparse roads, given in the named datum but declared WGS84."""
    rng = np.random.default_rng(7)
    step = 0.02
    lines = [shapely.LineString([(113.2 + k * step, 31.6), (113.2 + k * step, 31.9)])
             for k in range(10)]  # fmt: skip
    lon = 113.2 + step * rng.integers(0, 10, n) + rng.normal(0, noise_m / 94_000, n)
    lat = rng.uniform(31.6, 31.9, n)
    points = gpd.points_from_xy(*datum.from_wgs84(lon, lat, shift))
    return gpd.GeoDataFrame(geometry=points, crs=4326), np.array([shapely.MultiLineString(lines)])


@pytest.mark.parametrize(("shift", "suspected"), [("GCJ-02", "GCJ-02"), ("BD-09", "BD-09"),
                                                  ("WGS84", "")])  # fmt: skip
def test_detector_says_what_the_points_are_in(shift, suspected):
    points, roads = _city(shift)
    verdict = datum.suspect_shift(points, roads)
    assert verdict.suspected == suspected
    if suspected:
        assert verdict.declared_m > 5 * verdict.corrected_m


def test_detector_works_against_units_too():
    points, _ = _city("GCJ-02")
    true = gpd.points_from_xy(*datum.to_wgs84(points.geometry.x, points.geometry.y, "GCJ-02"))
    units = shapely.buffer(np.asarray(true), 0.002)
    assert datum.suspect_shift(points, units).suspected == "GCJ-02"


def test_detector_needs_enough_points_and_a_fitting_reference():
    points, roads = _city("GCJ-02", n=5)
    assert datum.suspect_shift(points, roads).suspected == ""
    points, roads = _city("GCJ-02")
    with pytest.raises(InputError, match="geometries"):
        datum.suspect_shift(points, np.concatenate((roads, roads)))
    with pytest.raises(MissingCRSError):
        datum.suspect_shift(points.set_crs(None, allow_override=True), roads)
