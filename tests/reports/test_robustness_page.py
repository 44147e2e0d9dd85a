"""The page of a run's robustness, on scores that were made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kodo.evaluation.compare import against
from kodo.evaluation.interval import mean_interval
from kodo.evaluation.score import Score
from kodo.experiments.evidence.robustness.results import Cost, Costs
from kodo.experiments.summary import Run
from kodo.reports.evidence.robustness import (
    answer,
    axis_of,
    compose,
    cost_data,
    held,
    score_data,
    write_page,
)

PEOPLE = tuple(f"s{n}" for n in range(1, 10))
NAMES = ("rate halved", "turned by 90°", "wrong unit")


def costs_of(
    losses: tuple[float, ...] = (0.0, 0.4, 0.1), model: str = "vgg", furthest: float = 0.0, leak: str = ""
) -> Costs:
    random = np.random.default_rng(0)
    before = Score("macro_f1", PEOPLE, random.uniform(0.7, 0.9, len(PEOPLE)))
    after = [
        Score("macro_f1", PEOPLE, before.values - loss * random.uniform(0.8, 1.2, len(PEOPLE)))
        for loss in losses
    ]
    costs = tuple(
        Cost(name, f"{name}, in words", one, mean_interval(one.values), comparison)
        for name, one, comparison in zip(NAMES, after, against(before, after), strict=False)
    )
    return Costs(model, before, mean_interval(before.values), costs, 1, 5, furthest, leak)


def run_of(*models: str) -> Run:
    dataset = {"name": "made-up", "title": "Made-up movements", "checksum": "9" * 16}
    return Run(Path("runs/x"), {"models": list(models), "protocol": "kfold"}, dataset, (), ())


def test_the_worst_alteration_is_named_with_its_interval() -> None:
    said = answer(costs_of())
    assert said.startswith("Turned by 90° costs `vgg` most: macro-F1 0.")
    assert "worse by 0." in said
    assert said.endswith("over 9 people; 2 of 3 alterations make it worse.")
    assert answer(costs_of((0.0, 0.0, -0.05))) == (
        "None of 3 alterations lowers the macro-F1 of `vgg` over 9 people."
    )


def test_whether_the_fits_were_the_same_is_said() -> None:
    assert held(costs_of()) == "`vgg`: 5 fits done again gave the very predictions that the run holds."
    assert "up to 0.012 away from those that the run holds" in held(costs_of(furthest=0.0123))


def test_the_axis_holds_everybody_and_zero() -> None:
    found = costs_of()
    axis = axis_of([found])
    assert 0 < axis.at(0) < 1
    for cost in found.costs:
        assert all(0 <= axis.at(value) <= 1 for value in found.differences(cost).tolist())
    assert axis.ticks == [-0.5, -0.4, -0.3, -0.2, -0.1, 0.0]


def test_the_page_holds_everything_and_asks_for_nothing() -> None:
    run, both = run_of("vgg", "mlp"), (costs_of(), costs_of(model="mlp"))
    page = compose(run, both)
    assert page == compose(run, both)
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("<circle") == 2 * 3 * len(PEOPLE)
    assert page.index("<h1>") < page.index('class="field"') < page.index("<table")
    assert "LEAKY" not in page
    assert len(list(cost_data(both))) == 1 + 2 * 4
    assert len(list(score_data(run, both))) == 1 + 2 * 4 * len(PEOPLE)


def test_a_leak_marks_every_part() -> None:
    page = compose(run_of("vgg"), (costs_of(leak="Validation shares windows."),))
    assert page.count("LEAKY") >= 4
    assert 'download="leaky-people.csv"' in page


def test_hostile_names_are_written_out(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    assert evil not in compose(run_of(evil), (costs_of(model=evil),))


def test_the_page_lies_beside_what_it_was_made_from(tmp_path: Path) -> None:
    run = Run(tmp_path, {"models": ["vgg"], "protocol": "kfold"}, run_of("vgg").dataset, (), ())
    assert write_page(run, (costs_of(),)) == tmp_path / "robustness" / "report.html"
