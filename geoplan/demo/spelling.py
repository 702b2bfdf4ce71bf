"""Readings of the demo's invented names (演示地名读音): every word they are made of, as a table."""

from __future__ import annotations

import pandas as pd

from geoplan.placenames.classes import class_of
from geoplan.placenames.readings import Readings
from geoplan.placenames.romanise import romanise

INVENTED = ("23500", "22200")
"""Categories whose names are invented: streets and hamlets."""
_WORDS = """
白云 bai2 yun2;青松 qing1 song1;玉泉 yu4 quan2;望湖 wang4 hu2;银杏 yin2 xing4;金桂 jin1 gui4
翠屏 cui4 ping2;朝阳 chao2 yang2;和平 he2 ping2;丰收 feng1 shou1;长虹 chang2 hong2
春晖 chun1 hui1;碧桃 bi4 tao2;清溪 qing1 xi1;明月 ming2 yue4;星河 xing1 he2;松林 song1 lin2
竹园 zhu2 yuan2;梅岭 mei2 ling3;兰亭 lan2 ting2;秋实 qiu1 shi2;文昌 wen2 chang1
书院 shu1 yuan4;锦绣 jin3 xiu4;大道 da4 dao4;路 lu4;街 jie1;新 xin1;家 jia1;塆 wan1
上 shang4;下 xia4;东 dong1;西 xi1;老 lao3;大 da4;小 xiao3;前 qian2;后 hou4;中 zhong1;外 wai4
柳 liu3;槐 huai2;枫 feng1;栎 li4;桑 sang1;枣 zao3;杏 xing4;松 song1;竹 zhu2;荷 he2;石 shi2
塘 tang2;岗 gang3;堰 yan4
"""


def spelled(names: pd.DataFrame) -> pd.DataFrame:
    """
    Give invented names their reading and spelling; real ones are left to those who may say.

    Parameters
    ----------
    names
        ``standard_name``, ``specific``, ``generic``, ``category_code``.

    Returns
    -------
    names
        With ``reading``, ``reading_source``, ``pinyin`` and ``roman_rules``, missing where the
        name is real.
    """
    pairs = [entry.split(" ", 1) for entry in _WORDS.replace("\n", ";").split(";") if entry]
    table = pd.DataFrame(pairs, columns=["text", "reading"]).assign(reviewed=False)
    readings = Readings.of(table)
    rows: list[tuple[str | None, ...]] = []
    for row in names.itertuples():
        if row.category_code not in INVENTED:
            rows.append((None, None, None, None))
            continue
        specific, generic = str(row.specific), str(row.generic)
        reading = readings.read(str(row.standard_name), parts=[specific, generic])
        roman = romanise(str(row.standard_name), specific=specific, generic=generic,
                         reading=reading, name_class=class_of(str(row.category_code)))  # fmt: skip
        rows.append((reading.text, reading.source, roman.text, ";".join(roman.rules)))
    columns = ["reading", "reading_source", "pinyin", "roman_rules"]
    made = pd.DataFrame(rows, columns=columns, index=names.index, dtype=object)
    return names.assign(**{c: made[c] for c in columns})
