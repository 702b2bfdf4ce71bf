"""A scenario (情景): a named list of steps on a city as it is; undone, shared, compared."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely

from geoplan.crs import GEOGRAPHIC
from geoplan.scenario.steps import (
    Add,
    Cell,
    Close,
    Grow,
    Move,
    Resize,
    SetPolicy,
    Step,
    as_plain,
    from_plain,
    wrong,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geoplan.errors import InputError

VERSION = 1
"""Of the JSON form."""
_FIELDS = ("geoplan_scenario", "name", "note", "steps", "undone")
_NAME = re.compile(r"[^\s./\\:*?\"<>|\x00-\x1f][^/\\:*?\"<>|\x00-\x1f]{0,79}")


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    A named list of steps; every change gives a new scenario.

    Parameters
    ----------
    name
        1–80 characters that a file may be called by.
    steps
        What is done, in order; none is the city as it is.
    undone
        What `redo` would do again, the last undone at the end.
    note
        Anything a reader should know.

    Raises
    ------
    InputError
        If the name cannot be one of a file.

    Examples
    --------
    >>> plan = Scenario("east").close("F1").set_policy("service_circle_min", 10)
    >>> len(plan.steps), plan.undo().steps == Scenario("east").close("F1").steps
    (2, True)
    >>> plan.undo().redo() == plan
    True
    >>> Scenario.from_json(plan.to_json()) == plan
    True
    """

    name: str
    steps: tuple[Step, ...] = ()
    undone: tuple[Step, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name) or (
            self.name != self.name.strip()
        ):  # fmt: skip
            raise wrong(f"{self.name!r} is no name of a scenario", f"“{self.name}”不能作为情景名称",
                        '1 to 80 characters without / \\ : * ? " < > |, no dot first',
                        '1–80 个字符，不含 / \\ : * ? " < > |，不以点开头')  # fmt: skip

    def do(self, step: Step) -> Scenario:
        """Add a step; what was undone is forgotten."""
        return replace(self, steps=(*self.steps, step), undone=())

    def add(
        self, facility_id: str, place: shapely.Geometry, *, crs: object = GEOGRAPHIC, **cells: Cell
    ) -> Scenario:
        """
        Open a facility.

        Parameters
        ----------
        facility_id
            A new one.
        place
            Point or polygon.
        crs
            Of the place; default degrees in CGCS2000.
        **cells
            Columns of the layer facilities; ``facility_kind`` is needed. Without ``status`` it is
            ``operating``, without ``name`` its id.

        Raises
        ------
        InputError, UnknownIdError
            If the place is none, or a column does not exist.
        """
        return self.do(Add(facility_id, *_lon_lat(place, crs), cells))

    def move(
        self, facility_id: str, place: shapely.Geometry, *, crs: object = GEOGRAPHIC
    ) -> Scenario:
        """Move a facility to a point or polygon; see `add`."""
        return self.do(Move(facility_id, *_lon_lat(place, crs)))

    def close(self, facility_id: str) -> Scenario:
        """Close a facility."""
        return self.do(Close(facility_id))

    def resize(self, facility_id: str, **sizes: float) -> Scenario:
        """Give a facility other land, floor or beds: some of `steps.SIZES`."""
        return self.do(Resize(facility_id, sizes))

    def set_policy(
        self, name: str, value: float | str | Sequence[float] | Sequence[str]
    ) -> Scenario:
        """Change a parameter (``service_circle_min``) or the value of a rule (``ELD-01``)."""
        return self.do(SetPolicy(name, value))

    def grow(
        self, year: int, *, from_year: int, factor: float | None = None,
        rates: Mapping[str, float] | None = None, groups: Sequence[str] = (),
    ) -> Scenario:  # fmt: skip
        """Let people of one year become those of another; see `steps.Grow`."""
        return self.do(Grow(year, from_year, factor, rates or {}, tuple(groups)))

    def undo(self) -> Scenario:
        """
        Take the last step back.

        Raises
        ------
        InputError
            If there is none.
        """
        if not self.steps:
            raise _nothing("undo", "撤销")
        return replace(self, steps=self.steps[:-1], undone=(*self.undone, self.steps[-1]))

    def redo(self) -> Scenario:
        """
        Do what was undone last again.

        Raises
        ------
        InputError
            If nothing was undone since the last step.
        """
        if not self.undone:
            raise _nothing("redo", "重做")
        return replace(self, steps=(*self.steps, self.undone[-1]), undone=self.undone[:-1])

    def renamed(self, name: str, *, note: str | None = None) -> Scenario:
        """Return the same steps under another name."""
        return replace(self, name=name, note=self.note if note is None else note)

    def to_json(self) -> str:
        """Return the scenario as text; the same scenario gives the same text."""
        said = {"geoplan_scenario": VERSION, "name": self.name, "note": self.note,
                "steps": [as_plain(s) for s in self.steps],
                "undone": [as_plain(s) for s in self.undone]}  # fmt: skip
        return json.dumps(said, ensure_ascii=False, indent=2, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Scenario:
        """
        Return the scenario that `to_json` wrote.

        Raises
        ------
        InputError, UnknownIdError
            If it is no JSON, of another version, or has fields or steps that there are not.
        """
        try:
            data: Any = json.loads(text, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise wrong(f"this is no JSON: {error}", f"不是有效的 JSON：{error}",
                        "give a file that geoplan wrote",
                        "请给出 geoplan 保存的情景文件") from error  # fmt: skip
        if not isinstance(data, dict) or data.get("geoplan_scenario") != VERSION:
            found = data.get("geoplan_scenario") if isinstance(data, dict) else None
            raise wrong(f"this is no scenario of version {VERSION} (found {found!r})",
                        f"不是第 {VERSION} 版情景文件（读到 {found!r}）",
                        "give a file that this geoplan wrote",
                        "请给出本版本 geoplan 保存的情景文件")  # fmt: skip
        extra = [k for k in data if k not in _FIELDS]
        lists = [data.get(k, []) for k in ("steps", "undone")]
        good = not extra and all(isinstance(v, list) for v in lists)
        if not good or not isinstance(data.get("note", ""), str):
            raise wrong(f"a scenario has {', '.join(_FIELDS)}; steps and undone are lists",
                        f"情景的字段为 {'、'.join(_FIELDS)}；steps 与 undone 为列表",
                        f"correct or remove {extra or 'the wrong ones'}",
                        f"改正或删去 {extra or '不对的字段'}")  # fmt: skip
        steps, undone = (tuple(from_plain(s, n) for n, s in enumerate(v, start=1)) for v in lists)
        return cls(data.get("name", ""), steps, undone, data.get("note", ""))


def _no_number(word: str) -> float:
    message = f"{word} is no number"
    raise ValueError(message)


def _nothing(word: str, zh: str) -> InputError:
    return wrong(
        f"there is nothing to {word}", f"没有可{zh}的步骤", "do a step first", "先执行一步"
    )


def _lon_lat(place: shapely.Geometry, crs: object) -> tuple[float, float]:
    point: Any = place
    if isinstance(place, shapely.Polygon | shapely.MultiPolygon):
        point = shapely.point_on_surface(place)
    if not isinstance(point, shapely.Point) or point.is_empty:
        raise wrong(f"{place!r} is no place", f"{place!r} 不能作为位置",
                    "give a point or a polygon", "给出点或面")  # fmt: skip
    if crs != GEOGRAPHIC:
        point = gpd.GeoSeries([point], crs=crs).to_crs(GEOGRAPHIC).iloc[0]
    return float(point.x), float(point.y)
