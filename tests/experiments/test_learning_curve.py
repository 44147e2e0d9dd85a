"""Learning curves: a run for every size, nothing done twice, results from the folder alone."""

from __future__ import annotations

import json
import shutil
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from kodo.errors import KodoError
from kodo.experiments.evidence.learning.plan import CurvePlan, begin, estimate, plan, prepared
from kodo.experiments.evidence.learning.power_law import outlook
from kodo.experiments.evidence.learning.results import results, summary
from kodo.experiments.executors.workers import InProcess
from kodo.experiments.experiment import experiment
from kodo.experiments.summary import open_run, rows
from kodo.experiments.work import missing, several

MADE = {
    "dataset": "synthetic",
    "models": ("features",),
    "protocol": "loso",
    "window": {"overlap": 0.0},
    "model": {"features": {"trees": 5}},
}


def do(todo: CurvePlan, folder: Path) -> None:
    begin(todo, folder)
    several(todo.parts(folder), InProcess(), lambda *asked: nullcontext(lambda fit, record, error: None))


def left(todo: CurvePlan, folder: Path) -> int:
    return sum(missing(*part) for part in todo.parts(folder))


@pytest.fixture(scope="module")
def todo(cache: Path) -> CurvePlan:
    return plan(experiment(MADE), [1, 2, 3])


@pytest.fixture(scope="module")
def folder(todo: CurvePlan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished learning curve; tests must not change it."""
    place = tmp_path_factory.mktemp("curves") / "small"
    do(todo, place)
    return place


def test_every_size_is_a_run_of_its_own_and_everybody_the_ordinary_one(todo: CurvePlan) -> None:
    assert todo.sizes == (1, 2, 3, 0)
    assert [one.experiment.folding.people for one in todo.plans] == [1, 2, 3, 0]
    assert [len(one.fits) for one in todo.plans] == [6, 6, 6, 6]
    assert "people" not in todo.plans[-1].fits[0].folding
    assert len({fit.key for one in todo.plans for fit in one.fits}) == 24


def test_sizes_double_by_themselves(cache: Path) -> None:
    assert plan(experiment(MADE)).sizes == (1, 2, 0)
    assert plan(experiment(MADE), [3, 1, 3]).sizes == (1, 3, 0)


def test_results_are_those_of_the_runs(folder: Path) -> None:
    found = results(folder)
    (curve,) = found.curves
    assert [point.people for point in curve.points] == [1, 2, 3, 4]
    for name, point in zip(("people-1", "people-2", "people-3", "everybody"), curve.points, strict=True):
        run = open_run(folder / name)
        assert {len(record.facts["people"]["train"]) for record in run.records} == {point.people}
        assert np.array_equal(point.score.values, rows(run)[0].scores["macro_f1"])
    wanted = outlook(np.arange(1.0, 5.0), np.column_stack([point.score.values for point in curve.points]))
    assert curve.outlook == wanted
    assert json.loads(json.dumps(summary(found)))[0]["model"] == "features"


def test_stopped_it_goes_on(todo: CurvePlan, folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "curve"
    shutil.copytree(folder, place)
    shutil.rmtree(next((place / "people-2" / "fits").iterdir()))
    with pytest.raises(KodoError, match="not finished; go on with: kodo learn-curve"):
        results(place)
    again, same = prepared(place, {}, [], None)
    assert same == place
    assert again.sizes == todo.sizes
    assert left(again, place) == 1
    do(again, place)
    assert left(again, place) == 0
    assert summary(results(place)) == summary(results(folder))


def test_a_size_with_a_failed_fit_is_left_out_and_named(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "curve"
    shutil.copytree(folder, place)
    key = next((place / "people-2" / "fits").iterdir()).name
    shutil.rmtree(place / "people-2" / "fits" / key)
    (place / "people-2" / "failed").mkdir()
    fault = {"key": key, "model": "features", "fold": 0, "seed": 0, "error": "The training diverged."}
    (place / "people-2" / "failed" / f"{key}.json").write_text(json.dumps(fault), encoding="utf-8")
    (curve,) = results(place).curves
    assert [point.people for point in curve.points] == [1, 3, 4]
    assert curve.failed == ("people-2: The training diverged.",)
    assert curve.outlook.unknown.startswith("3 sizes were measured")


def test_an_estimate_counts_all_sizes(todo: CurvePlan, folder: Path, tmp_path: Path) -> None:
    found = estimate(todo, tmp_path / "none", 1)
    assert (found["fits"], found["finished"]) == (24, 0)
    assert found["minutes"] == pytest.approx(sum(found["minutes_by_model"].values()))
    assert estimate(todo, folder, 1)["finished"] == 24


@pytest.mark.parametrize(
    ("changes", "sizes", "says"),
    [
        ({}, [4], "Sizes lie from 1 to 3 here: a fold has at least 4 people to learn from"),
        ({}, [0], "got 0"),
        ({"folding": {"people": 2}}, [], "folding.people is what a learning curve varies; got 2"),
        ({"protocol": "arena"}, [], "The protocol arena does not read folding.people"),
    ],
)
def test_what_cannot_be_is_said_first(
    changes: dict[str, object], sizes: list[int], says: str, cache: Path
) -> None:
    with pytest.raises(KodoError, match=says):
        plan(experiment(MADE | changes), sizes)


def test_another_folder_is_not_touched(todo: CurvePlan, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(KodoError, match="is no learning curve; name another folder"):
        begin(todo, tmp_path)
    with pytest.raises(KodoError, match="holds another learning curve"):
        begin(plan(experiment(MADE), [1]), folder)
    with pytest.raises(KodoError, match="is no learning curve"):
        results(tmp_path)
