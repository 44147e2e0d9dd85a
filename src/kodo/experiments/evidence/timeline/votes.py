"""Scores of test windows: each alone, and one vote for each stretch in which one activity was done."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kodo.evaluation.interval import Interval, mean_interval
from kodo.evaluation.score import per_person
from kodo.evaluation.timeline import NOTHING, Labels, Rows, vote
from kodo.experiments.evidence.timeline.reading import Values, mean
from kodo.experiments.record import TEST, Record

WINDOWS = ("window", "vote", "majority")
"""Scores of the test windows: each alone, and one vote per stretch by mean log-probability or majority."""


def windows(records: Sequence[Record], classes: int, subjects: tuple[str, str]) -> dict[str, Interval]:
    """Macro-F1 over people of the test windows, for each of `WINDOWS`.

    A vote belongs to the true stretch that holds the middle of the window, and counts once however many
    windows it has.

    Args:
        records: of all fits of one model.
        classes: how many activities there are.
        subjects: what the people are called, one and many.
    """
    tables: dict[str, list[Values]] = {name: [] for name in WINDOWS}
    for seed in sorted({record.facts["seed"] for record in records}):
        parts = [_votes(record) for record in records if record.facts["seed"] == seed]
        everybody = len(records[0].predictions.subjects)
        for name in WINDOWS:
            label, said, subject = (np.concatenate(c) for c in zip(*(p[name] for p in parts), strict=True))
            tables[name].append(per_person("macro_f1", label, said, subject, classes, everybody))
    means = {name: mean(rows) for name, rows in tables.items()}
    return {name: mean_interval(own[~np.isnan(own)], subjects=subjects) for name, own in means.items()}


def _votes(record: Record) -> dict[str, tuple[Labels, Labels, Rows]]:
    """Of `WINDOWS`: true label, predicted label and person of each test window, or of each stretch."""
    stored, parts = record.predictions, record.timeline.segment
    rows = np.flatnonzero(stored.side == TEST)
    log, label = stored.log_probability[rows], stored.label[rows].astype(np.int64)
    subject = stored.subject[rows].astype(np.int64)
    parts = parts[np.lexsort([parts[:, 1], parts[:, 0]])]
    middle = stored.start[rows] + stored.length[rows] // 2
    far = int(max(middle.max(initial=0), parts[:, 2].max(initial=0))) + 1
    place = stored.recording[rows].astype(np.int64) * far + middle
    stretch = np.searchsorted(parts[:, 0] * far + parts[:, 1], place, "right") - 1
    used, first, group = np.unique(stretch, return_index=True, return_inverse=True)
    true = parts[used, 3]
    kept = true != NOTHING
    made = {"window": (label, log.argmax(1).astype(np.int64), subject)}
    for name in ("vote", "majority"):
        said = vote(log, group, len(used), majority=name == "majority")
        made[name] = (true[kept], said[kept], subject[first][kept])
    return made
