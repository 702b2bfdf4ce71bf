"""Figures that contradict each other in one row (自相矛盾的数): a part larger than its whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.schemas.layers import LAYERS

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARTS = {
    "facilities": (("elder_floor_m2", "floor_m2"), ("floor_m2", "building_floor_m2"),
                   ("nursing_beds", "beds")),
    "cemeteries": (("plots_used", "plots"),),
}  # fmt: skip
"""Layer -> (part, whole)."""
_SLACK = 1e-6
_POINTS = 0.05  # per cent that a stated share may differ from its own numerator and denominator


def contradictions(frame: pd.DataFrame, part: str, whole: str) -> np.ndarray[Any, np.dtype[Any]]:
    """
    Tell in which rows a part is larger than its whole.

    Parameters
    ----------
    frame
        Any layer; absent columns and missing values contradict nothing.
    part, whole
        Columns with numbers.
    """
    if part not in frame.columns or whole not in frame.columns:
        return np.zeros(len(frame), bool)
    a, b = (pd.to_numeric(frame[c], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            for c in (part, whole))  # fmt: skip
    with np.errstate(invalid="ignore"):
        return np.asarray(a > b * (1.0 + _SLACK), dtype=bool)


def check_consistency(layers: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """
    List rows whose figures contradict each other; nothing is changed or dropped.

    Parameters
    ----------
    layers
        Validated layers by name; CRS does not matter.

    Returns
    -------
    findings
        As rows of `validate.DEFECT_COLUMNS`. The standards count such a figure as unknown.
    """
    rows: list[dict[str, Any]] = []
    for name, pairs in _PARTS.items():
        frame = layers.get(name)
        if frame is None:
            continue
        rows += [
            _larger(name, frame, int(at), part, whole)
            for part, whole in pairs
            for at in np.flatnonzero(contradictions(frame, part, whole))
        ]
    return rows + _figures(layers.get("indicator_figures"))


def _larger(layer: str, frame: pd.DataFrame, at: int, part: str, whole: str) -> dict[str, Any]:
    zh = {c.name: c.zh for c in LAYERS[layer].columns}
    a, b = frame[part].iloc[at], frame[whole].iloc[at]
    key = next((c for c in frame.columns if c.endswith("_id")), "")
    return {
        "layer": layer, "file": "", "row": at + 1, "id": str(frame[key].iloc[at]) if key else "",
        "field": part, "value": f"{a:g}", "rule": "part_larger_than_whole", "effect": "warning",
        "reason_zh": f"{zh[part]} {a:g} 大于{zh[whole]} {b:g}，按未知计",
        "reason_en": f"{part} {a:g} is larger than {whole} {b:g}; counted as unknown",
        "fix_zh": "核对这两个数",
        "fix_en": "check both figures",
    }  # fmt: skip


def _figures(frame: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Figures whose stated per cent is not that of their own numerator and denominator."""
    need = {"value", "numerator", "denominator", "indicator_id", "unit_code", "period"}
    if frame is None or not need <= set(frame.columns):
        return []
    value, top, base = (
        pd.to_numeric(frame[c], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        for c in ("value", "numerator", "denominator")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        share = 100.0 * top / base
        odd = (np.abs(share - value) > _POINTS) & (base > 0) & (base != 1)
    return [
        {
            "layer": "indicator_figures", "file": "", "row": int(at) + 1,
            "id": f"{frame['indicator_id'].iloc[at]} {frame['unit_code'].iloc[at]} "
            f"{frame['period'].iloc[at]}",
            "field": "value", "value": f"{value[at]:g}", "rule": "share_not_its_own",
            "effect": "warning",
            "reason_zh": f"数值 {value[at]:g} 与 分子÷分母 {share[at]:.2f}% 不符，按分子分母计",
            "reason_en": f"value {value[at]:g} is not its numerator over denominator "
            f"{share[at]:.2f}; the latter counts",
            "fix_zh": "核对分子、分母与数值",
            "fix_en": "check numerator, denominator and value",
        }
        for at in np.flatnonzero(odd)
    ]  # fmt: skip
