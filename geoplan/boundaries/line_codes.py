"""
Codes of boundary lines (界线代码, BND-03).

Only the provincial code is known from public text (two province codes, the smaller first); the
others are a convention of this project ([P]) until the bureau supplies its own: hand its table as
``official``. Nothing is ever read out of a [P] code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

DIGITS = {"province": 2, "prefecture": 4, "county": 6, "township": 9, "village": 12}
"""Digits of a unit code that the line code of each level takes from either side."""
_JOINED = {"township": "-", "village": "-"}


def line_code(level: str, left: str, right: str, official: Mapping[str, str] | None = None) -> str:
    """
    Return the code of the line between two units (BND-03): the smaller code first.

    Parameters
    ----------
    level
        Level of the line, one of `DIGITS`.
    left, right
        Codes of the two units, of that level or below, in either order.
    official
        The bureau's own codes by the project's code; what it holds wins.

    Returns
    -------
    code
        ``4142`` (province), ``42094213`` (prefecture), ``421303421321`` (county),
        ``421303001-421303002`` (township), ``v``-prefixed (village).

    Raises
    ------
    InputError
        If the level is unknown or a code too short for it.

    Examples
    --------
    >>> line_code("province", "421321", "411528")
    '4142'
    >>> line_code("county", "421321", "421303", official={"421303421321": "0801"})
    '0801'
    """
    if level not in DIGITS:
        raise InputError(
            f"No line level {level!r}.", zh=f"没有界线级别“{level}”。",
            fix=f"use one of {', '.join(DIGITS)}", fix_zh=f"可用的有 {', '.join(DIGITS)}",
            level=level,
        )  # fmt: skip
    digits = DIGITS[level]
    for code in (left, right):
        if len(code) < digits:
            raise _too_short(level, code, digits)
    smaller, larger = sorted((left[:digits], right[:digits]))
    code = f"{smaller}{_JOINED.get(level, '')}{larger}"
    code = f"v{code}" if level == "village" else code
    return (official or {}).get(code, code)


def _too_short(level: str, code: str, digits: int) -> InputError:
    return InputError(
        f"Unit code {code!r} has {len(code)} digits; a {level} line code takes {digits} (BND-03).",
        zh=f"单元代码“{code}”只有 {len(code)} 位，该级界线代码需要 {digits} 位（BND-03）。",
        fix="give the codes of units of that level, or the bureau's own codes as `official`",
        fix_zh="请给出该级单元的代码，或用 official 给出主管部门的正式代码",
        code_found=code,
    )
