// The search box: a combobox over /search, moved through with the arrow keys.
import { at, make } from "./dom.js";
import { get } from "./service.js";
import { word } from "./words.js";

/** Make the box work; `go` is called with the chosen result, `fail` with an error. */
export function startSearch(go, fail) {
  const box = at("q"), list = at("hits"), said = at("found");
  let results = [], marked = -1, asked = new AbortController(), timer;

  const close = () => {
    list.hidden = true;
    marked = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const choose = (result) => {
    clearTimeout(timer);
    asked.abort();
    close();
    box.value = result.name;
    go(result);
  };
  const mark = (n) => {
    marked = (n + results.length) % results.length;
    [...list.children].forEach((row, i) => row.setAttribute("aria-selected", String(i === marked)));
    box.setAttribute("aria-activedescendant", `hit-${marked}`);
    list.children[marked].scrollIntoView({ block: "nearest" });
  };
  const show = (answer) => {
    results = answer.results;
    marked = -1;
    const rows = results.map((r, i) => make("li", {
      role: "option", id: `hit-${i}`, "aria-selected": "false",
      onmousedown: (event) => { event.preventDefault(); choose(r); },
    }, make("b", {}, r.name), " ", make("span", {}, [r.kind, r.context, r.code].filter(Boolean).join(" · "))));
    if (!rows.length) rows.push(make("li", { class: "none" }, word("none")));
    list.replaceChildren(...rows);
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    said.textContent = results.length ? word("found", answer.numberMatched) : word("none");
  };
  const ask = async () => {
    clearTimeout(timer);
    asked.abort();
    asked = new AbortController();
    const q = box.value.trim();
    results = [];
    if (!q) return close();
    try {
      show(await get("search", { q, limit: 12 }, asked.signal));
    } catch (reason) {
      if (reason.name !== "AbortError") fail(reason);
    }
  };
  const soon = (event) => {
    if (event.isComposing) return; // an input method is still writing
    clearTimeout(timer);
    timer = setTimeout(ask, 180);
  };
  box.addEventListener("input", soon);
  box.addEventListener("compositionend", soon);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown" && results.length && !list.hidden) mark(marked + 1);
    else if (event.key === "ArrowUp" && results.length && !list.hidden) mark(marked < 0 ? -1 : marked - 1);
    else return;
    event.preventDefault();
  });
  box.addEventListener("blur", close);
  at("search").addEventListener("submit", async (event) => {
    event.preventDefault();
    const wanted = marked;
    if (list.hidden || wanted < 0) await ask();
    if (results.length) choose(results[Math.max(wanted, 0)]);
  });
}
