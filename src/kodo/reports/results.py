"""What the models of a run did: rows of scores, confusions per person, comparisons, colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kodo.evaluation.compare import Comparison, against
from kodo.evaluation.score import Score, confusions
from kodo.experiments.record import TEST, Record
from kodo.experiments.summary import BASELINE, HEADLINE, Row, Run, rows
from kodo.reports.page import colours


@dataclass(frozen=True, eq=False)
class Result:
    """One model of a run.

    Args:
        row: its scores.
        colour: the model's, on the whole page.
        records: of its fits.
        counts: (person, class, class) test windows, true then predicted, mean over seeds.
        against: how it stands against the baseline; None for the baseline, or where people differ.
    """

    row: Row
    colour: str
    records: tuple[Record, ...]
    counts: NDArray[np.float64]
    against: Comparison | None

    @property
    def name(self) -> str:
        """The model, as asked for."""
        return self.row.model

    @property
    def confusion(self) -> NDArray[np.float64]:
        """(class, class) test windows of all people, true then predicted, mean over seeds."""
        return np.asarray(self.counts.sum(0))

    @property
    def scores(self) -> NDArray[np.float64]:
        """(person,) the headline score."""
        return self.row.scores[HEADLINE[0]]


@dataclass(frozen=True, eq=False)
class Results:
    """All models of a run.

    Args:
        models: in the order asked for.
        majority: the row of always naming the commonest activity.
        best: position in `models` of the highest headline score.
        baseline: position in `models`.
        leak: what a leaky protocol shares, or "".
        seeds: number of seeds.
        activities: names.
    """

    models: tuple[Result, ...]
    majority: Row
    best: int
    baseline: int
    leak: str
    seeds: int
    activities: tuple[str, ...]

    @property
    def headline(self) -> Result:
        """The model that the page is about."""
        return self.models[self.best]

    @property
    def subjects(self) -> tuple[str, str]:
        """What the people are called, one and many."""
        return self.majority.subjects

    @property
    def chance(self) -> float:
        """The macro-F1 to be expected of naming activities at random, mean over people."""
        return guessed(self.headline.counts.sum(2))


def results(run: Run) -> Results:
    """Everything that a page says about the models of a run.

    Args:
        run: its records.
    """
    *models, majority = rows(run)
    names = [row.model for row in models]
    baseline = next((i for i, name in enumerate(names) if name.partition(":")[0] == BASELINE), 0)
    compared = _compared(models, baseline)
    chosen = colours(names)
    made = []
    for row in models:
        records = tuple(record for record in run.records if record.facts["model"] == row.model)
        counts = _counts(records, row.people, len(run.dataset["activities"]))
        made.append(Result(row, chosen[row.model], records, counts, compared.get(row.model)))
    # A model that lost a fit was not tested on everybody: it does not make the headline by that.
    most = max(len(row.people) for row in models)
    means = [row.intervals[HEADLINE[0]].estimate if len(row.people) == most else -1.0 for row in models]
    return Results(
        models=tuple(made),
        majority=majority,
        best=int(np.argmax(means)),
        baseline=baseline,
        leak=next((row.leak for row in models if row.leak), ""),
        seeds=len({record.facts["seed"] for record in run.records}),
        activities=tuple(run.dataset["activities"]),
    )


def guessed(windows: NDArray[np.float64]) -> float:
    """The macro-F1 of naming one of the activities at random, from the expected precision and recall.

    Args:
        windows: (person, class) test windows.
    """
    recall = 1 / windows.shape[1]
    precision = windows / windows.sum(1, keepdims=True)
    f1 = 2 * precision * recall / (precision + recall)
    return float(np.mean(f1.sum(1) / (windows > 0).sum(1)))


def _compared(models: Sequence[Row], baseline: int) -> dict[str, Comparison]:
    kind = HEADLINE[0]
    base = models[baseline]
    others = [row for row in models if row is not base and row.people == base.people]
    found = against(
        Score(kind, base.people, base.scores[kind]),
        [Score(kind, row.people, row.scores[kind]) for row in others],
        subjects=base.subjects,
    )
    return {row.model: comparison for row, comparison in zip(others, found, strict=True)}


def _counts(records: Sequence[Record], people: tuple[str, ...], classes: int) -> NDArray[np.float64]:
    total = np.zeros((len(people), classes, classes))
    for record in records:
        predictions = record.predictions
        test = predictions.side == TEST
        place = {name: i for i, name in enumerate(people)}
        codes = np.array([place.get(str(name), -1) for name in predictions.subjects])
        total += confusions(
            predictions.label[test],
            predictions.log_probability[test].argmax(1),
            codes[predictions.subject[test]],
            classes,
            len(people),
        )
    return total / len({record.facts["seed"] for record in records})
