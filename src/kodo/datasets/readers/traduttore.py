"""traduttore: sign words before a webcam, as MediaPipe's landmarks of body and hands.

Who signs is not stated. The `subject` is the code of the account that first committed the sequence (c1, c2,
c3): a proxy for the signer, never a known one. The sampling rate is not stated either; 30 Hz is nominal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.text import LARGEST, content
from kodo.datasets.layouts import HAND, POSE, landmarks
from kodo.datasets.locate import listing
from kodo.datasets.recording import Dataset, Recording, in_order
from kodo.errors import KodoError

ACTIVITIES = (
    "hello", "thank-you", "coffee", "tea", "please", "medium", "no", "muffin", "small", "large", "i", "a",
    "can", "get", "water", "-",
)  # fmt: skip
CHANNELS = (
    *landmarks(POSE, "pose", "image", visibility=True),
    *landmarks(HAND, "left_hand", "image"),
    *landmarks(HAND, "right_hand", "image"),
)
PARTS = (slice(0, 132), slice(132, 195), slice(195, 258))
"""Columns of the body and of the two hands; each is found, or not, as a whole."""

FRAMES = 20
PATTERN = "MP_Data/*/*/*.npy"
COMMITTERS = "committers.csv"
HEAD = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '(<f[48])', 'fortran_order': (?:False|True), "
    rb"'shape': \((\d{1,9}),\), \} *\n",
    re.DOTALL,
)
"""As numpy heads a row of floating-point numbers; anything else is refused unread."""

COLUMNS = ["class", "sequence", "committer"]
LINE = re.compile(r"([a-z-]+),(\d+),(c\d{1,3})", re.ASCII)
FACTS = {
    "subject": "account that first committed the sequence, a proxy for the signer, who is unknown",
    "rate": "nominal: neither a rate nor time stamps are stated",
}


def read(folder: Path) -> Iterator[Recording]:
    """One recording per sequence of a word, frames 1 to 19; letters are passed over.

    Frame 0 is left out: the recorder waits two seconds after it. A body or hand that is all zeros was not
    seen, and is NaN.

    Args:
        folder: anything above `MP_Data` and `committers.csv`.

    Raises:
        KodoError: the table of committers is missing or lacks a sequence, a frame is missing, or a file
            holds anything but 258 numbers.
    """
    sequences, table = _files(folder)
    committers = _committers(table)
    for word in ACTIVITIES:
        for number in in_order([sequence for held, sequence in sequences if held == word]):
            place = sequences[word, number]
            committer = committers.get((word, number))
            if committer is None:
                raise KodoError(f"{table} has no line for {place}, so its committer is not known.")
            signal = _seen(np.stack([_frame(place / f"{frame}.npy") for frame in range(1, FRAMES)]))
            label = np.full(len(signal), ACTIVITIES.index(word), np.int16)
            yield Recording(
                "traduttore", f"{word}/{number}", committer, "not stated", TRADUTTORE.rate,
                CHANNELS, signal, label, FACTS,
            )  # fmt: skip


def _files(folder: Path) -> tuple[dict[tuple[str, str], Path], Path]:
    """Folder of each sequence of a word, and the table of committers."""
    sequences: dict[tuple[str, str], Path] = {}
    frames: dict[Path, set[str]] = {}
    tables = []
    for found in listing(folder, f"{PATTERN}|{COMMITTERS}"):
        path = folder / found.name
        if path.name == COMMITTERS:
            tables.append(path)
            continue
        word, sequence = path.parts[-3:-1]
        if word in ACTIVITIES:
            first = sequences.setdefault((word, sequence), path.parent)
            if first != path.parent:
                raise KodoError(f"{word}/{sequence} is there twice: {first} and {path.parent}; remove one.")
            frames.setdefault(path.parent, set()).add(path.stem)
    if len(tables) != 1:
        raise KodoError(f"traduttore needs one committers.csv below {folder}; found {len(tables)}.")
    wanted = {str(frame) for frame in range(FRAMES)}
    for place, names in frames.items():
        if names != wanted:
            odd = in_order(sorted(names ^ wanted))[0]
            fault = "is missing" if odd in wanted else "is one too many"
            raise KodoError(f"{place} needs frames 0.npy to {FRAMES - 1}.npy: {odd}.npy {fault}.")
    return sequences, tables[0]


def _committers(table: Path) -> dict[tuple[str, str], str]:
    lines = content(table).decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")
    if lines[0] != ",".join(COLUMNS):
        raise KodoError(f"{table}, line 1: wanted {','.join(COLUMNS)}, got {lines[0][:40]!r}.")
    committers: dict[tuple[str, str], str] = {}
    for number, line in enumerate(lines[1:-1], 2):
        row = LINE.fullmatch(line)
        if row is None:
            raise KodoError(f"{table}, line {number}: wanted {', '.join(COLUMNS)}, got {line[:40]!r}.")
        if committers.setdefault((row[1], row[2]), row[3]) != row[3]:
            raise KodoError(f"{table}, line {number}: {row[1]}/{row[2]} has another committer before.")
    if lines[-1]:
        raise KodoError(f"{table}, line {len(lines)}: its end is missing, so the file may be cut short.")
    return committers


def _frame(path: Path) -> NDArray[np.float32]:
    """(channel,) the numbers of one file; nothing in it is run."""
    raw = content(path)
    head = HEAD.match(raw)
    told = int.from_bytes(raw[8:10], "little") + 10
    if head is None or int(head[2]) != len(CHANNELS) or head.end() != told:
        got = f"{raw[10:80].decode('ascii', 'replace').strip()!r}" if raw else "an empty file"
        raise KodoError(f"{path}: wanted an array of {len(CHANNELS)} floating-point numbers, got {got}.")
    values, kind = raw[head.end() :], np.dtype(head[1].decode())
    if len(values) != len(CHANNELS) * kind.itemsize:
        wanted = len(CHANNELS) * kind.itemsize
        raise KodoError(f"{path} holds {len(values):,} bytes of numbers; its head says {wanted:,}.")
    numbers = np.frombuffer(values, kind)
    # Written so that NaN fails, too.
    if not (np.abs(numbers) <= LARGEST).all():
        raise KodoError(f"{path} holds numbers that are missing, infinite or beyond float32.")
    return numbers.astype(np.float32)


def _seen(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """(time, channel) with NaN where a body or hand was not found in the picture."""
    for part in PARTS:
        signal[~signal[:, part].any(axis=1), part] = np.nan
    return signal


TRADUTTORE = Dataset(
    name="traduttore",
    title="Traduttore: ASL words as webcam landmarks",
    activities=ACTIVITIES,
    channels=CHANNELS,
    rate=30.0,
    window=None,
    population="traduttore",
    licence="MIT",
    commercial=True,
    citation="""@misc{traduttore2022model,
  author       = {{traduttore}},
  title        = {traduttore-model},
  year         = {2022},
  howpublished = {\\url{https://github.com/traduttore/traduttore-model}},
  note         = {Commit c7c2f3e}
}""",
    address="https://github.com/traduttore/traduttore-model",
    folders=("traduttore", "traduttore-model"),
    pattern=PATTERN,
    beside=COMMITTERS,
    read=read,
    met="part",
    notes=(
        "Who signed is unknown: those who committed the sequences stand in for the signers, so scores over "
        "them are no evidence about new ones.",
        "The frames carry no time: 30 Hz is nominal.",
    ),
    # Of the words with a known committer; who signed is unknown, so nobody is counted.
    counts={"recordings": 990, "rows": 18_810, "labelled": 18_810, "segments": 990},
    version=3,
    subjects=("committer", "committers"),
)
