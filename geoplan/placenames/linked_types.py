"""Category codes (地名类别代码) in the words of Linked Places: fclasses and Getty AAT types."""

from __future__ import annotations

from typing import NamedTuple

FCLASSES = {
    "A": "administrative entities", "H": "water bodies", "L": "regions, landscape areas",
    "P": "populated places", "R": "roads, routes, rail", "S": "sites, buildings",
    "T": "terrestrial landforms",
}  # fmt: skip
"""GeoNames feature classes that the format takes."""


class Kind(NamedTuple):
    """What a category is: feature classes, Getty AAT concept with its label, Chinese title."""

    fclasses: str
    aat: str
    label: str
    zh: str


_KINDS = {
    "11": Kind("H", "300008694", "sea", "海域"),
    "115": Kind("T", "300008791", "island", "海洋岛屿"),
    "12": Kind("H", "300266059", "body of water (natural)", "陆地水系"),
    "121": Kind("H", "300008707", "river", "河流"),
    "122": Kind("H", "300008680", "lake", "湖泊"),
    "13": Kind("T", "300266060", "landform (terrestrial)", "陆地地形"),
    "134": Kind("T", "300008795", "mountain", "山地"),
    "1341": Kind("T", "300259572", "pass", "山口、关隘"),
    "21": Kind("A", "300232418", "administrative division", "行政区域及其他区域"),
    "212": Kind("A", "300000774", "province", "省级行政区"),
    "213": Kind("A", "300235099", "prefecture", "地级行政区"),
    "214": Kind("A", "300000771", "county", "县级行政区"),
    "215": Kind("A", "300232418", "administrative division", "乡级行政区"),
    "216": Kind("AP", "300008347", "inhabited place", "群众自治组织"),
    "21610": Kind("AP", "300008372", "village", "行政村"),
    "21620": Kind("AP", "300000745", "neighborhood", "社区"),
    "2163": Kind("P", "300008372", "village", "村民小组"),
    "217": Kind("L", "300000705", "district", "非行政区域"),
    "22": Kind("P", "300008347", "inhabited place", "居民点"),
    "221": Kind("P", "300008375", "town", "城镇居民点"),
    "222": Kind("P", "300008372", "village", "农村居民点"),
    "223": Kind("S", "300004790", "single built work", "工矿点"),
    "224": Kind("S", "300125766", "agricultural complex", "农林牧场"),
    "23": Kind("R", "300122438", "transportation space", "交通运输设施"),
    "231": Kind("S", "300000678", "transportation complex", "水上运输设施"),
    "232": Kind("R", "300008217", "road", "公路"),
    "2322": Kind("S", "300000678", "transportation complex", "汽车站"),
    "233": Kind("R", "300008591", "railroad", "铁路"),
    "234": Kind("S", "300000678", "transportation complex", "航空运输设施"),
    "2341": Kind("S", "300000681", "airport", "航空港"),
    "235": Kind("R", "300008217", "road", "城镇交通运输设施"),
    "2353": Kind("S", "300000678", "transportation complex", "公交站"),
    "2354": Kind("S", "300000678", "transportation complex", "停车场"),
    "2361": Kind("S", "300007836", "bridge", "桥梁"),
    "2366": Kind("S", "300000678", "transportation complex", "加油站"),
    "24": Kind("S", "300155846", "infrastructural system", "水利、电力、通信设施"),
    "241": Kind("H", "300006207", "well", "井"),
    "242": Kind("H", "300006191", "reservoir", "蓄水区"),
    "243": Kind("H", "300006073", "hydraulic structure", "排灌设施"),
    "244": Kind("S", "300006073", "hydraulic structure", "堤堰"),
    "245": Kind("H", "300006075", "canal", "运河"),
    "25": Kind("S", "300008072", "open space", "纪念地、旅游景点"),
    "251": Kind("S", "300004790", "single built work", "纪念地"),
    "252": Kind("L", "300008187", "park", "公园"),
    "253": Kind("L", "300008932", "cultural landscape", "风景名胜区"),
    "26": Kind("S", "300004790", "single built work", "建筑物"),
    "263": Kind("S", "300008304", "square", "广场"),
    "27": Kind("S", "300004790", "single built work", "单位"),
}
# titles: RULES §6.6; concepts: Getty AAT, as the list of types of the World Historical Gazetteer


def kind_of(category_code: str) -> Kind | None:
    """
    Return what a category code is, by its longest known prefix.

    Examples
    --------
    >>> kind_of("12100").label, kind_of("21620").fclasses, kind_of("23500").fclasses
    ('river', 'AP', 'R')
    >>> kind_of("99900") is None
    True
    """
    for length in range(len(category_code), 1, -1):
        if (found := _KINDS.get(category_code[:length])) is not None:
            return found
    return None


def code_of(title: str) -> str:
    """
    Return the five-digit category code of a Chinese title, or nothing.

    Examples
    --------
    >>> code_of("农村居民点"), code_of("行政村"), code_of("某类")
    ('22200', '21610', '')
    """
    found = next((code for code, kind in _KINDS.items() if kind.zh == title), "")
    return found.ljust(5, "0") if found else ""
