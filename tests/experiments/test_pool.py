"""Worker processes: a death costs one call one more try; nobody outlives the parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kodo.errors import KodoError
from kodo.experiments.executors.pool import Pool

pytestmark = pytest.mark.slow


def note(path: Path, kill: bool) -> int:
    """Write a line per call; the first call kills its process."""
    first = not path.exists()
    with path.open("a") as file:
        file.write(f"{os.getpid()}\n")
    if kill and first:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def threads() -> int:
    import torch

    return torch.get_num_threads()


def test_a_worker_killed_in_mid_call_costs_that_call_a_second_try_and_nothing_else(tmp_path: Path) -> None:
    with Pool(2) as pool:
        calls = [pool.submit(note, tmp_path / str(i), i == 1) for i in range(6)]
        assert all(call.result() for call in calls)
    counts = [len((tmp_path / str(i)).read_text().split()) for i in range(6)]
    assert counts == [1, 2, 1, 1, 1, 1]


def test_a_call_that_kills_its_process_twice_fails_alone(tmp_path: Path) -> None:
    with Pool(1) as pool:
        dead, alive = pool.submit(die), pool.submit(note, tmp_path / "alive", False)
        with pytest.raises(KodoError, match="killed twice"):
            dead.result()
        assert alive.result() != os.getpid()


def test_workers_compute_in_one_thread() -> None:
    with Pool(1) as pool:
        assert pool.submit(threads).result() == 1


CHILD = """
import os, sys, time
sys.path.insert(0, sys.argv[2])
from test_pool import wait_forever
from kodo.experiments.executors.pool import Pool
if __name__ == "__main__":
    pool = Pool(2)
    for name in "ab":
        pool.submit(wait_forever, sys.argv[1] + "/" + name)
    while True:
        time.sleep(1)
"""


def wait_forever(path: str) -> None:
    """Say who is there, then wait for the end."""
    import multiprocessing

    temporary = Path(path + ".new")
    temporary.write_text(str(os.getpid()))
    temporary.rename(path)
    multiprocessing.Event().wait()


def test_no_worker_is_alive_after_the_parent_was_killed(tmp_path: Path) -> None:
    import select

    script = tmp_path / "parent.py"
    script.write_text(CHILD)
    parent = subprocess.Popen([sys.executable, str(script), str(tmp_path), str(Path(__file__).parent)])
    names = [tmp_path / "a", tmp_path / "b"]
    watch = select.poll()
    for _ in range(600):
        if all(name.exists() for name in names):
            break
        watch.poll(100)
    workers = [int(name.read_text()) for name in names]
    handles = [os.pidfd_open(worker) for worker in workers]
    parent.kill()
    parent.wait()
    for handle in handles:
        ended = select.poll()
        ended.register(handle, select.POLLIN)
        assert ended.poll(1000), "a worker outlived its parent by more than a second"
        os.close(handle)
