"""The Conformer: attention for what is far, a convolution for what is near, between two half dense steps.

Gulati et al., Conformer: Convolution-augmented Transformer for Speech Recognition, Interspeech 2020, sections
2.1 to 2.4, for activities as in Kim et al., Inertial-Measurement-Unit-Based Novel Human Activity Recognition
Algorithm Using Conformer, Sensors 2022, 22(10) 3932:

1. patches and a linear layer: (channel, time) -> (patch, dim), plus a learned position table; zeros fill the
   last patch where patches do not divide the window
2. `depth` blocks, each adding half a feed-forward, attention, a convolution module, half a feed-forward, each
   behind a layer normalisation; a layer normalisation ends the block
3. mean over the patches and a linear layer: (class,)

A convolution module is a dense layer with a gate (2 dim -> dim), a depthwise convolution over the patches,
batch normalisation, SiLU, a dense layer. Ours are the position table (theirs is sinusoidal and relative), the
odd kernel, and the mean at the end, since we could not verify how Kim et al. aggregate. Neither could we see
their table of settings itself: preset `kim` has it as Nakagawa's summary of the paper (Survey-CaseStudy4)
quotes it. That table says 8 blocks, its commentary 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import glu, silu

from kodo.errors import KodoError
from kodo.models.attention import SMALL, Attention, FeedForward
from kodo.models.blocks import channel_count, check_length, check_same_length
from kodo.models.model import Model, Preset
from kodo.models.patch import patch_count, patches
from kodo.space import SHARE, Choices, Linear, Log, setting

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel

SMALLEST = 2


@dataclass(frozen=True)
class ConformerParameters:
    """The size of a Conformer; the defaults are ours."""

    patch_size: int = setting(4, "samples of a patch", Choices((1, 2, 4, 5, 8)))
    dim: int = setting(32, "numbers that a patch becomes", Log(16, 256))
    depth: int = setting(2, "blocks", Linear(1, 8))
    heads: int = setting(4, "attention heads", Linear(1, 16))
    dim_head: int = setting(8, "numbers that a head looks at", Choices((8, 16, 32, 64)))
    expansion: int = setting(2, "units in the middle of a feed-forward, as a multiple of dim", Linear(1, 4))
    kernel: int = setting(15, "width of the depthwise convolution, patches, odd", Choices((7, 15, 31)))
    dropout: float = setting(
        0.1, "share left out behind each part of a block", Linear(0.0, 0.6), allowed=SHARE
    )


class ConvolutionModule(nn.Module):
    """What is near: a gate, a depthwise convolution over the tokens, batch normalisation, SiLU.

    Args:
        dim: numbers of a token.
        kernel: width in tokens, odd.
        dropout: share of the output left out.

    Raises:
        KodoError: an even kernel, which would shift the tokens.
    """

    def __init__(self, dim: int, kernel: int, dropout: float) -> None:
        super().__init__()
        if kernel % 2 == 0:
            raise KodoError(f"conformer.kernel is an odd number of patches; got {kernel}.")
        self.gated = nn.Linear(dim, 2 * dim)
        # No bias: the normalisation adds one.
        self.depthwise = nn.Conv1d(dim, dim, kernel, padding=kernel // 2, groups=dim, bias=False)
        self.normalise = nn.BatchNorm1d(dim)
        self.outputs = nn.Linear(dim, dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """(window, token, dim) -> the same shape."""
        gated = glu(self.gated(tokens), dim=-1).transpose(1, 2)
        mixed = silu(self.normalise(self.depthwise(gated))).transpose(1, 2)
        output: Tensor = self.dropout(self.outputs(mixed))
        return output


class ConformerBlock(nn.Module):
    """Half a feed-forward, attention, convolution, half a feed-forward: each added to what came in.

    Args:
        parameters: see `ConformerParameters`.
    """

    def __init__(self, parameters: ConformerParameters) -> None:
        super().__init__()
        dim, dropout, hidden = parameters.dim, parameters.dropout, parameters.expansion * parameters.dim
        self.normalise = nn.ModuleList(nn.LayerNorm(dim) for _ in range(5))
        self.before = FeedForward(dim, hidden, dropout, nn.SiLU())
        self.attention = Attention(dim, parameters.heads, parameters.dim_head, dropout)
        self.convolution = ConvolutionModule(dim, parameters.kernel, dropout)
        self.after = FeedForward(dim, hidden, dropout, nn.SiLU())

    def forward(self, tokens: Tensor) -> Tensor:
        """(window, token, dim) -> the same shape."""
        before, attention, convolution, after, end = self.normalise
        tokens = tokens + 0.5 * self.before(before(tokens))
        tokens = tokens + self.attention(attention(tokens))
        tokens = tokens + self.convolution(convolution(tokens))
        tokens = tokens + 0.5 * self.after(after(tokens))
        output: Tensor = end(tokens)
        return output


class Conformer(nn.Module):
    """Patches, Conformer blocks, the mean, one linear layer.

    Args:
        channels: of the input.
        length: of the windows (samples).
        classes: of the output.
        parameters: see `ConformerParameters`.
    """

    def __init__(self, channels: int, length: int, classes: int, parameters: ConformerParameters) -> None:
        super().__init__()
        self.length = length
        self.patch_size = parameters.patch_size
        count = patch_count(length, self.patch_size)
        self.embedding = nn.Linear(channels * self.patch_size, parameters.dim)
        self.position = nn.Parameter(SMALL * torch.randn(1, count, parameters.dim))
        self.blocks = nn.Sequential(*(ConformerBlock(parameters) for _ in range(parameters.depth)))
        self.head = nn.Linear(parameters.dim, classes)

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) of the one length it was built for -> logits (window, class)."""
        check_same_length("conformer", signal, self.length)
        tokens = self.embedding(patches(signal, self.patch_size)) + self.position
        logits: Tensor = self.head(self.blocks(tokens).mean(dim=1))
        return logits


def build(
    channels: Sequence[Channel] | int, length: int, rate: float, classes: int, parameters: ConformerParameters
) -> Conformer:
    """Build a Conformer.

    Args:
        channels: what is measured, or how many channels there are.
        length: of the windows (samples).
        rate: samples per second (Hz); not used.
        classes: of the output.
        parameters: see `ConformerParameters`.

    Raises:
        KodoError: the windows have one sample, or the kernel is even.
    """
    check_length("conformer", length, SMALLEST)
    return Conformer(channel_count(channels), length, classes, parameters)


CONFORMER = Model(
    name="conformer",
    says="Attention for what is far and a convolution for what is near, block by block.",
    build=build,
    parameters=ConformerParameters,
    presets={
        "kim": Preset(
            {"patch_size": 1, "dim": 256, "depth": 8, "heads": 16, "dim_head": 16, "expansion": 2,
             "kernel": 31, "dropout": 0.1},
            {"batch": 8},
            says="the grid search of Kim et al., as Nakagawa's summary quotes it; kernel, heads' width and "
            "the rest of the training are ours",
        ),
    },
    smallest=SMALLEST,
    source="Gulati et al., Conformer, Interspeech 2020, section 2; for activities Kim et al., Sensors 2022, "
    "22(10) 3932",
)  # fmt: skip
