"""Dispute cases as a table (争议案件一览, RULES §5.8): state, deadline, decider, filing chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.boundaries import case_states
from geoplan.boundaries.claim_parties import party_units
from geoplan.boundaries.leaf_units import ladder_of
from geoplan.boundaries.notes import texts
from geoplan.schemas.hierarchy import LEVELS, ancestors
from geoplan.schemas.vocabulary import CASE_STATE

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd

_NAMES = {c.code: c.zh for c in CASE_STATE}
_STEPS = {a.code: (a.zh, a.en) for a in case_states.ACTIONS}
_COUNCIL = ("国务院", "State Council")
CASES = ("case_id", "parties", "line_id", "level", "state", "state_zh", "open_day", "due_on",
         "due_state", "next_zh", "next_en", "decided_by", "decided_by_zh", "filed_with_zh",
         "filed_with_en", "clause")  # fmt: skip


def case_table(
    claims: pd.DataFrame,
    admin_units: gpd.GeoDataFrame,
    today: date,
    *,
    lines: pd.DataFrame | None = None,
    autonomous: bool = False,
) -> pd.DataFrame:
    """
    Return the dispute cases with their state, next steps, decider and filing chain.

    Parameters
    ----------
    claims
        ``case_id``, ``party``; ``state``, ``raised_on``, ``due_on``, ``line_id`` where known. CRS
        does not matter.
    admin_units
        ``unit_code``, ``name``, ``level``, ``parent_code``; any CRS.
    today
        The day asked about.
    lines
        ``boundary_lines``: ``line_id``, ``level``, ``left_code``, ``right_code``. Without a line
        the parties tell the level, where they are called by the code or the name of a unit.
    autonomous
        Whether an autonomous prefecture or county is a party.

    Returns
    -------
    cases
        One row per case, columns `CASES`: ``level`` of the disputed line, ``next_…`` what may be
        done now, ``decided_by`` the code of the unit whose government decides (empty where that is
        the State Council), ``filed_with_…`` (Art. 16). Missing where it cannot be known.

    Raises
    ------
    MissingColumnsError
        If a column is absent.

    Examples
    --------
    >>> from datetime import date
    >>> units = pd.DataFrame({"unit_code": ["4213", "421303", "421321"], "name": ["市", "区", "县"],
    ...     "level": ["prefecture", "county", "county"], "parent_code": [None, "4213", "4213"]})
    >>> claims = pd.DataFrame({"case_id": "c", "party": ["区", "县"], "state": "mediated"})
    >>> cases = case_table(claims, units, date(2026, 11, 24))
    >>> cases[["level", "next_zh", "decided_by_zh", "filed_with_zh"]].values.tolist()
    [['county', '协商达成协议、上级政府决定', '市', '民政部']]
    """
    stated = claims if "state" in claims.columns else claims.assign(state=None)
    found = case_states.reminders(stated, today)
    units = admin_units.drop_duplicates("unit_code")
    names = dict(zip(units["unit_code"], units["name"], strict=True))
    ladder, above = ladder_of(admin_units, units), ancestors(admin_units)
    case = pd.Series(texts(claims, "case_id"), index=claims.index)
    rows = []
    for case_id, row in found.iterrows():
        own = claims[(case == case_id).to_numpy(dtype=bool)]
        parties = tuple(dict.fromkeys(p for p in texts(own, "party") if p))
        line_id = next((i for i in texts(own, "line_id") if i), "")
        sides = _sides(line_id, lines) or party_units(parties, admin_units)
        level = _level(line_id, lines) or _apart(sides, ladder)
        decider, decider_zh = _decider(sides, above, ladder, names)
        filed: tuple[str | None, str | None] = None, None
        if level in case_states.FILING:
            filed = case_states.filing_authority(level, autonomous=autonomous)
        state = str(row["state"])
        steps = [_STEPS[a] for a in case_states.allowed(state)] if state in _NAMES else []
        rows.append((
            case_id, ";".join(parties), line_id, level or None, state or None, _NAMES.get(state),
            row["open_day"], row["due_on"], row["due_state"], "、".join(zh for zh, _ in steps),
            "; ".join(en for _, en in steps), decider, decider_zh, *filed,
            "行政区域边界争议处理条例 第十六条",
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=list(CASES)).astype({"open_day": "Int64"})


def _sides(line_id: str, lines: pd.DataFrame | None) -> list[str]:
    """Return the units on both sides of a registered line."""
    if lines is None or not line_id:
        return []
    own = lines[(lines["line_id"] == line_id).to_numpy(dtype=bool)]
    return [texts(own, c)[0] for c in ("left_code", "right_code")] if len(own) else []


def _level(line_id: str, lines: pd.DataFrame | None) -> str:
    if lines is None or not line_id:
        return ""
    own = lines[(lines["line_id"] == line_id).to_numpy(dtype=bool)]
    return next((v for v in texts(own, "level") if v), "")


def _apart(sides: list[str], ladder: pd.DataFrame) -> str:
    """Return the highest level at which two units are in different ones."""
    if len(sides) != 2 or not all(s in ladder.index for s in sides):  # noqa: PLR2004
        return ""
    for level in LEVELS:
        a, b = (ladder.loc[s, level] for s in sides)
        if isinstance(a, str) and isinstance(b, str) and a != b:
            return level
    return ""


def _decider(
    sides: list[str], above: pd.DataFrame, ladder: pd.DataFrame, names: dict[str, Any]
) -> tuple[str | None, str | None]:
    """Return the unit whose government decides, with its name; None where nobody can tell."""
    if len(sides) != 2 or not all(s in above.index for s in sides):  # noqa: PLR2004
        return None, None
    code = case_states.deciding_unit(above, *sides)
    if code:
        return code, str(names.get(code, code))
    return ("", _COUNCIL[0]) if _apart(sides, ladder) == LEVELS[0] else (None, None)
