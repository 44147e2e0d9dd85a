"""Scores: equal to scikit-learn's where it has them, and to their definitions where it has not."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, recall_score

from kodo.errors import KodoError
from kodo.evaluation import score as s

CLASSES, PEOPLE = 5, 7


@pytest.fixture(scope="module")
def predictions():
    """Labels, predictions and people; persons lack classes, one person has no window, class 4 is rare."""
    random = np.random.default_rng(0)
    subject = random.integers(0, PEOPLE - 1, 600)
    label = random.choice(CLASSES, 600, p=[0.4, 0.3, 0.2, 0.09, 0.01])
    label[(subject == 2) & (label == 1)] = 0
    predicted = np.where(random.random(600) < 0.6, label, random.integers(0, CLASSES, 600))
    return label, predicted, subject


def person_by_person(predictions, function):
    label, predicted, subject = predictions
    return [function(label[subject == p], predicted[subject == p]) for p in range(PEOPLE - 1)]


def sklearn_f1(label, predicted):
    return f1_score(label, predicted, labels=np.unique(label), average="macro", zero_division=0)


def sklearn_recall(label, predicted):
    return recall_score(label, predicted, labels=np.unique(label), average="macro")


@pytest.mark.parametrize(
    ("name", "mean", "reference"),
    [
        ("macro_f1", s.macro_f1, sklearn_f1),
        ("balanced_accuracy", s.balanced_accuracy, sklearn_recall),
        ("accuracy", s.accuracy, accuracy_score),
    ],
)
def test_scores_of_people_are_those_of_scikit_learn(predictions, name, mean, reference):
    expected = person_by_person(predictions, reference)
    found = s.per_person(name, *predictions, CLASSES, PEOPLE)
    np.testing.assert_allclose(found[:-1], expected, rtol=1e-12)
    assert np.isnan(found[-1])
    assert mean(*predictions, CLASSES, PEOPLE) == pytest.approx(np.mean(expected), rel=1e-12)


def test_pooled_and_fold_scores_are_those_of_scikit_learn(predictions):
    label, predicted, subject = predictions
    fold = subject % 3
    assert s.macro_f1_pooled(label, predicted, CLASSES + 1) == pytest.approx(sklearn_f1(label, predicted))
    present = [sklearn_f1(label[fold == f], predicted[fold == f]) for f in range(3)]
    assert s.f1_present(label, predicted, fold, CLASSES, 3) == pytest.approx(np.mean(present))
    declared = range(CLASSES + 1)
    arena = [
        f1_score(label[fold == f], predicted[fold == f], labels=declared, average="macro", zero_division=0)
        for f in range(3)
    ]
    assert s.f1_arena(label, predicted, fold, CLASSES + 1, 3) == pytest.approx(np.mean(arena))


def test_an_absent_class_counts_zero_in_the_arena_only():
    label = np.array([0, 0, 1, 1])
    fold = np.zeros(4, np.int64)
    assert s.f1_arena(label, label, fold, 4, 1) == 0.5
    assert s.f1_present(label, label, fold, 4, 1) == 1.0
    assert s.macro_f1(label, label, fold, 4, 1) == 1.0


def test_a_class_that_a_person_lacks_costs_only_where_it_is_predicted():
    label, predicted = np.array([0, 0, 0, 0]), np.array([0, 0, 0, 1])
    # F1 of class 0 = 2 * 3 / (2 * 3 + 0 + 1); class 1 is not in truth and no part of the mean
    assert s.macro_f1(label, predicted, np.zeros(4, np.int64), 2, 1) == pytest.approx(6 / 7)


def test_confusions_are_those_of_scikit_learn(predictions):
    label, predicted, subject = predictions
    found = s.confusions(label, predicted, subject, CLASSES, PEOPLE)
    for person in range(PEOPLE - 1):
        own = subject == person
        expected = confusion_matrix(label[own], predicted[own], labels=range(CLASSES))
        np.testing.assert_array_equal(found[person], expected)
    np.testing.assert_array_equal(s.confusion(label, predicted, CLASSES), found.sum(0))


def test_small_codes_do_not_overflow():
    label = np.full(10, 30, np.int8)
    subject = np.full(10, 90, np.int8)
    assert s.confusions(label, label, subject, 31, 91)[90, 30, 30] == 10


def test_majority_says_what_each_fold_learned_most_of():
    learned = np.array([[3, 5, 1], [4, 2, 4]])
    assert s.majority(learned, np.array([0, 1, 1, 0])).tolist() == [1, 0, 0, 1]


def test_no_scored_window_is_said():
    nothing = np.zeros(0, np.int64)
    with pytest.raises(KodoError, match="Nobody has a score macro_f1"):
        s.macro_f1(nothing, nothing, nothing, 3, 2)


def test_a_score_is_averaged_over_seeds_first_and_knows_the_worst_person():
    made = s.score("macro_f1", [np.array([0.5, np.nan, 0.9]), np.array([0.7, np.nan, 0.7])], ["a", "b", "c"])
    assert made.people == ("a", "c")
    np.testing.assert_allclose(made.values, [0.6, 0.8])
    assert made.mean == pytest.approx(0.7)
    assert made.worst == ("a", pytest.approx(0.6))
    np.testing.assert_allclose(s.score("accuracy", np.array([0.5, 1.0]), ["a", "b"]).values, [0.5, 1.0])


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("makro_f1", [0.5, 0.5], "no score 'makro_f1' of a person. Did you mean 'macro_f1'"),
        ("f1_arena", [0.5, 0.5], "no score 'f1_arena' of a person"),
        ("accuracy", [np.nan, np.nan], "Nobody has a score accuracy"),
        ("accuracy", [[0.5, np.nan], [0.5, 0.5]], "Person b was tested at some seeds only"),
        ("accuracy", [0.5], "got 1 for 2 people"),
    ],
)
def test_what_is_no_score_is_refused(name, values, says):
    with pytest.raises(KodoError, match=says):
        s.score(name, np.array(values), ["a", "b"])


def test_unknown_names_and_bad_codes_are_refused():
    code = np.array([0, 1])
    with pytest.raises(KodoError, match="There is no score 'f1'"):
        s.per_person("f1", code, code, code, 2, 2)
    with pytest.raises(KodoError, match="label codes from 0 to 1; got -1 to 1"):
        s.accuracy(np.array([-1, 1]), code, code, 2, 2)
    with pytest.raises(KodoError, match="predicted codes from 0 to 0; got 0 to 1"):
        s.macro_f1_pooled(np.array([0, 0]), code, 1)
    with pytest.raises(KodoError, match="got 2, 1 and 2"):
        s.accuracy(code, code[:1], code, 2, 2)


def test_every_score_has_a_meaning():
    assert set(s.PERSON_SCORES) < set(s.MEANINGS)
    assert all(callable(getattr(s, name)) for name in s.MEANINGS)
