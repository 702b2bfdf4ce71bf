"""Place codes (地名代码): 20 digits = division 6 + township 3 + category 5 + serial 6."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from geoplan.errors import InputError, MissingColumnsError
from geoplan.schemas import layer
from geoplan.schemas.findings import ROW_REJECTED, WARNING, Findings, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

LENGTH = 20
NO_TOWNSHIP = "000"
"""Part two of a place above the townships."""
UNIT_CATEGORIES = ("212", "213", "214", "215", "21610", "21620")
"""First digits of the categories whose places are units themselves."""
LAST_SERIAL = 999_999
_CODE = re.compile(r"(\d{6})(\d{3})(\d{5})(\d{6})")
_UNIT = re.compile(r"\d{6}(\d{3}(\d{3})?)?")
_CATEGORY = re.compile(r"\d{3,5}")
_PREFIX = 14  # all but the serial
_ABOVE, _WITHIN = ("212", "213", "214"), ("215", "216")  # divisions above, units in a township


class PlaceCode(NamedTuple):
    """The four parts of a place code."""

    county: str
    township: str
    category: str
    serial: int

    @property
    def unit_code(self) -> str:
        """The division: six digits above the townships, else nine."""
        return self.county + ("" if self.township == NO_TOWNSHIP else self.township)

    @property
    def text(self) -> str:
        """The 20 digits."""
        return f"{self.county}{self.township}{self.category}{self.serial:06d}"


def parse(code: str) -> PlaceCode:
    """
    Take a place code apart.

    Parameters
    ----------
    code
        20 digits as text.

    Returns
    -------
    parts
        Division, township, category, serial.

    Raises
    ------
    InputError
        If it is not 20 digits, or its serial is 0.

    Notes
    -----
    RULES §6.6, golden value G14. There is no check digit.

    Examples
    --------
    >>> parse("33038100122100000001")
    PlaceCode(county='330381', township='001', category='22100', serial=1)
    >>> parse("42130000012100000007").unit_code
    '421300'
    """
    found = _CODE.fullmatch(str(code)) if str(code).isascii() else None
    if found is None or not int(found[4]):
        why = "is not 20 digits" if found is None else "has the serial 000000"
        zh = "不是 20 位数字" if found is None else "的顺序号为 000000"
        raise InputError(
            f"Place code {str(code)!r} {why}.",
            zh=f"地名代码“{code}”{zh}。",
            fix="write 6 + 3 + 5 + 6 digits as text, the serial from 000001",
            fix_zh="按 6+3+5+6 位数字以文本填写，顺序号从 000001 起（Excel 单元格要设为文本）",
            value=str(code),
        )
    return PlaceCode(found[1], found[2], found[3], int(found[4]))


def make(unit_code: str, category_code: str, serial: int) -> str:
    """
    Put a place code together.

    Parameters
    ----------
    unit_code
        Division the place was named in: 6 digits above the townships, 9 for a township, 12 for
        a village, of which the township's nine are taken.
    category_code
        3 to 5 digits of the classification (GB/T 18521), filled with zeros on the right.
    serial
        1 to 999999.

    Returns
    -------
    code
        20 digits.

    Raises
    ------
    InputError
        If a part is not of its form.

    Examples
    --------
    >>> make("330381001", "221", 1)
    '33038100122100000001'
    >>> make("421300", "12100", 7)
    '42130000012100000007'
    """
    return _prefix(unit_code, category_code) + f"{_in_range(serial, unit_code):06d}"


def _prefix(unit_code: str, category_code: str) -> str:
    unit, category = str(unit_code), str(category_code)
    for text, form, what, zh in (
        (unit, _UNIT, "unit code of 6, 9 or 12 digits", "6、9 或 12 位的区划代码"),
        (category, _CATEGORY, "category code of 3 to 5 digits", "3—5 位的地名类别代码"),
    ):
        if not (text.isascii() and form.fullmatch(text)):
            raise InputError(
                f"{text!r} is no {what}.", zh=f"“{text}”不是{zh}。",
                fix="correct the code", fix_zh="改正代码", value=text,
            )  # fmt: skip
    return unit[:9].ljust(9, "0") + category.ljust(5, "0")


def _in_range(serial: int, unit_code: str) -> int:
    if not 1 <= serial <= LAST_SERIAL:
        raise InputError(
            f"The serial {serial} for {unit_code} is not within 1 to {LAST_SERIAL}.",
            zh=f"{unit_code} 的顺序号 {serial} 不在 1—{LAST_SERIAL} 之内。",
            fix="use another category or division; a code once given is never used again",
            fix_zh="换用更细的类别或区划；代码一经赋予不得重复使用",
            unit_code=unit_code, serial=serial,
        )  # fmt: skip
    return serial


def assign(rows: pd.DataFrame, used: Iterable[str]) -> pd.Series[str]:
    """
    Give each row the next free code of its division and category; none is used twice.

    Parameters
    ----------
    rows
        Columns ``unit_code``, ``category_code``.
    used
        Every code ever given, those of abolished names included.

    Returns
    -------
    place_code
        The input's index; in order of the rows.

    Raises
    ------
    MissingColumnsError
        If a column is absent.
    InputError
        If a code is malformed, or a division has no serial left.

    Examples
    --------
    >>> hamlets = pd.DataFrame({"unit_code": ["421303001"] * 2, "category_code": ["22200"] * 2})
    >>> assign(hamlets, ["42130300122200000004"]).tolist()
    ['42130300122200000005', '42130300122200000006']
    """
    need = {"unit_code", "category_code"}
    if not need <= set(rows.columns):
        raise MissingColumnsError.for_layer("place_names", need - set(rows.columns), rows.columns)
    last: dict[str, int] = {}
    for code in used:
        if isinstance(code, str) and code.isascii() and _CODE.fullmatch(code):
            last[code[:_PREFIX]] = max(last.get(code[:_PREFIX], 0), int(code[_PREFIX:]))
    made = []
    for unit, category in zip(rows["unit_code"], rows["category_code"], strict=True):
        prefix = _prefix(unit, category)
        last[prefix] = _in_range(last.get(prefix, 0) + 1, str(unit))
        made.append(f"{prefix}{last[prefix]:06d}")
    return pd.Series(made, index=rows.index, dtype="str", name="place_code")


def check(
    places: pd.DataFrame, divisions: pd.DataFrame | None, *, on: str | pd.Series[pd.Timestamp]
) -> pd.DataFrame:
    """
    Check the codes of many places.

    Parameters
    ----------
    places
        Columns ``place_code`` and, where known, ``place_id``, ``unit_code``, ``category_code``.
    divisions
        Columns ``unit_code`` and, where known, ``valid_from``, ``valid_to`` (the first day it is
        no longer valid): ``admin_units`` or ``unit_codes`` of one code system, former ones too.
        None where they are not at hand: then divisions are not judged.
    on
        Date of naming (ISO), for all rows or as a Series of dates with the index of ``places``;
        where it is missing, a division valid at any time will do.

    Returns
    -------
    findings
        One row per finding, ``row`` the index in ``places``; effect ``row_rejected``:
        ``bad_place_code``, ``reused_code``, ``unknown_division``, ``division_not_valid``,
        ``wrong_part_two``, ``other_category``; ``warning``: ``other_unit`` (the place now lies in
        another division than its code says). An empty ``place_code`` is no finding.

    Raises
    ------
    MissingColumnsError
        If ``place_code`` or the divisions' ``unit_code`` is absent.

    Notes
    -----
    RULES §6.6: unique, not reused; parts one and two a valid division on the date of naming;
    ``000`` in part two above the townships.

    Examples
    --------
    >>> towns = pd.DataFrame({"unit_code": ["330381", "330381001"]})
    >>> names = pd.DataFrame({"place_code": ["33038100122100000001", "33038100922100000001"]})
    >>> check(names, towns, on="2024-01-01")[["row", "rule"]].values.tolist()
    [[1, 'unknown_division']]
    """
    if "place_code" not in places.columns:
        raise MissingColumnsError.for_layer("place_names", ["place_code"], places.columns)
    if divisions is not None and "unit_code" not in divisions.columns:
        raise MissingColumnsError.for_layer("admin_units", ["unit_code"], divisions.columns)
    ids = places.get("place_id", pd.Series("", index=places.index)).fillna("").astype(str)
    findings = Findings(layer("place_names"), "", places.index.to_numpy(), ids.tolist())
    code = places["place_code"].astype("str").fillna("")
    good = code.str.fullmatch(rf"[0-9]{{{LENGTH}}}") & (code.str[_PREFIX:] != "000000")
    values = code.to_numpy(dtype=object)

    def note(mask: pd.Series[bool], rule: str, effect: str, words: Words) -> None:
        findings.add(mask.to_numpy(dtype=bool), "place_code", values, rule, effect, words)

    note(~good & (code != ""), "bad_place_code", ROW_REJECTED, _BAD)
    note(good & code.duplicated(), "reused_code", ROW_REJECTED, _REUSED)
    if divisions is not None:
        known, valid = _division_known(code, divisions, on)
        note(good & ~known, "unknown_division", ROW_REJECTED, _UNKNOWN)
        note(good & known & ~valid, "division_not_valid", ROW_REJECTED, _NOT_VALID)
    kind, above = code.str[9:12], code.str[6:9] == NO_TOWNSHIP
    wrong = (kind.isin(_ABOVE) & ~above) | (kind.isin(_WITHIN) & above)
    note(good & wrong, "wrong_part_two", ROW_REJECTED, _PART_TWO)
    category = _own(places, "category_code").str.ljust(5, "0")
    note(good & (category != "00000") & (category != code.str[9:_PREFIX]), "other_category",
         ROW_REJECTED, _CATEGORY_SAID)  # fmt: skip
    unit = _own(places, "unit_code")
    note(good & (unit != "") & (unit.str[:9].str.ljust(9, "0") != code.str[:9]), "other_unit",
         WARNING, _OTHER_UNIT)  # fmt: skip
    return findings.frame()


def _own(places: pd.DataFrame, column: str) -> pd.Series[str]:
    none = pd.Series("", index=places.index)
    return places.get(column, none).astype("str").fillna("")


def _division_known(
    code: pd.Series[str], divisions: pd.DataFrame, on: str | pd.Series[pd.Timestamp]
) -> tuple[pd.Series[bool], pd.Series[bool]]:
    """Tell whether the division of each code ever was, and whether it was on its date."""
    key = code.str[:9].where(code.str[6:9] != NO_TOWNSHIP, code.str[:6])
    when = on if isinstance(on, pd.Series) else pd.Series(pd.Timestamp(on), index=code.index)
    asked = pd.DataFrame({
        "at": np.arange(len(code)), "unit_code": key.astype(object).to_numpy(),
        "when": pd.to_datetime(when.reindex(code.index)).to_numpy(),
    })  # fmt: skip
    table = pd.DataFrame({"unit_code": divisions["unit_code"].astype(object)})
    for column in ("valid_from", "valid_to"):
        given = divisions.get(column, pd.Series(pd.NaT, index=divisions.index))
        table[column] = pd.to_datetime(given, errors="coerce")
    pairs = asked.merge(table, on="unit_code")
    fits = (pairs["when"].isna() | pairs["valid_from"].isna()
            | (pairs["valid_from"] <= pairs["when"]))  # fmt: skip
    fits &= pairs["when"].isna() | pairs["valid_to"].isna() | (pairs["when"] < pairs["valid_to"])
    known = np.isin(asked["at"], pairs["at"])
    valid = np.isin(asked["at"], pairs.loc[fits, "at"])
    return pd.Series(known, index=code.index), pd.Series(valid, index=code.index)


_BAD = Words(
    "地名代码“{value}”不是 20 位数字（顺序号从 000001 起）",
    "place code {value} is not 20 digits with a serial from 000001",
    "按 6+3+5+6 位数字填写；Excel 会截断长数字，单元格要设为文本",
    "write 6 + 3 + 5 + 6 digits; Excel cuts long numbers, so format the cells as text",
)
_REUSED = Words(
    "地名代码“{value}”已赋予另一条地名", "place code {value} was given to another place already",
    "另编顺序号；代码不得重复使用", "give it the next serial; a code is never used twice",
)  # fmt: skip
_UNKNOWN = Words(
    "地名代码“{value}”的前 9 位不是已知的区划代码",
    "the first nine digits of {value} are no known division code",
    "核对区划代码及其代码体系", "check the division code and its code system",
)  # fmt: skip
_NOT_VALID = Words(
    "地名代码“{value}”的区划代码在命名日期无效",
    "the division code of {value} was not valid on the date of naming",
    "核对命名日期，或使用当时有效的区划代码",
    "check the date of naming, or use the division code valid then",
)
_PART_TWO = Words(
    "地名代码“{value}”第 7—9 位与类别不符（乡级以上用 000，乡级及以下用乡级代码）",
    "digits 7 to 9 of {value} do not suit its category (000 above the townships only)",
    "核对类别与第 7—9 位", "check the category and digits 7 to 9",
)  # fmt: skip
_CATEGORY_SAID = Words(
    "地名代码“{value}”的类别段与“地名类别代码”不一致",
    "the category in {value} is not the place's category_code",
    "改正其中之一", "correct one of the two",
)  # fmt: skip
_OTHER_UNIT = Words(
    "地名代码“{value}”的区划段与所属单元不一致",
    "the division in {value} is not the place's unit_code",
    "若因区划变更，保留代码；否则核对是否误用他处代码",
    "keep the code if the division changed; otherwise see whether it is another place's",
)
