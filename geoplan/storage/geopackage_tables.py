"""GeoPackage tables (地理包结构): what makes a SQLite file one that GIS programs open."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from geoplan.storage.shapes import SRID, column_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geoplan.schemas import Layer

# "GPKG", 1.3: programs of 2022 warn of 1.4, of which only the triggers are used
APPLICATION_ID, USER_VERSION = 0x47504B47, 10300
OLD_APPLICATION_IDS = {0x47503130: "1.0", 0x47503131: "1.1"}  # "GP10", "GP11"

_LOW, _HIGH = (("minx", 1), ("miny", 2)), (("maxx", 3), ("maxy", 4))
_ROUNDING_DEG = 2**-15  # the index keeps 32-bit numbers, rounded outwards

TYPES = {
    "str": "TEXT", "set": "TEXT", "int": "INTEGER", "float": "DOUBLE", "bool": "BOOLEAN",
    "date": "DATE", "id": "INTEGER PRIMARY KEY", "bytes": "BLOB",
}  # fmt: skip

_CGCS2000 = (
    'GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,'
    '298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,'
    'AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],'
    'AUTHORITY["EPSG","4490"]]'
)
_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,'
    'AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,'
    'AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],'
    'AUTHORITY["EPSG","4326"]]'
)

BASE = (
    """CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)""",
    f"""INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian', -1, 'NONE', -1, 'undefined', NULL),
  ('Undefined geographic', 0, 'NONE', 0, 'undefined', NULL),
  ('WGS 84', 4326, 'EPSG', 4326, '{_WGS84}', NULL),
  ('CGCS2000', {SRID}, 'EPSG', {SRID}, '{_CGCS2000}', NULL)""",
    """CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))""",
)


def stamp_contents() -> str:
    """Return the trigger that dates the contents by the last transaction."""
    return (
        "CREATE TRIGGER registry_last_change AFTER INSERT ON registry_transactions BEGIN "
        "UPDATE gpkg_contents SET last_change = substr(NEW.recorded_at, 1, 23) || 'Z'; END"
    )


def layer_tables(layer: Layer) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Return statements and values that make the current-state table of a layer."""
    spatial = bool(layer.geometry)
    columns = [f'"{c.name}" {TYPES[c.dtype]}' for c in layer.columns]
    if spatial:
        columns.insert(0, f"geom {column_type(layer).upper()}")
    keys = ", ".join(f'"{k}"' for k in layer.key)
    yield (
        (f'CREATE TABLE "{layer.name}" (fid INTEGER PRIMARY KEY NOT NULL, {", ".join(columns)}, '
         f"extra TEXT, row_version INTEGER, UNIQUE ({keys}))"), (),
    )  # fmt: skip
    yield (
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, ?, ?, ?)",
        (layer.name, "features" if spatial else "attributes", layer.zh, SRID if spatial else 0),
    )
    if spatial:
        yield (
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)",
            (layer.name, column_type(layer).upper(), SRID),
        )
        yield (
            ("INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index', "
             "'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')"), (layer.name,),
        )  # fmt: skip
        for statement in _spatial_index(layer.name):
            yield statement, ()


class Index(NamedTuple):
    """Statements that keep the spatial index of a layer, for a connection that knows the boxes."""

    new: str
    """Enters a new row, by fid, west, south, east, north."""
    moved: str
    """
    Enters a row again, by west, south, east, north and key.

    An entry that holds the box and is wider by the index's own rounding at most is left as it is:
    most edits move nothing.
    """
    gone: str
    """Takes a row out, by its key."""


@cache
def index(table: str, key: tuple[str, ...]) -> Index:
    """Return the statements for a layer, by its name and the columns of its key."""
    tree = f'"rtree_{table}_geom"'
    into = f"INTO {tree} (id, minx, miny, maxx, maxy)"
    low = [f"r.{name} BETWEEN ?{n} - {_ROUNDING_DEG} AND ?{n}" for name, n in _LOW]
    high = [f"r.{name} BETWEEN ?{n} AND ?{n} + {_ROUNDING_DEG}" for name, n in _HIGH]
    row = f'FROM "{table}" t WHERE ' + " AND ".join(
        f't."{name}" = ?{n}' for n, name in enumerate(key, start=5)
    )
    return Index(
        f"INSERT {into} VALUES (?, ?, ?, ?, ?)",
        f"INSERT OR REPLACE {into} SELECT fid, ?1, ?2, ?3, ?4 {row} AND NOT EXISTS "
        f"(SELECT 1 FROM {tree} r WHERE r.id = t.fid AND {' AND '.join(low + high)})",
        f'DELETE FROM {tree} WHERE id IN (SELECT fid FROM "{table}" WHERE '
        + " AND ".join(f'"{name}" = ?' for name in key) + ")",
    )  # fmt: skip


def _spatial_index(table: str) -> list[str]:
    tree, quoted = f'"rtree_{table}_geom"', f'"{table}"'
    box = "ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)"
    new = "(NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))"
    no_new = "(NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))"
    old = "(OLD.geom NOTNULL AND NOT ST_IsEmpty(OLD.geom))"
    no_old = "(OLD.geom ISNULL OR ST_IsEmpty(OLD.geom))"
    put = f"INSERT OR REPLACE INTO {tree} VALUES (NEW.fid, {box})"
    move = (f"UPDATE {tree} SET minx = ST_MinX(NEW.geom), maxx = ST_MaxX(NEW.geom), "
            "miny = ST_MinY(NEW.geom), maxy = ST_MaxY(NEW.geom) WHERE id = NEW.fid")  # fmt: skip
    drop = f"DELETE FROM {tree} WHERE id = OLD.fid"
    same, other = "OLD.fid = NEW.fid", "OLD.fid != NEW.fid"
    triggers = {
        "insert": ("INSERT", new, put),
        "update2": ("UPDATE OF geom", f"{same} AND {no_new}", drop),
        "update4": ("UPDATE", f"{other} AND {no_new}",
                    f"DELETE FROM {tree} WHERE id IN (OLD.fid, NEW.fid)"),
        "update5": ("UPDATE", f"{other} AND {new}", f"{drop}; {put}"),
        "update6": ("UPDATE OF geom", f"{same} AND {new} AND {old}", move),
        "update7": ("UPDATE OF geom", f"{same} AND {new} AND {no_old}", put),
        "delete": ("DELETE", "OLD.geom NOTNULL", drop),
    }  # fmt: skip
    return [
        f"CREATE VIRTUAL TABLE {tree} USING rtree(id, minx, maxx, miny, maxy)",
        *(
            f'CREATE TRIGGER "rtree_{table}_geom_{name}" AFTER {event} ON {quoted} '
            f"WHEN {when} BEGIN {action}; END"
            for name, (event, when, action) in triggers.items()
        ),
    ]
