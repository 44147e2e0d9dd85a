"""Every number of every preset, from the text that it comes from."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from kodo.experiments.experiment import chosen, experiment
from kodo.models.model import MODELS, preset

ADAM = {"optimiser": "adam", "betas": (0.9, 0.999), "eps": 1e-8, "amsgrad": False, "weight_decay": 0.0}
PLAIN = {"rates": (), "class_weights": "none", "label_smoothing": 0.0, "clip": 0.0, "augment": {}}
TO_THE_END = {"patience": 0, "rule": "no_improvement", "monitor": "validation_macro_f1"}
FIVE_FALLS = {"patience": 5, "rule": "consecutive", "monitor": "validation_macro_f1"}
CONSTANT = {"form": "constant", "warmup": 0.0}
# Leslie Smith's cycle as fastai 1 and torch have it: from a 25th up, down to a 10,000th of that.
ONE_CYCLE = {"form": "one_cycle", "every": "batch", "rise": 0.3, "start": 25.0, "end": 1e4}

# config.json of the authors of the IMU Transformer, whose halves after epochs 3 and 6 end at a quarter.
IMU = PLAIN | TO_THE_END | ADAM | {
    "epochs": 8, "batch": 128, "rate": 1e-4, "weight_decay": 1e-4, "eps": 1e-10,
    "schedule": {"form": "cosine", "every": "epoch", "warmup": 0.0, "period": 0.0, "floor": 1e-4 / 4},
}  # fmt: skip

# Nakagawa, Implement-Transformer3: the last table, batches of 128, at most 500 epochs, five falls in a row.
PLAYBOOK = PLAIN | FIVE_FALLS | ADAM | {
    "epochs": 500, "batch": 128, "rate": 1e-5, "betas": (0.9, 0.999),
    "schedule": {"form": "cosine", "every": "epoch", "warmup": 0.0, "period": 50.0, "after": "repeat",
                 "floor": 1e-6},
}  # fmt: skip

TRAINING = {
    "conv_transformer:imu": IMU,
    "conv_transformer:patched": IMU,
    "conv_transformer:dim256": IMU,
    # Implement-Transformer1: batches of 64; epochs, rate and falls are of the author's later work.
    "conv_transformer:optuna-best": PLAIN | FIVE_FALLS | ADAM | {
        "epochs": 200, "batch": 64, "rate": 1e-4, "schedule": CONSTANT,
    },
    "conv_transformer:playbook-best": PLAYBOOK,
    "vit1d:playbook-best": PLAYBOOK | {
        "betas": (0.99, 0.99), "schedule": PLAYBOOK["schedule"] | {"floor": 0.0},
    },
    # The table of Kim et al. says batches of 8 and no more: the rest is every network's of ours.
    "conformer:kim": {"batch": 8, "epochs": 20, "optimiser": "adamw", "rate": 3e-3, "patience": 8},
    # Takayama, section 8: ten epochs in batches of 32, Adam at its usual rate, least validation loss.
    "simple_islr:source-002": PLAIN | TO_THE_END | ADAM | {
        "epochs": 10, "batch": 32, "rate": 1e-3, "schedule": CONSTANT, "monitor": "validation_loss",
    },
    # fit_one_cycle(15, slice(1e-4, 1e-2)) over three groups of layers, and what fastai 1 sets by itself.
    "resnet2d:source-004": PLAIN | TO_THE_END | ADAM | {
        "epochs": 15, "batch": 64, "optimiser": "adamw", "rate": 1e-2, "betas": (0.9, 0.99),
        "weight_decay": 1e-2, "schedule": ONE_CYCLE,
        "rates": (("conv1", 1e-2), ("bn1", 1e-2), ("layer1", 1e-2), ("layer2", 1e-2),
                  ("layer3", 1e-1), ("layer4", 1e-1)),
    },
    # Ours, as it was chosen on people of other datasets.
    "resnet1d": PLAIN | TO_THE_END | ADAM | {
        "epochs": 12, "batch": 128, "optimiser": "adamw", "rate": 4e-3, "weight_decay": 0.02,
        "schedule": ONE_CYCLE, "class_weights": "balanced", "augment": {"rotation": 45.0},
    },
}  # fmt: skip

SIZES = {
    "vgg:wide": {"width": 64, "hidden": 512, "dropout": 0.5},
    "mlp_mixer": {"depth": 6, "dim": 32, "patch_size": 32, "token_dim": 128, "channel_dim": 512},
    "mlp_mixer:best": {"depth": 2, "dim": 64, "patch_size": 32, "token_dim": 32, "channel_dim": 512},
    "mlp_patch:best": {"depth": 2, "dim": 64, "patch_size": 32, "token_dim": 32, "channel_dim": 512},
    "mlp": {"depth": 8},
    "simple_islr:source-002": {"hidden": 64, "pool": "padded"},
    "resnet2d:source-004": {"depth": 34, "pool": "mean_max", "hidden": 512, "dropout": 0.5, "freeze": "all"},
    "conv_transformer:imu": {
        "hidden_ch": 64, "dim": 64, "depth": 6, "heads": 8, "dim_head": 8, "mlp_dim": 128, "dropout": 0.1,
        "emb_dropout": 0.0, "patch_size": 1, "tokens": "samples",
    },
    "conv_transformer:patched": {"hidden_ch": 64, "dim": 64, "depth": 6, "heads": 8, "patch_size": 10},
    "conv_transformer:dim256": {
        "hidden_ch": 256, "dim": 256, "depth": 6, "heads": 8, "dim_head": 32, "mlp_dim": 128, "dropout": 0.1,
    },
    "conv_transformer:optuna-best": {
        "hidden_ch": 15, "dim": 15, "depth": 3, "heads": 3, "dim_head": 64, "mlp_dim": 1024,
        "dropout": 0.01, "emb_dropout": 0.01, "tokens": "samples",
    },
    "conv_transformer:playbook-best": {
        "hidden_ch": 8, "dim": 1024, "depth": 3, "heads": 6, "dim_head": 64, "mlp_dim": 256,
        "dropout": 0.001, "emb_dropout": 0.001, "tokens": "filters",
    },
    "vit1d:samples": {"patch_size": 1},
    "vit1d:playbook-best": {
        "patch_size": 8, "dim": 256, "depth": 6, "heads": 10, "dim_head": 64, "mlp_dim": 2048,
        "dropout": 0.2, "emb_dropout": 0.4, "patch_norm": True,
    },
    "conformer:kim": {
        "patch_size": 1, "dim": 256, "depth": 8, "heads": 16, "dim_head": 16, "expansion": 2, "kernel": 31,
        "dropout": 0.1,
    },
}  # fmt: skip


def choice(name):
    (found,) = chosen(experiment({"dataset": "hapt", "models": [name]}))
    return found


def only(found, wanted):
    """Of nested settings what is wanted; of those that are off when 0, what is not."""
    kept = {key: found[key] for key in wanted}
    if "schedule" in wanted:
        kept["schedule"] = {key: found["schedule"][key] for key in wanted["schedule"]}
    if "augment" in wanted:
        kept["augment"] = {key: value for key, value in found["augment"].items() if value}
    return kept


@pytest.mark.parametrize("name", TRAINING)
def test_the_preset_carries_the_training_of_its_source(name):
    assert only(asdict(choice(name).settings), TRAINING[name]) == TRAINING[name]


@pytest.mark.parametrize("name", SIZES)
def test_the_preset_has_the_sizes_of_its_source(name):
    assert only(asdict(choice(name).parameters), SIZES[name]) == SIZES[name]


def test_no_preset_is_left_out():
    """Those of the published benchmark stand in `test_arena.py`."""
    trained, sized = set(), set()
    for entry in map(MODELS.get, MODELS.names()):
        for variant in set(entry.presets) - {"arena"}:
            name = entry.name if variant == "default" else f"{entry.name}:{variant}"
            trained |= {name} if preset(entry, variant).train else set()
            sized |= {name} if preset(entry, variant).model else set()
    assert trained == set(TRAINING)
    assert sized <= set(SIZES)
