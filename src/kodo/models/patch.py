"""Patches: stretches of a window that a network takes in one piece."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import pad


def patch_count(length: int, size: int) -> int:
    """How many patches a window gives, the last one filled with zeros where it must be.

    Args:
        length: of the window (samples).
        size: of a patch (samples).
    """
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
