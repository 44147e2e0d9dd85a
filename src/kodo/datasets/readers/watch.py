"""watch: a smart-watch, seven shoulder exercises; it ships inside the package seglearn."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import numpy as np

from kodo.datasets.formats.text import content
from kodo.datasets.recording import Dataset, Recording, sensor
from kodo.errors import KodoError

FILE = "watch_dataset.npy"
SIZE = 18_118_091
SHA256 = "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537"

# In the order of the file's codes: PEN, ABD, FEL, IR, ER, TRAP, ROW.
ACTIVITIES = (
    "pendulum", "abduction", "forward elevation", "internal rotation", "external rotation",
    "lower trapezius row", "bent-over row",
)  # fmt: skip
CHANNELS = (*sensor("acceleration", "wrist", "g"), *sensor("rotation_rate", "wrist", "rad/s"))


def locate() -> Path:
    """The folder of seglearn's data; the package itself is never imported.

    Raises:
        KodoError: seglearn is not installed, or without its data.
    """
    try:
        held = files("seglearn") or []
    except PackageNotFoundError:
        raise KodoError(
            "The dataset watch ships inside the package seglearn: pip install 'kodo[demo]'"
        ) from None
    for file in held:
        path = Path(str(file.locate()))
        if file.name == FILE and path.is_file():
            return path.parent
    raise KodoError(f"The package seglearn is installed without {FILE}: pip install 'kodo[demo]'")


def read(folder: Path) -> Iterator[Recording]:
    """One recording per person, exercise and side: about twenty repetitions.

    Args:
        folder: that holds `watch_dataset.npy`.

    Raises:
        KodoError: the file is not the published one; it is a pickle, so nothing else is opened.
    """
    raw = content(folder / FILE)
    got = hashlib.sha256(raw).hexdigest()
    if len(raw) != SIZE or got != SHA256:
        raise KodoError(
            f"{folder / FILE} is not the published file: wanted {SIZE:,} bytes with SHA-256 {SHA256[:12]}…, "
            f"got {len(raw):,} bytes with {got[:12]}…; it is not opened, because opening it runs code."
        )
    data = np.load(io.BytesIO(raw), allow_pickle=True).item()
    for signal, code, person, right in zip(
        data["X"], data["y"].tolist(), data["subject"].tolist(), data["side"].tolist(), strict=True
    ):
        side = "right" if right else "left"
        yield Recording(
            "watch", f"{person}-{data['y_labels'][code]}-{side}", str(person), side, WATCH.rate, CHANNELS,
            np.ascontiguousarray(signal, np.float32), np.full(len(signal), code, np.int16), {"side": side},
        )  # fmt: skip


WATCH = Dataset(
    name="watch",
    title="Shoulder physiotherapy exercises with a smart-watch",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=50.0,
    window=3.0,
    population="watch",
    licence="Inside seglearn, BSD 3-Clause; cite the publication.",
    commercial=None,
    citation="""@article{burns2018shoulder,
  author  = {Burns, David M. and Leung, Nathan and Hardisty, Michael and Whyne, Cari M. and
             Henry, Patrick and McLachlin, Stewart},
  title   = {Shoulder physiotherapy exercise recognition: machine learning the inertial signals from a
             smartwatch},
  journal = {Physiological Measurement},
  volume  = {39},
  number  = {7},
  pages   = {075007},
  year    = {2018},
  doi     = {10.1088/1361-6579/aacfd9}
}""",
    address="https://pypi.org/project/seglearn/",
    folders=("seglearn",),
    pattern=FILE,
    read=read,
    counts={"recordings": 140, "people": 10, "rows": 244_102, "labelled": 244_102, "segments": 140},
    checksums={FILE: SHA256},
    locate=locate,
)
