"""A run folder with made-up predictions, written as a real run writes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kodo.evaluation.checks import CHECKS
from kodo.experiments.record import (
    TEST,
    VALIDATION,
    Examples,
    Predictions,
    Record,
    Timeline,
    write_record,
)

SEVEN = (
    "pendulum",
    "abduction",
    "forward elevation",
    "internal rotation",
    "external rotation",
    "trapezius",
    "row",
)
TWELVE = (
    "WALKING",
    "WALKING_UPSTAIRS",
    "WALKING_DOWNSTAIRS",
    "SITTING",
    "STANDING",
    "LAYING",
    "STAND_TO_SIT",
    "SIT_TO_STAND",
    "SIT_TO_LIE",
    "LIE_TO_SIT",
    "STAND_TO_LIE",
    "LIE_TO_STAND",
)
SKILL = {"features": 2.6, "vgg": 3.2, "cnn1d": 2.9}
CITATION = """@article{made2020up,
  title = {Six people who do not exist & what they did},
  author = {Nobody, N. and Noone, A.},
  year = {2020}
}"""


def made_up_run(
    folder: Path,
    activities: Sequence[str] = SEVEN,
    people: Sequence[str] = tuple(f"s{number:02d}" for number in range(1, 11)),
    models: Sequence[str] = ("features", "vgg", "cnn1d"),
    folds: int = 5,
    seeds: int = 1,
    windows: int = 12,
    leak: str = "",
    changes: dict[str, Any] | None = None,
) -> Path:
    """Write a run of made-up fits: some people and some pairs of activities are harder than others.

    Args:
        folder: of the run, made.
        activities: names.
        people: names; the i-th is tested in fold i % folds.
        models: names; those with epochs get curves.
        folds: number of folds.
        seeds: fits per model and fold.
        windows: of each activity and person (the last activity has 2 for the first person).
        leak: the sentence of a leaky protocol.
        changes: laid over `dataset.json`.
    """
    world = World(tuple(activities), tuple(people), folds, windows)
    folder.mkdir(parents=True)
    (folder / "experiment.toml").write_text(_experiment(models, folds, seeds, leak), encoding="utf-8")
    dataset = world.dataset() | (changes or {})
    (folder / "dataset.json").write_text(json.dumps(dataset, ensure_ascii=False, indent=1), encoding="utf-8")
    for position, model in enumerate(models):
        for fold in range(folds):
            for seed in range(seeds):
                key = f"{position:04x}{fold:04x}{seed:08x}"
                record = world.record(model, fold, seed, key, leak)
                write_record(folder / "fits" / key, record)
    return folder


class World:
    """Made-up people, their windows, and what models of different skill say about them."""

    def __init__(
        self, activities: tuple[str, ...], people: tuple[str, ...], folds: int, windows: int
    ) -> None:
        self.activities, self.people, self.folds, self.windows = activities, people, folds, windows
        self.random = np.random.default_rng(4)
        self.order = self.random.permutation(len(activities))
        self.ease = self.random.beta(5, 2, len(people))
        self.rate, self.length = 50.0, 150
        label, subject = [], []
        for person in range(len(people)):
            for activity in range(len(activities)):
                count = 2 if person == 0 and activity == len(activities) - 1 and windows > 2 else windows
                label += [activity] * count
                subject += [person] * count
        self.label, self.subject = np.array(label), np.array(subject)
        self.start = np.arange(len(label)) * 75

    def dataset(self) -> dict[str, Any]:
        table = np.zeros((len(self.people), len(self.activities)))
        np.add.at(table, (self.subject, self.label), 1.5)
        axes = [(q, u, a) for q, u in (("acceleration", "g"), ("rotation_rate", "rad/s")) for a in "xyz"]
        channels = [
            {"name": f"wrist_{q}_{a}", "quantity": q, "axis": a, "place": "wrist", "unit": u}
            for q, u, a in axes
        ]
        rows = len(self.label) * 75
        return {
            "name": "made-up",
            "title": "Made-up movements of people who do not exist",
            "activities": list(self.activities),
            "channels": channels,
            "rate": self.rate,
            "window": 3.0,
            "population": "made-up",
            "licence": "CC0 1.0",
            "commercial": False,
            "citation": CITATION,
            "address": "https://example.org/made-up",
            "counts": {
                "recordings": len(self.people),
                "people": len(self.people),
                "rows": rows,
                "labelled": rows,
                "windows": len(self.label),
                "dropped": 1,
            },
            "people": list(self.people),
            "table": table.tolist(),
            "checks": [
                _check("KODO07", "not applicable", "No place, device, rate or session is known to vary.")
            ],
            "dropped": [
                {"recording": f"{self.people[0]}-left", "activity": self.activities[-1], "seconds": 1.4}
            ],
            "findings": [f"The recording of {self.people[-1]} ends in 0.4 s of missing values."],
            "checksum": "9" * 16,
            "folds": self.folds,
        }

    def record(self, model: str, fold: int, seed: int, key: str, leak: str) -> Record:
        random = np.random.default_rng([int(key[:4], 16), fold, seed])
        test = np.flatnonzero(self.subject % self.folds == fold)
        rest = np.setdiff1d(np.arange(len(self.people)), np.unique(self.subject[test]))
        held = rest[:: max(len(rest) // 2, 1)][:2]
        validation = np.flatnonzero(np.isin(self.subject, held))
        rows = np.concatenate([validation, test])
        side = np.repeat([VALIDATION, TEST], [len(validation), len(test)])
        log_probability = self._says(model, rows, random)
        predictions = Predictions(
            log_probability=log_probability.astype(np.float32),
            side=side.astype(np.int8),
            label=self.label[rows].astype(np.int16),
            subject=self.subject[rows].astype(np.int32),
            recording=self.subject[rows].astype(np.int32),
            start=self.start[rows],
            length=np.full(len(rows), self.length, np.int32),
            subjects=np.array(self.people),
            recordings=np.array([f"{person}-left" for person in self.people]),
        )
        facts = self._facts(model, fold, seed, key, leak, rest, held, test, validation)
        examples = self._examples(rows[side == TEST], log_probability[side == TEST].argmax(1), random)
        return Record(facts, predictions, _timeline(predictions), examples)

    def _says(self, model: str, rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
        classes = len(self.activities)
        place = np.empty(classes)
        place[self.order] = np.arange(classes)
        away = np.abs(place[self.label[rows]][:, None] - place[None])
        skill = SKILL.get(model.partition(":")[0], 2.0) * (0.35 + self.ease[self.subject[rows]])[:, None]
        logit = -skill * np.minimum(away, 3) * 0.8 + random.normal(0, 1.3, (len(rows), classes))
        return logit - np.log(np.exp(logit).sum(1, keepdims=True))

    def _examples(self, rows: np.ndarray, predicted: np.ndarray, random: np.random.Generator) -> Examples:
        label = self.label[rows]
        wrong, right = np.flatnonzero(predicted != label)[:10], np.flatnonzero(predicted == label)
        beside = [
            right[label[right] == a][:2] for a in np.unique(np.concatenate([label[wrong], predicted[wrong]]))
        ]
        kept = np.concatenate([wrong, *beside])[:20].astype(int)
        time = np.arange(self.length) / self.rate
        shape = (1 + self.label[rows[kept]])[:, None, None] * (0.3 + 0.1 * np.arange(6))[None, :, None]
        signal = np.sin(2 * np.pi * shape * time) + random.normal(0, 0.1, (len(kept), 6, self.length))
        people = np.array(self.people)[self.subject[rows[kept]]]
        return Examples(
            signal=signal.astype(np.float32),
            label=label[kept].astype(np.int16),
            predicted=predicted[kept].astype(np.int16),
            subject=people,
            recording=np.array([f"{person}-left" for person in people] or [""])[: len(kept)],
            start=self.start[rows[kept]],
        )

    def _facts(self, model, fold, seed, key, leak, rest, held, test, validation) -> dict[str, Any]:  # type: ignore[no-untyped-def]
        random = np.random.default_rng([7, fold, seed])
        curves: dict[str, list[float]] = {}
        best = -1
        if not model.startswith("features"):
            epochs = 40
            fall = np.exp(-np.arange(epochs) / 9)
            noise = random.normal(0, 0.03, (3, epochs))
            rise = np.maximum(np.arange(epochs) - 25, 0) * 0.012
            curves = {
                "train_loss": (0.1 + 1.8 * fall + noise[0] * 0.3).round(4).tolist(),
                "validation_loss": (0.5 + 1.4 * fall + rise + noise[1]).round(4).tolist(),
                "validation_macro_f1": (0.82 - 0.7 * fall + noise[2]).round(4).tolist(),
                "rate": (1e-3 * fall).round(7).tolist(),
            }
            best = int(np.argmin(curves["validation_loss"]))
        people = {
            "train": [self.people[p] for p in rest if p not in held],
            "validation": [self.people[p] for p in held],
            "test": [self.people[p] for p in np.unique(self.subject[test])],
        }
        return {
            "key": key,
            "dataset": "made-up",
            "model": model,
            "protocol": "arena" if leak else "kfold",
            "fold": fold,
            "fold_name": f"fold {fold + 1} of {self.folds}",
            "seed": seed,
            "leak": leak,
            "fit": {"window": {"seconds": 3.0}, "parameters": {"width": 64}, "train": {"epochs": 40}},
            "seconds": round(3.0 + fold * 0.4 + len(curves), 2),
            "ms_per_window": 0.21,
            "parameters": 48_307,
            "size": 197_120,
            "training_counts": np.bincount(
                self.label[np.isin(self.subject, np.setdiff1d(rest, held))], minlength=len(self.activities)
            ).tolist(),
            "curves": curves,
            "best": best,
            "notes": [],
            "counts": {
                "train": len(self.label) - len(test) - len(validation),
                "validation": len(validation),
                "test": len(test),
            },
            "people": people,
            "checks": _checks(leak),
            "provenance": {
                "kodo": "0.1.0",
                "python": "3.11.2",
                "processor": "Example processor",
                "threads": "1",
                "date": "2026-11-21",
            },
        }


def _checks(leak: str) -> list[dict[str, str]]:
    return [
        _check("KODO01", "issue" if leak else "passed", leak or "No side has a person in common."),
        _check("KODO02", "passed", "No side has a raw sample in common."),
        _check("KODO03", "skipped", "Nobody looked."),
        _check("KODO04", "tip", "1 of 10 people has fewer than 3 windows of one."),
    ]


def _check(code: str, outcome: str, says: str) -> dict[str, str]:
    return {"code": code, "title": CHECKS[code], "outcome": outcome, "says": says}


def _timeline(predictions: Predictions) -> Timeline:
    test = predictions.side == TEST
    return Timeline(
        log_probability=predictions.log_probability[test].astype(np.float16),
        label=predictions.label[test],
        subject=predictions.subject[test],
        recording=predictions.recording[test],
        start=predictions.start[test],
        length=predictions.length[test],
        segment=np.zeros((0, 4), np.int64),
        subjects=predictions.subjects,
        recordings=predictions.recordings,
    )


def _experiment(models: Sequence[str], folds: int, seeds: int, leak: str) -> str:
    lines = [
        'dataset = "made-up"',
        f"models = {json.dumps(list(models))}",
        f'protocol = "{"arena" if leak else "kfold"}"',
        f"seeds = {seeds}",
        "",
        "[window]",
        "seconds = 3.0",
        "overlap = 0.5",
        "",
        "[folding]",
        f"folds = {folds}",
        "validation = 0.2",
        "",
        "[train]",
        "epochs = 40",
    ]
    return "\n".join(lines) + "\n"
