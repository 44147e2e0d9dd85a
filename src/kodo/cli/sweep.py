"""`kodo sweep`: one hyperparameter at a time around the default."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from kodo.tuning.sweep.results import Results


def sweep(
    folder: Path | None = typer.Argument(None, help="A sweep's folder, or an experiment.toml."),
    dataset: str | None = typer.Option(None, "--dataset", "-d", help="Name, or a folder."),
    model: str | None = typer.Option(None, "--model", "-m", help="Name or name:preset."),
    over: list[str] = typer.Option([], metavar="KEY", help="depth,dim or dim=8..64 or dim=8,16; repeat."),
    values: int | None = typer.Option(None, help="Of each hyperparameter; default 5."),
    seeds: int | None = typer.Option(None, help="Of each value; default 3."),
    splits: int | None = typer.Option(None, help="Inner splits of each fit; default 1."),
    reserve: str = typer.Option("", help="Share or names put aside; default a third."),
    insist_batch: bool = typer.Option(False, "--insist-batch", help="Sweep even train.batch."),
    change: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="train.epochs=40."),
    jobs: int | None = typer.Option(None, "--jobs", "-j", min=1, help="Fits at once."),
    executor: str | None = typer.Option(None, "--executor", help="A Dask cluster: tcp://HOST:8786."),
    out: Path | None = typer.Option(None, "--out", "-o", help="The folder; default sweeps/<name>."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Print the plan and about how long."),
    json: bool = typer.Option(False, "--json", help="Print summary.json instead of a table."),
) -> None:
    """Vary one setting at a time around the default. The same command goes on."""
    from kodo.cli.screen import progress
    from kodo.tuning.sweep import asked as words

    asked = {
        "over": words.over(over) or None,
        "values": values,
        "splits": splits,
        "insist_batch": insist_batch or None,
    }
    of = {"dataset": dataset, "models": (model,) if model else None, "seeds": seeds}
    with progress.stoppable():
        _sweep(folder, _given(of), change, _given(asked), reserve, (jobs, executor), out, dry_run, json)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if value is not None}


def _sweep(
    path: Path | None,
    of: dict[str, Any],
    change: list[str],
    asked: dict[str, Any],
    reserve: str,
    at: tuple[int | None, str | None],
    out: Path | None,
    dry_run: bool,
    json: bool,
) -> None:
    from kodo.cli.screen import progress
    from kodo.experiments import settings
    from kodo.experiments.executors.open import executor
    from kodo.models.model import DEFAULT_MODEL
    from kodo.tuning.sweep import work

    usual = {"models": (DEFAULT_MODEL,), "seeds": 3} if path is None else {}
    changes = settings.merged(usual, of, settings.changes(change))
    todo, folder = work.prepared(path, changes, asked, reserve, out)
    if dry_run:
        _plan(work.estimate(todo, folder, at[0]), json)
        return
    left = len(work.missing(todo, folder))
    with executor(*at, left, progress.say) as workers, progress.scores(todo, left, workers) as watch:
        work.work(todo, folder, workers, watch)
    finish(folder, json)


def finish(folder: Path, json: bool) -> None:
    """Write the summary and the page of a sweep that is done, and print what it found.

    Args:
        folder: of the sweep.
        json: print the summary as JSON instead of a table.
    """
    from kodo.files import write_json
    from kodo.reports.sweep.page import write_sweep_page
    from kodo.tuning.sweep.results import results, summary

    found = results(folder)
    write_json(folder / "summary.json", summary(found))
    page = write_sweep_page(folder)
    _show(found, json)
    if not json:
        typer.echo(f"\nOpen {page} in a browser.")


def _plan(estimate: dict[str, Any], json: bool) -> None:
    """Print what `--dry-run` found."""
    from kodo.cli.screen import tables
    from kodo.reports.page import counted
    from kodo.reports.sweep.words import worded

    if json:
        tables.facts(estimate, json)
        return
    for note in estimate["notes"]:
        typer.echo(f"Note: {note}")
    for key, tried in estimate["values"].items():
        typer.echo(f"  {key:20} {' '.join(map(worded, tried))}")
    made = f"{counted(estimate['seeds'], 'seed')} x {counted(estimate['splits'], 'inner split')}"
    typer.echo(
        f"{counted(estimate['fits'], 'fit')} ({estimate['finished']} finished): the default and every other "
        f"value x {made}, {estimate['jobs']} at once"
    )
    typer.echo(f"About {estimate['minutes']:.1f} minutes in all, into {estimate['folder']}")


def _show(found: Results, json: bool) -> None:
    """Print the best against the default of every hyperparameter."""
    from kodo.cli.screen import tables
    from kodo.reports.page import counted
    from kodo.reports.sweep import words
    from kodo.tuning.sweep.results import summary

    content = summary(found)
    if json:
        tables.show(content, {}, "", json)
        return
    rows = [
        {
            "key": panel.key,
            "default": words.worded(panel.at_default.value),
            "usual": f"{row['default']['macro_f1']:.3f}",
            "best": words.worded(panel.at_best.value),
            "score": tables.interval({"estimate": row["best"]["macro_f1"], **row["best"]}),
            "difference": f"{panel.comparison.difference:+.3f}",
            "apart": words.apart(panel),
        }
        for panel, row in zip(found.panels, content, strict=True)
    ]
    columns = {"key": "hyperparameter", "default": "default>", "usual": "macro-F1>", "best": "best>"}
    columns |= {"score": "macro-F1>", "difference": "change>", "apart": "told apart"}
    title = f"{found.asked['model']} on {found.dataset['name']}, {counted(found.people, *found.subjects)}"
    tables.show(rows, columns, title, json=False)
    for panel in found.panels:
        if panel.best != panel.default:
            typer.echo(words.compared(panel).replace("`", ""))
    typer.echo(words.warning(found))
    for sentence in words.failures(found):
        typer.echo(sentence.replace("`", ""), err=True)
