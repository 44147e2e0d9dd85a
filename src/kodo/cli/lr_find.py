"""`kodo lr-find`: at which learning rates a network learns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from kodo.training.find_rate import Sweep

LINES = 12
"""Of the steps, about so many stand in the table on the terminal; files hold all."""


def lr_find(
    dataset: str | None = typer.Option(
        None, "--dataset", "-d", help="Name, or a folder with your recordings."
    ),
    model: str = typer.Option("resnet1d", "--model", "-m", help="Name or name:preset."),
    to: list[Path] = typer.Option([], "--to", "-o", help="A picture (.svg, .png) or table (.csv); repeat."),
    change: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Any setting: train.batch=32."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of a table."),
) -> None:
    """Look for a learning rate: a short training at growing rates.

    It uses training people of the first fold only, and the network is thrown away. People who train in this
    fold are tested in another one, so that a rate chosen by it has seen them: keep it as a first guess.
    """
    from rich.console import Console
    from rich.progress import Progress

    from kodo.cli.screen.progress import say
    from kodo.datasets.catalogue import DEFAULT_DATASET
    from kodo.experiments.settings import changes
    from kodo.street import find_rate

    _check(to)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"Trying rates for {model}", total=None)
        found = find_rate(
            dataset or DEFAULT_DATASET, model, **changes(change),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            say=say,
        )  # fmt: skip
    for path in to:
        _write(path, found)
    _show(model, found, json)
    for path in to if not json else []:
        typer.echo(f"Wrote {path}.")


def _check(paths: list[Path]) -> None:
    """Refuse what could only be refused after the sweep otherwise."""
    from kodo.errors import KodoError

    for path in paths:
        if path.suffix.lower() not in (".svg", ".png", ".csv"):
            raise KodoError(f"--to wants a picture (.svg, .png) or a table (.csv); got {path}.")


def _table(found: Sweep) -> list[dict[str, float]]:
    columns = (found.rate.tolist(), found.loss.tolist(), found.smoothed.tolist())
    return [{"rate": rate, "loss": loss, "smoothed": mean} for rate, loss, mean in zip(*columns, strict=True)]


def _write(path: Path, found: Sweep) -> None:
    if path.suffix.lower() == ".csv":
        from kodo.files import write_text

        lines = [",".join(f"{value:.6g}" for value in row.values()) for row in _table(found)]
        write_text(path, "\n".join(["rate,loss,smoothed", *lines, ""]))
        return
    from kodo.reports.drawing.rate import draw_rate

    marks = {"a tenth of the lowest": found.suggestion, "falls steepest": found.steepest}
    known = {says: rate for says, rate in marks.items() if rate is not None}
    draw_rate(path, found.rate, found.loss, found.smoothed, known)


def _show(model: str, found: Sweep, json: bool) -> None:
    from kodo.cli.screen import tables

    content = _table(found)
    if json:
        facts: dict[str, Any] = {"model": model, "split": found.split, "windows": found.windows}
        facts |= {"suggestion": found.suggestion, "steepest": found.steepest, "steps": content}
        tables.facts(facts, json)
        return
    if found.suggestion is None:
        typer.echo("The loss falls nowhere: there is no rate to suggest.")
    else:
        typer.echo(
            f"train.rate = {found.suggestion:.1e}: a tenth of the rate with the lowest smoothed loss "
            f"(it falls steepest at {found.steepest:.1e})."
        )
    few = [
        {"rate": f"{row['rate']:.1e}", "smoothed": f"{row['smoothed']:.3f}"}
        for row in content[:: -(-len(content) // LINES)]
    ]
    typer.echo(f"{model}, {found.windows:,} training windows of {found.split}:")
    tables.show(few, {"rate": "learning rate>", "smoothed": "smoothed loss>"}, "", json)
