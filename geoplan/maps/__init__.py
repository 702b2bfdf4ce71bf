"""Maps (地图): offline folium pages of any frame, the city, defects, sitings, scenarios."""

from __future__ import annotations

from geoplan.maps.city_map import city_map
from geoplan.maps.claims_map import claims_map, claims_sheet
from geoplan.maps.defect_map import defect_map
from geoplan.maps.explore import explore
from geoplan.maps.offline import OfflineMap, page
from geoplan.maps.scenario_map import scenario_map
from geoplan.maps.siting_map import siting_map

__all__ = [
    "OfflineMap",
    "city_map",
    "claims_map",
    "claims_sheet",
    "defect_map",
    "explore",
    "page",
    "scenario_map",
    "siting_map",
]
