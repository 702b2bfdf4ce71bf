"""
All rules on one name against a million: ``python benchmarks/placenames/check_speed.py [rows]``.

Synthetic names of two to four characters with a generic, in the classes and at the shares of a
province's register, with readings; a tenth of the names asked for are in the index as they stand.
CPU seconds of this process. Results go to ``benchmarks/results/name_check.json``.
"""

from __future__ import annotations

import gc
import json
import platform
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from geoplan.io import read_policy
from geoplan.io.placename_files import read_generics, read_lexicons
from geoplan.placenames.name_index import NameIndex
from geoplan.placenames.rules import Proposal, Reference, check_name

RESULTS = Path(__file__).resolve().parents[1] / "results" / "name_check.json"
KINDS = (  # category code, generics, share
    ("22200", "塆湾冲畈岗店庄寨", 0.62), ("21610", "村", 0.16), ("23500", "路街巷", 0.09),
    ("22100", "小区花园家园", 0.05), ("12100", "河水溪", 0.04), ("24230", "水库", 0.02),
    ("21500", "镇乡", 0.015), ("21400", "县区市", 0.005),
)  # fmt: skip
COMMON = ("大小上下东西南北中新老李王张刘陈杨黄周吴徐孙胡朱高林何郭马罗石龙水山河塘桥湖沙花竹"
          "松柏青白红金银和平安永兴福寿")  # fmt: skip
READ = (
    "da4 xiao3 shang4 xia4 dong1 xi1 nan2 bei3 zhong1 xin1 lao3 li3 wang2 zhang1 liu2 chen2 "
    "yang2 huang2 zhou1 wu2 xu2 sun1 hu2 zhu1 gao1 lin2 he2 guo1 ma3 luo2 shi2 long2 shui3 "
    "shan1 he2 tang2 qiao2 hu2 sha1 hua1 zhu2 song1 bai3 qing1 bai2 hong2 jin1 yin2 he2 "
    "ping2 an1 yong3 xing1 fu2 shou4"
)
RARE = 400


def frame(rows: int, seed: int) -> pd.DataFrame:
    """Names with a long tail of characters, units of 100 counties, readings by character."""
    rng = np.random.default_rng(seed)
    signs = list(COMMON) + [chr(0x5000 + 7 * i) for i in range(RARE)]
    sounds = READ.split() + [
        f"{'bcdfg'[i % 5]}{'aeiou'[i % 7 % 5]}{i % 4 + 1}" for i in range(RARE)
    ]
    weight = np.r_[np.full(len(COMMON), 6.0), np.ones(RARE)]
    pick = rng.choice(len(signs), (rows, 4), p=weight / weight.sum())
    size = rng.choice([2, 3, 4], rows, p=[0.45, 0.4, 0.15])
    kind = rng.choice(len(KINDS), rows, p=[k[2] for k in KINDS])
    county = 420000 + rng.integers(1, 18, rows) * 100 + rng.integers(1, 8, rows)
    unit = county * 1000 + rng.integers(1, 15, rows)
    names, readings = [], []
    for chars, n, k in zip(pick.tolist(), size.tolist(), kind.tolist(), strict=True):
        tails = KINDS[k][1]
        tail = tails if k == 5 else tails[2 * (n % 3) :][:2] if k == 3 else tails[n % len(tails)]
        names.append("".join(signs[c] for c in chars[:n]) + tail)
        readings.append(" ".join([sounds[c] for c in chars[:n]] + ["xx1"] * len(tail)))
    return pd.DataFrame({
        "place_id": [f"p{i}" for i in range(rows)], "name": names, "reading": readings,
        "category_code": np.array([k[0] for k in KINDS])[kind], "unit_code": unit.astype(str),
        "built_up_id": [f"b{u}" for u in county],
    })  # fmt: skip


def asked(names: pd.DataFrame, count: int) -> list[Proposal]:
    """Names to check: nine of ten new ones, one that the index holds."""
    fresh = frame(count, 2)
    fresh.iloc[::10, 1:] = names.iloc[: len(fresh.iloc[::10]), 1:].to_numpy()
    return [Proposal(r.name, r.category_code, unit_code=r.unit_code, reading=r.reading,
                     built_up_id=r.built_up_id, place_id="new")
            for r in fresh.itertuples(index=False)]  # fmt: skip


def main(rows: int) -> None:
    names, generics = frame(rows, 1), read_generics()
    proposals = asked(names, 1000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    index = NameIndex(names, generics)
    built = time.process_time() - begin
    gc.collect()
    by = Reference(read_policy("suizhou-2022"), generics, read_lexicons(), index, dialect=True)
    check_name(proposals[0], by)
    took, clashes = [], 0
    for proposal in proposals:
        begin = time.process_time()
        found = check_name(proposal, by)
        took.append(1000 * (time.process_time() - begin))
        clashes += bool(len(found["evidence"][found["rule_id"] == "PN-08"].iloc[0]))
    extra = frame(200, 3).assign(place_id=[f"n{i}" for i in range(200)])
    begin = time.process_time()
    for at in range(len(extra)):
        index.add(extra.iloc[[at]])
    added = 1000 * (time.process_time() - begin) / len(extra)
    begin = time.process_time()
    index.remove(extra["place_id"])
    removed = 1000 * (time.process_time() - begin) / len(extra)
    result = {
        "rows": rows, "built_s": built, "index_mb": index.nbytes / 1e6,
        "peak_mb_over_frame": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
        "check_ms_median": float(np.median(took)), "check_ms_p95": float(np.percentile(took, 95)),
        "check_ms_worst": max(took), "names_with_bearers": clashes, "asked": len(proposals),
        "add_one_ms": added, "remove_one_ms": removed,
    }  # fmt: skip
    kept = {k: round(v, 2) if isinstance(v, float) else v for k, v in result.items()}
    print(json.dumps(kept, indent=1))
    RESULTS.write_text(json.dumps({**kept, "python": platform.python_version()}, indent=1) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
