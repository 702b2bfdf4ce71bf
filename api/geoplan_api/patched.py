"""
A snapshot brought up to date (增量更新): a few records changed, so the others are not read again.

Columns stay lazy: one that was made is copied with the new cells in it, one that was not is made
when it is asked for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan_api.columns import Columns, array_of
from geoplan_api.placed import Shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from geoplan_api.snapshot import Snapshot

    Array = npt.NDArray[Any]

MOST = 200
"""Records; if more changed, the layer is read whole. [P]"""
DEEP = 40
"""How many changes are laid on one another before the layer is read whole. [P]"""


def patched(old: Snapshot, new: Snapshot, keys: Sequence[str]) -> Snapshot | None:
    """
    Return an older snapshot with some records as they are now.

    Parameters
    ----------
    old
        All records, with one key column, in its order.
    new
        Of the records with these keys those that are shown now.
    keys
        Of all records that changed.

    Returns
    -------
    snapshot
        As if read whole. None where the columns are others, or too many changes lie on `old`.
    """
    if old.columns.names != new.columns.names or old.depth >= DEEP:
        return None
    rows, same = _rows(old, new, keys)
    before, after = old.columns, new.columns

    def make(name: str) -> Any:
        return _joined(before[name], after[name])[rows]

    def of(one: Array | None, other: Array | None) -> Array | None:
        return None if one is None or other is None else np.concatenate((one, other))[rows]

    out = replace(
        new, columns=Columns(before.names, make, len(rows)),
        ids=old.ids if same else np.concatenate((old.ids, new.ids))[rows],
        placed=_placed(old, new, rows), row_versions=of(old.row_versions, new.row_versions),
        depth=old.depth + 1,
    )  # fmt: skip
    if "boxes" in old.__dict__:
        out.__dict__["boxes"] = of(old.boxes, new.boxes)
    if same:
        kept = ("_places", "_by_id")
        out.__dict__.update({n: old.__dict__[n] for n in kept if n in old.__dict__})
    return out


def _rows(old: Snapshot, new: Snapshot, keys: Sequence[str]) -> tuple[Array, bool]:
    """
    Return the rows of the result, numbered through the old ones and then the new ones.

    And whether every record stands where it stood.
    """
    count = len(old.ids)
    fresh = {name: count + at for at, name in enumerate(new.ids.tolist())}
    rows = np.arange(count)
    gone = []
    for key in keys:
        at = old.position(key)
        if at is not None and key in fresh:
            rows[at] = fresh.pop(key)
        elif at is not None:
            gone.append(at)
    kept = np.ones(count, bool)
    kept[gone] = False
    if not fresh:
        return rows[kept], not gone
    more = sorted(fresh)
    places = np.searchsorted(old.ids[kept], np.array(more, dtype=object))
    return np.insert(rows[kept], places, [fresh[name] for name in more]), False


def _placed(old: Snapshot, new: Snapshot, rows: Array) -> Shapes | None:
    """Return the shapes of both by their number, those of the old ones as far as they are made."""
    before, after, count = old.placed, new.placed, len(old.ids)
    if before is None or after is None:
        return None

    def make(wanted: Array) -> Array:
        at = rows[wanted]
        out = np.empty(len(at), dtype=object)
        out[at < count], out[at >= count] = before[at[at < count]], after[at[at >= count] - count]
        return out

    placed = Shapes(make, len(rows))
    return Shapes.of(placed.all) if before.made else placed


def _joined(one: Any, other: Any) -> Any:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.concatenate((one, other))
    if type(one) is type(other) and one.dtype == other.dtype:
        return type(one)._concat_same_type([one, other])
    return array_of(pd.concat([pd.Series(one), pd.Series(other)], ignore_index=True))
