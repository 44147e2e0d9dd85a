"""The page of timelines: a whole document, escaped, the same bytes every time, its data one click away."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from kodo.evaluation.events import RETURNED, TIMES, TRUE
from kodo.experiments.evidence.timeline.results import ModelTimeline, timelines
from kodo.experiments.evidence.timeline.smoothing import NO_CHANGE, WAYS
from kodo.experiments.summary import Run, open_run
from kodo.reports.evidence import timeline_words as words
from kodo.reports.evidence.timeline import (
    activity_data,
    compose,
    event_data,
    people_data,
    write_timeline_page,
)
from made_up_timeline import made_up_timeline

SMALL = {"people": ("s1", "s2", "s3", "s4"), "folds": 2, "windows": 6}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return open_run(
        made_up_timeline(tmp_path_factory.mktemp("timeline") / "run", models=("features", "vgg"), **SMALL)
    )


@pytest.fixture(scope="module")
def found(run: Run) -> tuple[ModelTimeline, ...]:
    return timelines(run)


class Whole(HTMLParser):
    """Counts pictures and tables, and refuses a tag that is never closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "link", "br", "path", "rect", "use", "line", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("path", "rect", "use", "line", "circle"):
            assert self.open.pop() == tag


def test_the_page_is_whole_and_the_same_every_time(run: Run, found: tuple[ModelTimeline, ...]) -> None:
    page = write_timeline_page(run, found).read_text(encoding="utf-8")
    assert page == compose(run, found)
    reader = Whole()
    reader.feed(page)
    assert not reader.open
    # two recordings of each of two models
    assert len(re.findall(r'<svg id="strips-', page)) == 4
    assert reader.seen.count("table") == 6
    for head in ("every step", "segment F1", "fragmented", "overfill", "false alarms per hour"):
        assert head in page.replace("<br>", " ")
    assert "LEAKY" not in page
    assert "--threshold" not in page
    assert "not measured" in page  # the delay of what needs the whole recording
    assert "nan" not in re.sub(r"<svg.*?</svg>|data:[^\"]*", "", page, flags=re.DOTALL)


def test_names_are_escaped_and_a_leak_is_marked(tmp_path: Path) -> None:
    folder = made_up_timeline(
        tmp_path / "a run; rm 'x'",
        activities=("<script>alert(1)</script>", "a & `b`", "歩く"),
        models=("features:<b>",),
        leak="Windows of <i>one person</i> are on two sides.",
        **SMALL,
    )
    run = open_run(folder)
    page = compose(run, timelines(run))
    assert "<script>alert" not in page
    assert "<i>one" not in page
    assert "<b>" not in page.replace("<b>kodo</b>", "")
    assert page.count("LEAKY") > 5
    assert 'download="leaky-people.csv"' in page


def test_its_data(run: Run, found: tuple[ModelTimeline, ...]) -> None:
    people = people_data(found, "person")
    assert len(people) == 1 + 2 * len(WAYS) * 4
    assert people[0][:3] == ["model", "way", "person"]
    # the mean of what the table lies on is what the table says
    raw = [float(row[3]) for row in people[1:] if row[:2] == ["vgg", "raw"]]
    assert sum(raw) / 4 == pytest.approx(found[1].ways[0].intervals["macro_f1"].estimate, abs=1e-4)
    events = event_data(found)
    assert len(events[0]) == 2 + len(TRUE) + len(RETURNED) + len(TIMES) - 1
    assert all(len(row) == len(events[0]) for row in events)
    assert len(activity_data(found, run.dataset["activities"])) == 1 + 2 * len(WAYS) * 7
    page = compose(run, found)
    address = re.search(r'download="events.csv" href="data:text/csv;charset=utf-8,([^"]*)"', page)
    assert next(csv.reader(io.StringIO(unquote(address[1])))) == events[0]


def test_other_settings_stand_in_the_command(run: Run, found: tuple[ModelTimeline, ...]) -> None:
    assert " --threshold 0.7 --steps 2</code>" in compose(run, found[:1], 0.7, 2)


def test_what_it_says(found: tuple[ModelTimeline, ...]) -> None:
    first = found[0]
    assert words.answer(first, ("person", "people")).startswith("`features` reaches macro-F1 ")
    assert "4 people) at every step of whole recordings; " in words.answer(first, ("person", "people"))
    said = [words.answer(one, ("person", "people")) for one in found]
    for one, sentence in zip(found, said, strict=True):
        idle = set(one.settings["viterbi"]) == {0.0}
        assert ("no smoothing" in sentence, "smoothed (`viterbi`)" in sentence) == (idle, not idle)
    assert len(words.changes(first)) == 3
    for said, way in zip(words.changes(first), WAYS[1:], strict=True):
        idle = set(first.settings[way]) == {NO_CHANGE[way]}
        assert ("asked for any" in said) == idle
        assert way in said
    assert words.settings(first, "raw") == ""
    assert words.settings(first, "majority").endswith("of 2 fits")
    true = first.ways[0].events.true.sum(0)
    assert f"Of {true.sum()} true events, {true[0]} are found" in words.happened(first.ways)
    assert words.value("delay", None) == ("–", "not measured")
    assert words.strip(first.strips[1], "person").startswith("The worst person, ")
