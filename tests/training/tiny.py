"""Made-up people whose activities differ by frequency, each at their own pace, and splits over them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import Tensor, nn

from kodo.datasets.recording import Dataset, Recording, gather, sensor
from kodo.evaluation.split import Split, split
from kodo.models.model import Model
from kodo.training.gradient import GradientSettings
from kodo.training.trainer import Recipe
from kodo.windows.cut import Windows, cut

CHANNELS = (*sensor("acceleration", "wrist", "g"), *sensor("rotation_rate", "wrist", "rad/s"))
ACTIVITIES = ("still", "slow", "fast")
RATE = 20.0
PEOPLE = 6
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (("missing", {"policy": "zero"}), ("standardise", {}))


def _nothing(folder):
    yield from ()


def people(unequal: bool = False, seed: int = 0) -> Windows:
    """Six people with three activities: 2 s windows, or gestures of 1 to 3 s when `unequal`."""
    random = np.random.default_rng(seed)
    card = Dataset(
        name="made", title="Made up", activities=ACTIVITIES, channels=CHANNELS, rate=RATE, window=2.0,
        population="made", licence="none", commercial=None, citation="", address="", folders=(), pattern="",
        read=_nothing,
    )  # fmt: skip
    items = []
    for person in range(PEOPLE):
        pace = random.uniform(0.9, 1.1)
        for number in range(30 if unequal else 3):
            samples = int(random.integers(20, 60)) if unequal else 400
            time = np.arange(samples) / RATE
            wave = np.sin(2 * np.pi * pace * (0.0, 1.0, 3.0)[number % 3] * time)
            noise = random.normal(scale=0.3, size=(samples, len(CHANNELS)))
            signal = (wave[:, None] * np.arange(1, 7) / 6 + noise).astype(np.float32)
            label = np.full(samples, number % 3, np.int16)
            name = f"p{person}-{number}"
            items.append(Recording("made", name, f"p{person}", "1", RATE, CHANNELS, signal, label))
    return cut(gather(card, items, "made"), seconds=None if unequal else 2.0)


def divided(windows: Windows) -> Split:
    """Four people to learn from, one to choose the epoch, one to test."""
    rows = [np.flatnonzero(np.isin(windows.subject, who)) for who in ((0, 1, 2, 3), (4,), (5,))]
    return split(windows, "by hand", *rows)


@dataclass(frozen=True)
class TinyParameters:
    """Of the tiny network."""

    width: int = 8
    dropout: float = 0.0


class Tiny(nn.Module):
    """One convolution, the mean over time, one linear layer."""

    def __init__(self, channels: int, classes: int, parameters: TinyParameters) -> None:
        super().__init__()
        self.body = nn.Conv1d(channels, parameters.width, 5, padding=2)
        self.normalise = nn.BatchNorm1d(parameters.width)
        self.dropout = nn.Dropout(parameters.dropout)
        self.head = nn.Linear(parameters.width, classes)

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        signal = self.body(signal).square()
        here = signal.new_ones(signal.shape[0], 1, signal.shape[2]) if mask is None else mask[:, None].float()
        mean = (signal * here).sum(2) / here.sum(2)
        return self.head(self.dropout(self.normalise(mean.log1p())))


TINY = Model(
    "tiny",
    "for tests",
    lambda channels, length, rate, classes, parameters: Tiny(len(channels), classes, parameters),
    TinyParameters,
    lengths="any",
    smallest=5,
)


def recipe(model: Model = TINY, seed: int = 0, dropout: float = 0.0, **settings: Any) -> Recipe:
    """The tiny network with few epochs at a high rate."""
    usual = {"epochs": 12, "batch": 16, "rate": 0.02, "patience": 0} | settings
    return Recipe(model, TinyParameters(dropout=dropout), STEPS, GradientSettings(**usual), seed)


def fixed_only(model: Model = TINY) -> Model:
    """The same model, taking one length only."""
    return replace(model, name="one_length", lengths="fixed")
