"""usc_had: one sensor at the hip, twelve activities; read from the published format, not yet run on the
publisher's files."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.locate import listing
from kodo.datasets.recording import Dataset, Recording, sensor
from kodo.errors import KodoError

# In the order of the publisher's numbers.
ACTIVITIES = (
    "Walking Forward", "Walking Left", "Walking Right", "Walking Upstairs", "Walking Downstairs",
    "Running Forward", "Jumping Up", "Sitting", "Standing", "Sleeping", "Elevator Up", "Elevator Down",
)  # fmt: skip
CHANNELS = (*sensor("acceleration", "hip", "g"), *sensor("rotation_rate", "hip", "deg/s"))
PATTERN = "[Ss]ubject*/a*t*.mat"
NAME = re.compile(r"subject ?(\d+)/a(\d+)t(\d+)\.mat", re.IGNORECASE)

FIELDS = {"subject": "subject", "activity": "activity_num", "trial": "trial"}
"""How the names of the fields start that repeat the file's name: `activity_number` is also misspelled."""

# What scipy raises for a file that is damaged or was never a MATLAB file.
DAMAGED = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, OSError, EOFError, OverflowError,
    MemoryError, NameError, NotImplementedError, zlib.error, struct.error,
)  # fmt: skip


def read(folder: Path) -> Iterator[Recording]:
    """One recording per trial; person, activity and trial are those of the file's name.

    Where a field in the file says otherwise, the recording's facts do ("activity in file": "3").

    Args:
        folder: anything above `Subject1`.

    Raises:
        KodoError: a name is not a trial's, a trial is there twice, or a file holds no readings of six
            numbers.
    """
    files = _files(folder)
    for person, activity, trial in sorted(files):
        path = files[person, activity, trial]
        held = _fields(path)
        signal = _readings(path, held)
        told = {"subject": person, "activity": activity, "trial": trial}
        label = np.full(len(signal), activity - 1, np.int16)
        yield Recording(
            "usc_had", f"s{person}-a{activity}-t{trial}", str(person), str(trial), USC_HAD.rate, CHANNELS,
            signal, label, _otherwise(held, told),
        )  # fmt: skip


def _files(folder: Path) -> dict[tuple[int, int, int], Path]:
    files: dict[tuple[int, int, int], Path] = {}
    for found in listing(folder, PATTERN):
        path = folder / found.name
        match = NAME.fullmatch("/".join(path.parts[-2:]))
        if match is None or not 1 <= int(match[2]) <= len(ACTIVITIES):
            wanted = f"Subject<n>/a<activity>t<trial>.mat, activities 1 to {len(ACTIVITIES)}"
            raise KodoError(f"{path} is not named as a trial: wanted {wanted}.")
        key = (int(match[1]), int(match[2]), int(match[3]))
        first = files.setdefault(key, path)
        if first != path:
            raise KodoError(f"A trial is there twice: {first} and {path}; remove one.")
    return files


def _fields(path: Path) -> Mapping[str, Any]:
    from scipy.io import loadmat, matlab

    try:
        held: Mapping[str, Any] = loadmat(str(path), appendmat=False)
    except (*DAMAGED, matlab.MatReadError) as error:
        said = str(error) or type(error).__name__
        raise KodoError(f"{path} is damaged or no MATLAB file ({said.splitlines()[0][:80]}).") from error
    return {name: np.asarray(value) for name, value in held.items() if not name.startswith("__")}


def _readings(path: Path, held: Mapping[str, Any]) -> NDArray[np.float32]:
    """(time, 6) `sensor_readings`, or what alone in the file has its form, under whatever name."""
    formed = [
        name
        for name, value in held.items()
        if value.dtype.kind in "iuf" and value.ndim == 2 and value.shape[1] == len(CHANNELS) and len(value)
    ]
    name = "sensor_readings" if "sensor_readings" in held else formed[0] if len(formed) == 1 else ""
    if name not in formed:
        got = ", ".join(f"{key} {value.shape}" for key, value in held.items()) or "nothing"
        raise KodoError(f"{path}: wanted sensor_readings, rows x {len(CHANNELS)} numbers; got {got[:120]}.")
    return np.ascontiguousarray(held[name], np.float32)


def _otherwise(held: Mapping[str, Any], told: Mapping[str, int]) -> dict[str, str]:
    """What the file's own fields say about person, activity and trial where its name says otherwise."""
    differing = {}
    for noun, start in FIELDS.items():
        for name, value in held.items():
            digits = re.findall(r"\d+", str(value.flat[0])) if value.size else []
            if name.lower().startswith(start) and len(digits) == 1 and int(digits[0]) != told[noun]:
                differing[f"{noun} in file"] = digits[0]
    return differing


USC_HAD = Dataset(
    name="usc_had",
    title="USC Human Activity Dataset",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=100.0,
    window=1.28,
    population="usc_had",
    licence="Not stated in the files; cite the publication.",
    commercial=None,
    citation="""@inproceedings{zhang2012uschad,
  author    = {Zhang, Mi and Sawchuk, Alexander A.},
  title     = {{USC-HAD}: A Daily Activity Dataset for Ubiquitous Activity Recognition Using Wearable
               Sensors},
  booktitle = {Proceedings of the 2012 ACM Conference on Ubiquitous Computing, Workshop on Situation,
               Activity and Goal Awareness},
  year      = {2012}
}""",
    address="https://sipi.usc.edu/had/",
    folders=("usc_had", "USC-HAD"),
    pattern=PATTERN,
    read=read,
    met="format",
    counts={"people": 14},
    published={"whar-arena": "usc_had"},
)
