"""ResNet along time: residual blocks that halve the time, then its mean and its maximum.

150 samples stay 150 in stem and first block and become 75 and 38 steps.

1. stem: convolution 7, batch normalisation, ReLU: channel -> 32 filters
2. three blocks: convolution 5, normalisation, ReLU, convolution 5, normalisation; added to a shortcut (across
   filters and normalised where filters or steps change), ReLU: 32 -> 32 -> 64 -> 128 filters
3. mean and maximum over time, dropout, linear: 256 -> class

The ResNet of Wang, Yan and Oates has three blocks of three convolutions, 8, 5 and 3 wide, with 64, 128 and
128 filters, no stem, no stride, and the mean alone. The stem, the blocks of two convolutions and the strides
follow He, Zhang, Ren and Sun (CVPR 2016), whose stem for pictures also has a stride and is pooled.
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
    zero_padding,
)
from kodo.models.model import Model, Preset
from kodo.space import SHARE, Choices, Linear, Log, setting

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel

STRIDES = (1, 2, 2)
"""Of the residual blocks, in samples per output."""

SMALLEST = 4
"""Samples per output of all blocks together."""

STEM = 7
"""Width of the first convolution, samples."""


@dataclass(frozen=True)
class ResNet1DParameters:
    """The size of a residual network."""

    width: int = setting(32, "filters of the first block, doubled in the second and third", Log(8, 128))
    kernel: int = setting(5, "width of a block's convolutions, samples, odd", Choices((3, 5, 7, 9)))
    dropout: float = setting(
        0.0, "share of features left out before the last layer", Linear(0.0, 0.6), allowed=SHARE
    )


class ResidualBlock(nn.Module):
    """Two convolutions, and the signal itself beside them.

    Args:
        inputs: channels.
        outputs: channels.
        kernel: width of the convolutions (samples), odd.
        stride: samples per output.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.first = ConvBlock(inputs, outputs, kernel, stride)
        self.second = ConvBlock(outputs, outputs, kernel, rectified=False)
        same = inputs == outputs and stride == 1
        self.shortcut = None if same else ConvBlock(inputs, outputs, 1, stride, rectified=False)

    def forward(self, signal: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """(window, channel, time) with zero padding -> the same, and its mask."""
        beside = signal if self.shortcut is None else self.shortcut(signal, mask)[0]
        signal, mask = self.second(*self.first(signal, mask))
        return torch.relu(signal + beside), mask


class ResNet1DNet(nn.Module):
    """A convolution, three residual blocks, the mean and the maximum over time, one linear layer.

    Args:
        channels: of the input.
        classes: of the output.
        parameters: see `ResNet1DParameters`.
    """

    def __init__(self, channels: int, classes: int, parameters: ResNet1DParameters) -> None:
        super().__init__()
        widths = [parameters.width * 2**block for block in range(len(STRIDES))]
        self.stem = ConvBlock(channels, widths[0], STEM)
        self.blocks = nn.ModuleList(
            ResidualBlock(inputs, outputs, parameters.kernel, stride)
            for inputs, outputs, stride in zip([widths[0], *widths], widths, STRIDES, strict=False)
        )
        self.dropout = nn.Dropout(parameters.dropout)
        self.head = nn.Linear(2 * widths[-1], classes)

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time), mask (window, time) -> logits (window, class)."""
        signal, mask = self.stem(zero_padding(signal, mask), mask)
        for block in self.blocks:
            signal, mask = block(signal, mask)
        # Nothing is below zero here, so zero padding never is the maximum.
        pooled = torch.cat([mean_pool(signal, mask), signal.amax(dim=-1)], dim=1)
        logits: Tensor = self.head(self.dropout(pooled))
        return logits


def build(
    channels: Sequence[Channel] | int, length: int, rate: float, classes: int, parameters: ResNet1DParameters
) -> ResNet1DNet:
    """Build a residual network.

    Args:
        channels: what is measured, or how many channels there are.
        length: of the longest window (samples).
        rate: samples per second (Hz); not used.
        classes: of the output.
        parameters: see `ResNet1DParameters`.

    Raises:
        KodoError: the windows are shorter than the stride of all blocks together, or an even kernel.
    """
    check_length("resnet1d", length, SMALLEST)
    check_kernel("resnet1d", parameters.kernel)
    return ResNet1DNet(channel_count(channels), classes, parameters)


RESNET1D = Model(
    name="resnet1d",
    says="Residual convolutions, then the mean and the maximum over time: the one to take first.",
    build=build,
    parameters=ResNet1DParameters,
    presets={
        "default": Preset(
            train={
                "epochs": 12,
                "batch": 128,
                "rate": 4e-3,
                "weight_decay": 0.02,
                "schedule": {"form": "one_cycle"},
                "patience": 0,
                "augment": {"rotation": 45.0},
            },
            says="ours, chosen on validation people of watch, dsads and wisdm19_watch",
        )
    },
    lengths="any",
    smallest=SMALLEST,
    source="Wang, Yan and Oates, Time Series Classification from Scratch with Deep Neural Networks, "
    "IJCNN 2017, section II-C, made smaller",
)
