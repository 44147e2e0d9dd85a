"""`kodo report`: write a folder's page again."""

from __future__ import annotations

from pathlib import Path

import typer


def report(
    run: Path = typer.Argument(..., help="The folder of a run, sweep, study, audit or learning curve."),
    json: bool = typer.Option(False, "--json", help="Print summary.json (answers.json) instead."),
) -> None:
    """Write a folder's page again, from that folder alone."""
    from kodo.cli import audit, learn_curve, sweep
    from kodo.tuning.studied import folds_of

    others = {
        "sweep.json": sweep.finish,
        "audit.json": audit.finish,
        "learning_curve.json": learn_curve.finish,
    }
    if (run / "study.toml").is_file() or folds_of(run):
        _study(run, json)
        return
    for name, finish in others.items():
        if (run / name).is_file():
            finish(run, json)
            return
    _run(run, json)


def _run(folder: Path, json: bool) -> None:
    from kodo.cli.screen import tables
    from kodo.experiments.summary import open_run, summary
    from kodo.files import write_json
    from kodo.reports.report import write_report

    write_json(folder / "summary.json", summary(open_run(folder)))
    page = write_report(folder)
    tables.rows(folder, json)
    if not json:
        typer.echo(f"\nOpen {page} in a browser.")


def _study(folder: Path, json: bool) -> None:
    from kodo.reports.study.nested import write_nested_page
    from kodo.reports.study.page import write_study_page

    page = write_study_page(folder) if (folder / "study.toml").is_file() else write_nested_page(folder)
    typer.echo(
        (folder / "answers.json").read_text(encoding="utf-8") if json else f"Open {page} in a browser."
    )
