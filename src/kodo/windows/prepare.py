"""Batch steps: what is done to windows on their way into a model, as torch modules that can be exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kodo.errors import KodoError, near
from kodo.space import setting
from kodo.windows.cut import Windows
from kodo.windows.encode import GreySettings, grey
from kodo.windows.moments import moments, usable

Policy = Literal["zero", "hold", "interpolate"]
Over = Literal["train", "window"]
Steps = Sequence[tuple[str, Mapping[str, Any]]]

DEFAULT_PREPARE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("missing", {"policy": "zero"}),
    ("standardise", {}),
)
"""The batch steps of an experiment that names none."""


@dataclass(frozen=True)
class MissingSettings:
    """What stands where nothing was measured."""

    policy: Policy = setting("zero", "zero, the last seen value (hold), or a line between seen values")


@dataclass(frozen=True)
class StandardiseSettings:
    """Zero mean and unit deviation per channel."""

    over: Over = setting("train", "mean and deviation of the training windows, or of each window by itself")
    decimals: int | None = setting(None, "digits after the point kept of mean and deviation; None = all")


class Missing(nn.Module):
    """Replaces samples that are not finite; always the first step.

    Args:
        policy: `zero`; `hold` repeats the last seen value (zero before the first); `interpolate` draws a line
            between the neighbouring seen values and holds the first and last one at the ends. A channel of
            which nothing was seen is zero.
    """

    scope: ClassVar[Literal["train", "window"]] = "window"

    def __init__(self, policy: Policy = "zero") -> None:
        super().__init__()
        self.policy = policy

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) with gaps -> the same without; padding counts as not seen."""
        seen = torch.isfinite(signal)
        signal = torch.where(seen, signal, 0.0)
        if self.policy == "zero":
            return signal
        if mask is not None:
            seen = seen & mask[:, None]
        return _held(signal, seen) if self.policy == "hold" else _interpolated(signal, seen)


class Standardise(nn.Module):
    """Subtracts the mean and divides by the deviation of each channel.

    Args:
        mean: (channel,) of the training windows.
        deviation: (channel,) of the training windows, above 0.
        decimals: digits after the point that are kept of both; None keeps all.
    """

    scope: ClassVar[Literal["train", "window"]] = "train"
    mean: Tensor
    deviation: Tensor

    def __init__(
        self, mean: NDArray[np.float64], deviation: NDArray[np.float64], decimals: int | None = None
    ) -> None:
        super().__init__()
        if decimals is not None:
            mean, deviation = np.round(mean, decimals), usable(np.round(deviation, decimals))
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32)[:, None])
        self.register_buffer("deviation", torch.tensor(deviation, dtype=torch.float32)[:, None])

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) -> the same shape, in deviations from the training mean."""
        return (signal - self.mean) / self.deviation


class StandardiseWindow(nn.Module):
    """Subtracts the mean and divides by the deviation of each channel of each window."""

    scope: ClassVar[Literal["train", "window"]] = "window"

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) -> the same shape; a constant channel becomes zero."""
        here = torch.ones_like(signal[:, :1]) if mask is None else mask[:, None].to(signal.dtype)
        count = here.sum(dim=-1, keepdim=True)
        mean = (signal * here).sum(dim=-1, keepdim=True) / count.clamp(min=1)
        centred = (signal - mean) * here
        deviation = (centred.square().sum(dim=-1, keepdim=True) / (count - 1).clamp(min=1)).sqrt()
        # Below this a deviation is rounding of the mean in float32.
        varies = deviation > 1e-6 * mean.abs().clamp(min=1e-6)
        return torch.where(varies, centred / torch.where(varies, deviation, 1.0), 0.0)


class Prepared(nn.Module):
    """Batch steps one after the other; padding is zero again after each.

    Args:
        steps: modules with `forward(signal, mask=None) -> signal`.
        rows: (window,) positions of the windows they were fitted on.
    """

    def __init__(self, steps: Sequence[nn.Module], rows: NDArray[np.int64] | None = None) -> None:
        super().__init__()
        self.steps = nn.ModuleList(steps)
        learns = any(getattr(step, "scope", "") == "train" for step in steps)
        self.learned_from = rows if learns else None
        """(window,) positions of the windows from which constants were taken; None where none were."""

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) as measured -> (window, channel, time) as the model wants it."""
        for step in self.steps:
            signal = step(signal, mask)
            if mask is not None:
                signal = torch.where(mask[:, None], signal, 0.0)
        return signal


@dataclass(frozen=True)
class BatchStep:
    """An entry of the table of batch steps.

    Args:
        says: one line.
        settings: a frozen dataclass whose fields were made with `kodo.space.setting`.
        build: `build(settings, windows, rows)` gives the module, fitted on those rows where it learns.
    """

    says: str
    settings: type
    build: Callable[[Any, Windows, NDArray[np.int64]], nn.Module]


def prepare(steps: Steps, windows: Windows, rows: NDArray[np.int64]) -> Prepared:
    """Build a chain of batch steps, fitted on the training rows of one split.

    Args:
        steps: names with settings, in order; `missing` comes first.
        windows: what the rows are positions of.
        rows: (window,) positions of the training windows; steps look at no others.

    Raises:
        KodoError: an unknown step or setting, `missing` is not the first step, or a step that learns comes
            after one that changes what it would learn from.
    """
    names = [name for name, _ in steps]
    if "missing" in names[1:] or names[:1] != ["missing"]:
        got = " -> ".join(names) or "no step"
        raise KodoError(f"The first batch step, and only the first, is 'missing'; got {got}.")
    modules = [_module(name, settings, windows, rows) for name, settings in steps]
    for name, module in list(zip(names, modules, strict=True))[2:]:
        if getattr(module, "scope", "") == "train":
            raise KodoError(
                f"The batch step {name} learns from windows as they were measured, so that it stands right "
                f"behind 'missing'; got {' -> '.join(names)}."
            )
    return Prepared(modules, rows)


def _module(name: str, settings: Mapping[str, Any], windows: Windows, rows: NDArray[np.int64]) -> nn.Module:
    if name not in PREPARE:
        raise KodoError(f"There is no batch step '{name}'. {near(name, list(PREPARE))}")
    step = PREPARE[name]
    known = [f.name for f in fields(step.settings)]
    for key in settings:
        if key not in known:
            raise KodoError(f"The batch step {name} has no setting '{key}'. {near(key, known)}")
    return step.build(step.settings(**settings), windows, rows)


def _missing(settings: MissingSettings, windows: Windows, rows: NDArray[np.int64]) -> nn.Module:
    if settings.policy not in get_args(Policy):
        known = " | ".join(get_args(Policy))
        raise KodoError(f"missing.policy is one of {known}; got '{settings.policy}'.")
    return Missing(settings.policy)


def _standardise(settings: StandardiseSettings, windows: Windows, rows: NDArray[np.int64]) -> nn.Module:
    if settings.over not in get_args(Over):
        raise KodoError(f"standardise.over is one of train | window; got '{settings.over}'.")
    if settings.over == "train":
        mean, deviation = moments(windows, rows)
        return Standardise(mean, deviation, settings.decimals)
    if settings.decimals is not None:
        raise KodoError(f"standardise.decimals needs over = 'train'; got decimals = {settings.decimals}.")
    return StandardiseWindow()


PREPARE: Mapping[str, BatchStep] = {
    "missing": BatchStep("Replaces what was not measured; always first.", MissingSettings, _missing),
    "standardise": BatchStep("Zero mean, unit deviation per channel.", StandardiseSettings, _standardise),
    "grey": BatchStep("A picture: a row per channel, shades from 0 to 1.", GreySettings, grey),
}
"""The batch steps by name."""


def _held(signal: Tensor, seen: Tensor) -> Tensor:
    before, _, count = _neighbours(seen)
    return torch.where(count > 0, signal.gather(-1, before), 0.0)


def _interpolated(signal: Tensor, seen: Tensor) -> Tensor:
    before, after, count = _neighbours(seen)
    total = count[..., -1:]
    # Beyond the first and the last seen sample both neighbours are that sample.
    before = torch.where(count > 0, before, after)
    after = torch.where(count < total, after, before)
    left, right = signal.gather(-1, before), signal.gather(-1, after)
    time = torch.arange(signal.shape[-1], device=signal.device)
    share = (time - before).to(signal.dtype) / (after - before).clamp(min=1).to(signal.dtype)
    line = left + (right - left) * share
    return torch.where(total > 0, torch.where(seen, signal, line), 0.0)


def _neighbours(seen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Positions of the last sample seen so far and of the next one, and how many were seen so far.

    By counting and sorting: a running maximum has no counterpart in ONNX.
    """
    size = seen.shape[-1]
    time = torch.arange(size, device=seen.device).expand(seen.shape)
    places = torch.where(seen, time, size).sort(dim=-1).values.clamp(max=size - 1)
    count = seen.to(torch.int64).cumsum(dim=-1)
    return (
        places.gather(-1, (count - 1).clamp(min=0)),
        places.gather(-1, count.clamp(max=size - 1)),
        count,
    )
