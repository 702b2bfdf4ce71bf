"""
Addresses (地址) read from the top down: units, then street, number and what is left over.

Levels and generics may be left out, old names and other generics are understood and said. What can
be read in several ways keeps every way; what contradicts itself is said, never mended silently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from geoplan.errors import InputError
from geoplan.placenames.unit_names import ROOT, UnitNames
from geoplan.placenames.unit_readings import Read, read_units
from geoplan.placenames.unit_spellings import STREET_ENDINGS, tidy
from geoplan.schemas.hierarchy import LEVELS

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 200
"""Characters of an address that is read."""

_LEAD = re.compile(
    r"^(?:(?:详细)?(?:地址|住址|住所|位置)[::]?)?(?:\d{6}(?!\d))?(?:中华人民共和国|中国)?"
)
_COUNTED = "号栋幢座组单元室楼层院队户排"
_TAIL = re.compile(
    rf"\d+(?:[-—之]\d+)?(?:[{_COUNTED}]|$)|[一二三四五六七八九十百]+(?:[号栋幢组]|单元)"
)
_NUMBER = re.compile(r"\d+(?:[-—之]\d+)?(?:号(?:附\d+号?|之\d+)?|$)")
_STREET = re.compile(rf".{{1,20}}?(?:{'|'.join(STREET_ENDINGS)})")
_LOST_UNIT = re.compile(
    r"[^\d]{1,8}?(?:街道办事处|街道|街办|镇|乡|社区居委会|社区|居委会|村委会|村)"
    rf"(?!{'|'.join(STREET_ENDINGS)})"
)


class Candidate(NamedTuple):
    """
    One way to read the units of an address.

    Parameters
    ----------
    unit_code, level
        The lowest unit of this way.
    codes
        Codes of its chain from the province to the village; empty where there is none.
    path
        The names of the chain, joined.
    """

    unit_code: str
    level: str
    codes: tuple[str, ...]
    path: str


class Note(NamedTuple):
    """Something a person should know about a reading: a code, and it in Chinese and English."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Address:
    """
    What an address says.

    Parameters
    ----------
    text
        The text as it was compared.
    state
        ``unique``, ``ambiguous``, ``contradiction``, ``outside`` (of the city), ``none`` (no unit
        found) or ``unreadable``.
    unit_code, level
        The unit of a unique reading; else the lowest unit all candidates share, empty for none.
    codes
        Codes of its chain from the province to the village; empty where there is none.
    candidates
        Every way to read the units, the likeliest first.
    street, number, rest
        Street, door number (12号, 12号附3号) and what follows or was not understood.
    notes
        Former names, generics of another kind, other ways to read it, contradictions.
    rest_at
        Where in ``text`` the units end.
    short_at
        Where a last unit without its generic begins: a place may go on from there. -1 for none.
    """

    text: str
    state: str
    unit_code: str = ""
    level: str = ""
    codes: tuple[str, ...] = ("",) * len(LEVELS)
    candidates: tuple[Candidate, ...] = ()
    street: str = ""
    number: str = ""
    rest: str = ""
    notes: tuple[Note, ...] = ()
    rest_at: int = 0
    short_at: int = -1


def parse(text: str, *, units: pd.DataFrame | UnitNames) -> Address:
    """
    Read one address.

    Parameters
    ----------
    text
        Any text, at most `LONGEST` characters.
    units
        `UnitNames`, or a frame to make it of (columns ``unit_code``, ``name``, ``level``,
        ``parent_code``; any CRS). Make it once where many addresses are read.

    Returns
    -------
    address
        What was understood, and every other way to understand it.

    Raises
    ------
    InputError
        If it is no text, empty, or too long.
    MissingColumnsError
        If the frame lacks a column.

    Notes
    -----
    A name without its generic is read as the highest unit below the one named before it (随县草店
    is 草店镇; the village of that name is among the candidates). It is none where another generic
    goes on with it (东城大道 is a street). A village without its generic must end the words.

    Examples
    --------
    >>> import pandas as pd
    >>> units = pd.DataFrame({"unit_code": ["421300", "421303", "421303002"],
    ...     "name": ["随州市", "曾都区", "东城街道"], "level": ["prefecture", "county", "township"],
    ...     "parent_code": ["420000", "421300", "421303"]})
    >>> found = parse("湖北随州曾都东城街办解放路12号3栋2单元", units=units)
    >>> found.unit_code, found.street, found.number, found.rest
    ('421303002', '解放路', '12号', '3栋2单元')
    """
    names = units if isinstance(units, UnitNames) else UnitNames.of(units)
    unread = why_unread(text)
    if unread:
        raise InputError(
            f"An address cannot be read: {unread.en}.", zh=f"无法识别地址：{unread.zh}。",
            fix=f"give a text of 1 to {LONGEST} characters",
            fix_zh=f"请给出 1 至 {LONGEST} 个字符的文字", value=str(text)[:LONGEST],
        )  # fmt: skip
    return AddressReader(names).read(text)


def why_unread(text: Any) -> Note | None:
    """Tell why something is no address at all; None where it may be one."""
    if not isinstance(text, str):
        return Note("not_text", "不是文字", f"{type(text).__name__} is no text")
    if len(text) > LONGEST:
        return Note("too_long", f"超过 {LONGEST} 个字符", f"it has {len(text)} characters")
    if not tidy(text):
        return Note("empty", "内容为空", "it is empty")
    return None


class AddressReader:
    """
    Reads many addresses: equal words before the number are read once.

    Parameters
    ----------
    names
        The units that can be named.
    """

    def __init__(self, names: UnitNames) -> None:
        self.names = names
        self._heads: dict[tuple[str, bool], Address] = {}

    def read(self, text: str) -> Address:
        """Read one address that `why_unread` has nothing against."""
        whole = tidy(text)
        words = _LEAD.sub("", whole, count=1)
        tail_at = _TAIL.search(words)
        head = words[: tail_at.start()] if tail_at else words
        key = (head, tail_at is not None)
        known = self._heads.get(key)
        if known is None:
            known = self._heads[key] = self._head(*key)
        if tail_at is None:
            return known
        tail = words[tail_at.start() :]
        number, rest = door_number(tail)
        return replace(known, text=words, number=number, rest=known.rest + rest)

    def _head(self, head: str, numbered: bool) -> Address:  # noqa: FBT001
        read = read_units(self.names, head, numbered=numbered)
        left = head[read.end :].lstrip(",，;；/、·-—|>.。")
        lost = _LOST_UNIT.match(left)
        notes = list(read.notes)
        if lost and read.units:
            notes.append(("lost", (lost[0], self.names.path(read.units[0]))))
            left = left[lost.end() :]
        street, rest = _street(left, numbered=numbered)
        return self._said(
            read, text=head, street=street, rest=(lost[0] if lost and read.units else "") + rest,
            notes=tuple(said(code, *values) for code, values in notes),
        )  # fmt: skip

    def _said(self, read: Read, **fields: Any) -> Address:
        names = self.names
        shown = read.units[0] if read.state in ("unique", "outside") else ROOT
        if read.state in ("ambiguous", "contradiction"):
            shown = names.shared(list(read.units))
        if shown != ROOT:
            unit = names.units[shown]
            fields |= {
                "unit_code": unit.code, "level": LEVELS[unit.level], "codes": names.codes(shown),
            }  # fmt: skip
        ways = tuple(
            Candidate(names.units[k].code, LEVELS[names.units[k].level], names.codes(k),
                      names.path(k))
            for k in read.units
        )  # fmt: skip
        return Address(state=read.state, candidates=ways, rest_at=read.end,
                       short_at=read.short_at, **fields)  # fmt: skip


def door_number(text: str) -> tuple[str, str]:
    """
    Split what follows a street into the door number and the rest.

    Examples
    --------
    >>> door_number("12号附3号2单元"), door_number("3栋")
    (('12号附3号', '2单元'), ('', '3栋'))
    """
    found = _NUMBER.match(text)
    end = found.end() if found else 0
    return text[:end], text[end:]


def _street(left: str, *, numbered: bool) -> tuple[str, str]:
    """Split what follows the units into a street and the rest."""
    if numbered and len(left) > 1 and left.endswith(STREET_ENDINGS):
        return left, ""
    found = _STREET.match(left)
    return (found[0], left[found.end() :]) if found else ("", left)


_SAID = {
    "former": ("“{}”是旧名或别名，现为{}", "{} is a former or other name of {}"),
    "other_generic": ("写作“{}”，登记为{}", "written {}, registered as {}"),
    "also": ("也可读作{}", "may also be read as {}"),
    "lost": ("“{}”不在{}的名录中", "{} is not in the list of {}"),
    "lead": ("开头的“{}”未识别", "the beginning {} was not understood"),
    "ambiguous": ("可指{}", "may be {}"),
    "contradiction": ("{}在{}，不在{}", "{} lies in {}, not in {}"),
    "outside": ("{}不属于本市", "{} is not in the city"),
    "none": ("没有识别出行政区划", "no unit was recognised"),
}


def said(code: str, *values: str) -> Note:
    """Return a note in words."""
    zh, en = _SAID[code]
    return Note(code, zh.format(*values), en.format(*values))
