"""What a document is about (报告范围): the whole city, or one unit of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from geoplan.errors import InputError, UnknownIdError
from geoplan.indicators import board
from geoplan.schemas.hierarchy import LEVELS, ancestors, own_units

if TYPE_CHECKING:
    from geoplan.errors import Lang
    from geoplan.policy import Policy
    from geoplan.reports.model import CityReport


@dataclass(frozen=True, eq=False)
class View:
    """
    What one document is about: the whole city, or one unit of it.

    Parameters
    ----------
    report
        Everything found.
    policy
        The norms.
    unit_code
        The unit; empty for the whole where no single unit stands at the top.
    level
        Its level.
    lang
        Language of the document.
    """

    report: CityReport
    policy: Policy
    unit_code: str
    level: str
    lang: Lang

    @cached_property
    def ladder(self) -> pd.DataFrame:
        """Each unit's code at every level."""
        return ancestors(pd.DataFrame(self.report.units.drop(columns="geometry")))

    @cached_property
    def name(self) -> str:
        """Name of the unit."""
        units = self.report.units
        found = units.loc[(units["unit_code"] == self.unit_code).to_numpy(dtype=bool), "name"]
        return str(found.iloc[0]) if len(found) else self.report.title_zh

    @property
    def zh(self) -> bool:
        """Whether the document is in Chinese."""
        return self.lang == "zh"

    def say(self, zh: str, en: str) -> str:
        """Return one of two texts by the document's language."""
        return zh if self.zh else en

    @cached_property
    def inside(self) -> frozenset[str]:
        """Codes of the unit and all below it."""
        if not self.unit_code:  # the whole, where no one unit stands at the top
            return frozenset(self.ladder.index)
        rung = self.ladder[self.level]
        return frozenset(rung.index[(rung == self.unit_code).to_numpy(dtype=bool)])

    def part(self, frame: pd.DataFrame, *levels: str) -> pd.DataFrame:
        """Return the rows of a result that lie in the unit, of some levels."""
        if frame.empty or "unit_code" not in frame.columns:
            return frame
        keep = frame["unit_code"].isin(self.inside).to_numpy(dtype=bool)
        if levels and "level" in frame.columns:
            keep = keep & frame["level"].isin(levels).to_numpy(dtype=bool)
        return frame.loc[keep]

    @cached_property
    def board(self) -> pd.DataFrame:
        """The scoreboard of the unit."""
        return board(self.report.checks, self.policy, level=self.level, unit_code=self.unit_code,
                     later=self.report.later)  # fmt: skip


def view_of(report: CityReport, unit_code: str, lang: Lang) -> View:
    """
    Return the view of a unit; of the city where none is named.

    Raises
    ------
    InputError
        If the report holds no policy.
    UnknownIdError
        If the city has no such unit.
    """
    if report.policy is None:
        raise InputError(
            "The report holds no policy, so its numbers cannot be explained.",
            zh="报告没有带上标准库，数字无法说明。",
            fix="make it by workspace.compute, or pass policy=",
            fix_zh="用 workspace.compute 生成，或传入 policy=",
        )
    table = own_units(report.units).drop_duplicates("unit_code").set_index("unit_code")
    if not unit_code:
        level = next((v for v in LEVELS if (table["level"] == v).any()), "prefecture")
        top = table.index[(table["level"] == level).to_numpy(dtype=bool)]
        return View(report, report.policy, str(top[0]) if len(top) == 1 else "", level, lang)
    by_name = table.index[(table["name"] == unit_code).to_numpy(dtype=bool)]
    if unit_code not in table.index and len(by_name) == 1:
        unit_code = str(by_name[0])
    if unit_code not in table.index:
        near = [*table["name"], *table.index]
        raise UnknownIdError.among("unit", "单元", unit_code, near)
    return View(report, report.policy, unit_code, str(table.loc[unit_code, "level"]), lang)
