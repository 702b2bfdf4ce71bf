"""Reports in batch (批量成文): the city, each county, and a sheet for each township."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from geoplan.errors import InputError
from geoplan.reports.content import city_document
from geoplan.reports.render import write_document
from geoplan.reports.unit_sheet import unit_sheet
from geoplan.reports.word_fields import check_template
from geoplan.schemas.hierarchy import own_units

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from geoplan.errors import Lang
    from geoplan.reports.model import CityReport

Format = Literal["pdf", "docx", "xlsx", "html"]
FORMATS: tuple[Format, ...] = ("pdf", "docx", "xlsx", "html")
_LEVELS = ("city", "county", "township")


def write_reports(
    report: CityReport,
    out: str | Path,
    *,
    formats: Sequence[str] = FORMATS,
    levels: Sequence[str] = ("city",),
    lang: Lang = "zh",
    template: str | Path | None = None,
    on_progress: Callable[[float, str], None] | None = None,
) -> list[Path]:
    """
    Write reports of several units and kinds into a folder.

    Parameters
    ----------
    report
        From the main job, with its policy.
    out
        Folder; made if absent. Each file is replaced when its new one is whole, so an
        interrupt leaves whole files only.
    formats
        Of `FORMATS`.
    levels
        ``city`` (report.*), ``county`` (one report each), ``township`` (one sheet each).
    lang
        ``zh`` or ``en``.
    template
        The bureau's own Word template, for the ``.docx`` of city and counties.
    on_progress
        Called with the share done (0–1) and the name of the file.

    Returns
    -------
    paths
        The files written.

    Raises
    ------
    InputError
        If a format or level is unknown, the template lacks its fields, or the report holds no
        policy; nothing is written.
    MissingExtraError
        If the extra ``reports`` is needed and not installed.
    OutputError
        If the system refuses.
    """
    check_request(formats, levels=levels, template=template)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    jobs = _jobs(report, levels)
    written: list[Path] = []
    for at, (level, code, name) in enumerate(jobs):
        make = unit_sheet if level == "township" else city_document
        document = make(report, unit_code=code, lang=lang)
        for suffix in formats:
            path = folder / f"{name}.{suffix}"
            if on_progress:
                on_progress(at / len(jobs), path.name)
            own = template if suffix == "docx" and level != "township" else None
            written.append(write_document(document, path, template=own))
    return written


def check_request(
    formats: Sequence[str],
    *,
    levels: Sequence[str] = ("city",),
    template: str | Path | None = None,
) -> None:
    """
    Check what reports are asked for, the template's fields included, before any work is done.

    Parameters
    ----------
    formats, levels, template
        As of `write_reports`.

    Raises
    ------
    InputError
        If a format or level is unknown, a template is given without ``docx``, or its fields are
        not those expected.
    MissingFileError, UnreadableFileError
        If there is no such template, or it is not a Word file.
    MissingExtraError
        If the extra ``reports`` is needed for the template and not installed.
    """
    _require(formats, FORMATS, "format", "格式")
    _require(levels, _LEVELS, "level", "层级")
    if template is None:
        return
    if "docx" not in formats:
        raise InputError(
            f"A template is for docx only; asked for: {', '.join(formats)}.",
            zh=f"模板只用于 docx；所要的格式是 {'、'.join(formats)}。",
            fix="add docx to the formats, or leave the template out",
            fix_zh="格式中加上 docx，或去掉模板",
            file=str(template),
        )
    check_template(template)


def _require(asked: Sequence[str], known: Sequence[str], word: str, zh: str) -> None:
    unknown = [a for a in asked if a not in known]
    if unknown or not asked:
        raise InputError(
            f"There is no report {word} {unknown or list(asked)}.",
            zh=f"没有报告{zh} {unknown or list(asked)}。",
            fix=f"choose of: {', '.join(known)}",
            fix_zh=f"可选：{'、'.join(known)}",
        )


def _jobs(report: CityReport, levels: Sequence[str]) -> list[tuple[str, str, str]]:
    """Level, code and file name of every document, the city first."""
    jobs = [("city", "", "report")] if "city" in levels else []
    units = own_units(report.units)
    for level in ("county", "township"):
        if level not in levels:
            continue
        here = units["level"] == level
        if "kind" in units:
            here &= (units["kind"] != "functional").fillna(value=True)
        rows = units.loc[here.to_numpy(dtype=bool)].drop_duplicates("unit_code")
        for code, name in sorted(zip(rows["unit_code"], rows["name"], strict=True)):
            jobs.append((level, str(code), f"{code}_{_safe(str(name))}"))
    return jobs


def _safe(name: str) -> str:
    return "".join("_" if c in '\\/:*?"<>|' or ord(c) < 32 else c for c in name)  # noqa: PLR2004
