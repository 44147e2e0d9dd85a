"""Whether windows suit a model, and what a user should know about those it learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kodo.errors import KodoError
from kodo.evaluation.protocol import missing_activities
from kodo.models.model import Model
from kodo.windows.cut import Windows

if TYPE_CHECKING:
    from kodo.evaluation.split import LeakySplit, Split
    from kodo.training.trainer import Recipe


def check_windows(model: Model, windows: Windows) -> None:
    """Refuse windows that a model cannot take.

    Args:
        model: its lengths and its smallest window count.
        windows: all of them.

    Raises:
        KodoError: windows of different lengths for a model of one length, or windows that are too short.
    """
    shortest = int(windows.length.min())
    if model.lengths == "fixed" and shortest < windows.longest:
        remedy = (
            "leave the short ones out with --short drop"
            if windows.cutting.seconds is not None
            else "cut windows of one length in seconds"
        )
        raise KodoError(
            f"{model.name} takes windows of one length, but these have {shortest} to {windows.longest} "
            f"samples: {remedy}."
        )
    if shortest < model.smallest:
        raise KodoError(
            f"{model.name} needs windows of at least {model.smallest} samples "
            f"({model.smallest / windows.rate:.2f} s at {windows.rate:g} Hz); the shortest has {shortest}."
        )


def notes(recipe: Recipe, windows: Windows, split: Split | LeakySplit) -> tuple[str, ...]:
    """Sentences about a fit: what the model says of itself, which activities cannot be learned.

    Args:
        recipe: what is fitted.
        windows: what the split's rows are positions of.
        split: one fold.
    """
    said = recipe.model.notes(recipe.parameters)
    absent = missing_activities(windows, split)
    if not absent:
        return said
    return (
        *said,
        f"No training window shows {', '.join(absent)}: the model cannot know what it looks like.",
    )
