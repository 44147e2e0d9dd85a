"""Tables from text and Parquet files, with the line of whatever is not as described."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kodo.datasets.formats.delimited import FIELDS, LINE, MISSING, parted
from kodo.datasets.formats.lines import named_lines
from kodo.datasets.formats.stamps import TIME_UNITS, date_seconds, parse_stamps
from kodo.datasets.formats.text import LARGEST, content
from kodo.datasets.own.description import FILE, Description
from kodo.errors import KodoError, near

if TYPE_CHECKING:
    import polars

UNWANTED = "line of an ignored sensor"

TIME = "time in seconds"
"""The column with the time of a row."""


@dataclass(frozen=True, eq=False)
class Table:
    """The described columns of a file.

    Args:
        file: it comes from.
        frame: LINE; TIME as Float64, where the description has one; the columns of channels as Float64;
            label, subject, session, recording and sensor as text.
        broken: what is wrong with each line that is not in it, by number.
    """

    file: Path
    frame: polars.DataFrame
    broken: dict[int, str]

    def broken_lines(self) -> str:
        """How many lines are broken, and the first of them; "" where none is."""
        return named_lines({self.file.name: self.broken})


def read_table(file: Path, made: Description, sensor: str = "") -> Table:
    """The described columns of a file.

    Args:
        file: text or Parquet.
        made: which columns are what.
        sensor: whose file it is, where each sensor has its own.

    Raises:
        KodoError: the file is empty or damaged, a column is missing, or a line is broken and `broken` does
            not say that these are to be counted.
    """
    import polars

    columns = [column for column in made.columns if not sensor or column.sensor == sensor]
    texts = [
        c for c in (made.label, made.subject, made.session, made.recording, made.sensor) if c is not None
    ]
    times = [made.time] if made.time is not None else []
    wanted = list(dict.fromkeys([*(column.name for column in columns), *times, *texts]))
    if file.suffix.lower() == ".parquet":
        names, frame, broken = _parquet(file, wanted)
    else:
        found = parted(file, made.layout, ragged=made.sensor is not None)
        names, frame, broken = found.names, found.frame, dict(found.broken)
    for column in wanted:
        if column not in names:
            raise KodoError(
                f"{file} has no column '{column}', which {FILE} names. {near(column, list(names))}"
            )
    try:
        table = _typed(frame, list(names), made, sensor, broken)
    except polars.exceptions.PolarsError as error:
        raise KodoError(
            f"{file} could not be read as described in {FILE}: {str(error).splitlines()[0]}."
        ) from error
    if broken and made.broken == "error":
        line = min(broken)
        raise KodoError(
            f"{file}, line {line}: {broken[line]} "
            f'(broken = "count" in {FILE} leaves such lines out, counted).'
        )
    if table.height == 0:
        raise KodoError(f"{file} holds no row" + (" that can be read." if broken else "."))
    return Table(file, table, broken)


def _parquet(file: Path, wanted: list[str]) -> tuple[tuple[str, ...], polars.DataFrame, dict[int, str]]:
    import polars

    raw = io.BytesIO(content(file))
    try:
        names = tuple(polars.read_parquet_schema(raw))
        raw.seek(0)
        frame = polars.read_parquet(raw, columns=[name for name in wanted if name in names])
    except (polars.exceptions.PolarsError, OSError) as error:
        raise KodoError(f"{file} is not a whole Parquet file: {str(error).splitlines()[0]}.") from error
    if frame.height == 0:
        raise KodoError(f"{file} holds no row.")
    width = polars.Series(FIELDS, [len(names)], polars.Int64).new_from_index(0, frame.height)
    return names, frame.with_row_index(LINE, offset=1).with_columns(width), {}


def _typed(
    frame: polars.DataFrame, names: list[str], made: Description, sensor: str, broken: dict[int, str]
) -> polars.DataFrame:
    """The wanted columns in their types; what is wrong goes into `broken`."""
    import polars
    from polars import col, lit

    keys = [made.label, made.subject, made.session, made.recording, made.sensor]
    kept = [col(LINE), *(col(key).cast(polars.String) for key in dict.fromkeys(keys) if key is not None)]
    whose = None if made.sensor is None else col(made.sensor).cast(polars.String)
    unwanted = lit(False) if whose is None else whose.is_in([*made.ignored]).fill_null(False)
    faults: dict[str, tuple[polars.Expr, str, str]] = {}
    if whose is not None and made.sensor is not None:
        unknown = ~whose.is_in([*made.sensors]).fill_null(False) & ~unwanted
        faults["sensor"] = (unknown, made.sensor, "no channel and no ignored sensor is called ")
    if made.time is not None:
        stamps = _stamps(frame[made.time], made)
        kept.append(stamps.alias(TIME))
        wanted = f"wanted a time for '{made.time}', got "
        faults["time"] = (stamps.is_null() & ~unwanted, made.time, wanted)
    for name in dict.fromkeys(c.name for c in made.columns if not sensor or c.sensor == sensor):
        mine = lit(True)
        if whose is not None:
            mine = whose.is_in([c.sensor for c in made.columns if c.name == name]).fill_null(False)
        numbers, wrong = _numbers(frame[name], made)
        early = col(FIELDS) <= names.index(name)
        kept.append(numbers.alias(name))
        faults[f"number {name}"] = (wrong & mine, name, f"wanted a number for '{name}', got ")
        faults[f"early {name}"] = (early & mine, name, f"the line ends before '{name}'")
    # One plan for all columns: files are small, and there are many.
    flags = [fault.alias(f"fault {key}") for key, (fault, _, _) in faults.items()]
    found = frame.lazy().select(*kept, unwanted.alias(UNWANTED), *flags).collect()
    bad = [f"fault {key}" for key in faults if found[f"fault {key}"].any()]
    for key in bad:
        _, column, reason = faults[key.removeprefix("fault ")]
        wrong_rows = found[key].fill_null(False)
        lines = frame.select(LINE, col(column).alias("value")).filter(wrong_rows)
        for line, value in lines.iter_rows():
            got = repr(value[:40] if isinstance(value, str) else value)
            broken.setdefault(line, reason + got if reason.endswith(" ") else reason)
    if bad or whose is not None:
        found = found.filter(~polars.any_horizontal(col(UNWANTED), *(col(key) for key in bad)))
    return found.drop(UNWANTED, *(f"fault {key}" for key in faults))


def _present(values: polars.Series, made: Description) -> polars.Expr:
    """A column, null where nothing was measured."""
    import polars

    column = polars.col(values.name)
    if values.dtype != polars.String:
        return column
    return polars.when(~column.is_in([*MISSING, *made.missing])).then(column)


def _stamps(values: polars.Series, made: Description) -> polars.Expr:
    import polars

    if values.dtype.is_temporal():
        return polars.lit(date_seconds(values))
    present = _present(values, made)
    numeric = made.time_unit in TIME_UNITS and values.dtype == polars.String
    return parse_stamps(_pointed(present, made) if numeric else present, made.time_unit)


def _numbers(values: polars.Series, made: Description) -> tuple[polars.Expr, polars.Expr]:
    """Numbers, and which of them are none, infinite or beyond float32."""
    import polars

    present = _present(values, made)
    text = values.dtype == polars.String
    numbers = (_pointed(present, made) if text else present).cast(polars.Float64, strict=not text)
    beyond = (numbers.abs() > LARGEST).fill_null(False) & ~numbers.is_nan().fill_null(False)
    return numbers, beyond | (numbers.is_null() & present.is_not_null())


def _pointed(values: polars.Expr, made: Description) -> polars.Expr:
    """Texts of numbers with a point before the decimals."""
    import polars

    if made.layout.decimal == ".":
        return values
    # A point could only part thousands; nobody knows.
    plain = values.str.replace(made.layout.decimal, ".", literal=True)
    return polars.when(values.str.contains(".", literal=True)).then(polars.lit("?")).otherwise(plain)
