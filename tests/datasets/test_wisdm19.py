"""wisdm19_watch: the published files, and files that are not as published."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo.datasets.check import counts
from kodo.datasets.readers.wisdm19 import ACTIVITIES, LETTERS, WISDM19_WATCH, read
from kodo.datasets.store import load
from kodo.errors import KodoError

STEP = 49_930_000

# The line "rows per class, watch" of the file counts.txt that lies beside the archive.
ROWS = (
    "A 167554 B 162842 C 164375 D 170072 E 173588 F 162196 G 165782 H 166514 I 167109 J 169103 K 172940 "
    "L 169679 M 166552 O 167166 P 169871 Q 172424 R 165796 S 168398"
)


def write(folder: Path, person: int, rows: list[tuple[str, int]], end: str = ";\n") -> np.ndarray:
    """A file of (letter, nanoseconds) with made-up signals, which are given back."""
    signal = np.random.default_rng(person).normal(0, 10, (len(rows), 3)).astype(np.float32)
    text = [
        f"{person},{letter},{time},{x},{y},{z}{end}"
        for (letter, time), (x, y, z) in zip(rows, signal, strict=True)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"data_{person}_accel_watch.txt").write_bytes("".join(text).encode())
    return signal


def steady(letters: str, step: int = STEP) -> list[tuple[str, int]]:
    return [(letter, 90_426_708_196_641 + row * step) for row, letter in enumerate(letters)]


def test_people_runs_and_signals(tmp_path: Path) -> None:
    raw = tmp_path / "raw" / "watch" / "accel"
    second = write(raw, 1601, steady("SSO"))
    first = write(raw, 1600, steady("AAAABBA"))
    recordings = list(read(tmp_path))
    assert [(r.name, r.subject, r.session) for r in recordings] == [
        ("1600-A-1", "1600", "A"),
        ("1600-B-1", "1600", "B"),
        ("1600-A-2", "1600", "A"),
        ("1601-S-1", "1601", "S"),
        ("1601-O-1", "1601", "O"),
    ]
    assert [ACTIVITIES[r.label[0]] for r in recordings] == [
        "walking", "jogging", "walking", "folding", "catch"
    ]  # fmt: skip
    assert np.array_equal(np.concatenate([r.signal for r in recordings]), np.concatenate([first, second]))
    assert {r.rate for r in recordings} == {20.0}
    assert recordings[0].facts == {"longest_step": "50 ms"}


@pytest.mark.parametrize("jump", [500_000_001, -1])
def test_a_jump_of_the_clock_is_never_bridged(tmp_path: Path, jump: int) -> None:
    before = steady("CCCC")
    write(tmp_path, 1649, before + [("C", before[-1][1] + jump + row * STEP) for row in range(3)])
    assert [(r.name, len(r.signal)) for r in read(tmp_path)] == [("1649-C-1", 4), ("1649-C-2", 3)]


def test_half_a_second_and_a_repeated_stamp_stay_and_are_said(tmp_path: Path) -> None:
    before = steady("CCCC")
    last = before[-1][1]
    write(tmp_path, 1649, [*before, ("C", last), ("C", last + 500_000_000)])
    (recording,) = read(tmp_path)
    assert recording.facts == {"longest_step": "500 ms", "repeated_time_stamps": "1"}


def test_a_file_with_another_rate_says_so(tmp_path: Path) -> None:
    write(tmp_path, 1607, steady("AAAAA", 40_000_000))
    (recording,) = read(tmp_path)
    assert recording.rate == 25.0


@pytest.mark.parametrize("end", [";\r\n", "; \n", ";\n\n"])
def test_ends_of_lines(tmp_path: Path, end: str) -> None:
    signal = write(tmp_path, 1600, steady("AAA"), end)
    (recording,) = read(tmp_path)
    assert np.array_equal(recording.signal, signal)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("1600,A,100,1.0,2.0;", r"line 3: wanted person,letter,nanoseconds,x,y,z; got '1600,A,100,1\.0,2"),
        ("1600,A,100,1.0,2.0,3.0", r"line 3: wanted person,letter,nanoseconds"),
        ("1600,A,100,1.0,2.0,3.0,4.0;", r"line 3: wanted person,letter,nanoseconds"),
        ("1600,A,100,1.0,2.0,;", r"line 3: wanted a number for z, got ''"),
        ("1600,A,100,1.0,two,3.0;", r"line 3: wanted a number for y, got 'two'"),
        ("1600,N,100,1.0,2.0,3.0;", r"line 3: wanted an activity from A to S but not N, got 'N'"),
        ("1601,A,100,1.0,2.0,3.0;", r"line 3: wanted person 1600, as in the name of the file, got '1601'"),
        ("1600,A,noon,1.0,2.0,3.0;", r"line 3: wanted whole nanoseconds, got 'noon'"),
    ],
)
def test_a_line_that_is_not_as_published(tmp_path: Path, line: str, sentence: str) -> None:
    write(tmp_path, 1600, steady("AAAA"))
    path = tmp_path / "data_1600_accel_watch.txt"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], line, *lines[3:]]) + "\n")
    with pytest.raises(KodoError, match=rf"data_1600_accel_watch\.txt, {sentence}"):
        list(read(tmp_path))


def test_a_file_cut_short_an_empty_one_and_a_copy(tmp_path: Path) -> None:
    write(tmp_path, 1600, steady("AAAA"))
    path = tmp_path / "data_1600_accel_watch.txt"
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    with pytest.raises(KodoError, match=r"line 4: wanted person"):
        list(read(tmp_path))
    path.write_bytes(b"\n")
    with pytest.raises(KodoError, match="is empty"):
        list(read(tmp_path))
    path.write_bytes(whole)
    write(tmp_path / "copy", 1600, steady("AAAA"))
    with pytest.raises(KodoError, match="is there twice"):
        list(read(tmp_path))


@given(place=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_a_changed_byte_gives_a_sentence_or_all_rows(
    tmp_path_factory: pytest.TempPathFactory, place: int, byte: int
) -> None:
    folder = tmp_path_factory.mktemp("changed")
    write(folder, 1600, steady("AABB"))
    path = folder / "data_1600_accel_watch.txt"
    raw = bytearray(path.read_bytes())
    raw[place % len(raw)] = byte
    path.write_bytes(raw)
    said = ""
    rows = 4
    try:
        rows = sum(len(r.signal) for r in read(folder))
    except KodoError as error:
        said = str(error)
    assert not said or "data_1600_accel_watch.txt" in said
    assert rows == 4


@pytest.mark.slow
def test_the_published_files(kodo_data: Path) -> None:
    if not (kodo_data / "wisdm19").is_dir():
        pytest.skip("wisdm19 is not in KODO_DATA")
    recordings = load("wisdm19_watch")
    words = ROWS.split()
    wanted = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    label = recordings.label[recordings.label >= 0]
    assert dict(zip(LETTERS, np.bincount(label).tolist(), strict=True)) == wanted
    assert counts(recordings)["rows"] == sum(wanted.values())
    assert {r.rate for r in recordings} == {WISDM19_WATCH.rate}
    parted = Counter(r.subject for r in recordings if not r.name.endswith("-1"))
    assert parted == {"1649": 5}
    gravity = np.median(np.linalg.norm(recordings.signal[: len(label)], axis=1))
    assert 9.7 < gravity < 9.9
