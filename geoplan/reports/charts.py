"""
Charts (图表) as SVG text: bars against a target, bands of minutes, trends, mixes of beds.

No library, no script. Each is a complete drawing of fixed size, the same for the same numbers;
hatches and values written out tell the parts apart in print without colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.maps.furniture import pattern
from geoplan.reports import drawing as draw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from geoplan.errors import Lang

_INK, _BAR, _SHORT, _LINE = "#22303a", "#2f6f8f", "#d98c3f", "#b0504a"
_SOFT = "#6b7780"
_MINUTES = ("#1c7474", "#56a49c", "#9bc9bd", "#e6d9c3", "#d9dcdf")
_NO_DATA = {"zh": "无数据", "en": "no data"}


def bars(
    labels: Sequence[str],
    values: Sequence[float],
    *,
    target: float | None = None,
    unit: str = "",
    title: str = "",
    lang: Lang = "zh",
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
    lang
        ``zh`` or ``en``.

    Returns
    -------
    svg
        Text for a page.
    """
    row, left, right, top = 19, 128, 130, 30
    width, height = draw.WIDTH, top + row * len(labels) + 26
    known = [v for v in values if draw.known(v)]
    most = max([*known, target or 0.0, 1e-9]) * 1.05
    span = width - left - right
    out = draw.begin(height, title)
    if target is not None:
        out.append(f"<defs>{pattern(_SHORT, 'lines')}</defs>")
    for at, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = top + at * row
        out.append(draw.text(left - 6, y + 13, draw.short(label), "end"))
        if not draw.known(value):
            out.append(draw.text(left + 4, y + 13, _NO_DATA[lang], colour=_SOFT))
            continue
        size = max(value / most * span, 0.5)
        below = target is not None and value < target
        colour = f"url(#gp-lines-{_SHORT[1:]})" if below else _BAR
        out.append(f'<rect x="{left}" y="{y + 3}" width="{size:.1f}" height="{row - 6}" '
                   f'fill="{colour}"/>')  # fmt: skip
        out.append(draw.text(width - 4, y + 13, f"{draw.said(value)} {unit}", "end"))
    if target is not None:
        x = left + target / most * span
        bottom = top + row * len(labels)
        out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top - 4}" y2="{bottom}" '
                   f'stroke="{_LINE}" stroke-width="1.5" stroke-dasharray="4 3"/>')  # fmt: skip
        out.append(draw.text(x, bottom + 14, draw.said(target), "middle", _LINE))
    return "".join([*out, "</svg>"])


def distribution(
    bands: Sequence[str],
    counts: Sequence[float],
    *,
    within: int | None = None,
    unit: str = "人",
    title: str = "",
    lang: Lang = "zh",
) -> str:
    """
    Return columns of how many are in each band, such as elders by minutes walked.

    Parameters
    ----------
    bands
        Words of the bands, such as ``≤ 5 分钟`` … ``> 20 分钟``.
    counts
        How many in each; NaN is drawn as 无数据, and then no shares are given.
    within
        How many of the first bands are within the limit: those beyond stand in another colour,
        hatched. None where there is no limit.
    unit
        Written behind each count.
    title
        Caption.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    svg
        Text for a page.
    """
    top, floor, height = 46.0, 214.0, 240.0
    most = max([c for c in counts if draw.known(c)] + [1e-9])
    total = sum(counts) if all(map(draw.known, counts)) else 0.0
    step = draw.WIDTH / max(len(bands), 1)
    out = [*draw.begin(height, title), f"<defs>{pattern(_SHORT, 'lines')}</defs>"]
    for at, (band, count) in enumerate(zip(bands, counts, strict=True)):
        x = step * (at + 0.5)
        out.append(draw.text(x, floor + 17, draw.short(band, step / 12.0), "middle"))
        if not draw.known(count):
            out.append(draw.text(x, floor - 6, _NO_DATA[lang], "middle", _SOFT))
            continue
        size = count / most * (floor - top)
        beyond = within is not None and at >= within
        fill = f"url(#gp-lines-{_SHORT[1:]})" if beyond else _BAR
        out.append(f'<rect x="{x - 0.3 * step:.1f}" y="{floor - size:.1f}" fill="{fill}" '
                   f'width="{0.6 * step:.1f}" height="{size:.1f}"/>')  # fmt: skip
        share = f"（{count / total:.1%}）" if total else ""
        out.append(draw.text(x, floor - size - 5, f"{draw.said(count)} {unit}{share}", "middle"))
    out.append(f'<path d="M0 {floor:g}H{draw.WIDTH}" stroke="{_INK}"/>')
    return "".join([*out, "</svg>"])


def trend(
    years: Sequence[int],
    values: Sequence[float | None],
    *,
    target: float | None = None,
    target_year: int | None = None,
    unit: str = "",
    title: str = "",
    lang: Lang = "zh",
) -> str:
    """
    Return a line of yearly values and, dashed, the way from the last one to the target.

    Parameters
    ----------
    years, values
        Ascending; a missing value is a gap, never zero.
    target, target_year
        Where the series should arrive; the last year where no year is given.
    unit
        Of the values; in the corner.
    title
        Caption.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    svg
        Text for a page.
    """
    left, right, top, floor = 70.0, 90.0, 48.0, 222.0
    end = target_year if target_year is not None else max(years)
    first, last = min([*years, end]), max([*years, end])
    highest = max([v for v in (*values, target) if v is not None and draw.known(v)] + [1e-9])
    axis, most = draw.steps(highest), highest * 1.08

    def at(year: int, value: float) -> tuple[float, float]:
        x = left + (year - first) / max(last - first, 1) * (draw.WIDTH - left - right)
        return x, floor - value / most * (floor - top)

    out = draw.begin(250.0, title)
    out += [draw.text(0, 38, unit, colour=_SOFT)] if unit else []
    for value in axis:
        y = at(first, value)[1]
        out.append(f'<path d="M{left:g} {y:.1f}H{draw.WIDTH - right:g}" stroke="#dfe4e7"/>')
        out.append(draw.text(left - 8, y + 4, draw.said(value), "end", _SOFT))
    out += [draw.text(at(y, 0.0)[0], floor + 18, str(y), "middle") for y in sorted({*years, end})]
    known = [(y, float(v)) for y, v in zip(years, values, strict=True)
             if v is not None and draw.known(v)]  # fmt: skip
    if target is not None:
        start = at(*known[-1]) if known else None
        out.append(_goal(start, at(end, target), draw.said(target), lang))
    out += _series(years, values, at)
    return "".join([*out, "</svg>"])


def _series(
    years: Sequence[int],
    values: Sequence[float | None],
    at: Callable[[int, float], tuple[float, float]],
) -> list[str]:
    """Return the line with its gaps, a dot and a number at each known value."""
    out, pen = [], ""
    path = ""
    for year, value in zip(years, values, strict=True):
        if value is None or not draw.known(value):
            pen = ""
            continue
        x, y = at(year, float(value))
        path += f"{'L' if pen else 'M'}{x:.1f} {y:.1f}"
        pen = "down"
        out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{_BAR}"/>')
        out.append(draw.text(x, y - 9, draw.said(float(value)), "middle"))
    line = f'<path d="{path}" fill="none" stroke="{_BAR}" stroke-width="2"/>' if path else ""
    return [line, *out]


def _goal(last: tuple[float, float] | None, goal: tuple[float, float], said: str,
          lang: Lang) -> str:  # fmt: skip
    """Return the target as a diamond, and the dashed way to it."""
    (x, y), out = goal, ""
    if last is not None:
        out = (f'<path d="M{last[0]:.1f} {last[1]:.1f}L{x:.1f} {y:.1f}" stroke="{_LINE}" '
               'stroke-width="1.5" stroke-dasharray="5 4" fill="none"/>')  # fmt: skip
    out += f'<path d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6Z" fill="{_LINE}"/>'
    return out + draw.text(
        x + 11, y + 4, f"{'目标' if lang == 'zh' else 'target'} {said}", colour=_LINE
    )


def bed_mix(
    labels: Sequence[str],
    parts: Sequence[Sequence[float]],
    names: Sequence[str],
    *,
    apart: Sequence[float] | None = None,
    apart_name: str = "",
    unit: str = "张",
    title: str = "",
    lang: Lang = "zh",
) -> str:
    """
    Return bars of beds by kind, and the beds that are counted across kinds as a bar of their own.

    Parameters
    ----------
    labels
        One bar each: a year or a unit.
    parts
        Beds of each kind (公办, 普惠, 市场化); a missing one is not drawn and the sum is
        "at least".
    names
        What each kind is.
    apart
        Beds that lie in the kinds already (医养结合): a thin hatched bar below, never added.
    apart_name
        What they are.
    unit
        Of the counts.
    title
        Caption.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    svg
        Text for a page.
    """
    colours, hatch = ("#2f6f8f", "#8fc1dd", "#e0b36a", "#c9ced2"), "#f3ead2"
    row, left, right, top = 26 if apart is None else 40, 128.0, 120.0, 52.0
    totals = [sum(v for v in values if draw.known(v)) for values in parts]
    span = (draw.WIDTH - left - right) / max(
        [*totals, *(v for v in apart or () if draw.known(v)), 1e-9]
    )
    words, fills = list(names), list(colours[: len(names)])
    if apart is not None:
        words, fills = (
            [*words, f"{'其中' if lang == 'zh' else 'of which '}{apart_name}"],
            [*fills, f"url(#gp-lines-{hatch[1:]})"],
        )
    out = draw.begin(top + row * len(labels) + 6, title)
    out += [f"<defs>{pattern(hatch, 'lines')}</defs>", draw.key(words, fills, left)]
    for at, (label, values) in enumerate(zip(labels, parts, strict=True)):
        x, y = left, top + at * row
        out.append(draw.text(left - 6, y + 15, draw.short(label), "end"))
        for k, value in enumerate(values):
            if not draw.known(value) or not value:
                continue
            out.append(f'<rect x="{x:.1f}" y="{y + 2:g}" width="{value * span:.1f}" height="18" '
                       f'fill="{colours[k % 4]}" stroke="#fff"/>')  # fmt: skip
            if value * span > 8.0 * len(draw.said(value)):
                out.append(draw.text(x + value * span / 2, y + 15.5, draw.said(value), "middle",
                                 "#fff" if k == 0 else ""))  # fmt: skip
            x += value * span
        least = "" if all(map(draw.known, values)) else "≥ "
        out.append(draw.text(x + 6, y + 15.5, f"{least}{draw.said(totals[at])} {unit}"))
        if apart is not None and draw.known(apart[at]):
            size = apart[at] * span
            out.append(f'<rect x="{left:g}" y="{y + 22:g}" width="{size:.1f}" height="9" '
                       f'fill="url(#gp-lines-{hatch[1:]})" stroke="#8a7a4a" '
                       'stroke-width="0.6"/>')  # fmt: skip
            out.append(
                draw.text(left + size + 6, y + 31, f"{draw.said(apart[at])} {unit}", colour=_SOFT)
            )
    return "".join([*out, "</svg>"])
