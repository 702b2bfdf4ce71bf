"""What a siting problem is given, checked and put in order (输入检查)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.errors import InputError
from geoplan.network.graph import pointer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[Any]

FREE, EXISTING, FORCED, FORBIDDEN = 0, 1, 2, 3
"""State of a candidate: may be opened; is there already, at no cost; must be opened; must not."""


def parts(  # noqa: PLR0913  (one per part of the problem)
    demand: npt.ArrayLike, candidate: npt.ArrayLike, minutes: npt.ArrayLike | None, *,
    weight: npt.ArrayLike, candidates: int | None, site_cost: npt.ArrayLike | None,
    capacity: npt.ArrayLike | None, area_m2: npt.ArrayLike | None, existing: Sequence[int],
    forced: Sequence[int], forbidden: Sequence[int], demand_ids: Sequence[object] | None,
    candidate_ids: Sequence[object] | None, group: Sequence[object] | None,
    limit_min: float | None,
) -> tuple[Any, ...]:  # fmt: skip
    """Return the parts of a problem, in order; see `CoverageProblem.from_arrays`."""
    people = _amounts("weight", weight, None)
    if not people.sum() > 0:
        raise wrong("Nobody has any weight.", "需求的权重全为零。",
                    "give how many people, elders or households there are at each demand",
                    "请给出各需求点的人数或户数", parameter="weight")  # fmt: skip
    column = _numbers("candidate", candidate)
    count = _count(column, candidates, candidate_ids, site_cost)
    ptr, column, time_min = _pairs(_numbers("demand", demand), column, minutes, len(people), count,
                                   limit_min)  # fmt: skip
    groups, names = _groups(group, len(people))
    return (
        ptr, column, time_min, people,
        np.ones(count) if site_cost is None else _amounts("site_cost", site_cost, count),
        np.full(count, np.inf) if capacity is None
        else _amounts("capacity", capacity, count, infinite=True),
        np.full(count, np.nan) if area_m2 is None
        else _amounts("area_m2", area_m2, count, unknown=True),
        _states(count, existing, forced, forbidden),
        _ids("demand_ids", demand_ids, len(people)), _ids("candidate_ids", candidate_ids, count),
        groups, names, limit_min,
    )  # fmt: skip


def _amounts(
    name: str, values: npt.ArrayLike, count: int | None, *, infinite: bool = False,
    unknown: bool = False,
) -> npt.NDArray[np.float64]:  # fmt: skip
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise wrong(f"{name} has what is no number.", f"{name} 中有非数字。", "give numbers",
                    "请给出数字", parameter=name) from None  # fmt: skip
    if found.ndim != 1 or (count is not None and len(found) != count):
        raise wrong(f"{name} has the shape {found.shape}, not ({count},).",
                    f"{name} 的形状为 {found.shape}，应为 ({count},)。", "give one number each",
                    "每项一个数", parameter=name)  # fmt: skip
    bad = (found < 0) | (np.isnan(found) & (not unknown)) | (np.isinf(found) & (not infinite))
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise wrong(f"{name} is {found[at]} at {at}.", f"{name} 第 {at} 项为 {found[at]}。",
                    "give 0 or more", "应为 0 或更大的数", parameter=name, row=at)  # fmt: skip
    return found


def _numbers(name: str, values: npt.ArrayLike) -> Array:
    found = np.asarray(values)
    if found.ndim != 1 or (len(found) and found.dtype.kind not in "iu"):
        raise wrong(f"{name} has the type {found.dtype}, not whole numbers in a row.",
                    f"{name} 应为一列整数，现为 {found.dtype}。", "give the numbers of the pairs",
                    "请给出各对的编号", parameter=name)  # fmt: skip
    return found.astype(np.int64)


def _count(
    column: Array, candidates: int | None, ids: Sequence[object] | None,
    cost: npt.ArrayLike | None,
) -> int:  # fmt: skip
    if candidates is not None:
        return candidates
    if ids is not None:
        return len(ids)
    if cost is not None:
        return len(np.asarray(cost))
    return int(column.max(initial=-1)) + 1


def _pairs(
    row: Array, column: Array, minutes: npt.ArrayLike | None, demands: int, count: int,
    limit_min: float | None,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Return pairs by demand, then candidate; of those given twice the nearer."""
    time_min = np.zeros(len(row)) if minutes is None else _amounts("minutes", minutes, len(row))
    if len(row) != len(column):
        raise wrong(f"{len(row)} demands and {len(column)} candidates are no pairs.",
                    f"需求 {len(row)} 项与备选点 {len(column)} 项不成对。",
                    "give as many of both", "两者应等长")  # fmt: skip
    for name, numbers, most in (("demand", row, demands), ("candidate", column, count)):
        bad = np.flatnonzero((numbers < 0) | (numbers >= most))
        if len(bad):
            value = int(numbers[bad[0]])
            raise wrong(f"{name} {value} is not one of the {most}.",
                        f"{name} 编号 {value} 不在 0 至 {most - 1} 内。",
                        f"give numbers from 0 to {most - 1}", f"应为 0 至 {most - 1}",
                        parameter=name, row=int(bad[0]))  # fmt: skip
    if limit_min is not None:
        near = time_min <= limit_min
        row, column, time_min = row[near], column[near], time_min[near]
    order = np.lexsort((time_min, column, row))
    row, column, time_min = row[order], column[order], time_min[order]
    first = np.r_[True, (row[1:] != row[:-1]) | (column[1:] != column[:-1])][: len(row)]
    row, column, time_min = row[first], column[first], time_min[first]
    return pointer(row, demands), column.astype(np.int32), time_min


def _states(
    count: int, existing: Sequence[int], forced: Sequence[int], forbidden: Sequence[int]
) -> Array:
    out = np.full(count, FREE, np.int8)
    for name, numbers, state in (("existing", existing, EXISTING), ("forced", forced, FORCED),
                                 ("forbidden", forbidden, FORBIDDEN)):  # fmt: skip
        for number in numbers:
            if not 0 <= number < count:
                raise wrong(f"{name} {number} is no candidate.", f"{name}：{number} 不是备选点。",
                            f"give numbers from 0 to {count - 1}", f"应为 0 至 {count - 1}",
                            parameter=name)  # fmt: skip
            if out[number] not in {FREE, state}:
                raise wrong(f"Candidate {number} is {name} and something else.",
                            f"备选点 {number} 同时列入 {name} 与另一类。",
                            "name each candidate once among existing, forced and forbidden",
                            "每个备选点只能列入一类", parameter=name)  # fmt: skip
            out[number] = state
    return out


def _ids(name: str, ids: Sequence[object] | None, count: int) -> Array:
    if ids is None:
        return np.arange(count).astype(str).astype(object)
    found = np.empty(len(ids), dtype=object)
    found[:] = [str(i) for i in ids]
    twice = pd.Series(found).duplicated()
    if len(found) != count or twice.any():
        said = f"{found[twice][0]} twice" if twice.any() else f"{len(found)} ids for {count}"
        raise wrong(f"{name}: {said}.", f"{name}：{said}。", "give each its own id",
                    "每项一个不同的标识", parameter=name)  # fmt: skip
    return found


def _groups(group: Sequence[object] | None, count: int) -> tuple[Array, tuple[str, ...]]:
    if group is None:
        return np.full(count, -1, np.int32), ()
    if len(group) != count:
        raise wrong(f"group has {len(group)} values for {count} demands.",
                    f"group 有 {len(group)} 项，需求 {count} 项。", "give one each", "每项一个",
                    parameter="group")  # fmt: skip
    codes, names = pd.factorize(pd.Series(list(group), dtype=object), sort=True)
    return codes.astype(np.int32), tuple(str(n) for n in names)


def wrong(what: str, zh: str, fix: str, fix_zh: str, **context: object) -> InputError:
    """Return the error for a problem that cannot be."""
    return InputError(what, zh=zh, fix=fix, fix_zh=fix_zh, **context)


def only_options(model: str, options: Mapping[str, Any], known: Collection[str]) -> None:
    """
    Refuse options that a model does not have.

    Raises
    ------
    InputError
        If there is one.
    """
    for name in sorted(set(options) - set(known)):
        raise wrong(f"{model} has no option {name!r} here.", f"{model} 在此没有选项 {name!r}。",
                    f"choose among {', '.join(sorted(known)) or 'none'}",
                    f"可用的选项：{'、'.join(sorted(known)) or '无'}", parameter=name)  # fmt: skip
