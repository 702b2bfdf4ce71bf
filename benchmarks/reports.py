"""
Papers of the demo city: ``python benchmarks/reports.py [DEMO]``; results/reports.json.

No peer makes this report; beside it stands the bare python-docx way of writing the same tables
to Word, which computes and draws nothing.
"""

from __future__ import annotations

import json
import platform
import resource
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import docx

from geoplan import reports
from geoplan.workspace import compute, open_workspace

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "reports.json"


def timed(task) -> tuple[float, float, object]:
    """Wall seconds, CPU seconds, answer."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = task()
    return time.perf_counter() - wall, time.process_time() - cpu, found


def bare_word(document: reports.document.Document, path: Path) -> None:
    """The same printed tables by python-docx as its tutorial shows, cell by cell."""
    paper = docx.Document()
    for block in document.blocks():
        if not hasattr(block, "rows") or block.annex:
            continue
        rows = block.rows[: block.most_rows]
        table = paper.add_table(rows=len(rows) + 1, cols=len(block.columns))
        for at, column in enumerate(block.columns):
            table.cell(0, at).text = column.title
        for down, row in enumerate(rows, 1):
            for at, value in enumerate(row):
                table.cell(down, at).text = "" if value is None else str(value)
    paper.save(path)


def main() -> None:
    demo = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "data" / "demo")
    city = open_workspace(demo)
    wall, cpu, result = timed(lambda: compute(city))
    found = {
        "machine": f"{platform.system()}, Python {platform.python_version()}",
        "versions": {n: version(n) for n in ("typst", "python-docx", "docxtpl", "xlsxwriter")},
        "compute_wall_s": wall, "compute_cpu_s": cpu,
    }  # fmt: skip
    report = result.report
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        wall, cpu, _ = timed(lambda: reports.write_reports(report, out / "city"))
        found |= {"city_set_wall_s": wall, "city_set_cpu_s": cpu}
        wall, cpu, paths = timed(
            lambda: reports.write_reports(report, out / "county", levels=["county"])
        )
        found |= {"county_sets_wall_s": wall, "county_sets": len(paths)}
        wall, cpu, paths = timed(
            lambda: reports.write_reports(report, out / "town", levels=["township"],
                                          formats=["pdf", "docx"])
        )  # fmt: skip
        found |= {"township_sheets_wall_s": wall, "township_sheets": len(paths) // 2}
        document = reports.city_document(report)
        word, _, _ = timed(lambda: reports.write_document(document, out / "ours.docx"))
        bare, _, _ = timed(lambda: bare_word(document, out / "bare.docx"))
        found |= {"word_s": word, "python_docx_tables_only_s": bare}
    found["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    before = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    before.pop("run_before", None)
    found["run_before"] = before or None
    RESULTS.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps({k: v for k, v in found.items() if k != "run_before"}, indent=2))


if __name__ == "__main__":
    main()
