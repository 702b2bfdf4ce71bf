"""Registers of place names (地名登记): ``geoplan names export|import-census|overdue``."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from geoplan.cli.app import _finding_line, show
from geoplan.cli.names import names_app
from geoplan.cli.options import JsonOption, LangOption, WorkspaceArg
from geoplan.cli.registry import Day, WhoOption, WhyOption, _day, _now, _tell

if TYPE_CHECKING:
    from datetime import date

    from geoplan.workspace.names_files import CensusImport

TodayOption = Annotated[
    datetime | None,
    typer.Option("--today", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD",
                 help="问的日期，默认今天。 The day asked about."),
]  # fmt: skip
_OVERDUE = ["case_id", "name", "step", "rule_id", "start_on", "due_on", "late_day", "clause"]
_HEAD = 20


def _today(given: datetime | None) -> date:
    return (given or datetime.now(UTC).astimezone()).date()  # noqa: TID251  (the clock lives here)


@names_app.command()
def export(
    workspace: WorkspaceArg,
    out: Annotated[
        Path,
        typer.Option("-o", "--out",
                     help=".gpkg .xlsx .csv .geojson；.jsonld 为 Linked Places。 File to make."),
    ],
    base: Annotated[
        str, typer.Option(metavar="URL", help="Linked Places 编号所用网址。 What ids begin with.")
    ] = "",
    highest: Annotated[
        Literal["public", "internal"],
        typer.Option(help="Linked Places 最高写到哪一密级。 Highest class to write."),
    ] = "internal",
    today: TodayOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """导出地名：表格、图层、Linked Places。 Export names as tables, layers or Linked Places."""
    from geoplan.workspace import open_workspace
    from geoplan.workspace.names_files import export_names

    made = export_names(open_workspace(workspace), out, base=base, highest=highest,
                        today=_today(today))  # fmt: skip
    gone = [] if made.left_out is None else json.loads(made.left_out.to_json(orient="records"))
    if as_json:
        facts = {"file": str(made.path), "places": made.places, "left_out": gone}
        print(json.dumps(facts, ensure_ascii=False))
        return
    print(f"{made.path}: 地名 places {made.places}")
    for row in gone[:_HEAD]:
        print(f"  {row['place_id']} {row['field']}={row['value']}：{row['reason_zh']} "
              f"{row['reason_en']}")  # fmt: skip
    if len(gone) > _HEAD:
        print(f"  … 另有 {len(gone) - _HEAD} 条，见 --json。 More with --json.")


@names_app.command("import-census")
def import_census(
    file: Annotated[Path, typer.Argument(metavar="FORM", help="普查成果表。 The filled form.")],
    into: Annotated[Path, typer.Option(metavar="WS", help="工作区。 The workspace.")] = Path(),
    release: Annotated[
        str | None,
        typer.Option(metavar="文号", help="解密决定的文号。 Document that releases 秘密 rows."),
    ] = None,
    release_to: Annotated[
        Literal["internal", "public"], typer.Option("--to", help="解密后的密级。 Their class.")
    ] = "internal",
    sheet: Annotated[str | None, typer.Option(help="工作表。 Sheet of a workbook.")] = None,
    valid_from: Day = None,
    on_conflict: Annotated[
        Literal["refuse", "update", "skip"],
        typer.Option(help="已有不同内容时：退回、覆盖、略去。 Where another content is there."),
    ] = "refuse",
    rejected: Annotated[
        Path | None, typer.Option(help="退回的行写入（.csv .xlsx）。 Where rejected rows go.")
    ] = None,
    who: WhoOption = None,
    why: WhyOption = None,
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> None:
    """把地名普查成果表导入登记库。 Import a filled census form into the registry."""
    from geoplan import io
    from geoplan.errors import MissingFileError
    from geoplan.workspace import open_workspace
    from geoplan.workspace.names_files import import_census as record
    from geoplan.workspace.names_files import require_imported

    if not file.exists():
        raise MissingFileError.for_path(file)
    city = open_workspace(into)
    require_imported(city)
    form: dict[str, Any] = {
        "release": None if release is None else io.Release(release, release_to), "sheet": sheet,
        "classified": city.file.classified_environment, "units": city.layers.get("admin_units"),
    }  # fmt: skip
    with city.store.filling() as registry:
        done = record(registry, file, form=form, who=who or getpass.getuser(),
                      why=why or f"导入 {file.name}", recorded_at=_now(),
                      valid_from=_day(valid_from), on_conflict=on_conflict)  # fmt: skip
    if rejected is not None and len(done.read.rejected):
        io.write(done.read.rejected.drop(columns="geometry", errors="ignore"), rejected)
    _tell_census(done, lang, as_json=as_json)


def _tell_census(done: CensusImport, lang: Literal["zh", "en"], *, as_json: bool) -> None:
    read = done.read
    if as_json:
        layers = {
            i.layer: {"tx": i.receipt.tx if i.receipt else None, **i.counts} for i in done.imported
        }
        findings = json.loads(read.findings.to_json(orient="records", force_ascii=False))
        told = {"layers": layers, "rejected": len(read.rejected), "findings": findings}
        print(json.dumps(told, ensure_ascii=False))
        return
    for zh, en in read.notes:
        print(f"{zh}。 {en}.")
    for row in read.findings.head(_HEAD).to_dict("records"):
        print(_finding_line(row, lang))
    print(f"成果表：可用 {len(read.places)} 行，退回 {len(read.rejected)} 行。 "
          f"Form: {len(read.places)} rows good, {len(read.rejected)} sent back.")  # fmt: skip
    _tell(list(done.imported), lang, as_json=False)


@names_app.command()
def overdue(
    workspace: WorkspaceArg,
    today: TodayOption = None,
    every: Annotated[
        bool, typer.Option("--all", help="列出全部期限。 Every term, not only the overdue.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """备案、公告逾期的案卷（PN-20、PN-21）；有逾期时退出码为 1。 Cases past their terms; exit 1."""
    from geoplan.placenames import deadlines
    from geoplan.placenames import overdue as late
    from geoplan.workspace import open_workspace

    city, day = open_workspace(workspace), _today(today)
    cases = city.layers["name_cases"]
    past = late(cases, city.policy, day)
    found = deadlines(cases, city.policy, day) if every else past
    found = found.assign(
        name=found["case_id"].map(dict(zip(cases["case_id"], cases["name"], strict=True))),
        **{c: found[c].dt.strftime("%Y-%m-%d") for c in ("start_on", "due_on", "done_on")},
    )
    if as_json:
        show(found, None, as_json=True)
    elif len(found):
        show(found, [*_OVERDUE, *(["done_on", "left_day", "state"] if every else [])],
             as_json=False)  # fmt: skip
    if not as_json:
        print(f"逾期 overdue: {len(past)}（{day}）")
    if len(past):
        raise typer.Exit(1)
