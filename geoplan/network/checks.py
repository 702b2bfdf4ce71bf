"""What is asked of arguments (参数检查): limits, amounts, words and indexes that can be ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.errors import InputError, InvalidGeometryError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]


def _number(value: object) -> float:
    """Return what is a number as one, and NaN for all else; digits as text are text."""
    return float(value) if isinstance(value, int | float | np.number) else np.nan


def require_limit(limit_min: float) -> float:
    """
    Return the limit if it can be one.

    Raises
    ------
    InputError
        If it is negative or not a number.
    """
    limit = _number(limit_min)
    if not limit >= 0.0:
        raise InputError(
            f"A limit of {limit_min} minutes cannot be searched.",
            zh=f"时限 {limit_min} 分钟无法计算。",
            fix="give minutes >= 0, for example 15",
            fix_zh="时限应不小于 0，例如 15",
            limit_min=limit_min,
        )
    return limit


def in_range(name: str, value: float, low: float, high: float) -> float:
    """
    Return a number if it lies between two others, both included.

    Raises
    ------
    InputError
        If it does not, or is not a number.
    """
    number = _number(value)
    if not low <= number <= high:
        raise InputError(
            f"{name}={value}: it should lie between {low:g} and {high:g}.",
            zh=f"{name}={value} 不合理，应在 {low:g} 与 {high:g} 之间。",
            fix=f"give a number from {low:g} to {high:g}",
            fix_zh=f"填写 {low:g} 到 {high:g} 之间的数",
            name=name,
        )
    return number


def one_of(name: str, value: object, known: Iterable[str]) -> None:
    """
    Check that a word is one of those known.

    Raises
    ------
    InputError
        If it is not.
    """
    words = tuple(known)
    if value not in words:
        listed = ", ".join(words)
        raise InputError(
            f"{name}={value!r} is not known.",
            zh=f"{name}={value!r} 无法识别。",
            fix=f"use one of: {listed}",
            fix_zh=f"可用的有：{listed}",
            name=name,
        )


def numbers(frame: pd.DataFrame, column: str) -> FloatArray:
    """
    Return a column as numbers; NaN where one is missing.

    Raises
    ------
    InputError
        If it holds text that is no number.
    """
    try:
        value = pd.to_numeric(frame[column])
    except (TypeError, ValueError) as error:
        raise InputError(
            f"Column {column!r} holds something that is no number: {error}.",
            zh=f"“{column}”列中有不是数的内容：{error}。",
            fix="correct the rows, or leave them empty where unknown",
            fix_zh="改正这些行；未知的留空",
            column=column,
        ) from error
    return np.asarray(value.to_numpy(dtype=float, na_value=np.nan))


def amounts(frame: pd.DataFrame, column: str) -> FloatArray:
    """
    Return a column as amounts (people, beds); NaN where one is unknown.

    Raises
    ------
    InputError
        If one is negative or infinite, or no number.
    """
    value = numbers(frame, column)
    if (value < 0).any() or np.isinf(value).any():
        raise InputError(
            f"{column!r} holds a negative or infinite amount.",
            zh=f"“{column}”列有负数或无穷大。",
            fix="correct the rows, or leave them empty where unknown",
            fix_zh="改正这些行；未知的留空",
            column=column,
        )
    return value


def require_finite(
    frame: pd.DataFrame, xy: FloatArray, row: npt.NDArray[np.integer], layer: str
) -> None:
    """
    Check that all coordinates of a layer are numbers.

    Parameters
    ----------
    frame, layer
        The layer, and what to call it.
    xy, row
        (v, 2) its coordinates in any CRS, and (v,) the row of each.

    Raises
    ------
    InvalidGeometryError
        If one is not; names the rows.
    """
    wrong = ~np.isfinite(xy).all(axis=1)
    if wrong.any():
        rows = frame.index[np.unique(row[wrong])].tolist()
        raise InvalidGeometryError(
            f"Layer {layer!r}: {len(rows)} rows have a coordinate that is not a number or lies "
            f"outside the projection, for example {rows[:3]}.",
            zh=f"图层“{layer}”：{len(rows)} 行有坐标不是数值或超出投影范围，例如 {rows[:3]}。",
            fix="read it with geoplan.io.read_layer, which lists the rows at fault; check the CRS",
            fix_zh="用 geoplan.io.read_layer 读取，会列出有问题的行；检查坐标系",
            layer=layer,
        )
