"""HASC: phones and small sensors of many kinds, six activities.

Acceleration of all recordings (hasc), or of those with a gyroscope both, joined by time (hasc_gyro). Read
from the published format, not yet run on the publisher's files. That rotation rates are in rad/s is what
phones give; the publisher's page on the format names a unit for acceleration alone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.lines import named_lines, shortened
from kodo.datasets.formats.text import LARGEST, content, is_number
from kodo.datasets.locate import listing
from kodo.datasets.recording import UNLABELLED, Dataset, Recording, sensor
from kodo.datasets.timing import timing
from kodo.errors import KodoError

ACTIVITIES = ("stay", "walk", "jog", "skip", "stUp", "stDown")
CODES = {name.lower(): code for code, name in enumerate(ACTIVITIES)}
CHANNELS = sensor("acceleration", "varied", "g", prefix="acceleration")
COLUMNS = ("seconds", "x", "y", "z")
CHANNELS_GYRO = (*CHANNELS, *sensor("rotation_rate", "varied", "rad/s", prefix="rotation_rate"))
# Not RealWorld, whose folders are not people.
PEOPLE = "[Pp]erson*/HASC*"
PATTERN = "|".join(f"{PEOPLE}{end}" for end in ("-acc.csv", ".meta", ".label"))
PATTERN_GYRO = f"{PATTERN}|{PEOPLE}-gyro.csv"

FACTS = {"TerminalType": "device", "TerminalPosition": "place", "Gender": "gender", "Height": "height"}
"""Keys of the .meta files that become facts, and what they are called here."""

GAP = 0.25
"""Seconds between two rows, or three usual steps where that is longer, from which on a recording is cut."""

Segment = tuple[float, float, int]
"""First and last second, and the activity between."""

Broken = dict[int, str]
"""What is wrong with lines of a file, by their number."""


class _Measured(NamedTuple):
    """What one sensor measured in one file.

    Args:
        seconds: (time,) as published.
        values: (time, axis).
        stretches: rows between jumps of the clock.
        rate: Hz, whole, as publishers chose it.
        broken: lines that gave no sample.
    """

    seconds: NDArray[np.float64]
    values: NDArray[np.float32]
    stretches: list[slice]
    rate: float
    broken: Broken


def read(folder: Path) -> Iterator[Recording]:
    """One recording per file of acceleration, more where its clock jumps; rows between count as even.

    What the person did is said by the .label file, else by the .meta file, else by the folder's name
    (`walk`, `2_walk`). The person is the folder that holds the file, `person0001`. The rate is that of the
    time stamps. A line that is not as published gives no sample, or no label; it is counted and named among
    the facts of the file's first recording, `broken_lines`.

    Args:
        folder: anything above the folders of activities.

    Raises:
        KodoError: a file holds no line as published, or its clock advances never, or less than once a second.
    """
    for path in _paths(folder):
        acceleration = _measured(path)
        seconds = acceleration.seconds
        parts = [(seconds[rows], seconds[rows], acceleration.values[rows]) for rows in acceleration.stretches]
        yield from _recordings("hasc", path, acceleration.rate, parts, {path: acceleration.broken})


def read_gyro(folder: Path) -> Iterator[Recording]:
    """Acceleration and rotation rate, one recording per stretch in which both sensors measured unbroken.

    Both are interpolated linearly onto one even grid at the rate of the acceleration, which begins when the
    later of the two does. Files of acceleration without rotation rates are left out, and named among the
    facts of the first recording, `without_gyroscope`; `hasc` holds them all.

    Args:
        folder: as for `read`.

    Raises:
        KodoError: as `read`, for either file.
    """
    paths = [*_paths(folder)]
    partner = {path: path.with_name(path.name.replace("-acc.csv", "-gyro.csv")) for path in paths}
    both = [path for path in paths if partner[path].is_file() and content(partner[path]).strip()]
    alone = [path.name for path in paths if path not in set(both)]
    first = {"without_gyroscope": f"{len(alone)} of {len(paths)} files: {shortened(alone)}"} if alone else {}
    for path in both:
        acceleration, rotation = _measured(path), _measured(partner[path])
        broken = {path: acceleration.broken, partner[path]: rotation.broken}
        for made in _recordings(
            "hasc_gyro", path, acceleration.rate, _joined(acceleration, rotation), broken
        ):
            yield replace(made, facts={**made.facts, **first})
            first = {}


def _paths(folder: Path) -> Iterator[Path]:
    return (folder / found.name for found in listing(folder, f"{PEOPLE}-acc.csv"))


Part = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float32]]
"""(time,) seconds of the samples, (row,) stamps of the acceleration as published, and (time, channel)."""


def _joined(acceleration: _Measured, rotation: _Measured) -> list[Part]:
    """Where stretches of both sensors overlap, both on one even grid."""
    parts = []
    for mine in acceleration.stretches:
        for other in rotation.stretches:
            stamps, beside = acceleration.seconds[mine], rotation.seconds[other]
            start, end = max(stamps[0], beside[0]), min(stamps[-1], beside[-1])
            count = int((end - start) * acceleration.rate + 1e-6) + 1 if end > start else 0
            if count < 2:
                continue
            grid = start + np.arange(count) / acceleration.rate
            columns = [
                np.interp(grid, times, column)
                for times, values in ((stamps, acceleration.values[mine]), (beside, rotation.values[other]))
                for column in values.T
            ]
            published = stamps[(stamps >= start) & (stamps <= end)]
            parts.append((grid, published, np.column_stack(columns).astype(np.float32)))
    return parts


def _recordings(
    dataset: str, path: Path, rate: float, parts: list[Part], broken: Mapping[Path, Broken]
) -> Iterator[Recording]:
    """The parts of a file as recordings, with what was done and what the files beside it say."""
    start, place = path.name.removesuffix("-acc.csv"), path.parent
    meta = _meta(path.with_name(f"{start}.meta"))
    segments, unread = _segments(path.with_name(f"{start}.label"))
    told = {name: meta[key] for key, name in FACTS.items() if meta.get(key)}
    odd = named_lines({file.name: lines for file, lines in broken.items()} | {f"{start}.label": unread})
    sequence = bool(segments or unread)
    if sequence and not any(_inside(seconds, segments) for seconds, _, _ in parts):
        told["label"] = "its times lie outside the recording"
    before: float | None = None
    channels = CHANNELS if dataset == "hasc" else CHANNELS_GYRO
    for number, (seconds, stamps, signal) in enumerate(parts, 1):
        name = f"{place.parent.name}/{place.name}/{start}" + (f"-{number}" if len(parts) > 1 else "")
        gap = 0.0 if before is None else float(seconds[0]) - before
        facts = told | timing(stamps, gap) | ({"broken_lines": odd} if odd and number == 1 else {})
        label = _label(seconds, segments) if sequence else np.full(len(seconds), _code(path, meta), np.int16)
        yield Recording(dataset, name, place.name, start, rate, channels, signal, label, facts)
        before = float(seconds[-1])


def _measured(path: Path) -> _Measured:
    table, broken = _table(path)
    stretches, rate = _stretches(path, table[:, 0])
    return _Measured(table[:, 0], np.ascontiguousarray(table[:, 1:], np.float32), stretches, rate, broken)


def _table(path: Path) -> tuple[NDArray[np.float64], Broken]:
    """(time, 4) seconds, x, y, z, in double precision for the seconds; and the lines that are not those."""
    raw = content(path).removeprefix(b"\xef\xbb\xbf")
    if not raw.strip():
        raise KodoError(f"{path} is empty; wanted lines of {', '.join(COLUMNS)}.")
    lines = raw.removesuffix(b"\n").count(b"\n") + 1
    try:
        table = np.loadtxt(io.BytesIO(raw), np.float64, comments=None, delimiter=",", ndmin=2)
        if table.shape == (lines, len(COLUMNS)) and _fits(table).all():
            return table, {}
    except ValueError:
        pass  # line by line, then
    rows, broken = [], {}
    for number, line in enumerate(raw.decode("utf-8", "replace").removesuffix("\n").split("\n"), 1):
        fields = line.strip().split(",")
        good = len(fields) == len(COLUMNS) and all(map(is_number, fields))
        row = np.array(fields, np.float64) if good else np.full(len(COLUMNS), np.nan)
        if _fits(row).all():
            rows.append(row)
        else:
            broken[number] = f"not {','.join(COLUMNS)}" if line.strip() else "empty"
    if not rows:
        raise KodoError(f"{path}, line 1: wanted {','.join(COLUMNS)}, as on no line, got {raw[:40]!r}.")
    return np.array(rows), broken


def _fits(table: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where numbers are neither missing nor beyond single precision."""
    return np.asarray(np.abs(table) <= LARGEST)


def _stretches(path: Path, seconds: NDArray[np.float64]) -> tuple[list[slice], float]:
    """Rows between jumps of the clock, and the rate (Hz), which publishers chose whole."""
    step = np.diff(seconds)
    forward = step[step > 0]
    if len(forward) == 0:
        raise KodoError(f"{path}: the time stamps never advance, so there is no rate.")
    usual = float(np.median(forward))
    jump = (step < 0) | (step > max(GAP, 3 * usual))
    edges = [0, *(np.flatnonzero(jump) + 1).tolist(), len(seconds)]
    rate = np.count_nonzero(~jump) / max(float(step[~jump].sum()), 1e-9)
    stretches = [slice(first, after) for first, after in pairwise(edges)]
    if round(rate) < 1:
        raise KodoError(f"{path}: the time stamps advance by {usual:g} s, less often than once a second.")
    return stretches, float(round(rate))


def _meta(path: Path) -> dict[str, str]:
    """The `Key: value` lines of a file that need not be there."""
    facts = {}
    for line in _text(path).replace("：", ":").splitlines():
        key, _, value = line.partition(":")
        # Some files say the key twice.
        facts[key.strip()] = value.strip().removeprefix(f"{key.strip()}:").strip()
    return facts


def _text(path: Path) -> str:
    """UTF-8, else Shift_JIS; nothing where there is no file."""
    if not path.is_file():
        return ""
    raw = content(path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp932", "replace")


def _code(path: Path, meta: Mapping[str, str]) -> int:
    """The activity of a whole file, by its .meta file or by its folder's name."""
    folder = re.sub(r"^\d+[_ -]", "", path.parent.parent.name)
    named = (meta.get("Activity", "").lower(), folder.lower())
    return next((CODES[name] for name in named if name in CODES), UNLABELLED)


def _label(seconds: NDArray[np.float64], segments: list[Segment]) -> NDArray[np.int16]:
    label = np.full(len(seconds), UNLABELLED, np.int16)
    for first, last, code in segments:
        label[(seconds >= first) & (seconds <= last)] = code
    return label


def _inside(seconds: NDArray[np.float64], segments: list[Segment]) -> bool:
    return any(((seconds >= first) & (seconds <= last)).any() for first, last, _ in segments)


def _segments(path: Path) -> tuple[list[Segment], Broken]:
    """What a .label file says, and its lines that say nothing; some only mark a moment."""
    segments: list[Segment] = []
    broken = {}
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split(",")]
        if len(fields) < 3 or not (is_number(fields[0]) and is_number(fields[1])):
            broken[number] = "not start,end,activity"
            continue
        segments.append((float(fields[0]), float(fields[1]), CODES.get(fields[2].lower(), UNLABELLED)))
    return segments, broken


HASC = Dataset(
    name="hasc",
    title="HASC Challenge corpus",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=100.0,
    window=3.0,
    population="hasc",
    licence="See the publisher's page, which asks for a registration; cite the publication.",
    commercial=None,
    citation="""@inproceedings{kawaguchi2011hasc,
  author    = {Kawaguchi, Nobuo and Ogawa, Nobuhiro and Iwasaki, Yohei and Kaji, Katsuhiko and
               Terada, Tsutomu and Murao, Kazuya and Inoue, Sozo and Kawahara, Yoshihiro and
               Sumi, Yasuyuki and Nishio, Nobuhiko},
  title     = {{HASC} Challenge: gathering large scale human activity corpus for the real-world activity
               understandings},
  booktitle = {Proceedings of the 2nd Augmented Human International Conference},
  year      = {2011},
  doi       = {10.1145/1959826.1959853}
}""",
    address="http://hasc.jp/",
    folders=("hasc", "HASC2010corpus", "HASC-PAC2016", "BasicActivity"),
    pattern=PATTERN,
    read=read,
    met="format",
    version=2,
)

HASC_GYRO = replace(
    HASC,
    name="hasc_gyro",
    title="HASC Challenge corpus, recordings with a gyroscope",
    channels=CHANNELS_GYRO,
    pattern=PATTERN_GYRO,
    read=read_gyro,
)
