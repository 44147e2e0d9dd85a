"""Minutes instead of epochs: asked once, resolved once, the same after a stop."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kodo.cli.main import main
from kodo.errors import KodoError
from kodo.experiments import plan as planning
from kodo.experiments.executors.workers import InProcess
from kodo.experiments.experiment import continued, experiment, read, written
from kodo.experiments.plan import Plan, plan
from kodo.experiments.record import finished
from kodo.experiments.run import run
from kodo.experiments.work import prepared, work

MODELS = ("features", "cnn1d", "vgg")


@pytest.fixture
def takes(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Set what an epoch of each model takes (s); gives the list of models probed since."""

    def set_(**seconds: float | None) -> list[str]:
        probed: list[str] = []

        def measured(recipe: Any, windows: Any, split: Any) -> float | None:
            probed.append(recipe.model.name)
            return seconds.get(recipe.model.name)

        monkeypatch.setattr(planning, "epoch_seconds", measured)
        return probed

    return set_


def asked(**changes: Any) -> dict[str, Any]:
    usual = {
        "dataset": "synthetic",
        "models": MODELS,
        "folding": {"folds": 2},
        "budget": {"minutes": 0.5},
        "model": {"features": {"trees": 5}},
    }
    return usual | changes


def epochs(todo: Plan) -> dict[str, Any]:
    return {fit.model: fit.train.get("epochs") for fit in todo.fits}


def test_minutes_become_epochs_of_every_fit(cache: Path, takes: Callable[..., list[str]]) -> None:
    takes(cnn1d=2.0, vgg=45.0)
    todo = plan(experiment(asked(train={"epochs": 7})))
    assert epochs(todo) == {"features": None, "cnn1d": 15, "vgg": 1}
    said = "\n".join(todo.notes)
    assert "cnn1d: 15 epochs in 0.5 min a fit; one took 2 s in a probe of 2" in said
    assert "vgg: 1 epoch in 0.5 min a fit; one took 45 s" in said
    assert "features: has no epochs" in said


def test_a_budget_is_spent_unless_patience_is_asked_for(cache: Path, takes: Callable[..., list[str]]) -> None:
    takes(cnn1d=2.0, vgg=3.0)
    patience = {fit.model: fit.train.get("patience") for fit in plan(experiment(asked())).fits}
    assert patience == {"features": None, "cnn1d": 0, "vgg": 0}
    for train, model in (({"patience": 3}, {}), ({}, {"cnn1d": {"train": {"patience": 3}}})):
        todo = plan(experiment(asked(models=("cnn1d",), train=train, model=model)))
        assert {fit.train["patience"] for fit in todo.fits} == {3}


def test_what_was_resolved_is_read_again_and_not_measured_again(
    cache: Path, takes: Callable[..., list[str]], tmp_path: Path
) -> None:
    takes(cnn1d=2.0, vgg=3.0)
    todo = plan(experiment(asked()))
    path = tmp_path / "experiment.toml"
    path.write_text(written(todo.experiment))
    budget = tomllib.loads(path.read_text())["budget"]
    assert budget == {
        "minutes": 0.5, "seconds": {"cnn1d": 2.0, "vgg": 3.0}, "epochs": {"cnn1d": 15, "vgg": 10}
    }  # fmt: skip
    probed = takes(cnn1d=1.0, vgg=1.0)
    again = plan(read(path))
    assert [fit.key for fit in again.fits] == [fit.key for fit in todo.fits]
    assert written(again.experiment) == path.read_text()
    assert set(probed) <= {"features"}
    assert epochs(plan(read(path, {"budget": {"minutes": 1.0}}))) == {
        "features": None,
        "cnn1d": 60,
        "vgg": 60,
    }


def test_the_same_command_goes_on_with_the_same_epochs(
    cache: Path, takes: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    takes(cnn1d=20.0)
    wanted = asked(models=("cnn1d",), model={})
    todo, folder = prepared(None, wanted, None)
    run(Plan(todo.experiment, todo.windows, todo.fits[:1], todo.dataset, ()), folder, InProcess(), _silent)
    probed = takes(cnn1d=1.0)
    again, same = prepared(None, wanted, None)
    assert (same, probed, epochs(again)) == (folder, [], {"cnn1d": 1})
    work(again, same, InProcess(), _silent)
    assert finished(folder) == {fit.key for fit in todo.fits}
    other, elsewhere = prepared(None, wanted | {"budget": {"minutes": 2.0}}, None)
    assert elsewhere != folder
    assert epochs(other) == {"cnn1d": 120}
    assert continued(other.experiment, folder) == other.experiment, "epochs of other minutes are not taken"


def _silent(fit: Any, record: Any, error: str) -> None:
    """Nobody watches."""


def test_without_a_budget_nothing_is_written_about_it() -> None:
    assert "budget" not in tomllib.loads(written(experiment({"models": "cnn1d"})))


@pytest.mark.parametrize(
    ("minutes", "says"),
    [
        (-1.0, " is at least 0"),
        (float("inf"), " wants a finite number"),
        (float("nan"), " wants a finite number"),
    ],
)
def test_minutes_that_are_none_are_refused(minutes: float, says: str) -> None:
    with pytest.raises(KodoError, match=rf"budget\.minutes{says}"):
        experiment({"models": "cnn1d", "budget": {"minutes": minutes}})


def test_epochs_of_a_model_that_is_not_there_are_refused() -> None:
    with pytest.raises(KodoError, match=r"budget\.epochs\.vgg is read by no chosen model"):
        experiment({"models": "cnn1d", "budget": {"minutes": 1.0, "epochs": {"vgg": 3}}})


def test_on_the_command_line(
    cache: Path, takes: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    takes(cnn1d=30.0)
    words = ["-d", "synthetic", "-m", "cnn1d", "--set", "folding.folds=2", "--dry-run", "--budget-min", "0.5"]
    with pytest.raises(SystemExit) as end:
        main(["run", *words, "--out", str(tmp_path / "run")])
    assert not end.value.code
    assert "cnn1d: 1 epoch in 0.5 min a fit" in capsys.readouterr().out
