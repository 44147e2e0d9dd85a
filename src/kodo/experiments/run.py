"""A run folder filled: fits handed to an executor, and what they leave kept as soon as it is there."""

from __future__ import annotations

import json
import shutil
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from kodo.errors import KodoError
from kodo.experiments.executors.workers import Workers, done
from kodo.experiments.experiment import Experiment, written
from kodo.experiments.fit import Fit, execute
from kodo.experiments.plan import Plan
from kodo.experiments.record import Record, failures, finished, write_record
from kodo.files import digest, write_json, write_text

Watch = Callable[[Fit, Record | None, str], None]
"""Told after every fit: the fit, its record or None, and why it failed or ""."""


def run(
    todo: Plan,
    folder: Path,
    workers: Workers,
    watch: Watch,
    do: Callable[[Fit], Record] = execute,
) -> None:
    """Do the fits that the run folder does not hold yet, and keep every one as soon as it is there.

    Args:
        todo: the plan.
        folder: of the run; made when missing, continued when it holds the same experiment.
        workers: do the fits; only these travel, the data are opened from the store where they are done.
        watch: told after every fit.
        do: does a fit; the usual way opens its data from the store.

    Raises:
        KodoError: the folder holds another experiment or fits made otherwise, cannot be written, or every
            fit failed.
    """
    _begin(todo, folder)
    kept = finished(folder)
    waiting = deque(fit for fit in todo.fits if fit.key not in kept)
    running: dict[Future[Record], Fit] = {}
    while waiting or running:
        room = workers.at_once() - len(running)
        for _ in range(min(room, len(waiting))):
            fit = waiting.popleft()
            running[workers.submit(do, fit)] = fit
        for future in done(running):
            _keep(folder, running.pop(future), future, watch)
    if not finished(folder):
        raise KodoError(f"Every fit failed; the first one: {failures(folder)[0]['error']}")


def usual_folder(experiment: Experiment) -> Path:
    """Where a run is kept when the user names no place: the same experiment, the same folder."""
    name = Path(experiment.dataset).name
    return Path("runs") / f"{name}-{experiment.protocol}-{digest(written(experiment), 6)}"


def begun(todo: Plan, folder: Path) -> bool:
    """Whether a folder holds this run already; False where it can be made there.

    A kill may have left a first file alone, or temporary ones: what is there is judged without them.

    Args:
        todo: the plan.
        folder: of the run.

    Raises:
        KodoError: the folder holds something else, or fits made otherwise.
    """
    asked = folder / "experiment.toml"
    if asked.is_file():
        if asked.read_text(encoding="utf-8") != written(todo.experiment):
            raise KodoError(
                f"{folder} holds another experiment; name another folder with --out, or repeat that one with "
                f"kodo run {asked}."
            )
        known = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
        if known["checksum"] != todo.dataset["checksum"]:
            raise KodoError(
                f"{folder} was made from other files of {todo.experiment.dataset}; name another --out."
            )
        if other := finished(folder) - {fit.key for fit in todo.fits}:
            raise KodoError(
                f"{folder} holds {len(other)} fits made with another device, precision or version of kodo; "
                "they cannot be mixed: name another --out."
            )
        return True
    if folder.exists() and (not folder.is_dir() or any(not _ours(path) for path in folder.iterdir())):
        raise KodoError(f"{folder} is there already and is no run; name another folder with --out.")
    return False


def _begin(todo: Plan, folder: Path) -> None:
    """Make the folder, or make sure that it holds this experiment; failed fits are tried again."""
    if not begun(todo, folder):
        write_json(folder / "dataset.json", todo.dataset)
        write_text(folder / "experiment.toml", written(todo.experiment))
    for old in (folder / "failed").glob("*.json"):
        old.unlink()
    for left in (folder / "fits").glob(".*.*"):
        shutil.rmtree(left, ignore_errors=True)


def _ours(path: Path) -> bool:
    """Whether a beginning that was killed leaves such a file."""
    return path.name == "dataset.json" or path.name.startswith((".dataset.json.", ".experiment.toml."))


def _keep(folder: Path, fit: Fit, future: Future[Record], watch: Watch) -> None:
    try:
        record = future.result()
    except KodoError as error:
        facts = {"key": fit.key, "model": fit.model, "fold": fit.fold, "seed": fit.seed, "error": str(error)}
        write_json(folder / "failed" / f"{fit.key}.json", facts)
        watch(fit, None, str(error))
    else:
        write_record(folder / "fits" / fit.key, record)
        watch(fit, record, "")
