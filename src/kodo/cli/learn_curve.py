"""`kodo learn-curve`: the score against the number of people learned from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer


def learn_curve(
    what: str | None = typer.Argument(None, metavar="DATASET", help="Dataset, or a folder to go on with."),
    model: list[str] = typer.Option([], "--model", "-m", help="Name or name:preset; repeat."),
    sizes: str = typer.Option("", metavar="1,2,4", help="People learned from; default doubling."),
    protocol: str | None = typer.Option(None, "--protocol", help="kfold | loso."),
    seeds: int | None = typer.Option(None, "--seeds", help="Fits per model, fold and size."),
    change: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="train.epochs=40."),
    jobs: int | None = typer.Option(None, "--jobs", "-j", min=1, help="Fits at once."),
    executor: str | None = typer.Option(None, "--executor", help="A Dask cluster: tcp://HOST:8786."),
    out: Path | None = typer.Option(None, "--out", "-o", help="The folder; default curves/<name>."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Print the plan and about how long."),
    json: bool = typer.Option(False, "--json", help="Print summary.json instead of a table."),
) -> None:
    """Score by people learned from; what ten more would buy."""
    from kodo.cli.screen import progress

    path, dataset = _place(what)
    asked: dict[str, Any] = {
        "dataset": dataset,
        "models": tuple(model) or None,
        "protocol": protocol,
        "seeds": seeds,
    }
    asked = {key: value for key, value in asked.items() if value is not None}
    with progress.stoppable():
        _learn_curve(path, asked, change, _numbers(sizes), (jobs, executor), out, dry_run, json)


def _place(what: str | None) -> tuple[Path | None, str | None]:
    """A file or folder with an experiment, or the name of a dataset."""
    if what is None:
        return None, None
    path = Path(what)
    is_experiment = path.suffix == ".toml" or (path / "experiment.toml").is_file()
    return (path, None) if is_experiment else (None, what)


def _numbers(text: str) -> list[int]:
    from kodo.errors import KodoError

    try:
        return [int(part) for part in text.split(",")] if text else []
    except ValueError:
        raise KodoError(f"--sizes wants whole numbers with commas between, 1,2,4; got {text}.") from None


def _learn_curve(
    path: Path | None,
    asked: dict[str, Any],
    change: list[str],
    sizes: list[int],
    at: tuple[int | None, str | None],
    out: Path | None,
    dry_run: bool,
    json: bool,
) -> None:
    from kodo.cli.screen import progress, tables
    from kodo.experiments import settings, work
    from kodo.experiments.evidence.learning import plan as curve
    from kodo.experiments.executors.open import executor

    changes = settings.merged(asked, settings.changes(change))
    todo, folder = curve.prepared(path, changes, sizes, out)
    if dry_run:
        estimate = curve.estimate(todo, folder, at[0])
        tables.plan(estimate, json)
        if not json:
            typer.echo(f"Sizes: {', '.join(str(size) for size in todo.sizes[:-1])} and everybody.")
        return
    curve.begin(todo, folder)
    runs = todo.parts(folder)
    with executor(*at, sum(work.missing(*one) for one in runs), progress.say) as workers:
        work.several(runs, workers, progress.part)
    finish(folder, json)


def finish(folder: Path, json: bool) -> None:
    """Write the summary and the page of a learning curve that is done, and print what it found.

    Args:
        folder: of the learning curve.
        json: print the summary as JSON instead of a table.
    """
    from kodo.cli.screen import tables
    from kodo.experiments.evidence.learning.results import results, summary
    from kodo.files import write_json
    from kodo.reports.evidence import learning_curve as page

    found = results(folder)
    content = summary(found)
    write_json(folder / "summary.json", content)
    where = page.write_page(folder)
    if json:
        tables.show(content, {}, "", json)
        return
    shown = [
        {"people": f"{place['people']:g}", "model": row["model"], "score": tables.interval(place["macro_f1"])}
        for row in content
        for place in row["sizes"]
    ]
    columns = {"model": "model", "people": f"{found.subjects[1]} learned from>", "score": "macro-F1>"}
    tables.show(shown, columns, f"{found.dataset['name']}, {found.asked['protocol']}", json=False)
    for curve in found.curves:
        for sentence in filter(None, (page.answer(curve), page.far(curve))):
            typer.echo(sentence.replace("`", ""))
        for sentence in curve.failed:
            typer.echo(f"Failed: {curve.model}, {sentence}", err=True)
    typer.echo(f"\nOpen {where} in a browser.")
