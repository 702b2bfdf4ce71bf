"""Places as a reconciliation service shows them (地名匹配对象): candidate, properties, preview."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from geoplan.errors import InputError, UnknownIdError
from geoplan.placenames.classes import CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Json = dict[str, Any]

PREVIEW_PX = (420, 180)
"""Width and height of the frame of a preview."""


class Entity(NamedTuple):
    """
    A place as a candidate.

    ``matched`` is the form of its name that was found and ``kind`` that form's kind (standard,
    former, alias …), ``score`` 0–100; ``units`` holds (code, name) of the unit it lies in and of
    those above, from below; ``lon``, ``lat`` WGS84 degrees, where they may be shown.
    """

    place_id: str
    name: str
    score: float = 0.0
    matched: str = ""
    kind: str = "standard"
    name_class: str = ""
    units: tuple[tuple[str, str], ...] = ()
    roman: str = ""
    place_code: str = ""
    lon: float | None = None
    lat: float | None = None

    @property
    def description(self) -> str:
        """Class, unit and roman form in one line."""
        about = CLASSES[self.name_class].title_zh if self.name_class in CLASSES else ""
        where = "".join(name for _, name in reversed(self.units))
        return " · ".join(part for part in (about, where, self.roman) if part)

    @property
    def types(self) -> list[Json]:
        """The class as the API gives types."""
        return [type_of(self.name_class)] if self.name_class in CLASSES else []


if TYPE_CHECKING:
    Search = Callable[[str, int, tuple[str, ...]], Sequence[Entity]]
    """(text, limit, classes) -> candidates, best first; no class means all."""
    Lookup = Callable[[Sequence[str]], Mapping[str, Entity]]
    """Place ids -> the places that exist and may be shown."""

VALUES: dict[str, tuple[str, Callable[[Entity], list[Json]]]] = {
    "roman": ("罗马字母拼写", lambda e: [{"str": e.roman}] if e.roman else []),
    "class": ("地名类别", lambda e: [{"str": CLASSES[e.name_class].title_zh}]
              if e.name_class in CLASSES else []),
    "unit": ("所属政区", lambda e: [{"str": e.units[0][1]}] if e.units else []),
    "place_code": ("地名代码", lambda e: [{"str": e.place_code}] if e.place_code else []),
    "lon": ("经度", lambda e: [] if e.lon is None else [{"float": e.lon}]),
    "lat": ("纬度", lambda e: [] if e.lat is None else [{"float": e.lat}]),
}  # fmt: skip
"""Property -> title and its values of a place; what is not known has none."""
MATCHED_BY = ("unit", "class")
"""Properties that a query may name to tell namesakes apart."""


def type_of(code: str) -> Json:
    """Return a class of names as the API gives types."""
    return {"id": code, "name": CLASSES[code].title_zh}


def titles_of_properties() -> list[Json]:
    """Return the properties as the API lists them."""
    return [{"id": pid, "name": title} for pid, (title, _) in VALUES.items()]


def propose_properties(name_class: str = "", *, limit: int | None = None) -> Json:
    """
    Return the properties that can be fetched, the same for every class.

    Examples
    --------
    >>> propose_properties("street", limit=1)
    {'properties': [{'id': 'roman', 'name': '罗马字母拼写'}], 'type': 'street', 'limit': 1}
    """
    made: Json = {"properties": titles_of_properties()[:limit], "type": name_class}
    return made if limit is None else {**made, "limit": limit}


def extend(query: str | Mapping[str, Any], lookup: Lookup) -> Json:
    """
    Fetch properties of places.

    Parameters
    ----------
    query
        The form field ``extend``: ``ids`` and ``properties``, as text or parsed.
    lookup
        Place ids -> `Entity`.

    Returns
    -------
    extension
        ``meta`` and ``rows``; every id asked for has a row, and what is not known is an empty
        list, never a zero or a blank.

    Raises
    ------
    InputError
        If it is malformed.
    UnknownIdError
        If there is no such property.

    Examples
    --------
    >>> query = {"ids": ["N1"], "properties": [{"id": "roman"}, {"id": "lon"}]}
    >>> extend(query, lambda ids: {"N1": Entity("N1", "涢水", roman="Yún Shuǐ")})["rows"]
    {'N1': {'roman': [{'str': 'Yún Shuǐ'}], 'lon': []}}
    """
    asked = json_object(query, "extend")
    ids, wanted = asked.get("ids"), asked.get("properties")
    if not isinstance(ids, list) or not all(isinstance(i, str) for i in ids):
        raise malformed("ids", ids, "must be a list of ids", "应为编号列表")
    if not isinstance(wanted, list) or not all(
        isinstance(p, dict) and isinstance(p.get("id"), str) for p in wanted
    ):
        raise malformed("properties", wanted, "must be a list of objects with id",
                         "应为含 id 的对象列表")  # fmt: skip
    names = [str(p["id"]) for p in wanted]
    for pid in names:
        if pid not in VALUES:
            raise UnknownIdError.among("property", "属性", pid, VALUES)
    found = lookup(ids)
    rows = {
        place: {pid: VALUES[pid][1](found[place]) if place in found else [] for pid in names}
        for place in ids
    }
    return {"meta": [{"id": pid, "name": VALUES[pid][0]} for pid in names], "rows": rows}


def preview(entity: Entity) -> str:
    """
    Return a small page on a place, for the frame that the manifest gives.

    Examples
    --------
    >>> "&lt;b&gt;" in preview(Entity("N1", "<b>"))
    True
    """
    width, height = PREVIEW_PX
    shown = [(title, value[0]) for title, values in VALUES.values() if (value := values(entity))]
    rows = "".join(
        f"<tr><th>{html.escape(title)}</th><td>{html.escape(str(*value.values()))}</td></tr>"
        for title, value in shown
    )
    return (
        f'<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8">'
        f"<title>{html.escape(entity.name)}</title></head>"
        f'<body style="margin:8px;max-width:{width - 16}px;max-height:{height - 16}px;'
        f'font:14px sans-serif"><strong lang="zh">{html.escape(entity.name)}</strong>'
        f'<table style="text-align:left">{rows}</table></body></html>'
    )


def json_object(given: str | Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """Return what was sent as an object, or refuse it."""
    try:
        found = json.loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError) as error:
        raise malformed(field, given, f"is no JSON: {error}", "不是 JSON") from error
    if not isinstance(found, dict):
        raise malformed(field, given, "must be a JSON object", "应为 JSON 对象")
    return found


def malformed(field: str, value: Any, why: str, why_zh: str) -> InputError:
    """Return the error of a request that is not of its form."""
    shown = str(value)[:60]
    return InputError(
        f"{field} {why}; found {shown!r}.",
        zh=f"“{field}”{why_zh}，现为“{shown}”。",
        fix="see the Reconciliation Service API 0.2",
        fix_zh="参见 Reconciliation Service API 0.2",
        field=field,
        value=shown,
    )
