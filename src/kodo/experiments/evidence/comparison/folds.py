"""Scores of folds as published tables make them, and the ceiling that absent activities put on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kodo.evaluation.score import f1_arena, f1_present
from kodo.experiments.record import TEST, Record


@dataclass(frozen=True)
class FoldScores:
    """Scores of one model over folds, each the mean over seeds.

    Args:
        arena: macro-F1 of a fold over all declared activities, an absent one counting 0; mean over folds.
        present: the same over the activities that the fold has.
        ceiling: of `arena`, reached where every window is right: mean over folds of the part of the declared
            activities that the fold's test windows have.
    """

    arena: float
    present: float
    ceiling: float


def fold_scores(records: Sequence[Record], classes: int) -> FoldScores:
    """The scores of a model's folds, under whatever protocol they were made.

    Args:
        records: of one model, all folds and seeds.
        classes: how many activities the dataset declares.
    """
    by_seed: dict[int, list[Record]] = {}
    for record in records:
        by_seed.setdefault(record.facts["seed"], []).append(record)
    # A seed that lacks folds would count other folds than the others do: only the fullest ones count.
    whole = max(len(mine) for mine in by_seed.values())
    found = []
    for mine in (mine for mine in by_seed.values() if len(mine) == whole):
        tests = [record.predictions.side == TEST for record in mine]
        label = [r.predictions.label[test].astype(np.int64) for r, test in zip(mine, tests, strict=True)]
        said = [r.predictions.log_probability[test].argmax(1) for r, test in zip(mine, tests, strict=True)]
        fold = np.repeat(np.arange(len(mine)), [len(part) for part in label])
        scored = (np.concatenate(label), np.concatenate(said), fold, classes, len(mine))
        ceiling = float(np.mean([len(np.unique(part)) / classes for part in label]))
        found.append((f1_arena(*scored), f1_present(*scored), ceiling))
    return FoldScores(*(float(np.mean(values)) for values in zip(*found, strict=True)))
