"""hasc: phones and small sensors of many kinds, six activities; read from the published format, not yet run
on the publisher's files. Of the sensors, acceleration is read."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.text import content, is_number, numbers
from kodo.datasets.locate import listing
from kodo.datasets.recording import UNLABELLED, Dataset, Recording, sensor
from kodo.errors import KodoError

ACTIVITIES = ("stay", "walk", "jog", "skip", "stUp", "stDown")
CODES = {name.lower(): code for code, name in enumerate(ACTIVITIES)}
CHANNELS = sensor("acceleration", "varied", "g", prefix="acceleration")
COLUMNS = ("seconds", "x", "y", "z")
PATTERN = "HASC*-acc.csv|HASC*.meta|HASC*.label"

FACTS = {"TerminalType": "device", "TerminalPosition": "place", "Gender": "gender", "Height": "height"}
"""Keys of the .meta files that become facts, and what they are called here."""

GAP = 0.25
"""Seconds between two rows, or three usual steps where that is longer, from which on a recording is cut."""

Segment = tuple[float, float, int]
"""First and last second, and the activity between."""


def read(folder: Path) -> Iterator[Recording]:
    """One recording per file, more where its clock jumps; rows between are taken as evenly spaced.

    What the person did is said by the .label file, else by the .meta file, else by the folder's name
    (`walk`, `2_walk`). The person is the folder that holds the file. The rate is that of the time stamps.

    Args:
        folder: anything above the folders of activities.

    Raises:
        KodoError: a line of a file is not as wanted, or a file's clock never advances.
    """
    for found in listing(folder, "HASC*-acc.csv"):
        path = folder / found.name
        start = path.name.removesuffix("-acc.csv")
        meta = _meta(path.with_name(f"{start}.meta"))
        table = _table(path)
        label, said = _label(path, start, table[:, 0], meta)
        facts = {name: meta[key] for key, name in FACTS.items() if meta.get(key)} | said
        stretches, rate = _stretches(path, table[:, 0])
        place = path.parent
        for number, rows in enumerate(stretches, 1):
            name = f"{place.parent.name}/{place.name}/{start}" + (f"-{number}" if len(stretches) > 1 else "")
            signal = np.ascontiguousarray(table[rows, 1:], np.float32)
            yield Recording("hasc", name, place.name, start, rate, CHANNELS, signal, label[rows], facts)


def _table(path: Path) -> NDArray[np.float64]:
    """(time, 4) seconds, x, y, z; the seconds need more digits than single precision has."""
    raw = content(path).removeprefix(b"\xef\xbb\xbf")
    if raw.strip():
        try:
            table = np.loadtxt(io.BytesIO(raw), np.float64, comments=None, delimiter=",", ndmin=2)
        except ValueError as error:
            numbers(path, COLUMNS, ",")
            raise KodoError(f"{path} could not be read as numbers: {str(error)[:80]}") from error
        if table.shape[1] == len(COLUMNS) and np.isfinite(table).all():
            return table
    numbers(path, COLUMNS, ",")
    raise KodoError(f"{path}: wanted {len(COLUMNS)} finite numbers a line ({', '.join(COLUMNS)}).")


def _stretches(path: Path, seconds: NDArray[np.float64]) -> tuple[list[slice], float]:
    """Rows between jumps of the clock, and the rate (Hz), which publishers chose whole."""
    step = np.diff(seconds)
    forward = step[step > 0]
    if len(forward) == 0:
        raise KodoError(f"{path}: the time stamps never advance, so there is no rate.")
    jump = (step < 0) | (step > max(GAP, 3 * float(np.median(forward))))
    edges = [0, *(np.flatnonzero(jump) + 1).tolist(), len(seconds)]
    rate = np.count_nonzero(~jump) / max(float(step[~jump].sum()), 1e-9)
    stretches = [slice(first, after) for first, after in pairwise(edges)]
    return stretches, float(max(1, round(rate)))


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


def _label(
    path: Path, start: str, seconds: NDArray[np.float64], meta: Mapping[str, str]
) -> tuple[NDArray[np.int16], dict[str, str]]:
    """(time,) labels, and a fact where the times of the .label file are not those of the recording."""
    segments = _segments(path.with_name(f"{start}.label"))
    if not segments:
        folder = re.sub(r"^\d+[_ -]", "", path.parent.parent.name)
        named = (meta.get("Activity", "").lower(), folder.lower())
        code = next((CODES[name] for name in named if name in CODES), UNLABELLED)
        return np.full(len(seconds), code, np.int16), {}
    label = np.full(len(seconds), UNLABELLED, np.int16)
    inside = np.zeros(len(seconds), bool)
    for first, last, code in segments:
        rows = (seconds >= first) & (seconds <= last)
        label[rows] = code
        inside |= rows
    return label, {} if inside.any() else {"label": "its times lie outside the recording"}


def _segments(path: Path) -> list[Segment]:
    segments = []
    for number, line in enumerate(_text(path).splitlines(), 1):
        fields = [field.strip() for field in line.split(",")]
        if not line.strip() or line.startswith("#"):
            continue
        if len(fields) < 3 or not (is_number(fields[0]) and is_number(fields[1])):
            raise KodoError(f"{path}, line {number}: wanted start,end,activity, got {line.strip()[:40]!r}.")
        segments.append((float(fields[0]), float(fields[1]), CODES.get(fields[2].lower(), UNLABELLED)))
    return segments


HASC = Dataset(
    name="hasc",
    title="HASC Challenge corpus",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=100.0,
    window=3.0,
    population="hasc",
    licence="Not stated in the files; cite the publication.",
    commercial=None,
    citation="""@inproceedings{kawaguchi2011hasc,
  author    = {Kawaguchi, Nobuo and Ogawa, Nobuhiro and Iwasaki, Yohei and Kaji, Katsuhiko and
               Terada, Tsutomu and Murao, Kazuya and Inoue, Sozo and Kawahara, Yoshihiro and
               Sumi, Yasuyuki and Nishio, Nobuhiko},
  title     = {{HASC} Challenge: gathering large scale human activity corpus for the real-world activity
               understandings},
  booktitle = {Proceedings of the 2nd Augmented Human International Conference},
  year      = {2011}
}""",
    address="http://hasc.jp/",
    folders=("hasc", "HASC2010corpus", "HASC-PAC2016", "BasicActivity"),
    pattern=PATTERN,
    read=read,
    met="format",
)
