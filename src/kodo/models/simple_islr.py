"""SimpleISLR: one linear layer per frame and the mean over time, for signs and gestures of unequal length.

(channel, time) -> linear and ReLU at each time (hidden, time) -> mean over time (hidden,) -> linear (class,).
A channel is one coordinate of one landmark. What was not seen is zero, as in the source. Landmarks are then
scaled by kodo's usual batch steps, but for the preset `source-002`, whose source leaves them as they are.

`pool = masked` is the mean over the frames of a sequence. `padded` is the source's mean over all frames of a
batch, its padding included: there a short sequence between long ones is not what it is alone, so that
probabilities of unequal sequences depend on their neighbours in the batch.

The source's run, on the ten most frequent words of GISLR with 543 landmarks of three coordinates: 64 hidden
units, batches of 32, Adam, 10 epochs, 15.0 % of the words of one signer, after the first epoch as after the
tenth. That signer is both its validation and its test people, which the author himself calls a shortcut; its
batches were never shuffled. Here they are, and people for validation and test differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor, nn

from kodo.models.blocks import channel_count, check_length, mean_pool, zero_padding
from kodo.models.model import Model, Preset
from kodo.space import Log, setting

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel

Pool = Literal["masked", "padded"]


@dataclass(frozen=True)
class SimpleISLRParameters:
    """The size of a SimpleISLR."""

    hidden: int = setting(64, "features per frame", Log(16, 512))
    # No search: with `padded` a probability depends on the sequences that happen to be beside it.
    pool: Pool = setting("masked", "mean over the frames of a sequence, or with its padding (padded)")


class SimpleISLR(nn.Module):
    """One layer per frame, the mean over time, one layer.

    Args:
        channels: of the input.
        classes: of the output.
        parameters: see `SimpleISLRParameters`.
    """

    def __init__(self, channels: int, classes: int, parameters: SimpleISLRParameters) -> None:
        super().__init__()
        self.masked = parameters.pool == "masked"
        self.linear = nn.Linear(channels, parameters.hidden)
        self.head = nn.Linear(parameters.hidden, classes)
        nn.init.normal_(self.head.weight, std=classes**-0.5)

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time), mask (window, time) -> logits (window, class)."""
        frames = zero_padding(signal, mask).transpose(1, 2)
        features = torch.relu(self.linear(frames)).transpose(1, 2)
        logits: Tensor = self.head(mean_pool(features, mask if self.masked else None))
        return logits


def build(
    channels: Sequence[Channel] | int,
    length: int,
    rate: float,
    classes: int,
    parameters: SimpleISLRParameters,
) -> SimpleISLR:
    """Build a SimpleISLR.

    Args:
        channels: what is measured, or how many channels there are.
        length: of the longest sequence (samples); any length from 1 is taken.
        rate: samples per second (Hz); not used.
        classes: of the output.
        parameters: see `SimpleISLRParameters`.

    Raises:
        KodoError: sequences of no samples.
    """
    check_length("simple_islr", length, 1)
    return SimpleISLR(channel_count(channels), classes, parameters)


SIMPLE_ISLR = Model(
    name="simple_islr",
    says="One layer per frame and the mean over time: the first network for signs and gestures.",
    build=build,
    parameters=SimpleISLRParameters,
    presets={
        "source-002": Preset(
            {"hidden": 64, "pool": "padded"},
            {
                "epochs": 10,
                "batch": 32,
                "optimiser": "adam",
                "rate": 1e-3,
                "weight_decay": 0.0,
                "schedule": {"form": "constant", "warmup": 0.0},
                "class_weights": "none",
                "patience": 0,
                "monitor": "validation_loss",
            },
            says="as trained on ten words of GISLR (Takayama, sections 5 to 8, rate of his notebook), but "
            "for the shuffling of batches",
            prepare=(("missing", {"policy": "zero"}),),
        ),
    },
    lengths="any",
    source="Takayama, 手話認識入門, part 2: a simple model of isolated signs in PyTorch, 2024, section 6",
)
