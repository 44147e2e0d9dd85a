"""Windows as views: where each one starts, how long it is, and what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import PEOPLE, UNLABELLED, Channel, Recording, Recordings, in_order
from kodo.errors import KodoError, near
from kodo.files import digest
from kodo.windows.grid import Cutting, check, grid, places, runs
from kodo.windows.signal import apply
from kodo.windows.step import SignalStep

if TYPE_CHECKING:
    from kodo.windows.batch import Batch


@dataclass(frozen=True, eq=False)
class Windows:
    """A view of recordings as windows; nothing is copied until `take`.

    Args:
        signal: (time, channel) float32; recordings one after the other, then at least `longest` rows.
        truth: (time,) int16, the label of every sample; -1 = unlabelled.
        start: (window,) int64, first row in `signal`.
        length: (window,) int32, samples.
        label: (window,) int16, position in `activities`; -1 = unlabelled.
        subject: (window,) int32, position in `subjects`.
        session: (window,) int32, position in `sessions`.
        recording: (window,) int32, position in `recordings`.
        subjects: names of the people, in counting order.
        sessions: names of the sessions.
        recordings: names of the recordings.
        bounds: (recording, 2) int64, first row and row after the last of each recording in `signal`.
        owner: (recording,) int32, each recording's position in `subjects`.
        channels: what the columns are.
        rate: samples per second (Hz).
        activities: class names.
        dataset: name of the dataset.
        cutting: how they were cut.
        longest: samples of the longest window asked for (inputs of fixed length have this many).
        dropped: (stretch, 4) int64: recording, first row within it, samples, label of every labelled stretch
            that was too short for a window.
        checksum: of the data, steps, channels, activities and cutting.
        recorded: the recordings they were cut from, before the signal steps.
        steps: the signal steps that were applied before cutting.
    """

    signal: NDArray[np.float32]
    truth: NDArray[np.int16]
    start: NDArray[np.int64]
    length: NDArray[np.int32]
    label: NDArray[np.int16]
    subject: NDArray[np.int32]
    session: NDArray[np.int32]
    recording: NDArray[np.int32]
    subjects: tuple[str, ...]
    sessions: tuple[str, ...]
    recordings: tuple[str, ...]
    bounds: NDArray[np.int64]
    owner: NDArray[np.int32]
    channels: tuple[Channel, ...]
    rate: float
    activities: tuple[str, ...]
    dataset: str
    cutting: Cutting
    longest: int
    dropped: NDArray[np.int64] = field(repr=False)
    checksum: str
    recorded: Recordings | None = field(default=None, repr=False)
    steps: tuple[SignalStep, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.start)

    def __repr__(self) -> str:
        people = f"{len(np.unique(self.subject))} {self.called[1]}"
        return (
            f"{len(self):,} windows of {self.dataset}: {people}, {len(self.activities)} activities, "
            f"{len(self.channels)} channels, up to {self.longest} samples at {self.rate:g} Hz"
        )

    @property
    def called(self) -> tuple[str, str]:
        """What the subjects are, one and many, as the card of their recordings says."""
        return PEOPLE if self.recorded is None else self.recorded.card.subjects

    def take(self, rows: NDArray[np.int64]) -> Batch:
        """The windows at these positions as a batch of tensors.

        Args:
            rows: (window,) positions.

        Returns:
            signal (window, channel, time), mask, label, weight; see `kodo.windows.batch.Batch`.
        """
        from kodo.windows.batch import Source

        return Source(self).take(rows)


def cut(
    recordings: Recordings | Sequence[Recording],
    cutting: Cutting | None = None,
    *,
    channels: Sequence[str] | None = None,
    activities: Sequence[str] | None = None,
    steps: Sequence[SignalStep] = (),
    **settings: object,
) -> Windows:
    """Cut recordings into windows without copying the signal.

    Args:
        recordings: what `kodo.load` gives.
        cutting: how to cut; default as the dataset's card suggests.
        channels: names of the channels to keep, in this order; default all.
        activities: names of the activities to keep, in this order; default all.
        steps: signal steps, applied to every recording before cutting.
        settings: single fields of `Cutting` (`seconds=2.56, overlap=0.5`).

    Raises:
        KodoError: an unknown channel, activity or setting, nothing left, or windows longer than every
            recording.
    """
    if not isinstance(recordings, Recordings):
        raise KodoError(
            "cut needs recordings as kodo.load gives them, or kodo.datasets.recording.gather made."
        )
    cutting = _changed(cutting or Cutting(seconds=recordings.card.window), settings)
    measured, recordings = recordings, apply(steps, recordings)
    signal, kept = _columns(recordings, channels)
    truth, names = _relabelled(recordings, activities)
    rate = _one_rate(recordings)
    check(cutting, rate)
    bounds = np.stack([recordings.start, recordings.start + [len(r.signal) for r in recordings]], axis=1)
    people, owner = _coded([r.subject for r in recordings])
    occasions, occasion = _coded([r.session for r in recordings])
    samples = None if cutting.seconds is None else int(cutting.seconds * rate + 1e-9)
    start, length, recording, label, lost = places(truth, bounds, samples, rate, cutting)
    if len(start) == 0:
        raise KodoError(f"No window of {recordings.card.name} has a label under the rule '{cutting.label}'.")
    longest = int(length.max()) if samples is None else samples
    signal, truth = _with_tail(signal, truth, int(bounds[-1, 1]) + longest)
    lost = lost[:0] if cutting.short == "pad" else lost
    within = lost[:, 1] - bounds[lost[:, 0], 0]
    dropped = np.column_stack([lost[:, 0], within, lost[:, 2] - lost[:, 1], lost[:, 3]])
    kept_names, step_keys = [c.name for c in kept], [step.key for step in steps]
    key = [recordings.checksum, kept_names, list(names), vars(cutting), step_keys]
    return Windows(
        signal=signal, truth=truth, start=start, length=length, label=label,
        subject=owner[recording], session=occasion[recording], recording=recording,
        subjects=people, sessions=occasions, recordings=tuple(r.name for r in recordings),
        bounds=bounds, owner=owner, channels=kept, rate=rate, activities=names,
        dataset=recordings.card.name, cutting=cutting,
        longest=longest, dropped=dropped, checksum=digest(key), recorded=measured, steps=tuple(steps),
    )  # fmt: skip


def _changed(cutting: Cutting, settings: Mapping[str, object]) -> Cutting:
    known = [f.name for f in fields(Cutting)]
    for name in settings:
        if name not in known:
            raise KodoError(f"cut has no setting '{name}'. {near(name, known)}")
    return replace(cutting, **settings)  # type: ignore[arg-type]


def _coded(names: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Distinct names in counting order, and the position of each name among them."""
    table = {name: code for code, name in enumerate(in_order(names))}
    return tuple(table), np.array([table[name] for name in names], np.int32)


def slide(windows: Windows) -> Windows:
    """Windows at every hop of the whole recordings, labelled and unlabelled stretches alike.

    Args:
        windows: what was cut; its length and hop are kept.

    Returns:
        windows with the label in their middle (-1 where there is none). A recording shorter than a
        window gives one padded window; sequences give one window per recording.
    """
    samples = None if windows.cutting.seconds is None else windows.longest
    cutting = replace(windows.cutting, short="pad", end="samples")
    bounds = windows.bounds
    whole = np.column_stack([np.arange(len(bounds)), bounds, np.full(len(bounds), UNLABELLED)])
    start, length, stretch, _ = grid(whole, samples, windows.rate, cutting)
    recording = whole[stretch, 0].astype(np.int32)
    sessions = np.zeros(len(bounds), np.int32)
    sessions[windows.recording] = windows.session
    return replace(
        windows, start=start, length=length, label=windows.truth[start + length // 2],
        subject=windows.owner[recording], session=sessions[recording], recording=recording,
        longest=int(length.max()) if samples is None else samples, dropped=windows.dropped[:0],
        checksum=digest([windows.checksum, "slide"]),
    )  # fmt: skip


def segments(windows: Windows) -> NDArray[np.int64]:
    """What was done when, in the whole recordings.

    Args:
        windows: whose recordings are meant.

    Returns:
        (segment, 4) int64: recording, first sample within it, sample after the last, label (-1 = unlabelled).
    """
    found = runs(windows.truth, windows.bounds)
    found[:, 1:3] -= windows.bounds[found[:, 0], :1]
    return found


def left_out(windows: Windows) -> list[tuple[str, int, int, str]]:
    """What was done when of the activities that the windows were not to hold; to them it is unlabelled.

    Args:
        windows: whose recordings are meant.

    Returns:
        recording, first sample within it, sample after the last, activity of every stretch.
    """
    if windows.recorded is None or set(windows.recorded.card.activities) <= set(windows.activities):
        return []
    names = windows.recorded.card.activities
    stretches = runs(apply(windows.steps, windows.recorded).label, windows.bounds)
    return [
        (windows.recordings[recording], first - begin, after - begin, names[label])
        for recording, first, after, label in stretches.tolist()
        for begin in [int(windows.bounds[recording, 0])]
        if label != UNLABELLED and names[label] not in windows.activities
    ]


def _columns(
    recordings: Recordings, wanted: Sequence[str] | None
) -> tuple[NDArray[np.float32], tuple[Channel, ...]]:
    channels = recordings[0].channels
    if not wanted:
        return recordings.signal, channels
    names = [c.name for c in channels]
    for name in wanted:
        if name not in names:
            raise KodoError(f"{recordings.card.name} has no channel '{name}'. {near(name, names)}")
    _no_twice("channel", wanted)
    positions = [names.index(name) for name in wanted]
    kept = tuple(channels[p] for p in positions)
    if positions == list(range(positions[0], positions[0] + len(positions))):
        return recordings.signal[:, positions[0] : positions[0] + len(positions)], kept
    return recordings.signal[:, positions], kept


def _relabelled(
    recordings: Recordings, wanted: Sequence[str] | None
) -> tuple[NDArray[np.int16], tuple[str, ...]]:
    known = recordings.card.activities
    if not wanted:
        return recordings.label, known
    table = np.full(len(known) + 1, UNLABELLED, np.int16)
    for code, name in enumerate(wanted):
        if name not in known:
            raise KodoError(f"{recordings.card.name} has no activity '{name}'. {near(name, list(known))}")
        table[known.index(name)] = code
    _no_twice("activity", wanted)
    return table[recordings.label], tuple(wanted)


def _with_tail(
    signal: NDArray[np.float32], truth: NDArray[np.int16], rows: int
) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
    """At least so many rows: only padded windows longer than every recording need more than there are."""
    missing = rows - len(signal)
    if missing <= 0:
        return signal, truth
    return (
        np.concatenate([signal, np.zeros((missing, signal.shape[1]), np.float32)]),
        np.concatenate([truth, np.full(missing, UNLABELLED, np.int16)]),
    )


def _no_twice(noun: str, wanted: Sequence[str]) -> None:
    for name in wanted:
        if wanted.count(name) > 1:
            raise KodoError(f"The {noun} {name} is asked for twice.")


def _one_rate(recordings: Recordings) -> float:
    rates = sorted({r.rate for r in recordings})
    if len(rates) > 1:
        raise KodoError(
            f"{recordings.card.name} was recorded at {', '.join(f'{r:g}' for r in rates)} Hz; "
            "windows need one rate: add the signal step resample(rate)."
        )
    return rates[0]
