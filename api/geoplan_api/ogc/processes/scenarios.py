"""
The process of scenarios (情景): two of them in one table and one map.

It is for those who see the people: steps that let people grow would let small numbers be told.
"""

from __future__ import annotations

from dataclasses import asdict
from math import isnan
from typing import TYPE_CHECKING, Annotated, Any, Literal

import geopandas as gpd
import numpy as np
from pydantic import Field

from geoplan.errors import InputError
from geoplan.scenario import Scenario, SetPolicy
from geoplan.scenario.steps import from_plain
from geoplan.workspace import compare_scenarios
from geoplan_api import circles
from geoplan_api.deps import page
from geoplan_api.narrow import SeenWorkspace
from geoplan_api.ogc.processes.circles import Minutes, Most, geojson
from geoplan_api.ogc.processes.model import Inputs, Process

if TYPE_CHECKING:
    from geoplan_api.jobs import Run
    from geoplan_api.views import Views

_DOORS = ("point_id", "unit_code", "persons", "elders_60", "walk_min_a", "walk_min_b", "turn")
_FACILITIES = ("facility_id", "name", "facility_kind", "unit_code", "turn")
_MOST_STEPS = 200
_MOST_VALUES = 20
Steps = Annotated[list[dict[str, Any]], Field(max_length=_MOST_STEPS)]


class ScenarioInputs(Inputs):
    """The steps of each, as a scenario file has them; none is the city as it is."""

    a: Steps = Field([], description="情景 A 的 steps，空为现状 steps of A; none is today")
    b: Steps = Field(description="情景 B 的 steps steps of B")
    minutes: Minutes | None = None
    group: Literal["persons", "elders_60", "elders_65", "elders_80", "households"] = Field(
        "elders_60", description="人群 whom the summary counts"
    )
    rules: list[str] | None = Field(
        [], max_length=300, description="对标规则，默认不对标，null 为全部 judge by; null is all"
    )
    most: Most = 10_000


def _compare(views: Views, asked: ScenarioInputs, run: Run) -> dict[str, Any]:
    """Rows that differ; facilities of both; doors that come within the circle or fall out."""
    limit = None if asked.minutes is None else circles.require_minutes(views, asked.minutes)
    run.tell(0.05, "情景对比")
    found = compare_scenarios(
        SeenWorkspace(views), _read("a", asked.a), _read("b", asked.b), group=asked.group,
        limit_min=limit, minutes=None if limit is None else [limit],
        rules=asked.rules,
    )  # fmt: skip
    run.tell(0.9, "写出")
    moved = found.doors[found.doors["turn"].isin(["gain", "lose"]).to_numpy(dtype=bool)]
    told = {k: None if isinstance(v, float) and isnan(v) else v
            for k, v in asdict(found.effect).items()}  # fmt: skip
    return {
        "effect": told, "summary": found.effect.summary("zh"),
        "summary_en": found.effect.summary("en"), **page(found.changed(), asked.most),
        "facilities": geojson(views, _some(found.facilities, _FACILITIES)),
        "doors": geojson(views, _some(moved, _DOORS).head(asked.most), total=len(moved)),
        "synthetic": found.synthetic,
    }  # fmt: skip


def _read(name: str, steps: list[dict[str, Any]]) -> Scenario:
    read = tuple(from_plain(s, n) for n, s in enumerate(steps, start=1))
    for step in read:
        if isinstance(step, SetPolicy) and np.size(step.value) > _MOST_VALUES:
            raise InputError(
                f"{step.name} has more than {_MOST_VALUES} values.",
                zh=f"{step.name} 的值超过 {_MOST_VALUES} 个。", fix="give fewer",
                fix_zh="减少个数", field=name,
            )  # fmt: skip
    return Scenario(name, read)


def _some(frame: gpd.GeoDataFrame, columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    there = [c for c in columns if c in frame.columns]
    return gpd.GeoDataFrame(frame[[*there, frame.geometry.name]])


PROCESSES = (
    Process("scenario-compare", "情景对比", "Scenarios compared",
            "两个情景的覆盖、达标、受益与受损人口。 Coverage, standards, who gains and who loses.",
            _compare, ScenarioInputs, ("service_circles", "standards"),
            ("facilities", "population", "roads", "admin_units"), "both"),
)  # fmt: skip
