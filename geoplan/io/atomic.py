"""Safe writing (安全写入): a temporary name first, renamed when whole; nothing half is left."""

from __future__ import annotations

import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """
    Give a temporary path beside ``path`` to write to; rename it when the block ends well.

    Parameters
    ----------
    path
        The file to make or replace. Its folder is made if absent.

    Yields
    ------
    temporary
        A path with the same suffix in the same folder.

    Raises
    ------
    OutputError
        If the system refuses (read-only folder, full disk). Neither that nor an interrupt
        leaves a partial file, and the old file stays.
    """
    target = Path(path)
    made = _unused(target, target.stem)
    try:
        made.mkdir(mode=0o700, parents=True)
        temporary = made / target.name
        yield temporary
        temporary.replace(target)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError.for_path(target, error.strerror or error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def replacing_folder(folder: str | Path) -> Iterator[Path]:
    """
    Give a temporary folder to fill; move its files into ``folder`` when the block ends well.

    Parameters
    ----------
    folder
        Where the files belong; made if absent. Files already there are replaced one by one,
        by rename, after all new ones are complete; others are kept.

    Yields
    ------
    temporary
        An empty folder on the same disk.

    Raises
    ------
    OutputError
        If the system refuses. An interrupt leaves the folder as it was.
    """
    target = Path(folder)
    made = _unused(target, target.name)
    fresh = not target.exists()
    try:
        made.mkdir(mode=0o700, parents=True)
        yield made
        if fresh:
            made.chmod(0o755)
            made.rename(target)
        else:
            _move_into(made, target)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError.for_path(target, error.strerror or error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _unused(target: Path, name: str) -> Path:
    # named before it is made: an interrupt during the making leaves nothing that nobody knows of
    return target.parent / f".{name}-{secrets.token_hex(6)}"


def _move_into(source: Path, target: Path) -> None:
    files = sorted(p for p in source.rglob("*") if p.is_file())
    for file in files:
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
    for file in files:
        file.replace(target / file.relative_to(source))
