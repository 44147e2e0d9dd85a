"""Learning curves as power laws: known laws found again, and intervals that hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import curve_fit, least_squares

from kodo.evaluation.interval import jackknife_interval
from kodo.experiments.evidence.learning.power_law import EXPONENTS, PowerLaw, fitted, outlook

SIZES = np.array([1.0, 2, 4, 8, 16])


def made_up(
    random: np.random.Generator, people: int, law: PowerLaw, sizes: NDArray[np.float64] = SIZES
) -> NDArray[np.float64]:
    """(person, size) scores around a law: people differ in level and in what they gain, and by chance."""
    steep = 1 + 0.3 * random.normal(size=(people, 1))
    level = random.normal(0, 0.08, (people, 1))
    chance = random.normal(0, 0.04, (people, len(sizes)))
    return law.most - law.lack * steep * sizes**-law.exponent + level + chance


@pytest.mark.parametrize(("most", "lack", "which"), [(0.9, 0.4, 100), (1.0, 0.7, 60), (0.8, 0.1, 150)])
def test_a_known_law_is_found_again(most: float, lack: float, which: int) -> None:
    law = PowerLaw(most, lack, float(EXPONENTS[which]))
    found = fitted(SIZES, np.array([law.at(size) for size in SIZES]))
    assert found.exponent == law.exponent
    assert (found.most, found.lack) == pytest.approx((most, lack), abs=1e-9)
    assert found.at(26) == pytest.approx(law.at(26), abs=1e-9)


def test_it_agrees_with_a_general_least_squares() -> None:
    scores = made_up(np.random.default_rng(4), 20, PowerLaw(0.85, 0.4, 0.7)).mean(axis=0)
    wanted, _ = curve_fit(lambda n, a, b, c: a - b * n**-c, SIZES, scores, p0=(0.9, 0.4, 0.5))
    found = fitted(SIZES, scores)
    assert found.at(26) == pytest.approx(wanted[0] - wanted[1] * 26 ** -wanted[2], abs=2e-3)


def test_a_score_never_falls_with_more_people_nor_passes_one() -> None:
    falling = fitted(SIZES, np.array([0.9, 0.8, 0.7, 0.6, 0.5]))
    assert falling.lack == 0
    assert falling.at(100) == pytest.approx(0.7)
    rising = fitted(SIZES, np.array([0.2, 0.4, 0.6, 0.8, 1.0]))
    assert rising.most <= 1
    assert rising.at(1e9) <= 1


@pytest.mark.parametrize("seed", range(8))
def test_no_law_within_bounds_is_nearer(seed: int) -> None:
    scores = np.sort(np.random.default_rng(seed).uniform(0.5, 1.0, 5))
    scores[-1] = max(scores[-1], 0.97)
    found = fitted(SIZES, scores)

    def missed(law: NDArray[np.float64]) -> NDArray[np.float64]:
        return law[0] - law[1] * SIZES ** -law[2] - scores

    bounds = ([-np.inf, 0.0, EXPONENTS[0]], [1.0, np.inf, EXPONENTS[-1]])
    starts = [(0.9, 0.4, exponent) for exponent in (0.06, 0.3, 1.0, 1.9)]
    nearest = min(least_squares(missed, start, bounds=bounds).cost for start in starts)
    own = missed(np.array([found.most, found.lack, found.exponent]))
    assert found.most <= 1
    assert (own**2).sum() / 2 <= nearest + 2e-4


def test_the_intervals_are_jackknifes_of_the_prediction() -> None:
    scores = made_up(np.random.default_rng(0), 9, PowerLaw(0.9, 0.4, 0.6))
    seen = outlook(SIZES, scores)
    by_hand = jackknife_interval(lambda kept: fitted(SIZES, scores[kept].mean(axis=0)).at(26), 9)
    assert seen.score is not None
    assert seen.gain is not None
    assert seen.score.estimate == by_hand.estimate
    assert (seen.score.low, seen.score.high) == (by_hand.low, min(1.0, by_hand.high or 0))
    assert seen.gain.estimate == pytest.approx(by_hand.estimate - scores[:, -1].mean())
    assert seen.unknown == ""


def test_too_few_sizes_one_person_and_a_wide_interval_say_so() -> None:
    random = np.random.default_rng(1)
    few = outlook(SIZES[:3], made_up(random, 9, PowerLaw(0.9, 0.4, 0.6), SIZES[:3]))
    assert few.unknown == "3 sizes were measured, and a curve needs at least 4"
    assert few.score is few.gain is few.law is None
    alone = outlook(SIZES, made_up(random, 1, PowerLaw(0.9, 0.4, 0.6)))
    assert alone.unknown.startswith("it has no interval over 1 person")
    wild = outlook(SIZES, random.uniform(0, 1, (4, 5)))
    assert wild.unknown.startswith("the gain lies between ")


@pytest.mark.slow
@pytest.mark.parametrize("people", [8, 30])
def test_intervals_hold_the_truth_nearly_as_often_as_they_say(people: int) -> None:
    random, law = np.random.default_rng(people), PowerLaw(0.9, 0.4, 0.6)
    held = []
    for _ in range(300):
        seen = outlook(SIZES, made_up(random, people, law))
        assert seen.score is not None
        assert seen.gain is not None
        truths = (law.at(26), law.at(26) - law.at(16))
        held.append(
            [(i.low or 0) <= t <= (i.high or 0) for i, t in zip((seen.score, seen.gain), truths, strict=True)]
        )
    assert (np.mean(held, axis=0) > 0.90).all()
    assert (np.mean(held, axis=0) < 0.995).all()
