"""Fetching from publishers whose servers break off, change their minds, or answer with something else."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kodo.datasets import archive
from kodo.datasets import fetch as room
from kodo.datasets.catalogue import DATASETS
from kodo.datasets.fetch import amount, by_hand, fetch, place_of
from kodo.datasets.locate import data_folders, fetch_folder, find, missing
from kodo.datasets.readers.hapt import HAPT
from kodo.datasets.recording import Download
from kodo.errors import KodoError
from publisher import CONTENT, SHA256, VERSIONS, Handler, Mood, Publisher, moody

NOW = (0.0, 0.0, 0.0)
Disk = namedtuple("Disk", ["total", "used", "free"])


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """A server on this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    # Nothing is encrypted here, and reading the certificates takes longer than everything else.
    monkeypatch.setattr(httpx, "Client", partial(httpx.Client, verify=False))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.publisher = found = Publisher(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def refused(publisher: Publisher, folder: Path, words: str, **card: object) -> str:
    """The sentence of a fetch that must fail and leave nothing under the final name."""
    with pytest.raises(KodoError, match=words) as caught:
        fetch(publisher.card(**card), folder, waits=NOW)  # type: ignore[arg-type]
    assert not (folder / "hapt" / "HAPT.zip").exists()
    return str(caught.value)


def test_a_file_comes_whole_and_stays_as_it_came(publisher: Publisher, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    place = fetch(publisher.card(size=len(CONTENT)), tmp_path, lambda *step: seen.append(step))
    assert place == tmp_path / "hapt"
    assert (place / "HAPT.zip").read_bytes() == CONTENT
    assert sorted(p.name for p in place.iterdir()) == [".HAPT.zip.json", "HAPT.zip"]
    assert seen[0] == ("HAPT.zip", 0, len(CONTENT))
    assert seen[-1] == ("HAPT.zip", len(CONTENT), len(CONTENT))
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_what_is_there_is_not_fetched_again(publisher: Publisher, tmp_path: Path) -> None:
    said: list[str] = []
    fetch(publisher.card(), tmp_path)
    fetch(publisher.card(), tmp_path, say=said.append)
    assert len(publisher.asked) == 1
    assert said == ["HAPT.zip is there already."]
    (tmp_path / "hapt" / "HAPT.zip").write_bytes(b"other")
    with pytest.raises(KodoError, match=f"is there, but is not .* not {SHA256}. Delete it"):
        fetch(publisher.card(), tmp_path)


@pytest.mark.parametrize("breaks", [[1000], [1, 1, 1, 1, 1, 1, 50_000], [0, 0, 70_000, 0, 0, 9]])
@pytest.mark.parametrize("sha256", [SHA256, ""])
def test_it_goes_on_where_the_connection_broke(
    publisher: Publisher, tmp_path: Path, breaks: list[int], sha256: str
) -> None:
    publisher.breaks = list(breaks)
    said: list[str] = []
    place = fetch(publisher.card(sha256), tmp_path, say=said.append, waits=NOW)
    assert (place / "HAPT.zip").read_bytes() == CONTENT
    starts = [int(a.get("range", "bytes=0-")[6:-1]) for a in publisher.asked]
    assert starts == [sum(breaks[:n]) for n in range(len(breaks) + 1)]
    assert all(a["if-range"] == '"one"' for a, start in zip(publisher.asked, starts, strict=True) if start)
    assert sum("trying again in 0 s" in sentence for sentence in said) == len(breaks)


def test_the_next_call_goes_on_where_this_one_gave_up(publisher: Publisher, tmp_path: Path) -> None:
    publisher.breaks = [5000, 0, 0, 0]
    said = refused(publisher, tmp_path, r"connection broke .*, 4 times in a row.*are kept")
    assert "0.0 MB" in said
    assert (tmp_path / "hapt" / "HAPT.zip.part").read_bytes() == CONTENT[:5000]
    fetch(publisher.card(), tmp_path, waits=())
    assert publisher.asked[-1]["range"] == "bytes=5000-"


def test_ctrl_c_keeps_the_part(publisher: Publisher, tmp_path: Path) -> None:
    def stop(name: str, done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(publisher.card(), tmp_path, stop)
    here = (tmp_path / "hapt" / "HAPT.zip.part").stat().st_size
    assert here > 0
    assert not (tmp_path / "hapt" / "HAPT.zip").exists()
    fetch(publisher.card(), tmp_path)
    assert (tmp_path / "hapt" / "HAPT.zip").read_bytes() == CONTENT


def test_stopped_before_the_checksum_nothing_is_asked_again(publisher: Publisher, tmp_path: Path) -> None:
    def stop(name: str, done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(publisher.card(), tmp_path, stop)
    assert (fetch(publisher.card(), tmp_path) / "HAPT.zip").read_bytes() == CONTENT
    assert len(publisher.asked) == 1


@pytest.mark.parametrize("sha256", [SHA256, ""])
def test_a_server_that_ignores_ranges_begins_anew(publisher: Publisher, tmp_path: Path, sha256: str) -> None:
    publisher.ranges = False
    publisher.breaks = [1000, 60_000]
    said: list[str] = []
    place = fetch(publisher.card(sha256), tmp_path, say=said.append, waits=NOW)
    assert (place / "HAPT.zip").read_bytes() == CONTENT
    assert any("beginning anew" in sentence for sentence in said)


@pytest.mark.parametrize("weak", ["", 'W/"one"'])
def test_without_a_version_only_a_checksum_lets_it_go_on(
    publisher: Publisher, tmp_path: Path, weak: str
) -> None:
    publisher.etag = weak
    publisher.breaks = [1000, 1000]
    fetch(publisher.card(""), tmp_path / "unknown", waits=NOW)
    assert [a.get("range") for a in publisher.asked] == [None, None, None]
    publisher.asked.clear()
    publisher.breaks = [1000]
    fetch(publisher.card(), tmp_path / "known", waits=NOW)
    assert [a.get("range") for a in publisher.asked] == [None, "bytes=1000-"]


def test_the_date_of_change_stands_in_for_an_etag(publisher: Publisher, tmp_path: Path) -> None:
    publisher.etag, publisher.date = "", "Wed, 01 Jul 2015 00:00:00 GMT"
    publisher.breaks = [1000]
    fetch(publisher.card(""), tmp_path, waits=NOW)
    assert publisher.asked[1]["if-range"] == publisher.date


@pytest.mark.parametrize("conditional", [True, False])
def test_a_file_that_changes_midway_is_never_glued(
    publisher: Publisher, tmp_path: Path, conditional: bool
) -> None:
    def change(server: Publisher) -> None:
        server.content = b"before" + CONTENT
        # A server that does not know If-Range goes on with whatever it has.
        server.etag = '"two"' if conditional else '"one"'

    publisher.breaks = [100_000]
    publisher.meanwhile = change
    place = fetch(publisher.card(""), tmp_path, waits=NOW)
    assert (place / "HAPT.zip").read_bytes() == b"before" + CONTENT


def test_another_file_than_the_card_names_is_removed(publisher: Publisher, tmp_path: Path) -> None:
    said = refused(publisher, tmp_path, "gave another file", sha256="0" * 64)
    assert SHA256 in said
    assert "0" * 64 in said
    assert [p.name for p in (tmp_path / "hapt").iterdir()] == [".HAPT.zip.json"]


def test_a_checksum_that_nobody_knew_is_kept_and_held_against_the_next(
    publisher: Publisher, tmp_path: Path
) -> None:
    said: list[str] = []
    path = fetch(publisher.card(""), tmp_path, say=said.append) / "HAPT.zip"
    assert any(SHA256 in sentence for sentence in said)
    path.write_bytes(b"spoiled")
    with pytest.raises(KodoError, match=f"not {SHA256}"):
        fetch(publisher.card(""), tmp_path)
    path.unlink()
    publisher.content = CONTENT + b"comment"
    said.clear()
    fetch(publisher.card(""), tmp_path, say=said.append)
    assert any(f"changed at the publisher's: its SHA-256 was {SHA256}" in sentence for sentence in said)


def test_a_spoiled_note_is_a_new_beginning(publisher: Publisher, tmp_path: Path) -> None:
    publisher.breaks = [1000, 0, 0, 0]
    refused(publisher, tmp_path, "connection broke")
    for spoiled in ("{", "[]", '{"other": 1}'):
        (tmp_path / "hapt" / ".HAPT.zip.json").write_text(spoiled)
        publisher.breaks = [0, 0, 0, 0]
        refused(publisher, tmp_path, "connection broke", sha256="")
    assert (fetch(publisher.card(""), tmp_path) / "HAPT.zip").read_bytes() == CONTENT


@pytest.mark.parametrize("code", [401, 403, 404, 410, 204])
def test_an_answer_that_will_stay_is_said_at_once(publisher: Publisher, tmp_path: Path, code: int) -> None:
    publisher.answers = [(code, {})]
    said = refused(publisher, tmp_path, f"answers {code}")
    assert HAPT.address in said
    assert len(publisher.asked) == 1


@pytest.mark.parametrize("code", [429, 500, 503])
def test_an_answer_that_may_pass_is_asked_again(publisher: Publisher, tmp_path: Path, code: int) -> None:
    publisher.answers = [(code, {})] * 3
    fetch(publisher.card(), tmp_path, waits=NOW)
    publisher.answers = [(code, {})] * 4
    refused(publisher, tmp_path / "again", f"the server answers {code}.*4 times in a row")


def test_redirects_are_followed_but_not_for_ever(publisher: Publisher, tmp_path: Path) -> None:
    publisher.answers = [(302, {"Location": "/b"}), (301, {"Location": f"{publisher.address}/c"})]
    publisher.breaks = [1000]
    fetch(publisher.card(), tmp_path, waits=NOW)
    publisher.answers = [(307, {"Location": "/again"})] * 100
    refused(publisher, tmp_path / "loop", "from one address to the next more than 10 times")


@pytest.mark.parametrize("place", ["ftp://127.0.0.1/a", "file:///etc/passwd", "http://[bad]", "http://a..b"])
def test_a_redirect_elsewhere_is_refused(publisher: Publisher, tmp_path: Path, place: str) -> None:
    publisher.answers = [(302, {"Location": place})] * 4
    refused(publisher, tmp_path, "not safe to follow|an address that is none|Invalid URL in location header")


def test_what_was_encrypted_stays_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    down = httpx.MockTransport(lambda request: httpx.Response(302, headers={"Location": "http://a.org/b"}))
    monkeypatch.setattr(httpx, "Client", partial(httpx.Client, transport=down))
    card = replace(HAPT, files=(Download("https://a.org/HAPT.zip", "HAPT.zip"),))
    with pytest.raises(KodoError, match=r"https://a\.org/.* leads to http://a\.org/b, which is not safe"):
        fetch(card, tmp_path)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/zip"])
def test_a_page_to_sign_in_is_no_archive(publisher: Publisher, tmp_path: Path, kind: str) -> None:
    publisher.content, publisher.kind = b"\xef\xbb\xbf\n<!DOCTYPE HTML><title>Sign in</title>", kind
    said = refused(publisher, tmp_path, "a web page instead of HAPT.zip")
    assert HAPT.address in said
    assert not (tmp_path / "hapt" / "HAPT.zip.part").exists()


@pytest.mark.parametrize("name", ["HAPT.zip", "HAPT.tar.gz", "HAPT.tar.xz", "HAPT.tar"])
@pytest.mark.parametrize("content", [b"no archive" * 99, b"\x1f\x8b\x08\x00" + b"\x07" * 99, b""])
def test_what_is_no_archive_does_not_get_its_name(
    publisher: Publisher, tmp_path: Path, name: str, content: bytes
) -> None:
    publisher.content = content
    refused(publisher, tmp_path, "no whole archive", sha256="", name=name)
    assert not list((tmp_path / "hapt").glob("HAPT*"))


def test_a_stream_without_a_length(publisher: Publisher, tmp_path: Path) -> None:
    publisher.says_length = False
    fetch(publisher.card(""), tmp_path / "whole")
    publisher.breaks = [1000]
    refused(publisher, tmp_path / "half", "no whole archive", sha256="")
    # A card that knows the size sees the break that the protocol hides.
    publisher.breaks = [1000]
    said: list[str] = []
    fetch(publisher.card(size=len(CONTENT)), tmp_path / "size", say=said.append, waits=NOW)
    assert "the connection ended too early" in said[0]
    refused(publisher, tmp_path / "more", "sends more than the 99 bytes", size=99)
    assert (tmp_path / "more" / "hapt" / "HAPT.zip.part").stat().st_size == 0


def test_a_length_that_is_a_lie(publisher: Publisher, tmp_path: Path) -> None:
    publisher.answers = [(200, {"Content-Length": "5000", "Connection": "close"})] * 4
    refused(publisher, tmp_path, "connection broke")


def test_another_size_than_the_cards_is_refused_before_it_comes(publisher: Publisher, tmp_path: Path) -> None:
    refused(publisher, tmp_path, r"has 205,\d\d\d bytes now, the card of this dataset says 99", size=99)
    assert not (tmp_path / "hapt" / "HAPT.zip.part").exists()


def test_a_full_disk_is_seen_before_it_comes(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Disk(100, 90, 10))
    refused(publisher, tmp_path, r"HAPT.zip needs 0\.2 MB more; .*hapt has 0\.0 MB left")


def test_a_folder_that_cannot_be_made(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KodoError, match=r"Could not write .*: not a directory"):
        fetch(publisher.card(), tmp_path / "file")


def test_nobody_answers(tmp_path: Path, publisher: Publisher) -> None:
    card = replace(HAPT, files=(Download("http://127.0.0.1:1/HAPT.zip", "HAPT.zip"),))
    with pytest.raises(
        KodoError, match=r"Could not fetch HAPT.zip from http://127.0.0.1:1/.*connection broke"
    ):
        fetch(card, tmp_path, waits=NOW)


def test_several_files(publisher: Publisher, tmp_path: Path) -> None:
    files = tuple(Download(f"{publisher.address}/{n}", f"{n}.bin", SHA256) for n in "ab")
    place = fetch(replace(HAPT, files=files), tmp_path)
    assert [(place / f"{n}.bin").read_bytes() == CONTENT for n in "ab"] == [True, True]


def test_what_no_address_gives(tmp_path: Path) -> None:
    card = replace(HAPT, files=())
    with pytest.raises(KodoError, match="cannot be fetched for you") as caught:
        fetch(card, tmp_path)
    assert str(caught.value) == str(by_hand(card, tmp_path))
    assert all(part in str(caught.value) for part in (HAPT.address, "'hapt'", str(tmp_path)))


def test_what_was_fetched_is_found_without_any_setting(
    publisher: Publisher, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KODO_DATA", raising=False)
    card = publisher.card()
    assert "kodo fetch hapt" in str(missing(card))
    assert data_folders() == []
    assert fetch_folder() == own_cache / "data"
    fetch(card, fetch_folder())
    assert data_folders() == [own_cache / "data"]
    found = find(card)
    assert found is not None
    assert (found / "RawData" / "labels.txt").read_text() == "1 1 5 3 10\n"


def test_datasets_of_one_archive_share_its_folder(tmp_path: Path) -> None:
    cards = [DATASETS.get(name) for name in DATASETS.names()]
    fetched = {card.files: [place_of(c, tmp_path) for c in cards if c.files == card.files] for card in cards}
    assert len(fetched[DATASETS.get("wisdm19_phone").files]) == 6
    assert all(len(set(places)) == 1 for files, places in fetched.items() if files)


def test_where_it_goes(tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    monkeypatch.setenv("KODO_DATA", f"{tmp_path / 'a'}{os.pathsep}{tmp_path / 'b'}")
    assert fetch_folder() == tmp_path / "a"
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != tmp_path / "a")
    assert fetch_folder() == tmp_path / "b"
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert fetch_folder() == own_cache / "data"


def test_amounts_are_said_shortly() -> None:
    assert (amount(0), amount(79_596_192), amount(1_600_000_000)) == ("0.0 MB", "79.6 MB", "1.60 GB")


MOODS = st.tuples(
    st.integers(0, 3),  # version
    st.integers(0, 70),  # bytes that come before it breaks off
    st.sampled_from(["range", "no range", "no condition", "503", "416", "wrong range"]),
    st.booleans(),  # whether versions are told apart
)


@settings(max_examples=60)
@given(st.lists(MOODS, max_size=12))
@example([(0, 10, "range", True), (1, 99, "no condition", False)])
@example([(0, 10, "range", True), (1, 99, "no condition", True)])
@example([(0, 10, "range", True), (2, 99, "no range", True), (0, 99, "wrong range", True)])
def test_a_file_is_one_version_or_none(moods: list[Mood]) -> None:
    with TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx, "Client", partial(httpx.Client, transport=moody(list(moods))))
        card = replace(HAPT, files=(Download("https://a.org/a.bin", "a.bin"),))
        path = Path(place) / "hapt" / "a.bin"
        for _ in range(6):
            try:
                fetch(card, Path(place), waits=NOW)
                break
            except KodoError:
                assert not path.exists()
        assert path.read_bytes() in VERSIONS


def test_the_page_says_the_limits_that_hold() -> None:
    page = " ".join((Path(__file__).parents[2] / "docs" / "fetch.md").read_text(encoding="utf-8").split())
    *first, last = (f"{wait:g}" for wait in room.WAITS)
    assert f"again after {', '.join(first)} and {last} seconds" in page
    assert f"more than {archive.MOST_TIMES} times its own size" in page
    assert (
        f"more than {archive.ALWAYS_BYTES / 2**30:g} GiB, more than {archive.MOST_BYTES / 2**30:g} GiB"
        in page
    )
    assert archive.MOST_MEMBERS == 10**6
