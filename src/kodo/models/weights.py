"""Trained weights from a file of the user's: read without running code, held against the network."""

from __future__ import annotations

import pickle
import struct
import warnings
from collections.abc import Collection, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from kodo.errors import KodoError
from kodo.extras import require

DAMAGED = (
    pickle.UnpicklingError, struct.error, RuntimeError, EOFError, AssertionError, AttributeError, LookupError,
    TypeError, ValueError,
)  # fmt: skip
"""What torch's reader raises on files with bytes changed at random: it checks little before it reads."""

NAMED = 3
"""Of the names that do not fit, so many are told of each kind."""


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a file, by name, on the processor.

    Args:
        path: a safetensors file, by its suffix; else what `torch.save(network.state_dict(), path)` wrote.

    Raises:
        KodoError: no such file, no such format, more than tensors in it, or safetensors is not installed.
    """
    try:
        if path.suffix == ".safetensors":
            return _safetensors(path)
        with warnings.catch_warnings():
            # torch warns of pickles of another version than its own; they are read or refused all the same.
            warnings.simplefilter("ignore", UserWarning)
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise KodoError(
            f"Could not read the weights {path}: {(error.strerror or str(error)).lower()}."
        ) from error
    except DAMAGED as error:
        raise KodoError(
            f"{path} holds no weights that can be read without running code: wanted a safetensors file, or "
            "what torch.save(network.state_dict(), path) writes."
        ) from error
    if not isinstance(content, Mapping) or not all(isinstance(v, Tensor) for v in content.values()):
        raise KodoError(f"{path} holds more than weights: wanted a state dict, a tensor for every name.")
    return dict(content)


def load_weights(
    name: str, network: nn.Module, weights: Mapping[str, Tensor], path: Path, fresh: Collection[str]
) -> None:
    """Put weights into a network.

    A file need not hold what counts batches in a normalisation: old ones do not.

    Args:
        name: of the model, for messages.
        network: whose parameters and statistics are replaced.
        weights: by name.
        path: they were read from, for messages.
        fresh: first parts of names that are left as they are, whether the file has them or not ("fc").

    Raises:
        KodoError: names that are missing or surplus, or tensors of another shape, in one sentence.
    """
    wanted = {key: value for key, value in network.state_dict().items() if _first(key) not in fresh}
    given = {key: value for key, value in weights.items() if _first(key) not in fresh}
    missing = [key for key in wanted if key not in given and not key.endswith("num_batches_tracked")]
    surplus = [key for key in given if key not in wanted]
    other = [
        f"{key} {tuple(value.shape)} in place of {tuple(wanted[key].shape)}"
        for key, value in given.items()
        if key in wanted and value.shape != wanted[key].shape
    ]
    faults = {"missing": missing, "surplus": surplus, "of another shape": other}
    if told := [f"{kind}: {_told(names)}" for kind, names in faults.items() if names]:
        raise KodoError(f"{path} does not fit {name}; {'; '.join(told)}.")
    network.load_state_dict(given, strict=False)


def _safetensors(path: Path) -> dict[str, Tensor]:
    found = require("safetensors.torch", "images")
    try:
        tensors: dict[str, Tensor] = found.load_file(path)
    except require("safetensors", "images").SafetensorError as error:
        raise KodoError(f"{path} is no whole safetensors file: {error}.") from error
    return tensors


def _first(name: str) -> str:
    return name.partition(".")[0]


def _told(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
