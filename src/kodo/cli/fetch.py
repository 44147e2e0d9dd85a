"""`kodo fetch`: a dataset from its publisher, once its licence is accepted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from kodo.datasets.recording import Dataset

COMMERCIAL = {True: "allowed", False: "forbidden", None: "nothing is said"}
"""What a card says of commercial use, in words."""


def fetch(
    name: str = typer.Argument(..., help="A dataset."),
    to: Path | None = typer.Option(
        None, "--to", help="Folder of datasets to put it in; default KODO_DATA, else the cache."
    ),
    accept_licence: bool = typer.Option(False, "--accept-licence", help="Say yes to the licence beforehand."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show what would be fetched."),
) -> None:
    """Fetch a dataset from its publisher.

    The licence is shown and has to be accepted. After a break the same command goes on where it stopped.
    """
    from kodo.cli.screen import tables
    from kodo.datasets.catalogue import DATASETS
    from kodo.datasets.fetch import by_hand, place_of
    from kodo.datasets.locate import fetch_folder, find, within

    card = DATASETS.get(name)
    folder = fetch_folder() if to is None else to.expanduser()
    here = find(card) if to is None else within(place_of(card, folder), card)
    if here is not None:
        typer.echo(f"{name} is here already: {here}")
        return
    if not card.files:
        raise by_hand(card, folder)
    tables.facts(_shown(card, folder), json=False)
    if dry_run:
        return
    try:
        _accepted(card, accept_licence)
        _fetch(card, folder)
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("Stopped. What came is kept; the same command goes on from there.", err=True)
        raise typer.Exit(130) from None


def _shown(card: Dataset, folder: Path) -> dict[str, object]:
    from kodo.datasets.fetch import amount, place_of

    size = sum(file.size for file in card.files)
    whole = all(file.size for file in card.files)
    return {
        "dataset": f"{card.name}: {card.title}",
        "page": card.address,
        "licence": card.licence,
        "commercial_use": COMMERCIAL[card.commercial],
        "citation": card.citation.splitlines() or "none is given",
        "from": [file.address for file in card.files],
        "size": amount(size) if whole else "not known before it is fetched",
        "into": str(place_of(card, folder)),
    }


def _accepted(card: Dataset, already: bool) -> None:
    """Ask, and go on only after a yes."""
    from kodo.errors import KodoError

    if already:
        return
    if not sys.stdin.isatty():
        raise KodoError(
            f"Nobody is here to accept the licence of {card.name}: read it above, then add --accept-licence."
        )
    if not typer.confirm("\nDo you accept the licence and fetch it?"):
        raise KodoError(f"Nothing was fetched: the licence of {card.name} was not accepted.")


def _fetch(card: Dataset, folder: Path) -> None:
    from kodo.datasets.fetch import fetch
    from kodo.datasets.locate import data_folders, within
    from kodo.errors import KodoError

    with _progress() as progress:
        place = fetch(card, folder, progress, lambda sentence: typer.echo(sentence, err=True))
    typer.echo("Looking into it.", err=True)
    if within(place, card) is None:
        raise KodoError(f"What was fetched into {place} holds no file named {card.pattern}.")
    typer.echo(f"{card.name} is in {place}")
    if folder.resolve() not in [known.resolve() for known in data_folders()]:
        typer.echo(f"To use it, set KODO_DATA to {folder.resolve()}")
    typer.echo(f"Look at it: kodo inspect {card.name}")


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar per file on a terminal, a line per tenth elsewhere."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines()
        return
    name = TextColumn("{task.description}", markup=False)
    columns = (name, BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=console) as bar:

        def show(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, completed=done, total=total or None)
            bar.update(tasks[name], completed=done, total=total or None)

        yield show


def _lines() -> Callable[[str, int, int], None]:
    from kodo.datasets.fetch import amount

    last: dict[str, int] = {}

    def show(name: str, done: int, total: int) -> None:
        # Where the whole is not known, every 50 MB.
        step = done * 10 // total if total else done // 50_000_000
        if last.get(name) != step:
            last[name] = step
            whole = f" of {amount(total)}" if total else ""
            typer.echo(f"{name}: {amount(done)}{whole}", err=True)

    return show
