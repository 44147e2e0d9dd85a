"""What was measured: channels, recordings, and the card of facts of a dataset."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

UNLABELLED = -1
"""The label of a sample of which nobody said what the person did."""

PEOPLE = ("person", "people")
"""What subjects are, one and many, where a card says nothing else."""


@dataclass(frozen=True)
class Channel:
    """One measured number per sample.

    Args:
        name: unique within a dataset ("wrist_acceleration_x").
        quantity: one of `kodo.units.QUANTITIES` ("acceleration").
        axis: "x", "y", "z", or "" where there is none.
        place: where on the body ("wrist"); channels of one quantity, place and device form one sensor.
        unit: in the house's spelling (`kodo.units.unit`).
        device: which one, where a place carries several sensors of one quantity ("16 g", "6 g").
    """

    name: str
    quantity: str
    axis: str
    place: str
    unit: str
    device: str = ""


def sensor(
    quantity: str, place: str, unit: str, axes: str = "xyz", prefix: str | None = None, device: str = ""
) -> tuple[Channel, ...]:
    """The channels of one sensor, named `<prefix>_<axis>`.

    Args:
        quantity: what it measures.
        place: where on the body.
        unit: of all its axes.
        axes: one letter per channel.
        prefix: start of the names; default `<place>_<quantity>`.
        device: which one, where the place carries several sensors of the quantity.
    """
    start = f"{place}_{quantity}" if prefix is None else prefix
    return tuple(Channel(f"{start}_{axis}", quantity, axis, place, unit, device) for axis in axes)


def sensors(channels: Sequence[Channel]) -> list[list[int]]:
    """Positions of the channels of each sensor (same quantity, place and device), in order of appearance."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for position, channel in enumerate(channels):
        groups.setdefault((channel.quantity, channel.place, channel.device), []).append(position)
    return list(groups.values())


@dataclass(frozen=True, eq=False)
class Recording:
    """A stretch of evenly sampled signal of one person.

    Args:
        dataset: name of the dataset.
        name: unique within the dataset.
        subject: the person's code, as published.
        session: the occasion (day, trial); people take part in several.
        rate: samples per second (Hz).
        channels: what the columns are.
        signal: (time, channel) float32; NaN = not measured. May be a memory map.
        label: (time,) int16, position in the card's activities; -1 = unlabelled.
        facts: further facts of this recording (hand, side, device, age).
    """

    dataset: str
    name: str
    subject: str
    session: str
    rate: float
    channels: tuple[Channel, ...]
    signal: NDArray[np.float32]
    label: NDArray[np.int16]
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Download:
    """A file at the publisher's.

    Args:
        address: where it can be had without signing in.
        name: under which it is kept.
        sha256: of its content; "" where nobody has computed it yet.
        size: in bytes; 0 where it is not known.
    """

    address: str
    name: str
    sha256: str = ""
    size: int = 0


@dataclass(frozen=True)
class Quoted:
    """A figure that somebody published on a dataset: quoted where ours stand, never mixed with them.

    Args:
        accuracy: from 0 to 1, as published.
        model: what reached it.
        split: how training and test were divided.
        source: who says so.
    """

    accuracy: float
    model: str
    split: str
    source: str


@dataclass(frozen=True)
class Dataset:
    """The card of a dataset: facts, each in one place, and how its files are read.

    Args:
        name: as typed on the command line.
        title: as its publisher calls it.
        activities: class names; a label is a position in this tuple.
        channels: as measured; a recording may override them.
        rate: samples per second (Hz).
        window: suggested window length (seconds); None = whole recordings (signs, gestures).
        population: datasets of the same people share one; a person of both is one person.
        licence: in one line.
        commercial: False where the publisher forbids commercial use, None where nothing is said.
        citation: BibTeX.
        address: the publisher's page.
        folders: names that the dataset's folder or archive may have below `KODO_DATA`; it is fetched into the
            first.
        pattern: globs that only the dataset's files match, below any root, with `|` between them
            ("acc_exp*.txt|labels.txt"), or `&` where the dataset is here only with files of both sides.
        beside: globs of files that are read as well, and by which nobody would know the dataset (lists of
            people); a change of one of them is noticed like any other.
        counts: what the complete dataset holds ("recordings", "people", "rows", "labelled", "segments").
        checksums: SHA-256 of the publisher's files, by file name.
        published: its name in published leaderboards ("whar-arena": "hapt").
        quoted: figures that were published on it, made in other ways than ours.
        met: what its reader has been run on: all of the publisher's files, a part of them, or files that
            tests write in the published format.
        files: what `kodo fetch` downloads; empty where a person has to (a form, a sign-in, an archive of a
            kind that is not read here).
        notes: what everybody who uses the dataset should know, one sentence each.
        version: of the reader's code; raised when what it yields changes.
        subjects: what its subjects are, one and many, as pages say it.
        read: gives the recordings below a folder, in an order that does not depend on the file system.
        locate: finds the folder by itself, for datasets that do not lie in `KODO_DATA`.
    """

    name: str
    title: str
    activities: tuple[str, ...]
    channels: tuple[Channel, ...]
    rate: float
    window: float | None
    population: str
    licence: str
    commercial: bool | None
    citation: str
    address: str
    folders: tuple[str, ...]
    pattern: str
    read: Callable[[Path], Iterator[Recording]]
    beside: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    checksums: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, str] = field(default_factory=dict)
    quoted: tuple[Quoted, ...] = ()
    met: Literal["all", "part", "format"] = "all"
    files: tuple[Download, ...] = ()
    notes: tuple[str, ...] = ()
    version: int = 1
    subjects: tuple[str, str] = PEOPLE
    locate: Callable[[], Path] | None = None

    def facts(self) -> dict[str, Any]:
        """The card without its reader, as JSON can hold it."""
        code = ("read", "locate", "channels", "files", "quoted")
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in code}
        plain["channels"] = [vars(channel) for channel in self.channels]
        plain["files"] = [vars(file) for file in self.files]
        plain["quoted"] = [vars(figure) for figure in self.quoted]
        for name, value in plain.items():
            if isinstance(value, tuple):
                plain[name] = list(value)
            elif isinstance(value, Mapping):
                plain[name] = dict(value)
        return plain


@dataclass(frozen=True, eq=False)
class Recordings(Sequence[Recording]):
    """Recordings of one dataset as views on one buffer, so that windows need no copy.

    Args:
        card: the dataset's card.
        items: the recordings; `items[i].signal` is `signal[start[i] : start[i] + len(items[i].signal)]`.
        signal: (time, channel) float32, all recordings one after the other, then zeros: at least as many
            rows as the longest recording has. May be a memory map.
        label: (time,) int16, as long as `signal`; -1 in the tail.
        start: (recording,) int64, first row of each recording.
        checksum: of the files they were read from, and of the steps applied since.
    """

    card: Dataset
    items: tuple[Recording, ...]
    signal: NDArray[np.float32]
    label: NDArray[np.int16]
    start: NDArray[np.int64]
    checksum: str

    @overload
    def __getitem__(self, position: int) -> Recording: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[Recording, ...]: ...
    def __getitem__(self, position: int | slice) -> Recording | tuple[Recording, ...]:
        return self.items[position]

    def __len__(self) -> int:
        return len(self.items)


def gather(card: Dataset, recordings: Sequence[Recording], checksum: str) -> Recordings:
    """Lay recordings one after the other into one buffer with a zero tail.

    Args:
        card: the dataset's card.
        recordings: at least one; all with the same number of channels.
        checksum: of the files they come from, and of what was done since.
    """
    lengths = [len(r.signal) for r in recordings]
    start = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    rows = int(start[-1])
    signal = np.zeros((rows + max(lengths), len(recordings[0].channels)), np.float32)
    label = np.full(len(signal), UNLABELLED, np.int16)
    for first, recording in zip(start, recordings, strict=False):
        signal[first : first + len(recording.signal)] = recording.signal
        label[first : first + len(recording.signal)] = recording.label
    return attach(card, recordings, signal, label, start[:-1], checksum)


def attach(
    card: Dataset,
    recordings: Sequence[Recording],
    signal: NDArray[np.float32],
    label: NDArray[np.int16],
    start: NDArray[np.int64],
    checksum: str,
) -> Recordings:
    """Recordings whose signals and labels are views on a buffer that already holds them."""
    items = []
    for first, recording in zip(start.tolist(), recordings, strict=True):
        part = slice(first, first + len(recording.signal))
        items.append(replace(recording, signal=signal[part], label=label[part]))
    return Recordings(card, tuple(items), signal, label, start, checksum)


def in_order(names: Sequence[str]) -> list[str]:
    """Distinct names, sorted as people count: "2" before "10", "s2" before "s10"."""
    return sorted(
        set(names),
        key=lambda name: [(len(p), p) if p.isdigit() else (0, p) for p in re.split(r"(\d+)", name)],
    )
