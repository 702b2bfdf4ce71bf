"""Arcs of a coverage: each edge once, both sides known, whatever way the rings are written."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.boundaries.topology import NOBODY, topology
from geoplan.errors import InvalidGeometryError
from tests.fixtures.covers import wriggly_cover

COVER = wriggly_cover(5, 4, 40)


def total_lengths(shapes):
    """Sum of arcs, and half the sum of perimeters and outline."""
    arcs = shapely.length(topology(shapes).lines).sum()
    outer = shapely.coverage_union_all(shapes)
    return arcs, (shapely.length(shapes).sum() + outer.length) / 2


def test_sum_of_arcs_is_half_of_perimeters_and_outline():
    arcs, half = total_lengths(COVER)
    assert arcs == pytest.approx(half, rel=1e-9)


def test_polygons_come_back_from_arcs():
    back = topology(COVER).rebuilt()
    assert shapely.equals(back, COVER).all()
    assert shapely.coverage_is_valid(back)


def test_left_and_right_by_probe():
    topo = topology(COVER)
    for line, left, right in zip(topo.lines, topo.left, topo.right, strict=True):
        a, b = shapely.get_coordinates(line)[:2]
        across = np.array([-(b - a)[1], (b - a)[0]]) / np.hypot(*(b - a)) * 0.01
        middle = (a + b) / 2
        assert COVER[left].contains(shapely.Point(middle + across))
        probe = shapely.Point(middle - across)
        if right == NOBODY:
            assert not shapely.intersects(COVER, probe).any()
        else:
            assert COVER[right].contains(probe)


def test_shared_arc_is_kept_once_with_the_smaller_unit_on_its_left():
    topo = topology(np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]))
    shared = np.flatnonzero(topo.shared)
    assert len(shared) == 1
    assert (topo.left[shared[0]], topo.right[shared[0]]) == (0, 1)


def test_enclave_and_exclave():
    """An exclave of 0 inside 1 is a part of 0 and a hole of 1."""
    inner = shapely.box(13, 3, 15, 5)
    host = shapely.Polygon(shapely.box(10, 0, 20, 10).exterior, [inner.exterior])
    first = shapely.union(shapely.box(0, 0, 10, 10), inner)
    shapes = np.array([first, host])
    topo = topology(shapes)
    assert topo.shared.sum() == 2
    back = topo.rebuilt()
    assert shapely.equals(back, shapes).all()
    assert shapely.get_num_geometries(back[0]) == 2


def test_units_that_touch_in_a_corner_have_a_node_there():
    four = np.array([shapely.box(x, y, x + 1, y + 1) for x in (0, 1) for y in (0, 1)])
    diagonal = four[[0, 3]]
    assert not topology(diagonal).shared.any()
    topo = topology(four)
    assert topo.shared.sum() == 4
    ends = topo.xy[topo.ends[topo.shared]]
    assert (ends == 1.0).all(axis=2).any(axis=1).all()


def test_a_single_island_is_one_closed_arc():
    topo = topology(np.array([shapely.box(0, 0, 1, 1)]))
    assert len(topo) == 1
    assert topo.ends[0, 0] == topo.ends[0, 1]


def _written_otherwise(shape, rng):
    """The same polygon: other start, other orientation, a repeated point."""
    xy = shapely.get_coordinates(shape)[:-1]
    xy = np.roll(xy, int(rng.integers(len(xy))), axis=0)
    if rng.random() < 0.5:
        xy = xy[::-1]
    if rng.random() < 0.5:
        xy = np.insert(xy, 1, xy[0], axis=0)
    return shapely.polygons(np.vstack([xy, xy[:1]]))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_arcs_do_not_depend_on_how_rings_are_written(seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(COVER))
    other = np.array([_written_otherwise(s, rng) for s in COVER[order]])

    def pairs(topo, name):
        return sorted(
            (*sorted((name[a], name[b] if b >= 0 else -1)), round(line.length, 6))
            for a, b, line in zip(topo.left, topo.right, topo.lines, strict=True)
        )

    assert pairs(topology(other), order) == pairs(topology(COVER), np.arange(len(COVER)))


def test_two_copies_of_a_unit_share_nothing():
    topo = topology(np.array([shapely.box(0, 0, 1, 1), shapely.box(0, 0, 1, 1)]))
    assert len(topo) == 2
    assert not topo.shared.any()


def test_empty_and_missing_shapes_have_no_arcs():
    assert len(topology(np.array([shapely.Polygon(), None], dtype=object))) == 0


def test_other_geometries_are_refused():
    with pytest.raises(InvalidGeometryError, match="row 1"):
        topology(np.array([shapely.box(0, 0, 1, 1), shapely.Point(0, 0)]))


def test_a_grid_of_squares_by_hand():
    """Squares on a grid: (n + 1) * n * 2 borders, of which the corners merge two outer ones."""
    n = 6
    cells = np.array([shapely.box(i, j, i + 1, j + 1) for i in range(n) for j in range(n)])
    topo = topology(cells)
    assert topo.shared.sum() == 2 * n * (n - 1)
    frame = gpd.GeoSeries(topo.lines)
    assert frame.length.sum() == pytest.approx(2 * n * (n + 1))
