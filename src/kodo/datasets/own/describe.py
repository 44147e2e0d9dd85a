"""A proposal for `dataset.toml`, guessed from the files of a folder, with what was guessed and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kodo.datasets.formats.delimited import FIELDS, LINE, MISSING, Layout, decoded, part
from kodo.datasets.formats.sniff import sniff
from kodo.datasets.formats.text import content
from kodo.datasets.locate import listing
from kodo.datasets.own import columns
from kodo.datasets.own.description import FILE
from kodo.datasets.own.names import said
from kodo.datasets.own.paths import of_one_kind, template
from kodo.datasets.recording import in_order
from kodo.errors import KodoError

if TYPE_CHECKING:
    import polars

PATTERN = "*.csv|*.tsv|*.txt|*.dat|*.log|*.parquet"
SPARE = re.compile(r"(readme|licen[cs]e|notes?|info|about|changelog).*", re.IGNORECASE)
UNLABELLED = re.compile(
    r"null|none|no|na|n/a|nan|un(known|defined|labell?ed)|no[ _]?(label|activity|class)|transient|-1?",
    re.IGNORECASE,
)
"""Labels that say that nothing is known."""

CODE = re.compile(r"-?\d+(\.0)?|[A-Za-z]{1,2}\d+")
EDIT = "  # edit: "

HEAD = 1 << 18
"""So many bytes of each file are looked at."""

SAMPLE = 20
"""So many files are looked at more closely."""


@dataclass
class Proposal:
    """What is known so far: entries of the file, remarks behind them, reasons."""

    layout: Layout = Layout()  # noqa: RUF009
    entries: dict[str, Any] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    triads: list[columns.Triad] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def name(self, column: str) -> str | int:
        """A column as the description names it."""
        return int(column) if self.layout.header is False else column

    def says(self, what: str, column: str, why: str) -> None:
        """Say that a column holds something."""
        self.entries[what] = self.name(column)
        self.taken.add(column)
        self.guesses.append(f"{what} is the column '{column}': {why}.")

    @property
    def known(self) -> list[str]:
        """The parts that columns or the path say."""
        return [*self.entries, *re.findall(r"\{(\w+)\}", self.entries.get("path", ""))]


def propose(folder: Path) -> tuple[str, list[str]]:
    """Propose a `dataset.toml` for a folder of text or Parquet files.

    Lines that the user has to edit, because no file says what belongs there, end in `# edit: …`.

    Args:
        folder: the user's.

    Returns:
        the text of the file, and one sentence for everything that was guessed.

    Raises:
        KodoError: no folder, no such file in it, or the first one cannot be read as a table.
    """
    if not folder.is_dir():
        raise KodoError(f"There is no folder {folder}.")
    every = [f.name for f in listing(folder, PATTERN) if f.size and not SPARE.fullmatch(Path(f.name).name)]
    if not every:
        raise KodoError(
            f"No CSV or Parquet file below {folder}; wanted one per recording, or one long table."
        )
    made = Proposal()
    made.entries["name"] = re.sub(r"\W+", "_", folder.resolve().name).strip("_").lower() or "mine"
    names, tables = _alike(folder, of_one_kind(every), made)
    _by_name(tables[0], made)
    _sensor(tables[0], made)
    _time(tables[0], made)
    _by_values(tables, made)
    _paths(names, made)
    _left_out([name for name in every if name not in set(names)], made)
    _activities(folder, names, made)
    _measured(tables[0], made)
    return _text(made), made.guesses


def _alike(folder: Path, names: Sequence[str], made: Proposal) -> tuple[list[str], list[polars.DataFrame]]:
    """The files that have the columns of most, and the beginning of some of them, as text."""
    if not names[0].lower().endswith(".parquet"):
        # Not the first one: it may be another kind of file.
        found = sniff(content(folder / names[len(names) // 2], HEAD))
        made.layout = found.layout
        made.guesses += found.why
    kinds: dict[tuple[str, ...], list[str]] = {}
    tables: dict[tuple[str, ...], list[polars.DataFrame]] = {}
    fault = None
    for name in names:
        try:
            table = _table(folder / name, made.layout, HEAD)
        except KodoError as error:
            fault = fault or error
            continue
        kind = tuple(table.columns)
        kinds.setdefault(kind, []).append(name)
        if len(tables.setdefault(kind, [])) < SAMPLE or len(kinds[kind]) % (1 + len(names) // SAMPLE) == 0:
            tables[kind].append(table)
    if not kinds:
        raise fault or KodoError(f"No file below {folder} could be read as a table.")
    most = max(kinds, key=lambda kind: len(kinds[kind]))
    made.guesses.append(
        f"Columns are those of {kinds[most][0]}, as in {len(kinds[most])} of {len(names)} files."
    )
    return kinds[most], tables[most]


def _table(file: Path, layout: Layout, most: int = -1) -> polars.DataFrame:
    """A file as text, or of a text file the lines that end in its first so many bytes."""
    import io

    import polars

    if file.suffix.lower() != ".parquet":
        most = -1 if layout.encoding == "utf-16" else most
        raw = content(file, most)
        if len(raw) == most < file.stat().st_size:
            raw = raw[: raw.rfind(b"\n") + 1]
        found = part(decoded(raw, layout.encoding, file), layout, file, ragged=True)
        return found.frame.drop(LINE, FIELDS)
    try:
        table = polars.read_parquet(io.BytesIO(content(file)))
        return table.with_columns(polars.selectors.numeric().cast(polars.Float64))
    except polars.exceptions.PolarsError as error:
        raise KodoError(f"{file} could not be read as a table: {str(error).splitlines()[0]}.") from error


def _by_name(table: polars.DataFrame, made: Proposal) -> None:
    if made.layout.header is False:
        return
    for column, what in columns.meanings(table.columns):
        if what not in made.entries and column not in made.taken:
            made.says(what, column, "by its name")
        elif column not in made.taken:
            made.taken.add(column)
            made.guesses.append(f"'{column}' is left out: '{made.entries[what]}' says the {what} already.")


def _sensor(table: polars.DataFrame, made: Proposal) -> None:
    for column in table.columns:
        if column not in made.taken and columns.takes_turns(table[column]):
            kinds = ", ".join(in_order(table[column].drop_nulls().unique().to_list()))
            made.says("sensor", column, f"{kinds} take turns in it")
            return


def _time(table: polars.DataFrame, made: Proposal) -> None:
    headed = made.layout.header is not False
    texts: list[tuple[str, str, str]] = []
    found: list[tuple[str, str, str]] = []
    for column in table.columns:
        if column in made.taken:
            continue
        values = columns.numbers(table[column], made.layout.decimal)
        plain = None if values is None else values.drop_nulls().to_numpy()
        if plain is not None and headed and not columns.TIME.fullmatch(column.strip()):
            continue
        if plain is not None and columns.is_counter(column, plain):
            continue
        told = columns.time_unit(column, table[column], made.layout.decimal)
        moves = 0.0 if plain is None or len(plain) < 2 else float((np.diff(plain) > 0).mean())
        # Without a name, a number that hardly ever grows is rather a person's.
        if told is not None and (plain is None or headed or moves > 0.005):
            (texts if plain is None else found).append((column, *told))
    for column, unit, why in [*found, *texts][:1]:
        made.says("time", column, f"{why}; taken as {unit}")
        made.entries["time_unit"] = unit
    for column, _, _ in [*found, *texts][1:]:
        made.taken.add(column)
        made.guesses.append(f"'{column}' is left out: it is another time.")


def _by_values(tables: Sequence[polars.DataFrame], made: Proposal) -> None:
    """Columns without a telling name: texts with few values, numbers that stay the same for long."""
    for column in tables[0].columns:
        if column in made.taken:
            continue
        several = {value for table in tables for value in table[column].unique().drop_nulls().to_list()}
        several -= set(MISSING)
        values = columns.numbers(tables[0][column], made.layout.decimal)
        if values is None:
            if "label" not in made.entries and 2 <= len(several) <= columns.FEW:
                made.says("label", column, f"text with {len(several)} different values")
            continue
        plain = values.to_numpy()
        changes = float((np.diff(plain) != 0).mean()) if len(plain) > 1 else 0.0
        whole = np.array_equal(plain, np.round(plain))
        if made.layout.header is not False or not whole or changes > 0.05 or len(several) > columns.FEW:
            continue
        constant = all(table[column].n_unique() == 1 for table in tables)
        last = column == tables[0].columns[-1] and not constant
        what = "label" if last and "label" not in made.entries else "subject"
        if what not in made.entries and len(several) > 1:
            when = "only from file to file" if constant else "seldom"
            made.says(what, column, f"a whole number that changes {when}, with {len(several)} values")


def _paths(names: Sequence[str], made: Proposal) -> None:
    found = template(names, made.entries)
    made.entries["path"] = found.path
    made.guesses += found.why
    made.entries["labels by path"] = found.values.get("label", [])
    made.entries["sensors by path"] = found.values.get("sensor", [])
    remarks = []
    for part_, question, sentence in (
        ("subject", "who is it?", "Nobody was found: say in path or in subject who it is."),
        ("label", "what is done?", "No labels were found: say in path or in label where they are."),
    ):
        if part_ in found.unsure:
            remarks.append(f"{question} {{{part_}}} is a guess.")
        elif part_ not in made.known:
            remarks.append(f"{question} Write {{{part_}}} where the path says it, or {part_} = … below.")
            made.guesses.append(sentence)
    if remarks:
        made.remarks["path"] = " ".join(remarks)


def _left_out(left: Sequence[str], made: Proposal) -> None:
    if left:
        others = f"{len(left)} other files are left out, such as" if len(left) > 1 else "Left out:"
        made.guesses.append(f"{others} {left[0]}.")
    wrong = [name for name in left if said(made.entries["path"], name) is not None]
    if wrong:
        made.entries["leave_out"] = wrong
        made.guesses.append(f"leave_out names {len(wrong)} files that fit path but have other columns.")


def _activities(folder: Path, names: Sequence[str], made: Proposal) -> None:
    values = made.entries.pop("labels by path")
    if "label" in made.entries:
        column = str(made.entries["label"])
        held: set[Any] = set()
        for name in names:
            held.update(_table(folder / name, made.layout)[column].unique().drop_nulls().to_list())
        values = in_order([str(value) for value in held if value != ""])
    nothing = [value for value in values if UNLABELLED.fullmatch(value)]
    values = [value for value in values if value not in nothing]
    if nothing:
        made.entries["unlabelled"] = nothing
        made.guesses.append(f"{', '.join(nothing)}: taken for no activity.")
    if values and all(map(CODE.fullmatch, values)):
        made.entries["labels"] = {value: value for value in values}
        zero = ' 0 often means none: = "".' if "0" in values else ""
        made.remarks["labels"] = f"what does each code mean?{zero}"
        made.guesses.append("Labels are codes; write behind each what it means, or leave it.")
    else:
        made.entries["activities"] = values


def _measured(table: polars.DataFrame, made: Proposal) -> None:
    """The channels, and the rate."""
    import polars

    kept: dict[str, polars.Series] = {}
    for column in table.columns:
        values = None if column in made.taken else columns.numbers(table[column], made.layout.decimal)
        if values is None:
            continue
        plain = values.drop_nulls().to_numpy()
        if columns.is_counter(column, plain) or (len(plain) > 1 and columns.COUNTER.fullmatch(column) and
                                                  columns.is_clock(plain)):  # fmt: skip
            made.guesses.append(f"'{column}' is left out: it counts the rows.")
        else:
            kept[column] = values
    frame = polars.DataFrame(kept)
    headed = made.layout.header is not False
    by_path = made.entries.pop("sensors by path")
    if "sensor" in made.entries:
        whose = table[str(made.entries["sensor"])]
        for sensor in in_order(whose.drop_nulls().unique().to_list()):
            rows = frame.filter(whose == sensor)
            held = [
                c for c in rows.columns if rows[c].null_count() < rows.height and not rows[c].is_nan().all()
            ]
            made.triads += columns.triads(rows, held, headed, sensor)
    elif by_path:
        for sensor in by_path:
            made.triads += columns.triads(frame, frame.columns, headed, sensor)
    else:
        made.triads = columns.triads(frame, frame.columns, headed)
    named: list[object] = []
    for triad in made.triads:
        own = triad.entry.get("name")
        if own is not None and own in named:
            triad.entry["name"] = f"{own}_{named.count(own) + 1}"
        named.append(own)
    made.guesses += [triad.why for triad in made.triads]
    _rate(table, frame, made)


def _rate(table: polars.DataFrame, frame: polars.DataFrame, made: Proposal) -> None:
    if "time" not in made.entries:
        made.entries["rate"] = 50
        made.remarks["rate"] = "how many samples per second?"
        made.guesses.append(
            "rate is 50 Hz: no column of times was found, so this is a guess without any ground."
        )
        return
    column = str(made.entries["time"])
    values = columns.numbers(table[column], made.layout.decimal)
    stamps = columns.seconds(table[column] if values is None else values, made.entries["time_unit"])
    rates = []
    for rows in _turns(table, made):
        good = stamps.is_not_null() & rows
        found = columns.rate(stamps.filter(good).to_numpy(), frame.filter(good).to_numpy())
        rates += [found] if found else []
    if rates:
        made.entries["rate"] = max(rates)
        made.guesses.append(f"rate is {max(rates):g} Hz, by the steps of '{column}'.")


def _turns(table: polars.DataFrame, made: Proposal) -> list[polars.Series]:
    """The rows of each sensor; all where there is one."""
    import polars

    if "sensor" not in made.entries:
        return [polars.Series([True]).new_from_index(0, table.height)]
    whose = table[str(made.entries["sensor"])]
    return [(whose == sensor).fill_null(False) for sensor in whose.drop_nulls().unique().to_list()]


ORDER = (
    *("name", "path", "leave_out", *(entry.name for entry in fields(Layout)), "time", "time_unit", "rate"),
    *("sensor", "subject", "session", "recording", "label", "labels", "activities", "unlabelled"),
)
"""Of the entries in the file."""


def _text(made: Proposal) -> str:
    plain = Layout()
    for entry in fields(Layout):
        if getattr(made.layout, entry.name) != getattr(plain, entry.name):
            made.entries[entry.name] = getattr(made.layout, entry.name)
    lines = [f"# {FILE}: proposed by kodo; look it over. Lines that no file could answer say: edit.", ""]
    for key in ORDER:
        if key in made.entries:
            remark = EDIT + made.remarks[key] if key in made.remarks else ""
            lines.append(f"{key} = {_written(made.entries[key])}{remark}")
    for triad in made.triads:
        lines += ["", "[[channels]]"]
        for key, value in triad.entry.items():
            asked = {"scale": "how much is one count?", "offset": "what is a count of 0?"}.get(key, "")
            remark = EDIT + asked if asked and triad.scaled else ""
            lines.append(f"{key} = {_written(value)}{remark}")
    return "\n".join(lines) + "\n"


def _written(value: Any) -> str:
    """A value as TOML spells it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.10g}"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_written(k)} = {_written(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'"{escaped}"'
