"""`kodo tune`: search settings, then prove the winner on people put aside before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from kodo.tuning.conduct import Course
    from kodo.tuning.final import Standing


def tune(
    study: Path | None = typer.Argument(None, help="The folder of a study, to go on with it."),
    dataset: str | None = typer.Option(None, "--dataset", "-d", help="Name, or a folder."),
    model: list[str] = typer.Option([], "--model", "-m", help="Name or name:preset; repeat to compare."),
    scientific: list[str] = typer.Option([], metavar="KEY=A,B", help="Compared; each tuned anew."),
    nuisance: list[str] = typer.Option([], metavar="KEY[=A..B]", help="Searched; or a group's name."),
    space: str | None = typer.Option(None, help="A source's own space: source-000 | source-001."),
    explore: int | None = typer.Option(None, help="Quasi-random points first; default 32."),
    exploit: int | None = typer.Option(None, help="Guided points then; default 16."),
    stage: str | None = typer.Option(None, help="optimiser first, then model."),
    nested: bool = typer.Option(False, "--nested", help="Search anew for every fold; tests everybody."),
    reserve: str | None = typer.Option(None, help="Share or names put aside; default a third."),
    seeds: int | None = typer.Option(None, "--seeds", help="Fresh ones of the final fits; default 3."),
    insist_batch: bool = typer.Option(False, "--insist-batch", help="Search even train.batch."),
    change: list[str] = typer.Option(
        [], "--set", metavar="KEY=VALUE", help="train.epochs=9, study.splits=2."
    ),
    jobs: int | None = typer.Option(None, "--jobs", "-j", min=1, help="Fits at once."),
    executor: str | None = typer.Option(None, "--executor", help="A Dask cluster: tcp://HOST:8786."),
    out: Path | None = typer.Option(None, "--out", "-o", help="The folder; default studies/<name>."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Print the plan and about how long it takes."),
    json: bool = typer.Option(False, "--json", help="Print answers.json instead of words."),
) -> None:
    """Search settings; prove the winner on people put aside. The same command goes on."""
    from kodo.cli.screen import progress

    asked: dict[str, Any] = {"dataset": dataset, "models": tuple(model), "seeds": seeds}
    looking: dict[str, Any] = {
        "scientific": tuple(scientific),
        "nuisance": tuple(nuisance),
        "explore": explore,
        "exploit": exploit,
        "insist_batch": insist_batch or None,
    }
    with progress.stoppable("Finished trials are kept"):
        courses = _courses(study, _given(asked), _given(looking), change, space, reserve, stage, nested, out)
        _tune(courses, jobs, executor, dry_run, json)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if value not in (None, ())}


def _courses(
    folder: Path | None,
    asked: dict[str, Any],
    looking: dict[str, Any],
    change: list[str],
    space: str | None,
    reserve: str | None,
    stage: str | None,
    nested: bool,
    out: Path | None,
) -> tuple[Course, ...]:
    from kodo.errors import KodoError
    from kodo.experiments.settings import changes, merged
    from kodo.models.model import DEFAULT_MODEL
    from kodo.tuning.conduct import again, prepared
    from kodo.tuning.spaces import nuisances
    from kodo.tuning.study import FRESH, search

    if folder is not None:
        if asked or reserve or looking or change or space or stage or nested or out:
            raise KodoError(f"{folder} holds its settings: go on with it by kodo tune {folder} alone.")
        return again(folder)
    asked = {"models": (DEFAULT_MODEL,), "seeds": FRESH, **asked}
    if space is not None:
        texts = nuisances(space, asked["models"], looking.get("insist_batch", False))
        looking["nuisance"] = (*texts, *looking.get("nuisance", ()))
    settings = changes(change)
    made = search(merged(settings.pop("study", {}), looking), "the command line")
    return prepared(merged(asked, settings), made, reserve or "", stage, nested, out)


def _tune(
    courses: tuple[Course, ...], jobs: int | None, address: str | None, dry_run: bool, json: bool
) -> None:
    from kodo.cli.screen import progress
    from kodo.experiments.executors.open import executor
    from kodo.reports.study.nested import write_nested_page
    from kodo.reports.study.page import write_study_page
    from kodo.tuning.conduct import concluded, conduct, forecast

    for course in courses:
        if dry_run:
            _plan(forecast(course, jobs), json)
            continue
        with (
            executor(jobs, address, course.missing(), progress.say) as workers,
            progress.trials(course, workers) as (tried, fitted),
        ):
            said = conduct(course, workers, tried, fitted)
        page = write_study_page(course.folder)
        if not json:
            _stand(said)
            typer.echo(f"\nOpen {page} in a browser.")
    if dry_run:
        return
    if len(courses) > 1:
        page = write_nested_page(courses[0].folder.parent)
        if not json:
            typer.echo(f"\nAll {len(courses)} folds together:")
            _stand(concluded([course.folder for course in courses]))
            typer.echo(f"\nOpen {page} in a browser.")
    if json:
        typer.echo((page.parent / "answers.json").read_text(encoding="utf-8"))


def _plan(forecast: dict[str, Any], json: bool) -> None:
    """Print what `--dry-run` found."""
    from kodo.cli.screen import tables
    from kodo.reports.page import counted

    if json:
        tables.facts(forecast, json)
        return
    for note in forecast["notes"]:
        typer.echo(f"Note: {note}")
    typer.echo(
        f"{counted(forecast['trials'], 'trial')} ({forecast['finished']} finished) for "
        f"{counted(forecast['arms'], 'arm')}, {counted(forecast['splits'], 'inner split')} each, then "
        f"{counted(forecast['final_fits'], 'final fit')}; {forecast['jobs']} at once"
    )
    for name, minutes in forecast["minutes_by_part"].items():
        typer.echo(f"  {name:32} about {minutes:6.1f} min")
    typer.echo(f"About {forecast['minutes']:.1f} minutes in all, into {forecast['folder']}")


def _stand(said: tuple[Standing, ...]) -> None:
    for standing in said:
        typer.echo(f"{standing.name}: macro-F1 {standing.interval.text()}")
    for standing in said:
        if standing.against:
            typer.echo(f"{standing.name} against {said[0].name}: {standing.against.sentence}.")
