"""A run from beginning to end: plan, estimate, fits, summary."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from kodo.evaluation.protocol import PROTOCOLS, Folding
from kodo.evaluation.split import Split
from kodo.experiments.executors.open import usual_jobs
from kodo.experiments.executors.workers import Workers
from kodo.experiments.experiment import continued, experiment, read
from kodo.experiments.fit import Fit, recipe
from kodo.experiments.plan import Plan, plan
from kodo.experiments.record import failures, finished
from kodo.experiments.run import Watch, begun, run, usual_folder
from kodo.experiments.summary import open_run, summary
from kodo.files import write_json
from kodo.training.device import one_thread
from kodo.training.trainer import TRAINERS, silent
from kodo.windows.cut import Windows

PROBE = 512
"""Training windows of the probe behind an estimate."""


def prepared(path: Path | None, asked: Mapping[str, Any], out: Path | None) -> tuple[Plan, Path]:
    """The plan of a run and its folder.

    Args:
        path: an `experiment.toml`, a run folder, or None.
        asked: settings that win over the file's.
        out: the run folder asked for.

    Returns:
        the plan; the folder: `out`, else the run folder that `path` lies in, else the usual one.

    Raises:
        KodoError: as `kodo.experiments.experiment.experiment`, `kodo.experiments.plan.plan` and
            `kodo.experiments.run.begun`.
    """
    if path is not None and path.is_dir():
        path = path / "experiment.toml"
    made = experiment(asked, "the command line") if path is None else read(path, asked)
    folder = out
    if folder is None and path is not None and (path.parent / "dataset.json").is_file() and not asked:
        folder = path.parent
    folder = folder or usual_folder(made)
    todo = plan(continued(made, folder))
    begun(todo, folder)
    return todo, folder


def work(todo: Plan, folder: Path, workers: Workers, watch: Watch) -> None:
    """Do a plan's missing fits, then write `summary.json`.

    Args:
        todo: the plan.
        folder: of the run.
        workers: do the fits.
        watch: told after every fit, as in `kodo.experiments.run.run`.

    Raises:
        KodoError: as `kodo.experiments.run.run`.
    """
    run(todo, folder, workers, watch)
    write_json(folder / "summary.json", summary(open_run(folder)))


def several(
    parts: Sequence[tuple[Plan, Path]],
    workers: Workers,
    shown: Callable[[Plan, Path, Workers], AbstractContextManager[Watch]],
) -> None:
    """Do several runs one after the other, each as `work` does.

    Args:
        parts: plans and their run folders.
        workers: do the fits.
        shown: shows the progress of one run, and gives what is told after every fit.

    Raises:
        KodoError: as `work`.
    """
    for todo, folder in parts:
        with shown(todo, folder, workers) as watch:
            work(todo, folder, workers, watch)


def missing(todo: Plan, folder: Path) -> int:
    """How many fits of a plan the run folder does not hold yet."""
    return len({fit.key for fit in todo.fits} - finished(folder))


def failed(folder: Path) -> list[str]:
    """The fits of a run that failed, one sentence each."""
    return [
        f"{fit['model']}, fold {fit['fold'] + 1}, seed {fit['seed']}: {fit['error']}"
        for fit in failures(folder)
    ]


def estimate(todo: Plan, folder: Path, jobs: int | None) -> dict[str, Any]:
    """What a run would do, and about how long it takes, from one short training of every model.

    Args:
        todo: the plan.
        folder: of the run; finished fits are not counted again.
        jobs: fits at once; None = one per core.

    Returns:
        counts, notes, and `minutes` in all and by model.
    """
    windows, experiment = todo.windows, todo.experiment
    kept = finished(folder)
    missing = [fit for fit in todo.fits if fit.key not in kept]
    seconds: dict[str, float] = {}
    for name in experiment.models:
        fits = [fit for fit in missing if fit.model == name]
        if fits:
            with one_thread():
                seconds[name] = len(fits) * fit_seconds(fits[0], windows)
    at_once = min(usual_jobs() if jobs is None else jobs, max(len(missing), 1))
    return {
        "dataset": windows.dataset,
        "people": len(set(windows.subject.tolist())),
        "subjects": list(windows.called),
        "activities": len(windows.activities),
        "windows": len(windows),
        "window_samples": windows.longest,
        "rate": windows.rate,
        "protocol": experiment.protocol,
        "folds": todo.dataset["folds"],
        "seeds": experiment.seeds,
        "fits": len(todo.fits),
        "finished": len(todo.fits) - len(missing),
        "jobs": at_once,
        "minutes": sum(seconds.values()) / 60 / at_once,
        "minutes_by_model": {name: value / 60 / at_once for name, value in seconds.items()},
        "folder": str(folder),
        "notes": list(todo.notes),
    }


def fit_seconds(fit: Fit, windows: Windows) -> float:
    """About how long a fit takes, from one epoch (or one small forest) on few training windows.

    Args:
        fit: what would be done.
        windows: cut as the fit says.

    Returns:
        seconds.
    """
    division = PROTOCOLS.get(fit.protocol).fold(windows, fit.fold, Folding(**fit.folding))
    few = division.train[:: max(len(division.train) // PROBE, 1)]
    small = Split("probe", few, division.validation[:0], division.test[:0])
    asked = recipe(fit)
    epochs = getattr(asked.settings, "epochs", 1)
    if hasattr(asked.settings, "epochs"):
        asked = replace(asked, settings=replace(asked.settings, epochs=1))
    took = []
    for _ in range(2):  # the first training also pays for what torch sets up once
        began = time.perf_counter()
        TRAINERS.get(asked.model.trainer).train(asked, windows, small, silent)
        took.append(time.perf_counter() - began)
    return min(took) * epochs * len(division.train) / len(few)
