"""Result rows (结果行): one shape for every rule and unit, with what explains the number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.policy.rule import TOLERANCE
from geoplan.standards.measures import judge

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.policy import Policy, Rule
    from geoplan.standards.city import City

COLUMNS = (
    "rule_id", "title_zh", "title_en", "clause", "unit_code", "unit_name", "level", "denominator",
    "denominator_zh", "value", "unit", "operator", "target", "status", "gap", "gap_unit",
    "numerator", "denominator_value", "needed", "missing", "completeness_share", "value_min",
    "value_max", "failing", "remark_zh", "remark_en", "attribute", "basis", "basis_note_zh",
    "basis_note_en", "source", "policy_id", "policy_digest", "data_date", "inputs", "due",
    "synthetic",
)  # fmt: skip
"""Columns of ``standards_checks`` in order."""


def rows(
    city: City,
    rule: Rule,
    level: str,
    measured: pd.DataFrame,
    *,
    target: float | pd.Series[float],
    unit: str,
    **cells: Any,
) -> pd.DataFrame:
    """
    Dress measured values as result rows of one rule and level.

    Parameters
    ----------
    city
        Gives names and policy.
    rule
        Gives title, clause, test and basis.
    level
        Level of the units in the index of ``measured``.
    measured
        From `measures`.
    target
        What the value is compared with, in ``unit``.
    unit
        Unit of value and target, a key of `geoplan.units.UNITS`.
    **cells
        Further columns, each one value or one per row; ``status`` overrides the judgement.

    Returns
    -------
    rows
        Columns `COLUMNS`, index reset.
    """
    count = len(measured)
    cells |= {str(c): measured[c].to_numpy() for c in measured.columns if c not in cells}
    if cells.get("status") is None:
        cells["status"] = judge(measured, rule.meets)
    fixed: dict[str, Any] = {
        "rule_id": rule.id, "title_zh": rule.title_zh, "title_en": rule.title_en,
        "clause": rule.clause, "operator": rule.operator, "attribute": rule.attribute,
        "basis": rule.basis, "basis_note_zh": rule.basis_note("zh"),
        "basis_note_en": rule.basis_note("en"), "source": ";".join(rule.sources),
        "policy_id": city.policy.id, "policy_digest": city.policy.digest,
        "due": str(rule.due or city.policy.assessment_date), "synthetic": city.synthetic,
        "unit_code": measured.index.to_numpy(), "level": level, "target": target, "unit": unit,
        "unit_name": city.units["name"].reindex(measured.index).to_numpy(),
    }  # fmt: skip
    made = {**_EMPTY, **cells, **fixed}
    _say_near(made, city.policy)
    if rule.due is not None and rule.due > city.on:
        _remark(made, np.ones(count, bool), f"{rule.due} 到期，评价日尚未到期",
                f"due on {rule.due} only")  # fmt: skip
    return pd.DataFrame({c: _spread(made[c], count) for c in COLUMNS}, index=range(count))


_EMPTY: dict[str, Any] = {
    "denominator": "", "denominator_zh": "", "gap": np.nan, "gap_unit": "",
    "numerator": np.nan, "denominator_value": np.nan, "needed": np.nan, "missing": 0,
    "completeness_share": np.nan, "failing": "", "remark_zh": "",
    "remark_en": "", "data_date": "", "inputs": "",
}  # fmt: skip


def _spread(cell: Any, count: int) -> Any:
    """Return one value as a column of so many; a column as it is, without its index."""
    if isinstance(cell, pd.Series):
        return cell.to_numpy()
    if isinstance(cell, str):
        return np.full(count, cell, dtype=object)
    return np.asarray(cell, dtype=object if isinstance(cell, list) else None) if isinstance(
        cell, list | np.ndarray
    ) else np.full(count, cell)  # fmt: skip


def _say_near(made: dict[str, Any], policy: Policy) -> None:
    """Add 接近 as a remark to what misses its target by little (IND-01); never a status."""
    count = len(made["unit_code"])
    missed = _spread(made["status"], count) == "not_met"
    if "near_target_share" not in policy.parameters or not np.any(missed):
        return
    value = np.asarray(_spread(made["value"], count), dtype=float)
    target = np.asarray(_spread(made["target"], count), dtype=float)
    reach = policy.value("near_target_share") * np.abs(target) * (1.0 + TOLERANCE)
    near = missed & (np.abs(value - target) <= reach)
    _remark(made, near, "接近目标", "close")


def _remark(made: dict[str, Any], here: npt.NDArray[np.bool_], zh: str, en: str) -> None:
    """Add words to the remarks of some rows."""
    for column, word, joint in (("remark_zh", zh, "；"), ("remark_en", en, "; ")):
        said = _spread(made[column], len(here))
        made[column] = np.array(
            [f"{s}{joint}{word}".removeprefix(joint) if n else s
             for s, n in zip(said, here, strict=True)], dtype=object,
        )  # fmt: skip


def failing_names(
    city: City, children: pd.Index[str], bad: np.ndarray, group: pd.Series[str],
    groups: pd.Index[str],
) -> list[str]:  # fmt: skip
    """Name the failing units of each group, joined by ``;``, in order of code."""
    names = city.units["name"].reindex(children[bad])
    owner = group.reindex(children[bad])
    by_owner: dict[str, list[str]] = {}
    for code, name in zip(owner, names, strict=True):
        by_owner.setdefault(str(code), []).append(str(name))
    return [";".join(by_owner.get(str(g), [])) for g in groups]
