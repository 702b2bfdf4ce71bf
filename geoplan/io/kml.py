"""
KML and KMZ (谷歌地球格式): what inspectors' phones and map programs exchange, WGS84.

Written with every column as typed ``ExtendedData``, so that a read gives back what was written;
read with the placemark's own name and description beside it. Reader and writer are our own:
drivers rename columns called ``id``, ``name`` or ``timestamp``, and split folders into layers.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan import crs as _crs
from geoplan.errors import MissingCRSError, UnknownIdError, UnreadableFileError
from geoplan.io.atomic import replacing
from geoplan.io.raw import ZIP_ERRORS, Options, Raw, numbered

if TYPE_CHECKING:
    from collections.abc import Iterator

_NS = "http://www.opengis.net/kml/2.2"
_FOLDERS = ("Document", "Folder", "kml")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LARGEST = 1_000_000_000  # bytes of a document in a .kmz


def write_kml(frame: pd.DataFrame, path: str | Path, *, label: str | None = None,
              title: str = "") -> Path:  # fmt: skip
    """
    Write a layer as KML: WGS84 longitude and latitude, every column as ``ExtendedData``.

    Parameters
    ----------
    frame
        A GeoDataFrame in any CRS.
    path
        ``.kml`` or ``.kmz`` file to make.
    label
        Column whose words are shown beside each place; default ``name`` where there is one.
    title
        Name of the document; default the file's.

    Returns
    -------
    path
        Where it was written.

    Raises
    ------
    MissingCRSError
        If the frame has no geometry or no CRS.
    OutputError
        If the system refuses.

    Examples
    --------
    >>> import tempfile, geopandas as gpd, shapely, geoplan.io
    >>> one = gpd.GeoDataFrame({"marker_id": ["m"], "marker_no": ["4142001Q"], "涂色": ["红漆"]},
    ...     geometry=[shapely.Point(113.38, 31.70)], crs="EPSG:4490")
    >>> file = write_kml(one, tempfile.mkdtemp() + "/m.kml", label="marker_no")
    >>> back = geoplan.io.read_layer(file, "boundary_markers").valid
    >>> back[["marker_no", "涂色"]].values.tolist(), back.geometry.x.tolist()
    ([['4142001Q', '红漆']], [113.38])
    """
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        raise MissingCRSError.for_layer(title or str(path))
    shapes = frame.geometry.to_crs(_crs.WEB)
    table = pd.DataFrame(frame).drop(columns=frame.geometry.name)
    shown = label or ("name" if "name" in table.columns else None)
    with replacing(path) as temporary:
        document = _document(table, shapes, shown, title or temporary.stem)
        ET.indent(document, space=" ")
        text = ET.tostring(document, encoding="UTF-8", xml_declaration=True)
        if temporary.suffix.lower() == ".kmz":
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(zipfile.ZipInfo("doc.kml"), text)  # its fixed date, not a clock
        else:
            temporary.write_bytes(text + b"\n")
    return Path(path)


def _document(
    table: pd.DataFrame, shapes: gpd.GeoSeries, label: str | None, title: str
) -> ET.Element:
    root = ET.Element("kml", xmlns=_NS)
    document = ET.SubElement(root, "Document")
    _said(document, "name", title)
    schema = ET.SubElement(document, "Schema", name=_xml(title), id="columns")
    for name in table.columns:
        ET.SubElement(schema, "SimpleField", name=_xml(str(name)), type=_type(table[name]))
    rows = zip(table.itertuples(index=False, name=None), shapes, strict=True)
    at = None if label is None else list(table.columns).index(label)
    for cells, shape in rows:
        mark = ET.SubElement(document, "Placemark")
        if at is not None and not pd.isna(cells[at]):
            _said(mark, "name", str(cells[at]))
        data = ET.SubElement(ET.SubElement(mark, "ExtendedData"), "SchemaData",
                              schemaUrl="#columns")  # fmt: skip
        for name, value in zip(table.columns, cells, strict=True):
            if (text := _cell(value)) is not None:
                ET.SubElement(data, "SimpleData", name=_xml(str(name))).text = text
        if shape is not None and not shape.is_empty:
            mark.append(_shape(shape))
    return root


def _said(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = _xml(text)


def _xml(text: str) -> str:
    """Return a text without the control characters that XML cannot hold."""
    return _NO_XML.sub("", text)


def _type(values: pd.Series[Any]) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "bool"
    if pd.api.types.is_integer_dtype(values):
        return "int"
    return "double" if pd.api.types.is_float_dtype(values) else "string"


def _cell(value: Any) -> str | None:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, pd.Timestamp):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, float | np.floating):
        return repr(float(value)) if np.isfinite(value) else None
    return _xml(str(value))


def _shape(shape: shapely.Geometry) -> ET.Element:
    if isinstance(shape, shapely.Polygon):
        out = ET.Element("Polygon")
        for tag, rings in (("outerBoundaryIs", [shape.exterior]),
                           ("innerBoundaryIs", shape.interiors)):  # fmt: skip
            for ring in rings:
                inner = ET.SubElement(ET.SubElement(out, tag), "LinearRing")
                inner.append(_coordinates(ring))
        return out
    if isinstance(shape, shapely.Point | shapely.LineString):
        out = ET.Element("Point" if isinstance(shape, shapely.Point) else "LineString")
        if out.tag == "LineString":
            ET.SubElement(out, "tessellate").text = "1"
        out.append(_coordinates(shape))
        return out
    out = ET.Element("MultiGeometry")
    out.extend(_shape(part) for part in shapely.get_parts(shape))
    return out


def _coordinates(shape: shapely.Geometry) -> ET.Element:
    out = ET.Element("coordinates")
    xy = shapely.get_coordinates(shape).tolist()
    out.text = " ".join(f"{x!r},{y!r}" for x, y in xy)
    return out


def open_kml(path: Path, options: Options) -> Raw:
    """
    Read the placemarks of a KML or KMZ.

    Parameters
    ----------
    path
        The file.
    options
        ``source_layer`` names a folder to read alone.

    Returns
    -------
    raw
        A column for each ``Data`` or ``SimpleData``; ``name`` and ``description`` of the
        placemark where the data have none; ``folder`` where there are folders. WGS84.

    Raises
    ------
    UnreadableFileError
        If it is no KML, or has a document type declaration (entities are not expanded).
    UnknownIdError
        If there is no folder of that name.
    """
    root = _parsed(path)
    marks = _all_placemarks(root, path)
    folders = list(dict.fromkeys(f for _, f in marks if f))
    if options.source_layer is not None:
        if options.source_layer not in folders:
            raise UnknownIdError.among("folder", "文件夹", options.source_layer, folders)
        marks = [m for m in marks if m[1] == options.source_layer]
    rows: list[dict[str, str]] = []
    shapes: list[shapely.Geometry | None] = []
    unread = 0
    for mark, folder in marks:
        try:
            shape, known = _geometry(mark)
        except (ValueError, RecursionError, shapely.errors.GEOSException) as error:
            raise UnreadableFileError.for_file(
                path, f"placemark {len(rows) + 1}: {error}"
            ) from error
        rows.append(_cells(mark, folder))
        shapes.append(shape)
        unread += not known
    table = pd.DataFrame(rows, index=range(len(rows)), dtype=object)
    raw = Raw(numbered(gpd.GeoDataFrame(table, geometry=shapes, crs=_crs.WEB)), "KML", "utf-8")
    if unread:
        raw.note(f"{unread} 个地标的几何类型不读取（模型、轨迹等）",
                 f"{unread} placemarks of a kind that is not read (models, tracks)")  # fmt: skip
    return raw


def _parsed(path: Path) -> ET.Element:
    try:
        text = _document_of(path)
        if b"<!DOCTYPE" in text.replace(b"\x00", b""):
            refusal: object = "it has a document type declaration"
        else:
            root = ET.fromstring(text)  # noqa: S314  (no entities without a DOCTYPE)
            refusal = "" if _local(root) in _FOLDERS else f"its root is <{_local(root)}>, not <kml>"
    except (ET.ParseError, *ZIP_ERRORS, LookupError, ValueError) as error:
        raise UnreadableFileError.for_file(path, error) from error
    if refusal:
        raise UnreadableFileError.for_file(path, refusal)
    return root


def _document_of(path: Path) -> bytes:
    """Return the KML, out of its zip where it is in one."""
    raw = path.read_bytes()
    if not raw.startswith(b"PK"):
        return raw
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        inner = [i for i in archive.infolist() if i.filename.lower().endswith(".kml")]
        if not inner or inner[0].file_size > _LARGEST:
            raise ValueError("there is no .kml inside, or it is too large")
        return archive.read(inner[0])


def _local(element: ET.Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _all_placemarks(root: ET.Element, path: Path) -> list[tuple[ET.Element, str]]:
    try:
        return list(_placemarks(root, ""))
    except RecursionError as error:
        raise UnreadableFileError.for_file(path, "its folders are nested too deep") from error


def _placemarks(parent: ET.Element, folder: str) -> Iterator[tuple[ET.Element, str]]:
    """Give every placemark with the name of the folder it lies in."""
    for child in parent:
        kind = _local(child)
        if kind == "Placemark":
            yield child, folder
        elif kind in _FOLDERS:
            own = _text(child, "name") if kind == "Folder" else folder
            yield from _placemarks(child, own or folder)


def _text(parent: ET.Element, tag: str) -> str:
    found = next((c for c in parent if _local(c) == tag), None)
    return "" if found is None else (found.text or "").strip()


def _cells(mark: ET.Element, folder: str) -> dict[str, str]:
    out: dict[str, str] = {}
    for element in mark.iter():
        name = element.get("name", "")
        if _local(element) == "SimpleData" and name:
            out[name] = element.text or ""
        elif _local(element) == "Data" and name:
            out[name] = _text(element, "value")
    for name in ("name", "description"):
        if (text := _text(mark, name)) and name not in out and text not in out.values():
            out[name] = text  # not where it only repeats a column
    if folder:
        out.setdefault("folder", folder)
    return out


def _geometry(mark: ET.Element) -> tuple[shapely.Geometry | None, bool]:
    """Return the geometry of a placemark, and whether it is of a kind that is read."""
    known = {"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"}
    for child in mark:
        if _local(child) in known:
            return _built(child), True
    return None, not any(_local(c) in {"Track", "MultiTrack", "Model"} for c in mark)


def _built(element: ET.Element) -> Any:
    kind = _local(element)
    if kind == "MultiGeometry":
        parts = [p for c in element if (p := _built(c)) is not None]
        return _joined([q for p in parts for q in shapely.get_parts(p)])
    if kind == "Polygon":
        rings: dict[str, list[Any]] = {"outerBoundaryIs": [], "innerBoundaryIs": []}
        for child in element:
            if _local(child) in rings:
                rings[_local(child)] += [_points(ring) for ring in child]
        outer = rings["outerBoundaryIs"]
        return shapely.Polygon(outer[0], rings["innerBoundaryIs"]) if outer else None
    if kind not in {"Point", "LineString", "LinearRing"}:
        return None
    xy = _points(element)
    if not len(xy):
        return None
    return shapely.Point(xy[0]) if kind == "Point" else shapely.LineString(xy)


def _joined(parts: list[Any]) -> Any:
    if len(parts) == 1:
        return parts[0]
    kinds = {p.geom_type for p in parts}
    if kinds == {"Polygon"}:
        return shapely.MultiPolygon(parts)
    if kinds == {"LineString"}:
        return shapely.MultiLineString(parts)
    if kinds == {"Point"}:
        return shapely.MultiPoint(parts)
    return shapely.GeometryCollection(parts) if parts else None


def _points(element: ET.Element) -> list[tuple[float, float]]:
    """Return longitude and latitude of a ``coordinates`` text; heights are left out."""
    words = _text(element, "coordinates")
    out = []
    for word in re.sub(r"\s*,\s*", ",", words).split():
        cells = word.split(",")
        if len(cells) < 2:  # noqa: PLR2004
            raise ValueError(f"{word!r} is no longitude,latitude")
        out.append((float(cells[0]), float(cells[1])))
    return out
