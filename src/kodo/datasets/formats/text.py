"""Numbers from text files, columnar, with the line of whatever is not a number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.errors import KodoError


def content(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        KodoError: it is not there or may not be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise KodoError(f"Could not read {path}: {(error.strerror or str(error)).lower()}.") from error


def numbers(path: Path, columns: Sequence[str], separator: str = " ") -> NDArray[np.float32]:
    """The numbers of a text file without a header.

    Args:
        path: of the file.
        columns: what each column is, for messages.
        separator: one character between the columns.

    Returns:
        (row, column) float32.

    Raises:
        KodoError: the file is empty, or a line holds text, too few or too many columns; with the line.
    """
    return several([path], columns, separator)[0]


def several(paths: Sequence[Path], columns: Sequence[str], separator: str = " ") -> list[NDArray[np.float32]]:
    """The numbers of several text files of one layout, parsed at once, which is faster for small files.

    Args:
        paths: of the files.
        columns: what each column is, for messages.
        separator: one character between the columns.

    Returns:
        (row, column) float32 of each file.

    Raises:
        KodoError: as `numbers`.
    """
    import polars

    # As bytes: a path would be searched for wildcards.
    parts = [raw if raw.endswith(b"\n") else raw + b"\n" for raw in map(content, paths)]
    lines = [part.count(b"\n") for part in parts]
    schema = dict.fromkeys(columns, polars.Float32)
    try:
        frame = polars.read_csv(
            b"".join(parts), has_header=False, separator=separator, schema=schema, quote_char=None
        )
    except polars.exceptions.PolarsError as error:
        raise KodoError(_fault(paths, columns, separator, str(error))) from error
    if frame.height != sum(lines) or sum(frame.null_count().row(0)):
        raise KodoError(_fault(paths, columns, separator, "a number is missing"))
    ends = np.cumsum(lines).tolist()
    table = frame.to_numpy()
    return [table[end - count : end] for end, count in zip(ends, lines, strict=True)]


def _fault(paths: Sequence[Path], columns: Sequence[str], separator: str, otherwise: str) -> str:
    """The first line that is not as wanted, in a sentence; slow, so only when something went wrong."""
    wanted = f"{len(columns)} numbers ({', '.join(columns)})"
    for path in paths:
        lines = content(path).decode("utf-8", "replace").removesuffix("\n").split("\n")
        if lines == [""]:
            return f"{path} is empty; wanted lines of {wanted}."
        for number, line in enumerate(lines, 1):
            fields = line.rstrip("\r").split(separator)
            if len(fields) != len(columns):
                return f"{path}, line {number}: wanted {wanted}, got {len(fields)}: {line.strip()[:40]!r}."
            for name, field in zip(columns, fields, strict=True):
                if not is_number(field):
                    return f"{path}, line {number}: wanted a number for {name}, got {field[:40]!r}."
    return f"{paths[0]} could not be read as numbers: {otherwise.splitlines()[0]}."


def is_number(text: str) -> bool:
    """Whether Python reads a text as a number (NaN and infinity are numbers)."""
    try:
        float(text)
    except ValueError:
        return False
    return True
