"""The process of siting (选址): where the next facilities go, how near the best, why."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from geoplan.errors import InputError
from geoplan.workspace import site
from geoplan_api import circles
from geoplan_api.deps import records
from geoplan_api.narrow import SeenWorkspace
from geoplan_api.ogc.processes.circles import Minutes, geojson
from geoplan_api.ogc.processes.model import Inputs, Process

if TYPE_CHECKING:
    from geoplan_api.jobs import Run
    from geoplan_api.views import Views

_MOST_S = 120.0
_MOST = 1_000


class SitingInputs(Inputs):
    """Which model, how many or for how much, for whom."""

    model: Literal["mclp", "lscp", "k_cover", "p_median", "p_center"] = Field(
        "mclp", description="mclp 覆盖最多，lscp 全覆盖最少 which model"
    )
    sites: Annotated[int | None, Field(ge=0, le=_MOST, description="新增几处 how many new")] = None
    budget: Annotated[
        float | None, Field(ge=0, description="经费上限（元） most they may cost, yuan")
    ] = None
    minutes: Minutes | None = None
    group: Literal["persons", "elders_60", "elders_65", "elders_80", "households"] = Field(
        "elders_60", description="人群 whom to count"
    )
    where: Literal["both", "sites", "streets"] = Field(
        "both", description="备选用房、道路点或两者 idle buildings, places on streets, both"
    )
    every_m: float = Field(400.0, ge=100, le=5_000, description="道路点间距 between places, m")
    seed: int = Field(0, ge=0, le=2**31, description="随机种子 seed")
    time_limit_s: float = Field(60.0, ge=0, le=_MOST_S, description="最多几秒 most seconds")


def _site(views: Views, asked: SitingInputs, run: Run) -> dict[str, Any]:
    """As GeoJSON, with the proof beside the sites; an answer cut short says so."""
    if asked.model == "mclp" and asked.sites is None and asked.budget is None:
        raise InputError(
            "Neither sites nor budget is given.", zh="未给出新增处数 sites，也未给出经费 budget。",
            fix="give one of them, for example sites=10", fix_zh="给出其一，如 sites=10",
            field="sites",
        )  # fmt: skip
    limit = circles.require_minutes(views, asked.minutes)
    found = site(
        SeenWorkspace(views), model=asked.model, p=asked.sites, budget=asked.budget,
        minutes=limit, group=asked.group, where=asked.where, every_m=asked.every_m,
        seed=asked.seed, time_limit_s=asked.time_limit_s, progress=run.tell,
    )  # fmt: skip
    plan = found.plan
    return geojson(
        views, found.sites, model=plan.model, status=plan.status, objective=_number(plan.objective),
        bound=_number(plan.bound), gap_share=_number(plan.gap_share), new=len(plan.new),
        covered=plan.covered, unreachable=found.unreachable, minutes=found.limit_min,
        summary=found.summary("zh"), summary_en=found.summary("en"), reason=plan.reason,
        reason_zh=plan.reason_zh, nearest=dict(plan.nearest), counties=records(found.units),
        seed=plan.seed, steps=plan.steps, synthetic=found.synthetic,
    )  # fmt: skip


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


PROCESSES = (
    Process("siting", "选址", "Siting",
            "下一批设施选在哪里、离最优差多少、为什么。 Where the next facilities go, and why.",
            _site, SitingInputs, ("service_circles",),
            ("facilities", "population", "roads", "candidate_sites"), "both",
            media=("application/geo+json",)),
)  # fmt: skip
