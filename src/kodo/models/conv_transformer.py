"""The IMU Transformer: pointwise convolutions in front of a Transformer encoder with a class token.

Shavit and Klein, Boosting Inertial-Based Human Activity Recognition With Transformers, IEEE Access 2021,
section III. T = samples / `patch_size`:

1. four pointwise convolutions, each with GELU: (channel, time) -> (T, hidden_ch); written as dense layers on
   every sample, which is the same. With `patch_size` above 1 the first one is as wide as its stride, and
   zeros fill the last patch where it does not divide the window.
2. tokens: the samples, (T, hidden_ch), or the filters, (hidden_ch, T); where a token has not `dim` numbers
   already, a linear layer without bias gives it as many: (token, dim)
3. class token and position table: (1 + token, dim), then `depth` pre-norm blocks (`attention.py`)
4. layer normalisation of the class token and a linear layer: (class,)

The authors' encoder normalises after each part and their head has a second dense layer; before each part and
one layer are what Nakagawa runs. In Nakagawa's published code of `playbook-best` the tokens are the filters,
each embedded with all its samples: 8 tokens and the class token. The articles do not say so. The code begins
with class token and position table of deviation 1, and has no bias before queries, keys and values.

Presets carry the training of their sources. The articles have no validation people: their text follows
accuracy, their code the training loss (that of `playbook-best` only after the first `period`), where we
follow `validation_macro_f1` from the first epoch on. The code of `optuna-best` could not be seen. A later
article (Implement-Transformer2) says that it stopped at the first rise of the training loss: too soon for a
validation score, so that the preset waits for the five falls of the articles after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from torch import Tensor, nn

from kodo.models.attention import Encoder, EncoderParameters
from kodo.models.blocks import channel_count, check_length, check_same_length
from kodo.models.model import Model, Preset
from kodo.models.patch import patch_count, patches
from kodo.space import Choices, Log, setting

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel

CONVOLUTIONS = 4

SMALLEST = 2


@dataclass(frozen=True)
class ConvTransformerParameters(EncoderParameters):
    """The size of an IMU Transformer; the defaults are ours: small."""

    hidden_ch: int = setting(32, "filters of the pointwise convolutions", Log(3, 256))
    patch_size: int = setting(
        1, "samples that the first convolution takes at once", Choices((1, 2, 4, 5, 8, 10))
    )
    tokens: Literal["samples", "filters"] = setting(
        "samples",
        "what a token is: all filters of one sample, or all samples of one filter",
        Choices(("samples", "filters")),
    )


class ConvTransformer(nn.Module):
    """Pointwise convolutions, a Transformer encoder, one linear layer.

    Args:
        channels: of the input.
        length: of the windows (samples).
        classes: of the output.
        parameters: see `ConvTransformerParameters`.
    """

    def __init__(
        self, channels: int, length: int, classes: int, parameters: ConvTransformerParameters
    ) -> None:
        super().__init__()
        self.length = length
        self.patch_size = parameters.patch_size
        self.transposed = parameters.tokens == "filters"
        count, width = patch_count(length, self.patch_size), parameters.hidden_ch
        widths = [channels * self.patch_size] + [width] * CONVOLUTIONS
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            dense = nn.Linear(before, after)
            # As the authors do; from torch's own start four layers leave 1 % of the signal, and nothing is
            # learned for dozens of steps.
            nn.init.xavier_uniform_(dense.weight)
            layers += [dense, nn.GELU()]
        self.stem = nn.Sequential(*layers)
        if self.transposed:
            count, width = width, count
        same = width == parameters.dim
        self.embedding = nn.Identity() if same else nn.Linear(width, parameters.dim, bias=False)
        self.encoder = Encoder(count, parameters)
        self.head = nn.Linear(parameters.dim, classes)

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) of the one length it was built for -> logits (window, class)."""
        check_same_length("conv_transformer", signal, self.length)
        tokens = self.stem(patches(signal, self.patch_size))
        if self.transposed:
            tokens = tokens.transpose(1, 2)
        logits: Tensor = self.head(self.encoder(self.embedding(tokens)))
        return logits


def build(
    channels: Sequence[Channel] | int,
    length: int,
    rate: float,
    classes: int,
    parameters: ConvTransformerParameters,
) -> ConvTransformer:
    """Build an IMU Transformer.

    Args:
        channels: what is measured, or how many channels there are.
        length: of the windows (samples).
        rate: samples per second (Hz); not used.
        classes: of the output.
        parameters: see `ConvTransformerParameters`.

    Raises:
        KodoError: the windows have one sample, so that there is nothing to look at.
    """
    check_length("conv_transformer", length, SMALLEST)
    return ConvTransformer(channel_count(channels), length, classes, parameters)


IMU: dict[str, Any] = {
    "hidden_ch": 64, "dim": 64, "depth": 6, "heads": 8, "dim_head": 8, "mlp_dim": 128, "dropout": 0.1
}  # fmt: skip

# The authors halve the rate every third epoch; the cosine ends where their eighth epoch does.
IMU_TRAINING: dict[str, Any] = {
    "epochs": 8, "batch": 128, "optimiser": "adam", "rate": 1e-4, "weight_decay": 1e-4, "eps": 1e-10,
    "schedule": {"form": "cosine", "every": "epoch", "warmup": 0.0, "floor": 2.5e-5},
    "class_weights": "none", "patience": 0,
}  # fmt: skip

OPTUNA_TRAINING: dict[str, Any] = {
    "epochs": 200, "batch": 64, "optimiser": "adam", "rate": 1e-4, "weight_decay": 0.0,
    "schedule": {"form": "constant", "warmup": 0.0},
    "class_weights": "none", "patience": 5, "rule": "consecutive",
}  # fmt: skip

PLAYBOOK_TRAINING: dict[str, Any] = {
    "epochs": 500, "batch": 128, "optimiser": "adam", "rate": 1e-5, "weight_decay": 0.0,
    "betas": (0.9, 0.999), "eps": 1e-8,
    "schedule": {
        "form": "cosine", "every": "epoch", "warmup": 0.0, "period": 50.0, "after": "repeat", "floor": 1e-6,
    },
    "class_weights": "none", "patience": 5, "rule": "consecutive",
}  # fmt: skip

CONV_TRANSFORMER = Model(
    name="conv_transformer",
    says="Pointwise convolutions in front of a Transformer encoder: the IMU Transformer.",
    build=build,
    parameters=ConvTransformerParameters,
    presets={
        "imu": Preset(
            IMU,
            IMU_TRAINING,
            says="the IMU paper's d 64, L 6, 8 heads; mlp_dim and training from the authors' config.json, "
            "but with a cosine for their steps",
        ),
        "patched": Preset(
            IMU | {"patch_size": 10}, IMU_TRAINING, says="imu on patches of 10 samples: ours, for speed"
        ),
        "dim256": Preset(
            IMU | {"hidden_ch": 256, "dim": 256, "dim_head": 32},
            IMU_TRAINING,
            says="imu with 256 numbers a token: Kim et al., Sensors 2022, 22(10) 3932, section 4.2.2",
        ),
        "optuna-best": Preset(
            {"hidden_ch": 15, "dim": 15, "depth": 3, "heads": 3, "dim_head": 64, "mlp_dim": 1024,
             "dropout": 0.01, "emb_dropout": 0.01},
            OPTUNA_TRAINING,
            says="best of 1,000 trials: Nakagawa, Implement-Transformer1; Adam at 1e-4 for at most 200 "
            "epochs, the rule of stopping and 64 numbers a head from his later code",
        ),
        "playbook-best": Preset(
            {"hidden_ch": 8, "dim": 1024, "depth": 3, "heads": 6, "dim_head": 64, "mlp_dim": 256,
             "dropout": 0.001, "emb_dropout": 0.001, "tokens": "filters"},
            PLAYBOOK_TRAINING,
            says="where accuracy was high: Nakagawa, Implement-Transformer3, last table; tokens and 64 "
            "numbers a head from the author's code",
        ),
    },
    smallest=SMALLEST,
    source="Shavit and Klein, Boosting Inertial-Based Human Activity Recognition With Transformers, "
    "IEEE Access 9 (2021), section III",
)  # fmt: skip
