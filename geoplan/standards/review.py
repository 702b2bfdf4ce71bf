"""Review of one new estate (新建小区审查): its rooms for elders against the rules, in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.errors import InputError
from geoplan.units import show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.policy import Policy

COLUMNS = ("item", "title_zh", "title_en", "clause", "value", "operator", "target", "unit",
           "status", "gap", "basis", "basis_note_zh", "basis_note_en", "remark_zh",
           "remark_en")  # fmt: skip


def review_estate(
    estate: Mapping[str, Any],
    rooms: pd.DataFrame,
    policy: Policy,
    *,
    status: str = "new",
) -> pd.DataFrame:
    """
    Review the elder-care rooms of one planned or newly built estate.

    Parameters
    ----------
    estate
        ``name``, ``households`` (> 0), and where known ``phases`` (number of building phases).
    rooms
        One row per room: ``floor_m2``, and where known ``phase`` (1 is the first),
        ``floor_level`` (1 is the ground floor) and ``housing_done_pct`` (share of the housing
        that is complete when the room is).
    policy
        The norms: ELD-03 of the class, the Hubei rules for new estates.
    status
        Class of ELD-03 that applies: ``new`` or ``existing``.

    Returns
    -------
    review
        Columns `COLUMNS`, one row per rule: floor, one piece, least size, first phase, order of
        completion, floor level. What is not stated is ``no_data``, never a fail.

    Raises
    ------
    InputError
        If the estate has no households, or a room no usable area.
    UnknownIdError
        If the policy lacks ELD-03.

    Notes
    -----
    Clauses: 随政发〔2022〕3号 四(一)1(1); 湖北省新建住宅小区配建养老服务设施四同步办法（试行）2022.

    Examples
    --------
    250 households, one room of 30 m², 20 m² per hundred households (G7): 20 m² short.

    >>> from geoplan.io import read_policy
    >>> table = review_estate({"name": "甲", "households": 250},
    ...                       pd.DataFrame({"floor_m2": [30.0]}), read_policy("suizhou-2022"))
    >>> print(table.loc[0, "target"], table.loc[0, "gap"], table.loc[0, "status"])
    50.0 20.0 not_met
    """
    households = _households(estate)
    sizes = _sizes(rooms)
    rule = policy.rule("ELD-03")
    per_100 = rule.target(status if rule.classes else None)
    need_m2 = per_100 * households / 100.0
    total = float(sizes.sum())
    found = [
        _row(rule, "floor", "养老服务用房面积", "Floor for elder care", total, need_m2, "m2",
             zh=f"{households:,.0f} 户 × {per_100:g} ÷ 100 = {show(need_m2, 'm2')} 平方米",
             en=f"{households:,.0f} households x {per_100:g} / 100 = {show(need_m2, 'm2')} m2"),
        _one_piece(policy, sizes, need_m2, total),
    ]  # fmt: skip
    least = next((c.min_single_m2 for c in rule.classes if c.status == status), None)
    if least is not None:
        biggest = float(sizes.max()) if len(sizes) else 0.0
        found.append(_row(rule, "single", "单处面积", "Size of one room", biggest, least, "m2"))
    found += [_first_phase(policy, estate, rooms), _in_time(policy, rooms), _level(policy, rooms)]
    return pd.DataFrame(found, columns=list(COLUMNS))


def _households(estate: Mapping[str, Any]) -> float:
    value = estate.get("households")
    count = float("nan") if value is None or pd.isna(value) else float(value)
    if not count > 0 or np.isinf(count):
        raise InputError(
            f"Estate {estate.get('name', '')!r} has households = {value!r}.",
            zh=f"小区“{estate.get('name', '')}”的户数为 {value!r}，无法审查。",
            fix="give the planned number of households, more than 0",
            fix_zh="填写规划户数，应大于 0",
            field="households",
        )
    return count


def _sizes(rooms: pd.DataFrame) -> pd.Series[float]:
    column = rooms["floor_m2"] if "floor_m2" in rooms.columns else pd.Series(dtype=float)
    sizes = pd.to_numeric(column, errors="coerce").astype("float64")
    if sizes.isna().any() or (sizes <= 0).any() or np.isinf(sizes).any():
        bad = column[(sizes.isna() | (sizes <= 0)).to_numpy(dtype=bool)].tolist()
        raise InputError(
            f"Rooms have floor_m2 = {bad}.",
            zh=f"用房面积 {bad} 无效。",
            fix="give every room its floor area in m2, more than 0; leave out rooms not planned",
            fix_zh="每处用房填写大于 0 的建筑面积（平方米）；未规划的不列",
            field="floor_m2",
        )
    return sizes


def _row(  # noqa: PLR0913
    norm: Any, item: str, zh_title: str, en_title: str, value: float, target: float, unit: str,
    *, zh: str = "", en: str = "", status: str = "", operator: str = ">=",
    gap: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    enough = value >= target - 1e-9 if operator == ">=" else value <= target + 1e-9
    short = max(0.0, target - value) if operator == ">=" else max(0.0, value - target)
    return {
        "item": item, "title_zh": zh_title, "title_en": en_title, "clause": norm.clause,
        "value": value, "operator": operator, "target": target, "unit": unit,
        "status": status or ("met" if enough else "not_met"),
        "gap": short if gap is None else gap, "basis": norm.basis,
        "basis_note_zh": norm.basis_note("zh"), "basis_note_en": norm.basis_note("en"),
        "remark_zh": zh, "remark_en": en,
    }  # fmt: skip


def _one_piece(
    policy: Policy, sizes: pd.Series[float], need_m2: float, total: float
) -> dict[str, Any]:
    """Not fragmented: one room holds what the estate must have."""
    norm = policy.parameter("hubei_new_estate_compliance_pct")
    biggest = float(sizes.max()) if len(sizes) else 0.0
    row = _row(norm, "one_piece", "集中设置，不得拆分零碎", "In one piece", biggest,
               min(need_m2, total) if total else need_m2, "m2",
               zh=f"共 {len(sizes)} 处，最大一处 {show(biggest, 'm2')} 平方米",
               en=f"{len(sizes)} rooms, the largest {show(biggest, 'm2')} m2")  # fmt: skip
    return row if len(sizes) else row | {"status": "not_met"}


def _unsaid(norm: Any, item: str, zh_title: str, en_title: str, zh: str, en: str) -> dict[str, Any]:
    return _row(norm, item, zh_title, en_title, np.nan, np.nan, "none", zh=zh, en=en,
                status="no_data", gap=np.nan)  # fmt: skip


def _first_phase(policy: Policy, estate: Mapping[str, Any], rooms: pd.DataFrame) -> dict[str, Any]:
    norm = policy.parameter("hubei_phase_deadline_pct")
    title = ("分期开发的，在首期安排", "In the first phase")
    phases = pd.to_numeric(rooms.get("phase", pd.Series(dtype=float)), errors="coerce").dropna()
    count = estate.get("phases")
    if count is not None and not pd.isna(count) and float(count) <= 1:
        return _row(norm, "phase", *title, 1.0, 1.0, "none", zh="不分期", en="one phase only",
                    operator="<=")  # fmt: skip
    if phases.empty or len(phases) < len(rooms):
        return _unsaid(norm, "phase", *title, "未填用房所在的期", "phase of the rooms not stated")
    last = float(phases.max())
    return _row(norm, "phase", *title, last, 1.0, "none", operator="<=",
                zh=f"用房最晚在第 {last:g} 期",
                en=f"the last room is in phase {last:g}")  # fmt: skip


def _in_time(policy: Policy, rooms: pd.DataFrame) -> dict[str, Any]:
    norm = policy.parameter("hubei_phase_deadline_pct")
    title = ("在住宅完成一半之前建成", "Done before half of the housing")
    column = rooms.get("housing_done_pct", pd.Series(dtype=float))
    share = pd.to_numeric(column, errors="coerce").dropna()
    if share.empty or len(share) < len(rooms):
        return _unsaid(norm, "order", *title, "未填建成时的住宅完成比例",
                       "share of housing done by then not stated")  # fmt: skip
    return _row(
        norm,
        "order",
        *title,
        float(share.max()),
        policy.value("hubei_phase_deadline_pct"),
        "pct",
        operator="<=",
    )


def _level(policy: Policy, rooms: pd.DataFrame) -> dict[str, Any]:
    norm = policy.parameter("site_min_floor_level")
    title = ("不设在地下、半地下或夹层", "Not below ground")
    column = rooms.get("floor_level", pd.Series(dtype=float))
    level = pd.to_numeric(column, errors="coerce").dropna()
    if level.empty or len(level) < len(rooms):
        return _unsaid(norm, "level", *title, "未填楼层", "floor level not stated")
    return _row(
        norm, "level", *title, float(level.min()), policy.value("site_min_floor_level"), "none"
    )
