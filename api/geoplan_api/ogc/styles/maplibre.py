"""Styles for web maps (网页样式): MapLibre style 8, tiles of this service, no glyph server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geoplan_api.ogc.styles.cartography import (
    DRAWINGS,
    HALO,
    INK,
    PAPER,
    Class,
    Drawing,
    drawing_of,
    label_of,
    legend,
)
from geoplan_api.ogc.tiles.layers import LABELS, key_column
from geoplan_api.ogc.tiles.sets import ATTRIBUTION, DRAWN_ZOOM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geoplan_api.security.access import LayerView

FONTS = ["Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", "sans-serif"]
"""Fonts of the reader's own machine: without ``glyphs`` in the style, letters are drawn there."""
_GEOMETRY = {"polygon": "Polygon", "line": "LineString", "point": "Point"}


def style(
    views: Iterable[tuple[LayerView, str]], base: str, name: str,
    centre: tuple[float, float] | None = None, *, all_shown: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """
    Return a style.

    Parameters
    ----------
    views
        Layers with the version of each.
    base
        Address of the service.
    name
        Title.
    centre
        Longitude and latitude where the map opens.
    all_shown
        Whether all layers are drawn, not only those that open with the map.

    Returns
    -------
    style
        ``metadata["geoplan:layers"]`` has titles and legends in the order they are drawn, lowest
        first.
    """
    order = {n: i for i, n in enumerate(DRAWINGS)}
    found = sorted(views, key=lambda pair: order.get(pair[0].layer.name, len(order)))
    layers: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    about: list[dict[str, Any]] = []
    for view, _ in found:
        own, said = _layers(view), _labels(view)
        shown = all_shown or drawing_of(view).shown
        for layer in (*own, *said):
            layer["metadata"] = {"geoplan:layer": view.layer.name}
            layer.setdefault("layout", {})["visibility"] = "visible" if shown else "none"
        layers += own
        labels += said
        about.append(_about(view, [x["id"] for x in (*own, *said)], shown=shown))
    out: dict[str, Any] = {
        "version": 8, "name": name,
        "metadata": {"geoplan:layers": about, "geoplan:attribution": ATTRIBUTION},
        "sources": {view.layer.name: _source(view.layer.name, version, base)
                    for view, version in found},
        "layers": [{"id": "paper", "type": "background", "paint": {"background-color": PAPER}},
                   *layers, *labels],
    }  # fmt: skip
    if centre is not None:
        out |= {"center": list(centre), "zoom": 8}
    return out


def _source(name: str, version: str, base: str) -> dict[str, Any]:
    url = f"{base}/collections/{name}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}?v={version}"
    return {"type": "vector", "tiles": [url], "minzoom": 0, "maxzoom": DRAWN_ZOOM,
            "attribution": ATTRIBUTION}  # fmt: skip


def _about(view: LayerView, ids: list[str], *, shown: bool) -> dict[str, Any]:
    layer = view.layer
    return {
        "id": layer.name, "title": layer.zh, "title_en": layer.en, "key": key_column(layer),
        "label": label_of(view), "geometry": list(layer.geometry), "visible": shown,
        "style_layers": ids, "column": drawing_of(view).column, "legend": legend(view),
    }  # fmt: skip


def _layers(view: LayerView) -> list[dict[str, Any]]:
    """Return fills, lines and points of a layer; lines by class, where these begin at zooms."""
    drawing, kinds = drawing_of(view), view.layer.geometry
    colour = _match(drawing, [(c, c.colour) for c in drawing.classes], drawing.colour)
    out = []
    if "polygon" in kinds:
        paint = {"fill-color": colour, "fill-opacity": drawing.fill}
        out.append(_layer(view, "fill", "fill", paint, ["polygon"]))
    if {"polygon", "line"} & set(kinds):
        out += _lines(view, drawing)
    if "point" in kinds:
        wide = ["interpolate", ["linear"], ["zoom"], 8, drawing.radius * 0.5, 14,
                drawing.radius * 1.4]  # fmt: skip
        paint = {"circle-color": colour, "circle-radius": wide, "circle-stroke-color": HALO,
                 "circle-stroke-width": 0.8}  # fmt: skip
        out.append(_layer(view, "point", "circle", paint, ["point"]))
    return out


def _lines(view: LayerView, drawing: Drawing) -> list[dict[str, Any]]:
    kinds: list[str] = [k for k in ("polygon", "line") if k in view.layer.geometry]
    paint: dict[str, Any] = {"line-dasharray": list(drawing.dash)} if drawing.dash else {}
    join: dict[str, Any] = {"line-join": "round"}
    if not any(c.zoom or c.width for c in drawing.classes):
        colour = _match(drawing, [(c, c.colour) for c in drawing.classes], drawing.colour)
        own = {"line-color": colour, "line-width": drawing.width}
        return [_layer(view, "line", "line", paint | own, kinds, layout=dict(join))]
    held = [code for one in drawing.classes for code in one.codes]
    rest = ["!", ["in", ["get", drawing.column], ["literal", held]]]
    out = [_layer(view, "line", "line", paint | {"line-color": drawing.colour,
                                                  "line-width": drawing.width},
                  kinds, rest, layout=dict(join))]  # fmt: skip
    for one in reversed(drawing.classes):
        own = {"line-color": one.colour, "line-width": one.width or drawing.width}
        out.append(_layer(view, f"line-{one.codes[0]}", "line", paint | own, kinds,
                          _one_of(drawing, one), zoom=one.zoom, layout=dict(join)))  # fmt: skip
    return out


def _one_of(drawing: Drawing, one: Class) -> list[Any]:
    return ["in", ["get", drawing.column], ["literal", list(one.codes)]]


def _match(drawing: Drawing, pairs: list[tuple[Class, Any]], otherwise: Any) -> Any:
    if not pairs:
        return otherwise
    flat = [part for one, value in pairs for part in (list(one.codes), value)]
    return ["match", ["get", drawing.column], *flat, otherwise]


def _layer(
    view: LayerView, part: str, kind: str, paint: dict[str, Any], kinds: list[str],
    *more: list[Any], zoom: int = 0, layout: dict[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    name = view.layer.name
    out: dict[str, Any] = {
        "id": f"{name}-{part}", "type": kind, "source": name, "source-layer": name,
        "filter": ["all", _shape(kinds), *more], "paint": paint, "layout": layout or {},
    }  # fmt: skip
    zoom = zoom or drawing_of(view).zoom
    return out | ({"minzoom": zoom} if zoom else {})


def _labels(view: LayerView) -> list[dict[str, Any]]:
    """Return the labels of a layer: of polygons by their points, so that each has one."""
    label, kinds = label_of(view), view.layer.geometry
    if not label:
        return []
    out: list[dict[str, Any]] = []
    if "polygon" in kinds:
        out += _polygon_labels(view, label)
    for kind in ("line", "point"):
        if kind in kinds:
            one = _label(view, label, f"label-{kind}", along=kind == "line")
            out.append({**one, "filter": _shape([kind])})
    return out


def _polygon_labels(view: LayerView, label: str) -> list[dict[str, Any]]:
    drawing, source = drawing_of(view), f"{view.layer.name}{LABELS}"
    by_zoom = [c for c in drawing.classes if c.zoom]
    if not by_zoom:
        return [{**_label(view, label, "label"), "source-layer": source}]
    out = []
    for one in reversed(by_zoom):
        made = _label(view, label, f"label-{one.codes[0]}")
        made["layout"]["text-size"] = 10 + 2 * one.width
        out.append({**made, "source-layer": source, "minzoom": one.zoom + 1,
                    "filter": _one_of(drawing, one)})  # fmt: skip
    return out


def _label(view: LayerView, label: str, part: str, *, along: bool = False) -> dict[str, Any]:
    layout: dict[str, Any] = {
        "text-field": _text(label), "text-font": FONTS, "text-size": 12,
        "symbol-placement": "line" if along else "point", "text-max-width": 8,
    }  # fmt: skip
    if part == "label-point":
        layout |= {"text-variable-anchor": ["top", "bottom", "left", "right"],
                   "text-radial-offset": 0.6}  # fmt: skip
    return {
        "id": f"{view.layer.name}-{part}", "type": "symbol", "source": view.layer.name,
        "source-layer": view.layer.name, "minzoom": drawing_of(view).label_zoom, "layout": layout,
        "paint": {"text-color": INK, "text-halo-color": HALO, "text-halo-width": 1.4},
    }  # fmt: skip


def _text(column: str) -> list[Any]:
    """Return the text of a label, two pairs of wide brackets narrow: MapLibre draws （ blank."""
    text: list[Any] = ["to-string", ["get", column]]
    for number, (wide, narrow) in enumerate(2 * (("（", "("), ("）", ")"))):
        whole, at = f"text{number}", f"at{number}"
        after = ["slice", ["var", whole], ["+", ["var", at], 1]]
        cut = ["concat", ["slice", ["var", whole], 0, ["var", at]], narrow, after]
        text = ["let", whole, text, ["let", at, ["index-of", wide, ["var", whole]],
                ["case", ["<", ["var", at], 0], ["var", whole], cut]]]  # fmt: skip
    return text


def _shape(kinds: list[str]) -> list[Any]:
    wanted = [_GEOMETRY[k] for k in kinds]
    return ["in", ["geometry-type"], ["literal", [*wanted, *(f"Multi{w}" for w in wanted)]]]
