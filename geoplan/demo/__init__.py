"""
The demo city (演示城市): real county frame of Suizhou with a clearly labelled synthetic scenario.

County polygons, codes, names and census counts are real; every place, road, facility, cemetery
and marker is invented and carries ``synthetic = true``.

>>> from geoplan import demo
>>> demo.build("data/demo")  # doctest: +SKIP
PosixPath('data/demo')
"""

from __future__ import annotations

from geoplan.demo.workspace import SEED, build, layers

__all__ = ["SEED", "build", "layers"]
