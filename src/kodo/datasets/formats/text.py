"""Numbers from text files, columnar, with the line of whatever is not a number."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.lines import named_lines
from kodo.errors import KodoError

if TYPE_CHECKING:
    import polars

MARK = b"\xef\xbb\xbf"
"""The byte-order mark that some editors put before the first line."""

NUMBER = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|inf|infinity)", re.IGNORECASE | re.ASCII)
WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
LARGEST = float(np.finfo(np.float32).max)
"""The largest number that float32 holds."""

NAMED = 12
"""A message names so many columns at most."""


def content(path: Path, most: int = -1) -> bytes:
    """The bytes of a file.

    Args:
        path: of the file.
        most: the first so many; -1 = all.

    Raises:
        KodoError: it is not there or may not be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise KodoError(f"Could not read {path}: {(error.strerror or str(error)).lower()}.") from error


def numbers(path: Path, columns: Sequence[str], separator: str = " ") -> NDArray[np.float32]:
    """The numbers of a text file without a header.

    Args:
        path: of the file.
        columns: what each column is, for messages.
        separator: one character between the columns; spaces may be several, and stand around a line.

    Returns:
        (row, column) float32, NaN where the file says so.

    Raises:
        KodoError: the file is empty, a line holds text, too few or too many columns or a number that is too
            large, or the last one lacks its end, so that it may be cut short; with the line.
    """
    return several([path], columns, separator)[0]


def several(paths: Sequence[Path], columns: Sequence[str], separator: str = " ") -> list[NDArray[np.float32]]:
    """The numbers of several text files of one layout, parsed at once, which is faster for small files.

    Args:
        paths: of the files.
        columns: what each column is, for messages.
        separator: as for `numbers`.

    Returns:
        (row, column) float32 of each file.

    Raises:
        KodoError: as `numbers`.
    """
    import polars

    parts = [content(path) for path in paths]
    counts = [part.count(b"\n") for part in parts]
    kinds = dict.fromkeys(columns, polars.Float32())
    table = _frame(paths, parts, kinds, separator, sum(counts)).to_numpy()
    ends = np.cumsum(counts).tolist()
    return [table[end - count : end] for end, count in zip(ends, counts, strict=True)]


def whole_numbers(path: Path, columns: Sequence[str], separator: str = " ") -> NDArray[np.int64]:
    """As `numbers`, of a file that holds nothing but whole numbers.

    Args:
        path: of the file.
        columns: what each column is, for messages.
        separator: as for `numbers`.

    Returns:
        (row, column) int64.

    Raises:
        KodoError: as `numbers`, and where a number is not whole.
    """
    import polars

    raw = content(path)
    kinds = dict.fromkeys(columns, polars.Int64())
    return _frame([path], [raw], kinds, separator, raw.count(b"\n")).to_numpy()


def recorded(
    path: Path, columns: Sequence[str], separator: str = " ", exact: Collection[str] = ()
) -> tuple[polars.DataFrame, dict[str, str]]:
    """As `numbers`, but a last line that lacks its end is left out and told instead of refused.

    Args:
        path: of the file.
        columns: what each column is.
        separator: as for `numbers`.
        exact: columns that float32 would round, such as time stamps.

    Returns:
        the columns, Float32, the exact ones Float64, and the facts of `complete`.

    Raises:
        KodoError: as `numbers`, and when no line is whole.
    """
    import polars

    kinds = {name: polars.Float64() if name in exact else polars.Float32() for name in columns}
    raw, facts = complete(path, content(path))
    return _frame([path], [raw], kinds, separator, raw.count(b"\n")), facts


def complete(path: Path, raw: bytes) -> tuple[bytes, dict[str, str]]:
    """The lines of a file that are whole.

    A last line that lacks its end may be cut short, and a shorter number is a number, too.

    Args:
        path: of the file, for the fact.
        raw: its bytes.

    Returns:
        the bytes up to the last end of a line, and the fact `broken_lines` if something follows it.
    """
    end = raw.rfind(b"\n") + 1
    if end == len(raw) or end == 0:
        return raw, {}
    last = raw.count(b"\n") + 1
    return raw[:end], {"broken_lines": named_lines({path.name: {last: "its end is missing"}})}


def is_number(text: str) -> bool:
    """Whether a text is a number as files write it (NaN and infinity are numbers)."""
    return NUMBER.fullmatch(text.strip(" \t")) is not None


def _frame(
    paths: Sequence[Path],
    parts: Sequence[bytes],
    kinds: Mapping[str, polars.DataType],
    separator: str,
    lines: int,
) -> polars.DataFrame:
    """The lines of files, one after the other, in columns of the kinds asked for."""
    parts = [part.removeprefix(MARK) for part in parts]
    # Asked of the files as they are: without its spaces a line of nothing else would look like an end.
    ended = all(part.endswith(b"\n") for part in parts)
    frame = _parsed(parts, kinds, separator, lines) if ended else None
    if frame is None and ended and separator == " ":
        # A space too many is one field too many, so what has none is never looked through for them.
        frame = _parsed([_plain(part) for part in parts], kinds, separator, lines)
    if frame is None:
        raise KodoError(_fault(paths, parts, kinds, separator))
    return frame


def _parsed(
    parts: Sequence[bytes], kinds: Mapping[str, polars.DataType], separator: str, lines: int
) -> polars.DataFrame | None:
    """The lines in columns; None where a line is not whole, a number is missing or one is too large."""
    import polars

    # As bytes: a path would be searched for wildcards. A second mark would be passed over.
    raw = b"".join(parts)
    if raw.startswith(MARK):
        return None
    try:
        frame = polars.read_csv(
            raw, has_header=False, separator=separator, schema=dict(kinds), quote_char=None
        )
    except polars.exceptions.PolarsError:
        return None
    # Column by column: a plan for so little costs more than the work.
    if frame.height != lines or any(column.null_count() or _infinite(column) for column in frame):
        return None
    return frame


def _infinite(column: polars.Series) -> bool:
    """Whether a number was larger than its column can hold."""
    return column.dtype.is_float() and bool(column.is_infinite().any())


def _plain(raw: bytes) -> bytes:
    """With one space where there may be several, and none around a line."""
    while b"  " in raw:
        raw = raw.replace(b"  ", b" ")
    return raw.replace(b"\n ", b"\n").replace(b" \n", b"\n").replace(b" \r\n", b"\r\n").removeprefix(b" ")


def _fault(
    paths: Sequence[Path], parts: Sequence[bytes], kinds: Mapping[str, polars.DataType], separator: str
) -> str:
    """The first line that is not as wanted, in a sentence; slow, so only when something went wrong."""
    some = ", ".join(kinds) if len(kinds) <= NAMED else f"{', '.join([*kinds][:3])} … {[*kinds][-1]}"
    wanted = f"{len(kinds)} number{'s' * (len(kinds) > 1)} ({some})"
    for path, raw in zip(paths, parts, strict=True):
        if not raw:
            return f"{path} is empty; wanted lines of {wanted}."
        lines = raw.decode("utf-8", "replace").split("\n")
        for number, line in enumerate(lines[:-1], 1):
            said = _said(line.removesuffix("\r"), kinds, separator, wanted)
            if said:
                return f"{path}, line {number}: wanted {said}."
        if lines[-1]:
            return f"{path}, line {len(lines)}: its end is missing, so the file may be cut short."
    return f"{paths[0]} could not be read as lines of {wanted}."


def _said(line: str, kinds: Mapping[str, polars.DataType], separator: str, wanted: str) -> str:
    """What was wanted and what a line holds instead; nothing if it is as wanted."""
    import polars

    fields = line.split(separator)
    if separator == " ":
        fields = [field for field in fields if field]
    if len(fields) != len(kinds):
        return f"{wanted}, got {len(fields)}: {line.strip()[:40]!r}"
    for (name, kind), field in zip(kinds.items(), fields, strict=True):
        plain = field.lstrip(" \t").removesuffix("\r")
        largest = LARGEST if kind == polars.Float32 else np.finfo(np.float64).max
        if kind.is_integer():
            if not WHOLE.fullmatch(plain):
                return f"a whole number for {name}, got {field[:40]!r}"
        elif not NUMBER.fullmatch(plain) or abs(float(plain)) > largest:
            return f"a number for {name}, got {field[:40]!r}"
    return ""
