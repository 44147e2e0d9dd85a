"""Where a fit runs: device, threads, precision, what `kodo doctor` measures, and what a record says of it."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from kodo.errors import KodoError

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "float32", "bfloat16")
GAIN = 1.2
"""How many times faster bfloat16 must have been measured before "auto" takes it."""


def device(requested: str) -> str:
    """The device a fit will use.

    Args:
        requested: "auto" (a GPU where there is one), "cpu" or "cuda".

    Raises:
        KodoError: an unknown word, or cuda where torch sees no GPU.
    """
    if requested not in DEVICES:
        raise KodoError(f"device is one of {' | '.join(DEVICES)}; got '{requested}'.")
    present = torch.cuda.is_available()
    if requested == "cuda" and not present:
        raise KodoError("device = cuda was asked for, but torch sees no GPU here: take --device cpu.")
    return "cuda" if present and requested != "cpu" else "cpu"


def precision(requested: str, device: str, measured: Path | None = None) -> str:
    """The arithmetic of a fit.

    Args:
        requested: "auto" (float32 unless measured otherwise), "float32" or "bfloat16".
        device: "cpu" or "cuda".
        measured: the JSON file that `kodo doctor` keeps, `{device: measure(device)}`; need not exist.

    Returns:
        "bfloat16" when asked for, or when it was measured clearly faster on this very processor and torch.

    Raises:
        KodoError: an unknown word, or a damaged file.
    """
    if requested not in PRECISIONS:
        raise KodoError(f"precision is one of {' | '.join(PRECISIONS)}; got '{requested}'.")
    if requested != "auto":
        return requested
    if measured is None or not measured.is_file():
        return "float32"
    try:
        found = json.loads(measured.read_text(encoding="utf-8")).get(device)
        if found is None:
            return "float32"
        here = found.get("name") == device_name(device) and found.get("torch") == torch.__version__
        return "bfloat16" if here and found["bfloat16"] >= GAIN * found["float32"] else "float32"
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise KodoError(
            f"The measurement {measured} is damaged ({error}); repeat `kodo doctor` or delete it."
        ) from error


def single_thread() -> None:
    """Let torch compute in one thread, as every fit does: more fits at once, and the same bits."""
    torch.set_num_threads(1)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute in one thread inside the body; afterwards it has the threads it had before."""
    before = torch.get_num_threads()
    single_thread()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def measure(device: str = "cpu", seconds: float = 0.2) -> dict[str, Any]:
    """How fast this device multiplies matrices, in the threads torch has now.

    Args:
        device: "cpu" or "cuda".
        seconds: for each precision, about; a product that takes longer is the last one.

    Returns:
        `device`, `name`, `torch`, `threads`, and GFLOP/s under `float32` and `bfloat16`.
    """
    return {
        "device": device,
        "name": device_name(device),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "float32": _speed(device, torch.float32, seconds),
        "bfloat16": _speed(device, torch.bfloat16, seconds),
    }


def _speed(device: str, kind: torch.dtype, seconds: float) -> float:
    """GFLOP/s of the fastest size; sizes grow, because without hardware support a large one takes minutes."""
    fastest = 0.0
    size = 64
    while size <= (1024 if device == "cpu" else 8192):
        matrix = torch.full((size, size), 1 / size, dtype=kind, device=device)
        _product(matrix)
        took = _product(matrix)
        repeats = 1
        while took * repeats < seconds / 10 and repeats < 20:
            took = min(took, _product(matrix))
            repeats += 1
        fastest = max(fastest, 2 * size**3 / took / 1e9)
        if took * 8 > seconds:
            break
        size *= 2
    return round(fastest, 1)


def _product(matrix: torch.Tensor) -> float:
    """Seconds of one product, at least a tick of the clock."""
    if matrix.is_cuda:
        torch.cuda.synchronize()
    began = time.perf_counter()
    torch.mm(matrix, matrix)
    if matrix.is_cuda:
        torch.cuda.synchronize()
    return max(time.perf_counter() - began, 1e-9)


def device_name(device: str = "cpu") -> str:
    """What the maker calls the processor, or the GPU."""
    if device == "cuda":
        return str(torch.cuda.get_device_name())
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def versions(device: str = "cpu") -> dict[str, str]:
    """What numbers may depend on besides the settings: kept in every record, shown by `kodo doctor`.

    Args:
        device: "cpu" or "cuda".
    """
    facts = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    facts |= {package: _version(package) for package in ("kodo", "torch", "numpy", "scikit-learn")}
    return facts | {
        "processor": device_name("cpu"),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": str(torch.get_num_threads()),
        "device": device if device == "cpu" else f"{device}: {device_name(device)}",
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
