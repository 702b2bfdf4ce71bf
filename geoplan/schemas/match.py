"""Matching headers (表头对应): Chinese titles, aliases and cut-off names to columns."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geoplan.schemas.model import Column, Layer

_CUT_BYTES = 10  # a shapefile's field name


def normal(header: str) -> str:
    """Return a header without case, spaces, line breaks, full-width forms and marks."""
    text = unicodedata.normalize("NFKC", str(header)).casefold()
    return re.sub(r"[\s*:_\-]+", "", text)


def match_columns(
    headers: Iterable[str], layer: Layer, mapping: Mapping[str, str] | None = None
) -> dict[str, str]:
    """
    Find which declared column each header means.

    Parameters
    ----------
    headers
        As the file has them.
    layer
        The declaration.
    mapping
        Header -> column, stated by the user; comes first.

    Returns
    -------
    columns
        Header -> column name for every header that was understood. A column is given once: an
        exact name wins over a title, a title over an alias, an alias over a name cut off at ten
        bytes.

    Examples
    --------
    >>> from geoplan.schemas import layer
    >>> match_columns(["设施名称", "经度", "建筑面积"], layer("facilities"))
    {'设施名称': 'name', '建筑面积': 'floor_m2'}
    """
    names = [str(h) for h in headers]
    found = {h: c for h, c in (mapping or {}).items() if h in names}
    taken = set(found.values())
    for ways in (_by_name, _by_title, _by_alias, _by_cut_name):
        table = ways(layer.columns)
        for header in names:
            column = table.get(normal(header))
            if header not in found and column is not None and column not in taken:
                found[header] = column
                taken.add(column)
    return {h: found[h] for h in names if h in found}


def _first(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    out: dict[str, str] = {}
    for key, value in pairs:
        out.setdefault(normal(key), value)
    return out


def _by_name(columns: tuple[Column, ...]) -> dict[str, str]:
    return _first((c.name, c.name) for c in columns)


def _by_title(columns: tuple[Column, ...]) -> dict[str, str]:
    bare = [(re.sub(r"（.*?）", "", c.zh), c.name) for c in columns]
    return _first([(c.zh, c.name) for c in columns] + bare)


def _by_alias(columns: tuple[Column, ...]) -> dict[str, str]:
    return _first((a, c.name) for c in columns for a in c.aliases)


def _by_cut_name(columns: tuple[Column, ...]) -> dict[str, str]:
    pairs = []
    for c in columns:
        for word in (c.name, c.zh, *c.aliases):
            for encoding in ("utf-8", "gb18030"):
                raw = word.encode(encoding)
                if len(raw) > _CUT_BYTES:
                    pairs.append((raw[:_CUT_BYTES].decode(encoding, errors="ignore"), c.name))
    return _first(pairs)
