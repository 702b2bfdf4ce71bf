"""「一刻钟」居家养老服务圈: the 15-minute service circle: travel time, coverage, areas."""

from __future__ import annotations

from geoplan.service_circles.accessibility import accessibility
from geoplan.service_circles.areas import areas
from geoplan.service_circles.catchments import Balance, Shares, floating, rational
from geoplan.service_circles.clusters import unserved_clusters
from geoplan.service_circles.coverage import GROUPS, area_coverage, coverage, histogram
from geoplan.service_circles.equity import equity, gini, inequality, lorenz, min_max, palma, theil
from geoplan.service_circles.gates import Doors, through_gates
from geoplan.service_circles.route import Route, route
from geoplan.service_circles.sensitivity import sensitivity, travel_time_by_mode
from geoplan.service_circles.straight_line import (
    compare_with_straight,
    straight_circles,
    straight_distance,
)
from geoplan.service_circles.streets import reached_streets, street_buffers
from geoplan.service_circles.travel_time import combined, offering, travel_time
from geoplan.service_circles.what_if import WhatIf

__all__ = [
    "GROUPS",
    "Balance",
    "Doors",
    "Route",
    "Shares",
    "WhatIf",
    "accessibility",
    "area_coverage",
    "areas",
    "combined",
    "compare_with_straight",
    "coverage",
    "equity",
    "floating",
    "gini",
    "histogram",
    "inequality",
    "lorenz",
    "min_max",
    "offering",
    "palma",
    "rational",
    "reached_streets",
    "route",
    "sensitivity",
    "straight_circles",
    "straight_distance",
    "street_buffers",
    "theil",
    "through_gates",
    "travel_time",
    "travel_time_by_mode",
    "unserved_clusters",
]
