"""The same layers along every channel: channels taken apart into images, and brought together again."""

from __future__ import annotations

from torch import Tensor


def apart(signal: Tensor) -> Tensor:
    """Each channel of each window as an image of one row, to be convolved along its width.

    The maps lie side by side in memory (torch's `channels_last`): convolution, pooling and normalisation are
    faster so, and every layer that follows keeps this order.

    Args:
        signal: (window, channel, time).

    Returns:
        (window x channel, map = 1, row = 1, time).
    """
    return signal.flatten(0, 1)[:, None, :, None].permute(0, 3, 1, 2)


def together(maps: Tensor, channels: int) -> Tensor:
    """All maps of all channels at one time.

    Args:
        maps: (window x channel, map, row = 1, time).
        channels: of each window.

    Returns:
        (window, time, map, channel).
    """
    image, filters, _, time = maps.shape
    return maps.reshape(image // channels, channels, filters, time).permute(0, 3, 2, 1)
