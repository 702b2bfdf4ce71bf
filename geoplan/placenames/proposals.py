"""Proposed readings (读音建议) from pypinyin, an optional part: for people to review."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from geoplan.placenames.tones import is_syllable, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@cache
def proposer() -> Callable[[Sequence[str]], list[str]] | None:
    """
    Return what reads the tokens of one component, or None where pypinyin is not installed.

    It gives one text per token, of one character or a run of others: a syllable with its tone
    number, or what is none.
    """
    try:
        from pypinyin import Style, lazy_pinyin
    except ImportError:
        return None

    def propose(part: Sequence[str]) -> list[str]:
        text = "".join(t if len(t) == 1 else " " for t in part)  # a run stays one token
        style = Style.TONE3
        return lazy_pinyin(text, style=style, neutral_tone_with_five=True, errors=apart)

    def apart(run: str) -> Any:  # pypinyin also takes a list, one item per character
        return list(run)

    return propose


@cache
def commonest_of() -> Callable[[str], str]:
    """Return what gives a character's commonest reading; a token without one stands for itself."""
    try:
        from pypinyin.pinyin_dict import pinyin_dict
    except ImportError:
        return str

    @cache
    def commonest(token: str) -> str:
        found = pinyin_dict.get(ord(token), "") if len(token) == 1 else ""
        syllable = numbers(found.split(",")[0])
        return syllable if is_syllable(syllable) else token

    return commonest
