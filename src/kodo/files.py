"""Writing that leaves either the whole file or none, and checksums."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from kodo.errors import KodoError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; what was written there takes its place at the end.

    Works for files and for folders. When the body fails, nothing is left behind. A folder that is already
    there at the end (another process wrote the same thing first) is kept and ours is dropped.

    Args:
        path: the final place; its parent folders are made.

    Raises:
        KodoError: no permission, disk full, or another fault of the file system, named with the path.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        if temporary.is_dir() and path.is_dir():
            return
        os.replace(temporary, path)
    except OSError as error:
        raise KodoError(f"Could not write {path}: {(error.strerror or str(error)).lower()}.") from error
    finally:
        _remove(temporary)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all, in UTF-8.

    Raises:
        KodoError: as `replacing`.
    """
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    """Write JSON whole or not at all; keys keep their order, NaN is refused.

    Raises:
        KodoError: as `replacing`.
        ValueError: the content holds NaN or infinity, which JSON lacks.
    """
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(content: Any, length: int = 16) -> str:
    """A short key of anything that JSON can hold: equal content, equal key.

    Args:
        content: numbers, strings, lists and mappings with string keys.
        length: hexadecimal digits of the key.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _remove(path: Path) -> None:
    # What cannot be removed could not be made either; the first fault is the one to hear of.
    with suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
