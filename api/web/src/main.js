// The map page: puts the parts together.
import { coordinates, draw, flyTo, makeMap, offerBases, ownStyle, point } from "./chart.js";
import { at, make } from "./dom.js";
import { layerOf, layersOf, showLayers } from "./layers.js";
import { closePanel, openPanel, tellPlace, tellRecord, tellUnit } from "./panel.js";
import { startSearch } from "./search.js";
import { Problem, get, hasKey, setKey } from "./service.js";
import { either, label, switchLanguage, word } from "./words.js";

const LEVELS = ["village", "township", "county", "prefecture", "province"];
const NARROW = matchMedia("(max-width: 720px)");
let map, city;

/** Ask for everything that depends on who asks. */
async function readCity(key) {
  const [front, style, all, bases] = await Promise.all(
    [".", "styles/city", "collections", "basemaps"].map((path) => get(path, {}, undefined, key)),
  );
  const collections = all.collections.filter((c) => !c.id.endsWith("_labels"));
  return { front, style, collections, layers: layersOf(style), bases: bases.basemaps };
}

function showCity() {
  const { front, style, collections, layers } = city;
  const tables = collections.filter((c) => !layers.has(c.id));
  showLayers(map, style, tables.map((c) => either(c.title, c.id)));
  offerBases(map, city.bases);
  at("title").textContent = front.title;
  document.title = `${front.title} · geoplan`;
  const synthetic = collections.some((c) => c.geoplan?.synthetic);
  at("note").replaceChildren(synthetic ? make("b", { class: "synthetic" }, word("synthetic")) : "",
    ` ${word("sketch")}`);
  at("show-key").textContent = word(hasKey() ? "keySetNow" : "key");
}

function ask(lngLat, features) {
  const found = features.map((f) => ({ layer: city.layers.get(layerOf(f.layer)), f: f.properties, area: isArea(f) }))
    .filter(({ layer }) => layer);
  const units = found.filter(({ layer, f }) => layer.id === "admin_units" && f.unit_code).map(({ f }) => f)
    .sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
  const record = found.find(({ layer, area }) => layer.id !== "admin_units" && !area);
  const [unit] = units;
  const name = (record ? record.f[record.layer.label] ?? titleOf(record.layer) : unit?.name) ?? coordinates(lngLat);
  const around = [...new Set(units.map((u) => u.name))].filter((n) => n !== name);
  openPanel(name, around.join(" · "), Boolean((record?.f ?? unit)?.synthetic));
  if (record) tell(record);
  circleAt(lngLat.lng, lngLat.lat);
  if (unit) tellUnit(unit.unit_code);
  const areas = found.filter(({ layer, area }) => layer.id !== "admin_units" && area);
  new Map(areas.map((one) => [one.layer.id, one])).forEach(tell);
}

/** Mark a place, tell what is near it, and draw its circle when it is known. */
function circleAt(lon, lat) {
  const place = point(lon, lat);
  draw(map, place);
  tellPlace(lon, lat, (...circle) => draw(map, ...circle, place));
}

const isArea = ({ geometry }) => geometry.type.endsWith("Polygon");
const titleOf = ({ title, title_en: english }) => either(title, english);
const tell = ({ layer, f }) => tellRecord(layer.id, f[layer.key], titleOf(layer));

/** Return the box where the map opens: where the facilities are, since units hold those around the city. */
function boundsOf({ collections }) {
  const boxOf = (id) => collections.find((c) => c.id === id)?.extent.spatial?.bbox[0];
  const units = boxOf("admin_units"), places = boxOf("facilities");
  const few = units && places && places[2] - places[0] < (units[2] - units[0]) / 4;
  return few ? units : places ?? units;
}

function askAt(screen, lngLat) {
  const near = [[screen.x - 5, screen.y - 5], [screen.x + 5, screen.y + 5]];
  ask(lngLat, map.queryRenderedFeatures(near));
}

function goTo(result) {
  if (result.bbox) flyTo(map, result.bbox);
  openPanel(result.name, [result.kind, result.context, result.code].filter(Boolean).join(" · "), result.synthetic);
  draw(map);
  if (result.layer === "admin_units") tellUnit(result.code);
  else tellRecord(result.layer, result.id, titleOf(city.layers.get(result.layer)));
  if (result.layer !== "admin_units" && result.point) circleAt(...result.point);
  at("panel").focus({ preventScroll: true });
}

function say(reason) {
  const text = reason instanceof Problem && reason.status === 401 ? word("wrongKey") : reason.message;
  at("message").querySelector("p").textContent =
    [text, reason.fix && word("fix", reason.fix)].filter(Boolean).join(" ");
  at("message").hidden = false;
}

async function useKey(key) {
  city = await readCity(key);
  setKey(key);
  closePanel();
  map.setStyle(ownStyle(city.style), { diff: false });
  map.once("style.load", showCity);
}

function wire() {
  const layers = at("layers");
  const toggle = (open) => {
    layers.hidden = !open;
    at("show-layers").setAttribute("aria-expanded", String(open));
  };
  toggle(!NARROW.matches);
  at("show-layers").onclick = () => toggle(layers.hidden);
  at("close").onclick = () => {
    closePanel();
    draw(map);
    map.getCanvas().focus();
  };
  at("panel").onkeydown = (event) => event.key === "Escape" && at("close").click();
  at("message").querySelector("button").onclick = () => (at("message").hidden = true);
  at("lang").onclick = () => {
    switchLanguage();
    label();
    closePanel();
    if (map) showCity();
  };
  at("show-key").onclick = () => {
    at("key-wrong").textContent = "";
    at("keys").showModal();
  };
  at("keys").querySelector("form").onsubmit = async (event) => {
    const how = event.submitter?.value ?? "set", key = how === "set" ? at("key-text").value.trim() : "";
    if (how === "leave" || (how === "set" && !key)) return;
    event.preventDefault();
    try {
      await useKey(key);
      at("key-text").value = "";
      at("keys").close();
    } catch (reason) {
      at("key-wrong").textContent = reason.status === 401 ? word("wrongKey") : reason.message;
    }
  };
}

async function readWithKey() {
  try {
    return await readCity();
  } catch (reason) {
    if (reason.status !== 401 || !hasKey()) throw reason;
    setKey(""); // it expired meanwhile
    say(reason);
    return readCity();
  }
}

async function start() {
  label();
  wire();
  startSearch(goTo, say);
  try {
    city = await readWithKey();
    map = makeMap(ownStyle(city.style), boundsOf(city));
  } catch (reason) {
    say(reason instanceof Problem ? reason : new Error(word("noGraphics")));
    return;
  }
  map.on("error", ({ error }) => error?.status >= 400 && say(new Error(word("tile", error.status))));
  map.once("style.load", showCity);
  map.on("click", (event) => askAt(event.point, event.lngLat));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    askAt(map.project(map.getCenter()), map.getCenter());
    at("panel").focus({ preventScroll: true });
  });
  map.once("idle", () => (document.body.dataset.ready = "yes"));
  window.geoplan = { map }; // for tests, and whoever looks at the page from the console
}

start();
