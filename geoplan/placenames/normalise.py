"""Comparison keys of names (地名比较键): one spelling for all the ways a name is written."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from geoplan.errors import InputError
from geoplan.placenames.simplified import TABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_NAME = 100
_DIGITS = "\u3007一二三四五六七八九"
_NUMBER = re.compile("[0-9]+")
_SEPARATOR = "\n"


class _Folding(dict[int, str | None]):
    """What a character becomes; decided once for each character met."""

    def __missing__(self, code: int) -> str | None:
        kind = unicodedata.category(chr(code))
        gone = kind[0] in "PZM" or kind in {"Cc", "Cf", "Cs"}
        self[code] = None if gone else chr(code).casefold()
        return self[code]


_FOLDING = _Folding({ord("零"): _DIGITS[0], **TABLE})


def key(name: str) -> str:
    """
    Return the key by which a name is compared: equal keys are the same name.

    Parameters
    ----------
    name
        Any text.

    Returns
    -------
    key
        NFKC; without spaces, punctuation, marks, control and format characters; traditional and
        variant characters as the standard ones; letters lower case; Arabic numbers in Chinese
        digits (12 as 十二, 316 as 三一六), 零 as U+3007. May be empty.

    Notes
    -----
    RULES PN-08. Arabic digits become Chinese ones and not the reverse: 五一路 and 五十一路 would
    both be 51路.

    Examples
    --------
    >>> key("曾　都區"), key("３１６国道"), key("12号路") == key("十二號路")
    ('曾都区', '三一六国道', True)
    """
    return _numbers(unicodedata.normalize("NFKC", name).translate(_FOLDING))


def keys(names: Sequence[str]) -> list[str]:
    """
    Return the keys of many names, in their order.

    Parameters
    ----------
    names
        Any texts.

    Returns
    -------
    keys
        As `key` gives one by one, at some million names a second.

    Examples
    --------
    >>> keys(["灣潭", "A区"])
    ['湾潭', 'a区']
    """
    joined = _SEPARATOR.join(names)
    if not names or joined.count(_SEPARATOR) != len(names) - 1:
        return [key(name) for name in names]
    table = _Folding(_FOLDING | {ord(_SEPARATOR): _SEPARATOR})
    return _numbers(unicodedata.normalize("NFKC", joined).translate(table)).split(_SEPARATOR)


def checked(text: str, *, most: int = LONGEST_NAME) -> str:
    r"""
    Return a name as it is, without the blanks around it, or refuse what cannot be one.

    Parameters
    ----------
    text
        The name as it was given.
    most
        Greatest length, characters, closed.

    Returns
    -------
    name
        Emoji, letters and rare characters stay: they are for the rules (PN-04) to judge.

    Raises
    ------
    InputError
        If it is no text, empty, longer than ``most``, or holds control, format (zero-width,
        bidirectional) or broken characters.

    Examples
    --------
    >>> checked(" 曾都区 ")
    '曾都区'
    >>> checked("曾都\u202e区")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    geoplan.errors.InputError: a control character
    """
    if not isinstance(text, str):
        raise _refused(f"a {type(text).__name__}", "不是文本", "is no text", repr(text))
    name = text.strip()
    shown = visible(name[:20]) + ("…" if len(name) > 20 else "")  # noqa: PLR2004
    for at, character in enumerate(name):
        if unicodedata.category(character) in {"Cc", "Cf", "Cs"}:
            point = f"U+{ord(character):04X}"
            raise _refused(f"{shown!r}", f"第 {at + 1} 个字符是不可见或控制字符 {point}",
                           f"has the invisible or control character {point} as its character "
                           f"{at + 1}", shown)  # fmt: skip
    if not key(name):
        raise _refused(f"{shown!r}", "没有可以比较的文字", "holds no character to compare", shown)
    if len(name) > most:
        raise _refused(f"{shown!r}", f"有 {len(name)} 个字符，最多 {most} 个",
                       f"has {len(name)} characters, at most {most} are taken", shown)  # fmt: skip
    return name


def visible(text: str) -> str:
    """
    Return a text with its invisible characters written out.

    Examples
    --------
    >>> visible("a\u200bb")
    'a<U+200B>b'
    """
    return "".join(
        f"<U+{ord(c):04X}>" if unicodedata.category(c) in {"Cc", "Cf", "Cs"} else c for c in text
    )


def _numbers(text: str) -> str:
    return _NUMBER.sub(lambda found: _chinese(found.group()), text)


def _chinese(number: str) -> str:
    digits = [_DIGITS[int(d)] for d in number]
    if len(number) != 2 or number[0] == "0":  # noqa: PLR2004
        return "".join(digits)
    tens = "" if number[0] == "1" else digits[0]
    return f"{tens}十{'' if number[1] == '0' else digits[1]}"


def _refused(what: str, zh: str, en: str, shown: str) -> InputError:
    return InputError(
        f"The name {what} {en}.",
        zh=f"地名“{shown}”{zh}。",
        fix="give the name alone, in the characters that stand on its sign",
        fix_zh="只填写名称本身，用标志上所写的文字",
        value=shown,
    )
