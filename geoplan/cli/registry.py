"""The registry (登记库): ``geoplan import|verify|backup|restore|export``."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from geoplan.cli.app import _finding_line, app, show
from geoplan.cli.options import JsonOption, LangOption, OutOption, WorkspaceArg

if TYPE_CHECKING:
    from geoplan.storage import Registry
    from geoplan.workspace.registry import Imported

WhoOption = Annotated[
    str | None, typer.Option("--who", help="经办人，默认为登录名。 Who; default the login name.")
]
WhyOption = Annotated[str | None, typer.Option("--why", help="事由。 Why.")]
Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="日期。 A day.")
]
_SHOWN = 20


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  (the clock lives here)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _open(place: Path, **options: Any) -> Registry:
    """Open the registry of a workspace, or a registry or backup by its file."""
    from geoplan import io, storage
    from geoplan.workspace.registry import Store

    if place.suffix == ".gpkg":
        return storage.open_registry(place, **options)
    return Store(io.read_workspace_file(place)).open(**options)


@app.command("import")
def import_(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="要导入的文件。 The file to import.")
    ] = None,
    layer: Annotated[
        str | None, typer.Option(metavar="L", help="登记图层名。 Registry layer.")
    ] = None,
    into: Annotated[Path, typer.Option(metavar="WS", help="工作区。 The workspace.")] = Path(),
    every: Annotated[
        bool,
        typer.Option("--all", help="导入工作区列出的全部登记图层。 Every one the workspace names."),
    ] = False,
    who: WhoOption = None,
    why: WhyOption = None,
    document: Annotated[
        Path | None, typer.Option(help="依据文件，记其摘要。 Document; its digest is kept.")
    ] = None,
    valid_from: Day = None,
    on_conflict: Annotated[
        Literal["refuse", "update", "skip"],
        typer.Option(help="已有不同内容时：退回、覆盖、略去。 Where another content is there."),
    ] = "refuse",
    rejected: Annotated[
        Path | None, typer.Option(help="退回的行写入（.csv .xlsx）。 Where rejected rows go.")
    ] = None,
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> None:
    """把文件中的图层导入登记库。 Import a layer of a file into the registry."""
    from geoplan import io
    from geoplan.errors import MissingFileError
    from geoplan.storage.records import registry_layer
    from geoplan.workspace.registry import Store, import_file, import_workspace

    if every == (file is not None and layer is not None):
        raise typer.BadParameter(
            "给出 FILE 和 --layer，或只给 --all。 Give FILE and --layer, or --all alone."
        )
    about = io.read_workspace_file(into)
    if file is not None and layer is not None:  # before a store is made for nothing
        registry_layer(layer)
        if not file.exists():
            raise MissingFileError.for_path(file)
    options: dict[str, Any] = {
        "who": who or getpass.getuser(), "recorded_at": _now(), "document": document,
        "valid_from": _day(valid_from), "on_conflict": on_conflict,
        "why": why or f"导入 {'全部登记图层' if file is None else file.name}",
    }  # fmt: skip
    with Store(about).filling() as registry:
        if file is None or layer is None:
            done = import_workspace(registry, about, **options)
        else:
            source = about.layers.get(layer)
            same = source is not None and source.path.resolve() == file.resolve()
            reading = source.reading() if source is not None and same else {"place": about.place}
            done = [import_file(registry, file, layer, reading=reading, **options)]
    if rejected is not None:
        _write_rejected(done, rejected)
    _tell(done, lang, as_json=as_json)


def _write_rejected(done: list[Imported], path: Path) -> None:
    import pandas as pd

    from geoplan import io

    parts = [pd.DataFrame(d.rejected).assign(layer=d.layer) for d in done if len(d.rejected)]
    if parts:
        rows = pd.concat(parts, ignore_index=True)
        io.write(rows.assign(**{c: rows[c].astype(str) for c in ["geometry"] if c in rows}), path)


def _tell(done: list[Imported], lang: Literal["zh", "en"], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "layer": d.layer, "file": d.file, "tx": d.receipt.tx if d.receipt else None,
                "already": d.already, **d.counts,
                "defects": json.loads(d.defects.to_json(orient="records", force_ascii=False)),
            }
            for d in done
        ]  # fmt: skip
        print(json.dumps(rows, ensure_ascii=False))
        return
    words = {"new": "新增", "updated": "更新", "unchanged": "未变", "skipped": "略去",
             "rejected": "退回"}  # fmt: skip
    for d in done:
        counts = "，".join(f"{words[k] if lang == 'zh' else k} {n}" for k, n in d.counts.items())
        number = f"第 {d.receipt.tx} 号登记 transaction {d.receipt.tx}" if d.receipt else (
            f"此文件已在第 {d.already} 号登记中导入，没有可补的 imported before as transaction "
            f"{d.already}, nothing to add" if d.already else "没有可登记的 nothing to record"
        )  # fmt: skip
        print(f"{d.layer}：{counts}（{number}）")
        for row in d.defects.head(_SHOWN).to_dict("records"):
            print("  " + _finding_line(row, lang))
        if len(d.defects) > _SHOWN:
            print(
                f"  … 另有 {len(d.defects) - _SHOWN} 条，用 --rejected 写入文件。 More: --rejected."
            )


@app.command()
def verify(
    workspace: WorkspaceArg,
    against: Annotated[
        list[Path] | None, typer.Option(help="备份：其末笔登记须在链中。 Backups to hold against.")
    ] = None,
    adopt: Annotated[
        bool,
        typer.Option("--adopt", help="把其他程序（QGIS）的修改登记入库。 Record foreign edits."),
    ] = False,
    who: WhoOption = None,
    why: WhyOption = None,
    as_json: JsonOption = False,
) -> None:
    """核验登记库：审计链、版本、现状；有问题时退出码为 1。 Verify it; exit 1 if not sound."""
    with _open(workspace, read_only=not adopt) as registry:
        if adopt:
            registry.adopt(who=who or getpass.getuser(), why=why or "采纳其他程序的修改",
                           recorded_at=_now())  # fmt: skip
        found = registry.verify(against=against or [])
        head = registry.head
    if as_json:
        show(found, None, as_json=True)
    elif len(found):
        show(found, ["kind", "tx", "layer", "key", "field", "recorded", "found", "reason_zh"],
             as_json=False)  # fmt: skip
    else:
        print(f"登记库完好：共 {head.tx} 笔登记，末笔 {head.hash[:16]}…。 Sound: {head.tx} in all.")
    if len(found):
        raise typer.Exit(1)


@app.command()
def backup(
    workspace: WorkspaceArg,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="备份文件，默认在工作区 backups 内。 The backup file."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """备份登记库（不停用）。 Back up the registry while it is in use."""
    from geoplan.storage.backups import backup as make

    with _open(workspace, read_only=True) as registry:
        folder = workspace.parent if workspace.suffix == ".gpkg" else workspace
        target = out or folder / "backups" / f"registry-{registry.head.tx:06}.gpkg"
        head = make(registry, target)
    _say({"file": str(target), **head._asdict()}, as_json=as_json,
         words=f"备份 backup: {target}（共 {head.tx} 笔登记 transactions）")  # fmt: skip


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="BACKUP", help="备份文件。 The backup.")],
    into: Annotated[Path, typer.Option(metavar="WS", help="工作区。 The workspace.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="替换已有的登记库。 Replace the registry there.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """由备份恢复登记库：先核验，要么全部恢复，要么不动。 Restore a backup: whole, or not at all."""
    from geoplan import io
    from geoplan.storage.backups import restore as put_back
    from geoplan.workspace.registry import Store

    store = Store(io.read_workspace_file(into))
    head = put_back(file, store.url, overwrite=overwrite, heads=store.heads)
    _say({"store": str(store.url), **head._asdict()}, as_json=as_json,
         words=f"已恢复至第 {head.tx} 号登记。 Restored to transaction {head.tx}.")  # fmt: skip


@app.command()
def export(
    workspace: WorkspaceArg,
    out: OutOption = Path("registry-layers.gpkg"),
    known_on: Day = None,
    valid_on: Day = None,
    as_json: JsonOption = False,
) -> None:
    """导出某一时点的登记图层：“某日所知的某日情况”。 Layers as known then, of a day."""
    from geoplan.storage.backups import export as write_out

    with _open(workspace, read_only=True) as registry:
        rows = write_out(registry, out, known_on=_day(known_on), valid_on=_day(valid_on))
    _say({"file": str(out), "rows": rows}, as_json=as_json,
         words=f"{out}: " + "，".join(f"{k} {n}" for k, n in rows.items()))  # fmt: skip


def _say(facts: dict[str, Any], *, as_json: bool, words: str) -> None:
    print(json.dumps(facts, ensure_ascii=False) if as_json else words)
