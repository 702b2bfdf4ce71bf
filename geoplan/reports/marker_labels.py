"""
Labels of markers with a QR code (界桩二维码标签), fourteen to an A4 sheet, as PDF or web page.

The code holds the marker's number and nothing else: never a coordinate. A number that names no
marker, or more than one, gets no label.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import pandas as pd

from geoplan.boundaries import check_numbers
from geoplan.boundaries.marker_numbers import tidy_number
from geoplan.errors import InputError
from geoplan.io.secrecy import highest
from geoplan.reports import layout
from geoplan.reports.layout import need
from geoplan.reports.marker_forms import require_kind, source
from geoplan.reports.marker_grid import EMPTY, banner, secrecy_line
from geoplan.reports.typeset import pdf_of
from geoplan.schemas import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from geoplan.reports.marker_papers import MarkerPaper

KINDS = (".pdf", ".html")
BASE = "geoplan:marker/"
"""Begins what a code holds, where no other address is given."""
PER_PAGE = 14
ERROR_LEVEL = "q"
"""A quarter of the code may be scratched off and it is still read."""
_QUIET = 4  # modules of white around a code, ISO/IEC 18004
_MOST_LETTERS = 150
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[!-~]*")
_NO_LABEL = {
    "missing_number": "没有界桩号", "bad_number": "界桩号格式不对",
    "national_border_number": "像国界碑编号", "duplicate_number": "界桩号重复",
    "number_reused": "沿用报废界桩的编号", "withdrawn": "已报废",
}  # fmt: skip


class Skipped(NamedTuple):
    """A marker without a label, and why."""

    marker_no: str
    code: str
    reason: str


def payload(marker_no: str, base: str = BASE) -> str:
    """
    Return what the code of a marker holds: an address that ends in its number.

    Parameters
    ----------
    marker_no
        The number (BND-04); it stays the same as long as the marker stands.
    base
        Address before the number, for example ``https://jz.example.gov.cn/m/``.

    Returns
    -------
    payload
        In plain ASCII; a letter that an address may not have is written ``%…``.

    Raises
    ------
    InputError
        If ``base`` is no address, the number is empty, or both together are too long.

    Examples
    --------
    >>> payload("4142017A"), payload("4142 017a", "https://example.cn/m/")
    ('geoplan:marker/4142017A', 'https://example.cn/m/4142017A')
    """
    number = quote(tidy_number(marker_no), safe="")
    if not _ADDRESS.fullmatch(base) or not number or len(base + number) > _MOST_LETTERS:
        raise InputError(
            f"Nothing for a QR code of {base!r} and marker number {marker_no!r}.",
            zh=f"地址“{base}”与界桩号“{marker_no}”不能组成二维码内容。",
            fix=f"give --base-url as scheme:… in ASCII, at most {_MOST_LETTERS} letters together, "
            "such as https://example.gov.cn/m/",
            fix_zh=f"--base-url 用英文字母的网址，如 https://example.gov.cn/m/，"
            f"连同界桩号不超过 {_MOST_LETTERS} 个字符",
            base=base, marker_no=marker_no,
        )  # fmt: skip
    return base + number


def qr_svg(text: str) -> str:
    """
    Return a QR code as a drawing, its quiet zone included; a pixel is a module.

    Parameters
    ----------
    text
        What it holds.

    Returns
    -------
    svg
        Square.

    Raises
    ------
    MissingExtraError
        If segno is not installed.
    """
    code = need("segno").make(text, error=ERROR_LEVEL, micro=False, boost_error=False)
    size = code.symbol_size(border=_QUIET)[0]
    # runs of modules in a row are one rectangle each; nothing overlaps, nothing is left between
    path = "".join(
        f"M{found.start() + _QUIET} {y}h{len(found[0])}v1h-{len(found[0])}z"
        for y, row in enumerate(code.matrix, _QUIET)
        for found in re.finditer("1+", "".join("1" if module else "0" for module in row))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
        f'viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}"/></svg>'
    )


def write_marker_labels(
    papers: Sequence[MarkerPaper],
    path: str | Path,
    *,
    base: str = BASE,
    issuer: str = "",
    others: Iterable[str] = (),
    on_progress: Callable[[float, str], None] | None = None,
) -> list[Skipped]:
    """
    Write a sheet of labels with QR codes, to be stuck on markers or cut out.

    Parameters
    ----------
    papers
        From `geoplan.reports.marker_papers.papers_of`.
    path
        ``.pdf`` (14 labels of 99.1 by 38.1 mm on A4, a common sheet of stickers) or ``.html``
        (self-contained, works and prints offline).
    base
        Address before the number in the code.
    issuer
        Stands at the foot of the sheet.
    others
        Numbers of markers that are not printed now: none of them is printed for another marker.
    on_progress
        Called with the share done (0–1) and the number of the marker.

    Returns
    -------
    skipped
        Markers that got no label: withdrawn, without a readable number, or with one that names two.

    Raises
    ------
    InputError
        If the ending is another, ``base`` is no address, or no marker is left.
    MissingExtraError
        If the extra ``reports`` is not installed.
    OutputError
        If the system refuses; no partial file is left.
    """
    from geoplan.io import replacing

    target = Path(path)
    skipped = _without(papers, others)
    left = [p for p, skip in zip(papers, skipped, strict=True) if skip is None]
    require_kind(target, KINDS, left)
    labels = []
    for at, paper in enumerate(left):
        if on_progress:
            on_progress(at / len(left), paper.marker_no)
        labels.append(_label(paper, base))
    sheet = {
        "title": "界桩二维码标签", "issuer": layout.clean(issuer), "red": layout.BANNER_COLOUR,
        "per_page": PER_PAGE, "labels": labels, "empty": EMPTY,
        "secrecy": secrecy_line(_highest_zh(left)),
        "banner": next((b for b in map(banner, left) if b), ""),
    }  # fmt: skip
    if target.suffix.lower() == ".html":
        made = _page(sheet)
    else:
        made = pdf_of(source("marker_labels.typ"), json.dumps(sheet, ensure_ascii=False))
    with replacing(target) as temporary:
        temporary.write_bytes(made)
    return [s for s in skipped if s is not None]


def _highest_zh(papers: Sequence[MarkerPaper]) -> str:
    top = highest(p.secrecy for p in papers)
    return next(c.zh for c in v.SECRECY if c.code == top)


def _without(papers: Sequence[MarkerPaper], others: Iterable[str]) -> list[Skipped | None]:
    """Tell for each paper why it gets no label; None where it gets one."""
    rows = pd.DataFrame(
        [(p.marker_no, p.cells["marker_id"], "withdrawn" if p.withdrawn else "") for p in papers]
        + [(number, "", "") for number in others],
        columns=["marker_no", "marker_id", "condition"],
    )
    notes = check_numbers(rows)
    why = notes.loc[notes["code"].isin(list(_NO_LABEL)), "code"].groupby(level=0).first()
    codes = [str(why.get(at, "withdrawn" if p.withdrawn else "")) for at, p in enumerate(papers)]
    return [Skipped(p.marker_no, code, _NO_LABEL[code]) if code else None
            for p, code in zip(papers, codes, strict=True)]  # fmt: skip


def _label(paper: MarkerPaper, base: str) -> dict[str, str | list[list[str]]]:
    cells = paper.cells
    held = payload(paper.marker_no, base)
    sides = " / ".join(s for s in paper.sides if s)
    kind = "　".join(filter(None, (cells["marker_type"], cells["shape"], cells["material"])))
    facts = (("界线", cells["line_name"]), ("两侧", sides), ("类型", kind),
             ("管护", cells["managing_unit"]))  # fmt: skip
    return {
        "number": layout.clean(tidy_number(paper.marker_no)), "held": held, "svg": qr_svg(held),
        "facts": [[name, layout.clean(text) or EMPTY] for name, text in facts],
        "banner": banner(paper),
    }  # fmt: skip


def _page(sheet: dict[str, object]) -> bytes:
    from jinja2 import Environment

    shell = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return shell.from_string(source("marker_labels.html.j2")).render(**sheet).encode()
