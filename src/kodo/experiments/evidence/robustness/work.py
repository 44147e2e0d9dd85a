"""A finished run's fits, done again and asked about altered recordings of their test people."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import attach
from kodo.errors import KodoError
from kodo.experiments.evidence.robustness.alterations import Alteration, alterations
from kodo.experiments.evidence.robustness.results import UNALTERED, Answers, Asked, place_of, write
from kodo.experiments.executors.workers import Workers, done
from kodo.experiments.experiment import read
from kodo.experiments.fit import Fit, opened, trained
from kodo.experiments.plan import plan
from kodo.experiments.record import TEST, Record
from kodo.files import digest
from kodo.windows.cut import Windows, cut

Watch = Callable[[Record], None]
"""Told after every fit: the run's record of it."""


def work(todo: Asked, workers: Workers, watch: Watch) -> None:
    """Do the missing fits again and keep what they say; the run's own records stay as they are.

    Args:
        todo: what is asked.
        workers: do the fits.
        watch: told after every fit.

    Raises:
        KodoError: the run's fits are not those that this machine would do, a fit failed, or the folder
            cannot be written.
    """
    waiting = deque(_fits(todo))
    running: dict[Future[tuple[Answers, NDArray[np.float32]]], Fit] = {}
    while waiting or running:
        for _ in range(min(workers.at_once() - len(running), len(waiting))):
            fit = waiting.popleft()
            running[workers.submit(answers, fit)] = fit
        for future in done(running):
            fit = running.pop(future)
            record = todo.records[fit.key]
            found, unaltered = future.result()
            write(place_of(todo.run.folder, fit.key), found, _furthest(record, unaltered))
            watch(record)


def answers(fit: Fit, altered: Sequence[Alteration] | None = None) -> tuple[Answers, NDArray[np.float32]]:
    """Do a fit again and ask it about the altered recordings of its test people.

    Args:
        fit: what to do.
        altered: the alterations; None = all that its channels can suffer.

    Returns:
        what it says, and its log-probabilities (window, class) of the unaltered windows.

    Raises:
        KodoError: as `kodo.experiments.fit.trained`, or an alteration moved the windows.
    """
    windows = opened(fit)
    division, fitted = trained(fit, windows)
    made = usual(windows) if altered is None else altered
    rows = division.test
    unaltered = fitted.log_probabilities(windows, rows)
    predicted = [unaltered.argmax(axis=1)]
    for alteration in made:
        predicted.append(fitted.log_probabilities(applied(alteration, windows, rows), rows).argmax(axis=1))
    return (
        Answers(
            names=np.array([UNALTERED, *(alteration.name for alteration in made)]),
            says=np.array(["as recorded", *(alteration.says for alteration in made)]),
            predicted=np.array(predicted, np.int16),
            label=windows.label[rows],
            subject=windows.subject[rows],
            subjects=np.array(windows.subjects),
            furthest=np.zeros(1),
        ),
        unaltered,
    )


def usual(windows: Windows) -> tuple[Alteration, ...]:
    """The alterations of sensors that the windows hold.

    Args:
        windows: as a fit cuts them.
    """
    if windows.recorded is None:
        raise KodoError("These windows do not know their recordings; make them with kodo.cut.")
    kept = {(channel.quantity, channel.place, channel.device) for channel in windows.channels}
    measured = windows.recorded[0].channels
    there = [c for c in measured if (c.quantity, c.place, c.device) in kept]
    return alterations(there or measured)


def applied(alteration: Alteration, windows: Windows, rows: NDArray[np.int64]) -> Windows:
    """The same windows of recordings that were altered as they were measured, before any signal step.

    Args:
        alteration: what is done.
        windows: as a fit cuts them.
        rows: (window,) positions; only their recordings are altered.

    Raises:
        KodoError: the windows lie elsewhere afterwards.
    """
    recordings = windows.recorded
    if recordings is None:
        raise KodoError("These windows do not know their recordings; make them with kodo.cut.")
    tested = np.unique(windows.recording[rows]).tolist()
    signal = np.array(recordings.signal)
    for place in tested:
        first = int(recordings.start[place])
        signal[first : first + len(recordings[place].signal)] = alteration.alter(recordings[place])
    checksum = digest([recordings.checksum, alteration.name, tested])
    changed = attach(recordings.card, recordings.items, signal, recordings.label, recordings.start, checksum)
    names = [channel.name for channel in windows.channels]
    made = cut(changed, windows.cutting, channels=names, activities=windows.activities, steps=windows.steps)
    if not (np.array_equal(made.start, windows.start) and np.array_equal(made.label, windows.label)):
        raise KodoError(f"'{alteration.name}' moves the windows of {windows.dataset}; it cannot be compared.")
    return made


def _fits(todo: Asked) -> list[Fit]:
    """The missing fits, planned anew from the run's own experiment."""
    if not todo.missing:
        return []
    folder = todo.run.folder
    fits = {fit.key: fit for fit in plan(read(folder / "experiment.toml")).fits}
    lost = [key for key in todo.missing if key not in fits]
    if lost:
        raise KodoError(
            f"{len(lost)} fits of {folder} were made with other data, another device or another version of "
            "kodo than are here; they cannot be done again."
        )
    return [fits[key] for key in todo.missing]


def _furthest(record: Record, unaltered: NDArray[np.float32]) -> float:
    before = record.predictions.log_probability[record.predictions.side == TEST]
    if np.array_equal(before, unaltered):
        return 0.0
    # Trees give probabilities of exactly 0, whose logarithms are equal without a difference.
    apart = np.abs(np.exp(before.astype(np.float64)) - np.exp(unaltered.astype(np.float64)))
    return float(apart.max())
