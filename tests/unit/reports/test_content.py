"""What the report says: counts, clauses, whole units, gaps by standard, boxes, the small sheets."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from fixtures.report import make
from fixtures.small_city import SYSTEM, units

from geoplan import indicators, standards
from geoplan.errors import InputError, MissingFileError
from geoplan.reports import check_request, city_document, review_sheet, unit_sheet
from geoplan.reports.document import Figure, Paragraph, Table


@pytest.fixture(scope="module")
def report(policy):
    found = make(policy, issuer="随城民政局", review_number="鄂S(2026)001号")
    closing = standards.close_gaps(found.gaps, found.checks, found.units, None, policy)
    histogram = pd.DataFrame([
        {"unit_code": u, "group": "elders_60", "band": band, "from_min": low, "to_min": high,
         "persons": persons}
        for u in ("C", "A2")
        for band, low, high, persons in (("0-5", 0.0, 5.0, 60.0), ("5-10", 5.0, 10.0, 30.0),
                                         ("10-15", 10.0, 15.0, 0.0), ("20+", 20.0, None, 6.0),
                                         ("no_way", None, None, 0.0),
                                         ("unsnapped", None, None, 4.0))
    ])  # fmt: skip
    layers = {"admin_units": found.units, "facilities": found.facilities}
    urban = standards.check(layers, policy, code_system=SYSTEM, urban_only=True,
                            rules=["ELD-03", "COM-01"])  # fmt: skip
    return replace(found, closing=closing, histogram=histogram, urban=urban)


@pytest.fixture(scope="module")
def document(report):
    return city_document(report)


def tables(document) -> dict[str, Table]:
    return {b.key: b for b in document.blocks() if isinstance(b, Table)}


def texts(document) -> str:
    return "\n".join(b.text for b in document.blocks() if isinstance(b, Paragraph))


def column(table: Table, title: str) -> list:
    at = [c.title for c in table.columns].index(title)
    return [row[at] for row in table.rows]


def test_the_summary_counts_each_target_once_and_none_before_its_day(report, document, policy):
    board = indicators.board(report.checks, policy)
    once = indicators.once_each(board, policy)
    due = once[once["due"] <= "2025-12-31"]
    judged = due[due["status"] != "no_target"]
    undue = set(board["rule_id"]) & {r for r, rule in policy.rules.items()
                                     if rule.due and rule.due > policy.assessment_date}  # fmt: skip
    assert undue == {"PLN-001"}
    said = texts(document)
    assert f"有目标值的共 {len(judged)} 条" in said
    assert f"未达标 {(judged['status'] == 'not_met').sum()}" in said
    assert "1 条尚未到期，不计入" in said


def test_the_clause_stands_beside_each_number(document, policy):
    for key in ("elder_care", "community", "burial", "tasks"):
        table = tables(document)[key]
        for rule, clause in zip(column(table, "编号"), column(table, "条款"), strict=True):
            assert clause == policy.rule(rule).clause


def test_shares_of_units_say_how_many_units(document):
    """UNIT-02: 60 % of 3 townships is 2 of 3; of persons in a register nothing is rounded."""
    main = tables(document)["indicators"]
    target = dict(zip(column(main, "序号"), column(main, "目标"), strict=True))
    assert target[9] == "≥\u00a060.0% （2/3）"
    assert target[10] == "≥\u00a050.0% （2/3）"
    assert target[3] == "≥\u00a0100.0%"
    assert all(0.0 <= v <= 1.0 for v in column(main, "完整率") if v is not None)


def test_gaps_stand_by_standard_ranked_with_the_people_they_concern(document):
    """ELD-01 by both bases, in hectares too; ELD-03; the largest gap first."""
    found = {k: t for k, t in tables(document).items() if k.startswith("gaps_ELD")}
    names = [t.caption for t in found.values()]
    assert any("全市常住口径" in n for n in names)
    assert any("城镇口径" in n for n in names)
    for table in found.values():
        gaps = column(table, "缺口（平方米）")
        assert gaps == sorted(gaps, reverse=True)
        assert column(table, "序") == list(range(1, len(gaps) + 1))
        assert "60岁以上" in [c.title for c in table.columns]
    assert "公顷" in texts(document)
    villages = tables(document)["gaps_of_villages"]
    assert {"COM-02", "ELD-03"} <= set(column(villages, "编号"))


def test_the_eight_boxes_have_a_table(document, policy):
    table = tables(document)["boxes"]
    expected = [f"专栏{rule.options.column_box}" for r, rule in policy.rules.items()
                if rule.options.column_box and r in column(table, "编号")]  # fmt: skip
    assert sorted(column(table, "条款")) == sorted(expected)
    assert set(column(table, "条款")) == {f"专栏{n}" for n in range(1, 9)}


def test_the_urban_view_and_the_matrix_of_clauses_are_there(document, policy):
    assert set(column(tables(document)["urban"], "编号")) == {"ELD-03", "COM-01"}
    matrix = tables(document)["matrix"]
    assert matrix.annex
    assert set(column(matrix, "编号")) == set(policy.rules)


def test_bands_that_nobody_is_in_for_want_of_a_way_are_left_out(document, report):
    drawing = next(b for b in document.blocks() if isinstance(b, Figure) and b.key == "minutes")
    assert "离路过远" in drawing.svg
    assert "无路可达" not in drawing.svg
    assert "到不了" not in drawing.svg
    sheet = unit_sheet(report, unit_code="A2")
    assert "≤ 5 分钟 60.0%，≤ 10 分钟 30.0%" in texts(sheet)


def test_issuer_and_review_number_are_where_they_belong(document, report):
    assert document.issuer == "随城民政局"
    sheet = unit_sheet(report, unit_code="A2")
    drawing = next(b for b in sheet.blocks() if isinstance(b, Figure))
    assert "鄂S(2026)001号" in drawing.svg
    assert sheet.issuer == "随城民政局"


def test_captions_say_the_figure_of_the_policy(report, policy):
    """800 m² for each village instead of 500: the captions follow."""
    rule = replace(policy.rule("COM-02"), value=800.0)
    other = replace(policy, rules={**policy.rules, "COM-02": rule})
    sheet = unit_sheet(replace(report, policy=other), unit_code="A3")
    drawing = next(b for b in sheet.blocks() if isinstance(b, Figure))
    assert drawing.caption == "村级综合服务设施面积（≥ 800 平方米）"
    lacking = {k: v for k, v in policy.rules.items() if k not in {"COM-02", "COM-01"}}
    bare = unit_sheet(replace(report, policy=replace(policy, rules=lacking),
                              checks=report.checks[~report.checks["rule_id"].isin(
                                  ["COM-01", "COM-02"])]), unit_code="A3")  # fmt: skip
    assert not [b for b in bare.blocks() if isinstance(b, Figure) and b.key == "map"]


def test_the_sheet_of_a_unit_says_clause_basis_and_who_fails(report):
    table = tables(unit_sheet(report, unit_code="A2"))["checks"]
    assert [c.title for c in table.columns if c.title not in {"unit", "gap unit"}] == [
        "编号", "条款", "标准", "数值", "目标", "结论", "缺口", "依据"]  # fmt: skip
    assert len(table.explanations) == len(table.rows)


def test_rows_are_told_at_three_depths(document):
    table = tables(document)["indicators"]
    leader, analyst = table.depths[0]
    assert len(leader) < len(table.explanations[0]) < len(analyst)
    assert "参数：" in analyst
    assert tables(document)["annex_ELD-03"].depths == ()


def test_the_review_of_an_estate_has_clauses_and_its_rooms(policy):
    rooms = pd.DataFrame({"name": ["甲", "乙"], "floor_m2": [80.0, 60.0], "phase": [1.0, 2.0],
                          "floor_level": [1.0, -1.0], "housing_done_pct": [40.0, 70.0]})  # fmt: skip
    estate = {"name": "新村", "households": 600, "housing_floor_m2": 65_000.0, "phases": 2,
              "rooms": rooms}  # fmt: skip
    review = standards.review_estate(estate, rooms, policy)
    sheet = review_sheet(estate, review, policy)
    assert ("住宅建筑面积", "65,000.00 平方米") in sheet.facts
    assert ("分期", "2") in sheet.facts
    items = tables(sheet)["review"]
    assert all(column(items, "条款"))
    assert column(items, "结论") == ["met", "not_met", "not_met", "not_met", "not_met"]
    assert "2" in column(items, "数值")  # the phase, without decimals
    assert column(tables(sheet)["rooms"], "用房") == ["甲", "乙"]


# what is asked for is checked before any work is done


def test_a_request_is_checked_before_work(tmp_path):
    check_request(["pdf", "docx"], levels=["city", "county"])
    for formats, options, word in (
        (["txt"], {}, "txt"),
        (["pdf"], {"levels": ["village"]}, "village"),
        (["pdf"], {"template": tmp_path / "t.docx"}, "docx"),
    ):
        with pytest.raises(InputError, match=word):
            check_request(formats, **options)
    with pytest.raises(MissingFileError):
        check_request(["docx"], template=tmp_path / "none.docx")


@pytest.mark.parametrize("line", ["{{ title }}", "{{ who }} {{p body }}", "{{ title "])
def test_a_template_is_refused_with_the_fields_expected(tmp_path, line):
    docx = pytest.importorskip("docx")
    paper = docx.Document()
    paper.add_paragraph(line)
    path = tmp_path / "t.docx"
    paper.save(str(path))
    with pytest.raises(InputError) as caught:
        check_request(["docx"], template=path)
    for field in ("{{ title }}", "{{ issuer }}", "{{p body }}", "{{p contents }}"):
        assert field in caught.value.fix_zh
        assert field in caught.value.fix
    assert [p.name for p in tmp_path.iterdir()] == ["t.docx"]


def test_the_built_in_template_is_accepted(tmp_path):
    from geoplan.reports.word_template import default_template

    check_request(["docx"], template=default_template(tmp_path / "t.docx"))


def test_toy_units_are_the_same_city(report):
    assert set(units()["unit_code"]) == set(report.units["unit_code"])
