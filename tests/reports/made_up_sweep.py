"""The folder of a sweep with made-up scores, written as a real sweep writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

PEOPLE = tuple(f"s{number:02d}" for number in range(1, 11))
SWEPT: tuple[tuple[str, str, Any, tuple[Any, ...]], ...] = (
    ("depth", "linear", 6, (1, 4, 6, 9, 12)),
    ("dim", "log", 32, (8, 19, 32, 108, 256)),
    ("train.optimiser", "even", "adamw", ("adam", "adamw", "sgd")),
)
GAIN = {("depth", 4): 0.06, ("depth", 12): -0.1, ("dim", 108): 0.01, ("train.optimiser", "sgd"): -0.2}
CITATION = "@misc{made-up}"


def made_up_sweep(
    folder: Path,
    swept: Sequence[tuple[str, str, Any, tuple[Any, ...]]] = SWEPT,
    people: Sequence[str] = PEOPLE,
    seeds: int = 3,
    failed: Sequence[tuple[str, Any, int]] = (),
    gain: Mapping[tuple[str, Any], float] | None = None,
    model: str = "mlp_mixer",
) -> Path:
    """Write a sweep whose scores are a person's own, a gain of the value, and a little chance.

    Args:
        folder: made.
        swept: key, axis, default and values of each hyperparameter.
        people: who is scored.
        seeds: of each value.
        failed: (key, value, seed) of trainings that diverged; the key "" means the default.
        gain: of a value over the default, by key and value.
        model: its name.
    """
    gain = GAIN if gain is None else gain
    random = np.random.default_rng(3)
    own = random.uniform(0.55, 0.85, len(people))
    (folder / "trials").mkdir(parents=True)

    def write(key: str, value: Any, seed: int) -> str:
        name = f"{key or 'default'}-{value}-{seed}".replace("/", "-")
        better = gain.get((key, value), 0.0) * random.uniform(0.7, 1.3, len(people))
        scores = np.clip(own + better + random.normal(0, 0.01), 0, 1)
        broken = (key, value, seed) in failed
        content = {
            "point": {key: value} if key else {},
            "seed": seed,
            "state": "failed" if broken else "complete",
            "score": None if broken else float(scores.mean()),
            "people": {} if broken else dict(zip(people, scores.tolist(), strict=True)),
            "best": 3,
            "epochs": 9,
            "seconds": 1.5,
            "error": "The training diverged." if broken else "",
        }
        (folder / "trials" / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
        return name

    usual = [write("", None, seed) for seed in range(seeds)]
    panels = [
        {
            "key": key,
            "says": f"what {key} means",
            "space": "1 to 12",
            "axis": axis,
            "default": default,
            "values": list(values),
            "trials": [
                usual if value == default else [write(key, value, seed) for seed in range(seeds)]
                for value in values
            ],
        }
        for key, axis, default, values in swept
    ]
    asked = {
        "model": model,
        "over": [],
        "values": 5,
        "seeds": seeds,
        "splits": 1,
        "insist_batch": False,
        "reserved": ["s11", "s12", "s13"],
        "default": {"protocol": "kfold", "train": {"epochs": 9}},
        "panels": panels,
    }
    dataset = {"name": "made-up", "title": "Made-up movements", "checksum": "9" * 16, "citation": CITATION}
    (folder / "sweep.json").write_text(json.dumps(asked), encoding="utf-8")
    (folder / "dataset.json").write_text(json.dumps(dataset), encoding="utf-8")
    (folder / "experiment.toml").write_text('dataset = "made-up"\n', encoding="utf-8")
    return folder
