// Copies the page and MapLibre into dist/<hash of their content>/, and index.html beside it.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const library = join(here, "node_modules", "maplibre-gl");
const sources = join(here, "src");
const files = new Map([
  // the build for a strict content policy: its worker is a file, not a blob
  ["maplibre-gl.js", join(library, "dist", "maplibre-gl-csp.js")],
  ["maplibre-gl-worker.js", join(library, "dist", "maplibre-gl-csp-worker.js")],
  ["maplibre-gl.css", join(library, "dist", "maplibre-gl.css")],
  ["maplibre-gl.LICENSE.txt", join(library, "dist", "LICENSE.txt")],
]);
for (const name of readdirSync(sources).sort()) files.set(name, join(sources, name));

// The letters of 5.24.1 are drawn with the left bearing's sign turned: （ and 《 would be cut away.
const BEARING = /(actualBoundingBoxLeft:(\w+),.{0,120}?Math\.floor\()(\2\))/;
function mended(name, code) {
  if (name !== "maplibre-gl.js") return code;
  if (!BEARING.test(code)) throw new Error("maplibre-gl changed: see whether （ is drawn, then drop BEARING");
  return code.replace(BEARING, "$1-$3");
}

const hash = createHash("sha256").update(readFileSync(fileURLToPath(import.meta.url)));
for (const [name, path] of files) hash.update(name).update(readFileSync(path));
const version = hash.digest("hex").slice(0, 12);

const fresh = join(here, `dist.${process.pid}`);
mkdirSync(join(fresh, version), { recursive: true });
for (const [name, path] of files) {
  if (name === "index.html") continue;
  if (!/^maplibre-gl.*\.js$/.test(name)) cpSync(path, join(fresh, version, name));
  else {
    const code = readFileSync(path, "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
    writeFileSync(join(fresh, version, name), mended(name, code));
  }
}
const page = readFileSync(join(sources, "index.html"), "utf8").replaceAll("{{web}}", `web/${version}`);
writeFileSync(join(fresh, "index.html"), page);
rmSync(join(here, "dist"), { recursive: true, force: true });
renameSync(fresh, join(here, "dist"));
console.log(`dist/${version}: ${files.size - 1} files`);
