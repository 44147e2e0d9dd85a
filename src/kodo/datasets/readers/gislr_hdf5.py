"""GISLR in HDF5: one file per person, of all signs (gislr_hdf5) or of the ten most frequent (gislr_top10).

The sequences are those of Kaggle's edition, under the same names and with the same channels. Read from the
published format, not yet run on the publisher's files.

Source: trado_samples by N. Takayama: `gislr_create_dataset.ipynb` copies the points in the order of Kaggle's
rows, and `defines.py` says where each part of the 543 starts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.text import content
from kodo.datasets.locate import files_by
from kodo.datasets.readers.gislr import ACTIVITIES, GISLR, LONGEST, POINTS, finite, recording
from kodo.datasets.recording import Recording, in_order
from kodo.errors import KodoError, near
from kodo.extras import require

TOP10 = ("listen", "look", "shhh", "donkey", "mouse", "duck", "uncle", "hear", "pretend", "cow")
"""In the order of the extract's own sign_to_prediction_index_map.json."""

PATTERN = "[0-9][0-9][0-9][0-9].hdf5|[0-9][0-9][0-9][0-9][0-9].hdf5"
SIGNS = "sign_to_prediction_index_map.json"
DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, OverflowError, MemoryError)
"""What h5py raises for a file that is damaged or was never one of HDF5."""


def read_hdf5(folder: Path) -> Iterator[Recording]:
    """One recording per sequence of the edition in HDF5, under the names that Kaggle's has.

    The map of signs beside the files says what their numbers mean. Frames have no numbers here, so none is
    known to be missing.

    Args:
        folder: anything above the files `<person>.hdf5` and `sign_to_prediction_index_map.json`.

    Raises:
        KodoError: h5py is not installed, the map is missing or holds an unknown sign, or a file is there
            twice, damaged, or holds anything but sequences of 3 x frames x 543 numbers with a sign.
    """
    return _read(folder, "gislr_hdf5", ACTIVITIES)


def read_top10(folder: Path) -> Iterator[Recording]:
    """As `read_hdf5`, of ten signs.

    Args:
        folder: as for `read_hdf5`.

    Raises:
        KodoError: as `read_hdf5`; or the files hold other signs than these ten.
    """
    return _read(folder, "gislr_top10", TOP10)


def _read(folder: Path, dataset: str, activities: tuple[str, ...]) -> Iterator[Recording]:
    files = files_by(folder, PATTERN, lambda path: path.stem)
    for person in in_order([*files]):
        path = files[person]
        signs = _numbered(path.with_name(SIGNS))
        for name, signal, number in _groups(path):
            sign = signs.get(number)
            if sign is None:
                raise KodoError(f"{path}, {name}: {SIGNS} beside it names no sign {number}.")
            if sign not in activities:
                raise KodoError(f"{path}, {name}: {dataset} has no sign '{sign}'. {near(sign, activities)}")
            yield recording(dataset, f"{person}/{name}", signal, activities.index(sign), {})


def _numbered(path: Path) -> dict[int, str]:
    """The sign of each number, by the map beside the files."""
    try:
        told = json.loads(content(path))
    except ValueError as error:
        raise KodoError(f"{path} is not JSON: {error}.") from error
    numbers = [*told.values()] if isinstance(told, dict) else []
    if not numbers or not all(type(n) is int for n in numbers) or len({*numbers}) < len(numbers):
        raise KodoError(f"{path}: wanted a sign and its own number in each entry.")
    return {number: sign for sign, number in told.items()}


def _groups(path: Path) -> Iterator[tuple[str, NDArray[np.float32], int]]:
    """Name, (frame, channel) numbers and number of the sign of each sequence in a file."""
    h5py = require("h5py", "landmarks")
    try:
        with h5py.File(path, "r") as file:
            for name in in_order(list(file)):
                yield name, *_held(f"{path}, {name}", file[name], h5py)
    except DAMAGE as error:
        said = str(error).splitlines()[0][:80] if str(error) else type(error).__name__
        raise KodoError(f"{path} is no whole HDF5 file: {said}.") from error


def _held(where: str, group: Any, h5py: Any) -> tuple[NDArray[np.float32], int]:
    names = ("feature", "token")
    feature, token = map(group.get, names) if isinstance(group, h5py.Group) else (group, group.parent)
    if not isinstance(feature, h5py.Dataset) or not isinstance(token, h5py.Dataset):
        raise KodoError(f"{where}: wanted a group with feature and token.")
    shape = feature.shape
    formed = len(shape) == 3 and shape[::2] == (3, POINTS) and 0 < shape[1] <= LONGEST
    if not formed or feature.dtype.kind != "f":
        raise KodoError(f"{where}: wanted feature as 3 x frames x {POINTS} numbers, got {shape}.")
    if token.shape != (1,) or token.dtype.kind not in "iu":
        raise KodoError(f"{where}: wanted token as one whole number, got {token.shape} of {token.dtype}.")
    signal = np.asarray(feature[()]).transpose(1, 2, 0).reshape(shape[1], -1)
    return finite(where, np.ascontiguousarray(signal, np.float32)), int(token[0])


GISLR_HDF5 = replace(
    GISLR,
    name="gislr_hdf5",
    title="Google Isolated Sign Language Recognition, one HDF5 file per person; 30 Hz nominal",
    folders=("gislr_hdf5", "gislr_dataset"),
    pattern=PATTERN,
    beside=SIGNS,
    read=read_hdf5,
)

GISLR_TOP10 = replace(
    GISLR_HDF5,
    name="gislr_top10",
    title="GISLR Top 10: ten signs of Google Isolated Sign Language Recognition, in HDF5; 30 Hz nominal",
    activities=TOP10,
    folders=("gislr_top10", "gislr_dataset_top10", "dataset_top10"),
    read=read_top10,
    counts={"people": 21},
)
