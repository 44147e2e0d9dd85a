"""Signal steps: what is done to a whole recording before it is cut (numpy and scipy only)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any, ClassVar, Literal, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from kodo.datasets import resample
from kodo.datasets.recording import Channel, Recording, Recordings
from kodo.datasets.store import kept
from kodo.errors import KodoError, near
from kodo.files import digest
from kodo.space import setting
from kodo.windows.filter import FilterState, filtered, started
from kodo.windows.landmarks import Normalise, Points, Velocity
from kodo.windows.step import Scope, Settings, SignalStep


def apply(steps: Sequence[SignalStep], recordings: Recordings) -> Recordings:
    """Apply signal steps, in order, to every recording; stored recordings keep the result in the store.

    Args:
        steps: none gives back the very same recordings.
        recordings: as loaded.
    """
    if not steps:
        return recordings
    checksum = digest([recordings.checksum, [step.key for step in steps]])
    return kept(recordings, checksum, lambda: (_stepped(steps, recording) for recording in recordings))


@dataclass(frozen=True)
class Resample(Settings):
    """Another sampling rate; see `kodo.datasets.resample.resample`.

    Args:
        rate: samples per second (Hz).
    """

    rate: float
    name: ClassVar[str] = "resample"
    version: ClassVar[int] = 2
    scope: ClassVar[Scope] = "recording"

    def __call__(self, recording: Recording) -> Recording:
        return resample.resample(recording, self.rate)


@dataclass(frozen=True)
class Lowpass(Settings):
    """Butterworth low-pass filter of every channel, with past samples only.

    Where nothing was measured the last seen value is held; before a channel's first value it stays NaN. The
    filter starts as if that first value had been there forever.

    Args:
        hz: where the power is halved (Hz), above 0 and below half the rate.
        order: of the filter, 1 to 12.
    """

    hz: float
    order: int = setting(4, "order of the Butterworth filter")
    name: ClassVar[str] = "lowpass"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "causal"

    def start(self, rate: float, channels: Sequence[Channel]) -> FilterState:
        """The state before the first sample of a signal with this rate (Hz) and these channels."""
        return started(self.name, self.hz, self.order, rate, range(len(channels)))

    def run(self, chunk: NDArray[np.float32], state: FilterState) -> tuple[NDArray[np.float32], FilterState]:
        """Filter the next samples (time, channel); gives them and the state after them."""
        low, _, state = filtered(chunk, state)
        return low.astype(np.float32), state

    def __call__(self, recording: Recording) -> Recording:
        signal, _ = self.run(recording.signal, self.start(recording.rate, recording.channels))
        return replace(recording, signal=signal)


@dataclass(frozen=True)
class Gravity(Settings):
    """Splits acceleration into gravity, which moves slowly, and what the body adds, with past samples only.

    Each acceleration channel becomes the body's part (`<name>_body`); gravity (`<name>_gravity`, a sensor of
    its own) is appended after all channels. Missing samples are held as in `Lowpass`.

    Source: Anguita et al., A Public Domain Dataset for Human Activity Recognition Using Smartphones, ESANN
    2013 (0.3 Hz, Butterworth, order 3).

    Args:
        hz: what is slower is gravity (Hz).
        order: of the filter, 1 to 12.
    """

    hz: float = setting(0.3, "what is slower is gravity, Hz")
    order: int = setting(3, "order of the Butterworth filter")
    name: ClassVar[str] = "gravity"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "causal"

    def start(self, rate: float, channels: Sequence[Channel]) -> FilterState:
        """The state before the first sample of a signal with this rate (Hz) and these channels."""
        columns = [i for i, channel in enumerate(channels) if channel.quantity == "acceleration"]
        if not columns:
            names = ", ".join(channel.name for channel in channels)
            raise KodoError(f"The signal step gravity needs a channel of acceleration; there are: {names}.")
        return started(self.name, self.hz, self.order, rate, columns)

    def run(self, chunk: NDArray[np.float32], state: FilterState) -> tuple[NDArray[np.float32], FilterState]:
        """Split the next samples (time, channel); gives (time, channel + gravity) and the state after."""
        low, held, after = filtered(chunk, state)
        split = np.concatenate([chunk, low.astype(np.float32)], axis=1)
        split[:, state.columns] = held - low
        return split, after

    def __call__(self, recording: Recording) -> Recording:
        signal, _ = self.run(recording.signal, self.start(recording.rate, recording.channels))
        return replace(recording, signal=signal, channels=_with_gravity(recording.channels))


Step = Resample | Lowpass | Gravity | Points | Normalise | Velocity

STEPS: Mapping[str, type[Step]] = {
    step.name: step for step in (Resample, Lowpass, Gravity, Points, Normalise, Velocity)
}
"""The signal steps by name."""


def steps(described: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[SignalStep, ...]:
    """Signal steps from their names and settings.

    Args:
        described: `[("lowpass", {"hz": 15.0}), ...]`, in order.

    Raises:
        KodoError: an unknown step or setting, a setting left out, or one of the wrong kind.
    """
    return tuple(_step(name, settings) for name, settings in described)


def restored(keys: Sequence[Sequence[Any]]) -> tuple[SignalStep, ...]:
    """Signal steps from their keys, as a bundle or a checksum holds them.

    Args:
        keys: `[name, version, settings]` each, in order.

    Raises:
        KodoError: as `steps`, or the step computes something else since.
    """
    for name, version, _ in keys:
        if name in STEPS and STEPS[name].version != version:
            raise KodoError(
                f"The signal step {name} is needed in version {version}, and this kodo has version "
                f"{STEPS[name].version}: install the kodo that wrote it."
            )
    return steps([(name, settings) for name, _, settings in keys])


def _stepped(steps: Sequence[SignalStep], recording: Recording) -> Recording:
    for step in steps:
        recording = step(recording)
    return recording


def _step(name: str, settings: Mapping[str, Any]) -> SignalStep:
    if name not in STEPS:
        raise KodoError(f"There is no signal step '{name}'. {near(name, list(STEPS))}")
    known, kinds = {field.name: field for field in fields(STEPS[name])}, get_type_hints(STEPS[name])
    for key in settings:
        if key not in known:
            raise KodoError(f"The signal step {name} has no setting '{key}'. {near(key, list(known))}")
    for key, field in known.items():
        if key not in settings and field.default is MISSING:
            raise KodoError(f"The signal step {name} needs the setting '{key}'.")
    return STEPS[name](**{key: _value(f"{name}.{key}", kinds[key], settings[key]) for key in settings})


def _value(where: str, kind: Any, value: Any) -> Any:
    """A setting as its step wants it: TOML and JSON have lists, where a step has tuples."""
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise KodoError(f"{where} is one of {' | '.join(get_args(kind))}; got {value!r}.")
    elif get_origin(kind) is tuple:
        value = (value,) if isinstance(value, str) else value
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise KodoError(f"{where} is a list of names; got {value!r}.")
        return tuple(value)
    elif kind is str:
        if not isinstance(value, str):
            raise KodoError(f"{where} is a text; got {value!r}.")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise KodoError(f"{where} is a number; got {value!r}.")
    return value


def _with_gravity(channels: Sequence[Channel]) -> tuple[Channel, ...]:
    moved = [channel for channel in channels if channel.quantity == "acceleration"]
    body = [replace(c, name=f"{c.name}_body") if c in moved else c for c in channels]
    slow = [replace(c, name=f"{c.name}_gravity", place=f"{c.place} gravity".strip()) for c in moved]
    return (*body, *slow)
