"""Layer contracts (图层契约): one declaration per layer, and the checks that follow."""

from __future__ import annotations

from geoplan.errors import UnknownIdError
from geoplan.schemas.layers import LAYERS, SCHEMA_VERSION
from geoplan.schemas.model import Choice, Column, Layer

__all__ = ["LAYERS", "SCHEMA_VERSION", "Choice", "Column", "Layer", "layer"]


def layer(name: str) -> Layer:
    """
    Return the declaration of one layer.

    Parameters
    ----------
    name
        Layer name such as ``facilities``.

    Returns
    -------
    layer
        Its declaration.

    Raises
    ------
    UnknownIdError
        If there is no such layer; suggests the nearest names.

    Examples
    --------
    >>> layer("roads").zh
    '路网'
    """
    if name not in LAYERS:
        raise UnknownIdError.among("layer", "图层", name, LAYERS)
    return LAYERS[name]
