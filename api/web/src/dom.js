// Makes and finds elements; text goes in as text, never as markup.

/** Return the element with an id. */
export const at = (id) => document.getElementById(id);

/** Make an element: `make("p", { class: "note", onclick: f }, "text", otherElement)`. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "checked" || name === "open") element[name] = value;
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null && child !== ""));
  return element;
}
