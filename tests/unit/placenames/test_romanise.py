"""Roman forms: 260 names by hand, and laws that hold for every name."""

from __future__ import annotations

import csv

import pytest
from fixtures.roman_names import RomanName, gold
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.io.policy_files import data_folder
from geoplan.io.reading_files import read_readings
from geoplan.placenames.classes import CLASSES
from geoplan.placenames.romanise import STREET, VILLAGE, Roman, romanise, together
from geoplan.placenames.tones import SYLLABLES, numbers

READINGS = read_readings()
HAN = "曾都涢水长岭一二十三五八东西南北新大环马儿安鹅山市"
parts = st.text(st.sampled_from(HAN), min_size=1, max_size=6)
syllable = st.builds(
    lambda s, t: s + t, st.sampled_from(sorted(SYLLABLES - {"r"})), st.sampled_from("12345")
)


def roman_of(line: RomanName, **options) -> Roman:
    """Read and write each part, as a place with the divisions above it."""
    written = []
    for at, (specific, generic) in enumerate(line.parts, start=1):
        name = (specific + generic).replace(" ", "")
        reading = READINGS.read(name, parts=[*specific.split(), *generic.split()])
        own = line.name_class if at == len(line.parts) else "division"
        written.append(romanise(name, specific=specific, generic=generic, reading=reading,
                                name_class=own, **options))  # fmt: skip
    return together(written)


@pytest.mark.parametrize("line", gold(), ids=lambda line: line.name)
def test_the_gold_names(line):
    pytest.importorskip("pypinyin")
    assert roman_of(line) == Roman(line.roman, roman_of(line).rules, ())


def test_the_gold_names_of_suizhou_are_real():
    with (data_folder() / "facts" / "units.csv").open(encoding="utf-8", newline="") as file:
        real = [row["name"] for row in csv.DictReader(file)]
    assert {VILLAGE, STREET} < set(CLASSES)
    lines = [g for g in gold() if g.name_class in {"township", "committee"}]
    assert len(lines) > 150
    for line in lines:
        specific, generic = (text.replace(" ", "") for text in line.parts[-1])
        stem = specific if line.name_class == "committee" else specific + generic
        assert any(name.startswith(stem) for name in real), line.name


@given(parts, parts, st.sampled_from(sorted(CLASSES)), st.data())
def test_no_syllable_is_lost_and_capitals_are_the_upper(specific, generic, name_class, data):
    name = specific + generic
    reading = " ".join(data.draw(st.lists(syllable, min_size=len(name), max_size=len(name))))

    def write(**options):
        return romanise(name, specific=specific, generic=generic, reading=reading,
                        name_class=name_class, **options)  # fmt: skip

    roman = write()
    if "R7" not in roman.rules:
        assert numbers(roman.text) == reading
    assert write(capitals="all").text == roman.text.upper()
    assert "R9" in write(tones=False).rules
    bare = " ".join(s[:-1] + "5" for s in reading.split())
    if "R7" not in roman.rules:
        assert numbers(write(tones=False).text) == bare
    assert all(word[0].isupper() or word[0].isdigit() for word in roman.text.split())


def test_an_ordinal_takes_only_its_own_syllables():
    """建设二十一路: 21 for three characters, the rest as ever."""
    roman = romanise("建设二十一路", specific="建设二十一", generic="路",
                     reading="jian4 she4 er4 shi2 yi1 lu4", name_class="street")  # fmt: skip
    assert roman == Roman("Jiànshè 21 Lù", ("R1", "R7", "R10"))


@pytest.mark.parametrize(
    ("specific", "generic", "reading", "expected"),
    [
        ("十", "巷", "shi2 xiang4", "10 Xiàng"),
        ("十二", "巷", "shi2 er4 xiang4", "12 Xiàng"),
        ("纬二十", "路", "wei3 er4 shi2 lu4", "Wěi 20 Lù"),
        ("东四", "大街", "dong1 si4 da4 jie1", "Dōngsì Dàjiē"),
        ("五一", "路", "wu3 yi1 lu4", "Wǔyī Lù"),
        ("五四", "大街", "wu3 si4 da4 jie1", "Wǔsì Dàjiē"),
        ("统一", "路", "tong3 yi1 lu4", "Tǒngyī Lù"),
        ("二环", "路", "er4 huan2 lu4", "2 Huánlù"),
        ("大", "马路", "da4 ma3 lu4", "Dà Mǎlù"),
        ("府前", "街", "fu3 qian2 jie1", "Fǔqián Jiē"),
        ("解放路南小", "街", "jie3 fang4 lu4 nan2 xiao3 jie1", "Jiěfànglù Nánxiǎojiē"),
    ],
)
def test_numerals_and_modifiers_of_streets(specific, generic, reading, expected):
    roman = romanise(specific + generic, specific=specific, generic=generic, reading=reading,
                     name_class="street")  # fmt: skip
    assert roman.text == expected


def test_brackets_of_the_statistical_list():
    roman = romanise("铁树居委会（社区）", specific="铁树", generic="居委会（社区）", name_class="committee",
                     reading="tie3 shu4 ju1 wei3 hui4 （ she4 qu1 ）")  # fmt: skip
    assert roman == Roman("Tiěshù Jūwěihuì (Shèqū)", ("R1", "R10"))


def test_directions_belong_to_the_specific_of_a_division():
    """黔西南州 is no 南州; but 浦东新区 is a 新区."""
    south = romanise("黔西南州", specific="黔西南", generic="州", reading="qian2 xi1 nan2 zhou1",
                     name_class="division")  # fmt: skip
    assert south == Roman("Qiánxīnán Zhōu", ("R1", "R10"))


def test_ordinals_are_digits_in_streets_only():
    """R6: 第六屯, 二道沟 are spelled."""
    said = {"specific": "二", "generic": "村", "reading": "er4 cun1"}
    assert romanise("二村", **said, name_class="committee").text == "Èr Cūn"
    assert romanise("二村", **said, name_class="street").text == "2 Cūn"


def test_what_is_not_known_is_said():
    roman = romanise("㵐水", specific="㵐", generic="水", reading="㵐 shui3", name_class="natural")
    assert (roman.text, roman.unknown) == ("㵐 Shuǐ", ("㵐",))
    assert together([roman, roman]).unknown == ("㵐", "㵐")


def test_a_name_without_a_generic_is_one_word():
    roman = romanise(
        "一线天", specific="一线天", generic="", reading="yi1 xian4 tian1", name_class="natural"
    )
    assert roman == Roman("Yīxiàntiān", ("R6", "R10"))


@pytest.mark.parametrize(
    "reading", ["zeng1 du1", "zeng1 du1 qu1 a1", "zeng1 du qu1", "zeng1 曾 qu1", ""]
)
def test_a_reading_that_does_not_fit(reading):
    with pytest.raises(InputError, match="曾都区"):
        romanise("曾都区", specific="曾都", generic="区", reading=reading, name_class="division")


def test_parts_that_are_not_the_name():
    with pytest.raises(InputError, match="do not make up"):
        romanise("曾都区", specific="曾", generic="区", reading="zeng1 qu1", name_class="division")
