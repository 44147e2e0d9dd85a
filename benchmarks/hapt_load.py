"""HAPT from its 122 text files to standardised training windows, against a bare read of the same files.

    KODO_DATA=... python benchmarks/hapt_load.py

Prints medians of alternating runs: polars reading file by file and throwing the result away; ours from files
(parse, check, cache, cut, mean and deviation of the training windows of one fold); ours from the cache; and,
apart, unpacking and the memory that the very first run takes, mapped pages of the cache included.
Each cold run writes into an empty cache of its own.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import polars
import psutil

from kodo.datasets.catalogue import dataset
from kodo.datasets.locate import find, listing
from kodo.datasets.store import load
from kodo.errors import KodoError
from kodo.evaluation.protocol import PROTOCOLS, Folding
from kodo.windows.cut import cut
from kodo.windows.moments import moments

RUNS = 5


def bare(files: list[Path]) -> None:
    """Read every file and keep nothing."""
    for file in files:
        polars.read_csv(file, separator=" ", has_header=False)


def ours() -> int:
    """From files or cache to what a model's first batch needs; the number of windows."""
    windows = cut(load("hapt"), seconds=3.0, overlap=0.5)
    moments(windows, PROTOCOLS.get("kfold").fold(windows, 1, Folding()).train)
    return len(windows)


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def main() -> None:
    """Run all and print a table.

    Raises:
        KodoError: KODO_DATA does not hold hapt.
    """
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KODO_CACHE"] = str(Path(folder) / "first")
        card = dataset("hapt")
        start = perf_counter()
        root = find(card)
        unpacking = perf_counter() - start
        if root is None:
            raise KodoError("KODO_DATA does not hold hapt.")
        # From here on the files lie unpacked, so that no run unpacks.
        unpacked = Path(folder) / "data" / "hapt"
        shutil.copytree(root, unpacked)
        os.environ["KODO_DATA"] = str(unpacked.parent)
        files = [unpacked / f.name for f in listing(unpacked, card.pattern) if "_exp" in f.name]
        bare(files[:2])  # imports and threads, before memory is looked at
        process = psutil.Process()
        before, highest = process.memory_info().rss, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ours()
        grown = process.memory_info().rss - before
        peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - highest) * 1024
        bare(files)
        reads, cold, warm = [], [], []
        for run in range(RUNS):
            reads.append(timed(lambda: bare(files)))
            os.environ["KODO_CACHE"] = str(Path(folder) / f"run{run}")
            cold.append(timed(ours))
            warm.append(timed(lambda: cut(load("hapt"), seconds=3.0)))
        print(f"{len(files)} files, {ours():,} windows; medians of {RUNS} alternating runs")
        base = statistics.median(reads)
        print(f"{'polars.read_csv, file by file':<44}{base:8.3f} s")
        print(f"{'kodo, files to standardised windows':<44}{statistics.median(cold):8.3f} s", end="")
        print(f"   {statistics.median(cold) / base:.2f} x")
        print(f"{'kodo, loaded from the cache and cut':<44}{statistics.median(warm):8.4f} s")
        print(f"{'resident memory grown by a first run':<44}{grown / 2**20:8.0f} MiB")
        print(f"{'  and at its highest':<44}{peak / 2**20:8.0f} MiB")
        print(f"{'finding and unpacking, once':<44}{unpacking:8.3f} s")


if __name__ == "__main__":
    main()
