"""Labels are read again by another program, hold the number and nothing else, and no two alike."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
import zxingcpp
from fixtures.stones import CODE, LINES, NAMES, stones
from hypothesis import given
from hypothesis import strategies as st

from geoplan.errors import InputError
from geoplan.reports import BANNER, papers_of, write_marker_labels
from geoplan.reports.marker_labels import PER_PAGE, payload, qr_svg


@pytest.fixture(scope="module")
def papers(policy):
    return papers_of(stones(), LINES, policy, names=NAMES)


def picture(svg: str, px: int = 4) -> np.ndarray:
    """Fill the rectangles of a code, each module so many pixels."""
    size = int(re.search(r'width="(\d+)"', svg)[1])
    dark = np.zeros((size, size), dtype=bool)
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg):
        assert not dark[int(y), int(x) : int(x) + int(run)].any()
        dark[int(y), int(x) : int(x) + int(run)] = True
    return np.kron(np.where(dark, 0, 255), np.ones((px, px))).astype(np.uint8)


def read(image: np.ndarray) -> list[str]:
    found = zxingcpp.read_barcodes(np.ascontiguousarray(image))
    return [b.text for b in found if b.valid]


letters = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-", min_size=1, max_size=40)


@given(letters)
def test_what_is_held_is_read_again(number):
    held = payload(number)
    assert held == f"geoplan:marker/{number}"
    assert read(picture(qr_svg(held))) == [held]


def test_a_scratched_code_is_still_read():
    """Level Q mends a quarter of the words: a scratch over 10 % of the modules does no harm."""
    image = picture(qr_svg(payload(f"{CODE}017A")))
    scratched = image.copy()
    high = len(image)
    scratched[int(high * 0.45) : int(high * 0.55), high // 3 : -high // 5] = 255
    assert (scratched != image).mean() > 0.015
    assert read(scratched) == [f"geoplan:marker/{CODE}017A"]


def test_numbers_are_tidied_and_addresses_checked():
    assert (
        payload("４１４２ 017a", "https://jz.example.cn/m/") == "https://jz.example.cn/m/4142017A"
    )
    assert payload("甲/1?#") == "geoplan:marker/%E7%94%B2%2F1%3F%23"
    for bad in ("", "example.cn/m/", "https://例.cn/", "https://a b/", "https://" + "x" * 150):
        with pytest.raises(InputError, match="QR code") as refused:
            payload("4142001Q", bad)
        assert "--base-url" in refused.value.render("zh")
    with pytest.raises(InputError):
        payload(" ")


def test_the_printed_sheets_are_read(papers, tmp_path):
    """Rendered at 200 dpi by poppler, read by zxing: every number once, two pages."""
    if shutil.which("pdftoppm") is None:
        if os.environ.get("GEOPLAN_REQUIRE_POPPLER") == "1":
            pytest.fail("poppler-utils is required here but not installed")
        pytest.skip("poppler-utils is not installed (apt-get install poppler-utils)")
    many = [replace(papers[0], marker_no=f"{CODE}{k:03d}Q") for k in range(1, PER_PAGE + 4)]
    write_marker_labels(many, tmp_path / "a.pdf")
    subprocess.run(["pdftoppm", "-gray", "-r", "200", str(tmp_path / "a.pdf"), str(tmp_path / "p")],
                   check=True, capture_output=True)  # fmt: skip
    found = [read(grey(p)) for p in sorted(tmp_path.glob("p*.pgm"))]
    assert [len(f) for f in found] == [PER_PAGE, 3]
    assert sorted(t for page in found for t in page) == [
        f"geoplan:marker/{p.marker_no}" for p in many
    ]
    text = subprocess.run(
        ["pdftotext", str(tmp_path / "a.pdf"), "-"], capture_output=True, check=True
    )
    said = text.stdout.decode("utf-8")
    assert said.count("密级：内部") == 2
    assert said.count(BANNER) == 2 + len(many)
    assert "曾都区 / 随县" in said
    assert said.count("曾都区—随县线") == len(many)


def grey(path) -> np.ndarray:
    """Read a binary PGM."""
    _head, wide, high, _, pixels = re.match(
        rb"(P5)\s+(\d+)\s+(\d+)\s+(\d+)\s(.*)", path.read_bytes(), re.DOTALL
    ).groups()
    return np.frombuffer(pixels, dtype=np.uint8).reshape(int(high), int(wide))


def test_the_page_holds_the_same_codes_and_nothing_from_outside(papers, tmp_path):
    path = tmp_path / "a.html"
    named = [replace(papers[0], sides=("<b>&", "随县")), *papers[2:4]]
    write_marker_labels(named, path, base="https://jz.example.cn/m/")
    page = path.read_text("utf-8")
    codes = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert [read(picture(c)) for c in codes] == [[f"https://jz.example.cn/m/{CODE}{n}"]
                                                for n in ("001Q", "003A", "003B")]  # fmt: skip
    assert "&lt;b&gt;&amp; / 随县" in page
    assert not re.search(r"<script|<link|src=|url\(", page)
    assert page.count("密级：内部") == 1


def test_no_coordinate_is_on_a_label(papers, tmp_path):
    write_marker_labels(papers, tmp_path / "a.html")
    page = re.sub(r"<svg.*?</svg>|<style.*?</style>", "", (tmp_path / "a.html").read_text("utf-8"),
                  flags=re.DOTALL)  # fmt: skip
    for told in ("113", "31°", "3508", "441223", "81.2"):
        assert told not in page, told


def test_who_gets_no_label(papers, tmp_path):
    """Withdrawn; without a number; a border stone's, a broken one; one that names two markers."""
    others = [replace(papers[1], marker_no=n, cells={**papers[1].cells, "marker_id": f"x{n}"})
              for n in ("105(1)", "Q", f"{CODE}003A")]  # fmt: skip
    skipped = write_marker_labels([*papers, *others], tmp_path / "a.html")
    assert [(s.marker_no[-4:], s.code) for s in skipped] == [
        ("003A", "duplicate_number"), ("004Q", "withdrawn"), ("", "missing_number"),
        ("5(1)", "national_border_number"), ("Q", "bad_number"), ("003A", "duplicate_number"),
    ]  # fmt: skip
    assert skipped[1].reason == "已报废"
    lost = write_marker_labels(papers[:2], tmp_path / "b.html", others=[f"{CODE}002q", "4142001Q"])
    assert [(s.marker_no[-4:], s.code) for s in lost] == [("002Q", "duplicate_number")]
    page = (tmp_path / "a.html").read_text("utf-8")
    assert [n[-4:] for n in re.findall(r"<h2[^>]*>(.*?)</h2>", page)] == ["001Q", "002Q", "003B"]


def test_bad_calls(papers, tmp_path):
    with pytest.raises(InputError, match=r"\.pdf, \.html"):
        write_marker_labels(papers, tmp_path / "a.docx")
    with pytest.raises(InputError, match="no marker"):
        write_marker_labels(papers[4:], tmp_path / "a.pdf")
    with pytest.raises(InputError, match="QR code"):
        write_marker_labels(papers, tmp_path / "a.pdf", base="nothing")
    assert list(tmp_path.iterdir()) == []
