"""A study whose trials are made up: rates and depths matter, the rest is noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kodo.evaluation.protocol import Folding
from kodo.experiments.experiment import Experiment
from kodo.space import Choices, Linear, Log, Space, value_at
from kodo.tuning.hyperparameters import Hyperparameter
from kodo.tuning.studied import Studied
from kodo.tuning.study import Arm, Search, Study
from kodo.tuning.trial import Outcome, Trial

SPACES: dict[str, Space] = {
    "train.schedule.form": Choices(("constant", "cosine")),
    "train.rate": Log(1e-5, 1e-1),
    "train.weight_decay": Log(1e-6, 1e-1),
    "train.betas": Choices(((0.9, 0.999), (0.99, 0.99))),
    "train.schedule.floor": Choices((0.0, 1e-6, 1e-5)),
    "depth": Linear(1, 8),
    "dim": Choices((64, 128, 256)),
    "dropout": Linear(0.0, 0.5),
}
WHEN = {"train.schedule.floor": {"train.schedule.form": ("cosine",)}}
PEOPLE = tuple(f"s{number:02d}" for number in range(1, 16))


def made_up_study(
    models: Sequence[str] = ("vit1d", "conv_transformer", "cnn1d"), explore: int = 32, exploit: int = 16
) -> Studied:
    """Made-up trials of arms that share one set of spaces; the last choice of dim is the best one."""
    study = Study(
        Experiment(dataset="made-up", models=tuple(models), folding=Folding(reserved=PEOPLE[:5])),
        Search(explore=explore, exploit=exploit, nuisance=tuple(SPACES)),
    )
    searched = tuple(
        Hyperparameter(key, space, None, f"the meaning of {key}", WHEN.get(key, {}))
        for key, space in SPACES.items()
    )
    arms = tuple(Arm(model, model, {}, searched) for model in models)
    trials = {arm.name: _trials(place, arm, explore, exploit) for place, arm in enumerate(arms)}
    dataset = {
        "name": "made-up",
        "title": "Made-up movements of people who do not exist",
        "activities": ["sit", "stand", "walk", "run", "jump"],
        "people": list(PEOPLE),
        "subjects": ["person", "people"],
        "rate": 50.0,
        "licence": "CC0 1.0",
    }
    return Studied(study, arms, trials, dataset)


def _trials(place: int, arm: Arm, explore: int, exploit: int) -> tuple[Trial, ...]:
    random = np.random.default_rng([8, place])
    made = []
    for number in range(explore + exploit):
        guided = number >= explore
        point: dict[str, Any] = {}
        for one in arm.searched:
            assert one.space is not None
            at = float(np.clip(random.normal(0.75, 0.12), 0, 0.999)) if guided else float(random.random())
            if all(point.get(key) in allowed for key, allowed in one.when.items()):
                point[one.key] = value_at(one.space, at)
        made.append(
            Trial(number, arm.name, "exploit" if guided else "explore", point, _outcome(point, place, number))
        )
    return tuple(made)


def _outcome(point: dict[str, Any], place: int, number: int) -> Outcome:
    random = np.random.default_rng([9, place, number])
    away = abs(np.log10(point["train.rate"]) + 2.5)
    if point["train.rate"] > 0.06:
        return Outcome("failed", float("nan"), error="The training diverged at epoch 3: lower train.rate.")
    score = 0.86 - 0.06 * place - 0.12 * away - 0.01 * point["depth"] + 0.05 * (point["dim"] == 256)
    score += 0.03 * (point["train.schedule.form"] == "cosine")
    people = {person: float(np.clip(score + random.normal(0, 0.04), 0.05, 0.99)) for person in PEOPLE[5:8]}
    epochs = 30
    fall = np.exp(-np.arange(epochs) / (4 + 3 * away))
    rise = np.maximum(np.arange(epochs) - 15, 0) * (0.02 if point["train.schedule.form"] == "constant" else 0)
    curves = {
        "train_loss": (0.1 + 1.5 * fall).round(4).tolist(),
        "validation_loss": (0.4 + 1.2 * fall + rise).round(4).tolist(),
        "validation_macro_f1": (score - 0.5 * fall).round(4).tolist(),
    }
    state = "pruned" if number % 11 == 10 and number >= 32 else "complete"
    if number >= 300:
        curves = {}
    return Outcome(state, float(np.mean(list(people.values()))), people, curves, 20, epochs, 4.2)
