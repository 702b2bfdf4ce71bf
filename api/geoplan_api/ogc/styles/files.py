"""Styles for desktop programs (桌面样式): QML of QGIS, SLD 1.1."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from geoplan_api.ogc.styles.cartography import HALO, INK, drawing_of, label_of, other_codes, words

if TYPE_CHECKING:
    from geoplan_api.ogc.styles.cartography import Drawing
    from geoplan_api.security.access import LayerView

_MM = 0.26
"""Millimetres of a pixel."""
_TYPES = {"point": ("marker", "SimpleMarker", "0"), "line": ("line", "SimpleLine", "1"),
          "polygon": ("fill", "SimpleFill", "2")}  # fmt: skip
_FONT = "Noto Sans CJK SC"
_SE, _SLD, _OGC = (f"http://www.opengis.net/{n}" for n in ("se", "sld", "ogc"))


class _Rule:
    """One class: its codes (none: all others), how it is called, colour and width."""

    def __init__(self, drawing: Drawing, codes: tuple[str, ...], title: str, colour: str,
                 width: float) -> None:  # fmt: skip
        self.codes, self.title, self.colour = codes, title, colour
        self.width, self.drawing = width or drawing.width, drawing


def _rules(view: LayerView) -> list[_Rule]:
    drawing, layer = drawing_of(view), view.layer
    out = [
        _Rule(drawing, c.codes, words(layer, drawing.column, c.codes)[0], c.colour, c.width)
        for c in drawing.classes
    ]
    if not out or other_codes(layer, drawing):
        title = "其他" if out else layer.zh
        out.append(_Rule(drawing, (), title, drawing.colour, 0.0))
    return out


def qml(view: LayerView, kind: str) -> bytes:
    """
    Return the style of a layer for QGIS 3.22 and newer.

    Parameters
    ----------
    view
        The layer.
    kind
        ``point``, ``line`` or ``polygon``: a QGIS layer has one.
    """
    drawing, rules = drawing_of(view), _rules(view)
    root = ET.Element("qgis", version="3.22.0", styleCategories="Symbology|Labeling",
                       labelsEnabled=str(int(bool(label_of(view)))))  # fmt: skip
    single = not drawing.classes
    renderer = ET.SubElement(root, "renderer-v2", symbollevels="0", forceraster="0",
                              type="singleSymbol" if single else "categorizedSymbol")  # fmt: skip
    symbols = ET.Element("symbols")
    if not single:
        renderer.set("attr", drawing.column)
        categories = ET.SubElement(renderer, "categories")
        for rule in rules:
            for code in rule.codes or ("",):
                title = words(view.layer, drawing.column, (code,))[0] if code else rule.title
                ET.SubElement(categories, "category", symbol=str(len(symbols)), value=code,
                               label=title, render="true")  # fmt: skip
                _symbol(symbols, rule, kind)
    else:
        _symbol(symbols, rules[0], kind)
    renderer.append(symbols)
    if label_of(view):
        root.append(_labeling(label_of(view), kind))
    ET.SubElement(root, "layerGeometryType").text = _TYPES[kind][2]
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return head.encode() + bytes(ET.tostring(root, encoding="utf-8"))


def _symbol(symbols: ET.Element, rule: _Rule, kind: str) -> None:
    type_, class_, _ = _TYPES[kind]
    symbol = ET.SubElement(symbols, "symbol", name=str(len(symbols)), type=type_, alpha="1",
                            clip_to_extent="1", force_rhr="0")  # fmt: skip
    layer = ET.SubElement(symbol, "layer", {"class": class_, "enabled": "1", "locked": "0",
                                             "pass": "0"})  # fmt: skip
    for key, value in _properties(rule, kind).items():
        ET.SubElement(layer, "prop", k=key, v=value)


def _properties(rule: _Rule, kind: str) -> dict[str, str]:
    drawing, colour = rule.drawing, _rgba(rule.colour)
    width = f"{rule.width * _MM:.2f}"
    if kind == "point":
        return {"name": "circle", "color": colour, "size": f"{2 * drawing.radius * _MM:.2f}",
                "size_unit": "MM", "outline_color": _rgba(HALO), "outline_width": "0.2",
                "outline_width_unit": "MM"}  # fmt: skip
    if kind == "line":
        dash = ";".join(f"{d * rule.width * _MM:.2f}" for d in drawing.dash)
        return {"line_color": colour, "line_width": width, "line_width_unit": "MM",
                "line_style": "solid", "joinstyle": "round", "capstyle": "round",
                "use_custom_dash": str(int(bool(dash))), "customdash": dash or "5;2",
                "customdash_unit": "MM"}  # fmt: skip
    return {"color": _rgba(rule.colour, drawing.fill), "style": "solid" if drawing.fill else "no",
            "outline_color": colour, "outline_width": width, "outline_width_unit": "MM",
            "outline_style": "dash" if drawing.dash else "solid", "joinstyle": "round"}  # fmt: skip


def _rgba(colour: str, opacity: float = 1.0) -> str:
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return ",".join(map(str, (*parts, round(255 * opacity))))


def _labeling(column: str, kind: str) -> ET.Element:
    labeling = ET.Element("labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    text = ET.SubElement(settings, "text-style", fieldName=column, isExpression="0",
                          fontFamily=_FONT, fontSize="9", fontSizeUnit="Point",
                          textColor=_rgba(INK))  # fmt: skip
    ET.SubElement(text, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferSizeUnits="MM",
                   bufferColor=_rgba(HALO))  # fmt: skip
    placement = {"point": "6", "line": "2", "polygon": "1"}[kind]
    ET.SubElement(settings, "placement", placement=placement, dist="1", distUnits="MM")
    ET.SubElement(settings, "rendering", drawLabels="1", labelPerPart="0", obstacle="1")
    return labeling


def sld(view: LayerView, kind: str) -> bytes:
    """Return the style of a layer as Styled Layer Descriptor 1.1; see `qml`."""
    for prefix, uri in (("se", _SE), ("", _SLD), ("ogc", _OGC)):
        ET.register_namespace(prefix, uri)
    root = ET.Element(f"{{{_SLD}}}StyledLayerDescriptor", version="1.1.0")
    named = ET.SubElement(root, f"{{{_SLD}}}NamedLayer")
    _text(named, _SE, "Name", view.layer.name)
    user = ET.SubElement(named, f"{{{_SLD}}}UserStyle")
    _text(user, _SE, "Name", view.layer.name)
    style = ET.SubElement(user, f"{{{_SE}}}FeatureTypeStyle")
    for rule in _rules(view):
        _sld_rule(style, rule, kind)
    if label_of(view):
        _sld_label(ET.SubElement(style, f"{{{_SE}}}Rule"), label_of(view))
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _text(parent: ET.Element, space: str, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, f"{{{space}}}{tag}", attributes).text = text


def _sld_rule(style: ET.Element, rule: _Rule, kind: str) -> None:
    element = ET.SubElement(style, f"{{{_SE}}}Rule")
    _text(element, _SE, "Name", rule.title)
    about = ET.SubElement(element, f"{{{_SE}}}Description")
    _text(about, _SE, "Title", rule.title)
    column = rule.drawing.column
    if rule.codes:
        _sld_filter(element, column, rule.codes)
    elif column:
        ET.SubElement(element, f"{{{_SE}}}ElseFilter")
    if kind == "point":
        symbol = ET.SubElement(element, f"{{{_SE}}}PointSymbolizer")
        graphic = ET.SubElement(symbol, f"{{{_SE}}}Graphic")
        mark = ET.SubElement(graphic, f"{{{_SE}}}Mark")
        _text(mark, _SE, "WellKnownName", "circle")
        _parameters(mark, "Fill", {"fill": rule.colour})
        _parameters(mark, "Stroke", {"stroke": HALO, "stroke-width": "0.8"})
        _text(graphic, _SE, "Size", f"{2 * rule.drawing.radius:g}")
        return
    stroke = {"stroke": rule.colour, "stroke-width": f"{rule.width:g}", "stroke-linejoin": "round"}
    if rule.drawing.dash:
        stroke["stroke-dasharray"] = " ".join(f"{d * rule.width:g}" for d in rule.drawing.dash)
    symbol = ET.SubElement(element, f"{{{_SE}}}{kind.capitalize()}Symbolizer")
    if kind == "polygon" and rule.drawing.fill:
        _parameters(symbol, "Fill", {"fill": rule.colour, "fill-opacity": f"{rule.drawing.fill:g}"})
    _parameters(symbol, "Stroke", stroke)


def _sld_filter(element: ET.Element, column: str, codes: tuple[str, ...]) -> None:
    parent = ET.SubElement(element, f"{{{_OGC}}}Filter")
    if len(codes) > 1:
        parent = ET.SubElement(parent, f"{{{_OGC}}}Or")
    for code in codes:
        equal = ET.SubElement(parent, f"{{{_OGC}}}PropertyIsEqualTo")
        _text(equal, _OGC, "PropertyName", column)
        _text(equal, _OGC, "Literal", code)


def _parameters(parent: ET.Element, tag: str, values: dict[str, str]) -> None:
    element = ET.SubElement(parent, f"{{{_SE}}}{tag}")
    for name, value in values.items():
        _text(element, _SE, "SvgParameter", value, name=name)


def _sld_label(rule: ET.Element, column: str) -> None:
    symbol = ET.SubElement(rule, f"{{{_SE}}}TextSymbolizer")
    label = ET.SubElement(symbol, f"{{{_SE}}}Label")
    _text(label, _OGC, "PropertyName", column)
    _parameters(symbol, "Font", {"font-family": _FONT, "font-size": "12"})
    halo = ET.SubElement(symbol, f"{{{_SE}}}Halo")
    _text(halo, _SE, "Radius", "1.4")
    _parameters(halo, "Fill", {"fill": HALO})
    _parameters(symbol, "Fill", {"fill": INK})
