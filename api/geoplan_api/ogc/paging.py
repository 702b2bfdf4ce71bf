"""Pages of items (分页): next and previous."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geoplan_api.ogc import query
from geoplan_api.ogc.parameters import DEFAULT_LIMIT

if TYPE_CHECKING:
    import numpy.typing as npt

    from geoplan_api.ogc.collections import Collection
    from geoplan_api.snapshot import Snapshot
    from geoplan_api.views import Views


@dataclass(frozen=True)
class Page:
    """
    One page of the rows that are wanted.

    Parameters
    ----------
    rows
        Those on it.
    matched
        How many are wanted in all.
    following, preceding
        Parameters of the next and of the previous page; None where there is none.
    """

    rows: npt.NDArray[np.intp]
    matched: int
    following: dict[str, object] | None
    preceding: dict[str, object] | None


def alone(
    views: Views, one: Collection, wanted: query.Wanted, asked: query.Asked
) -> tuple[Snapshot, Page] | None:
    """Return a page of all items without reading the others; None where that cannot be."""
    if not wanted.everything or asked.before is not None or one.labels:
        return None
    limit, offset = asked.limit or DEFAULT_LIMIT, asked.offset or 0
    found = views.page(one.layer.name, after=asked.after, offset=offset, limit=limit + 1)
    if found is None:
        return None
    snapshot, count = found
    shown = np.arange(min(limit, len(snapshot.ids)))
    following: dict[str, object] | None = None
    preceding: dict[str, object] | None = None
    if len(snapshot.ids) > limit:
        following = {"after": snapshot.ids[limit - 1]}
    if len(shown) and (offset or asked.after is not None):
        preceding = {"before": snapshot.ids[0]}
    return snapshot, Page(shown, count, following, preceding)


def page(snapshot: Snapshot, wanted: query.Wanted, asked: query.Asked) -> Page:
    """
    Return a page. By id it goes on behind the last id: records that come and go move nothing.

    Sorted otherwise, it goes on by number.
    """
    found = query.rows(snapshot, wanted)
    count, limit = len(found), asked.limit or DEFAULT_LIMIT
    first = asked.offset or 0
    last = first + limit
    if not wanted.order and (asked.after is not None or asked.before is not None):
        ids = snapshot.ids[found].tolist()
        if asked.after is not None:
            first += bisect_right(ids, asked.after)
            last = first + limit
        else:
            last = bisect_left(ids, asked.before or "")
            first = max(0, last - limit)
    shown = found[first:last]
    following: dict[str, object] | None = None
    preceding: dict[str, object] | None = None
    if len(shown) and last < count:
        following = {"offset": last} if wanted.order else {"after": snapshot.ids[shown[-1]]}
    if len(shown) and first > 0:
        before = {"before": snapshot.ids[shown[0]]}
        preceding = {"offset": max(0, first - limit)} if wanted.order else before
    return Page(shown, count, following, preceding)
