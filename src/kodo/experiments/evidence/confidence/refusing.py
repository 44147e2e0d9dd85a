"""What refusing the unsure windows brings: risk against coverage, and a threshold for a wanted accuracy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kodo.evaluation.calibration import confidence, right, risk
from kodo.evaluation.interval import Interval, mean_interval
from kodo.evaluation.score import confusion, f1_of_present
from kodo.experiments.evidence.confidence.chosen import Chosen, Rows, Values, by_person, values

ACCEPTED = 0.9
"""The part of a person's windows, the surest ones, that a table says the scores of."""

GRID = np.linspace(0, 1, 101)
"""Coverages at which risk is drawn."""


@dataclass(frozen=True, eq=False)
class Refusing:
    """What refusing the unsure windows brings; confidence is the stored probability.

    Args:
        area: under the risk-coverage curve, mean over people.
        risks: (person, coverage) part wrong of the accepted windows, at the coverages of GRID.
        accuracy: of all windows, and of the surest ACCEPTED part of each person's.
        macro_f1: of both, over the activities that are left.
        thresholds: (fit,) chosen on validation windows for the wanted accuracy; NaN = none gives it.
        coverage: part of the test windows that these thresholds accept.
        reached: accuracy of the accepted ones, mean over people who have some; None = nobody has.
        silent: people of whom nothing is accepted at any seed.
    """

    area: Interval
    risks: Values
    accuracy: tuple[Interval, Interval]
    macro_f1: tuple[Interval, Interval]
    thresholds: Values
    coverage: Interval | None
    reached: Interval | None
    silent: int


def refusing(fits: Sequence[Chosen], classes: int, called: tuple[str, str]) -> Refusing:
    """What refusing the unsure windows of a model brings.

    Args:
        fits: of one model.
        classes: how many activities there are.
        called: what the people are called, one and many.
    """

    def sure(fit: Chosen, rows: Rows) -> tuple[Values, Values]:
        logs = fit.test.log_probability[rows]
        return confidence(logs), right(logs, fit.test.label[rows])

    def surest(fit: Chosen, rows: Rows, part: float) -> Rows:
        order = np.argsort(-sure(fit, rows)[0], kind="stable")
        return rows[order[: int(np.ceil(part * len(rows)))]]

    def over(measure: Callable[[Chosen, Rows], float]) -> Interval:
        return mean_interval(np.clip(values(by_person(fits, measure)), 0, 1), subjects=called)

    def accuracy(fit: Chosen, rows: Rows) -> float:
        return float(sure(fit, rows)[1].mean())

    def f1(fit: Chosen, rows: Rows) -> float:
        said = fit.test.log_probability[rows].argmax(1)
        return float(f1_of_present(confusion(fit.test.label[rows], said, classes)))

    def accepted(fit: Chosen, rows: Rows) -> NDArray[np.bool_]:
        return sure(fit, rows)[0] >= fit.threshold

    able = [fit for fit in fits if not np.isnan(fit.threshold)]
    coverage = by_person(able, lambda fit, rows: float(accepted(fit, rows).mean()))
    reached = values(by_person(able, lambda fit, rows: _mean(sure(fit, rows)[1][accepted(fit, rows)])))
    heard = reached[~np.isnan(reached)]
    return Refusing(
        area=over(lambda fit, rows: risk(*sure(fit, rows)).mean()),
        risks=_risks(fits, sure),
        accuracy=(over(accuracy), over(lambda fit, rows: accuracy(fit, surest(fit, rows, ACCEPTED)))),
        macro_f1=(over(f1), over(lambda fit, rows: f1(fit, surest(fit, rows, ACCEPTED)))),
        thresholds=np.array([fit.threshold for fit in fits]),
        coverage=mean_interval(values(coverage), subjects=called) if coverage else None,
        reached=mean_interval(heard, subjects=called) if len(heard) else None,
        silent=len(reached) - len(heard),
    )


def _risks(fits: Sequence[Chosen], sure: Callable[[Chosen, Rows], tuple[Values, Values]]) -> Values:
    """(person, coverage) risk at the coverages of GRID, averaged over seeds."""
    found: dict[int, list[Values]] = {}
    for fit in fits:
        for person in np.unique(fit.test.person).tolist():
            curve = risk(*sure(fit, np.flatnonzero(fit.test.person == person)))
            at = np.arange(1, len(curve) + 1) / len(curve)
            found.setdefault(person, []).append(np.interp(GRID, at, curve))
    return np.array([np.mean(found[person], axis=0) for person in sorted(found)])


def _mean(values: Values) -> float:
    return float(values.mean()) if len(values) else np.nan
