"""The page of a learning curve, on scores that were made up."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from kodo.evaluation.interval import mean_interval
from kodo.experiments.evidence.learning.power_law import outlook
from kodo.experiments.evidence.learning.results import Curve, LearningCurve, Point
from kodo.experiments.summary import Row
from kodo.reports.drawing.learning import Beyond, Size, learned, limits
from kodo.reports.evidence.learning_curve import answer, best, compose, far, score_data, size_data

PEOPLE = tuple(f"s{n}" for n in range(1, 10))


def row(model: str, scores: np.ndarray, people: tuple[str, ...]) -> Row:
    interval = mean_interval(scores)
    return Row(
        dataset="made-up", model=model, people=people, scores={"macro_f1": scores}, by_seed=scores[None],
        intervals={"macro_f1": interval}, published={}, slid=None, spread=None, windows=9, seconds=1.0,
        learned_per_second=1.0, ms_per_window=1.0, parameters=1, macs=None, size=1, leak="",
    )  # fmt: skip


def curve(model: str = "vgg", sizes: tuple[int, ...] = (1, 2, 4, 8, 16), lack: float = 0.4) -> Curve:
    random = np.random.default_rng(0)
    level = random.normal(0, 0.06, len(PEOPLE))
    table = [0.88 - lack * n**-0.6 + level + random.normal(0, 0.01, len(PEOPLE)) for n in sizes]
    points = tuple(
        Point(float(n), row(model, scores, PEOPLE)) for n, scores in zip(sizes, table, strict=True)
    )
    return Curve(model, points, outlook(np.array(sizes, float), np.column_stack(table)), ())


def found(*curves: Curve) -> LearningCurve:
    asked = {
        "models": [one.model for one in curves], "sizes": [1, 2, 4, 8, 0], "protocol": "loso", "seeds": 1,
    }  # fmt: skip
    dataset = {"name": "made-up", "title": "Made-up movements", "checksum": "9" * 16, "citation": "@data{x}"}
    return LearningCurve(Path("curves/x"), asked, dataset, "seeds = 1", curves, 0.1, ("person", "people"))


def test_a_number_never_stands_without_its_interval() -> None:
    said = answer(curve())
    assert re.fullmatch(
        r"With 16 people to learn from, `vgg` reaches macro-F1 0\.\d\d \(0\.\d\d to 0\.\d\d\) over 9 people; "
        r"ten more would make it about 0\.\d\d \(0\.\d\d to 0\.\d\d\), [+-]0\.\d{3} \([+-]0\.\d{3} to "
        r"[+-]0\.\d{3}\), extrapolated\.",
        said,
    )


def test_too_few_sizes_say_so_and_draw_nothing_beyond() -> None:
    short = curve(sizes=(1, 2, 4))
    assert answer(short).endswith(
        "what ten more would bring cannot be told: 3 sizes were measured, and a curve needs at least 4."
    )
    assert "extrapolated" not in [line[2] for line in size_data(found(short))]
    assert "extrapolated</small>" not in compose(found(short))
    assert [line[2] for line in size_data(found(curve()))][-1] == "extrapolated"


def test_far_beyond_the_data_is_warned_of() -> None:
    assert far(curve()) == ""
    assert "10 more are more than the 8 people that were measured" in far(curve(sizes=(1, 2, 4, 8)))


def test_the_page_holds_everything_and_asks_for_nothing() -> None:
    both = found(curve(), curve("mlp", lack=0.6))
    page = compose(both)
    assert page == compose(both)
    assert best(both).model == "vgg"
    assert page.count('class="plot"') == 2
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    assert page.index("<h1>") < page.index('class="plots"') < page.index("<table")
    assert page.count("Data (CSV)") == 2
    assert len(list(score_data(both))) == 1 + 2 * 5 * 9


def test_hostile_names_are_written_out() -> None:
    evil = "<script>alert(1)</script>"
    assert evil not in compose(found(curve(evil)))


@pytest.mark.parametrize("people", [(1.0,), (1.0, 2.0, 3.8, 4.2)])
def test_the_picture_of_any_sizes(people: tuple[float, ...]) -> None:
    sizes = [Size(n, (0.4, 0.6), 0.5, (0.45, 0.55)) for n in people]
    assert limits([sizes]) == pytest.approx((0.39, 0.61))
    alone = learned(sizes, None, (0.3, 0.7), "x")
    beyond = learned(sizes, Beyond(14.0, 0.6, (0.5, 0.7), lambda n: 0.6 - 0.1 / n), (0.3, 0.7), "x")
    assert alone.startswith("<svg")
    assert len(beyond) > len(alone)
