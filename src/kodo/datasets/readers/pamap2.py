"""PAMAP2: sensors at hand, chest and ankle and a heart rate monitor, twelve activities.

Read from the published format, not yet run on the publisher's files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.text import recorded
from kodo.datasets.locate import files_by
from kodo.datasets.recording import UNLABELLED, Channel, Dataset, Download, Recording, sensor
from kodo.datasets.timing import timing
from kodo.errors import KodoError

CODES = {
    1: "lying", 2: "sitting", 3: "standing", 4: "walking", 5: "running", 6: "cycling", 7: "Nordic walking",
    12: "ascending stairs", 13: "descending stairs", 16: "vacuum cleaning", 17: "ironing",
    24: "rope jumping",
}  # fmt: skip
TRANSIENT = 0
PLACES = ("hand", "chest", "ankle")


def _unit(place: str) -> tuple[Channel, ...]:
    """The channels of one place in the order of the file, without the orientation, which is invalid."""
    return (
        Channel(f"{place}_temperature", "temperature", "", place, "°C"),
        *sensor("acceleration", place, "m/s²", device="16 g"),
        *sensor("acceleration", place, "m/s²", prefix=f"{place}_acceleration_6g", device="6 g"),
        *sensor("rotation_rate", place, "rad/s"),
        *sensor("magnetic_field", place, "µT"),
    )


CHANNELS = (
    Channel("heart_rate", "heart_rate", "", "chest", "bpm"),
    *(channel for place in PLACES for channel in _unit(place)),
)
COLUMNS = [
    *("seconds", "activity", "heart_rate"),
    *(
        name
        for place in PLACES
        for name in (*(c.name for c in _unit(place)), *(f"{place}_orientation_{axis}" for axis in "wxyz"))
    ),
]
PATTERN = "Protocol/subject1*.dat"
NAME = re.compile(r"subject1(\d\d)\.dat")

GAP = 0.5
"""A longer step (seconds), or one back in time, starts a new recording."""


def read(folder: Path) -> Iterator[Recording]:
    """One recording per person, parted where the clock jumps; NaN where nothing was measured.

    The heart rate comes about nine times a second, so most of its samples are NaN.

    Args:
        folder: anything above `Protocol`.

    Raises:
        KodoError: a file is there twice, a line is not 54 numbers, or an activity is none of the protocol.
    """
    for person, path in sorted(files_by(folder, PATTERN, _person).items()):
        yield from _recordings(person, path)


def _person(path: Path) -> int:
    match = NAME.fullmatch(path.name)
    if match is None:
        raise KodoError(f"{path} should be named subject1<two digits>.dat.")
    return int(match[1])


def _recordings(person: int, path: Path) -> Iterator[Recording]:
    frame, broken = recorded(path, COLUMNS, exact=("seconds",))
    seconds, label = frame["seconds"].to_numpy(), _label(frame["activity"].to_numpy(), path)
    missing = np.flatnonzero(np.isnan(seconds))
    if len(missing):
        raise KodoError(f"{path}, line {missing[0] + 1}: wanted a number for seconds, got NaN.")
    signal = frame.select(channel.name for channel in CHANNELS).to_numpy(order="c")
    step = np.diff(seconds, prepend=seconds[0])
    edges = [0, *np.flatnonzero((step < 0) | (step > GAP)).tolist(), len(seconds)]
    for number, (first, after) in enumerate(pairwise(edges), 1):
        facts = timing(seconds[first:after], gap_before=step[first])
        yield Recording(
            "pamap2", f"{person}-{number}", str(person), "1", PAMAP2.rate, CHANNELS, signal[first:after],
            label[first:after], facts | (broken if after == len(seconds) else {}),
        )  # fmt: skip


def _label(code: NDArray[np.float32], path: Path) -> NDArray[np.int16]:
    wrong = np.flatnonzero(~np.isin(code, [TRANSIENT, *CODES]))
    if len(wrong):
        wanted = ", ".join(map(str, [TRANSIENT, *CODES]))
        raise KodoError(
            f"{path}, line {wrong[0] + 1}: wanted an activity of {wanted}, got {code[wrong[0]]:g}."
        )
    label = np.full(len(code), UNLABELLED, np.int16)
    for position, number in enumerate(CODES):
        label[code == number] = position
    return label


PAMAP2 = Dataset(
    name="pamap2",
    title="PAMAP2 Physical Activity Monitoring",
    activities=tuple(CODES.values()),
    channels=CHANNELS,
    rate=100.0,
    window=5.12,
    population="pamap2",
    licence="CC BY 4.0 on the page of the UCI repository; cite the publication.",
    commercial=True,
    citation="""@inproceedings{reiss2012introducing,
  author    = {Reiss, Attila and Stricker, Didier},
  title     = {Introducing a New Benchmarked Dataset for Activity Monitoring},
  booktitle = {International Symposium on Wearable Computers (ISWC)},
  pages     = {108--109},
  year      = {2012},
  doi       = {10.1109/ISWC.2012.13}
}""",
    address="https://archive.ics.uci.edu/dataset/231",
    folders=("pamap2", "PAMAP2_Dataset", "pamap2+physical+activity+monitoring"),
    pattern=PATTERN,
    read=read,
    met="format",
    version=2,
    counts={"people": 9, "rows": 2_872_533, "labelled": 1_942_872},
    published={"whar-arena": "pamap2"},
    # The publisher names no checksum: it is what others got who pinned this download.
    files=(
        Download(
            "https://archive.ics.uci.edu/static/public/231/pamap2+physical+activity+monitoring.zip",
            "pamap2+physical+activity+monitoring.zip",
            sha256="76b3580bd5a804121f507717cb498c66a312ef5c774f4a78ac470e6558add352",
        ),
    ),
)
