"""Pieces of charts (图表构件): the opening, lines of text, legends, axes."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from geoplan.maps.furniture import FONT, INK, width_em

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 720
"""Of every chart, px."""


def begin(height: float, title: str) -> list[str]:
    """Begin a drawing: size, letters, the title in the first line."""
    return [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" '
            f'viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{html.escape(title)}" '
            f'font-family="{FONT}" font-size="12" fill="{INK}">'
        ),
        text(0, 16, title, weight=True) if title else "",
    ]


def text(x: float, y: float, words: str, anchor: str = "", colour: str = "",
          *, weight: bool = False) -> str:  # fmt: skip
    """Return a line of text; its anchor is ``middle``, ``end`` or the start."""
    more = f' text-anchor="{anchor}"' if anchor else ""
    more += f' fill="{colour}"' if colour else ""
    more += ' font-weight="700"' if weight else ""
    return f'<text x="{x:.5g}" y="{y:.5g}"{more}>{html.escape(words)}</text>'


def short(label: object, most_em: float = 10.0) -> str:
    """Return a label that fits beside its bar."""
    text = str(label)
    if width_em(text) <= most_em:
        return text
    while width_em(text) > most_em - 1.0:
        text = text[:-1]
    return f"{text}…"


def known(value: float | None) -> bool:
    """Tell whether there is a number: not None, not NaN."""
    return value is not None and value == value  # noqa: PLR0124  (NaN is not itself)


def steps(most: float) -> list[float]:
    """Return round values of an axis from zero to about ``most``, five at most."""
    size = 10.0 ** (len(f"{max(most, 1e-9):.0f}") - 1)
    while most < size:
        size /= 10.0
    step = next(s * size for s in (0.2, 0.25, 0.5, 1.0, 2.0, 2.5) if most / (s * size) <= 5.0)  # noqa: PLR2004
    return [k * step for k in range(int(most / step + 1e-9) + 1)]


def key(names: Sequence[str], colours: Sequence[str], left: float, y: float = 26.0) -> str:
    """Return the legend in one line: a box and a word for each part."""
    out, x = [], left
    for at, name in enumerate(names):
        fill = colours[at % len(colours)]
        out.append(f'<rect x="{x:.1f}" y="{y:g}" width="12" height="12" fill="{fill}"/>')
        out.append(text(x + 17, y + 11, name))
        x += max(12.0 * width_em(name) + 34.0, 100.0)
    return "".join(out)


def said(value: float) -> str:
    """Return a number of at most four digits, large ones whole."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"  # noqa: PLR2004
