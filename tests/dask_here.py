"""A real Dask scheduler and real workers on this machine, for the tests of every room."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOST = ("--host", "127.0.0.1", "--no-dashboard")
SETTINGS = {
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
    "DASK_DISTRIBUTED__ADMIN__LOG_FORMAT": "%(message)s",
    "DASK_LOGGING__DISTRIBUTED": "error",
}


@contextmanager
def process(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child with children of its own, of which none is left behind."""
    child = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env=os.environ | SETTINGS | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


@contextmanager
def scheduler(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A scheduler on a free port, and its address."""
    file = folder / "scheduler.json"
    with process(
        "distributed.cli.dask_scheduler", *HOST, "--port", "0", "--scheduler-file", str(file)
    ) as child:
        yield address_in(file), child


def address_in(file: Path) -> str:
    """What a scheduler writes when it listens."""
    for _ in range(600):
        try:
            return str(json.loads(file.read_text())["address"])
        except (OSError, ValueError):
            select.poll().poll(100)
    raise AssertionError("the scheduler did not start")


@contextmanager
def workers(address: str, folder: Path, modules: Path, count: int = 2) -> Iterator[None]:
    """Workers with a store of their own that is empty; those that die are started again.

    They can import what lies in the folder `modules`.
    """
    paths = os.pathsep.join([str(modules), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    own = {"KODO_CACHE": str(folder / "cache"), "PYTHONPATH": paths}
    threads = ("--nthreads", "1", "--nworkers", str(count), "--local-directory", str(folder))
    with process("distributed.cli.dask_worker", address, *HOST, *threads, **own):
        yield
