"""What several families of networks share: masks in front of every layer that mixes time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from kodo.errors import KodoError

if TYPE_CHECKING:
    from kodo.datasets.recording import Channel


def channel_count(channels: Sequence[Channel] | int) -> int:
    """How many channels there are, given as they are or as their number."""
    return channels if isinstance(channels, int) else len(channels)


def check_length(name: str, length: int, smallest: int) -> None:
    """Refuse windows that a model cannot take.

    Args:
        name: of the model.
        length: of the windows (samples).
        smallest: shortest length it takes (samples).

    Raises:
        KodoError: the windows are too short.
    """
    if length < smallest:
        raise KodoError(
            f"{name} needs windows of at least {smallest} samples; got {length}: take longer windows."
        )


def check_kernel(name: str, kernel: int) -> None:
    """Refuse convolutions that would shift the signal against its mask.

    Args:
        name: of the model.
        kernel: width of its convolutions (samples).

    Raises:
        KodoError: an even kernel.
    """
    if kernel % 2 == 0:
        raise KodoError(f"{name}.kernel is an odd number of samples; got {kernel}.")


def check_same_length(name: str, signal: Tensor, length: int) -> None:
    """Refuse windows of another length than a model was built for.

    Args:
        name: of the model.
        signal: (window, channel, time).
        length: that it was built for (samples).

    Raises:
        KodoError: the windows are longer or shorter.
    """
    if signal.shape[-1] != length:
        raise KodoError(f"{name} was built for windows of {length} samples; got {signal.shape[-1]}.")


def zero_padding(signal: Tensor, mask: Tensor | None) -> Tensor:
    """Set (window, channel, time) to zero where the mask (window, time) says that there is no sample."""
    return signal if mask is None else torch.where(mask[:, None], signal, 0.0)


def pool_pairs(signal: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """The larger one of every two neighbours in time; an odd one at the end is left out.

    By slices: torch's pooling layer freezes the length in an exported file.

    Args:
        signal: (window, channel, time).
        mask: (window, time); a pair counts as a sample only when both of it did.

    Returns:
        signal (window, channel, time // 2), zero where its mask says so, and this mask.
    """
    pooled = torch.maximum(signal[..., :-1:2], signal[..., 1::2])
    if mask is None:
        return pooled, None
    mask = mask[:, :-1:2] & mask[:, 1::2]
    return zero_padding(pooled, mask), mask


def mean_pool(signal: Tensor, mask: Tensor | None) -> Tensor:
    """Mean over the samples of (window, channel, time) -> (window, channel); zero where there is none."""
    if mask is None:
        return signal.mean(dim=-1)
    return zero_padding(signal, mask).sum(dim=-1) / mask.sum(dim=-1, keepdim=True).clamp(min=1)


class ConvBlock(nn.Module):
    """Convolution over time that keeps the length (or divides it), batch normalisation, ReLU if wanted.

    Padding is zero before and after, and takes no part in the statistics of the normalisation.

    Args:
        inputs: channels.
        outputs: channels.
        kernel: width in samples, odd (`check_kernel`).
        stride: samples per output.
        rectified: whether a ReLU follows.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, rectified: bool = True
    ) -> None:
        super().__init__()
        self.stride = stride
        self.rectified = rectified
        # No bias: the normalisation adds one.
        self.convolution = nn.Conv1d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
        self.normalise = nn.BatchNorm1d(outputs)

    def forward(self, signal: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """(window, channel, time) with zero padding -> the same, and its mask."""
        signal = self.convolution(signal)
        if mask is None:
            signal = self.normalise(signal)
            return torch.relu(signal) if self.rectified else signal, None
        mask = mask[:, :: self.stride]
        if self.training:
            samples = signal.transpose(1, 2)
            known = self.normalise(samples[mask])
            signal = torch.zeros_like(samples).masked_scatter(mask[..., None], known).transpose(1, 2)
        else:
            signal = self.normalise(signal)
        return zero_padding(torch.relu(signal) if self.rectified else signal, mask), mask
