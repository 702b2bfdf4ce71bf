"""Write the table of processes into analyses.md: ``python docs/how-to/analyses.py``."""

from __future__ import annotations

import re
from pathlib import Path

from geoplan_api.ogc.processes.catalogue import PROCESSES

PAGE = Path(__file__).with_name("analyses.md")
_PART = re.compile(r"(<!-- processes -->\n).*(<!-- end -->)", flags=re.DOTALL)
_HOW = {"sync": "at once", "async": "job", "both": "either"}


def table() -> str:
    """Return the table as Markdown."""
    rows = [f"| `{p.id}` | {p.zh} {p.en} | {_HOW[p.mode]} | {'yes' if p.public else ''} |"
            for p in PROCESSES]  # fmt: skip
    head = ["| process | | how | for everybody, where released |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def page() -> str:
    """Return the page with the table as it should be."""
    return _PART.sub(lambda m: f"{m[1]}\n{table()}\n{m[2]}", PAGE.read_text("utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
