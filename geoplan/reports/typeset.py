"""Typesetting (排版): the typst compiler with the fonts of the wheel, for PDF and pictures."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from geoplan.errors import InputError
from geoplan.reports.layout import need, svg_size

STAMP_S = 1_644_192_000
"""2022-02-07, UNIX seconds: outputs carry no clock, so that runs compare."""

_PICTURE = b"""#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg", width: float(sys.inputs.width) * 1pt)
"""


def pdf_of(source: str, data: str) -> bytes:
    """
    Return a PDF/A-2b of a typst source that reads ``sys.inputs.data``.

    Raises
    ------
    MissingExtraError
        If typst or its fonts are not installed.
    InputError
        If the source cannot be set.
    """
    return _compile(source.encode(), {"data": data}, pdf_standards="a-2b", timestamp=STAMP_S)


def png_of(svg: str, *, ppi: float = 200.0) -> bytes:
    """
    Return a drawing as a picture; 96 px of the drawing are an inch.

    Raises
    ------
    MissingExtraError
        If typst or its fonts are not installed.
    InputError
        If the text is no drawing.
    """
    width = f"{svg_size(svg)[0] * 0.75:g}"
    return _compile(_PICTURE, {"svg": svg, "width": width}, format="png", ppi=ppi)


def _compile(source: bytes, inputs: dict[str, str], **options: Any) -> bytes:
    typst = need("typst")
    try:
        out = typst.compile(source, font_paths=_fonts(), ignore_system_fonts=True,
                            sys_inputs=inputs, **options)  # fmt: skip
    except typst.TypstError as error:
        raise InputError(
            f"The document cannot be typeset: {error.message}",
            zh=f"报告无法排版：{error.message}",
            fix="check the drawings of the document: each must be complete SVG text",
            fix_zh="检查报告中的图：每个都应是完整的 SVG 文本",
        ) from error
    return out if isinstance(out, bytes) else out[0]


@lru_cache(maxsize=1)
def _fonts() -> Any:
    """Return the fonts of the wheel alone, so that every machine sets the same pages."""
    folder = need("pylopdf_fonts_zh_cn").sans_path().parent
    return need("typst").Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)]
    )
