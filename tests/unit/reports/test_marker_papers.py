"""What the papers of markers say: register values, derived values, nothing made up, nothing secret."""

from __future__ import annotations

import math
import re

import geopandas as gpd
import pytest
import shapely
from fixtures.stones import CODE, CRS, LINES, NAMES, X, Y, convergence_deg, stones
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import CRSMismatchError, MissingCRSError, NotMetricCRSError, SecrecyError
from geoplan.io.secrecy import classes
from geoplan.reports import papers_of, write_marker_forms
from geoplan.reports.marker_grid import COLUMNS, EMPTY, HEIGHT_MM, form_rows
from geoplan.reports.marker_papers import zone_text
from geoplan.reports.marker_sketch import HEIGHT, WIDTH, Reference, sketch
from geoplan.schemas import layer


@pytest.fixture(scope="module")
def papers(policy):
    return papers_of(stones(), LINES, policy, names=NAMES)


def words(paper) -> dict[str, str]:
    """Title -> text of every pair of the form."""
    found = {}
    for row in form_rows(paper):
        for title, value in zip(row.cells, row.cells[1:], strict=False):
            if title.role == "label":
                found[title.text] = value.text
    return found


def test_a_whole_register_is_written_as_it_is(papers):
    """G1: 113.38°E, 31.70°N is X 3508754.287, Y 441223.782; smaller code is 甲方."""
    said = words(papers[0])
    assert said["界桩号"] == f"{CODE}001Q"
    assert (said["X（北，米）"], said["Y（东，米）"]) == ("3508754.287", "441223.782")
    assert (said["经度 L"], said["纬度 B"]) == ("113°22′48.0000″", "31°42′00.0000″")
    assert (said["甲方"], said["乙方"]) == ("曾都区", "随县")
    assert (said["甲方所在地"], said["类型"], said["形状"]) == ("曾都区万店镇一村", "单立", "双面")
    assert (said["高程 H（米）"], said["高程基准"]) == ("81.20", "1985国家高程基准")
    assert (said["管护单位"], said["登记日期"]) == ("曾都区", "2024-05-06")
    assert papers[0].missing == papers[0].derived == ()
    assert form_rows(papers[0])[-1].cells[0].text == "登记项目齐全。"


def test_true_azimuths_are_written_as_grid_azimuths(papers):
    """Grid azimuth = true azimuth - convergence (PROJ: -0.3258° there): 90° is 90°19′33″."""
    turned = 90.0 - convergence_deg()
    assert papers[0].references[0].azimuth_deg == pytest.approx(turned, abs=1e-7)
    assert papers[0].references[0].azimuth_text == "90°19′33″"
    assert [papers[0].cells[f"ref{n}_distance_m"] for n in (1, 2, 3)] == ["20.0", "10.0", "15.5"]


def test_an_azimuth_of_another_kind_keeps_its_kind(policy):
    rows = stones()
    rows.loc[0, "azimuth_kind"] = "磁方位角"
    first = papers_of(rows, LINES, policy, names=NAMES)[0].references[0]
    assert first.azimuth_text == "90°（磁方位角）"
    assert math.isnan(first.azimuth_deg)


def test_what_is_missing_is_said_and_never_a_number(papers):
    """002 has a place and nothing else: X and Y come from it, with a mark; the last has no place."""
    said = words(papers[1])
    for title in ("刻号", "类型", "形状", "材质", "埋深", "甲方所在地", "中误差", "高程 H（米）"):
        assert said[title] == EMPTY, title
    assert said["X（北，米）"] == "3508762.287 *"
    assert said["坐标系"] == "CGCS2000 3°带第38带，中央经线114°，Y不含带号 *"
    assert (said["界线代码"], said["级别"]) == (f"{CODE} *", "县级 *")
    assert {"纵坐标X", "横坐标Y", "级别", "界线代码", "原坐标系"} == set(papers[1].derived)
    assert not set(papers[1].missing) & set(papers[1].derived)
    nothing = words(papers[5])
    assert (
        nothing["X（北，米）"] == nothing["经度 L"] == nothing["甲方"] == nothing["级别"] == EMPTY
    )
    text = " ".join(c.text for row in form_rows(papers[5]) for c in row.cells)
    assert not re.search(r"nan|none|nat|<na>|\b0\.0", text, re.IGNORECASE)
    assert "位置" in papers[5].missing
    assert "纵坐标X" in papers[5].missing
    note = form_rows(papers[5])[-1].cells[0].text
    assert note == f"{EMPTY} {len(papers[5].missing)} 项：{'、'.join(papers[5].missing)}。"


def test_x_without_y_is_not_kept_half(policy):
    rows = stones()
    rows.loc[0, ["x_north_m", "y_east_m"]] = [1.0, None]
    said = words(papers_of(rows, LINES, policy, names=NAMES)[0])
    assert (said["X（北，米）"], said["Y（东，米）"]) == ("3508754.287 *", "441223.782 *")


def test_three_sides(policy):
    rows = stones()
    rows.loc[0, ["marker_type", "location_c"]] = ["C", "枣阳市"]
    paper = papers_of(rows, LINES, policy, names=NAMES)[0]
    said = words(paper)
    assert (said["丙方"], said["丙方所在地"]) == (EMPTY, "枣阳市")
    signs = [[c.text[:2] for c in r.cells] for r in form_rows(paper) if r.cells[0].role == "sign"]
    assert signs == [["甲方", "乙方", "丙方"]]
    assert "照片" in paper.missing  # none towards the third side


def test_state_secret_rows_are_refused_and_their_class_is_printed(policy):
    """SEC-06; a marker without a class has the layer's, state_confidential."""
    secret = stones(secrecy=["internal", None, "state_secret", *["internal"] * 3])
    with pytest.raises(SecrecyError, match="boundary_markers m1, m2: state_secret") as refused:
        papers_of(secret, LINES, policy, names=NAMES)
    assert "classified_environment" in refused.value.render("zh")
    made = papers_of(secret, LINES, policy, names=NAMES, classified=True)
    assert [p.secrecy_zh for p in made[:4]] == ["内部", "秘密", "机密", "内部"]
    with pytest.raises(SecrecyError, match="boundary_lines 421303-421321"):
        papers_of(stones(), LINES.assign(secrecy="state_secret"), policy, names=NAMES)
    lines = LINES.assign(secrecy="state_top_secret")
    higher = papers_of(stones(), lines, policy, names=NAMES, classified=True)
    assert [p.secrecy_zh for p in higher] == ["绝密"] * 5 + ["内部"]  # the last stands on no line


def test_a_word_that_is_no_class_is_the_highest():
    rows = stones(secrecy=["公开", "内部资料", "秘密", "不公开", None, "public"])
    assert classes(rows, layer("boundary_markers")).tolist() == [
        "public", "internal", "state_confidential", "state_top_secret", "state_confidential",
        "public"]  # fmt: skip
    blank = LINES.assign(secrecy=None)
    assert classes(blank, layer("boundary_lines")).tolist() == ["internal"]


def test_bad_frames(policy):
    for error, markers, lines in (
        (MissingCRSError, stones().set_crs(None, allow_override=True), LINES),
        (NotMetricCRSError, stones().to_crs("EPSG:4490"), LINES),
        (CRSMismatchError, stones(), LINES.to_crs("EPSG:4526")),
    ):
        with pytest.raises(error):
            papers_of(markers, lines, policy, names=NAMES)


def test_controls_in_names_are_left_out(policy, tmp_path):
    rows = stones(marker_no="4142\x00001\x0bQ", ref1_name="a\x07&b")
    made = papers_of(rows, LINES, policy, names=NAMES)
    assert made[0].marker_no == "4142001Q"
    assert "a&amp;b" in made[0].sketch
    for ending in ("pdf", "docx"):
        assert write_marker_forms(made[:1], tmp_path / f"a.{ending}").stat().st_size > 10_000


def test_units_and_lines_may_be_unknown(policy):
    bare = papers_of(stones(), LINES.iloc[:0], policy, names={})
    assert words(bare[0])["甲方"] == EMPTY
    assert words(bare[0])["管护单位"] == "421303"
    assert papers_of(stones().iloc[:0], LINES, policy, names={}) == []
    only = LINES.assign(left_code=None)
    assert papers_of(stones(), only, policy, names=NAMES)[0].sides == ("曾都区", "")


@pytest.mark.parametrize(
    ("grid", "said"),
    [("EPSG:4526", "CGCS2000 3°带第38带，中央经线114°，Y含带号"),
     ("EPSG:4508", "CGCS2000 6°带第19带，中央经线111°，Y不含带号"),
     ("EPSG:32649", "WGS 84 / UTM zone 49N")],
)  # fmt: skip
def test_zones_in_words(grid, said):
    assert zone_text(grid) == said


texts = st.text(max_size=900) | st.sampled_from(
    ["", "湖北省随州市" * 60, "A-1" * 200, "一\n二\n三"]
)


@settings(max_examples=40)
@given(st.lists(texts, min_size=8, max_size=8), st.booleans())
def test_every_form_fits_its_page_whatever_is_written(papers, written, third):
    from dataclasses import replace

    fields = ("inscription", "material", "location_a", "location_b", "location_c", "position_text",
              "remark", "managing_unit")  # fmt: skip
    cells = dict(papers[1].cells) | dict(zip(fields, written, strict=True))
    cells |= dict.fromkeys(("size_text", "line_name", "height_datum", "photos_near"), written[0])
    rows = form_rows(replace(papers[1], cells=cells, three_sided=third))
    assert all(sum(c.span for c in row.cells) == COLUMNS for row in rows)
    assert sum(row.height_mm for row in rows) == pytest.approx(HEIGHT_MM)
    assert min(row.height_mm for row in rows if row.cells[0].role == "sketch") > 20


def circles(svg):
    """Return the places of the reference objects, in metres east and north of the marker."""
    stone, *found = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"', svg)[::-1]
    at = [(float(x) - float(stone[0]), float(stone[1]) - float(y)) for x, y, _ in found]
    return at[::-1]


def test_the_sketch_is_true_to_azimuth_and_distance():
    """Grid north is up: 90° and 20 m is 20 m to the right; the farthest gives the scale."""
    objects = [Reference("树", 90.0, 20.0, ""), Reference("屋", 180.0, 10.0, ""),
               Reference("杆", 315.0, 20.0, ""), Reference("井", float("nan"), 5.0, "")]  # fmt: skip
    svg = sketch(None, objects, None, ("", ""))
    (x1, y1), (x2, y2), (x3, y3) = circles(svg)
    scale = x1 / 20.0
    assert y1 == pytest.approx(0, abs=0.1)
    assert (x2 / scale, y2 / scale) == pytest.approx((0, -10), abs=0.05)
    half = 20 / math.sqrt(2)
    assert (x3 / scale, y3 / scale) == pytest.approx((-half, half), abs=0.05)
    assert "井" not in svg
    assert all(f"{w} m" in svg for w in ("树 20", "屋 10", "杆 20"))


def test_the_line_is_drawn_with_its_units_on_their_sides():
    """Running east: left is up. The marker stands 8 m north of the line."""
    stone = shapely.Point(X + 500, Y + 8)
    svg = sketch(
        stone, [Reference("树", 0.0, 20.0, "")], LINES.geometry.iloc[0], ("随县", "曾都区")
    )
    drawn = re.search(r'd="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)" fill="none" stroke="#7a', svg)
    left, y_left, right, y_right = map(float, drawn.groups())
    assert (left, right) == (0.0, WIDTH)
    ((_, tree),) = circles(svg)
    assert y_left == y_right == pytest.approx(HEIGHT / 2 + 4 + 8 * tree / 20, abs=0.1)
    height = {w: float(re.search(rf'y="([\d.]+)"[^>]*>{w}<', svg)[1]) for w in ("随县", "曾都区")}
    assert height["随县"] < y_left < height["曾都区"]


def test_names_in_a_sketch_stay_text_and_in_the_drawing():
    objects = [Reference("<script>&" + "长" * 30, 90.0, 5.0, "")]
    svg = sketch(None, objects, None, ("", ""))
    assert "<script>" not in svg
    assert "&lt;script&gt;&amp;" in svg
    assert sketch(shapely.Point(), [], shapely.LineString(), ("", "")) == ""


def test_papers_tell_how_far_they_are(policy):
    told = []
    papers_of(stones(), LINES, policy, names=NAMES, on_progress=lambda s, w: told.append((s, w)))
    assert [round(s * 6) for s, _ in told] == [0, 1, 2, 3, 4, 5]
    assert told[0][1] == f"{CODE}001Q"


def test_degrees_are_written_in_the_plane_asked_for(policy):
    """The same markers in EPSG:4526: Y carries zone 38."""
    rows = stones().to_crs("EPSG:4526")
    said = words(
        papers_of(rows, gpd.GeoDataFrame(LINES.to_crs("EPSG:4526")), policy, names=NAMES)[1]
    )
    assert said["Y（东，米）"] == "38441723.782 *"
    assert said["坐标系"].startswith("CGCS2000 3°带第38带，中央经线114°，Y含带号")
    assert stones().crs == CRS
