"""Workers of a Dask cluster: calls go there as they are, results come back, whoever dies on the way."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from functools import partial
from math import ceil
from typing import Any, TypeVar
from urllib.parse import urlsplit

from kodo.errors import KodoError
from kodo.experiments.executors.workers import Workers
from kodo.extras import require

Result = TypeVar("Result")

SURPLUS = 1.25
"""Calls handed out for each worker: the next one is there when one is done."""

CONNECT = 15.0
"""Seconds in which a scheduler must answer."""

PATIENCE = 300.0
"""Seconds without any worker after which nobody is expected any more."""

FRESH = 1.0
"""Seconds for which it stands who the workers are."""

PACKAGES = ("kodo", "torch", "numpy", "scikit-learn")
"""Whose versions decide the bits of a fit."""

_ALONE = threading.Lock()


class Cluster(Workers):
    """The workers of a Dask scheduler, each a process that does one call at a time in one thread.

    A worker that dies costs its call another try on another one; a call whose worker died more often than
    the scheduler allows (`distributed.scheduler.allowed-failures`, usually 3) fails by itself.

    Args:
        address: of the scheduler ("tcp://host:8786").
        jobs: calls at once; None = as many as the workers take.
        say: told what the user should know, in sentences.

    Raises:
        KodoError: distributed is not installed, the address has another form, no scheduler answers there, no
            worker comes, or they cannot do fits.
    """

    def __init__(self, address: str, jobs: int | None, say: Callable[[str], None]) -> None:
        _check(address)
        distributed = require("distributed", "cluster")
        self._address, self._jobs, self._say = address, jobs, say
        self._known: dict[str, int] = {}
        self._said: set[str] = set()
        self._asked, self._seen = -FRESH, time.monotonic()
        try:
            self._client = distributed.Client(address, timeout=CONNECT, set_as_default=False, name="kodo")
        except OSError:
            raise KodoError(f"No Dask scheduler answered at {address} within {CONNECT:g} s.") from None
        try:
            self._executor = self._client.get_executor(pure=False)
            self._greet()
        except BaseException:
            self.kill()
            raise

    def submit(self, call: Callable[..., Result], /, *arguments: Any, **named: Any) -> Future[Result]:
        """Hand a call to the cluster, pickled: what it is made of must be known there.

        Raises (through the future):
            KodoError: what the call raised, or its workers died.
            CancelledError: the connection to the scheduler was lost.
        """
        result: Future[Result] = Future()
        result.set_running_or_notify_cancel()
        there = self._executor.submit(alone, pickle.dumps(partial(call, *arguments, **named)))
        there.add_done_callback(partial(_pass_on, result))
        return result

    def at_once(self) -> int:
        """A few more than there are workers now, or `jobs` where that is less.

        Raises:
            KodoError: there has been no worker for long, or new ones cannot do fits.
            CancelledError: the connection to the scheduler was lost.
        """
        if time.monotonic() - self._asked >= FRESH:
            self._look()
        # One more than nobody: it is the demand for which a cluster grows.
        room = max(1, ceil(SURPLUS * len(self._known)))
        return room if self._jobs is None else min(self._jobs, room)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster, which stays for others."""
        self._client.close()

    def kill(self) -> None:
        """Leave the cluster; the scheduler drops what is not finished, as nobody wants it any more."""
        self._client.close()

    def _greet(self) -> None:
        """Wait for the first worker, by a call that does nothing."""
        if not self._client.nthreads():
            self._say(f"Waiting up to {PATIENCE:g} s for the first worker at {self._address}.")
        try:
            self._executor.submit(alone, pickle.dumps(int)).result(PATIENCE)
        except TimeoutError:
            raise self._deserted() from None
        except (ImportError, RuntimeError, KodoError) as error:
            raise KodoError(
                f"The cluster at {self._address} cannot do fits ({str(error).partition('. ')[0]}): has its "
                "scheduler the same kodo installed, and every worker?"
            ) from None
        self._look()

    def _look(self) -> None:
        """Find out who the workers are."""
        try:
            threads = self._client.nthreads()
            versions = self._client.get_versions(packages=PACKAGES) if threads.keys() - self._known else {}
        except OSError:
            raise CancelledError from None
        self._asked = time.monotonic()
        if threads:
            self._seen = self._asked
        elif self._asked - self._seen > PATIENCE:
            raise self._deserted()
        check_threads(threads)
        for note in differences(versions):
            if note not in self._said:
                self._said.add(note)
                self._say(note)
        self._known = threads

    def _deserted(self) -> KodoError:
        return KodoError(
            f"The Dask scheduler at {self._address} has had no worker for {PATIENCE:g} s; start some: "
            f"dask worker {self._address} --nthreads 1 --nworkers N"
        )


def alone(packed: bytes) -> Any:
    """Do a call in one thread, with no other call beside it in this process: fits share torch's random state.

    Args:
        packed: a call without arguments, pickled. So it is opened here only: a scheduler looks into what it
            passes on, and would load torch for it.
    """
    from kodo.training.device import one_thread

    with _ALONE, one_thread():
        return pickle.loads(packed)()


def check_threads(threads: Mapping[str, int]) -> None:
    """Make sure that every worker does one call at a time.

    Args:
        threads: of every worker, by its address.

    Raises:
        KodoError: one does several.
    """
    for address, count in threads.items():
        if count > 1:
            raise KodoError(
                f"The worker {address} has {count} threads, and a fit needs a process for itself: start it "
                f"with --nthreads 1 --nworkers {count}."
            )


def differences(versions: Mapping[str, Any]) -> Iterator[str]:
    """What the workers have in other versions than this process, a sentence for each package.

    Args:
        versions: as `distributed.Client.get_versions` gives; empty = nothing is known.
    """
    if not versions:
        return
    ours = _versions(versions["client"])
    theirs = [_versions(worker) for worker in versions["workers"].values()]
    for package, version in ours.items():
        others = sorted({str(found[package]) for found in theirs} - {str(version)})
        if others:
            yield (
                f"Workers have {package} {', '.join(others)}, here it is {version}: fits done there may "
                "differ in their last bits; the records say where each was done."
            )


def _versions(found: Mapping[str, Any]) -> dict[str, Any]:
    python = ".".join(str(found["host"]["python"]).split(".")[:3])
    return {"python": python} | {name: found["packages"].get(name) for name in PACKAGES}


def _pass_on(result: Future[Any], there: Future[Any]) -> None:
    from distributed import KilledWorker

    if there.cancelled():
        result.set_exception(CancelledError())
        return
    error = there.exception()
    if isinstance(error, KilledWorker):
        times = error.allowed_failures + 1
        error = KodoError(f"its workers died {times} times (too little memory is the usual cause).")
    if error is None:
        result.set_result(there.result())
    else:
        result.set_exception(error)


def _check(address: str) -> None:
    try:
        parts = urlsplit(address)
        right = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port and not parts.path
    except ValueError:
        right = False
    if not right:
        raise KodoError(f"--executor is the address of a Dask scheduler, tcp://HOST:8786; got '{address}'.")
