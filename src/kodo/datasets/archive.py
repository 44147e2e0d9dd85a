"""Unpacking archives that strangers made: once, whole or not at all, and never outside their folder."""

from __future__ import annotations

import gzip
import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from kodo.errors import KodoError
from kodo.files import digest, replacing

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")
"""Endings of file names that are taken for archives."""

MOST_BYTES = 100 * 2**30
"""An archive that would unpack to more is refused (bytes)."""

MOST_MEMBERS = 1_000_000
"""An archive that holds more files is refused."""

DAMAGE = (
    zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, lzma.LZMAError, zlib.error, EOFError,
    NotImplementedError,
)  # fmt: skip
"""What the standard library raises on a broken archive, or on one packed in a way it does not know."""


@dataclass(frozen=True)
class Member:
    """One file in an archive.

    Args:
        name: its path inside the archive, as stored.
        size: unpacked, in bytes.
        plain: True for a file, False for links, devices and whatever else is not one.
        stream: its content, to be read before the next member is asked for.
    """

    name: str
    size: int
    plain: bool
    stream: IO[bytes] | None


def is_archive(path: Path) -> bool:
    """Whether a file's name ends like an archive's."""
    return path.name.lower().endswith(SUFFIXES)


def stem(name: str) -> str:
    """A file's name without the ending of an archive."""
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name


def unpack(archive: Path, target: Path) -> Path:
    """Unpack an archive into a folder of its own, once.

    Args:
        archive: a zip or tar file.
        target: the folder that holds such folders; ours is found again by name, size and time of change.

    Returns:
        the folder with the content.

    Raises:
        KodoError: the archive is damaged, encrypted, too large, or holds links, devices or paths that lead
            out of its folder; or the folder cannot be written.
    """
    try:
        archive.open("rb").close()
        facts = archive.stat()
    except OSError as error:
        raise KodoError(f"Could not read {archive}: {(error.strerror or str(error)).lower()}.") from error
    key = digest([archive.name, facts.st_size, facts.st_mtime_ns])
    folder = target / f"{stem(archive.name)}-{key}"
    if folder.is_dir():
        return folder
    with replacing(folder) as temporary:
        temporary.mkdir()
        total = 0
        with _opened(archive) as members:
            for number, member in enumerate(members, 1):
                total += member.size
                if number > MOST_MEMBERS or total > MOST_BYTES:
                    raise KodoError(
                        f"{archive} would unpack to more than {MOST_MEMBERS:,} files or "
                        f"{MOST_BYTES / 2**30:g} GiB; unpack it yourself if that is meant."
                    )
                _place(member, temporary, archive)
    return folder


def _place(member: Member, folder: Path, archive: Path) -> None:
    parts = PurePosixPath(member.name.replace("\\", "/")).parts
    outside = ".." in parts or member.name.startswith(("/", "\\")) or PureWindowsPath(member.name).drive
    if outside or not parts:
        raise KodoError(f"{archive} holds '{member.name}', a path that leads out of its folder.")
    if not member.plain or member.stream is None:
        raise KodoError(f"{archive} holds '{member.name}', a link or device; only files are unpacked.")
    place = folder.joinpath(*parts)
    place.parent.mkdir(parents=True, exist_ok=True)
    with member.stream, place.open("wb") as file:
        shutil.copyfileobj(member.stream, file, 2**20)
        if file.tell() != member.size:
            raise EOFError(f"'{member.name}' ends too early")


@contextmanager
def _opened(archive: Path) -> Iterator[Iterator[Member]]:
    try:
        if archive.name.lower().endswith(".zip"):
            with zipfile.ZipFile(archive) as file:
                yield _zipped(file, archive)
        else:
            with tarfile.open(archive) as tar:
                yield _tarred(tar)
    except DAMAGE as error:
        raise _damaged(archive, error) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise _damaged(archive, error) from error  # bz2 says so without a class of its own


def _damaged(archive: Path, error: Exception) -> KodoError:
    what = str(error) or "it ends too early"
    return KodoError(f"{archive} is damaged or only half there ({what}): fetch it again.")


def _zipped(file: zipfile.ZipFile, archive: Path) -> Iterator[Member]:
    for info in file.infolist():
        if info.is_dir():
            continue
        if info.flag_bits & 1:
            raise KodoError(f"{archive} is encrypted: unpack it yourself.")
        kind = stat.S_IFMT(info.external_attr >> 16)
        plain = kind in (0, stat.S_IFREG)
        yield Member(info.filename, info.file_size, plain, file.open(info) if plain else None)


def _tarred(tar: tarfile.TarFile) -> Iterator[Member]:
    for info in tar:
        if not info.isdir():
            yield Member(info.name, info.size, info.isreg(), tar.extractfile(info) if info.isreg() else None)
