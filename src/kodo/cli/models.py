"""`kodo models`: which models there are, and what their settings mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from kodo.models.model import Model


def models(
    name: str | None = typer.Argument(None, help="A model, to see its settings and presets."),
    training: bool = typer.Option(False, "--training", help="The settings of its training, too."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of a table."),
) -> None:
    """List the models, or explain one model's settings."""
    from kodo.cli.screen import tables
    from kodo.models.model import MODELS

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
    settings = _settings(name, training)
    # What each may be stands in the JSON alone: one more column leaves the meanings a word a line.
    heads = {"setting": "setting", "default": "default>", "meaning": "meaning", "space": "search space"}
    tables.show(settings, heads, f"{entry.name}: {entry.says}\nSource: {entry.source}", json)
    if entry.presets and not json:
        typer.echo(f"\nPresets, as in --model {entry.name}:{next(iter(entry.presets))}")
        tables.show(_presets(entry), {"preset": "preset", "sets": "sets", "says": "comes from"}, "", json)


def _settings(name: str, training: bool) -> list[dict[str, Any]]:
    """A row for each setting of a model, and of its training where asked."""
    from kodo.experiments.experiment import Experiment, chosen
    from kodo.space import limits
    from kodo.tuning.hyperparameters import declared

    (choice,) = chosen(Experiment(models=(name,)))
    allowed = limits(choice.model.parameters)
    rows = []
    for one in declared(choice):
        if training or not one.key.startswith("train."):
            needs = [f"with {key} {' or '.join(map(str, values))}" for key, values in one.when.items()]
            space = ", ".join(["" if one.space is None else str(one.space), *needs])
            row = {"setting": one.key, "default": one.default, "meaning": one.says}
            rows.append(row | {"allowed": str(allowed.get(one.key, "")), "space": space})
    return rows


def _presets(entry: Model) -> list[dict[str, str]]:
    """A row for each preset: what it sets, and what it says of itself."""
    rows = []
    for name, preset in entry.presets.items():
        sets = [f"{key} = {value}" for key, value in preset.model.items()]
        sets += ["its own training"] if preset.train else []
        rows.append({"preset": name, "sets": ", ".join(sets), "says": preset.says})
    return rows
