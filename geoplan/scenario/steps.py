"""Steps of a scenario (情景步骤): what one changes, as plain data that can be written as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from geoplan.errors import InputError, UnknownIdError
from geoplan.policy.model import Frozen
from geoplan.schemas import layer
from geoplan.service_circles import GROUPS

SIZES = ("land_m2", "floor_m2", "elder_floor_m2", "site_m2", "building_floor_m2", "beds",
         "nursing_beds")  # fmt: skip
"""What `Resize` can change of a facility."""
GROWING = GROUPS
"""Columns that `Grow` changes."""
Cell = str | float | int | bool
Value = float | bool | str | Sequence[float] | Sequence[str]
"""What a policy can hold; a list is kept as a tuple."""


@dataclass(frozen=True, slots=True)
class Add:
    """A facility is opened at ``lon``, ``lat`` (CGCS2000), with cells of the layer facilities."""

    facility_id: str
    lon: float
    lat: float
    cells: Mapping[str, Cell] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _id(self.facility_id)
        _degrees(self.lon, self.lat)
        object.__setattr__(self, "cells", _cells(self.cells, layer("facilities").names))
        if "facility_kind" not in self.cells:
            raise wrong(f"{self.facility_id}: a new facility needs facility_kind",
                        f"{self.facility_id}：新增设施应写明 facility_kind（设施类型）",
                        "add(..., facility_kind='daycare')",
                        "add(..., facility_kind='daycare')")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Move:
    """A facility is moved to ``lon``, ``lat`` (CGCS2000)."""

    facility_id: str
    lon: float
    lat: float

    def __post_init__(self) -> None:
        _id(self.facility_id)
        _degrees(self.lon, self.lat)


@dataclass(frozen=True, slots=True)
class Close:
    """A facility is closed; its row stays."""

    facility_id: str

    def __post_init__(self) -> None:
        _id(self.facility_id)


@dataclass(frozen=True, slots=True)
class Resize:
    """A facility gets other floor, land or beds: some of `SIZES`."""

    facility_id: str
    cells: Mapping[str, float]

    def __post_init__(self) -> None:
        _id(self.facility_id)
        object.__setattr__(self, "cells", _cells(self.cells, SIZES))
        if not self.cells:
            raise wrong(f"{self.facility_id}: nothing to resize",
                        f"{self.facility_id}：没有要改的量", f"give one of {', '.join(SIZES)}",
                        f"可给出 {'、'.join(SIZES)}")  # fmt: skip
        for name, value in self.cells.items():
            _number(name, value, 0.0)


@dataclass(frozen=True, slots=True)
class SetPolicy:
    """A parameter, or the value of a rule, of the policy is another one."""

    name: str
    value: Value

    def __post_init__(self) -> None:
        _id(self.name)
        value: Any = self.value
        if isinstance(value, list | tuple):
            value = tuple(value)
            object.__setattr__(self, "value", value)
        parts = value if isinstance(value, tuple) else (value,)
        if not all(isinstance(v, int | float | str) and _plain(v) for v in parts):
            raise wrong(f"{self.name}={value!r} is no value of a policy",
                        f"{self.name}={value!r} 不能作为规范值", "give a number, a word or a list",
                        "给出数、词或列表")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grow:
    """
    People of ``from_year`` become those of ``year``.

    Times ``factor``, or by yearly ``rates`` of units (0.01 is 1 % a year; less than nothing is
    shrinking), each for all units below it that have no rate of their own. ``groups`` names the
    columns, default all of `GROWING`.
    """

    year: int
    from_year: int
    factor: float | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, value in (("year", self.year), ("from_year", self.from_year)):
            if isinstance(value, bool) or not isinstance(value, int):
                raise wrong(f"{name}={value!r} is no year", f"{name}={value!r} 不是年份",
                            "for example 2030", "例如 2030")  # fmt: skip
        if self.year < self.from_year:
            raise wrong(f"{self.year} is before {self.from_year}",
                        f"{self.year} 年早于 {self.from_year} 年",
                        "people can only be grown forward", "人口只能向后推算")  # fmt: skip
        if (self.factor is None) == (not self.rates):
            how = "grow(2030, from_year=2025, factor=1.05)"
            raise wrong("growth needs a factor or rates, one of them",
                        "人口增长应给出 factor 或 rates 之一", how, how)  # fmt: skip
        if self.factor is not None:
            _number("factor", self.factor, 0.0)
        if not isinstance(self.rates, Mapping):
            raise wrong(f"rates={self.rates!r}", f"rates={self.rates!r}",
                        "a rate for each unit code", "按单元代码给出增长率")  # fmt: skip
        for unit, rate in self.rates.items():
            _number(f"rates[{unit}]", rate, -1.0)
        for group in self.groups:
            if group not in GROWING:
                raise UnknownIdError.among("group", "人群", group, GROWING)
        object.__setattr__(self, "rates", Frozen({str(k): v for k, v in self.rates.items()}))
        object.__setattr__(self, "groups", tuple(self.groups))


Step = Add | Move | Close | Resize | SetPolicy | Grow
KINDS: Mapping[str, type[Step]] = {"add": Add, "move": Move, "close": Close, "resize": Resize,
                                   "set_policy": SetPolicy, "grow": Grow}  # fmt: skip
_NAMES = {kind: name for name, kind in KINDS.items()}


def as_plain(step: Step) -> dict[str, Any]:
    """Return a step as JSON-ready data: its kind, and what it says."""
    said = {f.name: getattr(step, f.name) for f in fields(step)}
    plain = {k: dict(v) if isinstance(v, Mapping) else list(v) if isinstance(v, tuple) else v
             for k, v in said.items() if v is not None}  # fmt: skip
    return {"step": _NAMES[type(step)], **plain}


def from_plain(data: object, number: int) -> Step:
    """
    Return the step that JSON data describe.

    Raises
    ------
    InputError, UnknownIdError
        If they describe none; the number of the step is named.
    """
    if not isinstance(data, Mapping) or "step" not in data:
        raise wrong(f"step {number} is not an object with 'step'", f"第 {number} 步缺少 step",
                    f"'step' is one of {', '.join(KINDS)}",
                    f"step 可为 {'、'.join(KINDS)}")  # fmt: skip
    if str(data["step"]) not in KINDS:
        raise UnknownIdError.among("step", "步骤", data["step"], KINDS)
    kind = KINDS[data["step"]]
    said = {k: v for k, v in data.items() if k != "step"}
    known = [f.name for f in fields(kind)]
    extra = [k for k in said if k not in known]
    if extra:
        where = f"{number} ({data['step']})"
        raise UnknownIdError.among(f"field of step {where}", f"字段（第 {where} 步）", extra[0],
                                   known)  # fmt: skip
    try:
        return kind(**said)
    except TypeError as error:
        raise wrong(f"step {number} ({data['step']}): {error}",
                    f"第 {number} 步（{data['step']}）内容不完整或类型不对：{error}",
                    f"it has the fields {', '.join(known)}",
                    f"字段为 {'、'.join(known)}", step=number) from error  # fmt: skip


def wrong(what: str, zh: str, fix: str, fix_zh: str, **context: object) -> InputError:
    """Return the error for a step that cannot be."""
    return InputError(f"{what}.", zh=f"{zh}。", fix=fix, fix_zh=fix_zh, **context)


def _plain(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _id(value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise wrong(f"{value!r} is no id", f"{value!r} 不是编号", "give a text that is not empty",
                    "给出非空文本")  # fmt: skip


def _number(name: str, value: object, least: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not least <= float(value) < math.inf:  # type: ignore[arg-type]
        raise wrong(f"{name}={value!r} is not a number from {least:g}",
                    f"{name}={value!r} 不是不小于 {least:g} 的数", f"give {least:g} or more",
                    f"应不小于 {least:g}", name=name)  # fmt: skip


def _degrees(lon: object, lat: object) -> None:
    for name, value, most in (("lon", lon, 180.0), ("lat", lat, 90.0)):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not -most <= float(value) <= most:  # type: ignore[arg-type]
            raise wrong(f"{name}={value!r} is no degree", f"{name}={value!r} 不是经纬度",
                        "give degrees in CGCS2000, or the crs of the place",
                        "给出 CGCS2000 经纬度，或写明该点的 crs")  # fmt: skip


def _cells(cells: object, known: tuple[str, ...]) -> Frozen[Cell]:
    if not isinstance(cells, Mapping):
        raise wrong(f"cells={cells!r}", f"cells={cells!r}", "columns and their values",
                    "应为字段与取值")  # fmt: skip
    for name, value in cells.items():
        if name not in known or name in {"facility_id", "geometry"}:
            raise UnknownIdError.among("column", "字段", name, known)
        if not isinstance(value, str | int | float) or not _plain(value):
            raise wrong(f"{name}={value!r} is no value of a cell", f"{name}={value!r} 不能作为取值",
                        "give a text or a number", "给出文本或数")  # fmt: skip
    return Frozen(dict(cells))
