"""Signal steps for landmarks: choose points, measure them from the body itself, add how fast they move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import Channel, Recording
from kodo.errors import KodoError, near
from kodo.space import setting
from kodo.windows.filter import hold
from kodo.windows.step import Scope, Settings

Columns = NDArray[np.int64]


@dataclass(frozen=True)
class Points(Settings):
    """Keeps the positions of chosen points, in the order they are asked for, and no other channel.

    Args:
        names: of the points (places of their channels); `*` stands for any letters ("left_hand_*").
        axes: coordinates to keep.
    """

    names: tuple[str, ...]
    axes: str = setting("xyz", "coordinates to keep")
    name: ClassVar[str] = "points"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "causal"

    def start(self, rate: float, channels: Sequence[Channel]) -> Columns:
        """Columns that are kept of a signal with these channels."""
        table = _table(self.name, channels)
        chosen = _matching(self.name, self.names, table)
        columns = [table[point][axis] for point in chosen for axis in table[point] if axis in self.axes]
        if not columns:
            had = "".join(dict.fromkeys(axis for point in chosen for axis in table[point]))
            raise KodoError(f"points.axes is some of '{had}'; got '{self.axes}'.")
        return np.array(columns, np.int64)

    def run(self, chunk: NDArray[np.float32], state: Columns) -> tuple[NDArray[np.float32], Columns]:
        """Choose from the next samples (time, channel); the state stays."""
        return chunk[:, state], state

    def __call__(self, recording: Recording) -> Recording:
        columns = self.start(recording.rate, recording.channels)
        channels = tuple(recording.channels[column] for column in columns)
        return replace(recording, signal=recording.signal[:, columns], channels=channels)


@dataclass(frozen=True)
class Body:
    """The body's own frame while a signal runs; never changed in place.

    Args:
        moved: (column,) positions that are measured from it.
        axis: (column,) coordinate of each.
        reference: (point, axis) columns of the points whose middle is its origin.
        ends: (2, axis) columns of the points whose distance is its unit; (0, axis) = the unit stays.
        last: (axis + 1,) last seen origin and unit; NaN before the first.
    """

    moved: Columns
    axis: Columns
    reference: Columns
    ends: Columns
    last: NDArray[np.float64]


@dataclass(frozen=True)
class Normalise(Settings):
    """Measures points from the middle of reference points, in units of the distance of two points.

    Where a reference point is not seen, the last seen origin and unit are held; before the first, everything
    is NaN. A point that is not seen stays NaN.

    Args:
        reference: points whose middle is the origin (both shoulders).
        scale: two points whose distance is the unit; none keeps the unit.
        points: what is measured so; `*` stands for any letters. Others stay as they are.
        over: origin and unit of every frame by itself, or their medians over the recording, which keep how
            the body moves through the picture but need the whole recording.
    """

    reference: tuple[str, ...]
    scale: tuple[str, ...] = setting((), "two points whose distance is the unit; none keeps the unit")
    points: tuple[str, ...] = setting(("*",), "points that are measured so")
    over: Literal["frame", "recording"] = setting(
        "frame", "origin and unit: of each frame, or medians of all"
    )
    name: ClassVar[str] = "normalise"
    version: ClassVar[int] = 1

    @property
    def scope(self) -> Scope:
        """Where it can run."""
        return "causal" if self.over == "frame" else "recording"

    def start(self, rate: float, channels: Sequence[Channel]) -> Body:
        """The state before the first sample of a signal with these channels."""
        table = _table(self.name, channels)
        if not self.reference or len(self.scale) not in (0, 2):
            raise KodoError(
                "normalise needs at least one point as reference, and two or none as scale; got "
                f"{len(self.reference)} and {len(self.scale)}."
            )
        chosen = _matching(self.name, self.points, table)
        axes = sorted({axis for point in chosen for axis in table[point]})
        moved = [(table[point][axis], axes.index(axis)) for point in chosen for axis in table[point]]
        marks = [_named(self.name, name, table, axes) for name in (*self.reference, *self.scale)]
        columns = np.array(marks, np.int64)
        reference, ends = columns[: len(self.reference)], columns[len(self.reference) :]
        column, axis = np.array(moved, np.int64).T
        return Body(column, axis, reference, ends, np.full(len(axes) + 1, np.nan))

    def run(self, chunk: NDArray[np.float32], state: Body) -> tuple[NDArray[np.float32], Body]:
        """Measure the next samples (time, channel) from the body; gives them and the state after them."""
        frame, _ = hold(_frame(chunk, state), state.last)
        after = replace(state, last=frame[-1].copy()) if len(frame) else state
        return _measured(chunk, frame, state), after

    def __call__(self, recording: Recording) -> Recording:
        state = self.start(recording.rate, recording.channels)
        if self.over == "frame":
            signal, _ = self.run(recording.signal, state)
        else:
            signal = _measured(recording.signal, _median(_frame(recording.signal, state)), state)
        unit = {} if len(state.ends) == 0 else {"unit": ""}
        channels = list(recording.channels)
        for column in state.moved:
            channels[column] = replace(channels[column], **unit)
        return replace(recording, signal=signal, channels=tuple(channels))


@dataclass(frozen=True)
class Last:
    """What a running difference remembers; never changed in place.

    Args:
        columns: (column,) positions.
        rate: samples per second (Hz).
        values: (column,) before the next sample; NaN before the first.
    """

    columns: Columns
    rate: float
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Velocity(Settings):
    """Adds to the positions how fast they move: the difference to the sample before, per second.

    A channel `<name>_velocity` per position is appended after all channels. It is NaN at the first sample,
    and where this sample or the one before was not seen.
    """

    name: ClassVar[str] = "velocity"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "causal"

    def start(self, rate: float, channels: Sequence[Channel]) -> Last:
        """The state before the first sample of a signal with this rate (Hz) and these channels."""
        table = _table(self.name, channels)
        columns = np.array([column for axes in table.values() for column in axes.values()], np.int64)
        return Last(columns, rate, np.full(len(columns), np.nan, np.float32))

    def run(self, chunk: NDArray[np.float32], state: Last) -> tuple[NDArray[np.float32], Last]:
        """Add the velocity to the next samples (time, channel); gives them and the state after them."""
        now = chunk[:, state.columns]
        before = np.concatenate([state.values[None], now])
        speed = np.diff(before, axis=0) * np.float32(state.rate)
        return np.concatenate([chunk, speed], axis=1), replace(state, values=before[-1].copy())

    def __call__(self, recording: Recording) -> Recording:
        state = self.start(recording.rate, recording.channels)
        signal, _ = self.run(recording.signal, state)
        added = [
            replace(
                channel, name=f"{channel.name}_velocity", quantity="velocity", unit=f"{channel.unit or 1}/s"
            )
            for channel in (recording.channels[column] for column in state.columns)
        ]
        return replace(recording, signal=signal, channels=(*recording.channels, *added))


def _table(step: str, channels: Sequence[Channel]) -> dict[str, dict[str, int]]:
    """Column of each coordinate of each point."""
    table: dict[str, dict[str, int]] = {}
    for column, channel in enumerate(channels):
        if channel.quantity == "position":
            table.setdefault(channel.place, {})[channel.axis] = column
    if not table:
        names = ", ".join(channel.name for channel in channels)
        raise KodoError(f"The signal step {step} needs a channel of position; there are: {names}.")
    return table


def _matching(step: str, patterns: Sequence[str], table: dict[str, dict[str, int]]) -> list[str]:
    chosen: dict[str, None] = {}
    for pattern in patterns:
        found = [point for point in table if fnmatchcase(point, pattern)]
        if not found:
            raise KodoError(
                f"The signal step {step} finds no point '{pattern}'. {near(pattern, list(table))}"
            )
        chosen |= dict.fromkeys(found)
    if not chosen:
        raise KodoError(f"The signal step {step} needs at least one point.")
    return list(chosen)


def _named(step: str, name: str, table: dict[str, dict[str, int]], axes: Sequence[str]) -> list[int]:
    if name not in table:
        raise KodoError(f"The signal step {step} finds no point '{name}'. {near(name, list(table))}")
    lost = [axis for axis in axes if axis not in table[name]]
    if lost:
        raise KodoError(
            f"The signal step {step} needs the coordinate {lost[0]} of {name}, which is not there."
        )
    return [table[name][axis] for axis in axes]


def _frame(signal: NDArray[np.float32], body: Body) -> NDArray[np.float64]:
    """(time, axis + 1) origin and unit; a unit of no length is not seen."""
    origin = signal[:, body.reference].astype(np.float64).mean(axis=1)
    if len(body.ends) == 0:
        return np.column_stack([origin, np.ones(len(signal))])
    first, second = (signal[:, columns].astype(np.float64) for columns in body.ends)
    unit = np.sqrt(np.square(first - second).sum(axis=1))
    return np.column_stack([origin, np.where(unit > 0, unit, np.nan)])


def _median(frame: NDArray[np.float64]) -> NDArray[np.float64]:
    """(1, axis + 1), NaN where nothing was seen."""
    seen = np.isfinite(frame)
    return np.array(
        [
            [
                np.median(values[there]) if there.any() else np.nan
                for values, there in zip(frame.T, seen.T, strict=True)
            ]
        ]
    )


def _measured(signal: NDArray[np.float32], frame: NDArray[np.float64], body: Body) -> NDArray[np.float32]:
    measured = signal.copy()
    measured[:, body.moved] = (signal[:, body.moved] - frame[:, body.axis]) / frame[:, -1:]
    return measured
