"""CRS guards, zones and true measures; RULES §11.1 G1–G3."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from geoplan import crs
from geoplan.errors import CRSMismatchError, InputError, MissingCRSError, NotMetricCRSError


@pytest.mark.parametrize(("epsg", "east"), [(4547, 441_223.782), (4526, 38_441_223.782)])
def test_g1_gauss_krueger(epsg, east):
    move = pyproj.Transformer.from_crs(4490, epsg, always_xy=True)
    x, y = move.transform(113.38, 31.70)
    assert x == pytest.approx(east, abs=1e-3)
    assert y == pytest.approx(3_508_754.287, abs=1e-3)


def test_g2_area_of_a_cell_between_parallels():
    cell = shapely.segmentize(shapely.box(112.7, 31.0, 114.2, 32.5), 0.001)
    area = crs.ellipsoidal_area_m2(gpd.GeoSeries([cell], crs=4490))[0]
    assert area / 1e6 == pytest.approx(23_637.7334, abs=1e-4)


@pytest.mark.parametrize(
    ("lon", "expected"), [(112.72, -0.6727), (113.38, -0.3258), (114.12, 0.0631)]
)
def test_g3_meridian_convergence(lon, expected):
    assert crs.meridian_convergence_deg(lon, 31.7) == pytest.approx(expected, abs=5e-5)


def test_area_takes_holes_off_and_survives_projection():
    ring = shapely.box(113.0, 31.5, 113.1, 31.6)
    hole = shapely.box(113.04, 31.54, 113.06, 31.56)
    frame = gpd.GeoSeries([ring.difference(hole), None], crs=4490)
    whole, part, both = (
        crs.ellipsoidal_area_m2(gpd.GeoSeries([g], crs=4490))[0]
        for g in (ring, hole, ring.difference(hole))
    )
    assert both == pytest.approx(whole - part, rel=1e-12)
    assert crs.ellipsoidal_area_m2(frame.to_crs(4547))[0] == pytest.approx(both, rel=1e-6)
    assert crs.ellipsoidal_area_m2(frame)[1] == 0.0


def test_length_is_the_geodesic_sum_of_all_parts():
    line = shapely.MultiLineString([[(113, 31), (113, 32), (113.5, 32)], [(114, 31), (114, 31.5)]])
    geod = pyproj.Geod(a=6378137.0, rf=298.257222101)
    expected = sum(
        geod.inv(*a, *b)[2]
        for a, b in [((113, 31), (113, 32)), ((113, 32), (113.5, 32)), ((114, 31), (114, 31.5))]
    )
    got = crs.ellipsoidal_length_m(gpd.GeoSeries([line, None], crs=4490))
    assert got == pytest.approx([expected, 0.0])


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        (113.38, 31.7, "EPSG:4547"),
        (116.4, 39.9, "EPSG:4548"),
        (73.6, 39.4, "EPSG:4534"),
        (134.9, 48.3, "EPSG:4554"),
        (24.94, 60.17, "EPSG:32635"),
        (-70.6, -33.4, "EPSG:32719"),
        (180.0, 10.0, "EPSG:32660"),
    ],
)
def test_zone_is_found_from_the_place(lon, lat, expected):
    assert crs.metric_for(lon, lat) == expected


@pytest.mark.parametrize("epsg", [4490, 4326, 3857])
def test_degrees_and_web_mercator_are_refused(epsg):
    frame = gpd.GeoSeries([shapely.Point(113.38, 31.7)], crs=4490).to_crs(epsg)
    with pytest.raises(NotMetricCRSError, match="to_crs") as error:
        crs.require_metric(frame, "facilities")
    assert "EPSG:4547" in error.value.fix
    assert "不是米" in str(error.value)


def test_missing_crs_is_named():
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)])
    for call in (crs.require_metric, crs.metric_of, crs.to_metric, crs.ellipsoidal_area_m2):
        with pytest.raises(MissingCRSError, match="set_crs") as error:
            call(frame, name="roads")
        assert error.value.context["layer"] == "roads"


def test_no_geometry_no_zone():
    with pytest.raises(InputError, match="metric_crs"):
        crs.metric_of(gpd.GeoDataFrame(geometry=[None], crs=4490), "facilities")


def test_two_systems_are_not_mixed():
    a = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=4547)
    with pytest.raises(CRSMismatchError, match="4526"):
        crs.require_same(a, a.set_crs(4526, allow_override=True), "facilities", "roads")
    assert np.isfinite(crs.to_metric(a.set_crs(4547)).total_bounds).all()
