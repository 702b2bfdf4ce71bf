"""Papers of place names: six fields or not at all, the same words in PDF and Word, whole packages."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date

import pandas as pd
import pytest

from geoplan.errors import (
    EmptyLayerError,
    InputError,
    MissingFileError,
    PackageError,
    SecrecyError,
    UnknownIdError,
)
from geoplan.placenames.cases import Case
from geoplan.reports.name_packages import (
    LIST_NAME,
    UPLOAD_NAME,
    filing_checklist,
    write_filing_package,
    write_upload_package,
)
from geoplan.reports.name_paper_files import paper_bytes, write_name_paper
from geoplan.reports.name_papers import (
    NOTICE_FIELDS,
    certificate,
    filing_form,
    filing_report,
    notice,
)

ON = date(2026, 3, 10)
UNITS = {"421303001": "随州市曾都区西城街道"}
PLACES = pd.DataFrame({
    "place_id": ["P", "Q", "S"], "standard_name": ["涢水路", "女子巷", "老街"],
    "pinyin": ["Yúnshuǐ Lù", None, "Lǎo Jiē"], "unit_code": "421303001",
    "description": "东起编钟大道，西至涢水", "category_code": "23500",
    "place_code": "42130300123500000001", "status": "announced", "synthetic": [True, False, False],
})  # fmt: skip
CASES = pd.DataFrame({
    "case_id": ["1", "2"], "case_kind": ["naming", "retire"], "place_id": ["P", "S"],
    "name": ["涢水路", "老街"], "approving_body": "随州市人民政府", "approved_on": "2026-03-02",
})  # fmt: skip
FORMS = pd.DataFrame({"place_id": ["P", "P"], "text": ["老路", "涢水路"],
                      "kind": ["former", "standard"], "valid_to": ["2026-03-01", None]})  # fmt: skip
CASE = Case(case_id="1", case_kind="rename", name="涢水路", former_name="老路", place_id="P",
            category_code="23500", reason_code="construction", approving_body="随州市人民政府",
            approver_kind="government", approval_no="随政函〔2026〕9号", submitted_by="西城街道",
            approved_on=date(2026, 3, 2), documents=frozenset({"expert_report"}))  # fmt: skip


def said(paper):
    return notice(paper, PLACES, UNITS, issuer="随州市民政局", on=ON, number="随民告〔2026〕1号")


def test_the_notice_has_its_six_fields():
    """标准名称、罗马字母拼写、所属政区、位置描述、批准机关、批准时间 (RULES §6.3)."""
    paper, refused = said(CASES)
    assert paper.heads == NOTICE_FIELDS
    assert paper.rows[0] == ("涢水路", "Yúnshuǐ Lù", "随州市曾都区西城街道",
                             "东起编钟大道，西至涢水", "随州市人民政府", "2026年3月2日")  # fmt: skip
    assert paper.rows[1][0] == "老街（销名）"
    assert refused.empty
    assert paper.banner == "演示数据·非真实"


def test_a_name_without_all_six_comes_back_and_the_others_go_on():
    more = pd.concat([CASES, CASES.iloc[:1].assign(case_id="3", place_id="Q", name="女子巷"),
                      CASES.iloc[:1].assign(case_id="4", place_id="X", approved_on=None)],
                     ignore_index=True)  # fmt: skip
    paper, refused = said(more)
    assert [r[0] for r in paper.rows] == ["涢水路", "老街（销名）"]
    assert refused.loc[refused["case_id"] == "3", ["row", "field"]].to_numpy().tolist() == [
        [3, "罗马字母拼写"],
    ]  # fmt: skip
    assert set(refused.loc[refused["case_id"] == "4", "field"]) == {*NOTICE_FIELDS} - {
        "标准名称", "批准机关",
    }  # fmt: skip
    with pytest.raises(EmptyLayerError):
        said(more.iloc[2:])


def test_a_state_secret_is_neither_announced_nor_certified():
    secret = PLACES.assign(secrecy="state_confidential")
    with pytest.raises(SecrecyError):
        notice(CASES, secret, UNITS, issuer="民政局", on=ON)
    with pytest.raises(SecrecyError):
        certificate("P", secret, FORMS, UNITS, issuer="民政局", on=ON)


def test_the_certificate_tells_the_old_name_and_says_what_is_not_known():
    paper = certificate("P", PLACES, FORMS, UNITS, issuer="民政局", on=ON, purpose="房产登记")
    cells = {c for row in paper.rows for c in row}
    assert {"涢水路", "Yúnshuǐ Lù", "街路巷（23500）", "已公告", "未登记"} <= cells
    assert any("“老路”（至2026年3月1日）为该地曾用名" in t for t in paper.after)
    assert "本证明用于房产登记。" in paper.after
    with pytest.raises(UnknownIdError):
        certificate("X", PLACES, FORMS, UNITS, issuer="民政局", on=ON)


def test_a_report_after_its_term_says_so():
    for on, late in ((date(2026, 3, 17), False), (date(2026, 3, 20), True)):
        paper = filing_report(CASE, "省级人民政府", issuer="市政府", on=on, due=date(2026, 3, 17))
        assert ("因故逾期 3 日" in paper.before[1]) == late
    assert "将“老路”更名为“涢水路”" in paper.before[1]
    with pytest.raises(InputError, match="尚未批准"):
        filing_form(Case(case_id="2", case_kind="naming", name="甲路", category_code="23500"), {},
                    issuer="市政府", on=ON)  # fmt: skip


def test_word_and_pdf_hold_the_same_words(tmp_path):
    docx = pytest.importorskip("docx")
    pytest.importorskip("typst")
    paper, _ = said(CASES)
    path = write_name_paper(paper, tmp_path / "公告.docx")
    document = docx.Document(str(path))
    words = [p.text for p in document.paragraphs]
    assert {paper.title, paper.number, paper.issuer, paper.date, paper.banner} <= set(words)
    assert [[c.text for c in row.cells] for row in document.tables[0].rows] == [
        list(paper.heads), *map(list, paper.rows),
    ]  # fmt: skip
    pdf = write_name_paper(paper, tmp_path / "公告.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert pdf == paper_bytes(paper, ".pdf")
    assert path.read_bytes() == paper_bytes(paper, ".docx")
    with pytest.raises(InputError, match=r"\.txt"):
        write_name_paper(paper, tmp_path / "公告.txt")


def test_marks_and_controls_in_names_are_only_text(tmp_path):
    pytest.importorskip("typst")
    odd = CASES.assign(name="#路$*_<b>\x07\\", approving_body="政府 & <府>")
    paper, _ = said(odd)
    for kind in (".pdf", ".docx"):
        assert len(paper_bytes(paper, kind)) > 1000


def papers() -> dict:
    return {
        "form": filing_form(CASE, {"pinyin": "Yúnshuǐ Lù"}, issuer="市政府", on=ON),
        "report": filing_report(CASE, "省级人民政府", issuer="市政府", on=ON, due=ON),
    }


def test_a_filing_package_lists_what_is_in_it(tmp_path):
    pytest.importorskip("typst")
    files = {}
    for kind in ("approval", "application", "expert_report"):
        files[kind] = tmp_path / f"{kind}.PDF"
        files[kind].write_text(kind, encoding="utf-8")
    path = write_filing_package(CASE, tmp_path / "备案.zip", files=files, **papers())
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        listed = pd.read_csv(io.BytesIO(archive.read(LIST_NAME)), encoding="utf-8-sig")
    assert names == [LIST_NAME, "01_备案登记表.pdf", "02_备案报告.pdf", "03_批复.pdf",
                     "04_申请书.pdf", "05_专家论证报告.pdf"]  # fmt: skip
    assert listed["文件"].tolist() == names[1:]
    again = write_filing_package(CASE, tmp_path / "again.zip", files=files, **papers())
    assert again.read_bytes() == path.read_bytes()


def test_what_a_package_lacks_is_named_and_nothing_is_written(tmp_path):
    with pytest.raises(PackageError, match="缺少：批复、申请书、专家论证报告"):
        write_filing_package(CASE, tmp_path / "备案.zip", files={}, **papers())
    status = filing_checklist(CASE, ["approval"]).set_index("paper")["status"]
    assert status["expert_report"] == "listed"
    assert status["opinions"] == "if_any"
    with pytest.raises(UnknownIdError):
        filing_checklist(CASE, ["aproval"])
    absent = dict.fromkeys(("approval", "application", "expert_report"), tmp_path / "none.pdf")
    pytest.importorskip("typst")
    with pytest.raises(MissingFileError):
        write_filing_package(CASE, tmp_path / "备案.zip", files=absent, **papers())
    assert not list(tmp_path.iterdir())


def test_the_upload_package_sends_what_is_whole(tmp_path):
    path, refused = write_upload_package(PLACES, FORMS, tmp_path / "上传.zip")
    with zipfile.ZipFile(path) as archive:
        records = json.loads(archive.read("standard_names.json"))
        table = pd.read_csv(io.BytesIO(archive.read(UPLOAD_NAME)), dtype=str)
    assert [r["id"] for r in records] == table["id"].tolist() == ["P", "S"]
    assert records[0]["old_name"] == "老路"
    assert refused["place_id"].tolist() == ["Q"]
    with pytest.raises(PackageError):
        write_upload_package(PLACES.iloc[1:2], FORMS, tmp_path / "空.zip")
