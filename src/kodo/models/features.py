"""Features of a window that have served for decades, as one torch module, and a random forest on them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor, nn

from kodo.models.blocks import channel_count, check_length, check_same_length
from kodo.models.model import Model, Preset
from kodo.space import NOT_NEGATIVE, Choices, Linear, Range, setting

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel

SMALLEST = 8

OCTAVES = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, math.inf)
"""Edges of the frequency bands (Hz)."""

RESTING = 1e-5
"""A signal whose deviation is below this share of its root mean square is constant but for rounding."""

STATISTICS = (
    "mean", "deviation", "minimum", "maximum", "lower quartile", "median", "upper quartile",
    "interquartile range", "mean absolute deviation", "root mean square", "crossings of the mean",
    "skewness", "kurtosis",
)  # fmt: skip
SPECTRUM = ("centroid", "spread", "entropy", "peak frequency", "peak share")
JERK = ("mean absolute jerk", "jerk deviation", "largest jerk")
INERTIAL = ("magnitude area", "correlation xy", "correlation xz", "correlation yz")
POSTURE = ("direction x", "direction y", "direction z", "steadiness")
MINIMAL = (
    "sum", "median", "mean", "length", "deviation", "variance", "root mean square", "maximum",
    "absolute maximum", "minimum",
)  # fmt: skip


@dataclass(frozen=True)
class FeaturesParameters:
    """The forest that learns from the features.

    Defaults are scikit-learn's but for the number of trees and balanced classes: leaves of one window, and at
    each branching about the square root of the features that two tri-axial sensors give.
    """

    # No search: more trees are not worse, they only cost more.
    trees: int = setting(200, "trees in the forest")
    leaf: int = setting(1, "fewest windows in a leaf", Choices((1, 2, 5, 10)))
    depth: int = setting(
        0,
        "branchings from the root to a leaf at most, 0 = no limit",
        Choices((0, 8, 16)),
        allowed=NOT_NEGATIVE,
    )
    share: float = setting(
        0.07,
        "share of the features that each branching looks at",
        Linear(0.02, 0.5),
        allowed=Range(above=0, most=1),
    )
    class_weights: Literal["none", "balanced"] = setting(
        "balanced", "balanced: rare classes count as much as frequent ones", Choices(("none", "balanced"))
    )
    kinds: Literal["all", "minimal"] = setting(
        "all", "minimal: ten plain numbers of every channel and no more", Choices(("all", "minimal"))
    )


class Features(nn.Module):
    """Statistical, spectral and inertial features of windows of one length.

    The magnitude of every tri-axial sensor stands beside its axes as one more signal. What cannot be computed
    of a constant window (its skewness, its spectrum) is zero. The spectrum leaves out frequency 0, which is
    zero once the mean is gone.

    Args:
        channels: what is measured, or how many channels there are (then none belong together).
        length: of the windows (samples).
        rate: samples per second (Hz).
    """

    cosine: Tensor
    sine: Tensor
    frequency: Tensor

    def __init__(self, channels: Sequence[Channel] | int, length: int, rate: float) -> None:
        super().__init__()
        self.length = length
        self.rate = rate
        self.triples, of_acceleration, sources, sensors = _signals(channels)
        self.upright = [place for place, yes in enumerate(of_acceleration) if yes]
        bins = torch.arange(1, length // 2 + 1, dtype=torch.float64)
        time = torch.arange(length, dtype=torch.float64)
        angle = 2 * math.pi * time[:, None] * bins / length
        bell = torch.hann_window(length, periodic=False, dtype=torch.float64)[:, None]
        self.register_buffer("cosine", (bell * angle.cos()).float())
        self.register_buffer("sine", (bell * angle.sin()).float())
        frequency = bins * rate / length
        self.register_buffer("frequency", frequency.float())
        self.bands = _bands(frequency)
        kinds = [*STATISTICS, *SPECTRUM, *(says for says, _, _ in self.bands), *JERK]
        self.names = [f"{source}: {kind}" for source in sources for kind in kinds]
        self.names += [f"{sensor}: {kind}" for sensor in sensors for kind in INERTIAL]
        self.names += [f"{sensors[place]}: {kind}" for place in self.upright for kind in POSTURE]

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) -> (window, feature), in the order of `names`; the mask is not used."""
        check_same_length("features", signal, self.length)
        axes = [signal[:, triple] for triple in self.triples]
        sizes = [three.square().sum(dim=1, keepdim=True).sqrt() for three in axes]
        signals = torch.cat([signal, *sizes], dim=1)
        mean = signals.mean(dim=-1, keepdim=True)
        centred = signals - mean
        deviation = centred.square().mean(dim=-1, keepdim=True).sqrt()
        size = signals.square().mean(dim=-1, keepdim=True).sqrt()
        shape = _ratio(centred, deviation, deviation > RESTING * size)
        each = torch.cat(
            [
                _statistics(signals, shape, mean, deviation, size),
                _spectrum(shape, self.cosine, self.sine, self.frequency, self.bands),
                _jerk(signals, self.rate),
            ],
            dim=-1,
        )
        parts = [each.flatten(1)]
        parts += [_inertial(centred[:, triple], shape[:, triple]) for triple in self.triples]
        parts += [_posture(axes[place], sizes[place]) for place in self.upright]
        return torch.cat(parts, dim=1)


class MinimalFeatures(nn.Module):
    """Ten plain numbers of every channel; the length is one of them and never varies.

    Args:
        channels: what is measured, or how many channels there are.
        length: of the windows (samples).

    Source:
        the names of tsfresh's minimal set: Christ et al., Time Series Feature Extraction on Basis of Scalable
        Hypothesis Tests, Neurocomputing 307, 2018.
    """

    def __init__(self, channels: Sequence[Channel] | int, length: int) -> None:
        super().__init__()
        self.length = length
        sources = (
            [f"channel {number + 1}" for number in range(channel_count(channels))]
            if isinstance(channels, int)
            else [channel.name for channel in channels]
        )
        self.names = [f"{source}: {kind}" for source in sources for kind in MINIMAL]

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) -> (window, feature), in the order of `names`; the mask is not used."""
        check_same_length("features", signal, self.length)
        ordered = signal.sort(dim=-1).values
        mean = signal.mean(dim=-1, keepdim=True)
        variance = (signal - mean).square().mean(dim=-1, keepdim=True)
        kinds = [
            signal.sum(dim=-1, keepdim=True),
            _quantile(ordered, 0.5),
            mean,
            torch.full_like(mean, self.length),
            variance.sqrt(),
            variance,
            signal.square().mean(dim=-1, keepdim=True).sqrt(),
            ordered[..., -1:],
            signal.abs().amax(dim=-1, keepdim=True),
            ordered[..., :1],
        ]
        return torch.cat(kinds, dim=-1).flatten(1)


def _signals(
    channels: Sequence[Channel] | int,
) -> tuple[list[list[int]], list[bool], list[str], list[str]]:
    """Positions of x, y, z of each tri-axial sensor, whether it measures acceleration, names of all signals
    (channels, then magnitudes), names of the sensors."""
    if isinstance(channels, int):
        return [], [], [f"channel {number + 1}" for number in range(channel_count(channels))], []
    groups: dict[tuple[str, str, str], dict[str, int]] = {}
    for position, channel in enumerate(channels):
        which = channel.quantity, channel.place, channel.device
        groups.setdefault(which, {})[channel.axis] = position
    triples = [[group[axis] for axis in "xyz"] for group in groups.values() if set(group) == set("xyz")]
    first = [channels[triple[0]] for triple in triples]
    sensors = [" ".join(f"{c.place} {c.quantity} {c.device}".split()) for c in first]
    sources = [*(channel.name for channel in channels), *(f"{sensor} magnitude" for sensor in sensors)]
    return triples, [channel.quantity == "acceleration" for channel in first], sources, sensors


def _bands(frequency: Tensor) -> list[tuple[str, int, int]]:
    """Name, first bin and bin after the last of every band that holds a frequency."""
    bands = []
    for low, high in itertools.pairwise(OCTAVES):
        first, after = int((frequency < low).sum()), int((frequency < high).sum())
        if after > first:
            says = f"{low:g} to {high:g} Hz" if math.isfinite(high) else f"above {low:g} Hz"
            bands.append((f"share of power {says}", first, after))
    return bands


def _ratio(top: Tensor, bottom: Tensor, usable: Tensor) -> Tensor:
    """top / bottom, zero where the bottom cannot be used."""
    return torch.where(usable, top / torch.where(usable, bottom, 1.0), 0.0)


def _statistics(signals: Tensor, shape: Tensor, mean: Tensor, deviation: Tensor, size: Tensor) -> Tensor:
    ordered = signals.sort(dim=-1).values
    lower, median, upper = (_quantile(ordered, part) for part in (0.25, 0.5, 0.75))
    above = (shape > 0).to(signals.dtype)
    kinds = [
        mean,
        deviation,
        ordered[..., :1],
        ordered[..., -1:],
        lower,
        median,
        upper,
        upper - lower,
        (signals - mean).abs().mean(dim=-1, keepdim=True),
        size,
        (above[..., 1:] - above[..., :-1]).abs().mean(dim=-1, keepdim=True),
        shape.pow(3).mean(dim=-1, keepdim=True),
        shape.pow(4).mean(dim=-1, keepdim=True),
    ]
    return torch.cat(kinds, dim=-1)


def _quantile(ordered: Tensor, part: float) -> Tensor:
    place = (ordered.shape[-1] - 1) * part
    below, share = int(place), place - int(place)
    after = min(below + 1, ordered.shape[-1] - 1)
    return ordered[..., below : below + 1] * (1 - share) + ordered[..., after : after + 1] * share


def _spectrum(
    shape: Tensor, cosine: Tensor, sine: Tensor, frequency: Tensor, bands: list[tuple[str, int, int]]
) -> Tensor:
    power = (shape @ cosine).square() + (shape @ sine).square()
    total = power.sum(dim=-1, keepdim=True)
    share = _ratio(power, total, total > 0)
    centroid = (share * frequency).sum(dim=-1, keepdim=True)
    spread = (share * (frequency - centroid).square()).sum(dim=-1, keepdim=True).sqrt()
    entropy = -(share * share.clamp(min=1e-12).log()).sum(dim=-1, keepdim=True) / math.log(len(frequency))
    largest = share.amax(dim=-1, keepdim=True)
    # High powers instead of a maximum's position: equal peaks would make it jump at the last bit.
    peaks = _ratio(share, largest, largest > 0).pow(8)
    weight = peaks.sum(dim=-1, keepdim=True)
    peak = _ratio((peaks * frequency).sum(dim=-1, keepdim=True), weight, weight > 0)
    parts = [share[..., first:after].sum(dim=-1, keepdim=True) for _, first, after in bands]
    return torch.cat([centroid, spread, entropy, peak, largest, *parts], dim=-1)


def _jerk(signals: Tensor, rate: float) -> Tensor:
    jerk = (signals[..., 1:] - signals[..., :-1]) * rate
    size = jerk.abs()
    deviation = (jerk - jerk.mean(dim=-1, keepdim=True)).square().mean(dim=-1, keepdim=True).sqrt()
    return torch.cat([size.mean(dim=-1, keepdim=True), deviation, size.amax(dim=-1, keepdim=True)], dim=-1)


def _inertial(centred: Tensor, shape: Tensor) -> Tensor:
    area = centred.abs().sum(dim=1).mean(dim=-1)
    x, y, z = shape.unbind(dim=1)
    return torch.stack([area, *((a * b).mean(dim=-1) for a, b in ((x, y), (x, z), (y, z)))], dim=1)


def _posture(axes: Tensor, size: Tensor) -> Tensor:
    """Where the mean acceleration points, which at rest is up, and how closely the samples agree with it."""
    mean = axes.mean(dim=-1)
    strength = mean.square().sum(dim=1, keepdim=True).sqrt()
    direction = _ratio(mean, strength, strength > 0)
    along = (axes * direction[..., None]).sum(dim=1)
    steadiness = _ratio(along, size[:, 0], size[:, 0] > 0).mean(dim=-1, keepdim=True)
    return torch.cat([direction, steadiness], dim=1)


def build(
    channels: Sequence[Channel] | int, length: int, rate: float, classes: int, parameters: FeaturesParameters
) -> Features | MinimalFeatures:
    """Build the module that computes the features; its trainer grows the forest.

    Args:
        channels: what is measured, or how many channels there are.
        length: of the windows (samples).
        rate: samples per second (Hz).
        classes: not used.
        parameters: of the forest; `kinds` says which features.

    Raises:
        KodoError: the windows are too short for a spectrum.
    """
    check_length("features", length, SMALLEST)
    if parameters.kinds == "minimal":
        return MinimalFeatures(channels, length)
    return Features(channels, length, rate)


FEATURES = Model(
    name="features",
    says="Statistical, spectral and inertial features with a random forest: strong, fast, no network.",
    build=build,
    parameters=FeaturesParameters,
    presets={
        "default": Preset(),
        "arena": Preset(
            {
                "trees": 100,
                "leaf": 10,
                "depth": 8,
                "share": 0.13,
                "class_weights": "none",
                "kinds": "minimal",
            },
            prepare=(("missing", {"policy": "zero"}), ("standardise", {"decimals": 6})),
            says="the forest of WHAR Arena (arXiv 2606.13194): ten numbers a channel, about the root of "
            "their number at each branching",
        ),
    },
    trainer="trees",
    lengths="fixed",
    smallest=SMALLEST,
    source="Breiman, Random Forests, Machine Learning 45, 2001, section 4; features after Anguita et al., "
    "A Public Domain Dataset for Human Activity Recognition Using Smartphones, ESANN 2013",
    prepare=(("missing", {"policy": "zero"}),),
)
