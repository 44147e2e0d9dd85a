"""How the settings of `resnet1d` were chosen: `KODO_DATA=... python docs/resnet1d_settings.py`.

Prints macro-F1 over validation people after the last epoch, a line per change of a setting, in about an hour
on one core. Test people are taken out of every split before anything is trained; `hapt` is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

import kodo
from kodo.datasets.recording import gather
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
FOLDS = (0, 1)

Change = tuple[Mapping[str, Any], Mapping[str, Any]]
"""What differs in the model's parameters, and in its training."""

TURNED: Change = ({}, {"augment": Augmentation(rotation=20.0)})
CHANGES: dict[str, Change] = {
    "none": ({}, {}),
    "class_weights none": ({}, {"class_weights": "none"}),
    "dropout 0.3": ({"dropout": 0.3}, {}),
    "label_smoothing 0.1": ({}, {"label_smoothing": 0.1}),
    "augment.rotation 20": TURNED,
    "augment.scaling 0.2": ({}, {"augment": Augmentation(scaling=0.2)}),
    "augment.mixup 0.2": ({}, {"augment": Augmentation(mixup=0.2)}),
    "augment.jitter 0.1": ({}, {"augment": Augmentation(jitter=0.1)}),
}


def windows(name: str, seconds: float, overlap: float, people: int | None) -> Windows:
    """Windows of a dataset's first people."""
    recordings = kodo.load(name)
    if people is not None:
        some = sorted({r.subject for r in recordings})[:people]
        part = [r for r in recordings if r.subject in some]
        recordings = gather(recordings.card, part, f"{recordings.checksum} first {people}")
    return kodo.cut(recordings, seconds=seconds, overlap=overlap)


def validated(seen: Windows, change: Change, fold: int) -> float:
    """Macro-F1 over the validation people of one fold after the last epoch."""
    division = replace(PROTOCOLS.get("kfold").fold(seen, fold, Folding()), test=np.zeros(0, np.int64))
    entry = MODELS.get("resnet1d")
    settings = replace(START, **change[1])
    recipe = Recipe(entry, parameters(entry, change[0]), DEFAULT_PREPARE, settings, seed=fold)
    return train(recipe, seen, division, silent).history.curves["validation_macro_f1"][-1]


def main() -> None:
    """Print the table."""
    print("| dataset | changed | macro-F1 | folds |\n|---|---|---|---|")
    asked: tuple[tuple[str, float, float, int | None, tuple[str, ...]], ...] = (
        ("watch", 3.0, 0.5, None, tuple(CHANGES)),
        ("dsads", 3.0, 0.5, None, ("none", "augment.rotation 20")),
        ("wisdm19_watch", 6.0, 0.0, 12, ("none", "augment.rotation 20")),
    )
    for name, seconds, overlap, people, changes in asked:
        seen = windows(name, seconds, overlap, people)
        for change in changes:
            scores = [validated(seen, CHANGES[change], fold) for fold in FOLDS]
            each = ", ".join(f"{score:.3f}" for score in scores)
            print(f"| {name} | {change} | {np.mean(scores):.3f} | {each} |", flush=True)


if __name__ == "__main__":
    with one_thread():
        main()
