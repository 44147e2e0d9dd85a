"""What a network costs: multiply-accumulates of one window, and epochs in so many minutes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from kodo.training.trainer import TRAINERS, Exported, Recipe
from kodo.windows.cut import Windows

if TYPE_CHECKING:
    from kodo.evaluation.split import LeakySplit, Split

Shape = Sequence[int]

PROBE_EPOCHS = 2
"""Of a probe: the first also pays for what torch sets up once."""


def epoch_seconds(recipe: Recipe, windows: Windows, split: Split | LeakySplit) -> float | None:
    """Seconds of one epoch, its look at the validation people included, from a training that is thrown away.

    Args:
        recipe: what would be fitted.
        windows: what the split's rows are positions of.
        split: whose training windows are passed over.

    Returns:
        seconds, to three figures, of the fastest of `PROBE_EPOCHS`; None where the trainer has no epochs.

    Raises:
        KodoError: as the recipe's trainer.
    """
    if not hasattr(recipe.settings, "epochs"):
        return None
    short = replace(recipe, settings=replace(recipe.settings, epochs=PROBE_EPOCHS))
    ends = [time.perf_counter()]
    TRAINERS.get(recipe.model.trainer).train(
        short, windows, split, lambda done, total: ends.append(time.perf_counter())
    )
    return float(f"{min(after - before for before, after in pairwise(ends)):.3g}")


def epochs_within(minutes: float, seconds: float) -> int:
    """How many epochs a budget pays for, at least 1.

    Args:
        minutes: of the budget.
        seconds: of one epoch.
    """
    return max(1, int(60 * minutes / seconds))


def multiply_accumulates(exported: Exported, channels: int, length: int) -> int | None:
    """Multiply-accumulates of one window in matrix products, convolutions and recurrent layers.

    What is done to each number alone, and Fourier transforms, are not counted.

    Args:
        exported: a fitted recipe.
        channels: of a window.
        length: of a window (samples).

    Returns:
        None for an estimator: trees compare, they do not multiply.
    """
    if exported.estimator is not None:
        return None
    counter = FlopCounterMode(display=False, custom_mapping={torch.ops.aten.mkldnn_rnn_layer: _recurrence})
    # Fused attention is not in the counter's table, plain products are.
    with sdpa_kernel(SDPBackend.MATH), counter:
        exported.graph(torch.zeros(1, channels, length))
    return counter.get_total_flops() // 2


def _recurrence(signal: Shape, inward: Shape, around: Shape, *_: Any, **__: Any) -> int:
    """Operations of one direction of one LSTM layer: (time, window, feature) and its two matrices."""
    return 2 * signal[0] * signal[1] * (prod(inward) + prod(around))
