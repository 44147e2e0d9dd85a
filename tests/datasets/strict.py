"""What a text file of numbers says, read line by line and far stricter than any reader reads it.

So a reader is held against something else than itself. A text is as published when every line ends, has its
number of fields and in each a decimal number that float32 can hold. Allowed besides, because it cannot change
a number: a byte-order mark, either line end, blanks before a number, and any number of spaces where spaces
part the columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
LARGEST = float(np.finfo(np.float32).max)
NUMBER = re.compile(rb"[ \t]*[+-]?(nan|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)\r?", re.IGNORECASE)
WHOLE = re.compile(rb"[ \t]*[+-]?\d{1,18}\r?")


@dataclass(frozen=True)
class Said:
    """What a strict reading of a text says.

    Args:
        table: its numbers, one row per line; None when it is not as published.
        line: the first that is not as published, or 0 when that is no single line.
        broken: lines that are left out, which a reader has to count.
    """

    table: Array | None
    line: int = 0
    broken: int = 0


def grid(
    raw: bytes,
    columns: int,
    separator: bytes,
    whole: bool = False,
    cut: bool = False,
    wide: tuple[int, ...] = (),
) -> Said:
    """A strict reading of lines of numbers.

    Args:
        raw: the text.
        columns: how many a line must have.
        separator: between them.
        whole: there are only whole numbers.
        cut: a last line without its end is left out and counted, not refused.
        wide: columns that may be larger than float32.
    """
    *whole_lines, last = raw.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    rows = []
    for number, line in enumerate(whole_lines, 1):
        row = _row(line.removesuffix(b"\r"), columns, separator, whole, wide)
        if row is None:
            return Said(None, number)
        rows.append(row)
    if not rows or (last and not cut):
        return Said(None, len(whole_lines) + 1 if last else 0)
    return Said(np.array(rows, np.int64 if whole else np.float64), broken=int(bool(last)))


@lru_cache(10_000)
def _row(
    line: bytes, columns: int, separator: bytes, whole: bool, wide: tuple[int, ...]
) -> list[float] | None:
    """The numbers of a line, or None; most lines of a spoiled file were seen before."""
    fields = line.split(separator)
    fields = [text for text in fields if text] if separator == b" " else fields
    if len(fields) != columns or not all((WHOLE if whole else NUMBER).fullmatch(text) for text in fields):
        return None
    row = [int(text) if whole else float(text) for text in fields]
    large = [column for column, value in enumerate(row) if abs(value) > LARGEST]
    return row if set(large) <= set(wide) else None


def wanted(said: Said, good: Callable[[Array], Array]) -> Said:
    """With the first row refused for which something else does not hold.

    Args:
        said: a strict reading.
        good: of the table, which rows are as wanted.
    """
    if said.table is None or good(said.table).all():
        return said
    return Said(None, int(np.flatnonzero(~good(said.table))[0]) + 1)


def changed(said: Said, change: Callable[[Array], Array]) -> Said:
    """With the table in another form, if there is one."""
    return said if said.table is None else Said(change(said.table), broken=said.broken)


def so_many(said: Said, rows: int) -> Said:
    """Refused as a whole unless it has so many rows."""
    return said if said.table is None or len(said.table) == rows else Said(None)
