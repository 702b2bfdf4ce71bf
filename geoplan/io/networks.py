"""Saved networks (路网存盘): flat arrays in one file, reopened in milliseconds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from geoplan.errors import MissingFileError, UnreadableFileError
from geoplan.io.atomic import replacing
from geoplan.network import Network

if TYPE_CHECKING:
    from os import PathLike

FORMAT = 1
_ARRAYS = ("node_xy", "edge_uv", "edge_length_m", "edge_min", "line_xy", "line_ptr")


def save_network(network: Network, path: str | PathLike[str]) -> None:
    """
    Save a network; an interrupt leaves no half file.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    about = {"format": FORMAT, "crs": network.crs, "profile": network.profile,
             "access_speed_m_s": network.access_speed_m_s, "snap_cap_m": network.snap_cap_m,
             "notes": network.notes}  # fmt: skip
    arrays = {name: getattr(network, name) for name in _ARRAYS}
    with replacing(Path(path)) as temporary, temporary.open("wb") as file:
        np.savez(file, about=np.array(json.dumps(about)), **arrays)


def open_network(path: str | PathLike[str]) -> Network:
    """
    Open a saved network.

    Raises
    ------
    MissingFileError
        If there is no such file.
    UnreadableFileError
        If it is no saved network, or one of another format.
    """
    where = Path(path)
    if not where.exists():
        raise MissingFileError.for_path(where)
    try:
        with np.load(where, allow_pickle=False) as stored:
            about = json.loads(str(stored["about"]))
            if about.pop("format") != FORMAT:
                raise UnreadableFileError.for_file(where, f"not network format {FORMAT}")
            return Network(**about, **{name: stored[name] for name in _ARRAYS})
    except (ValueError, KeyError, BadZipFile, EOFError, OSError) as error:
        if isinstance(error, UnreadableFileError):
            raise
        raise UnreadableFileError.for_file(where, error) from error
