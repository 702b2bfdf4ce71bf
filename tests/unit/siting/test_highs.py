"""The exact solver as we ask it: proof alone, a wish to stop, and no bound where it failed."""

from __future__ import annotations

import highspy
import numpy as np
import pytest
from scipy import sparse

from geoplan.siting import highs
from geoplan.siting.watch import Watch


def cover(rows=120, columns=60, seed=3):
    """A set covering that its presolve does not settle."""
    rng = np.random.default_rng(seed)
    matrix = sparse.csr_array((rng.random((rows, columns)) < 0.08).astype(float))
    matrix = sparse.csr_array(matrix[np.diff(matrix.indptr) > 1])
    return matrix, rng.integers(3, 9, columns).astype(float)


def ask(watch, **more):
    matrix, cost = cover()
    rows, columns = matrix.shape
    return highs.minimise(
        cost, matrix, np.ones(rows), np.full(rows, np.inf), low=np.zeros(columns),
        high=np.ones(columns), whole=np.ones(columns, bool), watch=watch, **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def best():
    found = ask(Watch())
    assert found.optimal
    return found


def test_proof_alone_gives_the_same_optimum_from_a_good_start_or_a_bad_one(best):
    matrix, cost = cover()
    for start in (best.x, np.ones(len(cost))):
        found = ask(Watch(), start=start, prove=True)
        assert found.optimal
        assert cost @ found.x == pytest.approx(cost @ best.x)
        assert (matrix @ found.x > 1 - 1e-6).all()


def stopping(how):
    """A wish to stop that comes when the solver has asked a few times."""
    asked = iter(range(10**9))
    return Watch(cancelled=lambda: next(asked) > 3 and how())


def interrupt():
    raise KeyboardInterrupt


@pytest.mark.parametrize("how", [lambda: True, interrupt])
def test_a_wish_to_stop_and_ctrl_c_are_heard_inside_the_solver(how, best):
    watch = stopping(how)
    found = ask(watch)
    assert watch.cut == "cancelled"
    assert not found.optimal
    _, cost = cover()
    assert found.bound <= cost @ best.x + 1e-6


def test_a_solver_that_failed_bounds_nothing(monkeypatch):
    monkeypatch.setattr(highspy.Highs, "run", lambda _: highspy.HighsStatus.kError)
    watch = Watch()
    assert ask(watch) == highs.Found(None, -np.inf, optimal=False, infeasible=False)
    assert watch.cut == "cancelled"
