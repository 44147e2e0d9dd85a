"""What a page says, for every way in which models can stand to one another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kodo.evaluation.compare import against
from kodo.evaluation.interval import mean_interval
from kodo.evaluation.score import Score
from kodo.experiments.summary import HEADLINE, Row
from kodo.reports.report import distinguished
from kodo.reports.results import Result, Results
from kodo.reports.sentences import (
    answer,
    comparisons,
    confused,
    left_out,
    published,
    slid,
    with_interval,
)

PEOPLE = tuple(f"s{i}" for i in range(10))
HERE = 0.8 + 0.05 * np.sin(np.arange(10.0))
"""Scores of the first model."""
WIDE = 0.1 * np.cos(3 * np.arange(10.0))
"""A difference that is large for some people and has no direction."""


def row(name: str, values: np.ndarray, leak: str = "") -> Row:
    scores = dict.fromkeys(HEADLINE, values)
    intervals = {kind: mean_interval(values) for kind in HEADLINE}
    return Row(
        dataset="d",
        model=name,
        people=PEOPLE,
        scores=scores,
        by_seed=values[None],
        intervals=intervals,
        published={"f1_arena": 0.61} if leak else {},
        slid=mean_interval(values),
        spread=None,
        windows=100,
        seconds=1.0,
        learned_per_second=100.0,
        ms_per_window=0.1,
        parameters=10,
        macs=1000,
        size=10,
        leak=leak,
    )


def made(leak: str = "", **models: np.ndarray) -> Results:
    rows = [row(name, values, leak) for name, values in models.items()]
    scores = [Score(HEADLINE[0], PEOPLE, r.scores[HEADLINE[0]]) for r in rows]
    found = [None, *against(scores[0], scores[1:])]
    results = tuple(
        Result(r, "currentColor", (), np.ones((10, 3, 3)), c) for r, c in zip(rows, found, strict=True)
    )
    best = int(np.argmax([r.scores[HEADLINE[0]].mean() for r in rows]))
    return Results(results, row("majority", np.full(10, 0.1)), best, 0, leak, 1, ("a", "b", "c"))


@pytest.mark.parametrize(
    ("models", "end", "bold"),
    [
        ({"features": HERE}, "people).", ""),
        ({"features": HERE, "vgg": HERE + 0.1 + 0.1 * WIDE}, "better than `features` by 0.1", "vgg"),
        ({"features": HERE, "vgg": HERE + WIDE}, "; `features` is not distinguishable from it.", ""),
        ({"features": HERE, "vgg": HERE + 0.0004 + 0.02 * WIDE}, "; `features` is equivalent to it.", ""),
        ({"features": HERE, "vgg": HERE - 0.1 + 0.1 * WIDE}, "; `vgg` is worse.", "features"),
        (
            {"features": HERE, "a": HERE - 0.0004 + 0.02 * WIDE, "b": HERE - 0.0004 - 0.02 * WIDE},
            "`a` and `b` are equivalent to it.",
            "",
        ),
        (
            {"features": HERE, "a": HERE - 0.3 + 0.1 * WIDE, "b": HERE - 0.02 + WIDE},
            "; `a` is worse, `b` is not distinguishable from it.",
            "",
        ),
    ],
)
def test_the_answer_says_how_the_models_stand(models: dict[str, np.ndarray], end: str, bold: str) -> None:
    results = made(**models)
    said = answer(results)
    assert said.startswith("On people it has never met, `")
    assert end in said
    assert said.endswith(".")
    assert distinguished(results) == bold
    assert len(comparisons(results)) == len(models) - 1


def test_a_leaky_answer_does_not_speak_of_people_never_met() -> None:
    said = answer(made("Windows overlap.", features=HERE))
    assert said.startswith("On the test windows of a leaky division, `features`")
    assert "never met" not in said


def test_equal_scores_have_no_interval() -> None:
    assert with_interval(mean_interval(np.full(4, 0.5)), "person", "people") == "0.50 (4 people, no interval)"


def test_a_model_without_mistakes_is_said_to_have_none() -> None:
    result = made(features=HERE).models[0]
    assert confused(result, [], ("a", "b", "c")) == "`features` took no test window for another activity"
    assert confused(result, [(0, 1)], ("a", "b", "c")) == "Of 60 wrong windows, 10 are a taken for b"


def test_scores_for_published_tables_stand_apart_with_their_meaning() -> None:
    assert published(made(features=HERE)) == []
    (said,) = published(made("Windows overlap.", features=HERE))
    assert said.startswith("f1_arena (per fold, macro-F1 over all declared activities")
    assert said.endswith("`features` 0.610.")


def test_what_is_left_out_is_counted() -> None:
    assert left_out({"dropped": []}).startswith("Nothing was left out")
    two = {"dropped": [{"seconds": 1.0}, {"seconds": 0.5}]}
    assert left_out(two) == "2 labelled stretches are shorter than a window and left out, 1.5 s in all."


def test_whole_recordings_that_nobody_was_tested_on_are_not_measured():
    found = made("Windows are shared.", vgg=HERE)
    assert slid(found).endswith(f"macro-F1 `vgg` {found.models[0].row.slid.text()}.")
    nowhere = [replace(model, row=replace(model.row, slid=None)) for model in found.models]
    assert "not measured" in slid(replace(found, models=nowhere))
