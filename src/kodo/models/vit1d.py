"""The Vision Transformer along time: patches of a window as tokens.

Dosovitskiy et al., An Image Is Worth 16x16 Words, ICLR 2021, section 3.1, on stretches of time instead of
squares:

1. patches: (channel, time) -> (patch, channel x size); zeros fill the last one where patches do not divide
   the window
2. a linear layer: (patch, dim); class token and position table: (1 + patch, dim)
3. `depth` pre-norm blocks (`attention.py`), layer normalisation of the class token, linear: (class,)

Nakagawa's published code of `playbook-best` also normalises every patch and every embedded patch
(`patch_norm`). The paper does not, nor do we elsewhere: normalised patches of somebody still and of somebody
running are equally large. What else differs from that code stands in `conv_transformer.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor, nn

from kodo.models.attention import Encoder, EncoderParameters
from kodo.models.blocks import channel_count, check_length, check_same_length
from kodo.models.conv_transformer import PLAYBOOK_TRAINING
from kodo.models.model import Model, Preset
from kodo.models.patch import patch_count, patches
from kodo.space import Choices, setting

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel

SMALLEST = 2


@dataclass(frozen=True)
class ViT1DParameters(EncoderParameters):
    """The size of a Vision Transformer along time; the defaults but `patch_size` are ours."""

    patch_size: int = setting(8, "samples of a patch", Choices((1, 2, 4, 5, 8, 16)))
    patch_norm: bool = setting(
        False,
        "a layer normalisation before and behind the linear layer of the patches",
        Choices((False, True)),
    )


class ViT1D(nn.Module):
    """Patches, a Transformer encoder, one linear layer.

    Args:
        channels: of the input.
        length: of the windows (samples).
        classes: of the output.
        parameters: see `ViT1DParameters`.
    """

    def __init__(self, channels: int, length: int, classes: int, parameters: ViT1DParameters) -> None:
        super().__init__()
        self.length = length
        self.patch_size = parameters.patch_size
        count = patch_count(length, self.patch_size)
        size, dim = channels * self.patch_size, parameters.dim
        self.embedding: nn.Module = nn.Linear(size, dim)
        if parameters.patch_norm:
            self.embedding = nn.Sequential(nn.LayerNorm(size), self.embedding, nn.LayerNorm(dim))
        self.encoder = Encoder(count, parameters)
        self.head = nn.Linear(parameters.dim, classes)

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) of the one length it was built for -> logits (window, class)."""
        check_same_length("vit1d", signal, self.length)
        tokens = self.embedding(patches(signal, self.patch_size))
        logits: Tensor = self.head(self.encoder(tokens))
        return logits


def build(
    channels: Sequence[Channel] | int, length: int, rate: float, classes: int, parameters: ViT1DParameters
) -> ViT1D:
    """Build a Vision Transformer along time.

    Args:
        channels: what is measured, or how many channels there are.
        length: of the windows (samples).
        rate: samples per second (Hz); not used.
        classes: of the output.
        parameters: see `ViT1DParameters`.

    Raises:
        KodoError: the windows have one sample, so that there is nothing to look at.
    """
    check_length("vit1d", length, SMALLEST)
    return ViT1D(channel_count(channels), length, classes, parameters)


VIT1D = Model(
    name="vit1d",
    says="Patches of a window as tokens of a Transformer encoder: the Vision Transformer along time.",
    build=build,
    parameters=ViT1DParameters,
    presets={
        "samples": Preset(
            {"patch_size": 1}, says="a token per sample: conv_transformer without its convolutions (ours)"
        ),
        "playbook-best": Preset(
            {"patch_size": 8, "dim": 256, "depth": 6, "heads": 10, "dim_head": 64, "mlp_dim": 2048,
             "dropout": 0.2, "emb_dropout": 0.4, "patch_norm": True},
            PLAYBOOK_TRAINING | {
                "betas": (0.99, 0.99), "schedule": PLAYBOOK_TRAINING["schedule"] | {"floor": 0.0}
            },
            says="where accuracy was high: Nakagawa, Implement-Transformer3, last table; normalised patches "
            "and 64 numbers a head from the author's code",
        ),
    },
    smallest=SMALLEST,
    source="Dosovitskiy et al., An Image Is Worth 16x16 Words, ICLR 2021, section 3.1, along time",
)  # fmt: skip
