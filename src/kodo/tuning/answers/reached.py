"""What each arm reached: its trials, its best one, and how the arms' best stand against one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from kodo.evaluation.compare import Comparison, against
from kodo.evaluation.interval import Interval, mean_interval
from kodo.evaluation.score import Score

if TYPE_CHECKING:
    from kodo.tuning.study import Arm
    from kodo.tuning.trial import Trial


@dataclass(frozen=True)
class Reached:
    """One arm.

    Args:
        arm: its name.
        explored: trials of the first phase, in any state.
        guided: trials of the second phase, in any state.
        pruned: trials that were given up.
        failed: trials that could not be done.
        median: of the complete trials' scores; NaN where there is none.
        best: number of the best trial; -1 where none is complete.
        score: its macro-F1, over the people held out by the inner splits.
        interval: of that over these people; None where none is complete.
        point: its values by key, those that are compared included.
        people: its held-out people's scores, by name.
        epochs: run in all trials together.
        seconds: of fitting, in all trials together.
        against: how the best trial stands against the study's best; None for the latter, and where they
            were not scored on the same people.
    """

    arm: str
    explored: int
    guided: int
    pruned: int
    failed: int
    median: float
    best: int
    score: float
    interval: Interval | None
    point: Mapping[str, Any]
    people: Mapping[str, float]
    epochs: int
    seconds: float
    against: Comparison | None = None

    @property
    def trials(self) -> int:
        """All of them, in any state."""
        return self.explored + self.guided

    @property
    def complete(self) -> int:
        """Trials whose score counts."""
        return self.trials - self.pruned - self.failed


def reached(
    arms: Sequence[Arm], trials: Mapping[str, Sequence[Trial]], subjects: tuple[str, str]
) -> tuple[Reached, ...]:
    """What every arm reached, the best first; arms without a complete trial stand last.

    Args:
        arms: of the study.
        trials: by arm name.
        subjects: what the people are called, one and many.
    """
    made = [_of(arm, trials.get(arm.name, ()), subjects) for arm in arms]
    made.sort(key=lambda one: -one.score if one.best >= 0 else np.inf)
    first = made[0]
    others = [one for one in made[1:] if one.best >= 0 and one.people.keys() == first.people.keys()]
    people = tuple(first.people)

    def score(one: Reached) -> Score:
        return Score("macro_f1", people, np.array([one.people[person] for person in people]))

    if not people:
        return tuple(made)
    compared = against(score(first), [score(one) for one in others], subjects=subjects)
    known = {one.arm: comparison for one, comparison in zip(others, compared, strict=True)}
    return tuple(replace(one, against=known.get(one.arm)) for one in made)


def _of(arm: Arm, trials: Sequence[Trial], subjects: tuple[str, str]) -> Reached:
    # Loads torch, which whoever only lists what a page can show does without.
    from kodo.tuning.final import best as best_of

    phases = Counter(trial.phase for trial in trials)
    states = Counter(trial.outcome.state for trial in trials)
    scores = [trial.outcome.score for trial in trials if trial.outcome.state == "complete"]
    best = best_of(trials)
    people = dict(best.outcome.people) if best else {}
    return Reached(
        arm=arm.name,
        explored=phases["explore"],
        guided=phases["exploit"],
        pruned=states["pruned"],
        failed=states["failed"],
        median=float(np.median(scores)) if scores else float("nan"),
        best=best.number if best else -1,
        score=best.outcome.score if best else float("nan"),
        interval=mean_interval(np.array(list(people.values())), subjects=subjects) if people else None,
        point={**arm.science, **best.point} if best else {},
        people=people,
        epochs=sum(trial.outcome.epochs for trial in trials),
        seconds=sum(trial.outcome.seconds for trial in trials),
    )
