"""How the models learned: their curves, gathered from the records and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from kodo.experiments.record import Record
from kodo.reports.drawing.figures import Curve, learning
from kodo.reports.drawing.sample import POINTS
from kodo.reports.results import Result

ALL_POINTS = 24_000
"""Points of all lines of a page together: many fits share them, so that the page stays small."""

SIDES = ("train", "validation")
QUANTITIES = {
    "loss": "loss",
    "macro_f1": "macro-F1",
    "f1_arena": "macro-F1 of all windows together",
    "balanced_accuracy": "balanced accuracy",
}


@dataclass(frozen=True)
class Panel:
    """One picture.

    Args:
        title: the quantity.
        picture: `<svg>`.
    """

    title: str
    picture: str


@dataclass(frozen=True)
class History:
    """How one model learned.

    Args:
        model: its name.
        panels: a picture per quantity.
        fits: how many are drawn.
        validated: whether anybody validated.
        data: one row per epoch, one column per line, head first.
    """

    model: str
    panels: tuple[Panel, ...]
    fits: int
    validated: bool
    data: Sequence[Sequence[object]]


def histories(models: Sequence[Result]) -> list[History]:
    """The histories of the models that have any.

    Args:
        models: of a run.
    """
    gathered = [gather(model.records) for model in models]
    lines = sum(len(curves) for found in gathered for curves in found.values())
    points = min(max(ALL_POINTS // max(lines, 1), 12), POINTS)
    return [
        _history(number, model, found, points)
        for number, (model, found) in enumerate(zip(models, gathered, strict=True))
        if found
    ]


def gather(records: Sequence[Record]) -> dict[str, list[Curve]]:
    """Curves of the fits of one model, by quantity ("loss", "macro_f1").

    Args:
        records: of the model.
    """
    found: dict[str, list[Curve]] = {}
    for record in records:
        facts = record.facts
        for name, values in facts["curves"].items():
            side, _, quantity = name.partition("_")
            if side in SIDES and quantity and values:
                fit = f"fold {facts['fold'] + 1} seed {facts['seed']}"
                found.setdefault(quantity, []).append(Curve(fit, side, values, facts["best"]))
    return found


def _history(number: int, model: Result, found: dict[str, list[Curve]], points: int) -> History:
    panels = tuple(
        Panel(
            QUANTITIES.get(quantity, quantity.replace("_", " ")),
            learning(curves, model.colour, f"curve-{number}-{place}", points),
        )
        for place, (quantity, curves) in enumerate(found.items())
    )
    lines = [(quantity, curve) for quantity, curves in found.items() for curve in curves]
    head = ["epoch", *(f"{curve.side} {quantity} {curve.fit}" for quantity, curve in lines)]
    columns = zip_longest(*(curve.values for _, curve in lines))
    rows = [
        [epoch, *("" if value is None else f"{value:.4g}" for value in values)]
        for epoch, values in enumerate(columns, start=1)
    ]
    step = -(-len(rows) // points)
    fits = len({curve.fit for _, curve in lines})
    validated = any(curve.side == "validation" for _, curve in lines)
    return History(model.name, panels, fits, validated, [head, *rows[::step]])
