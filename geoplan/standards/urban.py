"""The urban part of a city (城镇口径): its urban communities, their people and facilities alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from geoplan.standards.city import number
from geoplan.standards.daycare import urban_communities

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.standards.city import City


def urban_part(city: City) -> City:
    """
    Return a city of its urban communities only.

    Villages are left out; a township, county or city has the people and households of its
    urban communities, unknown where one of them is unknown. Townships without an urban community
    are left out. Facilities count where they lie in such a community; those known only by
    their street count too. Figures of registers are left out: they are of the whole.

    Parameters
    ----------
    city
        Prepared; the policy says whether communities in towns and functional units are urban.

    Returns
    -------
    urban
        Ready for the measures.
    """
    communities = urban_communities(city)
    ladder = city.ladder.reindex(communities.index)
    keep = set(communities.index)
    units = city.units.copy()
    for level in ("township", "county", "prefecture"):
        owner = ladder[level].to_numpy(dtype=object)
        keep |= {c for c in owner if c is not None}
        here = units.index[(units["level"] == level).to_numpy(dtype=bool)]
        for column in ("population", "households", "elders_60"):
            sums = number(communities, column).groupby(owner).agg(lambda s: s.sum(skipna=False))
            units.loc[here, column] = sums.reindex(here).to_numpy()
    units["population_urban"] = units["population"]
    streets = units.index[(units["kind"] == "street").to_numpy(dtype=bool)]
    units = units.loc[units.index.isin(keep)]
    facilities = city.facilities
    inside = facilities["village"].isin(keep) | (
        facilities["village"].isna() & facilities["township"].isin(streets)
    )
    return replace(
        city, units=units, ladder=city.ladder.reindex(units.index),
        facilities=facilities.loc[inside.to_numpy(dtype=bool)],
        areas=_inside(city.areas, keep), demand=_inside(city.demand, keep),
        figures=city.figures.iloc[:0], memo=type(city.memo)(),
    )  # fmt: skip


def _inside(frame: pd.DataFrame, keep: set[str]) -> pd.DataFrame:
    if "village" not in frame.columns:
        return frame
    return frame.loc[np.asarray(frame["village"].isin(keep), dtype=bool)]
