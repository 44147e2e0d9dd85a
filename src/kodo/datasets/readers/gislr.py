"""GISLR: 250 isolated signs of American Sign Language, as MediaPipe's landmarks of face, hands and body.

Kaggle's edition, one Parquet file per sequence; `gislr_hdf5` reads the same sequences from HDF5. Read from
the published format, not yet run on the publisher's files. A frame is 543 points x 3 numbers, 6.5 kB in the
cache, where all sequences take about 22 GB (an estimate, nobody measured it); they are read one at a time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.lines import named_lines
from kodo.datasets.formats.text import content
from kodo.datasets.layouts import FACE, HAND, POSE, landmarks
from kodo.datasets.locate import files_by
from kodo.datasets.recording import UNLABELLED, Dataset, Recording, in_order
from kodo.errors import KodoError, near

if TYPE_CHECKING:
    import polars

# In the order of Kaggle's sign_to_prediction_index_map.json.
ACTIVITIES = (
    "TV", "after", "airplane", "all", "alligator", "animal", "another", "any", "apple", "arm", "aunt",
    "awake", "backyard", "bad", "balloon", "bath", "because", "bed", "bedroom", "bee", "before", "beside",
    "better", "bird", "black", "blow", "blue", "boat", "book", "boy", "brother", "brown", "bug", "bye",
    "callonphone", "can", "car", "carrot", "cat", "cereal", "chair", "cheek", "child", "chin",
    "chocolate", "clean", "close", "closet", "cloud", "clown", "cow", "cowboy", "cry", "cut", "cute",
    "dad", "dance", "dirty", "dog", "doll", "donkey", "down", "drawer", "drink", "drop", "dry", "dryer",
    "duck", "ear", "elephant", "empty", "every", "eye", "face", "fall", "farm", "fast", "feet", "find",
    "fine", "finger", "finish", "fireman", "first", "fish", "flag", "flower", "food", "for",
    "frenchfries", "frog", "garbage", "gift", "giraffe", "girl", "give", "glasswindow", "go", "goose",
    "grandma", "grandpa", "grass", "green", "gum", "hair", "happy", "hat", "hate", "have", "haveto",
    "head", "hear", "helicopter", "hello", "hen", "hesheit", "hide", "high", "home", "horse", "hot",
    "hungry", "icecream", "if", "into", "jacket", "jeans", "jump", "kiss", "kitty", "lamp", "later",
    "like", "lion", "lips", "listen", "look", "loud", "mad", "make", "man", "many", "milk", "minemy",
    "mitten", "mom", "moon", "morning", "mouse", "mouth", "nap", "napkin", "night", "no", "noisy", "nose",
    "not", "now", "nuts", "old", "on", "open", "orange", "outside", "owie", "owl", "pajamas", "pen",
    "pencil", "penny", "person", "pig", "pizza", "please", "police", "pool", "potty", "pretend", "pretty",
    "puppy", "puzzle", "quiet", "radio", "rain", "read", "red", "refrigerator", "ride", "room", "sad",
    "same", "say", "scissors", "see", "shhh", "shirt", "shoe", "shower", "sick", "sleep", "sleepy",
    "smile", "snack", "snow", "stairs", "stay", "sticky", "store", "story", "stuck", "sun", "table",
    "talk", "taste", "thankyou", "that", "there", "think", "thirsty", "tiger", "time", "tomorrow",
    "tongue", "tooth", "toothbrush", "touch", "toy", "tree", "uncle", "underwear", "up", "vacuum", "wait",
    "wake", "water", "wet", "weus", "where", "white", "who", "why", "will", "wolf", "yellow", "yes",
    "yesterday", "yourself", "yucky", "zebra", "zipper",
)  # fmt: skip
PARTS = {"face": FACE, "left_hand": HAND, "pose": POSE, "right_hand": HAND}
"""What `type` says in Kaggle's files, in the order in which both editions are read."""

CHANNELS = tuple(channel for part, points in PARTS.items() for channel in landmarks(points, part, "image"))
POINTS = len(CHANNELS) // 3
LONGEST = 10_000
"""Frames of a sequence; more is taken for damage. The longest published one is said to have 537."""

PATTERN = "train_landmark_files/*/*.parquet"
TABLE = ("path", "participant_id", "sequence_id", "sign")
COLUMNS = ("frame", "type", "landmark_index", "x", "y", "z")

FACTS = {"rate": "nominal: neither a rate nor time stamps are stated"}


def read(folder: Path) -> Iterator[Recording]:
    """One recording per sequence of Kaggle's edition, with its sign at every frame; NaN = point not seen.

    Points are placed by their type and index, in whatever order their rows come. Where frame numbers jump,
    the frames between are there with nothing seen, and counted as `missing_frames`. A file that train.csv
    does not list is unlabelled; lines of train.csv whose file is missing are counted and named among the
    facts of the first recording, `broken_lines`. The occasion is not stated, so it is the same for all.

    Args:
        folder: anything above `train.csv` and `train_landmark_files`.

    Raises:
        KodoError: train.csv is missing or not as published, or a file is there twice, damaged, or holds a
            point that there is not, or one twice.
    """
    files = files_by(folder, PATTERN, lambda path: f"{path.parent.name}/{path.stem}")
    tables = {path.parents[2] / "train.csv" for path in files.values()}
    if len(tables) > 1:
        first, second = sorted(tables)[:2]
        raise KodoError(f"gislr is there twice: {first.parent} and {second.parent}; remove one.")
    signs = {key: said for table in tables for key, said in _signs(table).items()}
    lost = {line: "its file is missing" for key, (_, line) in signs.items() if key not in files}
    lost_facts = {"broken_lines": named_lines({"train.csv": lost})} if lost else {}
    for key in in_order([*files]):
        signal, jumped = _sequence(files[key])
        sign, _ = signs.get(key, ("", 0))
        facts = ({"missing_frames": str(jumped)} if jumped else {}) | lost_facts
        if not sign:
            facts["sign"] = "not in train.csv"
        yield recording("gislr", key, signal, ACTIVITIES.index(sign) if sign else UNLABELLED, facts)
        lost_facts = {}


def _signs(table: Path) -> dict[str, tuple[str, int]]:
    """Sign and line in train.csv of each `<person>/<sequence>`."""
    rows = csv.DictReader(io.StringIO(content(table).decode("utf-8-sig", "replace"), newline=""))
    signs: dict[str, tuple[str, int]] = {}
    try:
        if not set(TABLE) <= set(rows.fieldnames or ()):
            got = ",".join(rows.fieldnames or ()) or "nothing"
            raise KodoError(f"{table}, line 1: wanted {','.join(TABLE)}, got {got[:60]!r}.")
        for row in rows:
            key, sign = _sign(f"{table}, line {rows.line_num}", row)
            if key in signs:
                raise KodoError(f"{table}, line {rows.line_num}: {key} is in line {signs[key][1]} before.")
            signs[key] = (sign, rows.line_num)
    except csv.Error as error:
        raise KodoError(f"{table}, line {rows.line_num + 1}: {error}.") from error
    return signs


def _sign(where: str, row: Mapping[str, str | None]) -> tuple[str, str]:
    """`<person>/<sequence>` and its sign, from a line of train.csv whose columns agree with each other."""
    path, person, sequence, sign = (row[column] or "" for column in TABLE)
    key = f"{person}/{sequence}"
    if not path.endswith(f"/{key}.parquet"):
        raise KodoError(f"{where}: wanted a path that ends with /{key}.parquet, got {path[-60:]!r}.")
    if sign not in ACTIVITIES:
        raise KodoError(f"{where}: there is no sign '{sign[:20]}'. {near(sign[:20], ACTIVITIES)}")
    return key, sign


def _sequence(path: Path) -> tuple[NDArray[np.float32], int]:
    """(frame, channel) numbers of a Parquet file, and how many frames between are not in it."""
    rows = _rows(path)
    sizes = np.array([len(points) for points in PARTS.values()])
    part = rows["type"].replace_strict([*PARTS], range(len(PARTS)), default=-1).to_numpy()
    index, frame = rows["landmark_index"].to_numpy(), rows["frame"].to_numpy()
    wrong = np.flatnonzero((part < 0) | (index < 0) | (index >= sizes[part]))
    if len(wrong):
        row, name = int(wrong[0]), str(rows["type"][int(wrong[0])])[:20]
        raise KodoError(f"{path}, row {row + 1}: there is no point {index[row]} of type '{name}'.")
    first, last = int(frame.min()), int(frame.max())
    if last - first >= LONGEST:
        raise KodoError(f"{path}: frames {first} to {last} are more than {LONGEST:,}.")
    place = (frame - first) * POINTS + (np.cumsum(sizes) - sizes)[part] + index
    if np.bincount(place).max() > 1:
        raise KodoError(f"{path} holds a point of a frame twice.")
    count = last - first + 1
    signal = np.full((count * POINTS, 3), np.nan, np.float32)
    signal[place] = rows.select("x", "y", "z").to_numpy()
    return finite(path, signal.reshape(count, -1)), count - len(np.unique(frame))


def _rows(path: Path) -> polars.DataFrame:
    """COLUMNS of a Parquet file, in its order of rows."""
    import polars

    kinds = (polars.Int64, polars.String, polars.Int64, *[polars.Float32] * 3)
    try:
        rows = polars.read_parquet(io.BytesIO(content(path)), columns=[*COLUMNS])
        rows = rows.cast(dict(zip(COLUMNS, kinds, strict=True)))
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException) as error:
        said = str(error).partition("\n")[0][:80]
        raise KodoError(f"{path} is no whole Parquet file with {', '.join(COLUMNS)}: {said}.") from error
    if rows.height == 0 or any(rows[name].null_count() > 0 for name in COLUMNS[:3]):
        raise KodoError(f"{path}: wanted rows with a frame, a type and a landmark_index; some are missing.")
    return rows


def finite(where: object, signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """The signal itself; NaN is allowed.

    Raises:
        KodoError: a number is infinite.
    """
    if np.isinf(signal).any():
        raise KodoError(f"{where} holds infinite numbers.")
    return signal


def recording(
    dataset: str, key: str, signal: NDArray[np.float32], code: int, facts: Mapping[str, str]
) -> Recording:
    """A sequence of either edition as a recording.

    Args:
        dataset: name of the edition.
        key: `<person>/<sequence>`.
        signal: (frame, channel), CHANNELS.
        code: of its sign, or -1.
        facts: beside those of the edition.
    """
    label = np.full(len(signal), code, np.int16)
    person = key.partition("/")[0]
    return Recording(
        dataset, key, person, "not stated", GISLR.rate, CHANNELS, signal, label, {**FACTS, **facts}
    )


GISLR = Dataset(
    name="gislr",
    title="Google Isolated Sign Language Recognition, Kaggle's edition; 30 Hz nominal",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=30.0,
    window=None,
    population="gislr",
    licence="CC BY 4.0, as the author of the HDF5 edition says of the original; see the competition's rules.",
    commercial=True,
    citation="""@misc{google2023isolated,
  author       = {{Google}},
  title        = {{Google} - Isolated Sign Language Recognition},
  year         = {2023},
  publisher    = {Kaggle},
  howpublished = {\\url{https://www.kaggle.com/competitions/asl-signs}}
}""",
    address="https://www.kaggle.com/competitions/asl-signs",
    folders=("gislr", "asl-signs"),
    pattern=PATTERN,
    beside="train.csv",
    read=read,
    met="format",
    counts={"recordings": 94_477, "people": 21, "segments": 94_477},
)
