"""What a person did, step by step through a whole recording, by a bundle."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.bundle.bundle import Bundle
from kodo.datasets.recording import Channel, Recording
from kodo.errors import KodoError
from kodo.files import replacing
from kodo.windows.step import SignalStep

RATE_TOLERANCE = 0.02
"""How far a recording's rate may lie from the bundle's, as a share of it."""

BATCH = 64
"""Windows that go through the graph at once."""


@dataclass(frozen=True, eq=False)
class Recognition:
    """What was recognised in one recording.

    Args:
        name: of the recording.
        activities: class names.
        rate: samples per second (Hz).
        samples: how long the recording is.
        start: (step,) int64, first sample of each window.
        stop: (step,) int64, sample after the last.
        probability: (step, class) float32.
        label: (step,) int16, position of the most probable activity.
    """

    name: str
    activities: tuple[str, ...]
    rate: float
    samples: int
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    probability: NDArray[np.float32]
    label: NDArray[np.int16]


def recognise(bundle: Bundle, recording: Recording, steps: Sequence[SignalStep] = ()) -> Recognition:
    """Recognise the activity at every step of a recording.

    Args:
        bundle: as `open_bundle` gives.
        recording: with the bundle's channels, units and rate.
        steps: the causal steps the bundle names, in its order; they run first.

    Returns:
        one step per hop of the bundle, on the grid of `kodo.windows.cut.slide`; one step in all where the
        bundle takes whole recordings, or where its model takes every length and the recording is short.

    Raises:
        KodoError: channels, units, rate or steps are not the bundle's, or the recording is too short.
    """
    _check_channels(bundle.channels, recording)
    _check_steps(bundle, steps)
    check_rate(bundle.rate, recording.rate, recording.name)
    for step in steps:
        recording = step(recording)
    start, length = _grid(bundle, recording)
    names = [channel.name for channel in recording.channels]
    signal = recording.signal[:, [names.index(name) for name in bundle.meta["inputs"]]]
    every = np.lib.stride_tricks.sliding_window_view(signal, length, axis=0)
    parts = [bundle.log_probabilities(every[start[i : i + BATCH]]) for i in range(0, len(start), BATCH)]
    probability = np.exp(np.concatenate(parts))
    return Recognition(
        recording.name,
        bundle.activities,
        recording.rate,
        len(recording.signal),
        start,
        start + length,
        probability,
        probability.argmax(axis=1).astype(np.int16),
    )


def write_csv(recognition: Recognition, path: Path) -> Path:
    """Write a timeline: one line per step with its seconds, activity and all probabilities.

    Args:
        recognition: what was recognised.
        path: of the CSV file; written whole or not at all.

    Raises:
        KodoError: it could not be written.
    """
    seconds = np.stack([recognition.start, recognition.stop], axis=1) / recognition.rate
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["start_s", "stop_s", "activity", "probability", *recognition.activities])
        for (start, stop), label, row in zip(
            seconds.tolist(), recognition.label.tolist(), recognition.probability.tolist(), strict=True
        ):
            numbers = [f"{value:.4f}" for value in (row[label], *row)]
            table.writerow([f"{start:.3f}", f"{stop:.3f}", recognition.activities[label], *numbers])
    return path


def check_rate(wanted: float, got: float, name: str) -> None:
    """Refuse a rate that is not the bundle's.

    Args:
        wanted: by the bundle (Hz).
        got: in the recording (Hz).
        name: of the recording.

    Raises:
        KodoError: they differ by more than RATE_TOLERANCE.
    """
    if not abs(got - wanted) <= RATE_TOLERANCE * wanted:
        raise KodoError(
            f"This bundle needs {wanted:g} Hz, {name} has {got:g} Hz: record at {wanted:g} Hz, "
            "or resample it first."
        )


def _check_channels(wanted: Sequence[Channel], recording: Recording) -> None:
    got = recording.channels
    for column, channel in enumerate(wanted, start=1):
        there = got[column - 1] if column <= len(got) else None
        if there is None or (there.name, there.unit) != (channel.name, channel.unit):
            found = "nothing" if there is None else _with_unit(there)
            raise KodoError(
                f"This bundle needs {_with_unit(channel)} as column {column}; {recording.name} has {found} "
                "there."
            )
    if len(got) > len(wanted):
        raise KodoError(
            f"This bundle needs {len(wanted)} channels; {recording.name} has {len(got)}, "
            f"{got[len(wanted)].name} is one too many."
        )


def _with_unit(channel: Channel) -> str:
    return f"{channel.name} in {channel.unit}" if channel.unit else channel.name


def _check_steps(bundle: Bundle, steps: Sequence[SignalStep]) -> None:
    wanted = bundle.meta["steps"]
    got = json.loads(json.dumps([step.key for step in steps]))
    if got != wanted:
        raise KodoError(
            f"{bundle.name} needs these steps before it: {json.dumps(wanted)}; got {json.dumps(got)}."
        )


def _grid(bundle: Bundle, recording: Recording) -> tuple[NDArray[np.int64], int]:
    """First sample of every window, and how many samples each has."""
    window, rows = bundle.meta["window"], len(recording.signal)
    whole = bundle.meta["lengths"] == "any" and (window["seconds"] is None or rows < window["samples"])
    needed = bundle.meta["smallest"] if whole else window["samples"]
    if rows < max(needed, 1):
        raise KodoError(
            f"{recording.name} lasts {rows / bundle.rate:.2f} s ({rows} samples), and this bundle needs at "
            f"least {needed / bundle.rate:.2f} s ({needed} samples)."
        )
    if whole:
        return np.zeros(1, np.int64), rows
    # The same expression as windows.cut: in exact time, then rounded up to a sample.
    hop = window["seconds"] * (1 - window["overlap"]) * bundle.rate
    count = int(np.floor((rows - needed) / hop + 1e-9)) + 1
    return np.ceil(np.arange(count) * hop - 1e-9).astype(np.int64), needed
