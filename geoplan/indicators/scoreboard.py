"""The scoreboard (计分板): every target of the plan at one unit, binding ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.standards import check, judged
from geoplan.standards.figures import against, tidy
from geoplan.standards.figures import series as series_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from geoplan.network import Network
    from geoplan.policy import Policy

ATTRIBUTE_ORDER = {"binding": 0, "expected": 1, "text": 2}
"""约束性, 预期性, 正文."""

_CURRENT = ("current_value", "current_status", "current_date")


def scoreboard(
    layers: Mapping[str, pd.DataFrame],
    policy: Policy,
    *,
    code_system: str = "",
    network: Network | None = None,
    level: str = "prefecture",
    today: str = "",
    urban_only: bool = False,
    on_progress: Callable[[float, str], None] | None = None,
) -> pd.DataFrame:
    """
    Judge a city by every target of its plan.

    Parameters
    ----------
    layers
        As for `standards.check`; geometry in any CRS.
    policy
        The norms.
    code_system
        Units of this system only; empty keeps all.
    network
        Walking network, for reach; without it those rows have no data.
    level
        Units shown: ``prefecture``, ``county``, ``township``, ``village``.
    today
        ISO date. Where it lies after the assessment date, later data stand beside as 现状.
    urban_only
        The urban communities alone (城镇口径).
    on_progress
        Called with the share done (0–1) and the rule's id.

    Returns
    -------
    board
        As from `board`.

    Raises
    ------
    EmptyLayerError
        If there are no administrative units.
    MissingColumnsError
        If the units lack code, level or parent.

    Notes
    -----
    Status by bounds (IND-02), integer thresholds (UNIT-02), targets at their date (IND-03).

    Examples
    --------
    >>> import pandas as pd
    >>> from geoplan.io import read_policy
    >>> units = pd.DataFrame({"unit_code": ["C", "A"], "name": ["随城", "甲县"],
    ...     "level": ["prefecture", "county"], "parent_code": [None, "C"],
    ...     "kind": ["prefecture_city", "county"]})
    >>> figures = pd.DataFrame({"indicator_id": ["IND.3"], "unit_code": ["C"],
    ...     "period": ["2025"], "numerator": [990.0], "denominator": [1000.0]})
    >>> found = scoreboard({"admin_units": units, "indicator_figures": figures},
    ...                    read_policy("suizhou-2022"))
    >>> row = found.set_index("rule_id").loc["IND.3"]
    >>> print(row["value"], row["status"], row["gap"])
    0.99 not_met 10.0
    """
    common = {"code_system": code_system, "network": network, "urban_only": urban_only}
    checks = check(layers, policy, on_progress=on_progress, **common)  # type: ignore[arg-type]
    later = pd.DataFrame()
    if today > str(policy.assessment_date):
        rules = [r for r in judged(policy) if policy.rule(r).has_target]
        later = check(layers, policy, rules=rules, on=today, **common)  # type: ignore[arg-type]
    return board(checks, policy, level=level, later=later)


def board(
    checks: pd.DataFrame,
    policy: Policy,
    *,
    level: str = "prefecture",
    unit_code: str = "",
    later: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Order check rows of one level as a scoreboard.

    Parameters
    ----------
    checks
        From `standards.check`.
    policy
        Gives the order of the indicators.
    level
        Units shown.
    unit_code
        Only this unit; empty for all of the level.
    later
        Checks at a later date, shown beside as the present state (现状).

    Returns
    -------
    board
        Columns of the checks and ``number`` (of the indicator table; missing for other targets;
        where an indicator has no row of its own, that of the rule that states it in detail),
        ``current_value``, ``current_status``, ``current_date``. Indicators first, binding before
        expected, then the targets worded in the text, in the order of the policy.
    """
    rows = checks.loc[(checks["level"] == level).to_numpy(dtype=bool)] if len(checks) else checks
    if unit_code and len(rows):
        rows = rows.loc[(rows["unit_code"] == unit_code).to_numpy(dtype=bool)]
    if rows.empty:
        return rows.assign(number=pd.Series(dtype="Int64"), **dict.fromkeys(_CURRENT))
    number = _numbers(rows["rule_id"])
    twin = _numbers(_indicator(rows["rule_id"], policy))
    there = set(zip(number.dropna(), rows.loc[number.notna(), "unit_code"], strict=True))
    pairs = zip(twin.fillna(0), rows["unit_code"], strict=True)
    alone = pd.Series([pair not in there for pair in pairs], index=rows.index)
    number = number.fillna(twin.where(alone))
    order = {name: at for at, name in enumerate(policy.rules)}
    keys = pd.DataFrame({
        "text": number.isna(), "attribute": rows["attribute"].map(ATTRIBUTE_ORDER).fillna(3),
        "number": number.fillna(0), "order": rows["rule_id"].map(order),
    })  # fmt: skip
    at = keys.sort_values(["text", "attribute", "number", "order"], kind="stable").index
    out = rows.assign(number=number).loc[at]
    return _with_later(out, later).reset_index(drop=True)


def _numbers(rules: pd.Series[str]) -> pd.Series[int]:
    """Return the number of each rule in the table of indicators; missing for others."""
    number = rules.astype("string").str.extract(r"^IND\.(\d+)$", expand=False)
    return pd.to_numeric(number).astype("Int64")


def _indicator(rules: pd.Series[str], policy: Policy) -> pd.Series[str]:
    """Return the indicator that each rule states in detail; empty for none."""
    named = {name: rule.options.indicator for name, rule in policy.rules.items()}
    return rules.map(named).fillna("")


def once_each(rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """
    Leave out rules that state an indicator's target in detail where the indicator stands itself.

    Parameters
    ----------
    rows
        From `board` or `standards.check`.
    policy
        Says which rules are of one target (``indicator``).

    Returns
    -------
    rows
        Each target once per unit, so that verdicts can be counted.
    """
    if rows.empty:
        return rows
    twin = _indicator(rows["rule_id"], policy)
    there = set(zip(rows["rule_id"], rows["unit_code"], strict=True))
    keep = [not t or (t, u) not in there for t, u in zip(twin, rows["unit_code"], strict=True)]
    return rows.loc[keep]


def _with_later(rows: pd.DataFrame, later: pd.DataFrame | None) -> pd.DataFrame:
    key = ["rule_id", "unit_code", "level", "denominator"]
    if later is None or later.empty:
        return rows.assign(current_value=float("nan"), current_status="", current_date="")
    beside = later[[*key, "value", "status", "data_date"]].drop_duplicates(key)
    beside = beside.set_axis([*key, *_CURRENT], axis=1)
    found = rows.merge(beside, on=key, how="left")
    return found.assign(
        current_status=found["current_status"].fillna(""),
        current_date=found["current_date"].fillna(""),
    )


def series(
    figures: pd.DataFrame,
    policy: Policy,
    *,
    unit_code: str,
    rules: Sequence[str] | None = None,
) -> pd.DataFrame:
    """
    Return yearly values of the indicators at one unit, for a trend to the target.

    Parameters
    ----------
    figures
        The table ``indicator_figures``.
    policy
        The norms.
    unit_code
        Whose figures.
    rules
        Ids of rules; default all that have two years or more.

    Returns
    -------
    series
        Columns ``rule_id``, ``title_zh``, ``unit``, ``year``, ``value``, ``target`` (of the year
        where it is another series); per cent rules in per cent.
    """
    table = tidy(figures)
    wanted = [r for r in policy.rules if rules is None or r in rules]
    parts = []
    for name in wanted:
        rule = policy.rule(name)
        found = series_of(table, rule, unit_code)
        if len(found) < (2 if rules is None else 1):
            continue
        target: Any = rule.value if rule.value is not None else float("nan")
        unit = rule.unit
        if rule.options.against:
            of = pd.Series(found["year"].to_numpy(dtype=float), index=[unit_code] * len(found))
            target, unit = against(table, rule, of).to_numpy(), "pct"
        parts.append(found.assign(rule_id=name, title_zh=rule.title_zh, unit=unit, target=target))
    columns = ["rule_id", "title_zh", "unit", "year", "value", "target"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
