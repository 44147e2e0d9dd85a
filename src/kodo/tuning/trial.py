"""A trial: the real training with one point's settings, scored on people it did not learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from kodo.datasets.recording import Recordings
from kodo.evaluation.score import per_person
from kodo.experiments.experiment import Chosen, Experiment, chosen
from kodo.experiments.fit import Fit, opened, trained
from kodo.experiments.plan import fit_of
from kodo.tuning.hyperparameters import Point, applied
from kodo.windows.cut import Windows

TRIAL_SEED = 1_000
"""Of every trial, so that points are compared on equal terms; the final fits have the seeds 0, 1, ..."""

State = Literal["complete", "pruned", "failed"]
Phase = Literal["explore", "exploit"]


@dataclass(frozen=True)
class Outcome:
    """What a trial leaves.

    Args:
        state: `pruned` where the training was given up, `failed` where it could not be done.
        score: macro-F1, the mean over the people held out by the inner splits; NaN where it failed.
        people: their macro-F1 by name; a person in two inner splits stands once, with the mean.
        curves: of the first inner split, by name, a value per epoch.
        best: the epoch that was kept there, from 0.
        epochs: run in all inner splits together.
        seconds: of fitting, in all inner splits together.
        error: why it failed, or "".
    """

    state: State
    score: float
    people: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, Sequence[float]] = field(default_factory=dict)
    best: int = -1
    epochs: int = 0
    seconds: float = 0.0
    error: str = ""


@dataclass(frozen=True)
class Trial:
    """One point of a study, tried.

    Args:
        number: within its arm, from 0; points of the first phase come first.
        arm: its name.
        phase: `explore` (quasi-random) or `exploit` (guided).
        point: the values that were searched, by key; those that meant nothing there are left out.
        outcome: what came of it.
    """

    number: int
    arm: str
    phase: Phase
    point: Point
    outcome: Outcome


def fits_of(
    experiment: Experiment,
    name: str,
    point: Point,
    recordings: Recordings,
    windows: Windows,
    splits: int = 1,
    seed: int = TRIAL_SEED,
) -> tuple[Fit, ...]:
    """The fits of one trial: the experiment's own, with the point's settings, on the first inner splits.

    Args:
        experiment: complete; `folding.reserved` takes no part in the inner splits.
        name: of the model, as the experiment calls it.
        point: settings by key.
        recordings: from which the windows were cut.
        windows: the model is built for them once.
        splits: how many folds of the experiment's protocol.
        seed: of the training.

    Raises:
        KodoError: a value that cannot be, or a model that cannot be built with these settings.
    """
    made = applied(experiment, name, point)
    choice = choice_of(made, name)
    usual = replace(fit_of(made, choice, recordings, windows), seed=seed)
    return tuple(replace(usual, fold=fold) for fold in range(splits))


def choice_of(experiment: Experiment, name: str) -> Chosen:
    """One model of an experiment, with everything resolved.

    Args:
        experiment: complete.
        name: of the model, as the experiment calls it.

    Raises:
        KodoError: as `kodo.experiments.experiment.chosen`.
    """
    return next(choice for choice in chosen(experiment) if choice.name == name)


def tried(fits: Sequence[Fit], give_up: tuple[float, ...] = ()) -> Outcome:
    """Do a trial on the stored recordings it names; the people that a study reserved are never looked at.

    Args:
        fits: one per inner split.
        give_up: what the first inner split's best validation score must reach by each epoch.

    Raises:
        KodoError: the data are not in the store, or the training diverged.
    """
    scores: dict[str, list[float]] = {}
    histories = []
    for number, fit in enumerate(fits):
        windows = opened(fit)
        division, fitted = trained(fit, windows, give_up=give_up if number == 0 else ())
        histories.append(fitted.history)
        predicted = fitted.log_probabilities(windows, division.test).argmax(axis=1)
        for person, score in _by_person(windows, division.test, predicted).items():
            scores.setdefault(person, []).append(score)
        if fitted.history.given_up:
            break
    people = {person: float(np.mean(values)) for person, values in scores.items()}
    first = histories[0]
    return Outcome(
        state="pruned" if first.given_up else "complete",
        score=float(np.mean(list(people.values()))),
        people=people,
        curves=first.curves,
        best=first.best,
        epochs=sum(len(history.curves.get("train_loss", ())) for history in histories),
        seconds=sum(history.seconds for history in histories),
    )


def _by_person(windows: Windows, rows: Any, predicted: Any) -> dict[str, float]:
    codes, subject = np.unique(windows.subject[rows], return_inverse=True)
    values = per_person(
        "macro_f1", windows.label[rows], predicted, subject, len(windows.activities), len(codes)
    )
    return {windows.subjects[code]: float(value) for code, value in zip(codes, values, strict=True)}
