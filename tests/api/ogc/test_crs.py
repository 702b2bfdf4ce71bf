"""Coordinates come in the order of the authority, and boxes are read in it."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from fixtures.service import is_problem
from geoplan_api.ogc import crs

from geoplan.errors import InputError

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SIGN = "/collections/name_signs/items/S0"  # at 113.1, 31.1
BY_HAND = {
    CRS84: [113.1, 31.1], f"{EPSG}4490": [31.1, 113.1],
    # 0.9 degrees west of the meridian 114: easting under 500,000; the northing of latitude 31.1
    f"{EPSG}4547": [3_442_700, 414_130], f"{EPSG}3857": [12_590_234, 3_645_743],
}  # fmt: skip


@pytest.mark.parametrize("uri", BY_HAND)
def test_a_point_is_where_it_is(client, uri):
    answer = client.get(SIGN, params={"crs": uri})
    assert answer.headers["content-crs"] == f"<{uri}>"
    found = answer.json()["geometry"]["coordinates"]
    assert found == pytest.approx(BY_HAND[uri], rel=1e-3)
    number = 4326 if uri == CRS84 else int(uri.rsplit("/", 1)[1])
    want = pyproj.Transformer.from_crs(
        4490, number, always_xy=uri == CRS84
    )  # the authority's order
    given = (113.1, 31.1) if uri == CRS84 else (31.1, 113.1)
    assert found == pytest.approx(list(want.transform(*given)), abs=1e-3)


def test_without_a_crs_it_is_crs84(client):
    answer = client.get(SIGN)
    assert answer.headers["content-crs"] == f"<{CRS84}>"
    assert answer.json()["geometry"]["coordinates"] == [113.1, 31.1]


@pytest.mark.parametrize(
    "wrong", ["EPSG:4490", f"{EPSG}99999", f"{EPSG}4326", "nonsense", "", CRS84[:-2]]
)
@pytest.mark.parametrize("name", ["crs", "bbox-crs", "filter-crs"])
def test_an_unknown_crs_is_refused_with_the_known_ones(client, name, wrong):
    params = {name: wrong, "bbox": "1,2,3,4", "filter": "sign_id = 'S1'"}
    told = is_problem(client.get("/collections/name_signs/items", params=params), 400, "bad_input")
    assert told["context"]["parameter"] == name
    assert CRS84 in told["fix"]


@pytest.mark.parametrize("uri", BY_HAND)
def test_a_box_is_read_in_its_own_order(client, uri):
    at = client.get(SIGN, params={"crs": uri}).json()["geometry"]["coordinates"]
    half = [0.001, 0.001] if uri == CRS84 or uri.endswith("4490") else [90, 90]
    box = [at[0] - half[0], at[1] - half[1], at[0] + half[0], at[1] + half[1]]
    params = {"bbox": ",".join(map(str, box)), "bbox-crs": uri}
    body = client.get("/collections/name_signs/items", params=params).json()
    assert [f["id"] for f in body["features"]] == ["S0"]
    turned = {"bbox": ",".join(str(box[k]) for k in (1, 0, 3, 2)), "bbox-crs": uri}
    answer = client.get("/collections/name_signs/items", params=turned)
    assert answer.status_code == 400 or answer.json()["numberMatched"] == 0


def test_a_box_in_metres_bends_with_its_grid():
    metric = next(c for c in crs.offered(_City()) if c.epsg == 4547)
    box = crs.boxes("3400000,300000,3600000,700000", metric)[0]
    assert shapely.get_num_coordinates(box) > 20
    to = pyproj.Transformer.from_crs(4490, 4547, always_xy=True)
    xy = np.column_stack(to.transform(*shapely.get_coordinates(box).T))
    assert xy.min(axis=0) == pytest.approx([300_000, 3_400_000], abs=0.01)
    assert xy.max(axis=0) == pytest.approx([700_000, 3_600_000], abs=0.01)


def test_a_box_may_be_a_line_or_a_point():
    metric = next(c for c in crs.offered(_City()) if c.epsg == 4547)
    for text in ("3400000,400000,3400000,400000", "3400000,400000,3500000,400000", "0,0,0,0",
                 "3400000,400000,3400000,500000"):  # fmt: skip
        numbers = [float(n) for n in text.split(",")]
        box = crs.boxes(text, metric)[0]
        assert not box.is_empty
        to = pyproj.Transformer.from_crs(4490, 4547)
        west, south, east, north = box.bounds
        assert to.transform(south, west) == pytest.approx(numbers[:2], abs=1000)
        assert to.transform(north, east) == pytest.approx(numbers[2:], abs=1000)


def test_a_box_far_outside_its_grid_is_refused():
    metric = next(c for c in crs.offered(_City()) if c.epsg == 4547)
    with pytest.raises(InputError, match="outside"):
        crs.boxes("1e12,1e12,2e12,2e12", metric)
    with pytest.raises(InputError, match="east of"):
        crs.boxes("0,500000,10,400000", metric)


class _City:
    """Somewhere else: its own grid is offered too."""

    class workspace:  # noqa: N801
        metric_crs = "EPSG:32635"


def test_the_grid_of_another_city_is_offered_too():
    known = crs.offered(_City())
    assert [c.uri for c in known] == [CRS84, *(f"{EPSG}{n}" for n in (4490, 3857, 4547, 32635))]
    assert [c.swap for c in known] == [False, True, False, True, False]
    assert [c.digits for c in known] == [8, 8, 3, 3, 3]


@pytest.mark.parametrize("uri", BY_HAND)
def test_shapes_go_there_and_back(uri):
    one = crs.find(uri, crs.offered(_City()), "crs")
    to = pyproj.Transformer.from_crs(4490, one.epsg, always_xy=True)
    there = list(to.transform(113.4, 31.7))
    point = shapely.Point(there[::-1] if one.swap else there)
    back = crs.to_degrees(point, one)
    assert [back.x, back.y] == pytest.approx([113.4, 31.7], abs=1e-9)


@pytest.mark.parametrize("uri", BY_HAND)
@pytest.mark.parametrize("box", ["0,0,0,0", "0,0,1,0", "0,0,0,1", "-1,-1,1,1", "1e7,1e7,2e7,2e7", "-1e300,-1e300,1e300,1e300",
                                 "90,180,90,180", "-90,-180,90,180", "1e-320,0,1e-310,0"])  # fmt: skip
def test_no_box_makes_the_service_fail(client, uri, box):
    answer = client.get("/collections/name_signs/items", params={"bbox": box, "bbox-crs": uri})
    assert answer.status_code in {200, 400}, answer.text
