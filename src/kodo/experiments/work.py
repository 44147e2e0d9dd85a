"""A run from beginning to end on this machine: plan, estimate, fits in processes, summary."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from kodo.errors import KodoError
from kodo.evaluation.protocol import PROTOCOLS
from kodo.evaluation.split import Split
from kodo.experiments.experiment import continued, experiment, read
from kodo.experiments.fit import Fit, recipe
from kodo.experiments.plan import Plan, plan
from kodo.experiments.pool import Pool
from kodo.experiments.record import failures, finished
from kodo.experiments.run import Watch, run, usual_folder
from kodo.experiments.summary import open_run, summary
from kodo.files import write_json
from kodo.training.device import one_thread
from kodo.training.trainer import TRAINERS, silent

Result = TypeVar("Result")

PROBE = 512
"""Training windows of the probe behind an estimate."""


class InProcess(Executor):
    """Does every call where it is handed in, in one thread."""

    def submit(self, call: Callable[..., Result], /, *arguments: Any, **named: Any) -> Future[Result]:
        """Do the call now; the future is finished when this returns."""
        future: Future[Result] = Future()
        try:
            future.set_result(call(*arguments, **named))
        except KodoError as error:
            future.set_exception(error)
        return future


def prepared(path: Path | None, asked: Mapping[str, Any], out: Path | None) -> tuple[Plan, Path]:
    """The plan of a run and its folder.

    Args:
        path: an `experiment.toml`, a run folder, or None.
        asked: settings that win over the file's.
        out: the run folder asked for.

    Returns:
        the plan; the folder: `out`, else the run folder that `path` lies in, else the usual one.

    Raises:
        KodoError: as `kodo.experiments.experiment.experiment` and `kodo.experiments.run.plan`.
    """
    if path is not None and path.is_dir():
        path = path / "experiment.toml"
    made = experiment(asked, "the command line") if path is None else read(path, asked)
    folder = out
    if folder is None and path is not None and (path.parent / "dataset.json").is_file() and not asked:
        folder = path.parent
    folder = folder or usual_folder(made)
    return plan(continued(made, folder)), folder


def work(todo: Plan, folder: Path, jobs: int | None, watch: Watch) -> None:
    """Do a plan's missing fits in processes of this machine, then write `summary.json`.

    Args:
        todo: the plan.
        folder: of the run.
        jobs: fits at once; 1 = in this process; None = one per core.
        watch: told after every fit, as in `kodo.experiments.run.run`.

    Raises:
        KodoError: as `kodo.experiments.run.run`.
        KeyboardInterrupt: Ctrl-C; no process is left behind, finished fits are kept.
    """
    jobs = usual_jobs() if jobs is None else jobs
    missing = len(todo.fits) - len(finished(folder) & {fit.key for fit in todo.fits})
    if jobs == 1 or missing <= 1:
        with one_thread():
            run(todo, folder, InProcess(), 1, watch)
    else:
        pool = Pool(min(jobs, missing))
        try:
            run(todo, folder, pool, jobs, watch)
        except BaseException:
            pool.kill()
            raise
        pool.shutdown()
    write_json(folder / "summary.json", summary(open_run(folder)))


def failed(folder: Path) -> list[str]:
    """The fits of a run that failed, one sentence each."""
    return [
        f"{fit['model']}, fold {fit['fold'] + 1}, seed {fit['seed']}: {fit['error']}"
        for fit in failures(folder)
    ]


def usual_jobs() -> int:
    """One fit per core that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
                seconds[name] = len(fits) * _probe(todo, fits[0])
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
        "folds": 1 + max(fit.fold for fit in todo.fits),
        "seeds": experiment.seeds,
        "fits": len(todo.fits),
        "finished": len(todo.fits) - len(missing),
        "jobs": at_once,
        "minutes": sum(seconds.values()) / 60 / at_once,
        "minutes_by_model": {name: value / 60 / at_once for name, value in seconds.items()},
        "folder": str(folder),
        "notes": list(todo.notes),
    }


def _probe(todo: Plan, fit: Fit) -> float:
    """Seconds of one fit, from one epoch (or one small forest) on few training windows."""
    division = PROTOCOLS.get(fit.protocol).fold(todo.windows, fit.fold, todo.experiment.folding)
    few = division.train[:: max(len(division.train) // PROBE, 1)]
    small = Split("probe", few, division.validation[:0], division.test[:0])
    asked = recipe(fit)
    epochs = getattr(asked.settings, "epochs", 1)
    if hasattr(asked.settings, "epochs"):
        asked = replace(asked, settings=replace(asked.settings, epochs=1))
    took = []
    for _ in range(2):  # the first training also pays for what torch sets up once
        began = time.perf_counter()
        TRAINERS.get(asked.model.trainer).train(asked, todo.windows, small, silent)
        took.append(time.perf_counter() - began)
    return min(took) * epochs * len(division.train) / len(few)
