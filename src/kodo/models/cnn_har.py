"""CNN-HAR: the same convolutions along every channel, then one layer that joins the channels at each time.

The signal (window, channel, time) goes through as images (window x channel, map, 1, time); 150 samples become
72, 33 and 31 steps.

1. convolution 5, ReLU, pooling 4 by 2, normalisation over neighbouring maps: 1 -> 50 maps
2. the same: 50 -> 40 maps
3. convolution 3, ReLU, normalisation: 40 -> 20 maps
4. all maps of all channels at one time: 20 x channel -> 400, ReLU, normalisation
5. maximum over time, linear: 400 -> class

The paper's pooling is 2 and 3 wide without overlap and leaves one step; 4 by 2 and the maximum over time are
the benchmark's, whose weight of the normalisation (a fifth of the usual one) is kept too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from kodo.models.arena import ARENA, ARENA_PREPARE
from kodo.models.blocks import channel_count, check_length, zero_padding
from kodo.models.channelwise import apart, together
from kodo.models.model import Model
from kodo.space import Log, setting

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel

KERNELS = (5, 5, 3)
"""Widths of the convolutions, samples."""

POOL, STRIDE = 4, 2
"""Width and step of the pooling after the first two convolutions."""

REACH = 2
"""Neighbouring maps on each side that a map is normalised by."""

SHARE = 1e-4 / 5 / 5
"""Weight of a neighbour's square: 1e-4 / 5 of their mean over 5 maps."""

SMALLEST = 34
"""Samples that leave two steps after the third convolution; 30 would leave one, which torch's exporter takes
for a fixed size."""


@dataclass(frozen=True)
class CNNHARParameters:
    """The size of a CNN-HAR."""

    first: int = setting(50, "maps of the first convolution", Log(8, 128))
    second: int = setting(40, "maps of the second convolution", Log(8, 128))
    third: int = setting(20, "maps of the third convolution", Log(8, 64))
    joined: int = setting(400, "features that join all channels at one time", Log(32, 512))


class _Normalise(torch.autograd.Function):
    """signal / (1 + SHARE * sum of squares over 5 neighbouring maps) ** 0.75, maps on the last axis.

    By hand: torch's own form pools in three dimensions and takes a power, and is slower than the
    convolutions in both directions.
    """

    @staticmethod
    def forward(ctx: Any, signal: Tensor) -> Tensor:
        root = _neighbours(signal.square()).mul_(SHARE).add_(1).rsqrt_()
        output = root.sqrt().mul_(root).mul_(signal)
        ctx.save_for_backward(signal, root, output)
        return output

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        signal, root, output = ctx.saved_tensors
        shared = _neighbours((gradient * output).mul_(root).mul_(root)).mul_(signal)
        direct: Tensor = root.sqrt().mul_(root).mul_(gradient)
        return direct.sub_(shared, alpha=1.5 * SHARE)


def _neighbours(values: Tensor) -> Tensor:
    """Sum of each map and its neighbours on the last axis; there is nothing beyond the ends."""
    padded = nn.functional.pad(values, (REACH, REACH))
    size = values.shape[-1]
    total = padded[..., :size] + padded[..., 1 : size + 1]
    for shift in range(2, 2 * REACH + 1):
        total += padded[..., shift : shift + size]
    return total


def normalise_maps(signal: Tensor) -> Tensor:
    """Local response normalisation, exactly `torch.nn.LocalResponseNorm(5, alpha=1e-4 / 5)`.

    Args:
        signal: (..., map).

    Returns:
        the same shape, in float32: in half precision the denominator would always be 1.

    Source: Krizhevsky, Sutskever and Hinton, ImageNet Classification, NIPS 2012, section 3.3.
    """
    normalised: Tensor = _Normalise.apply(signal.float())  # type: ignore[no-untyped-call]
    return normalised


class CNNHAR(nn.Module):
    """Three convolutions shared by all channels, one layer over them, the maximum over time.

    Args:
        channels: of the input.
        classes: of the output.
        parameters: see `CNNHARParameters`.
    """

    def __init__(self, channels: int, classes: int, parameters: CNNHARParameters) -> None:
        super().__init__()
        maps = (1, parameters.first, parameters.second, parameters.third)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(maps[layer], maps[layer + 1], (1, kernel)) for layer, kernel in enumerate(KERNELS)
        )
        self.join = nn.Linear(parameters.third * channels, parameters.joined)
        self.head = nn.Linear(parameters.joined, classes)

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time), mask (window, time) -> logits (window, class)."""
        signal = zero_padding(signal, mask)
        maps = apart(signal)
        for layer, convolution in enumerate(self.convolutions):
            maps = convolution(maps)
            if layer < 2:
                maps = nn.functional.max_pool2d(maps, (1, POOL), (1, STRIDE))
            # The larger of two stays the larger without what is negative: ReLU has less to do after pooling.
            maps = normalise_maps(torch.relu(maps).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        steps = together(maps, signal.shape[1]).flatten(2)
        joined = normalise_maps(torch.relu(self.join(steps)))
        logits: Tensor = self.head(_maximum(joined, mask))
        return logits


def _maximum(joined: Tensor, mask: Tensor | None) -> Tensor:
    """Maximum over the steps of (window, step, feature) whose samples all count; 0 where there are none.

    Without padding inside the network a step sees only the samples below it, so that nothing else is masked.
    """
    if mask is not None:
        length = mask.sum(dim=1)
        for kernel in KERNELS[:2]:
            length = (length - kernel + 1 - POOL) // STRIDE + 1
        length = length - KERNELS[2] + 1
        step = torch.arange(joined.shape[1], device=joined.device)
        joined = torch.where((step < length[:, None])[..., None], joined, 0.0)
    return joined.amax(dim=1)


def build(
    channels: Sequence[Channel] | int, length: int, rate: float, classes: int, parameters: CNNHARParameters
) -> CNNHAR:
    """Build a CNN-HAR.

    Args:
        channels: what is measured, or how many channels there are.
        length: of the longest window (samples).
        rate: samples per second (Hz); not used.
        classes: of the output.
        parameters: see `CNNHARParameters`.

    Raises:
        KodoError: no step would be left after the convolutions.
    """
    check_length("cnn_har", length, SMALLEST)
    return CNNHAR(channel_count(channels), classes, parameters)


CNN_HAR = Model(
    name="cnn_har",
    says="Convolutions shared by all channels, joined at each time: the best of the published benchmark.",
    build=build,
    parameters=CNNHARParameters,
    presets={"arena": ARENA},
    lengths="any",
    smallest=SMALLEST,
    source="Yang, Nguyen, San, Li and Krishnaswamy, Deep Convolutional Neural Networks on Multichannel Time "
    "Series for Human Activity Recognition, IJCAI 2015, section 3.2 and figure 1; sizes as in WHAR Arena v1",
    prepare=ARENA_PREPARE,
)
