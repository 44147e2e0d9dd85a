"""The small study of this room, and trials made up in no time; run as a script, it does such a study."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kodo.datasets.recording import Recordings
from kodo.datasets.store import load
from kodo.experiments.executors.workers import InProcess
from kodo.experiments.experiment import experiment
from kodo.experiments.fit import Fit
from kodo.experiments.plan import windows_of
from kodo.tuning.people import reserve
from kodo.tuning.search import search as room
from kodo.tuning.study import Search, Study
from kodo.tuning.trial import Outcome, Trial
from kodo.windows.cut import Windows

SMALL = {
    "dataset": "synthetic",
    "models": ("cnn1d",),
    "folding": {"folds": 3},
    "window": {"overlap": 0.0},
    "train": {"epochs": 2},
    "model": {"cnn1d": {"width": 4}},
}
NUISANCE = ("train.rate", "dropout", "kernel", "train.betas=[0.9, 0.999],[0.8, 0.99]")


def small(windows: Windows, **changes: Any) -> Study:
    """One model, four hyperparameters, four points at once and then twice two."""
    made = experiment(SMALL)
    folding = replace(made.folding, reserved=reserve(windows, 0))
    looking = Search(**{"nuisance": NUISANCE, "explore": 4, "exploit": 4, "together": 2} | changes)
    return Study(replace(made, folding=folding), looking)


def do(study: Study, recordings: Recordings, windows: Windows, folder: Path) -> list[Trial]:
    """Do a study in this process; returns the trials that were done now."""
    workers, done = InProcess(), list[Trial]()
    room.search(study, recordings, windows, folder, workers, workers.at_once, done.append)
    return done


def quick(fits: Sequence[Fit], give_up: tuple[float, ...] = ()) -> Outcome:
    """What a trial might leave, from its settings alone: best at a rate of 0.001, pruned as a real one is."""
    rate, dropout = fits[0].train["rate"], fits[0].parameters["dropout"]
    height = 1 / (1 + abs(math.log10(rate / 1e-3))) - dropout / 10
    curve = [height * (epoch + 1) / 5 for epoch in range(5)]
    for epoch, value in enumerate(curve[: len(give_up)]):
        if value < give_up[epoch]:
            curve = curve[: epoch + 1]
            return Outcome("pruned", value, {"5": value}, {"validation_macro_f1": curve}, epoch, epoch + 1)
    return Outcome("complete", height, {"5": height}, {"validation_macro_f1": curve}, 4, 5)


def facts(trials: Sequence[Trial]) -> list[Trial]:
    """Trials without what a clock said."""
    return [replace(trial, outcome=replace(trial.outcome, seconds=0.0)) for trial in trials]


if __name__ == "__main__":
    folder, storage = Path(sys.argv[1]), sys.argv[2]
    recordings = load("synthetic")
    windows = windows_of(experiment(SMALL), recordings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "tried", quick)
        workers = InProcess()
        study = small(windows, explore=30, exploit=20, together=5, storage=storage)
        print("begins", flush=True)
        room.search(
            study,
            recordings,
            windows,
            folder,
            workers,
            workers.at_once,
            lambda t: print(t.number, flush=True),
        )
