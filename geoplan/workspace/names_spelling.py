"""Spelling one name of a workspace (地名拼写): its parts, reading, roman form, or why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from geoplan.errors import InputError
from geoplan.placenames.classes import class_of
from geoplan.placenames.normalise import checked
from geoplan.placenames.romanise import romanise

if TYPE_CHECKING:
    from geoplan.placenames.generics import Generics
    from geoplan.placenames.readings import Readings
    from geoplan.placenames.romanise import Capitals


class Spelled(NamedTuple):
    """
    One name in roman letters.

    ``reading_source`` is the weakest of its syllables, ``rules`` are those applied, ``unknown``
    the characters nobody can read; ``reason_zh``, ``reason_en`` say why it is not spelled.
    """

    name: str
    name_class: str = ""
    specific: str = ""
    generic: str = ""
    reading: str = ""
    reading_source: str = ""
    roman: str = ""
    rules: str = ""
    unknown: str = ""
    reason_zh: str = ""
    reason_en: str = ""


def spell(
    name: str, category_code: str, generics: Generics, readings: Readings, *,
    tones: bool = True, capitals: Capitals = "first",
) -> Spelled:  # fmt: skip
    """
    Spell a name of a category; without one, or where it is no name, say so.

    Raises
    ------
    InputError
        If the category has no class.
    """
    try:
        text = checked(name)
    except InputError as error:
        return Spelled(name, reason_zh=error.message_zh, reason_en=error.message)
    if not category_code:
        return Spelled(name, reason_zh="登记库中没有此名称，类别不明：给出类别代码",
                       reason_en="not in the register: give its category code")  # fmt: skip
    name_class = class_of(category_code)
    specific, generic = generics.split(text, name_class)
    reading = readings.read(text, parts=[p for p in (specific, generic) if p])
    roman = romanise(text, specific=specific, generic=generic, reading=reading,
                     name_class=name_class, tones=tones, capitals=capitals)  # fmt: skip
    left = "".join(roman.unknown)
    return Spelled(
        text, name_class, specific, generic, reading.text, reading.source, roman.text,
        " ".join(roman.rules), left, f"读音不明：{left}" if left else "",
        f"no reading is known of {left}" if left else "",
    )  # fmt: skip
