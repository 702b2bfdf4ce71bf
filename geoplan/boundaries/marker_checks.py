"""
All checks of the markers in one table (界桩检查, BND-04, BND-06, BND-09, BND-25).

Each check is a function of its own (`check_numbers`, `register_check`, `line_test`, `order_check`);
here they stand side by side, a row for each marker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.boundaries.marker_numbers import check_numbers
from geoplan.boundaries.marker_register import register_check
from geoplan.boundaries.markers import line_test, order_check
from geoplan.boundaries.notes import NO_DATA, status_of, texts

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geoplan.policy import Policy

MARKER_CHECKS: dict[str, tuple[str, str]] = {
    "number_status": ("编号", "BND-04"), "register_status": ("登记", "BND-06"),
    "line_status": ("在线", "BND-09"), "order_status": ("次序", "BND-25"),
}  # fmt: skip
"""Column of a check -> its name and its rule."""


def check_markers(
    markers: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    policy: Policy,
    *,
    calibration: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Check numbers, register, place and order of markers, one row each.

    Parameters
    ----------
    markers
        The layer ``boundary_markers``: ``marker_no`` and points in a metric CRS; ``marker_id``,
        ``line_id`` and the register's columns where known. A label occurs once.
    lines
        ``line_id`` and line geometry in the same CRS; ``line_code``, ``level`` where known.
    policy
        Gives tolerances and what a register must hold.
    calibration
        From `geoplan.boundaries.chainage.calibrate`.

    Returns
    -------
    checks
        The index of ``markers``: ``marker_id``, ``marker_no``, ``line_id`` (stated, or the nearest
        line), ``chainage_m``, ``offset_m``, the columns of `MARKER_CHECKS` (``met``, ``not_met``,
        ``to_verify``, ``no_data``; a number with an error is ``not_met``, an order in doubt
        ``to_verify``), ``completeness_share``, ``missing``, ``deviation_m``, ``tolerance_m``,
        ``remark_zh``, ``remark_en`` (on number, place and order), ``register_zh``,
        ``register_en`` (what the register lacks).

    Raises
    ------
    MissingCRSError, NotMetricCRSError, CRSMismatchError
        If markers and lines cannot be measured together.
    MissingColumnsError
        If ``marker_no`` or ``line_id`` is absent.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from geoplan.io import read_policy
    >>> line = gpd.GeoDataFrame({"line_id": ["a"], "level": "county"}, crs="EPSG:4547",
    ...     geometry=[shapely.LineString([(450000, 3500000), (451000, 3500000)])])
    >>> pair = gpd.GeoDataFrame({"marker_no": ["4142001Q", "4142002A"], "line_id": "a"},
    ...     geometry=[shapely.Point(450500, 3500008), shapely.Point(450700, 3500000)],
    ...     crs="EPSG:4547")
    >>> check_markers(pair, line, read_policy("suizhou-2022"))[list(MARKER_CHECKS)].values.tolist()
    [['met', 'not_met', 'not_met', 'met'], ['not_met', 'not_met', 'to_verify', 'met']]
    """
    number, register = check_numbers(markers, lines), register_check(markers, policy)
    placed = line_test(markers, lines, policy, calibration=calibration)
    order = order_check(markers.assign(line_id=texts(markers, "line_id")), lines,
                        calibration=calibration)  # fmt: skip
    nowhere = (placed["status"] == NO_DATA).to_numpy()
    table = placed[["line_id", "chainage_m", "offset_m"]].assign(
        number_status=status_of(number, markers.index),
        register_status=register["status"], line_status=placed["status"],
        order_status=np.where(nowhere, NO_DATA, status_of(order, markers.index)),
        completeness_share=register["completeness_share"], missing=register["missing"],
        deviation_m=placed["deviation_m"], tolerance_m=placed["tolerance_m"],
    )  # fmt: skip
    for column in ("marker_no", "marker_id"):
        table.insert(0, column, texts(markers, column))
    for lang, stop in (("zh", "；"), ("en", "; ")):
        parts = (_said(number, markers.index, lang, stop), _off_line(placed, lang),
                 _said(order, markers.index, lang, stop))  # fmt: skip
        table[f"remark_{lang}"] = [stop.join(p for p in row if p)
                                   for row in zip(*parts, strict=True)]  # fmt: skip
        table[f"register_{lang}"] = register[f"remark_{lang}"]
    return table


def _said(notes: pd.DataFrame, index: pd.Index[Any], lang: str, stop: str) -> list[str]:
    by_row = notes.groupby(level=0)[f"message_{lang}"].agg(stop.join)
    return [str(by_row.get(label, "")) for label in index]


def _off_line(placed: pd.DataFrame, lang: str) -> list[str]:
    words = ("距应在位置 {:.2f} 米，限差 {:g} 米", "{:.2f} m from where it should be, limit {:g} m")
    word = words[lang == "en"]
    rows = zip(placed["status"], placed["deviation_m"], placed["tolerance_m"],
               placed[f"remark_{lang}"], strict=True)  # fmt: skip
    return [word.format(deviation, limit) if status == "not_met" else str(remark)
            for status, deviation, limit, remark in rows]  # fmt: skip
