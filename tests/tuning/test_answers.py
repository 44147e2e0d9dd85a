"""All answers of a study together."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kodo.errors import KodoError
from kodo.experiments.experiment import Experiment
from kodo.tuning.answers.answers import answers, facts
from kodo.tuning.answers.curves import shown_curves
from kodo.tuning.answers.reached import reached
from kodo.tuning.search.search import studied
from kodo.tuning.studied import Studied
from kodo.tuning.study import Arm, Study
from kodo.tuning.trial import Trial
from made_up_trials import DEPTH, FORM, SPACES, made_up_arm, made_up_trial, spread

CURVE = {"train_loss": [1.0, 0.5, 0.3, 0.2, 0.2, 0.2]}


def made_up_studied() -> Studied:
    """Two arms with trials, one without."""
    first, second, third = (
        replace(made_up_arm({DEPTH: SPACES[DEPTH]}), name=name) for name in ("worse", "better", "waiting")
    )
    trials = {
        "worse": tuple(spread({DEPTH: SPACES[DEPTH]}, 9, lambda at: 0.3 + 0.2 * at[DEPTH])),
        "better": tuple(spread({DEPTH: SPACES[DEPTH]}, 9, lambda at: 0.5 + 0.2 * at[DEPTH])),
        "waiting": (made_up_trial(0, {}, 0.0, state="failed"),),
    }
    dataset = {"name": "made", "activities": ["a", "b"], "subjects": ["signer", "signers"]}
    return Studied(Study(Experiment()), (first, second, third), trials, dataset)


def test_the_arm_with_the_best_trial_comes_first() -> None:
    made = answers(made_up_studied())
    assert [arm.reached.arm for arm in made.arms] == ["better", "worse"]
    assert [one.arm for one in made.waiting] == ["waiting"]
    assert made.trials == 19
    assert made.final == ()
    best = made.arms[0].reached
    assert best.score == max(trial.outcome.score for trial in made_up_studied().trials["better"])
    assert best.against is None
    assert made.arms[1].reached.against is not None
    assert made.arms[1].reached.against.people == 2


def test_a_study_without_a_complete_trial_says_so() -> None:
    empty = replace(made_up_studied(), trials={"waiting": (made_up_trial(0, {}, 0.0, state="failed"),)})
    with pytest.raises(KodoError, match="No trial of this study is complete yet"):
        answers(empty)


def test_arms_are_counted() -> None:
    trials = [
        made_up_trial(0, {}, 0.4),
        made_up_trial(1, {}, 0.6),
        made_up_trial(2, {}, 0.9, "exploit", "pruned"),
        made_up_trial(3, {}, 0.0, "exploit", "failed"),
    ]
    arm = Arm("made", "made", {"depth": 4}, ())
    (found,) = reached([arm], {"made": trials}, ("person", "people"))
    assert (found.explored, found.guided, found.pruned, found.failed, found.complete) == (2, 2, 1, 1, 2)
    assert (found.best, found.score, found.median) == (1, 0.6, pytest.approx(0.5))
    assert (found.point, found.epochs, found.seconds) == ({"depth": 4}, 12, 8.0)


def test_curves_are_of_the_best_and_the_median_trial_of_each_form() -> None:
    def trial(number: int, form: str, score: float) -> Trial:
        return made_up_trial(number, {FORM: form}, score, curves=CURVE)

    trials = [trial(i, "constant", 0.1 * i) for i in range(3)] + [trial(3, "cosine", 0.9)]
    found = shown_curves(made_up_arm(), trials, 0.1)
    assert [(one.form, one.which, one.trial) for one in found] == [
        ("constant", "best", 2),
        ("constant", "median", 1),
        ("cosine", "best", 3),
    ]
    assert shown_curves(made_up_arm(), [made_up_trial(0, {}, 0.5)], 0.1) == ()


def test_the_answers_are_plain_json() -> None:
    made = facts(answers(made_up_studied()))
    again = json.loads(json.dumps(made, allow_nan=False))
    assert again["arms"][0]["reached"]["arm"] == "better"
    assert again["waiting"][0]["score"] is None


def test_a_real_study_has_answers(study_folder: Path) -> None:
    made = answers(studied(study_folder))
    assert made.trials == 8
    (arm,) = made.arms
    assert {one.key for one in arm.concentrations} == {"train.rate", "dropout", "kernel", "train.betas"}
    assert arm.curves
