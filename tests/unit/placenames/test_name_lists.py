"""Lists of words and the table of characters: read, laid over, refused with the line."""

from __future__ import annotations

import pytest

from geoplan.errors import InputError, MissingFileError, UnknownIdError, UnreadableFileError
from geoplan.io.placename_files import read_characters, read_generics, read_lexicons
from geoplan.placenames.characters import Characters
from geoplan.placenames.lexicons import SECTIONS, Lexicons


def test_every_section_ships_with_its_basis():
    shipped = read_lexicons()
    assert set(shipped.sections) == set(SECTIONS)
    for section in shipped.sections.values():
        assert section.words
        assert section.basis
        assert section.title_zh != section.name
    assert [s.name for s in shipped.sections.values() if not s.answers] == ["leaders", "firms"]


def test_words_are_found_longest_first_and_once():
    section = Lexicons.of({"foreign": {"words": ["巴黎", "巴黎圣母院", "圣母"]}}).section("foreign")
    assert section.found("巴黎圣母院路") == ("巴黎圣母院",)
    assert section.found("巴 黎路") == ("巴黎",)
    assert section.found("路") == ()
    assert section.without("巴黎路") == "路"


def test_own_files_add_words_and_replace_the_scope(tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text('[firms]\nscope = "list"\nwords = ["甲乙"]\n', "utf-8")
    firms = read_lexicons(mine).section("firms")
    assert firms.answers
    assert firms.found("甲乙城") == ("甲乙",)
    assert firms.found("万科城") == ("万科",)


@pytest.mark.parametrize(("document", "error"), [
    ({"leader": {}}, UnknownIdError), ({"leaders": {"word": []}}, InputError),
    ({"leaders": {"scope": "all"}}, UnknownIdError), ({"foreign": {"patterns": ["("]}}, InputError),
])  # fmt: skip
def test_wrong_sections_are_refused(document, error):
    with pytest.raises(error):
        Lexicons.of(document)
    with pytest.raises(UnknownIdError):
        read_lexicons().section("nothing")


def test_files_that_cannot_be_read(tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text("[firms\n", "utf-8")
    for read in (read_lexicons, read_generics):
        with pytest.raises(MissingFileError):
            read(tmp_path / "none.toml")
        with pytest.raises(UnreadableFileError, match="broken"):
            read(broken)
    with pytest.raises(MissingFileError):
        read_characters(tmp_path / "none.txt")


TABLES = [
    "一,1\n涢,3\n曾,2\n", "字,级\n一,1\n涢,3\n曾,2\n", "1\t一\t1\n2\t涢\t3\n3\t曾\t2", "一 一级\n涢 三级\n曾 二级",
    "一\n\n曾\n\n涢\n", "\ufeff一\n\n\n曾\n\n涢",
]  # fmt: skip


@pytest.mark.parametrize("text", TABLES)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_table_of_characters_in_its_forms(tmp_path, text, encoding):
    path = tmp_path / "table.txt"
    path.write_bytes(
        text.encode(encoding) if encoding == "utf-8" else text.lstrip("\ufeff").encode(encoding)
    )
    table = read_characters(path)
    assert [table.level(c) for c in "一曾涢𪨶"] == [1, 2, 3, None]
    assert table.counts() == (1, 1, 1)
    assert table.is_complete([1, 1, 1])
    assert not table.is_complete([3500, 3000, 1605])


@pytest.mark.parametrize(
    ("text", "row"), [("一,1\n乙,4\n", 2), ("字,级\n一,1\n丙丙,1\n", 3), ("", 1)]
)
def test_a_wrong_row_is_named(text, row):
    with pytest.raises(InputError) as caught:
        Characters.parse(text)
    assert caught.value.context["row"] == row


@pytest.mark.parametrize("text", ["一,1\n一,2", "一\n\n一"])
def test_a_character_stands_once(text):
    with pytest.raises(InputError, match="一"):
        Characters.parse(text)
