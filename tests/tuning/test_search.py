"""The search: the real training, on the right people, the same for any number of workers and after kills."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kodo.experiments.fit as fitting
from kodo.datasets.recording import Recordings
from kodo.errors import KodoError
from kodo.experiments.experiment import written
from kodo.experiments.fit import execute
from kodo.training.trainer import TRAINERS
from kodo.tuning.search import search as room
from kodo.tuning.search.journal import Journal
from kodo.tuning.search.search import due, studied, wanted
from kodo.tuning.study import Arm, Search, Study, arms
from kodo.tuning.trial import Outcome, Trial, fits_of
from kodo.windows.cut import Windows
from small_study import do, facts, quick, small


class Shuffled(Executor):
    """Finishes what it was given in a random order, one whenever it is full."""

    def __init__(self, jobs: int, seed: int) -> None:
        self.jobs, self.random = jobs, random.Random(seed)
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, lambda: call(*arguments, **named)))
        return future

    def at_once(self) -> int:
        return self.jobs

    def finish(self, running: Any) -> set[Future[Any]]:
        future, call = self.waiting.pop(self.random.randrange(len(self.waiting)))
        future.set_result(call())
        return {future}


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials in no time."""
    monkeypatch.setattr(room, "tried", quick)


@pytest.fixture
def larger(windows: Windows) -> Study:
    return small(windows, explore=12, exploit=12, together=4)


def ended(trials: Any, state: str) -> list[int]:
    return [trial.number for trial in trials if trial.outcome.state == state]


def test_a_study_does_every_trial_once(study_folder: Path, small_study: Study, arm: Arm) -> None:
    found = studied(study_folder)
    trials = found.trials["cnn1d"]
    assert found.study.search == small_study.search
    assert written(found.study.experiment) == written(small_study.experiment)
    assert found.arms == (arm,)
    assert [trial.number for trial in trials] == list(range(8))
    assert [trial.phase for trial in trials] == ["explore"] * 4 + ["exploit"] * 4
    assert {trial.outcome.state for trial in trials} <= {"complete", "pruned"}
    assert found.dataset["counts"]["windows"] == 288
    assert sorted(path.name for path in study_folder.iterdir()) == [
        "dataset.json",
        "experiment.toml",
        "journal.log",
        "study.toml",
    ]


def test_a_finished_study_does_nothing_again(
    study_folder: Path, small_study: Study, recordings: Recordings, windows: Windows
) -> None:
    before = (study_folder / "journal.log").read_bytes()
    assert do(small_study, recordings, windows, study_folder) == []
    assert (study_folder / "journal.log").read_bytes() == before


def test_a_trial_is_the_real_training(
    study_folder: Path, small_study: Study, recordings: Recordings, windows: Windows
) -> None:
    trial = studied(study_folder).trials["cnn1d"][0]
    (fit,) = fits_of(small_study.experiment, "cnn1d", trial.point, recordings, windows)
    record = execute(fit)
    assert record.facts["curves"].keys() == trial.outcome.curves.keys()
    for name, curve in record.facts["curves"].items():
        assert np.allclose(curve, trial.outcome.curves[name], rtol=1e-5, atol=0)
    assert record.facts["best"] == trial.outcome.best
    assert record.facts["people"]["test"] == list(trial.outcome.people)


def test_reserved_people_are_looked_at_by_no_trial(
    small_study: Study,
    recordings: Recordings,
    windows: Windows,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: set[str] = set()

    def look(rows: Any) -> None:
        seen.update(windows.subjects[code] for code in np.unique(windows.subject[rows]))

    class Watched:
        """Sees the rows that every fit is given."""

        def __init__(self, fitted: Any) -> None:
            self.history, self.fitted = fitted.history, fitted

        def log_probabilities(self, windows: Windows, rows: Any) -> Any:
            look(rows)
            return self.fitted.log_probabilities(windows, rows)

    class Trainers:
        @staticmethod
        def get(name: str) -> Any:
            entry = TRAINERS.get(name)

            def train(recipe: Any, windows: Windows, split: Any, progress: Any) -> Any:
                for rows in (split.train, split.validation, split.test):
                    look(rows)
                return Watched(entry.train(recipe, windows, split, progress))

            return replace(entry, train=train)

    monkeypatch.setattr(fitting, "TRAINERS", Trainers)
    few = replace(small_study, search=replace(small_study.search, explore=1, exploit=1, splits=3))
    assert len(do(few, recordings, windows, tmp_path / "s")) == 2
    reserved = set(small_study.experiment.folding.reserved)
    assert len(reserved) == 3
    assert seen == set(windows.subjects) - reserved


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(("jobs", "seed"), [(2, 0), (3, 1), (8, 2), (50, 3)])
def test_a_study_is_the_same_in_whatever_order_its_trials_end(
    larger: Study,
    recordings: Recordings,
    windows: Windows,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    jobs: int,
    seed: int,
) -> None:
    do(larger, recordings, windows, tmp_path / "one")
    executor = Shuffled(jobs, seed)
    monkeypatch.setattr(room, "done", executor.finish)
    room.search(
        larger, recordings, windows, tmp_path / "many", executor, executor.at_once, lambda trial: None
    )
    first, second = (studied(tmp_path / name).trials["cnn1d"] for name in ("one", "many"))
    assert len(first) == 24
    assert facts(first) == facts(second)
    assert ended(first, "pruned")
    assert all(number >= 12 for number in ended(first, "pruned"))


@pytest.mark.usefixtures("made_up")
def test_guided_trials_do_better(
    larger: Study, recordings: Recordings, windows: Windows, tmp_path: Path
) -> None:
    trials = do(
        replace(larger, search=replace(larger.search, prune=False)), recordings, windows, tmp_path / "s"
    )
    scores = [trial.outcome.score for trial in trials]
    assert np.median(scores[12:]) > np.median(scores[:12])
    assert ended(trials, "pruned") == []


@pytest.mark.usefixtures("made_up")
def test_every_scientific_value_is_searched_anew(
    small_study: Study, recordings: Recordings, windows: Windows, tmp_path: Path
) -> None:
    looking = replace(small_study.search, scientific=("kernel=3,9",), nuisance=("train.rate", "dropout"))
    asked = replace(small_study, search=looking)
    do(asked, recordings, windows, tmp_path / "s")
    trials = studied(tmp_path / "s").trials
    assert list(trials) == ["cnn1d, kernel 3", "cnn1d, kernel 9"]
    assert [len(one) for one in trials.values()] == [8, 8]
    first, second = trials.values()
    assert [trial.point for trial in first[:4]] == [trial.point for trial in second[:4]]


def test_what_is_compared_reaches_the_training(
    small_study: Study,
    recordings: Recordings,
    windows: Windows,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[Any] = []
    monkeypatch.setattr(room, "tried", lambda fits, give_up: given.append(fits) or quick(fits))
    looking = replace(small_study.search, scientific=("kernel=3,9",), nuisance=("dropout",), exploit=0)
    do(replace(small_study, search=replace(looking, splits=2)), recordings, windows, tmp_path / "s")
    assert [fits[0].parameters["kernel"] for fits in given] == [3] * 4 + [9] * 4
    assert {tuple(fit.fold for fit in fits) for fits in given} == {(0, 1)}


def test_a_trial_that_fails_is_kept_with_its_reason(
    small_study: Study,
    recordings: Recordings,
    windows: Windows,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def some(fits: Any, give_up: Any) -> Outcome:
        if fits[0].train["rate"] > 1e-2:
            raise KodoError("The loss is no longer finite.")
        return quick(fits, give_up)

    monkeypatch.setattr(room, "tried", some)
    trials = do(small_study, recordings, windows, tmp_path / "s")
    assert len(trials) == 8
    failed = [trial for trial in trials if trial.outcome.state == "failed"]
    assert failed
    assert {trial.outcome.error for trial in failed} == {"The loss is no longer finite."}
    assert all(trial.point["train.rate"] > 1e-2 for trial in failed)


def test_a_point_that_cannot_be_built_fails_alone(
    small_study: Study,
    recordings: Recordings,
    windows: Windows,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "tried", quick)
    looking = replace(
        small_study.search, nuisance=("train.epochs=0,2,3,4", "train.rate"), exploit=0, explore=8
    )
    trials = do(replace(small_study, search=looking), recordings, windows, tmp_path / "s")
    assert ended(trials, "failed") == [trial.number for trial in trials if trial.point["train.epochs"] == 0]
    assert len(ended(trials, "failed")) in (1, 2, 3)
    assert "epochs" in trials[ended(trials, "failed")[0]].outcome.error


def test_when_every_trial_fails_the_study_ends_and_can_be_tried_again(
    small_study: Study,
    recordings: Recordings,
    windows: Windows,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none(fits: Any, give_up: Any) -> Outcome:
        raise KodoError("The data are gone.")

    monkeypatch.setattr(room, "tried", none)
    for _ in range(2):
        with pytest.raises(
            KodoError, match=r"first phase of cnn1d failed; the first one: The data are gone\."
        ):
            do(small_study, recordings, windows, tmp_path / "s")
    monkeypatch.setattr(room, "tried", quick)
    assert len(do(small_study, recordings, windows, tmp_path / "s")) == 8
    assert ended(studied(tmp_path / "s").trials["cnn1d"], "failed") == []


def test_what_was_stopped_is_free_at_once(
    small_study: Study,
    recordings: Recordings,
    windows: Windows,
    arm: Arm,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "s"

    def stop(*arguments: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(room, "tried", stop)
    with pytest.raises(KeyboardInterrupt):
        do(small_study, recordings, windows, folder)
    assert Journal(small_study, folder).running(arm) == ()
    monkeypatch.setattr(room, "tried", quick)
    executor = Shuffled(3, 0)
    monkeypatch.setattr(room, "done", stop)
    with pytest.raises(KeyboardInterrupt):
        room.search(small_study, recordings, windows, folder, executor, executor.at_once, lambda trial: None)
    assert len(executor.waiting) == 3
    assert Journal(small_study, folder).running(arm) == ()
    monkeypatch.undo()
    monkeypatch.setattr(room, "tried", quick)
    assert len(do(small_study, recordings, windows, folder)) == 8


@pytest.mark.usefixtures("made_up")
def test_the_trial_of_a_machine_that_is_silent_for_long_is_done_here(
    small_study: Study,
    recordings: Recordings,
    windows: Windows,
    arm: Arm,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, waited = tmp_path / "s", list[float]()
    do(
        replace(small_study, search=replace(small_study.search, exploit=0)),
        recordings,
        windows,
        tmp_path / "first",
    )
    point = studied(tmp_path / "first").trials["cnn1d"][2].point

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            patch.setattr(room, "PATIENCE", -1.0)

    with monkeypatch.context() as patch:
        patch.setattr(room.time, "sleep", sleep)
        room._begin(small_study, recordings, windows, folder)
        journal = Journal(small_study, folder)
        with monkeypatch.context() as far:
            far.setattr("socket.gethostname", lambda: "elsewhere")
            key = journal_key(small_study, recordings, windows, arm)
            journal.begin(arm, key)
            journal.claim(arm, 2, "explore", point)
        done = do(small_study, recordings, windows, folder)
    assert [trial.number for trial in done][:4] == [0, 1, 3, 2]
    assert len(waited) == 4


def journal_key(study: Study, recordings: Recordings, windows: Windows, arm: Arm) -> str:
    (usual,) = fits_of(study.experiment, arm.model, {}, recordings, windows)
    return room.key_of(usual, arm)


def test_points_of_a_batch_wait_for_the_batch_before() -> None:
    looking = Search(explore=3, exploit=5, together=2)

    def after(*numbers: int) -> list[int]:
        outcome = Outcome("complete", 0.5)
        return list(due(looking, [Trial(number, "a", "explore", {}, outcome) for number in numbers]))

    assert after() == [0, 1, 2]
    assert after(0, 2) == [0, 1, 2]
    assert after(0, 1, 2) == [3, 4]
    assert after(0, 1, 2, 4) == [3, 4]
    assert after(0, 1, 2, 3, 4) == [5, 6]
    assert after(*range(7)) == [7]
    assert after(*range(8)) == []


def test_a_trial_must_reach_the_median_of_what_the_first_phase_had_by_then() -> None:
    curves = [(0.1, 0.5, 0.3, 0.6), (0.2, 0.2, 0.2), (0.3, 0.1, 0.9, 0.8)]
    trials = [
        Trial(number, "a", "explore", {}, Outcome("complete", 0.5, curves={"f1": curve}))
        for number, curve in enumerate(curves)
    ]
    trials.append(Trial(3, "a", "explore", {}, Outcome("failed", math.nan)))
    assert wanted(trials, "f1") == (-math.inf, -math.inf, 0.5, 0.6)
    assert wanted(trials, "another") == ()
    assert wanted(trials[3:], "f1") == ()
    losses = [
        replace(trials[0], outcome=Outcome("complete", 0.5, curves={"validation_loss": (3.0, 1.0, 2.0)}))
    ]
    assert wanted(losses, "validation_loss") == (-math.inf, -math.inf, -1.0)


def test_the_journal_holds_what_optuna_writes(study_folder: Path, arm: Arm) -> None:
    lines = [json.loads(line) for line in (study_folder / "journal.log").read_text().splitlines()]
    assert len([line for line in lines if line["op_code"] == 4]) == 8
    assert arms(studied(study_folder).study) == (arm,)
