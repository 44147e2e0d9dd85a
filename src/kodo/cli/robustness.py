"""`kodo robustness`: what altered recordings cost the models of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from kodo.experiments.evidence.robustness.results import Asked


def robustness(
    run: Path = typer.Argument(..., help="The folder of a finished run."),
    model: list[str] = typer.Option([], "--model", "-m", help="As the run calls it; repeat. Default all."),
    seeds: int = typer.Option(1, "--seeds", min=1, help="So many of the run's seeds."),
    jobs: int | None = typer.Option(None, "--jobs", "-j", min=1, help="Fits at once."),
    executor: str | None = typer.Option(None, "--executor", help="A Dask cluster: tcp://HOST:8786."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say how many fits and about how long."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of a table."),
) -> None:
    """What a slower, turned, broken sensor costs a run's models.

    The run's fits are done again, because a run keeps no weights; what they say is kept in the run's folder.
    The same command goes on where it was stopped.
    """
    from kodo.cli.screen import progress

    with progress.stoppable():
        _robustness(run, model, seeds, (jobs, executor), dry_run, json)


def _robustness(
    run: Path, models: list[str], seeds: int, at: tuple[int | None, str | None], dry_run: bool, json: bool
) -> None:
    from kodo.cli.screen import progress
    from kodo.experiments.evidence.robustness.results import asked
    from kodo.experiments.evidence.robustness.work import work
    from kodo.experiments.executors.open import executor

    todo = asked(run, models, seeds)
    if dry_run:
        typer.echo(_said(todo))
        return
    if todo.missing:
        typer.echo(_said(todo), err=True)
        with (
            executor(*at, len(todo.missing), progress.say) as workers,
            progress.again(len(todo.missing)) as watch,
        ):
            work(todo, workers, watch)
    finish(run, models, seeds, json)


def _said(todo: Asked) -> str:
    from kodo.cli.screen.progress import span
    from kodo.reports.page import counted

    kept = len(todo.records) - len(todo.missing)
    return (
        f"{counted(len(todo.missing), 'fit')} of {todo.run.folder} to be done again ({kept} kept); they took "
        f"{span(todo.seconds)} when the run was made."
    )


def finish(run: Path, models: list[str], seeds: int, json: bool) -> None:
    """Write the page of a run's robustness, and print what it says.

    Args:
        run: the run's folder.
        models: as the run calls them; empty = all.
        seeds: so many of the run's.
        json: print JSON instead of tables.
    """
    from kodo.cli.screen import tables
    from kodo.experiments.evidence.robustness.results import results, summary
    from kodo.reports.evidence import robustness as page
    from kodo.reports.page import counted
    from kodo.reports.sweep.words import APART

    folder, found = results(run, models, seeds)
    where = page.write_page(folder, found)
    if json:
        tables.show(summary(found), {}, "", json)
        return
    columns = {"name": "recordings", "score": "macro-F1>", "change": "change>", "apart": "told apart"}
    for tested in found:
        rows = [{"name": "unaltered", "score": tables.interval(vars(tested.interval))}]
        rows += [
            {
                "name": cost.name,
                "score": tables.interval(vars(cost.interval)),
                "change": f"{cost.comparison.difference:+.3f}",
                "apart": APART[cost.comparison.outcome],
            }
            for cost in tested.costs
        ]
        people = counted(len(tested.unaltered.people), *folder.subjects)
        title = f"{tested.model} on {folder.dataset['name']}, {people}"
        tables.show(rows, columns, title + (f"\nLEAKY: {tested.leak}" if tested.leak else ""), json=False)
        typer.echo(page.answer(tested).replace("`", ""))
        typer.echo(page.held(tested).replace("`", ""))
    typer.echo(f"\nOpen {where} in a browser.")
