"""Maps (地图): offline folium pages, one line for any frame, the city map."""

from __future__ import annotations

from geoplan.maps.city_map import city_map
from geoplan.maps.explore import explore
from geoplan.maps.offline import OfflineMap, page

__all__ = ["OfflineMap", "city_map", "explore", "page"]
