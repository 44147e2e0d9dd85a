"""Sweeps: which values, on whom, what is kept, and that nothing is done twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo.errors import KodoError
from kodo.evaluation.protocol import PROTOCOLS
from kodo.experiments.executors.workers import InProcess
from kodo.experiments.experiment import Experiment, experiment, read, written
from kodo.space import Choices, Linear, Log
from kodo.tuning.people import reserve
from kodo.tuning.study import WHY_NOT_BATCH
from kodo.tuning.sweep import work as doing
from kodo.tuning.sweep.asked import Sweep, over, panels
from kodo.tuning.sweep.plan import SweepPlan, Task, described, plan
from kodo.tuning.sweep.results import results, summary
from kodo.tuning.sweep.values import axis_of, values_of
from kodo.tuning.sweep.work import estimate, missing, prepared, work
from kodo.tuning.trial import TRIAL_SEED, Outcome, tried

MADE = {
    "dataset": "synthetic",
    "models": ("cnn1d",),
    "seeds": 2,
    "window": {"overlap": 0.0},
    "train": {"epochs": 2},
    "model": {"cnn1d": {"width": 4}},
}
OVER = ("kernel=3,5", "dropout=0.0..0.4")


@pytest.fixture(scope="module")
def asked(cache: Path) -> Sweep:
    return Sweep(experiment(MADE), OVER, values=2)


@pytest.fixture(scope="module")
def todo(asked: Sweep) -> SweepPlan:
    return plan(asked)


@pytest.fixture(scope="module")
def done(todo: SweepPlan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished sweep; tests must not change it."""
    folder = tmp_path_factory.mktemp("sweeps") / "small"
    work(todo, folder, InProcess(), lambda task, outcome: None)
    return folder


def mixer(**changes: Any) -> Experiment:
    return experiment({"dataset": "synthetic", "models": ("mlp_mixer",), "seeds": 1} | changes)


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


@pytest.mark.parametrize(
    ("space", "default", "count", "wanted"),
    [
        (Linear(1, 12), 6, 5, (1, 4, 6, 9, 12)),
        (Linear(1, 12), 1, 5, (1, 4, 7, 9, 12)),
        (Log(8, 256), 32, 5, (8, 19, 32, 108, 256)),
        (Log(1e-4, 1e-2), 1e-3, 5, (1e-4, 3.16e-4, 1e-3, 3.16e-3, 1e-2)),
        (Log(1e-4, 1e-2), 0.0, 3, (0.0, 1e-4, 1e-3, 1e-2)),
        (Linear(0.0, 0.6), 0.0, 3, (0.0, 0.3, 0.6)),
        (Linear(0.0, 0.6), 0.5, 2, (0.0, 0.5, 0.6)),
        (Linear(1, 2), 2, 5, (1, 2)),
        (Linear(1, 4), None, 2, (None, 1, 4)),
        (Choices((4, 8, 16, 32, 64)), 32, 2, (4, 8, 16, 32, 64)),
        (Choices((64, 16)), 32, 5, (16, 32, 64)),
        (Choices(("sgd", "adam")), "adamw", 3, ("adamw", "sgd", "adam")),
        (Choices(((0.9, 0.99), (0.8, 0.9))), (0.9, 0.99), 3, ((0.9, 0.99), (0.8, 0.9))),
    ],
)
def test_values_are_ends_between_and_the_default(
    space: Any, default: Any, count: int, wanted: tuple[Any, ...]
) -> None:
    assert (
        values_of(space, default, count) == pytest.approx(wanted, rel=1e-9)
        if (isinstance(wanted[0], float))
        else values_of(space, default, count) == wanted
    )


@given(
    low=st.integers(1, 50), room=st.integers(1, 500), part=st.floats(0, 1), count=st.integers(2, 9),
    kind=st.sampled_from([Linear, Log]),
)  # fmt: skip
def test_whole_numbers_stay_whole_and_the_default_is_always_there(
    low: int, room: int, part: float, count: int, kind: type
) -> None:
    default = low + round(part * room)
    values = values_of(kind(low, low + room), default, count)
    assert default in values
    assert (values[0], values[-1]) == (low, low + room)
    assert all(isinstance(value, int) for value in values)
    assert list(values) == sorted(set(values))
    assert len(values) <= max(count, 3)


@pytest.mark.parametrize(
    ("space", "values", "axis"),
    [
        (Linear(1, 100), (1, 50, 100), "linear"),
        (Log(1, 100), (1, 10, 100), "log"),
        (Log(1, 100), (0, 1, 10, 100), "even"),
        (Choices((4, 8, 16)), (4, 8, 16), "log"),
        (Choices((3, 5, 7)), (3, 5, 7), "linear"),
        (Choices(("a", "b")), ("a", "b"), "even"),
        (Choices((True, False)), (True, False), "even"),
        (Linear(1, 4), (None, 1, 4), "even"),
    ],
)
def test_the_axis_follows_the_space(space: Any, values: tuple[Any, ...], axis: str) -> None:
    assert axis_of(space, values) == axis


def test_commas_stand_between_names_or_between_one_names_choices() -> None:
    assert over(["depth, dim", "patch_size=16,32", "train.rate=1e-4..1e-2"]) == (
        "depth", "dim", "patch_size=16,32", "train.rate=1e-4..1e-2",
    )  # fmt: skip
    assert over(["train.betas=[0.9, 0.99],[0.8, 0.9]"]) == ("train.betas=[0.9, 0.99],[0.8, 0.9]",)
    with pytest.raises(KodoError, match=r"has an --over of its own: --over depth --over dim="):
        over(["depth,dim=16,32"])
    with pytest.raises(KodoError, match="--over names dim twice"):
        over(["depth,dim", "dim=16,32"])


def test_the_models_own_are_swept_when_none_is_named() -> None:
    keys = [panel.hyperparameter.key for panel in panels(Sweep(mixer()))]
    assert keys == ["depth", "dim", "patch_size", "token_dim", "channel_dim", "dropout"]


def test_every_wrong_name_is_said_at_once() -> None:
    with pytest.raises(KodoError) as error:
        panels(Sweep(mixer(), ("dpeth", "dim=9..3", "train.batch", "dropout")))
    assert "no setting 'dpeth'. Did you mean 'depth'" in str(error.value)
    assert "the range 9..3 is empty" in str(error.value)
    assert WHY_NOT_BATCH in str(error.value)


@pytest.mark.parametrize(
    ("sweep", "says"),
    [
        (lambda: Sweep(mixer(), values=1), "--values is at least 2; got 1"),
        (
            lambda: Sweep(mixer(models=("cnn1d", "vgg"))),
            "A sweep is of one model; the experiment has cnn1d, vgg",
        ),
        (lambda: Sweep(mixer(train={"optimiser": "sgd"}), ("train.betas",)), "it needs train.optimiser = "),
    ],
)
def test_what_cannot_be_swept_is_said(sweep: Callable[[], Sweep], says: str) -> None:
    with pytest.raises(KodoError, match=says):
        panels(sweep())


def test_a_batch_size_is_swept_for_those_who_insist() -> None:
    (panel,) = panels(Sweep(mixer(), ("train.batch=16,32",), insist_batch=True))
    assert set(panel.values) == {16, 32, panel.hyperparameter.default}


def test_the_default_is_trained_once_for_all_panels(todo: SweepPlan) -> None:
    default = [task for task in todo.tasks if not task.point]
    assert [task.seed for task in default] == [0, 1]
    assert todo.tasks[:2] == tuple(default)
    assert len({task.name for task in todo.tasks}) == len(todo.tasks)
    values = sum(len(panel.values) - 1 for panel in todo.panels)
    assert len(todo.tasks) == 2 * (1 + values)
    for panel, line in zip(todo.panels, todo.trials, strict=True):
        place = panel.values.index(panel.hyperparameter.default)
        assert list(line[place]) == [task.name for task in default]
        assert len(line) == len(panel.values)


def test_seeds_are_those_of_trials(todo: SweepPlan) -> None:
    assert {fit.seed for task in todo.tasks for fit in task.fits} == {TRIAL_SEED, TRIAL_SEED + 1}
    assert all(fit.seed == TRIAL_SEED + task.seed for task in todo.tasks for fit in task.fits)


def test_reserved_people_take_part_in_no_fit(todo: SweepPlan) -> None:
    folding = todo.sweep.experiment.folding
    assert folding.reserved == reserve(todo.windows, 0)
    assert todo.notes[0] == (
        f"Reserved, and looked at by nothing before the end: 3 of 6 people: {', '.join(folding.reserved)}."
    )
    for task in todo.tasks:
        for fit in task.fits:
            assert fit.folding["reserved"] == folding.reserved
            split = PROTOCOLS.get(fit.protocol).fold(todo.windows, fit.fold, folding)
            rows = np.concatenate([split.train, split.validation, split.test])
            people = {todo.windows.subjects[code] for code in todo.windows.subject[rows]}
            assert not people & set(folding.reserved)


def test_folds_shrink_with_the_people_who_are_left(todo: SweepPlan) -> None:
    assert todo.sweep.experiment.folding.folds == 3
    assert "3 people are left, so that there are 3 folds instead of 5." in todo.notes
    assert "1 of 3 people are scored; 3 inner splits would score all of them." in todo.notes


def test_people_are_reserved_by_share_by_name_or_by_the_experiment(asked: Sweep) -> None:
    def who(sweep: Sweep, text: str = "") -> tuple[str, ...]:
        return plan(replace(sweep, over=("dropout=0.1",)), text).sweep.experiment.folding.reserved

    assert len(who(asked, "0.5")) == 3
    assert who(asked, "1, 4") == ("1", "4")
    assert who(asked, "2") == ("2",)
    named = replace(asked.experiment, folding=replace(asked.experiment.folding, reserved=("5",)))
    assert who(replace(asked, experiment=named)) == ("5",)
    with pytest.raises(KodoError, match="no person anna to reserve"):
        who(asked, "anna")
    with pytest.raises(KodoError, match=r"a share between 0 and 1; got 1\.5"):
        who(asked, "1.5")


@pytest.mark.parametrize(
    ("sweep", "says"),
    [
        (
            lambda: Sweep(mixer(window={"seconds": 1.0}), ("patch_size",)),
            "longer than a window of 50 samples",
        ),
        (lambda: Sweep(mixer(), ("dropout=0.1,2",)), "dropout"),
        (lambda: Sweep(mixer(), ("depth",), splits=4), "--splits is from 1 to 3"),
        (lambda: Sweep(mixer(protocol="arena"), ("depth",)), "inner splits of kfold or loso"),
        (lambda: Sweep(mixer(protocol="reserved"), ("depth",)), "inner splits of kfold or loso"),
    ],
)
def test_what_cannot_be_tried_is_said_before_the_first_fit(
    sweep: Callable[[], Sweep], says: str, cache: Path
) -> None:
    with pytest.raises(KodoError, match=says):
        plan(sweep())


def test_a_score_is_that_of_a_trial(todo: SweepPlan, done: Path) -> None:
    task = todo.tasks[-1]
    kept = json.loads((done / "trials" / f"{task.name}.json").read_text())
    again = tried(task.fits)
    assert kept["score"] == again.score
    assert kept["people"] == again.people
    assert (kept["point"], kept["seed"]) == (task.point, task.seed)


def test_the_folder_holds_the_sweep_and_every_score(todo: SweepPlan, done: Path) -> None:
    assert {path.stem for path in (done / "trials").iterdir()} == {task.name for task in todo.tasks}
    assert json.loads((done / "sweep.json").read_text()) == json.loads(json.dumps(described(todo)))
    assert written(read(done / "experiment.toml")) == written(todo.sweep.experiment)
    assert not list(done.rglob(".*"))


def test_nothing_is_done_twice(todo: SweepPlan, done: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (done / "trials").iterdir()}
    work(todo, done, InProcess(), lambda task, outcome: pytest.fail("done twice"))
    assert {path: path.stat().st_mtime_ns for path in (done / "trials").iterdir()} == before


def test_a_stopped_sweep_goes_on_with_the_same_numbers(todo: SweepPlan, done: Path, tmp_path: Path) -> None:
    seen: list[Task] = []

    def watch(task: Task, outcome: Outcome) -> None:
        seen.append(task)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(todo, tmp_path / "s", InProcess(), watch)
    assert len(missing(todo, tmp_path / "s")) == len(todo.tasks) - 2
    work(todo, tmp_path / "s", InProcess(), watch)
    assert seen == list(todo.tasks)
    for one, other in zip(results(done).panels, results(tmp_path / "s").panels, strict=True):
        assert [tried.seeds for tried in one.tried] == [tried.seeds for tried in other.tried]


def test_a_killed_beginning_is_no_hindrance(todo: SweepPlan, done: Path, tmp_path: Path) -> None:
    folder = copied(done, tmp_path / "s")
    (folder / "experiment.toml").unlink()
    (folder / "dataset.json").unlink()
    work(todo, folder, InProcess(), lambda task, outcome: None)
    assert (folder / "experiment.toml").read_text() == (done / "experiment.toml").read_text()
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / ".sweep.json.1a2b3c4d").write_text("{")
    doing._begin(todo, tmp_path / "t")


def test_a_failed_training_is_kept_and_tried_again(
    todo: SweepPlan, done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(done, tmp_path / "s")
    task = todo.tasks[-1]
    path = folder / "trials" / f"{task.name}.json"
    path.unlink()

    def diverges(fits: Any) -> Outcome:
        raise KodoError("The training diverged.")

    monkeypatch.setattr(doing, "tried", diverges)
    work(todo, folder, InProcess(), lambda task, outcome: None)
    assert json.loads(path.read_text())["error"] == "The training diverged."
    value = next(t for panel in results(folder).panels for t in panel.tried if t.failed)
    assert value.score is None
    assert value.failed == ("seed 1: The training diverged.",)
    monkeypatch.undo()
    work(todo, folder, InProcess(), lambda task, outcome: None)
    assert json.loads(path.read_text())["state"] == "complete"


def test_another_sweep_and_foreign_folders_are_refused(asked: Sweep, done: Path, tmp_path: Path) -> None:
    other = plan(replace(asked, over=("kernel=3,5",)))
    with pytest.raises(KodoError, match="holds another sweep"):
        work(other, done, InProcess(), lambda task, outcome: None)
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(KodoError, match="is there already and is no sweep"):
        work(other, tmp_path, InProcess(), lambda task, outcome: None)


def test_a_folder_alone_names_its_sweep(todo: SweepPlan, done: Path) -> None:
    again, folder = prepared(done, {}, {}, "", None)
    assert folder == done
    assert described(again) == described(todo)
    assert missing(again, folder) == []
    _, elsewhere = prepared(done, {}, {"over": ("kernel=3,5",)}, "", None)
    assert elsewhere != done
    assert elsewhere.parent == Path("sweeps")


def test_an_estimate_counts_what_is_left(todo: SweepPlan, done: Path, tmp_path: Path) -> None:
    before = estimate(todo, tmp_path / "none", 1)
    assert before["fits"] == len(todo.tasks)
    assert before["finished"] == 0
    assert before["minutes"] > 0
    assert before["values"] == {panel.hyperparameter.key: list(panel.values) for panel in todo.panels}
    after = estimate(todo, done, 1)
    assert after["finished"] == after["fits"]
    assert after["minutes"] == 0
    assert not (tmp_path / "none").exists()


def test_the_summary_is_json_with_every_value(todo: SweepPlan, done: Path) -> None:
    content = json.loads(json.dumps(summary(results(done)), allow_nan=False))
    assert [row["hyperparameter"] for row in content] == ["kernel", "dropout"]
    assert [len(row["values"]) for row in content] == [len(panel.values) for panel in todo.panels]
    for row in content:
        best = max(value["macro_f1"] for value in row["values"])
        assert row["best"]["macro_f1"] == best
        assert row["difference"] == pytest.approx(best - row["default"]["macro_f1"])


def test_an_unfinished_or_missing_sweep_is_said(todo: SweepPlan, done: Path, tmp_path: Path) -> None:
    folder = copied(done, tmp_path / "s")
    (folder / "trials" / f"{todo.tasks[-1].name}.json").unlink()
    with pytest.raises(KodoError, match="not finished; go on with: kodo sweep"):
        results(folder)
    with pytest.raises(KodoError, match="holds no sweep"):
        results(tmp_path)
