"""`kodo models`: which models there are, and what their settings mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from kodo.models.model import Model


def models(
    name: str | None = typer.Argument(None, help="A model, to see its settings and presets."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of a table."),
) -> None:
    """List the models, or explain one model's settings."""
    from kodo.cli.screen import tables
    from kodo.models.model import MODELS
    from kodo.space import meanings, spaces

    if name is None:
        entries = [MODELS.get(known) for known in MODELS.names()]
        content = [
            {
                "name": e.name,
                "says": e.says,
                "presets": ", ".join(dict.fromkeys(["default", *e.presets])),
                "lengths": e.lengths,
            }
            for e in entries
        ]
        heads = {"name": "model", "says": "what it is", "presets": "presets", "lengths": "window lengths"}
        tables.show(content, heads, "", json)
        return
    entry = MODELS.get(name)
    searched = spaces(entry.parameters)
    settings = [
        {"setting": key, "default": default, "meaning": says, "space": str(searched.get(key, ""))}
        for key, (default, says) in meanings(entry.parameters).items()
    ]
    heads = {"setting": "setting", "default": "default>", "meaning": "meaning", "space": "search space"}
    tables.show(settings, heads, f"{entry.name}: {entry.says}\nSource: {entry.source}", json)
    if entry.presets and not json:
        typer.echo(f"\nPresets, as in --model {entry.name}:{next(iter(entry.presets))}")
        tables.show(_presets(entry), {"preset": "preset", "sets": "sets", "says": "comes from"}, "", json)


def _presets(entry: Model) -> list[dict[str, str]]:
    """A row for each preset: what it sets, and what it says of itself."""
    rows = []
    for name, preset in entry.presets.items():
        sets = [f"{key} = {value}" for key, value in preset.model.items()]
        sets += ["its own training"] if preset.train else []
        rows.append({"preset": name, "sets": ", ".join(sets), "says": preset.says})
    return rows
