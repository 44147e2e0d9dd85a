"""Parsed recordings kept in the cache, so that files are read once and opened as memory maps."""

from __future__ import annotations

import json
import os
import posixpath
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from platform import node
from typing import IO, Any, NoReturn

import numpy as np
from numpy.lib import format as npy

from kodo.datasets.catalogue import DATASETS, dataset
from kodo.datasets.check import usable
from kodo.datasets.locate import Found, cache_folder, find, listing, missing
from kodo.datasets.recording import UNLABELLED, Channel, Dataset, Download, Recording, Recordings, gather
from kodo.errors import KodoError
from kodo.files import digest, replacing, sha256, write_text

FORMAT = 2
"""Of an entry; raised when what is written changes."""

ROOM = 8
"""Results of signal steps that are kept of one dataset; the longest unused goes first."""


def load(name: str) -> Recordings:
    """The recordings of a dataset, parsed the first time and memory-mapped from the cache afterwards.

    Args:
        name: of a registered dataset, or the path of a folder with a dataset.toml.

    Raises:
        KodoError: the dataset is unknown, its files are missing or not as published, or the cache cannot
            be written.
    """
    card, folder, found = _files(name)
    entry = _store() / digest([FORMAT, card.name, card.version, found])
    if not entry.is_dir():
        _parse(card, folder, found, entry)
    return _open(entry, card)


def open_stored(checksum: str) -> Recordings:
    """The recordings that `load` gave with this checksum, without looking at the dataset's files.

    Args:
        checksum: `recordings.checksum`.

    Raises:
        KodoError: they are not in the cache.
    """
    pointer = _store() / "checksums" / checksum
    if not pointer.is_file():
        raise KodoError(f"The cache {_store()} holds no recordings with checksum {checksum[:12]}…")
    return _open(_store() / pointer.read_text(encoding="utf-8"), None)


def stored(name: str, checksum: str) -> Recordings:
    """As `open_stored`; a machine that has not met these recordings yet reads its own files of the dataset.

    Args:
        name: of the dataset, as its card says.
        checksum: `recordings.checksum` where the work was planned.

    Raises:
        KodoError: this machine has no such dataset, or other files of it.
    """
    if (_store() / "checksums" / checksum).is_file():
        return open_stored(checksum)
    if name not in DATASETS:
        raise KodoError(
            f"The cache {_store()} on {node()} does not hold the recordings of '{name}', and a folder of "
            "your own is not found by its name: let all machines share one KODO_CACHE."
        )
    recordings = load(name)
    if recordings.checksum != checksum:
        raise KodoError(
            f"The files of {name} on {node()} are not those that this was planned with (checksum "
            f"{recordings.checksum[:12]}…, wanted {checksum[:12]}…)."
        )
    return recordings


def kept(recordings: Recordings, checksum: str, make: Callable[[], Iterable[Recording]]) -> Recordings:
    """What was made of stored recordings: memory-mapped from the cache, made and kept the first time.

    Recordings that do not lie in the cache, and a cache that may not be written, give the same in memory.

    Args:
        recordings: before.
        checksum: of the result: of `recordings`, and of everything that decides what is done to them.
        make: gives the result one recording after the other; called only when it is not there.

    Raises:
        KodoError: the disk is full, or as `make`.
    """
    place = _store() / "made" / recordings.checksum[:16]
    entry = place / digest([FORMAT, recordings.checksum, checksum])
    pointer = _store() / "checksums" / recordings.checksum
    stored = isinstance(recordings.signal.base, np.memmap) and pointer.is_file()
    if not stored or not (entry.is_dir() or os.access(_store(), os.W_OK)):
        return gather(recordings.card, list(make()), checksum)
    if not entry.is_dir():
        with replacing(entry) as temporary:
            temporary.mkdir()
            poured = _pour(recordings.card, make(), temporary)
            _write_index(
                temporary, {"checksum": checksum, "card": recordings.card.facts(), "files": {}} | poured
            )
        _make_room(place)
    with suppress(OSError):
        os.utime(entry)
    return _open(entry, recordings.card)


def _make_room(place: Path) -> None:
    with suppress(OSError):  # another process may be making room, too
        newest = sorted(place.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)
        for entry in newest[ROOM:]:
            shutil.rmtree(entry)


def verify(name: str) -> tuple[str, ...]:
    """Read a dataset's files again and compare them with what was read when they were parsed.

    Args:
        name: as for `load`.

    Returns:
        a sentence for each file that changed although name, size and time did not; none is good.

    Raises:
        KodoError: as `load`.
    """
    load(name)
    card, folder, found = _files(name)
    stored = _index(_store() / digest([FORMAT, card.name, card.version, found]))["files"]
    now = _checksums(folder, found)
    return tuple(f"{folder / file} changed since it was parsed." for file in now if now[file] != stored[file])


def _store() -> Path:
    return cache_folder() / "store"


def _files(name: str) -> tuple[Dataset, Path, list[Found]]:
    card = dataset(name)
    folder = find(card)
    found = [] if folder is None else _listed(card, folder)
    if folder is None or not found:
        raise missing(card)
    return card, folder, found


def _listed(card: Dataset, folder: Path) -> list[Found]:
    pattern = f"{card.pattern}|{card.beside}" if card.beside else card.pattern
    return list(listing(folder, pattern))


def _parse(card: Dataset, folder: Path, found: list[Found], entry: Path) -> None:
    with replacing(entry) as temporary:
        temporary.mkdir()
        # Hashing needs no Python, so it runs beside the parser, on the same pages of the disk's cache.
        with ThreadPoolExecutor(1) as beside:
            hashing = beside.submit(_checksums, folder, found)
            poured = _pour(card, card.read(folder), temporary)
            files = hashing.result()
        if _listed(card, folder) != found:
            raise KodoError(f"The files in {folder} changed while they were read: try again.")
        index = {
            "checksum": digest([card.name, card.version, _below(files)], 64),
            "card": card.facts(),
            "files": files,
        }
        _write_index(temporary, index | poured)
        usable(_open(temporary, card))
    write_text(_store() / "checksums" / str(index["checksum"]), entry.name)


def _checksums(folder: Path, found: Sequence[Found]) -> dict[str, str]:
    return {file.name: sha256(folder / file.name) for file in found}


def _below(files: Mapping[str, str]) -> dict[str, str]:
    """Checksums by path below the folder that holds all files, so that other folders above do not count."""
    above = posixpath.commonpath([posixpath.dirname(name) for name in files])
    return {name.removeprefix(above).lstrip("/"): checksum for name, checksum in files.items()}


def _pour(card: Dataset, recordings: Iterable[Recording], folder: Path) -> dict[str, Any]:
    """Write recordings one after the other as they come, then the tail that windows may reach into.

    Returns:
        of the index, `recordings`, and `channels`: what others than the card's the recordings have.
    """
    items: list[dict[str, Any]] = []
    tables = [card.channels]
    rows, channels = 0, card.channels
    with (folder / "signal.npy").open("wb") as signal, (folder / "label.npy").open("wb") as label:
        _head(signal, "<f4", (0, len(channels)))
        _head(label, "<i2", (0,))
        for recording in recordings:
            if not items:
                channels = recording.channels
            _fits(recording, channels)
            signal.write(np.ascontiguousarray(recording.signal, "<f4").data)
            label.write(np.ascontiguousarray(recording.label, "<i2").data)
            rows += len(recording.signal)
            if recording.channels not in tables:
                tables.append(recording.channels)
            items.append(_item(recording, tables.index(recording.channels)))
        longest = max((item["rows"] for item in items), default=0)
        signal.truncate(signal.tell() + longest * len(channels) * 4)  # zeros
        label.write(np.full(longest, UNLABELLED, "<i2").data)
        # Only now is the number of rows known; numpy leaves room for it.
        _head(signal, "<f4", (rows + longest, len(channels)))
        _head(label, "<i2", (rows + longest,))
    return {"recordings": items, "channels": [[vars(c) for c in table] for table in tables[1:]]}


def _head(file: IO[bytes], kind: str, shape: tuple[int, ...]) -> None:
    file.seek(0)
    npy.write_array_header_1_0(file, {"descr": kind, "fortran_order": False, "shape": shape})


def _fits(recording: Recording, channels: tuple[Channel, ...]) -> None:
    rows, columns = recording.signal.shape
    if columns != len(channels) or len(recording.channels) != columns:
        raise KodoError(
            f"Recording {recording.name} of {recording.dataset} has {columns} channels, the first one has "
            f"{len(channels)}; all recordings need the same number."
        )
    if len(recording.label) != rows or rows == 0:
        raise KodoError(
            f"Recording {recording.name} of {recording.dataset} has {rows} samples and "
            f"{len(recording.label)} labels; it needs as many of both, and at least one."
        )


def _item(recording: Recording, table: int) -> dict[str, Any]:
    return {
        "name": recording.name,
        "subject": recording.subject,
        "session": recording.session,
        "rate": recording.rate,
        "rows": len(recording.signal),
        "facts": dict(recording.facts),
        "channels": table,
    }


def _write_index(entry: Path, index: Mapping[str, Any]) -> None:
    (entry / "index.json").write_text(json.dumps(index), encoding="utf-8")


def _index(entry: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((entry / "index.json").read_text(encoding="utf-8"))
    return content


def _open(entry: Path, card: Dataset | None) -> Recordings:
    try:
        index = _index(entry)
        # As plain arrays: slices of numpy's memmap class cost ten times as much.
        signal = np.load(entry / "signal.npy", mmap_mode="c").view(np.ndarray)
        label = np.load(entry / "label.npy", mmap_mode="c").view(np.ndarray)
        card = card or _card(index["card"])
        tables = [card.channels, *(_channels(table) for table in index["channels"])]
    except (OSError, ValueError, KeyError) as error:
        raise KodoError(f"The cache entry {entry} is damaged ({error}): delete it and try again.") from error
    start = np.concatenate([[0], np.cumsum([item["rows"] for item in index["recordings"]])]).astype(np.int64)
    items = []
    for item, first, after in zip(index["recordings"], start[:-1].tolist(), start[1:].tolist(), strict=True):
        items.append(
            Recording(
                card.name, item["name"], item["subject"], item["session"], item["rate"],
                tables[item["channels"]], signal[first:after], label[first:after],
                item["facts"],
            )
        )  # fmt: skip
    return Recordings(card, tuple(items), signal, label, start[:-1], index["checksum"])


def _channels(listed: Sequence[Mapping[str, str]]) -> tuple[Channel, ...]:
    return tuple(Channel(**channel) for channel in listed)


def _card(facts: dict[str, Any]) -> Dataset:
    """A card as it was when the files were parsed; a folder's description may have changed since."""
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()
    }
    plain["channels"] = _channels(facts["channels"])
    plain["files"] = tuple(Download(**file) for file in facts["files"])
    return Dataset(**plain, read=_gone)


def _gone(folder: Path) -> NoReturn:
    raise KodoError(f"These recordings came from the cache; load the dataset by name to read {folder}.")
