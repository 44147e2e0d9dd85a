"""What training promises for every network of the registry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from kodo.evaluation.split import Split
from kodo.models.model import MODELS, Model
from kodo.training.gradient import GradientSettings, train
from kodo.training.trainer import Recipe, silent
from kodo.windows.cut import Windows
from tiny import STEPS

NETWORKS = [entry for entry in map(MODELS.get, MODELS.names()) if entry.trainer == "gradient"]
NOBODY = np.zeros(0, np.int64)
every = pytest.mark.parametrize("entry", NETWORKS, ids=lambda entry: entry.name)


TIMELESS = ("simple_islr",)
"""Networks that see one sample at a time and then the mean: no frequency tells them two activities apart."""


def separable(entry: Model, windows: Windows) -> Windows:
    """Windows whose activities differ by frequency, and by level for a network that cannot see time."""
    if entry.name not in TIMELESS:
        return windows
    level = np.zeros(len(windows.signal), np.float32)
    for start, length, label in zip(windows.start, windows.length, windows.label, strict=True):
        level[start : start + length] = label
    return replace(windows, signal=windows.signal + level[:, None])


@pytest.fixture(scope="module")
def rows(fixed: Windows) -> np.ndarray:
    return np.random.default_rng(0).permutation(len(fixed))[:32]


def recipe(entry: Model, epochs: int) -> Recipe:
    settings = GradientSettings(epochs=epochs, batch=16, patience=0)
    return Recipe(entry, entry.parameters(), entry.prepare or STEPS, settings)


@pytest.mark.slow
@every
def test_32_windows_are_learned_by_heart(entry: Model, fixed: Windows, rows: np.ndarray) -> None:
    windows = separable(entry, fixed)
    fitted = train(recipe(entry, epochs=30), windows, Split("by heart", rows, NOBODY, NOBODY), silent)
    said = fitted.log_probabilities(windows, rows).argmax(axis=1)
    assert len(np.unique(windows.label[rows])) == 3
    assert (said == windows.label[rows]).all()


@every
def test_the_same_seed_gives_the_same_bits(entry: Model, fixed: Windows, rows: np.ndarray) -> None:
    division = Split("twice", rows[:24], rows[24:], NOBODY)
    made = recipe(entry, epochs=2)
    one, again, other = (train(replace(made, seed=seed), fixed, division, silent) for seed in (1, 1, 2))
    state, same, different = (fitted.graph.state_dict() for fitted in (one, again, other))
    assert one.history.curves == again.history.curves
    assert all(torch.equal(state[name], same[name]) for name in state)
    assert any(not torch.equal(state[name], different[name]) for name in state)
