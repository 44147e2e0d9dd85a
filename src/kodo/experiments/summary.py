"""What a run says: its rows of scores, always recomputed from the stored predictions."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.errors import KodoError
from kodo.evaluation.interval import Interval, mean_interval
from kodo.evaluation.score import per_person
from kodo.experiments.record import TEST, Record, failures, finished, read_record

HEADLINE = ("macro_f1", "balanced_accuracy", "accuracy")
"""The scores of the table, the first one for the sentence."""
MAJORITY = "majority"
"""The row of always naming the commonest activity of the training people."""


@dataclass(frozen=True, eq=False)
class Run:
    """A run folder, read.

    Args:
        folder: where it lies.
        experiment: `experiment.toml` as a mapping.
        dataset: `dataset.json`.
        records: of all finished fits, in the order model, seed, fold.
        failed: the fits that failed: key, model, fold, seed, error.
    """

    folder: Path
    experiment: Mapping[str, Any]
    dataset: Mapping[str, Any]
    records: tuple[Record, ...]
    failed: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, eq=False)
class Row:
    """One model on one dataset.

    Args:
        dataset: name.
        model: as asked for, or MAJORITY.
        people: (person,) names, in the order of the dataset.
        scores: per score of HEADLINE, (person,) values, averaged over seeds.
        intervals: per score, its mean with an interval over people.
        spread: standard deviation over seeds of the mean macro-F1; None with one seed.
        windows: scored windows per seed.
        seconds: of all fits together.
        ms_per_window: of predicting, mean over fits.
        parameters: learned numbers, mean over fits.
        size: bytes, mean over fits.
        leak: what a leaky protocol shares, or "".
    """

    dataset: str
    model: str
    people: tuple[str, ...]
    scores: Mapping[str, NDArray[np.float64]]
    intervals: Mapping[str, Interval]
    spread: float | None
    windows: int
    seconds: float
    ms_per_window: float
    parameters: int
    size: int
    leak: str

    @property
    def worst(self) -> tuple[str, float]:
        """The person for whom the headline score is lowest, and that score."""
        lowest = int(np.argmin(self.scores[HEADLINE[0]]))
        return self.people[lowest], float(self.scores[HEADLINE[0]][lowest])


def open_run(folder: Path) -> Run:
    """Read a run folder; nothing but the folder is needed.

    Raises:
        KodoError: it is no run, or a part of it is missing or damaged.
    """
    try:
        experiment = tomllib.loads((folder / "experiment.toml").read_text(encoding="utf-8"))
        dataset = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KodoError(
            f"{folder} is no run (a folder with experiment.toml, dataset.json, fits): {error}."
        ) from None
    records = [read_record(folder / "fits" / key) for key in finished(folder)]
    order = list(experiment["models"])
    records = [record for record in records if record.facts["model"] in order]
    records.sort(key=lambda r: (order.index(r.facts["model"]), r.facts["seed"], r.facts["fold"]))
    if not records:
        raise KodoError(f"{folder} holds no finished fit yet: repeat kodo run {folder / 'experiment.toml'}.")
    return Run(folder, experiment, dataset, tuple(records), tuple(failures(folder)))


def rows(run: Run) -> tuple[Row, ...]:
    """One row per model in the order asked for, then the majority row.

    Args:
        run: its records.
    """
    made = []
    for model in run.experiment["models"]:
        records = [record for record in run.records if record.facts["model"] == model]
        if records:
            made.append(
                _row(
                    run, model, records, [record.predictions.log_probability.argmax(1) for record in records]
                )
            )
    first = [record for record in run.records if record.facts["model"] == made[0].model]
    first = [record for record in first if record.facts["seed"] == first[0].facts["seed"]]
    return (*made, _row(run, MAJORITY, first, [_majority(record) for record in first]))


def summary(run: Run) -> list[dict[str, Any]]:
    """What stands in `summary.json`: one mapping per row, every number with its unit in the key or README.

    Args:
        run: its records.
    """
    made = []
    for row in rows(run):
        name, score = row.worst
        made.append(
            {
                "dataset": row.dataset,
                "model": row.model,
                "protocol": run.experiment["protocol"],
                "leak": row.leak,
                "people": len(row.people),
                "windows": row.windows,
                "seeds": run.experiment["seeds"],
                **{kind: vars(interval) for kind, interval in row.intervals.items()},
                "spread_over_seeds": row.spread,
                "worst_person": name,
                "worst_macro_f1": score,
                "fit_seconds": row.seconds,
                "ms_per_window": row.ms_per_window,
                "parameters": row.parameters,
                "size_bytes": row.size,
            }
        )
    return made


def _row(run: Run, model: str, records: list[Record], predicted: list[NDArray[np.int64]]) -> Row:
    seeds = sorted({record.facts["seed"] for record in records})
    by_seed: dict[str, list[NDArray[np.float64]]] = {kind: [] for kind in HEADLINE}
    classes = len(run.dataset["activities"])
    for seed in seeds:
        chosen = [i for i, record in enumerate(records) if record.facts["seed"] == seed]
        label, guess, subject = _tested([records[i] for i in chosen], [predicted[i] for i in chosen])
        people = np.unique(subject)
        for kind in HEADLINE:
            values = per_person(kind, label, guess, subject, classes, int(people[-1]) + 1)
            by_seed[kind].append(values[people])
    names = tuple(records[0].predictions.subjects[people].tolist())
    scores = {kind: np.mean(values, axis=0) for kind, values in by_seed.items()}
    means = [values.mean() for values in by_seed[HEADLINE[0]]]
    learned = model != MAJORITY
    return Row(
        dataset=run.dataset["name"],
        model=model,
        people=names,
        scores=scores,
        intervals={kind: mean_interval(values) for kind, values in scores.items()},
        spread=float(np.std(means, ddof=1)) if len(seeds) > 1 else None,
        windows=len(label),
        seconds=learned * sum(record.facts["seconds"] for record in records),
        ms_per_window=learned * float(np.mean([record.facts["ms_per_window"] for record in records])),
        parameters=learned * round(np.mean([record.facts["parameters"] for record in records])),
        size=learned * round(np.mean([record.facts["size"] for record in records])),
        leak=records[0].facts["leak"],
    )


def _tested(
    records: list[Record], predicted: list[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Label, prediction and person of the test windows of some folds together."""
    keep = [record.predictions.side == TEST for record in records]
    label = np.concatenate([r.predictions.label[k] for r, k in zip(records, keep, strict=True)])
    guess = np.concatenate([p[k] for p, k in zip(predicted, keep, strict=True)])
    subject = np.concatenate([r.predictions.subject[k] for r, k in zip(records, keep, strict=True)])
    return label.astype(np.int64), guess.astype(np.int64), subject.astype(np.int64)


def _majority(record: Record) -> NDArray[np.int64]:
    """The commonest activity of the fit's training windows, for every window."""
    commonest = int(np.argmax(record.facts["training_counts"]))
    return np.full(len(record.predictions.label), commonest)
