"""TinyHAR: convolutions along every channel, attention between channels, one recurrent layer.

1. four convolutions over time, 5, 5, 3, 3 wide, strides 2, 1, 2, 1, without padding, each with ReLU and then
   batch normalisation: (window x channel, filter, step); 150 samples become 32 steps
2. at every step, attention between the channels, added with a learned gain that begins at 0; dropout
3. channels joined: filter x channel -> 2 x filter, ReLU
4. a recurrent layer (GRU) forwards in time, 2 x filter units
5. steps joined: step x unit -> 2 x filter, ReLU; linear: class

The softmax of the attention runs over the *query* index and is not scaled, as in the benchmark: all queries'
shares in one key sum to 1, and the output stands at the key, which is the usual attention with the two names
exchanged. The layer that joins the steps ties the network to one window length.

What else differs from the paper is the benchmark's too: there all four convolutions are 5 wide with stride 2,
the attention is scaled and followed by two dense layers as in a Transformer, without a gain, the recurrent
layer is an LSTM, and attention over time, added to its last step with a learned gain, joins the steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from kodo.models.arena import ARENA, ARENA_PREPARE
from kodo.models.blocks import channel_count, check_length, check_same_length
from kodo.models.channelwise import apart, together
from kodo.models.model import Model
from kodo.space import SHARE, Linear, Log, setting

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel

LAYERS = ((5, 2), (5, 1), (3, 2), (3, 1))
"""Width in samples and stride of the convolutions."""

SMALLEST = 25
"""Samples from which one step is left after the convolutions."""


@dataclass(frozen=True)
class TinyHARParameters:
    """The size of a TinyHAR."""

    filters: int = setting(
        32, "filters of each convolution; the layers after it are twice as wide", Log(8, 64)
    )
    dropout: float = setting(
        0.1, "share of features left out after the attention", Linear(0.0, 0.6), allowed=SHARE
    )


class ChannelAttention(nn.Module):
    """What the channels of one moment tell each other; its gain is 0 at first, so that nothing is added.

    Args:
        features: of each channel.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.query = nn.Linear(features, features, bias=False)
        self.key = nn.Linear(features, features, bias=False)
        self.value = nn.Linear(features, features, bias=False)
        self.gain = nn.Parameter(torch.zeros(1))

    def forward(self, signal: Tensor) -> Tensor:
        """(window, step, channel, feature) -> the same shape."""
        share = torch.softmax(self.query(signal) @ self.key(signal).transpose(-2, -1), dim=-2)
        heard: Tensor = share.transpose(-2, -1) @ self.value(signal)
        return signal + self.gain * heard


class TinyHAR(nn.Module):
    """Four convolutions, attention between channels, one recurrent layer, two dense ones.

    Args:
        channels: of the input.
        length: of every window (samples).
        classes: of the output.
        parameters: see `TinyHARParameters`.
    """

    def __init__(self, channels: int, length: int, classes: int, parameters: TinyHARParameters) -> None:
        super().__init__()
        self.length = length
        filters = parameters.filters
        self.convolutions = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(filters if layer else 1, filters, (1, kernel), (1, stride)),
                    nn.ReLU(),
                    nn.BatchNorm2d(filters),
                )
                for layer, (kernel, stride) in enumerate(LAYERS)
            )
        )
        self.attention = ChannelAttention(filters)
        self.dropout = nn.Dropout(parameters.dropout)
        self.join_channels = nn.Linear(channels * filters, 2 * filters)
        self.recurrence = nn.GRU(2 * filters, 2 * filters, batch_first=True)
        self.join_steps = nn.Linear(steps_left(length) * 2 * filters, 2 * filters)
        self.head = nn.Linear(2 * filters, classes)

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) of the one length it was built for -> logits (window, class)."""
        check_same_length("tinyhar", signal, self.length)
        maps = self.convolutions(apart(signal))
        steps = self.dropout(self.attention(together(maps, signal.shape[1]).transpose(2, 3)))
        steps, _ = self.recurrence(torch.relu(self.join_channels(steps.flatten(2))))
        logits: Tensor = self.head(torch.relu(self.join_steps(steps.flatten(1))))
        return logits


def steps_left(length: int) -> int:
    """How many steps the convolutions leave of a window of `length` samples."""
    for kernel, stride in LAYERS:
        length = (length - kernel) // stride + 1
    return length


def build(
    channels: Sequence[Channel] | int, length: int, rate: float, classes: int, parameters: TinyHARParameters
) -> TinyHAR:
    """Build a TinyHAR.

    Args:
        channels: what is measured, or how many channels there are.
        length: of every window (samples).
        rate: samples per second (Hz); not used.
        classes: of the output.
        parameters: see `TinyHARParameters`.

    Raises:
        KodoError: no step would be left after the convolutions.
    """
    check_length("tinyhar", length, SMALLEST)
    return TinyHAR(channel_count(channels), length, classes, parameters)


TINYHAR = Model(
    name="tinyhar",
    says="Convolutions per channel, attention between channels, one recurrent layer.",
    build=build,
    parameters=TinyHARParameters,
    presets={"arena": ARENA},
    smallest=SMALLEST,
    source="Zhou and others, TinyHAR: A Lightweight Deep Learning Model Designed for Human Activity "
    "Recognition, ISWC 2022; sizes as in WHAR Arena v1 (arXiv 2606.13194)",
    prepare=ARENA_PREPARE,
)
