"""The search spaces of the sources, to be searched again under the conditions of the final training.

`source-000` is the space of Nakagawa, HumanActivityRecognitionImplement-Transformer1, for `conv_transformer`.
Its article gives the ends of every row, says that values between them were discrete, 72,000 combinations in
all, and searched 1,000 of them for 10 epochs. The values between the ends are those of a later version of the
author's published code; with its six batch sizes they make just 72,000. There the width of a token was not
searched: here `dim` stays what the experiment says, and an embedding frees it, as the article wished.

`source-001` is that of Implement-Transformer3, for `conv_transformer` and `vit1d`. Its article names only
where the search concentrated and where accuracy was high; every other value is from the author's published
code, but for dropouts of 0.001, which the article names and that code does not search. The code draws the two
betas by themselves: their sixteen pairs are one setting here. What else the author trained with is in the
presets `playbook-best`: `--model vit1d:playbook-best --space source-001`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from kodo.errors import KodoError, near
from kodo.models.model import parsed
from kodo.tuning.hyperparameters import BATCH

Table = dict[str, tuple[Any, ...]]
"""Values by key."""

CONVOLUTIONS: Table = {
    "hidden_ch": (3, 5, 7, 8, 10, 15),
    "depth": (3, 5, 6, 8),
    "heads": (3, 5, 6, 8, 10),
    "mlp_dim": (256, 512, 1024, 2048),
}

FIRST: Table = CONVOLUTIONS | {
    "dropout": (0.01, 0.1, 0.25, 0.5, 0.8),
    "emb_dropout": (0.01, 0.1, 0.25, 0.5, 0.8),
    BATCH: (16, 32, 64, 128, 256, 512),
}
"""Of the article, whose two ends of every row are quoted."""

MEMORIES = (0.9, 0.95, 0.99, 0.999)

TRAINING: Table = {
    "train.rate": (1e-6, 1e-5, 1e-4, 1e-3),
    "train.betas": tuple(product(MEMORIES, MEMORIES)),
    "train.eps": (1e-9, 1e-8, 1e-7, 1e-6),
    "train.schedule.period": (50.0, 100.0, 150.0, 200.0),
    "train.schedule.floor": (0.0, 1e-8, 1e-7, 1e-6, 1e-5),
}
"""lr, betas, eps, T_max and eta_min."""

SPACES: dict[str, dict[str, Table]] = {
    "source-000": {"conv_transformer": FIRST},
    "source-001": {
        "conv_transformer": TRAINING
        | CONVOLUTIONS
        | {
            "dim": (64, 128, 256, 512, 1024),
            "dropout": (0.001, 0.01, 0.1, 0.25, 0.5, 0.8),
            "emb_dropout": (0.001, 0.01, 0.1, 0.25, 0.5, 0.8),
        },
        "vit1d": TRAINING
        | {
            "patch_size": (1, 2, 4, 5, 8, 16),
            "dim": (64, 128, 256, 512),
            "depth": (3, 6, 9, 12, 15),
            "heads": (5, 8, 10, 12, 16, 20, 24),
            "mlp_dim": (256, 512, 1024, 2048),
            "dropout": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
            "emb_dropout": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
        },
    },
}


def space(name: str, model: str, batch: bool = False) -> tuple[str, ...]:
    """What a source searched for a model, as a study takes its nuisances.

    Args:
        name: `source-000` or `source-001`.
        model: as the experiment calls it, with a preset or without.
        batch: with the batch size, where the source searched it; a study then wants `insist_batch`.

    Returns:
        texts such as "depth=3, 5, 6, 8".

    Raises:
        KodoError: no such space, or the source did not search for that model.
    """
    if name not in SPACES:
        raise KodoError(f"--space: there is no space '{name}'. {near(name, list(SPACES))}")
    tables = SPACES[name]
    plain = parsed(model)[0]
    if plain not in tables:
        raise KodoError(f"--space {name}: the source did not search for {plain}. {near(plain, list(tables))}")
    kept = {key: values for key, values in tables[plain].items() if batch or key != BATCH}
    return tuple(f"{key}={', '.join(map(_text, values))}" for key, values in kept.items())


def nuisances(name: str, models: Sequence[str], batch: bool = False) -> tuple[str, ...]:
    """What a source searched for several models, each text with the name of its model.

    Args:
        name: `source-000` or `source-001`.
        models: as the experiment calls them; those that the source did not search are left to their own.
        batch: as in `space`.

    Returns:
        texts such as "vit1d.depth=3, 6, 9".

    Raises:
        KodoError: no such space, or the source searched for none of the models.
    """
    known = [model for model in models if parsed(model)[0] in SPACES.get(name, {})]
    return tuple(f"{model}.{text}" for model in known or models[:1] for text in space(name, model, batch))


def _text(value: Any) -> str:
    """As TOML writes it."""
    return str(list(value)) if isinstance(value, tuple) else str(value)
