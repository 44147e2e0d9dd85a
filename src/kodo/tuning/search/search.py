"""The search: quasi-random points of every arm first, then guided ones, whoever does them and how often."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import partial
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Any

from kodo.datasets.recording import Recordings
from kodo.errors import KodoError
from kodo.evaluation.protocol import PROTOCOLS
from kodo.experiments.executors.workers import done
from kodo.experiments.experiment import written
from kodo.experiments.fit import Fit
from kodo.experiments.plan import planned
from kodo.files import digest, write_json
from kodo.training.device import one_thread
from kodo.training.stopping import higher
from kodo.tuning.hyperparameters import Point, applied
from kodo.tuning.search.journal import FILE, Claim, Journal
from kodo.tuning.search.points import explored, guided
from kodo.tuning.studied import Studied
from kodo.tuning.study import Arm, Search, Study, arms, read_study, write_study
from kodo.tuning.trial import Outcome, Phase, Trial, choice_of, fits_of, tried
from kodo.windows.cut import Windows

SPARED = 2
"""Epochs in which no trial is given up."""

IDLE = 0.5
"""Seconds between two looks at what others do, while there is nothing to do here."""

PATIENCE, LONG = 60.0, 10
"""Seconds for which the trial of another process is left alone, and how many times the longest so far."""

MONITOR = "train.monitor"

Watch = Callable[[Trial], None]


def search(
    study: Study,
    recordings: Recordings,
    windows: Windows,
    folder: Path,
    executor: Executor,
    at_once: Callable[[], int],
    watch: Watch,
) -> None:
    """Do the trials that a study lacks, and keep each as soon as it is done.

    The study comes out the same for any number of workers and processes, however often it was stopped:
    points of the first phase are known from the beginning, each batch of guided ones follows from the
    complete batches before it, and trials are given up by the curves of their arm's first phase alone.

    Args:
        study: complete.
        recordings: from which the windows were cut.
        windows: of everybody; reserved people take no part.
        folder: of the study; made when missing, continued when it holds the same study.
        executor: does the trials; only their settings travel.
        at_once: how many it can be given at a time.
        watch: told after every trial that was done here.

    Raises:
        KodoError: the folder or the storage holds another study or cannot be written, or every trial of the
            first phase of an arm failed.
    """
    compared = arms(study)
    _check_splits(study, windows)
    _begin(study, recordings, windows, folder)
    journal = Journal(study, folder)
    queues = [_Queue(study, arm, journal, recordings, windows) for arm in compared]
    running: dict[Future[Outcome], Claim] = {}
    try:
        while True:
            for queue in queues:
                while len(running) < at_once() and (claim := queue.claim()) is not None:
                    running[queue.hand(claim, executor)] = claim
            if running:
                for future in done(running):
                    trial = journal.tell(running[future], _outcome(future))
                    del running[future]
                    watch(trial)
            elif all(queue.empty() for queue in queues):
                return
            else:
                _outlast(compared, journal)
    finally:
        with suppress(KodoError):
            for claim in running.values():
                journal.release(claim)


def studied(folder: Path) -> Studied:
    """What a study has found so far, from its folder alone.

    Args:
        folder: of the study.

    Raises:
        KodoError: it holds none, or its trials cannot be read.
    """
    study = read_study(folder)
    compared = arms(study)
    trials: dict[str, tuple[Trial, ...]] = {arm.name: () for arm in compared}
    if study.search.storage or (folder / FILE).is_file():
        journal = Journal(study, folder)
        trials = {arm.name: journal.trials(arm) for arm in compared}
    return Studied(study, compared, trials, _dataset(folder))


class _Queue:
    """What is left to try in one arm."""

    def __init__(
        self, study: Study, arm: Arm, journal: Journal, recordings: Recordings, windows: Windows
    ) -> None:
        self._study, self._arm, self._journal = study, arm, journal
        self._fits = partial(fits_of, study.experiment, arm.model, recordings=recordings, windows=windows)
        self._choice = choice_of(applied(study.experiment, arm.model, arm.fixed), arm.model)
        first = explored(arm, self._choice, study.search.explore, study.search.seed)
        self._points = dict(enumerate(first))
        self._wanted: tuple[float, ...] | None = None
        (usual,) = self._fits({})
        journal.begin(arm, key_of(usual, arm))
        if _all_failed(journal.trials(arm), study.search.explore):
            journal.forget(arm)

    def empty(self) -> bool:
        """Whether every trial is finished."""
        return not due(self._study.search, self._journal.trials(self._arm))

    def claim(self) -> Claim | None:
        """The next trial that can be done now and that nobody does; None = there is none."""
        looking, trials = self._study.search, self._journal.trials(self._arm)
        batch = due(looking, trials)
        if _all_failed(trials, looking.explore):
            raise KodoError(
                f"Every trial of the first phase of {self._arm.name} failed; the first one: "
                f"{trials[0].outcome.error}"
            )
        taken = {trial.number for trial in trials}.union(self._journal.running(self._arm))
        for number in batch:
            if number not in taken:
                phase: Phase = "explore" if number < looking.explore else "exploit"
                point = self._point(number, batch, trials)
                if claim := self._journal.claim(self._arm, number, phase, point):
                    return claim
        return None

    def hand(self, claim: Claim, executor: Executor) -> Future[Outcome]:
        """Have a trial done; one that cannot be built has failed already."""
        try:
            fits = self._fits({**self._arm.fixed, **claim.point}, splits=self._study.search.splits)
            return executor.submit(tried, fits, self._give_up(claim))
        except KodoError as error:
            future: Future[Outcome] = Future()
            future.set_exception(error)
            return future
        except BaseException:
            self._journal.release(claim)
            raise

    def _point(self, number: int, batch: range, trials: Sequence[Trial]) -> Point:
        looking = self._study.search
        if number not in self._points:
            with one_thread():
                before = trials[: batch.start]
                points = guided(self._arm, self._choice, before, len(batch), looking.sampler, looking.seed)
            self._points |= dict(zip(batch, points, strict=True))
        return self._points[number]

    def _give_up(self, claim: Claim) -> tuple[float, ...]:
        looking, monitor = self._study.search, getattr(self._choice.settings, "monitor", "")
        if claim.phase == "explore" or not looking.prune or MONITOR in claim.point:
            return ()
        if self._wanted is None:
            self._wanted = wanted(self._journal.trials(self._arm)[: looking.explore], monitor)
        return self._wanted


def key_of(usual: Fit, arm: Arm) -> str:
    """The same where equal points leave equal trials.

    Args:
        usual: the fit of the arm's model at the experiment's settings.
        arm: what is searched.
    """
    return digest([usual.key, [[one.key, str(one.space)] for one in arm.searched]])


def due(looking: Search, trials: Sequence[Trial]) -> range:
    """The numbers that may be tried now: of the first phase, or of the first batch that is not complete.

    Args:
        looking: how the study searches.
        trials: finished ones.
    """
    done = {trial.number for trial in trials}
    start, stop = 0, looking.explore
    while start < stop and done.issuperset(range(start, stop)):
        start, stop = stop, min(stop + looking.together, looking.explore + looking.exploit)
    return range(start, stop)


def wanted(trials: Sequence[Trial], monitor: str) -> tuple[float, ...]:
    """What a guided trial must reach by each epoch: the median of what the first phase had by then.

    Args:
        trials: of the first phase.
        monitor: the curve that chooses the epoch.

    Returns:
        a score per epoch, greater is better; nothing is wanted of the first epochs.
    """
    curves = [
        list(accumulate(higher(monitor, trial.outcome.curves[monitor]), max))  # type: ignore[arg-type]
        for trial in trials
        if trial.outcome.state == "complete" and trial.outcome.curves.get(monitor)
    ]
    longest = max(map(len, curves), default=0)
    medians = [median(curve[min(epoch, len(curve) - 1)] for curve in curves) for epoch in range(longest)]
    return (*[-math.inf] * min(SPARED, longest), *medians[SPARED:])


def _all_failed(trials: Sequence[Trial], explore: int) -> bool:
    first = [trial for trial in trials if trial.number < explore]
    return len(first) == explore and all(trial.outcome.state == "failed" for trial in first)


def _outcome(future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except KodoError as error:
        return Outcome("failed", math.nan, error=str(error))


def _outlast(compared: Sequence[Arm], journal: Journal) -> None:
    """Wait for trials that others do; what takes them far too long is taken over."""
    times = [trial.outcome.seconds for arm in compared for trial in journal.trials(arm)]
    for arm in compared:
        journal.take_over(arm, max(PATIENCE, LONG * max(times, default=0.0)))
    time.sleep(IDLE)


def _check_splits(study: Study, windows: Windows) -> None:
    asked = study.experiment
    folds = PROTOCOLS.get(asked.protocol).count(windows, asked.folding)
    if study.search.splits > folds:
        raise KodoError(
            f"study.splits = {study.search.splits}: {asked.protocol} has {folds} folds among the "
            f"{windows.called[1]} who are not reserved."
        )


def _begin(study: Study, recordings: Recordings, windows: Windows, folder: Path) -> None:
    """Make the folder, or make sure that it holds this study; a kill may have left its first files."""
    if (folder / "study.toml").is_file():
        known = read_study(folder)
        if known.search != study.search or written(known.experiment) != written(study.experiment):
            raise KodoError(f"{folder} holds another study; name another folder with --out.")
        if _dataset(folder)["checksum"] != recordings.checksum:
            raise KodoError(
                f"{folder} was made from other files of {study.experiment.dataset}; name another --out."
            )
    elif folder.exists() and (not folder.is_dir() or any(not _ours(path) for path in folder.iterdir())):
        raise KodoError(f"{folder} is there already and is no study; name another folder with --out.")
    else:
        write_json(folder / "dataset.json", planned(study.experiment, recordings, windows).dataset)
        write_study(study, folder)


def _ours(path: Path) -> bool:
    """Whether a beginning that was killed leaves such a file."""
    return path.name in ("dataset.json", "experiment.toml") or path.name.startswith(
        (".dataset.json.", ".experiment.toml.", ".study.toml.")
    )


def _dataset(folder: Path) -> dict[str, Any]:
    path = folder / "dataset.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KodoError(f"{folder} holds no study: {path.name} cannot be read ({error}).") from error
    return found
