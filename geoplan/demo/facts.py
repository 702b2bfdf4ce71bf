"""Facts of the demo city (演示城市基础事实): units, code crosswalk, census and seats."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.errors import MissingFileError
from geoplan.io.policy_files import data_folder

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

CITY = "421300"
COUNTIES = ("421303", "421321", "421381")
CODE_SYSTEM = "nbs-2023"
SOURCE = "synthetic: geoplan demo"
DATE = pd.Timestamp("2022-02-07")
COUNTED = ("population", "population_urban", "households", "elders_60", "elders_65", "elders_80")


@dataclass(frozen=True, slots=True)
class Facts:
    """
    The tables in ``data/facts``.

    Parameters
    ----------
    units
        Index ``unit_code``; name, level, kind, parent_code, parent_basis, stat_code.
    codes
        Codes of the units in each code system.
    census
        Index county ``unit_code``; persons and households of 2020 as whole numbers.
    seats
        Index township ``unit_code``; ``lon``, ``lat`` in degrees (WGS84, some hundred metres).
    """

    units: pd.DataFrame
    codes: pd.DataFrame
    census: pd.DataFrame
    seats: pd.DataFrame

    def count(self, county: str, name: str) -> int:
        """Return one census figure of a county, for example ``population``."""
        return int(self.census[name].to_numpy(dtype=np.int64)[self.census.index.get_loc(county)])

    def townships(self) -> pd.DataFrame:
        """Return the 46 statutory township-level units (镇、街道), without functional zones."""
        units = self.units
        return units[(units["level"] == "township") & (units["kind"] != "functional")]

    def villages(self) -> pd.DataFrame:
        """Return the village-level units (社区、村) with their county code."""
        rows = self.units[self.units["level"] == "village"]
        return rows.assign(county_code=rows["parent_code"].str[:6])


def load(folder: Path | None = None) -> Facts:
    """
    Read the facts.

    Parameters
    ----------
    folder
        Folder with the four tables. Default: the one that comes with geoplan.

    Returns
    -------
    facts
        All codes as text, counts as whole numbers, coordinates in degrees.
    """
    place = folder or default_folder()
    census = _table(place, "census_2020.csv").set_index("unit_code")
    for name in COUNTED:
        census[name] = census[name].astype("int64")
    seats = _table(place, "seats.csv").set_index("unit_code")
    seats[["lon", "lat"]] = seats[["lon", "lat"]].astype(float)
    return Facts(
        units=_table(place, "units.csv").set_index("unit_code"),
        codes=_table(place, "unit_codes.csv"),
        census=census,
        seats=seats,
    )


def default_folder() -> Path:
    """Return the folder of the tables that come with geoplan."""
    return data_folder() / "facts"


def _table(folder: Path, name: str) -> pd.DataFrame:
    path = folder / name
    if not path.is_file():
        raise MissingFileError.for_path(path, "geoplan.demo")
    with path.open(encoding="utf-8", newline="") as file:
        return pd.DataFrame(list(csv.DictReader(file)), dtype="object")


def apportion(
    weights: npt.NDArray[np.float64],
    total: int,
    *,
    lower: npt.NDArray[np.int64] | int = 0,
    upper: npt.NDArray[np.int64] | None = None,
) -> npt.NDArray[np.int64]:
    """
    Split a whole number in proportion to weights (最大余数法), within limits per part.

    Parameters
    ----------
    weights
        Non-negative, any scale.
    total
        Number to split; must lie between the sums of the limits.
    lower, upper
        Closed limits of each part.

    Returns
    -------
    parts
        Whole numbers, same order, that sum exactly to ``total``.
    """
    low = np.broadcast_to(np.asarray(lower, dtype=np.float64), weights.shape)
    high = np.full(weights.shape, np.inf) if upper is None else upper.astype(np.float64)
    share = _scaled(weights.astype(np.float64) + 1e-12, float(total), low, high)
    parts = np.clip(np.floor(share + 1e-9), low, high)
    order = np.argsort(-(share - parts), kind="stable")
    while (left := int(total - parts.sum())) != 0:
        step = 1.0 if left > 0 else -1.0
        able = order[(parts[order] + step <= high[order]) & (parts[order] + step >= low[order])]
        parts[able[: abs(left)] if left > 0 else able[::-1][: abs(left)]] += step
    return parts.astype(np.int64)


def _scaled(
    weights: npt.NDArray[np.float64],
    total: float,
    low: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Find the factor for which clipped weights sum to the total, by bisection."""
    floor_, ceiling = 0.0, (total + 1.0) / weights.min()
    for _ in range(200):
        factor = (floor_ + ceiling) / 2
        if np.clip(weights * factor, low, high).sum() < total:
            floor_ = factor
        else:
            ceiling = factor
    return np.asarray(np.clip(weights * ceiling, low, high), dtype=np.float64)
