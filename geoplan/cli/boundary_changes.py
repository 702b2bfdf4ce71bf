"""Disputes and division changes (争议与变更): ``geoplan boundaries compare|impact``."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from geoplan.cli.app import show
from geoplan.cli.boundaries import MapOption, boundaries_app, write_map
from geoplan.cli.options import JsonOption, LangOption, OutOption, WorkspaceArg

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from geoplan.io import LayerRead
    from geoplan.workspace import Workspace
    from geoplan.workspace.disputes import DisputeReview

LinesFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="一方的主张线文件。 One party's line.")
]
_FACES = ["case_id", "face", "kind", "claimed_by", "area_m2", "length_m", "persons", "facilities"]
_CASES = ["case_id", "parties", "level", "state_zh", "due_state", "next_zh", "decided_by_zh",
          "filed_with_zh"]  # fmt: skip
_MOVED = ["level", "unit_before", "unit_after", "area_m2"]
_STATISTICS = ["level", "unit_code", "name_before", "name_after", "population_before",
               "population_after", "facilities_before", "facilities_after"]  # fmt: skip


@boundaries_app.command()
def compare(
    workspace: WorkspaceArg,
    claims: Annotated[
        str,
        typer.Option(
            metavar="FILE|LAYER", help="主张线：文件或图层名。 Claims: a file or a layer."
        ),
    ] = "claims",
    ours: LinesFile = None,
    theirs: LinesFile = None,
    left: Annotated[
        str, typer.Option(metavar="PARTY", help="己方在其线左侧的一方。 Who is left of its line.")
    ] = "",
    secrecy: Annotated[
        Literal["public", "internal"] | None,
        typer.Option(help="--ours、--theirs 的密级，未注明按秘密。 Class of both files."),
    ] = None,
    case: Annotated[str, typer.Option(metavar="ID", help="只看一案。 One case only.")] = "",
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="截至日期。 As of this day.")
    ] = None,
    out: OutOption = Path("disputes.gpkg"),
    map_: MapOption = None,
    as_json: JsonOption = False,
) -> None:
    """比较双方主张线：争议地块、人口设施、证据、冻结、案件状态。 Compare two parties' lines."""
    from geoplan import io
    from geoplan.boundaries.claims import KIND_ZH
    from geoplan.workspace import open_workspace
    from geoplan.workspace.disputes import review_claims

    city = open_workspace(workspace)
    drawn, rejected = _claims(city, claims, ours, theirs, secrecy)
    _refuse_secrets(city, {"claims": drawn})
    day = on.date() if on is not None else datetime.now(UTC).date()  # noqa: TID251
    review = review_claims(city, drawn, today=day, case=case, left=left)
    io.write_gpkg(_stored(review._asdict(), drawn), out)
    pictures = _draw(city, review, map_) if map_ is not None else []
    if as_json:
        print(_json({**review._asdict(), "rejected": rejected}))
        return
    faces = review.disputed_faces
    show(faces.assign(kind=faces["kind"].map(KIND_ZH)), _FACES, as_json=False)
    show(review.cases, _CASES, as_json=False)
    for name, columns in (("evidence", ["case_id", "party", "weight_zh", "clause", "pieces"]),
                          ("freeze_warnings", ["case_id", "layer", "id", "name", "remark_zh"]),
                          ("findings", ["case_id", "message_zh", "message_en"])):  # fmt: skip
        if len(table := getattr(review, name)):
            show(table, columns, as_json=False)
    _say_rejected(rejected)
    print(f"成果 results: {', '.join(map(str, [out, *pictures]))}（示意 not a legal boundary）")


def _claims(
    city: Workspace, claims: str, ours: Path | None, theirs: Path | None, secrecy: str | None
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the claims of a layer, of a file, or of one file for each party; and bad rows."""
    import geopandas as gpd
    import pandas as pd

    from geoplan import io
    from geoplan.errors import UnknownIdError

    if (ours is None) != (theirs is None):
        raise typer.BadParameter("--ours 与 --theirs 须同时给出。 Give both --ours and --theirs.")
    if ours is not None and theirs is not None:
        sides = [_one_side(path, secrecy) for path in (ours, theirs)]
        lines = [gpd.GeoDataFrame(s.valid).to_crs(city.metric_crs) for s in sides]
        whole = gpd.GeoDataFrame(pd.concat(lines, ignore_index=True))
        return whole, pd.concat([s.rejected for s in sides])
    if claims in city.names:
        return gpd.GeoDataFrame(city.layers[claims]), city.read(claims).rejected
    path = Path(claims)
    if not path.exists() and not path.suffix:
        raise UnknownIdError.among("layer", "图层", claims, city.names)
    read = io.read_layer(path, "claims")
    return gpd.GeoDataFrame(read.valid), read.rejected


def _one_side(path: Path, secrecy: str | None) -> LayerRead:
    """Read one party's lines: whatever the file does not say is taken from its name."""
    import geopandas as gpd

    from geoplan import io
    from geoplan.schemas import layer

    about = layer("claims")
    loose = replace(about, columns=tuple(replace(c, required=False) for c in about.columns))
    read = io.read_layer(path, loose)
    told = read.valid["party"].dropna()
    party = str(told.iloc[0]) if len(told) else path.stem
    valid = gpd.GeoDataFrame(read.valid).assign(party=party, case_id="1", claim_id=path.stem)
    if secrecy is not None:
        valid["secrecy"] = valid["secrecy"].fillna(secrecy)
    return read._replace(valid=valid)


def _refuse_secrets(city: Workspace, layers: Mapping[str, pd.DataFrame]) -> None:
    """Refuse to write down state-secret rows outside a classified environment (SEC-06)."""
    from geoplan.io.secrecy import refuse_state_secrets
    from geoplan.schemas import layer

    for name, frame in layers.items():
        refuse_state_secrets(frame, layer(name), classified=city.file.classified_environment)


def _draw(city: Workspace, review: DisputeReview, path: Path) -> list[Path]:
    """Draw the map: a page, or a sheet for each case."""
    from geoplan import maps
    from geoplan.maps.static import Sheet
    from geoplan.schemas.results import BANNER
    from geoplan.standards import is_synthetic

    units = city.metric("admin_units")
    claims, faces, official = review.claims, review.disputed_faces, review.official
    if path.suffix.lower() == ".html":
        return [
            write_map(maps.page(maps.claims_map(units, claims, faces, official=official)), path)
        ]
    cases = sorted(set(claims["case_id"]))
    synthetic = is_synthetic(units) or is_synthetic(claims)
    out = []
    for case in cases:
        own = [f[(f["case_id"] == case).to_numpy(dtype=bool)] for f in (claims, faces, official)]
        sheet = Sheet(title=f"争议主张图（{case}）", note=BANNER if synthetic else "")
        svg = maps.claims_sheet(units, own[0], own[1], official=own[2], sheet=sheet)
        name = path if len(cases) == 1 else path.with_stem(f"{path.stem}-{case}")
        out.append(write_map(svg, name))
    return out


@boundaries_app.command()
def impact(
    workspace: WorkspaceArg,
    change: Annotated[
        Path, typer.Option(metavar="FILE", help="变更文件 TOML、JSON、GeoJSON。 The change.")
    ],
    out: OutOption = Path("change.gpkg"),
    standards: Annotated[
        bool, typer.Option("--standards/--no-standards", help="变更前后对标。 Judge both states.")
    ] = True,
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> None:
    """行政区划变更的影响：设施、地名、界桩、人口、标准、审批、材料。 What a change moves."""
    from geoplan import boundaries, io
    from geoplan.boundaries.change_lines import REGISTERS
    from geoplan.workspace import open_workspace
    from geoplan.workspace.changes import review_change

    city = open_workspace(workspace)
    read = boundaries.parse_change(_mapping(change))
    registers = {n: f for n in REGISTERS if (f := city.layers.get(n)) is not None}
    _refuse_secrets(city, registers)
    review = review_change(city, read, judge=standards)
    tables = _stored(review._asdict(), city.layers["admin_units"])
    io.write_gpkg(tables, out)
    io.write_xlsx(
        {n: f.drop(columns="geometry", errors="ignore") for n, f in tables.items()},
        book := out.with_suffix(".xlsx"),
    )
    if as_json:
        print(_json({n: f for n, f in tables.items() if n != "admin_units"}))
        return
    show(review.moved_land, _MOVED, as_json=False)
    show(review.statistics, _STATISTICS, as_json=False)
    count = review.impact.groupby(["layer", "level", "status"], sort=False).size()
    show(count.rename("rows").reset_index(), None, as_json=False)
    show(review.persons, None, as_json=False)
    if standards:
        turned = review.standards["status_before"] != review.standards["status_after"]
        show(review.standards[turned], ["rule_id", f"title_{lang}", "unit_name", "status_before",
                                        "status_after"], as_json=False)  # fmt: skip
    show(review.approvals, ["change_id", "level", "matter", "authority_zh", "filed"],
         as_json=False)  # fmt: skip
    show(review.deadlines, [f"title_{lang}", "term_month", "due_on", "clause"], as_json=False)
    show(review.dossier, [f"title_{lang}", "status"], as_json=False)
    if len(review.findings):
        show(review.findings, ["unit_code", f"message_{lang}", "clause"], as_json=False)
    print(f"成果 results: {out}, {book}（示意 not a legal boundary）")


def _mapping(path: Path) -> dict[str, Any]:
    """Read a TOML or JSON file that holds a table."""
    from geoplan.errors import MissingFileError, UnreadableFileError

    if not path.exists():
        raise MissingFileError.for_path(path, "--change")
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except (ValueError, OSError) as error:
        raise UnreadableFileError.for_file(path, error) from error
    if not isinstance(found, dict):
        raise UnreadableFileError.for_file(path, "it holds no table of a change")
    return found


def _stored(tables: dict[str, pd.DataFrame], like: Any) -> dict[str, pd.DataFrame]:
    """Return the tables that were made, shapes in the CRS of what was given."""
    import geopandas as gpd

    return {name: f.to_crs(like.crs) if isinstance(f, gpd.GeoDataFrame) else f
            for name, f in tables.items() if len(f.columns)}  # fmt: skip


def _json(tables: dict[str, pd.DataFrame]) -> str:
    """Return frames as one JSON object, without shapes."""
    plain = {
        name: json.loads(frame.drop(columns="geometry", errors="ignore").to_json(
            orient="records", date_format="iso"))
        for name, frame in tables.items()
    }  # fmt: skip
    return json.dumps(plain, ensure_ascii=False)


def _say_rejected(rejected: pd.DataFrame) -> None:
    for row in rejected.to_dict("records"):
        said = f"退回 rejected: 第 {row.get('source_row')} 行 row：{row.get('原因')}"
        typer.secho(said, err=True, fg="yellow")
