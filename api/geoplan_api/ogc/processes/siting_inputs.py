"""Inputs that the processes of siting share (选址分析的公用输入)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from geoplan.errors import InputError
from geoplan.workspace.siting import Siting, site
from geoplan_api import circles
from geoplan_api.narrow import SeenWorkspace
from geoplan_api.ogc.processes.circles import Minutes
from geoplan_api.ogc.processes.model import Inputs

if TYPE_CHECKING:
    from geoplan_api.jobs import Run
    from geoplan_api.views import Views

MOST, MOST_S = 1_000, 120.0
LAYERS = ("facilities", "population", "roads", "candidate_sites")
Sites = Annotated[int | None, Field(ge=0, le=MOST, description="新增几处 how many new")]
Budget = Annotated[float | None, Field(ge=0, description="经费上限（元） most they may cost, yuan")]


class WhereInputs(Inputs):
    """For whom, and among which places."""

    minutes: Minutes | None = None
    group: Literal["persons", "elders_60", "elders_65", "elders_80", "households"] = Field(
        "elders_60", description="人群 whom to count"
    )
    where: Literal["both", "sites", "streets"] = Field(
        "both", description="备选用房、道路点或两者 idle buildings, places on streets, both"
    )
    every_m: float = Field(400.0, ge=100, le=5_000, description="道路点间距 between places, m")
    seed: int = Field(0, ge=0, le=2**31, description="随机种子 seed")
    time_limit_s: float = Field(60.0, ge=0, le=MOST_S, description="最多几秒 most seconds")

    def asked(self, views: Views) -> dict[str, Any]:
        """Return them as the library takes them."""
        return {"minutes": circles.require_minutes(views, self.minutes), "group": self.group,
                "where": self.where, "every_m": self.every_m, "seed": self.seed,
                "time_limit_s": self.time_limit_s}  # fmt: skip


class PlanInputs(WhereInputs):
    """The plan that is asked about: by the same inputs the same."""

    model: Literal["mclp", "lscp"] = Field("mclp", description="覆盖最多或全覆盖最少 model")
    sites: Sites = None
    budget: Budget = None

    def plan(self, views: Views, run: Run) -> Siting:
        """
        Choose.

        Raises
        ------
        InputError
            If ``mclp`` is told neither how many nor for how much.
        """
        require_amount(self.model, self.sites, self.budget)
        return site(SeenWorkspace(views), model=self.model, p=self.sites, budget=self.budget,
                    progress=run.tell, **self.asked(views))  # fmt: skip


def require_amount(model: str, sites: int | None, budget: float | None) -> None:
    """
    Check that ``mclp`` is told how many or for how much.

    Raises
    ------
    InputError
        If it is not.
    """
    if model == "mclp" and sites is None and budget is None:
        raise InputError(
            "Neither sites nor budget is given.", zh="未给出新增处数 sites，也未给出经费 budget。",
            fix="give one of them, for example sites=10", fix_zh="给出其一，如 sites=10",
            field="sites",
        )  # fmt: skip


def number(value: float) -> float | None:
    """Return a number that JSON has, else nothing."""
    return float(value) if math.isfinite(value) else None
