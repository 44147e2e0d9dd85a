"""The page of `kodo confidence`, on a made-up run and on one whose names try to break out."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest

from kodo.evaluation.interval import Interval
from kodo.experiments.evidence.confidence.believed import Believed, believed
from kodo.experiments.record import Record
from kodo.experiments.summary import Run, open_run
from kodo.reports.drawing.curves import Line, risk_coverage
from kodo.reports.evidence import confidence_words as words
from kodo.reports.evidence.confidence import compose, measure_data, summary, write_confidence_page
from made_up_run import made_up_run


def unlabelled(record: Record) -> Record:
    """The record with half of its timeline in unlabelled time."""
    line = record.timeline
    half = np.array(
        [[r, 0, line.start[line.recording == r].min() + 1000, 0] for r in np.unique(line.recording)]
    )
    start = line.start - np.array([line.start[line.recording == r].min() for r in line.recording])
    half[:, 2] = 1000
    return replace(record, timeline=replace(line, segment=half.astype(np.int64), start=start))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    made = open_run(made_up_run(tmp_path_factory.mktemp("confidence") / "run", windows=6))
    return replace(made, records=tuple(unlabelled(record) for record in made.records))


@pytest.fixture(scope="module")
def found(run: Run) -> tuple[Believed, ...]:
    return believed(run)


@pytest.fixture(scope="module")
def page(run: Run, found: tuple[Believed, ...]) -> str:
    return compose(run, found)


def test_the_page_is_whole_and_the_same_again(run: Run, found: tuple[Believed, ...], page: str) -> None:
    assert page == compose(run, found)
    assert page.count("<svg") == 2 * len(found) + 2
    assert words.answer(found[0], run).split("`")[0] in page
    assert not re.search(r"(?:src|href)=\"https?:", page)
    for picture in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(picture)
    names = re.findall(r'<svg id="([^"]+)"', page)
    assert len(set(names)) == len(names)


def test_the_data_are_one_click_away(page: str, found: tuple[Believed, ...]) -> None:
    links = dict(re.findall(r'download="([\w-]+\.csv)" href="data:text/csv;charset=utf-8,([^"]*)"', page))
    assert set(links) == {"reliability.csv", "calibration.csv", "risk.csv", "unknown.csv"}
    rows = list(csv.reader(io.StringIO(unquote(links["calibration.csv"]))))
    assert rows == [[str(cell) for cell in row] for row in measure_data(found)]
    assert float(rows[1][2]) == pytest.approx(
        found[0].measures["calibration_error"].before.estimate, abs=1e-5
    )
    assert {len(row) for row in rows} == {len(rows[0])}


def test_a_page_of_one_model(run: Run) -> None:
    alone = believed(run, "vgg")
    text = compose(run, alone)
    assert "features" not in text
    assert [row["model"] for row in summary(alone)] == ["vgg"]


def test_a_leak_is_marked_and_its_sense_is_said(tmp_path: Path) -> None:
    made = open_run(made_up_run(tmp_path / "run", windows=4, leak="Validation shares windows."))
    people = [record.facts["people"] for record in made.records]
    for sides in people:
        sides["validation"] = sides["train"]
    text = compose(made, believed(made))
    assert "LEAKY" in text
    assert "temperatures come out too low" in text
    assert "On 10 people it has never met" in text
    for sides in people:
        sides["test"] = sides["train"]
    assert "of a leaky division" in compose(made, believed(made))


def test_names_do_not_break_out(tmp_path: Path) -> None:
    folder = made_up_run(
        tmp_path / "a run; rm 'x'",
        activities=("<script>alert(1)</script>", "</td><b>x", "a & `b`", "$\\frac{"),
        people=('<img src=x onerror="alert(2)">', "o'neil", "p3", "p4"),
        models=("features:<b>",),
        folds=4,
        windows=6,
    )
    made = open_run(folder)
    names = [["r", 0, 1, "<script>alert(3)</script>"]]
    text = write_confidence_page(replace(made, dataset={**made.dataset, "left_out": names}), believed(made))
    content = text.read_text(encoding="utf-8")
    assert "<script>alert" not in content
    assert "<img src=x" not in content
    assert "features:<b>" not in content


def said(gap: Interval, found: Believed, run: Run) -> str:
    return words.answer(replace(found, gap=gap), run)


def test_the_answer_follows_the_interval(found: tuple[Believed, ...], run: Run) -> None:
    assert "is too sure" in said(Interval(0.1, 0.05, 0.15, 0.95, 10), found[0], run)
    assert "is not sure enough" in said(Interval(-0.1, -0.15, -0.05, 0.95, 10), found[0], run)
    assert "neither too sure nor too unsure" in said(Interval(0.1, -0.05, 0.25, 0.95, 10), found[0], run)
    assert "10 people cannot tell" in said(Interval(0.1, None, None, 0.95, 1, "one"), found[0], run)


def test_a_run_without_unknown_time_says_so(tmp_path: Path) -> None:
    made = open_run(made_up_run(tmp_path / "run", windows=4))
    whole = []
    for record in made.records:
        line = record.timeline
        spans = np.array([[r, 0, 10**5, 0] for r in np.unique(line.recording)], np.int64)
        whole.append(replace(record, timeline=replace(line, segment=spans)))
    made = replace(made, records=tuple(whole))
    text = compose(made, believed(made))
    assert "whether the models notice anything else is not known" in text
    assert 'id="unknown"' not in text


def test_a_run_of_random_windows_has_no_timeline(run: Run) -> None:
    bare = []
    for record in run.records:
        line = record.timeline
        names = ("log_probability", "label", "subject", "recording", "start", "length", "segment")
        empty = {name: getattr(line, name)[:0] for name in names}
        bare.append(replace(record, timeline=replace(line, **empty)))
    assert believed(replace(run, records=tuple(bare)))[0].unknown == ()


def test_reserved_people_are_no_missing_people(run: Run) -> None:
    kept = [record for record in run.records if "s01" not in record.facts["people"]["test"]]
    less = replace(run, records=tuple(kept))
    assert any("s01" in note for note in believed(less)[0].notes)
    waiting = [name for name in run.dataset["people"]
               if not any(name in record.facts["people"]["test"] for record in kept)]  # fmt: skip
    spared = {**run.experiment, "folding": {"reserved": waiting}}
    assert not any("s01" in note for note in believed(replace(less, experiment=spared))[0].notes)


def test_the_risk_picture_has_a_line_per_model() -> None:
    places = np.linspace(0, 1, 11)
    lines = [
        Line("one", "#E69F00", places**2, None),
        Line("two", "#009E73", places, np.stack([places, places])),
    ]
    text = risk_coverage(places, lines, "x")
    assert text.count("#e69f00") >= 2  # the line and its sample beside the name
    assert text.count("#009e73") >= 3  # and the band
