"""DSADS: five units on the body, nineteen daily and sports activities, published as segments of 5 s."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.text import several
from kodo.datasets.locate import listing
from kodo.datasets.recording import Dataset, Download, Quoted, Recording, sensor
from kodo.errors import KodoError

ACTIVITIES = (
    "sitting", "standing", "lying on back", "lying on right side", "ascending stairs", "descending stairs",
    "standing in an elevator still", "moving around in an elevator", "walking in a parking lot",
    "walking on a treadmill 4 km/h flat", "walking on a treadmill 4 km/h 15 deg inclined",
    "running on a treadmill 8 km/h", "exercising on a stepper", "exercising on a cross trainer",
    "cycling on an exercise bike horizontal", "cycling on an exercise bike vertical", "rowing", "jumping",
    "playing basketball",
)  # fmt: skip
"""In the publisher's order, a01 to a19."""

PLACES = ("torso", "right_arm", "left_arm", "right_leg", "left_leg")
# The files state no units. The accelerometers of people who sit measure 9.8 on average, and the magnetic
# field turns as the gyroscopes say when they are read as rad/s (both held by a test); its length is about 1.
CHANNELS = tuple(
    channel
    for place in PLACES
    for quantity, unit in (("acceleration", "m/s²"), ("rotation_rate", "rad/s"), ("magnetic_field", "a.u."))
    for channel in sensor(quantity, place, unit)
)
SEGMENT = 125
"""Rows of a published segment: 5 s at 25 Hz."""

PAPER = "The dataset's authors (kilyos.ee.bilkent.edu.tr/~billur/publ_list/cj14.pdf)"
"""Where figures of several ways of dividing stand side by side."""

BREAKS_TO_S30 = 90
"""Breaks in segments s01 to s30 of all activities and people, 60 of them on stairs."""


def read(folder: Path) -> Iterator[Recording]:
    """Neighbouring segments of an activity and person as one recording, up to the next break.

    Every recording starts where a segment starts, and every segment has 125 rows (the fact `segment_rows`),
    so windows of 5 s without overlap are the published segments.

    Args:
        folder: anything above the files `a01/p1/s01.txt`; there may be any number of segments.

    Raises:
        KodoError: a segment is there twice, has another number of rows, a line that is not 45 numbers or a
            number that is not finite, or the activity is not one of the nineteen.
    """
    for (activity, person), segments in sorted(_segments(folder).items()):
        numbers = sorted(segments)
        signal = _signal([segments[number] for number in numbers])
        gaps = [SEGMENT * n for n in range(1, len(numbers)) if numbers[n] != numbers[n - 1] + 1]
        cuts = sorted({0, *gaps, *breaks(signal).tolist(), len(signal)})
        for first, after in pairwise(cuts):
            held = numbers[first // SEGMENT : after // SEGMENT]
            name = f"a{activity:02d}_p{person}_s{held[0]:02d}-s{held[-1]:02d}"
            label = np.full(after - first, activity - 1, np.int16)
            yield Recording(
                "dsads", name, f"p{person}", f"a{activity:02d}", DSADS.rate, CHANNELS, signal[first:after],
                label, {"segment_rows": str(SEGMENT)},
            )  # fmt: skip


def breaks(signal: NDArray[np.float32]) -> NDArray[np.int64]:
    """Where segments laid one after the other were not recorded one after the other.

    The step from a row to the next is the mean over the channels of |difference| / mean |difference| of that
    channel inside segments. A border is a break when its step is more than three times the mean step inside
    segments and more than 99.9 % of them.

    Args:
        signal: (time, channel) segments of one activity and person, each of `SEGMENT` rows.

    Returns:
        (break,) the first row after each break.
    """
    difference = np.abs(np.diff(signal.astype(np.float64), axis=0))
    border: NDArray[np.int64] = np.arange(SEGMENT - 1, len(difference), SEGMENT)
    inside = np.ones(len(difference), bool)
    inside[border] = False
    usual = difference[inside].mean(axis=0)
    step = np.divide(difference, usual, out=np.zeros_like(difference), where=usual > 0).mean(axis=1)
    limit = max(3 * step[inside].mean(), np.quantile(step[inside], 0.999))
    after: NDArray[np.int64] = border[step[border] > limit] + 1
    return after


def _signal(paths: Sequence[Path]) -> NDArray[np.float32]:
    """(time, 45) segments one after the other."""
    parts = several(paths, [channel.name for channel in CHANNELS], ",")
    for path, part in zip(paths, parts, strict=True):
        if len(part) != SEGMENT:
            raise KodoError(f"{path}: wanted a segment of {SEGMENT} lines, got {len(part)}.")
        if not np.isfinite(part).all():
            line = int(np.flatnonzero(~np.isfinite(part).all(axis=1))[0]) + 1
            raise KodoError(f"{path}, line {line}: wanted numbers, got one that is missing or infinite.")
    return np.ascontiguousarray(np.concatenate(parts))


def _segments(folder: Path) -> dict[tuple[int, int], dict[int, Path]]:
    """By activity and person: the file of each segment, by its number."""
    found: dict[tuple[int, int], dict[int, Path]] = {}
    for file in listing(folder, DSADS.pattern):
        path = folder / file.name
        # The pattern has seen to the digits; parents may lie above `folder`.
        activity, person = int(path.parent.parent.name[1:]), int(path.parent.name[1:])
        if not 1 <= activity <= len(ACTIVITIES):
            raise KodoError(
                f"{path}: wanted an activity from a01 to a{len(ACTIVITIES)}, got a{activity:02d}."
            )
        segments = found.setdefault((activity, person), {})
        number = int(path.stem[1:])
        if number in segments:
            raise KodoError(f"Segment {path} is there twice, also as {segments[number]}; remove one.")
        segments[number] = path
    return found


DSADS = Dataset(
    name="dsads",
    title="Daily and Sports Activities",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=25.0,
    window=5.0,
    population="dsads",
    licence="CC BY 4.0 on the page of the UCI repository; the files themselves state none.",
    commercial=True,
    citation="""@article{altun2010comparative,
  author  = {Altun, Kerem and Barshan, Billur and Tun{\\c{c}}el, Orkun},
  title   = {Comparative study on classifying human activities with miniature inertial and magnetic sensors},
  journal = {Pattern Recognition},
  volume  = {43},
  number  = {10},
  pages   = {3605--3620},
  year    = {2010},
  doi     = {10.1016/j.patcog.2010.04.019}
}""",
    address="https://archive.ics.uci.edu/dataset/256",
    folders=("dsads", "daily+and+sports+activities"),
    pattern="a[0-9][0-9]/p[0-9]/s[0-9][0-9].txt",
    read=read,
    met="part",
    notes=(
        f"Neighbouring segments are one recording except at breaks: {BREAKS_TO_S30} in segments s01 to s30.",
        "In segments s01 to s30, rowing and jumping of p4 and p8 are the same recordings, 10 rows apart: a "
        "split with p4 and p8 on different sides tests on what was learned.",
    ),
    # Not the recordings: only the breaks of half of the segments were ever counted, see BREAKS_TO_S30.
    counts={"people": 8, "rows": 1_140_000, "labelled": 1_140_000},
    published={"whar-arena": "dsads"},
    quoted=(
        Quoted(
            0.987,
            "ResNet34 on accelerations drawn as images",
            "random windows, 20 % held out, epoch 13 of 15 chosen on them",
            "Foray into deep learning: transfer learning and fast.ai (towardsdatascience.com)",
        ),
        *(
            Quoted(accuracy, "other models, on features", split, PAPER)
            for accuracy, split in (
                (0.933, "repeated random sub-sampling"),
                (0.955, "ten-fold cross-validation"),
                (0.810, "leave one subject out"),
            )
        ),
    ),
    # The publisher names no checksum: it is what others got who pinned this download.
    files=(
        Download(
            "https://archive.ics.uci.edu/static/public/256/daily+and+sports+activities.zip",
            "daily+and+sports+activities.zip",
            sha256="f42ad7744ecf14151c9fa3a86dfb5b24de9d7cb7ffe956ef5de242983459c77e",
            size=170_800_010,
        ),
    ),
)
