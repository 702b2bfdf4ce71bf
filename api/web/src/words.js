// Words of the page, Chinese and English, and how numbers are written.

const WORDS = {
  skip: ["跳到查找", "Skip to search"],
  search: ["查找单元和设施", "Search units and facilities"],
  searchHint: ["名称或代码", "Name or code"],
  hits: ["查找结果", "Results"],
  found: ["找到 {0} 条", "{0} found"],
  none: ["没有找到", "Nothing found"],
  layers: ["图层", "Layers"],
  key: ["密钥", "Key"],
  keySetNow: ["密钥 ✓", "Key ✓"],
  keyLabel: ["访问密钥（API key）", "API key"],
  keyNote: ["只保存在本标签页，关闭即清除；只发给本服务。",
    "Kept in this tab until it is closed, and sent to this service only."],
  keySet: ["使用", "Use"],
  keyDrop: ["清除", "Forget"],
  cancel: ["取消", "Cancel"],
  otherLanguage: ["English", "中文"],
  map: ["地图：方向键移动，加减号缩放，回车查询中心点",
    "Map: arrow keys move, plus and minus zoom, Enter asks about the centre"],
  details: ["详情", "Details"],
  close: ["关闭", "Close"],
  base: ["底图", "Base map"],
  noBase: ["无", "none"],
  sketch: ["示意图，不作为法定界线依据", "Sketch; no legal boundary"],
  synthetic: ["演示数据·非真实", "Demonstration data, not real"],
  tables: ["无图形的表：{0}", "Tables without shapes: {0}"],
  noLayers: ["没有可见的图层", "No layer may be seen"],
  loading: ["正在计算…", "Computing…"],
  closed: ["该结果未向当前角色开放。", "This result is not open to your role."],
  standards: ["标准与指标", "Standards"],
  noChecks: ["本单元没有判定。", "Nothing is judged for this unit."],
  target: ["目标 {0}", "target {0}"],
  coverage: ["服务圈覆盖", "Service-circle coverage"],
  within: ["{0} 分钟内", "within {0} min"],
  suppressed: ["不足 10 人，不显示", "under 10, not shown"],
  here: ["此处的服务圈", "Service circle from here"],
  nearest: ["最近设施", "Nearest facility"],
  walk: ["步行 {0} 分钟", "{0} min on foot"],
  beyond: ["超出计算范围", "beyond what is computed"],
  inside: ["{0} 分钟内可到的设施", "Facilities within {0} min"],
  facilities: ["{0} 分钟内设施数", "facilities within {0} min"],
  other: ["其他", "other"],
  zoomIn: ["放大", "Zoom in"],
  zoomOut: ["缩小", "Zoom out"],
  noAnswer: ["服务没有应答，请检查网络后重试。", "The service does not answer; check the network."],
  tile: ["地图数据没有取到（HTTP {0}），可稍后重试。", "A part of the map could not be fetched (HTTP {0}); try again."],
  wrongKey: ["密钥无效或已过期。", "The key is wrong or has expired."],
  fix: ["办法：{0}", "Fix: {0}"],
  noGraphics: ["浏览器不支持 WebGL2，无法绘制地图。", "This browser has no WebGL2 to draw the map."],
  met: ["达标", "met"], not_met: ["未达标", "not met"], to_verify: ["待核", "to verify"],
  no_data: ["无数据", "no data"], no_target: ["无目标", "no target"],
  persons: ["全部人口", "all people"], elders_60: ["60岁以上", "aged 60+"],
  elders_65: ["65岁以上", "aged 65+"], elders_80: ["80岁以上", "aged 80+"],
  households: ["户", "households"],
  yes: ["是", "yes"], no: ["否", "no"],
};
const UNITS = {
  m: ["米", "m"], km: ["公里", "km"], m2: ["平方米", "m²"], ha: ["公顷", "ha"], km2: ["平方公里", "km²"],
  min: ["分钟", "min"], year: ["年", "years"], person: ["人", ""], household: ["户", "households"],
  bed: ["张", "beds"], count: ["个", ""], unit: ["个单元", "units"], pct: ["%", "%"],
  permille: ["‰", "‰"], "m2/person": ["平方米/人", "m² per person"], none: ["", ""],
  "m2/100hh": ["平方米/百户", "m² per 100 hh"], "m2/bed": ["平方米/张", "m² per bed"],
  "m2/plot": ["平方米/穴", "m² per plot"], yuan: ["元", "yuan"],
  "bed/1000elders": ["张/千名老年人", "beds per 1,000 elders"],
};

let english = false;
try {
  english = localStorage.getItem("geoplan-lang") === "en";
} catch { /* storage is switched off: Chinese */ }

/** Return the language: "zh" or "en". */
export const language = () => (english ? "en" : "zh");

/** Return a word of the page, with values in place of {0}, {1}; the word itself if unknown. */
export function word(name, ...values) {
  const text = Object.hasOwn(WORDS, name) ? WORDS[name][Number(english)] : name;
  return text.replace(/\{(\d)\}/g, (_, n) => values[n]);
}

/** Return one of a pair of texts; the other where there is only that. */
export const either = (zh, en) => (english ? en || zh : zh || en) ?? "";

/** Write a number with its unit; a dash where there is none. */
export function amount(value, unit = "") {
  if (value == null) return "–";
  if (unit === "share") return `${number(value * 100)} %`;
  const name = Object.hasOwn(UNITS, unit) ? UNITS[unit][Number(english)] : unit;
  return name ? `${number(value)} ${name}` : number(value);
}

/** Write a number: no decimals where it is whole or large, else four figures. */
export function number(value) {
  const whole = Number.isInteger(value) || Math.abs(value) >= 1000;
  const how = whole ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 };
  return value.toLocaleString("en-US", how);
}

/** Change the language for this browser. */
export function switchLanguage() {
  english = !english;
  try {
    localStorage.setItem("geoplan-lang", language());
  } catch { /* not remembered */ }
}

/** Write the words into the page's marked elements. */
export function label(root = document) {
  for (const e of root.querySelectorAll("[data-word]")) e.textContent = word(e.dataset.word);
  for (const e of root.querySelectorAll("[data-hint]")) e.placeholder = word(e.dataset.hint);
  for (const e of root.querySelectorAll("[data-name]")) e.setAttribute("aria-label", word(e.dataset.name));
  document.documentElement.lang = english ? "en" : "zh-CN";
}
