"""Geocoding: one row per text with its grade, place, position and reason."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.errors import MissingColumnsError, MissingCRSError
from geoplan.placenames.address import parse
from geoplan.placenames.geocode import GRADES, Geocoder, geocode
from geoplan.placenames.unit_names import UnitNames

X, Y = 450_000.0, 3_500_000.0


def square(x, y, size=1_000.0):
    return shapely.box(X + x, Y + y, X + x + size, Y + y + size)


# two towns of one county side by side; the village is the west half of the first
UNITS = gpd.GeoDataFrame(
    {
        "unit_code": ["421300", "421303", "421303001", "421303002", "421303001001"],
        "name": ["随州市", "曾都区", "西城街道", "东城街道", "铁树居委会（社区）"],
        "level": ["prefecture", "county", "township", "township", "village"],
        "parent_code": ["420000", "421300", "421303", "421303", "421303001"],
    },
    geometry=[None, square(0, 0, 2_000), square(0, 0), square(1_000, 0),
              shapely.box(X, Y, X + 500, Y + 1_000)],
    crs="EPSG:4547",
)  # fmt: skip
PLACES = gpd.GeoDataFrame(
    {
        "place_id": ["p1", "p2", "p3", "p4", "p5", "p6"],
        "standard_name": ["解放路", "白云湖公园", "王家湾", "王家湾", "东城街道", "东城公园"],
        "unit_code": ["421303", "421303001", "421303001", "421303002", "421303002", "421303"],
        "other_names": ["老街", None, "", "", "", ""],
    },
    geometry=[
        shapely.LineString([(X, Y + 500), (X + 2_000, Y + 500)]),
        shapely.Point(X + 100, Y + 100), shapely.Point(X + 700, Y + 700), None,
        shapely.Point(X + 1_234, Y + 321), shapely.Point(X + 1_500, Y + 100),
    ],
    crs="EPSG:4547",
)  # fmt: skip


def one(text, **more):
    return geocode([text], UNITS, PLACES, **more).iloc[0]


def metres(row):
    point = gpd.GeoSeries(gpd.points_from_xy([row["lon"]], [row["lat"]]), crs="EPSG:4490")
    return point.to_crs("EPSG:4547").iloc[0]


@pytest.mark.parametrize(
    ("text", "grade", "unit", "place", "rest"),
    [
        ("曾都区西城街道解放路12号3栋", "street", "421303001", "p1", "3栋"),
        ("曾都老街5号", "street", "421303", "p1", ""),
        ("曾都西城白云湖公园东门", "place", "421303001", "p2", "东门"),
        ("白云湖公园", "place", "421303001", "p2", ""),
        ("曾都区东城街道王家湾3组", "place", "421303002", "p4", "3组"),
        ("东城公园", "place", "421303", "p6", ""),  # not the street office and 公园
        ("曾都东城", "township", "421303002", "p5", ""),  # the unit is itself a place
        ("随州市曾都区西城街道铁树社区", "village", "421303001001", None, ""),
        ("曾都区白云湖公园西路8号", "county", "421303", None, ""),  # another name begins so
        ("随州", "prefecture", "421300", None, ""),
    ],
)
def test_grades(text, grade, unit, place, rest):
    found = one(text)
    got = found["place_id"] if isinstance(found["place_id"], str) else None
    assert (found["grade"], found["unit_code"], got, found["rest"]) == (grade, unit, place, rest)


def test_positions_are_of_the_place_else_of_the_unit():
    found = one("东城街道")
    assert found["position_of"] == "place"
    assert metres(found).distance(PLACES.geometry.iloc[4]) < 1e-3
    found = one("西城街道铁树社区")
    assert found["position_of"] == "unit"
    assert UNITS.geometry.iloc[4].contains(metres(found))
    assert metres(one("曾都解放路")).distance(PLACES.geometry.iloc[0]) < 1e-3
    found = one("东城街道王家湾")  # the place was never surveyed: its town is
    assert (found["place_id"], found["position_of"]) == ("p4", "unit")
    found = one("随州市")  # the unit has no polygon
    assert (found["grade"], found["position_of"]) == ("prefecture", "")
    assert np.isnan(found["lon"])


def test_two_places_of_one_name():
    found = one("曾都区王家湾")
    assert (found["grade"], found["unit_code"], found["candidate_ids"]) == (
        "ambiguous", "421303", "p3;p4",
    )  # fmt: skip
    assert (found["candidates"], found["position_of"]) == (2, "")
    assert np.isnan(found["lat"])
    assert "p3、p4" in found["reason_zh"]


def test_bad_rows_come_back_with_their_reason_and_lose_nobody():
    texts = pd.Series(["曾都区", None, "", "x" * 300, "曾都区", 7, "东城街道铁树社区", "甲乙丙"],
                      index=list("abcdefgh"))  # fmt: skip
    found = geocode(texts, UNITS, PLACES)
    assert found.index.tolist() == list("abcdefgh")
    assert found["grade"].tolist() == ["county", "unreadable", "unreadable", "unreadable", "county",
                                       "unreadable", "contradiction", "none"]  # fmt: skip
    assert (found["reason_zh"] != "").tolist() == [False, True, True, True, False, True, True, True]
    assert found.loc[["b", "c", "d", "f", "g", "h"], "lon"].isna().all()
    assert set(found["grade"]) <= set(GRADES)
    assert len(geocode([], UNITS, PLACES)) == 0


def test_units_without_shapes_and_without_places():
    table = pd.DataFrame(UNITS.drop(columns="geometry"))
    found = geocode(["曾都", "解放路"], table)
    assert found["grade"].tolist() == ["county", "none"]
    assert found["lon"].isna().all()
    old = pd.DataFrame({"name": ["城关镇"], "unit_code": ["421303001"]})
    found = geocode(["曾都区城关镇"], table, aliases=old).iloc[0]
    assert (found["unit_code"], found["reason_zh"]) == (
        "421303001", "“城关镇”是旧名或别名，现为西城街道",
    )  # fmt: skip


def test_what_cannot_be_used_is_refused():
    with pytest.raises(MissingColumnsError):
        geocode(["曾都"], UNITS, PLACES.drop(columns="place_id"))
    with pytest.raises(MissingCRSError):
        geocode(["曾都东城"], UNITS, PLACES.set_crs(None, allow_override=True))


def test_the_batch_says_what_each_text_says_alone(root):
    """Equal words are read once; the answers are those of `parse`, in the order given."""
    units = pd.read_csv(root / "data/facts/units.csv", dtype=str)
    names = UnitNames.of(units)
    rng = np.random.default_rng(3)
    paths = [names.path(k) for k in range(len(names.units))]
    texts = [
        paths[k][rng.choice([0, 3, 6]) :] + f"解放路{k % 90}号"
        for k in rng.integers(0, len(paths), 400)
    ]
    texts += texts[:50]
    found = Geocoder.of(units).find(texts)
    for text, row in zip(texts, found.itertuples(), strict=True):
        alone = parse(text, units=names)
        assert (row.unit_code or "") == alone.unit_code
        assert (row.number, row.street) == (alone.number, alone.street)
        assert row.candidates == len(alone.candidates)
