// The list of layers: what is drawn, in which colours, on or off.
import { at, make } from "./dom.js";
import { either, language, word } from "./words.js";

const CHOSEN = new Map(); // layer -> on or off, as the reader chose

/** Return the layer of the service that a layer of the style belongs to; empty for the page's own. */
export const layerOf = (drawn) => drawn.metadata?.["geoplan:layer"] ?? "";

/** Return what a style tells of its layers, by id, the topmost first. */
export function layersOf(style) {
  const told = style.metadata?.["geoplan:layers"] ?? [];
  return new Map([...told].reverse().map((layer) => [layer.id, layer]));
}

/** Return the mark of a layer's legend: a fill, a point, or a line as it is dashed. */
function markOf(style, id) {
  const own = style.layers.filter((l) => layerOf(l) === id && l.type !== "symbol");
  const fill = own.find((l) => l.type === "fill" && l.paint?.["fill-opacity"] !== 0);
  const kind = own.some((l) => l.type === "circle") ? "circle" : fill ? "fill" : "line";
  return own.some((l) => l.paint?.["line-dasharray"]) && kind === "line" ? "line dashed" : kind;
}

function swatch(mark, colour) {
  const drawn = make("span", { class: `swatch ${mark}`, "aria-hidden": "true" });
  drawn.style.setProperty("--colour", colour);
  return drawn;
}

/** Write the list, and switch layers of the map when its boxes are ticked. */
export function showLayers(map, style, tables) {
  const rows = [...layersOf(style).values()].map((layer) => row(map, style, layer));
  at("layer-list").replaceChildren(...rows);
  const names = tables.join(language() === "zh" ? "、" : ", ");
  at("tables").textContent = [rows.length ? "" : word("noLayers"), names && word("tables", names)].join(" ");
}

function row(map, style, layer) {
  const id = `layer-${layer.id}`, mark = markOf(style, layer.id), [first, ...more] = layer.legend;
  const on = CHOSEN.get(layer.id) ?? layer.visible;
  const box = make("input", {
    type: "checkbox", id, checked: on,
    onchange: () => {
      CHOSEN.set(layer.id, box.checked);
      show(box.checked);
    },
  });
  const entry = (one) => make("li", {}, swatch(mark, one.colour), either(one.zh, one.en));
  const line = make("li", {}, box,
    make("label", { for: id }, more.length ? null : swatch(mark, first.colour), either(layer.title, layer.title_en)),
    more.length ? make("ul", { class: "legend" }, ...layer.legend.map(entry)) : null);
  const show = (shown) => {
    line.classList.toggle("off", !shown);
    for (const one of layer.style_layers) {
      map.setLayoutProperty(one, "visibility", shown ? "visible" : "none");
    }
  };
  show(on);
  return line;
}
