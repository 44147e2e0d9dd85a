"""The forest on features: what it leaves out, what it says of activities it never saw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kodo.errors import KodoError
from kodo.evaluation.score import macro_f1
from kodo.models.features import FEATURES, FeaturesParameters
from kodo.training.trainer import Recipe, silent
from kodo.training.trees import FLOOR, TREES, TreesSettings, train
from tiny import divided

ZERO = (("missing", {"policy": "zero"}),)


def recipe(seed: int = 0, **parameters) -> Recipe:
    return Recipe(FEATURES, FeaturesParameters(**{"trees": 20} | parameters), ZERO, TreesSettings(), seed)


def with_channel(windows, value):
    """The same windows with their last channel replaced."""
    signal = windows.signal.copy()
    signal[:, -1] = value
    return replace(windows, signal=signal)


def test_it_recognises_people_it_never_met(fixed):
    rows = divided(fixed).test
    predicted = train(recipe(), fixed, divided(fixed), silent).log_probabilities(fixed, rows).argmax(1)
    truth = fixed.label[rows].astype(np.int64)
    assert macro_f1(truth, predicted, fixed.subject[rows], 3, len(fixed.subjects)) > 0.9


def test_features_of_a_constant_channel_are_left_out_and_named(fixed):
    usual = train(recipe(), fixed, divided(fixed), silent)
    fitted = train(recipe(), with_channel(fixed, 0.25), divided(fixed), silent)
    assert usual.history.notes == ()
    assert len(fitted.graph.kept) < len(usual.graph.kept)
    assert len(fitted.history.notes) == 1
    assert "wrist_rotation_rate_z: mean" in fitted.history.notes[0]
    kept = [fitted.graph.features.names[position] for position in fitted.graph.kept]
    assert not any(name.startswith("wrist_rotation_rate_z") for name in kept)


def test_what_was_left_out_no_longer_counts(fixed):
    fitted = train(recipe(), with_channel(fixed, 0.25), divided(fixed), silent)
    single = [name.startswith("wrist_rotation_rate_z") for name in fitted.graph.features.names]
    assert not set(np.flatnonzero(single)) & set(fitted.graph.kept.tolist())
    assert fitted.forest.n_features_in_ == len(fitted.graph.kept)


def test_nothing_that_varies_is_refused(fixed):
    still = replace(fixed, signal=np.ones_like(fixed.signal))
    with pytest.raises(KodoError, match=r"no feature of features varies"):
        train(recipe(), still, divided(fixed), silent)


@pytest.mark.parametrize("constant", [-1.0, 1.0])
def test_a_share_that_is_none_is_refused(constant: float) -> None:
    with pytest.raises(KodoError, match=rf"^train\.constant is at least 0 and below 1; got {constant}\.$"):
        TREES.check(TreesSettings(constant=constant))


def test_an_activity_without_training_windows_gets_the_floor(fixed):
    division = divided(fixed)
    lacking = replace(division, train=division.train[fixed.label[division.train] != 1])
    fitted = train(recipe(), fixed, lacking, silent)
    said = fitted.log_probabilities(fixed, division.test)
    assert (said[:, 1] == np.log(np.float32(FLOOR))).all()
    assert "slow" in fitted.history.notes[0]


def test_the_forest_is_the_models(fixed):
    division = divided(fixed)
    fitted = train(recipe(trees=7, leaf=5, class_weights="none"), fixed, division, silent)
    assert len(fitted.forest.estimators_) == 7
    assert fitted.forest.min_samples_leaf == 5
    assert fitted.forest.class_weight is None
    assert fitted.parameter_count == sum(tree.tree_.node_count for tree in fitted.forest.estimators_)


def test_sequences_are_refused(sequences):
    with pytest.raises(KodoError, match="features takes windows of one length"):
        train(recipe(), sequences, divided(sequences), silent)
