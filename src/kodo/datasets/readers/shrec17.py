"""shrec17: gestures of a hand before a depth camera, 14 classes, or 28 with the number of fingers; read from
the published format, run on the publisher's lists and one of its files, not yet on all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from kodo.datasets.formats.text import numbers, whole_numbers
from kodo.datasets.layouts import DEPTH_HAND, landmarks
from kodo.datasets.locate import files_by, listing
from kodo.datasets.recording import Dataset, Recording
from kodo.errors import KodoError

ACTIVITIES = (
    "Grab", "Tap", "Expand", "Pinch", "Rotation CW", "Rotation CCW", "Swipe right", "Swipe left", "Swipe up",
    "Swipe down", "Swipe X", "Swipe +", "Swipe V", "Shake",
)  # fmt: skip
FINGERS = ("one finger", "whole hand")
CHANNELS = landmarks(DEPTH_HAND, "hand", "m")
COLUMNS = tuple(channel.name for channel in CHANNELS)
LISTED = ("gesture", "finger", "subject", "essai", "label of 14", "label of 28", "frames")

# Without the lists, so that a folder that holds nothing else is not taken for the dataset.
PATTERN = "gesture_*/finger_*/subject_*/essai_*/skeletons_world.txt"
NAME = re.compile(r"gesture_(\d+)/finger_(\d+)/subject_(\d+)/essai_(\d+)/skeletons_world\.txt")

Trial = tuple[int, int, int, int]
"""Numbers of gesture, finger, subject and essai."""


def read(folder: Path) -> Iterator[Recording]:
    """One recording per gesture made, of 14 classes; the fact `split` is the publisher's, train or test.

    Args:
        folder: anything above `gesture_1` and the publisher's two lists.

    Raises:
        KodoError: a list is missing or lacks a file, a file on it is missing, or a line is not 66 numbers.
    """
    return _read(folder, "shrec17")


def read_28(folder: Path) -> Iterator[Recording]:
    """As `read`, of 28 classes: each gesture with one finger and with the whole hand.

    Args:
        folder: as for `read`.

    Raises:
        KodoError: as `read`.
    """
    return _read(folder, "shrec17_28")


def _read(folder: Path, dataset: str) -> Iterator[Recording]:
    listed = sides(folder)
    files = files_by(folder, PATTERN, _trial)
    for trial in sorted(files.keys() ^ listed.keys()):
        if trial in files:
            raise KodoError(f"{files[trial]} is on neither of the publisher's lists, so its side is unknown.")
        place = "gesture_{}/finger_{}/subject_{}/essai_{}".format(*trial)
        raise KodoError(
            f"The publisher lists {place}, which is not below {folder}; unpack the archive again."
        )
    for trial in sorted(files):
        gesture, finger, subject, essai = trial
        signal = numbers(files[trial], COLUMNS)
        code = gesture - 1 if dataset == "shrec17" else 2 * (gesture - 1) + finger - 1
        side, frames = listed[trial]
        facts = {"split": side} | ({} if frames == len(signal) else {"frames listed": str(frames)})
        yield Recording(
            dataset, f"g{gesture}-f{finger}-s{subject}-e{essai}", str(subject), str(essai), SHREC17.rate,
            CHANNELS, signal, np.full(len(signal), code, np.int16), facts,
        )  # fmt: skip


def sides(folder: Path) -> dict[Trial, tuple[str, int]]:
    """Side ("train" or "test") and number of frames of every trial on the publisher's lists.

    Args:
        folder: anything above `train_gestures.txt` and `test_gestures.txt`.

    Raises:
        KodoError: a list is missing or there twice, a trial is listed twice, or a label is not that of the
            trial's gesture and finger.
    """
    listed: dict[Trial, tuple[str, int]] = {}
    for side in ("train", "test"):
        found = [folder / file.name for file in listing(folder, f"{side}_gestures.txt")]
        if len(found) != 1:
            raise KodoError(f"shrec17 needs one {side}_gestures.txt below {folder}; found {len(found)}.")
        for line, row in enumerate(whole_numbers(found[0], LISTED).tolist(), 1):
            where = f"{found[0]}, line {line}"
            gesture, finger, subject, essai, of_14, of_28, frames = row
            trial = (gesture, finger, subject, essai)
            if not (1 <= gesture <= len(ACTIVITIES) and 1 <= finger <= len(FINGERS)):
                raise KodoError(f"{where}: there is no gesture {gesture} with finger {finger}.")
            if (of_14, of_28) != (gesture, 2 * (gesture - 1) + finger):
                raise KodoError(f"{where}: labels {of_14} and {of_28} are not those of gesture {gesture}.")
            if trial in listed:
                raise KodoError(f"{where}: this trial is listed before, as {listed[trial][0]}.")
            listed[trial] = (side, frames)
    return listed


def _trial(path: Path) -> Trial:
    match = NAME.fullmatch("/".join(path.parts[-5:]))
    if match is None:
        raise KodoError(f"{path} lies in no folder gesture_<n>/finger_<n>/subject_<n>/essai_<n>.")
    return int(match[1]), int(match[2]), int(match[3]), int(match[4])


SHREC17 = Dataset(
    name="shrec17",
    title="SHREC'17 Track: 3D Hand Gesture Recognition Using a Depth and Skeletal Dataset",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=30.0,
    window=None,
    population="shrec17",
    licence="Research use; cite the publication.",
    commercial=None,
    citation="""@inproceedings{desmedt2017shrec,
  author    = {De Smedt, Quentin and Wannous, Hazem and Vandeborre, Jean-Philippe and Guerry, Joris and
               Le Saux, Bertrand and Filliat, David},
  title     = {{SHREC'17} Track: {3D} Hand Gesture Recognition Using a Depth and Skeletal Dataset},
  booktitle = {Eurographics Workshop on 3D Object Retrieval},
  pages     = {33--38},
  year      = {2017},
  doi       = {10.2312/3dor.20171049}
}""",
    address="http://www-rech.telecom-lille.fr/shrec2017-hand/",
    folders=("shrec17", "HandGestureDataset_SHREC2017"),
    pattern=PATTERN,
    beside="train_gestures.txt|test_gestures.txt",
    read=read,
    met="part",
    version=2,
    counts={"recordings": 2_800, "people": 28, "rows": 164_969},  # by the publisher's lists
)

SHREC17_28 = replace(
    SHREC17,
    name="shrec17_28",
    activities=tuple(f"{gesture}, {fingers}" for gesture in ACTIVITIES for fingers in FINGERS),
    read=read_28,
    met="part",
    version=2,
)
