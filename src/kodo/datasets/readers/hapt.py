"""HAPT: a phone at the waist, twelve activities, six of them transitions between postures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.text import several, whole_numbers
from kodo.datasets.locate import listing
from kodo.datasets.recording import UNLABELLED, Dataset, Download, Recording, sensor
from kodo.errors import KodoError

ACTIVITIES = (
    "WALKING", "WALKING_UPSTAIRS", "WALKING_DOWNSTAIRS", "SITTING", "STANDING", "LAYING",
    "STAND_TO_SIT", "SIT_TO_STAND", "SIT_TO_LIE", "LIE_TO_SIT", "STAND_TO_LIE", "LIE_TO_STAND",
)  # fmt: skip
CHANNELS = (*sensor("acceleration", "waist", "g"), *sensor("rotation_rate", "waist", "rad/s"))
PATTERN = "acc_exp*_user*.txt|gyro_exp*_user*.txt"
LABELS = "labels.txt"
NAME = re.compile(r"(acc|gyro)_exp(\d+)_user(\d+)\.txt")

Trial = tuple[int, int]
"""Number of the experiment, number of the user."""


def read(folder: Path) -> Iterator[Recording]:
    """One recording per experiment, from its two files of signals and the common file of labels.

    Args:
        folder: anything above `RawData`.

    Raises:
        KodoError: half of a pair or the labels are missing, two files differ in length, a line is not
            numbers, or a label lies outside its recording or on another.
    """
    files, labels = _files(folder)
    segments = _segments(labels)
    unknown = sorted(set(segments) - set(files))
    if unknown:
        raise KodoError(
            f"{labels} labels experiment {unknown[0][0]} of user {unknown[0][1]}, but acc_exp"
            f"{unknown[0][0]:02d}_user{unknown[0][1]:02d}.txt is not there: {len(unknown)} of "
            f"{len(segments)} experiments are missing; unpack the archive again."
        )
    trials = sorted(files)
    # The files are small, so two at a time keep two cores busy where polars alone does not.
    with ThreadPoolExecutor(2) as beside:
        signals = beside.map(_signal, [files[trial] for trial in trials])
        for trial, signal in zip(trials, signals, strict=True):
            label = _label(len(signal), segments.get(trial, []), labels)
            name = f"exp{trial[0]:02d}_user{trial[1]:02d}"
            yield Recording("hapt", name, str(trial[1]), str(trial[0]), HAPT.rate, CHANNELS, signal, label)


def _signal(pair: Mapping[str, Path]) -> NDArray[np.float32]:
    """(time, 6) the two files of an experiment side by side."""
    acceleration, rotation = several([pair["acc"], pair["gyro"]], ("x", "y", "z"))
    if len(acceleration) != len(rotation):
        raise KodoError(
            f"{pair['acc']} has {len(acceleration):,} lines and {pair['gyro'].name} has "
            f"{len(rotation):,}; both sensors have the same clock, so one file is not whole."
        )
    signal = np.empty((len(acceleration), 6), np.float32)
    signal[:, :3] = acceleration
    signal[:, 3:] = rotation
    return signal


def _files(folder: Path) -> tuple[dict[Trial, dict[str, Path]], Path]:
    files: dict[Trial, dict[str, Path]] = {}
    labels = []
    for found in listing(folder, f"{PATTERN}|{LABELS}"):
        path = folder / found.name
        match = NAME.fullmatch(path.name)
        if match is None:
            labels.append(path)
            continue
        pair = files.setdefault((int(match[2]), int(match[3])), {})
        if match[1] in pair:
            raise KodoError(f"{path.name} is there twice: {pair[match[1]]} and {path}; remove one.")
        pair[match[1]] = path
    if len(labels) != 1:
        raise KodoError(f"hapt needs one labels.txt below {folder}; found {len(labels)}.")
    for (experiment, user), pair in files.items():
        for sensor_name in ("acc", "gyro"):
            if sensor_name not in pair:
                other = next(iter(pair.values()))
                raise KodoError(
                    f"{other} has no partner {sensor_name}_exp{experiment:02d}_user{user:02d}.txt; "
                    "unpack the archive again."
                )
    return files, labels[0]


def _segments(labels: Path) -> dict[Trial, list[tuple[int, int, int, int]]]:
    """Per trial: line of the file, activity, first and last row, the rows counted from 1."""
    table = whole_numbers(labels, ("experiment", "user", "activity", "start", "end"))
    segments: dict[Trial, list[tuple[int, int, int, int]]] = {}
    for line, (experiment, user, activity, first, last) in enumerate(table.tolist(), 1):
        if not 1 <= activity <= len(ACTIVITIES):
            wanted = f"an activity from 1 to {len(ACTIVITIES)}"
            raise KodoError(f"{labels}, line {line}: wanted {wanted}, got {activity}.")
        segments.setdefault((experiment, user), []).append((line, activity, first, last))
    return segments


def _label(rows: int, segments: list[tuple[int, int, int, int]], labels: Path) -> NDArray[np.int16]:
    label = np.full(rows, UNLABELLED, np.int16)
    for line, activity, first, last in segments:
        if not 1 <= first <= last <= rows:
            raise KodoError(
                f"{labels}, line {line}: wanted rows from 1 to {rows:,}, got {first:,} to {last:,}."
            )
        if (label[first - 1 : last] != UNLABELLED).any():
            raise KodoError(
                f"{labels}, line {line}: some of the rows {first:,} to {last:,} have a label already."
            )
        label[first - 1 : last] = activity - 1
    return label


HAPT = Dataset(
    name="hapt",
    title="Smartphone-Based Recognition of Human Activities and Postural Transitions",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=50.0,
    window=3.0,
    population="hapt",  # the people of ucihar
    licence="README: cite the publication; provided as is; any commercial use is prohibited. UCI: CC BY 4.0.",
    commercial=False,
    citation="""@article{reyes2016transition,
  author  = {Reyes-Ortiz, Jorge-L. and Oneto, Luca and Sam{\\`a}, Albert and Parra, Xavier and
             Anguita, Davide},
  title   = {Transition-Aware Human Activity Recognition Using Smartphones},
  journal = {Neurocomputing},
  volume  = {171},
  pages   = {754--767},
  year    = {2016},
  doi     = {10.1016/j.neucom.2015.07.085}
}""",
    address="https://archive.ics.uci.edu/dataset/341",
    folders=(
        "hapt",
        "HAPT Data Set",
        "HAPT Dataset",
        "smartphone+based+recognition+of+human+activities+and+postural+transitions",
    ),
    pattern=PATTERN,
    beside=LABELS,
    read=read,
    counts={"recordings": 61, "people": 30, "rows": 1_122_772, "labelled": 815_614, "segments": 1_214},
    published={"whar-arena": "hapt"},
    # The publisher names no checksum: it is what others got who pinned this download.
    files=(
        Download(
            "https://archive.ics.uci.edu/static/public/341/smartphone+based+recognition+of+human+activities+and+postural+transitions.zip",
            "smartphone+based+recognition+of+human+activities+and+postural+transitions.zip",
            sha256="4ac4ae064227c07045a99551876b54d204837e995e298b6488559e209b3deb09",
            size=79_596_192,
        ),
    ),
)
