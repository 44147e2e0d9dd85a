"""Signal steps: what is done to a whole recording before it is cut (numpy and scipy only)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from kodo.datasets import resample
from kodo.datasets.recording import Channel, Recording, Recordings, gather
from kodo.errors import KodoError, near
from kodo.files import digest
from kodo.space import setting
from kodo.windows.filter import FilterState, filtered, started

Scope = Literal["recording", "causal"]


class SignalStep(Protocol):
    """A step from a recording to a recording; it may change length, rate and labels.

    `scope` says where it can run: `recording` needs the whole recording (offline only), `causal` uses past
    samples with a state and runs in the stream too. `key` is what JSON can hold of its name, code version and
    settings: equal keys, equal results.
    """

    @property
    def scope(self) -> Scope: ...

    @property
    def key(self) -> list[object]: ...

    def __call__(self, recording: Recording) -> Recording: ...


class CausalStep(SignalStep, Protocol):
    """A signal step that also runs piece by piece: however a signal is cut up, the result is the same."""

    def start(self, rate: float, channels: Sequence[Channel]) -> FilterState: ...

    def run(
        self, chunk: NDArray[np.float32], state: FilterState
    ) -> tuple[NDArray[np.float32], FilterState]: ...


def apply(steps: Sequence[SignalStep], recordings: Recordings) -> Recordings:
    """Apply signal steps, in order, to every recording.

    Args:
        steps: none gives back the very same recordings.
        recordings: as loaded.
    """
    if not steps:
        return recordings
    changed = list(recordings)
    for step in steps:
        changed = [step(recording) for recording in changed]
    return gather(recordings.card, changed, digest([recordings.checksum, [step.key for step in steps]]))


@dataclass(frozen=True)
class Resample:
    """Another sampling rate; see `kodo.datasets.resample.resample`.

    Args:
        rate: samples per second (Hz).
    """

    rate: float
    name: ClassVar[str] = "resample"
    version: ClassVar[int] = 1

    @property
    def scope(self) -> Scope:
        """Where it can run."""
        return "recording"

    @property
    def key(self) -> list[object]:
        """Name, version of the code, settings."""
        return _key(self)

    def __call__(self, recording: Recording) -> Recording:
        return resample.resample(recording, self.rate)


@dataclass(frozen=True)
class Lowpass:
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

    @property
    def scope(self) -> Scope:
        """Where it can run."""
        return "causal"

    @property
    def key(self) -> list[object]:
        """Name, version of the code, settings."""
        return _key(self)

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
class Gravity:
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

    @property
    def scope(self) -> Scope:
        """Where it can run."""
        return "causal"

    @property
    def key(self) -> list[object]:
        """Name, version of the code, settings."""
        return _key(self)

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


STEPS: Mapping[str, type[Resample] | type[Lowpass] | type[Gravity]] = {
    step.name: step for step in (Resample, Lowpass, Gravity)
}
"""The signal steps by name."""


def steps(described: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[SignalStep, ...]:
    """Signal steps from their names and settings.

    Args:
        described: `[("lowpass", {"hz": 15.0}), ...]`, in order.

    Raises:
        KodoError: an unknown step or setting, a setting left out, or one that is no number.
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


def _step(name: str, settings: Mapping[str, Any]) -> SignalStep:
    if name not in STEPS:
        raise KodoError(f"There is no signal step '{name}'. {near(name, list(STEPS))}")
    known = {field.name: field for field in fields(STEPS[name])}
    for key, value in settings.items():
        if key not in known:
            raise KodoError(f"The signal step {name} has no setting '{key}'. {near(key, list(known))}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise KodoError(f"{name}.{key} is a number; got {value!r}.")
    for key, field in known.items():
        if key not in settings and field.default is MISSING:
            raise KodoError(f"The signal step {name} needs the setting '{key}'.")
    return STEPS[name](**settings)


def _key(step: Resample | Lowpass | Gravity) -> list[object]:
    return [step.name, step.version, asdict(step)]


def _with_gravity(channels: Sequence[Channel]) -> tuple[Channel, ...]:
    moved = [channel for channel in channels if channel.quantity == "acceleration"]
    body = [replace(c, name=f"{c.name}_body") if c in moved else c for c in channels]
    slow = [replace(c, name=f"{c.name}_gravity", place=f"{c.place} gravity".strip()) for c in moved]
    return (*body, *slow)
