"""How a study ends: its winner trained anew beside the default, on people put aside before it began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kodo.errors import KodoError
from kodo.evaluation.compare import Comparison, against
from kodo.evaluation.interval import Interval, mean_interval
from kodo.evaluation.score import Score
from kodo.experiments.experiment import Experiment
from kodo.experiments.settings import merged
from kodo.experiments.summary import HEADLINE, Row, Run, rows
from kodo.tuning.hyperparameters import Point, applied
from kodo.tuning.study import Arm, Study
from kodo.tuning.trial import Trial

LABEL = "tuned"


@dataclass(frozen=True)
class Winner:
    """The best complete trial of an arm.

    Args:
        arm: whose search found it.
        trial: the one with the highest score, the first of equals.
        name: in the final experiment ("cnn1d@tuned").
    """

    arm: Arm
    trial: Trial
    name: str

    @property
    def point(self) -> Point:
        """All that differs from the default: what was found before, compared, and searched."""
        return {**self.arm.fixed, **self.trial.point}


@dataclass(frozen=True)
class Standing:
    """A model of the final comparison on the reserved people.

    Args:
        name: in the final experiment.
        interval: of its macro-F1, over people, mean over fresh seeds.
        against: how it stands against the default; None for the default itself.
    """

    name: str
    interval: Interval
    against: Comparison | None


def best(trials: Sequence[Trial]) -> Trial | None:
    """The complete trial with the highest score, the first of equals; None when there is none."""
    complete = [trial for trial in trials if trial.outcome.state == "complete"]
    return max(complete, key=lambda trial: (trial.outcome.score, -trial.number), default=None)


def winners(arms: Sequence[Arm], trials: Mapping[str, Sequence[Trial]]) -> tuple[Winner, ...]:
    """Every arm's best trial, the study's winner first.

    Args:
        arms: of the study.
        trials: by arm name.

    Raises:
        KodoError: no trial is complete.
    """
    found = []
    for arm in arms:
        trial = best(trials.get(arm.name, ()))
        if trial is not None:
            science = "".join(f",{key}={value}" for key, value in arm.science.items())
            found.append(Winner(arm, trial, f"{arm.model}@{LABEL}{science}"))
    if not found:
        raise KodoError("No trial of the study is complete: there is no winner.")
    return tuple(sorted(found, key=lambda winner: -winner.trial.outcome.score))


def final_experiment(study: Study, won: Sequence[Winner]) -> Experiment:
    """The experiment that ends a study: the default first, then the winners, on the reserved people.

    Its seeds are 0, 1, ...: no trial had them.

    Args:
        study: complete, with the people it reserved.
        won: as `winners` gives them.
    """
    asked = study.experiment
    default = won[0].arm.model
    own = {default: dict(asked.model.get(default, {}))}
    for winner in won:
        laid = applied(asked, winner.arm.model, winner.point).model[winner.arm.model]
        own[winner.name] = merged(laid)
    return replace(asked, protocol="reserved", models=(default, *(winner.name for winner in won)), model=own)


def standings(runs: Sequence[Run], names: Sequence[str], margin: float = 0.01) -> tuple[Standing, ...]:
    """The final comparison, over the people of one run, or of the outer folds of a nested study.

    Args:
        runs: finished; no person is tested in two of them.
        names: what the first models of every run are called here, in their order; the default is the first.
        margin: differences up to this size count as none.

    Raises:
        KodoError: a model was not tested on everybody.
    """
    kind = HEADLINE[0]
    scores = []
    for place in range(len(names)):
        found = [_row(run, place) for run in runs]
        people = tuple(person for row in found for person in row.people)
        scores.append(Score(kind, people, np.concatenate([row.scores[kind] for row in found])))
    subjects = runs[0].subjects
    if any(score.people != scores[0].people for score in scores):
        raise KodoError("The final comparison is not complete: not every model was tested on everybody.")
    compared = against(scores[0], scores[1:], margin, subjects=subjects)
    intervals = [mean_interval(score.values, subjects=subjects) for score in scores]
    return tuple(map(Standing, names, intervals, [None, *compared]))


def _row(run: Run, place: int) -> Row:
    model = run.experiment["models"][place]
    for row in rows(run):
        if row.model == model:
            return row
    raise KodoError(f"The final comparison in {run.folder} is not complete: {model} is missing.")
