"""The storages that Optuna has: a journal file that survives kills, or a database by its address."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kodo.errors import KodoError

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

TRIES, PAUSE = 3, 0.5
"""How often a database is asked again that did not open, and seconds between."""


class Lock:
    """The right to write to a journal file, which goes with the process that holds it.

    Whoever gets it first removes the half line that a killed writer may have left: the next line would
    make it unreadable for ever.

    Args:
        path: of the journal file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def acquire(self) -> bool:
        """Wait for it."""
        import fcntl

        self._file = self._path.open("ab+")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        end = self._file.seek(0, os.SEEK_END)
        self._file.seek(max(end - 1, 0))
        if end and self._file.read() != b"\n":
            self._file.seek(0)
            self._file.truncate(self._file.read().rfind(b"\n") + 1)
        return True

    def release(self) -> None:
        """Give it up."""
        self._file.close()


def journal_file(path: Path) -> BaseStorage:
    """Optuna's append-only journal, mended where a killed writer left half a line.

    Args:
        path: of the file, made when missing.

    Raises:
        KodoError: the file is no such journal.
    """
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    path.parent.mkdir(parents=True, exist_ok=True)
    # Windows has no such locks; Optuna's own waits half a minute for a dead process there.
    lock = Lock(path) if os.name == "posix" else JournalFileOpenLock(str(path))
    lock.acquire()
    lock.release()
    try:
        return JournalStorage(JournalFileBackend(str(path), lock_obj=lock))  # type: ignore[arg-type]
    except (ValueError, KeyError, AssertionError) as error:
        raise KodoError(f"The journal {path} is damaged: {error}.") from error


def database(address: str) -> BaseStorage:
    """A storage by its address, finished trials remembered, as Optuna itself opens it.

    Args:
        address: as Optuna writes it ("postgresql://user:password@host/name").

    Raises:
        KodoError: it is no address, or the package that talks to such a database is missing.
    """
    from optuna.storages import get_storage
    from sqlalchemy.exc import IntegrityError, OperationalError

    try:
        for _ in range(TRIES):
            # Two processes that make the tables of a new database at once disturb each other.
            with suppress(IntegrityError, OperationalError):
                return get_storage(address)
            time.sleep(PAUSE)
        return get_storage(address)
    except ImportError as error:
        raise KodoError(
            f"The storage {shown(address)} needs a package that talks to such a database (for PostgreSQL: "
            "pip install 'psycopg[binary]')."
        ) from error
    except ValueError as error:
        raise KodoError(f"The storage {shown(address)} cannot be opened: {error}") from error


def shown(address: str) -> str:
    """An address without its password.

    Args:
        address: as Optuna writes it.
    """
    scheme, mark, rest = address.partition("://")
    who, at, where = rest.rpartition("@")
    return f"{scheme}{mark}{who.partition(':')[0]}{at}{where}"


@contextmanager
def spoken(place: str) -> Iterator[None]:
    """Say the faults of a storage in a sentence.

    Args:
        place: where it is, for the sentence.

    Raises:
        KodoError: it cannot be read or written.
    """
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (StorageInternalError, SQLAlchemyError, OSError) as error:
        said = error.__cause__ or error
        reason = said.strerror.lower() if isinstance(said, OSError) and said.strerror else said
        raise KodoError(f"The trials cannot be kept in {place}: {str(reason).splitlines()[0]}.") from error
