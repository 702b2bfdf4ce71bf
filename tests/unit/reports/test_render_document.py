"""The document: headings and captions count the same everywhere, cells have one wording."""

from __future__ import annotations

import importlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from fixtures.document import document, scores, townships

from geoplan.errors import InputError, MissingExtraError, MissingFileError
from geoplan.reports import layout, write_document
from geoplan.reports.document import Column, Section, Table, text_of
from geoplan.reports.workbook import sheet_names

KINDS = (".pdf", ".docx", ".xlsx", ".html")


def test_headings_and_labels_count():
    zh = document()
    assert [n for _, n, _ in zh.walk()] == ["一、", "（一）", "1.", "2.", "（二）", "二、"]
    assert [n for _, n, _ in document(lang="en").walk()] == [
        "1",
        "1.1",
        "1.1.1",
        "1.1.2",
        "1.2",
        "2",
    ]
    assert zh.labels() == {"scores": "表1", "bars": "图1", "empty": "表2", "ledger": "表3",
                           "few": "表4", "trend": "图2", "townships": "表5", "annex": "附表1"}  # fmt: skip
    twice = replace(zh, sections=(Section("a", (scores(),)), Section("b", (scores(),))))
    with pytest.raises(InputError, match="scores"):
        twice.labels()


def test_cells_have_words():
    table = scores()
    assert [text_of(table, table.rows[0], k) for k in range(6)] == [
        "ELD-01", "人均用地", "0.1234 平方米/人", "m2/person", "50.0%", "● 达标"]  # fmt: skip
    assert text_of(table, table.rows[2], 2) == "–"
    assert text_of(table, table.rows[0], 5, "en") == "● met"
    kinds = Table("k", "", (Column("数", unit="person"), Column("是否"), Column("词")),
                  ((np.int64(12345), np.bool_(True), None), (float("nan"), False, "x")))  # fmt: skip
    assert [text_of(kinds, kinds.rows[0], k) for k in range(3)] == ["12,345", "是", "–"]
    assert [text_of(kinds, kinds.rows[1], k, "en") for k in range(3)] == ["–", "no", "x"]


def test_widths_sum_to_one_and_codes_keep_their_line():
    table = townships()
    texts = layout.words(table)
    found = layout.shares(table, texts, 480.0)
    assert sum(found) == pytest.approx(1.0)
    assert found[0] * 480.0 > 9 * 0.56 * 9.0  # nine digits of nine points
    assert max(found) == found[-1]  # the words
    stated = replace(table, columns=(replace(table.columns[0], width=3.0), *table.columns[1:]))
    assert layout.shares(stated, texts, 480.0)[0] == pytest.approx(3.0 / 9.0)


def test_sheets_have_legal_and_unique_names():
    names = list(sheet_names(document()))
    assert names == [
        "指标对标",
        "指标对标 (2)",
        "只列前三行",
        "镇街_对标_全部_120___",
        "村（社区）明细",
    ]
    long = replace(document(), sections=(
        Section("a", tuple(replace(scores(), key=f"k{i}", sheet="长" * 40) for i in range(3))),))  # fmt: skip
    found = list(sheet_names(long))
    assert all(len(n) <= 31 for n in found)
    assert len(set(found)) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_document_is_the_same_file(kind, tmp_path):
    one = write_document(document(), tmp_path / f"a{kind}").read_bytes()
    two = write_document(document(), tmp_path / f"b{kind}").read_bytes()
    assert one == two
    assert len(one) > 5_000


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_document_and_stray_characters(kind, tmp_path):
    bare = replace(document(), sections=(), facts=(), subtitle="", banner="", issuer="", date="")
    assert write_document(bare, tmp_path / f"bare{kind}").exists()
    stray = "控\x00制\x0b\x1b符\ud800\ufffe"
    odd = Table("odd", stray, (Column(stray), Column("数", unit="m2")),
                ((stray, float("inf")), ("x" * 300, -0.5)), explanations=(stray,), sheet=stray)  # fmt: skip
    strays = replace(bare, title=stray, facts=((stray, stray),), sections=(Section(stray, (odd,)),))
    assert write_document(strays, tmp_path / f"odd{kind}").exists()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cover", [True, False])
def test_english_and_without_cover(kind, cover, tmp_path):
    assert write_document(document(lang="en", cover=cover), tmp_path / f"a{kind}").exists()


def test_other_endings_and_templates_are_refused(tmp_path):
    with pytest.raises(InputError, match="doc"):
        write_document(document(), tmp_path / "a.doc")
    with pytest.raises(InputError, match="template"):
        write_document(document(), tmp_path / "a.pdf", template=tmp_path / "t.docx")
    with pytest.raises(MissingFileError):
        write_document(document(), tmp_path / "a.docx", template=tmp_path / "none.docx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("kind", "module"), [(".pdf", "typst"), (".pdf", "pylopdf_fonts_zh_cn"),
                                              (".docx", "docxtpl"), (".docx", "docx")])  # fmt: skip
def test_a_missing_part_is_named(kind, module, tmp_path, monkeypatch):
    from geoplan.reports import typeset

    typeset._fonts.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"geoplan\[reports\]"):
        write_document(document(), tmp_path / f"a{kind}")
    assert list(tmp_path.iterdir()) == []


def test_a_broken_drawing_is_said(tmp_path):
    from geoplan.reports.document import Figure

    bad = replace(document(), sections=(Section("a", (Figure("f", "图", "<svg", "坏"),)),))
    for kind in (".pdf", ".docx"):
        with pytest.raises(InputError):
            write_document(bad, tmp_path / f"a{kind}")
    assert list(tmp_path.iterdir()) == []


def test_nothing_heavy_is_imported_before_it_is_needed():
    code = ("import sys, geoplan.reports, geoplan.reports.render, geoplan.reports.pdf, "
            "geoplan.reports.word, geoplan.reports.workbook, geoplan.reports.page\n"
            "print([m for m in ('typst', 'docx', 'docxtpl') if m in sys.modules])")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert importlib.import_module("typst")
