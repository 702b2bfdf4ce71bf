"""Scenarios of a workspace (情景): read by name, tried on its city, told in a sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan import io, scenario
from geoplan.errors import EmptyLayerError, GeoplanError, UnknownIdError
from geoplan.io.scenario_files import FOLDER
from geoplan.network.checks import amounts
from geoplan.network.kernels import TOLERANCE_MIN
from geoplan.scenario.applying import Changed
from geoplan.scenario.steps import as_plain
from geoplan.schemas import LAYERS
from geoplan.service_circles.sources import require_columns
from geoplan.standards import is_synthetic

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from geoplan.errors import Lang
    from geoplan.scenario import Live, Scenario, State
    from geoplan.workspace.opening import Workspace

TODAY = scenario.Scenario("现状 today")
"""The city as it is."""
_SAME_SHARE = 1e-9  # shares nearer than this do not differ


@dataclass(frozen=True)
class Effect:
    """
    What changes for people from one scenario to another.

    Parameters
    ----------
    group, limit_min
        Who is counted, within how many minutes.
    total_a, covered_a, total_b, covered_b
        People of each scenario, and those of them within the limit; NaN where nobody is counted.
    gain, lose
        People of ``b`` who come within the limit, people of ``a`` who fall out of it.
    own_limit_min_a, own_covered_a
        The limit that ``a`` has by its own policy, and who is within that.
    """

    group: str
    limit_min: float
    total_a: float
    covered_a: float
    total_b: float
    covered_b: float
    gain: float
    lose: float
    own_limit_min_a: float
    own_covered_a: float

    def summary(self, lang: Lang = "zh") -> str:
        """Say it in a sentence or two."""
        zh = lang == "zh"
        a, b = (_shares(covered, total, lang) for covered, total in (
            (self.covered_a, self.total_a), (self.covered_b, self.total_b)))  # fmt: skip
        names = {c.name: c.zh for c in LAYERS["population"].columns}
        said = (
            f"{self.limit_min:g} 分钟内{names.get(self.group, self.group)}：{a} → {b}；"
            f"新覆盖 {self.gain:,.0f}，不再覆盖 {self.lose:,.0f}。" if zh else
            f"Within {self.limit_min:g} min, {self.group}: {a} -> {b}; "
            f"{self.gain:,.0f} gain, {self.lose:,.0f} lose."
        )  # fmt: skip
        if self.own_limit_min_a == self.limit_min:
            return said
        own = _shares(self.own_covered_a, self.total_a, lang)
        former = f"{self.own_limit_min_a:g}"
        return said + (f"原时限 {former} 分钟时为 {own}。" if zh else
                       f" By the former limit of {former} min it was {own}.")  # fmt: skip


@dataclass(frozen=True, eq=False)
class Comparison:
    """
    Two scenarios of a workspace, side by side.

    Parameters
    ----------
    a, b
        Their names.
    table
        From `scenario.compare`.
    doors, facilities
        From `scenario.ab_map`.
    effect
        Who gains and who loses.
    synthetic
        Whether an input is.
    """

    a: str
    b: str
    table: pd.DataFrame
    doors: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    effect: Effect
    synthetic: bool

    def changed(self) -> pd.DataFrame:
        """Return the rows of the table that differ, and those of the city and its counties."""
        table = self.table
        rows = table["level"].isin(["prefecture", "county"]) | (table["kind"] == "standard")
        rows |= (table["change"].abs() > _SAME_SHARE) | (table[["gain", "lose"]] > 0).any(axis=1)
        return table[rows.to_numpy(dtype=bool)].reset_index(drop=True)


def read_scenario(workspace: Workspace, name: str) -> Scenario:
    """
    Read a scenario that was saved in a workspace, or any file of one.

    Parameters
    ----------
    workspace
        `io.write_scenario` saves into its folder.
    name
        As in ``scenarios/<name>.json``; or a path that ends in ``.json``.

    Raises
    ------
    UnknownIdError
        If there is none of that name.
    MissingFileError, UnreadableFileError
        As `io.read_scenario` says.

    Notes
    -----
    A file that was renamed by hand goes by its new name.
    """
    known = io.list_scenarios(workspace.folder)
    if name in known:
        return io.read_scenario(workspace.folder / FOLDER / f"{name}.json").renamed(name)
    if name.endswith(".json"):
        return io.read_scenario(name)
    if known:
        raise UnknownIdError.among("scenario", "情景", name, known)
    raise UnknownIdError(
        f"No scenario {name!r}: none was saved yet.", zh=f"没有情景“{name}”：尚未保存任何情景。",
        fix="begin one: geoplan scenario new WS NAME", kind="scenario", value=name,
        fix_zh="先新建：geoplan scenario new WS NAME",
    )  # fmt: skip


def live(workspace: Workspace, *, profile: str = "elder_walk") -> Live:
    """
    Get a workspace ready to be asked what scenarios do; kept, the next question is quicker.

    Parameters
    ----------
    workspace
        With ``facilities``, ``population``, ``admin_units``, ``roads``.
    profile
        Who walks.

    Raises
    ------
    EmptyLayerError
        If nobody lives in it.
    UnknownIdError, MissingCRSError
        As `Workspace.network` and `Live` say.
    """
    if not len(workspace.layers["population"]):
        raise EmptyLayerError.for_layer("population")
    layers = Changed(workspace.layers, {"admin_units": workspace.units()})
    return scenario.Live(layers, workspace.policy, workspace.network(profile))


def state_of(plan: Scenario, base: Live) -> State:
    """
    Carry out a scenario, and name the step that cannot be.

    Raises
    ------
    UnknownIdError, InputError, PolicyError
        As `Live.state` says, with the scenario and the number and kind of the step in front.
    """
    try:
        return base.state(plan)
    except GeoplanError as error:
        number, found = _first_bad(plan, base, error)
        if not number:
            raise
        kind = as_plain(plan.steps[number - 1])["step"]
        raise type(found)(
            f"{plan.name}, step {number} ({kind}): {found.message}",
            zh=f"情景“{plan.name}”第 {number} 步（{kind}）：{found.message_zh}",
            fix=found.fix, fix_zh=found.fix_zh,
            **{**found.context, "scenario": plan.name, "step": number},
        ) from error  # fmt: skip


def _first_bad(plan: Scenario, base: Live, error: GeoplanError) -> tuple[int, GeoplanError]:
    """Return the number of the first step that cannot be done, and its error, by halving."""
    good, bad = 0, len(plan.steps)
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            base.state(replace(plan, steps=plan.steps[:middle]))
            good = middle
        except GeoplanError as earlier:
            bad, error = middle, earlier
    return bad, error


def effect(
    a: Scenario, b: Scenario, base: Live, *, group: str = "elders_60",
    limit_min: float | None = None,
) -> Effect:  # fmt: skip
    """
    Tell what changes for people from one scenario to another.

    Parameters
    ----------
    a, b
        `TODAY` is the city as it is.
    base
        From `live`.
    group
        Column of ``population`` that is counted.
    limit_min
        The circle, closed, for both; default the one of ``b`` by its policy.

    Raises
    ------
    MissingColumnsError
        If there is no such group.
    UnknownIdError, InputError, PolicyError
        As `state_of` says.
    """
    require_columns(base.layers["population"], "population", group)
    left, right = state_of(a, base), state_of(b, base)
    doors, _ = scenario.ab_map(a, b, base, limit_min=limit_min)
    turn = doors["turn"].to_numpy()
    one, two = (amounts(s.layers["population"], group) for s in (left, right))
    own, limit = (
        float(s.policy.value("service_circle_min") if limit_min is None else limit_min)
        for s in (left, right)
    )
    within = left.near["walk_min"].to_numpy(dtype=float) <= own + TOLERANCE_MIN
    everybody = np.ones(len(turn), dtype=bool)
    return Effect(
        group=group, limit_min=limit,
        total_a=_sum(one, everybody), covered_a=_sum(one, np.isin(turn, ["both", "lose"])),
        total_b=_sum(two, everybody), covered_b=_sum(two, np.isin(turn, ["both", "gain"])),
        gain=_sum(two, turn == "gain"), lose=_sum(one, turn == "lose"),
        own_limit_min_a=own, own_covered_a=_sum(one, within),
    )  # fmt: skip


def compare_scenarios(
    workspace: Workspace, a: Scenario, b: Scenario, *, base: Live | None = None,
    group: str = "elders_60", limit_min: float | None = None,
    minutes: Sequence[float] | None = None, rules: Sequence[str] | None = None,
) -> Comparison:  # fmt: skip
    """
    Put two scenarios of a workspace into one table and one map.

    Parameters
    ----------
    workspace
        The city.
    a, b
        From `read_scenario`; `TODAY` is the city as it is.
    base
        From `live`, for other walkers or a quicker answer.
    group, limit_min
        Whom the summary counts, and the circle of summary and map; as for `effect`.
    minutes, rules
        Limits and rules of the table, as for `scenario.compare`.

    Raises
    ------
    MissingColumnsError, UnknownIdError, InputError, PolicyError
        As `effect` says.
    """
    base = live(workspace) if base is None else base
    told = effect(a, b, base, group=group, limit_min=limit_min)
    doors, facilities = scenario.ab_map(a, b, base, limit_min=limit_min)
    table = scenario.compare(a, b, base, minutes=minutes, rules=rules,
                             code_system=workspace.file.code_system)  # fmt: skip
    synthetic = any(
        is_synthetic(workspace.layers.get(name)) for name in ("population", "facilities", "roads")
    )
    return Comparison(a.name, b.name, table, doors, facilities, told, synthetic)


def _sum(count: Any, rows: Any) -> float:
    """Return how many there are; NaN where none is counted at all."""
    known = ~np.isnan(count)
    return float(count[rows & known].sum()) if known.any() else float("nan")


def _shares(covered: float, total: float, lang: Lang) -> str:
    if not total > 0:
        return "无数据" if lang == "zh" else "no data"
    if lang == "zh":
        return f"{covered / total:.1%}（{covered:,.0f}，共 {total:,.0f}）"
    return f"{covered / total:.1%} ({covered:,.0f} of {total:,.0f})"
