"""A fitted network: what it says of windows, and the one module that leaves the house."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kodo.training.trainer import Exported, History
from kodo.windows.batch import Source
from kodo.windows.cut import Windows
from kodo.windows.prepare import Prepared

BATCH = 256
"""Windows that are predicted at once."""


class Graph(nn.Module):
    """Batch steps and network as one module: from signals as measured to log-probabilities.

    Args:
        prepare: the batch steps, fitted.
        network: gives logits.
        masked: whether the network takes windows of every length.
    """

    def __init__(self, prepare: Prepared, network: nn.Module, masked: bool) -> None:
        super().__init__()
        self.prepare = prepare
        self.network = network
        self.masked = masked

    def logits(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, class) of a signal (window, channel, time) and its mask (window, time)."""
        mask = mask if self.masked else None
        logits: Tensor = self.network(self.prepare(signal, mask), mask)
        return logits

    def forward(self, signal: Tensor, mask: Tensor | None = None) -> Tensor:
        """(window, class) natural logarithms of the class probabilities."""
        return torch.log_softmax(self.logits(signal, mask), dim=1)


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """What the gradient trainer gives; see `kodo.training.trainer.Fitted`.

    Args:
        graph: batch steps and network, on the device of the fit.
        history: how the fit went.
        device: "cpu" or "cuda".
    """

    graph: Graph
    history: History
    device: str

    @property
    def learned_from(self) -> NDArray[np.int64] | None:
        """(window,) positions from which constants were taken before training; None where none were."""
        return self.graph.prepare.learned_from

    @property
    def parameter_count(self) -> int:
        """Learned numbers."""
        return sum(parameter.numel() for parameter in self.graph.network.parameters())

    @property
    def size(self) -> int:
        """Bytes of the weights and constants."""
        kept = [*self.graph.parameters(), *self.graph.buffers()]
        return sum(tensor.numel() * tensor.element_size() for tensor in kept)

    def log_probabilities(self, windows: Windows, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """(window, class) natural logarithms of the class probabilities, in the order of `rows`.

        Always in float32, whatever precision the fit had: this is what an exported file computes.
        """
        return log_probabilities(self.graph, Source(windows, self.device), windows, rows)

    def export(self) -> Exported:
        """The graph, copied to the processor, in evaluation mode."""
        return Exported(copy.deepcopy(self.graph).cpu().eval())


@torch.inference_mode()
def log_probabilities(
    graph: Graph, source: Source, windows: Windows, rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    """What a graph says of some windows; neighbours in length are predicted together.

    Args:
        graph: put into evaluation mode.
        source: of `windows`, on the device of the graph.
        windows: whose lengths count.
        rows: (window,) positions.

    Returns:
        (window, class) in the order of `rows`.
    """
    graph.eval()
    order = np.argsort(windows.length[rows], kind="stable")
    said = np.empty((len(rows), len(windows.activities)), np.float32)
    for first in range(0, len(rows), BATCH):
        part = order[first : first + BATCH]
        batch = source.take(rows[part])
        said[part] = graph(batch.signal, batch.mask).cpu().numpy()
    return said
