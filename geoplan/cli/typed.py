"""What is typed (命令行取值): places, fields with values, lists."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapely import Point


def point(at: str, crs: str) -> Point:
    """
    Read ``X,Y`` in a CRS.

    Raises
    ------
    InputError
        If that is no place.
    """
    import pyproj
    import shapely

    from geoplan.errors import InputError

    try:
        pyproj.CRS.from_user_input(crs)
        x, y = (float(part) for part in at.replace("，", ",").split(","))
    except (ValueError, pyproj.exceptions.CRSError):
        raise InputError(
            f"{at!r} in {crs!r} is no place.", zh=f"“{at}”（{crs}）不是位置。",
            fix="two numbers, east first: --at 113.37,31.71; or with --crs EPSG:4547",
            fix_zh="两个数，东在前：--at 113.37,31.71；其他坐标系加 --crs EPSG:4547", place=at,
        ) from None  # fmt: skip
    return shapely.Point(x, y)


def pair(text: str) -> tuple[str, str]:
    """
    Read ``FIELD=VALUE``.

    Raises
    ------
    InputError
        If it is nothing of the kind.
    """
    from geoplan.errors import InputError

    key, sign, value = text.partition("=")
    if not sign or not key.strip() or not value.strip():
        raise InputError(
            f"{text!r} says nothing of the kind FIELD=VALUE.", zh=f"“{text}”不是 字段=值。",
            fix="for example floor_m2=500, or 421303=0.01 for a rate",
            fix_zh="例如 floor_m2=500；增长率如 421303=0.01", value=text,
        )  # fmt: skip
    return key.strip(), value.strip()


def cells(texts: Iterable[str]) -> dict[str, Any]:
    """
    Read FIELD=VALUE of facilities; whether a value can be is for the library to say.

    Raises
    ------
    InputError
        As `pair`.
    UnknownIdError
        If a facility has no such field.
    """
    from geoplan.errors import UnknownIdError
    from geoplan.schemas import layer

    columns = {c.name: c.dtype for c in layer("facilities").columns if c.name != "facility_id"}
    found: dict[str, Any] = {}
    for name, text in map(pair, texts):
        if name not in columns:
            raise UnknownIdError.among("field", "字段", name, columns)
        found[name] = value(text) if columns[name] in {"int", "float"} else text
    return found


def value(text: str) -> Any:
    """Read a number, a word, or a list of them with commas between."""
    parts: list[Any] = text.strip("[] ").replace("，", ",").split(",")
    for at, part in enumerate(parts):
        try:
            parts[at] = json.loads(part)
        except ValueError:
            parts[at] = part.strip(" \"'")
    return parts if len(parts) > 1 or text.startswith("[") else parts[0]
