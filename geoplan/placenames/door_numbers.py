"""
Door numbers (门牌号): read, then checked along each street for jumps, doubles, sides and reserve.

Odd numbers stand on the left and even ones on the right, walking as the street is numbered, unless
the local rule says otherwise (RULES §6.7).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from geoplan.placenames.cells import each, require, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBER = re.compile(
    r"(?P<main>\d{1,5})(?:[-—之](?P<sub>\d{1,3})|(?P<letter>[A-Za-z甲乙丙丁]))?号?"
    r"(?:(?:之|附)(?P<after>\d{1,3})号?)?"
)
_ORDER = {c: n for n, c in enumerate("甲乙丙丁", 1)}
_SIDES = ("left", "right")
_SAID = ["door_id", "place_id", "check", "severity", "value", "reason_zh", "reason_en"]


class Number(NamedTuple):
    """A door number: the number, and what is added to it (12-1, 12号之一, 12A); 0 for nothing."""

    main: int
    sub: int = 0


def number_of(text: str) -> Number | None:
    """
    Read a door number; None where it is none.

    Examples
    --------
    >>> number_of("12号"), number_of(" 12-3 号"), number_of("12号附2号"), number_of("甲12")
    (Number(main=12, sub=0), Number(main=12, sub=3), Number(main=12, sub=2), None)
    """
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    found = _NUMBER.fullmatch(plain)
    if not found or int(found["main"]) == 0:
        return None
    letter = (found["letter"] or "").upper()
    sub = (
        found["sub"] or found["after"] or _ORDER.get(letter) or (ord(letter) - 64 if letter else 0)
    )
    return Number(int(found["main"]), int(sub))


def door_findings(
    doors: pd.DataFrame, *, odd_side: str = "left", frontage_m: float = 20.0
) -> pd.DataFrame:
    """
    Check the door numbers of streets.

    Parameters
    ----------
    doors
        The layer ``door_numbers``: ``door_id``, ``place_id`` of the street, ``number``; ``side``,
        ``chainage_m`` (from where the street is numbered) and ``reserved`` where known. CRS does
        not matter.
    odd_side
        Side of the odd numbers, ``left`` or ``right``; a local rule. [P]
    frontage_m
        Frontage for which one number is kept free between doors. [P]

    Returns
    -------
    findings
        One row per remark under the label of its door: ``door_id``, ``place_id``, ``check``,
        ``severity``, ``value``, ``reason_zh``, ``reason_en``. Checks: ``unreadable``,
        ``duplicate``, ``parity``, ``order``, ``jump`` are errors; ``reserve`` is a warning. Doors
        without a side or chainage are not judged by what needs it.

    Raises
    ------
    MissingColumnsError
        If ``place_id`` or ``number`` is absent.

    Notes
    -----
    Numbers without jumps or doubles, with reserve (local rule, RULES §6.7 [V S37]). A number that
    a row with ``reserved`` holds is no jump.

    Examples
    --------
    >>> doors = pd.DataFrame({"door_id": ["a", "b", "c"], "place_id": "P", "side": "left",
    ...     "number": ["1号", "3号", "7号"], "chainage_m": [10.0, 30.0, 45.0]})
    >>> door_findings(doors)[["door_id", "check", "value"]].values.tolist()
    [['c', 'jump', '5']]
    """
    require(doors, "door_numbers", "place_id", "number")
    read = [number_of(t) for t in texts(doors, "number")]
    table = pd.DataFrame({
        "door_id": texts(doors, "door_id"), "place_id": texts(doors, "place_id"),
        "text": texts(doors, "number"), "side": texts(doors, "side"),
        "main": pd.array([n.main if n else pd.NA for n in read], dtype="Int64"),
        "sub": pd.array([n.sub if n else pd.NA for n in read], dtype="Int64"),
        "chainage_m": pd.to_numeric(doors.get("chainage_m", np.nan), errors="coerce"),
        "reserved": texts(doors, "reserved").str.lower().isin(["true", "1", "是"]),
    }, index=doors.index)  # fmt: skip
    said = list(_single(table, odd_side))
    sided = table[table["main"].notna() & table["side"].isin(_SIDES)]
    for _, street in sided.groupby(["place_id", "side"], sort=False):
        said += _along(street, frontage_m)
        said += _jumps(street)
    labels = [s[0] for s in said]
    ids = table[["door_id", "place_id"]].loc[labels].itertuples(index=False)
    rows = [(*own, *rest) for own, (_, *rest) in zip(ids, said, strict=True)]
    found = pd.DataFrame(rows, columns=_SAID, index=pd.Index(labels, dtype=doors.index.dtype))
    return found.sort_index(kind="stable")


def _single(table: pd.DataFrame, odd_side: str) -> Iterator[tuple[object, ...]]:
    """Give what can be told of single doors, and numbers given twice in a street."""
    bad = table["main"].isna()
    for row in each(table[bad]):
        yield (row.Index, "unreadable", "error", row.text, "不是门牌号", "is no door number")
    good = table[~bad]
    for row in each(good[good.duplicated(["place_id", "main", "sub"], keep=False)]):
        yield (row.Index, "duplicate", "error", row.text, "同一街路重号",
               "the street has this number twice")  # fmt: skip
    sided = good[good["side"].isin(_SIDES)]
    odd = (sided["main"] % 2 == 1).to_numpy(dtype=bool)
    wrong = odd != (sided["side"] == odd_side).to_numpy(dtype=bool)
    for row in each(sided[wrong]):
        yield (row.Index, "parity", "error", row.text, "单双号与街侧不符",
               "odd and even are on the wrong side")  # fmt: skip


def _along(street: pd.DataFrame, frontage_m: float) -> Iterator[tuple[object, ...]]:
    """Give numbers that fall along the street, and long fronts without a number in reserve."""
    walked = street[street["chainage_m"].notna()].sort_values("chainage_m", kind="stable")
    for a, b in pairwise(each(walked)):
        if (b.main, b.sub) < (a.main, a.sub):
            yield (b.Index, "order", "error", b.text, f"号码在 {a.text} 之后反而变小",
                   f"is smaller than {a.text}, which comes before it")  # fmt: skip
        free = int((b.chainage_m - a.chainage_m) // frontage_m) - 1
        if free > 0 and 0 < b.main - a.main <= 2 and not (a.reserved or b.reserved):  # noqa: PLR2004
            yield (b.Index, "reserve", "warning", b.text,
                   f"与 {a.text} 相距 {b.chainage_m - a.chainage_m:.0f} 米，未预留号码",
                   f"no number is free in {b.chainage_m - a.chainage_m:.0f} m from {a.text}",
                   )  # fmt: skip


def _jumps(street: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    """Give numbers of one parity that are missing between two doors of a side."""
    first = street.drop_duplicates("main").sort_values("main", kind="stable")
    for parity in (0, 1):
        own = first[(first["main"] % 2 == parity).to_numpy(dtype=bool)]
        for a, b in pairwise(each(own)):
            if b.main - a.main > 2:  # noqa: PLR2004
                gap = f"{a.main + 2}" + (f"–{b.main - 2}" if b.main - a.main > 4 else "")  # noqa: PLR2004
                yield (b.Index, "jump", "error", gap, f"{a.text} 之后跳号，缺 {gap}",
                       f"{gap} is missing after {a.text}")  # fmt: skip
