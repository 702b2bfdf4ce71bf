"""Heights from a file: where they lie, what is missing, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine, from_origin

from geoplan.errors import InputError, MissingCRSError, MissingFileError, UnreadableFileError
from geoplan.io import read_elevation


def _write(path, crs="EPSG:4547", transform=None):
    height_m = np.arange(12, dtype=np.float32).reshape(3, 4)
    height_m[0, 0] = -9999
    with rasterio.open(
        path, "w", driver="GTiff", width=4, height=3, count=1, dtype="float32", nodata=-9999,
        crs=crs, transform=transform or from_origin(500_000, 3_500_030, 10, 10),
    ) as out:  # fmt: skip
        out.write(height_m, 1)
    return path


def test_heights_lie_at_the_centres_of_cells(tmp_path):
    grid = read_elevation(_write(tmp_path / "dem.tif"))
    xy = np.array([[500_015.0, 3_500_025.0], [500_010.0, 3_500_010.0], [500_005.0, 3_500_025.0],
                   [499_000.0, 3_500_000.0]])  # fmt: skip
    found = grid.at(xy, "EPSG:4547")
    assert found[:2].tolist() == pytest.approx([1.0, 6.5])
    assert np.isnan(found[2:]).all()


def test_what_is_refused(tmp_path):
    with pytest.raises(MissingFileError):
        read_elevation(tmp_path / "none.tif")
    (tmp_path / "text.tif").write_text("no raster")
    with pytest.raises(UnreadableFileError, match=r"text\.tif"):
        read_elevation(tmp_path / "text.tif")
    with pytest.raises(MissingCRSError):
        read_elevation(_write(tmp_path / "bare.tif", crs=None))
    turned = Affine(10, 1, 500_000, 1, -10, 3_500_030)
    with pytest.raises(InputError, match="north up"):
        read_elevation(_write(tmp_path / "turned.tif", transform=turned))
