"""The learning curves a study shows: the best and the median trial, under each form of the schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kodo.tuning.answers.diagnosis import Diagnosis, diagnosed

if TYPE_CHECKING:
    from kodo.tuning.study import Arm
    from kodo.tuning.trial import Trial

FORM = "train.schedule.form"


@dataclass(frozen=True)
class Shown:
    """The curves of one trial.

    Args:
        which: of the complete trials with this form, the best or the median one.
        form: of the schedule; "" where the study knows one only.
        trial: its number.
        score: its macro-F1.
        best: the epoch that was kept, from 0.
        curves: by name, a value per epoch.
        diagnosis: in words.
    """

    which: Literal["best", "median"]
    form: str
    trial: int
    score: float
    best: int
    curves: Mapping[str, Sequence[float]]
    diagnosis: Diagnosis


def shown_curves(arm: Arm, trials: Sequence[Trial], chance: float) -> tuple[Shown, ...]:
    """The best and the median trial of an arm, where the schedule's form was searched once for each form.

    Args:
        arm: what was searched.
        trials: of the arm; those of models that learn without epochs have no curves and give nothing.
        chance: the macro-F1 of naming activities at random.
    """
    by_form: dict[str, list[Trial]] = {}
    for trial in trials:
        if trial.outcome.state == "complete" and trial.outcome.curves.get("train_loss"):
            form = str(trial.point.get(FORM, arm.science.get(FORM, "")))
            by_form.setdefault(form, []).append(trial)
    made = []
    for form in sorted(by_form, key=lambda name: (name != "constant", name)):
        ranked = sorted(by_form[form], key=lambda trial: (-trial.outcome.score, trial.number))
        made.append(_shown("best", form, ranked[0], chance))
        if len(ranked) > 1:
            made.append(_shown("median", form, ranked[len(ranked) // 2], chance))
    return tuple(made)


def _shown(which: Literal["best", "median"], form: str, trial: Trial, chance: float) -> Shown:
    outcome = trial.outcome
    says = diagnosed(outcome.curves, chance, outcome.best)
    return Shown(which, form, trial.number, outcome.score, outcome.best, outcome.curves, says)
