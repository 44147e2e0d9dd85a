"""The user's own data: CSV or Parquet files in a folder with a `dataset.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.description import FILE, TIME_UNITS, Description, describe
from kodo.datasets.formats.table import LINE, read_table
from kodo.datasets.locate import listing
from kodo.datasets.recording import UNLABELLED, Dataset, Recording
from kodo.errors import KodoError, near

if TYPE_CHECKING:
    import polars

GAP = 3.0
"""A step of more than so many usual ones ends a recording; what was not measured is never bridged."""

TOLERANCE = 0.05
"""A measured rate this near (relative) to the described one is the described one."""


def card(folder: Path) -> Dataset:
    """The card of a folder with a `dataset.toml`.

    Args:
        folder: the user's.

    Raises:
        KodoError: no folder, no description, or a wrong one; no file fits it; its time cannot be read.
    """
    made = describe(folder)
    return Dataset(
        name=made.name,
        title=made.title or made.name,
        activities=made.activities,
        channels=made.channels,
        rate=made.rate or _first_rate(folder, made),
        window=made.window or None,
        population=made.name,
        licence=made.licence or "Your own data.",
        commercial=None,
        citation=made.citation,
        address="",
        folders=(folder.name,),
        pattern=made.glob,
        read=read,
        locate=partial(Path, folder),
    )


def read(folder: Path) -> Iterator[Recording]:
    """One recording per file, and per person, session and recording that columns tell apart in it.

    Args:
        folder: with a `dataset.toml`.

    Raises:
        KodoError: a column is missing, a number is text, a label is no activity, or time runs backwards.
    """
    made = describe(folder)
    rate = made.rate or _first_rate(folder, made)
    for name, said in _files(folder, made):
        table = read_table(folder / name, made)
        for part, keys in _parts(table, folder / name, made):
            yield from _recordings(part, {**said, **keys}, name, folder / name, made, rate)


def _files(folder: Path, made: Description) -> list[tuple[str, dict[str, str]]]:
    files = [(found.name, made.said(found.name)) for found in listing(folder, made.glob)]
    fitting = [(name, said) for name, said in files if said is not None and name != FILE]
    if not fitting:
        raise KodoError(f"No file below {folder} fits path = '{made.path}' of its {FILE}.")
    return fitting


def _parts(
    table: polars.DataFrame, file: Path, made: Description
) -> Iterator[tuple[polars.DataFrame, dict[str, str]]]:
    """A table by the columns that say whose and which recording it is, in order of appearance."""
    keys = {part: getattr(made, part) for part in ("subject", "session", "recording")}
    columns = [column for column in dict.fromkeys(keys.values()) if column is not None]
    if not columns:
        yield table, {}
        return
    for column in columns:
        if table[column].null_count():
            line = table.filter(table[column].is_null())[LINE][0]
            raise KodoError(
                f"{file}, line {line}: '{column}' is empty; it says whose or which recording it is."
            )
    for part in table.partition_by(columns, maintain_order=True):
        yield part, {key: str(part[column][0]) for key, column in keys.items() if column is not None}


def _recordings(
    part: polars.DataFrame, said: dict[str, str], name: str, file: Path, made: Description, rate: float
) -> Iterator[Recording]:
    """The unbroken stretches of one recording."""
    signal = part.select(made.columns).to_numpy().astype(np.float32)
    label = _label(part, said, file, made)
    pieces = [(0, len(part))]
    if made.time is not None:
        seconds = part[made.time].to_numpy().astype(np.float64) * TIME_UNITS[made.time_unit]
        measured = _rate(seconds, part[LINE].to_numpy(), file, made)
        if measured is not None:
            rate = rate if abs(measured / rate - 1) <= TOLERANCE else measured
            after = np.flatnonzero(np.diff(seconds) > GAP / rate) + 1
            edges = [0, *after.tolist(), len(part)]
            pieces = list(pairwise(edges))
    who, session = said["subject"], said.get("session", "1")
    keys = [said[k] for k in ("subject", "session", "recording") if getattr(made, k) is not None]
    title = "/".join([name.rpartition(".")[0], *keys])
    for number, (first, end) in enumerate(pieces, 1):
        own = title if len(pieces) == 1 else f"{title}#{number}"
        rows = slice(first, end)
        yield Recording(made.name, own, who, session, rate, made.channels, signal[rows], label[rows])


def _label(part: polars.DataFrame, said: dict[str, str], file: Path, made: Description) -> NDArray[np.int16]:
    codes = {name: code for code, name in enumerate(made.activities)}
    codes.update(dict.fromkeys(("", *made.unlabelled), UNLABELLED))
    values = [said["label"]] if made.label is None else part[made.label].unique(maintain_order=True).to_list()
    for value in values:
        if (value or "") not in codes:
            known = list(made.activities)
            raise KodoError(
                f"{file} holds the label '{value}', which its {FILE} names neither among activities nor "
                f"unlabelled. {near(value, known)}"
            )
    if made.label is None:
        return np.full(len(part), codes[values[0]], np.int16)
    found = part[made.label].fill_null("").replace_strict(codes)
    return found.to_numpy().astype(np.int16)


def _first_rate(folder: Path, made: Description) -> float:
    name, _ = _files(folder, made)[0]
    table = read_table(folder / name, made)
    part, _ = next(_parts(table, folder / name, made))
    seconds = part[made.time or ""].to_numpy().astype(np.float64) * TIME_UNITS[made.time_unit]
    rate = _rate(seconds, part[LINE].to_numpy(), folder / name, made)
    if rate is None:
        raise KodoError(f"{folder / name} is too short to tell its rate; write rate = … into {FILE}.")
    return rate


def _rate(
    seconds: NDArray[np.float64], row: NDArray[np.int64], file: Path, made: Description
) -> float | None:
    """Samples per second by the usual step; None when there are fewer than two rows."""
    steps = np.diff(seconds)
    bad = np.flatnonzero(~(steps >= 0))
    if len(bad):
        raise KodoError(
            f"{file}, line {row[bad[0] + 1]}: time ('{made.time}') goes from {seconds[bad[0]]:g} s to "
            f"{seconds[bad[0] + 1]:g} s; it must not be missing or run backwards within a recording."
        )
    usual = float(np.median(steps)) if len(steps) else 0.0
    if usual <= 0:
        return None
    return plain_rate(1 / usual)


def plain_rate(rate: float) -> float:
    """A measured rate as people would say it: a whole number when one is within 1 %.

    Args:
        rate: samples per second (Hz).
    """
    whole = round(rate)
    return float(whole) if whole and abs(rate / whole - 1) < 0.01 else float(f"{rate:.4g}")
