"""Where datasets lie on this machine, and where the cache lies."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Hashable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from kodo.datasets.archive import Allowance, is_archive, stem, unpack, unpacked
from kodo.datasets.recording import Dataset
from kodo.errors import KodoError

Here = Literal["yes", "packed", "no"]
"""Whether a dataset is here; packed = an archive that nobody has looked into has its name."""


Key = TypeVar("Key", bound=Hashable)

NESTED = 2
"""Publishers also put archives into archives; so many deep they are opened."""


class Found(NamedTuple):
    """A file of a dataset.

    Args:
        name: its path below the dataset's folder, with `/`.
        size: in bytes.
        changed: when it was last changed (nanoseconds since 1970).
    """

    name: str
    size: int
    changed: int


def data_folders() -> list[Path]:
    """The folders of datasets: those that `KODO_DATA` names, in order, then the one in the cache.

    Several are parted as in PATH. The one in the cache counts when something was fetched into it.

    Raises:
        KodoError: one that is named is not there.
    """
    named = [Path(p).expanduser() for p in os.environ.get("KODO_DATA", "").split(os.pathsep) if p.strip()]
    for folder in named:
        if not folder.is_dir():
            raise KodoError(f"KODO_DATA names {folder}, which is not a folder.")
    own = cache_folder() / "data"
    return [*named, own] if own.is_dir() else named


def fetch_folder() -> Path:
    """Where `kodo fetch` puts datasets: the first writable folder of `KODO_DATA`, else one in the cache.

    Raises:
        KodoError: `KODO_DATA` names a folder that is not there.
    """
    writable = [folder for folder in data_folders() if os.access(folder, os.W_OK)]
    return writable[0] if writable else cache_folder() / "data"


def cache_folder() -> Path:
    """Where parsed recordings and unpacked archives are kept: `KODO_CACHE`, or the user's cache folder."""
    named = os.environ.get("KODO_CACHE", "").strip()
    if named:
        return Path(named).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("kodo")


def find(card: Dataset) -> Path | None:
    """The folder that holds a dataset's files, an archive being unpacked into the cache the first time.

    Looks in every data folder for the names on the card, in any case and with any of `-`, `_`, `+`, space
    and `.` between the words, and takes a data folder that is itself the dataset's.

    Args:
        card: of the dataset.

    Returns:
        None when it is nowhere.

    Raises:
        KodoError: a data folder is not there, or the dataset's archive cannot be unpacked.
    """
    if card.locate is not None:
        return card.locate()
    for folder in data_folders():
        for place in _places(folder, card):
            held = within(place, card)
            if held is not None:
                return held
        if _complete(folder, card.pattern, depth=1):
            return folder
    return None


def here(card: Dataset) -> Here:
    """Whether a dataset is here, without unpacking anything.

    Args:
        card: of the dataset.

    Raises:
        KodoError: a data folder is not there, or an archive in it cannot be read.
    """
    if card.locate is not None:
        try:
            card.locate()
        except KodoError:
            return "no"
        return "yes"
    seen: set[Here] = set()
    for folder in data_folders():
        seen |= {_looked(place, card, NESTED) for place in _places(folder, card)}
        if "yes" in seen or _complete(folder, card.pattern, depth=1):
            return "yes"
    return "packed" if "packed" in seen else "no"


def within(place: Path, card: Dataset) -> Path | None:
    """The folder in or below a place in which a dataset's files lie; archives are unpacked into the cache.

    Args:
        place: a folder, or an archive; publishers also put archives into archives.
        card: of the dataset.

    Returns:
        None when none of its files is there.

    Raises:
        KodoError: an archive there cannot be unpacked.
    """
    return _holding(place, card, NESTED, None)


def missing(card: Dataset) -> KodoError:
    """The sentence for a dataset that was not found: where it was looked for, and where to get it."""
    looked = ", ".join(map(str, data_folders())) or "nowhere, because KODO_DATA is not set"
    get = f"Get it: kodo fetch {card.name}" if card.files else f"It can be had from {card.address}"
    names = " or ".join(f"'{name}'" for name in card.folders[:3])
    return KodoError(
        f"The files of {card.name} ({card.title}) were not found. Wanted: a folder or archive named {names} "
        f"with {card.pattern} in it; looked in: {looked}. {get}"
    )


def listing(folder: Path, pattern: str, depth: int = 12) -> Iterator[Found]:
    """The files below a folder that match, in an order that does not depend on the file system.

    Args:
        folder: where to look; hidden files and folders are passed over.
        pattern: globs with `|` or `&` between them; one without `/` is held against file names, one with `/`
            against the end of the path, the folder's own name included.
        depth: how many folders deep.
    """
    wanted = [alternative.split("/")[::-1] for alternative in re.split("[|&]", pattern)]
    yield from _walk(folder, (), wanted, depth, folder.parts[::-1])


def files_by(folder: Path, pattern: str, key: Callable[[Path], Key]) -> dict[Key, Path]:
    """The files below a folder that match, by what their paths say.

    Args:
        folder: where to look.
        pattern: as for `listing`.
        key: of a file, by its path.

    Raises:
        KodoError: two files have one key; or as `key`.
    """
    files: dict[Key, Path] = {}
    for found in listing(folder, pattern):
        path = folder / found.name
        first = files.setdefault(key(path), path)
        if first != path:
            raise KodoError(f"{path.name} is there twice: {first} and {path}; remove one.")
    return files


def _walk(
    folder: Path, above: tuple[str, ...], wanted: list[list[str]], depth: int, lead: tuple[str, ...]
) -> Iterator[Found]:
    """Names from the last to the first: `above` from where it began down to here, `lead` further up."""
    try:
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise KodoError(f"Could not read the folder {folder}: {(error.strerror or '').lower()}.") from error
    for entry in inside:
        if entry.name.startswith((".", "__MACOSX")):
            continue
        path = (entry.name, *above)
        if entry.is_dir():
            if depth > 0:
                yield from _walk(Path(entry.path), path, wanted, depth - 1, lead)
        elif any(_ends((*path, *lead), parts) for parts in wanted):
            facts = entry.stat()
            yield Found("/".join(path[::-1]), facts.st_size, facts.st_mtime_ns)


def _complete(folder: Path, pattern: str, depth: int = 12) -> bool:
    """Whether files are there for each side of every `&`."""
    return all(any(listing(folder, side, depth)) for side in pattern.split("&"))


def _ends(path: tuple[str, ...], parts: list[str]) -> bool:
    """Both from the last part to the first."""
    return len(parts) <= len(path) and all(fnmatchcase(p, w) for p, w in zip(path, parts, strict=False))


def _holding(place: Path, card: Dataset, nested: int, allowance: Allowance | None) -> Path | None:
    """The folder in which files match, at most so many archives deep; one allowance for all of them."""
    if not place.is_dir():
        if nested == 0 or not is_archive(place):
            return None
        allowance = allowance or Allowance(place)
        place = unpack(place, cache_folder() / "unpacked", allowance)
        nested -= 1
    if _complete(place, card.pattern):
        return place
    for path in sorted(place.iterdir()):
        if is_archive(path):
            held = _holding(path, card, nested, allowance)
            if held is not None:
                return held
    return None


def _looked(place: Path, card: Dataset, nested: int) -> Here:
    """As `_holding`, of what is unpacked already."""
    if not place.is_dir():
        if nested == 0 or not is_archive(place):
            return "no"
        place, nested = unpacked(place, cache_folder() / "unpacked"), nested - 1
        if not place.is_dir():
            return "packed"
    if _complete(place, card.pattern):
        return "yes"
    inside = [_looked(path, card, nested) for path in sorted(place.iterdir()) if is_archive(path)]
    return "yes" if "yes" in inside else "packed" if "packed" in inside else "no"


def _places(folder: Path, card: Dataset) -> list[Path]:
    """What below a data folder has one of the dataset's names, and the folder itself where it has."""
    names = {_plain(name) for name in (card.name, *card.folders)}
    named = [path for path in sorted(folder.iterdir()) if _plain(stem(path.name)) in names]
    return [*named, folder] if _plain(folder.name) in names else named


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
