"""What befalls recordings in the field: a slower sensor, one worn turned, a wrong unit, lost samples."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import Channel, Recording, sensors
from kodo.datasets.resample import resample
from kodo.units import STANDARD_GRAVITY

Signal = NDArray[np.float32]

VERSION = 1
"""Raised by hand when the alterations change, so that answers to others are not taken for them."""

TURNED = ("acceleration", "rotation_rate", "magnetic_field")
"""Quantities that are vectors in the frame of their device."""

LOST = 0.1
"""Share of samples that `dropped` loses."""


@dataclass(frozen=True)
class Alteration:
    """A change to recordings, and what it stands for.

    Args:
        name: in a table.
        says: what is done, in a phrase.
        alter: gives the changed signal (time, channel) of a recording, as long as before.
    """

    name: str
    says: str
    alter: Callable[[Recording], Signal]


def alterations(channels: Sequence[Channel]) -> tuple[Alteration, ...]:
    """The alterations that recordings of these channels can suffer.

    Args:
        channels: as measured.
    """
    made = [Alteration("rate halved", "resampled to half its rate and back", halved)]
    if triples(channels):
        for degrees, turns in ((90, 1), (180, 2)):
            says = f"every tri-axial sensor turned by {degrees}° about its z axis, all together"
            made.append(Alteration(f"turned by {degrees}°", says, partial(turned, turns=turns)))
    if any(channel.quantity == "acceleration" for channel in channels):
        says = "acceleration times 9.80665 (m/s² given for g), divided by it where it is in m/s²"
        made.append(Alteration("wrong unit", says, wrong_unit))
    says = f"{100 * LOST:.0f} % of the samples not measured, drawn at random, all channels at once"
    made.append(Alteration(f"{100 * LOST:.0f} % of samples lost", says, dropped))
    groups = sensors(channels)
    for group in groups if len(groups) > 1 else []:
        first = channels[group[0]]
        name = " ".join(filter(None, (first.place, first.quantity.replace("_", " "), first.device)))
        says = "nothing of this sensor measured"
        made.append(Alteration(f"{name} missing", says, partial(without, sensor=_sensor(first))))
    return tuple(made)


def halved(recording: Recording) -> Signal:
    """What a sensor of half the rate would have given, at the old rate again.

    Args:
        recording: any.
    """
    slow = resample(resample(recording, recording.rate / 2), recording.rate).signal
    # Of an even number of samples the last one lies behind the last slow one.
    return np.pad(slow, ((0, 1), (0, 0)), mode="edge")[: len(recording.signal)]


def turned(recording: Recording, turns: int) -> Signal:
    """As if the device had been worn turned about its z axis: x becomes y, y becomes -x at a quarter turn.

    Args:
        recording: any; only sensors with the axes x, y and z are turned.
        turns: quarter turns.
    """
    signal = np.array(recording.signal)
    for x, y, _ in triples(recording.channels):
        for _ in range(turns):
            signal[:, [x, y]] = np.column_stack([-signal[:, y], signal[:, x]])
    return signal


def wrong_unit(recording: Recording) -> Signal:
    """Acceleration in m/s² where g is expected, or the other way round.

    Args:
        recording: any.
    """
    factors = np.ones(len(recording.channels), np.float32)
    for place, channel in enumerate(recording.channels):
        if channel.quantity == "acceleration":
            factors[place] = 1 / STANDARD_GRAVITY if channel.unit == "m/s²" else STANDARD_GRAVITY
    return recording.signal * factors


def dropped(recording: Recording, share: float = LOST, seed: int = 0) -> Signal:
    """Samples that were never received, as not measured.

    Args:
        recording: any; its name decides, with the seed, which samples.
        share: of all samples.
        seed: of the draw.
    """
    signal = np.array(recording.signal)
    random = np.random.default_rng([seed, zlib.crc32(recording.name.encode())])
    signal[random.random(len(signal)) < share] = np.nan
    return signal


def without(recording: Recording, sensor: tuple[str, str, str]) -> Signal:
    """A sensor that failed: nothing of it measured, so that the recipe's step `missing` decides.

    Args:
        recording: any.
        sensor: quantity, place and device.
    """
    signal = np.array(recording.signal)
    signal[:, [_sensor(channel) == sensor for channel in recording.channels]] = np.nan
    return signal


def triples(channels: Sequence[Channel]) -> list[tuple[int, int, int]]:
    """Positions of x, y, z of every sensor that can be turned.

    Args:
        channels: of a recording.
    """
    made = []
    for group in sensors(channels):
        axes = {channels[place].axis: place for place in group}
        if channels[group[0]].quantity in TURNED and len(group) == 3 and set(axes) == set("xyz"):
            made.append((axes["x"], axes["y"], axes["z"]))
    return made


def _sensor(channel: Channel) -> tuple[str, str, str]:
    return channel.quantity, channel.place, channel.device
