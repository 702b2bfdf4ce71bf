"""Place names (地名): ``geoplan names check|romanise|search|geocode|reverse``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from geoplan.cli.app import _finding_line, app, show
from geoplan.cli.boundaries import MapOption, write_map
from geoplan.cli.options import Bar, JsonOption, LangOption, WorkspaceArg
from geoplan.cli.typed import pair, point

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from geoplan.io import LayerRead
    from geoplan.workspace.names import Names

names_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None,
    help="地名：审查、拼写、检索、地址匹配、导入导出。 Names: check, spell, search, geocode.",
)  # fmt: skip
app.add_typer(names_app, name="names")

CategoryOption = Annotated[
    str, typer.Option("--category", metavar="CODE", help="五位类别代码，如 21610。 Category code.")
]
OutFile = Annotated[Path | None, typer.Option("-o", "--out", help="写成文件。 Also write a file.")]
FileOption = Annotated[
    Path | None, typer.Option("--file", help="成批：CSV、Excel、图层。 A table or layer of them.")
]
CrsOption = Annotated[str, typer.Option("--crs", help="坐标系，默认 2000 系经纬度。 CRS.")]
_SEVERITIES = {"error": "错误", "warning": "警告", "manual": "人工", "no_data": "无数据",
               "info": "提示", "ok": "通过"}  # fmt: skip
_COLORS = {"error": "red", "warning": "yellow", "manual": "cyan", "no_data": "cyan"}
_SPELLED = ["name", "specific", "generic", "reading", "reading_source", "roman", "rules"]
_HITS = ["text", "standard_text", "place_id", "unit_code", "match", "why", "score"]
_FOUND = ["address", "grade", "unit_code", "place_id", "number", "lon", "lat", "reason_{}"]
_PLACED = ["lon", "lat", "path", "boundary_m", "boundary_band_m", "place_name", "place_m",
           "reason_{}"]  # fmt: skip
_HEAD = 20


def _names(workspace: Path, **options: Any) -> Names:
    from geoplan.workspace import open_workspace
    from geoplan.workspace.names import Names

    return Names(open_workspace(workspace), **options)


@names_app.command()
def check(
    workspace: WorkspaceArg,
    name: Annotated[str, typer.Argument(metavar="NAME", help="拟用名称。 The name proposed.")],
    category: CategoryOption,
    unit: Annotated[str, typer.Option(help="所在单元代码。 Unit it lies in.")] = "",
    at: Annotated[
        str | None, typer.Option("--at", metavar="X,Y", help="位置：定单元和建成区。 Position.")
    ] = None,
    crs: CrsOption = "EPSG:4490",
    place: Annotated[str, typer.Option(help="已有的地名编号。 Its own place_id.")] = "",
    former: Annotated[str, typer.Option(help="更名前的名称。 The name it has.")] = "",
    reason: Annotated[str, typer.Option(help="更名理由代码。 reason_code of a renaming.")] = "",
    developer: Annotated[str, typer.Option(help="开发单位。 Firm that builds it.")] = "",
    use: Annotated[str, typer.Option(help="housing | commercial | mixed")] = "",
    measures: Annotated[
        list[str] | None,
        typer.Option("--measure", metavar="M=V", help="规模，如 gfa_m2=80000。 What it measures."),
    ] = None,
    famous: Annotated[bool, typer.Option("--famous", help="著名自然地理实体。 Famous.")] = False,
    dialect: Annotated[
        bool, typer.Option("--dialect", help="湖北话不分的音也算同音。 Hubei speech too.")
    ] = False,
    characters: Annotated[
        Path | None, typer.Option(help="《通用规范汉字表》文件。 Table of standard characters.")
    ] = None,
    out: OutFile = None,
    map_: MapOption = None,
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> None:
    """审查拟用名称（PN-01 至 PN-16）；有错误时退出码为 1。 Check a name; exit 1 where it fails."""
    from geoplan import io
    from geoplan.placenames import blocking

    names = _names(workspace)
    table = None if characters is None else io.read_characters(characters)
    found = names.check(
        name, category_code=category, unit_code=unit, at=_series(at, crs), characters=table,
        dialect=dialect, place_id=place, former_name=former, reason_code=reason,
        developer=developer, use=use, measures=_measures(measures or ()), famous=famous,
    )  # fmt: skip
    if out is not None:
        io.write(found.assign(evidence=found["evidence"].map(_bearers)), out)
    clashing = names.evidence(found)
    if map_ is not None and len(clashing):
        _draw(clashing, "rule_id", f"{name}：重名、同音 who clashes", map_)
    if as_json:
        rows = [{**r, "evidence": [b._asdict() for b in r["evidence"]]}
                for r in found.to_dict("records")]  # fmt: skip
        print(json.dumps(rows, ensure_ascii=False))
    else:
        _print_results(found, lang)
        if map_ is not None and not len(clashing):
            print("没有重名、同音，未作图。 Nothing clashes, so no map was made.")
    if len(blocking(found)):
        raise typer.Exit(1)


def _print_results(found: pd.DataFrame, lang: Literal["zh", "en"]) -> None:
    """Say each result in a line: rule, severity, what was found, clause and basis."""
    for row in found.to_dict("records"):
        severity = str(row["severity"])
        word = _SEVERITIES[severity] if lang == "zh" else severity
        basis = " ".join(str(t) for t in (row["basis"], row[f"basis_{lang}"]) if t)
        typer.secho(f"[{word}] {row['rule_id']} {row[f'title_{lang}']}：{row[f'message_{lang}']}"
                    f"（{row['clause']}，{basis}）", fg=_COLORS.get(severity))  # fmt: skip


def _bearers(evidence: Sequence[Any]) -> str:
    return "；".join(f"{b.name}（{b.place_id}，{b.unit_code}）" for b in evidence)


def _series(at: str | None, crs: str) -> gpd.GeoSeries | None:
    if at is None:
        return None
    import geopandas as gpd

    return gpd.GeoSeries([point(at, crs)], crs=crs)


def _measures(texts: Sequence[str]) -> dict[str, float]:
    from geoplan.errors import InputError

    found = {}
    for name, text in map(pair, texts):
        try:
            found[name] = float(text)
        except ValueError:
            raise InputError(
                f"{name}={text} is no number.", zh=f"{name}={text} 不是数字。",
                fix="for example gfa_m2=80000", fix_zh="例如 gfa_m2=80000", value=text,
            ) from None  # fmt: skip
    return found


def _draw(places: pd.DataFrame, color: str, title: str, path: Path) -> None:
    from geoplan import maps

    shown = [c for c in ("standard_name", "text", "place_id", "unit_code", color) if c in places]
    write_map(maps.page(maps.explore(places, color=color, tooltip=shown, title=title)), path)


@names_app.command()
def romanise(
    workspace: WorkspaceArg,
    given: Annotated[list[str], typer.Argument(metavar="NAME...", help="名称。 Names.")],
    category: CategoryOption = "",
    tones: Annotated[
        bool, typer.Option("--tones/--no-tones", help="标声调。 With tone marks.")
    ] = True,
    capitals: Annotated[
        Literal["first", "all"], typer.Option(help="词首大写，或全部大写。 Capitals.")
    ] = "first",
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> None:
    """罗马字母拼写；登记库中没有的须给 --category。 Spell names in roman letters."""
    found = _names(workspace).romanise(
        given, category_code=category, tones=tones, capitals=capitals
    )
    if as_json:
        show(found, None, as_json=True)
        return
    said = [*_SPELLED, *([f"reason_{lang}"] if found["reason_zh"].any() else [])]
    show(found, said, as_json=False)
    if (found["reading_source"] == "proposed").any():
        print(
            "“proposed”为软件拟定的读音，须人工审定。 A proposed reading is for people to review."
        )


@names_app.command()
def search(
    workspace: WorkspaceArg,
    q: Annotated[
        str, typer.Argument(metavar="QUERY", help="汉字、拼音、首字母或混写。 What is looked for.")
    ],
    limit: Annotated[int, typer.Option(help="最多几条。 How many.")] = 10,
    near: Annotated[str | None, typer.Option(help="就近：单元代码。 Unit of the asker.")] = None,
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", help="名称类型，如 former。 Kind of form.")
    ] = None,
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="地名类别，如 street。 Class of name.")
    ] = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="边输入边提示。 What begins with it, as typed.")
    ] = False,
    map_: MapOption = None,
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> None:
    """检索地名：两字、单字、拼音、错别字、曾用名。 Search names; typing errors are forgiven."""
    with Bar() as tell, _names(workspace, progress=tell) as names:
        hits = names.search(q, limit=limit, near_unit=near, kinds=kinds, classes=classes,
                            unfinished=unfinished, lang=lang)  # fmt: skip
    if map_ is not None and len(hits):
        _draw(_as_points(hits.dropna(subset=["lon", "lat"])), "match", f"检索 {q}", map_)
    if as_json:
        show(hits, None, as_json=True)
    elif len(hits):
        show(hits, _HITS, as_json=False)
    else:
        print("没有找到。 Nothing found.")


def _as_points(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    import geopandas as gpd

    shapes = gpd.points_from_xy(frame["lon"].astype(float), frame["lat"].astype(float))
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4490")


@names_app.command()
def geocode(
    workspace: WorkspaceArg,
    addresses: Annotated[
        list[str] | None, typer.Argument(metavar="[ADDRESS]...", help="地址。 Addresses.")
    ] = None,
    file: FileOption = None,
    column: Annotated[
        str, typer.Option(help="地址所在列，默认“地址”等。 Header of the addresses.")
    ] = "",
    sheet: Annotated[str | None, typer.Option(help="工作表。 Sheet of a workbook.")] = None,
    out: OutFile = None,
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> None:
    """地址匹配：每行给出单元、地名、位置和匹配级别。 Unit, place, position, grade of addresses."""
    import pandas as pd

    from geoplan.workspace.names_files import read_addresses

    if bool(addresses) == (file is not None):
        raise typer.BadParameter("给出地址，或 --file。 Give addresses, or --file.")
    names = _names(workspace)
    table = pd.DataFrame({"address": addresses or []})
    if file is not None:
        read = read_addresses(file, column=column, sheet=sheet)
        _tell_defects(read, lang)
        table = read.valid
    _answer(table, names.geocode(table["address"]), "grade", _FOUND, out, lang, as_json=as_json)


@names_app.command()
def reverse(
    workspace: WorkspaceArg,
    at: Annotated[
        list[str] | None, typer.Option("--at", metavar="X,Y", help="位置，可多个。 Positions.")
    ] = None,
    file: FileOption = None,
    crs: CrsOption = "EPSG:4490",
    public: Annotated[
        bool, typer.Option("--public", help="按公众可知的程度回答。 As the public may know.")
    ] = False,
    out: OutFile = None,
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> None:
    """逆地理编码：所属单元、最近地名、离界线距离。 Units, nearest name, distance to the line."""
    import geopandas as gpd

    from geoplan.workspace.names_files import read_points

    if bool(at) == (file is not None):
        raise typer.BadParameter("给出 --at，或 --file。 Give --at, or --file.")
    names = _names(workspace)
    points = gpd.GeoDataFrame(geometry=[point(text, crs) for text in at or ()], crs=crs)
    if file is not None:
        read = read_points(file, **({} if crs == "EPSG:4490" else {"crs": crs}))
        _tell_defects(read, lang)
        points = gpd.GeoDataFrame(read.valid)
    found = names.reverse(points, public=public)
    where = points.geometry.to_crs("EPSG:4490")
    own = points.drop(columns="geometry")
    table = own.assign(lon=where.x.round(7), lat=where.y.round(7))
    _answer(table, found, "level", _PLACED, out, lang, as_json=as_json)


def _answer(
    table: pd.DataFrame, found: pd.DataFrame, grade: str, shown: list[str], out: Path | None,
    lang: Literal["zh", "en"], *, as_json: bool,
) -> None:  # fmt: skip
    """Put answers beside what was asked, and write or show them."""
    from geoplan import io

    taken = {c: f"{c}_原" for c in table.columns if c in found.columns}
    whole = table.rename(columns=taken).join(found)
    if out is not None:
        io.write(whole, out)
    if as_json:
        show(whole, None, as_json=True)
        return
    if len(whole) <= _HEAD:
        degrees = {c: whole[c].map("{:.6f}".format, na_action="ignore") for c in ("lon", "lat")}
        show(whole.assign(**degrees), [c.format(lang) for c in shown], as_json=False)
    counts = whole[grade].fillna("–").value_counts()
    print("，".join(f"{word} {count}" for word, count in counts.items()))
    if out is not None:
        print(f"成果 results: {out}")


def _tell_defects(read: LayerRead, lang: Literal["zh", "en"]) -> None:
    """Say on standard error what was wrong with a file; its good rows go on."""
    for row in read.report.defects.head(_HEAD).to_dict("records"):
        typer.echo(_finding_line(row, lang), err=True)
    if (more := len(read.report.defects) - _HEAD) > 0:
        typer.echo(f"… 另有 {more} 条。 {more} more.", err=True)
