"""UTD-MHAD: 27 actions of 8 people, by a worn sensor (utd_mhad) and by a Kinect (utd_mhad_skeleton)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.matlab import matrix
from kodo.datasets.locate import files_by
from kodo.datasets.recording import Channel, Dataset, Download, Recording, sensor
from kodo.errors import KodoError

ACTIVITIES = (
    "right arm swipe to the left", "right arm swipe to the right", "right hand wave",
    "two hand front clap", "right arm throw", "cross arms in the chest", "basketball shoot",
    "right hand draw x", "right hand draw circle (clockwise)",
    "right hand draw circle (counter clockwise)", "draw triangle", "bowling (right hand)",
    "front boxing", "baseball swing from right", "tennis right hand forehand swing",
    "arm curl (two arms)", "tennis serve", "two hand push", "right hand knock on door",
    "right hand catch an object", "right hand pick up and throw", "jogging in place",
    "walking in place", "sit to stand", "stand to sit", "forward lunge (left foot forward)",
    "squat (two arms stretch out)",
)  # fmt: skip
"""In the publisher's order, a1 to a27."""

# In the order of the publisher's Skeleton_joint_order.txt.
JOINTS = (
    "head", "shoulder_center", "spine", "hip_center", "left_shoulder", "left_elbow", "left_wrist",
    "left_hand", "right_shoulder", "right_elbow", "right_wrist", "right_hand", "left_hip", "left_knee",
    "left_ankle", "left_foot", "right_hip", "right_knee", "right_ankle", "right_foot",
)  # fmt: skip

FIRST_THIGH = 22
"""The sensor sat on the right wrist for the actions before this one, on the right thigh from it on."""

NAME = re.compile(r"a(\d+)_s(\d+)_t(\d+)_(?:inertial|skeleton)\.mat")


def worn(place: str) -> tuple[Channel, ...]:
    """The six channels of the sensor; their names do not hold the place, so that all recordings join.

    Args:
        place: "right wrist" or "right thigh".
    """
    return (
        *sensor("acceleration", place, "g", prefix="acceleration"),
        *sensor("rotation_rate", place, "deg/s", prefix="rotation_rate"),
    )


WRIST, THIGH = worn("right wrist"), worn("right thigh")
SKELETON = tuple(channel for joint in JOINTS for channel in sensor("position", joint, "m", prefix=joint))


def read(folder: Path) -> Iterator[Recording]:
    """One recording per trial of the worn sensor; its channels' place follows from the action.

    Args:
        folder: anything above the files `a1_s1_t1_inertial.mat`.

    Raises:
        KodoError: a name is not a trial's, a trial is there twice, or a file does not hold `d_iner`, six
            finite numbers per row.
    """
    for path, action, name, person, trial in _trials(folder, UTD_MHAD.pattern):
        signal = matrix(path, "d_iner")
        if signal.ndim != 2 or signal.shape[1] != len(WRIST):
            raise _shape(path, "d_iner", "rows x 6", signal)
        channels, place = (WRIST, "right wrist") if action < FIRST_THIGH else (THIGH, "right thigh")
        label = np.full(len(signal), action - 1, np.int16)
        yield Recording(
            "utd_mhad", name, person, trial, UTD_MHAD.rate, channels, signal, label, {"place": place}
        )


def read_skeleton(folder: Path) -> Iterator[Recording]:
    """One recording per trial of the camera, under the same names as those of the worn sensor.

    The two have no common clock: there are 2.4 to 4.5 rows of the sensor per frame, not 50 / 30, so
    neither's times follow from the other's.

    Args:
        folder: anything above the files `a1_s1_t1_skeleton.mat`.

    Raises:
        KodoError: as `read`, for `d_skel`, 20 joints x 3 finite numbers per frame.
    """
    for path, action, name, person, trial in _trials(folder, UTD_MHAD_SKELETON.pattern):
        frames = matrix(path, "d_skel")
        # MATLAB drops the last axis of a single frame.
        frames = frames[..., np.newaxis] if frames.ndim == 2 else frames
        if frames.ndim != 3 or frames.shape[:2] != (len(JOINTS), 3):
            raise _shape(path, "d_skel", "20 x 3 x frames", frames)
        signal = np.ascontiguousarray(frames.transpose(2, 0, 1)).reshape(-1, len(SKELETON))
        label = np.full(len(signal), action - 1, np.int16)
        yield Recording(
            "utd_mhad_skeleton", name, person, trial, UTD_MHAD_SKELETON.rate, SKELETON, signal, label
        )


def _trials(folder: Path, pattern: str) -> list[tuple[Path, int, str, str, str]]:
    """Path, action, name, person and trial of each file, by action, person and trial as numbers."""
    return [
        (path, action, f"a{action}_s{person}_t{trial}", f"s{person}", f"t{trial}")
        for (action, person, trial), path in sorted(files_by(folder, pattern, _trial).items())
    ]


def _trial(path: Path) -> tuple[int, int, int]:
    """Action, person and trial."""
    match = NAME.fullmatch(path.name)
    if match is None or not 1 <= int(match[1]) <= len(ACTIVITIES):
        wanted = f"a1 to a{len(ACTIVITIES)}, a person and a trial, such as a1_s1_t1"
        raise KodoError(f"{path} is not named as published: wanted {wanted}.")
    return int(match[1]), int(match[2]), int(match[3])


def _shape(path: Path, variable: str, wanted: str, got: NDArray[np.float32]) -> KodoError:
    return KodoError(f"{path}: wanted {variable} as {wanted}, got {' x '.join(map(str, got.shape))}.")


CITATION = """@inproceedings{chen2015utd,
  author    = {Chen, Chen and Jafari, Roozbeh and Kehtarnavaz, Nasser},
  title     = {{UTD-MHAD}: A multimodal dataset for human action recognition utilizing a depth camera
               and a wearable inertial sensor},
  booktitle = {IEEE International Conference on Image Processing (ICIP)},
  pages     = {168--172},
  year      = {2015},
  doi       = {10.1109/ICIP.2015.7350781}
}"""
LICENCE = "The files state none; the publication calls the dataset public domain; cite it."
ADDRESS = "https://www.utdallas.edu/~kehtar/UTD-MHAD.html"
ARCHIVES = "https://www.utdallas.edu/~kehtar/UTD-MAD"

UTD_MHAD = Dataset(
    name="utd_mhad",
    title="UTD Multimodal Human Action Dataset, worn inertial sensor",
    activities=ACTIVITIES,
    channels=WRIST,  # the recordings of actions 22 to 27 say THIGH
    rate=50.0,
    # As in the published benchmark, so that scores can be laid beside it; trials last 2.1 to 6.5 s, and
    # those below 3 s are counted as too short.
    window=3.0,
    population="utd_mhad",
    licence=LICENCE,
    commercial=None,
    citation=CITATION,
    address=ADDRESS,
    folders=("utd_mhad", "UTD-MHAD", "Inertial"),
    pattern="a*_s*_t*_inertial.mat",
    read=read,
    counts={"recordings": 861, "people": 8, "rows": 155_638, "labelled": 155_638, "segments": 861},
    published={"whar-arena": "utd_mhad"},
    # The publisher names no checksum: it is what others got who pinned this download.
    files=(
        Download(
            f"{ARCHIVES}/Inertial.zip",
            "Inertial.zip",
            sha256="1900de05775c04626dee30b34638b79dd739d481786f0a788f2fbb00663abea4",
        ),
    ),
)

UTD_MHAD_SKELETON = Dataset(
    name="utd_mhad_skeleton",
    title="UTD Multimodal Human Action Dataset, Kinect skeleton",
    activities=ACTIVITIES,
    channels=SKELETON,
    rate=30.0,
    window=None,  # one action per trial
    population="utd_mhad",
    licence=LICENCE,
    commercial=None,
    citation=CITATION,
    address=ADDRESS,
    folders=("utd_mhad", "UTD-MHAD", "Skeleton"),
    pattern="a*_s*_t*_skeleton.mat",
    read=read_skeleton,
    counts={"recordings": 861, "people": 8, "rows": 58_299, "labelled": 58_299, "segments": 861},
    files=(Download(f"{ARCHIVES}/Skeleton.zip", "Skeleton.zip"),),
)
