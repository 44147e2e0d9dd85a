"""What a fit costs a Dask cluster besides the fit itself.

    python benchmarks/cluster.py

Starts a scheduler and two workers on this machine. Prints the bytes of a fit and of a record of `watch`; for
calls that do nothing, and for calls that bring such a record back to be kept as a run keeps it, how many are
done per second and what one costs this process and the scheduler (time of the processor, so that other work
on the machine does not count); and how much memory the scheduler gained by them.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, wait
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from kodo.experiments.executors.open import executor
from kodo.experiments.executors.workers import Workers
from kodo.experiments.experiment import experiment
from kodo.experiments.fit import execute
from kodo.experiments.plan import plan
from kodo.experiments.record import Record, read_record, write_record

CALLS = 1000
ADDRESS = "tcp://127.0.0.1:8798"
DASK = (sys.executable, "-m", "dask")
SCHEDULER = ("scheduler", "--host", "127.0.0.1", "--port", "8798", "--no-dashboard")
WORKER = ("worker", ADDRESS, "--nworkers", "2", "--nthreads", "1", "--no-dashboard")


def done(workers: Workers, call: Callable[[], Any], keep: Callable[[int, Any], None]) -> None:
    """Have calls done as a run has its fits done.

    Args:
        workers: of the cluster.
        call: what they do.
        keep: given the number of every call and its result.
    """
    waiting, running = list(range(CALLS)), {}
    while waiting or running:
        for _ in range(min(workers.at_once() - len(running), len(waiting))):
            running[workers.submit(call)] = waiting.pop()
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            keep(running.pop(future), future.result())


def measure(what: str, scheduler: psutil.Process, work: Callable[[], None]) -> None:
    """Print what calls cost.

    Args:
        what: the calls do.
        scheduler: its process.
        work: does them all.
    """
    began, ours, theirs = time.perf_counter(), time.process_time(), sum(scheduler.cpu_times()[:2])
    work()
    speed = CALLS / (time.perf_counter() - began)
    ours, theirs = time.process_time() - ours, sum(scheduler.cpu_times()[:2]) - theirs
    cost = f"{1000 * ours / CALLS:.1f} ms here, {1000 * theirs / CALLS:.1f} ms in the scheduler"
    print(f"calls that {what}: {speed:.0f} per second, {cost}")


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp())
    fit = plan(experiment({"dataset": "watch", "models": ("cnn1d",), "train": {"epochs": 1}})).fits[0]
    record = execute(fit)
    write_record(folder / "record", record)
    kept = sum(path.stat().st_size for path in (folder / "record").iterdir())
    print(f"a fit: {len(pickle.dumps(partial(execute, fit))):,} bytes")
    print(f"a record: {len(pickle.dumps(record)):,} bytes; on the disk {kept:,}")
    bring = partial(read_record, folder / "record")
    with subprocess.Popen([*DASK, *SCHEDULER]) as first, subprocess.Popen([*DASK, *WORKER]) as second:
        try:
            with executor(None, ADDRESS, CALLS) as workers:
                scheduler = psutil.Process(first.pid)
                done(workers, int, lambda number, nothing: None)
                before = scheduler.memory_info().rss
                measure("do nothing", scheduler, lambda: done(workers, int, lambda number, nothing: None))
                keep = partial(kept_at, folder)
                measure("bring a record, which is kept", scheduler, lambda: done(workers, bring, keep))
                print(f"the scheduler gained {(scheduler.memory_info().rss - before) / 1e6:.1f} MB")
        finally:
            second.terminate()
            first.terminate()


def kept_at(folder: Path, number: int, record: Record) -> None:
    """Keep a record as a run does."""
    write_record(folder / str(number), record)


if __name__ == "__main__":
    main()
