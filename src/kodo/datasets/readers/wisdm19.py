"""WISDM 2019: a phone and a watch, eighteen activities of three minutes, from walking to folding clothes.

Acceleration of the watch has met the publisher's files; the other three sensors are read from the published
format, which is the same for all four.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from kodo.datasets.formats.lines import named_lines
from kodo.datasets.readers.wisdm19_files import LETTERS, RATE, pattern, people, series
from kodo.datasets.recording import Dataset, Download, Recording, sensor
from kodo.datasets.timing import timing

ACTIVITIES = (
    "walking", "jogging", "stairs", "sitting", "standing", "typing", "teeth", "soup", "chips", "pasta",
    "drinking", "sandwich", "kicking", "catch", "dribbling", "writing", "clapping", "folding",
)  # fmt: skip
CHANNELS = {
    ("watch", "accel"): sensor("acceleration", "wrist", "m/s²"),
    ("watch", "gyro"): sensor("rotation_rate", "wrist", "rad/s"),
    ("phone", "accel"): sensor("acceleration", "thigh", "m/s²"),
    ("phone", "gyro"): sensor("rotation_rate", "thigh", "rad/s"),
}


def read(folder: Path, device: str, kind: str, name: str) -> Iterator[Recording]:
    """One recording per person and run of an activity, parted where the clock jumps.

    The median step is 49.93 ms on the watch, so the rate is declared as 20 Hz, which is within the tolerance;
    a file that is not gets the rate its time stamps say. Where a device sampled faster for a while (the watch
    at 100 Hz), means over the file's usual step stand for the samples, and the fact `thinned` says so; all
    else is as published, steps up to half a second too. A line that is not as published gives no sample; it
    is counted and named among the facts.

    Args:
        folder: anything above the sensor's files.
        device: "watch" or "phone".
        kind: "accel" or "gyro".
        name: of the dataset.

    Raises:
        KodoError: a file is there twice, or none of its lines is as published.
    """
    channels = CHANNELS[device, kind]
    for held in series(people(folder, pattern(device, kind))):
        times: dict[str, int] = {}
        ended: dict[str, int] = {}
        for stretch in held.stretches:
            letter, time = stretch.letter, stretch.time
            times[letter] = number = times.get(letter, 0) + 1
            gap = (int(time[0]) - ended.get(letter, int(time[0]))) / 1e9
            ended[letter] = int(time[-1])
            facts = timing((time - time[0]) / 1e9, gap)
            if stretch.broken:
                facts["broken_lines"] = named_lines({held.path.name: stretch.broken})
            if stretch.rows > len(time):
                facts["thinned"] = f"{stretch.rows} samples to {len(time)}"
            label = np.full(len(time), LETTERS.index(letter), np.int16)
            yield Recording(
                name, f"{held.person}-{letter}-{number}", held.person, letter, held.rate, channels,
                stretch.signal, label, facts,
            )  # fmt: skip


TITLE = "WISDM Smartphone and Smartwatch Activity and Biometrics Dataset"

WISDM19_WATCH = Dataset(
    name="wisdm19_watch",
    title=f"{TITLE}: acceleration of the watch",
    activities=ACTIVITIES,
    channels=CHANNELS["watch", "accel"],
    rate=RATE,
    window=10.0,
    population="wisdm19",
    licence="CC BY 4.0 on the page of the UCI repository; the files themselves state none.",
    commercial=True,
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
    pattern=pattern("watch", "accel"),
    read=partial(read, device="watch", kind="accel", name="wisdm19_watch"),
    met="part",
    notes=(
        "Now and then the sensor ran several times as fast: such stretches are thinned to the file's usual "
        "rate, each sample a mean, and counted in the recording's facts.",
    ),
    # Not the rows: the publisher counts 3,777,046, with those that came too fast and were thinned.
    counts={"people": 51},
    files=(
        Download(
            "https://archive.ics.uci.edu/static/public/507/wisdm+smartphone+and+smartwatch+activity+and+biometrics+dataset.zip",
            "wisdm+smartphone+and+smartwatch+activity+and+biometrics+dataset.zip",
        ),
    ),
    version=3,
)


def _beside(name: str, title: str, device: str, kind: str) -> Dataset:
    """The card of another sensor of the same people."""
    return replace(
        WISDM19_WATCH,
        name=name,
        title=f"{TITLE}: {title}",
        channels=CHANNELS[device, kind],
        pattern=pattern(device, kind),
        read=partial(read, device=device, kind=kind, name=name),
        met="format",
    )


WISDM19_PHONE = _beside("wisdm19_phone", "acceleration of the phone", "phone", "accel")
WISDM19_WATCH_GYROSCOPE = _beside("wisdm19_watch_gyroscope", "rotation rate of the watch", "watch", "gyro")
WISDM19_PHONE_GYROSCOPE = _beside("wisdm19_phone_gyroscope", "rotation rate of the phone", "phone", "gyro")
