// What is told of a place, a unit or a feature: the numbers and how they came about.
import { at, make } from "./dom.js";
import { get, patiently } from "./service.js";
import { amount, either, language, number, word } from "./words.js";

const GROUPS = ["elders_60", "elders_65", "elders_80", "persons"];
let asked = new AbortController();

/** Open the panel with a heading; what was asked for before is let go. */
export function openPanel(title, about, synthetic) {
  asked.abort();
  asked = new AbortController();
  at("panel").hidden = false;
  at("details").replaceChildren(make("h2", {}, title), make("p", { class: "about" }, about),
    synthetic ? make("p", { class: "synthetic" }, word("synthetic")) : "");
  at("panel").scrollTop = 0;
}

/** Close the panel. */
export function closePanel() {
  asked.abort();
  at("panel").hidden = true;
}

/** Add a section whose content comes later: `fill(signal)` gives elements, or nothing. */
async function section(title, fill) {
  const { signal } = asked;
  const wait = make("p", { class: "wait" }, word("loading"));
  const block = make("section", {}, make("h3", {}, title), wait);
  at("details").append(block);
  const tell = (share) => (wait.textContent = `${word("loading")} ${share} %`);
  try {
    const found = await patiently(() => fill(signal), signal, tell);
    if (!signal.aborted) wait.replaceWith(...[found].flat().filter(Boolean));
  } catch (reason) {
    if (reason.name === "AbortError") return;
    const hidden = reason.status === 404 && reason.code === "unknown_id";
    wait.replaceWith(make("p", { class: "wrong" }, hidden ? word("closed") : reason.message,
      !hidden && reason.fix ? ` ${word("fix", reason.fix)}` : ""));
  }
}

/** Tell the standards and the coverage of a unit. */
export function tellUnit(unit) {
  section(word("standards"), (signal) => checks(unit, signal));
  section(word("coverage"), (signal) => coverage(unit, signal));
}

async function checks(unit, signal) {
  const { rows } = await get("standards/checks", { unit }, signal);
  if (!rows.length) return make("p", {}, word("noChecks"));
  const byRule = Map.groupBy ? Map.groupBy(rows, (r) => r.rule_id) : grouped(rows);
  return [...byRule.values()].map((same) => rule(unit, same));
}

function grouped(rows) {
  const byRule = new Map();
  for (const row of rows) byRule.set(row.rule_id, [...(byRule.get(row.rule_id) ?? []), row]);
  return byRule;
}

function rule(unit, rows) {
  const [first] = rows;
  const title = `${either(first.title_zh, first.title_en)}`;
  const lines = rows.map((row) => make("span", { class: "value" },
    make("b", {}, amount(row.value, row.unit)),
    row.target == null ? "" : ` ${word("target", `${row.operator} ${amount(row.target, row.unit)}`)}`,
    language() === "zh" && row.denominator_zh ? `（${row.denominator_zh}）` : "",
    make("span", { class: `status ${row.status}` }, word(row.status))));
  const told = make("div", { class: "told" });
  return make("details", {
    ontoggle: async (event) => {
      if (!event.target.open || told.childElementCount) return;
      told.replaceChildren(make("p", { class: "wait" }, word("loading")));
      try {
        const query = { rule: first.rule_id, unit, lang: language() };
        const { explanations } = await get("standards/explain", query, asked.signal);
        told.replaceChildren(...explanations.map((text) => make("pre", {}, text)));
      } catch (reason) {
        if (reason.name !== "AbortError") told.replaceChildren(make("p", { class: "wrong" }, reason.message));
      }
    },
  }, make("summary", {}, make("span", { class: "rule" }, title), ...lines), told);
}

async function coverage(unit, signal) {
  const { rows } = await get("service-circles/coverage", { unit }, signal);
  const limits = [...new Set(rows.map((r) => r.limit_min))].sort((a, b) => a - b);
  const groups = GROUPS.filter((g) => rows.some((r) => r.group === g));
  const cell = (group, limit) => {
    const row = rows.find((r) => r.group === group && r.limit_min === limit);
    const share = row?.cov_share;
    return make("td", share == null ? { title: word("suppressed") } : {}, amount(share, "share"));
  };
  return make("table", {},
    make("thead", {}, make("tr", {}, make("th", {}),
      ...limits.map((m) => make("th", { scope: "col" }, word("within", m))))),
    make("tbody", {}, ...groups.map((g) => make("tr", {},
      make("th", { scope: "row" }, word(g)), ...limits.map((m) => cell(g, m))))));
}

/** Tell a record's columns, in the order and with the titles of its layer's schema. */
export function tellRecord(layer, id, name) {
  section(name, async (signal) => {
    const [{ properties: record }, schema] = await Promise.all([
      get(`collections/${layer}/items/${encodeURIComponent(id)}`, {}, signal),
      get(`collections/${layer}/schema`, {}, signal),
    ]);
    const columns = Object.entries(schema.properties).filter(([column]) => column in record);
    const told = columns.map(([column, how]) => [either(how.title, column), value(record[column], how)]);
    return pairs(told.filter(([, text]) => text !== ""));
  });
}

const pairs = (rows) => make("table", { class: "record" }, make("tbody", {},
  ...rows.map(([title, text]) => make("tr", {}, make("th", { scope: "row" }, title), make("td", {}, text)))));

function value(given, how) {
  if (given == null || given === "") return "";
  if (typeof given === "boolean") return word(given ? "yes" : "no");
  if (typeof given === "number") return how["x-ogc-unit"] === "year" ? String(given) : amount(given, how["x-ogc-unit"]);
  // a coded column tells its words as `code word；code word`
  const told = (how.description ?? "").split("：").at(-1);
  const words = new Map([...told.matchAll(/([\w-]+) ([^；]+)/g)].map((m) => [m[1], m[2]]));
  const said = String(given).split(";").map((part) => either(words.get(part), part));
  return said.join(language() === "zh" ? "、" : ", ");
}

/** Tell what is near a point, and hand its circle to `drawn`. */
export function tellPlace(lon, lat, drawn) {
  section(word("here"), async (signal) => {
    const answer = await get("service-circles/at", { lon: lon.toFixed(6), lat: lat.toFixed(6) }, signal);
    const { way } = answer.properties.nearest;
    drawn(answer.geometry && answer, way && { type: "Feature", properties: {}, geometry: way });
    return here(answer);
  });
}

function here({ properties: told }) {
  const { nearest, people, facilities, minutes } = told;
  const near = nearest.name ? `${nearest.name}，${walked(nearest)}` : walked(nearest);
  const counts = people.map(({ group, persons }) => [word(group),
    persons == null ? word("suppressed") : amount(persons, group === "households" ? "household" : "person")]);
  return [
    make("p", { class: "nearest" }, make("b", {}, `${word("nearest")} `), language() === "zh" ? near : near.replace("，", ", ")),
    nearest.sentence_zh && make("p", { class: "about" }, either(nearest.sentence_zh, nearest.sentence_en)),
    pairs([[word("facilities", minutes), number(facilities.length)], ...counts]),
    facilities.length ? make("details", {}, make("summary", {}, word("inside", minutes)),
      make("ul", { class: "near" }, ...facilities.slice(0, 30).map((f) =>
        make("li", {}, f.name, make("span", {}, ` ${word("walk", number(f.walk_min))}`))))) : null,
  ];
}

const walked = ({ walk_min: minutes }) => (minutes == null ? word("beyond") : word("walk", number(minutes)));
