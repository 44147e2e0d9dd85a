"""MotionSense: a phone in the trouser pocket, six activities in fifteen trials.

Read from the published format, not yet run on the publisher's files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.text import LARGEST, complete, content, is_number
from kodo.datasets.locate import files_by, listing
from kodo.datasets.recording import Channel, Dataset, Download, Recording, in_order, sensor
from kodo.errors import KodoError

ACTIVITIES = ("downstairs", "upstairs", "walking", "jogging", "sitting", "standing")
SHORT = ("dws", "ups", "wlk", "jog", "sit", "std")
# The places of gravity and user acceleration differ so that they are not one sensor of six axes.
CHANNELS = (
    *(Channel(f"attitude_{turn}", "angle", "", "thigh", "rad") for turn in ("roll", "pitch", "yaw")),
    *sensor("acceleration", "thigh gravity alone", "g", prefix="gravity"),
    *sensor("rotation_rate", "thigh", "rad/s"),
    *sensor("acceleration", "thigh without gravity", "g", prefix="user_acceleration"),
)
COLUMNS = [
    *(f"attitude.{turn}" for turn in ("roll", "pitch", "yaw")),
    *(f"{kind}.{axis}" for kind in ("gravity", "rotationRate", "userAcceleration") for axis in "xyz"),
]
INFORMATION = "data_subjects_info.csv"
KNOWN = ("weight", "height", "age", "gender")
PERSON = re.compile(r"\d{1,3}(,\d{1,3}(\.\d{1,3})?){4}", re.ASCII)
PATTERN = "A_DeviceMotion_data/*_*/sub_*.csv"
NAME = re.compile(r"([a-z]+)_(\d+)/sub_(\d+)\.csv")


def read(folder: Path) -> Iterator[Recording]:
    """One recording per person and trial.

    Args:
        folder: anything above `A_DeviceMotion_data`.

    Raises:
        KodoError: a folder is no trial of a known activity, a file is there twice, a column is missing, or a
            line is not numbers.
    """
    people: dict[str, dict[str, str]] = {}
    for found in listing(folder, INFORMATION):
        people = _people(folder / found.name)
    files = files_by(folder, PATTERN, _trial)
    for key in in_order(list(files)):
        activity, trial, person = NAME.fullmatch(key).groups()  # type: ignore[union-attr]
        signal, facts = _signal(files[key])
        label = np.full(len(signal), SHORT.index(activity), np.int16)
        name = f"{activity}_{trial}-{person}"
        yield Recording(
            "motionsense", name, person, trial, MOTIONSENSE.rate, CHANNELS, signal, label,
            people.get(person, {}) | facts,
        )  # fmt: skip


def _trial(path: Path) -> str:
    key = f"{path.parent.name}/{path.name}"
    match = NAME.fullmatch(key)
    if match is None or match[1] not in SHORT:
        wanted = f"<activity>_<trial>/sub_<person>.csv, the activity one of {', '.join(SHORT)}"
        raise KodoError(f"{path} is not named as published; wanted {wanted}.")
    return key


def _signal(path: Path) -> tuple[NDArray[np.float32], dict[str, str]]:
    """(time, 12) the columns by their names; the first one, which counts the rows, has none."""
    import polars

    raw, facts = complete(path, content(path))
    kinds = dict.fromkeys(COLUMNS, polars.Float32)
    try:
        frame = polars.read_csv(raw, columns=COLUMNS, schema_overrides=kinds, infer_schema=False)
    except polars.exceptions.PolarsError as error:
        raise KodoError(_fault(path, raw)) from error
    # A line with more columns than the header would pass, because only columns asked for are parsed.
    even = raw.count(b",") == (frame.height + 1) * raw.partition(b"\n")[0].count(b",")
    signal = frame.select(COLUMNS).to_numpy(order="c")
    if not raw.endswith(b"\n") or not len(signal) or not even or not np.isfinite(signal).all():
        raise KodoError(_fault(path, raw))
    return signal, facts


def _fault(path: Path, raw: bytes) -> str:
    """The first line that is not as published, in a sentence; slow, so only when something went wrong."""
    lines = raw.decode("utf-8-sig", "replace").split("\n")
    header = [name.strip('"') for name in lines[0].removesuffix("\r").split(",")]
    absent = [column for column in COLUMNS if column not in header]
    if absent:
        return f"{path} has no column '{absent[0]}'."
    for number, line in enumerate(lines[1:-1], 2):
        fields = line.removesuffix("\r").split(",")
        if len(fields) != len(header):
            return f"{path}, line {number}: wanted {len(header)} columns, got {len(fields)}."
        for column, field in zip(header, fields, strict=True):
            if column in COLUMNS and not _finite(field):
                return f"{path}, line {number}: wanted a number for {column}, got {field[:40]!r}."
    return f"{path} holds no row." if len(lines) < 3 else f"{path} could not be read as a table."


def _finite(field: str) -> bool:
    """Whether a field is a number that float32 can hold."""
    plain = field.strip('"')
    ended = plain == plain.rstrip()
    return ended and is_number(plain) and abs(float(plain)) <= LARGEST


def _people(path: Path) -> dict[str, dict[str, str]]:
    """By person, what is known of them (weight, height, age, gender)."""
    lines = content(path).decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")
    header = ["code", *KNOWN]
    if lines[0].split(",") != header:
        raise KodoError(f"{path}, line 1: wanted {','.join(header)}, got {lines[0][:40]!r}.")
    people: dict[str, dict[str, str]] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        code, *values = line.split(",")
        if PERSON.fullmatch(line) is None or code in people:
            raise KodoError(f"{path}, line {number}: wanted {len(header)} numbers, got {line[:40]!r}.")
        people[code] = dict(zip(KNOWN, values, strict=True))
    return people


MOTIONSENSE = Dataset(
    name="motionsense",
    title="MotionSense Dataset",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=50.0,
    window=2.56,
    population="motionsense",
    licence="MIT, the licence of the repository that holds the data; cite the publication.",
    commercial=True,
    citation="""@inproceedings{malekzadeh2019mobile,
  author    = {Malekzadeh, Mohammad and Clegg, Richard G. and Cavallaro, Andrea and Haddadi, Hamed},
  title     = {Mobile Sensor Data Anonymization},
  booktitle = {International Conference on Internet of Things Design and Implementation (IoTDI)},
  pages     = {49--58},
  year      = {2019},
  doi       = {10.1145/3302505.3310068}
}""",
    address="https://github.com/mmalekzadeh/motion-sense",
    folders=("motionsense", "motion-sense", "motion-sense-master", "A_DeviceMotion_data"),
    pattern=PATTERN,
    beside=INFORMATION,
    read=read,
    met="format",
    version=2,
    counts={"recordings": 360, "people": 24, "segments": 360},
    published={"whar-arena": "motion_sense"},
    files=(
        Download(
            "https://github.com/mmalekzadeh/motion-sense/raw/master/data/A_DeviceMotion_data.zip",
            "A_DeviceMotion_data.zip",
        ),
    ),
)
