"""What opening a file gives (原始读数): its rows as they stand, and how they were read."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd
import pyproj

from geoplan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.io.problems import Problem


ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError)
"""What reading a broken, locked or foreign zip raises."""


@dataclass
class Raw:
    """A file's rows; the index is the row number there. ``notes`` (zh, en) say what was decided."""

    frame: pd.DataFrame
    driver: str
    encoding: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def note(self, zh: str, en: str) -> None:
        """Add a note."""
        self.notes.append((zh, en))


@dataclass(frozen=True, slots=True)
class Options:
    """How the user says a file is to be read."""

    columns: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    source_layer: str | None = None


def numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose index counts its rows from 1."""
    out = frame.reset_index(drop=True)
    out.index = pd.RangeIndex(1, len(out) + 1)
    return out


def stated_crs(crs: str) -> pyproj.CRS:
    """
    Return the CRS that a user states.

    Raises
    ------
    InputError
        If there is no such CRS.
    """
    try:
        return pyproj.CRS(crs)
    except pyproj.exceptions.CRSError as error:
        raise InputError(
            f"{crs!r} is no coordinate reference system.", zh=f"“{crs}”不是坐标系。",
            fix='for example crs = "EPSG:4490"', fix_zh='例如 crs = "EPSG:4490"', crs=crs,
        ) from error  # fmt: skip
