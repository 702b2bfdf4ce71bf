"""
PN-30 拼写 by 《中国地名汉语拼音字母拼写规则（汉语地名部分）》〔84〕中地字第17号, rules R1 to R14.

Readings are given here, so that the spelling alone is tried; the readings themselves are tried
by the names of PN-30.
"""

from __future__ import annotations

import pytest

from geoplan.io.reading_files import read_readings
from geoplan.placenames.romanise import Roman, romanise


def write(
    specific: str, generic: str, reading: str, name_class: str = "natural", **options
) -> Roman:
    name = (specific + generic).replace(" ", "")
    return romanise(name, specific=specific, generic=generic, reading=reading, name_class=name_class,
                    **options)  # fmt: skip


@pytest.mark.parametrize(
    ("specific", "generic", "expected"),
    [
        ("随", "县", "Suí Xiàn"), ("随州", "市", "Suízhōu Shì"), ("曾都", "区", "Zēngdū Qū"),
        ("广水", "市", "Guǎngshuǐ Shì"), ("淅河", "镇", "Xīhé Zhèn"), ("澴潭", "镇", "Huántán Zhèn"),
        ("涢水", "街道", "Yúnshuǐ Jiēdào"), ("长岗", "镇", "Chánggǎng Zhèn"),
        ("均川", "镇", "Jūnchuān Zhèn"), ("长岭", "镇", "Chánglǐng Zhèn"),
    ],
)  # fmt: skip
def test_pn_30__the_names_of_the_rule_book(specific, generic, expected):
    """“曾 zēng，淅 xī，澴 huán，涢 yún”; 随县: a single-syllable specific and its generic."""
    pytest.importorskip("pypinyin")
    reading = read_readings().read(specific + generic, parts=[specific, generic])
    assert write(specific, generic, reading, "division").text == expected
    sources = {"随": "reviewed", "长岭": "curated"}
    assert reading.sources[0] == sources.get(specific, "reviewed")


@pytest.mark.parametrize(
    ("rule", "roman", "expected"),
    [
        # R1 专名和通名分写
        ("R1", write("太行", "山", "tai4 hang2 shan1"), "Tàiháng Shān"),
        # R2 单音节的修饰、限定成分与其相关部分连写，双音节和多音节的分写
        ("R2", write("潮白新", "河", "chao2 bai2 xin1 he2"), "Cháobái Xīnhé"),
        ("R1", write("朝阳门内", "大街", "chao2 yang2 men2 nei4 da4 jie1", "street"), "Cháoyángménnèi Dàjiē"),
        # R3 自然村镇名称不区分专名和通名，各音节连写
        ("R3", write("王", "村", "wang2 cun1", "hamlet"), "Wángcūn"),
        ("R3", write("周口", "店", "zhou1 kou3 dian4", "hamlet"), "Zhōukǒudiàn"),
        # R4 通名已专名化的，按专名处理
        ("R4", write("黑龙江", "省", "hei1 long2 jiang1 sheng3", "division"), "Hēilóngjiāng Shěng"),
        ("R4", write("景德镇", "市", "jing3 de2 zhen4 shi4", "division"), "Jǐngdézhèn Shì"),
        # R5 以人名命名的，姓和名连写
        ("R1", write("左权", "县", "zuo3 quan2 xian4", "division"), "Zuǒquán Xiàn"),
        # R6 数词用拼音书写
        ("R6", write("五指", "山", "wu3 zhi3 shan1"), "Wǔzhǐ Shān"),
        ("R6", write("三门", "峡", "san1 men2 xia2"), "Sānmén Xiá"),
        ("R4", write("三门峡", "市", "san1 men2 xia2 shi4", "division"), "Sānménxiá Shì"),
        # R7 代码和街巷名称中的序数词用阿拉伯数字
        ("R7", write("二马", "路", "er4 ma3 lu4", "street"), "2 Mǎlù"),
        ("R7", write("三环", "路", "san1 huan2 lu4", "street"), "3 Huánlù"),
        ("R7", write("1203", "高地", "1203 gao1 di4"), "1203 Gāodì"),
        # R8 按普通话读音；多音字按审定的读音
        ("R1", write("十里堡", "路", "shi2 li3 pu4 lu4", "street"), "Shílǐpù Lù"),
        ("R1", write("十里堡", "路", "shi2 li3 bu3 lu4", "street"), "Shílǐbǔ Lù"),
        # R9 声调可以省略；ü 仍是 ü
        ("R9", write("女山", "湖", "nv3 shan1 hu2", tones=False), "Nüshan Hu"),
        # R10 每一部分的首字母大写；可以全部大写
        ("R10", write("绿园", "区", "lv4 yuan2 qu1", capitals="all"), "LǛYUÁN QŪ"),
        # R11 a、o、e 开头的非第一音节前用隔音符号
        ("R11", write("西安", "市", "xi1 an1 shi4", "division"), "Xī'ān Shì"),
        ("R11", write("天峨", "县", "tian1 e2 xian4", "division"), "Tiān'é Xiàn"),
        # R12 儿化写 r
        ("R12", write("盆儿", "胡同", "pen2 r5 hu2 tong4", "street"), "Pénr Hútòng"),
        ("R11", write("女儿", "城", "nv3 er2 cheng2"), "Nǚ'ér Chéng"),
        # R14 起地名作用的建筑物、单位：专名和通名分写，修饰单音节通名的成分与其连写
        ("R14", write("月亮山", "种羊场", "yue4 liang4 shan1 zhong3 yang2 chang3", "hamlet"),
         "Yuèliàngshān Zhǒngyángchǎng"),
        ("R14", write("浙江 省", "测绘局", "zhe4 jiang1 sheng3 ce4 hui4 ju2", "other"),
         "Zhèjiāng Shěng Cèhuìjú"),
        ("R14", write("武汉 长江", "大桥", "wu3 han4 chang2 jiang1 da4 qiao2", "facility"),
         "Wǔhàn Chángjiāng Dàqiáo"),
    ],
    ids=lambda value: value.text if isinstance(value, Roman) else None,
)  # fmt: skip
def test_rules(rule, roman, expected):
    assert roman.text == expected
    assert rule in roman.rules
