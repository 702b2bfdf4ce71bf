"""Reports (报告): scoreboard, tables, and documents as Word, PDF, Excel and web page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.reports.batch import FORMATS, check_request, write_reports
from geoplan.reports.content import city_document
from geoplan.reports.estate_sheet import review_sheet
from geoplan.reports.marker_forms import write_marker_forms
from geoplan.reports.marker_labels import write_marker_labels
from geoplan.reports.marker_papers import papers_of
from geoplan.reports.model import CityReport
from geoplan.reports.render import write_document
from geoplan.reports.scoreboard import print_scoreboard
from geoplan.reports.tables import judged_rows, sheets
from geoplan.reports.unit_sheet import unit_sheet
from geoplan.schemas.results import BANNER

if TYPE_CHECKING:
    from pathlib import Path

    from geoplan.errors import Lang

__all__ = [
    "BANNER",
    "FORMATS",
    "CityReport",
    "check_request",
    "city_document",
    "judged_rows",
    "papers_of",
    "print_scoreboard",
    "review_sheet",
    "sheets",
    "unit_sheet",
    "write",
    "write_document",
    "write_html",
    "write_marker_forms",
    "write_marker_labels",
    "write_reports",
]


def write(
    report: CityReport,
    path: str | Path,
    *,
    unit_code: str = "",
    lang: Lang = "zh",
    template: str | Path | None = None,
) -> Path:
    """
    Write a report of the city or one unit; the ending says how.

    Parameters
    ----------
    report
        From the main job, with its policy.
    path
        ``.pdf``, ``.docx``, ``.xlsx`` or ``.html``.
    unit_code
        A unit by code or name; empty for the whole city.
    lang
        ``zh`` or ``en``.
    template
        The bureau's own Word template, for ``.docx``.

    Returns
    -------
    path
        Where it was written.

    Raises
    ------
    InputError
        If the ending is another, the report holds no policy, or the template is not usable.
    UnknownIdError
        If there is no such unit.
    MissingExtraError
        If the extra ``reports`` is needed and not installed.
    OutputError
        If the system refuses; no partial file is left.
    """
    document = city_document(report, unit_code=unit_code, lang=lang)
    return write_document(document, path, template=template)


def write_html(report: CityReport, *, lang: Lang = "zh") -> str:
    """
    Return the city's report as one self-contained page.

    Parameters
    ----------
    report
        From the main job, with its policy.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    html
        The same for the same report.

    Raises
    ------
    InputError
        If the report holds no policy.
    """
    from geoplan.reports.page import html_of

    return html_of(city_document(report, lang=lang))
