"""SGN-01 to SGN-04: signs at ends, crossings and every 300 m; their words, their day, villages."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import CRSMismatchError, NotMetricCRSError
from geoplan.io import read_policy
from geoplan.placenames.sign_orders import purchase_list
from geoplan.placenames.signs import missing_signs, sign_terms, sign_texts, village_signs

CRS = "EPSG:4547"


def streets(*lines: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    ids = [f"P{n}" for n in range(1, len(lines) + 1)]
    return gpd.GeoDataFrame({"place_id": ids, "standard_name": [f"{i}路" for i in ids]},
                            geometry=[shapely.LineString(x) for x in lines], crs=CRS)  # fmt: skip


def signs(*at: tuple[str, float, float], **more) -> gpd.GeoDataFrame:
    table = pd.DataFrame({"sign_id": [f"S{n}" for n in range(len(at))],
                          "place_id": [a[0] for a in at]}).assign(**more)  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=[shapely.Point(a[1:]) for a in at], crs=CRS)


def found(frame: gpd.GeoDataFrame) -> list[list]:
    return frame[["place_id", "chainage_m", "why"]].to_numpy().tolist()


def test_both_ends_and_the_crossing(policy):
    """Two streets of 200 m that cross in the middle: each has two ends and the crossing."""
    two = streets([(0, 0), (200, 0)], [(100, -100), (100, 100)])
    assert found(missing_signs(two, signs(), policy)) == [
        ["P1", 0.0, "end"], ["P1", 100.0, "crossing"], ["P1", 200.0, "end"],
        ["P2", 0.0, "end"], ["P2", 100.0, "crossing"], ["P2", 200.0, "end"],
    ]  # fmt: skip
    placed = signs(("P1", 5, 8), ("P1", 100, 4), ("P1", 190, -5), ("P2", 100, -95))
    left = missing_signs(two, placed, policy)
    assert found(left) == [["P2", 100.0, "crossing"], ["P2", 200.0, "end"]]
    assert [tuple(*g.coords) for g in left.geometry] == [(100.0, 0.0), (100.0, 100.0)]


def test_exactly_300_m_is_near_enough_and_more_is_not(policy):
    for length, middle in ((300, []), (301, [150.5]), (600, [300.0]), (601, [200.3, 400.7])):
        line = streets([(0, 0), (length, 0)])
        ends = signs(("P1", 0, 0), ("P1", length, 0))
        assert missing_signs(line, ends, policy)["chainage_m"].tolist() == middle


def test_signs_of_others_lost_ones_and_those_far_off_do_not_serve(policy):
    line = streets([(0, 0), (250, 0)])
    there = signs(("P9", 0, 0), ("P1", 250, 0), ("P1", 0, 61), ("P1", 0, 1),
                  condition=["intact", "faded", "intact", "lost"])  # fmt: skip
    assert found(missing_signs(line, there, policy)) == [["P1", 0.0, "end"]]


def test_a_ring_has_one_end_and_gaps_round_it(policy):
    ring = streets([(0, 0), (200, 0), (200, 200), (0, 200), (0, 0)])
    rows = missing_signs(ring, signs(), policy)
    assert rows["chainage_m"].tolist() == [0.0, pytest.approx(266.7), pytest.approx(533.3)]


def test_pieces_of_a_street_and_streets_without_a_line(policy):
    both = streets([(0, 0), (1, 0)], [(0, 0), (1, 0)])
    both.geometry = [shapely.MultiLineString([[(0, 0), (90, 0)], [(500, 0), (590, 0)]]), None]
    rows = missing_signs(both, signs(), policy)
    assert rows["part"].tolist() == [1, 1, 2, 2]
    assert len(missing_signs(both.iloc[:0], signs(), policy)) == 0


def test_metres_are_asked_for(policy):
    line = streets([(0, 0), (250, 0)])
    with pytest.raises(NotMetricCRSError):
        missing_signs(line.to_crs("EPSG:4490"), signs(), policy)
    with pytest.raises(CRSMismatchError):
        missing_signs(line, signs().to_crs("EPSG:4526"), policy)


SUIZHOU = read_policy("suizhou-2022")


@settings(max_examples=40)
@given(st.lists(st.floats(0, 1500), max_size=8), st.floats(1, 1500))
def test_once_set_nothing_is_missing(at, length):
    """Putting a sign wherever one is missing leaves no gap: the list is whole and of no more."""
    line = streets([(0, 0), (length, 0)], [(length / 3, -50), (length / 3, 50)])
    there = signs(*(("P1", x, 3.0) for x in at if x <= length))
    missing = missing_signs(line, there, SUIZHOU)
    new = signs(*((p, g.x, g.y) for p, g in zip(missing["place_id"], missing.geometry,
                                                strict=True)))  # fmt: skip
    whole = gpd.GeoDataFrame(pd.concat([there, new], ignore_index=True), crs=CRS)
    assert missing_signs(line, whole, SUIZHOU).empty
    stand = np.sort([g.x for p, g in zip(whole["place_id"], whole.geometry, strict=True)
                     if p == "P1"])  # fmt: skip
    assert (np.diff(stand) <= 300 + 1e-6).all()
    assert stand[0] <= 30
    assert stand[-1] >= length - 30


NAMES = pd.DataFrame({
    "place_id": ["P", "Q"], "standard_name": ["涢水路", "女子巷"],
    "pinyin": ["Yúnshuǐ Lù", "Nǚzǐ Xiàng"], "unit_code": "421303001001",
    "category_code": ["23500", "23500"],
})  # fmt: skip


@pytest.mark.parametrize(
    ("place", "zh", "roman", "status", "reason"),
    [
        ("P", "涢水路", "Yúnshuǐ Lù", "met", ""),
        ("P", "涢水路", "YUNSHUI LU", "met", ""),
        ("P", "涢水路", "YÚNSHUǏ LÙ", "met", ""),
        ("P", "涢水路", "Yúnshui Lù", "not_met", "other_spelling"),
        ("P", "涢水路", "Yúnshuǐ Road", "not_met", "english_generic"),
        ("P", "溳水路", "Yúnshuǐ Lù", "not_met", "other_name"),
        ("P", "涢水路", None, "no_data", "no_spelling"),
        ("P", None, "Yúnshuǐ Lù", "no_data", "no_text"),
        ("X", "涢水路", "Yúnshuǐ Lù", "no_data", "no_name"),
        ("Q", "女子巷", "NÜZI XIANG", "met", ""),
        ("Q", "女子巷", "NUZI XIANG", "not_met", "other_spelling"),
    ],
)
def test_sgn_02_words_of_signs(place, zh, roman, status, reason):
    """地名管理条例第十八条、第十九条: the standard name and its spelling, no English generic."""
    one = pd.DataFrame({"place_id": [place], "text_zh": [zh], "text_pinyin": [roman]})
    row = sign_texts(one, NAMES).iloc[0]
    assert (row["status"], row["reason"]) == (status, reason)


def test_sgn_03_sixty_days_from_approval(policy):
    cases = pd.DataFrame({
        "case_id": ["1", "2", "3", "4"], "place_id": ["P", "Q", "R", "P"],
        "case_kind": ["naming", "rename", "naming", "retire"], "approved_on": "2026-01-01",
    })  # fmt: skip
    there = pd.DataFrame({"place_id": ["P", "P", "Q"],
                          "installed_on": ["2025-12-31", "2026-03-02", "2026-03-03"]})  # fmt: skip
    found_ = sign_terms(cases, there, policy, date(2026, 3, 3))
    assert found_["state"].tolist() == ["met", "late", "overdue"]  # 60 days: 2 March is within


def test_sgn_04_one_sign_a_village():
    villages = pd.DataFrame({"unit_code": ["a", "b", "c"], "name": ["甲村", "乙村", "丙村"]})
    names = pd.DataFrame({"place_id": ["1", "2", "3"], "unit_code": ["a", "b", "c"],
                          "category_code": ["21610", "21620", "22200"]})  # fmt: skip
    there = pd.DataFrame({"place_id": ["1", "1", "2"], "condition": ["intact", None, "lost"]})
    rows = village_signs(villages, names, there)
    assert rows["status"].tolist() == ["met", "not_met", "no_data"]
    assert rows["sign_count"].tolist() == [2, 0, pd.NA]


def test_the_purchase_list_buys_each_sign_once():
    """A renamed sign that is wrong too is one sign; a retired place buys none."""
    signs_ = pd.DataFrame({"sign_id": ["1", "2", "3"], "place_id": ["P", "P", "Q"],
                           "sign_kind": ["street", "street", "lane"]})  # fmt: skip
    queue = pd.DataFrame({"layer": ["name_signs"] * 3 + ["facilities"], "id": ["1", "2", "3", "f"],
                          "place_id": ["P", "P", "Z", "P"], "bears": "place",
                          "new_name": ["涢水路", "涢水路", "", "涢水路"]})  # fmt: skip
    wrong = pd.DataFrame({"sign_id": ["1", "3"], "place_id": ["P", "Q"], "status": "not_met"})
    missing = pd.DataFrame({"place_id": ["P", "N"]})
    rows = purchase_list(NAMES, signs_, queue=queue, wrong=wrong, missing=missing)
    told = rows[["reason", "text_zh", "count", "replaces", "status"]].to_numpy().tolist()
    assert told == [
        ["missing", "", 1, "", "no_data"], ["missing", "涢水路", 1, "", "ready"],
        ["rename", "涢水路", 2, "1;2", "ready"], ["wrong_text", "女子巷", 1, "3", "ready"],
    ]  # fmt: skip
    assert purchase_list(NAMES, signs_).empty
