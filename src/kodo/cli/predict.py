"""`kodo predict`: what a person did, step by step through a recording."""

from __future__ import annotations

from pathlib import Path

import typer


def predict(
    bundle: Path = typer.Argument(..., help="A bundle that kodo fit wrote."),
    file: Path = typer.Argument(..., help="A CSV file whose header names the bundle's channels."),
    rate: float | None = typer.Option(None, "--rate", help="Samples per second, if no time column tells it."),
    out: Path | None = typer.Option(None, "--out", "-o", help="The timeline; default FILE.timeline.csv."),
) -> None:
    """Recognise a recording: a timeline as CSV and a picture."""
    from kodo.bundle.bundle import open_bundle
    from kodo.bundle.recogniser import recognise, write_csv
    from kodo.bundle.table import read_table
    from kodo.reports.drawing.timeline import write_picture
    from kodo.windows.signal import restored

    opened = open_bundle(bundle)
    recording = read_table(file, opened, rate)
    if "note" in recording.facts:
        typer.echo(f"Note: {recording.facts['note']}", err=True)
    found = recognise(opened, recording, restored(opened.meta["steps"]))
    table = write_csv(found, out or file.with_suffix(".timeline.csv"))
    picture = write_picture(
        table.with_suffix(".svg"), found.name, found.activities, found.rate, found.samples,
        found.start, found.stop, found.probability,
    )  # fmt: skip
    typer.echo(f"Wrote {table} ({len(found.label)} steps) and {picture}.")
