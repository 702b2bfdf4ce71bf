"""
Numbers of boundary markers (界桩编号, BND-04): read, write, check, give the next one.

A provincial number has eight characters: line code (4), serial (3), type letter. Lower levels have
the same shape with a longer line code ([P], no public rule). What is carved on the stone (刻号,
``inscription``) is another field and is never read as the number.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.boundaries.notes import NO_DATA, Notes, each, texts
from geoplan.errors import InputError, MissingColumnsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

PROVINCIAL = re.compile(r"^(\d{4})(\d{3})([QABCDE])$")
GENERIC = re.compile(r"^(?P<line>[0-9A-Z\-]+?)(?P<ser>\d{2,3})(?P<type>[QABCDE])?$")
NATIONAL = re.compile(r"^(\d{1,4}(\([0-9]\))?|\d{1,4}/\d{1,2})$")
"""National border markers (国界碑): a plain number, (1) or (2) on river banks, n/m auxiliary."""
STANDING = {"single": "Q", "paired": "AB", "triple": "CDE"}
"""Ways to stand (单立、同号双立、同号三立) and the type letters that stand together."""

_TOGETHER = {letter: letters for letters in STANDING.values() for letter in letters}
_KEYS = ("marker_id", "marker_no")


def tidy_number(number: object) -> str:
    """Return a number in plain capitals without blanks, empty where there is none."""
    if number is None or pd.isna(number):  # type: ignore[call-overload]
        return ""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(number))).upper()


def parse_numbers(numbers: pd.Series[str]) -> pd.DataFrame:
    """
    Take marker numbers apart.

    Parameters
    ----------
    numbers
        Marker numbers (界桩号) of any level.

    Returns
    -------
    parts
        The input's index: ``number`` (tidied), ``line_code``, ``serial``, ``letter``, ``pattern``
        (``provincial``, ``generic``, ``national_border``, ``bad`` or ``missing``). Parts that
        cannot be read are empty; the serial keeps its zeros.

    Examples
    --------
    >>> parse_numbers(pd.Series(["4142001Q", "421303421321017A", "105(1)"])).values.tolist()
    [['4142001Q', '4142', '001', 'Q', 'provincial'],
     ['421303421321017A', '421303421321', '017', 'A', 'generic'],
     ['105(1)', '', '', '', 'national_border']]
    """
    rows = [_parse(tidy_number(n)) for n in numbers]
    columns = ["number", "line_code", "serial", "letter", "pattern"]
    return pd.DataFrame(rows, columns=columns, index=numbers.index)


def _parse(number: str) -> tuple[str, str, str, str, str]:
    if not number:
        return number, "", "", "", "missing"
    if NATIONAL.match(number):
        return number, "", "", "", "national_border"
    found = PROVINCIAL.match(number) or GENERIC.match(number)
    if found is None or int(found[2]) == 0:
        return number, "", "", "", "bad"
    pattern = "provincial" if found.re is PROVINCIAL else "generic"
    return number, found[1], found[2], found[3] or "", pattern


def format_number(line_code: str, serial: int, letter: str = "Q") -> str:
    """
    Write a marker number (BND-04).

    Parameters
    ----------
    line_code
        Code of the line.
    serial
        Counted from 1 along the line.
    letter
        Type letter; empty where the level writes none.

    Returns
    -------
    number

    Raises
    ------
    InputError
        If the parts do not make a number that can be read again.

    Examples
    --------
    >>> format_number("4142", 17, "A")
    '4142017A'
    """
    number = tidy_number(f"{line_code}{serial:03d}{letter}")
    if _parse(number)[1:4] != (tidy_number(line_code), f"{serial:03d}", letter):
        raise InputError(
            f"Line code {line_code!r}, serial {serial}, letter {letter!r} make no marker number.",
            zh=f"界线代码“{line_code}”、序号 {serial}、类型码“{letter}”不能组成界桩号（BND-04）。",
            fix="give a code of digits, capitals and hyphens, a serial 1-999, a letter of Q A-E",
            fix_zh="界线代码用数字、大写字母和连字符，序号 1–999，类型码为 Q、A–E",
            number=number,
        )
    return number


def check_numbers(markers: pd.DataFrame, lines: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Check marker numbers: shape, uniqueness, pairs and triples, contradictions (BND-04).

    A needs B of the same serial, C needs D and E, Q stands alone. Serials may have holes; the
    number of a withdrawn marker (报废) is never used again.

    Parameters
    ----------
    markers
        Column ``marker_no``; ``marker_id``, ``marker_type``, ``line_code``, ``line_id``, ``level``
        and ``condition`` are compared where there are any. Geometry and CRS are not looked at.
    lines
        ``line_id`` and ``line_code``, to compare the number with the line it stands on.

    Returns
    -------
    findings
        One row per finding under the label of the marker's row: ``marker_id``, ``marker_no``,
        ``code``, ``severity``, ``message_zh``, ``message_en``, ``related`` (other numbers,
        ``;``-joined), ``clause``. Empty when nothing is wrong.

    Raises
    ------
    MissingColumnsError
        If there is no ``marker_no``.

    Examples
    --------
    G13: one valid, one without its pair.

    >>> markers = pd.DataFrame({"marker_no": ["4142001Q", "4142017A"]})
    >>> check_numbers(markers)[["marker_no", "code", "related"]].values.tolist()
    [['4142017A', 'pair_missing', '4142017B']]
    """
    if "marker_no" not in markers.columns:
        raise MissingColumnsError.for_layer("boundary_markers", {"marker_no"}, markers.columns)
    table = _table(markers, lines)
    notes = Notes(*_KEYS, clause="BND-04")
    for row in each(table):
        for code, zh, en, severity in _shape(row) or _contradictions(row):
            notes.add(row.Index, (row.marker_id, row.number), code, zh, en, severity=severity)
    readable = table[table["pattern"].isin(["provincial", "generic"])]
    _same_number(readable, notes)
    _company(readable[~readable["withdrawn"]], notes)
    return notes.frame()


def _table(markers: pd.DataFrame, lines: pd.DataFrame | None) -> pd.DataFrame:
    table = parse_numbers(markers["marker_no"])
    for column in ("marker_id", "marker_type", "level", "condition"):
        table[column] = texts(markers, column)
    table["stated_code"] = [tidy_number(c) for c in texts(markers, "line_code")]
    code = {}
    if lines is not None:
        code = dict(zip(texts(lines, "line_id"), texts(lines, "line_code"), strict=True))
    table["code_of_line"] = [tidy_number(code.get(i, "")) for i in texts(markers, "line_id")]
    codes = zip(table["level"], table["stated_code"], table["code_of_line"], strict=True)
    provincial = [level == "province" or bool(re.fullmatch(r"\d{4}", own or of_line))
                  for level, own, of_line in codes]  # fmt: skip
    table["provincial"] = np.array(provincial, dtype=bool)
    table.loc[table["provincial"] & (table["pattern"] == "generic"), "pattern"] = "bad"
    table["withdrawn"] = table["condition"] == "withdrawn"
    # a level that writes no letter says the type in its own column
    table["standing"] = table["letter"].where(table["letter"] != "", table["marker_type"])
    return table


Said = tuple[str, str, str, str]


def _shape(row: Any) -> list[Said]:
    number, pattern = row.number, row.pattern
    if pattern == "missing":
        return [("missing_number", "没有界桩号", "no marker number", NO_DATA)]
    if pattern == "national_border":
        return [("national_border_number", f"“{number}”像国界碑编号，不是行政区域界线界桩号",
                 f"{number!r} looks like a national border marker, not an administrative one",
                 "error")]  # fmt: skip
    if pattern == "bad":
        wanted, wanted_en = "界线代码、2–3 位序号、类型码", "line code, serial, letter"
        if row.provincial:
            wanted, wanted_en = ("4 位界线代码、3 位序号、类型码，如 4142001Q",
                                 "4 digits of line code, 3 of serial, a letter")  # fmt: skip
        zh = f"“{number}”格式不对，应为{wanted}"
        en = f"{number!r} is malformed; wanted: {wanted_en}"
        return [("bad_number", zh, en, "error")]
    return []


def _contradictions(row: Any) -> list[Said]:
    letter, kind, code = row.letter, row.marker_type, row.line_code
    out = []
    if letter and kind and letter != kind:
        en = f"the number says type {letter}, the column marker_type says {kind}"
        out.append(("type_contradicts", f"类型码是 {letter}，界桩类型栏是 {kind}", en, "error"))
    said = {
        row.code_of_line: ("所属界线的代码", "its line's code"),
        row.stated_code: ("界线代码栏", "the marker's line code"),
    }
    for stated, (where, where_en) in said.items():
        if code and stated and stated != code:
            zh = f"编号中的界线代码是 {code}，{where}是 {stated}"
            en = f"the number holds line code {code}, {where_en} is {stated}"
            out.append(("line_code_contradicts", zh, en, "error"))
    return out


def _same_number(table: pd.DataFrame, notes: Notes) -> None:
    """Say where one number names two markers; versions of one marker are one."""
    for number, group in table.groupby("number", sort=False):
        ids = list(group["marker_id"])
        if len(group) == 1 or (ids[0] and len(set(ids)) == 1):
            continue
        rows, code = group[~group["withdrawn"]], "number_reused"
        zh = f"{number} 已用于报废的界桩，不得再用"
        en = f"{number} belonged to a withdrawn marker and is not used again"
        if len(rows) in {0, len(group)}:
            rows, code = group, "duplicate_number"
            zh, en = f"{number} 用于 {len(group)} 个界桩", f"{number} names {len(group)} markers"
        for row in each(rows):
            others = [i for i in ids if i and i != row.marker_id]
            notes.add(row.Index, (row.marker_id, number), code, zh, en, related=others)


def _company(table: pd.DataFrame, notes: Notes) -> None:
    """Say which markers lack those that stand with them, or stand with those they should not."""
    table = table[table["standing"].isin(list(_TOGETHER))]
    for (line, serial), group in table.groupby(["line_code", "serial"], sort=False):
        written = (group["letter"] != "").all()
        for row in each(group):
            ids, wanted = (row.marker_id, row.number), _TOGETHER[row.standing]
            lacking = [f"{line}{serial}{c}" if written else c
                       for c in wanted if c not in set(group["standing"])]  # fmt: skip
            if lacking:
                code = "pair_missing" if wanted == STANDING["paired"] else "triple_missing"
                zh, en = f"缺同号界桩 {'、'.join(lacking)}", f"{', '.join(lacking)} is missing"
                notes.add(row.Index, ids, code, zh, en, related=lacking)
            strange = group[~group["standing"].isin(list(wanted))]
            if len(strange):
                kinds = sorted({row.standing, *strange["standing"]})
                zh = f"序号 {serial} 同时用作{'、'.join(kinds)}型"
                en = f"serial {serial} is used for types {', '.join(kinds)} at once"
                notes.add(row.Index, ids, "serial_clash", zh, en, related=strange["number"])


def next_number(
    used: Iterable[str], line_code: str, standing: str = "single", *, letters: bool = True
) -> tuple[str, ...]:
    """
    Return the number or numbers of the next marker of a line; holes stay holes (BND-04).

    Parameters
    ----------
    used
        Every number ever given, withdrawn ones included.
    line_code
        Code of the line.
    standing
        ``single``, ``paired`` or ``triple``.
    letters
        Whether the level writes type letters.

    Returns
    -------
    numbers
        One, two or three numbers of one serial; just one where no letters are written.

    Raises
    ------
    InputError
        If there is no such way to stand, or the line has used up its 999 serials.

    Examples
    --------
    >>> next_number(["4142001Q", "4142017A", "4142017B"], "4142", "paired")
    ('4142018A', '4142018B')
    """
    if standing not in STANDING:
        raise InputError(
            f"No way to stand {standing!r}.", zh=f"没有立桩方式“{standing}”。",
            fix=f"use one of {', '.join(STANDING)}",
            fix_zh="可用 single（单立）、paired（同号双立）、triple（同号三立）", standing=standing,
        )  # fmt: skip
    parts = parse_numbers(pd.Series(list(used), dtype=object))
    own = parts.loc[parts["line_code"] == tidy_number(line_code), "serial"]
    serial = int(own.astype(int).max()) + 1 if len(own) else 1
    if not letters:
        return (format_number(line_code, serial, ""),)
    return tuple(format_number(line_code, serial, letter) for letter in STANDING[standing])
