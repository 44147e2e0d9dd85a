"""The unit of work: one training of one model on one fold with one seed, and what it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from kodo.files import digest
from kodo.windows.cut import Cutting

NUMERICS = 1
"""Raised by hand when the same settings give other numbers than before."""


@dataclass(frozen=True)
class Fit:
    """Everything a fit depends on, resolved; equal fits leave equal records.

    Args:
        dataset: name.
        data: checksum of the recordings.
        channels: names kept; empty = all.
        activities: names kept; empty = all.
        steps: signal steps by name, with settings.
        cutting: how windows are cut.
        protocol: name.
        folding: its settings.
        fold: number of the fold, from 0.
        prepare: batch steps by name, with settings.
        model: as asked for ("vgg" or "vgg:wide").
        parameters: of the model, defaults included.
        train: settings of its trainer, defaults included.
        seed: of every random choice in the training.
        device: "cpu" or "cuda".
        precision: "float32" or "bfloat16".
        numerics: see NUMERICS.
    """

    dataset: str
    data: str
    channels: tuple[str, ...]
    activities: tuple[str, ...]
    steps: tuple[tuple[str, Mapping[str, Any]], ...]
    cutting: Cutting
    protocol: str
    folding: Mapping[str, Any]
    fold: int
    prepare: tuple[tuple[str, Mapping[str, Any]], ...]
    model: str
    parameters: Mapping[str, Any]
    train: Mapping[str, Any]
    seed: int
    device: str
    precision: str
    numerics: int = NUMERICS

    @property
    def key(self) -> str:
        """The same for equal settings on equal data, wherever they lie."""
        return digest(asdict(self))
