"""Filters read (读取过滤条件): text or JSON, within the limits."""

from __future__ import annotations

import json
from typing import Any

from geoplan.errors import InputError
from geoplan_api.ogc.cql2 import text as _text
from geoplan_api.ogc.cql2.mistakes import MAX_BYTES, MAX_DEPTH, MAX_LIST, too_long, unreadable

LANGUAGES = ("cql2-text", "cql2-json")


def read(text: str, lang: str = "cql2-text") -> Any:
    """
    Read a filter.

    Parameters
    ----------
    text
        The filter.
    lang
        ``cql2-text`` or ``cql2-json``.

    Returns
    -------
    tree
        As CQL2 JSON has it, whatever the language; values are not checked yet.

    Raises
    ------
    InputError
        If it cannot be read, or is over a limit.

    Examples
    --------
    >>> read("name IS NULL")
    {'op': 'isNull', 'args': [{'property': 'name'}]}
    """
    if lang not in LANGUAGES:
        raise InputError(
            f"There is no filter language {lang[:40]!r}.", zh=f"没有过滤语言“{lang[:40]}”。",
            fix=f"use one of {', '.join(LANGUAGES)}", fix_zh=f"可用的有 {'、'.join(LANGUAGES)}",
            parameter="filter-lang",
        )  # fmt: skip
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise too_long("bytes", "字节数", MAX_BYTES)
    _encodable(text)
    return _text.parse(text) if lang == "cql2-text" else _json(text)


def _json(text: str) -> Any:
    try:
        tree = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise too_long("nested levels", "嵌套层数", MAX_DEPTH) from None
    except ValueError as error:
        at = getattr(error, "pos", 0)
        raise InputError(
            f"The filter is no JSON, from character {at + 1}.",
            zh=f"过滤条件从第 {at + 1} 个字符起不是 JSON。",
            fix='write {"op": "=", "args": [{"property": "name"}, "随州"]}, or set filter-lang',
            fix_zh='写法如 {"op": "=", "args": [{"property": "name"}, "随州"]}，'
            "或另设 filter-lang", position=at + 1,
        ) from None  # fmt: skip
    _measured(tree)
    _encodable(json.dumps(tree, ensure_ascii=False))
    return tree


def _encodable(text: str) -> None:
    """Refuse halves of surrogate pairs, which no answer could repeat."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise unreadable("", error.start, "a character", "字符") from None


def _no_constant(word: str) -> float:
    raise ValueError(word)


def _measured(tree: Any) -> None:
    """Check depth and width, level by level."""
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > 2 * MAX_DEPTH:  # an operator is an object and a list
            raise too_long("nested levels", "嵌套层数", MAX_DEPTH)
        below: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                below += node.values()
            elif isinstance(node, list):
                if len(node) > MAX_LIST:
                    raise too_long("entries in a list", "列表项数", MAX_LIST)
                below += node
        level = below
