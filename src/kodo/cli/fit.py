"""`kodo fit`: fit one model on everybody and write a small file that recognises."""

from __future__ import annotations

from pathlib import Path

import typer


def fit(
    to: Path = typer.Option(..., "--to", help="The bundle to write: NAME.kodo."),
    dataset: str | None = typer.Option(
        None, "--dataset", "-d", help="Name, or a folder with your recordings."
    ),
    model: str = typer.Option("resnet1d", "--model", "-m", help="Name or name:preset."),
    change: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Any setting: train.epochs=40."),
) -> None:
    """Fit one model on everybody; write a small file that recognises.

    The bundle holds the ONNX graph, what it needs, where it comes from, and checksums.
    """
    from rich.console import Console
    from rich.progress import Progress

    from kodo.bundle.bundle import open_bundle
    from kodo.cli.screen.progress import say
    from kodo.datasets.catalogue import DEFAULT_DATASET
    from kodo.experiments.settings import changes
    from kodo.street import fit as fit_bundle

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"Fitting {model}", total=None)
        path = fit_bundle(
            dataset or DEFAULT_DATASET, model, to=to, **changes(change),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            say=say,
        )  # fmt: skip
    meta = open_bundle(path).meta
    recipe, data = meta["recipe"], meta["dataset"]
    typer.echo(f"Wrote {path} ({path.stat().st_size / 1e6:.2f} MB), equal to torch on real windows.")
    typer.echo(f"Learned from {recipe['people']} {data['subjects'][1]} of {data['title']}.")
    typer.echo(f"Licence of the data: {data['licence']}")
    if data["commercial"] is False:
        typer.echo("Its publisher forbids commercial use; that holds for this bundle too.")
    typer.echo(f"Next: kodo predict {path} RECORDING.csv")
