"""Batches: windows gathered where they are used, on the processor or on a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kodo.windows.cut import Windows


@dataclass(frozen=True, eq=False)
class Batch:
    """Windows as tensors.

    Args:
        signal: (window, channel, time) float32; zero past each window's length.
        mask: (window, time) bool, True where there is a sample; None when all windows are equally long.
        label: (window,) int64.
        weight: (window,) float32, of each window in the loss.
    """

    signal: Tensor
    mask: Tensor | None
    label: Tensor
    weight: Tensor


class Source:
    """The buffer of some windows on a device, from which batches are gathered in one indexing.

    Args:
        windows: what to gather from; on the processor its buffer is shared, not copied.
        device: "cpu" or "cuda".
    """

    def __init__(self, windows: Windows, device: str | torch.device = "cpu") -> None:
        self.signal = torch.from_numpy(windows.signal).to(device)
        self.start = torch.from_numpy(windows.start).to(device)
        self.length = torch.from_numpy(windows.length).to(device)
        self.label = torch.from_numpy(windows.label.astype(np.int64)).to(device)
        self.weight = torch.ones(len(windows), device=device)
        self.longest = windows.longest
        self.fixed = windows.cutting.seconds is not None
        self.whole = bool((windows.length == windows.longest).all())

    def take(self, rows: NDArray[np.int64] | Tensor) -> Batch:
        """Gather a batch.

        Args:
            rows: (window,) positions.

        Returns:
            windows of a fixed length in seconds are `longest` samples wide; sequences as wide as the
            longest of the batch.
        """
        index = torch.as_tensor(rows, device=self.start.device)
        if self.whole:
            return Batch(self._gather(index, self.longest), None, self.label[index], self.weight[index])
        length = self.length[index]
        width = self.longest if self.fixed or not len(index) else int(length.max())
        mask = torch.arange(width, device=length.device) < length[:, None]
        signal = self._gather(index, width)
        # where, not multiplication: what lies past the end may be NaN of the next recording.
        signal = torch.where(mask[:, None], signal, torch.zeros((), device=signal.device))
        equal = not self.fixed and bool((length == width).all())
        return Batch(signal, None if equal else mask, self.label[index], self.weight[index])

    def _gather(self, index: Tensor, width: int) -> Tensor:
        return self.signal.unfold(0, width, 1).index_select(0, self.start[index])


def batches(
    windows: Windows, rows: NDArray[np.int64], size: int, random: np.random.Generator | None = None
) -> Iterator[NDArray[np.int64]]:
    """Split rows into batches of neighbours in length, so that little is padding.

    Args:
        windows: whose lengths count.
        rows: (window,) positions to be split.
        size: windows per batch; the last one may be smaller.
        random: shuffles; None keeps the order (rows sorted by length when lengths differ).

    Yields:
        positions; each of `rows` exactly once.
    """
    order = rows if random is None else random.permutation(rows)
    length = windows.length[order]
    if len(order) == 0 or (length == length[0]).all():
        parts = [order[i : i + size] for i in range(0, len(order), size)]
    else:
        # Sorted inside pools of 16 batches: neighbours in length, yet other neighbours in every epoch.
        pool = size * 16 if random is not None else max(len(order), 1)
        pools = [order[i : i + pool] for i in range(0, len(order), pool)]
        pools = [p[np.argsort(windows.length[p], kind="stable")] for p in pools]
        parts = [p[i : i + size] for p in pools for i in range(0, len(p), size)]
    if random is not None:
        parts = [parts[i] for i in random.permutation(len(parts))]
    yield from parts
