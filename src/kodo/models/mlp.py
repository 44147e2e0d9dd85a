"""MLP: all samples of a window at once, through eight linear layers.

(channel, time) -> (channel x time) -> `width` and ReLU, seven times -> (class,). Its source calls it simple
and eight layers deep, and says no more: the width, the ReLU and the start of the weights are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from kodo.models.blocks import channel_count, check_length, check_same_length
from kodo.models.mlp_mixer import HASEGAWA
from kodo.models.model import Model
from kodo.space import SHARE, Linear, Log, setting

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel


@dataclass(frozen=True)
class MLPParameters:
    """The size of an MLP."""

    depth: int = setting(8, "linear layers, the last one included", Linear(2, 12))
    width: int = setting(256, "units of every layer but the last", Log(32, 1024))
    dropout: float = setting(
        0.0, "share of units left out after each layer but the last", Linear(0.0, 0.6), allowed=SHARE
    )


class MLP(nn.Module):
    """Linear layers with ReLU between them.

    Args:
        channels: of the input.
        length: of the windows (samples).
        classes: of the output.
        parameters: see `MLPParameters`.
    """

    def __init__(self, channels: int, length: int, classes: int, parameters: MLPParameters) -> None:
        super().__init__()
        self.length = length
        sizes = [channels * length, *[parameters.width] * (parameters.depth - 1)]
        self.layers = nn.ModuleList(_layer(before, after) for before, after in pairwise(sizes))
        self.dropout = nn.Dropout(parameters.dropout)
        self.head = nn.Linear(sizes[-1], classes)

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) of the one length it was built for -> logits (window, class)."""
        check_same_length("mlp", signal, self.length)
        hidden = signal.flatten(1)
        for layer in self.layers:
            hidden = self.dropout(torch.relu(layer(hidden)))
        logits: Tensor = self.head(hidden)
        return logits


def _layer(before: int, after: int) -> nn.Linear:
    """A linear layer that keeps the size of a signal which a ReLU halves next; torch's start shrinks it."""
    layer = nn.Linear(before, after)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return layer


def build(
    channels: Sequence[Channel] | int, length: int, rate: float, classes: int, parameters: MLPParameters
) -> MLP:
    """Build an MLP.

    Args:
        channels: what is measured, or how many channels there are.
        length: of the windows (samples).
        rate: samples per second (Hz); not used.
        classes: of the output.
        parameters: see `MLPParameters`.

    Raises:
        KodoError: windows of no samples.
    """
    check_length("mlp", length, 1)
    return MLP(channel_count(channels), length, classes, parameters)


MLP_PLAIN = Model(
    name="mlp",
    says="Eight linear layers over all samples at once: what there is without any structure.",
    build=build,
    parameters=MLPParameters,
    source=f"{HASEGAWA}; its weights start as in He, Zhang, Ren and Sun, Delving Deep into Rectifiers, "
    "ICCV 2015, section 2.2",
)
