"""The user's own data: text or Parquet files in a folder with a `dataset.toml`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.delimited import LINE
from kodo.datasets.formats.text import LARGEST
from kodo.datasets.locate import listing
from kodo.datasets.own.description import FILE, Description, describe
from kodo.datasets.own.grid import Piece, Strand, lay, measured_rate
from kodo.datasets.own.names import said
from kodo.datasets.own.table import TIME, Table, read_table
from kodo.datasets.recording import UNLABELLED, Dataset, Recording
from kodo.errors import KodoError, near

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, eq=False)
class _Sheet:
    """Rows of one recording from one file, of one sensor where there are several."""

    table: Table
    rows: polars.DataFrame
    sensor: str


@dataclass(frozen=True)
class _Group:
    """The files of one recording: one, or one for each sensor."""

    title: str
    parts: dict[str, str]
    files: list[tuple[Path, str]] = field(default_factory=list)


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
        version=2,
        locate=partial(Path, folder),
    )


def read(folder: Path) -> Iterator[Recording]:
    """One recording per file, and per person, session and recording that columns tell apart in it.

    A gap in time ends a recording. Samples at uneven times are put onto an even grid exactly in time by
    linear interpolation, and so are several sensors that take turns; samples that are even already stay as
    they are (`kodo.datasets.own.grid.lay`). What the stamps say and what was done with them are facts of the
    recording. Without stamps, a broken line that is counted ends a recording; broken lines are named among
    the facts of the first recording of their file.

    Args:
        folder: with a `dataset.toml`.

    Raises:
        KodoError: a column is missing, a line is broken, a label is no activity, or time runs backwards.
    """
    made = describe(folder)
    rate = made.rate or _first_rate(folder, made)
    for group in _groups(folder, made):
        tables = [(read_table(file, made, sensor), sensor) for file, sensor in group.files]
        broken = "; ".join(filter(None, (table.broken_lines() for table, _ in tables)))
        for keys, sheets in _parts(tables, made):
            for recording in _recordings(sheets, group, keys, made, rate):
                yield (
                    replace(recording, facts={**recording.facts, "broken_lines": broken})
                    if broken
                    else recording
                )
                broken = ""


def _groups(folder: Path, made: Description) -> list[_Group]:
    """The files of each recording, in the order of names."""
    groups: dict[tuple[str, ...], _Group] = {}
    for found in listing(folder, made.glob):
        fit = said(made.path, found.name)
        out = found.name in made.leave_out or any(fnmatchcase(found.name, glob) for glob in made.leave_out)
        if fit is None or found.name == FILE or out:
            continue
        parts = dict(fit.parts)
        sensor = parts.pop("sensor", "")
        if sensor and sensor not in made.sensors:
            continue
        group = groups.setdefault((fit.whole, *parts.values()), _Group(fit.whole, parts))
        group.files.append((folder / found.name, sensor))
    if not groups:
        raise KodoError(f"No file below {folder} fits path = '{made.path}' of its {FILE}.")
    return list(groups.values())


def _parts(
    tables: Sequence[tuple[Table, str]], made: Description
) -> Iterator[tuple[dict[str, str], list[_Sheet]]]:
    """Rows by the columns that say whose and which recording they are, in order of appearance."""
    parts: dict[tuple[str, ...], list[_Sheet]] = {}
    keys = {part: getattr(made, part) for part in ("subject", "session", "recording")}
    keys = {part: column for part, column in keys.items() if column is not None}
    for table, sensor in tables:
        for column in keys.values():
            if table.frame[column].null_count() or (table.frame[column] == "").any():
                line = table.frame.filter(table.frame[column].fill_null("") == "")[LINE][0]
                raise KodoError(
                    f"{table.file}, line {line}: '{column}' is empty; it says whose or which recording it is."
                )
        split = list(dict.fromkeys([*keys.values(), *([made.sensor] if made.sensor else [])]))
        for rows in table.frame.partition_by(split, maintain_order=True) if split else [table.frame]:
            own = tuple(str(rows[column][0]) for column in keys.values())
            whose = rows[made.sensor][0] if made.sensor else sensor
            parts.setdefault(own, []).append(_Sheet(table, rows, whose))
    for own, sheets in parts.items():
        yield dict(zip(keys, own, strict=True)), sheets


def _recordings(
    sheets: Sequence[_Sheet], group: _Group, keys: dict[str, str], made: Description, rate: float
) -> Iterator[Recording]:
    """The unbroken stretches of one recording."""
    told = {**group.parts, **keys}
    strands = [_strand(sheet, told, made) for sheet in sheets]
    if made.time is None:
        pieces = list(_unbroken(sheets[0], strands[0], rate))
    else:
        pieces = list(lay(strands, len(made.channels), rate))
    title = "/".join([group.title, *keys.values()])
    for number, piece in enumerate(pieces, 1):
        own = title if len(pieces) == 1 else f"{title}#{number}"
        yield Recording(
            made.name, own, told["subject"], told.get("session", "1"), piece.rate, made.channels,
            piece.signal.astype(np.float32), piece.label, piece.facts,
        )  # fmt: skip


def _unbroken(sheet: _Sheet, strand: Strand, rate: float) -> Iterator[Piece]:
    """Rows without stamps, parted where a broken line stood among them."""
    broken = np.sort(np.fromiter(sheet.table.broken, np.int64))
    before = np.searchsorted(broken, sheet.rows[LINE].to_numpy())
    edges = [0, *(np.flatnonzero(np.diff(before)) + 1).tolist(), len(before)]
    for first, end in pairwise(edges):
        yield Piece(strand.values[first:end], strand.label[first:end], rate, {})


def _strand(sheet: _Sheet, told: dict[str, str], made: Description) -> Strand:
    channels = [n for n, column in enumerate(made.columns) if column.sensor == sheet.sensor]
    values = sheet.rows.select(made.columns[n].name for n in channels).to_numpy().astype(np.float64)
    for position, number in enumerate(channels):
        column = made.columns[number]
        values[:, position] = values[:, position] * column.scale + column.offset
    # Written so that NaN passes.
    beyond = np.argwhere(np.abs(values) > LARGEST)
    if len(beyond):
        row, position = beyond[0].tolist()
        line = sheet.rows[LINE][row]
        name = made.columns[channels[position]].name
        raise KodoError(f"{sheet.table.file}, line {line}: '{name}' times its scale is beyond float32.")
    label = _label(sheet.rows, told, sheet.table.file, made)
    return Strand(_seconds(sheet, made), values, label, channels)


def _seconds(sheet: _Sheet, made: Description) -> NDArray[np.float64]:
    if made.time is None:
        return np.zeros(len(sheet.rows))
    seconds = sheet.rows[TIME].to_numpy().astype(np.float64)
    back = np.flatnonzero(np.diff(seconds) < 0)
    if len(back):
        row = int(back[0]) + 1
        raise KodoError(
            f"{sheet.table.file}, line {sheet.rows[LINE][row]}: time ('{made.time}') goes from "
            f"{seconds[row - 1]:.10g} s to {seconds[row]:.10g} s; it must not run backwards in a recording."
        )
    return seconds


def _label(rows: polars.DataFrame, told: dict[str, str], file: Path, made: Description) -> NDArray[np.int16]:
    codes = {name: code for code, name in enumerate(made.activities)}
    codes.update({code: codes.get(name, UNLABELLED) for code, name in made.labels.items()})
    codes.update(dict.fromkeys(("", *made.unlabelled), UNLABELLED))
    values = [told["label"]] if made.label is None else rows[made.label].unique(maintain_order=True).to_list()
    for value in values:
        if (value or "") not in codes:
            known = [*made.activities, *made.labels]
            line = "" if made.label is None else f", line {rows.filter(rows[made.label] == value)[LINE][0]}"
            raise KodoError(
                f"{file}{line}: the label '{value}' stands neither among activities nor in labels nor among "
                f"unlabelled of its {FILE}. {near(value, known)}"
            )
    if made.label is None:
        return np.full(len(rows), codes[values[0]], np.int16)
    found = rows[made.label].fill_null("").replace_strict(codes)
    return found.to_numpy().astype(np.int16)


def _first_rate(folder: Path, made: Description) -> float:
    group = _groups(folder, made)[0]
    tables = [(read_table(file, made, sensor), sensor) for file, sensor in group.files]
    keys, sheets = next(_parts(tables, made))
    rate = measured_rate([_strand(sheet, {**group.parts, **keys}, made) for sheet in sheets], None)
    if rate is None:
        raise KodoError(f"{group.files[0][0]} is too short to tell its rate; write rate = … into {FILE}.")
    return rate
