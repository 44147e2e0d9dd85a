"""usc_had: one sensor at the hip, twelve activities; read from the published format, not yet run on the
publisher's files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.matlab import variables
from kodo.datasets.formats.text import LARGEST
from kodo.datasets.locate import files_by
from kodo.datasets.recording import Dataset, Download, Recording, sensor
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

Held = Mapping[str, NDArray[np.generic] | str]


def read(folder: Path) -> Iterator[Recording]:
    """One recording per trial; person, activity and trial are those of the file's name.

    Where a field in the file says otherwise, the recording's facts do ("activity in file": "3").

    Args:
        folder: anything above `Subject1`.

    Raises:
        KodoError: a name is not a trial's, a trial is there twice, or a file is damaged or holds no
            readings of six numbers.
    """
    files = files_by(folder, PATTERN, _trial)
    for person, activity, trial in sorted(files):
        path = files[person, activity, trial]
        held = variables(path)
        signal = _readings(path, held)
        told = {"subject": person, "activity": activity, "trial": trial}
        label = np.full(len(signal), activity - 1, np.int16)
        yield Recording(
            "usc_had", f"s{person}-a{activity}-t{trial}", str(person), str(trial), USC_HAD.rate, CHANNELS,
            signal, label, _otherwise(held, told),
        )  # fmt: skip


def _trial(path: Path) -> tuple[int, int, int]:
    """Person, activity and trial."""
    match = NAME.fullmatch("/".join(path.parts[-2:]))
    if match is None or not 1 <= int(match[2]) <= len(ACTIVITIES):
        wanted = f"Subject<n>/a<activity>t<trial>.mat, activities 1 to {len(ACTIVITIES)}"
        raise KodoError(f"{path} is not named as a trial: wanted {wanted}.")
    return int(match[1]), int(match[2]), int(match[3])


def _readings(path: Path, held: Held) -> NDArray[np.float32]:
    """(time, 6) `sensor_readings`, or what alone in the file has its form, under whatever name."""
    formed = {
        name: value
        for name, value in held.items()
        if isinstance(value, np.ndarray)
        and value.ndim == 2
        and value.shape[1] == len(CHANNELS)
        and len(value)
    }
    name = "sensor_readings" if "sensor_readings" in held else next(iter(formed), "")
    if name not in formed or (name != "sensor_readings" and len(formed) > 1):
        got = (
            ", ".join(f"{key} {getattr(value, 'shape', 'text')}" for key, value in held.items())
            or "no matrix"
        )
        raise KodoError(f"{path}: wanted sensor_readings, rows x {len(CHANNELS)} numbers; got {got[:120]}.")
    readings = formed[name].astype(np.float64)
    if (np.abs(readings) > LARGEST).any():
        raise KodoError(f"{path}: {name} holds numbers that are infinite or beyond float32.")
    return np.ascontiguousarray(readings, np.float32)


def _otherwise(held: Held, told: Mapping[str, int]) -> dict[str, str]:
    """What the file's own fields say about person, activity and trial where its name says otherwise."""
    differing = {}
    for noun, start in FIELDS.items():
        for name, value in held.items():
            said = value if isinstance(value, str) else f"{value.flat[0]:g}" if value.size == 1 else ""
            digits = re.findall(r"\d+", said)
            if name.lower().startswith(start) and len(digits) == 1 and int(digits[0]) != told[noun]:
                differing[f"{noun} in file"] = digits[0]
    return differing


USC_HAD = Dataset(
    name="usc_had",
    title="USC Human Activity Dataset (USC-HAD)",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=100.0,
    window=1.28,
    population="usc_had",
    licence="None is stated; the publication calls the dataset freely available; cite it.",
    commercial=None,
    citation="""@inproceedings{zhang2012uschad,
  author    = {Zhang, Mi and Sawchuk, Alexander A.},
  title     = {{USC-HAD}: A Daily Activity Dataset for Ubiquitous Activity Recognition Using Wearable
               Sensors},
  booktitle = {Proceedings of the 2012 ACM Conference on Ubiquitous Computing},
  pages     = {1036--1043},
  year      = {2012},
  doi       = {10.1145/2370216.2370438}
}""",
    address="https://sipi.usc.edu/had/",
    folders=("usc_had", "USC-HAD"),
    pattern=PATTERN,
    read=read,
    met="format",
    counts={"people": 14},
    published={"whar-arena": "usc_had"},
    files=(Download("https://sipi.usc.edu/had/USC-HAD.zip", "USC-HAD.zip"),),
)
