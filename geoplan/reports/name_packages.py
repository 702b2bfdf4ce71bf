"""Packages of place names (备案材料包、公布上传包): zip files that say what is in them."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from geoplan.errors import MissingFileError, PackageError, UnknownIdError
from geoplan.placenames.publishing import upload_rows
from geoplan.reports.name_paper_files import paper_bytes
from geoplan.schemas.vocabulary import NAME_PAPER

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from geoplan.placenames.cases import Case
    from geoplan.reports.name_papers import NamePaper

FILING = {
    "filing_form": True, "filing_report": True, "approval": True, "application": True,
    "evaluation": False, "expert_report": False, "opinions": False, "department_opinion": False,
    "protection": False,
}  # fmt: skip
"""Papers of a filing (RULES §6.3), and whether each must be there or only where there is one."""
WRITTEN = ("filing_form", "filing_report")
"""Those that this package writes itself."""
_ZH = {c.code: c.zh for c in NAME_PAPER}
LIST_NAME, UPLOAD_NAME = "00_材料清单.csv", "standard_names.csv"


def filing_checklist(case: Case, papers: Collection[str]) -> pd.DataFrame:
    """
    Return the papers of a filing: what is there, what is missing.

    Parameters
    ----------
    case
        Its documents count as being somewhere, not as being in the package.
    papers
        Kinds of papers at hand.

    Returns
    -------
    list
        ``paper``, ``title_zh``, ``status``: ``present``, ``missing``, ``listed`` (the case names
        it, the file is not at hand), ``if_any``.

    Raises
    ------
    UnknownIdError
        If a paper is none of a filing.

    Examples
    --------
    >>> from geoplan.placenames.cases import Case
    >>> case = Case(case_id="1", case_kind="naming", name="涢水路", category_code="23500")
    >>> filing_checklist(case, ["approval"])["status"].value_counts().to_dict()
    {'if_any': 5, 'missing': 3, 'present': 1}
    """
    for paper in papers:
        if paper not in FILING:
            raise UnknownIdError.among("paper", "材料", paper, FILING)
    rows = []
    for paper, needed in FILING.items():
        absent = "missing" if needed else "listed" if paper in case.documents else "if_any"
        rows.append((paper, _ZH[paper], "present" if paper in papers else absent))
    return pd.DataFrame(rows, columns=["paper", "title_zh", "status"])


def write_filing_package(
    case: Case, path: str | Path, *, form: NamePaper, report: NamePaper,
    files: Mapping[str, str | Path], kind: str = ".pdf",
) -> Path:  # fmt: skip
    """
    Write the package of a filing (备案材料包, PN-20).

    Parameters
    ----------
    case
        An approved case.
    path
        The zip to make or replace.
    form, report
        From `geoplan.reports.name_papers.filing_form` and ``filing_report``.
    files
        Kind of paper -> its file: the approval, the application, reports.
    kind
        Of the papers written here, ``.pdf`` or ``.docx``.

    Returns
    -------
    path
        Where it was written: the same bytes for the same papers. It begins with a list of what is
        in it, with digests (SHA-256).

    Raises
    ------
    PackageError
        If a paper that must be there, or that the case names, is missing.
    MissingFileError
        If a file is not there.
    """
    listed = filing_checklist(case, [*WRITTEN, *files])
    lacking = listed[listed["status"].isin(["missing", "listed"])]
    if len(lacking):
        titles = "、".join(lacking["title_zh"])
        raise PackageError(
            f"The filing of case {case.case_id!r} lacks: {', '.join(lacking['paper'])}.",
            zh=f"案卷“{case.case_id}”的备案材料缺少：{titles}。",
            fix="give the files of these papers", fix_zh="补齐这些材料的文件",
            case_id=case.case_id, missing=titles,
        )  # fmt: skip
    made = {"filing_form": (kind, paper_bytes(form, kind)),
            "filing_report": (kind, paper_bytes(report, kind))}  # fmt: skip
    for paper, file in files.items():
        if not Path(file).is_file():
            raise MissingFileError.for_path(file, f"{case.case_id} {_ZH[paper]}")
        made[paper] = (Path(file).suffix.lower(), Path(file).read_bytes())
    inside = {f"{n:02d}_{_ZH[p]}{made[p][0]}": made[p][1]
              for n, p in enumerate([p for p in FILING if p in made], 1)}  # fmt: skip
    return _write_zip(path, inside)


def write_upload_package(
    names: pd.DataFrame, forms: pd.DataFrame, path: str | Path
) -> tuple[Path, pd.DataFrame]:
    """
    Write what is sent to the provincial place-name database (公布上传包, PN-50).

    Parameters
    ----------
    names, forms
        As for `geoplan.placenames.publishing.upload_rows`.
    path
        The zip to make or replace. The number that the database answers with goes into
        ``receipt_no`` of the case.

    Returns
    -------
    path
        Where it was written: a table and the same as JSON, with a list of digests.
    refused
        Names that are not complete or not announced, with what is missing.

    Raises
    ------
    PackageError
        If no name can be sent.
    """
    rows, refused = upload_rows(names, forms)
    if rows.empty:
        raise PackageError(
            f"None of {len(names)} names can be sent.", zh=f"{len(names)} 个地名都不能上传。",
            fix="announce them first, and fill in what is missing",
            fix_zh="先公告，并补齐空缺字段", names=len(names),
        )  # fmt: skip
    records = json.dumps(rows.to_dict("records"), ensure_ascii=False, indent=1)
    inside = {UPLOAD_NAME: _csv(rows), "standard_names.json": records.encode()}
    return _write_zip(path, inside), refused


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def _write_zip(path: str | Path, inside: Mapping[str, bytes]) -> Path:
    """Write files in order behind the list of them; no clock in it."""
    from geoplan.io import replacing

    rows = [(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in inside.items()]
    listed = _csv(pd.DataFrame(rows, columns=["文件", "字节", "SHA-256"]))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in {LIST_NAME: listed, **inside}.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    target = Path(path)
    with replacing(target) as temporary:
        temporary.write_bytes(out.getvalue())
    return target
