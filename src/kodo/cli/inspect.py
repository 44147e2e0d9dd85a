"""`kodo inspect`: what a dataset holds, what is odd about it, how a folder of yours is described."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from kodo.errors import KodoError

SHOWN = ("name", "title", "licence", "address")
"""Facts of the card that stand above everything else."""

FEW = 12
"""Up to so many channels, each has a line."""


def inspect(
    name: str = typer.Argument(..., help="A dataset, or a folder of your own recordings."),
    window: float | None = typer.Option(None, "--window", help="Window length, s; default the card's."),
    html: Path | None = typer.Option(None, "--html", help="Write a page with a drawn sample per activity."),
    verify: bool = typer.Option(
        False, "--verify", help="Read the files again: are they those that were parsed?"
    ),
    write: bool = typer.Option(False, "--write", help="Keep the proposed dataset.toml in the folder."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of lines."),
) -> None:
    """Show what a dataset holds and what is odd about it, or describe a folder of yours.

    A folder without a dataset.toml gets one proposed, and every guess is explained.
    """
    from kodo.datasets.catalogue import means_folder

    folder = Path(name).expanduser()
    if folder.is_file():
        raise KodoError(f"{name} is a file; inspect the folder that it lies in: kodo inspect {folder.parent}")
    described = not (means_folder(name) and folder.is_dir()) or (folder / "dataset.toml").is_file()
    if described and write:
        raise KodoError(f"--write is for a folder without a dataset.toml; {name} is described already.")
    if not described and (html or verify or json or window is not None):
        raise KodoError(f"{name} has no dataset.toml yet: kodo inspect {name} --write proposes one.")
    if not described:
        _describe(folder, write)
    elif verify:
        _verify(name)
    else:
        _show(name, window, html, json)


def _show(name: str, window: float | None, html: Path | None, json: bool) -> None:
    from kodo.cli.screen import tables
    from kodo.datasets.inspection.excerpts import excerpts
    from kodo.datasets.store import load
    from kodo.experiments.inspection import inspect

    recordings = load(name)
    found = inspect(recordings, window)
    if html is not None:
        from kodo.files import write_text
        from kodo.reports.inspection import compose

        length = recordings.card.window if window is None else window
        write_text(html, compose(found, excerpts(recordings, recordings.card.activities, length)))
    if json:
        tables.facts(found, json)
        return
    shown = {key: found[key] for key in SHOWN if found[key] and (key != "title" or found[key] != name)}
    shown["rate"] = f"{', '.join(f'{rate:g}' for rate in found['rates'])} Hz"
    called = {"people": found["subjects"][1]}
    shown |= {called.get(key, key): f"{number:,}" for key, number in found["counts"].items()}
    shown["activities"] = [f"{number} {name}" for number, name in enumerate(found["activities"], 1)]
    tables.facts(shown | _measured(found), json)
    _people(found)
    typer.echo("\nWorth knowing before training:" if found["warnings"] else "\nNothing odd was found.")
    for warning in found["warnings"]:
        typer.echo(f"- {warning['about']}: {warning['says']}")
    if html is not None:
        typer.echo(f"\nOpen {html} in a browser.")


def _measured(found: Mapping[str, Any]) -> dict[str, Any]:
    """What was measured, one line each."""
    from kodo.reports.inspection import clock_lines, kinds, missing

    channels = found["channels"]
    named = [f"{channel['name']} ({channel['unit']})" for channel in channels]

    sensors = [
        f"{sensor['place']} {sensor['quantity'].replace('_', ' ')} {sensor['measured']:.3g} {sensor['unit']} "
        + ("at rest" if sensor["quantity"] == "acceleration" else "in the fastest thousandth")
        for sensor in found["sensors"]
    ]
    clock = [f"{name}: {value}" for name, value in clock_lines(found["clock"])]
    measured = {"channels": named if len(channels) <= FEW else kinds(channels), "missing": missing(found)}
    return measured | ({"sensors": sensors} if sensors else {}) | {"clock": clock}


def _people(found: Mapping[str, Any]) -> None:
    """Seconds of each person and activity; what there is less of stands in columns, as many as fit."""
    from rich.console import Console

    from kodo.cli.screen import tables

    people, activities, table = found["people"], found["activities"], found["table"]
    one = found["subjects"][0]
    title = f"Labelled seconds of each {one} and activity"
    if len(people) <= len(activities):
        heads, sides, cells = people, activities, list(zip(*table, strict=True))
    else:
        # Columns by number: twelve activity names do not fit beside one another.
        heads, sides, cells = [str(n) for n in range(1, len(activities) + 1)], people, table
        title = f"Labelled seconds of each {one} (rows) and activity (columns, numbered as above)"
    wide = max(len(head) for head in (*heads, f"{max(map(max, cells)):,.0f}")) + 2
    fit = max(1, (Console().width - max(len(side) for side in sides)) // wide)
    for first in range(0, len(heads), fit):
        typer.echo(f"\n{title}" if first == 0 else "")
        part = range(first, min(first + fit, len(heads)))
        rows = [
            {"": side} | {str(i): f"{line[i]:,.0f}" for i in part}
            for side, line in zip(sides, cells, strict=True)
        ]
        columns = {"": ""} | {str(i): f"{heads[i]}>" for i in part}
        tables.show(rows, columns, "", json=False)


def _describe(folder: Path, write: bool) -> None:
    from kodo.datasets.own.describe import EDIT, propose
    from kodo.files import write_text

    text, guesses = propose(folder)
    for guess in guesses:
        typer.echo(f"Guessed: {guess}", err=True)
    asked = text.count(EDIT)
    if asked:
        typer.echo(f"To edit: {asked} lines, which say so; no file tells what belongs there.", err=True)
    if write:
        write_text(folder / "dataset.toml", text)
        typer.echo(f"Wrote {folder / 'dataset.toml'}. Look it over, then: kodo run --dataset {folder}")
    else:
        typer.echo(text)
        typer.echo(f"Look it over, then keep it: kodo inspect {folder} --write", err=True)


def _verify(name: str) -> None:
    from kodo.datasets.store import verify

    changed = verify(name)
    if changed:
        raise KodoError(" ".join(changed))
    typer.echo(f"{name}: every file is the one that was parsed.")
