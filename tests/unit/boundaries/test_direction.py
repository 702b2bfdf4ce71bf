"""Directions: words, azimuths, statements, and which way lines run."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geoplan.boundaries.azimuths import (
    WORDS_EN,
    direction_words,
    dms_text,
    grid_from_true,
    sector,
    true_azimuths,
    true_from_grid,
)
from geoplan.boundaries.direction import Limits, needs_reversal, statement, statement_text
from geoplan.errors import InputError

X, Y, CRS = 450_000.0, 3_505_000.0, "EPSG:4547"


def line(*xy):
    return gpd.GeoDataFrame(
        {"line_id": ["L"]}, geometry=[shapely.LineString([(X + x, Y + y) for x, y in xy])], crs=CRS
    )


def markers(*rows):
    return gpd.GeoDataFrame(
        {"marker_no": [r[0] for r in rows]},
        geometry=[shapely.Point(X + r[1], Y + r[2]) for r in rows],
        crs=CRS,
    )


def test_words_follow_the_compass(policy):
    assert direction_words(np.arange(16) * 22.5, policy) == list(policy.names("direction_words"))
    assert direction_words([45, np.nan], policy, "en") == ["northeast", ""]
    assert len(set(WORDS_EN)) == 16
    assert sector([-0.1, 360, 719.9], policy).tolist() == [0, 0, 0]


@given(st.floats(0, 359.999), st.floats(-3, 3))
def test_grid_and_true_are_inverse(azimuth, gamma):
    back = float(grid_from_true(true_from_grid(azimuth, gamma), gamma))
    assert min(abs(back - azimuth), 360 - abs(back - azimuth)) < 1e-9


def test_true_azimuth_of_grid_east_is_less_west_of_the_meridian():
    """West of 114°E grid north lies west of true north: grid east is 90° - 0.27° true."""
    azimuth = true_azimuths(np.array([(X, Y), (X + 1000, Y), (X + 1000, Y)]), CRS)
    assert azimuth[0] == pytest.approx(90 - 0.277, abs=0.01)
    assert np.isnan(azimuth[1])


def test_degrees_minutes_seconds_carry():
    assert dms_text(pd.Series([59.99999999, np.nan]), decimals=0) == ["60°00′00″", ""]


def test_statement_between_markers(policy):
    """1 km east, 1 km south, then south-east; a pair on two banks is one place."""
    told = statement(
        line((0, 0), (1000, 0), (1000, -1000), (2000, -2000)),
        markers(("4142001Q", 500, 1), ("4142002A", 980, -500), ("4142002B", 1020, -500)), policy=policy,
    )  # fmt: skip
    assert told["to_no"].tolist() == ["4142001Q", "4142002A、4142002B", ""]
    assert told["directions_zh"].tolist()[1] == "向东行 500 米，再向南行 500 米"
    assert told["length_m"].sum() == pytest.approx(2000 + 1000 * 2**0.5, rel=1e-4)
    assert told["draft"].all()
    assert "以协议书为准" in statement_text(told)
    assert "prevails" in statement_text(told, "en")
    assert told.geometry.length.sum() == pytest.approx(2000 + 1000 * 2**0.5)


def test_what_the_line_follows_and_crosses(policy):
    features = gpd.GeoDataFrame({"name": ["涢水", "316国道"], "feature_class": ["river", "road"]}, crs=CRS, geometry=[
        shapely.LineString([(X, Y + 10), (X + 2000, Y + 10)]), shapely.LineString([(X + 700, Y - 300), (X + 700, Y + 300)])])  # fmt: skip
    told = statement(
        line((0, 0), (2000, 0)), markers(("4142001Q", 1000, 0)), features, policy=policy
    )
    assert told["followed"].tolist() == ["涢水", "涢水"]
    assert told["crossed"].tolist() == ["316国道", ""]
    assert "沿涢水中心线向东行 1000 米，经316国道" in told["text_zh"].iloc[0]
    assert "along the centre line of 涢水" in told["text_en"].iloc[0]
    far = statement(
        line((0, 0), (2000, 0)), markers(), features, policy=policy, limits=Limits(follow_m=5.0)
    )
    assert far["followed"].tolist() == [""]


def test_small_bends_are_not_told(policy):
    wavy = [(x, 8 * (-1) ** (x // 100)) for x in range(0, 1001, 100)]
    told = statement(line(*wavy), markers(), policy=policy)
    assert told["directions_zh"].str.count("向").tolist() == [1]
    assert told["length_m"].iloc[0] > 1012  # but every metre counts


def test_markers_at_the_ends_are_the_ends(policy):
    told = statement(
        line((0, 0), (1000, 0)), markers(("4142001Q", 0, 0), ("4142002Q", 1000, 0)), policy=policy
    )
    assert told[["from_no", "to_no"]].to_numpy().tolist() == [["4142001Q", "4142002Q"]]


def test_one_line_at_a_time(policy):
    two = pd.concat([line((0, 0), (1, 0)), line((0, 0), (1, 0))])
    with pytest.raises(InputError, match="one connected line"):
        statement(two, markers(), policy=policy)
    with pytest.raises(InputError):
        statement(line((0, 0), (0, 0)), markers(), policy=policy)


def test_which_way_lines_run():
    """Ends decide: an S that runs mostly east is right; a ring should run clockwise."""
    drawn = [
        [(0, 0), (800, 300), (200, 600), (1000, 900)],  # an S, west to east
        [(1000, 0), (0, 10)],  # east to west
        [(0, 0), (10, 1000)],  # south to north
        [(10, 1000), (0, 0)],  # north to south
        [(0, 0), (0, 10), (10, 10), (10, 0), (0, 0)],  # clockwise
        [(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)],  # counter-clockwise
        [(5, 5), (5, 5)],
    ]  # fmt: skip
    shapes = [shapely.LineString([(X + x, Y + y) for x, y in d]) for d in drawn]
    found = needs_reversal(gpd.GeoDataFrame(geometry=shapes, crs=CRS, index=list("abcdefg")))
    assert found.to_dict() == {
        "a": False,
        "b": True,
        "c": True,
        "d": False,
        "e": False,
        "f": True,
        "g": False,
    }
