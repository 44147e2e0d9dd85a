"""hasc: files in the published form, and files that are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kodo.datasets.readers.hasc import read
from kodo.datasets.store import load
from kodo.errors import KodoError


def write(
    root: Path, activity: str, person: str, name: str, rate: float = 100.0, first: float = 0.0, rows: int = 60
) -> Path:
    """One file of acceleration as published; 1,300,000,000 s as a start needs double precision."""
    place = root / "BasicActivity" / activity / person
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"HASC{name}-acc.csv"
    values = np.random.default_rng(int(name)).normal(size=(rows, 3))
    times = first + np.arange(rows) / rate
    path.write_text(
        "".join(f"{t:.6f},{x!r},{y!r},{z!r}\n" for t, (x, y, z) in zip(times, values.tolist(), strict=True))
    )
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two people: a folder's name, a folder's name with a number, and a sequence with labels."""
    walk = write(tmp_path, "walk", "person0001", "0001")
    walk.with_name("HASC0001.meta").write_bytes("TerminalType: iPhone\nGender：男\n".encode())
    jog = write(tmp_path, "3_jog", "person0002", "0002", rate=50.0, first=1.3e9)
    jog.with_name("HASC0002.meta").write_bytes(
        "Activity: jog\r\nTerminalPosition:TerminalPosition: 腰\r\n".encode("shift_jis")
    )
    sequence = write(tmp_path, "0_sequence", "person0002", "0003", first=5.0)
    sequence.with_name("HASC0003.label").write_text("#HASC\n5.095,5.195,stUp\n5.195,5.3,elevator\n")
    return tmp_path


def test_rows_labels_people_and_rates(small: Path) -> None:
    sequence, jog, walk = read(small)
    assert (walk.name, walk.subject, walk.session) == ("walk/person0001/HASC0001", "person0001", "HASC0001")
    assert [r.rate for r in (sequence, jog, walk)] == [100.0, 50.0, 100.0]
    assert (set(walk.label.tolist()), set(jog.label.tolist())) == ({1}, {2})
    assert np.flatnonzero(sequence.label == 4).tolist() == list(range(10, 20))
    assert (sequence.label != 4).sum() == (sequence.label == -1).sum() == 50
    wanted = np.random.default_rng(1).normal(size=(60, 3)).astype(np.float32)
    assert np.array_equal(walk.signal, wanted)


def test_meta_in_either_encoding(small: Path) -> None:
    sequence, jog, walk = read(small)
    assert walk.facts == {"device": "iPhone", "gender": "男"}
    assert jog.facts == {"place": "腰"}
    assert sequence.facts == {}


def test_labels_on_another_clock_are_said(small: Path) -> None:
    label = small / "BasicActivity" / "0_sequence" / "person0002" / "HASC0003.label"
    label.write_text("1300000000.0,1300000001.0,walk\n")
    sequence = next(iter(read(small)))
    assert "outside" in sequence.facts["label"]
    assert set(sequence.label.tolist()) == {-1}


def test_a_jump_of_the_clock_parts_a_recording(tmp_path: Path) -> None:
    path = write(tmp_path, "walk", "person0001", "0001")
    later = write(tmp_path, "walk", "person0001", "0002", first=2.0).read_text()
    path.write_text(path.read_text() + later)
    path.with_name("HASC0002-acc.csv").unlink()
    first, second = read(tmp_path)
    assert (first.name[-2:], second.name[-2:]) == ("-1", "-2")
    assert (len(first.signal), len(second.signal), first.rate) == (60, 60, 100.0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"HASC0001-acc\.csv is empty"),
        ("0.0,1,2,3\n0.01,1,2\n", r"HASC0001-acc\.csv, line 2: wanted 4 numbers \(seconds, x, y, z\), got 3"),
        ("0.0,1,2,3\n0.01,1,two,3\n", r"line 2: wanted a number for y, got 'two'"),
        ("0.0,1,2\n", r"line 1: wanted 4 numbers"),
        ("0.0,1,2,3\n\x00\n", r"line 2: wanted 4 numbers"),
        ("0.0,1,2,inf\n0.01,1,2,3\n", "wanted 4 finite numbers a line"),
        ("1.0,1,2,3\n1.0,1,2,3\n", "the time stamps never advance"),
        ("1.0,1,2,3\n", "the time stamps never advance"),
    ],
)
def test_files_that_are_not_as_published(small: Path, text: str, sentence: str) -> None:
    (small / "BasicActivity/walk/person0001/HASC0001-acc.csv").write_text(text)
    with pytest.raises(KodoError, match=sentence):
        list(read(small))


@pytest.mark.parametrize("line", ["1.0,walk", "one,2.0,walk", "walk"])
def test_a_label_that_cannot_be(small: Path, line: str) -> None:
    (small / "BasicActivity/0_sequence/person0002/HASC0003.label").write_text(f"5.0,5.1,walk\n{line}\n")
    with pytest.raises(KodoError, match=r"HASC0003\.label, line 2: wanted start,end,activity"):
        list(read(small))


def test_marks_of_encoding_and_line_ends(small: Path) -> None:
    path = small / "BasicActivity/walk/person0001/HASC0001-acc.csv"
    wanted = list(read(small))[-1].signal
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert np.array_equal(list(read(small))[-1].signal, wanted)


def test_it_loads_by_name(small: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KODO_DATA", str(small))
    assert len(load("hasc")) == 3
