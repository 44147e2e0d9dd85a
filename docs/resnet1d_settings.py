"""How the settings of `resnet1d` were chosen: `KODO_DATA=... python docs/resnet1d_settings.py ROUND`.

Prints macro-F1 over validation people after the last epoch, a line per dataset and change of a setting. Test
people are taken out of every split before anything is trained; `hapt` is not looked at. The first round takes
about an hour on one core, the second two, the third one, the fourth one and a half.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

import kodo
from kodo.datasets.recording import Recording, gather
from kodo.evaluation.protocol import PROTOCOLS, Folding
from kodo.models.model import MODELS, parameters
from kodo.training.device import one_thread
from kodo.training.gradient import GradientSettings, train
from kodo.training.schedule import Schedule
from kodo.training.trainer import Recipe, silent
from kodo.windows.augment import Augmentation
from kodo.windows.cut import Windows
from kodo.windows.prepare import DEFAULT_PREPARE

START = GradientSettings(
    epochs=12, batch=128, rate=4e-3, weight_decay=0.02, schedule=Schedule(form="one_cycle"), patience=0
)

Change = tuple[Mapping[str, Any], Mapping[str, Any]]
"""What differs in the model's parameters, and in its training."""

TURNED = {"augment": Augmentation(rotation=45.0)}
FIRST: dict[str, Change] = {
    "none": ({}, {}),
    "class_weights none": ({}, {"class_weights": "none"}),
    "dropout 0.3": ({"dropout": 0.3}, {}),
    "label_smoothing 0.1": ({}, {"label_smoothing": 0.1}),
    "augment.rotation 20": ({}, {"augment": Augmentation(rotation=20.0)}),
    "augment.scaling 0.2": ({}, {"augment": Augmentation(scaling=0.2)}),
    "augment.mixup 0.2": ({}, {"augment": Augmentation(mixup=0.2)}),
    "augment.jitter 0.1": ({}, {"augment": Augmentation(jitter=0.1)}),
}
TURNS: dict[str, Change] = {name: FIRST[name] for name in ("none", "augment.rotation 20")}
SECOND: dict[str, Change] = {
    "none": FIRST["none"],
    "augment.rotation 10": ({}, {"augment": Augmentation(rotation=10.0)}),
    "augment.rotation 20": FIRST["augment.rotation 20"],
    "augment.rotation 30": ({}, {"augment": Augmentation(rotation=30.0)}),
    "augment.rotation 45": ({}, TURNED),
    "rotation 20, mixup 0.2": ({}, {"augment": Augmentation(rotation=20.0, mixup=0.2)}),
    "rotation 20, label_smoothing 0.1": (
        {},
        {"augment": Augmentation(rotation=20.0), "label_smoothing": 0.1},
    ),
}
MIXED = {"augment": Augmentation(rotation=45.0, mixup=0.2)}
THIRD: dict[str, Change] = {
    "rotation 45, mixup 0.2": ({}, MIXED),
    "rotation 45, label_smoothing 0.1": ({}, {**TURNED, "label_smoothing": 0.1}),
    "rotation 45, mixup 0.2, label_smoothing 0.1": ({}, {**MIXED, "label_smoothing": 0.1}),
}
FOURTH: dict[str, Change] = {
    "rotation 45, epochs 24": ({}, {**TURNED, "epochs": 24}),
    "rotation 45, batch 64": ({}, {**TURNED, "batch": 64}),
    "rotation 45, kernel 7": ({"kernel": 7}, TURNED),
    "rotation 45, weight_decay 0.1": ({}, {**TURNED, "weight_decay": 0.1}),
}
CHANGES = {**FIRST, **SECOND, **THIRD, **FOURTH}


@dataclass(frozen=True)
class Seen:
    """The windows on which changes are tried.

    Args:
        dataset: name.
        seconds: length of a window.
        overlap: of neighbouring windows, share.
        changes: names, of `CHANGES`.
        folds: how many of five.
        people: the first so many; None = all.
        place: whose acceleration and rotation rate alone are seen; "" = all channels.
    """

    dataset: str
    seconds: float
    overlap: float
    changes: tuple[str, ...]
    folds: int = 2
    people: int | None = None
    place: str = ""


ROUNDS = {
    "first": (
        Seen("watch", 3.0, 0.5, tuple(FIRST)),
        Seen("dsads", 3.0, 0.5, tuple(TURNS)),
        Seen("wisdm19_watch", 6.0, 0.0, tuple(TURNS), people=12),
    ),
    "second": (
        Seen("dsads", 3.0, 0.5, tuple(SECOND), folds=5, place="torso"),
        Seen("watch", 3.0, 0.5, tuple(SECOND), folds=5),
        Seen("wisdm19_watch", 6.0, 0.0, tuple(SECOND), folds=3, people=12),
    ),
    "third": (
        Seen("watch", 3.0, 0.5, tuple(THIRD), folds=5),
        Seen("wisdm19_watch", 6.0, 0.0, tuple(THIRD), folds=3, people=12),
        Seen("dsads", 3.0, 0.5, tuple(THIRD), folds=5, place="torso"),
    ),
    "fourth": (
        Seen("watch", 3.0, 0.5, tuple(FOURTH), folds=5),
        Seen("wisdm19_watch", 6.0, 0.0, tuple(FOURTH), folds=3, people=12),
        Seen("dsads", 3.0, 0.5, tuple(FOURTH), folds=5, place="torso"),
    ),
}


def narrowed(recording: Recording, place: str) -> Recording:
    """The acceleration and the rotation rate of one place."""
    kinds = ("acceleration", "rotation_rate")
    kept = [
        i
        for i, c in enumerate(recording.channels)
        if c.place == place and any(kind in c.name for kind in kinds)
    ]
    channels = tuple(recording.channels[i] for i in kept)
    return replace(recording, channels=channels, signal=recording.signal[:, kept])


@cache
def windows(seen: Seen) -> Windows:
    """Windows of a dataset's first people."""
    recordings = kodo.load(seen.dataset)
    some = sorted({recording.subject for recording in recordings})[: seen.people]
    part = [recording for recording in recordings if recording.subject in some]
    if seen.place:
        part = [narrowed(recording, seen.place) for recording in part]
    recordings = gather(recordings.card, part, f"{recordings.checksum} {seen.people} {seen.place}")
    return kodo.cut(recordings, seconds=seen.seconds, overlap=seen.overlap)


def validated(seen: Seen, change: str, fold: int) -> float:
    """Macro-F1 over the validation people of one fold after the last epoch."""
    of_model, of_training = CHANGES[change]
    division = replace(
        PROTOCOLS.get("kfold").fold(windows(seen), fold, Folding()), test=np.zeros(0, np.int64)
    )
    entry = MODELS.get("resnet1d")
    recipe = Recipe(
        entry, parameters(entry, of_model), DEFAULT_PREPARE, replace(START, **of_training), seed=fold
    )
    with one_thread():
        return train(recipe, windows(seen), division, silent).history.curves["validation_macro_f1"][-1]


def main(asked: str) -> None:
    """Print the table of one round."""
    print("| dataset | changed | macro-F1 | folds |\n|---|---|---|---|")
    lines = [(seen, change) for seen in ROUNDS[asked] for change in seen.changes]
    with ProcessPoolExecutor(2) as pool:
        started = [[pool.submit(validated, *line, fold) for fold in range(line[0].folds)] for line in lines]
        for (seen, change), fits in zip(lines, started, strict=True):
            scores = [fit.result() for fit in fits]
            each = ", ".join(f"{score:.3f}" for score in scores)
            name = f"{seen.dataset} {seen.place}".strip()
            print(f"| {name} | {change} | {np.mean(scores):.3f} | {each} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
