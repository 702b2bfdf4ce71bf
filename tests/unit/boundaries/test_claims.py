"""Claims: faces between two parties' lines, what is in them, what evidence is worth."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.boundaries.claims import compare_claims
from geoplan.boundaries.disputed_land import freeze_warnings, inside, weigh_evidence
from geoplan.crs import ellipsoidal_area_m2
from geoplan.errors import CRSMismatchError, MissingColumnsError, NotMetricCRSError

X, Y, CRS = 450_000.0, 3_505_000.0, "EPSG:4547"


def line(*xy):
    return shapely.LineString([(X + x, Y + y) for x, y in xy])


def claims(one, two, **columns):
    frame = gpd.GeoDataFrame(
        {"case_id": "c", "party": ["甲", "乙"], "evidence_class": ["A", "B"]},
        geometry=[line(*one), line(*two)],
        crs=CRS,
    )
    return frame.assign(**columns)


LEFT = {"c": "甲"}
STRAIGHT = [(0, 0), (400, 0)]
ZIGZAG = [(0, 0), (50, 100), (150, -100), (250, 100), (350, -100), (400, 0)]


def test_three_crossings_make_four_faces_that_alternate():
    """
    Triangles 100 m wide and 100 m high: 5 000 m² each, true area 60 ppm less.

    甲 holds the land north (left) of its line. Where 乙's line runs north of it both claim.
    """
    faces, findings = compare_claims(claims(STRAIGHT, ZIGZAG), left_parties=LEFT)
    assert findings.empty
    assert faces["side"].tolist() == [1, -1, 1, -1]
    assert faces["kind"].tolist() == ["overlap", "both_renounce"] * 2
    assert faces["claimed_by"].tolist() == ["both", "neither"] * 2
    assert faces["area_m2"].tolist() == pytest.approx([5000] * 4, rel=1e-4)
    assert faces["area_m2"].lt(5000).all()
    assert faces["left_length_m"].tolist() == pytest.approx([100] * 4, rel=1e-4)
    assert faces["length_m"].tolist() == pytest.approx([2 * (50**2 + 100**2) ** 0.5] * 4, rel=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(20, 200), st.sampled_from([-1, 1])), min_size=1, max_size=9))
def test_n_crossings_make_n_plus_one_faces(peaks):
    """Peaks on alternating sides cross between; on the same side they touch: two faces either way."""
    top = [(0, 0)]
    for k, (height, side) in enumerate(peaks):
        top += [(k * 100 + 50, height * side), (k * 100 + 100, 0)]
    base = [(0, 0), (len(peaks) * 100, 0)]
    faces, _ = compare_claims(claims(base, top), left_parties=LEFT)
    assert len(faces) == len(peaks)
    assert faces["side"].tolist() == [side for _, side in peaks]
    assert faces["area_m2"].sum() == pytest.approx(sum(50 * h for h, _ in peaks), rel=1e-4)
    swapped, _ = compare_claims(claims(top, base), left_parties=LEFT)
    assert swapped["side"].tolist() == [-side for _, side in peaks]
    assert swapped["area_m2"].tolist() == pytest.approx(faces["area_m2"].tolist())


def test_direction_and_order_of_the_drawn_lines_do_not_matter():
    there, _ = compare_claims(claims(STRAIGHT, ZIGZAG), left_parties=LEFT)
    back, _ = compare_claims(claims(STRAIGHT, ZIGZAG[::-1]), left_parties=LEFT)
    assert there["side"].tolist() == back["side"].tolist()
    pieces = pd.concat([claims(STRAIGHT, ZIGZAG[:3]), claims(STRAIGHT, ZIGZAG[2:]).iloc[1:]])
    again, findings = compare_claims(pieces, left_parties=LEFT)
    assert again["area_m2"].tolist() == pytest.approx(there["area_m2"].tolist())
    assert findings.empty


def test_touches_and_shared_stretches_are_no_faces():
    """One face of 500 m² before 200 m both agree on, one of 1 000 m² after."""
    two = [(0, 0), (50, 10), (100, 0), (300, 0), (350, -20), (400, 0)]
    faces, findings = compare_claims(claims(STRAIGHT, two), left_parties=LEFT)
    assert faces["area_m2"].tolist() == pytest.approx([500, 1000], rel=1e-4)
    assert faces["side"].tolist() == [1, -1]
    assert findings.empty


def test_who_claims_more_than_the_demarcated_line():
    """乙 stands on the official line, 甲 claims 100 m over it: 40 000 m² of 乙's land."""
    official = gpd.GeoDataFrame({"case_id": ["c"]}, geometry=[line(*STRAIGHT)], crs=CRS)
    greedy = [(0, 0), (0, -100), (400, -100), (400, 0)]
    faces, _ = compare_claims(claims(greedy, STRAIGHT), official, left_parties=LEFT)
    assert faces[["kind", "claims_more", "claimed_by"]].to_numpy().tolist() == [
        ["position", "甲", "both"]
    ]
    assert faces["left_gain_m2"].iloc[0] == pytest.approx(40_000, rel=1e-4)
    assert faces["right_gain_m2"].iloc[0] == 0
    # half way between the two: each claims as much of the other's
    middle = gpd.GeoDataFrame({"case_id": ["c"]}, geometry=[line((0, -50), (400, -50))], crs=CRS)
    half, _ = compare_claims(claims(greedy, STRAIGHT), middle, left_parties=LEFT)
    assert half[["left_gain_m2", "right_gain_m2"]].to_numpy() == pytest.approx(
        np.full((1, 2), 20_000), rel=1e-4
    )


def test_without_sides_overlap_and_gap_look_alike():
    faces, findings = compare_claims(claims(STRAIGHT, ZIGZAG))
    assert faces["kind"].unique().tolist() == ["unknown"]
    assert findings[["code", "severity"]].to_numpy().tolist() == [["side_unknown", "no_data"]]


def test_claims_over_part_of_the_line_are_joined_and_said():
    """乙 claims 200 m of 400: the ends are joined by the shortest way, 10 and 20 m."""
    faces, findings = compare_claims(
        claims(STRAIGHT, [(100, 10), (200, 60), (300, 20)]), left_parties=LEFT
    )
    assert findings["code"].tolist() == ["ends_apart"] * 2
    assert "10.0 米" in findings["message_zh"].iloc[0]
    # two trapezia, 100 m wide, of 35 and 40 m mean height
    assert faces["area_m2"].tolist() == pytest.approx([7500], rel=1e-4)
    assert faces["closed_by_join"].tolist() == [True]


def test_a_gap_is_where_one_side_has_stated_nothing():
    below = [(0, 0), (200, -50), (400, 0)]
    stated, _ = compare_claims(claims(STRAIGHT, below), left_parties=LEFT)
    assert stated["kind"].tolist() == ["both_renounce"]
    drawn, _ = compare_claims(claims(STRAIGHT, below, evidence_class=None), left_parties=LEFT)
    assert drawn["kind"].tolist() == ["gap"]


@pytest.mark.parametrize(("two", "code"), [
    (STRAIGHT, "identical"), (STRAIGHT[::-1], "identical"),
    ([(0, 18_000), (400, 18_000)], "too_far_apart"), ([(5, 5), (5, 5)], "no_line"),
])  # fmt: skip
def test_what_cannot_be_compared_is_said(two, code):
    faces, findings = compare_claims(claims(STRAIGHT, two), left_parties=LEFT)
    assert faces.empty
    assert findings["code"].tolist() == [code]
    assert findings["case_id"].tolist() == ["c"]


def test_two_parties_two_frames():
    three = pd.concat(
        [claims(STRAIGHT, ZIGZAG), claims(STRAIGHT, ZIGZAG).iloc[:1].assign(party="丙")]
    )
    assert compare_claims(three)[1]["code"].tolist() == ["not_two_parties"]
    with pytest.raises(NotMetricCRSError):
        compare_claims(claims(STRAIGHT, ZIGZAG).to_crs("EPSG:4490"))
    with pytest.raises(MissingColumnsError):
        compare_claims(claims(STRAIGHT, ZIGZAG).drop(columns="party"))
    with pytest.raises(CRSMismatchError):
        compare_claims(claims(STRAIGHT, ZIGZAG), claims(STRAIGHT, ZIGZAG).to_crs("EPSG:4526"))


def faces_of_one():
    return compare_claims(
        claims(STRAIGHT, [(0, 0), (0, 100), (400, 100), (400, 0)]), left_parties=LEFT
    )[0]


def points(*xy, **columns):
    return gpd.GeoDataFrame(geometry=[shapely.Point(X + x, Y + y) for x, y in xy], crs=CRS).assign(
        **columns
    )


def test_who_and_what_is_inside():
    faces = faces_of_one()
    people = points((10, 50), (390, 99), (200, -1), persons=[3, 4, 100])
    villages = gpd.GeoDataFrame({"name": ["东村", "西村", "南村"]}, crs=CRS, geometry=[
        shapely.box(X + 200, Y, X + 500, Y + 500), shapely.box(X, Y, X + 200, Y + 500), shapely.box(X, Y - 500, X + 500, Y)])  # fmt: skip
    found = inside(
        faces, population=people, facilities=people.to_crs("EPSG:4490"), villages=villages
    ).iloc[0]
    assert (found["persons"], found["facilities"], found["villages"]) == (7, 2, "东村;西村")


def test_layers_that_are_not_there_are_no_zero():
    found = inside(faces_of_one()).iloc[0]
    assert found.isna().all()
    nobody = inside(faces_of_one(), population=points((0, -50), persons=[5])).iloc[0]
    assert nobody["persons"] == 0
    unknown = inside(faces_of_one(), population=points((9, 9), persons=[None])).iloc[0]
    assert np.isnan(unknown["persons"])


def test_evidence():
    rows = pd.DataFrame(
        {
            "case_id": "c",
            "party": ["甲", "甲", "乙", "丙"],
            "evidence_class": ["none", "B", "none", None],
        }
    )
    weights = weigh_evidence(rows).set_index("party")
    assert weights["weight"].to_dict() == {"甲": "reference", "乙": "inadmissible", "丙": "no_data"}
    assert weights.loc["甲", "clause"].endswith("第八条")
    assert weights.loc["甲", "pieces"] == "B1 none1"


def test_nothing_new_on_disputed_land():
    things = points((10, 10), (20, 20), (30, 30), (40, 40), (40, -40), facility_id=list("abcde"),
                    status=["planned", "building", "operating", None, "planned"])  # fmt: skip
    found = freeze_warnings(things.to_crs("EPSG:4490"), faces_of_one())
    assert found["id"].tolist() == ["a", "b", "d"]
    assert found["status"].tolist() == ["warning", "warning", "to_verify"]
    assert found["clause"].iloc[0].endswith("第十条")
    assert found.index.tolist() == [0, 1, 3]


def test_area_is_the_ellipsoids():
    faces = faces_of_one()
    assert faces["area_m2"].to_numpy() == pytest.approx(ellipsoidal_area_m2(faces))


def side_by_side(**columns):
    """Town 甲 north of the straight line, 乙 south of it."""
    frame = gpd.GeoDataFrame(
        {"unit_code": ["421303001", "421303002"], "name": ["甲", "乙"]},
        geometry=[shapely.box(X - 1000, Y, X + 1400, Y + 2000), shapely.box(X - 1000, Y - 2000, X + 1400, Y)],
        crs=CRS,
    )  # fmt: skip
    return frame.assign(**columns)


@pytest.mark.parametrize("drawn", [(1, 1), (1, -1), (-1, 1), (-1, -1)])
def test_parties_that_are_units_are_found_on_their_sides(drawn):
    """Whichever way the lines are drawn: where 乙's line runs north, both claim."""
    one, two = STRAIGHT[:: drawn[0]], ZIGZAG[:: drawn[1]]
    faces, findings = compare_claims(claims(one, two), admin_units=side_by_side())
    assert findings.empty
    kinds = faces.assign(y=shapely.get_y(shapely.centroid(faces.geometry.to_numpy())) > Y)
    assert set(zip(kinds["y"], kinds["kind"], strict=True)) == {
        (True, "overlap"), (False, "both_renounce")}  # fmt: skip
    by_code = claims(one, two, party=["421303001", "421303002"])
    again, _ = compare_claims(by_code, admin_units=side_by_side())
    assert again["kind"].tolist() == faces["kind"].tolist()


@pytest.mark.parametrize("towns", [
    side_by_side(name=["丙", "丁"]),  # the parties are no units
    side_by_side(name=["甲", "甲"]),  # a name that two units have
    side_by_side().assign(geometry=[shapely.box(X, Y + 9e4, X + 1, Y + 9e4 + 1)] * 2),  # far away
])  # fmt: skip
def test_where_units_do_not_tell_the_side_nobody_guesses(towns):
    towns = gpd.GeoDataFrame(towns, crs=CRS)
    faces, findings = compare_claims(claims(STRAIGHT, ZIGZAG), admin_units=towns)
    assert faces["kind"].unique().tolist() == ["unknown"]
    assert findings["code"].tolist() == ["side_unknown"]


def test_a_stated_side_wins_over_the_units():
    stated, _ = compare_claims(
        claims(STRAIGHT, ZIGZAG), left_parties={"c": "乙"}, admin_units=side_by_side()
    )
    found, _ = compare_claims(claims(STRAIGHT, ZIGZAG), admin_units=side_by_side())
    assert stated["side"].tolist() == [-s for s in found["side"]]


def test_the_way_the_official_line_is_drawn_does_not_matter():
    greedy = [(0, 0), (0, -100), (400, -100), (400, 0)]
    for drawn in (STRAIGHT, STRAIGHT[::-1]):
        official = gpd.GeoDataFrame({"case_id": ["c"]}, geometry=[line(*drawn)], crs=CRS)
        faces, _ = compare_claims(claims(greedy, STRAIGHT), official, left_parties=LEFT)
        assert faces["claims_more"].tolist() == ["甲"]
        assert faces["left_gain_m2"].iloc[0] == pytest.approx(40_000, rel=1e-4)
        unsided, _ = compare_claims(claims(greedy, STRAIGHT), official)
        assert unsided[["kind", "claims_more"]].to_numpy().tolist() == [["position", "unknown"]]
        assert unsided[["left_gain_m2", "right_gain_m2"]].isna().all(axis=None)
