"""`dataset.toml`: how a folder of the user's own files is to be read."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from kodo.datasets.formats.delimited import Layout
from kodo.datasets.formats.stamps import TIME_UNITS
from kodo.datasets.own.entries import Column, channel_entries
from kodo.datasets.own.names import PARTS, glob
from kodo.datasets.recording import Channel
from kodo.errors import KodoError, near

FILE = "dataset.toml"


@dataclass(frozen=True)
class Description:
    """What a folder's files are.

    `subject`, `label`, `session`, `recording` and `sensor` are said by the path, as `{subject}` and so on, or
    by a column of that name given here; a person and a label are needed.

    Args:
        name: of the dataset.
        path: of the files below the folder, with `*` for anything and `{subject}`, `{label}`, `{session}`,
            `{recording}`, `{sensor}` for what they say: "{subject}/{label}_{session}.csv". CSV or Parquet.
        channels: what was measured.
        columns: where each channel stands.
        activities: class names, in the order of tables; not needed where `labels` gives them.
        labels: activity of each code that stands for one ("A01": "walking").
        unlabelled: labels that mean that nothing is known; an empty one always does.
        rate: samples per second (Hz); None = as the time column says.
        time: column with the time of each row; None = evenly sampled.
        time_unit: s, ms, us or ns; iso for ISO 8601; or a format such as "%d.%m.%Y %H:%M:%S%.f".
        subject: column with the person.
        label: column with the activity of each row.
        session: column with the occasion.
        recording: column that tells recordings of one person and session apart.
        sensor: column that says which sensor a line is of, where they take turns; channels name theirs.
        ignored: sensors whose lines are not wanted.
        leave_out: globs of files that are none of the recordings.
        missing: further texts that stand where nothing was measured ("?").
        broken: what to do with lines that cannot be read: "error", or "count" them and read the others.
        layout: how text files lay out their columns; its entries stand among the others.
        window: suggested window length (seconds); 0 = whole recordings (signs, gestures).
        title: of the dataset, for tables.
        licence: in one line.
        citation: BibTeX.
    """

    name: str
    path: str
    channels: tuple[Channel, ...]
    columns: tuple[Column, ...]
    activities: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    unlabelled: tuple[str, ...] = ()
    rate: float | None = None
    time: str | None = None
    time_unit: str = "s"
    subject: str | None = None
    label: str | None = None
    session: str | None = None
    recording: str | None = None
    sensor: str | None = None
    ignored: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    broken: str = "error"
    layout: Layout = Layout()  # noqa: RUF009
    window: float = 3.0
    title: str = ""
    licence: str = ""
    citation: str = ""

    @property
    def glob(self) -> str:
        """The pattern of the files, and the description itself."""
        return f"{glob(self.path)}|{FILE}"

    @property
    def sensors(self) -> tuple[str, ...]:
        """The sensors that channels name, in order."""
        return tuple(dict.fromkeys(column.sensor for column in self.columns))


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
        return described(file.read_text(encoding="utf-8-sig"), file)
    except UnicodeDecodeError as error:
        raise KodoError(f"{file} is not TOML: {error}.") from error
    except OSError as error:
        raise KodoError(f"Could not read {file}: {(error.strerror or '').lower()}.") from error


def described(text: str, file: Path) -> Description:
    """Read and check the text of a `dataset.toml`.

    Args:
        text: TOML.
        file: for messages.

    Raises:
        KodoError: an entry is missing, unknown or wrong.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KodoError(f"{file} is not TOML: {str(error)[:1].lower()}{str(error)[1:]}.") from error
    return _checked(content, file)


LISTS = ("activities", "channels", "unlabelled", "ignored", "leave_out", "missing")
NUMBERS = ("rate", "window")
COLUMNS = ("time", "subject", "label", "session", "recording", "sensor")
"""Entries that name a column; a number where columns have no names."""


def _checked(content: dict[str, Any], file: Path) -> Description:
    layout = [f.name for f in fields(Layout)]
    own = [f.name for f in fields(Description) if f.name not in ("columns", "layout")]
    for key, value in content.items():
        if key not in (*own, *layout):
            raise KodoError(f"{file}: there is no entry '{key}'. {near(key, [*own, *layout])}")
        wanted = _wanted(key, value)
        if wanted:
            raise KodoError(f"{file}: {key} needs {wanted}; got {value!r}.")
    for name in (f.name for f in fields(Description) if f.default is MISSING and f.name in own):
        if not content.get(name) and name != "labels":
            raise KodoError(f"{file}: {name} is missing.")
    plain: dict[str, Any] = {key: _plain(key, value) for key, value in content.items() if key in own}
    made_layout = Layout(**{key: value for key, value in content.items() if key in layout})
    plain["channels"], plain["columns"] = channel_entries(content["channels"], made_layout.header, file)
    labels = plain.get("labels", {})
    unlabelled = plain.get("unlabelled", ())
    if not plain.get("activities"):
        plain["activities"] = tuple(dict.fromkeys(n for n in labels.values() if n and n not in unlabelled))
    made = Description(**plain, layout=made_layout)
    _whole(made, content, file)
    _laid_out(made.layout, file)
    return made


def _wanted(key: str, value: Any) -> str:
    """What an entry should be; "" where it is."""
    if key == "header":
        return "" if isinstance(value, bool) or value == "comment" else 'true, false or "comment"'
    if key == "index":
        return "" if isinstance(value, bool) else "true or false"
    if isinstance(value, bool):
        return "a number" if key in (*NUMBERS, "skip", "skip_below") else "text"
    if key in LISTS:
        return "" if isinstance(value, list) else "a list"
    if key == "labels":
        return "" if isinstance(value, dict) else 'activities by code (labels = { A01 = "walking" })'
    if key in NUMBERS:
        return "" if isinstance(value, int | float) else "a number"
    if key in ("skip", "skip_below"):
        return "" if isinstance(value, int) and value >= 0 else "a number of lines"
    if key in COLUMNS:
        return "" if isinstance(value, str | int) else "text, or the number of a column"
    return "" if isinstance(value, str) else "text"


def _plain(key: str, value: Any) -> Any:
    if key in NUMBERS:
        return float(value)
    if key in COLUMNS:
        return str(value)
    if isinstance(value, dict):
        return {str(code): str(name) for code, name in value.items()}
    return tuple(map(str, value)) if isinstance(value, list) else value


def _whole(made: Description, content: dict[str, Any], file: Path) -> None:
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
    if not made.activities:
        raise KodoError(f"{file}: activities is missing.")
    unknown = [n for n in made.labels.values() if n and n not in (*made.activities, *made.unlabelled)]
    if unknown:
        raise KodoError(
            f"{file}: labels names '{unknown[0]}', which is no activity. "
            f"{near(unknown[0], list(made.activities))}"
        )
    if made.layout.header is not False:
        numbered = [key for key in COLUMNS if isinstance(content.get(key), int)]
        if numbered:
            raise KodoError(f"{file}: {numbered[0]} needs text; columns go by number where header = false.")
    _timed(made, by_path, file)
    for entry, names in (
        ("activities", made.activities),
        ("channels", tuple(channel.name for channel in made.channels)),
        ("channels", tuple(f"{column.sensor} {column.name}".strip() for column in made.columns)),
    ):
        if len(set(names)) < len(names):
            raise KodoError(f"{file}: {entry} names something twice: {', '.join(names)}.")


def _timed(made: Description, by_path: list[str], file: Path) -> None:
    if made.rate is None and made.time is None:
        raise KodoError(f"{file}: rate (Hz) or time (a column) is needed; both are missing.")
    if made.rate is not None and not 0 < made.rate < float("inf"):
        raise KodoError(f"{file}: rate is a positive number of Hz; got {made.rate:g}.")
    if made.time_unit not in (*TIME_UNITS, "iso") and "%" not in made.time_unit:
        raise KodoError(
            f"{file}: time_unit is one of {', '.join(TIME_UNITS)}, iso, or a format with %; "
            f"got '{made.time_unit}'."
        )
    several = made.sensor is not None or "sensor" in by_path
    if several and made.time is None:
        raise KodoError(f"{file}: sensors are joined by time; name its column: time = …")
    for channel, column in zip(made.channels, made.columns, strict=True):
        if several != bool(column.sensor):
            raise KodoError(
                f"{file}: channel {channel.name} "
                + (
                    "does not say its sensor."
                    if several
                    else "has a sensor, but nothing says whose a line is."
                )
            )
    if made.broken not in ("error", "count"):
        raise KodoError(f'{file}: broken is "error" or "count"; got {made.broken!r}.')


def _laid_out(layout: Layout, file: Path) -> None:
    separator = layout.separator
    if not separator or (len(separator) > 1 and " " in separator) or set(separator) & set('."\n\r'):
        raise KodoError(
            f"{file}: separator is one character, several that all part columns, or a blank for any run of "
            f"blanks and tabs; got {separator!r}."
        )
    if layout.decimal not in (".", ","):
        raise KodoError(f'{file}: decimal is "." or ","; got {layout.decimal!r}.')
    if layout.decimal in separator:
        raise KodoError(f"{file}: {layout.decimal!r} cannot be both decimal and separator.")
    if layout.header == "comment" and not layout.comment:
        raise KodoError(f'{file}: header = "comment" needs comment = "…", which begins comments.')
    try:
        known = codecs.lookup(layout.encoding)._is_text_encoding
    except LookupError:
        known = False
    if not known:
        raise KodoError(
            f'{file}: there is no encoding "{layout.encoding}"; frequent ones are utf-8, cp1252, utf-16.'
        )
