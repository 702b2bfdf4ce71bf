"""The page that lies in every exchange package (交换包说明), in Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geoplan.io.mapping import Table

_HEAD = """\
行政区域界线、界桩数据交换包
Boundary exchange package
================================

重要说明：MZ/T 149—2020《行政区域界桩数据交换格式》和 MZ/T 150—2020《行政区域界线数据交换格式》
的字段表没有公开，生成本包的软件没有见到。本包只按这两项标准已知的组成（属性数据、空间数据、
多媒体清单）组织；字段名、代码和文件名都不是标准规定的，不能当作符合标准的交换文件提交。
取得标准文本后，修改 mapping.toml 等号左边的字段名和代码，用
geoplan convert 工作区 --as mzt --mapping mapping.toml --to 新包.zip 重新生成。

IMPORTANT: the field tables of MZ/T 149-2020 and MZ/T 150-2020 are not public, and the program
that made this package has not seen them. Only the known parts (attributes, geometry, list of
media) are followed. Names of fields, codes and files are NOT those of the standards, and this is
no conforming exchange file. With the text of the standards, change the names and codes left of =
in mapping.toml and make the package again with geoplan convert --as mzt --mapping.

"""
_PARTS = """
manifest.json        每个文件的大小和 SHA-256 size and SHA-256 of each file
metadata.json        元数据 metadata
mapping.toml         字段对照 names of fields
attributes/*.csv     属性数据，UTF-8 attributes
spatial/*.geojson    空间数据，经度、纬度（2000 国家大地坐标系）geometry, CGCS2000 lon/lat
“要素序号”连接属性与空间数据。 要素序号 joins a row to its geometry.
"""


def readme(metadata: Mapping[str, Any], tables: Mapping[str, Table]) -> str:
    """
    Return the text of a package's ``README.txt``.

    Parameters
    ----------
    metadata
        As written to ``metadata.json``.
    tables
        The tables of the mapping that the package holds.

    Returns
    -------
    text
        What the package is and is not, and field by field what stands for what.
    """
    lines = [_HEAD]
    if metadata["synthetic"]:
        lines.append("演示数据·非真实 Synthetic data, not real.\n")
    lines.append(f"密级 secrecy: {metadata['secrecy']}    坐标系 CRS: {metadata['crs']}\n")
    lines.append(_PARTS)
    for table in tables.values():
        rows = metadata["tables"][table.name]["rows"]
        lines.append(f"\n{table.title}（{table.name} → {table.layer}，{rows} 行 rows）\n")
        lines += [f"  {field} = {column}\n" for field, column in table.fields.items()]
    return "".join(lines)
