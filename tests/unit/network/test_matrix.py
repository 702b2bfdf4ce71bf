"""Many to many: every pair equal to the split graph, nothing beyond the limit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import network as nw
from geoplan.errors import InputError
from tests.fixtures import toytown
from tests.fixtures.nets import cities
from tests.fixtures.oracle import split_graph_minutes

WALK = nw.Profile("walk", "walk", 1.0, 200.0)


@settings(max_examples=60, deadline=None)
@given(cities(), st.sampled_from(["to", "from"]), st.sampled_from([3.0, 12.0, np.inf]))
def test_every_pair_is_what_the_split_graph_says(city, direction, limit_min):
    roads, points, mode = city
    town = nw.from_roads(roads, nw.Profile("x", mode, 1.1, 500.0))
    spots = nw.snap(town, points)
    half = len(points) // 2
    sources, doors = spots.part(slice(0, half)), spots.part(slice(half, None))
    got = nw.matrix(town, sources, doors, limit_min=limit_min, direction=direction)
    assert got.shape == (len(points) - half, half)
    coo = got.tocoo()
    minutes = np.full(got.shape, np.inf)
    minutes[coo.row, coo.col] = coo.data
    want = np.column_stack(
        [
            split_graph_minutes(town, sources.part(slice(j, j + 1)), doors, direction=direction)
            for j in range(half)
        ]
    )
    sure = np.ones(want.shape, bool)
    if np.isfinite(limit_min):
        sure = np.abs(want - limit_min) > 1e-5
    want[want > limit_min] = np.inf
    assert (np.isfinite(minutes) == np.isfinite(want))[sure].all()
    both = sure & np.isfinite(want)
    assert minutes[both] == pytest.approx(want[both], abs=1e-6)
    near = nw.nearest(town, sources, doors, limit_min=limit_min, direction=direction)
    assert (minutes.min(axis=1) == near.minutes).all()


def test_pairs_worked_by_hand_zero_included():
    town = nw.from_roads(toytown.roads(), WALK)
    sources = nw.snap(town, toytown.facilities())
    doors = nw.snap(town, toytown.people())
    found = nw.matrix(town, sources, doors, limit_min=5.0)
    metres = found.toarray() * 60.0
    assert metres[0] == pytest.approx([100.0, 0.0], abs=1e-3)  # A: F2 is 300 + 10 m and more away
    assert metres[2] == pytest.approx([0.0, 20.0], abs=1e-3)
    assert found[[4], :].nnz == 0  # E meets no street
    itself = nw.matrix(town, sources, sources, limit_min=5.0).tocoo()
    zero = itself.data[(itself.row == 0) & (itself.col == 0)]
    assert zero == pytest.approx([0.0], abs=1e-9)  # stored: zero minutes is not "out of reach"


@pytest.mark.parametrize("limit_min", [-1.0, np.nan])
def test_a_limit_must_be_one(limit_min):
    town = nw.from_roads(toytown.roads(), WALK)
    spots = nw.snap(town, toytown.facilities())
    with pytest.raises(InputError, match="limit"):
        nw.matrix(town, spots, spots, limit_min=limit_min)


def test_no_facility_and_no_door_give_an_empty_matrix():
    town = nw.from_roads(toytown.roads(), WALK)
    spots = nw.snap(town, toytown.facilities())
    none = nw.Snap(spots.edge[:0], spots.share[:0], spots.access_m[:0])
    assert nw.matrix(town, none, spots, limit_min=5.0).shape == (2, 0)
    assert nw.matrix(town, spots, none, limit_min=5.0).shape == (0, 2)
