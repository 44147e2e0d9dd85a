"""Worker processes that end with their parent, and that cost one fit one more try when they die."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Any, TypeVar

from kodo.errors import KodoError
from kodo.experiments.executors.workers import Workers

Result = TypeVar("Result")

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


class Pool(Workers):
    """Processes with one thread each, one call at a time in each.

    The standard pool ends all its processes when one dies and cannot say which call killed it. Here every
    process has a pool of its own, so a death costs only the call that ran there a second try; a call that
    kills its process twice fails by itself.

    Args:
        jobs: number of processes.
    """

    def __init__(self, jobs: int) -> None:
        for name in THREADS:
            os.environ.setdefault(name, "1")
        _serve()
        self._jobs = jobs
        self._closed = threading.Event()
        self._lanes: queue.SimpleQueue[ProcessPoolExecutor] = queue.SimpleQueue()
        for _ in range(jobs):
            self._lanes.put(_lane())
        self._threads = ThreadPoolExecutor(jobs)

    def submit(self, call: Callable[..., Result], /, *arguments: Any, **named: Any) -> Future[Result]:
        """Run a call in the next free process.

        Raises (through the future):
            KodoError: the process died twice on this call.
        """
        return self._threads.submit(self._run, call, arguments, named)

    def at_once(self) -> int:
        """As many as processes."""
        return self._jobs

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes; with `cancel_futures`, what waits is dropped."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        while not self._lanes.empty():
            self._lanes.get().shutdown(wait)

    def kill(self) -> None:
        """End everything now, calls in progress included."""
        self._closed.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.kill()
        self.shutdown()

    def _run(self, call: Callable[..., Result], arguments: tuple[Any, ...], named: dict[str, Any]) -> Result:
        lane = self._lanes.get()
        try:
            for _ in range(2):
                try:
                    return lane.submit(call, *arguments, **named).result()
                except BrokenProcessPool:
                    lane.shutdown()
                    if self._closed.is_set():
                        break
                    lane = _lane()
            raise KodoError("its process was killed twice (too little memory is the usual cause).")
        finally:
            self._lanes.put(lane)


def _serve() -> None:
    """Start the server that workers are forked from with Ctrl-C blocked: they inherit that from the start."""
    if METHOD == "forkserver":
        from multiprocessing import forkserver

        multiprocessing.set_forkserver_preload(["torch"])
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _lane() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(METHOD), initializer=_begin)


def _begin() -> None:
    """Prepare a worker: one thread, deaf to Ctrl-C (the parent decides), gone when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()
    from kodo.training.device import single_thread

    single_thread()


def _follow(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
