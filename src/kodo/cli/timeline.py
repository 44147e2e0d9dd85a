"""`kodo timeline`: events, delays, false alarms and smoothing, from the stored timelines of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from kodo.experiments.evidence.timeline.results import ModelTimeline
    from kodo.experiments.summary import Run


def timeline(
    run: Path = typer.Argument(..., help="The folder of a run."),
    model: str | None = typer.Option(None, "--model", "-m", help="Only this one of its models."),
    threshold: float = typer.Option(0.5, help="Probability from which it is announced."),
    steps: int = typer.Option(1, help="In a row that must name an activity."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of a table."),
) -> None:
    """Events, delays and smoothing over whole recordings.

    From stored predictions and timelines, without training. How much to smooth is chosen on validation
    windows; what it brings is measured on test people. The page is RUN/timeline.html.
    """
    from kodo.cli.screen import tables
    from kodo.experiments.evidence.timeline.results import summary, timelines
    from kodo.experiments.summary import open_run
    from kodo.reports.evidence.timeline import write_timeline_page

    opened = open_run(run)
    found = timelines(opened, model, threshold, steps)
    page = write_timeline_page(opened, found, threshold, steps)
    if json:
        tables.show(summary(found), {}, "", json)
        return
    for one in found:
        _show(opened, one)
    typer.echo(f"Open {page} in a browser.")


def _show(run: Run, one: ModelTimeline) -> None:
    """Print a row per way, then what the page says in sentences."""
    from kodo.cli.screen import tables
    from kodo.reports.evidence import timeline_words as words

    rows = [
        {
            "way": way.way,
            **{name: words.value(name, interval)[0] for name, interval in way.intervals.items()},
        }
        for way in one.ways
    ]
    columns = {"way": "way"} | {name: f"{head}>" for name, head in words.HEADS.items()}
    title = f"{one.model} on {run.dataset['name']}, {len(one.people)} {run.subjects[1]}"
    tables.show(rows, columns, f"{title}\nLEAKY: {one.leak}" if one.leak else title, json=False)
    typer.echo(words.answer(one, run.subjects).replace("`", ""))
    votes = {"mean log-probability": one.windows["vote"], "majority": one.windows["majority"]}
    typer.echo(
        "One vote per stretch: " + ", ".join(f"{vote.text()} by {name}" for name, vote in votes.items()) + "."
    )
    for sentence in words.changes(one):
        typer.echo(sentence.replace("`", ""))
    for note in one.notes:
        typer.echo(f"Note: {note}", err=True)
    typer.echo("")
