"""
Saved networks (路网存盘): flat arrays in one file, mapped into memory when opened again.

The file begins with a line of JSON that says where each array stands; the arrays follow, aligned,
as they are in memory. Opening reads that line and maps the rest, so it takes milliseconds whatever
the size, and pages are read when they are used. Mapped arrays are private: nothing written to
them reaches the file.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from geoplan.errors import MissingFileError, UnreadableFileError
from geoplan.io.atomic import replacing
from geoplan.network import Network
from geoplan.network.segments import SegmentGrid

if TYPE_CHECKING:
    from os import PathLike

NETWORK_FORMAT = 2
_MAGIC = b"geoplan network\n"
_ALIGN = 64
_ABOUT = ("crs", "profile", "access_speed_m_s", "snap_cap_m", "notes", "edited")
_FIELDS = ("node_xy", "edge_uv", "edge_length_m", "edge_min", "line_xy", "line_ptr", "road")
_DERIVED = ("vertex_edge", "vertex_share", "passable", "component")
_GROUPS = ("touching", "grid", "_arcs")  # tuples of arrays and numbers


def save_network(network: Network, path: str | PathLike[str]) -> None:
    """
    Save a network with what was derived from it; an interrupt leaves no half file.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    arrays: dict[str, Any] = {n: getattr(network, n) for n in (*_FIELDS, *_DERIVED)}
    if network.slope_factor is not None:
        arrays["slope_factor"] = network.slope_factor
    numbers: dict[str, float] = {}
    for group in _GROUPS:
        for i, value in enumerate(getattr(network, group)):
            (arrays if isinstance(value, np.ndarray) else numbers)[f"{group}.{i}"] = value
    table = io.BytesIO()
    network.roads.to_feather(table)
    arrays["roads"] = np.frombuffer(table.getvalue(), np.uint8)
    at, where = 0, {}
    for name, array in arrays.items():
        where[name] = (at, array.dtype.str, array.shape)
        at += -(-array.nbytes // _ALIGN) * _ALIGN
    about = {"format": NETWORK_FORMAT, "arrays": where, "numbers": numbers, "bytes": at}
    about |= {name: getattr(network, name) for name in _ABOUT}
    head = _MAGIC + json.dumps(about).encode() + b"\n"
    with replacing(Path(path)) as temporary, temporary.open("wb") as file:
        file.write(head.ljust(-(-len(head) // _ALIGN) * _ALIGN, b" "))
        for array in arrays.values():
            data = np.ascontiguousarray(array).tobytes()
            file.write(data.ljust(-(-len(data) // _ALIGN) * _ALIGN, b"\0"))


def open_network(path: str | PathLike[str]) -> Network:
    """
    Open a saved network.

    Raises
    ------
    MissingFileError
        If there is no such file.
    UnreadableFileError
        If it is no saved network, is cut off, or is one of another format.
    """
    where = Path(path)
    if not where.exists():
        raise MissingFileError.for_path(where)
    try:
        about, arrays = _map(where)
        roads = pd.read_feather(pa.BufferReader(arrays.pop("roads")))
        numbers = about["numbers"]
        network = Network(
            **{n: about[n] for n in _ABOUT},
            **{n: arrays[n] for n in _FIELDS},
            slope_factor=arrays.get("slope_factor"),
            roads=roads,
        )
        network.__dict__.update({n: arrays[n] for n in _DERIVED})
        for group in _GROUPS:
            parts = {**numbers, **arrays}
            values = [parts[k] for k in sorted(k for k in parts if k.startswith(group + "."))]
            network.__dict__[group] = SegmentGrid(*values) if group == "grid" else tuple(values)
    except (ValueError, KeyError, TypeError, OSError, pa.ArrowInvalid) as error:
        if isinstance(error, UnreadableFileError):
            raise
        raise UnreadableFileError.for_file(where, error) from error
    return network


def _map(where: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read what the file says of itself, and map its arrays."""
    with where.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise UnreadableFileError.for_file(where, "not a saved network")
        line = file.readline()
        about = json.loads(line)
        if about["format"] != NETWORK_FORMAT:
            raise UnreadableFileError.for_file(where, f"not network format {NETWORK_FORMAT}")
    head = -(-(len(_MAGIC) + len(line)) // _ALIGN) * _ALIGN
    if where.stat().st_size != head + about["bytes"]:
        raise UnreadableFileError.for_file(where, "cut off")
    whole = np.memmap(where, np.uint8, "c")
    arrays = {}
    for name, (at, kind, shape) in about["arrays"].items():
        dtype = np.dtype(kind)
        if dtype.hasobject:
            raise UnreadableFileError.for_file(where, f"array {name} of {kind}")
        size = int(np.prod(shape)) * dtype.itemsize
        part = np.asarray(whole[head + at : head + at + size])
        arrays[name] = part.view(dtype).reshape(shape)
    return about, arrays
