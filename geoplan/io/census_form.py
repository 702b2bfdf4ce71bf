"""The place-name census form (地名普查成果表): Excel or CSV in, place names and their forms out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import pandas as pd

from geoplan.errors import InputError, MissingFileError, UnreadableFileError
from geoplan.io import census_rows
from geoplan.io.digests import digest_file
from geoplan.io.problems import good_rows, with_problems
from geoplan.io.raw import Options
from geoplan.io.sources import open_source
from geoplan.io.writing import write_template
from geoplan.placenames import tones
from geoplan.schemas.coerce import is_empty
from geoplan.schemas.match import match_columns
from geoplan.schemas.model import Column, Layer, text
from geoplan.schemas.name_layers import NAME_FORMS, PLACE_NAMES
from geoplan.schemas.validate import validate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.io.raw import Raw

KINDS = (".xlsx", ".xlsm", ".csv", ".txt", ".tsv")
_NOT_ON_FORM = ("reading_source", "reading_reviewer", "roman_rules", "part_of", "successors")
_ALSO = {
    "place_code": ("地名编码",),
    "standard_name": ("标准地名", "地名标准名称", "汉字书写", "汉字名称"),
    "reading": ("标准读音",),
    "pinyin": ("罗马字母拼写形式", "标准名称罗马字母拼写"),
    "language": ("地名语种",),
    "category_code": ("地名类别", "类别名称", "类别"),
    "use_period": ("地名使用时间",),
    "meaning": ("地名的含义",),
    "origin": ("地名的来历", "来历含义", "地名来历及含义"),
    "history": ("地名的历史沿革", "地名沿革"),
    "description": ("地理实体描述",),
    "sign_count": ("地名标志数量", "标志数"),
    "map_number": ("原图名称（图号）", "图名图号"),
    "media": ("多媒体",),
    "source": ("资料来源及出处", "资料出处"),
    "secrecy": ("秘密等级", "保密等级"),
}  # fmt: skip


def _declared() -> tuple[Column, ...]:
    own = [
        replace(c, aliases=(*c.aliases, *_ALSO.get(c.name, ())), required=c.name == "standard_name")
        for c in PLACE_NAMES.columns if c.name not in _NOT_ON_FORM
    ]  # fmt: skip
    form = [
        text("alias", "别名", "又名"),
        text("short", "简称"),
        text("former", "曾用名", "旧名", "历史名称"),
        text("minority", "少数民族文字书写", "民族文字书写", "少数民族语书写"),
        text("generic_roman", "通名罗马字母拼写", "通名拼写"),
        text("lon", "经度", "东经", "起点经度", "经度（起）", "东经（起）"),
        text("lat", "纬度", "北纬", "起点纬度", "纬度（起）", "北纬（起）"),
        text("lon_to", "至经度", "止点经度", "终点经度", "经度（止）", "东经（止）", "东经.2",
             "经度.2"),
        text("lat_to", "至纬度", "止点纬度", "终点纬度", "纬度（止）", "北纬（止）", "北纬.2",
             "纬度.2"),
        text("form_crs", "坐标系", "坐标系统", "大地坐标系"),
        text("regions", "所在（跨）行政区", "所在跨行政区", "所在行政区", "所跨行政区"),
    ]  # fmt: skip
    return (*own, *form)


CENSUS_FORM = Layer(
    name="census_form", zh="地名普查成果表", en="Place-name census form", home="file",
    key=("place_id",), columns=_declared(), geometry=("point", "line"), geometry_optional=True,
    label="standard_name", secrecy=census_rows.PRE_FILLED,
)  # fmt: skip
"""Fields PN-40 with the form's titles; what `PLACE_NAMES` has is called as there."""
Release = census_rows.Release
_TAKEN_APART = (*census_rows.NAME_COLUMNS, *census_rows.DEGREE_COLUMNS)


class CensusRead(NamedTuple):
    """
    What a form gave.

    ``places`` (layer ``place_names``, EPSG:4490) and ``forms`` (layer ``name_forms``) may be
    imported; ``rejected`` came back with ``source_row`` and ``原因``; ``findings`` say row, field,
    value and reason of everything that was found; ``notes`` (zh, en) what was decided.
    """

    places: gpd.GeoDataFrame
    forms: pd.DataFrame
    rejected: pd.DataFrame
    findings: pd.DataFrame
    notes: tuple[tuple[str, str], ...]


def read_census_form(
    path: str | Path,
    *,
    release: census_rows.Release | None = None,
    classified: bool = False,
    units: pd.DataFrame | None = None,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
) -> CensusRead:
    r"""
    Read a census form into place names and their forms.

    Parameters
    ----------
    path
        Workbook or CSV with the form's Chinese titles, under any heading lines.
    release
        Decision by which rows marked 秘密, as the form comes filled in, or not marked become
        internal or public. Rows marked 机密 or 绝密 are not released by it.
    classified
        ``classified_environment`` of the workspace: without a release, secret rows are kept as
        state_confidential there, and refused elsewhere (SEC-06).
    units
        ``admin_units`` with former units: the division in each code is then checked on the date
        of naming.
    columns
        Header -> column, where titles and aliases do not say it.
    sheet, encoding
        As for `read_layer`.

    Returns
    -------
    places, forms, rejected, findings, notes
        Every row of the file is in ``places`` or in ``rejected``. Positions are degrees or
        度分秒 of WGS84 or CGCS2000, one point, or from–to as a line. Cells of several names (别名,
        简称, 曾用名, 少数民族文字) are split at 、；, and line breaks outside brackets.

    Raises
    ------
    MissingFileError
        If there is no such file.
    UnreadableFileError
        If it is no table.
    InputError
        If the release names no document, or another class than internal or public.

    Notes
    -----
    RULES PN-40, SEC-06. 1980西安 and 1954北京 positions are refused: the parameters between them
    and CGCS2000 are secret.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "form.csv"
    >>> form = "标准名称,曾用名,东经,北纬,密级\n涢水,随水、府河,113°24′,31°42′,秘密\n"
    >>> _ = file.write_text(form, encoding="utf-8")
    >>> read_census_form(file).rejected["source_row"].tolist()
    [2]
    >>> made = read_census_form(file, release=Release("随民发〔2024〕1号", "public"))
    >>> made.places["secrecy"].tolist(), made.forms["text"].tolist()
    (['public'], ['涢水', '随水', '府河'])
    """
    where = Path(path)
    if not where.exists():
        raise MissingFileError.for_path(where)
    if where.suffix.lower() not in KINDS:
        raise UnreadableFileError.for_file(where, f"a form is one of {', '.join(KINDS)}")
    _require_release(release)
    options = Options(dict(columns or {}), None, encoding, sheet)
    raw = open_source(where, CENSUS_FORM, options)
    frame = _named(raw.frame, columns)
    shapes, problems, no_crs = census_rows.positions(frame)
    codes, bad_codes = census_rows.codes(frame, units, CENSUS_FORM)
    parts, bad_parts = census_rows.other_names(frame)
    marks, held = census_rows.secrecy(frame, release, CENSUS_FORM, classified=classified)
    problems += [*bad_codes, *census_rows.names(frame), *bad_parts,
                 *census_rows.years(frame, CENSUS_FORM), *held]  # fmt: skip
    ready = gpd.GeoDataFrame(_with_ids(frame.assign(**codes), where), geometry=shapes)
    checked = validate(good_rows(ready, problems), CENSUS_FORM, source=str(where))
    valid, rejected, findings = with_problems(checked, frame, problems, CENSUS_FORM, str(where))
    kept = ready.index.difference(pd.Index(rejected["source_row"]), sort=False)
    places = _places(valid, marks.loc[kept])
    _note(raw, no_crs, places)
    return CensusRead(places, _forms(places, kept, parts), rejected, findings, tuple(raw.notes))


def _require_release(release: census_rows.Release | None) -> None:
    if release is None:
        return
    if not release.number.strip() or release.to not in {"internal", "public"}:
        raise InputError(
            f"A release needs its document number and internal or public; found {release}.",
            zh=f"解密须写明文号，并定为内部或公开；现为 {release.number!r}、{release.to!r}。",
            fix='for example Release("随民发〔2024〕1号", "internal")',
            fix_zh='例如 Release("随民发〔2024〕1号", "internal")',
            release=release.number, to=release.to,
        )  # fmt: skip


def _named(raw: pd.DataFrame, columns: Mapping[str, str] | None) -> pd.DataFrame:
    """Return the rows with declared names, and an empty column for each that the form lacks."""
    matched = match_columns([str(c) for c in raw.columns], CENSUS_FORM, columns)
    taken = set(matched.values())
    aside = {c: f"{c}_原" for c in raw.columns if c not in matched and c in taken}
    frame = raw.rename(columns={**matched, **aside}).astype(object)
    return frame.assign(**{c: None for c in CENSUS_FORM.names if c not in frame.columns})


def _with_ids(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Give rows without an id their place code, or else the file's digest with the row number."""
    digest = digest_file(path)[:8]
    made = [f"{digest}-{row}" for row in frame.index]
    code = frame["place_code"].where(frame["place_code"].notna(), pd.Series(made, frame.index))
    return frame.assign(place_id=frame["place_id"].where(~is_empty(frame["place_id"]), code))


def _places(valid: pd.DataFrame, marks: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the rows as the layer ``place_names``, with class and release as decided."""
    reading = valid["reading"].map(tones.numbers, na_action="ignore")
    frame = valid.drop(columns=list(_TAKEN_APART)).assign(reading=reading)
    marked = frame.assign(**{c: marks[c].to_numpy() for c in marks.columns})
    return validate(marked, PLACE_NAMES)[0]


def _forms(places: pd.DataFrame, kept: pd.Index, parts: list[tuple[Any, str, str]]) -> pd.DataFrame:
    """Return the layer ``name_forms``: the standard form of each place, then its others."""
    place = dict(zip(kept, places.index, strict=True))
    rows = [(at, "standard", name) for at, name in places["standard_name"].items()]
    rows += [(place[row], kind, name) for row, kind, name in parts if row in place]
    table = pd.DataFrame(rows, columns=["at", "kind", "text"]).sort_values("at", kind="stable")
    of = places.loc[table["at"]].reset_index(drop=True)
    table = table.reset_index(drop=True)
    standard = (table["kind"] == "standard").to_numpy()
    over = ((of["status"] == "abolished") | (of["use_period"] == "historic")).fillna(value=False)
    closed = (table["kind"] == "former").to_numpy() | over.to_numpy(dtype=bool)
    number = (table.groupby("at").cumcount() + 1).astype(str)
    made = table.drop(columns="at").assign(
        name_id=of["place_id"].astype(str) + "-" + number, place_id=of["place_id"],
        reading=of["reading"].where(standard), roman=of["pinyin"].where(standard),
        language=of["language"].where(standard),
        status=pd.Series(closed).map({True: "closed", False: "current"}),
        valid_from=of["named_on"].where(standard),
        **{c: of[c] for c in ("source", "source_date", "secrecy", "synthetic")},
    )  # fmt: skip
    return validate(made, NAME_FORMS)[0]


def _note(raw: Raw, no_crs: int, places: pd.DataFrame) -> None:
    if no_crs:
        raw.note(f"{no_crs} 行未写坐标系，按 2000 国家大地坐标系",
                 f"{no_crs} rows say no CRS and are read as CGCS2000")  # fmt: skip
    if "release_no" in places.columns and (freed := places["release_no"].dropna()).size:
        number = freed.iloc[0]
        raw.note(f"{len(freed)} 行按 {number} 解密", f"{len(freed)} rows released by {number}")


def write_census_template(path: str | Path) -> Path:
    """
    Write an empty census form: its titles, and a sheet that explains each.

    Parameters
    ----------
    path
        ``.xlsx`` file to make.

    Returns
    -------
    path
        Where it was written.

    Raises
    ------
    OutputError
        If the system refuses.

    Examples
    --------
    >>> import tempfile
    >>> len(read_census_form(write_census_template(tempfile.mkdtemp() + "/form.xlsx")).places)
    0
    """
    return write_template(replace(CENSUS_FORM, geometry=()), path)
