"""
Snapshots kept (快照缓存): the newest of each layer and role, until the layer changes.

A part of a layer in the registry is read alone as long as few are asked for; what changed in a
kept layer is laid on it.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace
from threading import Lock, RLock, Thread
from typing import TYPE_CHECKING

from geoplan.errors import GeoplanError
from geoplan.storage.current import Span
from geoplan_api.city import no_older, same_day
from geoplan_api.patched import MOST, patched
from geoplan_api.reading import of_file, of_records

if TYPE_CHECKING:
    from geoplan.storage.shapes import Bounds
    from geoplan_api.city import City
    from geoplan_api.security.access import LayerView
    from geoplan_api.snapshot import Snapshot

_KEPT = 64
_READS = 8
"""A layer of which so many parts were read at one version is then read whole. [P]"""


class Snapshots:
    """The newest snapshot of each layer and view, kept until the layer changes."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._kept: OrderedDict[tuple[str, str], Snapshot] = OrderedDict()
        self._guard, self._making = Lock(), dict[tuple[str, str], RLock]()
        self._parts: dict[tuple[str, str], tuple[str, int]] = {}

    def get(
        self, view: LayerView, *, bbox: Bounds | None = None, key: str | None = None
    ) -> Snapshot:
        """
        Return the newest snapshot of a view.

        Parameters
        ----------
        view
            What the role sees of the layer.
        bbox
            West, south, east, north in degrees: if the whole is not kept and the layer is in the
            registry, only the records near it are read. The answer may hold more than asked.
        key
            Likewise, only the record of a key.
        """
        name = view.layer.name
        at, version = (name, view.key), self._city.version(name)
        found = self._kept_at(at, version)
        if found is not None:
            return found
        part = key is not None or (bbox is not None and bool(view.layer.geometry))
        if part and self._city.in_registry(name):
            self._count(view, version)
            return self._read(view, version, bbox=bbox, key=key)
        with self._guard:
            lock = self._making.setdefault(at, RLock())
        with lock:  # what was read meanwhile by another is as good, if it is no older than asked
            found = self._kept_at(at, version, newer=True)
            if found is None:
                found = self._read(view, self._city.version(name))
                with self._guard:
                    self._kept[at] = found
                    while len(self._kept) > _KEPT:
                        self._kept.popitem(last=False)
        return found

    def page(
        self, view: LayerView, *, after: str | None, offset: int, limit: int
    ) -> tuple[Snapshot, int] | None:
        """
        Return some records by id, and how many are shown in all, without reading the others.

        None if the whole is kept, or this layer cannot be read so.
        """
        name = view.layer.name
        version = self._city.version(name)
        if self._kept_at((name, view.key), version) or not self._city.in_registry(name):
            return None
        span = Span(view.classes, view.shows_silent, after, offset, limit)
        found = self._city.registry.layer(name).page(span)
        if found is None:
            return None
        self._count(view, version)
        return of_records(view, version, found[0]), found[1]

    def _count(self, view: LayerView, version: str) -> None:
        """Count a reading of a part; after some of one version the whole is read beside them."""
        at = (view.layer.name, view.key)
        with self._guard:
            last, count = self._parts.get(at, ("", 0))
            count = count + 1 if last == version else 1
            self._parts[at] = (version, count)
        if count == _READS:
            Thread(target=self._ahead, args=(view,), name="geoplan-read", daemon=True).start()

    def _ahead(self, view: LayerView) -> None:
        with suppress(GeoplanError):  # said when it is asked for
            self.get(view)

    def _read(
        self, view: LayerView, version: str, *, bbox: Bounds | None = None, key: str | None = None
    ) -> Snapshot:
        city, name = self._city, view.layer.name
        if not city.in_registry(name):
            return of_file(view, version, city.frame(name))
        if key is None and bbox is None:
            return self._whole(view, version)
        return of_records(view, version, city.registry.layer(name).columns(bbox=bbox, key=key))

    @staticmethod
    def _follows(old: Snapshot, view: LayerView, version: str, last: int) -> bool:
        """Tell whether only records of a known key have changed since a snapshot was read."""
        return len(view.layer.key) == 1 and same_day(old.version, version) and old.seen <= last

    def _whole(self, view: LayerView, version: str) -> Snapshot:
        """Return all records: the kept ones with what changed since, or read anew."""
        records, last = self._city.registry.layer(view.layer.name), self._city.last
        with self._guard:
            old = self._kept.get((view.layer.name, view.key))
        if old is not None and self._follows(old, view, version, last):
            keys = records.changed(old.seen, most=MOST)
            if keys is not None:
                some = replace(of_records(view, version, records.columns(keys=keys)), seen=last)
                found = patched(old, some, keys)
                if found is not None:
                    return found
        return replace(of_records(view, version, records.columns()), seen=last)

    def _kept_at(
        self, at: tuple[str, str], version: str, *, newer: bool = False
    ) -> Snapshot | None:
        with self._guard:
            found = self._kept.get(at)
            if found is None:
                return None
            if found.version != version and not (newer and no_older(found.version, version)):
                return None
            self._kept.move_to_end(at)
            return found

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Forget all."""
        with self._guard:
            self._kept.clear()
