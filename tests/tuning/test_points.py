"""Points: inside their spaces, evenly spread, the same again, and guided by what was found."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc

from kodo.experiments.experiment import Chosen, experiment
from kodo.space import Choices, Linear, Log, Space, position_of, whole
from kodo.tuning.hyperparameters import Hyperparameter, Point
from kodo.tuning.search.points import distribution, explored, guided, held, unheld
from kodo.tuning.study import Arm, Search, Study, arms
from kodo.tuning.trial import Outcome, Trial, choice_of

SPACES = {
    "depth": Linear(1, 9),
    "width": Log(8, 300),
    "dropout": Linear(0.0, 0.6),
    "rate": Log(1e-5, 1e-1),
    "form": Choices(("a", "b", "c")),
    "betas": Choices(((0.9, 0.999), (0.8, 0.99))),
    "off": Choices((True, False, None)),
}


def made_up(spaces: dict[str, Space]) -> Arm:
    searched = tuple(Hyperparameter(key, space, None, "", {}) for key, space in spaces.items())
    return Arm("cnn1d", "cnn1d", {}, searched)


EVERY = made_up(SPACES)


def scored(arm: Arm, point: Point, number: int, score: float, state: Any = "complete") -> Trial:
    return Trial(number, arm.name, "explore", point, Outcome(state, score))


def bowl(point: Point) -> float:
    """Best at a rate of 0.001."""
    return -abs(math.log(point["rate"] / 1e-3))


def found(choice: Chosen, count: int) -> list[Trial]:
    points = explored(EVERY, choice, count, 0)
    return [scored(EVERY, point, number, bowl(point)) for number, point in enumerate(points)]


@given(count=st.integers(1, 70), seed=st.integers(0, 2**32))
def test_every_value_lies_in_its_space(choice: Chosen, count: int, seed: int) -> None:
    points = explored(EVERY, choice, count, seed)
    assert len(points) == count
    for point in points:
        assert list(point) == list(SPACES)
        for key, space in SPACES.items():
            assert position_of(space, point[key]) is not None
            if not isinstance(space, Choices):
                assert type(point[key]) is (int if whole(space) else float)


@given(count=st.integers(1, 40), more=st.integers(0, 40), seed=st.integers(0, 99))
def test_a_longer_phase_begins_with_the_same_points(choice: Chosen, count: int, more: int, seed: int) -> None:
    assert explored(EVERY, choice, count + more, seed)[:count] == explored(EVERY, choice, count, seed)


@pytest.mark.parametrize("count", [16, 48, 50, 100])
def test_every_choice_and_every_whole_number_gets_its_share(choice: Chosen, count: int) -> None:
    for seed in range(20):
        points = explored(EVERY, choice, count, seed)
        for key, kinds in (("form", 3), ("betas", 2), ("off", 3), ("depth", 9)):
            counts = Counter(point[key] for point in points)
            assert len(counts) == kinds
            assert max(abs(seen - count / kinds) for seen in counts.values()) <= 3


@pytest.mark.parametrize("count", [16, 33, 100])
def test_points_lie_more_evenly_than_random_ones(choice: Chosen, count: int) -> None:
    unit = made_up({str(number): Linear(0.0, 1.0) for number in range(5)})
    for seed in range(5):
        rows = [list(point.values()) for point in explored(unit, choice, count, seed)]
        random = np.random.default_rng(seed).random((count, 5))
        assert qmc.discrepancy(rows) < 0.8 * qmc.discrepancy(random)


def test_other_seeds_give_other_points(choice: Chosen) -> None:
    assert explored(EVERY, choice, 4, 0) != explored(EVERY, choice, 4, 1)


def test_arms_of_one_model_have_the_same_points(small_study: Study) -> None:
    looking = replace(small_study.search, scientific=("kernel=3,5",), nuisance=("train.rate", "dropout"))
    points = [
        explored(arm, choice_of(small_study.experiment, arm.model), 5, 0)
        for arm in arms(replace(small_study, search=looking))
    ]
    assert len(points) == 2
    assert points[0] == points[1]


def conditional() -> tuple[Arm, Chosen]:
    made = experiment({"dataset": "synthetic", "models": ("cnn1d",)})
    looking = Search(nuisance=("train.optimiser", "train.momentum", "train.eps", "train.rate"))
    return arms(Study(made, looking))[0], choice_of(made, "cnn1d")


def test_what_means_nothing_beside_the_others_is_left_out() -> None:
    arm, choice = conditional()
    points = explored(arm, choice, 32, 0)
    trials = [scored(arm, point, number, point["train.rate"]) for number, point in enumerate(points)]
    for point in (
        *points,
        *guided(arm, choice, trials, 8, "tpe", 0),
        *guided(arm, choice, trials, 2, "gp", 0),
    ):
        assert "train.rate" in point
        assert ("train.momentum" in point) == (point["train.optimiser"] == "sgd")
        assert ("train.eps" in point) == (point["train.optimiser"] != "sgd")


@pytest.mark.parametrize("sampler", ["tpe", "gp"])
def test_guided_points_go_where_the_score_was_high(choice: Chosen, sampler: str) -> None:
    count = 16 if sampler == "tpe" else 2
    points = guided(EVERY, choice, found(choice, 32), count, sampler, 0)
    near = [abs(math.log10(point["rate"] / 1e-3)) for point in points]
    assert np.median(near) < 0.8  # evenly over the space: 1.0
    assert all(
        position_of(space, point[key]) is not None for point in points for key, space in SPACES.items()
    )


def test_guided_points_follow_from_what_is_known_alone(choice: Chosen) -> None:
    trials = found(choice, 16)
    points = guided(EVERY, choice, trials, 4, "tpe", 0)
    assert points == guided(EVERY, choice, trials, 4, "tpe", 0)
    assert points != guided(EVERY, choice, trials, 4, "tpe", 1)
    assert len({tuple(point.items()) for point in points}) == 4
    # The next batch draws anew, even where nothing new was learned.
    assert points != guided(EVERY, choice, [*trials, trials[0]], 4, "tpe", 0)


def test_a_failed_trial_counts_as_the_worst(choice: Chosen) -> None:
    trials = found(choice, 16)
    bad = replace(trials[3], outcome=Outcome("failed", math.nan))
    worst = min(bowl(trial.point) for trial in trials if trial is not trials[3])
    same = replace(trials[3], outcome=Outcome("complete", worst))
    with_failed, with_worst = ([*trials[:3], one, *trials[4:]] for one in (bad, same))
    assert guided(EVERY, choice, with_failed, 4, "tpe", 0) == guided(EVERY, choice, with_worst, 4, "tpe", 0)


def test_optuna_is_as_loud_as_before(choice: Chosen) -> None:
    import optuna

    before = optuna.logging.get_verbosity()
    guided(EVERY, choice, found(choice, 4), 1, "tpe", 0)
    assert optuna.logging.get_verbosity() == before


@given(seed=st.integers(0, 999))
@settings(max_examples=20)
def test_optuna_holds_a_point_faithfully(choice: Chosen, seed: int) -> None:
    from optuna.distributions import distribution_to_json, json_to_distribution

    (point,) = explored(EVERY, choice, 1, seed)
    kept = held(EVERY, point)
    there_and_back = {}
    for key, form in kept["distributions"].items():
        again = json_to_distribution(distribution_to_json(form))
        there_and_back[key] = again.to_external_repr(form.to_internal_repr(kept["params"][key]))
    assert dict(unheld(EVERY, there_and_back)) == dict(point)


def test_a_space_becomes_optunas_distribution() -> None:
    said = {key: str(distribution(space)) for key, space in SPACES.items()}
    assert said == {
        "depth": "IntDistribution(high=9, log=False, low=1, step=1)",
        "width": "IntDistribution(high=300, log=True, low=8, step=1)",
        "dropout": "FloatDistribution(high=0.6, log=False, low=0.0, step=None)",
        "rate": "FloatDistribution(high=0.1, log=True, low=1e-05, step=None)",
        "form": "CategoricalDistribution(choices=('a', 'b', 'c'))",
        "betas": "CategoricalDistribution(choices=('[0.9, 0.999]', '[0.8, 0.99]'))",
        "off": "CategoricalDistribution(choices=(True, False, None))",
    }


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["tpe", "gp"])
def test_the_order_of_hashes_changes_nothing(sampler: str) -> None:
    code = (
        "from tests_points import conditional, scored; from kodo.tuning.search.points import *\n"
        "arm, choice = conditional()\n"
        "points = explored(arm, choice, 16, 0)\n"
        "trials = [scored(arm, point, n, point['train.rate']) for n, point in enumerate(points)]\n"
        f"print(guided(arm, choice, trials, 3, '{sampler}', 0))"
    ).replace("tests_points", "test_points")
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.path.dirname(__file__)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
