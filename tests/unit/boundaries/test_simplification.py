"""Simplified units: neighbours together, nodes and markers in place, nothing lost."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.boundaries import check_nesting, diagnose, simplify, tri_junctions
from geoplan.boundaries.simplification import simplified_arcs
from geoplan.boundaries.topology import topology
from geoplan.errors import CRSMismatchError, InputError, NotMetricCRSError
from tests.fixtures import covers


def two_levels(columns=6, rows=4, vertices=80):
    """Townships and the two counties that they make up."""
    cells = covers.wriggly_cover(columns, rows, vertices)
    towns = covers.as_units(cells)
    west = np.arange(len(cells)) < len(cells) // 2
    towns["parent_code"] = np.where(west, "W", "E")
    counties = covers.as_units(
        [shapely.coverage_union_all(cells[west]), shapely.coverage_union_all(cells[~west])],
        level="county",
    )
    counties["unit_code"] = ["W", "E"]
    return gpd.pd.concat([counties, towns], ignore_index=True)


def markers_on(units, every=7):
    xy = shapely.get_coordinates(units.geometry.to_numpy())[::every]
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*xy.T), crs=units.crs)


@pytest.mark.parametrize("tolerance_m", [0, 1, 10, 100, 5000])
def test_levels_stay_nested_and_neighbours_stay_together(tolerance_m):
    units = two_levels()
    out = simplify(units, tolerance_m=tolerance_m)
    assert out.index.equals(units.index)
    assert out["follows_children"].all()
    assert diagnose(out).empty
    assert check_nesting(out).empty
    assert (out.count_coordinates() <= units.count_coordinates()).all()
    if tolerance_m >= 10:
        assert out.count_coordinates().sum() < units.count_coordinates().sum() / 5


def test_within_tolerance():
    units = two_levels()
    out = simplify(units, tolerance_m=8)
    for before, after in zip(units.geometry, out.geometry, strict=True):
        left_out = shapely.points(shapely.get_coordinates(before))
        assert shapely.distance(left_out, after.boundary).max() <= 8 + 1e-9


def test_tri_junctions_do_not_move():
    units = two_levels()
    before = tri_junctions(units).geometry
    after = tri_junctions(simplify(units, tolerance_m=300)).geometry
    assert sorted(before.to_wkt()) == sorted(after.to_wkt())


def test_markers_stay_on_their_line():
    units = two_levels()
    markers = markers_on(units)
    free = simplify(units, tolerance_m=300)
    held = simplify(units, tolerance_m=300, markers=markers)

    def farthest(frame):
        lines = shapely.union_all(shapely.boundary(frame.geometry.to_numpy()))
        return shapely.distance(markers.geometry.to_numpy(), lines).max()

    assert farthest(free) > 5
    assert farthest(held) < 0.001
    assert diagnose(held).empty


def test_a_marker_between_two_vertices_keeps_its_foot():
    west = shapely.Polygon([(0, 0), (100, 0), (110, 50), (100, 100), (0, 100)])
    east = shapely.Polygon([(100, 0), (200, 0), (200, 100), (100, 100), (110, 50)])
    units = covers.as_units([west, east])
    marker = gpd.GeoDataFrame(geometry=[shapely.Point(105.0, 25.0)], crs=units.crs)
    out = simplify(units, tolerance_m=40, markers=marker)
    shared = shapely.intersection(*out.geometry)
    assert shapely.get_coordinates(shapely.line_merge(shared)).tolist() in (
        [[100, 0], [105, 25], [100, 100]], [[100, 100], [105, 25], [100, 0]])  # fmt: skip


def test_markers_on_straight_stretches_add_no_vertex():
    units = two_levels()
    middles = [line.interpolate(0.5, normalized=True) for line in
               topology(units.geometry.to_numpy()).lines]  # fmt: skip
    markers = gpd.GeoDataFrame(geometry=middles, crs=units.crs)
    out = simplify(units, tolerance_m=0, markers=markers)
    assert (out.count_coordinates() <= units.count_coordinates()).all()


def test_a_bank_marker_does_not_hold_the_line():
    units = two_levels()
    away = markers_on(units).translate(12.0, 0.0).to_frame("geometry")
    held = simplify(units, tolerance_m=300, markers=away, marker_offset_m=0.01)
    free = simplify(units, tolerance_m=300)
    assert shapely.equals_exact(held.geometry.to_numpy(), free.geometry.to_numpy()).mean() > 0.8


def test_small_islands_and_holes_are_not_lost():
    sea = shapely.box(0, 0, 10_000, 10_000)
    islands = [shapely.Point(x, 5_000).buffer(30, quad_segs=16) for x in (1_000, 3_000, 5_000)]
    host = sea.difference(shapely.union_all(islands))
    units = covers.as_units([host, *islands])
    out = simplify(units, tolerance_m=200)
    assert not out.is_empty.any()
    assert len(out.geometry[0].interiors) == 3
    assert diagnose(out).empty


def test_a_line_does_not_jump_over_an_island_beside_it():
    """A bay with an island in it: its mouth may be closed only behind the island."""
    bay = shapely.Polygon([(0, 0), (1000, 0), (1000, 400), (600, 400), (500, 300), (400, 400),
                           (0, 400)])  # fmt: skip
    island = shapely.Point(500, 370).buffer(12)
    units = covers.as_units([bay, island])
    out = simplify(units, tolerance_m=150)
    assert not shapely.intersects(*out.geometry)


def test_a_parent_that_its_children_do_not_make_up_is_told():
    units = two_levels()
    units.loc[0, "geometry"] = units.geometry[0].buffer(30)
    out = simplify(units, tolerance_m=10)
    assert out["follows_children"].tolist()[:2] == [False, True]
    assert 0 < abs(out.geometry[0].area - units.geometry[0].area) < 0.01 * units.geometry[0].area


def test_a_unit_without_a_shape_is_kept_as_it_is():
    units = two_levels(2, 2, 40)
    units.loc[[0, 5], "geometry"] = None
    out = simplify(units, tolerance_m=10)
    assert out.index.equals(units.index)
    assert out.geometry.isna().tolist() == units.geometry.isna().tolist()


def test_exclaves_stay():
    host = shapely.box(0, 0, 1000, 1000).difference(shapely.box(400, 400, 500, 500))
    other = shapely.multipolygons(
        [shapely.box(1000, 0, 2000, 1000), shapely.box(400, 400, 500, 500)]
    )
    out = simplify(covers.as_units([host, other]), tolerance_m=500)
    assert shapely.get_num_geometries(out.geometry.to_numpy()).tolist() == [1, 2]
    assert diagnose(out).empty


@given(seed=st.integers(0, 10**6), tolerance=st.floats(0.1, 2_000))
@settings(max_examples=25, deadline=None)
def test_any_cover_at_any_tolerance_stays_a_cover(seed, tolerance):
    cover = covers.wriggly_cover(5, 4, 40, seed=seed)
    topo = topology(cover)
    lines = simplified_arcs(topo, tolerance)
    shapes = topo.rebuilt(lines)
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert (shapely.area(shapes) > 0).all()
    ends = shapely.get_point(lines, 0), shapely.get_point(topo.lines, 0)
    assert shapely.equals_exact(*ends).all()


def test_bad_input():
    units = two_levels(2, 2, 40)
    with pytest.raises(NotMetricCRSError):
        simplify(units.set_crs("EPSG:4490", allow_override=True), tolerance_m=1)
    for tolerance in (-1, float("nan")):
        with pytest.raises(InputError, match="Tolerance"):
            simplify(units, tolerance_m=tolerance)
    with pytest.raises(CRSMismatchError):
        simplify(units, tolerance_m=1, markers=markers_on(units).to_crs("EPSG:4546"))
