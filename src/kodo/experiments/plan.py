"""What a run will do: data loaded, cut and divided, models built once, fits resolved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kodo.datasets.formats.lines import shortened
from kodo.datasets.inspection.facts import facts
from kodo.datasets.locate import cache_folder
from kodo.datasets.recording import Recordings
from kodo.datasets.store import load
from kodo.evaluation.protocol import PROTOCOLS, Folding, missing_activities
from kodo.evaluation.split import LeakySplit, Split
from kodo.experiments.experiment import Chosen, Experiment, chosen, folding_of
from kodo.experiments.fit import Fit, recipe
from kodo.experiments.health import plan_checks
from kodo.files import sha256
from kodo.training.cost import PROBE_EPOCHS, epoch_seconds, epochs_within
from kodo.training.device import device, one_thread, precision
from kodo.training.suitable import check_windows
from kodo.windows.cut import Windows, cut, left_out
from kodo.windows.prepare import prepare
from kodo.windows.signal import steps as signal_steps


@dataclass(frozen=True, eq=False)
class Plan:
    """What a run will do.

    Args:
        experiment: complete.
        windows: as every fit will cut them.
        fits: in the order they are handed out.
        dataset: what stands in `dataset.json`.
        notes: sentences the user should read before the run.
    """

    experiment: Experiment
    windows: Windows
    fits: tuple[Fit, ...]
    dataset: dict[str, Any]
    notes: tuple[str, ...]


def plan(experiment: Experiment) -> Plan:
    """Load, cut, divide and build once, so that what cannot work is said before the first fit.

    Args:
        experiment: complete.

    Raises:
        KodoError: data that cannot be had, too few people, windows too long, a model that cannot be built.
    """
    recordings = load(experiment.dataset)
    return planned(experiment, recordings, windows_of(experiment, recordings))


def windows_of(experiment: Experiment, recordings: Recordings) -> Windows:
    """Recordings cut as an experiment says.

    Raises:
        KodoError: as `kodo.windows.cut.cut`.
    """
    return cut(
        recordings,
        experiment.window,
        channels=experiment.channels,
        activities=experiment.activities,
        steps=signal_steps(experiment.steps),
    )


def planned(experiment: Experiment, recordings: Recordings, windows: Windows) -> Plan:
    """The plan for windows that are already cut.

    Args:
        experiment: complete.
        recordings: from which the windows were cut.
        windows: to be learned from and tested on.

    Raises:
        KodoError: too few people, windows too short for a model, a model that cannot be built.
    """
    protocol = PROTOCOLS.get(experiment.protocol)
    folds = protocol.count(windows, experiment.folding)
    divisions = [protocol.fold(windows, number, experiment.folding) for number in range(folds)]
    experiment = within_budget(experiment, recordings, windows, divisions[0])
    fits = tuple(
        replace(usual, seed=seed, fold=fold)
        for choice in chosen(experiment)
        for usual in [fit_of(experiment, choice, recordings, windows)]
        for seed in range(experiment.seeds)
        for fold in range(folds)
    )
    found = _dataset(recordings, windows, divisions)
    notes = (*found["findings"], *_short(experiment, windows), *_unread(experiment))
    notes += (*_notes(windows, divisions), *said_of_models(experiment))
    return Plan(experiment, windows, fits, found, notes)


def said_of_models(experiment: Experiment) -> tuple[str, ...]:
    """What a user should read of the models before they are fitted: their notes, then what a budget came to.

    Args:
        experiment: as `within_budget` gives it.
    """
    notes = (note for choice in chosen(experiment) for note in choice.model.notes(choice.parameters))
    return (*notes, *_epochs(experiment))


def within_budget(
    experiment: Experiment, recordings: Recordings, windows: Windows, division: Split | LeakySplit
) -> Experiment:
    """The experiment with its minutes turned into epochs, by a short training that is thrown away.

    Args:
        experiment: complete; what it has epochs for already is not probed again.
        recordings: from which the windows were cut.
        windows: to be learned from.
        division: whose training windows the probe takes.

    Raises:
        KodoError: as `fit_of`, or a probe diverged.
    """
    budget = experiment.budget
    if not budget.minutes:
        return experiment
    seconds, epochs = dict(budget.seconds), dict(budget.epochs)
    for choice in chosen(experiment):
        if choice.name not in epochs:
            usual = fit_of(experiment, choice, recordings, windows)
            with one_thread():
                took = epoch_seconds(recipe(usual), windows, division)
            if took is not None:
                seconds[choice.name] = took
                epochs[choice.name] = epochs_within(budget.minutes, took)
    return replace(experiment, budget=replace(budget, seconds=seconds, epochs=epochs))


def fit_of(experiment: Experiment, choice: Chosen, recordings: Recordings, windows: Windows) -> Fit:
    """The fit of one model on the first fold with the first seed, everything resolved.

    Args:
        experiment: complete.
        choice: the model.
        recordings: from which the windows were cut.
        windows: the model is built for them once.

    Raises:
        KodoError: the model cannot take these windows, or its parameters cannot be built.
    """
    _buildable(choice, windows)
    where, arithmetic = _resolved(experiment, choice)
    weights = getattr(choice.parameters, "weights", "")
    return Fit(
        dataset=recordings.card.name,
        data=recordings.checksum,
        channels=experiment.channels,
        activities=experiment.activities,
        steps=experiment.steps,
        cutting=windows.cutting,
        protocol=experiment.protocol,
        folding=folding_of(experiment),
        fold=0,
        prepare=choice.prepare,
        model=choice.name,
        parameters=asdict(choice.parameters),
        train=asdict(choice.settings),
        seed=0,
        device=where,
        precision=arithmetic,
        weights=sha256(Path(weights)) if weights else "",
    )


def _resolved(experiment: Experiment, choice: Chosen) -> tuple[str, str]:
    if choice.trainer.name != "gradient":
        return "cpu", "float32"
    where = device(experiment.device)
    return where, precision(experiment.precision, where, cache_folder() / "doctor.json")


def _buildable(choice: Chosen, windows: Windows) -> None:
    """Try every part once, on one window where it learns."""
    check_windows(choice.model, windows)
    choice.trainer.check(choice.settings)
    prepare(choice.prepare, windows, np.zeros(1, np.int64))
    choice.model.build(
        windows.channels, windows.longest, windows.rate, len(windows.activities), choice.parameters
    )


def _short(experiment: Experiment, windows: Windows) -> Iterator[str]:
    """What was left out because it is too short, and how it is kept."""
    lost = _dropped(windows)
    if not lost:
        return
    named = [f"{e['recording']} ({e['activity']}, {e['seconds']:.2f} s)" for e in lost]
    models = [choice for choice in chosen(experiment) if choice.model.lengths == "any"]
    takes = ", ".join(choice.name for choice in models) or "none of the chosen models"
    seconds = sum(entry["seconds"] for entry in lost)
    yield (
        f"{len(lost):,} labelled {'stretch is' if len(lost) == 1 else 'stretches are'} shorter than a window "
        f"of {windows.cutting.seconds:g} s and left out, {seconds:,.1f} s in all: {shortened(named)}. "
        f"--short pad (window.short = 'pad') keeps each as one window, padded and masked, which {takes} can "
        "take."
    )


def _dropped(windows: Windows) -> list[dict[str, Any]]:
    return [
        {
            "recording": windows.recordings[recording],
            "activity": windows.activities[label],
            "seconds": samples / windows.rate,
        }
        for recording, _, samples, label in windows.dropped.tolist()
    ]


def _unread(experiment: Experiment) -> Iterator[str]:
    """Settings of the folds that somebody changed and the protocol does not look at."""
    usual, read = Folding(), PROTOCOLS.get(experiment.protocol).reads
    for name, value in vars(experiment.folding).items():
        if name not in read and value != getattr(usual, name):
            yield f"The protocol {experiment.protocol} does not read folding.{name}: it changes nothing."


def _notes(windows: Windows, divisions: Sequence[Split | LeakySplit]) -> Iterator[str]:
    if divisions[0].leak:
        yield f"LEAKY: {divisions[0].leak}"
    if not any(len(division.validation) for division in divisions):
        yield (
            "Nobody validates: networks keep their last epoch and never stop early, and neither temperatures "
            "nor thresholds nor smoothing can be chosen."
        )
    for division in divisions:
        for name in missing_activities(windows, division):
            yield f"{division.name}: nobody left for training does '{name}'; it cannot be learned there."


def _epochs(experiment: Experiment) -> Iterator[str]:
    """What a budget came to."""
    budget = experiment.budget
    if not budget.minutes:
        return
    for name in experiment.models:
        if name in budget.epochs:
            count = f"{budget.epochs[name]:,} epochs" if budget.epochs[name] > 1 else "1 epoch"
            yield (
                f"{name}: {count} in {budget.minutes:g} min a fit; one took "
                f"{budget.seconds[name]:g} s in a probe of {PROBE_EPOCHS}, which was thrown away."
            )
        else:
            yield f"{name}: has no epochs, so that no budget binds it."


def _dataset(
    recordings: Recordings, windows: Windows, divisions: Sequence[Split | LeakySplit]
) -> dict[str, Any]:
    """The facts of the data, as reports need them."""
    found = facts(recordings)
    columns = [recordings.card.activities.index(name) for name in windows.activities]
    dropped = _dropped(windows)
    return found | {
        "activities": list(windows.activities),
        "channels": [vars(channel) for channel in windows.channels],
        "rate": windows.rate,
        "table": [[line[column] for column in columns] for line in found["table"]],
        "dropped": dropped,
        "left_out": left_out(windows),
        "counts": found["counts"] | {"windows": len(windows), "dropped": len(dropped)},
        "checks": [dict(vars(check)) for check in plan_checks(recordings, windows, divisions)],
        "folds": len(divisions),
    }
