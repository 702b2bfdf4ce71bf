"""Tables of readings (读音表): the curated one that ships, or the bureau's own CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from geoplan.errors import MissingFileError, UnreadableFileError
from geoplan.io.encodings import decode
from geoplan.io.policy_files import data_folder
from geoplan.placenames.readings import Readings


def read_readings(path: str | Path | None = None) -> Readings:
    """
    Read a table of readings.

    Parameters
    ----------
    path
        CSV (UTF-8 or GB18030) with the columns ``text``, ``reading``, ``reviewed`` and, as they
        are known, ``kind``, ``basis``, ``source``; the table that ships where it is None.

    Returns
    -------
    readings
        ``rejected`` names unusable rows by their line in the file.

    Raises
    ------
    MissingFileError
        If the file does not exist.
    UnreadableFileError
        If it is no table, or a row has more or fewer cells than the header.
    MissingColumnsError
        If a column is absent.

    Examples
    --------
    >>> read_readings().read("曾都").text
    'zeng1 du1'
    """
    file = Path(path) if path is not None else data_folder() / "placenames" / "readings.csv"
    if not file.is_file():
        raise MissingFileError.for_path(file)
    text, _ = decode(file.read_bytes(), file)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise UnreadableFileError.for_file(file, error) from error
    if not rows:
        raise UnreadableFileError.for_file(file, "it is empty")
    lines = {number: row for number, row in enumerate(rows[1:], start=2) if any(row)}
    uneven = next((n for n, row in lines.items() if len(row) != len(rows[0])), None)
    if uneven is not None:
        raise UnreadableFileError.for_file(file, f"row {uneven} has not as many cells as row 1")
    return Readings.of(pd.DataFrame(list(lines.values()), columns=rows[0], index=list(lines)))
