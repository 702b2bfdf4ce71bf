"""
Name signs (地名标志, SGN-01 to SGN-04): where one is missing, what one says, by when it stands.

Signs stand at both ends of a street, where it crosses another named street, and along it so that
none is farther from the next than the spacing (local practice; the spacing is a convention [P]).
"""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.placenames.cells import days, looked_up, require, texts
from geoplan.placenames.deadlines import terms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import numpy.typing as npt

    from geoplan.policy import Policy

_STANDING = ("intact", "faded", "damaged", "")
"""Conditions of signs that are there; one whose condition nobody wrote down counts."""
_TONES = {"\u0300", "\u0301", "\u0304", "\u030c"}
_ENGLISH = {"road", "street", "avenue", "lane", "village", "town", "bridge", "river", "rd", "st",
            "ave"}  # fmt: skip
_GAPS = ["place_id", "standard_name", "part", "chainage_m", "why"]


def standing(signs: pd.DataFrame) -> pd.Series[bool]:
    """Tell which signs are there: neither lost nor taken down."""
    return texts(signs, "condition").isin(_STANDING)


def missing_signs(
    streets: gpd.GeoDataFrame, signs: gpd.GeoDataFrame, policy: Policy, *, near_m: float = 30.0
) -> gpd.GeoDataFrame:
    """
    Return where streets lack a sign (SGN-01).

    Parameters
    ----------
    streets
        Lines of ``place_names`` in a metric CRS: ``place_id``, ``standard_name``. The important
        named streets; where two of them cross, each needs a sign.
    signs
        The layer ``name_signs`` in the same CRS: ``place_id``; ``condition`` where known.
    policy
        Gives the spacing, m. Two signs exactly that far apart are near enough.
    near_m
        A sign within so many metres along the street, closed, serves a place; one farther off the
        street than twice that does not stand by it. [P]

    Returns
    -------
    missing
        A point per sign to be set: ``place_id``, ``standard_name``, ``part`` (of a street in
        several pieces, from 1), ``chainage_m`` along it, ``why``: ``end``, ``crossing`` or
        ``spacing``. Streets in their order, then along each.

    Raises
    ------
    MissingCRSError, NotMetricCRSError, CRSMismatchError
        If the streets are not in a metric CRS, or the signs are in another.
    MissingColumnsError
        If ``place_id`` is absent.

    Examples
    --------
    >>> from geoplan.io import read_policy
    >>> street = gpd.GeoDataFrame({"place_id": ["P"], "standard_name": "涢水路"},
    ...     geometry=[shapely.LineString([(0, 0), (500, 0)])], crs="EPSG:4547")
    >>> signs = gpd.GeoDataFrame({"place_id": ["P"]}, geometry=[shapely.Point(0, 5)],
    ...                          crs="EPSG:4547")
    >>> found = missing_signs(street, signs, read_policy("suizhou-2022"))
    >>> found[["chainage_m", "why"]].values.tolist()
    [[250.0, 'spacing'], [500.0, 'end']]
    """
    _crs.require_metric(streets, "place_names")
    _crs.require_same(signs, streets, "name_signs", "place_names")
    require(streets, "place_names", "place_id")
    require(signs, "name_signs", "place_id")
    spacing = float(policy.value("sign_spacing_m"))
    there = signs[standing(signs).to_numpy() & signs.geometry.notna().to_numpy()]
    there = there[~there.geometry.is_empty.to_numpy()]
    own = {str(k): np.asarray(g.geometry.array, dtype=object)
           for k, g in there.groupby(texts(there, "place_id"))}  # fmt: skip
    parts = _parts(streets)
    crossings = _crossings(parts)
    rows, points = [], []
    for k, (place_id, name, number, line) in enumerate(parts):
        at = _places_along(line, own.get(place_id, np.empty(0, object)), within_m=2 * near_m)
        for chainage, why in _needed(line, at, crossings[k], spacing, near_m):
            rows.append((place_id, name, number, round(chainage, 1), why))
            points.append(shapely.line_interpolate_point(line, chainage))
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=_GAPS), geometry=points, crs=streets.crs)


def _parts(streets: gpd.GeoDataFrame) -> list[tuple[str, str, int, Any]]:
    """Return the pieces of every street: id, name, number of the piece, line."""
    out = []
    names = texts(streets, "standard_name")
    for place_id, name, shape in zip(
        texts(streets, "place_id"), names, streets.geometry, strict=True
    ):
        lines = [p for p in shapely.get_parts(shape) if p.geom_type == "LineString" and p.length]
        out += [(place_id, name, n, line) for n, line in enumerate(lines, 1)]
    return out


def _crossings(parts: list[tuple[str, str, int, Any]]) -> list[list[float]]:
    """Return for every piece the chainages, m, at which another street meets it."""
    lines = np.array([p[3] for p in parts], dtype=object)
    out: list[list[float]] = [[] for _ in parts]
    for a, b in shapely.STRtree(lines).query(lines, predicate="intersects").T:
        if parts[a][0] == parts[b][0]:
            continue
        met = shapely.intersection(lines[a], lines[b])
        spots = [shapely.point_on_surface(p) for p in shapely.get_parts(met)]
        out[a] += shapely.line_locate_point(lines[a], spots).tolist()
    return out


def _places_along(line: Any, signs: npt.NDArray[np.object_], within_m: float) -> list[float]:
    """Return the chainages of the signs that stand by this piece."""
    near = signs[shapely.distance(line, signs) <= within_m] if len(signs) else signs
    return sorted(shapely.line_locate_point(line, near).tolist())


def _needed(
    line: Any, signs: list[float], crossings: list[float], spacing: float, near_m: float
) -> Iterator[tuple[float, str]]:
    """Give the places that no sign serves: ends, crossings, then the gaps between what stands."""
    length = float(line.length)
    ends = [0.0] if line.is_ring else [0.0, length]
    wanted = [(c, "end") for c in ends] + [(c, "crossing") for c in sorted(crossings)]
    served, lacking = list(signs), []
    for chainage, why in wanted:
        if not any(_apart(chainage, s, line) <= near_m for s in served):
            lacking.append((chainage, why))
            served.append(chainage)
    stops = sorted(served)
    stops = [*stops, stops[0] + length] if line.is_ring else stops
    for a, b in pairwise(stops):
        pieces = int(np.ceil(round((b - a) / spacing, 9)))
        lacking += [((a + (b - a) * n / pieces) % length, "spacing") for n in range(1, pieces)]
    yield from sorted(lacking)


def _apart(a: float, b: float, line: Any) -> float:
    """Return how far two chainages are apart along a line, the short way round a ring."""
    way = abs(a - b)
    return min(way, line.length - way) if line.is_ring else way


def sign_texts(signs: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """
    Judge what signs say against the current name and its spelling (SGN-02).

    Parameters
    ----------
    signs
        The layer ``name_signs``: ``sign_id``, ``place_id``, ``text_zh``, ``text_pinyin``.
    names
        The layer ``place_names``: ``place_id``, ``standard_name``, ``pinyin``.

    Returns
    -------
    texts
        A row per standing sign, index kept: ``sign_id``, ``place_id``, ``text_zh``, ``name``,
        ``text_pinyin``, ``roman``, ``status`` (``met``, ``not_met``, ``no_data``), ``reason``:
        ``other_name``, ``other_spelling``, ``english_generic``, ``no_text``, ``no_spelling``,
        ``no_name``; empty where met. Tone marks and case may be left out (R9, R10).

    Raises
    ------
    MissingColumnsError
        If ``place_id`` is absent.

    Examples
    --------
    >>> names = pd.DataFrame({"place_id": ["P"], "standard_name": "绿水路",
    ...                       "pinyin": "Lǜshuǐ Lù"})
    >>> signs = pd.DataFrame({"place_id": ["P"] * 3, "text_zh": "绿水路",
    ...                       "text_pinyin": ["LÜSHUI LU", "LUSHUI LU", "Lǜshuǐ Road"]})
    >>> sign_texts(signs, names)["reason"].tolist()
    ['', 'other_spelling', 'english_generic']
    """
    require(signs, "name_signs", "place_id")
    require(names, "place_names", "place_id", "standard_name")
    own = signs[standing(signs).to_numpy()]
    place = texts(own, "place_id")
    table = pd.DataFrame({
        "sign_id": texts(own, "sign_id"), "place_id": place, "text_zh": texts(own, "text_zh"),
        "name": looked_up(place, names, "standard_name"),
        "text_pinyin": texts(own, "text_pinyin"),
        "roman": looked_up(place, names, "pinyin"),
    })  # fmt: skip
    said, roman = table["text_pinyin"], table["roman"]
    same = [_same_spelling(a, b) for a, b in zip(said, roman, strict=True)]
    english = [bool(_ENGLISH & {*a.casefold().replace(".", " ").split()}) for a in said]
    reason = np.select(
        [table["name"] == "", table["text_zh"] == "", table["text_zh"] != table["name"], english,
         (said == "") | (roman == ""), ~np.array(same, dtype=bool)],
        ["no_name", "no_text", "other_name", "english_generic", "no_spelling", "other_spelling"],
        default="",
    )  # fmt: skip
    status = np.select([reason == "", np.isin(reason, ["no_name", "no_text", "no_spelling"])],
                       ["met", "no_data"], default="not_met")  # fmt: skip
    return table.assign(status=status, reason=reason)


def _same_spelling(shown: str, roman: str) -> bool:
    """Compare without case; a sign may leave all tone marks out, and none may be another."""
    a, b = (unicodedata.normalize("NFD", t.casefold().replace("’", "'")) for t in (shown, roman))
    return " ".join(a.split()) in {" ".join(b.split()), " ".join(_toneless(b).split())}


def _toneless(roman: str) -> str:
    """Return a decomposed spelling without tone marks; the dots of ü stay."""
    return "".join(c for c in roman if c not in _TONES)


def sign_terms(
    cases: pd.DataFrame, signs: pd.DataFrame, policy: Policy, today: date
) -> pd.DataFrame:  # fmt: skip
    """
    Return by when approved names need a sign, and whether they have it (SGN-03).

    Parameters
    ----------
    cases
        The layer ``name_cases``: ``case_id``, ``case_kind``, ``place_id``, ``approved_on``.
        Names and renames count.
    signs
        The layer ``name_signs``: ``place_id``, ``installed_on``. The first sign set on or after
        the approval counts; an older one shows no new name.
    policy
        Gives the term, days: an example of another city, for information. [V S37]
    today
        The day asked about.

    Returns
    -------
    terms
        A row per approved case, index kept: ``case_id``, ``place_id``, then as
        `geoplan.placenames.deadlines.terms`.

    Raises
    ------
    MissingColumnsError
        If ``case_id``, ``place_id`` or ``approved_on`` is absent.
    """
    require(cases, "name_cases", "case_id", "place_id", "approved_on")
    own = cases[days(cases, "approved_on").notna().to_numpy()
                & texts(cases, "case_kind").isin(["naming", "rename", ""]).to_numpy()]  # fmt: skip
    approved = days(own, "approved_on")
    there = signs[standing(signs).to_numpy()]
    set_ = pd.DataFrame({"place_id": texts(there, "place_id"), "on": days(there, "installed_on")})
    pairs = pd.DataFrame({"place_id": texts(own, "place_id"), "start": approved, "row": own.index})
    pairs = pairs[pairs["place_id"] != ""].merge(set_.dropna(), on="place_id")
    first = pairs[pairs["on"] >= pairs["start"]].groupby("row")["on"].min()
    done = pd.Series(first.reindex(own.index).to_numpy(), index=own.index, dtype="datetime64[s]")
    found = terms(approved, done, int(policy.value("name_sign_term_day")), today)
    found.insert(0, "place_id", texts(own, "place_id"))
    found.insert(0, "case_id", texts(own, "case_id"))
    return found


def village_signs(villages: pd.DataFrame, names: pd.DataFrame, signs: pd.DataFrame) -> pd.DataFrame:
    """
    Tell which villages have a name sign (SGN-04): one each.

    Parameters
    ----------
    villages
        Rows of ``admin_units``: ``unit_code``, ``name``.
    names
        The layer ``place_names``: ``place_id``, ``unit_code``, ``category_code``; the names of
        committees (21610, 21620) tell which place a village is.
    signs
        The layer ``name_signs``: ``place_id``.

    Returns
    -------
    villages
        A row per village, index kept: ``unit_code``, ``name``, ``sign_count``, ``status``:
        ``met``, ``not_met``, or ``no_data`` where no place name is registered for the village.

    Raises
    ------
    MissingColumnsError
        If ``unit_code`` or ``place_id`` is absent.
    """
    require(villages, "admin_units", "unit_code")
    require(names, "place_names", "place_id", "unit_code")
    own = names[texts(names, "category_code").str.startswith("216").to_numpy()]
    there = signs[standing(signs).to_numpy()]
    count = looked_up(texts(there, "place_id"), own, "unit_code").value_counts()
    code = texts(villages, "unit_code")
    number = pd.Series([int(count.get(c, 0)) for c in code], index=villages.index, dtype="Int64")
    known = code.isin(set(texts(own, "unit_code")))
    status = np.select([~known, number > 0], ["no_data", "met"], default="not_met")
    return pd.DataFrame({
        "unit_code": code, "name": texts(villages, "name"),
        "sign_count": number.where(known), "status": status,
    })  # fmt: skip
