"""The plain convolutional network along time: small, fast, the baseline of the Transformers.

Wang, Yan and Oates's fully convolutional network; 150 samples become 75, 38 and 19 steps.

1. convolution 7 with stride 2, batch normalisation, ReLU: channel -> 32 filters
2. the same twice: 32 -> 64 -> 64 filters
3. mean over time, dropout, linear: 64 -> class

The paper's convolutions are 8, 5 and 3 wide with 128, 256 and 128 filters, none has a stride, and nothing is
left out; the widths, the strides and the dropout are ours, for speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor, nn

from kodo.models.blocks import (
    ConvBlock,
    channel_count,
    check_kernel,
    check_length,
    mean_pool,
    zero_padding,
)
from kodo.models.model import Model
from kodo.space import SHARE, Choices, Linear, Log, setting

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel

LAYERS = 3

SMALLEST = 2**LAYERS


@dataclass(frozen=True)
class CNN1DParameters:
    """The size of a plain convolutional network."""

    width: int = setting(32, "filters of the first convolution, doubled in the second and third", Log(8, 128))
    kernel: int = setting(7, "width of a convolution, samples, odd", Choices((3, 5, 7, 9)))
    dropout: float = setting(
        0.2, "share of features left out before the last layer", Linear(0.0, 0.6), allowed=SHARE
    )


class PlainCNN(nn.Module):
    """Three convolutions with stride 2, the mean over time, one linear layer.

    Args:
        channels: of the input.
        classes: of the output.
        parameters: see `CNN1DParameters`.
    """

    def __init__(self, channels: int, classes: int, parameters: CNN1DParameters) -> None:
        super().__init__()
        widths = [channels, parameters.width, 2 * parameters.width, 2 * parameters.width]
        self.convolutions = nn.ModuleList(
            ConvBlock(widths[layer], widths[layer + 1], parameters.kernel, stride=2)
            for layer in range(LAYERS)
        )
        self.dropout = nn.Dropout(parameters.dropout)
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time), mask (window, time) -> logits (window, class)."""
        signal = zero_padding(signal, mask)
        for convolution in self.convolutions:
            signal, mask = convolution(signal, mask)
        logits: Tensor = self.head(self.dropout(mean_pool(signal, mask)))
        return logits


def build(
    channels: Sequence[Channel] | int, length: int, rate: float, classes: int, parameters: CNN1DParameters
) -> PlainCNN:
    """Build a plain convolutional network.

    Args:
        channels: what is measured, or how many channels there are.
        length: of the longest window (samples).
        rate: samples per second (Hz); not used.
        classes: of the output.
        parameters: see `CNN1DParameters`.

    Raises:
        KodoError: the windows are shorter than the stride of all convolutions together, or an even kernel.
    """
    check_length("cnn1d", length, SMALLEST)
    check_kernel("cnn1d", parameters.kernel)
    return PlainCNN(channel_count(channels), classes, parameters)


CNN1D = Model(
    name="cnn1d",
    says="Three convolutions with stride and the mean over time: small and fast.",
    build=build,
    parameters=CNN1DParameters,
    lengths="any",
    smallest=SMALLEST,
    source="Wang, Yan and Oates, Time Series Classification from Scratch with Deep Neural Networks, "
    "IJCNN 2017, section II-B (three convolutions, normalisation, global mean), with stride 2",
)
