"""What a learning curve found: the scores of every size, and the outlook, from its folder alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kodo.errors import KodoError
from kodo.evaluation.score import Score
from kodo.experiments.evidence.learning.power_law import Outlook, outlook
from kodo.experiments.summary import HEADLINE, MAJORITY, Row, open_run, rows

ASKED = "learning_curve.json"
EVERYBODY = 0
"""The size at which nobody is left out."""


@dataclass(frozen=True, eq=False)
class Point:
    """One model at one size.

    Args:
        people: learned from, mean over folds.
        row: its scores.
    """

    people: float
    row: Row

    @property
    def score(self) -> Score:
        """Macro-F1 of everybody tested."""
        return Score(HEADLINE[0], self.row.people, self.row.scores[HEADLINE[0]])


@dataclass(frozen=True, eq=False)
class Curve:
    """One model's learning curve.

    Args:
        model: as asked for.
        points: ascending; a size at which a fit failed is left out.
        outlook: what more people would buy.
        failed: sizes that are left out, a sentence each.
    """

    model: str
    points: tuple[Point, ...]
    outlook: Outlook
    failed: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """The folder of a learning curve, read.

    Args:
        folder: where it lies.
        asked: what stands in `learning_curve.json`.
        dataset: `dataset.json`.
        experiment: `experiment.toml` as text.
        curves: one per model.
        majority: of the size with everybody: always naming the commonest activity.
        subjects: what the people are called, one and many.
    """

    folder: Path
    asked: Mapping[str, Any]
    dataset: Mapping[str, Any]
    experiment: str
    curves: tuple[Curve, ...]
    majority: float
    subjects: tuple[str, str]


def results(folder: Path) -> LearningCurve:
    """Read the folder of a learning curve; nothing but the folder is needed.

    Args:
        folder: of the learning curve.

    Raises:
        KodoError: it is none, is damaged, or is not finished.
    """
    asked = asked_of(folder)
    found: dict[str, list[Point]] = {model: [] for model in asked["models"]}
    failed: dict[str, list[str]] = {model: [] for model in asked["models"]}
    for size in asked["sizes"]:
        place = folder / named(size)
        if not (place / "experiment.toml").is_file():
            raise _unfinished(folder)
        run = open_run(place)
        if len(run.records) + len(run.failed) < asked["fits"]:
            raise _unfinished(folder)
        faults = {fault["model"]: fault["error"] for fault in run.failed}
        made = {row.model: row for row in rows(run)}
        for model in asked["models"]:
            if model in faults:
                failed[model].append(f"{named(size)}: {faults[model]}")
            else:
                counts = [len(r.facts["people"]["train"]) for r in run.records if r.facts["model"] == model]
                found[model].append(Point(float(np.mean(counts)), made[model]))
    curves = tuple(
        Curve(model, tuple(points), _outlook(points), tuple(failed[model]))
        for model, points in found.items()
        if points
    )
    majority = made[MAJORITY].intervals[HEADLINE[0]].estimate
    text = (folder / "experiment.toml").read_text(encoding="utf-8")
    return LearningCurve(folder, asked, run.dataset, text, curves, majority, run.subjects)


def summary(found: LearningCurve) -> list[dict[str, Any]]:
    """What stands in `summary.json`: one mapping per model.

    Args:
        found: the learning curve.
    """
    return [
        {
            "model": curve.model,
            "sizes": [
                {"people": point.people, "macro_f1": vars(point.row.intervals[HEADLINE[0]])}
                for point in curve.points
            ],
            "more": curve.outlook.more,
            "law": vars(curve.outlook.law) if curve.outlook.law else None,
            "then": vars(curve.outlook.score) if curve.outlook.score else None,
            "gain": vars(curve.outlook.gain) if curve.outlook.gain else None,
            "unknown": curve.outlook.unknown,
            "failed": list(curve.failed),
        }
        for curve in found.curves
    ]


def named(size: int) -> str:
    """The name of a size's run folder.

    Args:
        size: people to learn from, or EVERYBODY.
    """
    return "everybody" if size == EVERYBODY else f"people-{size}"


def asked_of(folder: Path) -> dict[str, Any]:
    """What stands in `learning_curve.json`.

    Args:
        folder: of the learning curve.

    Raises:
        KodoError: it is none, or is damaged.
    """
    try:
        content: dict[str, Any] = json.loads((folder / ASKED).read_text(encoding="utf-8"))
    except OSError:
        raise KodoError(f"{folder} is no learning curve (a folder with {ASKED}).") from None
    except ValueError as error:
        raise KodoError(f"{folder / ASKED} is damaged: {error}.") from None
    return content


def _outlook(points: Sequence[Point]) -> Outlook:
    scores = np.column_stack([point.score.values for point in points])
    return outlook(np.array([point.people for point in points]), scores, points[0].row.subjects)


def _unfinished(folder: Path) -> KodoError:
    return KodoError(f"The learning curve is not finished; go on with: kodo learn-curve {folder}")
