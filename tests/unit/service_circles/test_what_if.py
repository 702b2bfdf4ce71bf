"""A facility more, less or elsewhere: the same answer as searching all again."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan import network as nw
from geoplan import service_circles as sc
from geoplan.errors import InputError, MissingColumnsError, UnknownIdError
from tests.fixtures import toytown
from tests.fixtures.nets import cities

WALK = nw.Profile("w", "walk", 1.0, 200.0)


@settings(max_examples=60, deadline=None)
@given(
    cities(), st.sampled_from(["to", "from"]), st.sampled_from([4.0, 12.0, np.inf]),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_incremental_is_full(city, direction, limit_min, seed):
    roads, points, mode = city
    rng = np.random.default_rng(seed)
    town = nw.from_roads(roads, nw.Profile("x", mode, 1.1, 400.0))
    doors = points
    at = {"m": points.geometry.iloc[0], "c": points.geometry.iloc[1]}
    asked = {"limit_min": limit_min, "direction": direction}

    def facilities():
        return gpd.GeoDataFrame({"facility_id": list(at)}, geometry=list(at.values()), crs=4547)

    what_if = sc.WhatIf(town, facilities(), doors, **asked)
    for step in range(8):
        before = what_if.near()
        choice = rng.integers(3)
        place = points.geometry.iloc[rng.integers(len(points))]
        if choice == 0 or not at:
            name = "abcdefghijklmnopqrstuvwxyz"[(step * 7) % 26] + str(step)
            at[name] = place
            changed = what_if.add(name, place)
        else:
            name = sorted(at)[rng.integers(len(at))]
            if choice == 1:
                del at[name]
                changed = what_if.close(name)
            else:
                at[name] = place
                changed = what_if.move(name, place)
        now = what_if.near()
        pd.testing.assert_frame_equal(
            now, sc.travel_time(town, facilities(), doors, **asked), check_exact=True
        )
        still = np.setdiff1d(np.arange(len(doors)), changed)
        pd.testing.assert_frame_equal(now.iloc[still], before.iloc[still])
        assert what_if.facility_ids == sorted(at)


def test_what_is_refused():
    town = nw.from_roads(toytown.roads(), WALK)
    what_if = sc.WhatIf(town, toytown.facilities(), toytown.people(), limit_min=15.0)
    with pytest.raises(InputError, match="F1"):
        what_if.add("F1", toytown.at(0, 0))
    with pytest.raises(UnknownIdError, match="F9"):
        what_if.close("F9")
    with pytest.raises(MissingColumnsError):
        sc.WhatIf(town, toytown.people(), toytown.people(), limit_min=15.0)


def test_a_place_that_is_none_changes_nothing():
    town = nw.from_roads(toytown.roads(), WALK)
    what_if = sc.WhatIf(town, toytown.facilities(), toytown.people(), limit_min=15.0)
    before = what_if.near()
    for nowhere in (shapely.Point(), shapely.Point(np.nan, 1.0)):
        with pytest.raises(InputError, match="no place"):
            what_if.add("new", nowhere)
        with pytest.raises(InputError, match="no place"):
            what_if.move("F1", nowhere)
    assert what_if.facility_ids == ["F1", "F2"]
    pd.testing.assert_frame_equal(what_if.near(), before)


def test_a_facility_that_no_street_reaches_changes_nothing():
    town = nw.from_roads(toytown.roads(), WALK)
    what_if = sc.WhatIf(town, toytown.facilities(), toytown.people(), limit_min=15.0)
    assert not len(what_if.add("far", toytown.at(9_000, 0)))
    assert not len(what_if.close("far"))
