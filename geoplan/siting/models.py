"""One door to all models (选址模型): `solve` finds the model by its name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from geoplan.errors import InputError, UnknownIdError
from geoplan.siting.checked import EXISTING
from geoplan.siting.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geoplan.siting.plan import Plan
    from geoplan.siting.problem import CoverageProblem
    from geoplan.siting.watch import Progress

MODELS: Mapping[str, str] = {
    "lscp": "geoplan.siting.covering",
    "k_cover": "geoplan.siting.covering",
    "mclp": "geoplan.siting.max_cover",
    "p_median": "geoplan.siting.median",
    "capacitated": "geoplan.siting.capacitated",
    "p_center": "geoplan.siting.center",
    "p_dispersion": "geoplan.siting.dispersion",
    "close_gap": "geoplan.siting.close_gap",
}
"""Name of a model -> the module whose ``solve`` answers it."""


class Ask(NamedTuple):
    """What a model is asked: see `solve`. ``p`` counts new sites; existing ones are open anyway."""

    problem: CoverageProblem
    model: str
    p: int | None
    budget: float | None
    seed: int
    watch: Watch
    options: Mapping[str, Any]


def solve(  # noqa: PLR0913  (one parameter each)
    problem: CoverageProblem, *, model: str, p: int | None = None, budget: float | None = None,
    seed: int = 0, time_limit_s: float | None = None, step_limit: int | None = None,
    progress: Progress | None = None, cancelled: Callable[[], bool] | None = None, **options: Any,
) -> Plan:  # fmt: skip
    """
    Choose sites.

    Parameters
    ----------
    problem
        Who reaches what.
    model
        One of `MODELS`.
    p
        How many new sites: exactly as many as models need it for, at most as many for ``mclp``.
    budget
        Most that the new sites may cost.
    seed
        With ``step_limit`` it decides the answer; the same two give the same answer.
    time_limit_s
        Wall time after which the best answer so far is returned.
    step_limit
        Most steps of the search; None for the model's own number.
    progress
        Is told the share done and a word.
    cancelled
        Is asked now and then whether to stop; Ctrl-C does the same.
    **options
        Of the model; see its module.

    Returns
    -------
    plan
        Always with objective, bound and status. What has no answer is no error: the plan is
        ``infeasible``, says why, and names the nearest parameters that have one.

    Raises
    ------
    UnknownIdError
        If there is no such model.
    InputError
        If a parameter is negative or not a number, or the model does not know an option.
    """
    if model not in MODELS:
        raise UnknownIdError.among("siting model", "选址模型", model, MODELS)
    free = int((problem.usable & (problem.state != EXISTING)).sum())
    if p is not None and not (isinstance(p, int) and p >= 0):
        raise _bad("p", p, "a whole number from 0", "从 0 起的整数")
    if p is not None and p > free:
        raise _bad("p", p, f"at most {free}, the candidates there are", f"不超过备选点数 {free}")
    if budget is not None and not budget >= 0:
        raise _bad("budget", budget, "0 or more", "0 或更大")
    watch = Watch(time_limit_s, step_limit, progress=progress, cancelled=cancelled)
    answer = import_module(MODELS[model]).solve
    return cast("Plan", answer(Ask(problem, model, p, budget, seed, watch, options)))


def _bad(name: str, value: object, want: str, want_zh: str) -> InputError:
    return InputError(
        f"{name} is {value}.", zh=f"{name} 为 {value}。", fix=f"give {want}",
        fix_zh=f"应为{want_zh}", parameter=name,
    )  # fmt: skip
