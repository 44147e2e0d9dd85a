"""Training windows per second of CNN-HAR: the published 2-D form of torch's own layers, and ours.

    python benchmarks/cnn_har.py

Both take the same windows (6 channels, 150 samples, 64 at a time) through forward, loss, backward and AdamW
on one thread, in turns, so that whatever else the machine does meets both alike. Prints the median and the
fastest step of each, their ratio, and how far apart what they say and their gradients are.
"""

from __future__ import annotations

import statistics
from time import perf_counter

import torch
from torch import Tensor, nn

from kodo.models.cnn_har import CNNHARParameters, build

CHANNELS, LENGTH, CLASSES, BATCH = 6, 150, 12, 64
WARM, TURNS = 3, 25


class Published(nn.Module):
    """Images (window, 1, time, channel), kernels along time, torch's pooling and normalisation."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *self.stage(1, 50, (5, 1), nn.MaxPool2d((4, 1), (2, 1))),
            *self.stage(50, 40, (5, 1), nn.MaxPool2d((4, 1), (2, 1))),
            *self.stage(40, 20, (3, 1)),
            *self.stage(20, 400, (1, CHANNELS)),
        )
        self.last = nn.Conv2d(400, CLASSES, 1)

    @staticmethod
    def stage(inputs: int, outputs: int, kernel: tuple[int, int], *pool: nn.Module) -> tuple[nn.Module, ...]:
        """A convolution and what follows it."""
        norm = nn.LocalResponseNorm(5, alpha=1e-4 / 5, beta=0.75, k=1.0)
        return nn.Conv2d(inputs, outputs, kernel), nn.ReLU(), *pool, norm

    def forward(self, signal: Tensor) -> Tensor:
        """(window, channel, time) -> logits (window, class)."""
        maps = self.layers(signal.transpose(1, 2)[:, None])
        logits: Tensor = self.last(maps.amax(dim=(2, 3), keepdim=True)).flatten(1)
        return logits


def learn(network: nn.Module, signal: Tensor, target: Tensor) -> Tensor:
    """Forward and backward; what the network said."""
    network.zero_grad()
    logits: Tensor = network(signal)
    nn.functional.cross_entropy(logits, target).backward()
    return logits.detach()


def main() -> None:
    """Run both in turns and print a table."""
    torch.set_num_threads(1)
    networks: dict[str, nn.Module] = {}
    for name in ("published", "kodo"):
        torch.manual_seed(0)  # both draw their weights in the same order
        networks[name] = (
            Published() if name == "published" else build(CHANNELS, LENGTH, 50.0, CLASSES, CNNHARParameters())
        )
    signal, target = torch.randn(BATCH, CHANNELS, LENGTH), torch.arange(BATCH) % CLASSES
    said = [learn(network, signal, target) for network in networks.values()]
    pairs = zip(*(network.parameters() for network in networks.values()), strict=True)
    gradients = [(one.grad.flatten() - two.grad.flatten()).abs().max() for one, two in pairs]

    optimisers = {n: torch.optim.AdamW(m.parameters(), 1e-3, fused=True) for n, m in networks.items()}
    seconds: dict[str, list[float]] = {name: [] for name in networks}
    for turn in range(WARM + TURNS):
        for name, network in networks.items():
            start = perf_counter()
            learn(network, signal, target)
            optimisers[name].step()
            if turn >= WARM:
                seconds[name].append(perf_counter() - start)

    print(f"{CHANNELS} channels, {LENGTH} samples, {BATCH} at a time; {TURNS} turns, one thread")
    for name, taken in seconds.items():
        median, fastest = statistics.median(taken), min(taken)
        print(f"{name:<12}{BATCH / median:8.0f} windows/s   median {1e3 * median:7.1f} ms   ", end="")
        print(f"fastest {1e3 * fastest:7.1f} ms")
    ratios = [one / two for one, two in zip(seconds["published"], seconds["kodo"], strict=True)]
    medians = statistics.median(seconds["published"]) / statistics.median(seconds["kodo"])
    print(f"ratio of the medians {medians:.2f}, median of the ratios {statistics.median(ratios):.2f}")
    print(f"largest difference of a logit {(said[0] - said[1]).abs().max():.1e}, ", end="")
    print(f"of a gradient {max(gradients):.1e}")


if __name__ == "__main__":
    main()
