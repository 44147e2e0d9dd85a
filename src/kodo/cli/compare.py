"""`kodo compare`: the models of finished runs side by side, each tested against one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kodo.experiments.evidence.comparison.comparison import Compared
    from kodo.reports.comparison.tables import Table

FORMATS = ("terminal", "markdown", "csv", "latex", "html")
ENDINGS = {".md": "markdown", ".csv": "csv", ".tex": "latex", ".html": "html"}
PAGE = "comparison.html"


def compare(
    runs: list[Path] = typer.Argument(..., help="Folders of finished runs."),
    baseline: str = typer.Option("", help="Model to test against; default features, or the first."),
    all_pairs: bool = typer.Option(False, "--all-pairs", help="Test each model against each."),
    published: str = typer.Option("", metavar="TABLE", help="Show published figures too: arena."),
    margin: float = typer.Option(0.01, help="Differences up to this size count as none."),
    format: str = typer.Option("", help="terminal, markdown, csv, latex or html."),
    out: Path | None = typer.Option(None, "--out", "-o", help="Write here; .md .csv .tex .html."),
) -> None:
    """Compare the models of runs, tested over people."""
    from kodo.experiments.evidence.comparison.comparison import compared
    from kodo.files import write_text

    form = _format(format, out)
    found = compared(runs, baseline, all_pairs, margin)
    if form == "terminal":
        _show(found, published)
        return
    text = _text(found, published, form)
    place = Path(PAGE) if out is None and form == "html" else out
    if place is None:
        typer.echo(text, nl=False)
        return
    write_text(place, text)
    typer.echo(f"Open {place} in a browser." if form == "html" else f"Wrote {place}.", err=form != "html")


def _format(asked: str, out: Path | None) -> str:
    from kodo.errors import KodoError, near

    if asked and asked not in FORMATS:
        raise KodoError(f"There is no format '{asked}'. {near(asked, FORMATS)}")
    form = asked or (ENDINGS.get(out.suffix, "") if out else "terminal")
    if not form or (form == "terminal" and out):
        raise KodoError(f"What to write into {out}? Name a file ending in {', '.join(ENDINGS)}, or --format.")
    return form


def _text(found: Compared, published: str, form: str) -> str:
    from kodo.reports.comparison.formats import latex, markdown
    from kodo.reports.comparison.page import compose
    from kodo.reports.comparison.tables import flat, tables
    from kodo.reports.comparison.words import answer
    from kodo.reports.page import comma_separated

    if form == "csv":
        return comma_separated(flat(found, published))
    if form == "html":
        return compose(found, published)
    write = markdown if form == "markdown" else latex
    return write(answer(found), tables(found, published))


def _show(found: Compared, published: str) -> None:
    from rich.console import Console

    from kodo.cli.screen import tables as screen
    from kodo.reports.comparison import words
    from kodo.reports.comparison.tables import tables

    made = tables(found, published)
    typer.echo(words.answer(found).replace("`", ""))
    for table in made:
        typer.echo("")
        for number, heads in enumerate(_fitting(table, Console().width)):
            screen.show(table.rows, heads, table.title if number == 0 else "", json=False)
        for sentence in table.says:
            typer.echo(sentence.replace("`", ""))
    for contest, repeats in zip(found.contests, found.repeats, strict=True):
        typer.echo(f"\n{contest.title}: {words.repeated(repeats).replace('`', '')}")


def _fitting(table: Table, width: int) -> Iterator[Mapping[str, str]]:
    """The columns of a table in parts that fit the terminal, the first column in each."""
    first, *others = table.heads
    room = {
        key: max(len(word) for word in [head, *(row.get(key, "") for row in table.rows)]) + 2
        for key, head in table.heads.items()
    }
    part = {first: table.heads[first]}
    for key in others:
        if len(part) > 1 and sum(room[name] for name in part) + room[key] > width:
            yield part
            part = {first: table.heads[first]}
        part[key] = table.heads[key]
    yield part
