"""Training speed of `conv_transformer` against the same network on torch's own Transformer encoder.

    python benchmarks/conv_transformer.py

Prints windows per second of one CPU thread, medians of alternating steps (forward, backward, optimiser) on
batches of 64 windows with 6 channels: `imu` on `torch.nn.TransformerEncoder` at its default dropout (0.1, on
the attention weights too); our `imu`; our `patched`. Time is the processor's, so that other work on the
machine does not count.
"""

from __future__ import annotations

import statistics
from time import process_time

import torch
from torch import Tensor, nn

from kodo.models.conv_transformer import CONV_TRANSFORMER, ConvTransformer
from kodo.models.model import parameters, preset

RUNS = 5
BATCH = 64
CHANNELS = 6
CLASSES = 12


def ours(name: str, length: int) -> ConvTransformer:
    """A preset of `conv_transformer`.

    Args:
        name: of the preset.
        length: of the windows (samples).
    """
    chosen = parameters(CONV_TRANSFORMER, preset(CONV_TRANSFORMER, name).model)
    return ConvTransformer(CHANNELS, length, CLASSES, chosen)


class OnTorch(nn.Module):
    """`imu` with torch's encoder in place of ours.

    Args:
        length: of the windows (samples).
    """

    def __init__(self, length: int) -> None:
        super().__init__()
        network, size = ours("imu", length), CONV_TRANSFORMER.presets["imu"].model
        self.stem, self.head = network.stem, network.head
        self.first, self.position = network.encoder.first, network.encoder.position
        block = nn.TransformerEncoderLayer(
            size["dim"], size["heads"], size["mlp_dim"], activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(
            block, size["depth"], nn.LayerNorm(size["dim"]), enable_nested_tensor=False
        )

    def forward(self, signal: Tensor) -> Tensor:
        """(window, channel, time) -> logits (window, class)."""
        tokens = self.stem(signal.transpose(1, 2))
        tokens = torch.cat([self.first.expand(len(tokens), -1, -1), tokens], dim=1) + self.position
        logits: Tensor = self.head(self.encoder(tokens)[:, 0])
        return logits


def seconds(network: nn.Module, optimiser: torch.optim.Optimizer, signal: Tensor, label: Tensor) -> float:
    """Processor time of one training step.

    Args:
        network: in training mode.
        optimiser: of its parameters.
        signal: (window, channel, time).
        label: (window,).
    """
    start = process_time()
    optimiser.zero_grad()
    nn.functional.cross_entropy(network(signal), label).backward()
    optimiser.step()
    return process_time() - start


def main() -> None:
    """Run all and print a table."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"{'windows per second of training':<34}{'samples':>8}{'windows/s':>11}{'ratio':>8}")
    for length in (150, 256):
        signal, label = torch.randn(BATCH, CHANNELS, length), torch.randint(CLASSES, (BATCH,))
        networks = {
            "imu on nn.TransformerEncoder": OnTorch(length),
            "imu": ours("imu", length),
            "patched": ours("patched", length),
        }
        optimisers = {name: torch.optim.Adam(n.parameters(), fused=True) for name, n in networks.items()}
        taken: dict[str, list[float]] = {name: [] for name in networks}
        for run in range(1 + RUNS):
            for name, network in networks.items():
                spent = seconds(network, optimisers[name], signal, label)
                if run:  # the first one allocates
                    taken[name].append(spent)
        base, *_ = (statistics.median(spent) for spent in taken.values())
        for name, spent in taken.items():
            middle = statistics.median(spent)
            print(f"{name:<34}{length:>8}{BATCH / middle:>11.1f}{base / middle:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
