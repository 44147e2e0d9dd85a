"""The contract of every trainer in the registry, each with the first model that names it."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from kodo.models.model import MODELS
from kodo.training.trainer import TRAINERS, Recipe
from kodo.windows.cut import slide
from tiny import STEPS, divided

SMALL = {"epochs": 2, "trees": 20}
"""Settings and parameters that keep the tests short, wherever a dataclass has them."""


def shortened(kind):
    known = {f.name for f in fields(kind)}
    return kind(**{name: value for name, value in SMALL.items() if name in known})


def recipe_for(name: str, seed: int = 0) -> Recipe:
    model = next(model for model in map(MODELS.get, MODELS.names()) if model.trainer == name)
    settings = shortened(TRAINERS.get(name).settings)
    return Recipe(model, shortened(model.parameters), model.prepare or STEPS, settings, seed)


@pytest.fixture(params=TRAINERS.names())
def trainer(request):
    return TRAINERS.get(request.param)


@pytest.fixture
def told():
    return []


@pytest.fixture
def fitted(trainer, fixed, told):
    def note(done, total):
        told.append((done, total))

    return trainer.train(recipe_for(trainer.name), fixed, divided(fixed), note)


def test_it_says_log_probabilities_of_people_it_never_met(fitted, fixed):
    rows = divided(fixed).test
    said = fitted.log_probabilities(fixed, rows)
    assert said.dtype == np.float32
    assert said.shape == (len(rows), len(fixed.activities))
    assert np.isfinite(said).all()
    assert np.exp(said).sum(axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-5)


def test_what_it_says_follows_the_order_of_the_rows(fitted, fixed):
    rows = divided(fixed).test
    mixed = np.random.default_rng(0).permutation(len(rows))
    said = fitted.log_probabilities(fixed, rows)
    assert fitted.log_probabilities(fixed, rows[mixed]) == pytest.approx(said[mixed], abs=1e-5)
    assert fitted.log_probabilities(fixed, rows[:0]).shape == (0, len(fixed.activities))


def test_it_says_something_of_every_step_of_whole_recordings(fitted, fixed):
    everywhere = slide(fixed)
    said = fitted.log_probabilities(everywhere, np.arange(len(everywhere)))
    assert said.shape == (len(everywhere), len(fixed.activities))
    assert np.isfinite(said).all()


def test_it_leaves_a_history_and_its_size(fitted, told):
    assert fitted.parameter_count > 0
    assert fitted.size > 0
    assert fitted.history.seconds > 0
    lengths = {len(curve) for curve in fitted.history.curves.values()}
    assert lengths in (set(), {told[-1][0]})
    assert fitted.history.best in range(max(lengths, default=0)) or fitted.history.best == -1
    assert told[-1][0] == told[-1][1]


def test_what_is_exported_says_the_same(fitted, fixed):
    rows = divided(fixed).test
    parts = fitted.export()
    assert not any(module.training for module in parts.graph.modules())
    with torch.no_grad():
        given = parts.graph(fixed.take(rows).signal).numpy()
    if parts.estimator is not None:
        probability = np.zeros((len(rows), len(fixed.activities)))
        probability[:, parts.estimator.classes_] = parts.estimator.predict_proba(given)
        given = np.log(np.maximum(probability, 1e-6))
    assert given == pytest.approx(fitted.log_probabilities(fixed, rows), abs=1e-5)


def test_the_same_seed_gives_the_same_bits(trainer, fitted, fixed):
    division = divided(fixed)
    again = trainer.train(recipe_for(trainer.name), fixed, division, lambda done, total: None)
    other = trainer.train(recipe_for(trainer.name, seed=1), fixed, division, lambda done, total: None)
    said = fitted.log_probabilities(fixed, division.test)
    assert (again.log_probabilities(fixed, division.test) == said).all()
    assert (other.log_probabilities(fixed, division.test) != said).any()


def test_it_never_looks_at_test_people(trainer, fitted, fixed):
    division = divided(fixed)
    tested = np.isin(fixed.owner, np.unique(fixed.subject[division.test]))
    signal = fixed.signal.copy()
    for first, after in fixed.bounds[tested]:
        signal[first:after] = np.nan
    poisoned = replace(fixed, signal=signal)
    blind = trainer.train(recipe_for(trainer.name), poisoned, division, lambda done, total: None)
    rows = division.validation
    assert (blind.log_probabilities(fixed, rows) == fitted.log_probabilities(fixed, rows)).all()


def test_every_setting_says_what_it_means(trainer):
    assert all(f.metadata.get("says") for f in fields(trainer.settings))
