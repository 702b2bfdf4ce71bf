"""HiGHS (精确求解器), given arrays: the exact answer of a small core, or how near it came."""

from __future__ import annotations

import os
import sys
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import highspy
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy import sparse

    from geoplan.siting.watch import Watch

    Array = npt.NDArray[Any]


_LOCK = Lock()
_SEARCHES = (
    "mip_allow_restart", "mip_heuristic_run_rins", "mip_heuristic_run_rens",
    "mip_heuristic_run_root_reduced_cost", "mip_heuristic_run_feasibility_jump",
)  # fmt: skip


class Found(NamedTuple):
    """Values of the columns (None if none were found), the bound, and whether it is proved."""

    x: Array | None
    bound: float
    optimal: bool
    infeasible: bool


def minimise(  # noqa: PLR0913
    cost: Array, matrix: sparse.csr_array[Any], row_low: Array, row_high: Array, *,
    low: Array, high: Array, whole: Array, watch: Watch, start: Array | None = None,
    gap: float = 0.0, most_s: float | None = None, most_nodes: int | None = None, seed: int = 0,
    prove: bool = False,
) -> Found:  # fmt: skip
    """
    Minimise ``cost @ x`` with ``row_low <= matrix @ x <= row_high`` and ``low <= x <= high``.

    Parameters
    ----------
    cost, low, high
        One per column.
    matrix
        Rows by columns.
    row_low, row_high
        One per row; infinite for none.
    whole
        Which columns are whole numbers.
    watch
        Its clock and its wish to stop cut the search.
    start
        Values to begin with.
    gap
        Share at which it is near enough.
    most_s
        Most seconds, beside the clock of ``watch``.
    most_nodes
        Most nodes of its tree: an effort that gives the same answer on any machine.
    seed
        Of the solver.
    prove
        The start is believed to be the best: look for the proof alone. On maximal covers of 1,000
        by 200 that takes a tenth of the time.

    Returns
    -------
    found
        The best found, and no better than ``bound``.
    """
    solver = _solver()
    limits = [s for s in (watch.left_s, most_s) if s is not None]
    for name, value in (
        ("output_flag", False), ("threads", 1), ("random_seed", seed), ("mip_rel_gap", gap),
        ("time_limit", min(limits, default=float("inf"))),
        ("mip_max_nodes", 2**31 - 1 if most_nodes is None else most_nodes),
        *(((name, False) for name in _SEARCHES) if prove else ()),
    ):  # fmt: skip
        solver.setOptionValue(name, value)
    solver.passModel(_model(cost, matrix, row_low, row_high, low, high, whole))
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        solver.setSolution(solution)
    _listen(solver, watch)
    if solver.run() == highspy.HighsStatus.kError:  # also where Ctrl-C met it between two calls
        watch.interrupted()
        return Found(None, -np.inf, optimal=False, infeasible=False)
    return _found(solver, bool(whole.any()))


def _solver() -> highspy.Highs:
    """Make a solver; its first one greets on standard output, where others read our answers."""
    sys.stdout.flush()
    with _LOCK:
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 1)
            return highspy.Highs()
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            os.close(nowhere)


def _listen(solver: highspy.Highs, watch: Watch) -> None:
    """Let a wish to stop, or Ctrl-C, end the solver as its clock does."""

    def heard(event: Any) -> None:
        try:
            stop = watch.over()
        except KeyboardInterrupt:
            watch.interrupted()
            stop = True
        if stop:
            event.interrupt()

    solver.HandleKeyboardInterrupt = False
    for moment in (solver.cbMipInterrupt, solver.cbSimplexInterrupt):
        moment.subscribe(heard)


def _model(
    cost: Array, matrix: sparse.csr_array[Any], row_low: Array, row_high: Array, low: Array,
    high: Array, whole: Array,
) -> highspy.HighsLp:  # fmt: skip
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, low, high
    model.row_lower_, model.row_upper_ = row_low, row_high
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    model.a_matrix_.index_ = matrix.indices.astype(np.int32)
    model.a_matrix_.value_ = matrix.data.astype(np.float64)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[int(w)] for w in whole]
    return model


def _found(solver: highspy.Highs, is_mip: bool) -> Found:  # noqa: FBT001
    status, info = solver.getModelStatus(), solver.getInfo()
    known = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.asarray(solver.getSolution().col_value) if known else None
    optimal = status == highspy.HighsModelStatus.kOptimal
    if is_mip and optimal:  # given a start, 1.16 may call it so although its bound is far below
        best = info.objective_function_value
        _, gap = solver.getOptionValue("mip_rel_gap")
        optimal = best - info.mip_dual_bound <= (float(gap) + 1e-6) * max(1.0, abs(best))
    bound = info.mip_dual_bound if is_mip else info.objective_function_value
    return Found(
        values, float(bound) if is_mip or optimal else -np.inf, optimal,
        status == highspy.HighsModelStatus.kInfeasible,
    )  # fmt: skip
