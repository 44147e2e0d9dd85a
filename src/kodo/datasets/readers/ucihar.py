"""UCI HAR: a phone at the waist, six activities, published as windows that overlap by half.

Read from the published format, not yet run on the publisher's files.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.text import numbers, whole_numbers
from kodo.datasets.locate import files_by
from kodo.datasets.recording import Dataset, Download, Recording, sensor
from kodo.errors import KodoError

ACTIVITIES = ("WALKING", "WALKING_UPSTAIRS", "WALKING_DOWNSTAIRS", "SITTING", "STANDING", "LAYING")
# The place of the last sensor differs so that total and body acceleration are not one sensor of six axes.
CHANNELS = (
    *sensor("acceleration", "waist", "g"),
    *sensor("rotation_rate", "waist", "rad/s"),
    *sensor("acceleration", "waist without gravity", "g", prefix="waist_body_acceleration"),
)
SIGNALS = [f"{kind}_{axis}" for kind in ("total_acc", "body_gyro", "body_acc") for axis in "xyz"]
MEASURED = 6
"""So many of the signals were measured; the others were made from them by a filter."""

WINDOW, HALF = 128, 64
SAMPLES = [f"sample {number}" for number in range(1, WINDOW + 1)]
PEOPLE = 30
PARTS = ("train", "test")
PATTERN = "|".join(
    [
        f"{part}/Inertial Signals/*_?_{part}.txt|{part}/y_{part}.txt|{part}/subject_{part}.txt"
        for part in PARTS
    ]
)


def read(folder: Path) -> Iterator[Recording]:
    """One recording per chain of windows that share samples, so that no split parts what is the same.

    Consecutive windows of one person and activity are joined where the second half of one is the first half
    of the next in all measured signals; elsewhere a new recording starts.

    Args:
        folder: anything above `train` and `test`.

    Raises:
        KodoError: a file is missing or there twice, files differ in length, or a line is not numbers.
    """
    paths = files_by(folder, PATTERN, lambda path: path.name)
    for part in PARTS:
        names = [f"{name}_{part}.txt" for name in (*SIGNALS, "y", "subject")]
        absent = [name for name in names if name not in paths]
        if absent:
            raise KodoError(f"ucihar needs {absent[0]} below {folder}; unpack the archive again.")
        *signals, label, person = (paths[name] for name in names)
        yield from _recordings(part, signals, label, person)


def _recordings(part: str, files: list[Path], labels: Path, people: Path) -> Iterator[Recording]:
    activity = _codes(labels, "an activity", len(ACTIVITIES))
    person = _codes(people, "a person", PEOPLE)
    windows = np.empty((len(activity), WINDOW, len(files)), np.float32)
    for channel, file in enumerate(files):
        table = numbers(file, SAMPLES)
        if len(table) != len(windows) or len(person) != len(windows):
            raise KodoError(
                f"{file} has {len(table):,} lines, {labels.name} {len(windows):,} and {people.name} "
                f"{len(person):,}; each window has one line in all, so one file is not whole."
            )
        missing = np.flatnonzero(np.isnan(table).any(axis=1))
        if len(missing):
            raise KodoError(f"{file}, line {missing[0] + 1}: wanted {WINDOW} numbers, got one that is NaN.")
        windows[:, :, channel] = table
    same = windows[1:, :HALF] == windows[:-1, HALF:]
    joined = same[:, :, :MEASURED].all(axis=(1, 2))
    joined &= (np.diff(activity) == 0) & (np.diff(person) == 0)
    unlike = joined & ~same[:, :, MEASURED:].all(axis=(1, 2))
    edges = [0, *(np.flatnonzero(~joined) + 1).tolist(), len(windows)]
    for number, (first, after) in enumerate(pairwise(edges), 1):
        signal = _chain(windows[first:after])
        facts = {"split": part, "windows": str(after - first)}
        different = int(unlike[first : after - 1].sum())
        if different:
            facts["windows_whose_filtered_halves_differ"] = str(different)
        label = np.full(len(signal), activity[first] - 1, np.int16)
        name, subject = f"{part}-{number}", str(person[first])
        yield Recording(
            "ucihar", name, subject, part, UCIHAR.rate, CHANNELS, signal, label, facts
        )  # fmt: skip


def _chain(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(time, channel) the samples of windows of which each starts in the middle of the one before."""
    later = windows[1:, HALF:].reshape(-1, windows.shape[2])
    return np.concatenate([windows[0], later])


def _codes(path: Path, noun: str, highest: int) -> NDArray[np.int64]:
    """(window,) the numbers of a file that holds one a line, all from 1 to the highest."""
    codes = whole_numbers(path, [noun.split()[-1]])[:, 0]
    wrong = np.flatnonzero((codes < 1) | (codes > highest))
    if len(wrong):
        line, got = wrong[0] + 1, codes[wrong[0]]
        raise KodoError(f"{path}, line {line}: wanted {noun} from 1 to {highest}, got {got}.")
    return codes


UCIHAR = Dataset(
    name="ucihar",
    title="Human Activity Recognition Using Smartphones",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=50.0,
    window=2.56,
    population="hapt",  # the people of hapt
    licence="README: cite the publication; provided as is; any commercial use is prohibited. UCI: CC BY 4.0.",
    commercial=False,
    citation="""@inproceedings{anguita2013public,
  author    = {Anguita, Davide and Ghio, Alessandro and Oneto, Luca and Parra, Xavier and
               Reyes-Ortiz, Jorge L.},
  title     = {A Public Domain Dataset for Human Activity Recognition Using Smartphones},
  booktitle = {European Symposium on Artificial Neural Networks (ESANN)},
  pages     = {437--442},
  year      = {2013}
}""",
    address="https://archive.ics.uci.edu/dataset/240",
    folders=("ucihar", "UCI HAR Dataset", "human+activity+recognition+using+smartphones"),
    pattern=PATTERN,
    read=read,
    met="format",
    version=2,
    counts={"people": 30},
    published={"whar-arena": "uci_har"},
    # The publisher names no checksum: it is what others got who pinned this download.
    files=(
        Download(
            "https://archive.ics.uci.edu/static/public/240/human+activity+recognition+using+smartphones.zip",
            "human+activity+recognition+using+smartphones.zip",
            sha256="c00b803081a5c797cd5e4b83700a9810b38d53d9d84e01917e090e1fdbc81031",
            size=61_005_872,
        ),
    ),
)
