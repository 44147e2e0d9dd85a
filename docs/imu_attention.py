"""Is `conv_transformer:imu` as good as on torch's own encoder? `KODO_DATA=... python docs/imu_attention.py`.

Torch drops attention weights and what attention gives, ours what attention gives alone; and torch's encoder
begins with the same weights in all its layers, ours with others in each, drawn otherwise. Both are trained
in turn on the five folds of `watch` at 25 Hz; prints the score over people, the paired difference with its
interval, and the training speeds. About half an hour on one core.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

import kodo
from kodo.datasets.recording import Channel
from kodo.evaluation.compare import compare
from kodo.evaluation.protocol import PROTOCOLS, Folding
from kodo.evaluation.score import per_person, score
from kodo.models.attention import Encoder
from kodo.models.conv_transformer import CONV_TRANSFORMER, ConvTransformer, ConvTransformerParameters
from kodo.models.conv_transformer import build as ours
from kodo.models.model import Model, parameters, preset
from kodo.training.device import one_thread
from kodo.training.gradient import GradientSettings, train
from kodo.training.schedule import Schedule
from kodo.training.trainer import Recipe, silent
from kodo.windows.cut import Windows
from kodo.windows.prepare import DEFAULT_PREPARE
from kodo.windows.signal import Resample

FOLDS = 5


class TorchEncoder(nn.Module):
    """Torch's encoder between the class token and the last normalisation of ours.

    Args:
        encoder: ours, whose token, table and normalisation are kept.
        size: of the blocks.
    """

    def __init__(self, encoder: Encoder, size: ConvTransformerParameters) -> None:
        super().__init__()
        self.first, self.position, self.normalise = encoder.first, encoder.position, encoder.normalise
        block = nn.TransformerEncoderLayer(
            size.dim, size.heads, size.mlp_dim, size.dropout, "gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(block, size.depth, enable_nested_tensor=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """(window, token, dim) -> (window, dim)."""
        tokens = torch.cat([self.first.expand(len(tokens), -1, -1), tokens], dim=1) + self.position
        summary: Tensor = self.normalise(self.blocks(tokens)[:, 0])
        return summary


def on_torch(
    channels: Sequence[Channel], length: int, rate: float, classes: int, size: ConvTransformerParameters
) -> ConvTransformer:
    """The same network with torch's encoder."""
    network = ours(channels, length, rate, classes, size)
    network.encoder = TorchEncoder(network.encoder, size)
    return network


def tested(model: Model, seen: Windows, fold: int) -> tuple[np.ndarray, float]:
    """Macro-F1 of the people of one fold (NaN: not tested there), and training windows per second.

    Args:
        model: ours, or with torch's encoder.
        seen: all windows.
        fold: of five.
    """
    division = PROTOCOLS.get("kfold").fold(seen, fold, Folding(folds=FOLDS))
    chosen = preset(CONV_TRANSFORMER, "imu")
    settings = GradientSettings(**{**chosen.train, "schedule": Schedule(**chosen.train["schedule"])})
    recipe = Recipe(model, parameters(model, chosen.model), DEFAULT_PREPARE, settings, seed=fold)
    began = time.process_time()
    fitted = train(recipe, seen, division, silent)
    speed = settings.epochs * len(division.train) / (time.process_time() - began)
    said = fitted.log_probabilities(seen, division.test).argmax(1)
    label, subject = seen.label[division.test], seen.subject[division.test]
    return per_person("macro_f1", label, said, subject, len(seen.activities), len(seen.subjects)), speed


def main() -> None:
    """Print both, and how they differ."""
    seen = kodo.cut(kodo.load("watch"), seconds=3.0, overlap=0.5, steps=(Resample(25.0),))
    models = {"imu": CONV_TRANSFORMER, "imu on torch": replace(CONV_TRANSFORMER, build=on_torch)}
    found = {}
    for name, model in models.items():
        folds = [tested(model, seen, fold) for fold in range(FOLDS)]
        people = np.nanmax([scores for scores, _ in folds], axis=0)
        found[name] = score("macro_f1", people, seen.subjects)
        speed = np.median([speed for _, speed in folds])
        print(f"{name:14} macro-F1 {found[name].mean:.3f}  {speed:.0f} training windows/s", flush=True)
    print(f"imu against imu on torch: {compare(*found.values()).sentence}")
    difference = compare(*found.values()).interval
    print(f"difference {difference.text(3)}")


if __name__ == "__main__":
    with one_thread():
        main()
