"""
Place-name heritage (地名文化遗产, HER-01, PN-15): who qualifies, what lacks, what is locked.

Names of a thousand years are judged by age; the other categories have criteria of their own, of
which only the evidence is looked at here: people judge the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from geoplan.placenames.cells import looked_up, require, texts

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan.policy import Policy


class Criterion(NamedTuple):
    """What a category asks for: evidence in these columns, and what the place must be today."""

    needs: tuple[str, ...]
    is_now: tuple[str, ...] = ()
    generic: tuple[str, ...] = ()


MILLENNIUM: dict[str, Criterion] = {
    "千年古县": Criterion(("first_use_year", "evidence"), ("214",)),
    "千年古镇": Criterion(("first_use_year", "evidence"), ("215",), ("镇",)),
    "千年古村落": Criterion(("first_use_year", "evidence"), ("216", "222")),
}
"""Categories judged by HER-01: prefixes of category codes, and generics, of the place today."""
OTHERS: dict[str, Criterion] = {
    "千年古街巷": Criterion(("first_use_year", "evidence")),
    "甲骨文金文地名": Criterion(("inscription", "evidence")),
    "少数民族语地名": Criterion(("language", "evidence")),
    "著名山川": Criterion(("evidence",)),
    "近现代重要地名": Criterion(("first_use_year", "event", "evidence")),
    "红色地名": Criterion(("event", "evidence")),
    "古建筑": Criterion(("first_use_year", "evidence")),
    "遗址遗迹": Criterion(("evidence",)),
}
"""Categories with criteria of their own: which fields must hold evidence [M-med, P]."""
LOCKED = ("listed",)
_RESULT = ["heritage_id", "name", "category", "age_year", "result", "missing", "reason_zh",
           "reason_en", "rule_id"]  # fmt: skip
_SAID = {
    "qualified": ("符合条件", "meets the criteria"),
    "candidate": ("缺依据，列为候选", "evidence is missing: a candidate"),
    "too_young": ("不足年限", "too young"),
    "other_type": ("现状类型不符", "is another type of place today"),
    "to_review": ("材料齐全，待评审", "evidence is there, to be reviewed by people"),
    "unknown_category": ("类别不在表中", "the category is not in the table"),
}


def age_years(first_use_year: pd.Series, year: int) -> pd.Series[float]:
    """
    Return how old names are; there is no year zero, and years before the first are negative.

    Parameters
    ----------
    first_use_year
        Years; missing where not known.
    year
        The year asked about.

    Examples
    --------
    >>> age_years(pd.Series([1026, -221, 0, None]), 2026).tolist()
    [1000.0, 2246.0, nan, nan]
    """
    first = pd.to_numeric(first_use_year, errors="coerce").astype(float)
    first = first.mask(first == 0)
    return year - first - (first < 0)


def assess(
    heritage: pd.DataFrame, places: pd.DataFrame, policy: Policy, *, year: int
) -> pd.DataFrame:  # fmt: skip
    """
    Judge heritage entries by the criteria of their category (HER-01 and its siblings).

    Parameters
    ----------
    heritage
        The layer ``heritage``: ``heritage_id``, ``name``, ``category``, ``place_id``,
        ``first_use_year``, ``settlement_year``, ``evidence`` and the fields of `OTHERS`. CRS does
        not matter.
    places
        The layer ``place_names``: ``place_id``, ``category_code``, ``generic``: what the place is
        today.
    policy
        Gives the age, years; exactly that age is old enough.
    year
        The year of the assessment.

    Returns
    -------
    results
        A row per entry, index kept: ``heritage_id``, ``name``, ``category``, ``age_year``,
        ``result``: ``qualified``, ``candidate`` (evidence, year or type of the place missing),
        ``too_young``, ``other_type``, ``to_review``, ``unknown_category``; ``missing`` (fields
        joined by ``;``), ``reason_zh``, ``reason_en``, ``rule_id`` (empty where HER-01 is not
        asked).

    Raises
    ------
    MissingColumnsError
        If ``name`` or ``category`` is absent.

    Notes
    -----
    Name and settlement a thousand years old and the type of today: criteria of Henan 2024 [V S34];
    a settlement whose year nobody wrote down is judged by its name alone.

    Examples
    --------
    >>> from geoplan.io import read_policy
    >>> places = pd.DataFrame({"place_id": ["P"], "category_code": "21500", "generic": "镇"})
    >>> entries = pd.DataFrame({"name": ["甲镇", "乙镇", "丙桥"], "place_id": "P",
    ...     "category": ["千年古镇", "千年古镇", "红色地名"], "evidence": ["方志", None, "碑"],
    ...     "first_use_year": [1026, 900, None]})
    >>> assess(entries, places, read_policy("suizhou-2022"), year=2026)["result"].tolist()
    ['qualified', 'candidate', 'candidate']
    """
    require(heritage, "heritage", "name", "category")
    least = float(policy.value("heritage_min_age_year"))
    category = texts(heritage, "category")
    age = age_years(_years(heritage, "first_use_year"), year)
    settled = age_years(_years(heritage, "settlement_year"), year)
    fits, known = _type_of_today(heritage, places, category)
    thousand = category.isin(MILLENNIUM).to_numpy()
    missing = [_missing(c, row) for c, row in zip(category, _evidence(heritage), strict=True)]
    lacks = np.array([bool(m) for m in missing], dtype=bool)
    missing = [[*m, *(["place_id"] if t and not k else [])]
               for m, t, k in zip(missing, thousand, known, strict=True)]  # fmt: skip
    result = np.select(
        [~category.isin({**MILLENNIUM, **OTHERS}), thousand & ((age < least) | (settled < least)),
         thousand & known & ~fits, lacks | (thousand & ~known), thousand],
        ["unknown_category", "too_young", "other_type", "candidate", "qualified"],
        default="to_review",
    )  # fmt: skip
    return pd.DataFrame({
        "heritage_id": texts(heritage, "heritage_id"), "name": texts(heritage, "name"),
        "category": category, "age_year": age.astype("Int64"), "result": result,
        "missing": [";".join(m) for m in missing],
        "reason_zh": [_SAID[r][0] for r in result], "reason_en": [_SAID[r][1] for r in result],
        "rule_id": np.where(thousand, "HER-01", ""),
    }, index=heritage.index)[_RESULT]  # fmt: skip


def _years(frame: pd.DataFrame, column: str) -> pd.Series:
    return frame[column] if column in frame.columns else pd.Series(np.nan, index=frame.index)


def _evidence(heritage: pd.DataFrame) -> list[dict[str, str]]:
    fields = sorted({f for c in (*MILLENNIUM.values(), *OTHERS.values()) for f in c.needs})
    columns = {f: texts(heritage, f) for f in fields}
    return [dict(zip(fields, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _missing(category: str, row: dict[str, str]) -> list[str]:
    criterion = MILLENNIUM.get(category) or OTHERS.get(category) or Criterion(())
    return [f for f in criterion.needs if not row[f]]


def _type_of_today(
    heritage: pd.DataFrame, places: pd.DataFrame, category: pd.Series
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Tell whether each place is today what its category asks, and whether that is known."""
    own = texts(heritage, "place_id")
    code, tail = (looked_up(own, places, c) for c in ("category_code", "generic"))
    fits = []
    for c, k, g in zip(category, code, tail, strict=True):
        wanted = MILLENNIUM.get(c, Criterion(()))
        fits.append(k.startswith(wanted.is_now or ("",)) and (not wanted.generic
                                                              or g in wanted.generic))  # fmt: skip
    return np.array(fits, dtype=bool), (code != "").to_numpy(dtype=bool)


def locked_by(heritage: pd.DataFrame, place_id: str, name: str) -> pd.DataFrame:
    """
    Return the listed entries that protect a name (PN-15, 地名管理条例第二十五条).

    Parameters
    ----------
    heritage
        The layer ``heritage``: ``place_id``, ``name``, ``status``.
    place_id, name
        The place, and its name on record: an entry without a place locks by its name.

    Returns
    -------
    entries
        Rows of ``heritage`` that are ``listed``; a candidate does not lock.

    Examples
    --------
    >>> entries = pd.DataFrame({"place_id": ["P", None], "name": ["安居镇", "厉山镇"],
    ...                         "status": ["listed", "candidate"]})
    >>> len(locked_by(entries, "P", "安居镇")), len(locked_by(entries, "Q", "厉山镇"))
    (1, 0)
    """
    require(heritage, "heritage", "name")
    own = texts(heritage, "place_id")
    same = ((own == place_id) & (own != "")) | ((own == "") & (texts(heritage, "name") == name))
    return heritage[same.to_numpy() & texts(heritage, "status").isin(LOCKED).to_numpy()]
