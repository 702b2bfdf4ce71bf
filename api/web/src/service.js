// Asks the service: addresses, the key, and errors as the service tells them (problem+json).
import { word } from "./words.js";

const BASE = new URL(".", document.baseURI);
const KEY = "geoplan-key";
const ACCEPT = "application/json, application/geo+json;q=0.9, application/schema+json;q=0.9";
let key = "";
try {
  key = sessionStorage.getItem(KEY) ?? "";
} catch { /* storage is switched off: the key lives as long as the page */ }

/** Tell whether a key is set. */
export const hasKey = () => key !== "";

/** Use a key for this tab; an empty one forgets it. */
export function setKey(text) {
  key = text;
  try {
    if (text) sessionStorage.setItem(KEY, text);
    else sessionStorage.removeItem(KEY);
  } catch { /* as above */ }
}

/** Return the address of a path of the service. */
export function address(path, query = {}) {
  const url = new URL(path, BASE);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

/** An answer of the service that is an error, with what to do about it. */
export class Problem extends Error {
  constructor(status, body = {}) {
    super(body.detail || body.title || word("noAnswer"));
    this.status = status;
    this.code = body.code ?? "";
    this.fix = body.fix ?? "";
    this.context = body.context ?? {};
  }
}

/** Return the JSON of a path; throws a Problem. */
export async function get(path, query = {}, signal = undefined, withKey = key) {
  const headers = { Accept: ACCEPT, ...(withKey && { "X-API-Key": withKey }) };
  let answer;
  try {
    answer = await fetch(address(path, query), { headers, signal });
  } catch (reason) {
    if (reason.name === "AbortError") throw reason;
    throw new Problem(0);
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(answer.status, body);
  return body;
}

/** Ask again while the service still computes its answers; `tell` is given the share done, in %. */
export async function patiently(ask, signal, tell) {
  for (;;) {
    try {
      return await ask();
    } catch (reason) {
      if (reason.code !== "starting" || signal.aborted) throw reason;
      tell(reason.context.progress_pct ?? 0);
      await new Promise((go) => setTimeout(go, 1000 * (reason.context.retry_after_s ?? 5)));
      signal.throwIfAborted();
    }
  }
}

/** For MapLibre: the key goes with requests to this service only. */
export function withKey(text) {
  const url = new URL(text, BASE);
  // behind a proxy the service may believe in another scheme or port than the browser sees
  if (url.hostname === BASE.hostname) [url.protocol, url.port] = [BASE.protocol, BASE.port];
  const plain = url.href.replaceAll("%7B", "{").replaceAll("%7D", "}");
  return url.origin === BASE.origin && key ? { url: plain, headers: { "X-API-Key": key } } : { url: plain };
}
