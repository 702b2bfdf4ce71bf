"""What is said of plane coordinates that cannot be read (平面坐标的问题)."""

from __future__ import annotations

from geoplan.schemas.findings import Words

WORDS = {
    "mixed_units": Words(
        "与其余各行单位不同（米、度混用）：{value}",
        "not in the unit of the other rows (metres and degrees mixed): {value}",
        "全表统一用米或用度", "use metres in all rows, or degrees in all",
    ),
    "not_coordinates": Words(
        "既不是米也不是度：{value}", "neither metres nor degrees: {value}",
        "核对 X、Y 两格", "check the cells of X and Y",
    ),
    "degrees_in_metres": Words(
        "平面坐标栏里写的是度：{value}", "degrees in columns of plane coordinates: {value}",
        "经纬度写在“经度”“纬度”两栏", "write degrees under 经度 and 纬度 (lon, lat)",
    ),
    "legacy_datum": Words(
        "坐标系是旧坐标系：{value}", "the coordinates are of a superseded datum: {value}",
        "用本局的转换参数换算为 2000 国家大地坐标系后再导入",
        "transform it to CGCS2000 with the bureau's own parameters first",
    ),
    "zone_conflict": Words(
        "Y 的带号与写明的坐标系不一致：{value}",
        "the zone number of Y is not that of the CRS stated: {value}",
        "核对带号，或改写坐标系", "check the zone number, or correct the CRS stated",
    ),
    "not_plane": Words(
        "不是一个纵坐标（北）和一个横坐标（东）：{value}",
        "not a northing and an easting: {value}",
        "X 填纵坐标（七位），Y 填横坐标（六位，可加带号）",
        "X is the northing (7 digits), Y the easting (6 digits, or 8 with the zone number)",
    ),
    "unknown_zone": Words(
        "“坐标系”不是 2000 坐标系的投影带：{value}", "the CRS stated is no CGCS2000 zone: {value}",
        "例如 EPSG:4547（3 度带，中央经线 114°）", "for example EPSG:4547 (3 degrees, 114°E)",
    ),
    "outside_zone": Words(
        "超出所在投影带：{value}", "outside its zone: {value}",
        "核对带号和横坐标", "check the zone number and the easting",
    ),
    "outside_city": Words(
        "不在本市范围附近：{value}", "not near the city: {value}",
        "核对带号和坐标", "check the zone number and the coordinates",
    ),
    "ambiguous": Words(
        "两种读法都落在本市，无法判断：{value}", "two readings fall into the city: {value}",
        "在“坐标系”栏写明，例如 EPSG:4547", "state it in the column source_crs, e.g. EPSG:4547",
    ),
    "swapped_plane": Words(
        "X、Y 写反（X 应为北、Y 应为东），已按数值对调读取位置：{value}",
        "X and Y are swapped (X is north, Y is east); the position was read rightly: {value}",
        "对调 X、Y 两栏", "swap the two columns",
    ),
}  # fmt: skip
