"""Coverage matrix (条文覆盖表): every statement of the plan, and what geoplan does about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan import boundaries
from geoplan.policy import KINDS
from geoplan.standards import LATER, judged

if TYPE_CHECKING:
    from geoplan.policy import Policy

_APPLIED = {"method": "applied", "schedule": "pending", "zone": "pending", "check": "pending",
            "capacity": "pending"}  # fmt: skip


def coverage_matrix(policy: Policy, checks: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    List every rule of a policy with its clause, and whether it is judged here.

    Parameters
    ----------
    policy
        The norms.
    checks
        From `standards.check`: adds the city's value and status.

    Returns
    -------
    matrix
        Columns ``clause``, ``rule_id``, ``title_zh``, ``text_zh``, ``attribute``, ``column_box``,
        ``kind_zh``, ``state`` (``judged``, ``applied`` as a method, ``pending`` in a later part),
        ``part`` (of geoplan), and with checks ``value``, ``unit``, ``status``.
    """
    here = {**dict.fromkeys(judged(policy), "standards"),
            **dict.fromkeys(boundaries.judged(policy), "boundaries")}  # fmt: skip
    rows = []
    for rule in policy.rules.values():
        later = next((part for start, part in LATER.items() if rule.id.startswith(start)), "")
        state = "judged" if rule.id in here else _APPLIED.get(rule.kind, "pending")
        if rule.id in {"ELD-19", "ELD-20"}:
            state, later = "applied", "siting"
        part = here.get(rule.id) or later or _part_of(rule.id)
        rows.append((rule.clause, rule.id, rule.title_zh, rule.text_zh, rule.attribute,
                     rule.options.column_box, KINDS[rule.kind].zh, state, part))  # fmt: skip
    matrix = pd.DataFrame(rows, columns=["clause", "rule_id", "title_zh", "text_zh", "attribute",
                                         "column_box", "kind_zh", "state", "part"])  # fmt: skip
    if checks is None or checks.empty:
        return matrix
    city = checks.loc[(checks["level"] == "prefecture").to_numpy(dtype=bool)]
    city = city.drop_duplicates("rule_id").set_index("rule_id")[["value", "unit", "status"]]
    return matrix.join(city, on="rule_id")


def _part_of(rule_id: str) -> str:
    return "cemeteries" if rule_id.startswith("CEM") else "standards"
