"""`kodo report`: write the page of a run again."""

from __future__ import annotations

from pathlib import Path

import typer


def report(
    run: Path = typer.Argument(..., help="The run folder."),
    json: bool = typer.Option(False, "--json", help="Print summary.json instead of the table."),
) -> None:
    """Write a run's page again, from its folder alone."""
    from kodo.cli.screen import tables
    from kodo.experiments.summary import open_run, summary
    from kodo.files import write_json
    from kodo.reports.report import write_report

    write_json(run / "summary.json", summary(open_run(run)))
    page = write_report(run)
    tables.rows(run, json)
    if not json:
        typer.echo(f"\nOpen {page} in a browser.")
