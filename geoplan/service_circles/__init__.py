"""「一刻钟」居家养老服务圈: the 15-minute service circle: travel time, coverage, areas."""

from __future__ import annotations

from geoplan.service_circles.areas import areas
from geoplan.service_circles.coverage import GROUPS, coverage
from geoplan.service_circles.travel_time import offering, travel_time
from geoplan.service_circles.what_if import WhatIf

__all__ = ["GROUPS", "WhatIf", "areas", "coverage", "offering", "travel_time"]
