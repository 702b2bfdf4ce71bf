"""
Name search against its peers on the same synthetic names: ``python search.py [names] [folder]``.

Peers: SQLite FTS5 with the trigram tokenizer, rapidfuzz alone, and tantivy where it is installed in
``benchmarks/.peers``. A query is found where the name that it was made from is among the first ten.
Times are per query, milliseconds: wall, and CPU of this process (the machine may be shared).
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import synthetic

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results" / "name_search.json"
PEERS = HERE.parent / ".peers" / "bin" / "python"
EACH, SLOW = 200, 12
LIMITS = {
    "build_s": 90, "disk_mb": 400, "two characters ms": 1, "substring ms": 10,
    "full pinyin ms": 5, "typo ms": 30, "typo recall": 0.95,
}  # fmt: skip


def measured(queries: dict[str, list], ask: Callable[[str, str], list[str]], most: int) -> dict:
    """Return recall and times by kind of query."""
    found = {}
    for kind, pairs in queries.items():
        walls, cpus, hits = [], [], 0
        for asked, meant in pairs[:most]:
            wall, cpu = time.perf_counter(), time.process_time()
            texts = ask(kind, asked)
            walls.append((time.perf_counter() - wall) * 1000)
            cpus.append((time.process_time() - cpu) * 1000)
            hits += meant in texts
        walls.sort()
        found[kind] = {
            "queries": len(walls), "recall": round(hits / len(walls), 3),
            "median_ms": round(statistics.median(walls), 3),
            "p95_ms": round(walls[int(0.95 * len(walls))], 3),
            "median_cpu_ms": round(statistics.median(cpus), 3),
        }  # fmt: skip
    return found


def together(found: dict, kinds: tuple[str, ...]) -> dict:
    """Return recall over all typing errors, and the median of their medians."""
    rows = [found[k] for k in kinds if k in found]
    count = sum(r["queries"] for r in rows)
    return {
        "recall": round(sum(r["recall"] * r["queries"] for r in rows) / count, 4),
        "median_ms": round(statistics.median(r["median_ms"] for r in rows), 3),
        "median_cpu_ms": round(statistics.median(r["median_cpu_ms"] for r in rows), 3),
    }


def ours(rows: list[dict], queries: dict[str, list], folder: Path) -> dict:
    from geoplan.io.placename_files import read_generics
    from geoplan.storage.name_search import NameSearch, build

    path = folder / "ours.sqlite"
    wall, cpu = time.perf_counter(), time.process_time()
    refused = build(path, rows)
    built = {"build_s": round(time.perf_counter() - wall, 1),
             "build_cpu_s": round(time.process_time() - cpu, 1),
             "disk_mb": round(path.stat().st_size / 1e6), "refused": len(refused)}  # fmt: skip
    search = NameSearch(path, generics=read_generics())
    found = measured(queries, lambda _, asked: list(search.search(asked)["text"]), EACH)
    search.close()
    return built | {"kinds": found, "typo": together(found, synthetic.TYPOS)}


def trigram(rows: list[dict], queries: dict[str, list], folder: Path) -> dict:
    path = folder / "trigram.sqlite"
    wall = time.perf_counter()
    database = sqlite3.connect(path)
    database.execute("CREATE VIRTUAL TABLE t USING fts5 (text, pinyin, tokenize = 'trigram')")
    cells = ((r["text"], synthetic.letters_of(r["reading"])) for r in rows)
    database.executemany("INSERT INTO t VALUES (?, ?)", cells)
    database.commit()
    built = {"build_s": round(time.perf_counter() - wall, 1),
             "disk_mb": round(path.stat().st_size / 1e6)}  # fmt: skip

    def ask(kind: str, asked: str) -> list[str]:
        if len(asked) < 3:
            sql, value = "SELECT text FROM t WHERE text LIKE ? LIMIT 10", f"%{asked}%"
        else:
            parts = [asked]
            if kind in synthetic.TYPOS:
                parts = [asked[at : at + 3] for at in range(len(asked) - 2)]
            sql = "SELECT text FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10"
            value = " OR ".join(f'"{p}"' for p in parts)
        return [row[0] for row in database.execute(sql, (value,))]

    kinds = {k: q for k, q in queries.items() if k != "initials"}
    found = measured(kinds, ask, SLOW)
    return built | {"kinds": found, "typo": together(found, synthetic.TYPOS)}


def rapidfuzz(rows: list[dict], queries: dict[str, list]) -> dict:
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    texts = [r["text"] for r in rows]
    letters = [synthetic.letters_of(r["reading"]) for r in rows]

    def ask(_: str, asked: str) -> list[str]:
        among = letters if asked.isascii() else texts
        best = process.extract(asked, among, scorer=OSA.distance, limit=10)
        return [texts[at] for *_, at in best]

    found = measured({k: queries[k] for k in synthetic.TYPOS}, ask, SLOW)
    return {"kinds": found, "typo": together(found, synthetic.TYPOS)}


def tantivy(count: int, folder: Path) -> dict | str:
    done = subprocess.run([PEERS, __file__, "--tantivy", str(count), str(folder)], check=False,
                          capture_output=True, text=True)  # fmt: skip
    return json.loads(done.stdout) if done.returncode == 0 else "not installed"


def _tantivy(rows: list[dict], queries: dict[str, list], folder: Path) -> dict:
    import tantivy as peer

    fields = peer.SchemaBuilder()
    fields.add_text_field("text", stored=True, tokenizer_name="grams")
    fields.add_text_field("pinyin", tokenizer_name="raw")
    schema = fields.build()
    index = peer.Index(schema, str(folder))
    grams = peer.Tokenizer.ngram(min_gram=1, max_gram=2, prefix_only=False)
    index.register_tokenizer("grams", peer.TextAnalyzerBuilder(grams).build())
    wall = time.perf_counter()
    writer = index.writer(200_000_000)
    for r in rows:
        writer.add_document(
            peer.Document(text=r["text"], pinyin=synthetic.letters_of(r["reading"]))
        )
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    built = {"build_s": round(time.perf_counter() - wall, 1),
             "disk_mb": round(sum(f.stat().st_size for f in folder.iterdir()) / 1e6)}  # fmt: skip
    searcher = index.searcher()

    def ask(kind: str, asked: str) -> list[str]:
        if asked.isascii():
            query = peer.Query.term_query(schema, "pinyin", asked)
            if kind in synthetic.TYPOS:
                query = peer.Query.fuzzy_term_query(schema, "pinyin", asked, distance=1)
        else:
            pairs = [asked[at : at + 2] for at in range(len(asked) - 1)] or [asked]
            how = peer.Occur.Should if kind in synthetic.TYPOS else peer.Occur.Must
            query = peer.Query.boolean_query(
                [(how, peer.Query.term_query(schema, "text", pair)) for pair in pairs]
            )
        return [searcher.doc(at)["text"][0] for _, at in searcher.search(query, 10).hits]

    kinds = {k: q for k, q in queries.items() if k != "initials"}
    found = measured(kinds, ask, EACH)
    return built | {"kinds": found, "typo": together(found, synthetic.TYPOS)}


def table(run: dict) -> str:
    """Return the run as the page of the documents shows it: median ms (recall)."""
    engines = [e for e in ("geoplan", "fts5 trigram", "rapidfuzz alone", "tantivy")
               if isinstance(run[e], dict)]  # fmt: skip
    lines = [f"| | limit | {' | '.join(engines)} |", f"|---|---|{'---|' * len(engines)}"]

    def line(title: str, limit: str, cells: list[str]) -> None:
        lines.append(f"| {title} | {limit} | {' | '.join(cells)} |")

    line("build, s", "90", [str(run[e].get("build_s", "–")) for e in engines])
    line("disk, MB", "400", [str(run[e].get("disk_mb", "–")) for e in engines])
    for kind, row in run["geoplan"]["kinds"].items():
        limit = str(LIMITS.get(f"{kind} ms", "30" if kind in synthetic.TYPOS else "–"))
        found = [run[e]["kinds"].get(kind) for e in engines]
        cells = [f"{f['median_ms']:.2f} ({f['recall']:.0%})" if f else "–" for f in found]
        line(f"{kind}, {row['queries']}", limit, cells)
    typo = [f"{run[e]['typo']['median_ms']:.2f} ({run[e]['typo']['recall']:.1%})" for e in engines]
    line("all typing errors", "30 (95%)", typo)
    return "\n".join(lines)


def main(count: int, folder: Path) -> None:
    rows = list(synthetic.names(count))
    queries = synthetic.queries(rows, each=EACH) | synthetic.typos(rows, each=EACH)
    run: dict = {"names": count, "distinct": len({r["text"] for r in rows}),
                 "sqlite": sqlite3.sqlite_version}  # fmt: skip
    for name, job in (
        ("geoplan", lambda place: ours(rows, queries, place)),
        ("fts5 trigram", lambda place: trigram(rows, queries, place)),
        ("rapidfuzz alone", lambda _: rapidfuzz(rows, queries)),
        ("tantivy", lambda place: tantivy(count, place)),
    ):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            run[name] = job(Path(place))
        print(name, json.dumps(run[name], indent=1), flush=True)
    old = json.loads(RESULTS.read_text(encoding="utf-8"))["runs"] if RESULTS.exists() else []
    kept = {"limits": LIMITS, "runs": [*old, run][-2:]}
    print(table(run))
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--tantivy"]:
        made = list(synthetic.names(int(sys.argv[2])))
        asked = synthetic.queries(made, each=EACH) | synthetic.typos(made, each=EACH)
        print(json.dumps(_tantivy(made, asked, Path(sys.argv[3]))))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000,
             Path(sys.argv[2]) if sys.argv[2:] else Path(tempfile.gettempdir()))  # fmt: skip
