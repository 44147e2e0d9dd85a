"""A proposal for `dataset.toml`, guessed from the files of a folder, with what was guessed and why."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.description import FILE, TIME_UNITS
from kodo.datasets.formats.text import content
from kodo.datasets.locate import Found, listing
from kodo.datasets.readers.folder import plain_rate
from kodo.datasets.recording import in_order
from kodo.errors import KodoError

if TYPE_CHECKING:
    import polars

PATTERN = "*.csv|*.tsv|*.txt|*.parquet"
TIME = re.compile(r"(time|timestamp|t|seconds?|millis(econds)?|ms|ns|elapsed).*", re.IGNORECASE)
MEANINGS = {
    "label": re.compile(
        r"(label|activity|class|exercise|gesture|action|target|y)(_?(name|id))?", re.IGNORECASE
    ),
    "subject": re.compile(
        r"(subject|person|user|participant|volunteer|wearer|who)(_?(name|id|nr))?", re.IGNORECASE
    ),
    "session": re.compile(r"(session|trial|day|visit|round)(_?(name|id|nr))?", re.IGNORECASE),
    "recording": re.compile(r"(recording|sequence|file|repeat|rep|set)(_?(name|id|nr))?", re.IGNORECASE),
}
PERSON = re.compile(r"(p|s|u|sub|subj|subject|user|person|participant)[-]?\d+", re.IGNORECASE)
QUANTITIES = (
    ("acceleration", re.compile(r"(.*acc.*|.*(^|[_. ])a)", re.IGNORECASE)),
    ("rotation_rate", re.compile(r"(.*(gyr|rot|omega|angular).*|.*(^|[_. ])[gw])", re.IGNORECASE)),
    ("magnetic_field", re.compile(r"(.*mag.*|.*(^|[_. ])[mb])", re.IGNORECASE)),
)
PLACES = ("wrist", "ankle", "waist", "hip", "chest", "arm", "thigh", "leg", "hand", "pocket", "head", "foot")
FEW = 40
"""A text column with at most so many different values may be the labels."""


@dataclass
class Proposal:
    """What is known so far; the lines of the file and the reasons for them."""

    entries: dict[str, str] = field(default_factory=dict)
    channels: list[dict[str, str]] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)


def propose(folder: Path) -> tuple[str, list[str]]:
    """Propose a `dataset.toml` for a folder of CSV or Parquet files.

    Args:
        folder: the user's.

    Returns:
        the text of the file, and one sentence for everything that was guessed.

    Raises:
        KodoError: no folder, no such file in it, or the first one cannot be read as a table.
    """
    if not folder.is_dir():
        raise KodoError(f"There is no folder {folder}.")
    files = list(listing(folder, PATTERN))
    if not files:
        raise KodoError(
            f"No CSV or Parquet file below {folder}; wanted one per recording, or one long table."
        )
    made = Proposal()
    made.entries["name"] = _quoted(re.sub(r"\W+", "_", folder.resolve().name).strip("_").lower() or "mine")
    table = _table(folder / files[0].name, made)
    made.guesses.append(f"Columns are those of {files[0].name}, the first of {len(files)} files.")
    _by_columns(table, made)
    _by_path(files, made)
    _time(table, made)
    _activities(folder, files, table, made)
    _channels(table, made)
    return _text(made), made.guesses


def _table(file: Path, made: Proposal) -> polars.DataFrame:
    import polars

    raw = content(file)
    try:
        if file.suffix.lower() == ".parquet":
            return polars.read_parquet(io.BytesIO(raw))
        head = raw.partition(b"\n")[0].decode("utf-8-sig", "replace")
        separator = max(",;\t |", key=head.count)
        if separator != ",":
            made.entries["separator"] = _quoted(separator)
            made.guesses.append(
                f"Columns are parted by {separator!r}, the most frequent sign of the first line."
            )
        return polars.read_csv(raw, separator=separator, infer_schema_length=None)
    except polars.exceptions.PolarsError as error:
        raise KodoError(f"{file} could not be read as a table: {str(error).splitlines()[0]}.") from error


def _by_columns(table: polars.DataFrame, made: Proposal) -> None:
    for part, pattern in MEANINGS.items():
        for column in table.columns:
            if column not in made.taken and pattern.fullmatch(column.strip()):
                _take(made, part, column, "by its name")
                break
    texts = [c for c in table.columns if not table[c].dtype.is_numeric() and c not in made.taken]
    few = [c for c in texts if 2 <= table[c].n_unique() <= min(FEW, max(2, len(table) // 4))]
    if "label" not in made.entries and few:
        _take(made, "label", few[0], f"text with {table[few[0]].n_unique()} different values")


def _take(made: Proposal, part: str, column: str, why: str) -> None:
    made.entries[part] = _quoted(column)
    made.taken.add(column)
    made.guesses.append(f"{part} is the column '{column}': {why}.")


def _by_path(files: Sequence[Found], made: Proposal) -> None:
    """What differs between the names of files, word by word."""
    suffix = PurePosixPath(files[0].name).suffix
    names = [file.name for file in files if file.name.endswith(suffix)]
    split = [re.split(r"([/_ ]|(?<=\w)-(?=\w)|\.(?=[^.]+$))", name) for name in names]
    if len(names) == 1 or len({len(words) for words in split}) > 1:
        made.entries["path"] = _quoted(names[0] if len(names) == 1 else f"*{suffix}")
        return
    template = []
    for words in zip(*split, strict=True):
        part = _meaning(words, made)
        if part is None:
            template.append(words[0] if len(set(words)) == 1 else "*")
            continue
        template.append("{" + part + "}")
        made.taken.add("{" + part + "}")
        values = in_order(words)
        made.guesses.append(f"{part} is in the file names: {', '.join(values[:5])}{'…' * (len(values) > 5)}.")
    made.entries["path"] = _quoted("".join(template))


def _meaning(words: Sequence[str], made: Proposal) -> str | None:
    known = set(made.entries) | {
        part for part in ("subject", "label", "session") if f"{{{part}}}" in made.taken
    }
    if len(set(words)) == 1:
        return None
    if "subject" not in known and all(PERSON.fullmatch(word) for word in words):
        return "subject"
    if "label" not in known and all(re.fullmatch(r"[^\W\d]+", word) for word in words):
        return "label"
    if "subject" not in known and all(word.isdigit() for word in words):
        return "subject"
    return "session" if "session" not in known else None


def _time(table: polars.DataFrame, made: Proposal) -> None:
    for column in table.columns:
        if column in made.taken or not table[column].dtype.is_numeric() or not TIME.fullmatch(column.strip()):
            continue
        steps = np.diff(table[column].drop_nulls().to_numpy().astype(np.float64))
        steps = steps[steps > 0]  # the next recording of a long table starts again
        if len(steps) == 0:
            continue
        usual = float(np.median(steps))
        unit = next((u for u, most in (("s", 1.0), ("ms", 1e3), ("us", 1e6)) if usual < most), "ns")
        rate = plain_rate(1 / (usual * TIME_UNITS[unit]))
        made.entries |= {"time": _quoted(column), "time_unit": _quoted(unit), "rate": f"{rate:g}"}
        made.taken.add(column)
        made.guesses.append(
            f"rate is {rate:g} Hz: the usual step of '{column}' is {usual:g}, taken as {unit}."
        )
        return
    made.entries["rate"] = "50"
    made.guesses.append("rate is 50 Hz: no column of times was found, so this is a guess without any ground.")


def _activities(folder: Path, files: Sequence[Found], table: polars.DataFrame, made: Proposal) -> None:
    import polars

    values: list[str] = []
    if "label" in made.entries:
        column = made.entries["label"].strip('"')
        same = [f for f in files if f.name.endswith(PurePosixPath(files[0].name).suffix)]
        tables = [table, *(_table(folder / file.name, Proposal()) for file in same[1:])]
        held = [t[column].cast(polars.String).drop_nulls().unique() for t in tables if column in t.columns]
        values = [v for v in polars.concat(held).unique().to_list() if v != ""]
    elif "{label}" in made.taken:
        from kodo.datasets.formats.description import Description

        path = made.entries["path"].strip('"')
        said = [Description("", path, (), (), ()).said(file.name) for file in files]
        values = [s["label"] for s in said if s]
    if not values:
        made.guesses.append(
            "No labels were found: say in path or in label where they are, then list activities."
        )
    made.entries["activities"] = "[" + ", ".join(map(_quoted, in_order(values))) + "]"


def _channels(table: polars.DataFrame, made: Proposal) -> None:
    numeric = [c for c in table.columns if table[c].dtype.is_numeric() and c not in made.taken]
    groups: dict[str, list[tuple[str, str]]] = {}
    for column in numeric:
        plain = re.sub(r"[\[(].*", "", column).strip()  # "acc_x (m/s²)"
        match = re.fullmatch(r"(.*?)[_. -]?([xyz])", plain, re.IGNORECASE)
        stem, axis = (match[1], match[2].lower()) if match else (plain, "")
        groups.setdefault(stem, []).append((column, axis))
    for stem, members in groups.items():
        tri = sorted(axis for _, axis in members) == ["x", "y", "z"]
        quantity = next((q for q, p in QUANTITIES if tri and p.fullmatch(stem)), "other")
        values = table.select([c for c, _ in members]).to_numpy().astype(np.float64)
        unit, why = _unit(quantity, values)
        place = next((place for place in PLACES if place in stem.lower()), "body")
        names = ", ".join(c for c, _ in members)
        made.guesses.append(f"{names}: {quantity.replace('_', ' ')} at the {place}{why}.")
        for column, axis in members:
            entry = {"column": column, "quantity": quantity, "axis": axis, "place": place, "unit": unit}
            made.channels.append(entry)


def _unit(quantity: str, values: NDArray[np.float64]) -> tuple[str, str]:
    length = float(np.nanmedian(np.linalg.norm(values, axis=1))) if values.size else 0.0
    if quantity == "acceleration":
        unit = "g" if length < 4 else "m/s²" if length < 40 else "mg"
        return (
            unit,
            f" in {unit}: its length is usually {length:.3g}, and gravity is 1 g = 9.81 m/s² = 1000 mg",
        )
    if quantity == "rotation_rate":
        highest = float(np.nanmax(np.abs(values)))
        unit = "rad/s" if highest < 35 else "deg/s"
        return unit, f" in {unit}: the highest value is {highest:.3g}"
    if quantity == "magnetic_field":
        unit = "G" if length < 2 else "µT" if length < 150 else "mG"
        return unit, f" in {unit}: its length is usually {length:.3g}, and the earth's is 25 to 65 µT"
    return "", ""


def _text(made: Proposal) -> str:
    lines = [f"# {FILE}: proposed by kodo; check every line.", ""]
    if "subject" not in made.entries and "{subject}" not in made.taken:
        made.guesses.append("Nobody was found: say in path or in subject who it is.")
        lines.append('# subject = "…"  # a column, or {subject} in path: who is it?')
    if "label" not in made.entries and "{label}" not in made.taken:
        lines.append('# label = "…"  # a column, or {label} in path: what is done?')
    order = ("name", "path", "separator", "time", "time_unit", "rate", "subject", "session", "recording")
    for key in (*order, "label", "activities"):
        if key in made.entries:
            lines.append(f"{key} = {made.entries[key]}")
    for channel in made.channels:
        lines += ["", "[[channels]]", *(f"{key} = {_quoted(value)}" for key, value in channel.items())]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'"{escaped}"'
