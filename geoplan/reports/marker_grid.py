"""
The register form of a marker as a grid (界桩登记表版式, BND-06): twelve columns, one page.

PDF and Word set the same rows. What is not known is written `EMPTY` and listed under the form; no
figure is ever made up for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from geoplan.boundaries.marker_register import PHOTOS
from geoplan.maps.furniture import width_em
from geoplan.reports import layout
from geoplan.reports.marker_papers import DERIVED
from geoplan.schemas.results import BANNER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geoplan.reports.marker_papers import MarkerPaper

TITLE, EMPTY = "界桩登记表", "未填"
COLUMNS, WIDTH_MM, HEIGHT_MM = 12, 174.0, 250.0
"""Columns of the grid; how wide they are together, how high the form may be on its page."""
ROW_MM, SIGN_MM = 6.9, 20.0
_LARGE_PT, _SMALL_PT = 9.0, 7.5
_LINES, _TEXT_LINES = 2, 4  # that a field may take, and the description of the place
_MM_PER_PT, _MARGIN_MM, _LEADING = 0.3528, 3.2, 1.35
_CUT = "…（余见登记库）"

Role = Literal["label", "head", "value", "sketch", "photos", "sign", "note"]


@dataclass(frozen=True)
class Cell:
    """A cell of the grid: its text, how many columns, what it is, size of its letters."""

    text: str
    span: int
    role: Role
    size_pt: float = _LARGE_PT


@dataclass(frozen=True)
class Row:
    """A row of the grid; at least so high."""

    height_mm: float
    cells: tuple[Cell, ...]


def secrecy_line(word: str) -> str:
    """Return the line that says the class of a page."""
    return f"密级：{word}"


def banner(paper: MarkerPaper) -> str:
    """Return what stands on a page whose data is invented."""
    return BANNER if paper.synthetic else ""


def form_rows(paper: MarkerPaper) -> list[Row]:
    """
    Lay out the form of one marker: the same rows for PDF and Word.

    Parameters
    ----------
    paper
        Of the marker.

    Returns
    -------
    rows
        Spans of each row sum to `COLUMNS`.
    """
    above = [*_identity(paper), *_sides(paper), *_position(paper), *_objects(paper)]
    below = [*_end(paper)]
    rest = HEIGHT_MM - sum(row.height_mm for row in (*above, *below))
    drawn = Row(
        rest, (Cell("", 6, "sketch"), Cell("\n".join(_photos(paper)), 6, "photos", _SMALL_PT))
    )
    return [*above, drawn, *below]


def _row(*cells: Cell) -> Row:
    """Return a row as high as its cells need."""
    return Row(max(ROW_MM, *(_high_mm(c) for c in cells)), cells)


def _high_mm(cell: Cell) -> float:
    if cell.size_pt == _LARGE_PT:
        return ROW_MM
    most_em = 0.9 * _line_em(cell.span, cell.size_pt)  # a word that does not fit leaves a gap
    lines = sum(max(math.ceil(width_em(t) / most_em), 1) for t in cell.text.split("\n"))
    return lines * cell.size_pt * _LEADING * _MM_PER_PT + 2.0


def _pairs(paper: MarkerPaper, *pairs: tuple[str, str, int]) -> Row:
    """Return a row of titles and fields; a title takes two columns."""
    both = ((_label(title), _value(paper.cells[field], span)) for title, field, span in pairs)
    return _row(*(cell for pair in both for cell in pair))


def _label(title: str) -> Cell:
    return Cell(title, 2, "label", _LARGE_PT if width_em(title) <= _line_em(2) else _SMALL_PT)


def _value(text: str, span: int, lines: int = _LINES) -> Cell:
    """Return a cell with a field: smaller where it is long, cut where it is very long."""
    text = layout.clean(text).replace("\n", " ").strip() or EMPTY
    if width_em(text) <= _line_em(span):
        return Cell(text, span, "value")
    most_em = 0.9 * lines * _line_em(span, _SMALL_PT)
    if width_em(text) > most_em:
        text = text[: int(most_em / width_em("a"))]
        while width_em(text + _CUT) > most_em:
            text = text[:-1]
        text += _CUT
    return Cell(text, span, "value", _SMALL_PT)


def _line_em(span: int, size_pt: float = _LARGE_PT) -> float:
    """Return how many letters' widths a cell of so many columns holds in a line."""
    return (WIDTH_MM * span / COLUMNS - _MARGIN_MM) / (size_pt * _MM_PER_PT)


def _identity(paper: MarkerPaper) -> Iterator[Row]:
    yield _pairs(paper, ("界桩号", "marker_no", 4), ("刻号", "inscription", 4))
    yield _pairs(paper, ("类型", "marker_type", 2), ("形状", "shape", 2), ("材质", "material", 2))
    yield _pairs(
        paper, ("规格", "size_text", 2), ("埋深", "buried_m", 2), ("埋设年份", "set_up_year", 2)
    )
    yield _pairs(paper, ("界线", "line_name", 4), ("界线代码", "line_code", 4))
    yield _pairs(paper, ("级别", "level", 2), ("里程", "chainage_m", 2), ("偏距", "offset_m", 2))
    yield _pairs(paper, ("管护单位", "managing_unit", 4), ("状况", "condition", 4))


def _sides(paper: MarkerPaper) -> Iterator[Row]:
    named = [*zip("甲乙", ("location_a", "location_b"), paper.sides, strict=True)]
    if paper.three_sided:
        named.append(("丙", "location_c", ""))
    for side, field, name in named:
        yield _row(_label(f"{side}方"), _value(name, 4), _label(f"{side}方所在地"),
                   _value(paper.cells[field], 4))  # fmt: skip


def _position(paper: MarkerPaper) -> Iterator[Row]:
    yield _pairs(paper, ("经度 L", "longitude", 4), ("纬度 B", "latitude", 4))
    yield _pairs(paper, ("X（北，米）", "x_north_m", 4), ("Y（东，米）", "y_east_m", 4))
    yield _pairs(paper, ("坐标系", "source_crs", 6), ("中误差", "sigma_m", 2))
    yield _pairs(paper, ("高程 H（米）", "elevation_m", 4), ("高程基准", "height_datum", 4))


def _objects(paper: MarkerPaper) -> Iterator[Row]:
    heads = (("方位物", 2), ("名称", 4), ("坐标方位角", 3), ("距离（米）", 3))
    yield Row(ROW_MM, tuple(Cell(t, span, "head") for t, span in heads))
    for n, reference in enumerate(paper.references, 1):
        yield _row(Cell("一二三"[n - 1], 2, "head"), _value(reference.name, 4),
                   _value(reference.azimuth_text, 3),
                   _value(paper.cells[f"ref{n}_distance_m"], 3))  # fmt: skip
    yield _row(_label("位置说明"), _value(paper.cells["position_text"], 10, _TEXT_LINES))
    yield Row(ROW_MM, (Cell("位置略图（坐标北向上）", 6, "head"), Cell("照片", 6, "head")))


def _end(paper: MarkerPaper) -> Iterator[Row]:
    yield _pairs(paper, ("作业人员", "surveyors", 4), ("管理人员", "officers", 4))
    sides = "甲乙丙" if paper.three_sided else "甲乙"
    words = [f"{side}方（签字、盖章）\n\n\n{'　' * 6}年　　月　　日" for side in sides]
    yield Row(SIGN_MM, tuple(Cell(t, COLUMNS // len(sides), "sign") for t in words))
    yield _pairs(paper, ("登记日期", "registered_on", 4), ("备注", "remark", 4))
    yield _row(Cell("\n".join(_notes(paper)), COLUMNS, "note", _SMALL_PT))


def _photos(paper: MarkerPaper) -> Iterator[str]:
    views = list(PHOTOS.items())
    for view, word in views if paper.three_sided else views[:3]:
        yield f"{word}：{_value(paper.cells[view], 5, 1).text}"


def _notes(paper: MarkerPaper) -> Iterator[str]:
    """Say what is missing, and what was worked out."""
    if paper.missing:
        yield f"{EMPTY} {len(paper.missing)} 项：{'、'.join(paper.missing)}。"
    else:
        yield "登记项目齐全。"
    if paper.derived:
        told = "、".join(paper.derived)
        yield f"{DERIVED} 登记表未填，由位置换算或取自界线登记，须核对：{told}。"
