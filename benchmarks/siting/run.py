"""All of siting against its peers, one after another, into results: ``python run.py``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results" / "siting.txt"
PARTS = ("max_cover", "covering", "median", "access")


def main() -> None:
    """Print each part as it comes, and keep it."""
    told = []
    for part in PARTS:
        told.append(f"# {part}.py")
        print(told[-1], flush=True)
        command = [sys.executable, str(HERE / f"{part}.py")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as job:
            for line in job.stdout:
                print(line, end="", flush=True)
                told.append(line.rstrip())
    RESULTS.write_text("\n".join(told) + "\n", "utf-8")


if __name__ == "__main__":
    main()
