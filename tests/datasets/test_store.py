"""The cache: parsed once, found again, thrown away when a file changes, never half there."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from kodo.datasets import catalogue, store
from kodo.datasets.readers.hapt import HAPT, read
from kodo.datasets.recording import UNLABELLED, Channel
from kodo.datasets.store import load, open_stored, verify
from kodo.errors import KodoError


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that hapt's reader was asked to read."""
    asked: list[Path] = []

    def counting(folder: Path):  # type: ignore[no-untyped-def]
        asked.append(folder)
        yield from read(folder)

    monkeypatch.setattr(catalogue.DATASETS, "get", lambda name: replace(HAPT, read=counting))
    return asked


def entries(cache: Path) -> list[Path]:
    return [path for path in (cache / "store").iterdir() if path.name != "checksums"]


def test_what_comes_out_is_what_the_reader_gave(small_hapt: Path) -> None:
    recordings = load("hapt")
    for stored, fresh in zip(recordings, read(small_hapt), strict=True):
        assert np.array_equal(stored.signal, fresh.signal)
        assert np.array_equal(stored.label, fresh.label)
        for name in ("dataset", "name", "subject", "session", "rate", "channels", "facts"):
            assert getattr(stored, name) == getattr(fresh, name)
    assert recordings.card == HAPT
    assert recordings.start.tolist() == [0, 40]
    assert recordings.signal.shape == (140, 6)  # and a tail as long as the longest
    assert (recordings.signal[90:] == 0).all()
    assert (recordings.label[90:] == UNLABELLED).all()


def test_it_is_a_memory_map_that_no_write_reaches(small_hapt: Path, own_cache: Path) -> None:
    recordings = load("hapt")
    assert isinstance(recordings.signal.base, np.memmap)
    assert np.shares_memory(recordings[1].signal, recordings.signal)
    torch.from_numpy(recordings.signal)[0] = 7.0  # and no warning: it counts as writable
    assert recordings[0].signal[0, 0] == 7.0
    assert load("hapt").signal[0, 0] != 7.0


def test_a_second_load_takes_no_memory_until_samples_are_touched(
    small_hapt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def long(folder: Path):  # type: ignore[no-untyped-def]
        first, second = read(folder)
        rows = 4_000_000
        yield replace(first, signal=np.ones((rows, 6), np.float32), label=np.zeros(rows, np.int16))
        yield second

    monkeypatch.setattr(catalogue.DATASETS, "get", lambda name: replace(HAPT, read=long))
    load("hapt")
    process = psutil.Process()
    before = process.memory_info().rss
    recordings = load("hapt")
    assert process.memory_info().rss - before < 10 * 2**20
    assert float(recordings[0].signal.sum(dtype=np.float64)) == 24_000_000
    assert process.memory_info().rss - before > 80 * 2**20  # the measure would have seen a copy


def test_parsed_once(small_hapt: Path, own_cache: Path, reads: list[Path]) -> None:
    first, second = load("hapt"), load("hapt")
    assert len(reads) == 1
    assert first.checksum == second.checksum
    assert len(entries(own_cache)) == 1


def test_a_changed_file_is_read_again(small_hapt: Path, own_cache: Path, reads: list[Path]) -> None:
    before = load("hapt").checksum
    labels = small_hapt / "labels.txt"
    labels.write_text(labels.read_text().replace("1 1 5 3 10", "1 1 5 4 10"))
    facts = labels.stat()
    os.utime(labels, ns=(facts.st_atime_ns, facts.st_mtime_ns + 10**9))
    after = load("hapt")
    assert len(reads) == 2
    assert after.checksum != before
    assert (after[0].label == 4).sum() == 17
    assert open_stored(before)[0].label[2] == 4  # the old one is still there


def test_a_file_that_is_read_beside_the_signals_is_watched_and_is_not_the_dataset(small_hapt: Path) -> None:
    before = load("hapt").checksum
    (small_hapt / "labels.txt").write_text("1 1 5 3 10\n2 12 1 1 50\n")
    assert load("hapt").checksum != before
    for path in small_hapt.glob("*_exp*"):
        path.unlink()
    with pytest.raises(KodoError, match="not found"):
        load("hapt")


def test_a_touched_file_has_the_same_checksum(small_hapt: Path, reads: list[Path]) -> None:
    before = load("hapt").checksum
    os.utime(small_hapt / "labels.txt", ns=(1, 1))
    assert load("hapt").checksum == before
    assert len(reads) == 2


def test_another_reader_version_is_read_again(small_hapt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = load("hapt").checksum
    newer = replace(HAPT, version=HAPT.version + 1)
    monkeypatch.setattr(catalogue.DATASETS, "get", lambda name: newer)
    assert load("hapt").checksum != before


def test_the_folders_above_do_not_count(small_hapt: Path, own_cache: Path) -> None:
    before = load("hapt").checksum
    os.replace(small_hapt.parent, small_hapt.parents[1] / "hapt")
    assert load("hapt").checksum == before


def test_workers_open_by_checksum_without_any_file(small_hapt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = load("hapt")
    monkeypatch.delenv("KODO_DATA")
    got = open_stored(wanted.checksum)
    assert np.array_equal(got.signal, wanted.signal)
    assert got.card.facts() == wanted.card.facts()
    assert [r.name for r in got] == [r.name for r in wanted]
    with pytest.raises(KodoError, match="came from the cache"):
        got.card.read(small_hapt)
    with pytest.raises(KodoError, match="holds no recordings with checksum 0123"):
        open_stored("0123")


def test_nothing_is_left_of_a_failure(small_hapt: Path, own_cache: Path) -> None:
    (small_hapt / "acc_exp02_user12.txt").write_text("text\n" * 50)
    with pytest.raises(KodoError, match="line 1"):
        load("hapt")
    assert not list((own_cache / "store").iterdir())


def test_a_file_that_changes_while_it_is_read(small_hapt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(folder: Path):  # type: ignore[no-untyped-def]
        yield from read(folder)
        (small_hapt / "labels.txt").write_text("1 1 5 3 10\n")

    monkeypatch.setattr(catalogue.DATASETS, "get", lambda name: replace(HAPT, read=meanwhile))
    with pytest.raises(KodoError, match="changed while they were read"):
        load("hapt")


def test_recordings_that_do_not_fit_together(small_hapt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def narrower(folder: Path):  # type: ignore[no-untyped-def]
        first, second = read(folder)
        yield first
        yield replace(second, signal=second.signal[:, :3], channels=second.channels[:3])

    monkeypatch.setattr(catalogue.DATASETS, "get", lambda name: replace(HAPT, read=narrower))
    with pytest.raises(KodoError, match="exp02_user12 of hapt has 3 channels, the first one has 6"):
        load("hapt")


def test_own_channels_and_facts_of_a_recording_stay(
    small_hapt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tuple(Channel(f"c{i}", "other", "", "thigh", "") for i in range(6))

    def other(folder: Path):  # type: ignore[no-untyped-def]
        first, second = read(folder)
        yield replace(first, facts={"hand": "left"}, rate=25.0)
        yield replace(second, channels=own)

    monkeypatch.setattr(catalogue.DATASETS, "get", lambda name: replace(HAPT, read=other))
    load("hapt")
    recordings = load("hapt")
    assert recordings[0].channels == HAPT.channels
    assert recordings[1].channels == own
    assert (recordings[0].facts, recordings[0].rate) == ({"hand": "left"}, 25.0)


def test_verify_finds_what_names_sizes_and_times_hide(small_hapt: Path) -> None:
    assert verify("hapt") == ()
    path = small_hapt / "labels.txt"
    facts = path.stat()
    path.write_text(path.read_text().replace("1 1 5 3 10", "1 1 5 4 10"))
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert verify("hapt") == (f"{path} changed since it was parsed.",)


def test_a_damaged_entry_is_one_sentence(small_hapt: Path, own_cache: Path) -> None:
    load("hapt")
    (entry,) = entries(own_cache)
    (entry / "signal.npy").write_bytes((entry / "signal.npy").read_bytes()[:200])
    with pytest.raises(KodoError, match=r"is damaged .*delete it"):
        load("hapt")


def test_an_entry_without_a_part_of_its_index_is_one_sentence(small_hapt: Path, own_cache: Path) -> None:
    load("hapt")
    (entry,) = entries(own_cache)
    index = json.loads((entry / "index.json").read_text())
    del index["channels"]
    (entry / "index.json").write_text(json.dumps(index))
    with pytest.raises(KodoError, match=r"is damaged \('channels'\): delete it"):
        load("hapt")


def test_the_index_holds_no_path_of_this_machine(small_hapt: Path, own_cache: Path) -> None:
    load("hapt")
    (entry,) = entries(own_cache)
    text = (entry / "index.json").read_text()
    assert str(small_hapt.parents[2]) not in text
    assert set(json.loads(text)) == {"checksum", "card", "files", "recordings", "channels"}


def test_a_cache_that_cannot_be_written(
    small_hapt: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KODO_CACHE", str(tmp_path / "file"))
    with pytest.raises(KodoError, match="Could not write"):
        load("hapt")


def test_names_that_are_no_dataset(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KODO_DATA", raising=False)
    with pytest.raises(
        KodoError, match=r"There is no dataset 'hatp', and no folder of that name here\. Did you mean 'hapt'"
    ):
        load("hatp")
    with pytest.raises(KodoError, match=r"The files of hapt .* were not found"):
        load("hapt")


def test_nothing_of_the_kind_is_stored_under_a_format_of_old(
    small_hapt: Path, own_cache: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    load("hapt")
    monkeypatch.setattr(store, "FORMAT", store.FORMAT + 1)
    load("hapt")
    assert len(reads) == 2
