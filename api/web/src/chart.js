// The map itself: MapLibre, its controls, base maps, the circle and the mark of the place asked.
import { at, make } from "./dom.js";
import { address, withKey } from "./service.js";
import { word } from "./words.js";

const { maplibregl } = window;
const CJK = "'Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei','SimHei',sans-serif";
const NOTHING = { type: "FeatureCollection", features: [] };

/** Make the map in its element; it opens on a box, unless the address holds a view. */
export function makeMap(style, bounds) {
  maplibregl.setWorkerUrl(new URL("maplibre-gl-worker.js", import.meta.url).href);
  const map = new maplibregl.Map({
    container: "map", style, bounds, fitBoundsOptions: { padding: paddingOf() }, hash: "map", maxZoom: 20, maxPitch: 0,
    dragRotate: false, pitchWithRotate: false, touchPitch: false, attributionControl: false,
    localIdeographFontFamily: CJK, transformRequest: withKey,
    canvasContextAttributes: { preserveDrawingBuffer: true }, // what is drawn can be printed
    locale: {
      "NavigationControl.ZoomIn": word("zoomIn"), "NavigationControl.ZoomOut": word("zoomOut"),
      "Map.Title": word("map"),
    },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "bottom-right");
  map.addControl(new maplibregl.ScaleControl({ maxWidth: 120 }), "bottom-left");
  map.addControl(new maplibregl.AttributionControl({ compact: false }), "bottom-left");
  const place = (lngLat) => {
    at("place").textContent = `${coordinates(lngLat)} · CGCS2000 · z${map.getZoom().toFixed(1)}`;
  };
  map.on("mousemove", (event) => place(event.lngLat));
  map.on("moveend", () => place(map.getCenter()));
  map.once("load", () => place(map.getCenter()));
  window.addEventListener("beforeprint", () => map.resize().redraw());
  window.addEventListener("afterprint", () => map.resize());
  return map;
}

/** Write a place as it stands on the page. */
export const coordinates = ({ lng, lat }) => `${lng.toFixed(5)}°E ${lat.toFixed(5)}°N`;

/** Return a style without the parts that would ask elsewhere, with what the page draws itself. */
export function ownStyle(style) {
  const { glyphs, sprite, ...rest } = style; // letters are drawn by the browser
  const sources = Object.entries(style.sources).map(([name, { attribution, ...source }]) => [name, source]);
  const names = style.layers.findIndex((layer) => layer.type === "symbol");
  const under = names < 0 ? style.layers.length : names;
  return {
    ...rest, // the page's foot says what the sources' attribution does
    sources: { ...Object.fromEntries(sources), "page-circle": { type: "geojson", data: NOTHING } },
    layers: [...style.layers.slice(0, under), ...CIRCLE, ...style.layers.slice(under).map(lettered), PLACE],
  };
}

const CIRCLE = [
  { id: "page-circle", type: "fill", source: "page-circle",
    filter: ["in", ["geometry-type"], ["literal", ["Polygon", "MultiPolygon"]]],
    paint: { "fill-color": "#e07a1f", "fill-opacity": 0.18 } },
  { id: "page-circle-edge", type: "line", source: "page-circle",
    paint: { "line-color": "#b4570a", "line-width": 2 } },
];
const PLACE = { id: "page-place", type: "circle", source: "page-circle",
  filter: ["==", ["geometry-type"], "Point"],
  paint: { "circle-radius": 6, "circle-color": "#b4570a", "circle-stroke-color": "#fff", "circle-stroke-width": 2 } };

const lettered = (layer) => (layer.type !== "symbol" ? layer
  : { ...layer, layout: { ...layer.layout, "text-font": [CJK] } });

/** Draw GeoJSON features of the page's own: the circle, the place asked. */
export const draw = (map, ...features) =>
  map.getSource("page-circle")?.setData({ type: "FeatureCollection", features: features.filter(Boolean) });

/** A point as a feature. */
export const point = (lng, lat) =>
  ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [lng, lat] } });

/** Offer the base maps of the service, and lay the chosen one under everything else. */
export function offerBases(map, bases) {
  at("bases").hidden = bases.length === 0;
  const chosen = at("base").value;
  at("base").replaceChildren(make("option", { value: "" }, word("noBase")),
    ...bases.map((b) => make("option", { value: b.name }, b.title)));
  at("base").value = chosen;
  at("base").onchange = () => layBase(map, bases.find((b) => b.name === at("base").value));
  layBase(map, bases.find((b) => b.name === chosen));
}

function layBase(map, base) {
  if (map.getLayer("page-base")) map.removeLayer("page-base");
  if (map.getSource("page-base")) map.removeSource("page-base");
  if (!base) return;
  const tiles = address(base.tiles).href.replaceAll("%7B", "{").replaceAll("%7D", "}");
  map.addSource("page-base", {
    type: "raster", tiles: [tiles], tileSize: 256, minzoom: base.minzoom, maxzoom: base.maxzoom,
    attribution: escape(base.attribution),
  });
  const first = map.getStyle().layers.find((l) => l.type !== "background")?.id;
  map.addLayer({ id: "page-base", type: "raster", source: "page-base" }, first);
}

const escape = (text) => make("i", {}, text ?? "").innerHTML; // MapLibre takes it as markup

/** Return the room that the panels take. */
const paddingOf = (panel = false) => (innerWidth > 720
  ? { top: 30, bottom: 40, left: 280, right: panel ? 400 : 40 }
  : { top: 15, bottom: panel ? innerHeight * 0.48 : 30, left: 15, right: 15 });

/** Move the map to a box, to be seen beside the panels. */
export function flyTo(map, [west, south, east, north]) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  map.fitBounds([[west, south], [east, north]],
    { padding: paddingOf(true), maxZoom: Math.max(14, map.getZoom()), animate: !still });
}
