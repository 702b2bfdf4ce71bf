"""Judging a city by its policy (对标检查): one row per unit and rule, with reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.errors import GeoplanError
from geoplan.standards import (
    areas,
    burial,
    lists,
    objects,
    presence,
    reach,
    registers,
    untargeted,
)
from geoplan.standards.city import prepare
from geoplan.standards.inputs import READS, inputs_of
from geoplan.standards.rows import COLUMNS, rows
from geoplan.standards.urban import urban_part

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from geoplan.network import Network
    from geoplan.policy import Policy, Rule
    from geoplan.standards.city import City

NEEDS = ("admin_units", "facilities", "residential_areas", "population", "stat_unit_members",
         "indicator_figures", "projects", "cemeteries")  # fmt: skip
"""Layers that `check` looks at; the first is needed, the others as the rules ask."""

MEASURES: dict[str, Callable[[City, Rule, Network | None], pd.DataFrame]] = {
    **areas.MEASURES,
    **presence.MEASURES,
    **burial.MEASURES,
    **registers.MEASURES,
    **objects.MEASURES,
    **lists.MEASURES,
    **reach.MEASURES,
    **untargeted.MEASURES,
}
"""Kind of measure -> how it is computed. A new rule of one of these kinds needs TOML only."""

LATER = {**dict.fromkeys(("BND-10", "BND-11", "BND-13", "BND-14"), "inspection"),
         "BND-": "boundaries", "PN-": "placenames", "SGN-": "placenames", "HER-": "placenames",
         "CEM-03": "cemeteries", "CEM-05": "cemeteries", "UNIT-": "check"}  # fmt: skip
"""Rules that other parts of geoplan judge on their own layers, by the beginning of their id."""


def judged(policy: Policy) -> tuple[str, ...]:
    """
    Return the ids of the rules that `check` judges by default, in order of the policy.

    Parameters
    ----------
    policy
        The norms.
    """
    return tuple(
        rule.id for rule in policy.rules.values()
        if rule.kind in MEASURES and not rule.id.startswith(tuple(LATER))
        and (rule.kind != "check" or rule.has_target)
    )  # fmt: skip


def check(
    layers: Mapping[str, pd.DataFrame],
    policy: Policy,
    *,
    code_system: str = "",
    network: Network | None = None,
    rules: Sequence[str] | None = None,
    on: str = "",
    urban_only: bool = False,
    on_progress: Callable[[float, str], None] | None = None,
) -> pd.DataFrame:
    """
    Judge every unit by every rule of the policy whose kind can be measured.

    Areas per person and household, presence by unit, shares of facilities and of registers,
    counts, projects, lists and reach, at city, county and township level and by village where
    the rule is about villages. The land standard prints both population bases and gives no
    verdict until the policy confirms the denominator.

    Parameters
    ----------
    layers
        ``admin_units``, and of `NEEDS` what there is. Validated frames; geometry in any CRS.
    policy
        The norms.
    code_system
        Units of this system only; empty keeps all.
    network
        Walking network for reach and the sharing rule; without it reach has no data, and sharing
        goes by the straight line and says so.
    rules
        Ids of the rules to judge by; ids the policy lacks are left out. Default: `judged`.
    on
        ISO date that units, leases and figures are taken at; default the assessment date.
    urban_only
        Look at the urban communities alone (城镇口径): their households, people, facilities.
    on_progress
        Called with the share done (0–1) and the rule's id.

    Returns
    -------
    checks
        Columns `rows.COLUMNS`: value, target, operator, status, gap in the natural unit, bounds,
        completeness, failing units by name, clause, basis, data date, policy digest.

    Raises
    ------
    EmptyLayerError
        If there are no administrative units.
    MissingColumnsError
        If ``unit_code``, ``level`` or ``parent_code`` is absent.

    Notes
    -----
    A rule that cannot be applied, for want of a parameter or a column, has a row ``no_data`` that
    says why. Clauses: 随政发〔2022〕3号, every one with a figure; RULES §1–4, §7 (rates), §8.
    """
    city = prepare(layers, policy, code_system=code_system, on=on)
    if urban_only:
        city = urban_part(city)
    wanted = judged(policy) if rules is None else rules
    chosen = [policy.rule(name) for name in wanted if name in policy.rules]
    chosen = [r for r in chosen if r.kind in MEASURES and r.in_force(city.on)]
    done: dict[str, pd.DataFrame] = {}
    for at, rule in enumerate(_twins_last(chosen)):
        if on_progress:
            on_progress(at / len(chosen), rule.id)
        twin = next((r for r in chosen if r.options.indicator == rule.id and r.id in done), None)
        if twin is not None:
            done[rule.id] = _as_indicator(done[twin.id], rule)
        else:
            done[rule.id] = _measured(city, rule, network)
    parts = [done[r.id] for r in chosen if len(done[r.id])]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(parts, ignore_index=True)


def _measured(city: City, rule: Rule, network: Network | None) -> pd.DataFrame:
    """Judge by one rule; one that cannot be applied says why, and the rest is judged."""
    try:
        found = MEASURES[rule.kind](city, rule, network)
    except GeoplanError as error:
        units = city.at("prefecture").index
        nothing = pd.DataFrame({"value": np.nan, "value_min": np.nan, "value_max": np.nan,
                                "completeness_share": 0.0}, index=units)  # fmt: skip
        found = rows(city, rule, "prefecture", nothing, target=np.nan, unit=rule.unit,
                     status="no_data", remark_zh=f"不能评价：{error.message_zh}",
                     remark_en=f"cannot be judged: {error.message}")  # fmt: skip
    return _unless_absent(city, rule, found).assign(inputs=inputs_of(city, rule))


_REGISTERS = ("facilities", "cemeteries")
"""Layers of which none at all is not «there is none»."""


def _unless_absent(city: City, rule: Rule, found: pd.DataFrame) -> pd.DataFrame:
    """Say 无数据 where the whole register is absent: none known is not none (IND-02)."""
    register = READS.get(rule.kind, ("",))[0]
    if register not in _REGISTERS or register not in city.absent or found.empty:
        return found
    lost = (found["status"] != "met").to_numpy(dtype=bool)
    numbers = ["value", "value_min", "value_max", "numerator", "gap"]
    found = found.astype(dict.fromkeys(numbers, "float64"))
    found.loc[lost, numbers] = np.nan
    found.loc[lost, ["status", "failing", "completeness_share"]] = "no_data", "", 0.0
    return found


def _twins_last(rules: list[Rule]) -> list[Rule]:
    """Put indicators behind the rules that state the same target in detail."""
    named = {r.options.indicator for r in rules if r.options.indicator}
    return sorted(rules, key=lambda r: r.id in named)


def _as_indicator(found: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Return the city's and counties' rows of the same target under the indicator's own name."""
    upper = found["level"].isin(["prefecture", "county"])
    return found.loc[upper.to_numpy(dtype=bool)].assign(
        rule_id=rule.id, title_zh=rule.title_zh, title_en=rule.title_en, clause=rule.clause,
        attribute=rule.attribute, basis=rule.basis, basis_note_zh=rule.basis_note("zh"),
        basis_note_en=rule.basis_note("en"), source=";".join(rule.sources),
    )  # fmt: skip
