"""The most confused activities with real windows side by side: mistaken ones, and what they look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import Channel, sensors
from kodo.experiments.record import Record
from kodo.reports.drawing.figures import AXES, signals
from kodo.reports.sentences import one_in
from kodo.reports.tables import confused_pairs

SENSORS = 2
"""Sensors drawn at most; the first acceleration and rotation rate where there are any."""
EACH = 2
"""Windows drawn of each of the two activities."""
ROWS = 500
"""Most rows of one window in the data behind a picture."""


@dataclass(frozen=True)
class Window:
    """One drawn window.

    Args:
        title: what the person did, and what the model said.
        where: person, recording and time.
        picture: `<svg>`.
    """

    title: str
    where: str
    picture: str


@dataclass(frozen=True)
class Pair:
    """Two activities that a model takes for one another.

    Args:
        title: what is seen.
        windows: mistaken windows of the first activity, then right ones of the second.
        sensors: what is drawn, a line per panel.
        missing: what could not be drawn; else empty.
        data: the drawn samples, head first.
    """

    title: str
    windows: tuple[Window, ...]
    sensors: tuple[str, ...]
    missing: str
    data: Sequence[Sequence[object]]


def pairs(
    records: Sequence[Record], confusion: NDArray[np.float64], dataset: Mapping[str, Any]
) -> tuple[Pair, ...]:
    """The three most confused pairs with their signals.

    Args:
        records: of one model.
        confusion: (class, class) its test windows.
        dataset: of the run.
    """
    channels = [Channel(**channel) for channel in dataset["channels"]]
    drawn = drawn_sensors(channels)
    made = [
        _pair(number, records, confusion, pair, dataset, channels, drawn)
        for number, pair in enumerate(confused_pairs(confusion))
    ]
    return tuple(pair for pair in made if pair.windows)


def drawn_sensors(channels: Sequence[Channel]) -> list[list[int]]:
    """Positions of the channels that are drawn, a list per sensor.

    Args:
        channels: of the dataset.
    """
    wished = ("acceleration", "rotation_rate")
    groups = sensors(channels)
    order = sorted(groups, key=lambda g: wished.index(q) if (q := channels[g[0]].quantity) in wished else 9)
    firsts: dict[str, list[int]] = {}
    for group in order:
        firsts.setdefault(channels[group[0]].quantity, group)
    return [group[: len(AXES)] for group in list(firsts.values())[:SENSORS]]


def _pair(
    number: int, records: Sequence[Record], confusion: NDArray[np.float64], pair: tuple[int, int],
    dataset: Mapping[str, Any], channels: Sequence[Channel], drawn: list[list[int]],
) -> Pair:  # fmt: skip
    true, taken = pair
    names, rate, one = dataset["activities"], float(dataset["rate"]), dataset["subjects"][0]
    found = _examples(records, true, taken) + _examples(records, taken, taken)
    limits = vertical([signal for *_, signal in found], drawn)
    letters = ["".join(channels[i].axis for i in group) for group in drawn]
    windows, data = (
        [],
        [["window", one, "recording", "seconds", *(channels[i].name for g in drawn for i in g)]],
    )
    for place, (record, example, signal) in enumerate(found):
        examples = record.examples
        label, guess = int(examples.label[example]), int(examples.predicted[example])
        person, recording = str(examples.subject[example]), str(examples.recording[example])
        panels = [(text, signal[group]) for text, group in zip(letters, drawn, strict=True)]
        windows.append(
            Window(
                title=names[label] + (f", taken for {names[guess]}" if label != guess else ", recognised"),
                where=f"{one} {person}, recording {recording}, from {examples.start[example] / rate:.1f} s",
                picture=signals(panels, rate, limits, f"signal-{number}-{place}"),
            )
        )
        step = -(-signal.shape[1] // ROWS)
        for sample in range(0, signal.shape[1], step):
            values = [f"{signal[i, sample]:.4g}" for group in drawn for i in group]
            data.append([f"{place + 1}", person, recording, f"{sample / rate:.3f}", *values])
    count, total = confusion[true, taken], confusion[true].sum()
    lacking = 2 * EACH - len(found)
    return Pair(
        title=f"{names[true]} is taken for {names[taken]} in {one_in(count / total)} windows",
        windows=tuple(windows),
        sensors=tuple(named_sensor([channels[i] for i in group]) for group in drawn),
        missing=f"{lacking} of {2 * EACH} such windows were not kept with the run." if lacking else "",
        data=data,
    )


def _examples(
    records: Sequence[Record], label: int, predicted: int
) -> list[tuple[Record, int, NDArray[np.float32]]]:
    """Up to EACH kept windows, of different people where there are some; without the padding at their end."""
    found = []
    for record in records:
        examples = record.examples
        for place in np.flatnonzero((examples.label == label) & (examples.predicted == predicted)):
            signal = examples.signal[place]
            measured = np.flatnonzero(np.isfinite(signal).any(0))
            if len(measured):
                found.append((record, int(place), signal[:, : measured[-1] + 1]))
    firsts = {
        str(record.examples.subject[place]): i for i, (record, place, _) in reversed(list(enumerate(found)))
    }
    order = sorted(range(len(found)), key=lambda i: (i not in firsts.values(), i))
    return [found[i] for i in order[:EACH]]


def vertical(found: Sequence[NDArray[np.float32]], drawn: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """(sensor, 2) lowest and highest value of the vertical axis that pictures share.

    Args:
        found: (channel, time) each.
        drawn: the channels of each sensor.
    """
    limits = np.tile([-1.0, 1.0], (len(drawn), 1))
    for place, group in enumerate(drawn):
        values = np.concatenate(
            [signal[list(group)].ravel() for signal in found] or [np.zeros(0, np.float32)]
        )
        values = values[np.isfinite(values)]
        if len(values):
            low, high = float(values.min()), float(values.max())
            room = 0.05 * (high - low) or 0.5
            limits[place] = low - room, high + room
    return limits


def named_sensor(channels: Sequence[Channel]) -> str:
    """A sensor as a page names it: "wrist acceleration (x, y, z), g".

    Args:
        channels: of one sensor.
    """
    first = channels[0]
    unit = f", {first.unit}" if first.unit else ""
    axes = f" ({', '.join(c.axis for c in channels)})" if all(c.axis for c in channels) else ""
    return f"{first.place} {first.quantity.replace('_', ' ')}{axes}{unit}".strip()
