"""
Judging boundaries by their rules (界线对标检查, BND-02 to BND-27): one row per unit and rule.

Lines and markers are counted for each unit that they bound or lie in. Joint inspection (BND-10,
11, 13, 14) is judged elsewhere; methods (BND-01, 07, 15, 17) give no verdict.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.boundaries import (
    conformance_cover,
    conformance_lines,
    conformance_markers,
    conformance_papers,
)
from geoplan.boundaries.conformance_objects import (
    MET,
    NEEDS,
    NOT_MET,
    Finder,
    Judged,
    Registers,
    missing,
    registers,
)
from geoplan.errors import GeoplanError
from geoplan.schemas.hierarchy import adjoining
from geoplan.standards import is_synthetic
from geoplan.standards.city import named_sources, newest_date, prepare
from geoplan.standards.rows import COLUMNS, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from geoplan.policy import Policy, Rule
    from geoplan.standards.city import City

    Array = npt.NDArray[np.intp]
    Words = tuple[str, str]

RULES: dict[str, Finder] = {
    **conformance_lines.RULES,
    **conformance_markers.RULES,
    **conformance_cover.RULES,
    **conformance_papers.RULES,
}
"""Rule -> how its objects are found, with the verdict on each."""
_MOST_REASONS = 3


def judged(policy: Policy) -> tuple[str, ...]:
    """
    Return the ids of the rules that `check` judges, in order of the policy.

    Parameters
    ----------
    policy
        The norms.
    """
    return tuple(name for name in policy.rules if name in RULES)


def check(
    layers: Mapping[str, pd.DataFrame],
    policy: Policy,
    *,
    code_system: str = "",
    rules: Sequence[str] | None = None,
    on: str = "",
    metric_crs: str = "",
    on_progress: Callable[[float, str], None] | None = None,
) -> pd.DataFrame:
    """
    Judge the boundaries of a city by every rule about them that maps and registers can answer.

    Fields, codes and documents of lines; numbers, registers, places and order of markers; what
    moved; topology, sums of areas, lengths, sides; the three figures of precision side by side;
    平安边界; construction across lines. Counted for the city, its counties, and the levels that a
    rule names. A rule whose layer is missing has no data, and says which.

    Parameters
    ----------
    layers
        ``admin_units``, and of `NEEDS` what there is. Validated frames; geometry in any CRS. Units
        without geometry give names, and no verdict on topology.
    policy
        The norms.
    code_system
        Units of this system only; empty keeps all.
    rules
        Ids of the rules to judge by; others are left out. Default: `judged`.
    on
        ISO date that units, lines and agreements are taken at; default the assessment date.
    metric_crs
        CRS that all is measured in; empty: that of the first metric layer, else its zone.
    on_progress
        Called with the share done (0–1) and the rule's id.

    Returns
    -------
    checks
        Columns `geoplan.standards.rows.COLUMNS`, like `geoplan.standards.check`: the share of
        objects that meet the rule, or the largest deviation in the rule's unit, with bounds for
        what is unknown (IND-02), and the objects that fail by name.

    Raises
    ------
    EmptyLayerError
        If there are no administrative units.
    CodeSystemError
        If all units are of another code system.
    MissingColumnsError
        If the units lack code, level or parent.

    Notes
    -----
    Clauses: 三(四)3 and RULES §5, §9. A line of unknown state is never a fail.

    Examples
    --------
    >>> from geoplan.io import read_policy
    >>> units = pd.DataFrame({"unit_code": ["421300", "421303", "421321"],
    ...     "name": ["随州市", "曾都区", "随县"], "level": ["prefecture", "county", "county"],
    ...     "parent_code": [None, "421300", "421300"]})
    >>> lines = pd.DataFrame({"line_id": ["a"], "name": ["曾都区—随县线"], "level": "county",
    ...     "line_code": "421303421321", "left_code": "421303", "right_code": "421321"})
    >>> found = check({"admin_units": units, "boundary_lines": lines},
    ...               read_policy("suizhou-2022"), rules=["BND-02", "BND-03", "BND-12"])
    >>> found.loc[found["level"] == "prefecture", ["rule_id", "value", "status"]].fillna(
    ...     -1.0).values.tolist()
    [['BND-02', 0.0, 'not_met'], ['BND-03', 1.0, 'met'], ['BND-12', -1.0, 'no_data']]
    """
    units = layers["admin_units"] if "admin_units" in layers else pd.DataFrame()
    city = prepare({"admin_units": units}, policy, code_system=code_system, on=on)
    used = {**{n: layers[n] for n in NEEDS if n in layers},
            "admin_units": _of_system(units, code_system)}  # fmt: skip
    held = registers(used, policy, city.on, city.ladder, metric_crs)
    wanted = judged(policy) if rules is None else rules
    chosen = [policy.rule(r) for r in wanted if r in RULES and r in policy.rules]
    chosen = [r for r in chosen if r.in_force(city.on)]
    parts = []
    for at, rule in enumerate(chosen):
        if on_progress:
            on_progress(at / len(chosen), rule.id)
        parts += _judge(city, held, rule)
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(parts, ignore_index=True)


def _of_system(units: pd.DataFrame, code_system: str) -> pd.DataFrame:
    """Return the units of one code system and those that adjoin the city."""
    if not code_system or "code_system" not in units.columns:
        return units
    system = units["code_system"]
    return units.loc[(system.isna() | (system == code_system)).to_numpy(dtype=bool)
                     | adjoining(units)]  # fmt: skip


def _judge(city: City, held: Registers, rule: Rule) -> list[pd.DataFrame]:
    """Return the rows of one rule, level by level; a layer that cannot be used is no data."""
    finder = RULES[rule.id]
    read = {name: frame for name in finder.layers if (frame := held.get(name)) is not None}
    city = replace(city, synthetic=any(is_synthetic(f) for f in read.values()))
    try:
        found = finder.find(held, rule)
    except GeoplanError as error:
        target = None if rule.kind == "no_target" else 1.0
        found = [missing("", "", (error.message_zh, error.message), target)]
    levels = dict.fromkeys(("prefecture", "county", *rule.options.levels))
    dates = {name: newest_date(frame) for name, frame in read.items()}
    inputs = ";".join(f"{n}|{dates[n]}|{named_sources(f)}" for n, f in read.items())
    parts = [_rows(city, rule, level, one) for one in found for level in levels
             if len(city.at(level))]  # fmt: skip
    return [part.assign(inputs=inputs, data_date=max(dates.values(), default="")) for part in parts]


def _rows(city: City, rule: Rule, level: str, found: Judged) -> pd.DataFrame:
    units = city.at(level).index
    row, at = _concerned(city, level, found.table)
    here = found.table.iloc[row].assign(unit=at)
    if found.figures is not None:
        measured = found.figures.reindex(units)
        measured["status"] = measured["status"].fillna("no_data")
    else:
        measured = _summed(here, units, worst=found.worst)
    if found.target is None:
        known = measured["value"].notna().to_numpy()
        measured = measured.assign(gap=np.nan, status=np.where(known, "no_target", "no_data"))
    bad = here.loc[(here["state"] == NOT_MET).to_numpy()]
    said = [_remark(found, here.loc[(here["unit"] == k).to_numpy()]) for k in range(len(units))]
    return rows(
        city, rule, level, measured, unit=found.unit, gap_unit=found.gap_unit,
        target=np.nan if found.target is None else found.target,
        failing=[";".join(bad.loc[(bad["unit"] == k).to_numpy(), "name"])
                 for k in range(len(units))],
        remark_zh=[s[0] for s in said], remark_en=[s[1] for s in said],
        denominator=found.kind, denominator_zh=found.kind_zh,
    )  # fmt: skip


def _concerned(city: City, level: str, table: pd.DataFrame) -> tuple[Array, Array]:
    """
    Return which object concerns which unit of a level: rows and positions, pair by pair.

    Everything in the registers of a city concerns the city, whatever codes are written.
    """
    units = city.at(level).index
    if level == "prefecture" and len(units) == 1:
        return np.arange(len(table)), np.zeros(len(table), dtype=np.intp)
    rung = city.ladder[level]
    sides = [units.get_indexer(pd.Index(rung.reindex(table[c]).astype(object)))
             for c in ("left_code", "right_code")]  # fmt: skip
    pairs = np.unique(np.vstack([np.column_stack([np.arange(len(table)), s]) for s in sides]),
                      axis=0)  # fmt: skip
    row, at = pairs[pairs[:, 1] >= 0].T
    return row, at


def _summed(here: pd.DataFrame, units: pd.Index[str], *, worst: bool) -> pd.DataFrame:
    """Sum up objects by unit: the share that meets, or the largest amount, with bounds (IND-02)."""
    at, state = here["unit"].to_numpy(dtype=np.intp), here["state"].to_numpy()
    met, not_met, unknown = (
        np.bincount(at[pick], minlength=len(units)).astype(float)
        for pick in (state == MET, state == NOT_MET, np.isnan(state))
    )
    known, total = met + not_met, met + not_met + unknown
    some = np.where(known > 0, 1.0, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        value, low, high = met / known, met / total * some, (met + unknown) / total * some
    top, base = met * some, known * some
    if worst:
        amount = here["amount"].groupby(at).max().reindex(range(len(units))).to_numpy()
        value, low = amount * some, amount * some
        high = np.where(unknown > 0, np.inf, low) * some
        top = base = np.full(len(units), np.nan)
    return pd.DataFrame({
        "value": value, "value_min": low, "value_max": high, "numerator": top,
        "denominator_value": base, "missing": unknown.astype(int), "gap": not_met * some,
        "completeness_share": known / np.maximum(total, 1.0),
        "status": np.select([not_met > 0, known == 0, unknown > 0],
                            ["not_met", "no_data", "to_verify"], "met"),
    }, index=units)  # fmt: skip


def _remark(found: Judged, here: pd.DataFrame) -> Words:
    """Say why objects fail or are unknown, the commonest reasons first, and what holds for all."""
    open_ = here.loc[(here["state"] != MET).to_numpy(), "why"]
    told = Counter(reason for reasons in open_ for reason in reasons).most_common()
    zh = [f"{reason[0]} {n}" for reason, n in told[:_MOST_REASONS]]
    en = [f"{reason[1]}: {n}" for reason, n in told[:_MOST_REASONS]]
    if len(told) > _MOST_REASONS:
        zh.append(f"另有 {len(told) - _MOST_REASONS} 种")
        en.append(f"{len(told) - _MOST_REASONS} more kinds")
    if here.empty and not found.absent:
        zh.append("没有应计对象（0/0），不适用")
        en.append("nothing to count (0/0): not applicable")
    return (_joined(zh, "；", found.note[0]), _joined(en, "; ", found.note[1]))


def _joined(parts: list[str], by: str, note: str) -> str:
    return by.join(p for p in (*parts, note) if p)
