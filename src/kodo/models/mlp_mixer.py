"""MLP-Mixer along time, and MLP-Patch, the same network without the transposition.

A window (channel, time) is cut into patches; one linear layer turns each into `dim` numbers, a token. Every
layer then lets two MLPs add to the tokens (patch, dim): the first looks across the patches, one of the `dim`
numbers at a time, the second across the numbers, one patch at a time. Layer normalisation, the mean over the
patches and a linear layer follow.

1. patches: (channel, time) -> (patch, channel x size) -> (patch, dim)
2. `depth` times: tokens + MLP(LayerNorm(tokens) transposed) transposed, tokens + MLP(LayerNorm(tokens));
   an MLP is linear, GELU, linear, with `token_dim` and `channel_dim` units in the middle
3. LayerNorm, mean over patches: (dim,), linear: (class,)

The paper cuts images into squares, and starts with a last layer of zeros; here that layer starts as torch's
do. Zeros fill the last patch where patches do not divide the window, and one patch holds a shorter window.

MLP-Patch is described by one phrase of its source, the Mixer without the transposition. We read it so: the
first MLP, still with `token_dim` units in the middle, acts on the numbers of each patch like the second one,
so that patches meet nowhere but in the mean.

The source's windows are 3 x 256 accelerations of HASC. Its figure 2 compares ten runs of each network after
the search of figure 1 (our preset `best`) on validation people: 87.8 % mean and 87.6 % median for the Mixer,
89.7 % median for its VGG.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor, nn

from kodo.models.blocks import channel_count, check_length, check_same_length
from kodo.models.model import Model, Preset
from kodo.models.patch import patch_count, patches
from kodo.space import SHARE, Choices, Linear, Log, setting

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel


@dataclass(frozen=True)
class MLPMixerParameters:
    """The size of an MLP-Mixer or MLP-Patch."""

    depth: int = setting(6, "layers, each of two MLPs", Linear(1, 12))
    dim: int = setting(32, "numbers that a patch becomes", Log(8, 256))
    patch_size: int = setting(32, "samples of a patch", Choices((4, 8, 16, 32, 64)))
    token_dim: int = setting(128, "units in the middle of the first MLP, across patches", Log(16, 512))
    channel_dim: int = setting(512, "units in the middle of the second MLP, inside a patch", Log(16, 1024))
    dropout: float = setting(
        0.0, "share of units left out in the middle of each MLP", Linear(0.0, 0.6), allowed=SHARE
    )


class MixerLayer(nn.Module):
    """Two MLPs that add to the tokens, each after a layer normalisation.

    Args:
        tokens: number of patches that the first MLP looks across; 0 = none, it looks inside each patch.
        parameters: see `MLPMixerParameters`.
    """

    def __init__(self, tokens: int, parameters: MLPMixerParameters) -> None:
        super().__init__()
        self.transposed = tokens > 0
        self.normalise_first = nn.LayerNorm(parameters.dim)
        self.first = _mlp(tokens or parameters.dim, parameters.token_dim, parameters.dropout)
        self.normalise_second = nn.LayerNorm(parameters.dim)
        self.second = _mlp(parameters.dim, parameters.channel_dim, parameters.dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """(window, patch, dim) -> the same shape."""
        normal = self.normalise_first(tokens)
        if self.transposed:
            tokens = tokens + self.first(normal.transpose(1, 2)).transpose(1, 2)
        else:
            tokens = tokens + self.first(normal)
        mixed: Tensor = tokens + self.second(self.normalise_second(tokens))
        return mixed


class MLPMixer(nn.Module):
    """Patches, layers of two MLPs, the mean over patches, one linear layer.

    Args:
        channels: of the input.
        length: of the windows (samples).
        classes: of the output.
        parameters: see `MLPMixerParameters`.
        transposed: False gives MLP-Patch, whose MLPs both look inside patches.
    """

    def __init__(
        self,
        channels: int,
        length: int,
        classes: int,
        parameters: MLPMixerParameters,
        transposed: bool = True,
    ) -> None:
        super().__init__()
        self.length = length if transposed else None
        self.patch_size = parameters.patch_size
        tokens = patch_count(length, parameters.patch_size)
        self.embed = nn.Linear(channels * parameters.patch_size, parameters.dim)
        self.layers = nn.Sequential(
            *(MixerLayer(tokens if transposed else 0, parameters) for _ in range(parameters.depth))
        )
        self.normalise = nn.LayerNorm(parameters.dim)
        self.head = nn.Linear(parameters.dim, classes)

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) -> logits (window, class); all windows are of one length, without mask."""
        if self.length is not None:
            check_same_length("mlp_mixer", signal, self.length)
        tokens = self.layers(self.embed(patches(signal, self.patch_size)))
        logits: Tensor = self.head(self.normalise(tokens).mean(dim=1))
        return logits


def _mlp(size: int, hidden: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Linear(size, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, size))


def build(
    channels: Sequence[Channel] | int, length: int, rate: float, classes: int, parameters: MLPMixerParameters
) -> MLPMixer:
    """Build an MLP-Mixer.

    Args:
        channels: what is measured, or how many channels there are.
        length: of the windows (samples).
        rate: samples per second (Hz); not used.
        classes: of the output.
        parameters: see `MLPMixerParameters`.

    Raises:
        KodoError: windows of no samples.
    """
    check_length("mlp_mixer", length, 1)
    return MLPMixer(channel_count(channels), length, classes, parameters)


def build_patch(
    channels: Sequence[Channel] | int, length: int, rate: float, classes: int, parameters: MLPMixerParameters
) -> MLPMixer:
    """Build an MLP-Patch: as `build`, without the transposition."""
    check_length("mlp_patch", length, 1)
    return MLPMixer(channel_count(channels), length, classes, parameters, transposed=False)


PRESETS = {
    "best": Preset(
        {"depth": 2, "dim": 64, "patch_size": 32, "token_dim": 32, "channel_dim": 512},
        says="best of the search on HASC, one parameter at a time (Hasegawa, section 3 and figure 1)",
    ),
}

HASEGAWA = "Hasegawa, 大規模計算機なしで戦う深層学習研究, section 3 and figures 1 and 2"
"""Where both were tried on activities; the text gives no year, and cites nothing later than 2021."""

MLP_MIXER = Model(
    name="mlp_mixer",
    says="Linear layers across patches and inside them in turn: a network without convolution or attention.",
    build=build,
    parameters=MLPMixerParameters,
    presets=PRESETS,
    source="Tolstikhin and others, MLP-Mixer: An all-MLP Architecture for Vision, NeurIPS 2021, section 2 "
    f"and figure 1; along time: {HASEGAWA}",
)

MLP_PATCH = Model(
    name="mlp_patch",
    says="MLP-Mixer without its transposition: patches meet in their mean alone.",
    build=build_patch,
    parameters=MLPMixerParameters,
    presets=PRESETS,
    source=f"{HASEGAWA}; after Tolstikhin and others, MLP-Mixer, NeurIPS 2021",
)
