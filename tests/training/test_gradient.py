"""The training loop: what it learns, what it never looks at, what it repeats, what it keeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score
from torch import nn

from kodo.errors import KodoError
from kodo.evaluation.score import macro_f1
from kodo.evaluation.split import Split
from kodo.training.gradient import train
from kodo.training.schedule import Schedule
from kodo.training.trainer import silent
from kodo.windows.augment import Augmentation
from tiny import divided, fixed_only, people, recipe

CONSTANT = Schedule(form="constant", warmup=0)
NOBODY = np.zeros(0, np.int64)


def said(windows, division, made, rows=None):
    return train(made, windows, division, silent).log_probabilities(
        windows, division.test if rows is None else rows
    )


def test_it_recognises_people_it_never_met(fixed):
    division = divided(fixed)
    predicted = said(fixed, division, recipe()).argmax(1)
    truth = fixed.label[division.test].astype(np.int64)
    assert macro_f1(truth, predicted, fixed.subject[division.test], 3, len(fixed.subjects)) > 0.9


def test_it_learns_a_few_windows_by_heart(fixed):
    few = Split("few", divided(fixed).train[::12], NOBODY, NOBODY)
    fitted = train(recipe(epochs=60, schedule=CONSTANT), fixed, few, silent)
    assert fitted.history.curves["train_loss"][-1] < 0.1
    assert (fitted.log_probabilities(fixed, few.train).argmax(1) == fixed.label[few.train]).all()


@pytest.mark.parametrize("augment", [Augmentation(), Augmentation(jitter=0.1)])
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(fixed, augment):
    division = divided(fixed)
    made = recipe(epochs=3, dropout=0.2, augment=augment)
    first = said(fixed, division, made)
    torch.randn(7)
    np.random.seed(3)
    assert (said(fixed, division, made) == first).all()
    assert (said(fixed, division, replace(made, seed=1)) != first).any()


def test_the_random_state_of_torch_is_left_alone(fixed):
    torch.manual_seed(5)
    expected = torch.randn(3)
    torch.manual_seed(5)
    train(recipe(epochs=1, dropout=0.5), fixed, divided(fixed), silent)
    assert torch.equal(torch.randn(3), expected)


@pytest.mark.parametrize("poison", [np.nan, 1e30])
def test_it_never_looks_at_test_people(fixed, poison):
    division = divided(fixed)
    tested = np.isin(fixed.owner, np.unique(fixed.subject[division.test]))
    signal = fixed.signal.copy()
    for first, after in fixed.bounds[tested]:
        signal[first:after] = poison
    poisoned = replace(fixed, signal=signal)
    made = recipe(epochs=3)
    before, after = (train(made, windows, division, silent) for windows in (fixed, poisoned))
    weights, others = (fitted.graph.state_dict() for fitted in (before, after))
    assert all(torch.equal(weights[name], others[name]) for name in weights)
    assert before.history.curves == after.history.curves


def test_the_best_epoch_is_kept(fixed):
    division = divided(fixed)
    made = recipe(epochs=8, rate=0.05, monitor="validation_loss", schedule=CONSTANT)
    history = (fitted := train(made, fixed, division, silent)).history
    losses = history.curves["validation_loss"]
    assert history.best == int(np.argmin(losses))
    chosen = fitted.log_probabilities(fixed, division.validation)
    truth = torch.from_numpy(fixed.label[division.validation].astype(np.int64))
    again = torch.nn.functional.nll_loss(torch.from_numpy(chosen), truth).item()
    assert again == pytest.approx(min(losses), rel=1e-5)
    shorter = replace(made.settings, epochs=history.best + 1)
    assert (said(fixed, division, replace(made, settings=shorter)) == said(fixed, division, made)).all()


def test_the_epoch_may_be_chosen_as_in_the_arena(fixed):
    """By all validation windows together over every declared class, one without windows counting 0."""
    division = divided(fixed)
    division = replace(division, validation=division.validation[fixed.label[division.validation] != 2])
    made = recipe(epochs=6, rate=0.002, monitor="validation_f1_arena", schedule=CONSTANT)
    history = (fitted := train(made, fixed, division, silent)).history
    scores = history.curves["validation_f1_arena"]
    assert history.best == int(np.argmax(scores))
    label = fixed.label[division.validation]
    predicted = fitted.log_probabilities(fixed, division.validation).argmax(axis=1)
    wanted = f1_score(label, predicted, labels=[0, 1, 2], average="macro", zero_division=0)
    assert scores[history.best] == pytest.approx(wanted)
    assert max(scores) <= 2 / 3


def test_following_the_arena_changes_no_weight_and_no_other_curve(fixed):
    division = divided(fixed)
    usual, arena = (
        train(recipe(epochs=3, rule="consecutive", monitor=monitor), fixed, division, silent).history.curves
        for monitor in ("validation_macro_f1", "validation_f1_arena")
    )
    assert set(arena) - set(usual) == {"validation_f1_arena"}
    assert {name: arena[name] for name in usual} == usual


def test_without_validation_people_the_last_epoch_is_kept(fixed):
    division = replace(divided(fixed), validation=NOBODY)
    history = train(recipe(epochs=3, patience=1), fixed, division, silent).history
    assert history.best == 2
    assert set(history.curves) == {"train_loss", "rate"}
    assert len(history.curves["train_loss"]) == 3


def test_it_stops_early_and_tells_its_progress(fixed):
    told = []
    made = recipe(epochs=50, patience=3, schedule=CONSTANT)
    history = train(made, fixed, divided(fixed), lambda done, total: told.append((done, total))).history
    ran = len(history.curves["train_loss"])
    assert ran == history.best + 4 < 50
    assert told == [(done, 50) for done in range(1, ran + 1)]


def test_the_rate_is_written_down(fixed):
    made = recipe(epochs=4, schedule=Schedule(every="epoch", warmup=0, floor=0.0))
    rates = train(made, fixed, divided(fixed), silent).history.curves["rate"]
    assert rates == pytest.approx([0.02, 0.02 * (2 + 2**0.5) / 4, 0.01, 0.02 * (2 - 2**0.5) / 4])


def test_a_layer_of_rate_zero_stays_as_it_was_built(fixed):
    made = recipe(epochs=2, rates=(("body", 0.0), ("head", 2.0)), weight_decay=0.0)
    network = train(made, fixed, divided(fixed), silent).graph.network
    torch.manual_seed(made.seed)
    built = made.model.build(fixed.channels, fixed.longest, fixed.rate, 3, made.parameters)
    assert torch.equal(network.body.weight, built.body.weight)
    assert not torch.equal(network.head.weight, built.head.weight)


def test_every_setting_of_the_loss_and_the_optimiser_counts(fixed):
    division = divided(fixed)
    uneven = replace(division, train=division.train[fixed.label[division.train] != 2])
    uneven = replace(uneven, train=np.concatenate([uneven.train, division.train[-5:]]))
    plain = said(fixed, uneven, recipe(epochs=2))
    for changed in (
        {"optimiser": "sgd"}, {"optimiser": "adam", "weight_decay": 0.1}, {"class_weights": "none"},
        {"label_smoothing": 0.1}, {"clip": 0.01}, {"betas": (0.5, 0.9)}, {"eps": 0.1}, {"batch": 8},
        {"augment": Augmentation(jitter=0.5)}, {"schedule": CONSTANT},
    ):  # fmt: skip
        assert (said(fixed, uneven, recipe(epochs=2, **changed)) != plain).any(), changed
    assert (said(fixed, uneven, recipe(epochs=2, optimiser="sgd", momentum=0.0)) != plain).any()


def test_a_last_batch_of_one_window_joins_its_neighbour(fixed):
    rows = divided(fixed).train[:17]
    fitted = train(recipe(epochs=1), fixed, Split("odd", rows, NOBODY, NOBODY), silent)
    assert np.isfinite(fitted.history.curves["train_loss"][0])


def test_bfloat16_learns_and_still_answers_in_float32(fixed):
    division = divided(fixed)
    made = replace(recipe(epochs=3), precision="bfloat16")
    fitted = train(made, fixed, division, silent)
    assert {p.dtype for p in fitted.graph.parameters()} == {torch.float32}
    assert (fitted.log_probabilities(fixed, division.test) != said(fixed, division, recipe(epochs=3))).any()


def test_an_activity_that_nobody_shows_in_training_is_named(fixed):
    division = divided(fixed)
    lacking = replace(division, train=division.train[fixed.label[division.train] != 1])
    history = train(recipe(epochs=1), fixed, lacking, silent).history
    assert len(history.notes) == 1
    assert "slow" in history.notes[0]


def test_a_fit_that_diverges_says_so(fixed):
    with pytest.raises(KodoError, match=r"tiny diverged at epoch 1: lower train.rate"):
        train(recipe(optimiser="sgd", rate=1e30), fixed, divided(fixed), silent)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"epochs": 0}, "train.epochs is at least 1; got 0"),
        ({"batch": 1}, "train.batch is at least 2; got 1"),
        ({"rate": 0.0}, "train.rate is above 0"),
        ({"rate": -1e-3}, "train.rate is above 0; got -0.001"),
        ({"rate": float("inf")}, "train.rate is a finite number; got inf"),
        ({"weight_decay": float("nan")}, "train.weight_decay is a finite number; got nan"),
        ({"clip": float("inf")}, "train.clip is a finite number; got inf"),
        ({"patience": -1}, "train.patience is at least 0"),
        ({"label_smoothing": 1.0}, "train.label_smoothing is at least 0 and below 1; got 1.0"),
        ({"momentum": 1.0}, "train.momentum is at least 0 and below 1; got 1.0"),
        ({"betas": (0.9, 1.0)}, r"train.betas lie from 0 to below 1; got \[0.9, 1.0\]"),
        ({"eps": -1e-8}, "train.eps is at least 0"),
        ({"schedule": Schedule(warmup=-1.0)}, "train.schedule.warmup is at least 0; got -1"),
        ({"schedule": Schedule(end=0.0)}, "train.schedule.end is above 0; got 0"),
        ({"schedule": Schedule(rise=1.5)}, "train.schedule.rise is at least 0 and at most 1; got 1.5"),
        ({"rates": (("haed", 0.1),)}, "'haed'.*'head'"),
    ],
)
def test_settings_out_of_range_are_refused(fixed, changed, sentence):
    with pytest.raises(KodoError, match=sentence):
        train(recipe(**changed), fixed, divided(fixed), silent)


def test_windows_that_the_model_cannot_take_are_refused(fixed, sequences):
    with pytest.raises(KodoError, match="cut windows of one length"):
        train(recipe(fixed_only()), sequences, divided(sequences), silent)
    padded = replace(fixed, length=np.where(np.arange(len(fixed)) == 0, 30, fixed.length).astype(np.int32))
    with pytest.raises(KodoError, match="--short drop"):
        train(recipe(fixed_only()), padded, divided(fixed), silent)
    with pytest.raises(KodoError, match=r"at least 100 samples \(5.00 s at 20 Hz\); the shortest has 40"):
        train(recipe(replace(fixed_only(), smallest=100)), fixed, divided(fixed), silent)
    one = Split("one", divided(fixed).train[:1], NOBODY, NOBODY)
    with pytest.raises(KodoError, match="at least 2 training windows"):
        train(recipe(), fixed, one, silent)


def test_a_gpu_that_is_too_small_is_a_sentence(fixed, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(nn.Conv1d, "forward", full)
    with pytest.raises(KodoError, match=r"train\.batch = 16"):
        train(recipe(), fixed, divided(fixed), silent)


def test_made_up_people_differ_by_seed():
    assert (people(seed=0).signal != people(seed=1).signal).any()


def test_a_training_is_given_up_where_it_falls_short_and_nowhere_else(fixed):
    division = divided(fixed)
    made = recipe(epochs=4, patience=0)
    whole = train(made, fixed, division, silent).history
    reached = tuple(np.maximum.accumulate(whole.curves["validation_macro_f1"]).tolist())
    same = train(replace(made, give_up=reached), fixed, division, silent).history
    assert (same.given_up, same.curves) == (False, whole.curves)
    wanted = (*reached[:2], reached[2] + 0.01)
    short = train(replace(made, give_up=wanted), fixed, division, silent).history
    assert short.given_up
    assert short.curves["train_loss"] == whole.curves["train_loss"][:3]
