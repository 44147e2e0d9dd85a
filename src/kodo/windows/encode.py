"""Encodings: windows as pictures, one row per channel, time from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kodo.datasets.recording import Channel
from kodo.errors import KodoError
from kodo.space import setting
from kodo.windows.cut import Windows
from kodo.windows.moments import extremes

Range = Literal["train", "window"]

RESTING = 1e-6
"""A row that varies by less than this share of its largest value is constant but for rounding."""


@dataclass(frozen=True)
class GreySettings:
    """A picture in shades of grey."""

    over: Range = setting(
        "train", "black and white are the extremes of the training windows, or of each window by itself"
    )


class Grey(nn.Module):
    """A picture in shades of grey from 0 to 1, each row by the extremes of the training windows.

    What lies beyond them, as it may in people never met, is black or white.

    Args:
        order: positions of the channels, from the upper row to the lower one.
        low: (channel,) smallest value of the training windows.
        high: (channel,) largest value; a channel with `high == low` is black.

    Source: Foray into deep learning: transfer learning and fast.ai, Towards Data Science, 2020, "Data
    preparation" (https://towardsdatascience.com/ca0c44c03874); it does not say whether rows share a range.
    """

    scope: ClassVar[Literal["train", "window"]] = "train"
    order: Tensor
    low: Tensor
    span: Tensor

    def __init__(self, order: Sequence[int], low: NDArray[np.float32], high: NDArray[np.float32]) -> None:
        super().__init__()
        rows = torch.tensor(order)
        below, above = torch.from_numpy(low)[rows, None], torch.from_numpy(high)[rows, None]
        self.register_buffer("order", rows)
        self.register_buffer("low", below)
        # Nothing is above the largest value of a constant row, so its span only has to be a number.
        self.register_buffer("span", torch.where(above > below, above - below, torch.inf))

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) -> (window, row, time) from 0 to 1."""
        return ((signal.index_select(1, self.order) - self.low) / self.span).clamp(0.0, 1.0)


class GreyWindow(nn.Module):
    """A picture in shades of grey from 0 to 1, each row by its own extremes; a constant row is black.

    Args:
        order: positions of the channels, from the upper row to the lower one.
    """

    scope: ClassVar[Literal["train", "window"]] = "window"
    order: Tensor

    def __init__(self, order: Sequence[int]) -> None:
        super().__init__()
        self.register_buffer("order", torch.tensor(order))

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, channel, time) -> (window, row, time) from 0 to 1; padding is not looked at."""
        rows = signal.index_select(1, self.order)
        seen = rows if mask is None else torch.where(mask[:, None], rows, rows[..., :1])
        low, high = seen.amin(dim=-1, keepdim=True), seen.amax(dim=-1, keepdim=True)
        span = high - low
        varies = span > RESTING * torch.maximum(low.abs(), high.abs())
        return torch.where(varies, (seen - low) / torch.where(varies, span, 1.0), 0.0)


def rows_by_place(channels: Sequence[Channel]) -> list[int]:
    """Positions of the channels with those of one body part together, else in their order.

    Args:
        channels: as the windows hold them.
    """
    places = list(dict.fromkeys(channel.place for channel in channels))
    return sorted(range(len(channels)), key=lambda position: places.index(channels[position].place))


def grey(settings: GreySettings, windows: Windows, rows: NDArray[np.int64]) -> nn.Module:
    """The encoding in shades of grey.

    Args:
        settings: see `GreySettings`.
        windows: what the rows are positions of.
        rows: (window,) positions of the training windows.

    Raises:
        KodoError: `settings.over` is neither of the two words.
    """
    if settings.over not in get_args(Range):
        raise KodoError(f"grey.over is one of train | window; got '{settings.over}'.")
    order = rows_by_place(windows.channels)
    return GreyWindow(order) if settings.over == "window" else Grey(order, *extremes(windows, rows))
