"""`kodo confidence`: how far the probabilities of a finished run can be believed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kodo.experiments.evidence.confidence.believed import Believed
    from kodo.experiments.summary import Run


def confidence(
    run: Path = typer.Argument(..., help="The folder of a run."),
    model: str | None = typer.Option(None, "--model", "-m", help="Only this one of its models."),
    accuracy: float = typer.Option(0.95, help="Wanted of accepted windows; picks a threshold."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of a table."),
) -> None:
    """How far probabilities can be believed, and when to refuse.

    From stored predictions and timelines, without training. Temperatures and thresholds are chosen on
    validation people, what they bring is measured on test people. The page is RUN/confidence.html.
    """
    from kodo.cli.screen import tables
    from kodo.experiments.evidence.confidence.believed import believed
    from kodo.experiments.summary import open_run
    from kodo.reports.evidence.confidence import summary, write_confidence_page

    opened = open_run(run)
    found = believed(opened, model, accuracy)
    page = write_confidence_page(opened, found, accuracy)
    if json:
        tables.show(summary(found, accuracy), {}, "", json)
        return
    _show(opened, found, accuracy)
    typer.echo(f"\nOpen {page} in a browser.")


def _show(run: Run, found: Sequence[Believed], accuracy: float) -> None:
    """Print a row per model, then what the page says in sentences."""
    from kodo.cli.screen import tables
    from kodo.reports.evidence import confidence_words as words

    rows = [
        {
            "model": one.model,
            "says": f"{one.confidence.estimate:.3f}",
            "right": f"{one.accuracy.estimate:.3f}",
            "error": f"{one.measures['calibration_error'].before.estimate:.3f}",
            "temperature": words.spread(one.temperatures, 2),
            "after": f"{one.measures['calibration_error'].after.estimate:.3f}",
        }
        for one in found
    ]
    columns = {"model": "model", "says": "says>", "right": "right>", "error": "cal. error>"}
    columns |= {"temperature": "temperature>", "after": "error after>"}
    leak = run.records[0].facts["leak"]
    title = f"{run.dataset['name']}, {run.experiment['protocol']}, {len(found[0].people)} {run.subjects[1]}"
    tables.show(rows, columns, f"{title}\nLEAKY: {leak}" if leak else title, json=False)
    for one in found:
        sentences = [words.answer(one, run), words.warmed(one), words.refused(one, accuracy)]
        for sentence in [*sentences, *(words.none_of_these(one.model, unknown) for unknown in one.unknown)]:
            typer.echo(sentence.replace("`", ""))
    for sentence in filter(None, [words.leaked(run), *words.notes(run, found)]):
        typer.echo(f"Note: {sentence.replace('`', '')}", err=True)
