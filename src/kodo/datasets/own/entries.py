"""`[[channels]]` of a `dataset.toml`: one channel, or the axes of one sensor, per entry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kodo.datasets.recording import Channel
from kodo.errors import KodoError, near
from kodo.units import QUANTITIES, unit

KNOWN = (
    *("column", "columns", "name", "quantity", "axis", "axes", "place", "unit", "device"),
    *("sensor", "scale", "offset"),
)


@dataclass(frozen=True)
class Column:
    """Where a channel stands in the files.

    Args:
        name: of the column; its number as text where columns have no names.
        sensor: whose lines hold it, where sensors take turns; else "".
        scale: what stands there times this, plus `offset`, is in the channel's unit.
        offset: see `scale`.
    """

    name: str
    sensor: str = ""
    scale: float = 1.0
    offset: float = 0.0


def channel_entries(
    listed: list[Any], header: bool | str, file: Path
) -> tuple[tuple[Channel, ...], tuple[Column, ...]]:
    """Check the entries of channels.

    An entry has `column`, or `columns` of one sensor with as many letters in `axes` (three: "xyz").
    `name` is the channel's, or for several what stands before `_x`; else the column's name is taken.

    Args:
        listed: as TOML gives them.
        header: whether columns have names; where not, they go by number.
        file: for messages.

    Returns:
        channels, and for each of them its column.

    Raises:
        KodoError: an entry is unknown, missing or wrong.
    """
    channels: list[Channel] = []
    columns: list[Column] = []
    for number, entry in enumerate(listed, 1):
        where = f"{file}: channel {number}"
        _right(entry, header, where)
        several = "columns" in entry
        names = [str(name) for name in (entry["columns"] if several else [entry["column"]])]
        axes = str(entry.get("axes", "xyz" if len(names) == 3 else "")) if several else ""
        if several and len(axes) != len(names):
            raise KodoError(
                f"{where} has {len(names)} columns and the axes '{axes}'; wanted as many letters."
            )
        quantity, sensor = str(entry.get("quantity", "other")), str(entry.get("sensor", ""))
        try:
            spelled = unit(entry.get("unit", next(iter(QUANTITIES.get(quantity, [""])))), quantity)
        except KodoError as error:
            raise KodoError(f"{where} ({', '.join(names)}): {error}") from error
        for position, name in enumerate(names):
            axis = axes[position] if several else str(entry.get("axis", ""))
            own = f"{sensor}_{name}" if sensor else name
            if "name" in entry:
                own = f"{entry['name']}_{axis}" if several else str(entry["name"])
            place, device = str(entry.get("place", "")), str(entry.get("device", ""))
            channels.append(Channel(own, quantity, axis, place, spelled, device))
            scale, offset = float(entry.get("scale", 1.0)), float(entry.get("offset", 0.0))
            columns.append(Column(name, sensor, scale, offset))
    return tuple(channels), tuple(columns)


def _right(entry: Any, header: bool | str, where: str) -> None:
    if not isinstance(entry, dict):
        raise KodoError(f"{where} needs text for {', '.join(KNOWN[:8])}; got {entry!r}.")
    unknown = sorted(set(entry) - set(KNOWN))
    if unknown:
        raise KodoError(f"{where} has no entry '{unknown[0]}'. {near(unknown[0], list(KNOWN))}")
    if ("column" in entry) == ("columns" in entry):
        twice = "says both column and columns" if "column" in entry else "does not say its column"
        raise KodoError(f"{where} {twice}.")
    if "column" in entry and "axes" in entry:
        raise KodoError(f"{where} has one column, and so an axis; axes go with columns.")
    if "columns" in entry and (
        "axis" in entry or not isinstance(entry["columns"], list) or not entry["columns"]
    ):
        raise KodoError(f'{where} needs a list of columns, and their axes together (axes = "xyz").')
    for key, value in entry.items():
        if key in ("scale", "offset"):
            number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            if not number or (key == "scale" and value == 0):
                raise KodoError(f"{where}: {key} needs a number; got {value!r}.")
            continue
        for name in value if key == "columns" else [value]:
            if isinstance(name, str):
                continue
            if key not in ("column", "columns") or isinstance(name, bool) or not isinstance(name, int):
                raise KodoError(f"{where} needs text for {key}; got {name!r}.")
            if header is not False:
                raise KodoError(f"{where} needs text for {key}; columns go by number where header = false.")
