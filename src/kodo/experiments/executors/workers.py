"""Who does calls: an executor that also says how many it can be given, and ends at once when it must."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from kodo.errors import KodoError

Result = TypeVar("Result")


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
