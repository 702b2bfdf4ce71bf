"""Comparing two results (对比): what differs, and whether data, rule or boundary is the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.errors import UnknownIdError

if TYPE_CHECKING:
    import numpy.typing as npt

_KEY = ["rule_id", "level", "unit_code", "denominator"]
_NUMBERS = ("value", "numerator", "denominator_value", "target", "gap")
_CELLS = ("title_zh", "title_en", "unit_name", "operator", "unit", "status", *_NUMBERS)
_RTOL = 1e-9


def compare(before: pd.DataFrame, after: pd.DataFrame, *, changed_only: bool = True) -> (
    pd.DataFrame
):  # fmt: skip
    """
    Compare two tables of checks: two dates, two policies, or two scenarios of one city.

    Parameters
    ----------
    before, after
        From `standards.check`.
    changed_only
        Leave out rows where nothing differs.

    Returns
    -------
    differences
        One row per rule, unit and denominator: ``value_before``, ``value_after``, ``change``,
        ``target_before``, ``target_after``, ``status_before``, ``status_after``, ``gap_before``,
        ``gap_after`` and ``cause``: ``rule`` where target or test differ or one policy lacks the
        rule, ``boundary`` where a unit is new or gone or the number of units differs, ``data``
        where the figures differ; several joined by ``;``. Turned verdicts first.
    """
    left, right = (_once(frame) for frame in (before, after))
    both = pd.concat([left.add_suffix("_before"), right.add_suffix("_after")], axis=1)
    for word in ("title_zh", "title_en", "unit_name", "unit"):
        both[word] = both[f"{word}_after"].fillna(both[f"{word}_before"])
    both = both.reset_index()
    both["change"] = both["value_after"] - both["value_before"]
    both["cause"] = _causes(both, before, after)
    if changed_only:
        both = both.loc[(both["cause"] != "").to_numpy(dtype=bool)]
    turned = both["status_before"].fillna("") != both["status_after"].fillna("")
    order = both.assign(_turned=~turned, _at=_order(both, before, after))
    order = order.sort_values(["_turned", "_at", "level", "unit_code"], kind="stable")
    sides = [f"{c}_{s}" for c in ("value", "target", "status", "gap") for s in ("before", "after")]
    columns = ["rule_id", "title_zh", "title_en", "level", "unit_code", "unit_name", "denominator",
               "unit", *sides[:2], "change", *sides[2:], "cause"]  # fmt: skip
    return order[columns].reset_index(drop=True)


def _once(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop_duplicates(_KEY).set_index(_KEY)[list(_CELLS)]


def _order(both: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> pd.Series[int]:
    names = list(dict.fromkeys([*after["rule_id"], *before["rule_id"]]))
    return both["rule_id"].map({name: at for at, name in enumerate(names)})


def _differs(both: pd.DataFrame, column: str) -> npt.NDArray[np.bool_]:
    a, b = both[f"{column}_before"], both[f"{column}_after"]
    if column in _NUMBERS:
        x, y = (pd.to_numeric(s).to_numpy(dtype=float, na_value=np.nan) for s in (a, b))
        with np.errstate(invalid="ignore"):
            same = (x == y) | (np.abs(x - y) <= _RTOL * np.maximum(np.abs(x), np.abs(y)))
        return np.asarray(~(same | (np.isnan(x) & np.isnan(y))), dtype=bool)
    return (a.fillna("") != b.fillna("")).to_numpy(dtype=bool)


def _causes(both: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    gone = both["status_before"].isna() | both["status_after"].isna()
    here, there = set(before["rule_id"]), set(after["rule_id"])
    one_sided = both["rule_id"].map(lambda r: r not in here or r not in there)
    rule = (gone & one_sided).to_numpy(dtype=bool)
    common = ~gone.to_numpy(dtype=bool)
    rule = rule | common & (_differs(both, "target") | _differs(both, "operator"))
    counted = (both["denominator"] == "units").to_numpy(dtype=bool)
    boundary = (gone & ~one_sided).to_numpy(dtype=bool)
    boundary = boundary | common & counted & _differs(both, "denominator_value")
    figures = _differs(both, "numerator") | _differs(both, "value")
    figures = figures | _differs(both, "denominator_value")
    # a share of units whose own verdicts turned with the rule is the rule's doing
    data = common & figures & ~(boundary | (counted & rule))
    data = data | common & ~(rule | boundary) & _differs(both, "status")
    words = ("rule", rule), ("boundary", boundary), ("data", data)
    return [";".join(w for w, on in words if on[i]) for i in range(len(both))]


def compare_units(checks: pd.DataFrame, one: str, other: str) -> pd.DataFrame:
    """
    Put two units of one result side by side.

    Parameters
    ----------
    checks
        From `standards.check`.
    one, other
        Names or codes of two units.

    Returns
    -------
    table
        One row per rule and denominator that both have: ``value_one``, ``value_other``,
        ``difference``, statuses and gaps.

    Raises
    ------
    UnknownIdError
        If a unit has no row.
    """
    sides = []
    for name in (one, other):
        rows = checks[(checks["unit_name"] == name) | (checks["unit_code"] == name)]
        if rows.empty:
            raise UnknownIdError.among("unit", "单元", name, sorted(set(checks["unit_name"])))
        sides.append(rows.drop_duplicates(["rule_id", "denominator"]))
    key, cells = ["rule_id", "denominator"], ["value", "status", "gap"]
    words = ["title_zh", "title_en", "unit", "operator", "target", "gap_unit"]
    table = sides[0][[*key, *words, *cells]].merge(
        sides[1][[*key, *cells]], on=key, suffixes=("_one", "_other")
    )
    table.insert(len(table.columns), "difference", table["value_other"] - table["value_one"])
    return table
