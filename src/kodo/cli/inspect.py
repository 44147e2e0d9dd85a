"""`kodo inspect`: what a dataset holds, whether its files are intact, how a folder of yours is described."""

from __future__ import annotations

from pathlib import Path

import typer


def inspect(
    name: str = typer.Argument(..., help="A dataset, or a folder of your own recordings."),
    verify: bool = typer.Option(
        False, "--verify", help="Read the files again: are they those that were parsed?"
    ),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of lines."),
) -> None:
    """Show what a dataset holds; propose a dataset.toml for a folder that has none."""
    folder = Path(name)
    if folder.is_dir() and not (folder / "dataset.toml").is_file():
        _describe(folder)
    elif verify:
        _verify(name)
    else:
        _show(name, json)


def _show(name: str, json: bool) -> None:
    from kodo.cli import tables
    from kodo.datasets.inspect import facts
    from kodo.datasets.store import load

    recordings = load(name)
    content = recordings.card.facts() | facts(recordings)
    if json:
        tables.facts(content, json)
        return
    plain = ("name", "title", "licence", "address", "rate", "activities")
    shown = {key: content[key] for key in plain} | content["counts"]
    shown["channels"] = [f"{channel['name']} ({channel['unit']})" for channel in content["channels"]]
    shown["findings"] = content["findings"]
    tables.facts(shown, json)
    heads = {"person": "person"} | {activity: f"{activity}>" for activity in content["activities"]}
    rows = [
        {"person": person} | {a: f"{m:.1f}" for a, m in zip(content["activities"], minutes, strict=True)}
        for person, minutes in zip(content["people"], content["minutes"], strict=True)
    ]
    typer.echo("")
    tables.show(rows, heads, "Minutes", json)


def _describe(folder: Path) -> None:
    from kodo.datasets.readers.folder import propose

    text, guesses = propose(folder)
    typer.echo(text)
    for guess in guesses:
        typer.echo(f"Guessed: {guess}", err=True)
    typer.echo(
        f"Look it over, then keep it: kodo datasets --describe {folder} > {folder / 'dataset.toml'}", err=True
    )


def _verify(name: str) -> None:
    from kodo.datasets.store import verify
    from kodo.errors import KodoError

    changed = verify(name)
    if changed:
        raise KodoError(" ".join(changed))
    typer.echo(f"{name}: every file is the one that was parsed.")
