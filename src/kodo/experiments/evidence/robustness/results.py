"""What altered recordings cost the models of a run: what is asked, what is kept, what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from kodo.errors import KodoError, near
from kodo.evaluation.compare import Comparison, against
from kodo.evaluation.interval import Interval, mean_interval
from kodo.evaluation.score import Score, per_person, score
from kodo.experiments.evidence.robustness.alterations import VERSION
from kodo.experiments.record import Record, read_arrays
from kodo.experiments.summary import HEADLINE, Run, open_run
from kodo.files import replacing

FOLDER = "robustness"
"""Of what was found, inside the run folder."""

UNALTERED = "unaltered"


@dataclass(frozen=True, eq=False)
class Answers:
    """What one fit says of the windows of its test people, unaltered and altered.

    Args:
        names: (alteration,) the first is UNALTERED.
        says: (alteration,) what was done.
        predicted: (alteration, window) int16.
        label: (window,) int16.
        subject: (window,) int32, position in `subjects`.
        subjects: (person,) names.
        furthest: largest difference between the probabilities of the stored predictions and of the
            unaltered ones here; 0 where the fit gave the same bits again.
    """

    names: NDArray[np.str_]
    says: NDArray[np.str_]
    predicted: NDArray[np.int16]
    label: NDArray[np.int16]
    subject: NDArray[np.int32]
    subjects: NDArray[np.str_]
    furthest: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Asked:
    """What is asked of a run.

    Args:
        run: its records.
        records: of the fits that are asked, by key.
        missing: keys of those whose answers the run folder does not hold yet.
    """

    run: Run
    records: Mapping[str, Record]
    missing: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """What the missing fits took when the run was made: about what they take again."""
        return float(sum(self.records[key].facts["seconds"] for key in self.missing))


@dataclass(frozen=True, eq=False)
class Cost:
    """What an alteration costs a model.

    Args:
        name: of the alteration.
        says: what was done.
        score: macro-F1 of everybody tested, altered.
        interval: of its mean, over people.
        comparison: against the unaltered recordings of the same people.
    """

    name: str
    says: str
    score: Score
    interval: Interval
    comparison: Comparison


@dataclass(frozen=True, eq=False)
class Costs:
    """One model.

    Args:
        model: as asked for.
        unaltered: macro-F1 of everybody tested.
        interval: of its mean, over people.
        costs: of the alterations, in their order.
        seeds: how many seeds were asked.
        fits: how many fits were asked.
        furthest: largest difference from the stored probabilities; 0 = the very same.
        leak: what a leaky protocol shares, or "".
    """

    model: str
    unaltered: Score
    interval: Interval
    costs: tuple[Cost, ...]
    seeds: int
    fits: int
    furthest: float
    leak: str

    def differences(self, cost: Cost) -> NDArray[np.float64]:
        """(person,) altered minus unaltered.

        Args:
            cost: of one of the alterations.
        """
        return cost.score.values - self.unaltered.values


def asked(folder: Path, models: Sequence[str] = (), seeds: int = 1) -> Asked:
    """Which fits of a run are asked, and which of them have answered already.

    Args:
        folder: of the run; nothing else is needed.
        models: as the run calls them; empty = all.
        seeds: 0, 1, ... so many of the run's.

    Raises:
        KodoError: it is no run, or has no such model or seed.
    """
    run = open_run(folder)
    for model in models:
        if model not in run.experiment["models"]:
            raise KodoError(f"{folder} has no model {model}. {near(model, list(run.experiment['models']))}")
    if not 1 <= seeds <= run.experiment["seeds"]:
        raise KodoError(f"{folder} has the seeds 0 to {run.experiment['seeds'] - 1}; got --seeds {seeds}.")
    records = {
        record.facts["key"]: record
        for record in run.records
        if record.facts["model"] in (models or run.experiment["models"]) and record.facts["seed"] < seeds
    }
    if not records:
        raise KodoError(f"{folder} holds no finished fit of {', '.join(models)} yet: repeat the run.")
    missing = tuple(key for key in records if not place_of(folder, key).is_file())
    return Asked(run, records, missing)


def results(folder: Path, models: Sequence[str] = (), seeds: int = 1) -> tuple[Run, tuple[Costs, ...]]:
    """What the alterations cost, from the run folder alone.

    Args:
        folder: of the run.
        models: as the run calls them; empty = all that were asked.
        seeds: 0, 1, ... so many of the run's.

    Raises:
        KodoError: as `asked`, nothing was asked yet, or what was kept is damaged.
    """
    todo = asked(folder, models, seeds)
    made = []
    for model in models or todo.run.experiment["models"]:
        keys = [key for key, record in todo.records.items() if record.facts["model"] == model]
        there = [key for key in keys if key not in todo.missing]
        if keys and len(there) == len(keys):
            made.append(_tested(todo, model, [(todo.records[key], _read(folder, key)) for key in keys]))
    if not made:
        raise KodoError(f"No model of {folder} was asked yet: kodo robustness {folder}")
    return todo.run, tuple(made)


def summary(found: Sequence[Costs]) -> list[dict[str, Any]]:
    """What `--json` prints: one mapping per model and alteration.

    Args:
        found: of a run.
    """
    return [
        {
            "model": tested.model,
            "alteration": cost.name,
            "says": cost.says,
            "unaltered": vars(tested.interval),
            "macro_f1": vars(cost.interval),
            "difference": cost.comparison.difference,
            "low": cost.comparison.interval.low,
            "high": cost.comparison.interval.high,
            "p": cost.comparison.p,
            "p_holm": cost.comparison.adjusted,
            "sentence": cost.comparison.sentence,
            "leak": tested.leak,
        }
        for tested in found
        for cost in tested.costs
    ]


def place_of(folder: Path, key: str) -> Path:
    """Where the answers of a fit are kept.

    Args:
        folder: of the run.
        key: of the fit.
    """
    return folder / FOLDER / f"{key}-{VERSION}.npz"


def write(path: Path, found: Answers, furthest: float) -> None:
    """Keep what a fit said, whole or not at all.

    Args:
        path: as `place_of` gives.
        found: what it said.
        furthest: as in `Answers`.

    Raises:
        KodoError: it could not be written.
    """
    arrays = {f.name: getattr(found, f.name) for f in fields(found)} | {"furthest": np.array([furthest])}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)


def _tested(todo: Asked, model: str, parts: Sequence[tuple[Record, Answers]]) -> Costs:
    names, says = parts[0][1].names.tolist(), parts[0][1].says.tolist()
    classes, subjects = len(todo.run.dataset["activities"]), todo.run.subjects
    seeds = sorted({record.facts["seed"] for record, _ in parts})
    scores = []
    for place in range(len(names)):
        tables = [_scores([a for r, a in parts if r.facts["seed"] == seed], place, classes) for seed in seeds]
        scores.append(score(HEADLINE[0], np.array(tables), parts[0][1].subjects.tolist()))
    unaltered, others = scores[0], scores[1:]
    compared = against(unaltered, others, subjects=subjects)
    costs = tuple(
        Cost(name, what, one, mean_interval(one.values, subjects=subjects), comparison)
        for name, what, one, comparison in zip(names[1:], says[1:], others, compared, strict=True)
    )
    furthest = max(float(found.furthest[0]) for _, found in parts)
    interval = mean_interval(unaltered.values, subjects=subjects)
    leak = parts[0][0].facts["leak"]
    return Costs(model, unaltered, interval, costs, len(seeds), len(parts), furthest, leak)


def _scores(found: Sequence[Answers], place: int, classes: int) -> NDArray[np.float64]:
    """(person,) macro-F1 of one seed, all folds together."""
    label = np.concatenate([one.label for one in found])
    predicted = np.concatenate([one.predicted[place] for one in found])
    subject = np.concatenate([one.subject for one in found])
    return per_person(HEADLINE[0], label, predicted, subject, classes, len(found[0].subjects))


def _read(folder: Path, key: str) -> Answers:
    path = place_of(folder, key)
    try:
        found: Answers = read_arrays(path, Answers)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise KodoError(f"{path} is damaged ({error}); delete it and repeat kodo robustness.") from error
    return found
