"""Readings: reviewed before curated before proposed, and nothing invented."""

from __future__ import annotations

import csv
import sys

import pandas as pd
import pytest
from fixtures.roman_names import gold
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError, MissingColumnsError, MissingFileError, UnreadableFileError
from geoplan.io.policy_files import data_folder
from geoplan.io.reading_files import read_readings
from geoplan.placenames import proposals
from geoplan.placenames.readings import KINDS, Readings, is_han, tokens
from geoplan.placenames.tones import is_syllable

READINGS = read_readings()
TABLE = data_folder() / "placenames" / "readings.csv"


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def without_pypinyin(monkeypatch):
    """The optional part is not installed."""
    for name in [n for n in sys.modules if n.split(".")[0] == "pypinyin"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pypinyin", None)
    proposals.proposer.cache_clear()
    proposals.commonest_of.cache_clear()
    yield
    proposals.proposer.cache_clear()
    proposals.commonest_of.cache_clear()


def table(*rows: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["text", "kind", "reading", "reviewed"])


def test_the_table_that_ships():
    """≥ 200 rows, each with its basis; only what a rule states is called reviewed."""
    assert READINGS.rejected == ()
    given_rows = rows()
    assert len(given_rows) >= 200
    texts = [r["text"] for r in given_rows]
    assert len(texts) == len(set(texts))
    for row in given_rows:
        assert row["basis"]
        assert row["kind"] in KINDS
        assert (row["reviewed"] == "true") == row["source"].startswith("PN-")
        # alone, each row is read as it says: no other row gets in its way
        found = READINGS.read(row["text"])
        assert found.text == row["reading"], row["text"]
        assert found.source == ("reviewed" if row["reviewed"] == "true" else "curated")


def test_no_single_character_is_read_against_a_longer_row():
    for row in rows():
        assert READINGS.read_many([row["text"]]) == [row["reading"]]


@pytest.mark.usefixtures("without_pypinyin")
def test_without_pypinyin_nothing_is_guessed():
    found = READINGS.read("广水市长岭镇")
    assert found.syllables == ("guang3", "shui3", "市", "chang2", "ling3", "镇")
    assert found.sources == ("reviewed", "reviewed", "none", "curated", "curated", "none")
    assert (found.unknown, found.source) == (("市", "镇"), "none")
    assert READINGS.read_many(["曾都区"]) == ["zeng1 du1 区"]


def test_pypinyin_only_proposes():
    pytest.importorskip("pypinyin")
    found = READINGS.read("洛阳镇永兴村", parts=["洛阳", "镇", "永兴", "村"])
    assert found.text == "luo4 yang2 zhen4 yong3 xing1 cun1"
    assert found.sources == ("curated",) * 2 + ("proposed",) * 4
    assert found.source == "proposed"


@pytest.mark.parametrize("word", ["市长", "镇江", "村长"])
def test_no_word_straddles_a_part(word):
    """广水市|长岭镇 is not cut as 市长, whatever the table holds."""
    readings = Readings.of(table((word, "word", "a1 a1", "false")))
    assert "a1" not in readings.read(f"东{word}岭", parts=[f"东{word[0]}", f"{word[1]}岭"]).text
    assert "a1" in readings.read(f"东{word}岭", parts=[f"东{word}", "岭"]).text


def test_a_name_may_cover_whole_parts():
    readings = READINGS.with_reviewed({"解河村": "xie4 he2 cun1"})
    assert readings.read("万和镇解河村", parts=["万和", "镇", "解河", "村"]).text.endswith(
        "xie4 he2 cun1"
    )
    assert readings.read("解河村").source == "reviewed"
    assert "xie4" not in readings.read("大解河村").text


def test_reviewed_wins_over_the_table():
    assert READINGS.read("曾都").text == "zeng1 du1"
    over = READINGS.with_reviewed({"曾都": "ceng2 du1", "曾": "bad", "": "a1"})
    assert over.read("曾都").text == "ceng2 du1"
    assert READINGS.read("曾都").text == "zeng1 du1"
    assert [bad.value for bad in over.rejected] == ["bad", "a1"]


@pytest.mark.usefixtures("without_pypinyin")
def test_kinds_say_where_a_text_is_read_so():
    readings = Readings.of(table(
        ("六安", "name", "lu4 an1", "false"), ("弄", "tail", "long4", "false"), ("佛", "word", "fo2", "false"),
    ))  # fmt: skip
    assert readings.read("六安市").syllables[:2] == ("lu4", "an1")
    assert readings.read("安徽省六安市").syllables[3] == "lu4"
    assert readings.read("三六安", parts=["三六安"]).syllables[1] != "lu4"
    assert readings.read("里弄").syllables[1] == "long4"
    assert readings.read("弄里", parts=["弄里"]).syllables[0] != "long4"
    assert readings.read("石佛村").syllables[1] == "fo2"


def test_a_reviewed_name_may_hold_other_characters():
    over = READINGS.with_reviewed({"G316国道": "G316 guo2 dao4", "2号路": "er4 hao4 lu4"})
    assert over.read("G316国道", parts=["G316", "国道"]).sources == (
        "written",
        "reviewed",
        "reviewed",
    )
    assert over.read("G316国道", parts=["G3", "16国道"]).syllables == ("G316", "guo2", "dao4")
    assert READINGS.read("G316路", parts=["G3", "16路"]).syllables[:2] == ("G3", "16")
    assert [bad.value for bad in over.rejected] == ["er4"]


def test_a_longer_match_wins():
    assert READINGS.read("长子县").text == "zhang3 zi3 xian4"
    assert READINGS.read("长江").syllables[0] == "chang2"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (("", "word", "a1", "false"), "text"),
        (("abc", "word", "a1", "false"), "text"),
        (("曾都", "word", "zeng1", "false"), "reading"),
        (("曾都", "word", "zēng dū", "false"), "reading"),
        (("曾都", "words", "zeng1 du1", "false"), "kind"),
    ],
)
def test_bad_rows_come_back_and_good_ones_stay(row, field):
    readings = Readings.of(table(("厉山", "word", "li4 shan1", "false"), row))
    assert readings.read("厉山").source == "curated"
    (bad,) = readings.rejected
    assert (bad.row, bad.field, bool(bad.reason), bool(bad.reason_zh)) == (1, field, True, True)


def test_a_table_without_its_columns():
    with pytest.raises(MissingColumnsError, match="reading"):
        Readings.of(pd.DataFrame({"text": ["曾都"]}))


def test_parts_that_are_not_the_name():
    with pytest.raises(InputError, match="长岗"):
        READINGS.read("长岭镇", parts=["长岗", "镇"])


def test_other_characters_stand():
    found = READINGS.read("G316 曾都 2")
    assert found.syllables == ("G316", "zeng1", "du1", "2")
    assert found.sources == ("written", "reviewed", "reviewed", "written")
    assert found.source == "reviewed"
    assert (READINGS.read("").syllables, READINGS.read("").source) == ((), "none")


@given(st.text(st.sampled_from("曾都长岭市六安𪨶㵐〇儿A1 市镇\u3000😀"), max_size=12))
def test_no_syllable_is_lost(name):
    found = READINGS.read(name)
    assert len(found.syllables) == len(found.sources) == len(tokens(name))
    for token, syllable, source in zip(tokens(name), found.syllables, found.sources, strict=True):
        if source in {"none", "written"}:
            assert syllable == token
        else:
            assert is_han(token)
            assert is_syllable(syllable)
    assert len(READINGS.read_many([name])[0].split()) == len(tokens(name))


@given(st.text(max_size=20))
def test_any_text_is_read(name):
    assert len(READINGS.read(name).syllables) == len(tokens(name))
    assert len(READINGS.read_many([name])) == 1


def test_fast_and_slow_readings_agree_on_the_real_names():
    """Where no word decides: all but a few of the 1,064 units of Suizhou."""
    pytest.importorskip("pypinyin")
    with (data_folder() / "facts" / "units.csv").open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    fast = READINGS.read_many(names)
    differ = [n for n, f in zip(names, fast, strict=True) if READINGS.read(n).text != f]
    assert len(names) > 1000
    assert len(differ) <= 5, differ


def test_the_gold_names_are_not_in_the_table():
    texts = {r["text"] for r in rows()}
    names = {g.name for g in gold()}
    assert len(names) >= 200
    assert not texts & names


def test_files(tmp_path):
    path = tmp_path / "own.csv"
    path.write_bytes(
        "text,reading,reviewed\n解河,xie4 he2,true\n\n解河,xie,true\n".encode("gb18030")
    )
    readings = read_readings(path)
    assert readings.read("解河").source == "reviewed"
    assert [(bad.row, bad.value) for bad in readings.rejected] == [(4, "xie")]
    path.write_text("text,reading,reviewed\n解河,xie4 he2\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="row 2"):
        read_readings(path)
    path.write_text("", encoding="utf-8")
    with pytest.raises(UnreadableFileError):
        read_readings(path)
    with pytest.raises(MissingFileError):
        read_readings(tmp_path / "none.csv")
