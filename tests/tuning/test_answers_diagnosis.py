"""What made-up learning curves are called."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from kodo.tuning.answers.diagnosis import Kind, diagnosed

EPOCHS = np.arange(40)
FALL = np.exp(-EPOCHS / 5)
NOISE = np.random.default_rng(0).normal(0, 0.01, 40)
LEARNS = 0.1 + FALL
SPIKES = LEARNS + 0.6 * (EPOCHS == 20)
BLOWN = np.where(EPOCHS > 25, 1.0, LEARNS)
VALID = 0.3 + 0.8 * FALL + NOISE
RISING = 0.3 + 0.8 * FALL + 0.02 * np.maximum(EPOCHS - 12, 0) + NOISE
FROM_THE_START = 1.0 + 0.05 * EPOCHS
STILL_FALLING = 1.5 - 0.02 * EPOCHS
JUMPING = VALID + 0.9 * (EPOCHS == 30)


@pytest.mark.parametrize(
    ("train", "validation", "kinds"),
    [
        (LEARNS, VALID, ("settled",)),
        (LEARNS, (), ("settled",)),
        (LEARNS, RISING, ("overfitting",)),
        (LEARNS, FROM_THE_START, ("overfitting",)),
        (STILL_FALLING, STILL_FALLING, ("unfinished",)),
        (STILL_FALLING, (), ("unfinished",)),
        (SPIKES, VALID, ("unstable",)),
        (BLOWN, VALID, ("unstable",)),
        (LEARNS, JUMPING, ("unstable",)),
        (SPIKES, RISING, ("unstable", "overfitting")),
        (1.6 + NOISE / 2, VALID, ("dead",)),
        (LEARNS[:4], VALID[:4], ("short",)),
        ((), (), ("short",)),
    ],
)
def test_curves_have_names(
    train: Sequence[float], validation: Sequence[float], kinds: tuple[Kind, ...]
) -> None:
    found = diagnosed({"train_loss": train, "validation_loss": validation}, chance=0.2)
    assert found.kinds == kinds, found.says


def test_a_score_that_never_rises_above_chance_is_dead() -> None:
    curves = {"train_loss": LEARNS, "validation_loss": VALID, "validation_macro_f1": 0.19 + 0 * FALL}
    assert diagnosed(curves, chance=0.2).kinds == ("dead",)
    assert diagnosed(curves, chance=0.1).kinds == ("settled",)


def test_a_loss_that_is_no_number_is_unstable() -> None:
    broken = LEARNS.copy()
    broken[30] = np.nan
    assert "unstable" in diagnosed({"train_loss": broken, "validation_loss": VALID}, 0.2).kinds


def test_the_words_say_when_and_how_much() -> None:
    says = diagnosed({"train_loss": LEARNS, "validation_loss": RISING}, 0.2).says
    assert says.startswith("overfitting: from epoch 1")
    assert "while the training loss falls" in says
    assert diagnosed({"train_loss": LEARNS}, 0.2, kept=30).says.endswith("epoch 31 of 40 was kept")
