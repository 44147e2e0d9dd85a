"""What is chosen on the validation windows of a fit, and what it does to the test windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kodo.errors import KodoError
from kodo.evaluation.calibration import confidence, right, temperature, tempered, threshold_for
from kodo.experiments.record import TEST, VALIDATION, Record

Values = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Said:
    """What a fit said of the windows of one side.

    Args:
        log_probability: (window, class) natural logarithms.
        label: (window,) true class.
        person: (window,) position in the people of the dataset.
    """

    log_probability: Values
    label: Rows
    person: Rows


@dataclass(frozen=True, eq=False)
class Chosen:
    """What is chosen on the validation windows of a fit, and what it does to the test windows.

    Args:
        temperature: that makes the validation windows likeliest.
        threshold: confidence from which on the validation windows are as accurate as wanted; NaN = none is.
        test: as the fit said it.
        tempered: (window, class) natural logarithms of the test windows at that temperature.
        lacking: activities that the test windows have and the validation windows lack.
    """

    temperature: float
    threshold: float
    test: Said
    tempered: Values
    lacking: tuple[int, ...]


def said(record: Record, side: int) -> Said:
    """What a fit said of the windows of one side.

    Args:
        record: of the fit.
        side: TEST or VALIDATION.
    """
    stored = record.predictions
    rows = stored.side == side
    return Said(
        stored.log_probability[rows].astype(np.float64),
        stored.label[rows].astype(np.int64),
        stored.subject[rows].astype(np.int64),
    )


def chosen(record: Record, accuracy: float) -> Chosen:
    """Choose temperature and threshold on a fit's validation windows, and apply the one to its test windows.

    Args:
        record: of the fit.
        accuracy: wanted of the accepted windows.

    Raises:
        KodoError: the fit has no validation windows.
    """
    held, test = said(record, VALIDATION), said(record, TEST)
    if len(held.label) == 0:
        facts = record.facts
        raise KodoError(
            f"{facts['model']}, {facts['fold_name']}, seed {facts['seed']} has no validation windows: a "
            "temperature and thresholds are chosen on them and on no others; run it with a larger "
            "folding.validation."
        )
    by = temperature(held.log_probability, held.label)
    sure = confidence(held.log_probability), right(held.log_probability, held.label)
    lacking = np.setdiff1d(test.label, held.label)
    after = tempered(test.log_probability, by)
    limit = threshold_for(*sure, accuracy)
    return Chosen(by, np.nan if limit is None else limit, test, after, tuple(lacking.tolist()))


def by_person(fits: Sequence[Chosen], measure: Callable[[Chosen, Rows], float]) -> dict[int, float]:
    """A measure of every person's test windows, averaged over seeds; NaN where it is so at every seed.

    Args:
        fits: of one model.
        measure: `measure(fit, rows)` of the test windows of one person at these positions.

    Returns:
        by position in the people of the dataset, ascending.
    """
    found: dict[int, list[float]] = {}
    for fit in fits:
        for person in np.unique(fit.test.person).tolist():
            value = float(measure(fit, np.flatnonzero(fit.test.person == person)))
            found.setdefault(person, []).append(value)
    kept = {person: [v for v in values if not np.isnan(v)] for person, values in found.items()}
    return {p: float(np.mean(kept[p])) if kept[p] else np.nan for p in sorted(kept)}


def values(found: dict[int, float]) -> Values:
    """(person,) what `by_person` found.

    Args:
        found: by position in the people.
    """
    return np.array(list(found.values()))
