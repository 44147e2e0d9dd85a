"""Tables from CSV and Parquet files, with the line of whatever is not as described."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from kodo.datasets.formats.description import FILE, Description
from kodo.datasets.formats.text import content, is_number
from kodo.errors import KodoError, near

if TYPE_CHECKING:
    import polars

LINE = "line of the file"
"""The column that says where each row stands in its file."""

MISSING = ["", "NA", "N/A", "null", "None"]
"""What stands in a CSV file where nothing was measured (NaN is read as a number)."""


def read_table(file: Path, made: Description) -> polars.DataFrame:
    """The described columns of a file: numbers as float, the others as text, and LINE.

    Args:
        file: CSV with a header, or Parquet.
        made: which columns are what.

    Returns:
        channels as Float32, time as Float64, label, subject, session and recording as text.

    Raises:
        KodoError: the file is empty or damaged, a column is missing, or a number is text.
    """
    import polars

    kinds: dict[str, polars.DataType | type[polars.DataType]] = dict.fromkeys(made.columns, polars.Float32)
    if made.time is not None:
        kinds[made.time] = polars.Float64
    for column in (made.label, made.subject, made.session, made.recording):
        if column is not None:
            kinds[column] = polars.String
    parquet = file.suffix.lower() == ".parquet"
    raw = content(file)
    present = _header(file, raw, made, parquet)
    for column in kinds:
        if column not in present:
            raise KodoError(f"{file} has no column '{column}', which {FILE} names. {near(column, present)}")
    try:
        if parquet:
            frame = polars.read_parquet(io.BytesIO(raw), columns=list(kinds)).cast(kinds)  # type: ignore[arg-type]
        else:
            frame = polars.read_csv(
                raw,
                separator=made.separator,
                columns=list(kinds),
                schema_overrides=kinds,
                null_values=MISSING,
            )
    except polars.exceptions.PolarsError as error:
        raise KodoError(_fault(file, raw, made, parquet, str(error))) from error
    if frame.height == 0:
        raise KodoError(f"{file} holds no row.")
    start = 1 if parquet else 2  # line 1 of a CSV file is its header
    return frame.with_row_index(LINE, offset=start)


def _header(file: Path, raw: bytes, made: Description, parquet: bool) -> list[str]:
    import polars

    if not parquet:
        first = raw.partition(b"\n")[0].decode("utf-8-sig", "replace").strip()
        return next(csv.reader([first], delimiter=made.separator), [])
    try:
        return list(polars.read_parquet_schema(io.BytesIO(raw)))
    except polars.exceptions.PolarsError as error:
        raise KodoError(f"{file} is not a whole Parquet file: {str(error).splitlines()[0]}.") from error


def _fault(file: Path, raw: bytes, made: Description, parquet: bool, otherwise: str) -> str:
    """The first line that is not as described, in a sentence; slow, so only when something went wrong."""
    numeric = [*made.columns, *([made.time] if made.time else [])]
    if not parquet:
        lines = csv.reader(io.StringIO(raw.decode("utf-8-sig", "replace")), delimiter=made.separator)
        header = next(lines, [])
        for line in lines:
            if line and len(line) > len(header):
                wanted = f"{len(header)} columns"
                return f"{file}, line {lines.line_num}: wanted {wanted}, got {len(line)}."
            for column, value in zip(header, line, strict=False):
                if column in numeric and value not in MISSING and not is_number(value):
                    return (
                        f"{file}, line {lines.line_num}: wanted a number for '{column}', got {value[:40]!r}."
                    )
    return f"{file} could not be read as described in {FILE}: {otherwise.splitlines()[0]}."
