"""What a match is called, what it is worth, and what is said of it."""

from __future__ import annotations

import sys

import pytest

from geoplan.errors import MissingExtraError
from geoplan.io.placename_files import read_generics
from geoplan.placenames import ranking
from geoplan.placenames.queries import parse

TERMS = read_generics()


def how(asked: str, key: str, reading: str | None = None) -> str | None:
    found = ranking.match(parse(asked, generics=TERMS), key, reading, generics=TERMS)
    return found and found.how


@pytest.mark.parametrize(
    ("asked", "key", "reading", "expected"),
    [
        ("曾都区", "曾都区", None, "exact"),
        ("曾都", "曾都区", None, "generic_omitted"),
        ("东城街办", "东城街道", None, "generic_alike"),
        ("曾都县", "曾都区", None, "generic_other"),
        ("曾都", "曾都医院门诊", None, "prefix"),
        ("曾都", "湖北曾都经济开发区", None, "inside"),
        ("zengdu", "曾都", "zeng1 du1", "pinyin"),
        ("zengdu", "曾都区", "zeng1 du1 qu1", "pinyin_prefix"),
        ("zengd", "曾都区", "zeng1 du1 qu1", "pinyin_prefix"),
        ("zhendu", "曾都区", "zeng1 du1 qu1", "pinyin_near"),
        ("duqu", "曾都区", "zeng1 du1 qu1", "pinyin_inside"),
        ("zdq", "曾都区", "zeng1 du1 qu1", "initials"),
        ("zd", "曾都区", "zeng1 du1 qu1", "initials_prefix"),
        ("dq", "曾都区", "zeng1 du1 qu1", "initials_inside"),
        ("曾du", "曾都区", "zeng1 du1 qu1", "mixed"),
        ("曾d", "曾都区", "zeng1 du1 qu1", "mixed"),
        ("zeng都", "曾都区", "zeng1 du1 qu1", "mixed"),
        ("曾qu", "曾都区", "zeng1 du1 qu1", None),
        ("随县", "曾都区", "zeng1 du1 qu1", None),
        ("zengdu", "曾都区", None, None),
    ],
)  # fmt: skip
def test_matches_by_hand(asked, key, reading, expected):
    assert how(asked, key, reading) == expected


def test_better_matches_are_worth_more():
    def worth(asked, key, reading=None):
        return ranking.match(parse(asked), key, reading).worth

    assert worth("曾都区", "曾都区") == 1.0
    assert worth("曾都", "曾都区") > worth("曾都", "曾都开发区") > worth("曾都", "新曾都区")
    query = parse("唐镇")
    assert ranking.typo(query, "唐县镇", None).worth < worth("唐镇", "小唐镇")


@pytest.mark.parametrize(
    ("asked", "key", "edits"),
    [("唐镇", "唐县镇", 1), ("都曾区", "曾都区", 1), ("曾部区", "曾都区", 1), ("曾都都区", "曾都区", 1),
     ("随洲市经开区", "随州市经济开区", 2)],
)  # fmt: skip
def test_errors_are_counted(asked, key, edits):
    assert ranking.typo(parse(asked), key, None).edits == edits


@pytest.mark.parametrize(
    ("asked", "key"), [("曾都区", "随州市"), ("唐镇", "厉山镇"), ("唐", "唐镇")]
)
def test_too_many_errors_are_no_match(asked, key):
    assert ranking.typo(parse(asked), key, None) is None


def test_characters_out_of_order_weigh_less_than_other_characters():
    query = parse("谷牧村")
    assert ranking.typo(query, "牧谷村", None).worth > ranking.typo(query, "谷木村", None).worth


def test_of_near_spellings_the_nearer_one_is_worth_more():
    asked = parse("jizencun")
    zhen, jin = (
        ranking.match(asked, "某", r).worth for r in ("ji4 zhen1 cun1", "ji1 zheng1 chun1")
    )
    assert zhen > jin
    assert ranking.typo(asked, "某", "qi4 zen1 cun1").worth < zhen


def test_same_and_near_sounds():
    query = parse("历山")
    assert ranking.same_sound(query, ["lishan"], "li4 shan1 zhen4").how == "same_sound"
    assert ranking.same_sound(query, ["lisan"], "li4 shan1 zhen4").how == "near_sound"
    assert ranking.same_sound(query, ["lishan"], "sui2 zhou1") is None
    assert ranking.same_sound(query, ["lishan"], None) is None


def test_nearness_goes_by_the_tree_of_divisions():
    near = "421303001003"
    units = ["421303001003", "421303001004", "421303002001", "421321001001", "420100000000"]
    assert [ranking.nearness(u, near) for u in units] == [1.0, 0.8, 0.5, 0.25, 0.0]
    assert ranking.nearness("421303", "421303001") == 0.5
    assert ranking.nearness(None, near) == 0.0


def test_the_score_is_its_shares():
    assert sum(ranking.SHARES.values()) == pytest.approx(1.0)
    exact = ranking.Match("exact", 1.0)
    assert ranking.score(exact, "standard", 1.0, 1.0) == 1.0
    assert ranking.score(exact, "former", 0.0, 0.0) == pytest.approx(0.75 * 0.97)


@pytest.mark.parametrize("word", list(ranking.MATCHES))
def test_every_match_is_explained_in_both_languages(word):
    found = ranking.Match(word, 0.5, 1)
    zh = ranking.why(found, "former", "烈山镇", near=0.5)
    en = ranking.why(found, "former", "烈山镇", near=0.5, lang="en")
    assert zh.startswith("曾用名“烈山镇”")
    assert zh.endswith("离所给政区近")
    assert en.startswith("Former name 烈山镇 ")
    assert "{" not in zh + en


def test_without_rapidfuzz_the_error_names_the_extra(monkeypatch):
    ranking._distance.cache_clear()
    monkeypatch.setitem(sys.modules, "rapidfuzz.distance", None)
    with pytest.raises(MissingExtraError, match=r"geoplan\[search\]"):
        ranking.typo(parse("唐镇"), "唐县镇", None)
    ranking._distance.cache_clear()
