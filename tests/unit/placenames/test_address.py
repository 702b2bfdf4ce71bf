"""Addresses: the units, street and number of a text; every other reading and every contradiction."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError, MissingColumnsError
from geoplan.placenames.address import LONGEST, parse
from geoplan.placenames.unit_names import UnitNames
from geoplan.placenames.unit_spellings import GENERICS, SHORT, spellings, split_unit, tidy

# 湖北省 420000 (added by code), two counties, a name on two levels, two villages of one name
ROWS = [
    ("421300", "随州市", "prefecture", "420000"),
    ("421303", "曾都区", "county", "421300"),
    ("421321", "随县", "county", "421300"),
    ("421381", "广水市", "county", "421300"),
    ("421303002", "东城街道", "township", "421303"),
    ("421321101", "厉山镇", "township", "421321"),
    ("421321104", "草店镇", "township", "421321"),
    ("421381003", "广水街道", "township", "421381"),
    ("421303002004", "文峰塔居委会（社区）", "village", "421303002"),
    ("421321101201", "朝阳村委会", "village", "421321101"),
    ("421321104001", "草店居民委员会", "village", "421321104"),
    ("421381003201", "朝阳村", "village", "421381003"),
    ("421321104002", "洪山路居民委员会", "village", "421321104"),
]
UNITS = pd.DataFrame(ROWS, columns=["unit_code", "name", "level", "parent_code"])
NAMES = UnitNames.of(
    UNITS, pd.DataFrame({"name": ["烈山镇", "城关镇"], "unit_code": ["421321101", "999"]})
)
TOWER = "421303002004"


def read(text):
    return parse(text, units=NAMES)


def codes(notes):
    return [n.code for n in notes]


@pytest.mark.parametrize(
    "text",
    [
        "湖北省随州市曾都区东城街道文峰塔居委会（社区）",
        "湖北省随州市曾都区东城街道办事处文峰塔社区居民委员会",
        "随州市曾都区东城街办文峰塔社区居委会",
        "随州曾都东城文峰塔",
        "曾都东城办事处文峰塔居委会",
        "东城街道文峰塔社区",
        "文峰塔社区",
        "文峰塔",
        "中国湖北省-随州市/曾都区,东城街道 文峰塔社区",
        "地址：441300湖北省随州市曾都区东城街道文峰塔社区",
        "湖北省随州市湖北省随州市曾都区文峰塔社区",
        "湖北省隨州市曾都區東城街道文峰塔社區",
        "随州市　曾都区\n东城街道\u200b文峰塔社区",
    ],
)
def test_ways_to_write_one_village(text):
    found = read(text)
    assert (found.state, found.unit_code, found.level) == ("unique", TOWER, "village")
    assert found.codes == ("420000", "421300", "421303", "421303002", TOWER)
    assert found.rest == ""


def test_street_number_and_rest():
    found = read("曾都区东城街道文峰塔社区解放路１２号附３号3栋2单元501室")
    assert (found.unit_code, found.street, found.number) == (TOWER, "解放路", "12号附3号")
    assert found.rest == "3栋2单元501室"
    assert read("曾都区解放路12").number == "12"
    assert read("曾都区解放路与烈山大道交叉口").street == "解放路"
    found = read("东城街道文峰塔社区3组12号")
    assert (found.unit_code, found.street, found.number, found.rest) == (TOWER, "", "", "3组12号")


def test_units_said_twice_are_units_not_rest():
    found = read("曾都区东城街道曾都区东城街道")
    assert (found.unit_code, found.rest) == ("421303002", "")
    assert read("随州市" * 60).unit_code == "421300"


def test_a_name_without_generic_is_the_unit_just_below():
    """草店 after 随县 is the town; the village of that name is said, not forgotten."""
    found = read("随县草店")
    assert (found.state, found.unit_code) == ("unique", "421321104")
    assert [c.unit_code for c in found.candidates] == ["421321104", "421321104001"]
    assert codes(found.notes) == ["also"]
    assert read("草店镇草店").unit_code == "421321104001"
    assert [c.unit_code for c in read("广水").candidates] == ["421381", "421381003"]
    assert read("广水广水").unit_code == "421381003"


def test_two_villages_of_one_name_are_ambiguous():
    found = read("随州市朝阳村")
    assert (found.state, found.unit_code) == ("ambiguous", "421300")
    assert {c.unit_code for c in found.candidates} == {"421321101201", "421381003201"}
    assert {c.path for c in found.candidates} == {
        "湖北省随州市随县厉山镇朝阳村委会",
        "湖北省随州市广水市广水街道朝阳村",
    }
    assert read("随县朝阳村").unit_code == "421321101201"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("曾都区厉山镇", "厉山镇在湖北省随州市随县，不在曾都区"),
        ("曾都厉山", "厉山镇在湖北省随州市随县，不在曾都区"),
        ("曾都区随县厉山镇", "随县在湖北省随州市，不在曾都区"),
        ("曾都区厉山镇朝阳村", "厉山镇在湖北省随州市随县，不在曾都区"),
        ("东城街道朝阳村12号", "朝阳村委会在湖北省随州市随县厉山镇，不在东城街道"),
        ("河南省随州市", "随州市在湖北省，不在河南省"),
    ],
)
def test_contradictions_are_said(text, said):
    found = read(text)
    assert found.state == "contradiction"
    assert said in [n.zh for n in found.notes]
    assert len(found.candidates) >= 2
    assert found.unit_code in ("", "421300")


def test_old_names_and_other_generics_are_understood_and_said():
    found = read("随县烈山镇")
    assert (found.unit_code, [n.zh for n in found.notes]) == (
        "421321101",
        ["“烈山镇”是旧名或别名，现为厉山镇"],
    )
    found = read("曾都区东城镇文峰塔村")
    assert (found.unit_code, codes(found.notes)) == (TOWER, ["other_generic", "other_generic"])
    renamed = pd.concat(
        [
            UNITS.assign(valid_to=None),
            pd.DataFrame(
                [("421321101", "神农镇", "township", "421321", "2001-01-01")],
                columns=[*UNITS.columns, "valid_to"],
            ),
        ]
    )
    assert codes(parse("随县神农镇", units=renamed).notes) == ["former"]


@pytest.mark.parametrize("text", ["东城大道5号", "随州路", "曾都小区", "洛阳市", "厉山村", "12号"])
def test_a_short_name_is_not_cut_out_of_a_longer_one(text):
    found = read(text)
    assert found.unit_code == "421303" if text == "曾都小区" else found.state == "none"


def test_a_street_is_no_community_of_the_same_name():
    """洪山路居民委员会 without its generic is a street where a number follows."""
    assert read("草店镇洪山路12号").unit_code == "421321104"
    assert read("草店镇洪山路12号").street == "洪山路"
    assert read("草店镇洪山路社区12号").unit_code == "421321104002"


def test_what_is_not_in_the_list_is_said():
    found = read("曾都区新造镇解放路12号")
    assert (found.state, found.unit_code, codes(found.notes)) == ("unique", "421303", ["lost"])
    assert (found.rest, found.street) == ("新造镇", "解放路")
    found = read("某某东城街道办事处")
    assert (found.unit_code, codes(found.notes)) == ("421303002", ["lead"])


def test_outside_the_city():
    found = read("河南省信阳市浉河区")
    assert (found.state, found.unit_code, codes(found.notes)) == ("outside", "410000", ["outside"])
    units = pd.concat([UNITS, pd.DataFrame([("411500", "信阳市", "prefecture", "410000")],
                                           columns=UNITS.columns)]).assign(neighbour=False)  # fmt: skip
    units.loc[units["unit_code"] == "411500", "neighbour"] = True
    assert parse("信阳市", units=units).state == "outside"


@pytest.mark.parametrize("bad", [None, 5, "", "  \u200b", "长" * (LONGEST + 1), float("nan")])
def test_what_is_no_address_is_refused(bad):
    with pytest.raises(InputError, match="Fix"):
        parse(bad, units=NAMES)
    with pytest.raises(MissingColumnsError):
        parse("随州市", units=UNITS[["name"]])


@pytest.mark.parametrize(
    "odd", ["🙂", "随州市🙂", "'; DROP TABLE x--", "\u202e市州随", "𪨶", "((("]
)
def test_odd_characters_do_no_harm(odd):
    assert read(odd).state in ("none", "unique")


@given(
    st.text(
        alphabet="湖北省随州市曾都区县东城街道厉山镇草店广水文峰塔居委会朝阳村路12号-、",
        max_size=24,
    )
)
def test_any_text_is_read_and_the_answer_holds_together(text):
    if not tidy(text):
        return
    found = read(text)
    for way in found.candidates:
        chain = [c for c in way.codes if c]
        assert way.unit_code == chain[-1]
        parents = dict(zip(UNITS["unit_code"], UNITS["parent_code"], strict=True))
        assert all(parents[low] == high for high, low in pairwise(chain))
    assert (found.state == "unique") <= (
        found.unit_code == found.candidates[0].unit_code if found.candidates else False
    )
    assert found == read(text)


def test_spellings():
    assert split_unit("随县", "county") == ("随", GENERICS["county"][1])
    assert [s.text for s in spellings("随县", "county")] == ["随县"]
    assert "内蒙古" in [s.text for s in spellings("内蒙古自治区", "province")]
    assert "广西" in [s.text for s in spellings("广西壮族自治区", "province")]
    assert split_unit("中华山林场", "township") == ("中华山林场", ())
    assert {s.text for s in spellings("双塘村委会", "village")} >= {
        "双塘",
        "双塘村",
        "双塘村民委员会",
    }


@pytest.fixture(scope="module")
def city(root):
    units = pd.read_csv(root / "data/facts/units.csv", dtype=str)
    return UnitNames.of(units)


def test_every_village_of_suizhou_is_found(city):
    """In full it is itself; shortened it is itself or one of the readings."""
    bare = {}
    for k, unit in enumerate(city.units):
        if unit.level != 4:
            continue
        county, town = (city.units[unit.chain[n]].name for n in (2, 3))
        plain = tidy(unit.name)
        specific, generics = split_unit(plain, "village")
        alone = SHORT in [x.kind for x in spellings(unit.name, "village")]
        full = parse(city.path(k), units=city)
        assert (full.state, full.unit_code) == ("unique", unit.code)
        ways = [
            county + (specific + generics[0] if alone else plain),  # no township, like generic
            split_unit(town, "township")[0] + plain,  # no county, no 镇
            split_unit(town, "township")[0] + (specific if alone else plain),  # no generic
        ]
        for text in ways:
            found = parse(text, units=city)
            assert unit.code in [c.unit_code for c in found.candidates], (text, found)
            assert found.state in ("unique", "ambiguous"), (text, found)
            bare[found.state] = bare.get(found.state, 0) + 1
        # 广水 is a city and a street office: two villages of its other towns have the same name
        twice = ("广水陡坡村", "广水双岗村")
        assert parse(ways[1], units=city).state == "unique" or ways[1] in twice
    assert sum(bare.values()) == 3 * 1009
    assert bare["unique"] > 2900


def test_every_town_of_suizhou_is_found(city):
    for k, unit in enumerate(city.units):
        if unit.level == 3:
            full = parse(city.path(k), units=city)
            assert (full.state, full.unit_code) == ("unique", unit.code)
            short = split_unit(tidy(unit.name), "township")[0]
            county = city.units[unit.chain[2]].name
            assert parse(county + short, units=city).unit_code == unit.code
