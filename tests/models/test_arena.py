from dataclasses import asdict

import pytest
import torch

from kodo.experiments.experiment import chosen, experiment
from kodo.models.arena import ARENA_PREPARE
from kodo.models.model import MODELS
from kodo.training.optimiser import optimiser, set_rate

NAMES = ("cnn_har", "tinyhar", "tinierhar")


def choice(name):
    (found,) = chosen(experiment({"dataset": "hapt", "models": [f"{name}:arena"]}))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_preset_carries_the_published_training(name):
    found = choice(name)
    assert found.parameters == MODELS.get(name).parameters()
    assert found.prepare == ARENA_PREPARE
    settings = asdict(found.settings)
    expected = {
        "epochs": 100,
        "batch": 64,
        "optimiser": "adamw",
        "rate": 1e-3,
        "weight_decay": 1e-4,
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "amsgrad": False,
        "rates": (),
        "class_weights": "balanced",
        "label_smoothing": 0.0,
        "clip": 0.0,
        "patience": 10,
        "monitor": "validation_f1_arena",
        "rule": "no_improvement",
    }
    assert {key: settings[key] for key in expected} == expected
    assert not any(settings["augment"].values())


def test_the_rate_is_that_of_torchs_cosine_moved_once_per_epoch():
    settings = choice("cnn_har").settings
    layer = torch.nn.Linear(2, 2)
    theirs = torch.optim.AdamW(layer.parameters(), lr=1e-3, weight_decay=1e-4)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(theirs, T_max=100)
    ours = optimiser(layer, settings)
    for epoch in range(100):
        wanted = theirs.param_groups[0]["lr"]
        for batch in (0, 57, 112):
            assert set_rate(ours, settings, epoch, batch, 113) == pytest.approx(wanted, rel=1e-9)
        theirs.step()
        cosine.step()
