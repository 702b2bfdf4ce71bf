"""The curve of a siting (投入曲线) as SVG text: what each further site buys, and what could be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.reports import drawing as draw
from geoplan.schemas.results import BANNER

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.errors import Lang

_INK, _LINE, _BAND, _SOFT = "#22303a", "#2f6f8f", "#e6d9c3", "#6b7780"
_LEFT, _TOP, _FLOOR, _HEIGHT = 62.0, 52.0, 268.0, 310.0
_RIGHT = draw.WIDTH - 20.0
_WORDS = {
    "zh": ("覆盖率", "不可能超过", "新增处数", "经费（万元）"),
    "en": ("share covered", "cannot be exceeded", "new sites", "budget, 10 000 yuan"),
}
_ROOM, _LEAST, _TICKS, _DOTS = 0.08, 1e-6, 10, 40


def siting_curve(
    table: pd.DataFrame, *, title: str = "", lang: Lang = "zh", synthetic: bool = False
) -> str:
    """
    Draw the share covered by number of sites or budget, with the band of what is possible.

    Parameters
    ----------
    table
        From `siting.reasons.curve`; steps without an answer are left out.
    title
        Caption.
    lang
        ``zh`` or ``en``.
    synthetic
        Whether to say 演示数据·非真实.

    Returns
    -------
    svg
        Text for a page; the axis does not begin at zero, so its ends are written out.
    """
    seen = table[(table["status"] != "infeasible").to_numpy(bool)]
    covered, bound, new, budget = _WORDS[lang]
    x = seen.index.to_numpy(dtype=float) / (1.0 if table.index.name == "p" else 1e4)
    share = seen["covered_share"].to_numpy(dtype=float)
    total = seen["covered"].to_numpy(dtype=float) / share.clip(_LEAST)
    top = seen["bound"].to_numpy(dtype=float) / total.clip(_LEAST)
    out = [*draw.begin(_HEIGHT, title), draw.key((covered, bound), (_LINE, _BAND), _LEFT)]
    if synthetic:
        out.append(draw.text(_LEFT, _FLOOR + 34, BANNER, "start", _SOFT))
    if not len(seen):
        return "".join([*out, "</svg>"])
    span = max(float(top.max() - share.min()), _LEAST)
    low, high = float(share.min()) - _ROOM * span, float(top.max()) + _ROOM * span
    wide = max(float(x[-1] - x[0]), _LEAST)
    px = [_LEFT + (_RIGHT - _LEFT) * float(v - x[0]) / wide for v in x]
    below, above = ([_FLOOR - (_FLOOR - _TOP) * (float(v) - low) / (high - low) for v in values]
                    for values in (share, top))  # fmt: skip
    band = [*zip(px, above, strict=True), *reversed(list(zip(px, below, strict=True)))]
    out.append(f'<polygon points="{_points(band)}" fill="{_BAND}"/>')
    out.append(f'<polyline points="{_points(list(zip(px, below, strict=True)))}" fill="none" '
               f'stroke="{_LINE}" stroke-width="2"/>')  # fmt: skip
    if len(px) <= _DOTS:
        out += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.8" fill="{_LINE}"/>'
                for a, b in zip(px, below, strict=True)]  # fmt: skip
    out += [
        draw.text(_LEFT - 6, y + 4, f"{v:.1%}", "end", _SOFT)
        for y, v in ((below[0], share[0]), (below[-1], share[-1]))
        if len(px) > 1 or v
    ]
    every = max(1, len(px) // _TICKS)
    out += [draw.text(px[k], _FLOOR + 16, f"{x[k]:g}", "middle")
            for k in range(0, len(px), every)]  # fmt: skip
    out.append(f'<path d="M{_LEFT} {_TOP}V{_FLOOR:g}H{_RIGHT}" fill="none" stroke="{_INK}"/>')
    axis = new if table.index.name == "p" else budget
    out.append(draw.text(_RIGHT, _FLOOR + 34, axis, "end", _SOFT))
    return "".join([*out, "</svg>"])


def _points(pairs: list[tuple[float, float]]) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in pairs)
