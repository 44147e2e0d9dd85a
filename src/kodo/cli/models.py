"""`kodo models`: which models there are, and what their settings mean."""

from __future__ import annotations

import typer


def models(
    name: str | None = typer.Argument(None, help="A model, to see its settings."),
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
                "presets": ", ".join(["default", *e.presets]),
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
