"""
Siting (选址): where the next facility goes, how far from the best possible, and why.

>>> from geoplan import siting
>>> problem = siting.CoverageProblem.from_arrays([0, 1, 1, 2], [0, 0, 1, 1], weight=[5, 2, 3])
>>> len(problem), problem.candidates
(3, 2)
"""

from __future__ import annotations

from geoplan.siting.models import MODELS, solve
from geoplan.siting.plan import Plan
from geoplan.siting.problem import CoverageProblem

__all__ = ["MODELS", "CoverageProblem", "Plan", "solve"]
