"""`dataset.toml`: how a folder of the user's own files is to be read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from kodo.datasets.recording import Channel
from kodo.errors import KodoError, near
from kodo.units import QUANTITIES, unit

FILE = "dataset.toml"
TIME_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
"""Seconds in one unit of a time column."""

PARTS = ("subject", "label", "session", "recording")
"""What a path can say about a file."""


@dataclass(frozen=True)
class Description:
    """What a folder's files are.

    `subject`, `label`, `session` and `recording` are said by the path, as `{subject}` and so on, or by a
    column of that name given here; a person and a label are needed.

    Args:
        name: of the dataset.
        path: of the files below the folder, with `*` for anything and `{subject}`, `{label}`, `{session}`,
            `{recording}` for what they say: "{subject}/{label}_{session}.csv". CSV or Parquet.
        activities: class names, in the order of tables.
        channels: what the columns are.
        columns: the column of each channel.
        rate: samples per second (Hz); None = as the time column says.
        time: column with the time of each row; None = evenly sampled.
        time_unit: s, ms, us or ns.
        subject: column with the person.
        label: column with the activity of each row.
        session: column with the occasion.
        recording: column that tells recordings of one person and session apart.
        unlabelled: labels that mean that nothing is known; an empty one always does.
        separator: between the columns of a CSV file.
        window: suggested window length (seconds); 0 = whole recordings (signs, gestures).
        title: of the dataset, for tables.
        licence: in one line.
        citation: BibTeX.
    """

    name: str
    path: str
    activities: tuple[str, ...]
    channels: tuple[Channel, ...]
    columns: tuple[str, ...]
    rate: float | None = None
    time: str | None = None
    time_unit: str = "s"
    subject: str | None = None
    label: str | None = None
    session: str | None = None
    recording: str | None = None
    unlabelled: tuple[str, ...] = ()
    separator: str = ","
    window: float = 3.0
    title: str = ""
    licence: str = ""
    citation: str = ""

    @property
    def glob(self) -> str:
        """The pattern of the files, and the description itself."""
        return re.sub(r"\{\w+\}", "*", self.path) + f"|{FILE}"

    def said(self, name: str) -> dict[str, str] | None:
        """What a file's path says; None when it is not one of the files.

        Args:
            name: path below the folder, with `/`.
        """
        pattern = re.escape(self.path).replace(r"\*", "[^/]*")
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", pattern)
        match = re.fullmatch(pattern, name)
        return None if match is None else match.groupdict()


def describe(folder: Path) -> Description:
    """Read and check a folder's `dataset.toml`.

    Args:
        folder: the user's.

    Raises:
        KodoError: there is no such folder or file, or an entry is missing, unknown or wrong.
    """
    file = folder / FILE
    if not folder.is_dir():
        raise KodoError(f"There is no folder {folder}.")
    if not file.is_file():
        raise KodoError(
            f"{folder} has no {FILE}, which says what its columns are: "
            f"`kodo inspect {folder}` proposes one from what it finds."
        )
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KodoError(f"{file} is not TOML: {str(error)[:1].lower()}{str(error)[1:]}.") from error
    except OSError as error:
        raise KodoError(f"Could not read {file}: {(error.strerror or '').lower()}.") from error
    return _checked(content, file)


KINDS: Mapping[str, tuple[type, ...]] = {
    "activities": (list,),
    "channels": (list,),
    "unlabelled": (list,),
    "rate": (int, float),
    "window": (int, float),
}
"""Entries that are not text."""


def _checked(content: dict[str, Any], file: Path) -> Description:
    known = [f.name for f in fields(Description) if f.name != "columns"]
    for key, value in content.items():
        if key not in known:
            raise KodoError(f"{file}: there is no entry '{key}'. {near(key, known)}")
        kinds = KINDS.get(key, (str,))
        if not isinstance(value, kinds) or isinstance(value, bool):
            wanted = {list: "a list", int: "a number", str: "text"}[kinds[0]]
            raise KodoError(f"{file}: {key} needs {wanted}; got {value!r}.")
    for name in (f.name for f in fields(Description) if f.default is MISSING and f.name != "columns"):
        if not content.get(name):
            raise KodoError(f"{file}: {name} is missing.")
    channels, columns = _channels(content["channels"], file)
    plain: dict[str, Any] = dict(content)
    for key, value in content.items():
        if isinstance(value, list):
            plain[key] = tuple(map(str, value))
        elif isinstance(value, int):
            plain[key] = float(value)
    made = Description(**{**plain, "channels": channels, "columns": columns})
    _whole(made, file)
    return made


def _whole(made: Description, file: Path) -> None:
    """Entries that are right alone and wrong together."""
    by_path = re.findall(r"\{(\w*)\}", made.path)
    for part in by_path:
        if part not in PARTS:
            raise KodoError(f"{file}: path cannot say '{part}'. {near(part, list(PARTS))}")
        if by_path.count(part) > 1 or getattr(made, part) is not None:
            raise KodoError(f"{file}: {part} is said twice; say it once, in path or by a column.")
    for part, question in (("subject", "who is it"), ("label", "what is done")):
        if part not in by_path and getattr(made, part) is None:
            raise KodoError(
                f'{file}: {question}? Say it in path, as {{{part}}}, or name its column: {part} = "…"'
            )
    if made.rate is None and made.time is None:
        raise KodoError(f"{file}: rate (Hz) or time (a column) is needed; both are missing.")
    if made.rate is not None and not 0 < made.rate < float("inf"):
        raise KodoError(f"{file}: rate is a positive number of Hz; got {made.rate:g}.")
    if made.time_unit not in TIME_UNITS:
        raise KodoError(f"{file}: time_unit is one of {', '.join(TIME_UNITS)}; got '{made.time_unit}'.")
    if len(made.separator) != 1:
        raise KodoError(f"{file}: separator is one character; got {made.separator!r}.")
    for entry, names in (("activities", made.activities), ("channels", made.columns)):
        if len(set(names)) < len(names):
            raise KodoError(f"{file}: {entry} names something twice: {', '.join(names)}.")


def _channels(listed: list[Any], file: Path) -> tuple[tuple[Channel, ...], tuple[str, ...]]:
    channels, columns = [], []
    known = ["column", "name", "quantity", "axis", "place", "unit"]
    for number, entry in enumerate(listed, 1):
        where = f"{file}: channel {number}"
        if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
            raise KodoError(f"{where} needs text for {', '.join(known)}; got {entry!r}.")
        unknown = sorted(set(entry) - set(known))
        if unknown:
            raise KodoError(f"{where} has no entry '{unknown[0]}'. {near(unknown[0], known)}")
        if "column" not in entry:
            raise KodoError(f"{where} does not say its column.")
        column = str(entry["column"])
        quantity = str(entry.get("quantity", "other"))
        try:
            spelled = unit(entry.get("unit", next(iter(QUANTITIES.get(quantity, [""])))), quantity)
        except KodoError as error:
            raise KodoError(f"{where} ({column}): {error}") from error
        axis, place = str(entry.get("axis", "")), str(entry.get("place", ""))
        channels.append(Channel(str(entry.get("name", column)), quantity, axis, place, spelled))
        columns.append(column)
    return tuple(channels), tuple(columns)
