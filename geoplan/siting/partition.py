"""Town partition (乡镇归属划分): each town to exactly one regional centre, by least travel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from geoplan.siting.checked import wrong
from geoplan.siting.models import solve
from geoplan.siting.problem import CoverageProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[Any]


def partition(
    minutes: pd.DataFrame | sparse.sparray | sparse.spmatrix, weight: npt.ArrayLike,
    centres: int | Sequence[object], *, most_share: float | None = None, seed: int = 0,
    time_limit_s: float | None = None, step_limit: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """
    Assign towns to regional centres so that people travel least.

    Parameters
    ----------
    minutes
        From towns (rows) to possible centres (columns). Of a sparse matrix only stored entries
        can be travelled, stored zeros too; of a frame those that are not NaN.
    weight
        Persons of each town, more than none.
    centres
        How many centres are chosen among the columns, or which ones they are: names of the
        frame's columns, numbers of a matrix's.
    most_share
        Share of all persons that no centre may exceed.
    seed, time_limit_s, step_limit, cancelled
        As `geoplan.siting.solve`.

    Returns
    -------
    towns
        Index that of the frame, or the row number; ``centre``, ``minutes``, ``person_min``, each
        town once. ``attrs``: ``status``, ``objective`` and ``bound`` (person-minutes), ``load``
        (share of each centre), and where there is no partition ``reason``, ``reason_zh`` and
        ``nearest``, with no town assigned (None).

    Raises
    ------
    InputError
        If a number is wrong, a town has no persons, or a centre is no column.

    Notes
    -----
    Serves the regional centres (区域性中心) of ELD-12 and ELD-18. The model is ``p_median`` without
    balance and ``capacitated`` with it.
    """
    table = _table(minutes)
    persons = _persons(weight, len(table.towns))
    given, p = _centres(table, centres)
    capacity = None
    if most_share is not None:
        capacity = np.full(len(table.names), _share(most_share) * persons.sum())
    problem = CoverageProblem.from_arrays(
        table.row, table.column, table.minutes, weight=persons, candidates=len(table.names),
        capacity=capacity, existing=given,
        forbidden=np.setdiff1d(np.arange(len(table.names)), given).tolist() if p == 0 else (),
    )  # fmt: skip
    options: dict[str, Any] = {}
    if most_share is None:
        # a town left out costs more than all towns together
        options["beyond_min"] = 2.0 * float(
            _farthest(problem) @ persons / persons.min() + table.minutes.max(initial=0.0) + 1.0
        )
    plan = solve(
        problem, model="capacitated" if capacity is not None else "p_median", p=p, seed=seed,
        time_limit_s=time_limit_s, step_limit=step_limit, cancelled=cancelled, **options,
    )  # fmt: skip
    return _frame(table, persons, plan)


class Table(NamedTuple):
    """Pairs with minutes, and the names of the rows and columns."""

    row: Array
    column: Array
    minutes: Array
    towns: pd.Index[Any]
    names: pd.Index[Any]


def _table(minutes: Any) -> Table:
    if isinstance(minutes, pd.DataFrame):
        values = minutes.to_numpy(float, na_value=np.nan)
        row, column = np.nonzero(~np.isnan(values))
        found = Table(row, column, values[row, column], minutes.index, minutes.columns)
    elif sparse.issparse(minutes):
        anything: Any = minutes
        pairs = sparse.coo_array(anything)
        towns, names = (pd.RangeIndex(n) for n in pairs.shape)
        found = Table(pairs.row, pairs.col, pairs.data, towns, names)
    else:
        kind = type(minutes).__name__
        raise wrong(f"minutes is a {kind}.", f"minutes 类型为 {kind}。",
                    "give a frame or a sparse matrix, towns by centres",
                    "请给出表或稀疏矩阵（乡镇×中心）", parameter="minutes")  # fmt: skip
    if found.names.has_duplicates:
        raise wrong("minutes names a centre twice.", "minutes 中有重名的中心。",
                    "give each column its own name", "列名不可重复",
                    parameter="minutes")  # fmt: skip
    return found


def _persons(weight: npt.ArrayLike, towns: int) -> Array:
    persons = np.asarray(weight, dtype=float)
    if persons.shape != (towns,) or not (np.isfinite(persons) & (persons > 0)).all():
        raise wrong(f"weight is not {towns} numbers above 0.", f"weight 应为 {towns} 个正数。",
                    "give the persons of each town", "请给出各乡镇人数",
                    parameter="weight")  # fmt: skip
    return persons


def _share(value: float) -> float:
    if not 0 < value <= 1:
        raise wrong(f"most_share is {value}.", f"most_share 为 {value}。",
                    "give a share above 0, at most 1", "应为 0 至 1 之间的比例",
                    parameter="most_share")  # fmt: skip
    return float(value)


def _centres(table: Table, centres: int | Sequence[object]) -> tuple[list[int], int]:
    """Return the centres that are given, and how many are to be chosen."""
    if isinstance(centres, bool) or (isinstance(centres, int) and centres < 1):
        raise wrong(f"centres is {centres}.", f"centres 为 {centres}。",
                    "give 1 or more, or their names",
                    "应为不小于 1 的整数或中心名单", parameter="centres")  # fmt: skip
    if isinstance(centres, int):
        return [], centres
    names = list(dict.fromkeys(centres))
    at = table.names.get_indexer(pd.Index(names))
    if not names or (at < 0).any():
        said = "none" if not names else repr(names[int(np.argmin(at))])
        raise wrong(f"centres: {said} is no column of minutes.",
                    f"centres：{said} 不是 minutes 的列。",
                    "name columns", "请填列名", parameter="centres")  # fmt: skip
    return at.tolist(), 0


def _farthest(problem: CoverageProblem) -> Array:
    out = np.zeros(len(problem))
    np.maximum.at(out, problem.row, problem.minutes)
    return out


def _frame(table: Table, persons: Array, plan: Any) -> pd.DataFrame:
    at = plan.assigned.copy()
    about = {"status": plan.status, "objective": plan.objective, "bound": plan.bound,
             "reason": plan.reason, "reason_zh": plan.reason_zh,
             "nearest": dict(plan.nearest)}  # fmt: skip
    if (at < 0).any() and not plan.reason:
        lost = int((at < 0).sum())
        about |= {"status": "infeasible", "objective": np.nan, "bound": np.nan,
                  "reason": f"{lost} towns reach none of the centres.",
                  "reason_zh": f"{lost} 个乡镇无中心可达。"}  # fmt: skip
        if plan.status != "optimal":  # others may reach all towns
            about["status"] = plan.status
    if (at < 0).any():
        at[:] = -1
    key = table.row.astype(np.int64) * len(table.names) + table.column
    nearest = pd.Series(table.minutes, index=key).groupby(level=0).min()
    time_min = nearest.reindex(np.arange(len(at)) * len(table.names) + at).to_numpy(float).copy()
    time_min[at < 0] = np.nan
    names = np.array([*table.names, None], dtype=object)
    load = pd.Series(persons / persons.sum()).groupby(names[at], dropna=True).sum()
    towns = pd.DataFrame(
        {"centre": names[at], "minutes": time_min, "person_min": time_min * persons},
        index=table.towns,
    )
    towns.attrs |= about | {"load": load.to_dict()}
    return towns
