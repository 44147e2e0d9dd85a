"""What the columns of a table seem to hold, guessed from their names and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.delimited import MISSING
from kodo.datasets.formats.stamps import TIME_UNITS, clock, date_seconds, parse_stamps, plain_rate
from kodo.units import QUANTITIES, SPELLINGS

if TYPE_CHECKING:
    import polars

MEANINGS = {
    "label": r"(label|activity|class|exercise|gesture|action|target|y)([_ ]?(name|id|code))?",
    "subject": r"(subject|person|user|participant|volunteer|wearer|who)([_ ]?(name|id|nr|no|code))?",
    "session": r"(session|trial|day|visit|round)([_ ]?(name|id|nr|no))?",
    "recording": r"(recording|sequence|file|repeat|rep|set)([_ ]?(name|id|nr|no))?",
}
"""Names of columns that say who, what and when."""

TIME = re.compile(
    r"(.*[_ ])?(time|timestamp|t|date|datetime|zeit|elapsed|epoch|sec|seconds?|milli(s|seconds?)?|ms|us|ns)"
    r"([_ \[(].*)?",
    re.IGNORECASE,
)
TIME_HINT = re.compile(r"(?:^|[_ \[(])(s|ms|us|µs|ns|sec|seconds?|millis?|milliseconds?)(?:[\])]|$)", re.I)
COUNTER = re.compile(
    r"(column \d+|index|idx|row|id|nr|no|#|frame|sample|count|counter|packet)([_ ]?\w*)", re.IGNORECASE
)
STYLES = (
    "iso",
    "%d.%m.%Y %H:%M:%S%.f",
    "%d/%m/%Y %H:%M:%S%.f",
    "%m/%d/%Y %H:%M:%S%.f",
    "%Y/%m/%d %H:%M:%S%.f",
    "%H:%M:%S%.f",
)
"""How texts spell times."""

BY_NAME = (
    ("acceleration", re.compile(r"(.*acc.*|.*besch.*|.*(^|[_. ])a)", re.IGNORECASE)),
    ("rotation_rate", re.compile(r"(.*(gyr|rot|omega|angular).*|.*(^|[_. ])[gw])", re.IGNORECASE)),
    ("magnetic_field", re.compile(r"(.*mag.*|.*(^|[_. ])[mb])", re.IGNORECASE)),
)
PLACES = (
    *("wrist", "ankle", "waist", "hip", "chest", "arm", "thigh"),
    *("leg", "hand", "pocket", "head", "foot", "back"),
)
SHEET = "the sensor's data sheet has their scale"
FEW = 40
"""A text column with at most so many different values may be the labels."""


@dataclass(frozen=True)
class Triad:
    """Columns of one sensor, as an entry of the description.

    Args:
        entry: its keys and values.
        why: a sentence.
        scaled: its values are counts, whose scale is a guess.
    """

    entry: dict[str, object]
    why: str
    scaled: bool = False


def numbers(values: polars.Series, decimal: str) -> polars.Series | None:
    """The numbers of a column; None where it holds others than a few broken ones.

    Args:
        values: of a column, text or numbers.
        decimal: sign before the decimals.
    """
    import polars

    if values.dtype != polars.String:
        return values.cast(polars.Float64) if values.dtype.is_numeric() else None
    present = values.set(values.is_in(list(MISSING)), None)
    if decimal != ".":
        present = present.str.replace(decimal, ".", literal=True)
    found = present.cast(polars.Float64, strict=False)
    good = len(found) - found.null_count()
    return found if good and good >= 0.98 * (len(present) - present.null_count()) else None


def meanings(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Columns whose names say what they are, and what.

    Args:
        names: of the columns.
    """
    plain = {name.strip().lower() for name in names}
    for name in names:
        for part, pattern in MEANINGS.items():
            axis = name.strip().lower() == "y" and {"x", "z"} <= plain
            if re.fullmatch(pattern, name.strip(), re.IGNORECASE) and not axis:
                yield name, part


def takes_turns(values: polars.Series) -> bool:
    """Whether a column names sensors that take turns line by line: a few texts that change often.

    Args:
        values: of a text column.
    """
    import polars

    if values.dtype != polars.String or values.null_count() == len(values):
        return False
    kinds = values.drop_nulls().unique().to_list()
    changes = float((values != values.shift()).sum() or 0)
    return (
        2 <= len(kinds) <= 12
        and changes > 0.2 * len(values)
        and all(re.search(r"[^\W\d]", kind) for kind in kinds)
        and len(values) >= 4 * len(kinds)
    )


def is_counter(name: str, values: NDArray[np.float64]) -> bool:
    """Whether numbers only count the rows.

    Args:
        name: of the column.
        values: (row,) of it.
    """
    step = np.diff(values)
    return len(step) > 1 and float((step == 1).mean()) > 0.9 and not TIME.fullmatch(name.strip())


def is_clock(values: NDArray[np.float64]) -> bool:
    """Whether numbers are times: they grow, but where the next recording begins.

    Args:
        values: (row,) of a column.
    """
    step = np.diff(values)
    if len(step) < 2 or np.isnan(step).any():
        return False
    return float((step >= 0).mean()) > 0.95 and bool((step > 0).any())


def time_unit(name: str, values: polars.Series, decimal: str) -> tuple[str, str] | None:
    """The unit of a column of times and the reason for it; None where it is none.

    Args:
        name: of the column.
        values: of it, text or numbers.
        decimal: sign before the decimals.
    """
    found = numbers(values, decimal)
    if found is None:
        present = values.drop_nulls()
        style = next((style for style in STYLES if len(present) and _spelled(present, style)), None)
        return None if style is None else (style, f"such as {present[0]}")
    plain = found.drop_nulls().to_numpy()
    if not is_clock(plain):
        return None
    for unit, epoch in (("s", 1e9), ("ms", 1e12), ("us", 1e15), ("ns", 1e18)):
        if 0.8 * epoch < plain[0] < 2.6 * epoch:
            return unit, f"{plain[0]:.0f} {unit} since 1970 are a date of our days"
    step = np.diff(plain)
    moved = step[(step > 0) & (step < 50 * np.median(step[step > 0]))]
    usual = float(moved.sum() / max(1, (step >= 0).sum()))
    hint = TIME_HINT.search(name.strip())
    if hint:
        letters = hint[1].lower().replace("µ", "u")
        unit = letters if letters in TIME_UNITS else "ms" if letters.startswith("milli") else "s"
        if 1 <= 1 / (usual * TIME_UNITS[unit]) <= 5000:
            return unit, f"its name says so, and its usual step is {usual:.4g}"
    unit = next((u for u, most in (("s", 1.0), ("ms", 1e3), ("us", 1e6)) if usual < most), "ns")
    return unit, f"its usual step is {usual:.4g}"


def seconds(values: polars.Series, unit: str) -> polars.Series:
    """Time stamps in seconds; null where there is none.

    Args:
        values: of a column.
        unit: as in a description.
    """
    import polars

    if values.dtype.is_temporal():
        return date_seconds(values)
    return polars.DataFrame({"stamp": values}).select(parse_stamps(polars.col("stamp"), unit)).to_series()


def _spelled(values: polars.Series, style: str) -> bool:
    return seconds(values, style).null_count() == 0


def rate(stamps: NDArray[np.float64], values: NDArray[np.float64]) -> float | None:
    """The rate of the first recording (Hz).

    Args:
        stamps: (row,) seconds; they fall where the next recording begins.
        values: (row, channel) the samples.
    """
    falls = np.flatnonzero(np.diff(stamps) < 0)
    end = int(falls[0]) + 1 if len(falls) else len(stamps)
    found = clock(stamps[:end], values[:end]).rate
    return plain_rate(found) if found else None


def triads(table: polars.DataFrame, columns: Sequence[str], headed: bool, sensor: str = "") -> list[Triad]:
    """The columns that were measured, sensor by sensor.

    Args:
        table: numbers.
        columns: those that may have been measured.
        headed: columns have names.
        sensor: whose lines these are, where sensors take turns.
    """
    found: list[Triad] = []
    for stem, members in _by_axis(columns) if headed else _by_three(columns):
        values = table.select([c for c, _ in members]).to_numpy().astype(np.float64)
        told = f"{sensor} {stem}".strip()
        quantity, doubt = "other", ""
        if len(members) == 3:
            named = (q for q, p in BY_NAME if p.fullmatch(told) or p.fullmatch(sensor or told))
            quantity = next(named, "other")
            if quantity == "other" and not told:
                quantity, doubt = _by_values(values, [t.entry["quantity"] for t in found])
        place = next((place for place in PLACES if place in told.lower()), "body")
        triad = _triad(members, quantity, place, sensor, values, headed)
        found.append(replace(triad, why=f"{triad.why} {doubt}".strip()))
    return found


def _by_axis(columns: Sequence[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for column in columns:
        plain = re.sub(r"[\[(].*", "", column).strip()  # "acc_x (m/s²)"
        match = re.fullmatch(r"(.*?)[_. -]?([xyz])(#\d+)?", plain, re.IGNORECASE)
        front = re.fullmatch(r"([xyz])[_. -](.+)", plain, re.IGNORECASE)
        stem, axis = (match[1] + (match[3] or ""), match[2].lower()) if match else (plain, "")
        if front and not match:
            stem, axis = front[2], front[1].lower()
        groups.setdefault(stem, []).append((column, axis))
    split = []
    for stem, members in groups.items():
        tri = sorted(axis for _, axis in members) == ["x", "y", "z"]
        split += [(stem, members)] if tri else [(stem, [member]) for member in members]
    return split


def _by_three(columns: Sequence[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Without names: neighbours by threes, if there are three times as many; else each alone."""
    if len(columns) % 3:
        return [(column, [(column, "")]) for column in columns]
    return [("", list(zip(columns[n : n + 3], "xyz", strict=True))) for n in range(0, len(columns), 3)]


def _by_values(values: NDArray[np.float64], found: Sequence[object]) -> tuple[str, str]:
    """What three nameless columns are: gravity gives accelerations a length that seldom changes."""
    length = np.linalg.norm(values, axis=1)
    middle = float(np.nanmedian(length)) if len(length) else 0.0
    spread = float(np.nanmedian(np.abs(length - middle))) / middle if middle else 1.0
    if "acceleration" not in found and spread < 0.35:
        return "acceleration", "They have no names: gravity gives accelerations such a steady length."
    follows = "acceleration" in found and "rotation_rate" not in found
    return ("rotation_rate" if follows else "other"), "They have no names: this is a guess."


def _triad(
    members: list[tuple[str, str]],
    quantity: str,
    place: str,
    sensor: str,
    values: NDArray[np.float64],
    headed: bool,
) -> Triad:
    columns: list[str | int] = [name if headed else int(name) for name, _ in members]
    unit, scale, why = _unit(quantity, values, members[0][0])
    names = ", ".join(map(str, columns))
    entry: dict[str, object] = {"columns": columns} if len(members) > 1 else {"column": columns[0]}
    axes = "".join(axis for _, axis in members)
    if sensor:
        entry["sensor"] = sensor
    if not headed or sensor:
        stem = sensor or (quantity if quantity != "other" else f"column_{columns[0]}")
        entry["name"] = stem.lower() if len(members) > 1 or not sensor else f"{stem.lower()}_{columns[0]}"
    entry["quantity"] = quantity
    if len(members) > 1:
        entry["axes"] = axes
    elif axes:
        entry["axis"] = axes
    entry |= {"place": place, "unit": unit}
    if scale is not None:
        entry |= {"scale": scale, "offset": 0}
    of = f" of {sensor}" if sensor else ""
    return Triad(entry, f"{names}{of}: {quantity.replace('_', ' ')} at the {place}{why}.", scale is not None)


def _unit(quantity: str, values: NDArray[np.float64], name: str) -> tuple[str, float | None, str]:
    """Unit, the scale where values are counts, and why."""
    said = re.search(r"[\[(]([^\])]+)[\])]", name)
    if said:
        spelled = SPELLINGS.get(said[1].strip(), said[1].strip())
        if spelled in QUANTITIES[quantity]:
            return spelled, None, f" in {spelled}: its name says so"
    if quantity == "other" or np.isnan(values).all():
        return next(iter(QUANTITIES[quantity])), None, ""
    length = float(np.nanmedian(np.linalg.norm(values, axis=1)))
    highest = float(np.nanmax(np.abs(values)))
    whole = bool((np.isnan(values) | (values == np.round(values))).all())
    if quantity == "acceleration":
        return _gravity(length, highest, whole, bool(np.nanmin(values) >= 0))
    if quantity == "rotation_rate":
        if whole and highest > 4000:
            return "deg/s", 1.0, f": whole numbers up to {highest:.0f} are counts; {SHEET}"
        unit = "rad/s" if highest < 35 else "deg/s"
        return unit, None, f" in {unit}: the highest value is {highest:.3g}"
    unit = "G" if length < 2 else "µT" if length < 150 else "mG"
    return unit, None, f" in {unit}: its length is usually {length:.3g}, and the earth's is 25 to 65 µT"


def _gravity(length: float, highest: float, whole: bool, positive: bool) -> tuple[str, float | None, str]:
    said = f"its length is usually {length:.3g}, and gravity is 1 g = 9.81 m/s² = 1000 mg"
    if whole and positive and highest > 4:
        return "g", 1.0, f": whole numbers from 0 to {highest:.0f} are counts; {SHEET}"
    if whole and length > 1500:
        power = round(float(np.log2(length)))
        near = abs(length / 2**power - 1) < 0.15
        why = f": whole numbers of length {length:.0f} are counts, {2**power} of them taken for 1 g"
        return "g", 1 / 2**power if near else 1.0, why if near else why.partition(",")[0]
    unit = "g" if length < 4 else "m/s²" if length < 40 else "mg"
    return unit, None, f" in {unit}: {said}"
