"""Reconciliation of names (地名匹配服务): W3C Reconciliation Service API 0.2, without the HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geoplan.errors import GeoplanError, UnknownIdError
from geoplan.placenames.classes import CLASSES
from geoplan.placenames.normalise import checked, key
from geoplan.placenames.reconciliation_entities import (
    MATCHED_BY,
    PREVIEW_PX,
    Entity,
    json_object,
    malformed,
    titles_of_properties,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geoplan.placenames.reconciliation_entities import Json, Lookup, Search

VERSIONS = ("0.2",)
BATCH = 50
"""Most queries of one request."""
LIMIT, MOST = 10, 50
"""Candidates of a query where it says no limit, and at most."""
WITHOUT = 0.5
"""What is left of a score for each property that does not agree."""
_QUERY_KEYS = frozenset({"query", "type", "limit", "properties", "type_strict"})
_STRICT = ("any", "should", "all")


def manifest(base_url: str, *, name: str = "geoplan 地名") -> Json:
    """
    Return what the service says of itself.

    Parameters
    ----------
    base_url
        Where it answers, without a slash at the end.
    name
        What to call it.

    Returns
    -------
    manifest
        JSON-ready.

    Examples
    --------
    >>> about = manifest("https://city.example/reconcile")
    >>> about["versions"], about["view"]["url"]
    (['0.2'], 'https://city.example/reconcile/places/{{id}}')
    """
    base = base_url.rstrip("/")
    width, height = PREVIEW_PX

    def at(path: str) -> Json:
        return {"service_url": base, "service_path": path}

    return {
        "versions": list(VERSIONS),
        "name": name,
        "identifierSpace": f"{base}/places/",
        "schemaSpace": f"{base}/classes/",
        "defaultTypes": [type_of(code) for code in CLASSES],
        "view": {"url": f"{base}/places/{{{{id}}}}"},
        "preview": {"url": f"{base}/preview?id={{{{id}}}}", "width": width, "height": height},
        "suggest": {w: at(f"/suggest/{w}") for w in ("entity", "type", "property")},
        "extend": {"propose_properties": at("/properties"), "property_settings": []},
        "batchSize": BATCH,
    }


def answer(queries: str | Mapping[str, Any], search: Search, lookup: Lookup | None = None) -> Json:
    """
    Answer a batch of queries.

    Parameters
    ----------
    queries
        The form field ``queries``, as text or parsed: key -> query with ``query``, ``type``,
        ``limit``, ``properties`` (`MATCHED_BY`), ``type_strict``.
    search
        (text, limit, classes) -> `Entity` list, best first.
    lookup
        Finds a place whose id is given as the query.

    Returns
    -------
    answers
        Key -> ``result``, best first. ``match`` is true only for the one candidate that bears
        exactly this name today and agrees with every property; two namesakes are none. A query
        that is malformed has an empty ``result`` and its ``error``; the others are answered.

    Raises
    ------
    InputError
        If the batch itself is no JSON object, is empty, or has more than `BATCH` queries.

    Notes
    -----
    W3C Entity Reconciliation Community Group, Reconciliation Service API v0.2 (2023-04-10). Each
    property that does not agree leaves `WITHOUT` of the score [P].

    Examples
    --------
    >>> def search(text, limit, classes):
    ...     return [Entity("N1", "曾都区", 100.0, "曾都区", name_class="division")]
    >>> found = answer('{"q0": {"query": "曾都区"}}', search)["q0"]["result"][0]
    >>> found["id"], found["match"], found["type"]
    ('N1', True, [{'id': 'division', 'name': '县级以上行政区划'}])
    """
    batch = json_object(queries, "queries")
    if not 0 < len(batch) <= BATCH:
        raise malformed("queries", len(batch), f"needs 1 to {BATCH} queries",
                         f"应有 1—{BATCH} 个查询")  # fmt: skip
    return {name: _one(query, search, lookup) for name, query in batch.items()}


def _one(query: Any, search: Search, lookup: Lookup | None) -> Json:
    try:
        text, types, limit, properties = _read(query)
        found = list(search(text, max(limit, LIMIT), types)) if text else []
        known = [] if lookup is None or not text else lookup([text]).values()
    except GeoplanError as error:
        return {"result": [], "error": error.as_problem()}
    ids = {e.place_id for e in known}
    given = [e._replace(score=100.0, matched=e.name) for e in known]
    found = [*given, *(e for e in found if e.place_id not in ids)]
    agree = [_agreement(e, properties) for e in found]
    exact = [
        e.place_id in ids or (e.kind != "former" and key(text) in {key(e.name), key(e.matched)})
        for e in found
    ]
    sure = [x and all(a.values()) for x, a in zip(exact, agree, strict=True)]
    made: list[Json] = [
        {
            "id": e.place_id, "name": e.name, "description": e.description, "type": e.types,
            "score": round(e.score * WITHOUT ** (len(a) - sum(a.values())), 2),
            "match": s and sum(sure) == 1,
            "features": [{"id": "exact_name", "value": x},
                         *({"id": f"same_{pid}", "value": ok} for pid, ok in a.items())],
        }
        for e, a, x, s in zip(found, agree, exact, sure, strict=True)
    ]  # fmt: skip
    made.sort(key=lambda c: -float(c["score"]))  # stable: the search's order among equals
    return {"result": made[:limit]}


def _read(query: Any) -> tuple[str, tuple[str, ...], int, list[tuple[str, list[str]]]]:
    """Return text, classes, limit and properties of one query, or refuse it."""
    if not isinstance(query, dict):
        raise malformed("query", query, "must be an object", "应为对象")
    if unknown := sorted(set(query) - _QUERY_KEYS):
        raise malformed("query", unknown[0], "is no field of a query", "不是查询的字段")
    types = query.get("type", [])
    types = [types] if isinstance(types, str) else types
    if not isinstance(types, list) or not all(isinstance(t, str) for t in types):
        raise malformed("type", types, "must be a class or a list of classes", "应为类别或其列表")
    for word in types:
        if word not in CLASSES:
            raise UnknownIdError.among("class of names", "地名类别", word, CLASSES)
    limit = query.get("limit", LIMIT)
    if isinstance(limit, bool) or not isinstance(limit, int | float) or limit != limit // 1 or (
        limit < 1
    ):  # fmt: skip
        raise malformed("limit", limit, "must be a whole number from 1", "应为正整数")
    if query.get("type_strict", "any") not in _STRICT:
        raise malformed("type_strict", query["type_strict"], f"must be one of {_STRICT}",
                         "应为 any、should、all 之一")  # fmt: skip
    text = checked(query.get("query", ""))
    return text, tuple(types), min(int(limit), MOST), _properties(query.get("properties", []))


def _properties(given: Any) -> list[tuple[str, list[str]]]:
    out = []
    if not isinstance(given, list):
        raise malformed("properties", given, "must be a list", "应为列表")
    for one in given:
        if not isinstance(one, dict) or not {"pid", "v"} <= set(one):
            raise malformed("properties", one, "must have pid and v", "应有 pid 和 v")
        if one["pid"] not in MATCHED_BY:
            raise UnknownIdError.among("property", "属性", one["pid"], MATCHED_BY)
        values = one["v"] if isinstance(one["v"], list) else [one["v"]]
        texts = [str(v.get("id", "")) if isinstance(v, dict) else str(v) for v in values]
        wanted = [t for t in map(str.strip, texts) if t]
        if wanted:
            out.append((one["pid"], wanted))
    return out


def _agreement(entity: Entity, properties: Iterable[tuple[str, list[str]]]) -> dict[str, bool]:
    """Tell for each property of a query whether a candidate has one of its values."""
    return {pid: any(_has(entity, pid, v) for v in values) for pid, values in properties}


def _has(entity: Entity, pid: str, value: str) -> bool:
    if pid == "class":
        about = CLASSES.get(entity.name_class)
        return about is not None and (value == about.code or key(value) == key(about.title_zh))
    said = key(value)
    return any(
        value == code or said == key(name) or (len(said) > 1 and key(name).startswith(said))
        for code, name in entity.units
    )


def suggest_entity(prefix: str, search: Search, *, cursor: int = 0, lookup: Lookup | None = None,
                   limit: int = LIMIT) -> Json:  # fmt: skip
    """
    Complete what a person types to places.

    Parameters
    ----------
    prefix
        Text or a place id.
    search, lookup
        As in `answer`.
    cursor
        How many to skip.
    limit
        How many to give.

    Returns
    -------
    suggestions
        ``result`` with id, name, description and notable types.

    Raises
    ------
    InputError
        If ``prefix`` is empty or too long, or ``cursor`` is negative.
    """
    if cursor < 0:
        raise malformed("cursor", cursor, "must not be negative", "不得为负")
    text = checked(prefix)
    known = [] if lookup is None else list(lookup([text]).values())
    ids = {e.place_id for e in known}
    found = [*known, *(e for e in search(text, cursor + limit, ()) if e.place_id not in ids)]
    return {"result": [
        {"id": e.place_id, "name": e.name, "description": e.description, "notable": e.types}
        for e in found[cursor : cursor + limit]
    ]}  # fmt: skip


def suggest_type(prefix: str) -> Json:
    """
    Complete to classes of names, by code or title; nothing typed gives all.

    Examples
    --------
    >>> suggest_type("村")["result"][0]["id"]
    'committee'
    """
    rows = [{**type_of(c.code), "description": c.title_en} for c in CLASSES.values()]
    return {"result": [r for r in rows if _holds(r, prefix)]}


def suggest_property(prefix: str) -> Json:
    """
    Complete to properties, by id or title; nothing typed gives all.

    Examples
    --------
    >>> [p["id"] for p in suggest_property("度")["result"]]
    ['lon', 'lat']
    """
    return {"result": [r for r in titles_of_properties() if _holds(r, prefix)]}


def _holds(row: Json, prefix: str) -> bool:
    wanted = prefix.strip().casefold()
    return any(wanted in str(cell).casefold() for cell in row.values())
