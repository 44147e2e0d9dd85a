"""Training windows per second and milliseconds per window of every network, float32 and bfloat16.

    python benchmarks/models.py [cpu|cuda]

Medians of steps (forward, backward, optimiser) on windows as those of `hapt` (6 channels, 150 samples, 12
activities), 64 at a time on a processor, 1,024 on a GPU; "of peak" is the part of a large matrix product's
speed, measured in the same precision, that the step's products reach: near 100 % the arithmetic is the limit,
far below it memory and the number of small operations. On a processor one thread is used and its own time
counts, so that other work on the machine does not; bfloat16 is asked for on a GPU only.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from time import perf_counter, process_time

import torch
from torch import nn

from kodo.datasets.recording import sensor
from kodo.models.model import MODELS, parameters, preset
from kodo.training.cost import multiply_accumulates
from kodo.training.device import measure
from kodo.training.trainer import Exported

CHANNELS = (*sensor("acceleration", "waist", "g"), *sensor("rotation_rate", "waist", "rad/s"))
LENGTH, RATE, CLASSES = 150, 50.0, 12
BATCH = {"cpu": 64, "cuda": 1024}
RUNS = {"cpu": 5, "cuda": 30}
BESIDE = ("conv_transformer:imu", "conv_transformer:patched", "vit1d:samples", "cnn_har:arena", "vgg:wide")
"""Presets that stand beside the defaults."""


def network(name: str) -> nn.Module:
    """A network for windows as those of `hapt`.

    Args:
        name: of the model, with a preset or without.
    """
    base, _, variant = name.partition(":")
    entry = MODELS.get(base)
    settings = preset(entry, variant or "default").model if variant or entry.presets else {}
    made: nn.Module = entry.build(CHANNELS, LENGTH, RATE, CLASSES, parameters(entry, settings))
    return made


def median(device: str, work: Callable[[], None]) -> float:
    """Seconds of one piece of work: the processor's own, or the clock's where a GPU works.

    Args:
        device: "cpu" or "cuda".
        work: what is timed.
    """
    clock = process_time if device == "cpu" else perf_counter
    took = []
    for turn in range(RUNS[device] + 2):
        if device == "cuda":
            torch.cuda.synchronize()
        start = clock()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        if turn >= 2:  # the first ones also pay for what torch sets up
            took.append(clock() - start)
    return statistics.median(took)


def speeds(module: nn.Module, device: str, kind: torch.dtype) -> tuple[float, float]:
    """Training windows per second, and milliseconds per window of predicting.

    Args:
        module: the network, on the device.
        device: "cpu" or "cuda".
        kind: float32, or bfloat16 by autocast.
    """
    size = BATCH[device]
    signal = torch.randn(size, len(CHANNELS), LENGTH, device=device)
    label = torch.randint(CLASSES, (size,), device=device)
    optimiser = torch.optim.AdamW(module.parameters(), fused=True)

    def logits() -> torch.Tensor:
        with torch.autocast(device, torch.bfloat16, enabled=kind == torch.bfloat16):
            found: torch.Tensor = module(signal)
        return found

    def learn() -> None:
        optimiser.zero_grad()
        nn.functional.cross_entropy(logits().float(), label).backward()
        optimiser.step()

    @torch.inference_mode()
    def predict() -> None:
        logits()

    module.train()
    learning = median(device, learn)
    module.eval()
    return size / learning, 1000 * median(device, predict) / size


def line(name: str, device: str, peak: dict[torch.dtype, float]) -> str:
    """What is printed of one model.

    Args:
        name: of the model.
        device: "cpu" or "cuda".
        peak: operations per second of a large matrix product.
    """
    torch.manual_seed(0)
    module = network(name)
    macs = multiply_accumulates(Exported(graph=module.eval()), len(CHANNELS), LENGTH) or 0
    module.to(device)
    cells = [f"{sum(p.numel() for p in module.parameters()):12,}", f"{macs / 1e6:8.2f}"]
    for kind, most in peak.items():
        learned, asked = speeds(module, device, kind)
        # Backward is about two more products for each one forward.
        cells.append(f"{learned:12,.0f} {asked:9.3f} {100 * 6 * macs * learned / most:6.1f} %")
    return f"{name:26}" + " ".join(cells)


def main(device: str = "cpu") -> None:
    """Print a line per network."""
    torch.set_num_threads(1)
    measured = measure(device)
    kinds = (torch.float32,) if device == "cpu" else (torch.float32, torch.bfloat16)
    peak = {kind: 1e9 * measured[str(kind).removeprefix("torch.")] for kind in kinds}
    print(f"{measured['name']}, torch {measured['torch']}, {BATCH[device]} windows at a time")
    for kind, most in peak.items():
        print(f"a large matrix product in {str(kind).removeprefix('torch.')}: {most / 1e9:,.0f} GFLOP/s")
    head = "".join(f" {'windows/s':>12} {'ms/window':>9} {'of peak':>8}" for _ in kinds)
    print(f"{'':26}{'parameters':>12} {'Mio MACs':>8}{head}")
    names = [name for name in MODELS.names() if MODELS.get(name).trainer == "gradient"]
    for name in sorted([*names, *BESIDE]):
        print(line(name, device, peak), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
