"""TinierHAR: separable convolutions with shortcuts along every channel, a small recurrent layer both ways.

1. six blocks along every channel: convolution 5 of each filter by itself, then across filters, batch
   normalisation, ReLU; added to a shortcut (across filters and normalised where their number changes); the
   first two blocks halve the time by the larger of two: 150 samples become 37 steps of 8 filters
2. all filters of all channels at one step, dropout
3. a recurrent layer (GRU) forwards and backwards, 16 units each
4. attention over time: linear to one number, softmax over the steps, weighted mean
5. linear: class

The backward recurrence begins at the end of the window and would begin in padding: windows are of one length.

These are the parts that the paper's summary names (residual separable convolutions, a GRU, aggregation over
time), with the benchmark's sizes; with the paper's own layers they could not be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from kodo.models.arena import ARENA, ARENA_PREPARE
from kodo.models.blocks import channel_count, check_length
from kodo.models.channelwise import apart, together
from kodo.models.model import Model
from kodo.space import NOT_NEGATIVE, SHARE, Choices, Linear, Log, setting

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel

KERNEL = 5
"""Width of a convolution, samples."""

HALVED = 2
"""Blocks that halve the time."""

SMALLEST = 2**HALVED


@dataclass(frozen=True)
class TinierHARParameters:
    """The size of a TinierHAR."""

    filters: int = setting(
        4, "filters of the first block; the others have twice as many", Choices((4, 8, 16))
    )
    blocks: int = setting(
        4, "blocks after the two that halve the time", Choices((2, 3, 4)), allowed=NOT_NEGATIVE
    )
    units: int = setting(16, "units of the recurrent layer, each way", Log(8, 64))
    dropout: float = setting(
        0.3, "share of features left out before the recurrent layer", Linear(0.0, 0.6), allowed=SHARE
    )


class SeparableBlock(nn.Module):
    """A separable convolution beside a shortcut; both halved in time, or neither.

    Args:
        inputs: filters.
        outputs: filters.
        halve: whether the larger of every two steps is kept.
    """

    def __init__(self, inputs: int, outputs: int, halve: bool) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(inputs, inputs, (1, KERNEL), padding=(0, KERNEL // 2), groups=inputs),
            nn.Conv2d(inputs, outputs, 1),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )
        self.shortcut = nn.Sequential()
        if inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1), nn.BatchNorm2d(outputs))
        self.pool = nn.MaxPool2d((1, 2)) if halve else nn.Identity()

    def forward(self, maps: Tensor) -> Tensor:
        """(image, filter, row = 1, time) -> the same, or half as long."""
        joined: Tensor = self.pool(self.main(maps)) + self.pool(self.shortcut(maps))
        return joined


class TinierHAR(nn.Module):
    """Separable convolutions, a recurrence both ways, attention over time, one linear layer.

    Args:
        channels: of the input.
        classes: of the output.
        parameters: see `TinierHARParameters`.
    """

    def __init__(self, channels: int, classes: int, parameters: TinierHARParameters) -> None:
        super().__init__()
        wide = 2 * parameters.filters
        filters = [1, parameters.filters, *[wide] * (1 + parameters.blocks)]
        self.blocks = nn.Sequential(
            *(
                SeparableBlock(filters[block], filters[block + 1], halve=block < HALVED)
                for block in range(len(filters) - 1)
            )
        )
        self.dropout = nn.Dropout(parameters.dropout)
        self.recurrence = nn.GRU(wide * channels, parameters.units, batch_first=True, bidirectional=True)
        self.attention = nn.Linear(2 * parameters.units, 1)
        self.head = nn.Linear(2 * parameters.units, classes)

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) -> logits (window, class); all windows are of one length."""
        maps = self.blocks(apart(signal))
        steps = self.dropout(together(maps, signal.shape[1]).flatten(2))
        steps, _ = self.recurrence(steps)
        share = torch.softmax(self.attention(steps), dim=1)
        logits: Tensor = self.head((share * steps).sum(dim=1))
        return logits


def build(
    channels: Sequence[Channel] | int,
    length: int,
    rate: float,
    classes: int,
    parameters: TinierHARParameters,
) -> TinierHAR:
    """Build a TinierHAR.

    Args:
        channels: what is measured, or how many channels there are.
        length: of every window (samples).
        rate: samples per second (Hz); not used.
        classes: of the output.
        parameters: see `TinierHARParameters`.

    Raises:
        KodoError: the windows are too short to be halved twice.
    """
    check_length("tinierhar", length, SMALLEST)
    return TinierHAR(channel_count(channels), classes, parameters)


TINIERHAR = Model(
    name="tinierhar",
    says="Separable convolutions per channel and a small recurrent layer: 7,500 weights for 6 channels.",
    build=build,
    parameters=TinierHARParameters,
    presets={"arena": ARENA},
    smallest=SMALLEST,
    source="Bian, Liu, Fortes Rey, Geissler and Lukowicz, TinierHAR, arXiv 2507.07949, 2025; sizes as in "
    "WHAR Arena v1 (arXiv 2606.13194)",
    prepare=ARENA_PREPARE,
)
