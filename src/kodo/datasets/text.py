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
    import polars

    schema = dict.fromkeys(columns, polars.Float32)
    try:
        # As bytes: a path would be searched for wildcards.
        frame = polars.read_csv(
            content(path), has_header=False, separator=separator, schema=schema, quote_char=None
        )
    except polars.exceptions.PolarsError as error:
        raise KodoError(_fault(path, columns, separator, str(error))) from error
    if frame.height == 0:
        raise KodoError(f"{path} is empty; wanted lines of {len(columns)} numbers ({', '.join(columns)}).")
    if sum(frame.null_count().row(0)):
        raise KodoError(_fault(path, columns, separator, "a number is missing"))
    return frame.to_numpy()


def _fault(path: Path, columns: Sequence[str], separator: str, otherwise: str) -> str:
    """The first line that is not as wanted, in a sentence; slow, so only when something went wrong."""
    for number, line in enumerate(content(path).decode("utf-8", "replace").split("\n"), 1):
        fields = line.rstrip("\r").split(separator)
        if len(fields) != len(columns):
            wanted = f"{len(columns)} numbers ({', '.join(columns)})"
            return f"{path}, line {number}: wanted {wanted}, got {len(fields)}: {line.strip()[:40]!r}."
        for name, field in zip(columns, fields, strict=True):
            try:
                float(field)
            except ValueError:
                return f"{path}, line {number}: wanted a number for {name}, got {field[:40]!r}."
    return f"{path} could not be read as numbers: {otherwise.splitlines()[0]}."
