"""The learning-rate finder: a few steps at rates that grow, and where the loss falls."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from kodo.errors import KodoError
from kodo.training.gradient import GRADIENT, Assembly, assemble, learn_batch, reproducible, without_single
from kodo.training.suitable import check_windows
from kodo.training.trainer import Recipe, silent
from kodo.windows.batch import batches
from kodo.windows.cut import Windows

if TYPE_CHECKING:
    from kodo.evaluation.split import LeakySplit, Split

WIDTH = 3.0
"""Steps, the deviation of the bell that smooths the losses."""

DIVERGED = 4.0
"""Times the smallest smoothed loss at which the sweep ends."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """What a sweep over learning rates found.

    Args:
        rate: (step,) of a group of layers whose share is 1, growing.
        loss: (step,) of the step's batch, before its change.
        smoothed: (step,) mean of each loss and its neighbours.
        split: name of the split whose training windows were used.
        windows: how many they are.
    """

    rate: NDArray[np.float64]
    loss: NDArray[np.float64]
    smoothed: NDArray[np.float64]
    split: str
    windows: int

    @property
    def suggestion(self) -> float | None:
        """A tenth of the rate with the lowest smoothed loss; None where the loss never falls."""
        lowest = int(self.smoothed.argmin())
        return float(self.rate[lowest]) / 10 if lowest else None

    @property
    def steepest(self) -> float | None:
        """The rate at which the smoothed loss falls steepest on its way there; None where it never falls."""
        way = int(self.smoothed.argmin()) + 1
        if way < 2:
            return None
        slope = np.gradient(self.smoothed[:way], np.log(self.rate[:way]))
        return float(self.rate[slope.argmin()])


def find_rate(
    recipe: Recipe,
    windows: Windows,
    split: Split | LeakySplit,
    *,
    lowest: float = 1e-7,
    highest: float = 10.0,
    steps: int = 100,
    progress: Callable[[int, int], None] = silent,
) -> Sweep:
    """Train a network anew at rates that grow from step to step, until the loss is lost.

    The network is the one a fit of this recipe begins with, and is thrown away: no later fit is changed by a
    sweep. Only training windows are looked at. Layers with a share of the rate (`train.rates`) get theirs.

    Args:
        recipe: of a model that the gradient trainer fits; its schedule and rate are not used.
        windows: what the split's rows are positions of.
        split: whose training windows are used.
        lowest: first rate.
        highest: last rate, if the sweep gets so far.
        steps: batches; a new pass begins when the windows are used up.
        progress: called with (steps done, steps) after every step.

    Raises:
        KodoError: rates, steps or settings out of range, a model without a learning rate, too few training
            windows, windows that the model cannot take, or no finite loss at the lowest rate.

    Source: Smith, Cyclical Learning Rates, WACV 2017, section 3.3; rates growing by a factor, the rule of
    where to stop and both readings as in fastai 1 (`lr_find`); the smoothing is ours.
    """
    if not 0 < lowest < highest or steps < 2:
        raise KodoError(
            "A sweep takes at least 2 steps from a lowest to a highest rate above 0; got "
            f"{steps} steps from {lowest:g} to {highest:g}."
        )
    if recipe.model.trainer != "gradient":
        raise KodoError(f"{recipe.model.name} has no learning rate: it is fitted by {recipe.model.trainer}.")
    GRADIENT.check(recipe.settings)
    check_windows(recipe.model, windows)
    if len(split.train) < 2:
        raise KodoError(f"{split.name}: a sweep needs at least 2 training windows; got {len(split.train)}.")
    rates = np.geomspace(lowest, highest, steps)
    with reproducible(recipe):
        losses = _swept(assemble(recipe, windows, split), split.train, rates, progress)
    if not losses:
        raise KodoError(f"{recipe.model.name} has no finite loss at a learning rate of {lowest:g}.")
    return Sweep(rates[: len(losses)], np.array(losses), smoothed(losses), split.name, len(split.train))


def smoothed(losses: Sequence[float]) -> NDArray[np.float64]:
    """Losses without their noise: a mean of each and its neighbours on both sides, weighted by a bell.

    An exponential mean, as fastai has it, lags behind: it would fall on where the losses rise already.

    Args:
        losses: one per step.
    """
    means: NDArray[np.float64] = gaussian_filter1d(np.array(losses, np.float64), WIDTH, mode="nearest")
    return means


def _swept(
    fit: Assembly, rows: NDArray[np.int64], rates: NDArray[np.float64], progress: Callable[[int, int], None]
) -> list[float]:
    """Losses, one per rate, up to the one at which the smoothed loss is lost."""
    generator = torch.Generator(fit.recipe.device).manual_seed(fit.recipe.seed)
    losses: list[float] = []
    fit.graph.train()
    for done, (rate, part) in enumerate(zip(rates, _parts(fit, rows), strict=False), start=1):
        for group in fit.optimiser.param_groups:
            group["lr"] = float(rate) * group["factor"]
        loss = float(learn_batch(fit, part, generator))
        if not math.isfinite(loss):
            break
        losses.append(loss)
        progress(done, len(rates))
        means = smoothed(losses)
        if means[-1] > DIVERGED * means.min():
            break
    return losses


def _parts(fit: Assembly, rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Batches without end, in a new order in every pass."""
    random = np.random.default_rng(fit.recipe.seed)
    while True:
        yield from without_single(list(batches(fit.windows, rows, fit.recipe.settings.batch, random)))
