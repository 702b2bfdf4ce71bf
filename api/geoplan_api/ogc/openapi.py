"""
The description of the interface in OpenAPI 3.0 (接口定义), for clients that read no 3.1.

GDAL and QGIS ask for version 3.0; what 3.1 says otherwise is said in its words.
"""

from __future__ import annotations

from typing import Any

from geoplan_api.ogc.parameters import LIMIT

_ONLY_31 = ("examples", "const", "contentMediaType", "contentEncoding", "$schema", "$id",
            "prefixItems", "propertyNames", "unevaluatedProperties")  # fmt: skip


def as_30(document: dict[str, Any]) -> dict[str, Any]:
    """
    Return an OpenAPI 3.1 document as 3.0.

    Examples
    --------
    >>> made = as_30({"openapi": "3.1.0", "components": {"schemas": {
    ...     "A": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "B": {"const": "x"}}}})
    >>> made["components"]["schemas"]
    {'A': {'type': 'string', 'nullable': True}, 'B': {'enum': ['x']}}
    """
    made: dict[str, Any] = _turned(document, named=False)
    made["openapi"] = "3.0.3"
    shared = made.setdefault("components", {}).setdefault("parameters", {})
    shared["limit"] = LIMIT  # where QGIS looks for the size of a page
    info = made.get("info", {})
    info.pop("summary", None)
    return made


def _turned(value: Any, *, named: bool) -> Any:
    """Turn all schemas; the keys of ``properties`` and the like are names, not words."""
    if isinstance(value, list):
        return [_turned(v, named=False) for v in value]
    if not isinstance(value, dict):
        return value
    if named:
        return {k: _turned(v, named=False) for k, v in value.items()}
    out = {
        k: _turned(v, named=k in {"properties", "schemas", "parameters", "responses", "headers"}
                   and isinstance(v, dict))
        for k, v in value.items()
    }  # fmt: skip
    return _schema(out)


def _schema(out: dict[str, Any]) -> dict[str, Any]:
    if "const" in out:
        out["enum"] = [out["const"]]
    for low, high in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(out.get(low), int | float) and not isinstance(out.get(low), bool):
            out[high], out[low] = out[low], True
    if isinstance(out.get("prefixItems"), list):
        out.setdefault("items", {})
        out |= {"minItems": len(out["prefixItems"]), "maxItems": len(out["prefixItems"])}
    if "examples" in out and isinstance(out["examples"], list) and out["examples"]:
        out["example"] = out["examples"][0]
    out = {k: v for k, v in out.items() if k not in _ONLY_31 or (k == "examples" and "name" in out)}
    return _nullable(out)


def _nullable(out: dict[str, Any]) -> dict[str, Any]:
    """Say in 3.0's words that a value may be null."""
    kinds = out.get("type")
    if isinstance(kinds, list):
        plain = [k for k in kinds if k != "null"]
        rest = {k: v for k, v in out.items() if k != "type"}
        one = {"type": plain[0]} if len(plain) == 1 else {"anyOf": [{"type": k} for k in plain]}
        return {**rest, **one, **({"nullable": True} if "null" in kinds else {})}
    if kinds == "null":
        return {**{k: v for k, v in out.items() if k != "type"}, "nullable": True}
    some = out.get("anyOf")
    if isinstance(some, list) and {"nullable": True} in some:
        others = [s for s in some if s != {"nullable": True}]
        rest = {k: v for k, v in out.items() if k != "anyOf"}
        one = others[0] if len(others) == 1 and "$ref" not in others[0] else {"anyOf": others}
        return {**rest, **one, "nullable": True}
    return out
