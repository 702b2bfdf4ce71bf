"""Write the table of settings into serve.md: ``python docs/how-to/serve_settings.py``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from geoplan_api.settings import PREFIX, Settings

PAGE = Path(__file__).with_name("serve.md")
_PART = re.compile(r"(<!-- settings -->\n).*(<!-- end -->)", flags=re.DOTALL)


def _said(value: Any) -> str:
    if value in ("", None, (), {}):
        return "–"
    return f"`{value}`" if isinstance(value, str | Path) else f"`{json.dumps(value)}`"


def table() -> str:
    """Return the table as Markdown."""
    rows = [f"| `{PREFIX}{name.upper()}` | {_said(field.default)} | {field.description} |"
            for name, field in Settings.model_fields.items()]  # fmt: skip
    return "\n".join(["| | default | |", "|---|---|---|", *rows]) + "\n"


def page() -> str:
    """Return the page with the table as it should be."""
    return _PART.sub(lambda m: f"{m[1]}\n{table()}\n{m[2]}", PAGE.read_text("utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
