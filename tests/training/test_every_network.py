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


@pytest.fixture(scope="module")
def separable(fixed: Windows) -> Windows:
    """32 windows whose activities differ by frequency and, for networks that only see means, by level."""
    level = np.zeros(len(fixed.signal), np.float32)
    for start, length, label in zip(fixed.start, fixed.length, fixed.label, strict=True):
        level[start : start + length] = label
    return replace(fixed, signal=fixed.signal + level[:, None])


@pytest.fixture(scope="module")
def rows(separable: Windows) -> np.ndarray:
    return np.random.default_rng(0).permutation(len(separable))[:32]


def recipe(entry: Model, epochs: int) -> Recipe:
    settings = GradientSettings(epochs=epochs, batch=16, patience=0)
    return Recipe(entry, entry.parameters(), entry.prepare or STEPS, settings)


@pytest.mark.slow
@every
def test_32_windows_are_learned_by_heart(entry: Model, separable: Windows, rows: np.ndarray) -> None:
    learned = Split("by heart", rows, NOBODY, NOBODY)
    fitted = train(recipe(entry, epochs=30), separable, learned, silent)
    said = fitted.log_probabilities(separable, rows).argmax(axis=1)
    assert len(np.unique(separable.label[rows])) == 3
    assert (said == separable.label[rows]).all()


@every
def test_the_same_seed_gives_the_same_bits(entry: Model, separable: Windows, rows: np.ndarray) -> None:
    division = Split("twice", rows[:24], rows[24:], NOBODY)
    made = recipe(entry, epochs=2)
    one, again, other = (train(replace(made, seed=seed), separable, division, silent) for seed in (1, 1, 2))
    state, same, different = (fitted.graph.state_dict() for fitted in (one, again, other))
    assert one.history.curves == again.history.curves
    assert all(torch.equal(state[name], same[name]) for name in state)
    assert any(not torch.equal(state[name], different[name]) for name in state)
