"""The page of an audit: what it says, what carries the mark, what is quoted, and how it looks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kodo.reports.evidence.audit import write_audit_page
from made_up_run import made_up_run
from test_in_chromium import CHROMIUM, browser, look

__all__ = ["browser"]

LEAKS = {
    "window": "Windows are dealt <at> random.",
    "recording": "Recordings are dealt at random.",
    "people": "",
}
SKILLED = {"window": "vgg", "recording": "cnn1d", "people": "features"}
QUOTED = [{"accuracy": 0.987, "model": "a picture <model>", "split": "random 20 %", "source": "a blog"}]
GIVEAWAYS = [
    {"about": "copies", "outcome": "issue", "says": "The same samples stand in <two> places."},
    {"about": "order", "outcome": "not applicable", "says": "No order is known."},
]


def made_up_audit(folder: Path, splits: tuple[str, ...] = tuple(LEAKS), people: int = 10) -> Path:
    """Three made-up runs; those of leaky splits are of more skilled models."""
    counts = {"recordings": people, "people": people, "segments": people, "windows": 800}
    for split in splits:
        made_up_run(
            folder / split,
            models=(SKILLED[split],),
            people=tuple(f"s{number:02d}" for number in range(1, people + 1)),
            folds=min(5, people),
            leak=LEAKS[split],
            changes={"quoted": QUOTED, "counts": counts},
        )
    out = {} if "recording" in splits else {"recording": "Every person has one recording."}
    content = {"splits": list(splits), "left_out": out, "giveaways": GIVEAWAYS}
    (folder / "audit.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def audit_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_audit_page(made_up_audit(tmp_path_factory.mktemp("audit")))


def text(path: Path) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8").split("<body>")[1]))


def test_the_sentence_and_the_mark(audit_page: Path) -> None:
    said = text(audit_page)
    assert re.search(
        r"A random split of windows would have claimed macro-F1 0\.\d\d for features , one of recordings "
        r"0\.\d\d; on new people it is 0\.\d\d\.",
        said,
    )
    assert re.search(r"A random split of windows claims 0\.\d{3} more than on new people \(0\.\d{3} to", said)
    content = audit_page.read_text(encoding="utf-8")
    # Above the picture, at both comparisons, in both rows of the table, before both sentences.
    assert content.count('<span class="leaky">LEAKY</span>') == 7
    assert "Windows are dealt &lt;at&gt; random." in content
    assert "may have learned the people it tests mostly doing something else" in said


def test_quoted_figures_stand_apart(audit_page: Path) -> None:
    said = text(audit_page)
    assert "Quoted, not reproduced" in said
    assert "0.987 random 20 % a picture &lt;model&gt;" in said
    assert "compared with nothing. Sources: a blog." in said


def test_what_gives_away_has_its_outcome(audit_page: Path) -> None:
    said = text(audit_page)
    assert "! (issue) The same samples stand in &lt;two&gt; places." in said
    assert "– (not applicable) No order is known." in said


def test_the_same_bytes_again(audit_page: Path) -> None:
    before = audit_page.read_bytes()
    assert write_audit_page(audit_page.parent).read_bytes() == before


def test_a_split_that_was_left_out_is_named(tmp_path: Path) -> None:
    page = write_audit_page(made_up_audit(tmp_path, ("window", "people")))
    assert "No split over random recordings: Every person has one recording." in text(page)
    assert "divided in 2 ways" in text(page)


def test_few_people_cannot_decide(tmp_path: Path) -> None:
    page = write_audit_page(made_up_audit(tmp_path, people=3))
    assert "cannot be significant at all with 3 people" in text(page)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1400, "light")])
def test_in_a_browser(browser: Any, audit_page: Path, width: int, scheme: str) -> None:
    look(browser, audit_page, width, scheme)
