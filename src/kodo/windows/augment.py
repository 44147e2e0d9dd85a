"""Training windows changed at random on the device, in ways that leave the activity what it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import interpolate

from kodo.datasets.recording import Channel, sensors
from kodo.errors import KodoError
from kodo.space import NOT_NEGATIVE, PART, Linear, Range, check_settings, setting
from kodo.windows.encode import Grey, GreyWindow
from kodo.windows.prepare import Standardise

KNOTS = 4
"""Points in a window between which the speed of a time warp changes evenly."""


@dataclass(frozen=True)
class Augmentation:
    """What is done to training windows, anew in every epoch; 0 = off.

    All are searched evenly from 0: every strength goes to nothing without a jump, and a logarithm, which has
    no 0, could never leave one off.
    """

    jitter: float = setting(
        0.0,
        "deviation of noise added to each sample, in prepared units",
        Linear(0.0, 0.5),
        allowed=NOT_NEGATIVE,
    )
    scaling: float = setting(
        0.0, "deviation from 1 of a factor on each channel", Linear(0.0, 0.5), allowed=NOT_NEGATIVE
    )
    rotation: float = setting(
        0.0,
        "largest turn of all sensors together, degrees, to 180",
        Linear(0.0, 180.0),
        allowed=Range(least=0, most=180),
    )
    time_warp: float = setting(
        0.0, "deviation of the logarithm of the speed", Linear(0.0, 0.5), allowed=NOT_NEGATIVE
    )
    time_mask: float = setting(
        0.0, "largest share of a window blotted out in one piece", Linear(0.0, 0.5), allowed=PART
    )
    channel_mask: float = setting(
        0.0, "probability that a channel is blotted out", Linear(0.0, 0.5), allowed=PART
    )
    mixup: float = setting(
        0.0,
        "alpha of the beta distribution that mixes two windows",
        Linear(0.0, 1.0),
        allowed=NOT_NEGATIVE,
    )


Augment = Callable[[Tensor, Tensor | None, Tensor, Generator], tuple[Tensor, Tensor]]


def augment(
    settings: Augmentation, channels: Sequence[Channel], prepared: nn.Module | None = None
) -> Augment:
    """The augmentation of a batch that has passed the batch steps.

    Args:
        settings: how strong each change is; all 0 gives back the very same tensors.
        channels: of the signal; x, y, z of one sensor are turned together.
        prepared: the batch steps; when they scale each channel by itself, that is undone for the turning.

    Returns:
        `change(signal (window, channel, time), mask (window, time) | None, target (window, class),
        generator) -> (signal, target)`; padding stays zero.

    Raises:
        KodoError: a setting outside its range, or a turning of what is a picture by then.
    """
    check_settings(settings, "augment")
    if settings.rotation and any(isinstance(step, Grey | GreyWindow) for step in _modules(prepared)):
        raise KodoError("augment.rotation turns sensors, but the batch step grey made a picture of them.")
    triples = triads(channels)
    scale = _scale(prepared)

    def change(
        signal: Tensor, mask: Tensor | None, target: Tensor, generator: Generator
    ) -> tuple[Tensor, Tensor]:
        if settings.time_warp:
            signal = time_warp(signal, mask, settings.time_warp, generator)
        if settings.rotation:
            signal = _turned(signal, triples, settings.rotation, scale, generator)
        if settings.scaling:
            signal = scaling(signal, settings.scaling, generator)
        if settings.jitter:
            signal = jitter(signal, settings.jitter, generator)
        if settings.channel_mask:
            signal = channel_mask(signal, settings.channel_mask, generator)
        if settings.time_mask:
            signal = time_mask(signal, mask, settings.time_mask, generator)
        if mask is not None:
            signal = torch.where(mask[:, None], signal, 0.0)
        if settings.mixup:
            signal, target = mixup(signal, mask, target, settings.mixup, generator)
        return signal, target

    return change


def triads(channels: Sequence[Channel]) -> list[list[int]]:
    """Positions of x, y, z (in this order) of every sensor that has just these three axes."""
    groups = [sorted(group, key=lambda position: channels[position].axis) for group in sensors(channels)]
    return [group for group in groups if [channels[position].axis for position in group] == ["x", "y", "z"]]


def jitter(signal: Tensor, deviation: float, generator: Generator) -> Tensor:
    """Add normal noise to every sample.

    Source: Um et al., Data Augmentation of Wearable Sensor Data, ICMI 2017.

    Args:
        signal: (window, channel, time).
        deviation: of the noise, in the signal's units.
        generator: on the signal's device.
    """
    return signal + deviation * _normal(signal.shape, signal, generator)


def scaling(signal: Tensor, deviation: float, generator: Generator) -> Tensor:
    """Multiply every channel of every window by its own normal factor around 1.

    Source: Um et al., Data Augmentation of Wearable Sensor Data, ICMI 2017.

    Args:
        signal: (window, channel, time).
        deviation: of the factor.
        generator: on the signal's device.
    """
    return signal * (1 + deviation * _normal((*signal.shape[:2], 1), signal, generator))


def rotation(
    signal: Tensor, triples: Sequence[Sequence[int]], degrees: float, generator: Generator
) -> Tensor:
    """Turn all tri-axial sensors of a window by one rotation, as if the device had been worn turned.

    Source: Um et al., Data Augmentation of Wearable Sensor Data, ICMI 2017.

    Args:
        signal: (window, channel, time), not scaled per channel.
        triples: positions of x, y, z of each sensor.
        degrees: largest angle; the axis points anywhere.
        generator: on the signal's device.
    """
    count = len(signal)
    axis = _normal((count, 3), signal, generator)
    axis = axis / axis.norm(dim=1, keepdim=True).clamp(min=1e-6)
    angle = math.radians(degrees) * (2 * _uniform((count, 1, 1), signal, generator) - 1)
    x, y, z = axis.unbind(dim=1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).reshape(count, 3, 3)
    # Rodrigues' formula.
    turn = torch.eye(3, device=signal.device, dtype=signal.dtype) + angle.sin() * cross
    turn = turn + (1 - angle.cos()) * (cross @ cross)
    turned = signal.clone()
    for triple in triples:
        turned[:, list(triple)] = turn @ signal[:, list(triple)]
    return turned


def time_warp(signal: Tensor, mask: Tensor | None, deviation: float, generator: Generator) -> Tensor:
    """Run every window faster here and slower there; its first and last sample stay where they are.

    Source: Um et al., ICMI 2017; here the logarithm of the speed is drawn at `KNOTS` points.

    Args:
        signal: (window, channel, time).
        mask: (window, time), or None.
        deviation: of the logarithm of the speed.
        generator: on the signal's device.
    """
    count, channels, size = signal.shape
    knots = deviation * _normal((count, 1, KNOTS), signal, generator)
    speed = interpolate(knots, size=size, mode="linear", align_corners=True)[:, 0].exp()
    way = speed.cumsum(dim=1) - speed[:, :1]
    last = _lengths(signal, mask) - 1
    place = way / way.gather(1, last).clamp(min=1e-6) * last
    place = torch.minimum(place.clamp(min=0), last.to(place.dtype))
    below = place.floor().long()
    above = torch.minimum(below + 1, last)
    share = (place - below)[:, None]

    def at(index: Tensor) -> Tensor:
        return signal.gather(2, index[:, None].expand(count, channels, size))

    return at(below) * (1 - share) + at(above) * share


def time_mask(signal: Tensor, mask: Tensor | None, share: float, generator: Generator) -> Tensor:
    """Set one stretch of every window to zero.

    Source: Park et al., SpecAugment, Interspeech 2019, section 2.

    Args:
        signal: (window, channel, time).
        mask: (window, time), or None.
        share: longest stretch as a share of the window; its length is drawn evenly from 0 to that.
        generator: on the signal's device.
    """
    length = _lengths(signal, mask)
    draw = _uniform((len(signal), 2), signal, generator)
    width = (draw[:, :1] * (share * length + 1)).floor()
    start = (draw[:, 1:] * (length - width + 1)).floor()
    time = torch.arange(signal.shape[2], device=signal.device)
    blotted = (time >= start) & (time < start + width)
    return signal.masked_fill(blotted[:, None], 0.0)


def channel_mask(signal: Tensor, probability: float, generator: Generator) -> Tensor:
    """Set some channels of every window to zero, but never all of them.

    Args:
        signal: (window, channel, time).
        probability: of each channel.
        generator: on the signal's device.
    """
    draw = _uniform(signal.shape[:2], signal, generator)
    blotted = (draw < probability) & (draw < draw.amax(dim=1, keepdim=True))
    return signal.masked_fill(blotted[:, :, None], 0.0)


def mixup(
    signal: Tensor, mask: Tensor | None, target: Tensor, alpha: float, generator: Generator
) -> tuple[Tensor, Tensor]:
    """Mix every window, and its target, with another one of the batch.

    Source: Zhang et al., mixup, ICLR 2018, section 2; here the larger share is always the window's own, and
    its mask stays true.

    Args:
        signal: (window, channel, time), zero in the padding.
        mask: (window, time), or None.
        target: (window, class) probabilities.
        alpha: both parameters of the beta distribution.
        generator: on the signal's device.
    """
    # The one sampler of gamma variables that takes a generator.
    gammas = torch._standard_gamma(
        torch.full((2, len(signal)), alpha, device=signal.device, dtype=torch.float64), generator=generator
    )
    share = (gammas[0] / gammas.sum(dim=0)).nan_to_num(nan=1.0).to(signal.dtype)
    share = torch.maximum(share, 1 - share)[:, None]
    other = torch.randperm(len(signal), device=signal.device, generator=generator)
    mixed = share[..., None] * signal + (1 - share[..., None]) * signal[other]
    if mask is not None:
        mixed = torch.where(mask[:, None], mixed, 0.0)
    return mixed, share * target + (1 - share) * target[other]


def _turned(
    signal: Tensor,
    triples: Sequence[Sequence[int]],
    degrees: float,
    scale: Standardise | None,
    generator: Generator,
) -> Tensor:
    """The turned signal; what scaled each channel by itself is undone before and done again after."""
    if scale is None:
        return rotation(signal, triples, degrees, generator)
    measured = signal * scale.deviation + scale.mean
    return (rotation(measured, triples, degrees, generator) - scale.mean) / scale.deviation


def _lengths(signal: Tensor, mask: Tensor | None) -> Tensor:
    """(window, 1) int64, at least 1."""
    if mask is None:
        return torch.full((len(signal), 1), signal.shape[2], device=signal.device)
    return mask.sum(dim=1, keepdim=True).clamp(min=1)


def _normal(shape: Sequence[int], like: Tensor, generator: Generator) -> Tensor:
    return torch.randn(shape, device=like.device, dtype=like.dtype, generator=generator)


def _uniform(shape: Sequence[int], like: Tensor, generator: Generator) -> Tensor:
    return torch.rand(shape, device=like.device, dtype=like.dtype, generator=generator)


def _scale(prepared: nn.Module | None) -> Standardise | None:
    """The one step among them that scales each channel by itself."""
    return next((step for step in _modules(prepared) if isinstance(step, Standardise)), None)


def _modules(prepared: nn.Module | None) -> Iterator[nn.Module]:
    return iter(()) if prepared is None else prepared.modules()
