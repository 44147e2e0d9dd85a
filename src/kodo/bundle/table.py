"""A user's CSV file as a recording that a bundle can take, or the sentence that says why not."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kodo.bundle.bundle import Bundle
from kodo.bundle.plausible import check_lengths
from kodo.bundle.recogniser import check_rate
from kodo.datasets.recording import UNLABELLED, Channel, Recording
from kodo.errors import KodoError, near
from kodo.units import unit

if TYPE_CHECKING:
    import polars

TIME = ("time", "timestamp", "seconds")
"""Names that a time column may have."""

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}
"""Units of a time column, in seconds."""

LONGEST_GAP = 10
"""Samples that may be missing between two lines before a file counts as torn."""

MISSING = ("", "nan", "na", "n/a", "null", "none")
"""What stands for a number that was not measured."""


@dataclass(frozen=True)
class Column:
    """One column of the file.

    Args:
        name: without its unit.
        unit: as written in brackets behind the name; "" where there is none.
        position: from 0.
    """

    name: str
    unit: str
    position: int


def read_table(path: Path, bundle: Bundle, rate: float | None = None) -> Recording:
    """Read the bundle's channels from a CSV file.

    The header names them as the bundle does, in its order, a unit may follow in brackets
    (`wrist_acceleration_x [g]`); further columns are passed over. A column named time, timestamp or seconds
    tells the rate.

    Args:
        path: the file; separated by comma, semicolon or tab.
        bundle: whose channels, units and rate are needed.
        rate: samples per second (Hz) where the file has no time column.

    Returns:
        a recording of the bundle's channels; `facts["note"]` holds a sentence where something looks odd.

    Raises:
        KodoError: a channel is missing, in another place or unit, the rate is another one or unknown, a
            field is no number, lines are missing, or the acceleration looks like another unit.
    """
    header, separator = _header(path)
    columns = [_column(text, position) for position, text in enumerate(header)]
    wanted = _chosen(path, columns, bundle.channels)
    clock = next((c for c in columns if c.name.lower() in TIME), None)
    fields = _fields(path, separator, len(columns))
    signal = np.stack([_numbers(path, fields, c, header) for c in wanted], axis=1, dtype=np.float32)
    for channel, values in zip(bundle.channels, signal.T, strict=True):
        if not np.isfinite(values).any():
            raise KodoError(f"{path.name} holds no number in the column {channel.name}.")
    if clock is not None:
        rate = _rate(path, _time(path, fields, clock, header, bundle.rate))
    if rate is None:
        raise KodoError(
            f"{path.name} has no time column (one of {', '.join(TIME)}), so its rate must be said: "
            f"--rate {bundle.rate:g} if it was recorded at {bundle.rate:g} Hz."
        )
    check_rate(bundle.rate, rate, path.name)
    note = check_lengths(path.name, signal, bundle)
    return Recording(
        dataset="",
        name=path.name,
        subject="",
        session="",
        rate=rate,
        channels=bundle.channels,
        signal=signal,
        label=np.full(len(signal), UNLABELLED, np.int16),
        facts={"note": note} if note else {},
    )


def _header(path: Path) -> tuple[list[str], str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first, second = file.readline(), file.readline()
    except UnicodeDecodeError as error:
        raise KodoError(f"{path} is no text in UTF-8, so it is no CSV file that can be read.") from error
    except OSError as error:
        raise KodoError(f"Could not read {path}: {(error.strerror or str(error)).lower()}.") from error
    if not first.strip():
        raise KodoError(f"{path} has no header: its first line must name the columns.")
    if not second.strip():
        raise KodoError(f"{path.name} has a header and no line below it.")
    separator = max(",;\t", key=first.count)
    return [name.strip() for name in next(csv.reader([first], delimiter=separator))], separator


def _column(text: str, position: int) -> Column:
    match = re.fullmatch(r"(.+?)\s*[\[(]([^\])]*)[\])]", text)
    return Column(match[1], match[2].strip(), position) if match else Column(text, "", position)


def _chosen(path: Path, columns: Sequence[Column], channels: Sequence[Channel]) -> list[Column]:
    """The columns of the channels, refused by name where one is missing, misplaced or in another unit."""
    names = [column.name for column in columns]
    needed = [channel.name for channel in channels]
    chosen = []
    for channel in channels:
        if channel.name not in names:
            free = [name for name in names if name not in needed]
            raise KodoError(
                f"This bundle needs a column {_spelled(channel)}; {path.name} has none. "
                f"{near(channel.name, free or names)}"
            )
        if names.count(channel.name) > 1:
            raise KodoError(f"{path.name} has {names.count(channel.name)} columns named {channel.name}.")
        chosen.append(columns[names.index(channel.name)])
    order = sorted(chosen, key=lambda column: column.position)
    for place, (column, there, channel) in enumerate(zip(chosen, order, channels, strict=True), start=1):
        if column is not there:
            raise KodoError(
                f"This bundle needs {_spelled(channel)} as channel {place}; {path.name} has {there.name} "
                "there: put the columns in the bundle's order."
            )
        if column.unit and unit(column.unit, channel.quantity) != channel.unit:
            raise KodoError(
                f"This bundle needs {_spelled(channel)}; {path.name} has it in {column.unit}: convert it."
            )
    return chosen


def _spelled(channel: Channel) -> str:
    return f"{channel.name} in {channel.unit}" if channel.unit else channel.name


def _fields(path: Path, separator: str, columns: int) -> polars.DataFrame:
    """All fields as text, so that each one that is no number can be named."""
    import polars

    try:
        table = polars.read_csv(
            path, has_header=False, skip_rows=1, separator=separator, infer_schema=False,
            truncate_ragged_lines=False,
        )  # fmt: skip
    except polars.exceptions.PolarsError as error:
        raise KodoError(f"{path} is no readable CSV file: {str(error).splitlines()[0]}") from error
    if table.width != columns:
        raise KodoError(
            f"{path.name} names {columns} columns in its header and has {table.width} in the lines below."
        )
    return table


def _numbers(
    path: Path, fields: polars.DataFrame, column: Column, header: Sequence[str]
) -> NDArray[np.float64]:
    """A column as numbers; NaN where a field is empty or says that nothing was measured."""
    import polars

    text = fields.to_series(column.position).str.strip_chars()
    number = text.cast(polars.Float64, strict=False)
    odd = (number.is_null() & text.is_not_null() & ~text.str.to_lowercase().is_in(MISSING)).arg_true()
    if len(odd):
        line = int(odd[0])
        raise KodoError(
            f"{path.name}, line {line + 2}, column {header[column.position]}: '{text[line]}' is no number."
        )
    return number.fill_null(float("nan")).to_numpy()


def _time(
    path: Path, fields: polars.DataFrame, clock: Column, header: Sequence[str], wanted: float
) -> NDArray[np.float64]:
    """Seconds of every line; the unit is the one in the header, or the one nearest to the bundle's rate."""
    time = _numbers(path, fields, clock, header)
    unknown = np.flatnonzero(~np.isfinite(time))
    if len(unknown):
        raise KodoError(f"{path.name}, line {unknown[0] + 2}: the column {clock.name} is empty.")
    backwards = np.flatnonzero(np.diff(time) <= 0)
    if len(backwards):
        raise KodoError(
            f"{path.name}, line {backwards[0] + 3}: {clock.name} does not grow from the line before."
        )
    if clock.unit and clock.unit not in SECONDS:
        raise KodoError(f"{path.name} gives {clock.name} in {clock.unit}; kodo reads {', '.join(SECONDS)}.")
    if clock.unit or len(time) < 2:
        return time * SECONDS[clock.unit or "s"]
    step = float(np.median(np.diff(time)))
    # Units lie a factor of 1,000 apart: no rate that a sensor has fits two of them.
    nearest = min(SECONDS.values(), key=lambda size: abs(np.log(step * size * wanted)))
    return time * nearest


def _rate(path: Path, time: NDArray[np.float64]) -> float:
    """Samples per second (Hz), refused where lines are missing."""
    if len(time) < 2:
        raise KodoError(f"{path.name} has one line; a rate needs at least two.")
    step = np.diff(time)
    usual = float(np.median(step))
    torn = np.flatnonzero(step > LONGEST_GAP * usual)
    if len(torn):
        raise KodoError(
            f"{path.name}, line {torn[0] + 3}: {step[torn[0]]:.2f} s after the line before; "
            "cut the file there, and give each part by itself."
        )
    # The mean, not the usual step: clocks that round to milliseconds make 8 of 8.33.
    return round(len(step) / float(time[-1] - time[0]), 3)
