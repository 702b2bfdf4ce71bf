"""Verbs of the service circle (服务圈命令): circles, unserved, why, streets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from geoplan.cli.app import app, show
from geoplan.cli.options import (
    Bar,
    JsonOption,
    LangOption,
    OutOption,
    PolicyOption,
    ProfileOption,
    WorkspaceArg,
)

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.workspace import Workspace

DirectionOption = Annotated[
    Literal["to", "from"],
    typer.Option(help="to 居民去设施，from 服务上门。 To the facility, or from it to the door."),
]


@app.command()
def circles(
    workspace: WorkspaceArg,
    out: OutOption = Path("circles.gpkg"),
    minutes: Annotated[list[float] | None, typer.Option(help="时限。 Limits, minutes.")] = None,
    profile: ProfileOption = "elder_walk",
    product: Annotated[
        Literal["areas", "streets", "buffers", "straight"],
        typer.Option(help="范围、可达道路、道路缓冲、直线圈。 Which product."),
    ] = "areas",
    merge: Annotated[
        Literal["overlap", "dissolve", "split"],
        typer.Option(help="各自、合并、按最近划分。 Each, all as one, or cut up by the nearest."),
    ] = "overlap",
    rings: Annotated[bool, typer.Option("--rings", help="环带。 Cut smaller limits out.")] = False,
    direction: DirectionOption = "to",
    cell_m: Annotated[
        float | None, typer.Option(help="网格（米），默认随路网疏密 4–12。 Spacing of the grid, m.")
    ] = None,
    trim_m: Annotated[
        float | None, typer.Option(help="离道路最远（米）。 Farthest from a street, m.")
    ] = None,
    policy: PolicyOption = None,
) -> None:
    """服务圈范围，写入文件。 Service areas, reached streets or straight circles, to a file."""
    from geoplan import io, service_circles
    from geoplan.workspace import circle_facilities, open_workspace

    if product != "areas" and (rings or trim_m is not None or merge == "split"):
        raise typer.BadParameter(
            "--rings、--trim-m、--merge split 只用于 --product areas。 Only with --product areas."
        )
    if product == "straight" and minutes:
        raise typer.BadParameter(
            "直线圈按半径，不用 --minutes。 Straight circles go by radius: leave out --minutes."
        )
    city = open_workspace(workspace, policy=policy)
    limits = list(minutes or city.policy.numbers("circle_limits_min"))
    facilities = circle_facilities(city)
    if product == "areas":
        with Bar() as tell:
            found = service_circles.areas(
                city.network(profile), facilities, minutes=limits, merge=merge, rings=rings,
                direction=direction, cell_m=cell_m, trim_m=trim_m, on_progress=tell,
            )  # fmt: skip
    elif product == "straight":
        policy_radii = city.policy.numbers("walk_circle_15_radius_m")
        elders = city.policy.value("elder_walk_speed_m_s") * 15 * 60
        shorter = (city.policy.value(f"walk_circle_{m}_radius_m") for m in (10, 5))
        radii = sorted({*policy_radii, elders, *shorter})
        found = service_circles.straight_circles(
            facilities, radii_m=radii, merge=merge != "overlap"
        )
    else:
        found = _street_products(city, facilities, product, limits, profile, direction, merge)
    io.write(found, out)
    print(f"{len(found)} 行 rows: {out}")


def _street_products(
    city: Workspace,
    facilities: gpd.GeoDataFrame,
    product: str,
    limits: list[float],
    profile: str,
    direction: Literal["to", "from"],
    merge: str,
) -> gpd.GeoDataFrame:
    import pandas as pd

    from geoplan import service_circles

    make: Any = {
        "streets": service_circles.reached_streets, "buffers": service_circles.street_buffers,
    }[product]  # fmt: skip
    parts = [
        make(
            city.network(profile), facilities, limit_min=limit, direction=direction,
            merge=merge != "overlap",
        ).assign(limit_min=limit)
        for limit in limits
    ]  # fmt: skip
    found: gpd.GeoDataFrame = pd.concat(parts, ignore_index=True)
    return found


@app.command()
def unserved(
    workspace: WorkspaceArg,
    out: OutOption = Path("unserved.gpkg"),
    minutes: Annotated[float | None, typer.Option(help="时限。 Limit, minutes.")] = None,
    profile: ProfileOption = "elder_walk",
    group: Annotated[str, typer.Option(help="人群。 Whom to count.")] = "elders_60",
    within_m: Annotated[float, typer.Option(help="聚集距离（米）。 Distance, m.")] = 300.0,
    at_least: Annotated[float, typer.Option(help="最少人数。 Smallest number.")] = 30.0,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """未覆盖聚集区，按老人数排序。 Clusters of people beyond the limit, the largest first."""
    from geoplan import io, service_circles
    from geoplan.workspace import circle_facilities, open_workspace
    from geoplan.workspace.doors import doors_of

    city = open_workspace(workspace, policy=policy)
    limit = city.policy.value("service_circle_min") if minutes is None else minutes
    net, demand = city.network(profile), city.metric("population")
    near = service_circles.travel_time(
        net, circle_facilities(city), demand, demand_snap=doors_of(city, net, demand)
    )
    names = city.units().drop_duplicates("unit_code").set_index("unit_code")["name"]
    found = service_circles.unserved_clusters(
        near, demand, limit_min=limit, group=group, within_m=within_m, at_least=at_least,
        names=names,
    )  # fmt: skip
    io.write(found, out)
    show(found.head(20).drop(columns="geometry"),
         ["rank", "name", "unit_code", group, "median_min", "unreachable_share"],
         as_json=as_json)  # fmt: skip
    if not as_json:
        print(f"{len(found)} 处 clusters: {out}")


@app.command()
def why(
    workspace: WorkspaceArg,
    lon: Annotated[float, typer.Argument(help="经度 longitude (CGCS2000)")],
    lat: Annotated[float, typer.Argument(help="纬度 latitude (CGCS2000)")],
    minutes: Annotated[float | None, typer.Option(help="时限。 Limit, minutes.")] = None,
    profile: ProfileOption = "elder_walk",
    direction: DirectionOption = "to",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="路径写入文件。 Write the way to a file.")
    ] = None,
    policy: PolicyOption = None,
    lang: LangOption = "zh",
) -> None:
    """这里为什么（没）被覆盖：到最近设施的路。 Why a place is covered or not: the way there."""
    import geopandas as gpd

    from geoplan import crs, io, service_circles
    from geoplan.workspace import circle_facilities, open_workspace
    from geoplan.workspace.doors import doors_of

    city = open_workspace(workspace, policy=policy)
    limit = city.policy.value("service_circle_min") if minutes is None else minutes
    net = city.network(profile)
    place = gpd.GeoDataFrame(geometry=gpd.points_from_xy([lon], [lat]), crs=crs.GEOGRAPHIC)
    here = place.to_crs(net.crs)
    found = service_circles.route(
        net, circle_facilities(city), here, limit_min=limit, direction=direction,
        door_snap=doors_of(city, net, here),
    )  # fmt: skip
    print(found.sentence(lang))
    for leg in found.legs.itertuples():
        name = leg.name if isinstance(leg.name, str) else leg.kind
        print(f"  {leg.minutes:6.2f} min {leg.length_m:7.0f} m  {name}")
    if out is not None:
        io.write(found.legs, out)
        print(out)


@app.command()
def streets(
    workspace: WorkspaceArg,
    out: OutOption = Path("street_findings.gpkg"),
    profile: ProfileOption = "elder_walk",
    near_m: Annotated[float, typer.Option(help="断头距离（米）。 How near a miss, m.")] = 10.0,
    as_json: JsonOption = False,
) -> None:
    """路网诊断：孤立、断头、重复。 What is wrong with the streets: apart, near misses, double."""
    from geoplan import io, network
    from geoplan.workspace import open_workspace

    net = open_workspace(workspace).network(profile)
    found = network.diagnose(net, near_m=near_m)
    io.write(found, out)
    counts = found.groupby("kind").agg(count=("size", "size"), largest=("size", "max"))
    show(counts.reset_index(), ["kind", "count", "largest"], as_json=as_json)
    if not as_json:
        notes = "；".join(f"{k} {v}" for k, v in net.notes.items())
        share = f"{net.connected_share:.2%}"
        print(f"{net.nodes:,} nodes, {net.edges:,} edges, connected {share}. {notes}\n{out}")
