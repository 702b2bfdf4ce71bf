"""Short words for declaring a layer (图层声明): every layer gets the common columns."""

from __future__ import annotations

from geoplan.schemas import vocabulary as v
from geoplan.schemas.model import Audience, Column, Layer, code

UNIT = code("unit_code", "所属单元代码", "区划代码", "行政区划代码", "单元代码", "村代码",
            "所属区划代码", "adcode", required=False)  # fmt: skip
"""Column with the unit that a thing belongs to."""


def layer(  # noqa: PLR0913  (one declaration, read as a table)
    name: str, zh: str, en: str, home: str, key: str, *columns: Column,
    geometry: str = "", optional: bool = False, label: str = "", secrecy: str = "internal",
    audience: Audience = "office",
) -> Layer:  # fmt: skip
    """Declare a layer; ``key`` and ``geometry`` are words separated by blanks."""
    return Layer(
        name=name, zh=zh, en=en, home=home, key=tuple(key.split()),  # type: ignore[arg-type]
        columns=(*columns, *v.COMMON),
        geometry=tuple(geometry.split()), geometry_optional=optional,  # type: ignore[arg-type]
        label=label, secrecy=secrecy, audience=audience,
    )  # fmt: skip
