"""
What the rules about boundaries look at (受检对象): registers in metres, objects with a verdict.

Each rule turns its registers into objects — a line, a marker, a unit — of which each meets the
rule, does not, or is unknown; `geoplan.boundaries.conformance` sums them up by unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from geoplan import crs as _crs
from geoplan.boundaries.notes import texts
from geoplan.boundaries.unit_versions import valid_on
from geoplan.errors import EmptyLayerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    import numpy.typing as npt

    from geoplan.policy import Policy, Rule

    Array = npt.NDArray[Any]
    Words = tuple[str, str]

NEEDS = ("admin_units", "boundary_lines", "village_lines", "boundary_markers", "observations",
         "documents", "inspections", "hazards", "residential_areas", "projects", "cemeteries",
         "facilities")  # fmt: skip
"""Layers that `check` looks at; the first is needed, the others as the rules ask."""
DEMARCATED = ("agreed", "approved")
"""Legal states of a line that has been demarcated (已勘定)."""
MET, NOT_MET, UNKNOWN = 1.0, 0.0, np.nan


@dataclass(frozen=True)
class Registers:
    """
    The layers as the rules see them: valid on a day, in one metric CRS.

    Parameters
    ----------
    policy
        The norms.
    day
        The day asked about.
    frames
        Layers by name.
    members
        By level, code of each unit -> the codes of itself and of everything in it.
    """

    policy: Policy
    day: date
    frames: Mapping[str, pd.DataFrame]
    members: Mapping[str, Mapping[str, set[str]]]

    def get(self, name: str) -> Any:
        """Return a layer, None where there is none."""
        return self.frames.get(name)

    def need(self, name: str) -> Any:
        """
        Return a layer without which there is nothing to say.

        Raises
        ------
        EmptyLayerError
            If there is none.
        """
        frame = self.frames.get(name)
        if frame is None:
            raise EmptyLayerError.for_layer(name)
        return frame


def registers(
    layers: Mapping[str, pd.DataFrame], policy: Policy, day: date, ladder: pd.DataFrame,
    metric_crs: str = "",
) -> Registers:  # fmt: skip
    """
    Prepare the layers: those of `NEEDS`, rows valid on a day, geometry in one metric CRS.

    Parameters
    ----------
    layers
        Validated frames; geometry in any CRS.
    policy
        The norms.
    day
        The day asked about.
    ladder
        Each unit's code at every level, from `geoplan.schemas.hierarchy.ancestors`.
    metric_crs
        As for `geoplan.boundaries.check`.

    Returns
    -------
    registers
        Rows labelled anew. Layers without a CRS stay as they are, so that each rule can say what
        it misses.
    """
    present = {n: layers[n] for n in NEEDS if n in layers and layers[n] is not None}
    metric = metric_crs or _metric_crs(present)
    frames = {}
    for name, frame in present.items():
        here = valid_on(frame, day).reset_index(drop=True)
        if metric and isinstance(here, gpd.GeoDataFrame) and here.crs is not None:
            here = here.to_crs(metric)
        frames[name] = here
    members = {
        str(level): {str(upper): set(codes.index) for upper, codes in own.groupby(own)}
        for level, own in ladder.items()
    }
    return Registers(policy, day, frames, members)


def _metric_crs(layers: Mapping[str, pd.DataFrame]) -> Any:
    """Return the CRS of the first layer that measures in metres, else the zone of the first."""
    drawn = {n: f for n, f in layers.items() if isinstance(f, gpd.GeoDataFrame)
             and f.crs is not None and np.isfinite(f.total_bounds).all()}  # fmt: skip
    plane = [f.crs for f in drawn.values() if _crs.is_metric(pyproj.CRS(f.crs))]
    if plane:
        return plane[0]
    return next((_crs.metric_of(f, n) for n, f in drawn.items()), None)


class Judged(NamedTuple):
    """
    Objects of one kind with the verdict on each.

    Parameters
    ----------
    table
        One row per object: ``name``, ``left_code``, ``right_code`` (units that it concerns),
        ``state`` (1 met, 0 not met, NaN unknown), ``amount`` (in ``unit``), ``why`` (reasons,
        pairs of Chinese and English).
    kind, kind_zh
        What is counted.
    unit
        Of the value.
    worst
        The value is the largest amount; else the share of objects that meet the rule.
    target
        What the value is compared with; None where nothing is judged.
    gap_unit
        Of the gap: objects that fail, or as ``figures`` have it.
    note
        A remark for every unit, Chinese and English.
    figures
        Value, bounds, status by unit code where another function gives them; None: from ``state``.
    absent
        There is no register to count from, as ``note`` says.
    """

    table: pd.DataFrame
    kind: str = ""
    kind_zh: str = ""
    unit: str = "share"
    worst: bool = False
    target: float | None = 1.0
    gap_unit: str = "count"
    note: Words = ("", "")
    figures: pd.DataFrame | None = None
    absent: bool = False


def missing(kind: str, kind_zh: str, note: Words, target: float | None) -> Judged:
    """Return objects that there is no register of."""
    return Judged(objects([], pd.DataFrame(), []), kind, kind_zh, target=target, note=note,
                  absent=True)  # fmt: skip


class Finder(NamedTuple):
    """How the objects of a rule are found, and in which layers."""

    find: Callable[[Registers, Rule], list[Judged]]
    layers: tuple[str, ...]


def objects(
    names: Sequence[str],
    codes: pd.DataFrame,
    state: Array | Sequence[float],
    *,
    why: Iterable[tuple[Words, ...]] | None = None,
    amount: Array | float = np.nan,
) -> pd.DataFrame:
    """
    Return the table of `Judged`.

    Parameters
    ----------
    names
        One per object.
    codes
        ``left_code``, ``right_code``, one row per object.
    state
        1, 0 or NaN.
    why
        Reasons; default none.
    amount
        See `Judged`.
    """
    said = [()] * len(names) if why is None else list(why)
    return pd.DataFrame({
        "name": list(names), "left_code": texts(codes, "left_code"),
        "right_code": texts(codes, "right_code"), "state": np.asarray(state, dtype=float),
        "amount": amount, "why": pd.Series(said, dtype=object),
    })  # fmt: skip


def line_names(lines: pd.DataFrame) -> list[str]:
    """Name lines: by their name, with the id where several have one name or none."""
    ids, names = texts(lines, "line_id"), texts(lines, "name")
    many = pd.Series(names).duplicated(keep=False).to_numpy(dtype=bool)
    return [f"{n}（{i}）" if n and twice else n or i
            for n, i, twice in zip(names, ids, many, strict=True)]  # fmt: skip


def between_names(lines: pd.DataFrame, units: pd.DataFrame | None) -> list[str]:
    """Name lines that have no name of their own by the units on both sides."""
    sides = [texts(lines, c) for c in ("left_code", "right_code")]
    names: dict[str, str] = {}
    if units is not None:
        names = dict(zip(texts(units, "unit_code"), texts(units, "name"), strict=True))
    said = ["—".join(names.get(c) or c for c in pair) for pair in zip(*sides, strict=True)]
    return line_names(lines.assign(name=said))


def sides_of(line_ids: Sequence[str], lines: pd.DataFrame | None) -> pd.DataFrame:
    """Return ``left_code`` and ``right_code`` of the lines that things belong to."""
    columns = ["left_code", "right_code"]
    if lines is None:
        return pd.DataFrame("", index=range(len(line_ids)), columns=columns)
    table = pd.DataFrame({c: texts(lines, c) for c in ("line_id", *columns)})
    by_id = table.drop_duplicates("line_id").set_index("line_id")
    return by_id.reindex(pd.Index(line_ids)).reset_index(drop=True)


def demarcated(lines: pd.DataFrame) -> Array:
    """Tell which lines have been demarcated (已勘定): agreed or approved."""
    return np.isin(texts(lines, "legal_status"), DEMARCATED)


def state_of(status: Iterable[str], met: Sequence[str], not_met: Sequence[str]) -> Array:
    """Return 1 for some words of a status column, 0 for others, NaN for the rest."""
    told = np.asarray(list(status), dtype=object)
    return np.select([np.isin(told, met), np.isin(told, not_met)], [MET, NOT_MET], UNKNOWN)
