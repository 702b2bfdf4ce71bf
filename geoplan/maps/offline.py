"""Maps with no internet (离线地图): folium pages whose scripts and styles are inside the page."""

from __future__ import annotations

import base64
import html
import re
from functools import lru_cache
from importlib import resources
from typing import Any

import folium
from branca.element import Element, MacroElement
from jinja2 import Template

from geoplan.schemas.results import BANNER

NOTE = "示意图，非法定界线"
"""Stands in the corner of every map: geoplan states no legal boundary."""

_URL = re.compile(r"url\(([^)]+)\)")
_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


@lru_cache(maxsize=1)
def _leaflet() -> tuple[str, str, str]:
    """Return Leaflet's style with its images inside, Leaflet's and jQuery's scripts."""
    leaflet = resources.files("xstatic.pkg.leaflet") / "data"
    jquery = resources.files("xstatic.pkg.jquery") / "data"

    def inside(found: re.Match[str]) -> str:
        name = found.group(1).strip("'\" ")
        image = leaflet / name
        if name.startswith(("#", "data:")) or not image.is_file():
            return "none" if not name.startswith(("#", "data:")) else found.group(0)
        return f"url(data:image/png;base64,{base64.b64encode(image.read_bytes()).decode()})"

    style = _URL.sub(inside, (leaflet / "leaflet.css").read_text(encoding="utf-8"))
    script = (leaflet / "leaflet.js").read_text(encoding="utf-8")
    script = re.sub(r"//# sourceMappingURL=.*", "", script)
    script = script.replace("https://leafletjs.com", "#")  # a link in the prefix never shown
    jq = (jquery / "jquery.min.js").read_text(encoding="utf-8")
    return style, script, re.sub(r"//# sourceMappingURL=.*", "", jq)


class _Behaviour(MacroElement):
    """Scale bar, note in the corner without the library's prefix, labels by zoom."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        L.control.scale({imperial: false, position: "bottomleft"})
          .addTo({{ this._parent.get_name() }});
        {{ this._parent.get_name() }}.attributionControl.setPrefix(false);
        {{ this._parent.get_name() }}.attributionControl.addAttribution("{{ this.note }}");
        (function (map) {
          function labels() {
            map.getContainer().classList.toggle("gp-near", map.getZoom() >= 10);
          }
          map.on("zoomend", labels);
          labels();
        })({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, note: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "GeoplanBehaviour"
        self.note = html.escape(note)


_STYLE = """
.leaflet-container { background: #f7f7f4; font: 13px/1.45 "Noto Sans SC", "Noto Sans CJK SC",
  "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif; }
.gp-card { position: absolute; z-index: 900; background: rgba(255,255,255,.94); padding: 8px 12px;
  border: 1px solid #c9cdd1; border-radius: 3px; font: 13px/1.5 "Noto Sans SC",
  "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #22303a; max-width: 300px; }
.gp-title { left: 54px; top: 10px; }
.gp-title b { font-size: 16px; }
.gp-legend { right: 10px; bottom: 28px; }
.gp-legend i { display: inline-block; width: 16px; height: 12px; margin-right: 6px;
  border: 1px solid #8a949b; vertical-align: -1px; }
.gp-legend i.dot { border-radius: 50%; width: 10px; height: 10px; margin: 0 9px 0 3px; }
.gp-banner { color: #b00020; font-weight: 700; letter-spacing: 1px; }
.gp-label { white-space: nowrap; text-align: center; transform: translate(-50%, -50%);
  color: #22303a; text-shadow: 0 0 3px #fff, 0 0 3px #fff, 0 0 3px #fff; pointer-events: none;
  position: absolute; }
.gp-label.gp-county { font-size: 17px; font-weight: 700; letter-spacing: 3px; }
.gp-label.gp-township { font-size: 12px; display: none; }
.gp-near .gp-label.gp-township { display: block; }
.gp-near .gp-label.gp-county { opacity: .45; }
.leaflet-control-layers { font-size: 13px; }
.leaflet-popup-content { font-size: 12px; margin: 10px 16px; }
.leaflet-popup-content th { white-space: nowrap; padding-right: 10px; text-align: left; }
"""


class OfflineMap(folium.Map):
    """
    A folium map that needs no internet, in a notebook and as a file.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees: what to show first.
    synthetic
        Whether to carry the banner 演示数据·非真实.
    title
        Heading in the corner; none when empty.
    lines
        Small lines under the heading.
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    def __init__(
        self,
        bounds: tuple[float, float, float, float],
        *,
        synthetic: bool = False,
        title: str = "",
        lines: tuple[str, ...] = (),
    ) -> None:
        super().__init__(tiles=None, prefer_canvas=True, zoom_start=9, zoom_control=True)
        self.options.update({"maxZoom": 18, "minZoom": 6, "zoomSnap": 0.25})
        west, south, east, north = bounds
        self.fit_bounds([[south, west], [north, east]])
        figure: Any = self.get_root()
        style, leaflet, jquery = _leaflet()
        for text in (f"<style>{style}</style>", f"<script>{leaflet}</script>",
                     f"<script>{jquery}</script>", f"<style>{_STYLE}</style>"):  # fmt: skip
            figure.header.add_child(Element(_raw(text)))
        _Behaviour(NOTE).add_to(self)
        self._card(synthetic=synthetic, title=title, lines=lines)

    def _card(self, *, synthetic: bool, title: str, lines: tuple[str, ...]) -> None:
        parts = [f'<div class="gp-banner">{BANNER}</div>'] if synthetic else []
        parts += [f"<b>{html.escape(title)}</b>"] if title else []
        parts += [f"<div>{html.escape(line)}</div>" for line in lines]
        if parts:
            self.add_html(f'<div class="gp-card gp-title">{"".join(parts)}</div>')

    def add_html(self, text: str) -> None:
        """Add a piece of page above the map."""
        root: Any = self.get_root()
        root.html.add_child(Element(_raw(text)))

    def _repr_html_(self, **kwargs: Any) -> str:
        """Show in a notebook: the whole page in a frame, nothing fetched."""
        return notebook_html(page(self), int(kwargs.get("height", 520)))


def _raw(text: str) -> str:
    """Keep a text from being read as a template."""
    return "{% raw %}" + text + "{% endraw %}"


def page(chart: folium.Map) -> str:
    """
    Return a map as one page that fetches nothing, the same for the same content.

    Parameters
    ----------
    chart
        An `OfflineMap` with its layers.

    Returns
    -------
    html
        The page.
    """
    root: Any = chart.get_root()
    text = root.render()
    order: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        return order.setdefault(found.group(0), f"{len(order) + 1}")

    return _ID.sub(number, str(text))


def notebook_html(text: str, height_px: int) -> str:
    """Return a page as a frame for a notebook cell."""
    return (
        f'<iframe srcdoc="{html.escape(text, quote=True)}" style="width:100%;'
        f'height:{height_px}px;border:1px solid #ccc" allowfullscreen></iframe>'
    )
