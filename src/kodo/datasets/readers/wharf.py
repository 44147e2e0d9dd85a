"""wharf: an accelerometer at the right wrist, fourteen activities of daily living; read from the published
format, not yet run on the publisher's files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.text import recorded
from kodo.datasets.locate import listing
from kodo.datasets.recording import Dataset, Download, Recording, sensor
from kodo.errors import KodoError, near

ACTIVITIES = (
    "Brush_teeth", "Climb_stairs", "Comb_hair", "Descend_stairs", "Drink_glass", "Eat_meat", "Eat_soup",
    "Getup_bed", "Liedown_bed", "Pour_water", "Sitdown_chair", "Standup_chair", "Use_telephone", "Walk",
)  # fmt: skip
"""As the folders are called, in any case; those named `*_MODEL` repeat trials of these and are left out."""

CHANNELS = sensor("acceleration", "wrist", "g")
PATTERN = "Accelerometer-*.txt"
NAME = re.compile(
    r"Accelerometer-(\d{4}-\d{1,2}-\d{1,2})-(\d{1,2}-\d{1,2}-\d{1,2})-.+-([fm]\d+)\.txt", re.IGNORECASE
)
HIGHEST = 63
"""The sensor's six bits: 0 is -1.5 g, 63 is +1.5 g."""


def read(folder: Path) -> Iterator[Recording]:
    """One recording per trial; the activity is the folder's, person and day are those of the file's name.

    Args:
        folder: anything above the folders of activities.

    Raises:
        KodoError: a folder is no activity, a file is not named as a trial, or a line is not three integers
            from 0 to 63.
    """
    for found in sorted(listing(folder, PATTERN), key=lambda found: found.name.lower()):
        path = folder / found.name
        activity = path.parent.name.capitalize()
        if activity.endswith("_model"):
            continue
        if activity not in ACTIVITIES:
            raise KodoError(f"{path} lies in no folder of an activity. {near(path.parent.name, ACTIVITIES)}")
        match = NAME.fullmatch(path.name)
        if match is None:
            wanted = "Accelerometer-<year-month-day>-<hour-minute-second>-<activity>-<person>.txt"
            raise KodoError(f"{path} is not named as a trial: wanted {wanted}.")
        day, time, person = match.groups()
        signal, facts = _g(path)
        label = np.full(len(signal), ACTIVITIES.index(activity), np.int16)
        name = f"{activity}-{day}-{time}-{person.lower()}"
        yield Recording("wharf", name, person.lower(), day, WHARF.rate, CHANNELS, signal, label, facts)


def _g(path: Path) -> tuple[NDArray[np.float32], dict[str, str]]:
    """(time, 3) what the integers of a file mean, in g, and the facts of its lines."""
    frame, facts = recorded(path, [channel.axis for channel in CHANNELS])
    counted = frame.to_numpy()
    wrong = np.argwhere(~((counted >= 0) & (counted <= HIGHEST) & (counted == np.rint(counted))))
    if len(wrong):
        line, column = wrong[0].tolist()
        wanted = f"an integer from 0 to {HIGHEST} for {CHANNELS[column].axis}"
        raise KodoError(f"{path}, line {line + 1}: wanted {wanted}, got {counted[line, column]:g}.")
    return counted * np.float32(3 / HIGHEST) - np.float32(1.5), facts


WHARF = Dataset(
    name="wharf",
    title="Dataset for ADL Recognition with Wrist-worn Accelerometer",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=32.0,
    window=3.0,
    population="wharf",
    licence="README: for your own research; commercial use has to be arranged with the authors; cite them.",
    commercial=False,
    citation="""@inproceedings{bruno2013analysis,
  author    = {Bruno, Barbara and Mastrogiovanni, Fulvio and Sgorbissa, Antonio and Vernazza, Tullio and
               Zaccaria, Renato},
  title     = {Analysis of human behavior recognition algorithms based on acceleration data},
  booktitle = {IEEE International Conference on Robotics and Automation},
  pages     = {1602--1607},
  year      = {2013}
}""",
    address="https://archive.ics.uci.edu/dataset/283",
    folders=("wharf", "HMP_Dataset", "dataset+for+adl+recognition+with+wrist+worn+accelerometer"),
    pattern=PATTERN,
    read=read,
    met="format",
    version=2,
    # By the publisher's manual; its 979 trials include 140 of models.
    counts={"recordings": 839, "people": 16},
    files=(
        Download(
            "https://archive.ics.uci.edu/static/public/283/dataset+for+adl+recognition+with+wrist+worn+accelerometer.zip",
            "dataset+for+adl+recognition+with+wrist+worn+accelerometer.zip",
        ),
    ),
)
