"""A sweep done: trainings handed out, every score kept as soon as it is there."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from kodo.errors import KodoError
from kodo.experiments.executors.open import usual_jobs
from kodo.experiments.executors.workers import Workers, done
from kodo.experiments.experiment import continued, experiment, read, written
from kodo.experiments.work import fit_seconds
from kodo.files import digest, write_json, write_text
from kodo.training.device import one_thread
from kodo.tuning.sweep.asked import Sweep
from kodo.tuning.sweep.plan import SweepPlan, Task, described, plan
from kodo.tuning.trial import Outcome, tried

ASKED = "sweep.json"
TRIALS = "trials"

Watch = Callable[[Task, Outcome], None]
"""Told after every task what came of it."""


def prepared(
    path: Path | None,
    changes: Mapping[str, Any],
    asked: Mapping[str, Any],
    reserved: str,
    out: Path | None,
) -> tuple[SweepPlan, Path]:
    """The plan of a sweep and its folder.

    Args:
        path: an `experiment.toml`, a sweep's folder, or None.
        changes: settings of the experiment that win over the file's.
        asked: fields of `Sweep` that win over those the folder was made with.
        reserved: as in `kodo.tuning.sweep.plan.plan`.
        out: the folder asked for.

    Returns:
        the plan; the folder: `out`, else the sweep's folder that `path` lies in, else the usual one.

    Raises:
        KodoError: as `kodo.experiments.experiment.experiment` and `kodo.tuning.sweep.plan.plan`.
    """
    if path is not None and path.is_dir():
        path = path / "experiment.toml"
    made = experiment(changes, "the command line") if path is None else read(path, changes)
    before = {} if path is None else _before(path.parent)
    sweep = Sweep(made, **(before | dict(asked)))
    folder = out
    if folder is None and path is not None and before and not (changes or asked or reserved):
        folder = path.parent
    folder = folder or _usual_folder(sweep, reserved)
    return plan(replace(sweep, experiment=continued(made, folder)), reserved), folder


def _usual_folder(sweep: Sweep, reserved: str) -> Path:
    """Where a sweep is kept when the user names no place: the same sweep, the same folder."""
    asked = [written(sweep.experiment), sweep.over, sweep.values, sweep.splits, reserved]
    model = sweep.experiment.models[0].replace(":", "-").replace("@", "-")
    return Path("sweeps") / f"{Path(sweep.experiment.dataset).name}-{model}-{digest(asked, 6)}"


def missing(todo: SweepPlan, folder: Path) -> list[Task]:
    """The tasks of a sweep that its folder does not hold yet; failed ones are tried again.

    Args:
        todo: the plan.
        folder: of the sweep.
    """
    return [task for task in todo.tasks if not _finished(folder / TRIALS / f"{task.name}.json")]


def work(todo: SweepPlan, folder: Path, workers: Workers, watch: Watch) -> None:
    """Do what the sweep's folder does not hold yet, and keep every score as soon as it is there.

    Args:
        todo: the plan.
        folder: of the sweep; made when missing, continued when it holds the same sweep.
        workers: do the trainings; the data are opened from the store where they are done.
        watch: told after every task.

    Raises:
        KodoError: the folder holds something else, or cannot be written.
    """
    _begin(todo, folder)
    waiting = deque(missing(todo, folder))
    running: dict[Future[Outcome], Task] = {}
    while waiting or running:
        for _ in range(min(workers.at_once() - len(running), len(waiting))):
            task = waiting.popleft()
            running[workers.submit(tried, task.fits)] = task
        for future in done(running):
            _keep(folder, running.pop(future), future, watch)


def estimate(todo: SweepPlan, folder: Path, jobs: int | None) -> dict[str, Any]:
    """What a sweep would do, and about how long it takes, from one short training of every value.

    Args:
        todo: the plan.
        folder: of the sweep; what is finished there is not counted again.
        jobs: trainings at once; None = one per core.
    """
    left = missing(todo, folder)
    tasks: dict[str, list[Task]] = {}
    for task in left:
        tasks.setdefault(json.dumps(dict(task.point)), []).append(task)
    splits = todo.sweep.splits
    with one_thread():
        seconds = sum(len(of) * splits * fit_seconds(of[0].fits[0], todo.windows) for of in tasks.values())
    at_once = min(usual_jobs() if jobs is None else jobs, max(len(left), 1))
    return {
        "dataset": todo.windows.dataset,
        "model": todo.sweep.experiment.models[0],
        "values": {panel.hyperparameter.key: list(panel.values) for panel in todo.panels},
        "seeds": todo.sweep.experiment.seeds,
        "splits": splits,
        "reserved": list(todo.sweep.experiment.folding.reserved),
        "fits": len(todo.tasks) * splits,
        "finished": (len(todo.tasks) - len(left)) * splits,
        "jobs": at_once,
        "minutes": seconds / 60 / at_once,
        "folder": str(folder),
        "notes": list(todo.notes),
    }


def _before(folder: Path) -> dict[str, Any]:
    """How the sweep of a folder was asked for; {} where there is none."""
    file = folder / ASKED
    if not file.is_file():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        kept = {key: content[key] for key in ("values", "splits", "insist_batch")}
        return kept | {"over": tuple(content["over"])}
    except (ValueError, KeyError) as error:
        raise KodoError(f"{file} is damaged: {error}.") from None


def _begin(todo: SweepPlan, folder: Path) -> None:
    """Make the folder, or make sure that it holds this very sweep."""
    content = json.loads(json.dumps(described(todo)))
    if (folder / ASKED).is_file():
        if json.loads((folder / ASKED).read_text(encoding="utf-8")) != content:
            raise KodoError(
                f"{folder} holds another sweep, or one of other data, device or version of kodo; name "
                "another folder with --out."
            )
    elif folder.exists() and (not folder.is_dir() or any(not _ours(path) for path in folder.iterdir())):
        raise KodoError(f"{folder} is there already and is no sweep; name another folder with --out.")
    write_json(folder / ASKED, content)
    write_json(folder / "dataset.json", todo.dataset)
    write_text(folder / "experiment.toml", written(todo.sweep.experiment))


def _ours(path: Path) -> bool:
    """Whether a beginning that was killed leaves such a file."""
    return path.name.startswith(f".{ASKED}.")


def _finished(path: Path) -> bool:
    return path.is_file() and json.loads(path.read_text(encoding="utf-8"))["state"] == "complete"


def _keep(folder: Path, task: Task, future: Future[Outcome], watch: Watch) -> None:
    try:
        outcome = future.result()
    except KodoError as error:
        outcome = Outcome("failed", float("nan"), error=str(error))
    facts = {key: value for key, value in asdict(outcome).items() if key != "curves"}
    facts["score"] = None if outcome.state == "failed" else outcome.score
    write_json(folder / TRIALS / f"{task.name}.json", {"point": task.point, "seed": task.seed} | facts)
    watch(task, outcome)
