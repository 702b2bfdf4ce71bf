"""
Figures that are no map (指标数据): registers, rates, counts and documents, all invented.

The city's numerator and denominator are the sums of its counties'. Gaps are there on purpose:

- PLN-025: 广水市 has not reported, so there is no row of the city either (to verify);
- PLN-022, PLN-042, PLN-137: no figures at all (no data);
- CEM-12, PLN-029, PLN-047 are not met, PLN-105 nearly; PLN-001 is due in 2035 only;
- PLN-029: some villages have no council, some have not reported;
- FAC-06: a worker in most townships without a station, none in the last few;
- CEM-14, CEM-15: 随县 has neither furnace nor commercial cemetery, 0 of 0 without a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.demo import facts as _facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    import numpy.typing as npt

    from geoplan.demo.register import Places

    Counts = npt.NDArray[np.float64]
    Three = tuple[float, float, float]
    Row = dict[str, Any]

YEARS = ("2021", "2022", "2023", "2024", "2025")
_LAST, _NOW, _LATER = "2024", "2025", "2026"
_GROWN = (0.92, 0.94, 0.96, 0.98)  # registers of 2021 to 2024, as shares of that of 2025
_ALL: Three = (1.0, 1.0, 1.0)
_DEATHS_PERMILLE = 7.6
_HOMES = ("institution", "hardship_institution")
_HOSPITALS = ("hospital", "tcm_hospital")

# Persons in a register per thousand residents; share done in 曾都区, 随县, 广水市 (NaN: no report).
_OF_RESIDENTS: dict[str, tuple[float, Three]] = {
    "IND.3": (9.1, _ALL),
    "IND.4": (7.4, _ALL),
    "ELD-12b": (0.9, (0.641, 0.606, 0.627)),
    "ELD-12c": (1.7, _ALL),
    "COM-06": (0.62, (0.55, 0.49, 0.53)),
    "FAC-07": (310.0, _ALL),
    "CEM-11": (_DEATHS_PERMILLE, (0.938, 0.885, 0.913)),
    "CEM-12": (7.1, (0.70, 0.61, 0.67)),
    "PLN-001": (46.0, (0.991, 0.979, 0.984)),
    "PLN-025": (0.21, (1.0, 1.0, np.nan)),
    "PLN-027": (198.0, _ALL),
    "PLN-045": (3.1, _ALL),
    "PLN-102": (21.0, _ALL),
    "PLN-103": (21.0, _ALL),
    "PLN-139": (1.4, _ALL),
}
# Done and all, by county.
_REGISTERS: dict[str, tuple[Three, Three]] = {
    "IND.6": ((118, 64, 83), (118, 64, 83)),  # persons taken home, persons identified
    "CEM-13": ((1_425, 5_543, 2_645), (1_425, 5_543, 2_645)),  # km²
    "CEM-14": ((4, 0, 3), (4, 0, 3)),  # furnaces
    "CEM-15": ((1, 0, 1), (1, 0, 1)),  # commercial cemeteries
    "FIN-01": ((612, 448, 574), (1_074, 786, 1_007)),  # 10,000 yuan
}
_FURNACES_A_YEAR: Three = (9_200, 0, 6_900)  # cremations a year that the furnaces allow
# Share done in the city, 2021 to 2024, per cent.
_BEFORE = {
    "IND.3": (96.0, 97.8, 99.1, 99.7), "IND.4": (95.2, 97.1, 98.7, 99.4),
    "IND.5": (33.3, 66.7, 100.0, 100.0), "IND.6": (98.0, 99.2, 100.0, 100.0),
    "CEM-11": (78.0, 82.4, 86.5, 89.1), "CEM-12": (48.0, 53.5, 59.0, 62.8),
    "COM-06": (31.0, 36.2, 42.0, 47.4), "FIN-01": (51.0, 55.6, 56.2, 56.8),
    "ELD-12b": (50.3, 53.8, 57.1, 60.2), "CEM-13": (88.0, 94.0, 100.0, 100.0),
}  # fmt: skip
# Values of the city, 2021 to 2025.
_SERIES = {
    "IND.1": (6.1, 5.9, 5.8, 5.5, 5.2),
    "IND.1-consumption": (5.6, 5.1, 5.3, 4.6, 4.8),
    "IND.2": (71.0, 72.4, 74.2, 75.6, 77.0),
    "IND.11": (2_150.0, 2_520.0, 2_900.0, 3_240.0, 3_560.0),
    "IND.15": (7_400.0, 8_150.0, 8_900.0, 9_560.0, 10_120.0),
    "ELD-21": (620.0, 1_050.0, 1_480.0, 1_820.0, 2_130.0),
    "PLN-018": (18.0, 18.0, 18.0, 18.0, 18.0),
}
_UNIT_OF = {
    "IND.11": "person",
    "IND.15": "person",
    "ELD-21": "household",
    "FAC-06": "person",
    "PLN-018": "year",
}
# Values of the counties, 2025; consumption of the year before.
_IN_COUNTIES: dict[str, Three] = {
    "IND.1": (5.3, 5.1, 5.2),
    "IND.1-consumption": (4.9, 4.7, 4.8),
    "IND.2": (75.8, 78.4, 76.9),
    "ELD-21": (860.0, 560.0, 710.0),
}
_CITY_AND_COUNTIES = (_facts.CITY, *_facts.COUNTIES)
_DOCUMENTS: dict[str, tuple[float, tuple[str, ...]]] = {
    "PLN-069": (100.0, _CITY_AND_COUNTIES),
    "PLN-081": (1.0, (_facts.CITY,)),
    "PLN-109": (100.0, _CITY_AND_COUNTIES),
    "PLN-131": (100.0, _facts.COUNTIES),
    "PLN-138": (100.0, _CITY_AND_COUNTIES),
    "PLN-146": (100.0, _CITY_AND_COUNTIES),
}
_STATIONS_SHORT = 4  # stations that lack one of the five conditions (五有)
_TOWNS_SHORT = 3  # townships whose children's register is not complete
_TOWNS_ALONE = 4  # townships with neither station nor worker
_SILENT, _NO_COUNCIL = 0.015, 0.02
_COLUMNS = ["indicator_id", "unit_code", "period", "value", "numerator", "denominator",
            "figure_unit"]  # fmt: skip


def indicator_figures(
    places: Places, facilities: gpd.GeoDataFrame, cemeteries: gpd.GeoDataFrame
) -> pd.DataFrame:
    """
    Return the table ``indicator_figures``.

    Parameters
    ----------
    places
        Units with their residents, and the source of randomness.
    facilities, cemeteries
        The layers; registers of homes, offices, hospitals and cemeteries count what is in use.

    Returns
    -------
    figures
        One row per indicator, unit and period; ``value`` in the rule's unit or in
        ``figure_unit``, equal to 100 × ``numerator`` / ``denominator`` where there are both.
    """
    rows = [*_series(), *_registers(places, facilities, cemeteries), *_documents()]
    rows += [*_townships(places, facilities), *_villages(places)]
    table = pd.DataFrame(rows, columns=_COLUMNS)
    end = np.where(table["period"] == _LATER, "-06-30", "-12-31")
    return table.assign(
        note="演示数据", source=_facts.SOURCE, source_date=pd.to_datetime(table["period"] + end),
        secrecy="internal", synthetic=True,
    )  # fmt: skip


def _row(indicator: str, unit: str, period: str, value: float) -> Row:
    return {"indicator_id": indicator, "unit_code": unit, "period": period, "value": value,
            "figure_unit": _UNIT_OF.get(indicator)}  # fmt: skip


def _share(indicator: str, unit: str, period: str, top: float, base: float) -> Row:
    value = round(100.0 * top / base, 2) if base else np.nan
    return {**_row(indicator, unit, period, value), "numerator": top, "denominator": base}


def _series() -> Iterator[Row]:
    """Yield the figures that are no share of a register."""
    for indicator, values in _SERIES.items():
        for year, value in zip(YEARS, values, strict=True):
            yield _row(indicator, _facts.CITY, year, value)
    for indicator, three in _IN_COUNTIES.items():
        for county, value in zip(_facts.COUNTIES, three, strict=True):
            when = _LAST if indicator == "IND.1-consumption" else _NOW
            yield _row(indicator, county, when, value)
    yield _row("IND.11", _facts.CITY, _LATER, 3_710.0)


def _documents() -> Iterator[Row]:
    for indicator, (value, units) in _DOCUMENTS.items():
        for unit in units:
            yield _row(indicator, unit, _NOW, value)


def _registers(
    places: Places, facilities: gpd.GeoDataFrame, cemeteries: gpd.GeoDataFrame
) -> Iterator[Row]:
    """Yield done and all of each register: counties, their sum, and the years before."""
    people = places.units.loc[list(_facts.COUNTIES), "population"].to_numpy(dtype=float)
    found = {name: (np.array(a, dtype=float), np.array(b, dtype=float))
             for name, (a, b) in _REGISTERS.items()}  # fmt: skip
    for name, (permille, done) in _OF_RESIDENTS.items():
        base = np.round(people * permille / 1_000.0)
        found[name] = (np.round(base * np.array(done)), base)
    found["PLN-129"] = (np.array(_FURNACES_A_YEAR), found["CEM-11"][1])
    for name, base in _complete(places, facilities, cemeteries).items():
        found[name] = (base, base)
    for name, (top, base) in found.items():
        for county, a, b in zip(_facts.COUNTIES, top, base, strict=True):
            if not np.isnan(a):
                yield _share(name, county, _NOW, float(a), float(b))
        if not np.isnan(top).any():
            yield _share(name, _facts.CITY, _NOW, float(top.sum()), float(base.sum()))
        for year, grown, pct in zip(YEARS, _GROWN, _BEFORE.get(name, ()), strict=False):
            earlier = float(base.sum() if name == "CEM-13" else round(base.sum() * grown))
            yield _share(name, _facts.CITY, year, float(round(earlier * pct / 100.0)), earlier)
    everyone = float(found["IND.3"][1].sum()) + 90.0
    yield _share("IND.3", _facts.CITY, _LATER, everyone, everyone)


def _complete(
    places: Places, facilities: gpd.GeoDataFrame, cemeteries: gpd.GeoDataFrame
) -> dict[str, Counts]:
    """Return the size by county of the registers in which nothing lacks."""
    working = facilities[facilities["status"] == "operating"]

    def by_county(codes: pd.Series[str] | pd.Index[str]) -> Counts:
        county = pd.Series(codes).astype(str).str[:6].to_numpy(dtype=object)
        return np.array([(county == c).sum() for c in _facts.COUNTIES], dtype=np.float64)

    def of(*kinds: str) -> Counts:
        return by_county(working.loc[working["facility_kind"].isin(kinds), "unit_code"])

    towns, both = by_county(places.towns.index), by_county(places.villages.index)
    rural = by_county(places.villages.index[places.villages["kind"] == "village"])
    kept = by_county(cemeteries.loc[cemeteries["status"] == "operating", "unit_code"])
    return {
        "IND.5": of("marriage_office"), "ELD-22": of(*_HOMES), "ELD-23": of(*_HOSPITALS),
        "COM-08": both, "PLN-028": towns, "PLN-030": rural, "PLN-036": both, "PLN-037": both,
        "PLN-090": of(*_HOMES), "PLN-106": towns + both, "PLN-135": kept,
    }  # fmt: skip


def _townships(places: Places, facilities: gpd.GeoDataFrame) -> Iterator[Row]:
    """Yield the registers that townships keep; counties and the city are their sums."""
    rng = places.rng
    towns = [str(c) for c in places.towns.index]
    working = facilities[facilities["status"] == "operating"]

    def with_station(kind: str) -> list[str]:
        villages = working.loc[working["facility_kind"] == kind, "unit_code"]
        there = set(villages.map(places.villages["parent_code"]))
        return [t for t in towns if t in there]

    social = with_station("social_work_station")
    short = {str(t) for t in rng.choice(social, _STATIONS_SHORT, replace=False)}
    late = {str(t) for t in rng.choice(towns, _TOWNS_SHORT, replace=False)}
    people = places.towns["population"].to_numpy(dtype=float)
    for town, residents in zip(towns, people, strict=True):
        if places.towns.loc[town, "kind"] == "street":
            yield _share("PLN-032", town, _NOW, 1.0, 1.0)
        yield _share("ELD-24", town, _NOW, 1.0, 1.0)
        yield _share("PLN-047", town, _NOW, float(town in social and town not in short), 1.0)
        children, women = float(round(residents * 4.1e-3)), float(round(residents * 6.2e-3))
        on_file = children - (float(rng.integers(2, 9)) if town in late else 0.0)
        yield _share("PLN-105", town, _NOW, on_file, children)
        yield _share("PLN-107", town, _NOW, women, women)
    bare = [t for t in towns if t not in with_station("child_protection_station")]
    drawn = [str(t) for t in rng.permutation(bare)]
    for at, town in sorted(enumerate(drawn), key=lambda pair: pair[1]):
        yield _row("FAC-06", town, _NOW, float(at >= _TOWNS_ALONE))


def _villages(places: Places) -> Iterator[Row]:
    """Yield which villages have a council (村民议事协商委员会); a few have not reported."""
    rural = places.villages.index[places.villages["kind"] == "village"]
    draw = places.rng.random(len(rural))
    for code, chance in zip(rural, draw, strict=True):
        if chance >= _SILENT:
            has = float(chance >= _SILENT + _NO_COUNCIL)
            yield _share("PLN-029", str(code), _NOW, has, 1.0)
