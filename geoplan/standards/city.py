"""The city as the standards see it (评价对象): units, ladder and facilities prepared once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan import network as nw
from geoplan.errors import EmptyLayerError, GeoplanError, MissingColumnsError
from geoplan.schemas import hierarchy
from geoplan.service_circles import Doors, through_gates
from geoplan.standards.figures import tidy

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy.typing as npt

    from geoplan.policy import Policy

OPEN = "operating"
_MOST_SOURCES = 3
_UNIT_COLUMNS = ("kind", "name", "population", "population_urban", "households",
                 "households_basis", "elders_60")  # fmt: skip
_SYNTHETIC_SOURCES = ("admin_units", "facilities", "population", "residential_areas",
                      "indicator_figures", "projects", "cemeteries")  # fmt: skip


@dataclass
class Memo:
    """What is dear to find and asked for by several rules: units, doors, who reaches what."""

    levels: dict[str, pd.DataFrame] = field(default_factory=dict)
    reached: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    _streets: dict[tuple[int, str], nw.Network | None] = field(default_factory=dict)
    _doors: dict[tuple[Any, ...], tuple[gpd.GeoDataFrame, nw.Snap | Doors]] = field(
        default_factory=dict
    )

    def streets(self, network: nw.Network, profile: str, policy: Policy) -> nw.Network | None:
        """Return the streets for a profile, once; None where nobody may pass so, or can tell."""
        if profile in {"", network.profile}:
            return network
        key = id(network), profile
        if key not in self._streets:
            try:
                self._streets[key] = network.for_profile(nw.profile(profile, policy))
            except GeoplanError:
                self._streets[key] = None
        return self._streets[key]

    def doors(
        self, network: nw.Network, demand: gpd.GeoDataFrame, areas: pd.DataFrame
    ) -> tuple[gpd.GeoDataFrame, nw.Snap | Doors]:
        """Return the doors in a network's CRS where they meet it, in estates at the gates, once.

        Ways of moving that pass the same streets meet them at the same places.
        """
        key = network.streets, network.snap_cap_m, network.passable.tobytes()
        if key not in self._doors:
            metric = demand.to_crs(network.crs)
            walled = isinstance(areas, gpd.GeoDataFrame) and areas.crs is not None
            walled = walled and "estate_gates" in areas.columns
            met = through_gates(network, metric, areas) if walled else nw.snap(network, metric)
            self._doors[key] = metric, met
        return self._doors[key]


@dataclass(frozen=True)
class City:
    """
    One city ready to be judged.

    Parameters
    ----------
    units
        Own units, index ``unit_code``; statutory and functional alike.
    ladder
        Each unit's code at every level, same index.
    facilities
        Facilities with a ladder column per level (missing where the unit is unknown) and
        ``counts``: True operating, False not, NA unknown.
    areas, demand
        Residential areas and population; empty where absent.
    zoned
        Units that lie in a functional unit (功能区).
    policy
        The norms.
    synthetic
        Whether any input is.
    projects, cemeteries
        Placed like facilities; empty where absent.
    figures
        From `figures.tidy`.
    on
        The day judged at.
    dates, sources
        Layer -> newest source date of its rows, and whose data they are.
    memo
        What several rules ask for and is dear to find.
    absent
        Layers that there are none of: what they would tell is unknown, not zero.
    """

    units: pd.DataFrame
    ladder: pd.DataFrame
    facilities: pd.DataFrame
    areas: pd.DataFrame
    demand: pd.DataFrame
    zoned: frozenset[str]
    policy: Policy
    synthetic: bool
    projects: pd.DataFrame
    cemeteries: pd.DataFrame
    figures: pd.DataFrame
    on: date
    dates: Mapping[str, str]
    memo: Memo
    absent: frozenset[str] = frozenset()
    sources: Mapping[str, str] = field(default_factory=dict)

    def at(self, level: str) -> pd.DataFrame:
        """Return the statutory units of one level, by code; functional units are no units."""
        if level not in self.memo.levels:
            here = (self.units["level"] == level) & (self.units["kind"] != "functional")
            self.memo.levels[level] = self.units.loc[here.to_numpy(dtype=bool)].sort_index()
        return self.memo.levels[level]

    def of_kinds(self, kinds: Collection[str]) -> pd.DataFrame:
        """Return the facilities of some kinds that are not known to be closed."""
        pick = self.facilities["facility_kind"].isin(kinds)
        pick &= self.facilities["counts"].fillna(value=True).astype(bool)
        return self.facilities.loc[pick.to_numpy(dtype=bool)]


def prepare(layers: Mapping[str, pd.DataFrame], policy: Policy, *, code_system: str = "",
            on: str = "") -> City:  # fmt: skip
    """
    Prepare the layers for the standards.

    Parameters
    ----------
    layers
        ``admin_units`` and ``facilities``; ``residential_areas``, ``population`` and
        ``stat_unit_members`` where there are. Validated frames, any CRS.
    policy
        The norms to judge by.
    code_system
        Units of this system only; empty keeps all.
    on
        ISO date: units valid then, leases running then. Empty: the policy's assessment date.

    Returns
    -------
    city
        Ready for `check`.

    Raises
    ------
    EmptyLayerError
        If there are no units.
    CodeSystemError
        If all units are of another code system than the one asked for.
    MissingColumnsError
        If a column is absent.
    """
    day = on or str(policy.assessment_date)
    units = layers.get("admin_units")
    if units is None or units.empty:
        raise EmptyLayerError.for_layer("admin_units")
    own = hierarchy.own_units(units, code_system=code_system, on=day)
    if own.empty:
        if code_system and "code_system" in units.columns:
            hierarchy.require_one_system(units["code_system"], code_system, "admin_units")
        raise EmptyLayerError.for_layer("admin_units")
    ladder = hierarchy.ancestors(own)
    table = own.drop_duplicates("unit_code").set_index("unit_code", drop=False)
    table = _with(table, "admin_units", _UNIT_COLUMNS)
    return City(
        units=table,
        ladder=ladder,
        facilities=_facilities(layers.get("facilities"), ladder, day),
        areas=_placed(layers.get("residential_areas"), ladder),
        demand=_placed(layers.get("population"), ladder),
        zoned=_zoned(layers.get("stat_unit_members")),
        policy=policy,
        synthetic=any(is_synthetic(layers.get(name)) for name in _SYNTHETIC_SOURCES),
        projects=_placed(layers.get("projects"), ladder),
        cemeteries=_cemeteries(layers.get("cemeteries"), ladder),
        figures=tidy(layers.get("indicator_figures")),
        on=date.fromisoformat(day),
        dates={name: newest_date(layers.get(name)) for name in _SYNTHETIC_SOURCES},
        memo=Memo(),
        absent=frozenset(name for name in _SYNTHETIC_SOURCES if layers.get(name) is None),
        sources={name: named_sources(layers.get(name)) for name in _SYNTHETIC_SOURCES},
    )


def newest_date(frame: pd.DataFrame | None) -> str:
    """Return the newest source date of a layer's rows as ISO text; empty where none is told."""
    if frame is None or "source_date" not in frame.columns:
        return ""
    known = pd.to_datetime(frame["source_date"], errors="coerce").dropna()
    return str(known.max())[:10] if len(known) else ""


def named_sources(frame: pd.DataFrame | None) -> str:
    """Name the sources of a layer's rows, the most frequent first."""
    if frame is None or "source" not in frame.columns:
        return ""
    named = frame["source"].dropna().astype(str).str.replace(r"[;|]", "，", regex=True)
    counts = named.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return "、".join(counts.index[:_MOST_SOURCES])


def _cemeteries(frame: pd.DataFrame | None, ladder: pd.DataFrame) -> pd.DataFrame:
    placed = _placed(frame, ladder)
    own_level = placed["level"] if "level" in placed else pd.Series(pd.NA, index=placed.index)
    absent: dict[str, Any] = {
        c: pd.NA for c in ("kind", "status", "served_codes") if c not in placed.columns
    }
    return placed.assign(level=own_level, **absent)


def _zoned(members: pd.DataFrame | None) -> frozenset[str]:
    if members is None or "unit_code" not in members.columns:
        return frozenset()
    return frozenset(members["unit_code"].dropna().astype(str))


def is_synthetic(frame: pd.DataFrame | None) -> bool:
    """Tell whether any row of a layer is synthetic (演示数据)."""
    if frame is None or "synthetic" not in frame.columns:
        return False
    return bool(frame["synthetic"].astype("boolean").fillna(value=False).any())


def _with(frame: pd.DataFrame, layer: str, names: tuple[str, ...]) -> pd.DataFrame:
    """Make sure that optional columns are there, as missing values."""
    if "level" not in frame.columns:
        raise MissingColumnsError.for_layer(layer, ["level"], frame.columns)
    absent: dict[str, Any] = {n: pd.NA for n in names if n not in frame.columns}
    return frame.assign(**absent)


def _placed(frame: pd.DataFrame | None, ladder: pd.DataFrame) -> pd.DataFrame:
    if frame is None or "unit_code" not in frame.columns:
        return pd.DataFrame(columns=["unit_code", *hierarchy.LEVELS])
    rungs = hierarchy.place(frame["unit_code"], ladder)
    plain = frame.drop(columns=[c for c in rungs if c in frame.columns])
    return gpd.GeoDataFrame(pd.concat([plain, rungs], axis=1)) if isinstance(
        frame, gpd.GeoDataFrame
    ) else pd.concat([plain, rungs], axis=1)  # fmt: skip


_FACILITY_COLUMNS = ("facility_kind", "functions", "services", "status", "unit_code", "name",
                     "land_m2", "floor_m2", "elder_floor_m2", "site_m2", "building_floor_m2",
                     "lease_end", "beds", "nursing_beds", "residents", "clinic", "grade",
                     "county_managed")  # fmt: skip


def _facilities(frame: pd.DataFrame | None, ladder: pd.DataFrame, day: str) -> pd.DataFrame:
    if frame is None:
        frame = pd.DataFrame(columns=[*_FACILITY_COLUMNS])
    absent: dict[str, Any] = {n: pd.NA for n in _FACILITY_COLUMNS if n not in frame.columns}
    frame = frame.assign(**absent)
    placed = _placed(frame, ladder)
    counts = in_service(placed, day)
    land = pd.to_numeric(placed["land_m2"]).astype("Float64")
    return placed.assign(counts=counts, land_m2=land.fillna(_apportioned(placed)))


def in_service(facilities: pd.DataFrame, day: str) -> pd.Series[bool]:
    """
    Tell which facilities serve on a day (ELD-05): operating, their lease not run out.

    Parameters
    ----------
    facilities
        Columns ``status``, ``lease_end``, ``valid_from``, ``valid_to`` where there are; any CRS.
    day
        ISO date.

    Returns
    -------
    serves
        True, False, or NA where the status is unknown and the lease does not decide.
    """
    serves: pd.Series[bool] = pd.Series(pd.NA, index=facilities.index, dtype="boolean")
    if "status" in facilities.columns:
        status = facilities["status"]
        serves[status.notna().to_numpy(dtype=bool)] = (status.dropna() == OPEN).to_numpy()
    if "lease_end" in facilities.columns:
        lease = pd.to_datetime(facilities["lease_end"], errors="coerce")
        serves[(lease < pd.Timestamp(day)).to_numpy(dtype=bool)] = False
    for column, out in (("valid_from", "gt"), ("valid_to", "le")):
        if column in facilities.columns:
            when = pd.to_datetime(facilities[column], errors="coerce")
            serves[getattr(when, out)(pd.Timestamp(day)).to_numpy(dtype=bool)] = False
    return serves


def _apportioned(frame: pd.DataFrame) -> pd.Series[float]:
    """Land of an embedded facility: site × its floor / the building's floor (ELD-02, [P])."""
    site, floor, whole = (
        pd.to_numeric(frame[n]).astype("Float64")
        for n in ("site_m2", "floor_m2", "building_floor_m2")
    )
    share = (floor / whole).where(whole > 0)
    result: pd.Series[float] = site * share.clip(upper=1.0)
    return result


def certainly_open(facilities: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which facilities serve for certain; those of unknown status do not."""
    return facilities["counts"].fillna(value=False).to_numpy(dtype=bool)


def by_village(
    city: City, facilities: pd.DataFrame
) -> tuple[npt.NDArray[np.intp], pd.Series[str], npt.NDArray[np.bool_]]:
    """
    Place facilities in villages; one known only by its town may be in any of its villages.

    Returns
    -------
    row, village, certain
        Position of the facility, a village it is or may be in, and which of the two: one entry
        per pair.
    """
    villages = city.at("village").index
    towns = pd.DataFrame({"village": villages, "town": city.ladder["township"].reindex(villages)})
    known = facilities["village"].notna().to_numpy(dtype=bool)
    floating = pd.DataFrame({"town": facilities["township"], "row": np.arange(len(facilities))})
    pairs = floating.loc[~known].dropna().merge(towns.dropna(), on="town")
    row = np.concatenate([np.flatnonzero(known), pairs["row"].to_numpy(dtype=np.intp)])
    code = pd.concat([facilities.loc[known, "village"], pairs["village"]], ignore_index=True)
    return row, code, np.arange(len(row)) < int(known.sum())


def number(frame: pd.DataFrame, column: str) -> pd.Series[float]:
    """Return a column as float with NaN for missing; all NaN where the column is absent."""
    if column not in frame.columns:
        return pd.Series(np.nan, index=frame.index)
    return pd.to_numeric(frame[column], errors="coerce").astype("Float64").astype("float64")
