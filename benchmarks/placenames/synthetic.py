"""Synthetic place names and queries, the same for the same seed; one reading a character."""

from __future__ import annotations

import random
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# characters by their toneless syllable (v for ü); the tones are made up, for no search here looks
# at them
CHARACTERS = """
an安岸庵 ba八坝巴 bai白百柏 ban板班坂 bao宝保包 bei北贝 bin滨宾 bo博泊 cao曹草 chang长昌常
chao朝潮 chen陈辰沉 cheng城成程 chi池赤 chu楚初 chuan川船 chun春 cui崔翠 da大达 dai戴岱 dan丹
dao道 deng邓灯 di地堤 dian店殿 ding丁鼎 dong东冬董 du杜渡 duan段 fan范畈樊 fang方房坊 fei费飞
feng冯丰凤枫 fu府付福傅 gan甘 gang岗港 gao高 ge葛 gong龚宫 gou沟 gu古谷顾 guan关官 guang广光
gui桂贵 guo郭国 han韩汉 hao郝 he何河和荷 hei黑 heng恒横 hong洪红宏 hou侯后 hu胡湖虎 hua华花
huai淮槐 huan环 huang黄皇 hui惠回会 ji吉季冀 jia贾家嘉 jian建剑 jiang江姜蒋 jiao焦蛟 jie界
jin金晋锦 jing井荆敬 jiu九 ju菊 jun均军 kai开 kang康 ke柯 kong孔 kou口 lai来赖 lan兰蓝 lang郎
lao老 le乐 lei雷 leng冷 li李里厉历黎 lian连莲 liang梁良 liao廖 lin林临 ling岭灵凌 liu刘柳六
long龙隆 lou楼 lu鲁卢陆路 lv吕绿律 luo罗洛骆 ma马麻 man满 mao毛茅 mei梅 meng孟蒙 miao苗庙 min民
ming明 mo莫 mu木牧穆 nan南 ni倪泥 nian年 niu牛 nv女 pan潘盘 pang庞 pei裴 peng彭 ping平坪 po坡
pu蒲浦 qi齐七祁 qian钱前 qiao乔桥 qin秦琴 qing青清庆 qiu邱秋 qu曲屈 quan泉权 ren任仁 rong荣容 ru汝
rui瑞 san三 sha沙 shan山单 shang上尚 shao邵 she佘 shen沈申 sheng盛胜 shi石史十 shou寿 shu舒树
shuang双 shui水 si四司 song宋松 su苏 sui随 sun孙 ta塔 tai太泰 tan谭潭 tang唐汤 tao陶桃 teng滕
tian田天 tie铁 tong童桐 tu涂土 tuan团 wan万湾 wang王汪旺 wei魏卫 wen文温 weng翁 wu吴武五 xi西溪席
xia夏下 xian县咸 xiang向香 xiao萧小 xie谢 xin新辛 xing兴星 xiong熊雄 xiu秀 xu徐许 xuan宣 xue薛雪
yan严颜燕 yang杨阳羊 yao姚药 ye叶 yi易义 yin尹殷银 ying应英 yong永涌 you游油 yu于余玉渔 yuan袁元源
yue岳月 yun云涢 zeng曾 zha查 zhai翟寨 zhan詹 zhang张章漳 zhao赵 zhen甄 zheng郑正 zhi支枝 zhong钟中
zhou周州 zhu朱竹 zhuang庄 zi紫 zou邹 zu祖 zuo左
"""
GENERICS = {  # generic: reading, importance of the names that bear it, share of all names
    "村": ("cun1", 0.3, 30), "村委会": ("cun1 wei3 hui4", 0.3, 4), "社区": ("she4 qu1", 0.3, 6),
    "镇": ("zhen4", 0.6, 2), "乡": ("xiang1", 0.6, 1), "街道": ("jie1 dao4", 0.6, 1),
    "湾": ("wan1", 0.1, 14), "冲": ("chong1", 0.1, 6), "塆": ("wan1", 0.1, 4),
    "路": ("lu4", 0.25, 8), "大道": ("da4 dao4", 0.3, 2), "街": ("jie1", 0.25, 4),
    "巷": ("xiang4", 0.15, 3), "河": ("he2", 0.3, 3), "山": ("shan1", 0.3, 4),
    "水库": ("shui3 ku4", 0.3, 3), "桥": ("qiao2", 0.2, 3), "小区": ("xiao3 qu1", 0.2, 2),
}  # fmt: skip
MODIFIERS = ("东 dong1", "西 xi1", "南 nan2", "北 bei3", "上 shang4", "下 xia4", "大 da4",
             "小 xiao3", "新 xin1", "老 lao3")  # fmt: skip
TYPOS = ("dropped", "swapped", "same sound", "alike sound", "letter dropped", "letters swapped")
ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))


def pool() -> list[tuple[str, str]]:
    """Return characters with their readings."""
    found = []
    for row in CHARACTERS.split():
        letters = "".join(c for c in row if c.isascii())
        found += [(c, f"{letters}{n % 4 + 1}") for n, c in enumerate(row[len(letters) :])]
    return found


def names(count: int, *, seed: int = 8) -> Iterator[dict[str, object]]:
    """Give rows as the name search takes them."""
    chance = random.Random(seed)  # noqa: S311  (no secret)
    characters = pool()
    chance.shuffle(characters)
    weights = list(accumulate(1 / (rank + 40) for rank in range(len(characters))))
    generics = [(g, *row) for g, row in GENERICS.items()]
    shares = list(accumulate(row[3] for row in generics))
    for at in range(count):
        size = chance.choices((1, 2, 3), (3, 54, 43))[0]
        specific = chance.choices(characters, cum_weights=weights, k=size)
        if size < 3 and chance.random() < 0.15:
            specific.insert(0, tuple(chance.choice(MODIFIERS).split()))
        generic, reading, importance, _ = chance.choices(generics, cum_weights=shares)[0]
        unit = f"42{chance.randrange(1, 14):02}{chance.randrange(1, 9):02}"
        unit += f"{chance.randrange(1, 25):03}{chance.randrange(200, 225):03}"
        yield {
            "form_id": f"n{at}", "place_id": f"p{at}",
            "text": "".join(c for c, _ in specific) + generic,
            "reading": " ".join([*(r for _, r in specific), reading]),
            "kind": "standard", "name_class": generic, "unit_code": unit,
            "lon": round(chance.uniform(108, 116), 6), "lat": round(chance.uniform(29, 33), 6),
            "importance": importance, "secrecy": "public",
        }  # fmt: skip


def letters_of(reading: str) -> str:
    return "".join(s[:-1] for s in reading.split())


def queries(rows: list[dict[str, object]], *, each: int, seed: int = 9) -> dict[str, list]:
    """Return plain queries by kind, with the name that each was made from."""
    chance = random.Random(seed)  # noqa: S311  (no secret)
    found: dict[str, list] = {
        "one character": [], "two characters": [], "substring": [], "whole name": [],
        "full pinyin": [], "initials": [],
    }  # fmt: skip
    for row in chance.sample(rows, each):
        text, reading = str(row["text"]), str(row["reading"])
        found["one character"].append((chance.choice(text), text))
        at = chance.randrange(len(text) - 1)
        found["two characters"].append((text[at : at + 2], text))
        size = min(len(text), chance.choice((3, 4)))
        at = chance.randrange(len(text) - size + 1)
        found["substring"].append((text[at : at + size], text))
        found["whole name"].append((text, text))
        found["full pinyin"].append((letters_of(reading), text))
        found["initials"].append(("".join(s[0] for s in reading.split()), text))
    return found


def typos(rows: list[dict[str, object]], *, each: int, seed: int = 10) -> dict[str, list]:
    """
    Return queries with one typing error, by kind of error, with the name that was meant.

    A damaged name that is itself a name is no error that anybody could see, and is left out.
    """
    chance = random.Random(seed)  # noqa: S311  (no secret)
    sounds: dict[str, list[str]] = {}
    for character, reading in pool():
        sounds.setdefault(reading[:-1], []).append(character)
    found: dict[str, list] = {kind: [] for kind in TYPOS}
    taken = {str(row["text"]) for row in rows} | {letters_of(str(row["reading"])) for row in rows}
    while any(len(got) < each for got in found.values()):
        row = chance.choice(rows)
        text = str(row["text"])
        for kind, made in _damaged(text, str(row["reading"]), sounds, chance):
            if made and made not in taken and len(found[kind]) < each:
                found[kind].append((made, text))
    return found


def _damaged(
    text: str, reading: str, sounds: dict[str, list[str]], chance: random.Random
) -> Iterator[tuple[str, str]]:
    at = chance.randrange(len(text))
    if len(text) > 3:
        yield "dropped", text[:at] + text[at + 1 :]
    if len(text) > 2:
        yield "swapped", _swapped(text, min(at, len(text) - 2))
    others = [c for c in sounds.get(reading.split()[at][:-1], ()) if c != text[at]]
    if others:
        yield "same sound", text[:at] + chance.choice(others) + text[at + 1 :]
    letters = letters_of(reading)
    pairs = [(a, b) for a, b in ALIKE if a in letters]
    if pairs:
        yield "alike sound", letters.replace(*chance.choice(pairs), 1)
    at = chance.randrange(len(letters) - 1)
    yield "letter dropped", letters[:at] + letters[at + 1 :]
    swapped = _swapped(letters, at)
    yield "letters swapped", swapped if swapped != letters else ""


def _swapped(text: str, at: int) -> str:
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
