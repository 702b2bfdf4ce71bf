"""What stands around a static map (图廓整饰): legend, scale bar, north arrow, small print."""

from __future__ import annotations

import unicodedata
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geoplan.errors import Lang

FONT = "Noto Sans SC, Noto Sans CJK SC, sans-serif"
INK = "#22303a"

_HATCH = {
    "lines": '<path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" stroke="#4a2208" stroke-width="0.9"/>',
    "dots": '<circle cx="1.6" cy="1.6" r="0.8" fill="#6b5200"/>'
    '<circle cx="4.6" cy="4.6" r="0.8" fill="#6b5200"/>',
    "cross": '<path d="M0 3H6M3 0V6" stroke="#9aa4ab" stroke-width="0.5"/>',
}


def num(value: float) -> str:
    """Return a coordinate with one decimal at most."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def width_em(text: str) -> float:
    """Return about how wide a text is: 1 for a Chinese character, less for a Latin one."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.58 for c in text)


def fit(text: str, size: float, most_px: float) -> str:
    """Return the size of letters at which a line is no wider than so many px."""
    return num(min(size, most_px / max(width_em(text), 1.0)))


def pattern(colour: str, hatch: str) -> str:
    """Return the definition of a hatch over a colour."""
    return (f'<pattern id="{_id(colour, hatch)}" width="6" height="6" '
            f'patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="{escape(colour)}"/>'
            f"{_HATCH[hatch]}</pattern>")  # fmt: skip


def paint(colour: str, hatch: str) -> str:
    """Return the value of ``fill``: the colour, or the hatch over it."""
    return f"url(#{_id(colour, hatch)})" if hatch else escape(colour)


def _id(colour: str, hatch: str) -> str:
    return f"gp-{hatch}-{colour.lstrip('#')}"


def mark(shape: str, x: float, y: float, r: float) -> str:
    """Return a circle, square, triangle or diamond around a point."""
    if shape == "square":
        return (f'<rect x="{num(x - r)}" y="{num(y - r)}" width="{num(2 * r)}" '
                f'height="{num(2 * r)}"/>')  # fmt: skip
    if shape == "triangle":
        return (f'<path d="M{num(x)} {num(y - 1.2 * r)}L{num(x + 1.1 * r)} {num(y + 0.8 * r)}'
                f'L{num(x - 1.1 * r)} {num(y + 0.8 * r)}Z"/>')  # fmt: skip
    if shape == "diamond":
        s = 1.3 * r
        return f'<path d="M{num(x)} {num(y - s)}l{num(s)} {num(s)}l{num(-s)} {num(s)}l{num(-s)} {num(-s)}Z"/>'  # noqa: E501
    return f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(r)}"/>'


def stroke(colour: str, width_px: float, dashes: str) -> str:
    """Return the attributes of a group of lines."""
    dashed = f' stroke-dasharray="{escape(dashes)}"' if dashes else ""
    return (f'fill="none" stroke="{escape(colour)}" stroke-width="{width_px:g}" '
            f'stroke-linejoin="round"{dashed}')  # fmt: skip


def legend(
    x: float, y: float, title: str,
    areas: Sequence[tuple[str, str, str]], points: Sequence[tuple[str, str, str, float]],
    lines: Sequence[tuple[str, str, float, str]] = (),
) -> str:  # fmt: skip
    """Return the legend: a box for each class, a stroke and a mark for each kind."""
    out = []
    for line in _lines(title, 13.0):
        out.append(f'<text x="{num(x)}" y="{num(y + 10)}" font-weight="700">{escape(line)}</text>')
        y += 17
    y += 3
    for word, colour, hatch in areas:
        out.append(f'<rect x="{num(x)}" y="{num(y)}" width="22" height="13" stroke="#5d6a73" '
                   f'stroke-width="0.6" fill="{paint(colour, hatch)}"/>')  # fmt: skip
        y = _said(out, word, x, y)
    for word, colour, width_px, dashes in lines:
        out.append(f'<path d="M{num(x)} {num(y + 7)}h22" {stroke(colour, width_px, dashes)}/>')
        y = _said(out, word, x, y)
    for word, colour, shape, r in points:
        out.append(f'<g fill="{escape(colour)}" stroke="#fff" stroke-width="0.7">'
                   f"{mark(shape, x + 11, y + 7, r + 0.8)}</g>")  # fmt: skip
        y = _said(out, word, x, y)
    return "".join(out)


def _said(out: list[str], word: str, x: float, y: float) -> float:
    """Write a word of the legend, in lines that fit, and return where the next one stands."""
    for line in _lines(word, 10.5):
        out.append(f'<text x="{num(x + 29)}" y="{num(y + 11)}">{escape(line)}</text>')
        y += 16
    return y + 3


def _lines(text: str, most_em: float) -> list[str]:
    """Cut a text into lines that fit; a unit in brackets stays whole."""
    if width_em(text) > most_em and text.endswith("）") and "（" in text:
        head, _, unit = text.rpartition("（")
        return [*_lines(head, most_em), f"（{unit}"] if head else [text]
    out = [""]
    for letter in text:
        if width_em(out[-1] + letter) > most_em:
            out.append("")
        out[-1] += letter
    return [line for line in out if line]


def bar_length_m(px_per_m: float, most_px: float) -> float:
    """
    Return the longest round length whose bar is at most so many px: 1, 2 or 5 times ten to n.

    Examples
    --------
    >>> bar_length_m(0.004, 120.0), bar_length_m(0.05, 120.0)
    (20000.0, 2000.0)
    """
    best = 1.0
    for power in range(8):
        for step in (1, 2, 5):
            if step * 10.0**power * px_per_m <= most_px:
                best = step * 10.0**power
    return best


def scale_bar(x: float, y: float, px_per_m: float, most_px: float, lang: Lang) -> str:
    """Return a bar of a round length with two halves, ending at the baseline ``y``."""
    length = bar_length_m(px_per_m, most_px - 40)
    half = length * px_per_m / 2
    unit, times = ("公里" if lang == "zh" else "km", 1000.0)
    out = ['<g stroke="#22303a" stroke-width="0.8">',
           f'<rect x="{num(x + 4)}" y="{num(y - 5)}" width="{half:.2f}" height="5" fill="{INK}"/>',
           (f'<rect x="{x + 4 + half:.2f}" y="{num(y - 5)}" width="{half:.2f}" height="5" '
           'fill="#fff"/></g>')]  # fmt: skip
    for at in (0.0, 0.5, 1.0):
        word = f"{at * length / times:g}" + (f" {unit}" if at == 1.0 else "")
        anchor = ' text-anchor="middle"' if at < 1.0 else ""
        shift = 0 if at < 1.0 else -4
        out.append(f'<text x="{num(x + 4 + 2 * half * at + shift)}" y="{num(y - 10)}" '
                   f'font-size="10.5"{anchor}>{word}</text>')  # fmt: skip
    return "".join(out)


def north_arrow(x: float, y: float, lang: Lang) -> str:
    """Return an arrow that points up, half filled."""
    word = "北" if lang == "zh" else "N"
    return (f'<text x="{num(x)}" y="{num(y + 4)}" text-anchor="middle" font-weight="700">{word}'
            f'</text><path d="M{num(x)} {num(y + 9)}l-8 30l8 -7Z" fill="{INK}"/>'
            f'<path d="M{num(x)} {num(y + 9)}l8 30l-8 -7Z" fill="#fff" stroke="{INK}" '
            'stroke-width="0.8"/>')  # fmt: skip


def small_print(x: float, y: float, right: float, note: str, number: str, lang: Lang) -> str:
    """Return the lines under the map: 示意图 and 审图号, then the source."""
    if lang == "zh":
        left = "示意图，界线不作为划界依据"
        said = f"审图号：{number or '（待填）'}"
    else:
        left = "Schematic; lines are no claim about boundaries"
        said = f"Map review No.: {number or '(to be filled in)'}"
    out = (f'<text x="{num(x)}" y="{num(y)}">{escape(left)}</text>'
           f'<text x="{num(right)}" y="{num(y)}" text-anchor="end">'
           f"{escape(said)}</text>")  # fmt: skip
    if note:
        out += (f'<text x="{num(x)}" y="{num(y + 16)}" '
                f'font-size="{fit(note, 11.0, right - x)}">{escape(note)}</text>')  # fmt: skip
    return f'<g font-size="11" fill="#4b5860">{out}</g>'
