"""How WHAR Arena trained its networks: shared by the models that are rebuilt from that benchmark."""

from __future__ import annotations

from kodo.models.model import Preset, Steps

ARENA = Preset(
    train={
        "epochs": 100,
        "batch": 64,
        "optimiser": "adamw",
        "rate": 1e-3,
        "weight_decay": 1e-4,
        "schedule": {"form": "cosine", "every": "epoch", "warmup": 0.0, "period": 100.0, "floor": 0.0},
        "class_weights": "balanced",
        "patience": 10,
        "monitor": "validation_f1_arena",
    },
    says="as trained in WHAR Arena v1 (arXiv 2606.13194)",
)
"""AdamW, a cosine over 100 epochs moved once per epoch, balanced classes, patience 10.

What chooses the epoch is macro-F1 of all validation windows together, over every declared class.
"""

ARENA_PREPARE: Steps = (
    ("missing", {"policy": "zero"}),
    ("standardise", {"decimals": 6}),
)
"""Mean and deviation of the training windows, kept to 6 digits after the point, as in the benchmark."""
