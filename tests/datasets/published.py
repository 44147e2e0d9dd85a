"""Datasets of a fixed format in small: writers of exactly the published form, and what such a text says."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kodo.datasets.readers import (
    motionsense,
    pamap2,
    traduttore,
    ucihar,
    wisdm,
)  # fmt: skip
from kodo.datasets.recording import Recording
from strict import LARGEST, NUMBER, Array, Said, changed, grid, so_many, wanted


@dataclass(frozen=True)
class Format:
    """A file of a dataset, and the dataset around it.

    Args:
        name: for messages.
        read: the reader.
        file: that is written and spoiled, below the dataset's folder.
        separator: of its fields.
        free: made-up numbers per row; they choose among what is allowed where not every number is.
        text: the file in the published form, of (row, free) numbers.
        says: a strict reading of it.
        got: what a reader made of its rows, in the same form.
        around: the other files, by path, of the number of rows.
        named: words of which a refusal holds one, where it may name another file instead.
        rows: how many there must be, where not any number will do.
    """

    name: str
    read: Callable[[Path], Iterator[Recording]]
    file: str
    separator: bytes
    free: int
    text: Callable[[Array], bytes]
    says: Callable[[bytes], Said]
    got: Callable[[list[Recording]], Array]
    around: Callable[[int], dict[str, bytes]] = field(default=lambda rows: {})
    named: tuple[str, ...] = ()
    rows: int = 0

    def write(self, folder: Path, values: Array) -> bytes:
        """Write the whole dataset, and give back the file that is spoiled."""
        raw = self.text(values)
        for name, content in {**self.around(len(values)), self.file: raw}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return raw

    def made_up(self, rows: int, seed: int = 0) -> Array:
        """(row, free) numbers as a float32 sensor gives them."""
        shape = (self.rows or rows, self.free)
        return np.random.default_rng(seed).normal(scale=20, size=shape).astype(np.float32)


def lines(rows: Sequence[Sequence[object]], separator: str, end: str = "\n") -> bytes:
    return "".join(separator.join(map(str, row)) + end for row in rows).encode()


def signals(recordings: list[Recording]) -> Array:
    return np.concatenate([r.signal for r in recordings])


def labels(recordings: list[Recording]) -> Array:
    return np.concatenate([r.label for r in recordings])[:, np.newaxis]


def pick(values: Array, among: Sequence[int]) -> list[int]:
    """One of some numbers for each made-up number."""
    return [among[int(abs(value)) % len(among)] for value in values]


def plain(values: Array) -> list[list[str]]:
    return [[str(value) for value in row] for row in values]


ROWS = 6
LABELS = [(1, 1, 1, 2), (1, 1, 4, 6), (2, 12, 1, 3), (2, 12, 5, 5)]
"""Experiment, user, first and last row of the segments of the small hapt."""


def painted(table: Array) -> Array | None:
    """The labels that the lines of hapt's labels.txt give to two experiments of six rows."""
    label = {trial: np.full(ROWS, -1) for trial in ((1, 1), (2, 12))}
    for experiment, user, activity, first, last in table.tolist():
        rows = label.get((experiment, user))
        if rows is None or not 1 <= activity <= 12 or not 1 <= first <= last <= ROWS:
            return None
        if (rows[first - 1 : last] >= 0).any():
            return None
        rows[first - 1 : last] = activity - 1
    return np.concatenate(list(label.values()))[:, np.newaxis]


def hapt_segments(values: Array) -> bytes:
    codes = pick(values[:, 0], range(1, 13))
    return lines([[*at[:2], code, *at[2:]] for at, code in zip(LABELS, codes, strict=True)], " ")


def hapt_labels(raw: bytes) -> Said:
    said = grid(raw, 5, b" ", whole=True)
    return said if said.table is None else Said(painted(said.table))


def hapt_files(rows: int) -> dict[str, bytes]:
    zeros = b"0 0 0\n" * rows
    names = [f"{kind}_exp{trial}.txt" for kind in ("acc", "gyro") for trial in ("01_user01", "02_user12")]
    return {f"RawData/{name}": zeros for name in names} | {"RawData/labels.txt": b"1 1 5 1 1\n"}


def ucihar_files(rows: int) -> dict[str, bytes]:
    """All windows zero, of person 1 standing; one of them for test."""
    files = {}
    for part, windows in (("train", rows), ("test", 1)):
        files |= {f"{part}/Inertial Signals/{name}_{part}.txt": windows * (b" 0" * 128 + b"\n")
                  for name in ucihar.SIGNALS}  # fmt: skip
        files |= {f"{part}/y_{part}.txt": b"5\n" * windows, f"{part}/subject_{part}.txt": b"1\n" * windows}
    return files


def ucihar_text(values: Array) -> bytes:
    """16 characters a number, with three digits in the exponent."""
    numbers = [[re.sub(r"e([+-])(\d\d)$", r"e\g<1>0\2", f"{value:.7e}") for value in row] for row in values]
    return "".join("".join(f"{text:>16}" for text in row) + "\n" for row in numbers).encode()


def windows(recordings: list[Recording]) -> list[Recording]:
    return [r for r in recordings if r.session == "train" for _ in range(int(r.facts["windows"]))]


def total_x(recordings: list[Recording]) -> Array:
    """(window, 128) the first channel, cut again as it was published."""
    train = [r for r in recordings if r.session == "train"]
    return np.stack(
        [r.signal[start : start + 128, 0] for r in train for start in range(0, len(r.signal) - 64, 64)]
    )


def motionsense_text(values: Array) -> bytes:
    return lines([["", *motionsense.COLUMNS], *[[n, *row] for n, row in enumerate(plain(values))]], ",")


def motionsense_says(raw: bytes) -> Said:
    head, _, rest = raw.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    header = [name.strip(b'"').decode("latin-1") for name in head.removesuffix(b"\r").split(b",")]
    if not set(motionsense.COLUMNS) <= set(header) or b"\n" not in rest:
        return Said(None)
    at = [header.index(name) for name in motionsense.COLUMNS]
    rows = []
    for line in rest.split(b"\n")[:-1]:
        fields = line.removesuffix(b"\r").split(b",")
        rows.append(
            b",".join(fields[place].strip(b'"') for place in at) if len(fields) == len(header) else b""
        )
    tail = rest.rpartition(b"\n")[2]
    said = grid(b"".join(row + b"\n" for row in rows) + tail, 12, b",", cut=True)
    said = wanted(said, lambda table: ~np.isnan(table).any(axis=1))
    return said if said.table is not None else Said(None, said.line + 1 if said.line else 0)


def people(values: Array) -> bytes:
    header = ("code", *motionsense.KNOWN)
    return lines([header, *[[n, *pick(row, range(200))] for n, row in enumerate(values, 1)]], ",").rstrip()


def people_says(raw: bytes) -> Said:
    head, _, rest = raw.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    if head.removesuffix(b"\r") != b"code,weight,height,age,gender":
        return Said(None, 1)
    kept = [line for line in rest.split(b"\n") if line.removesuffix(b"\r")]
    good = all(re.fullmatch(rb"\d{1,3}(,\d{1,3}(\.\d{1,3})?){4}\r?", line) for line in kept)
    if not good or len({line.partition(b",")[0] for line in kept}) < len(kept):
        return Said(None)
    known = [line.split(b",") for line in kept if line.startswith(b"1,")]
    return Said(np.array([[float(text) for text in row[1:]] for row in known] or [[np.nan] * 4]))


def people_got(recordings: list[Recording]) -> Array:
    return np.array([[float(recordings[0].facts.get(name, "nan")) for name in motionsense.KNOWN]])


def pamap2_text(values: Array) -> bytes:
    codes = pick(values[:, 0], [0, *pamap2.CODES])
    rows = [[f"{8.38 + n / 100:.2f}", code, *("NaN" if abs(value) < 2 else str(value) for value in row)]
            for n, (code, row) in enumerate(zip(codes, values, strict=True))]  # fmt: skip
    return lines(rows, " ")


def pamap2_says(raw: bytes) -> Said:
    said = grid(raw, 54, b" ", cut=True, wide=(0,))
    said = wanted(said, lambda table: np.isin(table[:, 1], [0, *pamap2.CODES]))
    said = wanted(said, lambda table: ~np.isnan(table[:, 0]))
    order = [-1, *range(len(pamap2.CODES))]
    codes = [0, *pamap2.CODES]
    kept = [2, *(3 + 17 * place + column for place in range(3) for column in range(13))]
    return changed(
        said, lambda t: np.column_stack([t[:, kept], [order[codes.index(int(code))] for code in t[:, 1]]])
    )


def signal_and_label(recordings: list[Recording]) -> Array:
    return np.hstack([signals(recordings), labels(recordings)])


def wisdm_text(values: Array) -> bytes:
    """A user and an activity for every three rows; `;` ends a record."""
    rows = []
    for n, row in enumerate(values):
        user, activity = 1 + n // 6, wisdm.ACTIVITIES[n // 3 % 6]
        rows.append([user, activity, 49_105_962_326_000 + n * 50_000_000, *plain(row[np.newaxis])[0]])
    return lines(rows, ",", ";\n")


def wisdm_csv(values: Array) -> bytes:
    header = b"user,activity,timestamp,x-axis,y-axis,z-axis\n"
    return header + wisdm_text(values).replace(b";", b"")


RECORD = re.compile(
    r"\s*\+?0*([1-9]|[12]\d|3[0-6])\s*,\s*(\w+)\s*,\s*\+?(\d{1,18})\s*((?:,[^,]*){3}),?\s*", re.ASCII
)


def wisdm_says(raw: bytes) -> Said:
    """Every record that is as published; what is not is a broken line."""
    text = raw.decode("utf-8-sig", "replace")
    rows: list[list[float]] = []
    broken = set()
    ended = text.rstrip(" \r").endswith(("\n", ";"))
    all_lines = text.removesuffix("\n").split("\n")
    start = int(all_lines[0].lower().startswith("user"))
    for number, line in enumerate(all_lines[start:]):
        records = line.strip().removesuffix(";").split(";")
        for place, record in enumerate(records):
            match = RECORD.fullmatch(record)
            last = number == len(all_lines) - start - 1 and place == len(records) - 1
            numbers = [axis.strip(" \t\r\v\f") for axis in match[4][1:].split(",")] if match else []
            good = match and match[2] in wisdm.ACTIVITIES and int(match[3]) > 0 and (ended or not last)
            good = good and all(NUMBER.fullmatch(axis.encode()) for axis in numbers)
            if match and good and all(abs(float(axis)) <= LARGEST for axis in numbers):
                rows.append([int(match[1]), wisdm.ACTIVITIES.index(match[2]), *map(float, numbers)])
            else:
                broken.add(number)
    return Said(np.array(rows), broken=len(broken)) if rows else Said(None)


def wisdm_got(recordings: list[Recording]) -> Array:
    subject = np.concatenate([np.full(len(r.signal), int(r.subject)) for r in recordings])
    return np.column_stack([subject, labels(recordings), signals(recordings)])


TRIALS = ((1, 1, 2, 1), (14, 2, 2, 3), (2, 1, 3, 1))
"""Gesture, finger, subject and essai of the trials on the small list for training."""


def shrec17_files(rows: int) -> dict[str, bytes]:
    """All trials of so many frames of zeros, and the lists that name them."""
    place = "gesture_{}/finger_{}/subject_{}/essai_{}/skeletons_world.txt"
    files = {place.format(*trial): b" 0" * 66 + b"\n" for trial in (*TRIALS, (3, 1, 10, 1))}
    files = {name: line * rows for name, line in files.items()}
    return files | {
        "test_gestures.txt": b"3 1 10 1 3 5 1\n",
        "train_gestures.txt": shrec17_list(np.ones((3, 1))),
    }


def shrec17_list(values: Array) -> bytes:
    frames = pick(values[:, 0], range(1, 60))
    rows = zip(TRIALS, frames, strict=True)
    return lines([[*trial, trial[0], 2 * trial[0] - 2 + trial[1], count] for trial, count in rows], " ")


def shrec17_says(raw: bytes) -> Said:
    said = grid(raw, 7, b" ", whole=True)
    if said.table is None:
        return said
    rows = said.table.tolist()
    fitting = all(row[4] == row[0] and row[5] == 2 * row[0] - 2 + row[1] for row in rows)
    if not fitting or sorted(tuple(row[:4]) for row in rows) != sorted(TRIALS):
        return Said(None)
    return Said(np.array([row[6:] for row in sorted(rows)]))


def frames_listed(recordings: list[Recording]) -> Array:
    train = [r for r in recordings if r.facts["split"] == "train"]
    return np.array([[int(r.facts.get("frames listed", len(r.signal)))] for r in train])


def traduttore_files(rows: int) -> dict[str, bytes]:
    """Sequences of one word, as many as rows, all of the same frames."""
    file = io.BytesIO()
    np.save(file, np.full(258, 0.5))
    return {f"MP_Data/hello/{n}/{frame}.npy": file.getvalue() for n in range(rows) for frame in range(20)}


TWO = 2
"""Sequences of the small traduttore: each is twenty files."""


def committers(values: Array) -> bytes:
    names = [f"c{code}" for code in pick(values[:, 0], range(1, 4))]
    return lines([traduttore.COLUMNS, *[["hello", n, name] for n, name in enumerate(names)]], ",")


def committers_says(raw: bytes) -> Said:
    head, *rows = raw.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n")
    last = rows.pop() if rows else b""
    fields = [re.fullmatch(rb"([a-z-]+),(\d+),c(\d{1,3})", row) for row in rows]
    bad = [number for number, match in enumerate(fields, 2) if match is None]
    if head != b"class,sequence,committer" or bad or last:
        return Said(None, 1 if head != b"class,sequence,committer" else [*bad, len(rows) + 2][0])
    said = {(match[1], match[2]): int(match[3]) for match in fields if match}
    same = len({match.groups() for match in fields if match}) == len(said)
    if not same or not {(b"hello", b"%d" % n) for n in range(TWO)} <= set(said):
        return Said(None)
    return Said(np.array([[said[b"hello", b"%d" % n]] for n in range(TWO)]))


def frame_text(values: Array) -> bytes:
    file = io.BytesIO()
    np.save(file, values.astype(np.float64)[0])
    return file.getvalue()


def frame_says(raw: bytes) -> Said:
    """Numpy's own file of 258 doubles: nothing may be odd but the numbers."""
    head, numbers = raw[:128], raw[128:]
    fields = (b"\x93NUMPY\x01\x00", b"'descr': '<f8'", b"'shape': (258,), }", b" \n")
    if len(numbers) != 258 * 8 or not all(text in head for text in fields):
        return Said(None)
    values = np.frombuffer(numbers)
    return Said(values[np.newaxis]) if (np.abs(values) <= np.finfo(np.float32).max).all() else Said(None)


def wharf_says(raw: bytes) -> Said:
    said = grid(raw, 3, b" ", cut=True)
    return wanted(said, lambda table: ((table >= 0) & (table <= 63) & (table == np.rint(table))).all(axis=1))


def mhealth_text(values: Array) -> bytes:
    rows = zip(plain(values), pick(values[:, 0], range(13)), strict=True)
    return lines([[*row, code] for row, code in rows], "\t")


def mhealth_says(raw: bytes) -> Said:
    said = wanted(grid(raw, 24, b"\t", cut=True), lambda table: np.isin(table[:, 23], range(13)))
    return changed(said, lambda table: table - np.eye(24)[23])


def codes(raw: bytes, highest: int) -> Said:
    said = wanted(grid(raw, 1, b" ", whole=True), lambda t: (t[:, 0] >= 1) & (t[:, 0] <= highest))
    return so_many(said, ROWS)


def finite(said: Said) -> Said:
    return wanted(said, lambda table: ~np.isnan(table).any(axis=1))
