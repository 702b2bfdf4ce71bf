"""Who approves a division change, with which papers, by when (变更审批, 行政区划管理条例)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from geoplan.boundaries.change import KINDS, codes_in
from geoplan.boundaries.leaf_units import ladder_of
from geoplan.boundaries.notes import each
from geoplan.errors import UnknownIdError
from geoplan.schemas.hierarchy import LEVELS

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from geoplan.policy import Policy

_LAW = "行政区划管理条例"


class Approval(NamedTuple):
    """Who approves a matter of units of a level; ``filed``: to be filed with the State Council."""

    level: str
    matter: str
    authority: str
    authority_zh: str
    filed: bool = False


MATTERS = ("establishment", "name", "affiliation", "boundary", "seat")
"""设立撤销、命名更名、隶属关系、行政区域界线、政府驻地."""
_OF_KIND = {
    "create": ("establishment",), "abolish": ("establishment",), "merge": ("establishment",),
    "split": ("establishment",), "upgrade": ("establishment", "name"), "rename": ("name",),
}  # fmt: skip
_CONGRESS = ("national_congress", "全国人民代表大会")
_COUNCIL = ("state_council", "国务院")
_PROVINCE = ("province", "省级人民政府")

APPROVALS: tuple[Approval, ...] = (
    *(Approval("province", m, *_CONGRESS) for m in ("establishment", "name")),
    *(Approval("province", m, *_COUNCIL) for m in ("boundary", "seat", "affiliation")),
    *(Approval("prefecture", m, *_COUNCIL) for m in MATTERS),
    *(Approval("county", m, *_COUNCIL) for m in ("establishment", "name", "affiliation")),
    Approval("county", "boundary", *_PROVINCE, filed=True),
    Approval("county", "seat", *_PROVINCE, filed=True),
    *(Approval("township", m, *_PROVINCE) for m in MATTERS),
)
"""
RULES §5.9. A county boundary is the State Council's where the change is major. The boundary of a
prefecture, which the text as read does not name, is put with its other matters. [P]
"""
_STREET = ("establishing_authority", "设立该派出机关的政府")
_RANK = (_CONGRESS[0], _COUNCIL[0], _PROVINCE[0], _STREET[0])
FACTS = ("seat", "major", "autonomous", "special_area", "street")
"""What a change file states of a change and no map can tell; see `approval`."""


def approval(
    kind: str, level: str, *, with_land: bool = True, seat: bool = False, major: bool = False,
    autonomous: bool = False, special_area: bool = False, street: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """
    Return who approves a change: the highest of all matters it touches decides.

    Parameters
    ----------
    kind
        One of `geoplan.boundaries.change.KINDS`.
    level
        Level of the units that change.
    with_land
        A transfer of part of a unit (a change of boundary) rather than of whole units
        (of affiliation).
    seat
        Whether a seat of government moves too.
    major
        A major change of a county boundary (重大变更).
    autonomous
        Whether an autonomous prefecture or county is concerned.
    special_area
        Whether coast, islands, border, lakes or resource areas of special status are concerned.
    street
        Whether the unit is a street office (街道, 派出机关).

    Returns
    -------
    matters
        One row per matter: ``level``, ``matter``, ``authority``, ``authority_zh``, ``filed``,
        ``clause``, the deciding one first.

    Raises
    ------
    UnknownIdError
        If the kind is not known, or the law has nothing about the level (villages are not
        administrative divisions).

    Examples
    --------
    >>> approval("transfer", "county")[["authority", "filed"]].values.tolist()
    [['province', True]]
    >>> approval("transfer", "county", major=True)["authority"].tolist()
    ['state_council']
    """
    if kind not in KINDS:
        raise UnknownIdError.among("kind of change", "变更类型", kind, KINDS)
    if level not in LEVELS[:-1]:
        raise UnknownIdError.among("level", "级别", level, LEVELS[:-1])
    matters = _OF_KIND.get(kind, ("boundary",) if with_land else ("affiliation",))
    rows = [a for a in APPROVALS if a.level == level
            and a.matter in {*matters, *(("seat",) if seat else ())}]  # fmt: skip
    if street and level == "township":
        rows = [a._replace(authority=_STREET[0], authority_zh=_STREET[1]) for a in rows]
    lifted = special_area or (level == "county" and (autonomous or major))
    if lifted:
        rows = [_lifted(a, special_area=special_area, autonomous=autonomous) for a in rows]
    rows = sorted(rows, key=lambda a: _RANK.index(a.authority))
    return pd.DataFrame(rows, columns=list(Approval._fields)).assign(clause=_LAW)


def approvals(changes: pd.DataFrame, before: pd.DataFrame, **facts: bool) -> pd.DataFrame:
    """
    Return who approves a set of changes: what each is, and every boundary that moves with it.

    A village is no administrative division: one that goes to another township moves the boundary
    of townships, and that of counties too where those differ.

    Parameters
    ----------
    changes
        As for `apply_changes`: ``change_id``, ``kind``, ``from_codes``, ``to_codes``,
        ``parent_code`` and, where land is drawn, ``geometry`` in any CRS.
    before
        ``admin_units`` before, with ``unit_code``, ``level``, ``parent_code``; ``kind`` tells
        street offices. CRS does not matter.
    **facts
        Of `FACTS` what is stated; ``street`` is found from the units where it is not.

    Returns
    -------
    matters
        As `approval`, with ``change_id`` first; the deciding matter of all stands first. Empty
        where villages change within one township only.

    Raises
    ------
    UnknownIdError
        If a kind is not known.

    Examples
    --------
    >>> units = pd.DataFrame({"unit_code": ["v", "a", "b"], "parent_code": ["a", None, None],
    ...                       "level": ["village", "township", "township"]})
    >>> change = pd.DataFrame({"change_id": ["1"], "kind": "transfer", "from_codes": "v",
    ...                        "to_codes": "b"})
    >>> approvals(change, units)[["level", "matter", "authority"]].values.tolist()
    [['township', 'boundary', 'province']]
    """
    units = before.drop_duplicates("unit_code").set_index("unit_code", drop=False)
    ladder = ladder_of(before, units)
    parts = []
    for row in each(changes):
        donors = [c for c in codes_in(row.from_codes) if c in units.index]
        level = str(units["level"].get(donors[0], "")) if donors else ""
        asked = {(m, "transfer"): True for m in _levels_apart(row, donors, ladder)}
        if level in LEVELS[:-1]:
            asked[level, str(row.kind)] = getattr(row, "geometry", None) is not None
        for (at, kind), with_land in asked.items():
            told = {"street": at == level and _streets(row, units)} | facts
            found = approval(kind, at, with_land=with_land, **told)
            parts.append(found.assign(change_id=str(row.change_id)))
    columns = ["change_id", *Approval._fields, "clause"]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts)[columns].drop_duplicates(["change_id", "level", "matter"])
    return table.sort_values("authority", key=lambda a: a.map(_RANK.index), kind="stable",
                             ignore_index=True)  # fmt: skip


def _levels_apart(row: Any, donors: list[str], ladder: pd.DataFrame) -> list[str]:
    """Return the levels above the givers at which land goes to another unit."""
    receivers = [c for c in codes_in(row.to_codes) if c in ladder.index]
    parent = codes_in(getattr(row, "parent_code", ""))  # of a unit that is not there yet
    above = receivers or [c for c in parent if c in ladder.index]
    out = []
    for level in LEVELS[:-1]:
        old, new = (ladder.loc[codes, level].dropna() for codes in (donors, above))
        old = old[old.to_numpy() != old.index.to_numpy()]  # a giver is not above itself
        if len({*old, *new}) > 1:
            out.append(level)
    return out


def _streets(row: Any, units: pd.DataFrame) -> bool:
    """Tell whether all units of a change that are there are street offices."""
    codes = [c for c in (*codes_in(row.from_codes), *codes_in(row.to_codes)) if c in units.index]
    kinds = units["kind"].reindex(codes) if "kind" in units else pd.Series(dtype=object)
    return len(kinds) > 0 and bool((kinds == "street").all())


def _lifted(row: Approval, *, special_area: bool, autonomous: bool) -> Approval:
    """Return the row with the State Council where the case is above the province's power."""
    above = row.authority == _PROVINCE[0] and (
        special_area or row.matter == "boundary" or (autonomous and row.matter == "seat")
    )
    if not above:
        return row
    return row._replace(authority=_COUNCIL[0], authority_zh=_COUNCIL[1], filed=False)


DOSSIER: dict[str, tuple[str, str]] = {
    "application": ("申请书", "application"),
    "conditions": ("历史、地理、民族、经济、人口、资源环境、行政区域面积和隶属关系情况",
                   "history, geography, peoples, economy, population, resources, area, parent"),
    "risk_report": ("风险评估报告", "risk assessment report"),
    "expert_report": ("专家论证报告", "expert report"),
    "public_opinion": ("征求社会公众等意见的情况", "public opinion"),
    "maps": ("变更前后的行政区划图", "maps before and after"),
    "other": ("其他应当提交的材料", "other material asked for"),
}  # fmt: skip
"""The dossier (申报材料, 行政区划管理条例第十三条)."""
_OPTIONAL = ("other",)


def dossier(present: Collection[str] = ()) -> pd.DataFrame:
    """
    Return the dossier of a change, with what is there and what is missing (Art. 13).

    Parameters
    ----------
    present
        Keys of `DOSSIER` that are there.

    Returns
    -------
    list
        One row per item: ``item``, ``title_zh``, ``title_en``, ``status`` (``present``,
        ``missing``, ``if_asked``), ``clause``.

    Raises
    ------
    UnknownIdError
        If an item is not in the list.

    Examples
    --------
    >>> dossier(["maps"])["status"].value_counts().to_dict()
    {'missing': 5, 'present': 1, 'if_asked': 1}
    """
    for item in present:
        if item not in DOSSIER:
            raise UnknownIdError.among("item", "材料", item, DOSSIER)
    absent = {i: "if_asked" if i in _OPTIONAL else "missing" for i in DOSSIER}
    rows = [(i, *DOSSIER[i], "present" if i in present else absent[i], f"{_LAW} 第十三条")
            for i in DOSSIER]  # fmt: skip
    return pd.DataFrame(rows, columns=["item", "title_zh", "title_en", "status", "clause"])


def deadlines(approved_on: date | None, policy: Policy, *, extended: bool = False) -> pd.DataFrame:
    """
    Return by when a change must be carried out after its approval (Art. 15 to 18).

    Parameters
    ----------
    approved_on
        Day of approval; None where it is not approved yet.
    policy
        Gives the terms: 12 months, 6 more with approval, the code within 1 month.
    extended
        Whether the longer term was approved.

    Returns
    -------
    deadlines
        ``step``, ``title_zh``, ``title_en``, ``term_month`` (after the approval), ``due_on``, both
        missing where the law as read sets no day, the latter before the approval too, ``clause``.
        Months are calendar months; the last day counts.

    Examples
    --------
    >>> from datetime import date
    >>> from geoplan.io import read_policy
    >>> due = deadlines(date(2026, 3, 31), read_policy("suizhou-2022")).set_index("step")["due_on"]
    >>> str(due["complete"].date()), str(due["code"].date())
    ('2027-03-31', '2026-04-30')
    """
    done = int(policy.value("division_change_term_month"))
    done += int(policy.value("division_change_extension_month")) if extended else 0
    code = int(policy.value("division_code_term_month"))
    rows = [
        ("complete", "完成变更", "change carried out", done, f"{_LAW} 第十五条"),
        ("demarcate", "勘定界线、更新行政区划图", "new line demarcated, map updated", pd.NA,
         f"{_LAW} 第十六条；行政区域界线管理条例 第九条"),
        ("code", "确定区划代码", "division code fixed", code, f"{_LAW} 第十七条"),
        ("notice", "向社会公告", "public notice", pd.NA, f"{_LAW} 第十八条"),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["step", "title_zh", "title_en", "term_month", "clause"])
    start = pd.NaT if approved_on is None else pd.Timestamp(approved_on)
    due = [pd.NaT if pd.isna(m) else start + pd.DateOffset(months=m) for m in table["term_month"]]
    table.insert(4, "due_on", pd.Series(due, dtype="datetime64[s]"))
    return table.astype({"term_month": "Int64"})
