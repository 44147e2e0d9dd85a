"""When training stops, and which epoch is kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kodo.training.stopping import best, higher, short, stop


def test_best_is_the_earliest_of_equals():
    assert best([0.1, 0.9, 0.9, 0.3]) == 1
    assert best([]) == -1


def test_a_loss_is_better_when_it_is_lower():
    assert best(higher("validation_loss", [3.0, 1.0, 2.0])) == 1
    assert best(higher("validation_macro_f1", [3.0, 1.0, 2.0])) == 0
    assert best(higher("validation_f1_arena", [3.0, 1.0, 2.0])) == 0


def test_no_improvement_counts_epochs_since_the_best():
    assert not stop([0.5, 0.4, 0.4], 3)
    assert stop([0.5, 0.4, 0.4, 0.45], 3)
    assert stop([0.5, 0.5, 0.5, 0.5], 3), "an equal score is no improvement"
    assert not stop([0.5, 0.4, 0.4, 0.51], 3)


def test_consecutive_counts_falls_in_a_row():
    falling = [0.9, 0.8, 0.7, 0.6]
    assert not stop(falling, 4, "consecutive")
    assert stop([*falling, 0.5], 4, "consecutive")
    assert not stop([0.9, 0.8, 0.7, 0.7, 0.5], 4, "consecutive"), "a standstill is no fall"
    assert not stop([0.9, 0.1, 0.2, 0.1, 0.2, 0.1], 2, "consecutive"), "a random walk goes on"
    assert stop([0.1, 0.2, 0.9, 0.8, 0.7], 2, "consecutive")


def test_patience_zero_never_stops():
    assert not stop([1.0, 0.5, 0.4, 0.3], 0)
    assert not stop([1.0, 0.5, 0.4, 0.3], 0, "consecutive")


scores = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), max_size=20)


@given(scores, st.integers(1, 6))
def test_falls_in_a_row_are_no_improvement_either(values, patience):
    if stop(values, patience, "consecutive"):
        assert stop(values, patience, "no_improvement")
    if stop(values, patience):
        assert max(values[-patience:]) <= max(values[:-patience])


@given(scores.filter(bool))
def test_nothing_before_the_best_is_as_good(values):
    chosen = best(values)
    assert values[chosen] == max(values)
    assert all(value < values[chosen] for value in values[:chosen])


def test_a_training_falls_short_by_its_best_epoch_so_far():
    assert not short([], [0.5])
    assert not short([0.5], [0.5])
    assert short([0.4], [0.5])
    assert not short([0.6, 0.1], [0.5, 0.6])
    assert short([0.5, 0.4], [0.5, 0.6])
    assert not short([0.1, 0.1, 0.1], [0.0, 0.0])  # nothing is wanted of the third epoch
