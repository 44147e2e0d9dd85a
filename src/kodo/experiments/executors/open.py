"""Workers for as long as they are needed: in this process, in processes beside it, or on a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager

from kodo.errors import KodoError
from kodo.experiments.executors.workers import InProcess, Workers


def quiet(sentence: str) -> None:
    """Say nothing."""


def usual_jobs() -> int:
    """One call per core that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def executor(
    jobs: int | None, address: str | None, missing: int, say: Callable[[str], None] = quiet
) -> Iterator[Workers]:
    """Workers for the body; whatever ends it early ends them at once, calls in progress included.

    Args:
        jobs: calls at once; 1 = in this process; None = one per core, or all that the cluster takes.
        address: of a Dask scheduler ("tcp://host:8786"); None = on this machine.
        missing: how many calls there are to do; more processes than that are not started.
        say: told what the user should know of the cluster, in sentences.

    Raises:
        KodoError: as `kodo.experiments.executors.cluster.Cluster`, or its scheduler went away.
    """
    workers = _chosen(jobs, address, missing, say)
    try:
        yield workers
    except CancelledError:
        workers.kill()
        raise KodoError(
            f"The connection to the Dask scheduler {address} was lost. What is finished is kept: the same "
            "command goes on from there."
        ) from None
    except BaseException:
        workers.kill()
        raise
    workers.shutdown()


def _chosen(jobs: int | None, address: str | None, missing: int, say: Callable[[str], None]) -> Workers:
    if missing == 0:
        return InProcess()
    if address is not None:
        from kodo.experiments.executors.cluster import Cluster

        return Cluster(address, jobs, say)
    at_once = min(usual_jobs() if jobs is None else jobs, missing)
    if at_once == 1:
        return InProcess()
    from kodo.experiments.executors.pool import Pool

    return Pool(at_once)
