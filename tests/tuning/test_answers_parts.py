"""Where a search went, what moves the score, edges and numbers of points: on trials written by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from kodo.space import Choices, Linear, Log
from kodo.tuning.answers.concentration import best_tenth, concentrations
from kodo.tuning.answers.division import divided, shown, spanned
from kodo.tuning.answers.edge import edges
from kodo.tuning.answers.effect import effects
from kodo.tuning.answers.enough import enough, expected_best
from kodo.tuning.answers.importance import importances, total_effects
from made_up_trials import DEPTH, FORM, RATE, SPACES, made_up_arm, made_up_trial, spread


def test_a_range_is_divided_evenly_and_choices_are_listed() -> None:
    rates = divided(Log(1e-5, 1e0))
    assert [rates.says(i, i) for i in range(5)] == [
        "1e-5 to 1e-4", "1e-4 to 1e-3", "1e-3 to 0.01", "0.01 to 0.1", "0.1 to 1",
    ]  # fmt: skip
    assert [rates.place(value) for value in (1e-5, 5e-4, 1.0, 2.0)] == [0, 1, 4, None]
    assert rates.says(1, 3) == "1e-4 to 0.1"
    names = divided(Choices(("a", "b")))
    assert [names.place("b"), names.place("c"), names.ordered] == [1, None, False]
    assert divided(Choices((2, 4))).ordered


@pytest.mark.parametrize("space", [Linear(1, 3), Linear(1, 8), Linear(0, 100), Log(1, 512), Log(2, 20)])
def test_every_whole_number_lies_in_one_part(space: Linear | Log) -> None:
    parts = divided(space)
    places = [parts.place(value) for value in range(int(space.low), int(space.high) + 1)]
    assert places == sorted(places)  # type: ignore[type-var]
    assert set(places) == set(range(len(parts)))
    for value, place in zip(range(int(space.low), int(space.high) + 1), places, strict=True):
        assert not parts.ends or parts.ends[place or 0][0] <= value <= parts.ends[place or 0][1]


def test_values_are_shown_as_people_write_them() -> None:
    assert [shown(v) for v in (1e-5, 0.2, 256, 0.0, (0.9, 0.999), True, "cosine", 2.5e-3, 12345.6)] == [
        "1e-5", "0.2", "256", "0", "(0.9, 0.999)", "True", "cosine", "2.5e-3", "12346",
    ]  # fmt: skip
    assert spanned(Log(1e-5, 1e-1)) == "1e-5 to 0.1, log"


def test_the_table_names_where_guided_points_went_and_where_scores_were_high() -> None:
    arm = made_up_arm()
    trials = spread(SPACES, 40, lambda at: 0.9 - abs(at[RATE] - 0.5))
    guided = [
        made_up_trial(40 + i, {RATE: 1e-3, DEPTH: 1 + i % 8, FORM: "cosine"}, 0.91, "exploit")
        for i in range(16)
    ]
    rate, depth, form = concentrations(arm, [*trials, *guided])
    (went,) = rate.searched
    assert (went.says, went.inside, went.points, went.share, went.chance) == (
        "4e-4 to 2.5e-3",
        16,
        16,
        1.0,
        False,
    )
    assert rate.best == 1e-3
    (high,) = rate.high
    assert high.says == "4e-4 to 2.5e-3"
    assert not high.chance
    assert [one.chance for one in depth.searched] == [True]
    assert [(one.says, one.chance) for one in form.searched] == [("cosine", False)]


def test_neighbours_that_stand_out_are_one_range() -> None:
    arm = made_up_arm({RATE: Log(1e-5, 1e0)})
    trials = [made_up_trial(i, {RATE: 10 ** (-5 + i % 5 + 0.5)}, 0.5) for i in range(50)]
    guided = [made_up_trial(50 + i, {RATE: 10 ** (-3.5 + i % 2)}, 0.5, "exploit") for i in range(24)]
    (found,) = concentrations(arm, [*trials, *guided])
    assert [(one.says, one.inside, one.rest) for one in found.searched] == [("1e-4 to 0.01", 24, 0.4)]


def test_with_few_points_nothing_is_said_of_them() -> None:
    arm = made_up_arm({DEPTH: Linear(1, 8)})
    trials = [made_up_trial(i, {DEPTH: 1 + i}, 0.1 * i) for i in range(6)]
    (found,) = concentrations(arm, [*trials, made_up_trial(6, {DEPTH: 8}, 0.7, "exploit")])
    assert found.searched == ()


def test_the_best_tenth_knows_complete_trials_only() -> None:
    trials = [made_up_trial(i, {}, 0.1 * i, state="pruned" if i == 9 else "complete") for i in range(10)]
    assert [trial.number for trial in best_tenth(trials)] == [8, 7, 6]
    many = [made_up_trial(i, {}, 0.01 * i) for i in range(50)]
    assert len(best_tenth(many)) == 5


def test_an_effect_is_the_mean_over_quasi_random_trials_with_its_interval() -> None:
    arm = made_up_arm({FORM: SPACES[FORM]})
    explored = [made_up_trial(i, {FORM: "constant"}, 0.4 + 0.01 * i) for i in range(5)]
    explored += [made_up_trial(5 + i, {FORM: "cosine"}, 0.8 + 0.01 * i) for i in range(5)]
    explored.append(made_up_trial(10, {FORM: "constant"}, 0.0, state="failed"))
    guided = [made_up_trial(11, {FORM: "cosine"}, 0.1, "exploit")]
    (found,) = effects(arm, [*explored, *guided])
    low, high = found.levels
    assert (low.mean, low.trials, low.failed, low.guided) == (pytest.approx(0.42), 5, 1, 0)
    assert (high.mean, high.trials, high.failed, high.guided) == (pytest.approx(0.82), 5, 0, 1)
    assert low.low is not None
    assert low.low < 0.42 < low.high
    assert found.ends == (high, low)
    near = [replace(trial, outcome=replace(trial.outcome, score=0.5 + 0.1 * (trial.number % 5)))
            for trial in explored[:10]]  # fmt: skip
    assert effects(arm, near)[0].ends is None


def test_an_effect_with_few_points_has_wide_parts() -> None:
    arm = made_up_arm({RATE: SPACES[RATE]})
    assert [len(effects(arm, spread({RATE: SPACES[RATE]}, n, lambda at: 0.5 + at[RATE] / 9))[0].levels)
            for n in (6, 24, 100)] == [2, 4, 8]  # fmt: skip


def test_total_effects_of_a_function_that_is_known() -> None:
    random = np.random.default_rng(0)
    first, second = random.random((2, 20_000, 3))
    tables = [first]
    for column in range(3):
        changed = first.copy()
        changed[:, column] = second[:, column]
        tables.append(changed)
    values = np.array([3 * table[:, 0] + table[:, 1] for table in tables])
    assert total_effects(values) == pytest.approx([0.9, 0.1, 0.0], abs=0.02)
    assert total_effects(np.zeros((3, 9))).tolist() == [0.0, 0.0]


def test_what_moves_the_score_is_ranked() -> None:
    arm = made_up_arm()
    found = importances(arm, spread(SPACES, 80, lambda at: 0.4 + 0.4 * at[RATE] + 0.12 * at[DEPTH]))
    assert [one.key for one in found.ranked] == [RATE, DEPTH, FORM]
    # Variances are as the squares of the slopes, 0.92 and 0.08; a forest leans to what it splits by first.
    assert found.ranked[0].share > 0.85
    assert 0.0 < found.ranked[1].share < 0.15
    assert found.ranked[2].share < 0.02
    assert found.explained > 0.7
    assert all(one.low <= one.share <= one.high for one in found.ranked)


def test_noise_has_no_importance() -> None:
    random = np.random.default_rng(3)
    found = importances(made_up_arm(), spread(SPACES, 60, lambda at: 0.5 + 0.1 * random.random()))
    assert found.ranked == ()
    assert importances(made_up_arm(), spread(SPACES, 5, lambda at: at[RATE])).ranked == ()


def test_what_means_something_in_part_of_the_space_only_is_ranked_too() -> None:
    spaces = {FORM: SPACES[FORM], "train.schedule.floor": Linear(0.0, 1.0)}
    when = {"train.schedule.floor": {FORM: ("cosine",)}}
    trials = []
    for trial in spread(spaces, 80, lambda at: 0.3 + 0.4 * (at[FORM] >= 0.5) * at["train.schedule.floor"]):
        point = dict(trial.point)
        if point[FORM] == "constant":
            del point["train.schedule.floor"]
        trials.append(replace(trial, point=point))
    found = {one.key: one.share for one in importances(made_up_arm(spaces, when), trials).ranked}
    # Var = 7/60 of 0.16 by hand: 0.1167 in all, of which 1/24 + 1/16 is the form's, 1/24 the floor's.
    assert found[FORM] == pytest.approx(0.80, abs=0.1)
    assert found["train.schedule.floor"] == pytest.approx(0.40, abs=0.1)


@pytest.mark.parametrize(
    ("space", "values", "side", "typed"),
    [
        (Log(1e-4, 1e-2), (1e-2, 9e-3, 8e-3), "high", "a=0.001..0.1"),
        (Log(1e-4, 1e-2), (1e-3, 1e-4, 1e-2), "", ""),
        (Log(1e-4, 1e-2), (1e-3, 1.1e-3, 9e-4), "", "a=0.00057..0.0017"),
        (Linear(0.0, 0.5), (0.01, 0.02, 0.03), "low", "a=0..0.26"),
        (Linear(1, 9), (9, 9, 9), "high", "a=5..13"),
        (Linear(1, 9), (1, 1, 1), "low", "a=1..5"),
        (Log(16, 256), (256, 256, 256), "high", "a=64..1024"),
        (Choices((64, 128, 256)), (256, 64, 64), "high", "a=128,256,512"),
        (Choices((3, 6, 9)), (3, 9, 9), "low", "a=2,3,6"),
        (Choices((0.0, 0.1, 0.2)), (0.0, 0.1, 0.1), "low", ""),
        (Choices((64, 128, 256)), (128, 64, 64), "", ""),
    ],
)
def test_a_best_value_near_an_edge_widens_the_next_range(
    space: Linear | Log | Choices, values: tuple[float, ...], side: str, typed: str
) -> None:
    trials = [made_up_trial(i, {"a": value}, 0.9 - 0.1 * i) for i, value in enumerate(values)]
    (found,) = edges(made_up_arm({"a": space}), trials)
    assert (found.value, found.side, found.next) == (values[0], side, typed)


def test_the_next_range_can_be_typed() -> None:
    from kodo.tuning.hyperparameters import _written

    trials = [made_up_trial(i, {RATE: 9e-2, DEPTH: 8}, 0.9) for i in range(3)]
    for edge in edges(made_up_arm(), trials):
        key, _, text = edge.next.partition("=")
        again = _written(text, key, SPACES[key])
        assert isinstance(again, type(SPACES[key]))
        assert again.high > SPACES[key].high  # type: ignore[union-attr]


def test_choices_without_an_order_have_no_edge() -> None:
    trials = [made_up_trial(0, {FORM: "cosine"}, 0.9)]
    assert edges(made_up_arm({FORM: SPACES[FORM]}), trials) == ()


def test_the_expected_best_is_the_mean_over_all_draws() -> None:
    scores = np.array([0.1, 0.3, 0.35, 0.6, 0.8])
    for points in range(1, 6):
        best = [max(drawn) for drawn in combinations(scores, points)]
        assert expected_best(scores, points) == pytest.approx(np.mean(best))


def test_more_points_help_while_doublings_still_bring_something() -> None:
    rising = enough([made_up_trial(i, {}, 0.02 * i) for i in range(32)])
    assert rising.points[0] == 1
    assert rising.points[-1] == 32
    assert rising.expected[-1] == pytest.approx(0.62)
    assert list(rising.expected) == sorted(rising.expected)
    assert all(a <= b + 1e-12 for a, b in zip(rising.low, rising.high, strict=True))
    assert rising.worth
    flat = enough([made_up_trial(i, {}, 0.8 if i % 2 else 0.2) for i in range(32)])
    assert not flat.worth
    assert enough([made_up_trial(i, {}, 0.1 * i) for i in range(6)]).doubling is None


def test_the_guided_phase_is_held_against_the_quasi_random_one() -> None:
    trials = [made_up_trial(i, {}, 0.5 + 0.01 * (i % 5)) for i in range(10)]
    trials += [made_up_trial(10, {}, 0.6, "exploit"), made_up_trial(11, {}, 0.9, "exploit", "pruned")]
    found = enough(trials)
    assert (found.guided, found.gain) == (2, pytest.approx(0.06))
    assert [count for count, _ in found.rises] == [1, 2, 3, 4, 5, 11]


def test_trials_that_failed_count_as_points() -> None:
    trials = [made_up_trial(i, {}, 0.5, state="failed") for i in range(4)]
    trials += [made_up_trial(4 + i, {}, 0.5 + 0.1 * i) for i in range(4)]
    assert enough(trials).points[-1] == 8
    assert enough(trials[:4]).points == ()
