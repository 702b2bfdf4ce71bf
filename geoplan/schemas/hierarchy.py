"""The ladder of units (行政层级): which township, county and city each unit lies in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.errors import CodeSystemError, MissingColumnsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

LEVELS = ("province", "prefecture", "county", "township", "village")
"""From the top down."""


def adjoining(units: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which units adjoin the city and are none of its own; none where no column says so."""
    if "neighbour" not in units.columns:
        return np.zeros(len(units), bool)
    flags = units["neighbour"].astype("boolean").fillna(value=False)
    return np.array(flags.to_numpy(dtype=bool))


def own_units(units: pd.DataFrame, *, code_system: str = "", on: str = "") -> pd.DataFrame:
    """
    Return the city's own units in one code system, valid on a date (UNIT-03).

    Parameters
    ----------
    units
        The ``admin_units`` layer, any CRS; neighbouring units are left out.
    code_system
        Keep this system only; empty keeps all.
    on
        ISO date; units not yet or no longer valid then are left out. Empty keeps all.

    Returns
    -------
    units
        The rows kept.
    """
    keep = ~adjoining(units)
    if code_system and "code_system" in units.columns:
        system = units["code_system"]
        keep &= (system.isna() | (system == code_system)).to_numpy(dtype=bool)
    if on:
        date = pd.Timestamp(on)
        for column, late in (("valid_from", True), ("valid_to", False)):
            if column in units.columns:
                when = pd.to_datetime(units[column], errors="coerce")
                out = when > date if late else when <= date
                keep &= ~out.fillna(value=False).to_numpy(dtype=bool)
    return units.loc[keep]


def ancestors(units: pd.DataFrame) -> pd.DataFrame:
    """
    Return for each unit its own code at every level, by ``parent_code``, never by prefix.

    Parameters
    ----------
    units
        Columns ``unit_code``, ``level``, ``parent_code``; any CRS.

    Returns
    -------
    ladder
        Index ``unit_code``; one column per level of `LEVELS`; missing above the top and below
        the unit's own level.

    Raises
    ------
    MissingColumnsError
        If one of the three columns is absent.
    """
    need = {"unit_code", "level", "parent_code"}
    if not need <= set(units.columns):
        raise MissingColumnsError.for_layer("admin_units", need - set(units.columns), units.columns)
    table = units.drop_duplicates("unit_code").set_index("unit_code")
    code = pd.Index(table.index)
    level, parent = table["level"].to_numpy(dtype=object), table["parent_code"]
    step = code.get_indexer(pd.Index(parent.astype(object)))
    columns = {name: np.full(len(code), None, dtype=object) for name in LEVELS}
    at = np.arange(len(code))
    for _ in LEVELS:
        here = at >= 0
        for name, column in columns.items():
            rows = np.flatnonzero(here)
            rows = rows[level[at[rows]] == name]
            column[rows] = code.to_numpy()[at[rows]]
        at = np.where(here, step[at], -1)
    return pd.DataFrame(columns, index=code)


def place(codes: pd.Series[str], ladder: pd.DataFrame) -> pd.DataFrame:
    """
    Look up the ladder of each row's unit code.

    Parameters
    ----------
    codes
        Unit codes at any level; missing and unknown codes give a row of missing values.
    ladder
        From `ancestors`.

    Returns
    -------
    placed
        The input's index; one column per level.
    """
    row = ladder.index.get_indexer(pd.Index(codes.astype(object)))
    values = ladder.to_numpy(dtype=object)[row]
    values[row < 0] = None
    return pd.DataFrame(values, index=codes.index, columns=ladder.columns)


def require_one_system(systems: Iterable[str], expected: str, layer: str) -> None:
    """
    Refuse a join of codes across systems (the same nine digits name different towns).

    Raises
    ------
    CodeSystemError
        If another system than the expected one occurs.
    """
    other = sorted({str(s) for s in systems if isinstance(s, str) and s and s != expected})
    if other:
        raise CodeSystemError(
            f"Layer {layer!r} holds codes of {', '.join(other)}; the workspace uses {expected}.",
            zh=f"图层“{layer}”使用 {', '.join(other)} 代码，工作区使用 {expected}。",
            fix="translate the codes by county and name with the unit_codes table",
            fix_zh="用 unit_codes 表按县名加镇名转换代码",
            layer=layer,
            found=", ".join(other),
        )
