"""`kodo report`: write the page of a run, a sweep or a study again."""

from __future__ import annotations

from pathlib import Path

import typer


def report(
    run: Path = typer.Argument(..., help="The folder of a run, a sweep or a study."),
    json: bool = typer.Option(False, "--json", help="Print summary.json (answers.json) instead."),
) -> None:
    """Write the page of a run, a sweep or a study again, from its folder alone."""
    from kodo.cli.screen import tables
    from kodo.cli.sweep import finish
    from kodo.experiments.summary import open_run, summary
    from kodo.files import write_json
    from kodo.reports.report import write_report
    from kodo.tuning.studied import folds_of

    if (run / "study.toml").is_file() or folds_of(run):
        _study(run, json)
        return
    if (run / "sweep.json").is_file():
        finish(run, json)
        return
    write_json(run / "summary.json", summary(open_run(run)))
    page = write_report(run)
    tables.rows(run, json)
    if not json:
        typer.echo(f"\nOpen {page} in a browser.")


def _study(folder: Path, json: bool) -> None:
    from kodo.reports.study.nested import write_nested_page
    from kodo.reports.study.page import write_study_page

    page = write_study_page(folder) if (folder / "study.toml").is_file() else write_nested_page(folder)
    typer.echo(
        (folder / "answers.json").read_text(encoding="utf-8") if json else f"Open {page} in a browser."
    )
