"""Facts from time stamps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo.datasets.timing import timing


def test_even_stamps_give_their_rate_and_no_jitter() -> None:
    facts = timing(np.arange(100) / 32.0)
    assert facts == {"rate_found": "32", "jitter": "0", "longest_step": "0.03125"}


def test_jitter_is_the_median_distance_of_a_step_from_the_usual_one() -> None:
    steps = np.array([0.01, 0.02, 0.02, 0.02, 0.03, 0.018, 0.022])
    facts = timing(np.concatenate([[0.0], np.cumsum(steps)]))
    assert facts["rate_found"] == "50"
    assert facts["jitter"] == "0.1"
    assert facts["longest_step"] == "0.03"


def test_repeated_stamps_are_counted_and_leave_the_rate_alone() -> None:
    facts = timing(np.repeat(np.arange(10) / 10.0, 2))
    assert facts["repeated_stamps"] == "10"
    assert facts["rate_found"] == "10"


def test_a_single_sample_or_stamps_that_stand_still_say_nothing_of_steps() -> None:
    assert timing(np.zeros(1)) == {}
    assert timing(np.zeros(4)) == {"repeated_stamps": "3"}


def test_the_gap_before_is_kept() -> None:
    assert timing(np.zeros(1), 2.5) == {"gap_before": "2.5"}


@given(st.lists(st.integers(1, 10**10), min_size=1, max_size=40))
def test_the_middle_is_the_median(nanoseconds: list[int]) -> None:
    steps = np.array(nanoseconds) / 1e9
    median = np.median(steps)
    facts = timing(np.concatenate([[0.0], np.cumsum(nanoseconds) / 1e9]))
    assert float(facts["rate_found"]) == pytest.approx(1 / median, rel=1e-5)
    assert float(facts["jitter"]) == pytest.approx(np.median(np.abs(steps - median)) / median, rel=1e-2)
    assert float(facts["longest_step"]) == pytest.approx(steps.max(), rel=1e-5)
