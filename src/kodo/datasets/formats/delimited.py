"""Text files of columns, parted as described; every line that does not fit is known by its number."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.text import content
from kodo.errors import KodoError

if TYPE_CHECKING:
    import polars

LINE = "line of the file"
"""The column that says where each row stands in its file."""

FIELDS = "fields of the line"
"""The column that says how many columns each line has."""

MISSING = ("", "NA", "N/A", "null", "NULL", "None", "nan", "NaN", "NAN")
"""What stands in a text file where nothing was measured."""

WHOLE = "whole line"
NUL = "holds a NUL byte"
BETWEEN = "\x1f"
"""Parts the columns of a file with quotation marks, once these are gone."""


@dataclass(frozen=True)
class Layout:
    """How a text file lays out its columns.

    Args:
        separator: between columns; several characters = any of them; a blank = any run of blanks and tabs.
        decimal: sign before the decimals of a number, "." or ",".
        header: True = the first line names the columns, False = they are named by number ("1", "2", …),
            "comment" = the last comment above the first row names them.
        index: rows begin with a column that the header leaves out.
        skip: lines above the header, as an editor counts them.
        skip_below: lines below the header that are no rows (units).
        comment: lines that begin with it are passed over; "" = there are none.
        encoding: of the text, as Python calls it.
    """

    separator: str = ","
    decimal: str = "."
    header: bool | str = True
    index: bool = False
    skip: int = 0
    skip_below: int = 0
    comment: str = ""
    encoding: str = "utf-8"


@dataclass(frozen=True, eq=False)
class Parted:
    """A text file in columns.

    Args:
        names: of the columns; one without a name is called after its position ("column 3").
        frame: a row for each good line: LINE, FIELDS and the columns as text, null where the line ends early.
        broken: what is wrong with each of the other lines, by number.
    """

    names: tuple[str, ...]
    frame: polars.DataFrame
    broken: dict[int, str]


def parted(file: Path, layout: Layout, ragged: bool = False) -> Parted:
    """The columns of a text file.

    Args:
        file: to be read.
        layout: of the file.
        ragged: lines may have fewer columns than the header names.

    Raises:
        KodoError: the file cannot be read, is not in the encoding, or holds no row.
    """
    return part(decoded(content(file), layout.encoding, file), layout, file, ragged)


def decoded(raw: bytes, encoding: str, file: Path) -> str:
    """The text of a file, with "\\n" between its lines.

    Args:
        raw: content of the file.
        encoding: as Python calls it; a byte-order mark of UTF-8 is passed over.
        file: for messages.

    Raises:
        KodoError: a byte is not of the encoding; with the line.
    """
    plain = encoding.lower().replace("_", "-")
    try:
        text = raw.decode("utf-8-sig" if plain in ("utf-8", "utf8") else encoding)
    except UnicodeError as error:
        good = raw[: getattr(error, "start", 0)].decode(encoding, "ignore")
        raise KodoError(
            f"{file}, line {good.count(chr(10)) + 1}: the text is not {encoding}; say its encoding in "
            'dataset.toml (encoding = "cp1252" or "utf-16" are frequent ones).'
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def part(text: str, layout: Layout, file: Path, ragged: bool = False) -> Parted:
    """The columns of a text.

    Args:
        text: of the file.
        layout: of the file.
        file: for messages.
        ragged: lines may have fewer columns than the header names.

    Raises:
        KodoError: there is no row.
    """
    empty = " \t" if layout.separator == " " else " "
    every = text.split("\n")
    rows = [number for number in range(layout.skip, len(every)) if every[number].strip(empty)]
    comments: list[int] = []
    if layout.comment:
        comments = [number for number in rows if every[number].lstrip(" ").startswith(layout.comment)]
        rows = sorted(set(rows).difference(comments))
    head = ""
    if layout.header == "comment":
        above = [number for number in comments if rows and number < rows[0]]
        head = every[above[-1]].strip().removeprefix(layout.comment) if above else ""
        if not head.strip():
            raise KodoError(f"{file}: no comment ({layout.comment}) above its rows names the columns.")
    elif layout.header:
        head = every[rows[0]] if rows else ""
        rows = rows[1 + layout.skip_below :]
    if not rows:
        raise KodoError(f"{file} holds no row.")
    return _columns(head, [every[row] for row in rows], rows, layout, ragged)


def _columns(head: str, lines: list[str], rows: list[int], layout: Layout, ragged: bool) -> Parted:
    """Lines and their positions, from 0, in columns."""
    import polars
    from polars import col

    separator = layout.separator[0]
    if len(layout.separator) > 1 or separator == " ":
        head, lines = _plain(head, layout.separator), [_plain(line, layout.separator) for line in lines]
    plain: list[str | None] = [*lines]
    if '"' in head or any('"' in line for line in lines):
        head, plain = _unquoted(head, separator) or "", [_unquoted(line, separator) for line in lines]
        separator = BETWEEN
    count = (col(WHOLE).str.count_matches(separator, literal=True) + 1).cast(polars.Int64)
    nul = col(WHOLE).str.contains("\0", literal=True)
    frame = polars.DataFrame({WHOLE: plain}, {WHOLE: polars.String})
    frame = frame.select(WHOLE, count.alias(FIELDS), nul.alias(NUL))
    names, spare = _header(head, separator, frame[FIELDS].drop_nulls().to_numpy(), layout, ragged)
    frame = frame.insert_column(0, polars.Series(LINE, rows, polars.Int64) + 1)
    broken = _broken(frame, separator, len(names), spare, ragged)
    if broken:
        frame = frame.filter(~col(LINE).is_in(list(broken)))
    split = col(WHOLE).str.split_exact(separator, len(names) - 1).struct.rename_fields(names).struct.unnest()
    # One plan for all columns: files are small, and there are many.
    parts = (
        frame.lazy().select(LINE, FIELDS, split).with_columns(col(name).str.strip_chars() for name in names)
    )
    return Parted(tuple(names), parts.collect(), broken)


def _header(
    head: str, separator: str, fields: NDArray[np.int64], layout: Layout, ragged: bool
) -> tuple[list[str], int]:
    """Names of the columns, and how many columns without a name may follow them."""
    if layout.header is not False:
        return _names(head.split(separator), layout.index)
    # The most frequent number; of two, the larger: a line that ends early is the likelier fault.
    counts = np.bincount(fields) if len(fields) else np.array([0, 1])
    usual = len(counts) - 1 if ragged else len(counts) - 1 - int(np.argmax(counts[::-1]))
    return [str(number) for number in range(1, usual + 1)], 0


def _broken(frame: polars.DataFrame, separator: str, wanted: int, spare: int, ragged: bool) -> dict[int, str]:
    """What is wrong with lines that have too few or too many columns, or hold what is no text."""
    from polars import col

    odd = col(FIELDS).is_null() | col(NUL) | (col(FIELDS) > wanted + spare)
    suspects = frame.filter(odd if ragged else odd | (col(FIELDS) < wanted))
    broken = {}
    for number, line, fields, nul in suspects.iter_rows():
        # Separators at the end of a line that part nothing from nothing are no columns.
        text = bool(line) and not nul and fields > wanted
        if text and line.rstrip(separator + " ").count(separator) < wanted:
            continue
        if line is None:
            broken[number] = "a quotation mark does not end"
        elif nul:
            broken[number] = f"wanted text, got {line[:40]!r}"
        else:
            broken[number] = f"wanted {wanted} columns, got {fields}"
    return broken


def _plain(line: str, separator: str) -> str:
    """A line in which one character alone parts the columns."""
    if separator == " ":
        return " ".join(part for part in line.replace("\t", " ").split(" ") if part)
    for other in separator[1:]:
        line = line.replace(other, separator[0])
    return line


def _unquoted(line: str, separator: str) -> str | None:
    """A line parted by BETWEEN and without quotation marks; None where one does not end."""
    if '"' not in line:
        return line.replace(separator, BETWEEN)
    try:
        return BETWEEN.join(next(csv.reader([line], delimiter=separator, strict=True), []))
    except csv.Error:
        return None


def _names(head: Sequence[str], index: bool) -> tuple[list[str], int]:
    """Names of the columns, all different, and how many columns without a name may follow them."""
    found = [name.strip() for name in head]
    named = len(found)
    while named > 1 and not found[named - 1]:
        named -= 1
    spare = len(found) - named
    plain = [*([""] if index else []), *found[:named]]
    names: list[str] = []
    for position, name in enumerate(plain, 1):
        own = first = name or f"column {position}"
        number = 1
        while own in names:
            number += 1
            own = f"{first}#{number}"
        names.append(own)
    return names, spare
