"""The page of an inspection, and its small pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from kodo.datasets.catalogue import DATASETS
from kodo.datasets.inspection.excerpts import Excerpt, excerpts
from kodo.datasets.recording import Recordings, gather, sensor
from kodo.datasets.synthetic import people
from kodo.experiments.inspection import inspect
from kodo.reports.drawing.sample import sample, sheet
from kodo.reports.inspection import compose, duration, moving, samples, seconds_grid

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made() -> Recordings:
    return people(people=3, activities=3, seconds=4.0)


def page_of(recordings: Recordings) -> str:
    return compose(inspect(recordings), excerpts(recordings, recordings.card.activities, 2.0))


def test_the_page_holds_everything_and_asks_for_nothing(made: Recordings) -> None:
    page = page_of(made)
    assert page.count('class="plot"') == 3
    assert "nothing to know before training" in page_of(people(people=3, activities=2, seconds=12.0))
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    assert page == page_of(made)


def test_hostile_names_are_written_out(made: Recordings) -> None:
    evil = "<script>alert(1)</script>"
    card = replace(made.card, activities=(evil, "b", "c"), title=evil, licence=evil, citation="@" + evil)
    items = [replace(r, name=f"{evil}{i}", subject=f"{r.subject}{evil}") for i, r in enumerate(made)]
    page = page_of(gather(card, items, "x"))
    assert evil not in page
    assert "&lt;script&gt;" in page


def test_everything_that_is_too_short_is_listed(made: Recordings) -> None:
    found = inspect(made, 5.0)
    page = compose(found, excerpts(made, made.card.activities))
    assert len(found["short"]["too_short"]) == 18
    assert page.count("<td>4.00</td>") == 18


def test_seconds_of_people_and_activities(made: Recordings) -> None:
    grid = seconds_grid(inspect(made))
    assert grid.columns == ["all", "rest", "walk", "wave"]
    assert [[cell.text for cell in cells] for _, cells in grid.rows] == [["24", "8.0", "8.0", "8.0"]] * 3


def test_a_sample_breaks_where_nothing_was_measured() -> None:
    signal = np.zeros((1, 50), np.float32)
    signal[0, 20:30] = np.nan
    picture = sample([("x", signal)], 50.0, np.array([[-1.0, 1.0]]), ("red",))
    assert picture.count("<polyline") == 2
    assert "nan" not in picture
    ElementTree.fromstring(picture)


def test_a_sample_is_thin_and_stays_in_its_frame() -> None:
    signal = np.random.default_rng(0).normal(size=(3, 5000)).astype(np.float32)
    limits = np.array([[signal.min(), signal.max()]])
    root = ElementTree.fromstring(sample([("xyz", signal)], 50.0, limits, ("a", "b", "c")))
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    lines = [line.attrib["points"].split() for line in root.iter("polyline")]
    assert len(lines) == 3
    for line in lines:
        assert len(line) <= 200
        places = np.array([point.split(",") for point in line], float)
        assert (places >= 0).all()
        assert (places <= [width, height]).all()


def test_a_sheet_is_a_file_of_its_own(made: Recordings) -> None:
    drawn, sensors = samples(excerpts(made, made.card.activities))
    text = sheet([("a & <b>", drawn[0].picture), ("c", drawn[1].picture)], len(sensors), "two")
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len([e for e in root.iter() if e.tag.endswith("svg")]) == 3
    assert sensors == ["wrist acceleration (x, y, z), g", "wrist rotation rate (x, y, z), rad/s"]


def test_of_landmarks_the_one_that_moves_is_drawn() -> None:
    channels = (*sensor("position", "nose", "image"), *sensor("position", "hand", "image"))
    signal = np.zeros((6, 30), np.float32)
    signal[3:] = np.linspace(0, 1, 30)
    assert moving([Excerpt("wave", "1", "r", 0.0, 30.0, channels, signal)]) == [[3, 4, 5]]


@pytest.mark.parametrize(("seconds", "text"), [(48, "48 s"), (750, "12.5 min"), (150_840, "41.9 h")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text.replace(" ", "\u00a0")


def test_the_gallery_shows_every_dataset() -> None:
    text = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    sections = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert sections == DATASETS.names(), "make gallery"
    assert all(f"| [`{name}`](#{name}) |" in text for name in sections)
