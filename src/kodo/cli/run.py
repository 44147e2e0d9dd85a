"""`kodo run`: compare models on people they have never met."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer


def run(
    experiment: Path | None = typer.Argument(
        None, help="An experiment.toml, or the run folder that holds one."
    ),
    dataset: str | None = typer.Option(
        None, "--dataset", "-d", help="Name, or a folder with your recordings."
    ),
    model: list[str] = typer.Option([], "--model", "-m", help="Name or name:preset; repeat for several."),
    protocol: str | None = typer.Option(
        None, "--protocol", help="kfold | loso | official | arena | arena_people."
    ),
    seeds: int | None = typer.Option(None, "--seeds", help="Fits per model and fold."),
    short: str | None = typer.Option(None, "--short", help="Stretches below one window: drop | pad."),
    budget_min: float | None = typer.Option(
        None, "--budget-min", help="Minutes of training in each fit, instead of epochs."
    ),
    change: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Any setting: train.epochs=40."),
    jobs: int | None = typer.Option(None, "--jobs", "-j", min=1, help="Fits at once; default one per core."),
    executor: str | None = typer.Option(None, "--executor", help="A Dask cluster: tcp://HOST:8786."),
    out: Path | None = typer.Option(None, "--out", "-o", help="The run folder; default runs/<name>."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Print the plan and about how long it takes."),
    json: bool = typer.Option(False, "--json", help="Print summary.json instead of tables."),
) -> None:
    """Compare models on people never met; write the report.

    Without arguments: three models on the embedded recordings. The same command goes on where it was stopped.
    """
    from kodo.cli.screen import progress

    asked: dict[str, Any] = {
        "dataset": dataset,
        "models": tuple(model),
        "protocol": protocol,
        "seeds": seeds,
        "window": {"short": short} if short else None,
        "budget": {"minutes": budget_min} if budget_min is not None else None,
    }
    asked = {key: value for key, value in asked.items() if value not in (None, ())}
    with progress.stoppable():
        _run(experiment, asked, change, jobs, executor, out, dry_run, json)


def _run(
    experiment: Path | None,
    asked: dict[str, Any],
    change: list[str],
    jobs: int | None,
    address: str | None,
    out: Path | None,
    dry_run: bool,
    json: bool,
) -> None:
    from kodo.cli.screen import progress, tables
    from kodo.experiments import settings, work
    from kodo.experiments.executors.open import executor

    todo, folder = work.prepared(experiment, settings.merged(asked, settings.changes(change)), out)
    if dry_run:
        tables.plan(work.estimate(todo, folder, jobs), json)
        return
    with (
        executor(jobs, address, work.missing(todo, folder), progress.say) as workers,
        progress.fits(todo, folder, workers) as watch,
    ):
        work.work(todo, folder, workers, watch)
    from kodo.reports.report import write_report

    page = write_report(folder)
    tables.rows(folder, json)
    for fault in work.failed(folder):
        typer.echo(f"Failed: {fault}", err=True)
    if not json:
        typer.echo(f"\nOpen {page} in a browser.")
