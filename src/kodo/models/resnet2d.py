"""ResNet for pictures, with torchvision's names, so that weights learned from photographs can be loaded.

The preset `source-004` follows an article whose author trained fastai 1's `cnn_learner` on grey pictures of
the accelerations of DSADS and reports an accuracy of 98.7 % after 13 epochs, on one picture in five drawn
at random: every person stood on both sides. What the article leaves to fastai is fastai's default here
(groups of layers, head, one cycle, betas, weight decay, batch). Unlike there, the first beta does not cycle
from 0.95 to 0.85 and back, the head begins as torch's layers do, shades are not rounded to 256, and
validation people choose the epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor, nn

from kodo.models.blocks import check_length
from kodo.models.model import Model, Preset
from kodo.models.weights import load_weights, read_weights
from kodo.space import NOT_NEGATIVE, SHARE, Choices, Linear, setting

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel

BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}
"""Residual blocks of each stage, by depth."""

WIDTHS = (64, 128, 256, 512)
"""Filters of each stage."""

SMALLEST = 32
"""The network halves the time five times; shorter windows would end as padding."""

HEAD = "fc"
"""First part of the names of the last layers, which are never taken from a file."""


@dataclass(frozen=True)
class ResNet2DParameters:
    """The size of a residual network on pictures, and what it begins with."""

    depth: Literal[18, 34] = setting(18, "layers with weights", Choices((18, 34)))
    pool: Literal["mean", "mean_max"] = setting(
        "mean",
        "what is kept of the last feature maps: their mean, or mean and maximum",
        Choices(("mean", "mean_max")),
    )
    hidden: int = setting(
        0,
        "units of a dense layer before the last; 0 = no such layer",
        Choices((0, 512)),
        allowed=NOT_NEGATIVE,
    )
    dropout: float = setting(
        0.0,
        "share of features left out before the last layer, half of it before the hidden one",
        Linear(0.0, 0.7),
        allowed=SHARE,
    )
    # No search: both follow from the file that the user has, or has not.
    weights: str = setting(
        "", "file with a resnet's state dict (.pth, .safetensors); empty = begin at random"
    )
    freeze: Literal["none", "last", "all"] = setting(
        "none", "what of the body stays as loaded: none, all but its last stage (last), or all of it"
    )


class BasicBlock(nn.Module):
    """Two convolutions of 3 x 3, and the picture itself beside them.

    Args:
        inputs: feature maps.
        outputs: feature maps.
        stride: pixels per output, in both directions.
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module | None = None
        if stride > 1 or inputs != outputs:
            shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(outputs))

    def forward(self, picture: Tensor) -> Tensor:
        """(window, map, row, column) -> (window, map, row / stride, column / stride)."""
        beside = picture if self.downsample is None else self.downsample(picture)
        hidden = torch.relu(self.bn1(self.conv1(picture)))
        return torch.relu(self.bn2(self.conv2(hidden)) + beside)


class ResNet(nn.Module):
    """ResNet 18 or 34 with the sizes and the names of torchvision, on pictures of any size.

    Unlike there, the maximum may stand beside the mean at the end, and a hidden layer before the last one.

    Args:
        colours: of the pictures.
        classes: of the output.
        parameters: see `ResNet2DParameters`; its weights are not read here.
    """

    def __init__(self, colours: int, classes: int, parameters: ResNet2DParameters) -> None:
        super().__init__()
        self.pool = parameters.pool
        self.conv1 = nn.Conv2d(colours, WIDTHS[0], 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTHS[0])
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        counts = BLOCKS[parameters.depth]
        self.layer1 = _stage(WIDTHS[0], WIDTHS[0], counts[0], stride=1)
        self.layer2 = _stage(WIDTHS[0], WIDTHS[1], counts[1], stride=2)
        self.layer3 = _stage(WIDTHS[1], WIDTHS[2], counts[2], stride=2)
        self.layer4 = _stage(WIDTHS[2], WIDTHS[3], counts[3], stride=2)
        features = WIDTHS[3] * (2 if parameters.pool == "mean_max" else 1)
        self.fc = _head(features, classes, parameters.hidden, parameters.dropout)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, picture: Tensor) -> Tensor:
        """(window, colour, row, column) -> logits (window, class)."""
        maps = self.maxpool(torch.relu(self.bn1(self.conv1(picture))))
        maps = self.layer4(self.layer3(self.layer2(self.layer1(maps))))
        kept = maps.mean(dim=(2, 3))
        if self.pool == "mean_max":
            kept = torch.cat([kept, maps.amax(dim=(2, 3))], dim=1)
        logits: Tensor = self.fc(kept)
        return logits


class SignalResNet(ResNet):
    """A ResNet that reads a window as a picture of one colour: a row per channel, time from left to right.

    The stem is the one for photographs: 15 rows x 125 columns end as 1 x 4, and one row as one.

    Args:
        classes: of the output.
        parameters: see `ResNet2DParameters`.

    Raises:
        KodoError: the weights cannot be read or do not fit.
    """

    def __init__(self, classes: int, parameters: ResNet2DParameters) -> None:
        super().__init__(1, classes, parameters)
        if parameters.weights:
            _begin(self, Path(parameters.weights))
        _freeze(self, parameters.freeze)

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) -> logits (window, class); the mask is not used."""
        return super().forward(signal[:, None])


def _stage(inputs: int, outputs: int, blocks: int, stride: int) -> nn.Sequential:
    rest = [BasicBlock(outputs, outputs, 1) for _ in range(blocks - 1)]
    return nn.Sequential(BasicBlock(inputs, outputs, stride), *rest)


def _head(features: int, classes: int, hidden: int, dropout: float) -> nn.Module:
    if not hidden:
        last = nn.Linear(features, classes)
        return nn.Sequential(nn.Dropout(dropout), last) if dropout else last
    return nn.Sequential(
        nn.BatchNorm1d(features),
        nn.Dropout(dropout / 2),
        nn.Linear(features, hidden),
        nn.ReLU(),
        nn.BatchNorm1d(hidden),
        nn.Dropout(dropout),
        nn.Linear(hidden, classes),
    )


def _begin(network: ResNet, path: Path) -> None:
    """Load the body; a first convolution for several colours is summed over them.

    The sum gives, for a grey picture, just what the file's network gives when all its colours show it.
    """
    weights = read_weights(path)
    first = weights.get("conv1.weight")
    if first is not None and first.dim() == 4:
        grey = first.float().sum(dim=1, keepdim=True)
        # What does not fit even so stays as it is: the message tells the file's shape.
        if grey.shape == network.conv1.weight.shape:
            weights["conv1.weight"] = grey
    load_weights("resnet2d", network, weights, path, fresh=(HEAD,))


def _freeze(network: ResNet, freeze: str) -> None:
    """Take the gradient from the body, or from all but its last stage.

    Normalisations go on learning, scale, shift and statistics, as in fastai (`train_bn`): those of
    photographs would not suit grey stripes.
    """
    if freeze == "none":
        return
    learning = (HEAD,) if freeze == "all" else (HEAD, "layer4")
    for name, part in network.named_children():
        for module in part.modules():
            if name not in learning and isinstance(module, nn.Conv2d):
                module.requires_grad_(False)


def notes(parameters: ResNet2DParameters) -> tuple[str, ...]:
    """What a user should know of a network that begins at random.

    Args:
        parameters: see `ResNet2DParameters`.
    """
    if parameters.weights:
        return ()
    said = "resnet2d is not pretrained: no file with weights was named (weights = 'resnet34.pth')"
    if parameters.freeze == "none":
        return (f"{said}, so that it learns from these windows alone.",)
    return (
        f"{said}, so that freeze = '{parameters.freeze}' keeps convolutions as they were drawn at random; "
        "name a file, or set freeze = 'none'.",
    )


def build(
    channels: Sequence[Channel] | int, length: int, rate: float, classes: int, parameters: ResNet2DParameters
) -> SignalResNet:
    """Build a residual network on pictures.

    Args:
        channels: not used: pictures may have any number of rows.
        length: of the windows (samples), the columns of the picture.
        rate: samples per second (Hz); not used.
        classes: of the output.
        parameters: see `ResNet2DParameters`.

    Raises:
        KodoError: windows that are too short, or weights that cannot be read or do not fit.
    """
    check_length("resnet2d", length, SMALLEST)
    return SignalResNet(classes, parameters)


BODY = ("conv1", "bn1", "layer1", "layer2")
"""The first of fastai's three groups of layers; the second is layer3 and layer4, the third the head."""

RESNET2D = Model(
    name="resnet2d",
    says="ResNet on windows as grey pictures; takes weights learned from photographs.",
    build=build,
    parameters=ResNet2DParameters,
    presets={
        "source-004": Preset(
            {"depth": 34, "pool": "mean_max", "hidden": 512, "dropout": 0.5, "freeze": "all"},
            {
                "epochs": 15,
                "batch": 64,
                "optimiser": "adamw",
                "rate": 1e-2,
                "rates": (*((name, 0.01) for name in BODY), ("layer3", 0.1), ("layer4", 0.1)),
                "schedule": {"form": "one_cycle"},
                "betas": (0.9, 0.99),
                "weight_decay": 1e-2,
                "class_weights": "none",
                "patience": 0,
            },
            says="Foray into deep learning: frozen ResNet 34 with fastai 1's head, one cycle of 15 epochs",
        ),
    },
    smallest=SMALLEST,
    source="He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, CVPR 2016, table 1 and "
    "section 3.3; on grey pictures as in Foray into deep learning: transfer learning and fast.ai, Towards "
    "Data Science, 2020",
    prepare=(("missing", {"policy": "zero"}), ("grey", {})),
    notes=notes,
)
