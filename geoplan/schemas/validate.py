"""
Checking a layer against its declaration (图层校验): every finding at once, nothing raised.

A bad key, required cell or geometry sends the row back; a bad optional cell is emptied (no_data)
and listed. Nothing is ever filled with zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.schemas.coerce import coerce
from geoplan.schemas.findings import CELL_EMPTIED, ROW_REJECTED, WARNING, Findings, Words
from geoplan.schemas.places import check_geometry

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.schemas.model import Column, Layer

    Mask = npt.NDArray[np.bool_]

_DTYPE = {"int": "数字（整数）", "float": "数字", "bool": "是/否", "date": "日期", "str": "文字",
          "set": "代码"}  # fmt: skip


def validate(
    frame: pd.DataFrame, layer: Layer, *, source: str = ""
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """
    Check a frame against a layer's declaration and read its cells.

    Parameters
    ----------
    frame
        Columns already named as declared (see `match.match_columns`); the index is the row
        number in the source. Geometry, where the layer has any, in any CRS.
    layer
        The declaration.
    source
        File name for the findings.

    Returns
    -------
    valid
        All declared columns (missing ones empty) with their dtypes, then unknown columns; a new
        index 0, 1, … . A GeoDataFrame where the frame is one.
    rejected
        Rows sent back, cells as they came, with ``source_row`` and ``原因``.
    defects
        One row per finding: layer, file, row, id, field, value, rule, effect (``row_rejected``,
        ``cell_emptied``, ``warning``), reason and fix in both languages.
    """
    rows = frame.index.to_numpy()
    findings = Findings(layer, source, rows, _ids(frame, layer))
    columns: dict[str, pd.Series[Any]] = {}
    for column in layer.columns:
        columns[column.name] = _column(frame, column, findings)
    _duplicate_keys(columns, layer, findings)
    geometry = _geometry(frame, layer, findings)
    extra = {str(c): frame[c] for c in frame.columns
             if str(c) not in columns and c != _geometry_name(frame)}  # fmt: skip
    valid = pd.DataFrame({**columns, **extra}, index=frame.index)
    if geometry is not None:
        valid = gpd.GeoDataFrame(valid, geometry=geometry)
    keep = ~findings.reject
    defects = findings.frame()
    rejected = _rejected(frame, findings, defects)
    return valid.loc[keep].reset_index(drop=True), rejected, defects


def _geometry_name(frame: pd.DataFrame) -> str:
    if not isinstance(frame, gpd.GeoDataFrame):
        return ""
    return str(frame._geometry_column_name or "")


def _ids(frame: pd.DataFrame, layer: Layer) -> list[str]:
    key = next((k for k in layer.key if k in frame.columns and not k.endswith("system")), "")
    if not key:
        return [""] * len(frame)
    return ["" if pd.isna(v) else str(v) for v in frame[key]]


def _column(frame: pd.DataFrame, column: Column, findings: Findings) -> pd.Series[Any]:
    if column.name not in frame.columns:
        empty = pd.Series([None] * len(frame), index=frame.index, dtype=object)
        values, _ = coerce(empty, column)
        if column.required and len(frame):
            _missing(np.ones(len(frame), bool), column, findings)
        return values
    cells = frame[column.name]
    if isinstance(cells, pd.DataFrame):  # two headers of one name
        cells = cells.iloc[:, 0]
    raw = cells.to_numpy(dtype=object)
    values, bad = coerce(cells, column)
    effect = ROW_REJECTED if column.required else CELL_EMPTIED
    _unreadable(bad, raw, column, effect, findings)
    values = _range(values, raw, column, effect, findings)
    if column.required:
        _missing(values.isna().to_numpy(dtype=bool) & ~bad, column, findings)
    if column.name == "households":
        zero = (values == 0).fillna(value=False).to_numpy(dtype=bool)
        words = Words("户数为 0，按无数据处理", "0 households: treated as no data",
                      "核实户数", "check the number")  # fmt: skip
        findings.add(zero, column.name, raw, "zero_households", WARNING, words)
    return values


def _unreadable(
    bad: Mask, raw: npt.NDArray[Any], column: Column, effect: str, findings: Findings
) -> None:
    if not bad.any():
        return
    if column.choices:
        shown = column.choices[:12]
        words = Words(
            f"“{column.zh}”不认识“{{value}}”",
            f"{column.name}: unknown value {{value}}",
            f"可填：{'、'.join(c.zh for c in shown)}",
            f"use one of: {', '.join(c.code for c in shown)}",
        )
        findings.add(bad, column.name, raw, "unknown_choice", effect, words)
        return
    number = column.dtype in {"int", "float"}
    rule = {"date": "bad_date", "bool": "not_yes_or_no"}.get(column.dtype, "unreadable")
    words = Words(
        f"“{column.zh}”应为{_DTYPE[column.dtype]}，现为“{{value}}”",
        f"{column.name} must be {column.dtype}, found {{value}}",
        "改为数字，不带文字" if number else "改正该单元格",
        "write a plain number" if number else "correct the cell",
    )
    findings.add(bad, column.name, raw, "not_a_number" if number else rule, effect, words)


def _range(
    values: pd.Series[Any], raw: npt.NDArray[Any], column: Column, effect: str, findings: Findings
) -> pd.Series[Any]:
    for limit, low in ((column.minimum, True), (column.maximum, False)):
        if limit is None:
            continue
        out = (values < limit) if low else (values > limit)
        mask = out.fillna(value=False).to_numpy(dtype=bool)
        if not mask.any():
            continue
        rule = "negative" if low and limit == 0 else "outside_range"
        word, sign = ("小于", "below") if low else ("大于", "above")
        words = Words(
            f"“{column.zh}”{word} {limit:g}：{{value}}",
            f"{column.name} is {sign} {limit:g}: {{value}}",
            "核实后改正，未知请留空",
            "correct it; leave it empty where unknown",
        )
        findings.add(mask, column.name, raw, rule, effect, words)
        values = values.mask(mask)
    return values


def _missing(mask: Mask, column: Column, findings: Findings) -> None:
    words = Words(f"缺“{column.zh}”", f"{column.name} is missing", f"填写“{column.zh}”",
                  f"fill in {column.name}")  # fmt: skip
    findings.add(mask, column.name, None, "missing_required", ROW_REJECTED, words)


def _duplicate_keys(columns: dict[str, pd.Series[Any]], layer: Layer, findings: Findings) -> None:
    own = [k for k in layer.key if k in columns]
    table = pd.DataFrame({k: columns[k].astype("str").fillna("") for k in own})
    first = own[1] if own[0].endswith("system") and len(own) > 1 else own[0]
    known = columns[first].notna().to_numpy(dtype=bool) & ~findings.reject
    again = np.zeros(len(table), bool)
    again[known] = table.loc[known].duplicated().to_numpy()
    if not again.any():
        return
    keys = table.agg("/".join, axis=1).to_numpy()
    first_row = {keys[at]: findings.rows[at] for at in np.flatnonzero(known & ~again)[::-1]}
    for at in np.flatnonzero(again):
        mask = np.zeros(len(table), bool)
        mask[at] = True
        words = Words(
            f"编号“{{value}}”与第 {first_row[keys[at]]} 行重复",
            f"{{value}} occurs already in row {first_row[keys[at]]}",
            "改为不同的编号，或删去重复的行",
            "give it an id of its own, or drop the row",
        )
        ids = columns[first].to_numpy(dtype=object)
        findings.add(mask, first, ids, "duplicate_key", ROW_REJECTED, words)


def _geometry(frame: pd.DataFrame, layer: Layer, findings: Findings) -> gpd.GeoSeries | None:
    if not layer.geometry:
        return None
    if not _geometry_name(frame):
        if not layer.geometry_optional:
            words = Words("没有坐标", "no position", "补充经度、纬度或几何",
                          "add longitude and latitude, or a geometry")  # fmt: skip
            everywhere = np.ones(len(frame), bool)
            findings.add(everywhere, "geometry", None, "missing_geometry", ROW_REJECTED, words)
        return gpd.GeoSeries([None] * len(frame), index=frame.index)
    return check_geometry(gpd.GeoDataFrame(frame).geometry, layer, findings)


def _rejected(frame: pd.DataFrame, findings: Findings, defects: pd.DataFrame) -> pd.DataFrame:
    back = frame.loc[findings.reject]
    if back.empty:
        return pd.DataFrame(columns=["source_row", "原因", *map(str, frame.columns)])
    why = defects[defects["effect"] == ROW_REJECTED]
    text = why["reason_zh"] + "（" + why["fix_zh"] + "）"
    by_row = text.groupby(why["row"]).agg("；".join)
    out = pd.DataFrame(back).copy()
    out.insert(0, "原因", by_row.reindex(back.index).to_numpy())
    out.insert(0, "source_row", back.index)
    return out.reset_index(drop=True)
