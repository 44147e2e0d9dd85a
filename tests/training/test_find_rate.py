"""The learning-rate finder: where a loss falls, and that nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from kodo.errors import KodoError
from kodo.models.model import MODELS
from kodo.training.find_rate import Sweep, find_rate, smoothed
from kodo.training.gradient import train
from kodo.training.trainer import silent
from tiny import divided, recipe


def swept(loss) -> Sweep:
    loss = np.asarray(loss, float)
    return Sweep(np.geomspace(1e-6, 1.0, len(loss)), loss, smoothed(loss), "fold 1", 10)


@pytest.fixture(scope="module")
def found(fixed):
    return find_rate(recipe(), fixed, divided(fixed))


def test_rates_grow_by_a_factor_and_the_loss_falls(found, fixed):
    assert found.rate[0] == pytest.approx(1e-7)
    assert np.diff(np.log(found.rate)) == pytest.approx(np.log(1e8) / 99)
    assert len(found.rate) == len(found.loss) == len(found.smoothed) <= 100
    assert found.smoothed.min() < 0.8 * found.smoothed[0]
    assert (found.split, found.windows) == ("by hand", len(divided(fixed).train))


def test_the_suggested_rate_learns(found, fixed):
    def loss(rate):
        return train(recipe(rate=rate, epochs=3), fixed, divided(fixed), silent).history.curves["train_loss"][
            -1
        ]

    assert 1e-4 < found.suggestion < 1
    assert loss(found.suggestion) < loss(found.suggestion / 1000)


def test_readings_of_a_known_curve():
    place = np.linspace(-6, 0, 121)
    sweep = swept(1 / (1 + np.exp(8 * (place + 3))) + np.maximum(place + 1, 0) * 3 + 0.5 - 0.01 * place)
    assert np.log10(sweep.steepest) == pytest.approx(-3, abs=0.1)
    assert np.log10(sweep.suggestion) == pytest.approx(np.log10(sweep.rate[sweep.smoothed.argmin()]) - 1)


def test_a_loss_that_only_rises_suggests_nothing():
    sweep = swept(np.linspace(1, 9, 40))
    assert sweep.suggestion is None
    assert sweep.steepest is None
    assert swept([1.0]).suggestion is None


def test_smoothing_leaves_a_line_a_line_and_lags_behind_nowhere():
    line = np.linspace(2, 1, 60)
    assert smoothed(line)[15:-15] == pytest.approx(line[15:-15])
    valley = np.abs(np.arange(81) - 40.0)
    assert smoothed(valley).argmin() == 40
    noise = np.random.default_rng(0).normal(size=400)
    assert smoothed(noise).std() < 0.5 * noise.std()


def test_the_same_seed_gives_the_same_sweep_and_no_fit_is_changed(found, fixed):
    division = divided(fixed)
    before = train(recipe(epochs=2), fixed, division, silent).log_probabilities(fixed, division.test)
    state = torch.random.get_rng_state()
    again = find_rate(recipe(), fixed, division)
    assert (again.loss == found.loss).all()
    assert torch.equal(torch.random.get_rng_state(), state)
    after = train(recipe(epochs=2), fixed, division, silent).log_probabilities(fixed, division.test)
    assert (after == before).all()


def test_only_training_people_are_looked_at(found, fixed):
    division = divided(fixed)
    others = np.isin(fixed.owner, fixed.subject[np.concatenate([division.validation, division.test])])
    signal = fixed.signal.copy()
    for first, after in fixed.bounds[others]:
        signal[first:after] = np.nan
    label = fixed.label.copy()
    label[division.test] = 0
    blind = find_rate(recipe(), replace(fixed, signal=signal, label=label), division)
    assert (blind.loss == found.loss).all()


def test_layers_keep_their_shares_of_the_rate(fixed):
    division = divided(fixed)
    slow = find_rate(
        recipe(rates=(("body", 1e-9), ("head", 1e-9), ("normalise", 1e-9))), fixed, division, steps=40
    )
    assert len(slow.rate) == 40
    assert slow.smoothed.max() < 1.5 * slow.smoothed.min()


def test_it_stops_where_the_loss_is_lost(fixed):
    told = []
    sweep = find_rate(
        recipe(optimiser="sgd", momentum=0.0), fixed, divided(fixed), highest=1e9,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert len(sweep.rate) < 100
    assert told == [(done, 100) for done in range(1, len(sweep.rate) + 1)]


def test_sequences_of_unequal_length_are_swept(sequences):
    sweep = find_rate(recipe(), sequences, divided(sequences), steps=20)
    assert np.isfinite(sweep.smoothed).all()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"steps": 1}, "at least 2 steps"),
        ({"lowest": 1.0, "highest": 0.1}, "from a lowest to a highest rate"),
        ({"lowest": 0.0}, "above 0"),
    ],
)
def test_what_is_no_sweep_is_refused(fixed, changed, says):
    with pytest.raises(KodoError, match=says):
        find_rate(recipe(), fixed, divided(fixed), **changed)


def test_what_cannot_be_swept_is_refused(fixed):
    division = divided(fixed)
    trees = replace(recipe(), model=MODELS.get("features"))
    with pytest.raises(KodoError, match="features has no learning rate: it is fitted by trees"):
        find_rate(trees, fixed, division)
    with pytest.raises(KodoError, match="a sweep needs at least 2 training windows; got 1"):
        find_rate(recipe(), fixed, replace(division, train=division.train[:1]))
    with pytest.raises(KodoError, match=r"train\.batch is at least 2"):
        find_rate(recipe(batch=1), fixed, division)
