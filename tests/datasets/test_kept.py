"""What was made of stored recordings: kept once, opened as a memory map, never half there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kodo.datasets import store
from kodo.datasets.recording import UNLABELLED, Channel, Recording, Recordings, gather
from kodo.datasets.store import kept, load, open_stored
from kodo.errors import KodoError

OWN = tuple(Channel(f"c{i}", "other", "", "", "") for i in range(2))


@pytest.fixture
def recordings(small_hapt: Path) -> Recordings:
    return load("hapt")


def halved(recordings: Recordings, made: list[str]) -> Callable[[], Iterator[Recording]]:
    """Every second row of the first two channels; `made` is told the names."""

    def make() -> Iterator[Recording]:
        for r in recordings:
            made.append(r.name)
            yield replace(r, rate=r.rate / 2, channels=OWN, signal=r.signal[::2, :2], label=r.label[::2])

    return make


def entries(cache: Path) -> list[Path]:
    return sorted((cache / "store" / "made").glob("*/*"))


def test_the_second_time_it_is_a_memory_map_with_the_same_bits(recordings: Recordings) -> None:
    made: list[str] = []
    first = kept(recordings, "a", halved(recordings, made))
    second = kept(recordings, "a", halved(recordings, made))
    plain = gather(recordings.card, list(halved(recordings, [])()), "a")
    assert made == [r.name for r in recordings]
    for got in (first, second):
        assert isinstance(got.signal.base, np.memmap)
        assert (got.checksum, got.card) == ("a", recordings.card)
        assert got.signal.tobytes() == plain.signal.tobytes()
        assert got.label.tobytes() == plain.label.tobytes()
        assert (got.label[-5:] == UNLABELLED).all()
        assert got.start.tolist() == plain.start.tolist()
        for one, other in zip(got, plain, strict=True):
            assert (one.name, one.rate, one.channels) == (other.name, 25.0, OWN)
            assert (one.subject, one.session, one.facts) == (other.subject, other.session, other.facts)
    assert second[0].channels is second[1].channels


def test_another_checksum_is_another_entry(recordings: Recordings, own_cache: Path) -> None:
    made: list[str] = []
    kept(recordings, "a", halved(recordings, made))
    kept(recordings, "b", halved(recordings, made))
    assert len(made) == 4
    assert len(entries(own_cache)) == 2


def test_what_lies_in_no_cache_is_only_made(recordings: Recordings, own_cache: Path) -> None:
    others = gather(recordings.card, list(recordings), "another checksum")
    fewer = gather(recordings.card, recordings[:1], recordings.checksum)
    made: list[str] = []
    for some in (others, fewer, others, fewer):
        got = kept(some, "a", halved(some, made))
        assert (got.checksum, len(got)) == ("a", len(some))
    assert len(made) == 6
    assert not entries(own_cache)


def test_a_worker_that_opened_by_checksum_shares_it(recordings: Recordings) -> None:
    made: list[str] = []
    kept(recordings, "a", halved(recordings, made))
    again = open_stored(recordings.checksum)
    got = kept(again, "a", halved(again, made))
    assert len(made) == 2
    assert isinstance(got.signal.base, np.memmap)


@pytest.mark.parametrize("end", [KeyboardInterrupt, KodoError])
def test_nothing_is_left_of_a_writer_that_was_stopped(
    recordings: Recordings, own_cache: Path, end: type[BaseException]
) -> None:
    def stopped() -> Iterator[Recording]:
        yield recordings[0]
        raise end("stop")

    with pytest.raises(end):
        kept(recordings, "a", stopped)
    assert not entries(own_cache)
    assert len(kept(recordings, "a", halved(recordings, []))) == 2


def test_what_a_killed_writer_left_is_not_taken_for_an_entry(recordings: Recordings, own_cache: Path) -> None:
    kept(recordings, "a", halved(recordings, []))
    (entry,) = entries(own_cache)
    os.replace(entry, entry.with_name(f".{entry.name}.0123abcd"))  # as a kill before the last line leaves it
    made: list[str] = []
    kept(recordings, "a", halved(recordings, made))
    assert len(made) == 2


def test_a_cache_that_may_only_be_read_gives_the_same_in_memory(
    recordings: Recordings, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = kept(recordings, "a", halved(recordings, []))
    monkeypatch.setattr(store.os, "access", lambda path, mode: False)
    made: list[str] = []
    again = kept(recordings, "a", halved(recordings, made))
    assert made == []  # what is there is opened
    assert again.signal.tobytes() == there.signal.tobytes()
    other = kept(recordings, "b", halved(recordings, made))
    assert len(made) == 2
    assert other.signal.tobytes() == there.signal.tobytes()
    assert len(entries(own_cache)) == 1


def test_the_longest_unused_goes_first(
    recordings: Recordings, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "ROOM", 2)
    for second, name in enumerate(("a", "b")):
        kept(recordings, name, halved(recordings, []))
        newest = max(entries(own_cache), key=lambda entry: entry.stat().st_mtime)
        os.utime(newest, (second, second))
    kept(recordings, "a", halved(recordings, []))  # used again, so that b is the oldest
    kept(recordings, "c", halved(recordings, []))
    assert len(entries(own_cache)) == 2
    made: list[str] = []
    kept(recordings, "a", halved(recordings, made))
    assert made == []
    kept(recordings, "b", halved(recordings, made))
    assert len(made) == 2


def test_recordings_that_do_not_fit_together_are_refused(recordings: Recordings, own_cache: Path) -> None:
    def narrower() -> Iterator[Recording]:
        yield recordings[0]
        yield replace(recordings[1], signal=recordings[1].signal[:, :3], channels=recordings[1].channels[:3])

    with pytest.raises(KodoError, match="exp02_user12 of hapt has 3 channels, the first one has 6"):
        kept(recordings, "a", narrower)
    assert not entries(own_cache)
