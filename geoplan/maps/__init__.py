"""Maps (地图): offline folium pages, one line for any frame, the city, defects, claims, sitings."""

from __future__ import annotations

from geoplan.maps.city_map import city_map
from geoplan.maps.claims_map import claims_map, claims_sheet
from geoplan.maps.defect_map import defect_map
from geoplan.maps.explore import explore
from geoplan.maps.offline import OfflineMap, page
from geoplan.maps.siting_map import siting_map

__all__ = [
    "OfflineMap",
    "city_map",
    "claims_map",
    "claims_sheet",
    "defect_map",
    "explore",
    "page",
    "siting_map",
]
