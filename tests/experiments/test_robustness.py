"""Robustness of a finished run: the run's own fits again, asked about altered recordings, and kept."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kodo.errors import KodoError
from kodo.experiments.evidence.robustness import work as doing
from kodo.experiments.evidence.robustness.alterations import Alteration, wrong_unit
from kodo.experiments.evidence.robustness.results import asked, results, summary
from kodo.experiments.evidence.robustness.work import answers, applied, work
from kodo.experiments.executors.workers import InProcess
from kodo.experiments.fit import opened
from kodo.experiments.plan import Plan
from kodo.experiments.record import TEST, Record
from kodo.experiments.summary import rows

IDENTITY = Alteration("identity", "nothing", lambda recording: recording.signal)


def nobody(record: Record) -> None:
    """Watch nothing."""


@pytest.fixture(scope="module")
def tested(done: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose model features was asked; tests must not change it."""
    folder = tmp_path_factory.mktemp("robust") / "run"
    shutil.copytree(done, folder)
    work(asked(folder, ["features"]), InProcess(), nobody)
    return folder


@pytest.mark.parametrize("place", [0, -1])
def test_the_fit_is_the_runs_own_and_the_identity_costs_nothing(todo: Plan, done: Path, place: int) -> None:
    fit = todo.fits[place]
    found, unaltered = answers(fit, [IDENTITY])
    record = asked(done).records[fit.key]
    test = record.predictions.side == TEST
    assert np.array_equal(unaltered, record.predictions.log_probability[test])
    assert np.array_equal(found.predicted[1], found.predicted[0])
    assert np.array_equal(found.label, record.predictions.label[test])
    assert found.names.tolist() == ["unaltered", "identity"]


def test_only_recordings_of_test_people_are_altered_as_they_were_measured(todo: Plan) -> None:
    windows = opened(todo.fits[0])
    row = np.flatnonzero(windows.subject == windows.subject[0])[:1]
    changed = applied(Alteration("unit", "", wrong_unit), windows, row)
    first, after = windows.bounds[windows.recording[row[0]]]
    assert not np.array_equal(changed.signal[first:after], windows.signal[first:after])
    assert np.array_equal(changed.signal[after:], windows.signal[after:])
    assert np.array_equal(changed.start, windows.start)
    assert changed.checksum != windows.checksum


def test_an_alteration_that_moves_windows_is_refused(todo: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    windows = opened(todo.fits[0])
    moved = replace(windows, start=windows.start + 1)
    with pytest.raises(KodoError, match="'identity' moves the windows of synthetic"):
        applied(IDENTITY, moved, np.arange(3))


def test_results_pair_people_with_the_runs_own_scores(tested: Path) -> None:
    run, (model,) = results(tested)
    row = rows(run)[0]
    assert model.model == "features"
    assert model.unaltered.people == row.people
    assert np.array_equal(model.unaltered.values, row.scores["macro_f1"])
    assert model.furthest == 0
    assert model.fits == 3
    assert len(model.costs) == 7
    for cost in model.costs:
        differences = cost.score.values - model.unaltered.values
        assert np.array_equal(model.differences(cost), differences)
        assert cost.comparison.difference == pytest.approx(differences.mean())
        assert cost.comparison.comparisons == 7
    assert min(cost.comparison.difference for cost in model.costs) < -0.2
    assert {line["alteration"] for line in summary([model])} == {cost.name for cost in model.costs}


def test_what_is_kept_is_read_again_and_nothing_is_done_twice(
    tested: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no(*arguments: object) -> None:
        raise AssertionError("nothing is planned or trained again")

    monkeypatch.setattr(doing, "plan", no)
    todo = asked(tested, ["features"])
    assert todo.missing == ()
    assert todo.seconds == 0
    work(todo, InProcess(), nobody)
    results(tested)


def test_stopped_it_goes_on_and_ends_the_same(done: Path, tested: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(done, folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    seen: list[str] = []

    def stop(record: Record) -> None:
        seen.append(record.facts["key"])
        if len(seen) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(asked(folder, ["features"]), InProcess(), stop)
    with pytest.raises(KodoError, match=r"No model of .* was asked yet"):
        results(folder)
    left = asked(folder, ["features"])
    assert len(left.missing) == 2
    assert left.seconds > 0
    work(left, InProcess(), stop)
    assert len(seen) == len(set(seen)) == 3
    assert summary(results(folder)[1]) == summary(results(tested)[1])
    assert {path: path.read_bytes() for path in before} == before


def test_other_predictions_than_the_stored_ones_are_said(tested: Path) -> None:
    record = next(iter(asked(tested).records.values()))
    stored = record.predictions.log_probability[record.predictions.side == TEST]
    assert doing._furthest(record, stored) == 0
    other = stored.copy()
    other[0] = np.log(np.full(stored.shape[1], 1 / stored.shape[1]))
    assert doing._furthest(record, other) > 0.1


@pytest.mark.parametrize(
    ("models", "seeds", "says"),
    [
        (["featurs"], 1, "has no model featurs. Did you mean 'features'"),
        ([], 2, "seeds 0 to 0; got --seeds 2"),
    ],
)
def test_what_the_run_does_not_hold(done: Path, models: list[str], seeds: int, says: str) -> None:
    with pytest.raises(KodoError, match=says):
        asked(done, models, seeds)


def test_fits_of_another_version_are_not_passed_off_as_the_runs(
    done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(done, folder)
    monkeypatch.setattr("kodo.experiments.fit.Fit.key", property(lambda self: "other"))
    with pytest.raises(KodoError, match=r"3 fits of .* cannot be done again"):
        work(asked(folder, ["features"]), InProcess(), nobody)
    assert not (folder / "robustness").exists()


def test_damage_is_named(tested: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(tested, folder)
    path = next((folder / "robustness").glob("*.npz"))
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(KodoError, match=r"is damaged .* delete it and repeat kodo robustness"):
        results(folder)
