"""Layers without rows, and rows without a position, give empty answers, never a crash."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoplan import crs
from geoplan.boundaries import (
    case_states,
    chainage,
    change,
    change_impact,
    claims,
    direction,
    disputed_land,
    ledgers,
    marker_moves,
    marker_numbers,
    marker_references,
    marker_register,
    markers,
    overlays,
)

CRS, DAY, HERE = "EPSG:4547", date(2026, 1, 1), (112.0, 31.0, 114.0, 32.0)
STRAIGHT = shapely.LineString([(450_000, 3_500_000), (451_000, 3_500_000)])
PEAK = shapely.LineString([(450_000, 3_500_000), (450_500, 3_500_100), (451_000, 3_500_000)])
LINES = gpd.GeoDataFrame(
    {"line_id": ["a"], "left_code": "x", "right_code": "y"}, geometry=[STRAIGHT], crs=CRS
)
STONES = gpd.GeoDataFrame(
    {"marker_id": ["m"], "marker_no": ["4142001Q"], "line_id": ["a"], "chainage_m": [1.0]},
    geometry=[shapely.Point(450_000, 3_500_000)],
    crs=CRS,
)
NOWHERE = STONES.set_geometry(gpd.GeoSeries([None], crs=CRS))
CLAIMS = gpd.GeoDataFrame(
    {"case_id": "c", "party": ["p", "q"], "evidence_class": "A"}, geometry=[STRAIGHT, PEAK], crs=CRS
)
UNITS = gpd.GeoDataFrame({"unit_code": ["u"], "name": "n", "level": "county", "parent_code": None},
                         geometry=[shapely.box(450_000, 3_500_000, 451_000, 3_501_000)], crs=CRS)  # fmt: skip
FACES = claims.compare_claims(CLAIMS)[0]
CHANGES = pd.DataFrame(columns=["change_id", "kind", "from_codes", "to_codes", "effective_on"])


def none(frame):
    return frame.iloc[:0]


@pytest.mark.parametrize("ask", [
    lambda _: marker_numbers.check_numbers(none(STONES)),
    lambda _: chainage.calibrate(none(LINES))[0],
    lambda _: chainage.locate(none(STONES), LINES),
    lambda _: chainage.place(none(STONES), LINES),
    lambda _: direction.needs_reversal(none(LINES)),
    lambda p: markers.line_test(none(STONES), LINES, p),
    lambda _: markers.order_check(none(STONES), LINES),
    lambda _: markers.order_check(STONES, none(LINES)),
    lambda p: marker_moves.move_test(STONES, none(STONES), p),
    lambda p: marker_register.register_check(none(STONES), p),
    lambda _: marker_register.register_coordinates(none(STONES)),
    lambda _: marker_register.positions_from_plane(none(STONES), HERE),
    lambda _: marker_references.true_reference_azimuths(none(STONES)),
    lambda _: claims.compare_claims(none(CLAIMS))[0],
    lambda _: disputed_land.inside(none(FACES), population=STONES.assign(persons=1), villages=UNITS),
    lambda _: disputed_land.freeze_warnings(none(STONES), FACES),
    lambda _: disputed_land.freeze_warnings(NOWHERE, FACES),
    lambda _: disputed_land.weigh_evidence(none(CLAIMS)),
    lambda _: overlays.crossings(none(UNITS), LINES),
    lambda _: overlays.crossings(UNITS, none(LINES)),
    lambda _: overlays.deviation_report(none(LINES), LINES, tolerance_m=1),
    lambda _: overlays.deviation_report(LINES, none(LINES), tolerance_m=1),
    lambda _: ledgers.hazard_ledger(pd.DataFrame(), DAY),
    lambda _: ledgers.basis_documents(none(LINES), pd.DataFrame()),
    lambda _: ledgers.peace_agreements(none(LINES), pd.DataFrame(), DAY),
    lambda _: change.apply_changes(none(UNITS), CHANGES),
    lambda _: change_impact.impact(UNITS, UNITS, {"facilities": none(STONES)}),
    lambda _: change_impact.impact(none(UNITS), none(UNITS), {"facilities": STONES}),
    lambda _: change_impact.moved_land(UNITS, none(UNITS), "county"),
    lambda _: case_states.reminders(none(CLAIMS).assign(state="raised"), DAY),
    lambda _: crs.ellipsoidal_length_m(gpd.GeoSeries([], crs=CRS)),
])  # fmt: skip
def test_nothing_in_nothing_out(ask, policy):
    assert len(ask(policy)) == 0


@pytest.mark.parametrize("ask", [
    lambda _: chainage.locate(NOWHERE, LINES)["problem"].tolist() == ["no_position"],
    lambda _: chainage.locate(STONES, none(LINES))["problem"].tolist() == ["unknown_line"],
    lambda _: chainage.place(STONES, none(LINES))["problem"].tolist() == ["unknown_line"],
    lambda _: len(chainage.calibrate(LINES, NOWHERE)[0]) == 2,
    lambda p: len(direction.statement(LINES, NOWHERE, policy=p)) == 1,
    lambda p: markers.line_test(NOWHERE, LINES, p)["status"].tolist() == ["no_data"],
    lambda p: markers.line_test(STONES, none(LINES), p)["status"].tolist() == ["no_data"],
    lambda p: marker_moves.move_test(none(STONES), STONES, p)["status"].tolist() == ["no_data"],
    lambda _: marker_register.register_coordinates(NOWHERE)["latitude_text"].tolist() == [""],
    lambda _: disputed_land.inside(FACES, facilities=NOWHERE)["facilities"].tolist() == [0],
    lambda p: set(ledgers.precision_figures(p, boundary_lines=none(LINES))["status"]) == {"no_data"},
    lambda _: change.apply_changes(UNITS, CHANGES)["unit_code"].tolist() == ["u"],
])  # fmt: skip
def test_what_is_missing_is_said(ask, policy):
    assert ask(policy)
