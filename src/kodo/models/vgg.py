"""VGG: pairs of narrow convolutions, each pair followed by pooling, then dense layers.

The first three stages of Simonyan and Zisserman's configuration B, along time; 150 samples become 75, 37 and
18 steps.

1. two convolutions 3, each with batch normalisation and ReLU, larger one of every two steps: channel -> 16
2. the same twice: 16 -> 32 -> 64 filters
3. mean over time, dropout, linear and ReLU: 64 -> 64
4. dropout, linear: 64 -> class

The paper's has five stages of 64 to 512 filters, no normalisation, and flattens what is left into two dense
layers of 4,096 units before the last; the mean over time takes windows of every length. The comparison on
HASC says that there are eight layers and no more: how they are divided is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from kodo.models.blocks import (
    ConvBlock,
    channel_count,
    check_kernel,
    check_length,
    mean_pool,
    pool_pairs,
    zero_padding,
)
from kodo.models.model import Model, Preset
from kodo.space import SHARE, Choices, Linear, Log, setting

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel

STAGES = 3
"""Pairs of convolutions: six convolutions and two dense layers have weights, eight in all."""

SMALLEST = 2**STAGES


@dataclass(frozen=True)
class VGGParameters:
    """The size of a VGG."""

    width: int = setting(
        16, "filters of the first pair of convolutions, doubled after each pooling", Log(8, 64)
    )
    kernel: int = setting(3, "width of a convolution, samples, odd", Choices((3, 5, 7)))
    hidden: int = setting(64, "units of the dense layer before the last", Log(32, 512))
    dropout: float = setting(
        0.3, "share of units left out before each dense layer", Linear(0.0, 0.6), allowed=SHARE
    )


class VGGNet(nn.Module):
    """Pairs of convolutions with pooling, the mean over time, two dense layers.

    Args:
        channels: of the input.
        classes: of the output.
        parameters: see `VGGParameters`.
    """

    def __init__(self, channels: int, classes: int, parameters: VGGParameters) -> None:
        super().__init__()
        widths = [parameters.width * 2**stage for stage in range(STAGES)]
        before = [channels, *widths]
        self.first = nn.ModuleList(ConvBlock(before[i], widths[i], parameters.kernel) for i in range(STAGES))
        self.second = nn.ModuleList(ConvBlock(width, width, parameters.kernel) for width in widths)
        self.dropout = nn.Dropout(parameters.dropout)
        self.dense = nn.Linear(widths[-1], parameters.hidden)
        self.head = nn.Linear(parameters.hidden, classes)

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time), mask (window, time) -> logits (window, class)."""
        signal = zero_padding(signal, mask)
        for first, second in zip(self.first, self.second, strict=True):
            signal, mask = first(signal, mask)
            signal, mask = second(signal, mask)
            signal, mask = pool_pairs(signal, mask)
        hidden = torch.relu(self.dense(self.dropout(mean_pool(signal, mask))))
        logits: Tensor = self.head(self.dropout(hidden))
        return logits


def build(
    channels: Sequence[Channel] | int, length: int, rate: float, classes: int, parameters: VGGParameters
) -> VGGNet:
    """Build a VGG.

    Args:
        channels: what is measured, or how many channels there are.
        length: of the longest window (samples).
        rate: samples per second (Hz); not used.
        classes: of the output.
        parameters: see `VGGParameters`.

    Raises:
        KodoError: the windows are too short to be halved three times, or an even kernel.
    """
    check_length("vgg", length, SMALLEST)
    check_kernel("vgg", parameters.kernel)
    return VGGNet(channel_count(channels), classes, parameters)


VGG = Model(
    name="vgg",
    says="Pairs of narrow convolutions with pooling, then dense layers: the convolutional network to beat.",
    build=build,
    parameters=VGGParameters,
    presets={
        "wide": Preset(
            {"width": 64, "hidden": 512, "dropout": 0.5},
            says="the first widths of the VGG paper; the comparison on HASC names none",
        ),
    },
    lengths="any",
    smallest=SMALLEST,
    source="Simonyan and Zisserman, Very Deep Convolutional Networks, ICLR 2015, section 2 and table 1; "
    "along time with 8 layers as in the comparison with MLP-Mixer on HASC, section 3 and figure 2",
)
