"""Who does calls: an executor that also says how many it can be given, and ends at once when it must."""

from __future__ import annotations

import signal
import threading
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from time import monotonic
from typing import Any, TypeVar

from kodo.errors import KodoError

Result = TypeVar("Result")

AGAIN = 5.0
"""Seconds after which workers are asked again how much they can do; a cluster may have grown."""

HEARD = 0.25
"""Seconds after which Ctrl-C is heard at the latest."""


class Workers(Executor):
    """An executor that knows how much it can do."""

    @abstractmethod
    def at_once(self) -> int:
        """How many calls it can be given at a time; asked anew as it grows and shrinks.

        Raises:
            KodoError: it can do none any more.
        """

    @abstractmethod
    def kill(self) -> None:
        """End everything now; what was not finished is lost."""


class InProcess(Workers):
    """Does every call where it is handed in, in one thread."""

    def submit(self, call: Callable[..., Result], /, *arguments: Any, **named: Any) -> Future[Result]:
        """Do the call now; the future is finished when this returns."""
        from kodo.training.device import one_thread

        future: Future[Result] = Future()
        try:
            with one_thread():
                future.set_result(call(*arguments, **named))
        except KodoError as error:
            future.set_exception(error)
        return future

    def at_once(self) -> int:
        """One."""
        return 1

    def kill(self) -> None:
        """Nothing runs between calls."""


def done(running: Collection[Future[Result]]) -> set[Future[Result]]:
    """The calls that are finished, as soon as one is; nothing after `AGAIN` seconds.

    Args:
        running: calls that were handed in.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    until = monotonic() + AGAIN
    while True:
        with _unbroken():
            finished, _ = wait(running, HEARD, FIRST_COMPLETED)
        if finished or monotonic() >= until:
            return finished


@contextmanager
def _unbroken() -> Iterator[None]:
    """Hear Ctrl-C after the body: an interrupt inside could leave a future locked, and nothing would end."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    heard: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if heard:
        raise KeyboardInterrupt
