"""Made-up people of four activities, and an untrained network fitted to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from kodo.datasets.recording import Dataset, Recording, Recordings, gather, sensor
from kodo.training.network import FittedNetwork, Graph
from kodo.training.trainer import History
from kodo.windows.cut import Windows
from kodo.windows.prepare import DEFAULT_PREPARE, prepare

CHANNELS = (*sensor("acceleration", "wrist", "g"), *sensor("rotation_rate", "wrist", "deg/s"))
RATE = 25.0
RECIPE = {"model": "tiny", "lengths": "fixed", "smallest": 1, "people": 4, "seed": 0}


def _nothing(folder: Path) -> Iterator[Recording]:
    yield from ()


CARD = Dataset(
    name="made", title="Made-up people", activities=("sit", "walk", "run", "jump"), channels=CHANNELS,
    rate=RATE, window=2.0, population="made", licence="CC0", commercial=False, citation="@misc{made}",
    address="", folders=(), pattern="", read=_nothing,
)  # fmt: skip


def recording(seconds: float, number: int = 0, gaps: bool = False) -> Recording:
    """One person's recording: gravity along x, each activity with its own rhythm; gaps are NaN."""
    random = np.random.default_rng(number)
    samples = int(seconds * RATE)
    label = (np.arange(samples) * 4 // samples).astype(np.int16)
    time = np.arange(samples)[:, None] / RATE
    signal = np.sin(2 * np.pi * time * (1 + label[:, None])) * 0.1 * label[:, None]
    signal = signal + random.normal(scale=0.05, size=(samples, len(CHANNELS)))
    signal[:, 0] += 1
    signal[:, 3:] *= 100
    if gaps:
        signal[10:30, 1] = np.nan
        signal[60:70] = np.nan
    return Recording(
        "made", f"r{number}", f"p{number}", "1", RATE, CHANNELS, signal.astype(np.float32), label
    )


def recordings(lengths: Sequence[float] = (24, 20, 30, 24), gaps: bool = True) -> Recordings:
    return gather(CARD, [recording(s, n, gaps and n == 1) for n, s in enumerate(lengths)], "made-up")


def fitted(windows: Windows, network: nn.Module, masked: bool = False, **missing: str) -> FittedNetwork:
    """The network as the gradient trainer would give it, with the default batch steps."""
    steps = [(name, missing if name == "missing" and missing else s) for name, s in DEFAULT_PREPARE]
    graph = Graph(prepare(steps, windows, np.arange(len(windows))), network, masked)
    return FittedNetwork(graph.eval(), History(), "cpu")


class Tiny(nn.Module):
    """One convolution; takes windows of one length only."""

    def __init__(self, length: int, classes: int = 4) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.convolution = nn.Conv1d(len(CHANNELS), 4, 5, stride=5)
        self.head = nn.Linear(4 * (length // 5), classes)

    def forward(self, signal: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        logits: torch.Tensor = self.head(torch.relu(self.convolution(signal)).flatten(1))
        return logits
