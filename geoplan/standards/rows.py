"""Result rows (结果行): one shape for every rule and unit, with what explains the number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.standards.measures import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from geoplan.policy import Rule
    from geoplan.standards.city import City

COLUMNS = (
    "rule_id", "title_zh", "title_en", "clause", "unit_code", "unit_name", "level", "denominator",
    "denominator_zh", "value", "unit", "operator", "target", "status", "gap", "gap_unit",
    "numerator", "denominator_value", "missing", "completeness_share", "value_min", "value_max",
    "failing", "remark_zh", "remark_en", "attribute", "basis", "basis_note_zh", "basis_note_en",
    "source", "policy_id", "policy_digest", "synthetic",
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
    out = measured.copy()
    status: Sequence[str] = cells.pop("status", None) or judge(out, rule.meets)
    out["status"] = status
    out["unit_code"] = out.index
    out["unit_name"] = city.units["name"].reindex(out.index).to_numpy()
    out["level"], out["target"], out["unit"] = level, target, unit
    fixed: dict[str, Any] = {
        "rule_id": rule.id, "title_zh": rule.title_zh, "title_en": rule.title_en,
        "clause": rule.clause, "operator": rule.operator, "attribute": rule.attribute,
        "basis": rule.basis, "basis_note_zh": rule.basis_note("zh"),
        "basis_note_en": rule.basis_note("en"), "source": ";".join(rule.sources),
        "policy_id": city.policy.id, "policy_digest": city.policy.digest,
        "synthetic": city.synthetic,
    }  # fmt: skip
    defaults: dict[str, Any] = {
                "denominator": "", "denominator_zh": "", "gap": np.nan, "gap_unit": "",
                "numerator": np.nan, "denominator_value": np.nan, "missing": 0,
                "completeness_share": np.nan, "failing": "", "remark_zh": "",
                "remark_en": ""}  # fmt: skip
    out = out.assign(**fixed, **cells)
    out = out.assign(**{k: v for k, v in defaults.items() if k not in out})
    return out.reset_index(drop=True)[list(COLUMNS)]


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
