"""The parts of a page: pictures, grids, sentences, numbers."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from typing import get_args
from urllib.parse import unquote

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.figure import Figure

from kodo.datasets.recording import Channel, sensor
from kodo.reports.drawing.figures import Curve, learning, signals
from kodo.reports.drawing.sample import thin
from kodo.reports.drawing.svg import INK, picture
from kodo.reports.field import heights
from kodo.reports.history import QUANTITIES, SIDES
from kodo.reports.page import amount, coded, colours, counted, data_address, listed, percent, score, size
from kodo.reports.pairs import drawn_sensors
from kodo.reports.results import guessed
from kodo.reports.sentences import one_in
from kodo.reports.tables import MANY, MOST, confused_pairs, confusion_grid, near_diagonal, recall_grid, shown
from kodo.training.stopping import Monitor

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=6)
CONFUSIONS = st.integers(1, 7).flatmap(
    lambda n: arrays(np.float64, (n, n), elements=st.integers(0, 20).map(float))
)


def line(figure: Figure) -> None:
    axes = figure.add_subplot()
    axes.plot([0, 1, 2], [1, 0, 2], color=INK)
    axes.set_xlabel("$ not mathematics")


def test_a_picture_is_the_same_every_time_and_its_own() -> None:
    text = picture(line, 200, 100, "one")
    assert text == picture(line, 200, 100, "one")
    root = ElementTree.fromstring(text)
    assert root.attrib["viewBox"] == "0 0 200 100"
    assert "width" not in root.attrib
    assert INK not in text
    assert "currentColor" in text
    ids = {e.attrib["id"] for e in root.iter() if "id" in e.attrib}
    assert all(i == "one" or i.startswith("one-") for i in ids)
    used = {v.removeprefix("#") for e in root.iter() for k, v in e.attrib.items() if k == "href"}
    assert used
    assert used <= ids
    assert next(e for e in root.iter() if e.tag == "style").text == (
        "#one * {stroke-linejoin: round; stroke-linecap: butt}"
    )
    assert not any(e.tag in ("metadata", "text") for e in root.iter())


def test_pictures_of_one_page_share_no_name() -> None:
    ids = [
        {
            e.attrib["id"]
            for e in ElementTree.fromstring(picture(line, 200, 100, name)).iter()
            if "id" in e.attrib
        }
        for name in ("one", "two")
    ]
    assert not ids[0] & ids[1]


@given(
    arrays(np.float64, st.integers(1, 900), elements=st.floats(-9, 9) | st.just(np.nan)), st.integers(2, 200)
)
def test_a_thin_line_keeps_its_ends_and_its_extremes(values: np.ndarray, points: int) -> None:
    kept = thin(values, points)
    assert len(kept) <= max(points, 2) + 2
    assert np.all(np.diff(kept) > 0)
    assert kept[0] == 0
    assert kept[-1] == len(values) - 1
    if np.isfinite(values).any():
        assert np.nanmax(values[kept]) == np.nanmax(values)
        assert np.nanmin(values[kept]) == np.nanmin(values)


def test_whatever_chooses_an_epoch_has_a_name_over_its_picture() -> None:
    followed = [name.partition("_") for name in get_args(Monitor)]
    assert {side for side, _, _ in followed} <= set(SIDES)
    assert {quantity for _, _, quantity in followed} <= set(QUANTITIES)


def test_learning_draws_fits_that_stopped_early() -> None:
    curves = [
        Curve("a", "train", [2.0, 1.0, 0.5], 1),
        Curve("b", "train", [2.0, 1.0], 0),
        Curve("a", "validation", [2.0, 1.2, 1.3], 1),
        Curve("b", "validation", [2.0, 1.1], 9),
    ]
    assert learning(curves, "currentColor", "x").count("<path") > 6
    assert "<svg" in learning([Curve("a", "validation", [0.5], -1)], "#E69F00", "y")


def test_a_signal_with_gaps_is_drawn() -> None:
    signal = np.full((3, 20), np.nan, np.float32)
    signal[0, 5:9] = 1.0
    assert "<svg" in signals([("xyz", signal)], 50.0, np.array([[0.0, 2.0]]), "s")


@given(CONFUSIONS)
def test_near_the_diagonal_is_an_order_that_is_no_worse(confusion: np.ndarray) -> None:
    order = near_diagonal(confusion)
    assert sorted(order) == list(range(len(confusion)))
    share = confusion / np.maximum(confusion.sum(1, keepdims=True), 1)

    def far(given_order: list[int]) -> float:
        place = {c: i for i, c in enumerate(given_order)}
        return sum(
            share[i, j] * abs(place[i] - place[j]) for i in range(len(share)) for j in range(len(share))
        )

    assert far(order) <= far(list(range(len(confusion)))) + 1e-9


def test_a_chain_of_confusions_is_put_in_a_row() -> None:
    chain = [3, 0, 4, 1, 2]
    confusion = np.eye(5) * 10
    for one, other in pairwise(chain):
        confusion[one, other] = confusion[other, one] = 5
    assert near_diagonal(confusion) in (chain, chain[::-1])


def test_of_many_activities_the_confused_ones_are_shown() -> None:
    confusion = np.eye(MANY + 1) * 10
    confusion[40, 39] = 5
    assert {39, 40} <= set(shown(confusion))
    assert len(shown(confusion)) == MOST


def test_confused_pairs_come_once_and_in_order() -> None:
    confusion = np.array([[9, 3, 0], [2, 9, 1], [0, 0, 9]], float)
    assert confused_pairs(confusion) == [(0, 1), (1, 2)]
    assert confused_pairs(np.eye(3)) == []


def test_a_confusion_grid_is_in_per_cent_of_the_row() -> None:
    grid = confusion_grid(np.array([[3, 1, 0], [0, 0, 0], [0, 0, 5]], float), ["a", "b", "c"], [2, 0, 1])
    assert list(grid.columns) == ["c", "a", "b"]
    cells = dict(grid.rows)
    assert [(c.text, c.small) for c in cells["a"]] == [("", ""), ("75", "3"), ("25", "1")]
    assert cells["a"][2].classes == "wrong s2"
    assert [c.text for c in cells["b"]] == ["", "", ""]
    assert grid.data[1] == ["a", "3", "1", "0"]


def test_a_recall_grid_starts_with_the_worst_and_marks_what_is_rare() -> None:
    counts = np.zeros((2, 2, 2))
    counts[0] = [[4, 0], [1, 1]]
    counts[1, 0] = [1, 3]
    grid = recall_grid(counts, np.array([0.7, 0.2]), ["p", "q"], ["a", "b"], [0, 1], "person")
    assert [name for name, _ in grid.rows] == ["q", "p"]
    worst, other = (cells for _, cells in grid.rows)
    assert [c.text for c in worst] == ["0.20", "25", "–"]
    assert [c.kind for c in other] == ["total", "wrong", "wrong few"]
    assert grid.data[2] == ["p", "0.7000", "1.0000", "4", "0.5000", "2"]


@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1)))
def test_dots_stay_in_their_row(scores: np.ndarray) -> None:
    found = heights(scores)
    assert len(found) == len(scores)
    assert all(abs(height) <= 18 for height in found)


def test_equal_scores_stand_beside_one_another() -> None:
    assert sorted(heights(np.full(5, 0.5))) == [-18, -9, 0, 9, 18]


def test_guessing_is_as_good_as_a_simulation() -> None:
    windows = np.array([[4000, 1000, 1000, 0]], float)
    random = np.random.default_rng(0)
    label = np.repeat([0, 1, 2], [4000, 1000, 1000])
    guess = random.integers(0, 4, len(label))
    f1 = [
        2 * np.sum((label == c) & (guess == c)) / (np.sum(label == c) + np.sum(guess == c)) for c in range(3)
    ]
    assert guessed(windows) == pytest.approx(np.mean(f1), abs=0.01)


def test_the_drawn_sensors_are_the_first_acceleration_and_rotation() -> None:
    channels = (
        *sensor("magnetic_field", "wrist", "µT"),
        *sensor("acceleration", "wrist", "g"),
        *sensor("rotation_rate", "wrist", "rad/s"),
        *sensor("acceleration", "waist", "g"),
    )
    assert drawn_sensors(channels) == [[3, 4, 5], [6, 7, 8]]
    points = tuple(Channel(f"p{i}", "position", "", f"place {i}", "image") for i in range(50))
    assert drawn_sensors(points) == [[0]]


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.2, "1 of 5"), (0.09, "1 of 11"), (0.667, "2 of 3"), (1.0, "1 of 1"), (0.004, "fewer than 1 of 100")],
)
def test_shares_are_said_as_people_say_them(share: float, said: str) -> None:
    assert one_in(share) == said


def test_numbers_are_written_as_people_read_them() -> None:
    assert [score(0.8149), score(0.8149, 3), score(float("nan"))] == ["0.81", "0.815", "–"]
    assert [amount(v) for v in (0.0213, 3.44, 38.25, 48307.0, 0.0)] == [
        "0.0213",
        "3.44",
        "38.2",
        "48,307",
        "0",
    ]
    assert [size(v) for v in (12, 197120, 3.2e6, 4e9)] == ["12 B", "197 kB", "3.2 MB", "4 GB"]
    assert [percent(v) for v in (0, 0.001, 0.5, 0.999, 1)] == ["0", "<1", "50", ">99", "100"]
    assert [counted(1, "person", "people"), counted(1200, "fit")] == ["1 person", "1,200 fits"]
    assert [listed(["a"]), listed(["a", "b", "c"]), listed([])] == ["a", "a, b and c", ""]


def test_code_between_backticks_is_escaped() -> None:
    assert (
        str(coded("`<b>` & macro-F1")) == '<code>&lt;b&gt;</code> &amp; <span class="whole">macro-F1</span>'
    )


def test_models_keep_their_colour() -> None:
    one, other = colours(["features", "vgg", "cnn1d"]), colours(["vgg"])
    assert one["vgg"] == other["vgg"]
    assert len(set(one.values())) == 3
    assert len(colours([f"model{i}" for i in range(12)])) == 12


@settings(max_examples=50)
@given(st.lists(st.lists(TEXTS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_data_come_back_from_their_address(rows: list[list[str]]) -> None:
    address = data_address(rows)
    assert not set(address) & set("\"<>&#'\n ")
    text = unquote(address.partition(",")[2])
    assert [row or [""] for row in csv.reader(io.StringIO(text))] == rows
