"""Towns (城镇): where the 46 seats lie, how many live in town, how far the streets reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.demo.facts import COUNTIES, Facts, apportion
from geoplan.demo.metres import to_metres

if TYPE_CHECKING:
    import numpy.typing as npt

# Ten seats have no published coordinate: these places are assumed (degrees).
ASSUMED_SEATS: dict[str, tuple[float, float]] = {
    "421303001": (113.3680, 31.7235),
    "421303002": (113.3960, 31.7180),
    "421303004": (113.3850, 31.7480),
    "421303005": (113.3740, 31.6900),
    "421321113": (113.0400, 31.7700),
    "421321114": (112.9600, 31.6700),
    "421321119": (113.0200, 31.9000),
    "421381001": (113.8260, 31.6130),
    "421381004": (113.8350, 31.6420),
    "421381110": (113.6600, 31.5450),
}

# Townships whose streets are one grid.
_CONURBATIONS = (
    ("421303001", "421303002", "421303003", "421303004", "421303005"),
    ("421381001", "421381002", "421381004"),
)
_STREET_DENSITY, _TOWN_DENSITY = 8_500.0, 5_500.0  # residents per km² of built-up area


@dataclass(frozen=True, slots=True)
class Towns:
    """
    The 46 towns and streets, in the order of their codes.

    Parameters
    ----------
    codes
        Unit codes.
    xy
        Seats, EPSG:4547 metres.
    assumed
        True where the place of the seat is assumed.
    urban
        Residents in town (城镇人口), persons.
    radius_m
        Mean radius of the built-up area.
    group
        Number of the street grid; streets of one city share it.
    """

    codes: tuple[str, ...]
    xy: npt.NDArray[np.float64]
    assumed: npt.NDArray[np.bool_]
    urban: npt.NDArray[np.int64]
    radius_m: npt.NDArray[np.float64]
    group: npt.NDArray[np.int64]

    def index(self, code: str) -> int:
        """Return the row of a unit code."""
        return self.codes.index(code)


def towns(facts: Facts, rng: np.random.Generator) -> Towns:
    """
    Place the towns and share the census' urban population among them.

    Parameters
    ----------
    facts
        Units, census and known seats.
    rng
        Source of randomness.

    Returns
    -------
    towns
        Urban residents sum exactly to the county figures; their split is synthetic.
    """
    frame = facts.townships().sort_index()
    codes = tuple(frame.index)
    known = facts.seats[["lon", "lat"]]
    lonlat = np.array([known.loc[c] if c in known.index else ASSUMED_SEATS[c] for c in codes])
    villages = facts.villages()
    communities = villages[villages["kind"] == "community"].groupby("parent_code").size()
    weight = communities.reindex(list(codes)).fillna(0).to_numpy(dtype=np.float64) + 1.0
    weight = weight * rng.lognormal(0.0, 0.15, len(codes))
    urban = np.zeros(len(codes), np.int64)
    for county in COUNTIES:
        rows = np.flatnonzero(frame.index.str.startswith(county))
        share = np.asarray(weight[rows], dtype=np.float64)
        urban[rows] = apportion(share, facts.count(county, "population_urban"))
    density = np.where(frame["kind"] == "street", _STREET_DENSITY, _TOWN_DENSITY)
    group = np.arange(len(codes))
    for members in _CONURBATIONS:
        group[np.isin(codes, members)] = codes.index(members[0])
    return Towns(
        codes=codes,
        xy=to_metres(lonlat),
        assumed=np.array([c not in known.index for c in codes]),
        urban=urban,
        radius_m=np.sqrt(urban / density / np.pi) * 1_000.0,
        group=group,
    )


def village_residents(
    facts: Facts, towns_: Towns, centres: npt.NDArray[np.float64], rng: np.random.Generator
) -> pd.DataFrame:
    """
    Share residents among the village-level units.

    Parameters
    ----------
    facts
        Units and census.
    towns_
        Towns with their urban residents.
    centres
        Village centres, EPSG:4547 metres, in the order of ``facts.villages()``.
    rng
        Source of randomness.

    Returns
    -------
    residents
        Index ``unit_code``; ``urban``, ``rural`` persons. Communities hold town residents,
        villages at the edge of town some; sums are exact per county, and per town for ``urban``.
    """
    villages = facts.villages()
    urban, rural = np.zeros(len(villages), np.int64), np.zeros(len(villages), np.int64)
    community = (villages["kind"] == "community").to_numpy()
    noise = rng.lognormal(0.0, 0.3, len(villages))
    for i, code in enumerate(towns_.codes):
        rows = np.flatnonzero(villages["parent_code"] == code)
        reach = np.hypot(*(centres[rows] - towns_.xy[i]).T) / (towns_.radius_m[i] + 600.0)
        weight = np.where(community[rows], 1.0, 0.15 * np.exp(-(reach**2)) * (reach < 1.6))
        urban[rows] = apportion(weight * noise[rows], int(towns_.urban[i]))
    for county in COUNTIES:
        rows = np.flatnonzero((villages["county_code"] == county).to_numpy() & ~community)
        left = facts.count(county, "population") - facts.count(county, "population_urban")
        rural[rows] = apportion(noise[rows], left, lower=120)
    return pd.DataFrame({"urban": urban, "rural": rural}, index=villages.index)
