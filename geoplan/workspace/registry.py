"""A workspace and its registry (工作区的登记库): reading from it, and importing into it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from geoplan import io, storage
from geoplan.errors import MissingFileError
from geoplan.io.layers import LayerRead, ReadReport
from geoplan.schemas import LAYERS
from geoplan.schemas.findings import DEFECT_COLUMNS, ROW_REJECTED
from geoplan.storage.frames import to_changes
from geoplan.storage.records import Problem, examine, registry_layer
from geoplan.storage.registry import is_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from geoplan.io import WorkspaceFile
    from geoplan.storage import Change, Receipt, Registry
    from geoplan.storage.records import Batch
    from geoplan.storage.timeline import Newest

OnConflict = Literal["refuse", "update", "skip"]


class Store:
    """Where a workspace keeps its registry, and which layers it holds."""

    def __init__(self, file: WorkspaceFile) -> None:
        self._file = file
        self.url = file.store
        self.heads = file.folder / "registry.heads.jsonl" if is_server(self.url) else None

    @property
    def exists(self) -> bool:
        """Whether there is a store to open; a server is taken to have one."""
        return is_server(self.url) or Path(self.url).exists()

    def open(self, *, read_only: bool = False, create: bool = False) -> Registry:
        """
        Open the registry.

        Raises
        ------
        MissingFileError
            If nothing was imported yet.
        StoreError
            If it is no registry, or cannot be used now.
        """
        options: dict[str, Any] = {
            "classified": self._file.classified_environment, "heads": self.heads,
        }  # fmt: skip
        if not self.exists:
            if create:
                return storage.create_registry(self.url, **options)
            raise MissingFileError(
                f"{self.url} does not exist: nothing was imported into the registry yet.",
                zh=f"{self.url} 不存在：还没有导入登记库。",
                fix=f"geoplan import FILE --layer LAYER --into {self._file.folder}",
                fix_zh=f"geoplan import 文件 --layer 图层 --into {self._file.folder}",
                file=str(self.url),
            )
        if create and is_server(self.url) and storage.is_empty(self.url):
            return storage.create_registry(self.url, **options)
        return storage.open_registry(self.url, read_only=read_only, **options)

    @contextmanager
    def filling(self) -> Iterator[Registry]:
        """
        Open the registry to import into, making it if need be.

        A file made for an import that recorded nothing is taken away again.

        Raises
        ------
        StoreError
            If it is no registry, or cannot be used now.
        """
        made, used = not self.exists, False
        try:
            with self.open(create=True) as registry:
                try:
                    yield registry
                finally:
                    used = registry.head.tx > 0
        finally:
            if made and not used:
                for end in ("", "-wal", "-shm"):
                    Path(f"{self.url}{end}").unlink(missing_ok=True)

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """Layers that were imported: the store is the truth for them, not a file."""
        if not self.exists:
            return ()
        with self.open(read_only=True) as registry:
            return tuple(n for n in registry.tables if registry.layer(n).imported)

    def read(self, name: str) -> LayerRead:
        """Return the current state of a layer as reading its file does."""
        with self.open(read_only=True) as registry:
            valid = registry.layer(name).frame().drop(columns="row_version")
            head = registry.head
        report = ReadReport(
            layer=name, file=str(registry.backend.url), digest=head.hash, driver="registry",
            encoding="", crs="EPSG:4490" if LAYERS[name].geometry else "", datum="",
            rows=len(valid), valid_rows=len(valid), rejected_rows=0, columns={},
            unknown_columns=(), notes_zh=(f"登记库第 {head.tx} 号登记",),
            notes_en=(f"registry, transaction {head.tx}",),
            defects=pd.DataFrame(columns=list(DEFECT_COLUMNS)),
        )  # fmt: skip
        return LayerRead(valid, valid.iloc[:0], report)


@dataclass(frozen=True, eq=False)
class Imported:
    """
    What became of one file.

    ``receipt`` is None where there was nothing to record; ``already`` is the transaction that
    recorded this very file before. ``rejected`` holds the rows sent back as they came, with
    ``source_row`` and ``原因``; ``defects`` says row, field, value and reason of each finding.
    """

    layer: str
    file: str
    receipt: Receipt | None
    already: int | None
    rejected: pd.DataFrame
    defects: pd.DataFrame
    counts: Mapping[str, int] = field(default_factory=dict)


def import_file(  # noqa: PLR0913  (a transaction's facts)
    registry: Registry,
    path: str | Path,
    layer: str,
    *,
    who: str,
    why: str,
    recorded_at: datetime,
    document: str | Path | None = None,
    valid_from: date | None = None,
    on_conflict: OnConflict = "refuse",
    reading: Mapping[str, Any] | None = None,
) -> Imported:
    """
    Read a file and record its valid rows as one transaction; the others come back with reasons.

    Parameters
    ----------
    registry
        Open for writing.
    path, layer
        The file, and the registry layer that it holds.
    who, why, recorded_at
        As for `Registry.write`.
    document
        The document that the rows rest on; its digest is kept.
    valid_from
        First day of the valid time of rows that name none.
    on_conflict
        What to do with a record that is there with another content: send the row back
        (``refuse``), record it over (``update``; a row that says on which ``row_version`` it was
        made comes back if that is not the newest), or leave it out (``skip``). A file that was
        imported before only adds what it could not add then.
    reading
        Options of `io.read_layer`.

    Returns
    -------
    imported
        Counts ``new``, ``updated``, ``unchanged``, ``skipped``, ``rejected``.

    Raises
    ------
    GeoplanError
        Whatever reading and recording say.
    """
    about = registry_layer(layer)
    read = io.read_layer(path, layer, **(reading or {}))
    already = registry.transaction_of(read.report.digest, layer)
    changes = to_changes(read.valid, about)
    first_day = None if valid_from is None else valid_from.isoformat()
    batch, problems = examine(changes, about, valid_from=first_day, classified=registry.classified)
    choice = _Choice(registry.layer(layer).newest(), "skip" if already else on_conflict)
    choice.sort_out(changes, batch, problems)
    receipt = None
    if choice.chosen:
        receipt = registry.write(
            choice.chosen, who=who, why=why, recorded_at=recorded_at, source=read.report.digest,
            document=None if document is None else io.digest_file(document), valid_from=valid_from,
        )  # fmt: skip
    rejected, defects = _sent_back(read, choice.problems, layer)
    counts = {**choice.counts, "rejected": len(rejected)}
    return Imported(layer, str(path), receipt, already, rejected, defects, counts)


class _Choice:
    """Which of the rows to record."""

    def __init__(self, newest: Mapping[str, Newest], on_conflict: OnConflict) -> None:
        self._newest, self._on_conflict = newest, on_conflict
        self.chosen: list[Change] = []
        self.problems: list[Problem] = []
        self.counts = {"new": 0, "updated": 0, "unchanged": 0, "skipped": 0}

    def sort_out(
        self, changes: Sequence[Change], batch: Batch, problems: Sequence[Problem]
    ) -> None:
        self.problems += problems
        bad = {p.at for p in problems}
        for at, change in enumerate(changes):
            if at in bad:
                continue
            there = self._newest.get(batch.keys[at])
            if there is None:
                self.counts["new"] += 1
                self.chosen.append(change)
            elif there.digest == batch.digests[at]:
                self.counts["unchanged"] += 1
            elif self._on_conflict == "skip":
                self.counts["skipped"] += 1
            else:
                self._meet(at, change, batch.keys[at], there)

    def _meet(self, at: int, change: Change, key: str, there: Newest) -> None:
        seen = change.row.get("row_version")
        stale = seen is not None and int(seen) != there.tx
        if self._on_conflict == "update" and not stale:
            self.counts["updated"] += 1
            self.chosen.append(replace(change, seen=there.tx))
            return
        how = ("重新导出后在新版上修改", "export it again and change the newer version")
        if not stale:
            how = ("以 --on-conflict update 覆盖，或 skip 略去",
                   "record it with --on-conflict update, or leave it out with skip")  # fmt: skip
        self.problems.append(Problem(
            at, key, "row_version", there.tx, "conflict",
            f"登记库中已有不同内容（第 {there.tx} 号登记）",
            f"the registry has another content (transaction {there.tx})", *how,
        ))  # fmt: skip


def _sent_back(
    read: LayerRead, problems: Sequence[Problem], layer: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows that came back from reading and from choosing, and all findings."""
    back, rows = read.rejected, read.report.source_rows.tolist()
    defects = pd.DataFrame(
        [(layer, read.report.file, rows[p.at], p.key, p.field, str(p.value or ""), p.rule,
          ROW_REJECTED, p.zh, p.en, p.fix_zh, p.fix_en) for p in problems],
        columns=list(DEFECT_COLUMNS),
    )  # fmt: skip
    why: dict[int, list[str]] = {}
    for p in problems:
        why.setdefault(p.at, []).append(f"{p.field}：{p.zh}（{p.fix_zh}）")
    if why:
        places = sorted(why)
        more = pd.DataFrame(read.valid.iloc[places]).dropna(axis=1, how="all")
        more.insert(0, "原因", ["；".join(why[at]) for at in places])
        more.insert(0, "source_row", [rows[at] for at in places])
        back = more if back.empty else pd.concat([pd.DataFrame(back), more])
    parts = [d for d in (read.report.defects, defects) if len(d)]
    found = pd.concat(parts, ignore_index=True) if parts else defects
    return pd.DataFrame(back).sort_values("source_row", ignore_index=True), found


def import_workspace(registry: Registry, file: WorkspaceFile, **options: Any) -> list[Imported]:
    """
    Import every registry layer that a workspace names a file for, each as one transaction.

    Parameters
    ----------
    registry
        Open for writing.
    file
        The workspace's file; its columns, CRS and sheets are used.
    **options
        As for `import_file`.

    Returns
    -------
    imported
        One per layer.
    """
    done = []
    for name, source in file.layers.items():
        if LAYERS[name].home != "registry":
            continue
        done.append(import_file(registry, source.path, name, reading=source.reading(), **options))
    return done
