"""WISDM 2019, acceleration of the watch: 46 text files to recordings, against bare reads of the same files.

    KODO_DATA=... python benchmarks/wisdm19_load.py

Prints medians of alternating runs: polars reading file by file and throwing the result away; ours from files
(parse, check, cache); pandas from files to arrays, with the same cleaning and cuts, but without facts and
cache; ours from the cache, and cut into windows. Seconds of the processor stand beside those of the
clock, because other work on the machine moves them less. Each cold run writes into an empty cache of its own.
First, in a fresh process: how much resident memory a second load takes before windows are touched, and after
every sample was.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import polars

from kodo.datasets.catalogue import dataset
from kodo.datasets.locate import find, listing
from kodo.datasets.store import load
from kodo.errors import KodoError
from kodo.windows.cut import cut

NAME = "wisdm19_watch"
RUNS = 5
PANDAS = importlib.util.find_spec("pandas") is not None
LETTERS = "ABCDEFGHIJKLMOPQRS"

MEMORY = f"""
import psutil
from kodo.datasets.store import load
from kodo.windows.cut import cut
process = psutil.Process()
def resident():
    return process.memory_info().rss / 2**20
before = resident()
recordings = load("{NAME}")
loaded = resident()
windows = cut(recordings, seconds=10.0)
after_cut = resident()
recordings.signal.sum(), recordings.label.sum()
print(loaded - before, after_cut - before, resident() - before, recordings.signal.nbytes / 2**20)
"""


def bare(files: list[Path]) -> int:
    """Read every file and keep nothing."""
    return sum(polars.read_csv(file, has_header=False).height for file in files)


def with_pandas(files: list[Path]) -> int:
    """What the reader does, in pandas: whole lines only, known activities, cut at changes and gaps."""
    pandas = importlib.import_module("pandas")  # where statsmodels is, it is too
    rows = 0
    names = ["person", "letter", "time", "x", "y", "z"]
    for file in files:
        table = pandas.read_csv(file, header=None, names=names)
        table["z"] = pandas.to_numeric(table["z"].str.rstrip(";"), errors="coerce")
        person = file.name.split("_")[1]
        good = table.notna().all(axis=1) & (table["person"] == int(person)) & table["letter"].isin([*LETTERS])
        table = table[good]
        step = np.diff(table["time"].to_numpy())
        changed = table["letter"].to_numpy()[1:] != table["letter"].to_numpy()[:-1]
        edges = np.flatnonzero((step < 0) | (step > 0.5e9) | changed) + 1
        signal = table[["x", "y", "z"]].to_numpy(np.float32)
        rows += sum(len(part) for part in np.split(signal, edges))
    return rows


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the clock and of the processor that it takes."""
    clock, processor = perf_counter(), process_time()
    work()
    return perf_counter() - clock, process_time() - processor


def line(what: str, runs: list[tuple[float, float]], base: list[tuple[float, float]], more: str = "") -> str:
    """A row of the table: both medians, and how many times the base they are."""
    clock, processor = map(statistics.median, zip(*runs, strict=True))
    over_clock, over_processor = map(statistics.median, zip(*base, strict=True))
    return (
        f"{what:<44}{clock:8.3f} s{clock / over_clock:7.2f} x"
        f"{processor:8.3f} s{processor / over_processor:7.2f} x  {more}"
    )


def compare(files: list[Path], folder: Path) -> None:
    """Alternate the runs and print their medians."""
    reads, cold, warm, cutting, others = [], [], [], [], []
    for run in range(RUNS):
        reads.append(timed(lambda: bare(files)))
        os.environ["KODO_CACHE"] = str(folder / f"run{run}")
        cold.append(timed(lambda: load(NAME)))
        warm.append(timed(lambda: load(NAME)))
        recordings = load(NAME)
        cutting.append(timed(lambda recordings=recordings: cut(recordings, seconds=10.0)))
        if PANDAS:
            others.append(timed(lambda: with_pandas(files)))
        shutil.rmtree(folder / f"run{run}")
    print(f"{'':<44}{'clock':>10}{'':>9}{'processor':>10}")
    print(line("polars.read_csv, file by file", reads, reads))
    print(line("kodo, from files", cold, reads, "(clock: at most 1.5 wanted)"))
    if PANDAS:
        print(line("pandas.read_csv with the same cleaning", others, reads))
        print(line("  against kodo, from files", others, cold, "(clock: at least 2 wanted)"))
    else:
        print("pandas is not installed: no comparison with it")
    print(line("kodo, from the cache", warm, reads))
    print(line("  and cut into windows of 10 s", cutting, reads))


def main() -> None:
    """Run all and print a table.

    Raises:
        KodoError: KODO_DATA does not hold the dataset.
    """
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["KODO_CACHE"] = str(folder / "first")
        card = dataset(NAME)
        root = find(card)
        if root is None:
            raise KodoError(f"KODO_DATA does not hold {NAME}.")
        # From here on the files lie unpacked, so that no run unpacks.
        unpacked = folder / "data" / "wisdm19"
        shutil.copytree(root, unpacked)
        os.environ["KODO_DATA"] = str(unpacked.parent)
        files = [unpacked / found.name for found in listing(unpacked, card.pattern)]
        recordings = load(NAME)
        rows = sum(len(recording.signal) for recording in recordings)
        lines = bare(files)
        if PANDAS and with_pandas(files) != lines:
            raise KodoError("pandas and polars do not read the same number of rows.")
        print(f"{len(files)} files, {lines:,} rows, {len(recordings)} recordings; medians of {RUNS} runs")
        print(f"{rows:,} samples, because bursts at 100 Hz are thinned, by kodo only")
        grown = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
        loaded, after_cut, touched, held = map(float, grown.stdout.split())
        print(f"{'resident memory grown by a second load':<44}{loaded:8.1f} MiB (less than 50 wanted)")
        print(f"{'  after cutting windows':<44}{after_cut:8.1f} MiB")
        print(f"{'  after touching every sample':<44}{touched:8.1f} MiB, of which {held:.0f} are the signal")
        compare(files, folder)
        print(f"load: {before:.2f} before, {os.getloadavg()[0]:.2f} after, on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
