"""`kodo inspect`: what a dataset holds, whether its files are intact, how a folder of yours is described."""

from __future__ import annotations

from pathlib import Path

import typer


def inspect(
    name: str = typer.Argument(..., help="A dataset, or a folder of your own recordings."),
    verify: bool = typer.Option(
        False, "--verify", help="Read the files again: are they those that were parsed?"
    ),
    write: bool = typer.Option(False, "--write", help="Keep the proposed dataset.toml in the folder."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of lines."),
) -> None:
    """Show what a dataset holds, or describe a folder of yours.

    A folder without a dataset.toml gets one proposed, and every guess is explained.
    """
    folder = Path(name)
    if folder.is_dir() and not (folder / "dataset.toml").is_file():
        _describe(folder, write)
    elif verify:
        _verify(name)
    else:
        _show(name, json)


def _show(name: str, json: bool) -> None:
    from kodo.cli import tables
    from kodo.datasets.inspect import facts
    from kodo.datasets.store import load

    content = facts(load(name))
    if json:
        tables.facts(content, json)
        return
    plain = ("name", "title", "licence", "address", "rate", "activities")
    shown = {key: content[key] for key in plain} | content["counts"]
    shown["activities"] = [f"{number} {name}" for number, name in enumerate(content["activities"], 1)]
    shown["channels"] = [f"{channel['name']} ({channel['unit']})" for channel in content["channels"]]
    shown["findings"] = content["findings"]
    tables.facts(shown, json)
    # Columns by number: twelve activity names do not fit beside one another.
    columns = [str(number) for number in range(1, len(content["activities"]) + 1)]
    rows = [
        {"person": person} | {c: f"{s / 60:.1f}" for c, s in zip(columns, seconds, strict=True)}
        for person, seconds in zip(content["people"], content["table"], strict=True)
    ]
    typer.echo("")
    tables.show(rows, {"person": "person"} | {c: f"{c}>" for c in columns}, "Minutes of each activity", json)


def _describe(folder: Path, write: bool) -> None:
    from kodo.datasets.formats.describe import propose
    from kodo.files import write_text

    text, guesses = propose(folder)
    for guess in guesses:
        typer.echo(f"Guessed: {guess}", err=True)
    if write:
        write_text(folder / "dataset.toml", text)
        typer.echo(f"Wrote {folder / 'dataset.toml'}. Look it over, then: kodo run --dataset {folder}")
    else:
        typer.echo(text)
        typer.echo(f"Look it over, then keep it: kodo inspect {folder} --write", err=True)


def _verify(name: str) -> None:
    from kodo.datasets.store import verify
    from kodo.errors import KodoError

    changed = verify(name)
    if changed:
        raise KodoError(" ".join(changed))
    typer.echo(f"{name}: every file is the one that was parsed.")
