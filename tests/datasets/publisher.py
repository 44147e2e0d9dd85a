"""A publisher's server on this machine: it breaks off, changes its mind, or answers with something else."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler

import httpx

from kodo.datasets.readers.hapt import HAPT
from kodo.datasets.recording import Dataset, Download

Mood = tuple[int, int, str, bool]
"""Version, bytes until it breaks off, how it answers, whether it tells versions apart."""

VERSIONS = [bytes([65 + n]) * size for n, size in enumerate((50, 50, 61, 40))]


def packed() -> bytes:
    """A zip of 200 kB with three files, the same every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(zipfile.ZipInfo("RawData/labels.txt"), "1 1 5 3 10\n")
        file.writestr(zipfile.ZipInfo("RawData/acc_exp01_user01.txt"), "0 0 1\n")
        file.writestr(zipfile.ZipInfo("noise.bin"), bytes(range(256)) * 800)
    return buffer.getvalue()


CONTENT = packed()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Publisher:
    """What the server has, how it behaves, and what it was asked."""

    address: str = ""
    content: bytes = CONTENT
    etag: str = '"one"'
    date: str = ""
    kind: str = "application/zip"
    ranges: bool = True
    says_length: bool = True
    breaks: list[int] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    meanwhile: Callable[[Publisher], None] = lambda publisher: None
    asked: list[dict[str, str]] = field(default_factory=list)

    def card(self, sha256: str = SHA256, size: int = 0, name: str = "HAPT.zip") -> Dataset:
        return replace(HAPT, files=(Download(f"{self.address}/{name}", name, sha256, size),))


class Handler(BaseHTTPRequestHandler):
    """Answers as the publisher of its server says."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        publisher: Publisher = self.server.publisher  # type: ignore[attr-defined]
        publisher.asked.append({key.lower(): value for key, value in self.headers.items()})
        if publisher.answers:
            code, headers = publisher.answers.pop(0)
            self.send_response(code)
            for key, value in {"Content-Length": "0", **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            return
        self._file(publisher)
        if len(publisher.asked) == 1:
            publisher.meanwhile(publisher)

    def _file(self, publisher: Publisher) -> None:
        content = publisher.content
        first = self._first(publisher)
        self.send_response(206 if first else 200)
        self.send_header("Content-Type", publisher.kind)
        if publisher.says_length:
            self.send_header("Content-Length", str(len(content) - first))
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        if publisher.etag:
            self.send_header("ETag", publisher.etag)
        if publisher.date:
            self.send_header("Last-Modified", publisher.date)
        self.end_headers()
        stop = first + publisher.breaks.pop(0) if publisher.breaks else len(content)
        self.wfile.write(content[first:stop])
        self.close_connection = stop < len(content) or not publisher.says_length

    def _first(self, publisher: Publisher) -> int:
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        if not match or not publisher.ranges or condition not in (None, publisher.etag, publisher.date):
            return 0
        return int(match[1])

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


def moody(moods: list[Mood]) -> httpx.MockTransport:
    """A server that behaves by a list, and well once that ends."""

    def answer(request: httpx.Request) -> httpx.Response:
        version, length, mood, tagged = moods.pop(0) if moods else (0, 99, "range", True)
        if mood in ("503", "416"):
            return httpx.Response(int(mood))
        content, tag = VERSIONS[version], f'"{version}"'
        match = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        known = mood == "no condition" or request.headers.get("if-range", tag) == tag
        first = int(match[1]) if match and known and mood != "no range" else 0
        if first >= len(content):
            return httpx.Response(416)

        def pour() -> Iterator[bytes]:
            yield content[first : first + length]
            if first + length < len(content):
                raise httpx.ReadError("broke off")

        headers = {"ETag": tag} if tagged else {}
        headers["Content-Length"] = str(len(content) - first)
        if first:
            shown = first + 1 if mood == "wrong range" else first
            headers["Content-Range"] = f"bytes {shown}-{len(content) - 1}/{len(content)}"
        return httpx.Response(206 if first else 200, headers=headers, content=pour())

    return httpx.MockTransport(answer)
