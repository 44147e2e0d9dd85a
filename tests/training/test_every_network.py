"""What training promises for every network of the registry."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.fx.experimental._config import patch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from kodo.evaluation.split import Split
from kodo.models.model import MODELS, Model
from kodo.training.gradient import GradientSettings, assemble, learn_batch, train
from kodo.training.trainer import Recipe, silent
from kodo.windows.augment import Augmentation
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


class OneDevice(TorchDispatchMode):
    """Refuses an operation over tensors of two devices, as a GPU would; single numbers may lie anywhere."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = (
            leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor) and leaf.dim()
        )
        devices = {tensor.device.type for tensor in given}
        assert len(devices) < 2, f"{func} over {devices}"
        return func(*args, **(kwargs or {}))


@pytest.mark.slow
def test_operations_over_two_devices_are_seen() -> None:
    with OneDevice(), pytest.raises(AssertionError, match=r"mm.* over \{'(cpu|meta)', '(cpu|meta)'\}"):
        torch.empty(3, 4, device="meta") @ torch.zeros(4, 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("entry", "padded"),
    [
        pytest.param(entry, padded, id=f"{entry.name}-{'padded' if padded else 'whole'}")
        for entry in NETWORKS
        for padded in ((False, True) if entry.lengths == "any" else (False,))
    ],
)
def test_a_step_makes_every_tensor_on_its_device(
    entry: Model, padded: bool, fixed: Windows, rows: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = replace(fixed, length=fixed.length - 5 * (np.arange(len(fixed)) % 2)) if padded else fixed
    strengths = dict.fromkeys(("jitter", "scaling", "time_warp", "time_mask", "channel_mask", "mixup"), 0.1)
    # What resnet2d sees is a picture, which is not turned.
    changed = Augmentation(rotation=0.0 if entry.name == "resnet2d" else 20.0, **strengths)
    # Meta tensors stand for a GPU's; torch has no generator, no autocast and no fused optimiser for them,
    # and does not count what a mask keeps.
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())
    settings = GradientSettings(optimiser="sgd", clip=1.0, label_smoothing=0.1, augment=changed)
    made = replace(recipe(entry, epochs=1), settings=settings, device="meta")
    fit = assemble(made, windows, Split("elsewhere", rows, NOBODY, NOBODY))
    fit.graph.train()
    with OneDevice(), patch(meta_nonzero_assume_all_nonzero=True):
        assert learn_batch(fit, rows[:16], None).device.type == "meta"  # type: ignore[arg-type]
