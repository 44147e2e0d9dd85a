"""The text files of WISDM 2019, one per sensor and person, in lines of `person,letter,nanoseconds,x,y,z;`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.text import LARGEST, content
from kodo.datasets.locate import files_by
from kodo.errors import KodoError

LETTERS = "ABCDEFGHIJKLMOPQRS"
"""Of the publisher's activity_key.txt: A to S, there is no N."""

RATE = 20.0
"""Nominal, of all four sensors (Hz)."""

TOLERANCE = 0.05
"""A file whose median step is this close to the nominal one counts as sampled at the nominal rate."""

GAP = 0.5
"""A longer step (seconds), or one back in time, ends a stretch."""

FAST = 0.6
"""Samples came faster than they should where a step is shorter than this share of the file's median step."""

BURST = 10
"""So many short steps in a row are no jitter."""

COLUMNS = ("person", "letter", "time", "x", "y", "z")
WANTED = "person,letter,nanoseconds,x,y,z;"
STAMP = re.compile(rb"\d{1,18}")
NUMBER = re.compile(rb"-?\d+(\.\d+)?([eE][+-]?\d+)?")


@dataclass(frozen=True, eq=False)
class Stretch:
    """What one sensor measured during one activity, without a gap.

    Args:
        letter: of the activity.
        time: (sample,) int64 nanoseconds since an origin of the device's own; never going back.
        signal: (sample, axis) float32.
        rows: of the file; more than samples where the device sampled faster for a while.
        broken: what is wrong with the lines that gave no sample, by their number; those that stand in the
            stretch or between it and the next one.
    """

    letter: str
    time: NDArray[np.int64]
    signal: NDArray[np.float32]
    rows: int
    broken: Mapping[int, str]


class Series(NamedTuple):
    """One sensor's file of one person.

    Args:
        path: of the file.
        person: the code.
        rate: samples per second (Hz): the nominal one, unless the median step says something else.
        stretches: at least one, in the order of the file.
    """

    path: Path
    person: str
    rate: float
    stretches: list[Stretch]


class _Samples(NamedTuple):
    time: NDArray[np.int64]
    runs: list[tuple[str, int]]
    signal: NDArray[np.float32]


def pattern(device: str, kind: str) -> str:
    """The glob of the files of one sensor ("watch" or "phone", "accel" or "gyro")."""
    return f"data_*_{kind}_{device}.txt"


def people(folder: Path, files: str) -> dict[str, Path]:
    """The file of each person, in counting order.

    Args:
        folder: anything above the files.
        files: their glob, as `pattern` gives.

    Raises:
        KodoError: a file is there twice, or the person in its name is no number.
    """

    def person_of(path: Path) -> str:
        person = path.name.split("_")[1]
        if not person.isdecimal() or path.name != files.replace("*", person):
            wanted = files.replace("*", "<person>")
            raise KodoError(f"{path} should be named {wanted}, the person a number.")
        return person

    found = files_by(folder, files, person_of)
    return {person: found[person] for person in sorted(found, key=int)}


def series(paths: Mapping[str, Path]) -> Iterator[Series]:
    """What the files hold, in the order in which they are given.

    Args:
        paths: the file of each person.

    Raises:
        KodoError: no line of a file is as published.
    """
    # The files are small, so two at a time keep two cores busy where polars alone does not.
    with ThreadPoolExecutor(2) as beside:
        yield from beside.map(_series, paths.values(), paths)


def _series(path: Path, person: str) -> Series:
    raw = content(path)
    samples = _samples(raw, person)
    lines: list[int] = []
    broken: dict[int, str] = {}
    if samples is None:
        good, lines, broken = _sifted(path, raw, person)
        samples = _samples(good, person)
    if samples is None:
        raise KodoError(f"{path} could not be read as lines of {WANTED}")
    step = np.diff(samples.time)
    usual = float(np.median(step[step > 0])) if (step > 0).any() else 1e9 / RATE
    near = abs(1e9 / usual / RATE - 1) <= TOLERANCE
    rate = RATE if near else round(1e9 / usual, 1)
    return Series(path, person, rate, _stretches(samples, step, usual, lines, broken))


def _samples(raw: bytes, person: str) -> _Samples | None:
    """The lines in columns, or None where one of them is not as published."""
    import polars

    kinds = (polars.String, polars.String, polars.Int64, *[polars.Float32] * 3)
    schema = dict(zip(COLUMNS, kinds, strict=True))
    try:
        # The semicolon ends a row, which saves a copy without it; the line's end is part of the next person.
        frame = polars.read_csv(raw, has_header=False, schema=schema, quote_char=None, eol_char=";")
    except polars.exceptions.PolarsError:
        return None
    if frame.height and not raw.endswith(b";"):
        (rest, *others), frame = frame.row(-1), frame.head(-1)
        if rest is None or rest.strip() or any(other is not None for other in others):
            return None
    if frame.height == 0 or sum(frame.null_count().row(0)):
        return None
    named = frame["person"].rle().struct.field("value").str.strip_chars()
    runs = frame["letter"].rle()
    letters = runs.struct.field("value").to_list()
    time = frame["time"].to_numpy()
    signal = frame.select("x", "y", "z").to_numpy(order="c")
    if not ((named == person).all() and {*letters} <= {*LETTERS} and time.min() > 0):
        return None
    if not np.isfinite(signal).all():
        return None
    return _Samples(time, list(zip(letters, runs.struct.field("len").to_list(), strict=True)), signal)


def _sifted(path: Path, raw: bytes, person: str) -> tuple[bytes, list[int], dict[int, str]]:
    """The records that are as published, their lines, and what is wrong with the other lines; slow."""
    good: list[bytes] = []
    lines: list[int] = []
    broken: dict[int, str] = {}
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        *records, rest = line.strip().split(b";")
        faults = [_fault(record, person) for record in records] + ["no semicolon at its end"] * bool(rest)
        wrong = next((fault for fault in faults if fault), "")
        if wrong:
            broken[number] = wrong
        else:
            good += records
            lines += [number] * len(records)
    if not good:
        number, reason = next(iter(broken.items()), (0, ""))
        if number == 0:
            raise KodoError(f"{path} is empty; wanted lines of {WANTED}")
        got = raw.split(b"\n")[number - 1][:60].decode("utf-8", "replace")
        raise KodoError(
            f"{path}, line {number}: wanted {WANTED} of person {person}, got {got!r} ({reason}); "
            "nor is any other line as published."
        )
    return b";".join(good) + b";", lines, broken


def _fault(record: bytes, person: str) -> str:
    """What is wrong with a record, its semicolon left out; "" is good."""
    fields = record.split(b",")
    if len(fields) != len(COLUMNS):
        return f"{len(fields)} fields instead of {len(COLUMNS)}"
    if fields[0] != person.encode():
        return f"not person {person}"
    if fields[1] not in [letter.encode() for letter in LETTERS]:
        return "unknown activity"
    if not STAMP.fullmatch(fields[2]) or int(fields[2]) == 0:
        return "no time stamp"
    for axis, field in zip("xyz", fields[3:], strict=True):
        if not NUMBER.fullmatch(field) or abs(float(field)) > LARGEST:
            return f"no number for {axis}"
    return ""


def _stretches(
    samples: _Samples, step: NDArray[np.int64], usual: float, lines: Sequence[int], broken: Mapping[int, str]
) -> list[Stretch]:
    """Parted where the activity changes and where the clock jumps ahead or goes back."""
    jumps = np.flatnonzero((step < 0) | (step > GAP * 1e9)) + 1
    ends = np.cumsum([count for _, count in samples.runs])
    edges = np.unique(np.concatenate([[0], jumps, ends])).tolist()
    letters = [samples.runs[run][0] for run in np.searchsorted(ends, edges[:-1], side="right")]
    # A broken line belongs to the stretch whose first line comes last before it.
    firsts = [lines[first] for first in edges[:-1]] if broken else []
    owned: list[dict[int, str]] = [{} for _ in letters]
    for number, reason in broken.items():
        owned[max(int(np.searchsorted(firsts, number)) - 1, 0)][number] = reason
    made = []
    for letter, (first, after), mine in zip(letters, pairwise(edges), owned, strict=True):
        short = (step[first : after - 1] > 0) & (step[first : after - 1] < FAST * usual)
        time, signal = samples.time[first:after], samples.signal[first:after]
        if np.count_nonzero(short) >= BURST:
            time, signal = _thinned(time, signal, short, usual)
        made.append(Stretch(letter, time, signal, after - first, mine))
    return made


def _thinned(
    time: NDArray[np.int64], signal: NDArray[np.float32], short: NDArray[np.bool_], usual: float
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The mean of the samples that a burst of short steps brought within a usual one; the others as they are.

    The watch fell into bursts of 100 Hz, which taken for 20 Hz would run at a fifth of their speed.
    """
    cell = np.arange(len(time))
    edges = [0, *(np.flatnonzero(np.diff(short)) + 1).tolist(), len(short)]
    for first, after in pairwise(edges):
        if short[first] and after - first >= BURST:
            cell[first : after + 1] = first + (time[first : after + 1] - time[first]) // usual
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    count = np.diff(starts, append=len(time))
    mean = (np.add.reduceat(signal, starts, axis=0) / count[:, np.newaxis]).astype(np.float32)
    return time[0] + np.add.reduceat(time - time[0], starts) // count, mean
