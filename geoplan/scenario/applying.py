"""Carrying out a scenario (执行情景): changed copies of the layers it touches, and its policy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.crs import GEOGRAPHIC
from geoplan.errors import MissingCRSError, UnknownIdError
from geoplan.network.checks import amounts
from geoplan.policy import parse_policy
from geoplan.policy.inherit import thaw
from geoplan.scenario.steps import GROWING, Add, Close, Grow, Move, Resize, SetPolicy, wrong
from geoplan.schemas import hierarchy, layer
from geoplan.schemas.coerce import coerce
from geoplan.service_circles.sources import require_columns

if TYPE_CHECKING:
    from geoplan.policy import Policy
    from geoplan.scenario.model import Scenario
    from geoplan.scenario.steps import Cell

_OF_UNITS = {"persons": ("population", "population_urban")}
"""Columns of admin_units that grow with a group where the names differ."""


class Changed(Mapping[str, pd.DataFrame]):
    """Layers of which some were changed; the others are as they were, read when asked for."""

    def __init__(self, base: Mapping[str, pd.DataFrame], own: Mapping[str, pd.DataFrame]) -> None:
        self._base, self._own = base, own

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._own[name] if name in self._own else self._base[name]

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._base

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._base, *self._own)))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def get(self, name: str, default: Any = None) -> Any:
        """Return a layer, or the default where there is none or it cannot be read."""
        return self._own[name] if name in self._own else self._base.get(name, default)


def apply(
    scenario: Scenario, layers: Mapping[str, pd.DataFrame], policy: Policy
) -> tuple[Mapping[str, pd.DataFrame], Policy]:
    """
    Carry out the steps of a scenario, in order.

    Parameters
    ----------
    scenario
        Its steps; what was undone does not count.
    layers
        ``facilities``, ``population``, ``admin_units`` as the steps need them; any CRS.
    policy
        The norms.

    Returns
    -------
    layers, policy
        Those given are as they were, and the same objects come back where no step touches them.
        Rows keep their order, index and columns; a new facility is the last row. A closed one
        stays with the status ``closed``. Where there are units with outlines, new and moved
        facilities belong to the lowest they lie in. Numbers of people grow without rounding.

    Raises
    ------
    UnknownIdError
        If there is no such facility, unit, parameter or rule.
    InputError
        If a facility is there already or closed, or a value cannot be one of its column.
    MissingColumnsError
        If a layer lacks a column that a step needs.
    PolicyError
        If a value cannot be that of the parameter or rule.

    Examples
    --------
    >>> from geoplan.scenario import Scenario
    >>> town = {"facilities": pd.DataFrame({"facility_id": ["F1"], "status": ["operating"]})}
    >>> changed, _ = apply(Scenario("x").close("F1"), town, policy=None)
    >>> changed["facilities"]["status"].tolist(), town["facilities"]["status"].tolist()
    (['closed'], ['operating'])
    """
    now: Mapping[str, pd.DataFrame] = layers
    values: dict[str, Any] = {}
    for step in scenario.steps:
        if isinstance(step, SetPolicy):
            values[step.name] = step.value
        elif isinstance(step, Grow):
            now = Changed(now, _grown(now, step))
        else:
            now = Changed(now, {"facilities": _facilities(now, step)})
    return now, changed_policy(policy, values, scenario.name) if values else policy


def _facilities(
    layers: Mapping[str, pd.DataFrame], step: Add | Move | Close | Resize
) -> pd.DataFrame:
    frame = _layer(layers, "facilities")
    require_columns(frame, "facilities", "facility_id")
    ids = frame["facility_id"].astype("str")
    row = np.flatnonzero((ids == step.facility_id).to_numpy(dtype=bool, na_value=False)).tolist()
    if isinstance(step, Add):
        if row:
            raise wrong(f"facility_id {step.facility_id!r} is there already",
                        f"设施编号“{step.facility_id}”已存在", "give the new facility its own id",
                        "新设施应有自己的编号")  # fmt: skip
        frame, row = _with_row(frame), [len(frame)]
        cells: Mapping[str, Cell] = {"name": step.facility_id, "status": "operating",
                                     **step.cells, "facility_id": step.facility_id}  # fmt: skip
    elif not row:
        raise UnknownIdError.among("facility", "设施", step.facility_id, sorted(ids.dropna()))
    else:
        frame = frame.copy()
        cells = {"status": "closed"} if isinstance(step, Close) else getattr(step, "cells", {})
    if (
        isinstance(step, Close)
        and "status" in frame
        and (frame["status"].iloc[row] == "closed").all()
    ):
        raise wrong(f"{step.facility_id} is closed already", f"{step.facility_id} 已关闭",
                    "leave this step out", "去掉这一步")  # fmt: skip
    if isinstance(step, Add | Move):
        frame, unit = _placed(frame, row, step, layers.get("admin_units"))
        if unit is not None and "unit_code" not in cells:
            cells = {**cells, "unit_code": unit}
    for name, value in cells.items():
        _write(frame, row, name, value)
    return frame


def _layer(layers: Mapping[str, pd.DataFrame], name: str) -> pd.DataFrame:
    if name not in layers:
        raise UnknownIdError.among("layer", "图层", name, layers)
    return layers[name]


def _with_row(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with an empty row at the end."""
    numbers = pd.api.types.is_integer_dtype(frame.index.dtype)
    label = (int(frame.index.max()) + 1 if len(frame) else 0) if numbers else f"new {len(frame)}"
    index = frame.index.append(pd.Index([label])).rename(frame.index.name)
    longer: pd.DataFrame = frame.reindex(index)
    return longer


def _write(frame: pd.DataFrame, row: list[int], name: str, value: Cell) -> None:
    """Write a cell as its column is declared."""
    column = layer("facilities").column(name)
    cell: Any = value
    if column is not None:
        read, bad = coerce(pd.Series([value], dtype=object), column)
        known = [c.code for c in column.choices]
        codes = str(read.iloc[0]).split(";") if known else []
        least, most = column.minimum, column.maximum
        number = column.dtype in {"int", "float"} and not bad.any()
        outside = number and ((least is not None and float(read.iloc[0]) < least)
                              or (most is not None and float(read.iloc[0]) > most))  # fmt: skip
        if bad.any() or outside or any(c not in known for c in codes):
            can, can_zh = (", ".join(known), "、".join(known)) if known else (
                f"a {column.dtype}", f"{column.dtype} 类型的值")  # fmt: skip
            raise wrong(f"{name}={value!r} cannot be", f"{column.zh}（{name}）不能是 {value!r}",
                        f"give {can}", f"可为 {can_zh}", column=name)  # fmt: skip
        cell = read.iloc[0]
        if name not in frame.columns:
            empty = read.iloc[:0].reindex(range(len(frame)))
            frame[name] = empty.set_axis(frame.index)
    at: Any = frame.columns.get_loc(name)
    try:
        frame.iloc[row, at] = cell
    except (TypeError, ValueError):  # whole numbers written over with parts, text over numbers
        frame[name] = frame[name].astype(object if isinstance(cell, str) else "float64")
        frame.iloc[row, at] = cell


def _placed(
    frame: pd.DataFrame, row: list[int], step: Add | Move, units: pd.DataFrame | None
) -> tuple[pd.DataFrame, str | None]:
    """Put a facility where the step says, and return the lowest unit it lies in."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        raise MissingCRSError.for_layer("facilities")
    spot = gpd.GeoSeries([shapely.Point(step.lon, step.lat)], crs=GEOGRAPHIC)
    shapes = np.array(frame.geometry, dtype=object)
    shapes[row] = spot.to_crs(frame.crs).iloc[0]
    moved = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
    if moved.geometry.name != frame.geometry.name:
        moved = moved.rename_geometry(frame.geometry.name)
    if not isinstance(units, gpd.GeoDataFrame) or units.crs is None or "level" not in units:
        return moved, None
    own = hierarchy.own_units(units)
    inside = own.geometry.intersects(spot.to_crs(own.crs).iloc[0]).to_numpy(dtype=bool)
    levels = own.loc[inside, "level"].map({n: k for k, n in enumerate(hierarchy.LEVELS)})
    lowest = None if levels.empty else str(own.loc[inside, "unit_code"].iloc[int(levels.argmax())])
    return moved, lowest


def _grown(layers: Mapping[str, pd.DataFrame], step: Grow) -> dict[str, pd.DataFrame]:
    """Return population and units with the people of a later year."""
    units = layers.get("admin_units")
    if step.rates and units is None:
        raise UnknownIdError.among("layer", "图层", "admin_units", layers)
    ladder = hierarchy.ancestors(units) if step.rates and units is not None else None
    for code in step.rates:
        if ladder is not None and code not in ladder.index:
            raise UnknownIdError.among("unit", "单元", code, ladder.index)
    found = {}
    for name in ("population", "admin_units"):
        frame = _layer(layers, name) if name == "population" else units
        if frame is None:
            continue
        groups = step.groups or GROWING
        columns = [c for g in groups for c in (g, *_OF_UNITS.get(g, ())) if c in frame.columns]
        times = _times(frame, step, ladder)
        own = frame.copy()
        for column in columns:
            own[column] = amounts(frame, column) * times
        if name == "population" and "year" in own.columns:
            own["year"] = pd.array([step.year] * len(own), dtype="Int64")
        found[name] = own
    return found


def _times(frame: pd.DataFrame, step: Grow, ladder: pd.DataFrame | None) -> np.ndarray:
    """By how much every row grows: the factor, or the rate of the lowest unit that has one."""
    if step.factor is not None or ladder is None:
        return np.full(len(frame), step.factor if step.factor is not None else 1.0)
    require_columns(frame, "population", "unit_code")
    place = hierarchy.place(frame["unit_code"], ladder)
    rate = np.zeros(len(frame))
    for level in hierarchy.LEVELS:  # from the top down: the lowest stays
        own = place[level].map(dict(step.rates)).to_numpy(dtype=float, na_value=np.nan)
        rate = np.where(np.isnan(own), rate, own)
    return np.asarray((1.0 + rate) ** (step.year - step.from_year))


def changed_policy(policy: Policy, values: Mapping[str, Any], name: str) -> Policy:
    """
    Return a policy with other values, which says so: its id, its title and what it was changed by.

    Raises
    ------
    UnknownIdError
        If there is no such parameter or rule.
    PolicyError
        If a value is of another kind.
    InputError
        If the rule has no value of its own.
    """
    content = thaw(policy.content)
    tables: dict[str, dict[str, Any]] = {"parameters": {}, "rules": {}}
    for key, value in values.items():
        table = "parameters" if key in policy.parameters else "rules"
        if key not in content.get(table, {}):
            known = (*policy.parameters, *policy.rules)
            raise UnknownIdError.among("parameter or rule", "参数或条文", key, known)
        entry = dict(content[table][key])
        if table == "rules" and "value" not in entry:
            raise wrong(f"rule {key} has no value of its own", f"条文 {key} 没有单一数值",
                        "change its classes in a policy file",
                        "请在规范文件中修改其分级")  # fmt: skip
        entry |= {"value": list(value) if isinstance(value, tuple) else value,
                  "note_zh": f"情景“{name}”的假设值，原为 {entry['value']}",
                  "note_en": f"assumed in the scenario {name}; was {entry['value']}"}  # fmt: skip
        tables[table][key] = entry
    head = {**content["policy"], "id": f"{policy.id}-scenario",
            "title": f"{policy.title_zh}（情景：{name}）",
            "title_en": f"{policy.title_en} (scenario: {name})"}  # fmt: skip
    head.pop("extends", None)
    lines = ["[policy]", *(f"{k} = {_toml(v)}" for k, v in head.items())]
    for table, entries in tables.items():
        for key, entry in entries.items():
            lines += [f"[{table}.{_toml(key)}]", *(f"{k} = {_toml(v)}" for k, v in entry.items())]
    return parse_policy("\n".join(lines), file=f"{name}.json", base=policy)


def _toml(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
