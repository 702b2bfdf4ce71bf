"""
The main job in a process of its own (独立进程).

Requests do not wait for it, and its memory goes back to the system with it.
"""

from __future__ import annotations

import os
import signal
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple, cast

from geoplan.errors import GeoplanError, StoreError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from geoplan.workspace import RunResult
    from geoplan_api.computed import Progress

_LOOK_EVERY_S = 0.5
_NICE = 5


class Asked(NamedTuple):
    """Which workspace is computed: its folder, another policy, another store."""

    folder: Path
    policy: str | None
    store: str | None


def compute_apart(asked: Asked, tell: Progress) -> RunResult:
    """
    Do the main job of a workspace, state secrets not counted, in another process.

    Parameters
    ----------
    asked
        The workspace.
    tell
        Called with the share done (0–1) and a word at least every half second; what it raises
        ends the job.

    Returns
    -------
    result
        As `workspace.compute` gives it.

    Raises
    ------
    GeoplanError
        What the main job says; `StoreError` if its process was ended.
    """
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    job = spawn.Process(target=_work, args=(theirs, asked), daemon=True)
    job.start()
    theirs.close()
    last = (0.0, "启动")
    try:
        while True:
            tell(*last)
            if not ours.poll(_LOOK_EVERY_S):
                continue
            kind, told = ours.recv()
            if kind == "failed":
                raise told
            if kind == "done":
                return cast("RunResult", told)
            last = told
    except EOFError:
        raise _ended(asked.folder) from None
    finally:
        job.terminate()
        job.join()
        ours.close()


def _work(out: Connection, asked: Asked) -> None:
    from geoplan.workspace import compute, open_workspace
    from geoplan_api.counted import CountedWorkspace

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service ends this process itself
    os.nice(_NICE)
    try:
        workspace = open_workspace(asked.folder, policy=asked.policy, store=asked.store)
        found = compute(CountedWorkspace(workspace), on_progress=lambda *t: out.send(("at", t)))
        out.send(("done", found))
    except GeoplanError as error:
        out.send(("failed", error))


def _ended(folder: Path) -> StoreError:
    return StoreError(
        "The process of the main job was ended.", zh="主流程的进程被结束。",
        fix="see whether the machine had memory left, and ask again",
        fix_zh="检查内存是否不足，然后重试", folder=str(folder),
    )  # fmt: skip
