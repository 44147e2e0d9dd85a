"""MHEALTH: sensors at chest, ankle and arm, twelve exercises.

Read from the published format, not yet run on the publisher's files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kodo.datasets.formats.text import recorded
from kodo.datasets.locate import files_by
from kodo.datasets.recording import Channel, Dataset, Download, Recording, sensor
from kodo.errors import KodoError

ACTIVITIES = (
    "standing still", "sitting and relaxing", "lying down", "walking", "climbing stairs",
    "waist bends forward", "frontal elevation of arms", "knees bending", "cycling", "jogging", "running",
    "jump front and back",
)  # fmt: skip
CHANNELS = (
    *sensor("acceleration", "chest", "m/s²"),
    *(Channel(f"chest_ecg_{lead}", "voltage", "", "chest", "mV") for lead in (1, 2)),
    *(
        channel
        for place in ("ankle", "arm")
        for channel in (
            *sensor("acceleration", place, "m/s²"),
            *sensor("rotation_rate", place, "deg/s"),
            *sensor("magnetic_field", place, "a.u."),
        )
    ),
)
COLUMNS = (*(channel.name for channel in CHANNELS), "label")
PATTERN = "mHealth_subject*.log"
NAME = re.compile(r"mHealth_subject(\d+)\.log")


def read(folder: Path) -> Iterator[Recording]:
    """One recording per person; between the exercises it is unlabelled.

    Args:
        folder: anything above the files.

    Raises:
        KodoError: a file is there twice, a line is not 24 numbers, or a label is none from 0 to 12.
    """
    for person, path in sorted(files_by(folder, PATTERN, _person).items()):
        frame, facts = recorded(path, COLUMNS, "\t")
        table = frame.to_numpy(order="c")
        code = table[:, -1]
        wrong = np.flatnonzero(~np.isin(code, np.arange(len(ACTIVITIES) + 1)))
        if len(wrong):
            raise KodoError(
                f"{path}, line {wrong[0] + 1}: wanted a label from 0 to {len(ACTIVITIES)}, "
                f"got {code[wrong[0]]:g}."
            )
        # 0 is no exercise, which becomes -1, unlabelled.
        yield Recording(
            "mhealth", str(person), str(person), "1", MHEALTH.rate, CHANNELS,
            np.ascontiguousarray(table[:, :-1]), code.astype(np.int16) - np.int16(1), facts,
        )  # fmt: skip


def _person(path: Path) -> int:
    match = NAME.fullmatch(path.name)
    if match is None:
        raise KodoError(f"{path} should be named mHealth_subject<person>.log, the person a number.")
    return int(match[1])


MHEALTH = Dataset(
    name="mhealth",
    title="MHEALTH",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=50.0,
    window=2.56,
    population="mhealth",
    licence="CC BY 4.0 on the page of the UCI repository; the files' README asks for citation.",
    commercial=True,
    citation="""@inproceedings{banos2014mhealthdroid,
  author    = {Banos, Oresti and Garcia, Rafael and Holgado-Terriza, Juan A. and Damas, Miguel and
               Pomares, Hector and Rojas, Ignacio and Saez, Alejandro and Villalonga, Claudia},
  title     = {{mHealthDroid}: A Novel Framework for Agile Development of Mobile Health Applications},
  booktitle = {International Work-Conference on Ambient Assisted Living (IWAAL)},
  pages     = {91--98},
  year      = {2014},
  doi       = {10.1007/978-3-319-13105-4_14}
}""",
    address="https://archive.ics.uci.edu/dataset/319",
    folders=("mhealth", "MHEALTHDATASET", "mhealth+dataset"),
    pattern=PATTERN,
    read=read,
    met="format",
    version=2,
    counts={"recordings": 10, "people": 10, "rows": 1_215_745, "labelled": 343_195},
    published={"whar-arena": "mhealth"},
    # The publisher names no checksum: it is what others got who pinned this download.
    files=(
        Download(
            "https://archive.ics.uci.edu/static/public/319/mhealth+dataset.zip",
            "mhealth+dataset.zip",
            sha256="16ad0ce709f3f00df18f348610d15bce0884b79e2143f57f446493673f02b8e0",
            size=75_567_983,
        ),
    ),
)
