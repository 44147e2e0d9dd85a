"""WISDM 2019: a watch, eighteen activities of three minutes, from walking to folding clothes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.text import content, is_number
from kodo.datasets.locate import listing
from kodo.datasets.recording import Dataset, Recording, sensor
from kodo.errors import KodoError

if TYPE_CHECKING:
    import polars

# The publisher's activity_key.txt: A to S, there is no N.
LETTERS = "ABCDEFGHIJKLMOPQRS"
ACTIVITIES = (
    "walking", "jogging", "stairs", "sitting", "standing", "typing", "teeth", "soup", "chips", "pasta",
    "drinking", "sandwich", "kicking", "catch", "dribbling", "writing", "clapping", "folding",
)  # fmt: skip
CHANNELS = sensor("acceleration", "wrist", "m/s²")
PATTERN = "data_*_accel_watch.txt"
NAME = re.compile(r"data_(\d+)_accel_watch\.txt")
COLUMNS = ("person", "activity", "time", "x", "y", "z")

GAP = 0.5
"""A longer step (seconds), or one back in time, starts a new recording."""

TOLERANCE = 0.05
"""A file whose median step is this close to the nominal one counts as sampled at the nominal rate."""


def read(folder: Path) -> Iterator[Recording]:
    """One recording per person and run of an activity, parted where the clock jumps.

    Nothing is resampled: the median step is 49.93 ms, so the rate is declared as 20 Hz, which is within the
    tolerance; a file that is not gets the rate its time stamps say. Steps up to half a second stay as they
    are, and the longest one is among the facts of its recording.

    Args:
        folder: anything above `watch/accel`.

    Raises:
        KodoError: a file is there twice, or a line is not `person,letter,nanoseconds,x,y,z;`.
    """
    paths = [folder / found.name for found in listing(folder, PATTERN)]
    people: dict[str, Path] = {}
    for path in paths:
        match = NAME.fullmatch(path.name)
        if match is None:
            raise KodoError(f"{path} should be named data_<person>_accel_watch.txt, the person a number.")
        if match[1] in people:
            raise KodoError(f"{path.name} is there twice: {people[match[1]]} and {path}; remove one.")
        people[match[1]] = path
    order = sorted(people, key=int)
    # The files are small, so two at a time keep two cores busy where polars alone does not.
    with ThreadPoolExecutor(2) as beside:
        for recordings in beside.map(_recordings, order, [people[person] for person in order]):
            yield from recordings


def _table(path: Path, person: str) -> polars.DataFrame:
    """The lines of a file in columns, all of one person and with known activities."""
    import polars

    raw = content(path).rstrip()
    kinds = (polars.String, polars.String, polars.Int64, *[polars.Float32] * 3)
    try:
        # The semicolon ends a row, which saves a copy without it; the line's end is part of the next person.
        frame = polars.read_csv(
            raw,
            has_header=False,
            schema=dict(zip(COLUMNS, kinds, strict=True)),
            quote_char=None,
            eol_char=";",
        )
    except polars.exceptions.PolarsError as error:
        raise KodoError(_fault(path, raw, person, str(error))) from error
    people = frame["person"].rle().struct.field("value").str.strip_chars()
    letters = frame["activity"].rle().struct.field("value")
    whole = raw.endswith(b";") and not sum(frame.null_count().row(0))
    if not (whole and (people == person).all() and letters.is_in(list(LETTERS)).all()):
        raise KodoError(_fault(path, raw, person, "a line is not whole"))
    return frame


def _recordings(person: str, path: Path) -> list[Recording]:
    table = _table(path, person)
    time = table["time"].to_numpy()
    signal = table.select("x", "y", "z").to_numpy(order="c")
    runs = table["activity"].rle()
    starts = np.cumsum([0, *runs.struct.field("len").to_list()]).tolist()
    rate, jumps = _rate(time), _jumps(time)
    times: dict[str, int] = {}
    made = []
    for letter, first, after in zip(runs.struct.field("value"), starts[:-1], starts[1:], strict=True):
        edges = [first, *jumps[(jumps > first) & (jumps < after)].tolist(), after]
        for start, end in pairwise(edges):
            times[letter] = number = times.get(letter, 0) + 1
            label = np.full(end - start, LETTERS.index(letter), np.int16)
            name, facts = f"{person}-{letter}-{number}", _facts(time[start:end])
            made.append(
                Recording(
                    "wisdm19_watch", name, person, letter, rate, CHANNELS, signal[start:end], label, facts
                )
            )
    return made


def _jumps(time: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows before which the clock jumped ahead or went back."""
    step = np.diff(time)
    return np.flatnonzero((step < 0) | (step > GAP * 1e9)) + 1


def _rate(time: NDArray[np.int64]) -> float:
    """The nominal rate, unless the median step of a file (nanoseconds) says something else."""
    median = float(np.median(np.diff(time))) if len(time) > 1 else 0.0
    if median <= 0 or abs(1e9 / median / WISDM19_WATCH.rate - 1) <= TOLERANCE:
        return WISDM19_WATCH.rate
    return round(1e9 / median, 1)


def _facts(time: NDArray[np.int64]) -> dict[str, str]:
    """The longest step of a recording, and how many samples have the time stamp of the one before."""
    if len(time) < 2:
        return {}
    step = np.diff(time)
    facts = {"longest_step": f"{step.max() / 1e6:.0f} ms"}
    repeated = np.count_nonzero(step == 0)
    return {**facts, "repeated_time_stamps": str(repeated)} if repeated else facts


def _fault(path: Path, raw: bytes, person: str, otherwise: str) -> str:
    """The first line that is not as published, in a sentence; slow, so only when something went wrong."""
    wanted = "wanted person,letter,nanoseconds,x,y,z;"
    if not raw.strip():
        return f"{path} is empty; {wanted}"
    for number, line in enumerate(raw.decode("utf-8", "replace").removesuffix("\n").split("\n"), 1):
        where, line = f"{path}, line {number}", line.rstrip("\r")
        fields = line.removesuffix(";").split(",")
        if not line.endswith(";") or len(fields) != len(COLUMNS) or ";" in line[:-1]:
            return f"{where}: {wanted} got {line[:60]!r}."
        if fields[0] != person:
            return f"{where}: wanted person {person}, as in the name of the file, got {fields[0][:20]!r}."
        if fields[1] not in [*LETTERS]:
            return f"{where}: wanted an activity from A to S but not N, got {fields[1][:20]!r}."
        if not fields[2].lstrip("-").isdecimal():
            return f"{where}: wanted whole nanoseconds, got {fields[2][:40]!r}."
        for axis, field in zip("xyz", fields[3:], strict=True):
            if not is_number(field):
                return f"{where}: wanted a number for {axis}, got {field[:40]!r}."
    return f"{path} could not be read: {otherwise.splitlines()[0]}."


WISDM19_WATCH = Dataset(
    name="wisdm19_watch",
    title="WISDM Smartphone and Smartwatch Activity and Biometrics Dataset: acceleration of the watch",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=20.0,
    window=10.0,
    population="wisdm19",
    licence="The files name no licence; cite the publication.",
    commercial=None,
    citation="""@article{weiss2019smartphone,
  author  = {Weiss, Gary M. and Yoneda, Kenichi and Hayajneh, Thaier},
  title   = {Smartphone and Smartwatch-Based Biometrics Using Activities of Daily Living},
  journal = {IEEE Access},
  volume  = {7},
  pages   = {133190--133202},
  year    = {2019},
  doi     = {10.1109/ACCESS.2019.2940729}
}""",
    address="https://archive.ics.uci.edu/dataset/507",
    folders=(
        "wisdm19",
        "wisdm-dataset",
        "wisdm+smartphone+and+smartwatch+activity+and+biometrics+dataset",
    ),
    pattern=PATTERN,
    read=read,
    met="part",
    counts={"people": 51, "rows": 3_777_046, "labelled": 3_777_046},
    published={"whar-arena": "wisdm_19_watch"},
)
