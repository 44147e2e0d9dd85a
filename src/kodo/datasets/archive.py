"""Unpacking archives that strangers made: once, whole or not at all, and never outside their folder."""

from __future__ import annotations

import errno
import gzip
import lzma
import os
import re
import stat
import struct
import tarfile
import unicodedata
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
"""An archive that unpacks to more is refused (bytes)."""

MOST_TIMES = 200
"""An archive that unpacks to more than this many times its own size is refused, ..."""

ALWAYS_BYTES = 2 * 2**30
"""... unless it stays below this (bytes)."""

MOST_MEMBERS = 1_000_000
"""An archive that holds more files is refused."""

DAMAGE = (
    zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, lzma.LZMAError, zlib.error, struct.error,
    EOFError, NotImplementedError, UnicodeDecodeError,
)  # fmt: skip
"""What the standard library raises on a broken archive, or on one packed in a way it does not know."""

WINDOWS = os.name == "nt"
"""Whether names are held against what Windows can write."""

RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\s*(\..*)?|.*[ .]|.*[<>:\"|?*].*", re.IGNORECASE)
"""Names that Windows takes for devices, shortens, or cannot hold."""


@dataclass(frozen=True)
class Member:
    """One file in an archive.

    Args:
        name: its path inside the archive, as stored.
        size: unpacked, in bytes, as stated.
        stream: its content, to be read before the next member is asked for; None for links, devices and
            whatever else is not a file.
    """

    name: str
    size: int
    stream: IO[bytes] | None


class Allowance:
    """What an archive may still be unpacked to, the archives inside it included.

    What counts is what comes out, never what the archive says of itself.

    Args:
        archive: the outermost one; the larger it is, the more may come out.

    Raises:
        KodoError: it cannot be read.
    """

    def __init__(self, archive: Path) -> None:
        self.archive = archive
        self.most = min(MOST_BYTES, max(ALWAYS_BYTES, MOST_TIMES * _facts(archive).st_size))
        self.bytes = self.most
        self.members = MOST_MEMBERS

    def take(self, members: int, size: int) -> None:
        """Count files and bytes.

        Raises:
            KodoError: it is more than was left.
        """
        self.members -= members
        self.bytes -= size
        if self.members < 0 or self.bytes < 0:
            raise KodoError(
                f"{self.archive} would unpack to more than {MOST_MEMBERS:,} files or "
                f"{self.most / 2**30:.3g} GiB; unpack it yourself if that is meant."
            )


def is_archive(path: Path) -> bool:
    """Whether a file's name ends like an archive's."""
    return path.name.lower().endswith(SUFFIXES)


def is_readable(path: Path, name: str) -> bool:
    """Whether a file can be opened as the archive that a name promises; the end of a tar is not looked at."""
    try:
        return zipfile.is_zipfile(path) if name.lower().endswith(".zip") else tarfile.is_tarfile(path)
    except (*DAMAGE, OSError):
        return False


def stem(name: str) -> str:
    """A file's name without the ending of an archive."""
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name


def unpacked(archive: Path, target: Path) -> Path:
    """Where an archive is unpacked to, whether it was unpacked before or not.

    Args:
        archive: a zip or tar file.
        target: the folder that holds such folders.

    Raises:
        KodoError: it cannot be read.
    """
    facts = _facts(archive)
    key = digest([archive.name, facts.st_size, facts.st_mtime_ns])
    return target / f"{stem(archive.name)}-{key}"


def unpack(archive: Path, target: Path, allowance: Allowance | None = None) -> Path:
    """Unpack an archive into a folder of its own, once.

    Args:
        archive: a zip or tar file.
        target: the folder that holds such folders; ours is found again by name, size and time of change.
        allowance: what is left of the archive that this one was in; a fresh one when it was in none.

    Returns:
        the folder with the content.

    Raises:
        KodoError: the archive is damaged, encrypted, too large, or holds links, devices, paths that lead
            out of its folder or names that only some systems tell apart; or the folder cannot be written.
    """
    folder = unpacked(archive, target)
    if folder.is_dir():
        return folder
    allowance = allowance or Allowance(archive)
    paths: dict[str, str] = {}
    with replacing(folder) as temporary:
        temporary.mkdir()
        with _opened(archive) as members:
            for member in members:
                parts = _parts(member.name, archive)
                path = "/".join(parts)
                twin = paths.setdefault(unicodedata.normalize("NFC", path).casefold(), path)
                place = temporary.joinpath(*parts)
                if twin != path or place.is_file():
                    raise KodoError(
                        f"{archive} holds '{twin}' and '{path}', which some systems take for one."
                    )
                if member.stream is None:
                    raise KodoError(f"{archive} holds '{path}', a link or device; only files are unpacked.")
                with member.stream:
                    _place(member, member.stream, place, allowance)
    return folder


def _facts(archive: Path) -> os.stat_result:
    try:
        archive.open("rb").close()
        return archive.stat()
    except OSError as error:
        raise KodoError(f"Could not read {archive}: {(error.strerror or str(error)).lower()}.") from error


def _parts(name: str, archive: Path) -> tuple[str, ...]:
    """The folders and the name of a member that stays inside and can be written."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    outside = ".." in parts or name.startswith(("/", "\\")) or PureWindowsPath(name).drive
    if outside or not parts:
        raise KodoError(f"{archive} holds '{name}', a path that leads out of its folder.")
    control = any(unicodedata.category(letter) == "Cc" for letter in name)
    if control or (WINDOWS and any(RESERVED.fullmatch(part) for part in parts)):
        raise KodoError(f"{archive} holds {name!r}, a name that cannot be written here.")
    return parts


def _place(member: Member, stream: IO[bytes], place: Path, allowance: Allowance) -> None:
    allowance.take(1, 0)
    place.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with place.open("wb") as file:
        while chunk := stream.read(2**20):
            allowance.take(0, len(chunk))
            written += file.write(chunk)
    if written != member.size:
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
        # bz2 has no class of its own for damage; zipfile seeks to where a broken header sends it.
        if error.errno in (None, errno.EINVAL):
            raise _damaged(archive, error) from error
        raise


def _damaged(archive: Path, error: Exception) -> KodoError:
    what = str(error) or "it ends too early"
    return KodoError(f"{archive} is damaged or only half there ({what}): delete it and fetch it again.")


def _zipped(file: zipfile.ZipFile, archive: Path) -> Iterator[Member]:
    for info in file.infolist():
        if info.is_dir():
            continue
        if info.flag_bits & 1:
            raise KodoError(f"{archive} is encrypted: unpack it yourself.")
        kind = stat.S_IFMT(info.external_attr >> 16)
        plain = kind in (0, stat.S_IFREG)
        yield Member(info.filename, info.file_size, file.open(info) if plain else None)


def _tarred(tar: tarfile.TarFile) -> Iterator[Member]:
    for info in tar:
        if not info.isdir():
            yield Member(info.name, info.size, tar.extractfile(info) if info.isreg() else None)
