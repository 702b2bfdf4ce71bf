"""
The siting problem (选址问题): who can reach which candidate, how many they are, what a site costs.

One sparse matrix, demand by candidate, holds the minutes of the pairs within reach; no model needs
another, and none makes a dense one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from geoplan.siting import checked, on_network
from geoplan.siting.checked import EXISTING, FORBIDDEN, FORCED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import numpy.typing as npt

    from geoplan.network import Direction, Network, Snap
    from geoplan.service_circles import Doors

    Array = npt.NDArray[Any]
    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CoverageProblem:
    """
    Demand, candidates and the pairs within reach; see `from_arrays` and `from_network`.

    Parameters
    ----------
    ptr, candidate, minutes
        Demand ``i`` reaches ``candidate[ptr[i]:ptr[i + 1]]`` (rising) in ``minutes``.
    weight
        People, elders or households of each demand; zero or more, not all zero.
    site_cost
        Of opening each candidate.
    capacity
        How much weight each candidate can serve; infinite where unknown.
    area_m2
        Area each candidate offers; NaN where unknown.
    state
        `FREE`, `EXISTING`, `FORCED` or `FORBIDDEN`.
    demand_ids, candidate_ids
        Names, unique.
    group
        Number of the group (county, urban or rural) of each demand, -1 for none.
    group_names
        Names of the groups.
    limit_min
        What "within reach" means, closed; None if the caller had another rule.
    """

    ptr: Array
    candidate: Array
    minutes: Floats
    weight: Floats
    site_cost: Floats
    capacity: Floats
    area_m2: Floats
    state: Array
    demand_ids: Array
    candidate_ids: Array
    group: Array
    group_names: tuple[str, ...] = ()
    limit_min: float | None = None

    def __len__(self) -> int:
        """Return the number of demands."""
        return len(self.weight)

    @property
    def candidates(self) -> int:
        """Number of candidates."""
        return len(self.site_cost)

    @property
    def open(self) -> Array:
        """Candidates that are in every answer: existing and forced ones."""
        return np.flatnonzero((self.state == EXISTING) | (self.state == FORCED))

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Whether a candidate may be in an answer."""
        return np.asarray(self.state != FORBIDDEN)

    @cached_property
    def row(self) -> npt.NDArray[np.int64]:
        """The demand of each pair."""
        return np.repeat(np.arange(len(self)), np.diff(self.ptr))

    @cached_property
    def cost(self) -> Floats:
        """What opening each candidate adds to a budget: nothing where it exists."""
        return np.where(self.state == EXISTING, 0.0, self.site_cost)

    @cached_property
    def by_candidate(self) -> tuple[Array, Array, Floats]:
        """The same pairs by candidate: pointer, demand (rising), minutes."""
        turned = self.matrix.T.tocsr()
        turned.sort_indices()
        at = turned.data.astype(np.int64) - 1
        return turned.indptr.astype(np.int64), turned.indices.astype(np.int32), self.minutes[at]

    @cached_property
    def matrix(self) -> sparse.csr_array[np.float64]:
        """Pairs as a sparse matrix; what it stores is the number of the pair, from 1."""
        numbers = np.arange(1, len(self.candidate) + 1, dtype=np.float64)
        shape = (len(self), self.candidates)
        return sparse.csr_array((numbers, self.candidate, self.ptr), shape=shape)

    @cached_property
    def reachable(self) -> npt.NDArray[np.bool_]:
        """Whether a demand reaches a usable candidate."""
        out = np.zeros(len(self), bool)
        out[self.row[self.usable[self.candidate]]] = True
        return out

    @classmethod
    def from_arrays(  # noqa: PLR0913  (one per part of the problem)
        cls, demand: npt.ArrayLike, candidate: npt.ArrayLike, minutes: npt.ArrayLike | None = None,
        *, weight: npt.ArrayLike, candidates: int | None = None,
        site_cost: npt.ArrayLike | None = None, capacity: npt.ArrayLike | None = None,
        area_m2: npt.ArrayLike | None = None, existing: Sequence[int] = (),
        forced: Sequence[int] = (), forbidden: Sequence[int] = (),
        demand_ids: Sequence[object] | None = None, candidate_ids: Sequence[object] | None = None,
        group: Sequence[object] | None = None, limit_min: float | None = None,
    ) -> CoverageProblem:  # fmt: skip
        """
        Make a problem from pairs.

        Parameters
        ----------
        demand, candidate
            Numbers of the pairs within reach, any order. Of a pair given twice the nearer counts.
        minutes
            Of each pair; default 0, for models that only ask whether.
        weight
            People of each demand.
        candidates
            How many there are; default one more than the highest number, or as many as
            ``candidate_ids`` or ``site_cost`` name.
        site_cost
            Default 1 each: then a cost counts sites.
        capacity, area_m2
            Default infinite, and unknown.
        existing, forced, forbidden
            Numbers of candidates.
        demand_ids, candidate_ids
            Default their numbers.
        group
            Of each demand, for fairness; None for none.
        limit_min
            Pairs beyond it are dropped.

        Returns
        -------
        problem
            Nothing dense: memory grows with the pairs.

        Raises
        ------
        InputError
            If a number is negative, NaN or out of range, lengths differ, an id comes twice, a
            candidate is both forced and forbidden, or nobody has any weight.

        Examples
        --------
        >>> problem = CoverageProblem.from_arrays([0, 1, 1, 2], [0, 0, 1, 1], weight=[5, 2, 3])
        >>> len(problem), problem.candidates, problem.reachable.all()
        (3, 2, np.True_)
        """
        return cls(*checked.parts(
            demand, candidate, minutes, weight=weight, candidates=candidates, site_cost=site_cost,
            capacity=capacity, area_m2=area_m2, existing=existing, forced=forced,
            forbidden=forbidden, demand_ids=demand_ids, candidate_ids=candidate_ids, group=group,
            limit_min=limit_min,
        ))  # fmt: skip

    @classmethod
    def from_network(  # noqa: PLR0913  (columns by name)
        cls, network: Network, demand: gpd.GeoDataFrame, candidates: gpd.GeoDataFrame, *,
        minutes: float, weight: str = "persons", candidate_id: str = "site_id",
        existing: gpd.GeoDataFrame | None = None, existing_id: str = "facility_id",
        cost: str | None = None, capacity: str | None = None, area: str | None = None,
        group: str | None = None, direction: Direction = "to",
        demand_snap: Snap | Doors | None = None,
    ) -> CoverageProblem:  # fmt: skip
        """
        Make a problem from places on a network.

        Parameters
        ----------
        network
            Made for one profile.
        demand
            Column ``weight``, and ``group`` if named; point or polygon, the network's CRS. Rows
            whose weight is unknown count as nobody.
        candidates
            Column ``candidate_id``, and ``cost``, ``capacity``, ``area`` if named.
        minutes
            The limit, closed.
        existing
            Facilities that are there already; they come after the candidates.
        direction
            ``to`` the site or ``from`` it.
        demand_snap
            Where the demand meets the network, if known: from `network.snap` or
            `service_circles.through_gates`.

        Returns
        -------
        problem
            Demand by its index, candidates by their id.

        Raises
        ------
        InputError
            As `from_arrays`.
        MissingColumnsError
            If a column is absent.
        NotMetricCRSError, MissingCRSError, CRSMismatchError
            If a frame is not in the network's CRS.
        """
        return cls.from_arrays(**on_network.parts(
            network, demand, candidates, minutes=minutes, weight=weight, candidate_id=candidate_id,
            existing=existing, existing_id=existing_id, cost=cost, capacity=capacity, area=area,
            group=group, direction=direction, demand_snap=demand_snap,
        ))  # fmt: skip
