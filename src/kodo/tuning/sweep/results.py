"""What a sweep found, from its folder alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kodo.datasets.recording import PEOPLE
from kodo.errors import KodoError
from kodo.evaluation.compare import Comparison, together
from kodo.evaluation.interval import Interval, mean_interval
from kodo.evaluation.score import Score

SCORE = "macro_f1"
"""What every value is scored by: per person, averaged over seeds."""


@dataclass(frozen=True, eq=False)
class Tried:
    """One value of a hyperparameter, tried.

    Args:
        value: as tried.
        seeds: macro-F1 of each seed whose training did not fail, mean over people.
        score: of every person, averaged over seeds; None where the training failed with a seed.
        interval: of the mean over people; None where `score` is.
        seconds: of fitting, all seeds together.
        failed: why trainings failed, a sentence for each.
    """

    value: Any
    seeds: tuple[float, ...]
    score: Score | None
    interval: Interval | None
    seconds: float
    failed: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Swept:
    """One hyperparameter, swept.

    Args:
        key: `depth`, `train.rate`.
        says: its meaning and unit.
        space: where it was swept, in words.
        axis: it is read on, "linear", "log" or "even".
        tried: its values in order.
        default: place of the default among them.
        best: place of the one with the highest score; the default's where none is higher.
        comparison: of the best with the default, made together with those of all hyperparameters.
    """

    key: str
    says: str
    space: str
    axis: str
    tried: tuple[Tried, ...]
    default: int
    best: int
    comparison: Comparison

    @property
    def at_default(self) -> Tried:
        """The default, tried."""
        return self.tried[self.default]

    @property
    def at_best(self) -> Tried:
        """The best value."""
        return self.tried[self.best]


@dataclass(frozen=True, eq=False)
class Results:
    """A sweep, read.

    Args:
        folder: where it lies.
        asked: `sweep.json`.
        dataset: `dataset.json`.
        experiment: text of `experiment.toml`.
        panels: in the order asked for.
        subjects: what the people are called, one and many.
    """

    folder: Path
    asked: Mapping[str, Any]
    dataset: Mapping[str, Any]
    experiment: str
    panels: tuple[Swept, ...]
    subjects: tuple[str, str]

    @property
    def people(self) -> int:
        """How many people every value was scored on."""
        return self.panels[0].comparison.people


def results(folder: Path) -> Results:
    """Read a sweep's folder; nothing else is needed.

    Args:
        folder: of the sweep.

    Raises:
        KodoError: it is no sweep, is damaged or not finished, or the default could not be trained.
    """
    try:
        asked = _json(folder / "sweep.json")
        dataset = _json(folder / "dataset.json")
        experiment = (folder / "experiment.toml").read_text(encoding="utf-8")
    except OSError as error:
        raise KodoError(f"{folder} holds no sweep: {error.filename}: {error.strerror}.") from None
    one, many = dataset.get("subjects", PEOPLE)
    panels = asked["panels"]
    tried = [
        [
            _tried(folder, value, names, (one, many))
            for value, names in zip(panel["values"], panel["trials"], strict=True)
        ]
        for panel in panels
    ]
    places = [
        (panel["values"].index(panel["default"]), values) for panel, values in zip(panels, tried, strict=True)
    ]
    pairs = []
    for default, values in places:
        usual = values[default]
        if usual.score is None:
            raise KodoError(f"The default could not be trained, so that nothing is swept: {usual.failed[0]}")
        best = values[_best(values, default)].score
        assert best is not None  # the default is there
        pairs.append((best, usual.score))
    compared = together(pairs, subjects=(one, many))
    found = tuple(
        Swept(
            key=panel["key"],
            says=panel["says"],
            space=panel["space"],
            axis=panel["axis"],
            tried=tuple(values),
            default=default,
            best=_best(values, default),
            comparison=comparison,
        )
        for panel, (default, values), comparison in zip(panels, places, compared, strict=True)
    )
    return Results(folder, asked, dataset, experiment, found, (one, many))


def summary(found: Results) -> list[dict[str, Any]]:
    """What stands in `summary.json`: one mapping per hyperparameter.

    Args:
        found: the sweep.
    """
    return [
        {
            "hyperparameter": panel.key,
            "default": _standing(panel.at_default),
            "best": _standing(panel.at_best),
            "difference": panel.comparison.difference,
            "difference_low": panel.comparison.interval.low,
            "difference_high": panel.comparison.interval.high,
            "p": panel.comparison.p,
            "p_holm": panel.comparison.adjusted,
            "outcome": panel.comparison.outcome,
            "sentence": panel.comparison.sentence,
            "values": [_standing(tried) for tried in panel.tried],
        }
        for panel in found.panels
    ]


def _standing(tried: Tried) -> dict[str, Any]:
    interval = tried.interval
    return {
        "value": tried.value,
        "macro_f1": None if interval is None else interval.estimate,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "seeds": list(tried.seeds),
        "seconds": round(tried.seconds, 3),
        "failed": list(tried.failed),
    }


def _best(values: Sequence[Tried], default: int) -> int:
    """The place of the highest mean; of equals the default, then the first."""
    means = [-1.0 if tried.score is None else tried.score.mean for tried in values]
    return default if means[default] >= max(means) - 1e-12 else int(np.argmax(means))


def _tried(folder: Path, value: Any, names: Sequence[str], subjects: tuple[str, str]) -> Tried:
    try:
        outcomes = [_json(folder / "trials" / f"{name}.json") for name in names]
    except OSError:
        raise KodoError(f"The sweep is not finished; go on with: kodo sweep {folder}") from None
    done = [outcome for outcome in outcomes if outcome["state"] == "complete"]
    failed = tuple(
        f"seed {outcome['seed']}: {outcome['error']}" for outcome in outcomes if outcome not in done
    )
    score = interval = None
    if not failed:
        people = tuple(done[0]["people"])
        values = np.mean([[outcome["people"][person] for person in people] for outcome in done], axis=0)
        score, interval = Score(SCORE, people, values), mean_interval(values, subjects=subjects)
    seeds = tuple(float(outcome["score"]) for outcome in done)
    return Tried(value, seeds, score, interval, sum(outcome["seconds"] for outcome in outcomes), failed)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise KodoError(f"{path} is damaged: {error}.") from None
