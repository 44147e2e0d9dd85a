"""What a network costs: multiplications counted by hand, and epochs from minutes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from kodo.models.features import FEATURES
from kodo.training.cost import PROBE_EPOCHS, epoch_seconds, epochs_within, multiply_accumulates
from kodo.training.gradient import GRADIENT
from kodo.training.trainer import TRAINERS, Exported
from kodo.training.trees import TreesSettings
from tiny import divided, people, recipe

CHANNELS, LENGTH, UNITS = 6, 50, 16


class Along(nn.Module):
    """A layer that wants (window, time, channel)."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, signal: Tensor) -> Tensor:
        said = self.layer(signal.transpose(1, 2))
        return said[0] if isinstance(said, tuple) else said


class Fused(nn.Module):
    """Attention in one fused call, two heads."""

    def forward(self, signal: Tensor) -> Tensor:
        tokens = signal.transpose(1, 2).unflatten(2, (2, 3)).transpose(1, 2)
        return scaled_dot_product_attention(tokens, tokens, tokens)


@pytest.mark.parametrize(
    ("layer", "products"),
    [
        (nn.Conv1d(CHANNELS, UNITS, 5, padding=2), LENGTH * UNITS * CHANNELS * 5),
        (nn.Conv1d(CHANNELS, CHANNELS, 5, padding=2, groups=CHANNELS), LENGTH * CHANNELS * 5),
        (Along(nn.Linear(CHANNELS, UNITS)), LENGTH * UNITS * CHANNELS),
        (Along(nn.GRU(CHANNELS, UNITS, batch_first=True)), LENGTH * 3 * UNITS * (CHANNELS + UNITS)),
        (
            Along(nn.LSTM(CHANNELS, UNITS, batch_first=True, bidirectional=True)),
            2 * LENGTH * 4 * UNITS * (CHANNELS + UNITS),
        ),
        (Fused(), 2 * LENGTH * LENGTH * CHANNELS),
        (
            Along(nn.TransformerEncoderLayer(CHANNELS, 2, UNITS, batch_first=True)),
            LENGTH * (4 * CHANNELS**2 + 2 * CHANNELS * UNITS) + 2 * LENGTH * LENGTH * CHANNELS,
        ),
    ],
    ids=["convolution", "per channel", "linear", "gru", "lstm", "attention", "encoder"],
)
def test_multiply_accumulates_are_those_counted_by_hand(layer: nn.Module, products: int) -> None:
    assert multiply_accumulates(Exported(layer.eval()), CHANNELS, LENGTH) == products


def test_trees_have_none() -> None:
    assert multiply_accumulates(Exported(nn.Identity(), estimator=object()), CHANNELS, LENGTH) is None


def test_of_a_fitted_network_its_own_layers_are_counted() -> None:
    windows = people()
    fitted = GRADIENT.train(recipe(epochs=1), windows, divided(windows), lambda done, total: None)
    counted = multiply_accumulates(fitted.export(), 6, windows.longest)
    assert counted == windows.longest * 8 * 6 * 5 + 8 * 3


def test_minutes_become_epochs() -> None:
    assert epochs_within(2.0, 10.0) == 12
    assert epochs_within(2.0, 50.0) == 2
    assert epochs_within(0.1, 60.0) == 1, "at least one"


def test_a_probe_trains_two_epochs_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    windows, asked = people(), []

    def train(one, given, split, progress):
        asked.append((one.settings.epochs, given, split.name))
        return GRADIENT.train(one, given, split, progress)

    monkeypatch.setattr(TRAINERS, "get", lambda name: replace(GRADIENT, train=train))
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    seconds = epoch_seconds(recipe(epochs=300), windows, divided(windows))
    assert asked == [(PROBE_EPOCHS, windows, "by hand")]
    assert seconds is not None
    assert 0 < seconds == float(f"{seconds:.3g}")
    assert torch.equal(before, torch.random.get_rng_state())


def test_trees_have_no_epochs() -> None:
    windows = people()
    forest = replace(recipe(), model=FEATURES, settings=TreesSettings())
    assert epoch_seconds(forest, windows, divided(windows)) is None
