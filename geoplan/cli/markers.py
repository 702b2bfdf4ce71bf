"""Markers (界桩): ``geoplan boundaries markers``: checks, labels with QR codes, register forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geoplan.cli.app import show
from geoplan.cli.boundaries import boundaries_app
from geoplan.cli.options import Bar, JsonOption, WorkspaceArg

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geoplan.reports.marker_labels import Skipped
    from geoplan.reports.marker_papers import MarkerPaper
    from geoplan.workspace import Workspace

_SHOWN = {"marker_no": "界桩号", "line_id": "界线", "number_status": "编号",
          "register_status": "登记", "line_status": "在线", "order_status": "次序",
          "remark_zh": "备注"}  # fmt: skip


@boundaries_app.command()
def markers(
    workspace: WorkspaceArg,
    line: Annotated[
        str, typer.Option("--line", help="只看一条界线：编号或代码。 One line, by id or code.")
    ] = "",
    labels: Annotated[
        Path | None, typer.Option("--labels", help="二维码标签 .pdf 或 .html。 QR labels.")
    ] = None,
    forms: Annotated[
        Path | None, typer.Option("--forms", help="登记表 .pdf 或 .docx。 Register forms.")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="二维码中界桩号前的网址。 Address in the code.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="逐个列出，不只列有问题的。 List every marker.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """检查界桩；打印二维码标签、登记表。 Check the markers; print QR labels and register forms."""
    from geoplan import boundaries, io
    from geoplan.schemas import layer
    from geoplan.workspace import open_workspace

    city = open_workspace(workspace)
    stones, lines = city.metric("boundary_markers"), city.metric("boundary_lines")
    checks = boundaries.check_markers(stones, lines, city.policy)
    others: list[str] = []
    if line:
        here = _on(line, checks, lines)
        others = checks.loc[~here, "marker_no"].tolist()
        stones, checks = stones[here], checks[here]
    io.refuse_state_secrets(stones, layer("boundary_markers"),
                            classified=city.file.classified_environment)  # fmt: skip
    papers = _papers(city, stones, lines) if labels or forms else []
    skipped = _write(papers, labels, forms, city.file.title, others=others, base=base_url)
    paths = {name: str(p) for name, p in (("labels", labels), ("forms", forms)) if p}
    if as_json:
        rows = json.loads(checks.to_json(orient="records"))
        found = {"checks": rows, "no_label": [s._asdict() for s in skipped], **paths}
        print(json.dumps(found, ensure_ascii=False))
        return
    _print(checks, every=every)
    for one in skipped:
        print(f"未出标签 no label: {one.marker_no or '（无号）'}：{one.reason}")
    for name, path in paths.items():
        print(f"{name}: {path}")


def _on(line: str, checks: pd.DataFrame, lines: gpd.GeoDataFrame) -> pd.Series[bool]:
    """Tell which markers stand on a line, named by its id or code."""
    from geoplan.boundaries.notes import texts
    from geoplan.errors import UnknownIdError

    ids, codes = texts(lines, "line_id"), texts(lines, "line_code")
    wanted = [i for i, code in zip(ids, codes, strict=True) if line in {i, code}]
    if not wanted:
        raise UnknownIdError.among("line", "界线", line, ids)
    return checks["line_id"].isin(wanted)


def _papers(
    city: Workspace, stones: gpd.GeoDataFrame, lines: gpd.GeoDataFrame
) -> list[MarkerPaper]:
    """Gather the papers; codes of units stand where the workspace has no units."""
    from geoplan.boundaries.notes import texts
    from geoplan.reports import papers_of

    units = city.layers.get("admin_units")
    names = {}
    if units is not None:
        names = dict(zip(texts(units, "unit_code"), texts(units, "name"), strict=True))
    return papers_of(
        stones, lines, city.policy, names=names, classified=city.file.classified_environment
    )


def _write(
    papers: list[MarkerPaper], labels: Path | None, forms: Path | None, issuer: str, *,
    others: list[str], base: str | None,
) -> list[Skipped]:  # fmt: skip
    """Write what was asked for; return which markers got no label."""
    from geoplan.reports import write_marker_forms, write_marker_labels
    from geoplan.reports.marker_labels import BASE

    skipped: list[Skipped] = []
    with Bar() as tell:
        if labels:
            skipped = write_marker_labels(papers, labels, base=base or BASE, issuer=issuer,
                                          others=others, on_progress=tell)  # fmt: skip
        if forms:
            write_marker_forms(papers, forms, issuer=issuer, on_progress=tell)
    return skipped


def _print(checks: pd.DataFrame, *, every: bool) -> None:
    """Print what each check found, and the markers that stand, run or are numbered wrongly."""
    import pandas as pd

    from geoplan.boundaries import MARKER_CHECKS
    from geoplan.standards import STATUS_ZH

    counts = [
        {"检查": word, "规则": rule}
        | {STATUS_ZH[s]: int((checks[column] == s).sum())
           for s in ("met", "not_met", "to_verify", "no_data")}
        for column, (word, rule) in MARKER_CHECKS.items()
    ]  # fmt: skip
    show(pd.DataFrame(counts), None, as_json=False)
    others = checks[[c for c in MARKER_CHECKS if c != "register_status"]]
    rows = checks if every else checks[(others != "met").any(axis=1)]
    if len(rows):
        words = rows.assign(**{c: rows[c].map(STATUS_ZH) for c in MARKER_CHECKS})
        words["register_status"] = [f"{share:.0%}" for share in rows["completeness_share"]]
        show(words.rename(columns=_SHOWN), list(_SHOWN.values()), as_json=False)
    print(f"界桩 markers: {len(checks)}；登记完整率 registered: {_share(checks)}")


def _share(checks: pd.DataFrame) -> str:
    return f"{checks['completeness_share'].mean():.0%}" if len(checks) else "–"
