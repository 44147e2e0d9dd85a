"""What a sweep will try: one hyperparameter at a time around the default, several seeds of each value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kodo.datasets.recording import Recordings
from kodo.datasets.store import load
from kodo.experiments.fit import Fit
from kodo.experiments.plan import planned, windows_of
from kodo.files import digest
from kodo.space import Choices
from kodo.tuning.corners import check_corners
from kodo.tuning.people import put_aside
from kodo.tuning.study import Arm, Study
from kodo.tuning.sweep.asked import Panel, Sweep, panels
from kodo.tuning.sweep.values import axis_of
from kodo.tuning.trial import TRIAL_SEED, fits_of
from kodo.windows.cut import Windows


@dataclass(frozen=True)
class Task:
    """One value with one seed: the trainings that give one score.

    Args:
        name: a digest of everything they depend on; the default's are the same in every panel.
        point: the setting by key; empty for the default.
        seed: from 0.
        fits: one per inner split.
    """

    name: str
    point: Mapping[str, Any]
    seed: int
    fits: tuple[Fit, ...]


@dataclass(frozen=True, eq=False)
class SweepPlan:
    """What a sweep will do.

    Args:
        sweep: with the people who are reserved.
        windows: as every fit will cut them.
        panels: in the order asked for.
        tasks: each once, the default's first.
        trials: names of tasks by panel, value and seed.
        dataset: what stands in `dataset.json`.
        notes: sentences the user should read first.
    """

    sweep: Sweep
    windows: Windows
    panels: tuple[Panel, ...]
    tasks: tuple[Task, ...]
    trials: tuple[tuple[tuple[str, ...], ...], ...]
    dataset: dict[str, Any]
    notes: tuple[str, ...]


def plan(sweep: Sweep, reserved: str = "") -> SweepPlan:
    """Load, cut, reserve and build every value once, so that what cannot work is said before the first fit.

    Args:
        sweep: as asked for.
        reserved: who is put aside: a share of the people, or their names with commas; empty = those whom the
            experiment names, or a third.

    Raises:
        KodoError: as `panels`; data that cannot be had, too few people, values that cannot be built.
    """
    swept = panels(sweep)
    recordings = load(sweep.experiment.dataset)
    windows = windows_of(sweep.experiment, recordings)
    experiment, notes = put_aside(sweep.experiment, windows, reserved, sweep.splits)
    whole = planned(experiment, recordings, windows)
    sweep = replace(sweep, experiment=whole.experiment)
    _check(sweep, swept, windows)
    table = _tasks(sweep, swept, recordings, windows)
    once = {task.name: task for line in table for tasks in line for task in tasks}
    # The default is trained first: without it no panel says anything.
    order = sorted(once.values(), key=lambda task: bool(task.point))
    names = tuple(tuple(tuple(task.name for task in tasks) for tasks in line) for line in table)
    return SweepPlan(sweep, windows, swept, tuple(order), names, whole.dataset, (*notes, *whole.notes))


def _check(sweep: Sweep, swept: Sequence[Panel], windows: Windows) -> None:
    """Every value must be one that can be built, beside the default of everything else."""
    name, study = sweep.experiment.models[0], Study(sweep.experiment)
    check_corners(study, [Arm(name, name, {}, ())], windows)
    alone = [replace(panel.hyperparameter, space=Choices(panel.values)) for panel in swept]
    check_corners(study, [Arm(name, name, {}, (one,)) for one in alone], windows)


def _tasks(
    sweep: Sweep, swept: Sequence[Panel], recordings: Recordings, windows: Windows
) -> list[list[list[Task]]]:
    """Tasks by panel, value and seed."""
    usual = list(_seeds(sweep, {}, recordings, windows))
    return [
        [
            usual if value == one.default else list(_seeds(sweep, {one.key: value}, recordings, windows))
            for value in panel.values
        ]
        for panel in swept
        for one in [panel.hyperparameter]
    ]


def _seeds(
    sweep: Sweep, point: Mapping[str, Any], recordings: Recordings, windows: Windows
) -> Iterator[Task]:
    experiment = sweep.experiment
    fits = fits_of(experiment, experiment.models[0], point, recordings, windows, sweep.splits)
    for seed in range(experiment.seeds):
        mine = tuple(replace(fit, seed=TRIAL_SEED + seed) for fit in fits)
        yield Task(digest([fit.key for fit in mine]), point, seed, mine)


def described(todo: SweepPlan) -> dict[str, Any]:
    """What stands in `sweep.json`: what was asked for and where each result lies.

    Args:
        todo: the plan.
    """
    sweep = todo.sweep
    return {
        "model": sweep.experiment.models[0],
        "over": list(sweep.over),
        "values": sweep.values,
        "seeds": sweep.experiment.seeds,
        "splits": sweep.splits,
        "insist_batch": sweep.insist_batch,
        "reserved": list(sweep.experiment.folding.reserved),
        "default": todo.tasks[0].fits[0].facts(),
        "panels": [
            {
                "key": panel.hyperparameter.key,
                "says": panel.hyperparameter.says,
                "space": str(panel.hyperparameter.space),
                "axis": axis_of(panel.hyperparameter.space, panel.values),
                "default": panel.hyperparameter.default,
                "values": list(panel.values),
                "trials": [list(names) for names in line],
            }
            for panel, line in zip(todo.panels, todo.trials, strict=True)
        ],
    }
