"""Patches: stretches of a window that a network takes in one piece."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import pad

from kodo.errors import KodoError


def patch_count(name: str, length: int, size: int) -> int:
    """How many patches a window gives, the last one filled with zeros where it must be.

    Args:
        name: of the model.
        length: of the window (samples).
        size: of a patch (samples).

    Raises:
        KodoError: a patch of no samples.
    """
    if size < 1:
        raise KodoError(f"{name}.patch_size is at least 1; got {size}.")
    return -(-length // size)


def patches(signal: Tensor, size: int) -> Tensor:
    """Cut windows into patches; where `size` does not divide the length, zeros fill the last one.

    Args:
        signal: (window, channel, time).
        size: of a patch (samples).

    Returns:
        (window, patch, channel x size), the samples of each channel side by side.
    """
    filled = pad(signal, (0, -signal.shape[-1] % size))
    return filled.reshape(*filled.shape[:2], -1, size).transpose(1, 2).flatten(2)
