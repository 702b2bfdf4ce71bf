"""Reverse geocoding: the unit of a point exactly, the line near it, and what the public may know."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from fixtures.covers import as_units, wriggly_cover
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import EmptyLayerError, InputError, MissingColumnsError, MissingCRSError
from geoplan.placenames.near_names import nearest_names
from geoplan.placenames.reverse import reverse
from geoplan.placenames.ring_index import edge_distance, hold, index_rings
from geoplan.placenames.unit_cover import UnitCover

CRS = "EPSG:4547"
X, Y = 450_000.0, 3_500_000.0


def box(x0, y0, x1, y1):
    return shapely.box(X + x0, Y + y0, X + x1, Y + y1)


# y=1000 +-----------+-----------+  a holds an enclave of b (400..600) and has an exclave east of b;
#        |  a  [b]   |     b     | a  "n" adjoins the city in the north
# y=0    +-----------+-----------+
#        x=0       1000        2000..2200
HOLE = box(400, 400, 600, 600)
A = shapely.union_all([box(0, 0, 1000, 1000).difference(HOLE), box(2000, 0, 2200, 200)])
B = shapely.union_all([box(1000, 0, 2000, 1000), HOLE])
UNITS = gpd.GeoDataFrame(
    {
        "unit_code": ["421300", "421303", "421303001", "421303002", "411500"],
        "name": ["随州市", "曾都区", "甲镇", "乙镇", "信阳市"],
        "level": ["prefecture", "county", "township", "township", "prefecture"],
        "parent_code": ["420000", "421300", "421303", "421303", "410000"],
        "neighbour": [False, False, False, False, True],
    },
    geometry=[None, box(0, 0, 2000, 1000), A, B, box(0, 1000, 2000, 2000)],
    crs=CRS,
)
COVER = UnitCover.of(UNITS)


def points(*xy, crs=CRS):
    shapes = [
        p if p is None or hasattr(p, "wkt") else shapely.Point(X + p[0], Y + p[1]) for p in xy
    ]
    return gpd.GeoDataFrame(index=[f"p{k}" for k in range(len(xy))], geometry=shapes, crs=crs)


def test_chain_hole_exclave_and_distance(policy):
    found = reverse(points((200, 300), (500, 500), (2100, 100), (1500, 500)), UNITS, policy=policy)
    assert found["unit_code"].tolist() == ["421303001", "421303002", "421303001", "421303002"]
    assert found["boundary_m"].tolist() == pytest.approx([200, 100, 100, 500])
    assert found.index.tolist() == ["p0", "p1", "p2", "p3"]
    first = found.iloc[0]
    assert first[["province", "prefecture", "county", "township"]].tolist() == [
        "420000", "421300", "421303", "421303001",
    ]  # fmt: skip
    assert (first["village"], first["level"]) == (None, "township")
    assert first["path"] == "湖北省随州市曾都区甲镇"
    assert not found["ambiguous"].any()


def test_near_a_line_both_units_are_listed_and_the_limit_is_closed(policy):
    asked = points((995, 200), (994.99, 200), (1005, 200), (3, 200))
    found = reverse(asked, COVER, policy=policy)  # 0.5 mm on a map of 1:10 000 is 5 m
    assert found["ambiguous"].tolist() == [True, False, True, True]
    assert found["units_near"].tolist() == [
        "421303001;421303002", "", "421303002;421303001", "421303001",
    ]  # fmt: skip
    wide = reverse(asked, COVER, policy=policy, ambiguous_m=5.02)
    assert wide["ambiguous"].all()
    own = asked.assign(accuracy_m=[None, 1.0, 0.0, 0.0])
    assert reverse(own, COVER, policy=policy)["ambiguous"].tolist() == [True, True, True, True]
    rough = UNITS.assign(accuracy_m=[0, 0, 30.0, None, 0])
    found = reverse(points((975, 200), (1025, 200)), rough, policy=policy)
    assert found["ambiguous"].tolist() == [True, False]


def test_on_a_line_a_point_belongs_to_one_unit_and_says_so(policy):
    found = reverse(points((1000, 500), (400, 450), (1000, 1000), (0, 0)), COVER, policy=policy)
    assert found["unit_code"].tolist() == ["421303001"] * 4
    assert found["boundary_m"].tolist() == [0, 0, 0, 0]
    assert found["ambiguous"].all()
    assert found["reason"].tolist()[0] == "on_boundary;near_boundary"
    assert set(found["units_near"].iloc[2].split(";")) == {"421303001", "421303002", "411500"}


def test_overlapping_units_are_said_far_from_any_line(policy):
    units = gpd.GeoDataFrame(
        {"unit_code": ["b", "a"], "name": ["乙", "甲"], "level": "township", "parent_code": None},
        geometry=[box(0, 0, 900, 900), box(300, 0, 1200, 900)], crs=CRS,
    )  # fmt: skip
    found = reverse(points((600, 450)), units, policy=policy).iloc[0]
    assert (found["unit_code"], found["units_near"], found["reason"]) == ("a", "a;b", "on_boundary")


def test_a_gap_between_villages_falls_to_the_town(policy):
    village = {"unit_code": "421303001001", "name": "丙村", "level": "village",
               "parent_code": "421303001", "neighbour": False, "geometry": box(0, 0, 300, 1000)}  # fmt: skip
    units = gpd.GeoDataFrame([*UNITS.to_dict("records"), village], crs=CRS)
    found = reverse(points((100, 500), (350, 500)), units, policy=policy)
    assert found["unit_code"].tolist() == ["421303001001", "421303001"]
    assert found["village"].tolist() == ["421303001001", None]


def test_points_that_are_nowhere_say_why(policy):
    line = shapely.LineString([(X, Y), (X + 1, Y)])
    empty, nan = shapely.Point(), shapely.Point(np.nan, Y)
    turned = shapely.Point(Y + 500, X + 500)
    asked = points(None, empty, nan, line, turned, (500, 1500), (9e4, 9e4), (500, 1003), (200, 200))
    found = reverse(asked, COVER, policy=policy)
    assert found["reason"].tolist() == [
        "no_position", "no_position", "no_position", "not_a_point", "swapped", "outside_city",
        "outside_city", "outside_city;near_boundary", "",
    ]  # fmt: skip
    assert found["unit_code"].notna().tolist() == [False] * 8 + [True]
    assert found["boundary_m"].notna().tolist() == [False] * 8 + [True]
    assert (found["reason_zh"].iloc[:8] != "").all()
    assert set(found["units_near"].iloc[7].split(";")) == {"411500", "421303001"}
    assert len(reverse(asked.iloc[:0], COVER, policy=policy)) == 0


def test_degrees_swapped_wrapped_or_too_large(policy):
    units = UNITS.to_crs("EPSG:4490")
    lon, lat = points((200, 300)).to_crs("EPSG:4490").geometry.iloc[0].coords[0]
    shapes = gpd.points_from_xy([lon, lat, lon + 360, 181, lon], [lat, lon, lat, 10, 91])
    found = reverse(gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4326"), units, policy=policy)
    assert found["reason"].tolist() == [
        "",
        "swapped",
        "out_of_range",
        "out_of_range",
        "out_of_range",
    ]
    assert found["boundary_m"].iloc[0] == pytest.approx(200, abs=0.01)  # degrees are not distances


def test_disputes_are_for_those_who_may_know(policy):
    disputes = gpd.GeoDataFrame(
        {"left_party": ["421303001"], "right_party": ["421303002"]},
        geometry=[box(800, 100, 1200, 200)], crs=CRS,
    )  # fmt: skip
    asked = points((850, 150), (850, 250))
    found = reverse(asked, COVER, policy=policy, disputes=disputes.to_crs("EPSG:4490"))
    assert found["reason"].tolist() == ["in_dispute", ""]
    assert found["units_near"].iloc[0] == "421303001;421303002"
    public = reverse(asked, COVER, policy=policy, disputes=disputes, public=True)
    assert not public["ambiguous"].any()
    assert "dispute" not in public.to_csv()


def test_the_public_learns_no_more_of_a_line_than_the_rounding(policy):
    """All points of one square of 50 m get the same answer, in bands."""
    rng = np.random.default_rng(5)
    inside = points(*rng.uniform((950, 200), (999.99, 249.99), (200, 2)))
    found = reverse(inside, COVER, policy=policy, public=True)
    assert (found.nunique(dropna=False) == 1).all()
    assert "boundary_m" not in found.columns
    assert found["boundary_band_m"].iloc[0] == "0-100"
    assert found["ambiguous"].all()
    far = reverse(points((1500, 500), (2110, 110)), COVER, policy=policy, public=True)
    assert far["boundary_band_m"].tolist() == ["100-500", "0-100"]


def test_nearest_names(policy):
    places = gpd.GeoDataFrame(
        {"place_id": ["z", "a", "s", "none"], "standard_name": ["丁", "丙", "长街", "无"]},
        geometry=[shapely.Point(X + 100, Y + 100), shapely.Point(X + 300, Y + 100),
                  shapely.LineString([(X, Y + 400), (X + 900, Y + 400)]), None], crs=CRS,
    )  # fmt: skip
    asked = points((200, 100), (800, 390), None)
    found = reverse(asked, COVER, policy=policy, places=places)
    assert found["place_id"].tolist()[:2] == ["a", "s"]  # of two as near, the lesser id
    assert found["place_m"].tolist()[:2] == pytest.approx([100, 10])
    assert found["place_id"].isna().tolist() == [False, False, True]
    near = nearest_names(asked, places.to_crs("EPSG:4490"), most=2, within_m=300, metric_crs=CRS)
    assert near[["point", "rank", "place_id"]].to_numpy().tolist() == [
        ["p0", 1, "a"], ["p0", 2, "z"], ["p1", 1, "s"],
    ]  # fmt: skip
    assert len(nearest_names(asked, places.iloc[:0])) == 0
    assert len(nearest_names(points(shapely.Point()), places)) == 0
    for wrong in ({"most": 2}, {"most": 0}):
        with pytest.raises(InputError):
            nearest_names(asked, places, **wrong)


def test_what_cannot_be_used_is_refused(policy):
    asked = points((1, 1))
    with pytest.raises(MissingCRSError):
        reverse(asked.set_crs(None, allow_override=True), COVER, policy=policy)
    with pytest.raises(MissingCRSError):
        reverse(asked, UNITS.set_crs(None, allow_override=True), policy=policy)
    with pytest.raises(MissingColumnsError):
        reverse(asked, UNITS.drop(columns="level"), policy=policy)
    with pytest.raises(EmptyLayerError):
        reverse(asked, UNITS.iloc[:1], policy=policy)
    for wrong in (-1.0, float("nan")):
        with pytest.raises(InputError):
            reverse(asked, COVER, policy=policy, ambiguous_m=wrong)


def test_the_input_is_not_changed(policy):
    units, asked = UNITS.copy(), points((200, 300), (995, 200))
    reverse(asked, units, policy=policy, places=None)
    assert units.geometry.iloc[2].wkb == A.wkb
    assert not shapely.is_prepared(units.geometry.array).any()
    assert list(asked.columns) == ["geometry"]


# --- the ring index against GEOS ------------------------------------------------------------------

grid = st.integers(0, 12)
corner = st.tuples(grid, grid)


def star(corners):
    """A polygon around its middle, of distinct grid points; None where they make none."""
    xy = np.array(sorted(set(corners)), dtype=float)
    turn = np.arctan2(*(xy - xy.mean(axis=0)).T)
    shape = (
        shapely.Polygon(xy[np.argsort(turn, kind="stable")]) if len(xy) > 2 else shapely.Polygon()
    )
    return shape if shape.is_valid and shape.area > 0 else None


@given(
    st.lists(corner, min_size=3, max_size=14),
    st.lists(corner, min_size=3, max_size=5),
    st.booleans(),
)
@settings(max_examples=150)
def test_grid_polygons_hold_what_geos_says(outer, inner, cut):
    """Every grid and half-grid point: most lie on a vertex, an edge, or level with one."""
    shape, hole = star(outer), star(inner)
    if shape is None:
        return
    if hole is not None:
        shape = shape.difference(hole) if cut else shape.union(shapely.affinity.translate(hole, 20))
    if shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        return
    shapes = np.array([shape], dtype=object)
    index = index_rings(shapes)
    x, y = (v.ravel() for v in np.meshgrid(np.arange(-1, 34, 0.5), np.arange(-1, 14, 0.5)))
    zero = np.zeros(len(x), dtype=np.int64)
    assert (hold(index, shapes, zero, x, y) == shapely.intersects_xy(shape, x, y)).all()
    away = edge_distance(index, zero, x, y)
    assert away == pytest.approx(shapely.distance(shape.boundary, shapely.points(x, y)), abs=1e-12)


def test_a_cover_with_long_rings_is_as_geos_says(policy):
    """Random points, vertices, midpoints of edges and points a hair beside them."""
    cover = wriggly_cover(6, 5, 400)
    rng = np.random.default_rng(2)
    low, high = np.split(shapely.total_bounds(cover), 2)
    vertices = shapely.get_coordinates(cover[rng.integers(0, 30, 6)])[::7]
    ends = shapely.get_coordinates(cover[3].exterior)
    middles = (ends[:-1] + ends[1:]) / 2
    xy = np.vstack([rng.uniform(low, high, (2_000, 2)), vertices, middles, middles + 1e-9,
                    np.nextafter(middles, 0)])  # fmt: skip
    units = as_units(cover)
    asked = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*xy.T), crs=CRS)
    found = reverse(asked, units, policy=policy)
    point, at = shapely.STRtree(cover).query(np.array(asked.geometry.array), predicate="intersects")
    held = {}
    for p, k in zip(point.tolist(), at.tolist(), strict=True):
        held.setdefault(p, []).append(f"{k:06d}")
    for p, code in enumerate(found["unit_code"]):
        assert code == min(held[p]) if p in held else code is None
    several = found["reason"].str.contains("on_boundary").to_numpy()
    assert several.tolist() == [len(held.get(p, [])) > 1 for p in range(len(xy))]
    rows = np.flatnonzero(found["unit_code"].notna())
    own = cover[found["unit_code"].iloc[rows].astype(int)]
    true_m = shapely.distance(shapely.boundary(own), np.array(asked.geometry.array)[rows])
    assert found["boundary_m"].to_numpy()[rows] == pytest.approx(true_m, abs=1e-9)


def test_every_village_of_the_demo_is_its_own(demo, policy):
    from geoplan.workspace import open_workspace

    units = open_workspace(demo).layers["admin_units"]
    villages = units[units["level"] == "village"]
    inner = gpd.GeoDataFrame(geometry=villages.representative_point(), index=villages.index)
    found = reverse(inner, units, policy=policy)
    assert found["unit_code"].tolist() == villages["unit_code"].tolist()
    assert found["township"].tolist() == villages["parent_code"].tolist()
    assert (found["prefecture"] == "421300").all()
    outside = units[units["neighbour"].fillna(False).astype(bool)]
    near = gpd.GeoDataFrame(geometry=outside.representative_point())
    assert reverse(near, units, policy=policy)["reason"].str.startswith("outside_city").all()


@pytest.mark.realdata
def test_the_exclave_of_sui_county_in_henan(shared_data, policy):
    counties = gpd.read_file(shared_data / "tianditu/suizhou_district.geojson")
    names = next(c for c in counties.columns if counties[c].isin(["随县"]).any())
    units = gpd.GeoDataFrame(
        {"unit_code": [str(k) for k in range(len(counties))], "name": counties[names].to_numpy(),
         "level": "county", "parent_code": None},
        geometry=counties.geometry.to_numpy(), crs="EPSG:4490",
    )  # fmt: skip
    main, exclave = sorted(
        units.loc[units["name"] == "随县", "geometry"].iloc[0].geoms, key=lambda g: -g.area
    )[:2]
    asked = gpd.GeoDataFrame(geometry=[main.representative_point(), exclave.representative_point()],
                             crs="EPSG:4490")  # fmt: skip
    assert reverse(asked, units, policy=policy)["path"].tolist() == ["随县", "随县"]
