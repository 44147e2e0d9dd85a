"""What a run says: its rows of scores, always recomputed from the stored predictions."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import PEOPLE, UNLABELLED
from kodo.errors import KodoError
from kodo.evaluation.interval import Interval, mean_interval, pooled_interval
from kodo.evaluation.score import (
    Counts,
    confusions,
    f1_arena,
    f1_of_present,
    f1_present,
    majority,
    per_person,
)
from kodo.experiments.record import TEST, Record, failures, finished, read_record

HEADLINE = ("macro_f1", "balanced_accuracy", "accuracy")
"""The scores of the table, the first one for the sentence."""
OF_DATASET = ("name", "activities", "checks")
"""What of `dataset.json` is always there."""
POOLED = "macro_f1_pooled"
"""The score of all test predictions together, beside the confusion matrix."""
ARENA = "arena"
"""The protocol whose own scores are shown beside ours."""
ARENA_PEOPLE = "arena_people"
"""The protocol that tests the same people in the same folds, so that these scores can be made as well."""
BASELINE = "features"
"""The model that the others are compared with, where it is there; else the first one: no score decides it."""
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

    @property
    def subjects(self) -> tuple[str, str]:
        """What the dataset's subjects are, one and many; people, where an older run folder says nothing."""
        one, many = self.dataset.get("subjects", PEOPLE)
        return one, many

    @property
    def folds(self) -> int:
        """Folds of the protocol; where an older run folder does not say, as many as were begun."""
        begun = [int(facts["fold"]) for facts in (*(r.facts for r in self.records), *self.failed)]
        return int(self.dataset.get("folds", 1 + max(begun)))

    @property
    def lacking(self) -> dict[str, str]:
        """What is not there of the fits of every model asked for ("7 of 10 fits"); "" where all are."""
        whole = self.folds * int(self.experiment["seeds"])
        there = Counter(record.facts["model"] for record in self.records)
        fits = f"of {whole} {'fit' if whole == 1 else 'fits'}"
        return {
            name: "" if there[name] >= whole else f"{there[name]} {fits}"
            for name in self.experiment["models"]
        }


@dataclass(frozen=True, eq=False)
class Row:
    """One model on one dataset.

    Args:
        dataset: name.
        model: as asked for, or MAJORITY.
        people: (person,) names, in the order of the dataset.
        scores: per score of HEADLINE, (person,) values, averaged over seeds.
        by_seed: (seed, person) of the first of them; NaN for a person whose fit failed at that seed.
        intervals: per score of HEADLINE, its mean with an interval over people; POOLED too, mean over seeds.
        published: scores as published tables make them, by name (`f1_arena` and `f1_present`, under
            `arena` and `arena_people` only), mean over seeds.
        slid: macro-F1 of people at every step of their whole recordings whose middle is labelled, windows
            that straddle a change included; None for the majority row, and where no recording of the tested
            people is new (a leaky split).
        spread: standard deviation over seeds of the mean macro-F1; None with one seed.
        windows: scored windows per seed.
        seconds: of all fits together.
        learned_per_second: training windows passed over in a second of fitting, looks at the validation
            people included; 0 for the majority row.
        ms_per_window: of predicting, mean over fits.
        parameters: learned numbers, mean over fits.
        macs: multiply-accumulates of one window; None where they do not apply or were not counted.
        size: bytes, mean over fits.
        leak: what a leaky protocol shares, or "".
        subjects: what the people are called, one and many.
    """

    dataset: str
    model: str
    people: tuple[str, ...]
    scores: Mapping[str, NDArray[np.float64]]
    by_seed: NDArray[np.float64]
    intervals: Mapping[str, Interval]
    published: Mapping[str, float]
    slid: Interval | None
    spread: float | None
    windows: int
    seconds: float
    learned_per_second: float
    ms_per_window: float
    parameters: int
    macs: int | None
    size: int
    leak: str
    subjects: tuple[str, str] = PEOPLE

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
        why = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else error
        raise KodoError(
            f"{folder} is no run (a folder with experiment.toml, dataset.json, fits): {why}."
        ) from None
    if (folder / "study.toml").is_file():
        raise KodoError(f"{folder} is the folder of a study; the run that ends it is {folder / 'final'}.")
    _readable(folder, experiment, dataset)
    records = [read_record(folder / "fits" / key) for key in finished(folder)]
    order = list(experiment["models"])
    records = [record for record in records if record.facts["model"] in order]
    records.sort(key=lambda r: (order.index(r.facts["model"]), r.facts["seed"], r.facts["fold"]))
    if not records:
        raise KodoError(f"{folder} holds no finished fit yet: repeat kodo run {folder / 'experiment.toml'}.")
    return Run(folder, experiment, dataset, tuple(records), tuple(failures(folder)))


def _readable(folder: Path, experiment: Mapping[str, Any], dataset: Any) -> None:
    """Whether the files say what reading a run rests on."""
    asked = experiment.get("models")
    if not isinstance(asked, list) or not all(isinstance(name, str) for name in asked):
        raise KodoError(f"{folder / 'experiment.toml'} names no models: models = ['features'] was wanted.")
    for key, kind, wanted in (("seeds", int, "a whole number"), ("protocol", str, "a name")):
        if not isinstance(experiment.get(key), kind):
            found = experiment.get(key)
            raise KodoError(f"{folder / 'experiment.toml'}: {key} is {wanted}; got {found!r}.")
    lacks = [key for key in OF_DATASET if key not in dataset] if isinstance(dataset, dict) else OF_DATASET
    if lacks:
        raise KodoError(f"{folder / 'dataset.json'} is damaged: it lacks '{lacks[0]}'. Repeat the run.")


def rows(run: Run) -> tuple[Row, ...]:
    """One row per model in the order asked for, then the majority row.

    Args:
        run: its records.
    """
    made = []
    for model in run.experiment["models"]:
        records = [record for record in run.records if record.facts["model"] == model]
        if records:
            predicted = [record.predictions.log_probability.argmax(1) for record in records]
            made.append(_row(run, model, records, predicted))
    first = [record for record in run.records if record.facts["model"] == made[0].model]
    first = [record for record in first if record.facts["seed"] == first[0].facts["seed"]]
    return (*made, _row(run, MAJORITY, first, _majority(first)))


def summary(run: Run) -> list[dict[str, Any]]:
    """What stands in `summary.json`: one mapping per row, every number with its unit in the key or README.

    Args:
        run: its records.
    """
    made, lacking = [], run.lacking
    for row in rows(run):
        name, score = row.worst
        made.append(
            {
                "dataset": row.dataset,
                "model": row.model,
                "protocol": run.experiment["protocol"],
                "leak": row.leak,
                "people": len(row.people),
                "subjects": list(row.subjects),
                "windows": row.windows,
                "seeds": run.experiment["seeds"],
                "lacks": lacking.get(row.model, ""),
                **{kind: vars(interval) for kind, interval in row.intervals.items()},
                "macro_f1_slid": vars(row.slid) if row.slid else None,
                **row.published,
                "spread_over_seeds": row.spread,
                "worst_person": name,
                "worst_macro_f1": score,
                "fit_seconds": row.seconds,
                "train_windows_per_second": row.learned_per_second,
                "ms_per_window": row.ms_per_window,
                "parameters": row.parameters,
                "macs": row.macs,
                "size_bytes": row.size,
            }
        )
    return made


def _row(run: Run, model: str, records: list[Record], predicted: list[NDArray[np.int64]]) -> Row:
    classes = len(run.dataset["activities"])
    by_seed = [
        _Tested.of([(r, p) for r, p in zip(records, predicted, strict=True) if r.facts["seed"] == seed])
        for seed in sorted({record.facts["seed"] for record in records})
    ]
    everybody = len(records[0].predictions.subjects)
    people = np.unique(np.concatenate([tested.subject for tested in by_seed]))
    scores = {}
    for kind in HEADLINE:
        table = [per_person(kind, t.label, t.predicted, t.subject, classes, everybody) for t in by_seed]
        # A person whose fit failed at one seed is scored on the others; the report names the failure.
        scores[kind] = np.array(table)[:, people]
    learned = model != MAJORITY
    return Row(
        dataset=run.dataset["name"],
        model=model,
        people=tuple(records[0].predictions.subjects[people].tolist()),
        scores={kind: np.nanmean(table, axis=0) for kind, table in scores.items()},
        by_seed=scores[HEADLINE[0]],
        intervals={
            kind: mean_interval(np.nanmean(table, axis=0), subjects=run.subjects)
            for kind, table in scores.items()
        }
        | {POOLED: _pooled(by_seed, people, classes, run.subjects)},
        published=_published(by_seed, classes) if run.experiment["protocol"] in (ARENA, ARENA_PEOPLE) else {},
        slid=_slid(records, classes, run.subjects) if learned else None,
        spread=float(np.nanmean(scores[HEADLINE[0]], axis=1).std(ddof=1)) if len(by_seed) > 1 else None,
        windows=len(by_seed[0].label),
        seconds=learned * sum(record.facts["seconds"] for record in records),
        learned_per_second=learned * _learned_per_second(records),
        ms_per_window=learned * float(np.mean([record.facts["ms_per_window"] for record in records])),
        parameters=learned * round(np.mean([record.facts["parameters"] for record in records])),
        macs=records[0].facts.get("macs") if learned else 0,
        size=learned * round(np.mean([record.facts["size"] for record in records])),
        leak=records[0].facts["leak"],
        subjects=run.subjects,
    )


def _learned_per_second(records: list[Record]) -> float:
    """Training windows times epochs that were run (1 where there are none), over the seconds of all fits."""
    passed = [r.facts["counts"]["train"] * len(r.facts["curves"].get("train_loss", [0])) for r in records]
    return float(sum(passed) / max(sum(record.facts["seconds"] for record in records), 1e-9))


@dataclass(frozen=True, eq=False)
class _Tested:
    """The test windows of all folds of one seed: (window,) label, prediction, person, fold."""

    label: NDArray[np.int64]
    predicted: NDArray[np.int64]
    subject: NDArray[np.int64]
    fold: NDArray[np.int64]

    @classmethod
    def of(cls, records: list[tuple[Record, NDArray[np.int64]]]) -> _Tested:
        parts = []
        for number, (record, predicted) in enumerate(records):
            stored = record.predictions
            test = stored.side == TEST
            fold = np.full(int(test.sum()), number)
            parts.append((stored.label[test], predicted[test], stored.subject[test], fold))
        return cls(*(np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True)))


def _pooled(
    by_seed: list[_Tested], people: NDArray[np.int64], classes: int, subjects: tuple[str, str]
) -> Interval:
    """Macro-F1 of all test windows together, mean over seeds; its interval leaves out a person at a time."""
    everybody = int(people.max()) + 1
    counts: list[Counts] = [
        confusions(t.label, t.predicted, t.subject, classes, everybody)[people] for t in by_seed
    ]
    # A seed of which only one person's fit is there has no window left without that person.
    return pooled_interval(
        lambda each: float(np.nanmean(f1_of_present(each))), np.stack(counts, axis=1), subjects=subjects
    )


def _published(by_seed: list[_Tested], classes: int) -> dict[str, float]:
    """Scores as the published tables make them, mean over seeds."""
    return {
        name: float(
            np.mean([function(t.label, t.predicted, t.fold, classes, int(t.fold.max()) + 1) for t in by_seed])
        )
        for name, function in (("f1_arena", f1_arena), ("f1_present", f1_present))
    }


def _slid(records: list[Record], classes: int, subjects: tuple[str, str]) -> Interval | None:
    """Macro-F1 over people of all steps of whole recordings whose middle is labelled."""
    values = []
    for seed in sorted({record.facts["seed"] for record in records}):
        lines = [record.timeline for record in records if record.facts["seed"] == seed]
        label = np.concatenate([line.label for line in lines]).astype(np.int64)
        predicted = np.concatenate([line.log_probability.argmax(1) for line in lines])
        subject = np.concatenate([line.subject for line in lines]).astype(np.int64)
        kept = label != UNLABELLED
        if not kept.any():
            return None
        everybody = len(lines[0].subjects)
        values.append(
            per_person(HEADLINE[0], label[kept], predicted[kept], subject[kept], classes, everybody)
        )
    people = ~np.isnan(values).all(axis=0)
    return mean_interval(np.nanmean(np.array(values)[:, people], axis=0), subjects=subjects)


def _majority(records: list[Record]) -> list[NDArray[np.int64]]:
    """The commonest activity of each fit's training windows, for every window."""
    learned = np.array([record.facts["training_counts"] for record in records])
    folds = [np.full(len(record.predictions.label), number) for number, record in enumerate(records)]
    return [majority(learned, fold) for fold in folds]
