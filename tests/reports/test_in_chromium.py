"""The report in a real browser: nothing is asked for outside, nothing overflows, nothing is cut."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kodo.datasets.inspection.excerpts import excerpts
from kodo.datasets.synthetic import people
from kodo.experiments.inspection import inspect
from kodo.reports.inspection import compose
from kodo.reports.sweep.page import write_sweep_page
from made_up_sweep import made_up_sweep

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium is installed (apt-get install chromium)"
)

# Text that is wider than its box, or that leaves the window, outside boxes made to scroll.
CUT = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const width = document.documentElement.clientWidth;
  while (walker.nextNode()) {
    const owner = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || owner.closest("script, style, title, .hidden")) continue;
    if (owner.closest(".scroll, pre, .command code")) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    for (const box of range.getClientRects()) {
      if (box.left < -1 || box.right > width + 1) found.push(owner.tagName + ": " + walker.currentNode.data);
    }
  }
  for (const box of document.querySelectorAll("main *:not(svg *)")) {
    if (box.closest(".scroll, pre, .command code, .hidden, svg")) continue;
    // A wide table may go on beyond the text as far as the window goes.
    const tables = Array.from(box.querySelectorAll(".scroll"), table => table.getBoundingClientRect().right);
    const reach = Math.max(0, ...tables);
    if (reach <= width && box.scrollWidth <= reach - box.getBoundingClientRect().left + 1) continue;
    if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).display !== "inline") {
      found.push("wide " + box.tagName + "." + box.className);
    }
  }
  return found;
}"""

# Blocks of text that lie on one another.
OVERLAPPING = """() => {
  const blocks = [...document.querySelectorAll(
    "p, li, h1, h2, h3, h4, dt, dd, figcaption, summary, td, th, .field .name, .field .value, .field text"
  )].filter(b => b.checkVisibility() && !b.closest(".scroll"));
  const boxes = blocks.map(b => b.getBoundingClientRect());
  const found = [];
  for (let i = 0; i < blocks.length; i++) for (let j = i + 1; j < blocks.length; j++) {
    if (blocks[i].contains(blocks[j]) || blocks[j].contains(blocks[i])) continue;
    const [a, b] = [boxes[i], boxes[j]];
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (across > 2 && down > 3) found.push([blocks[i], blocks[j]].map(b => b.textContent.trim()).join(" | "));
  }
  return found;
}"""

# Size in px of the smallest letters of drawn pictures: 10 where a picture has its natural width.
LETTERS = """() => [...document.querySelectorAll("svg.plot")].map(
  svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width * 10)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield opened
        opened.close()


def look(browser: Any, path: Path, width: int, scheme: str) -> None:
    """Open a page and hold it to everything that is promised of it."""
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("dialog", lambda dialog: (said.append(f"dialog {dialog.message}"), dialog.dismiss()))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(path.as_uri())
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    wide = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    assert tab.evaluate(CUT) == []
    assert tab.evaluate(OVERLAPPING) == []
    assert min(tab.evaluate(LETTERS)) >= 9
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) < 120) == (scheme == "dark")
    tab.close()


def test_the_report_on_a_phone(browser: Any, page: Path) -> None:
    look(browser, page, 375, "light")


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1400, "light"), (1400, "dark")])
def test_the_report_elsewhere(browser: Any, page: Path, width: int, scheme: str) -> None:
    look(browser, page, width, scheme)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1400, "light")])
def test_an_inspection(browser: Any, tmp_path: Path, width: int, scheme: str) -> None:
    made = people(people=20, activities=8, seconds=2.0)
    pieces = excerpts(made, made.card.activities)
    (tmp_path / "page.html").write_text(compose(inspect(made, 5.0), pieces), encoding="utf-8")
    look(browser, tmp_path / "page.html", width, scheme)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "scheme"), [(375, "light"), (375, "dark"), (1400, "light"), (1400, "dark")]
)
def test_a_sweep(browser: Any, tmp_path: Path, width: int, scheme: str) -> None:
    look(browser, write_sweep_page(made_up_sweep(tmp_path / "sweep")), width, scheme)


@pytest.mark.slow
@pytest.mark.parametrize("width", [375, 1400])
def test_hostile_names_do_nothing(browser: Any, hostile: Path, width: int) -> None:
    look(browser, hostile, width, "light")


@pytest.mark.slow
def test_the_command_is_selected_for_copying(browser: Any, page: Path) -> None:
    tab = browser.new_page()
    tab.goto(page.as_uri())
    tab.click("button[data-copy]")
    assert tab.evaluate("getSelection().toString()") == f"kodo run {page.parent.name}/experiment.toml"
    tab.wait_for_function("document.querySelector('button[data-copy]').textContent !== 'Copy'")
    tab.close()


@pytest.mark.slow
def test_a_sheet_of_paper_is_white_and_wide_enough(browser: Any, page: Path) -> None:
    tab = browser.new_page(viewport={"width": 680, "height": 900}, color_scheme="dark")
    tab.emulate_media(media="print", color_scheme="dark")
    tab.goto(page.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= 680
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    tab.close()
