"""Tables on stdout, as wide as the terminal; the same content as JSON when asked for."""

from __future__ import annotations

import json as text
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

WIDE = 118
"""Columns from which on scores and costs stand in one table."""


def show(content: Sequence[Mapping[str, Any]], columns: Mapping[str, str], title: str, json: bool) -> None:
    """Print rows as a table or as JSON.

    Args:
        content: one mapping per row.
        columns: key of the row -> head of the column; a head ending in ">" is right-aligned.
        title: above the table.
        json: print everything in `content` as JSON instead.
    """
    if json:
        typer.echo(text.dumps(list(content), indent=1, ensure_ascii=False))
        return
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for head in columns.values():
        table.add_column(head.rstrip(">"), justify="right" if head.endswith(">") else "left", overflow="fold")
    for row in content:
        table.add_row(*[_cell(row.get(key)) for key in columns])
    _print(table)


def facts(content: Mapping[str, Any], json: bool) -> None:
    """Print names and values, one per line, or as JSON.

    Args:
        content: what to print; a list takes a line per item.
        json: print JSON instead.
    """
    if json:
        typer.echo(text.dumps(content, indent=1, ensure_ascii=False))
        return
    width = max(len(name) for name in content)
    for name, value in content.items():
        lines = [_cell(item) for item in value] if isinstance(value, list | tuple) else [_cell(value)]
        for number, line in enumerate(lines or ["none"]):
            typer.echo(f"{name.replace('_', ' ') if number == 0 else '':{width}}  {line}")


def plan(estimate: Mapping[str, Any], json: bool) -> None:
    """Print what `--dry-run` found.

    Args:
        estimate: as `kodo.experiments.work.estimate` gives it.
        json: print JSON instead.
    """
    if json:
        facts(estimate, json)
        return
    from kodo.reports.page import counted

    people = f"{estimate['people']} {estimate['subjects'][1]}"
    made = (
        ("fold", estimate["folds"]),
        ("model", len(estimate["minutes_by_model"])),
        ("seed", estimate["seeds"]),
    )
    typer.echo(
        f"{counted(estimate['fits'], 'fit')} ({estimate['finished']} finished): "
        f"{' x '.join(counted(number, name) for name, number in made)}, {estimate['jobs']} at once"
    )
    typer.echo(
        f"{estimate['windows']:,} windows of {estimate['window_samples']} samples at "
        f"{estimate['rate']:g} Hz: {people}, {estimate['activities']} activities "
        f"of {estimate['dataset']}"
    )
    for note in estimate["notes"]:
        typer.echo(f"Note: {note}")
    for name, minutes in estimate["minutes_by_model"].items():
        typer.echo(f"  {name:20} about {minutes:6.1f} min")
    typer.echo(f"About {estimate['minutes']:.1f} minutes in all, into {estimate['folder']}")


def rows(folder: Path, json: bool) -> None:
    """Print the result table of a run.

    Args:
        folder: of the run, with its `summary.json`.
        json: print the summary as JSON instead.
    """
    content = text.loads((folder / "summary.json").read_text(encoding="utf-8"))
    if json:
        typer.echo(text.dumps(content, indent=1, ensure_ascii=False))
        return
    from kodo.datasets.recording import PEOPLE

    one, many = content[0].get("subjects", PEOPLE)
    made = [
        {
            "model": row["model"],
            **{kind: interval(row[kind]) for kind in ("macro_f1", "balanced_accuracy", "accuracy")},
            "worst": f"{row['worst_macro_f1']:.2f} ({row['worst_person']})",
            "seconds": f"{row['fit_seconds']:.0f}",
            "ms": f"{row['ms_per_window']:.2f}",
            "parameters": f"{row['parameters']:,}",
            "size": f"{row['size_bytes'] / 1e6:.2f}",
        }
        for row in content
    ]
    first = content[0]
    scores = {"model": "model", "macro_f1": "macro-F1>", "balanced_accuracy": "balanced acc.>"}
    scores |= {"accuracy": "accuracy>", "worst": f"worst {one}>"}
    costs = {"seconds": "fit s>", "ms": "ms/window>", "parameters": "parameters>", "size": "MB>"}
    title = f"{first['dataset']}, {first['protocol']}, {first['people']} {many}, {first['windows']:,} windows"
    if first["leak"]:
        title += f"\nLEAKY: {first['leak']}"
    from rich.console import Console

    if Console().width >= WIDE:
        show(made, scores | costs, title, json=False)
    else:
        show(made, scores, title, json=False)
        typer.echo("")
        show(made[:-1], {"model": "model"} | costs, "", json=False)
    for row in content:
        if row.get("lacks"):
            typer.echo(f"NOT COMPLETE: {row['model']}, {row['lacks']}.")
    for name in ("f1_arena", "f1_present"):
        if name in first:
            typer.echo(f"{name}: " + ", ".join(f"{row['model']} {row[name]:.4f}" for row in content))
    spread = [
        f"{row['model']} {row['spread_over_seeds']:.3f}"
        for row in content
        if row["spread_over_seeds"] is not None
    ]
    seeds = f"; spread over seeds: {', '.join(spread)}" if spread else "; one seed"
    typer.echo(f"95 % interval over {many}, for these trained models{seeds}.")


def interval(value: Mapping[str, Any]) -> str:
    """A mean with its interval, narrow: "0.81 (0.74–0.87)"; a dash where there is no interval."""
    if value["low"] is None:
        return f"{value['estimate']:.2f} (–)"
    return f"{value['estimate']:.2f} ({value['low']:.2f}–{value['high']:.2f})"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.4g}"
    return str(value)


def _print(table: Table) -> None:
    from rich.console import Console

    Console(highlight=False).print(table)
