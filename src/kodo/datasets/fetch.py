"""Fetching datasets from their publishers: whole or not at all, and going on where a connection broke."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kodo.datasets.archive import MOST_BYTES, is_archive, is_readable
from kodo.datasets.recording import Dataset, Download
from kodo.errors import KodoError
from kodo.files import sha256, write_json

if TYPE_CHECKING:
    import httpx

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before the first, second, ... new try; they begin again when a try brought something."""

TIMEOUT = 30.0
"""Seconds without an answer after which a connection counts as broken."""

MOST_REDIRECTS = 10
"""Addresses that lead on to other addresses are followed this often."""

PASSING = (408, 425, 429, 500, 502, 503, 504)
"""Answers of servers that may be another one a moment later."""

PAGE = (b"<!doctype html", b"<html")
"""How a web page begins."""

Progress = Callable[[str, int, int], None]
"""Called with (name of the file, bytes that are here, bytes in all or 0 where nobody knows)."""

Say = Callable[[str], None]
"""Called with a sentence for the person who waits."""


def silent(*_: object) -> None:
    """Show nothing."""


def fetch(
    card: Dataset,
    folder: Path,
    progress: Progress = silent,
    say: Say = silent,
    waits: Sequence[float] = WAITS,
) -> Path:
    """Download a dataset's files into a folder of their own, as they come from the publisher.

    What is half there is named `NAME.part` and continued by the next call. The checksum of every file is
    kept beside it, hidden, so that a change at the publisher's is noticed.

    Args:
        card: of the dataset.
        folder: the folder of datasets; for ours below it see `place_of`.
        progress: called often while bytes come.
        say: called with what should be known: a new try, a new beginning, a checksum.
        waits: seconds before each new try; as many tries without a further byte are made.

    Returns:
        the dataset's folder.

    Raises:
        KodoError: the dataset must be got by hand; the publisher does not answer, answers with something
            else, or the file is not the one on the card; or the disk is full or cannot be written.
    """
    if not card.files:
        raise by_hand(card, folder)
    import httpx

    place = place_of(card, folder)
    headers = {"User-Agent": "kodo", "Accept-Encoding": "identity"}
    try:
        place.mkdir(parents=True, exist_ok=True)
        with httpx.Client(timeout=TIMEOUT, headers=headers) as client:
            for file in card.files:
                _fetch(client, _Task(file, place / file.name, card.address, progress, say), waits)
    except OSError as error:
        raise KodoError(f"Could not write {place}: {(error.strerror or str(error)).lower()}.") from error
    return place


def place_of(card: Dataset, folder: Path) -> Path:
    """The folder of a dataset; those that come in one archive share it, so that it is fetched once.

    Args:
        card: of the dataset.
        folder: the folder of datasets.
    """
    return folder / (card.folders or (card.name,))[0]


def by_hand(card: Dataset, folder: Path) -> KodoError:
    """The sentence for a dataset that cannot be fetched: what to get where, and where to put it."""
    names = " or ".join(f"'{name}'" for name in (card.folders or (card.name,))[:2])
    return KodoError(
        f"{card.name} ({card.title}) cannot be fetched for you. Get it from {card.address} and put it, "
        f"unpacked or as a zip or tar file, into {folder} under the name {names}."
    )


def amount(size: int) -> str:
    """A number of bytes as people say it: "79.6 MB"."""
    return f"{size / 1e6:,.1f} MB" if size < 1e9 else f"{size / 1e9:,.2f} GB"


@dataclass(frozen=True)
class _Task:
    """A file to be fetched: from where, to where, and who hears of it."""

    file: Download
    path: Path
    page: str
    progress: Progress
    say: Say

    @property
    def part(self) -> Path:
        return self.path.with_name(f"{self.path.name}.part")

    @property
    def here(self) -> int:
        """Bytes of the part."""
        return self.part.stat().st_size if self.part.is_file() else 0


@dataclass(frozen=True)
class _Kept:
    """What is remembered beside a file, or beside a part of it.

    Args:
        sha256: of the file when it was last whole.
        validator: what the server called the version that the part belongs to (ETag or date).
        size: of that version; 0 where the server does not say.
    """

    sha256: str = ""
    validator: str = ""
    size: int = 0


def _note(path: Path) -> Path:
    return path.with_name(f".{path.name}.json")


def _kept(path: Path) -> _Kept:
    try:
        return _Kept(**json.loads(_note(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return _Kept()  # never fetched, or written by somebody else: begin anew


def _keep(path: Path, kept: _Kept) -> None:
    write_json(_note(path), asdict(kept))


def _fetch(client: httpx.Client, task: _Task, waits: Sequence[float]) -> None:
    name = task.file.name
    if task.path.is_file():
        _same(task)
        task.say(f"{name} is there already.")
        return
    longest, failures = task.here, 0
    while fault := _try(client, task):
        failures = 1 if task.here > longest else failures + 1
        longest = max(longest, task.here)
        if failures > len(waits):
            raise KodoError(
                f"Could not fetch {name} from {task.file.address}: {fault}, {failures} times in a row. "
                f"{amount(task.here)} are kept: the same command goes on from there."
            )
        wait = waits[failures - 1]
        task.say(f"{name}: {fault}, after {amount(task.here)}; trying again in {wait:g} s.")
        time.sleep(wait)
    _finish(task)


def _same(task: _Task) -> None:
    """Refuse a file that is there when it is another one than the card or the last fetch says."""
    wanted = task.file.sha256 or _kept(task.path).sha256
    if wanted and (found := sha256(task.path)) != wanted:
        raise KodoError(
            f"{task.path} is there, but is not the file that was wanted: its SHA-256 is {found}, not "
            f"{wanted}. Delete it and fetch it again."
        )


def _try(client: httpx.Client, task: _Task) -> str:
    """Get what is missing of a file; gives what went wrong for now, or "" when all of it is here."""
    import httpx

    kept, here = _kept(task.path), task.here
    if here and here == kept.size:
        return ""  # it was stopped between the last byte and the checksum
    if here and not (kept.validator or task.file.sha256):
        here = 0  # nothing would tell if the rest came from another version
    headers = {"Range": f"bytes={here}-"} if here else {}
    if here and kept.validator:
        headers["If-Range"] = kept.validator
    try:
        with _answer(client, task.file.address, headers) as response:
            code = response.status_code
            if code in PASSING:
                return f"the server answers {code} ({response.reason_phrase})"
            if code == 416 or (code == 206 and not _continues(response, kept, here)):
                task.part.unlink(missing_ok=True)
                return "the file changed at the publisher's"
            _suits(response, task)
            _receive(response, task, here if code == 206 else 0)
    except httpx.TransportError as error:
        return f"the connection broke ({str(error) or type(error).__name__})"
    wanted = _kept(task.path).size or task.file.size
    return "" if task.here >= wanted else "the connection ended too early"


@contextmanager
def _answer(client: httpx.Client, address: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
    import httpx

    try:
        url = httpx.URL(address)
        for _ in range(MOST_REDIRECTS + 1):
            response = client.send(client.build_request("GET", url, headers=headers), stream=True)
            try:
                if not response.has_redirect_location:
                    yield response
                    return
                there = url.join(response.headers["location"])
            finally:
                response.close()
            if there.scheme not in ("http", "https") or (url.scheme, there.scheme) == ("https", "http"):
                raise KodoError(f"{url} leads to {there}, which is not safe to follow; nothing was fetched.")
            url = there
    except (httpx.InvalidURL, UnicodeError) as error:
        raise KodoError(f"{address} leads to an address that is none ({error}).") from error
    raise KodoError(f"{address} leads from one address to the next more than {MOST_REDIRECTS} times.")


def _continues(response: httpx.Response, kept: _Kept, here: int) -> bool:
    """Whether a part that comes is the rest of the version that is here."""
    first, size = _range(response)
    now, before = _validator(response), kept.validator
    # A server may leave the date out of a part, but not the tag.
    same = not before or now == before or not (now or before.startswith('"'))
    return here > 0 and first == here and same and (not kept.size or size in (0, kept.size))


def _range(response: httpx.Response) -> tuple[int, int]:
    """First byte that comes, and bytes in all or 0."""
    match = re.fullmatch(
        r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)", response.headers.get("content-range", "").strip()
    )
    if match is None:
        return -1, 0
    return int(match[1]), 0 if match[2] == "*" else int(match[2])


def _validator(response: httpx.Response) -> str:
    """What tells versions apart byte by byte; a weak ETag does not."""
    tag: str = response.headers.get("etag", "")
    date: str = response.headers.get("last-modified", "")
    return tag if tag and not tag.startswith("W/") else date


def _size(response: httpx.Response) -> int:
    """Bytes of the whole file; 0 where the server does not say."""
    if response.status_code == 206:
        return _range(response)[1]
    match = re.fullmatch(r"\d{1,18}", response.headers.get("content-length", ""))
    return int(match[0]) if match else 0


def _suits(response: httpx.Response, task: _Task) -> None:
    """Refuse an answer that is not the file before any of it is taken."""
    address, name = task.file.address, task.file.name
    if response.status_code not in (200, 206):
        raise KodoError(
            f"{address} answers {response.status_code} ({response.reason_phrase}); has the file moved? "
            f"The publisher's page is {task.page}"
        )
    if "html" in response.headers.get("content-type", "") and not name.endswith((".html", ".htm")):
        raise _web_page(task)
    size = _size(response)
    if size and task.file.size and size != task.file.size:
        raise KodoError(
            f"{address} has {size:,} bytes now, the card of this dataset says {task.file.size:,}: the "
            f"publisher changed the file. The publisher's page is {task.page}"
        )
    free = shutil.disk_usage(task.path.parent).free
    if size - task.here > free:
        raise KodoError(
            f"{name} needs {amount(size - task.here)} more; {task.path.parent} has {amount(free)} left."
        )


def _receive(response: httpx.Response, task: _Task, here: int) -> None:
    """Write what comes behind the bytes that are here; 0 of them = begin anew."""
    size = _size(response)
    if here:
        task.say(f"{task.file.name}: {amount(here)} are here; going on from there.")
    else:
        if task.here:
            task.say(f"{task.file.name}: beginning anew, this part cannot be continued.")
        task.part.unlink(missing_ok=True)
        _keep(task.path, replace(_kept(task.path), validator=_validator(response), size=size))
    most = size or task.file.size or MOST_BYTES
    task.progress(task.file.name, here, size)
    with task.part.open("r+b" if here else "wb") as file:
        file.seek(here)
        for chunk in response.iter_raw():
            here += file.write(chunk)
            if here > most:
                file.truncate(0)
                raise KodoError(f"{task.file.address} sends more than the {most:,} bytes that were expected.")
            task.progress(task.file.name, here, size)


def _finish(task: _Task) -> None:
    """Give a complete part its final name when it is what was wanted; else remove it."""
    found, before, wanted = sha256(task.part), _kept(task.path), task.file.sha256.lower()
    fault = _fault(task, found)
    if fault is not None:
        task.part.unlink()
        _keep(task.path, _Kept(before.sha256))
        raise fault
    if before.sha256 not in ("", found):
        task.say(f"{task.file.name} changed at the publisher's: its SHA-256 was {before.sha256}.")
    if not wanted:
        task.say(f"{task.file.name} has the SHA-256 {found}; there was none to compare it with.")
    _keep(task.path, _Kept(found))
    os.replace(task.part, task.path)


def _fault(task: _Task, found: str) -> KodoError | None:
    """Why a complete part is not the file that was wanted."""
    name, wanted = task.file.name, task.file.sha256.lower()
    with task.part.open("rb") as file:
        if file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(PAGE):
            return _web_page(task)
    if wanted and found != wanted:
        return KodoError(
            f"{task.file.address} gave another file than the card of this dataset names and it was removed: "
            f"its SHA-256 is {found}, wanted {wanted}."
        )
    if is_archive(task.path) and not is_readable(task.part, name):
        return KodoError(f"What {task.file.address} gave is no whole archive and was removed: try again.")
    return None


def _web_page(task: _Task) -> KodoError:
    return KodoError(
        f"{task.file.address} answers with a web page instead of {task.file.name}; perhaps it wants you to "
        f"sign in or to agree to something. Get the file by hand: {task.page}"
    )
