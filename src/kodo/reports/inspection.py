"""The page of an inspection: what a dataset holds, and what is odd about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kodo.datasets.inspection.excerpts import Excerpt
from kodo.datasets.recording import PEOPLE, sensors
from kodo.reports.drawing.sample import sample
from kodo.reports.page import BLUE, amount, counted, render
from kodo.reports.pairs import drawn_sensors, named_sensor, vertical
from kodo.reports.tables import Cell, Grid

COLOURS = (BLUE, "#E69F00", "#CC79A7")
"""Of the three axes of a sensor."""


@dataclass(frozen=True)
class Drawn:
    """One drawn sample.

    Args:
        title: what the person did.
        where: person, recording and time.
        picture: `<svg>`.
    """

    title: str
    where: str
    picture: str


def compose(found: Mapping[str, Any], pieces: Sequence[Excerpt]) -> str:
    """The page of an inspection as text; the same recordings give the same bytes.

    Args:
        found: as `kodo.experiments.inspection.inspect` gives.
        pieces: one for each activity, as `kodo.datasets.inspection.excerpts.excerpts` gives.
    """
    one, many = found["subjects"]
    drawn, shown = samples(pieces, one=one)
    return render(
        "inspection.html.jinja",
        found=found,
        one=one,
        many=many,
        answer=answer(found),
        facts=brief(found),
        drawn=drawn,
        drawn_sensors=shown,
        drawn_data=sample_data(pieces, one),
        seconds=seconds_grid(found),
        clock=clock_lines(found["clock"]),
    )


def answer(found: Mapping[str, Any]) -> str:
    """What a dataset holds, in one sentence.

    Args:
        found: as `inspect` gives.
    """
    number, labelled = found["counts"], duration(found["seconds"]["labelled"])
    odd = counted(len(found["warnings"]), "thing") if found["warnings"] else "nothing"
    return (
        f"`{found['name']}` holds {counted(number['people'], *found['subjects'])} and "
        f"{counted(len(found['activities']), 'activity', 'activities')} in "
        f"{counted(number['recordings'], 'recording')} with {labelled} labelled; {odd} to "
        "know before training."
    )


def brief(found: Mapping[str, Any]) -> dict[str, str]:
    """What stands small below the answer.

    Args:
        found: as `inspect` gives.
    """
    number = found["counts"]
    return {
        "Dataset": found["title"],
        "Rows": f"{number['rows']:,} at {', '.join(f'{rate:g}' for rate in found['rates'])} Hz, "
        f"{number['labelled']:,} labelled, in {counted(number['segments'], 'stretch', 'stretches')} of one "
        f"activity and {counted(number['sessions'], 'session')}",
        "Channels": str(len(found["channels"])),
        "Missing": missing(found),
    }


def missing(found: Mapping[str, Any]) -> str:
    """How much was not measured, in words.

    Args:
        found: as `inspect` gives.
    """
    share = found["missing"]
    if not share:
        return "nothing"
    return f"{share:.2%} of all values" if share >= 0.0001 else "less than 0.01% of all values"


def kinds(channels: Sequence[Mapping[str, str]]) -> list[str]:
    """How many channels of a quantity and unit there are, a line for each such kind.

    Args:
        channels: each a mapping with `name`, `quantity` and `unit`.
    """
    alike: dict[str, list[str]] = {}
    for channel in channels:
        unit = f" ({channel['unit']})" if channel["unit"] else ""
        alike.setdefault(channel["quantity"].replace("_", " ") + unit, []).append(channel["name"])
    return [f"{len(names):,} {kind}: {_ends(names)}" for kind, names in alike.items()]


def _ends(names: Sequence[str]) -> str:
    return f"{names[0]} to {names[-1]}" if len(names) > 1 else names[0]


def duration(seconds: float) -> str:
    """Seconds as people say them: "48 s", "12.5 min", "41.9 h", never broken across lines."""
    if seconds < 120:
        return f"{seconds:.0f}\u00a0s"
    return f"{amount(seconds / 60)}\u00a0min" if seconds < 7200 else f"{amount(seconds / 3600)}\u00a0h"


def samples(
    pieces: Sequence[Excerpt], colours: Sequence[str] = COLOURS, one: str = PEOPLE[0]
) -> tuple[list[Drawn], list[str]]:
    """A picture for each piece, all on the same scale, and what the panels show.

    Args:
        pieces: of one dataset.
        colours: of the axes of a sensor.
        one: what a person is called.
    """
    if not pieces:
        return [], []
    groups = moving(pieces)
    limits = vertical([piece.signal for piece in pieces], groups)
    places = len({piece.channels for piece in pieces}) > 1
    drawn = []
    for piece in pieces:
        panels = [("".join(piece.channels[i].axis for i in g), piece.signal[g]) for g in groups]
        drawn.append(
            Drawn(
                title=piece.activity,
                where=(f"{piece.channels[groups[0][0]].place}, " if places else "")
                + f"{one} {piece.subject}, recording {piece.recording}, from {piece.start:.1f} s",
                picture=sample(panels, piece.rate, limits, colours),
            )
        )
    kinds = list(dict.fromkeys(piece.channels for piece in pieces))
    names = [[named_sensor([channels[i] for i in group]) for channels in kinds] for group in groups]
    return drawn, [" or ".join(dict.fromkeys(alike)) for alike in names]


def moving(pieces: Sequence[Excerpt]) -> list[list[int]]:
    """Positions of the channels that are drawn, a list per sensor; of landmarks, the one that moves most.

    Args:
        pieces: of one dataset.
    """
    channels = pieces[0].channels
    if any(channel.quantity in ("acceleration", "rotation_rate") for channel in channels):
        return drawn_sensors(channels)
    spread = np.zeros(len(channels))
    for piece in pieces:
        middle = np.nan_to_num(piece.signal, nan=0.0)
        # What is seen only now and then would win by its absence.
        spread += np.where(np.isnan(piece.signal).any(axis=1), 0, middle.std(axis=1))
    return [max(sensors(channels), key=lambda group: float(spread[group].sum()))[: len(COLOURS)]]


def seconds_grid(found: Mapping[str, Any]) -> Grid:
    """People x activities: labelled seconds.

    Args:
        found: as `inspect` gives.
    """
    table, names, one = np.array(found["table"], float), found["activities"], found["subjects"][0]
    top = float(table.max()) or 1.0
    rows = []
    for person, line in zip(found["people"], table, strict=True):
        cells = [Cell(f"{line.sum():,.0f}", "total")]
        cells += [
            Cell(f"{value:,.0f}" if value >= 10 else f"{value:.1f}", "much", value / top)
            if value
            else Cell("–", "absent")
            for value in line.tolist()
        ]
        rows.append((person, cells))
    data = [
        [one, *names],
        *([p, *line] for p, line in zip(found["people"], table.tolist(), strict=True)),
    ]
    return Grid((one, "seconds"), ["all", *names], rows, data)


def clock_lines(clock: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the time stamps say, as names and values.

    Args:
        clock: as `kodo.datasets.inspection.clock.clock` gives.
    """
    if not clock["stamped"]:
        return [("time stamps", "none were read; the rate is taken as declared")]
    rate, jitter, step = clock["rate_found"], clock["jitter"], clock["longest_step"]
    lines = [
        ("recordings with time stamps", f"{clock['stamped']:,}"),
        ("rate found, Hz", f"{rate['median']:.5g} ({rate['lowest']:.5g} to {rate['highest']:.5g})"),
        ("recordings at another rate", f"{len(clock['off']):,}"),
        ("gaps that end a recording", f"{clock['gaps']:,}"),
        ("repeated time stamps", f"{clock['repeated_stamps']:,}"),
    ]
    if jitter:
        lines.append(
            ("jitter, % of a step", f"{100 * jitter['median']:.2g} (to {100 * jitter['highest']:.2g})")
        )
    if step:
        lines.append(("longest step, s", f"{step['seconds']:g} in {step['recording']}"))
    return lines


def sample_data(pieces: Sequence[Excerpt], one: str) -> list[list[object]]:
    """The drawn samples, head first.

    Args:
        pieces: of one dataset.
        one: what a person is called.
    """
    if not pieces:
        return []
    columns = [i for group in moving(pieces) for i in group]
    rows: list[list[object]] = [
        ["activity", one, "recording", "seconds", *(pieces[0].channels[i].name for i in columns)]
    ]
    for piece in pieces:
        step = -(-piece.signal.shape[1] // 200)
        for place in range(0, piece.signal.shape[1], step):
            values = [f"{piece.signal[i, place]:.4g}" for i in columns]
            time = f"{piece.start + place / piece.rate:.3f}"
            rows.append([piece.activity, piece.subject, piece.recording, time, *values])
    return rows
