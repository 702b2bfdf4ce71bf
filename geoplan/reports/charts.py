"""Charts (图表) as SVG text: bars against a target, coverage bands; no library, no script."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_INK, _BAR, _SHORT, _LINE = "#22303a", "#2f6f8f", "#d98c3f", "#b0504a"


def bars(
    labels: Sequence[str],
    values: Sequence[float],
    *,
    target: float | None = None,
    unit: str = "",
    title: str = "",
) -> str:
    """
    Return a horizontal bar chart with the target as a line; bars below it in another colour.

    Parameters
    ----------
    labels, values
        One bar each, in the order given; NaN is drawn as 无数据.
    target
        Where the line stands.
    unit
        Written behind each value.
    title
        Caption.

    Returns
    -------
    svg
        Text for a page.
    """
    row, left, right, top = 19, 128, 130, 30
    width, height = 720, top + row * len(labels) + 26
    known = [v for v in values if v == v]  # noqa: PLR0124  (NaN is not itself)
    most = max([*known, target or 0.0, 1e-9]) * 1.05
    span = width - left - right
    out = [
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{html.escape(title)}">',
        f'<text x="0" y="16" font-weight="700">{html.escape(title)}</text>',
    ]
    for at, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = top + at * row
        out.append(f'<text x="{left - 6}" y="{y + 13}" text-anchor="end">'
                   f"{html.escape(str(label))}</text>")  # fmt: skip
        if value != value:  # noqa: PLR0124
            out.append(f'<text x="{left + 4}" y="{y + 13}" fill="#888">无数据</text>')
            continue
        size = max(value / most * span, 0.5)
        colour = _SHORT if target is not None and value < target else _BAR
        out.append(f'<rect x="{left}" y="{y + 3}" width="{size:.1f}" height="{row - 6}" '
                   f'fill="{colour}"/>')  # fmt: skip
        out.append(f'<text x="{width - 4}" y="{y + 13}" text-anchor="end" fill="{_INK}">'
                   f"{value:,.4g} {html.escape(unit)}</text>")  # fmt: skip
    if target is not None:
        x = left + target / most * span
        bottom = top + row * len(labels)
        out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top - 4}" y2="{bottom}" '
                   f'stroke="{_LINE}" stroke-width="1.5" stroke-dasharray="4 3"/>')  # fmt: skip
        out.append(f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle" fill="{_LINE}">'
                   f"{target:,.4g}</text>")  # fmt: skip
    return "".join([*out, "</svg>"])


def stacked(
    labels: Sequence[str],
    parts: Sequence[Sequence[float]],
    names: Sequence[str],
    *,
    title: str = "",
) -> str:
    """
    Return bars of shares that sum to one, such as 5, 10, 15 minutes and beyond.

    Parameters
    ----------
    labels
        One bar each.
    parts
        Shares of each bar, 0–1.
    names
        What each part is.
    title
        Caption.

    Returns
    -------
    svg
        Text for a page.
    """
    colours = ("#1c7474", "#56a49c", "#9bc9bd", "#e6d9c3", "#d9dcdf")
    row, left, top = 26, 128, 52
    width, height = 720, top + row * len(labels) + 8
    span = width - left - 10
    out = [
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{html.escape(title)}">',
        f'<text x="0" y="16" font-weight="700">{html.escape(title)}</text>',
    ]
    for at, name in enumerate(names):
        x = float(left + at * 140)
        out.append(f'<rect x="{x}" y="26" width="12" height="12" fill="{colours[at]}"/>'
                   f'<text x="{x + 17}" y="37">{html.escape(name)}</text>')  # fmt: skip
    for at, (label, shares) in enumerate(zip(labels, parts, strict=True)):
        y = top + at * row
        x = float(left)
        out.append(f'<text x="{left - 6}" y="{y + 15}" text-anchor="end">'
                   f"{html.escape(str(label))}</text>")  # fmt: skip
        for k, share in enumerate(shares):
            size = share * span
            ink = "#fff" if k == 0 else _INK
            out.append(f'<rect x="{x:.1f}" y="{y + 2}" width="{size:.1f}" height="{row - 6}" '
                       f'fill="{colours[k]}"/>')  # fmt: skip
            if share > 0.06:  # noqa: PLR2004
                out.append(f'<text x="{x + size / 2:.1f}" y="{y + 16}" text-anchor="middle" '
                           f'fill="{ink}">{share * 100:.0f} %</text>')  # fmt: skip
            x += size
    return "".join([*out, "</svg>"])
