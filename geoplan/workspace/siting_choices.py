"""Choices beside a plan (方案的取舍): other plans as good, and why a place was not chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan import siting
from geoplan.errors import InputError
from geoplan.siting import reasons, texts
from geoplan.siting.alternatives import within
from geoplan.workspace.siting import people_of, require_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

    from geoplan.errors import Lang
    from geoplan.siting.alternatives import Alternatives
    from geoplan.siting.watch import Progress
    from geoplan.workspace.siting import Siting

_MODELS = ("mclp", "lscp")
_LANGS: tuple[Lang, ...] = ("zh", "en")
SHARE, MOST = 0.005, 20
"""How far from the bound an alternative may be, and how many are listed. [P]"""


@dataclass(frozen=True, eq=False)
class Choices:
    """
    Plans nearly as good, and the sites they are made of.

    Parameters
    ----------
    found
        From `siting.alternatives.within`; its ``cost`` in yuan, NaN where one is unknown.
    sites
        A row per site of any plan, EPSG:4490: ``site_id``, ``name``, ``acquisition``,
        ``unit_code``, ``cost``, ``cost_basis``, ``role`` (``core`` 必选, in every plan; ``swing``
        可换), ``plans`` (in how many), ``in_plan``. The core first, then by how often.
    """

    found: Alternatives
    sites: gpd.GeoDataFrame

    def summary(self, lang: Lang = "zh") -> str:
        """Say how much choice there is, and what of it is proved."""
        return texts.alternatives(self.found, lang)


def alternatives(
    found: Siting, share: float = SHARE, most: int = MOST, *, time_limit_s: float | None = None,
    seed: int = 0, progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Choices:  # fmt: skip
    """
    Find the plans within a share of the bound.

    Parameters
    ----------
    found
        From `site`, by ``mclp`` or ``lscp`` without conditions on counties.
    share
        Of what all open sites cover, existing ones too; 0 to 1, closed.
    most
        How many are looked for.
    time_limit_s, seed, progress, cancelled
        As for `siting.alternatives.within`; what is cut short is not complete.

    Returns
    -------
    choices
        Every plan proved within the share.

    Raises
    ------
    InputError
        If the model is another, there is no plan, or there are conditions on counties.
    """
    require_answer(found, *_MODELS)
    if found.options:
        raise InputError(
            "Alternatives of a plan with conditions on counties are not looked for.",
            zh="带县（市、区）条件的方案不支持列出近优方案。", fix="leave out at_least and fair",
            fix_zh="去掉 at_least 与 fair", parameter="at_least",
        )  # fmt: skip
    others = within(found.plan, share, most, p=found.p, budget=found.budget,
                    time_limit_s=time_limit_s, seed=seed, progress=progress,
                    cancelled=cancelled)  # fmt: skip
    if not found.question.priced:  # then every site counts as one
        others.table["cost"] = np.nan
    count: dict[str, int] = {}
    for ids in others.table["sites"]:
        for name in map(str, ids):
            count[name] = count.get(name, 0) + 1
    core = set(others.core)
    order = sorted(count, key=lambda name: (name not in core, -count[name], name))
    own = set(found.sites["site_id"])
    about = found.question.about(order).drop(columns=["floor_m2", "land_m2"])
    sites = about.assign(
        order=range(1, len(order) + 1),
        role=["core" if name in core else "swing" for name in order],
        plans=[count[name] for name in order], in_plan=[name in own for name in order],
    )  # fmt: skip
    return Choices(others, sites.rename_axis("site_id").reset_index().to_crs("EPSG:4490"))


def why_not(
    found: Siting, called: str, *, time_limit_s: float | None = None
) -> dict[str, Any]:  # fmt: skip
    """
    Say why a candidate is not in the plan, and what would follow if it had to be.

    Parameters
    ----------
    found
        From `site`, by ``mclp`` or ``lscp``.
    called
        Its ``site_id``, or its name.
    time_limit_s
        Of the search for the best plan with it.

    Returns
    -------
    consequence
        From `siting.reasons.why_not`, solved again with it; also ``name``, ``text_zh`` and
        ``text_en``.

    Raises
    ------
    UnknownIdError
        If no candidate is called so.
    InputError
        If the model is another, or there is no plan.
    """
    require_answer(found, *_MODELS)
    question, plan = found.question, found.plan
    site_id = question.site_id(called)

    def again(problem: siting.CoverageProblem) -> siting.Plan:
        return siting.solve(problem, model=plan.model, p=found.p, budget=found.budget,
                            seed=plan.seed, time_limit_s=time_limit_s, **found.options)  # fmt: skip

    rejected = found.rejected if len(found.rejected) else None
    said = reasons.why_not(plan, site_id, budget=found.budget, rejected=rejected, again=again)
    people = people_of(found.group)
    told = said if question.priced else {**said, "cost_change": 0.0}
    text = {f"text_{lang}": texts.why_not(told, lang, people=people) for lang in _LANGS}
    if not question.priced and "cost_change" in said:
        said["cost_change"] = np.nan
    return {**said, "name": question.called(site_id), **text}
