"""MotionSense: a phone in the trouser pocket, six activities in fifteen trials.

Read from the published format, not yet run on the publisher's files.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.text import content, is_number
from kodo.datasets.locate import listing
from kodo.datasets.recording import Channel, Dataset, Recording, in_order, sensor
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
PATTERN = f"A_DeviceMotion_data/*_*/sub_*.csv|{INFORMATION}"
NAME = re.compile(r"([a-z]+)_(\d+)/sub_(\d+)\.csv")


def read(folder: Path) -> Iterator[Recording]:
    """One recording per person and trial.

    Args:
        folder: anything above `A_DeviceMotion_data`.

    Raises:
        KodoError: a folder is no trial of a known activity, a file is there twice, a column is missing, or a
            line is not numbers.
    """
    files: dict[str, Path] = {}
    people: dict[str, dict[str, str]] = {}
    for found in listing(folder, PATTERN):
        path = folder / found.name
        if path.name == INFORMATION:
            people = _people(path)
            continue
        key = f"{path.parent.name}/{path.name}"
        match = NAME.fullmatch(key)
        if match is None or match[1] not in SHORT:
            wanted = f"<activity>_<trial>/sub_<person>.csv, the activity one of {', '.join(SHORT)}"
            raise KodoError(f"{path} is not named as published; wanted {wanted}.")
        if key in files:
            raise KodoError(f"{key} is there twice: {files[key]} and {path}; remove one.")
        files[key] = path
    for key in in_order(list(files)):
        activity, trial, person = NAME.fullmatch(key).groups()  # type: ignore[union-attr]
        signal = _signal(files[key])
        label = np.full(len(signal), SHORT.index(activity), np.int16)
        name = f"{activity}_{trial}-{person}"
        yield Recording(
            "motionsense", name, person, trial, MOTIONSENSE.rate, CHANNELS, signal, label,
            people.get(person, {}),
        )  # fmt: skip


def _signal(path: Path) -> NDArray[np.float32]:
    """(time, 12) the columns by their names; the first one, which counts the rows, has none."""
    import polars

    raw = content(path)
    try:
        frame = polars.read_csv(
            raw, columns=COLUMNS, schema_overrides=dict.fromkeys(COLUMNS, polars.Float32), quote_char='"'
        )
    except polars.exceptions.PolarsError as error:
        raise KodoError(_fault(path, raw, str(error))) from error
    # A line with more columns than the header would pass, because only columns asked for are parsed.
    even = raw.count(b",") == (frame.height + 1) * raw.partition(b"\n")[0].count(b",")
    if frame.height == 0 or not even or sum(frame.null_count().row(0)):
        raise KodoError(_fault(path, raw, "a number is missing"))
    return frame.select(COLUMNS).to_numpy(order="c")


def _fault(path: Path, raw: bytes, otherwise: str) -> str:
    """The first line that is not as published, in a sentence; slow, so only when something went wrong."""
    header, *lines = list(
        csv.reader(raw.decode("utf-8-sig", "replace").replace("\0", "\\0").splitlines())
    ) or [[]]
    absent = [column for column in COLUMNS if column not in header]
    if absent:
        return f"{path} has no column '{absent[0]}'."
    if not lines:
        return f"{path} holds no row."
    for number, fields in enumerate(lines, 2):
        if len(fields) != len(header):
            return f"{path}, line {number}: wanted {len(header)} columns, got {len(fields)}."
        for column, field in zip(header, fields, strict=True):
            if column in COLUMNS and not is_number(field):
                return f"{path}, line {number}: wanted a number for {column}, got {field[:40]!r}."
    return f"{path} could not be read: {otherwise.splitlines()[0]}."


def _people(path: Path) -> dict[str, dict[str, str]]:
    """By person, what is known of them (weight, height, age, gender)."""
    lines = csv.DictReader(content(path).decode("utf-8-sig", "replace").splitlines())
    if "code" not in (lines.fieldnames or ()):
        raise KodoError(f"{path} has no column 'code'.")
    known = ("weight", "height", "age", "gender")
    return {row["code"]: {name: row[name] for name in known if row.get(name)} for row in lines}


MOTIONSENSE = Dataset(
    name="motionsense",
    title="MotionSense",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=50.0,
    window=2.56,
    population="motionsense",
    licence="See the publisher's page; cite the publication.",
    commercial=None,
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
    read=read,
    met="format",
    counts={"people": 24},
    published={"whar-arena": "motion_sense"},
)
