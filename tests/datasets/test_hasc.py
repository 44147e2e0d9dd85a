"""hasc: files in the published form, and files that are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kodo.datasets.readers.hasc import CHANNELS_GYRO, read, read_gyro
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
    clock = {"rate_found", "jitter", "longest_step"}
    told = [{key: r.facts[key] for key in r.facts.keys() - clock} for r in (walk, jog, sequence)]
    assert told == [{"device": "iPhone", "gender": "男"}, {"place": "腰"}, {}]
    assert (walk.facts["rate_found"], jog.facts["rate_found"]) == ("100", "50")


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
    assert "gap_before" not in first.facts
    assert second.facts["gap_before"] == "1.41"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"HASC0001-acc\.csv is empty"),
        (" \n", r"HASC0001-acc\.csv is empty"),
        ("0.0,1,2\n0.1,1,2\n", r"line 1: wanted seconds,x,y,z, as on no line, got b'0.0,1,2"),
        ("\x00\n", r"line 1: wanted seconds,x,y,z"),
        ("1.0,1,2,3\n1.0,1,2,3\n", "the time stamps never advance"),
        ("1.0,1,2,3\n", "the time stamps never advance"),
        ("0,1,2,3\n10,1,2,3\n20,1,2,3\n", "advance by 10 s, less often than once a second"),
    ],
)
def test_files_that_are_not_as_published(small: Path, text: str, sentence: str) -> None:
    (small / "BasicActivity/walk/person0001/HASC0001-acc.csv").write_text(text)
    with pytest.raises(KodoError, match=sentence):
        list(read(small))


@pytest.mark.parametrize(
    "line", ["0.01,1,2", "0.01,1,two,3", "0.01,1,2,inf", "0.01,1,2,nan,4", "", "\x00", "0,1,2,1e39"]
)
def test_broken_lines_are_counted_and_named(small: Path, line: str) -> None:
    path = small / "BasicActivity/walk/person0001/HASC0001-acc.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:5], line, *lines[5:], *[line] * 3]) + "\n")
    walk = list(read(small))[-1]
    assert np.array_equal(walk.signal, np.random.default_rng(1).normal(size=(60, 3)).astype(np.float32))
    reason = "not seconds,x,y,z" if line else "empty"
    named = ", ".join(f"line {number} ({reason})" for number in (6, 62, 63))
    assert walk.facts["broken_lines"] == f"4 in HASC0001-acc.csv: {named} and 1 more"


@pytest.mark.parametrize("line", ["1.0,walk", "one,2.0,walk", "walk", "5.12,,turn"])
def test_a_label_that_cannot_be(small: Path, line: str) -> None:
    (small / "BasicActivity/0_sequence/person0002/HASC0003.label").write_text(f"5.0,5.1,walk\n{line}\n")
    sequence = next(iter(read(small)))
    assert sequence.facts["broken_lines"] == "1 in HASC0003.label: line 2 (not start,end,activity)"
    assert (sequence.label == 1).sum() == 11
    assert (sequence.label == -1).sum() == 49


def test_folders_that_are_no_people_are_left_alone(small: Path) -> None:
    place = small / "RealWorld"
    place.mkdir()
    (place / "HASC0009-acc.csv").write_text("0.0,1,2,3\n0.01,1,2,3\n")
    assert len(list(read(small))) == 3


def gyro(path: Path, times: np.ndarray) -> None:
    """Rotation rates that say the time: one, two and three times the seconds since the first stamp at 0."""
    text = "".join(f"{t:.6f},{t!r},{2 * t!r},{3 * t!r}\n" for t in times.tolist())
    path.with_name(path.name.replace("-acc", "-gyro")).write_text(text)


def test_both_sensors_lie_on_one_grid(tmp_path: Path) -> None:
    path = write(tmp_path, "walk", "person0001", "0001")  # 0.00 to 0.59 s
    write(tmp_path, "walk", "person0001", "0002")
    gyro(path, 0.053 + np.arange(30) / 50)  # 0.053 to 0.633 s, at half the rate
    (made,) = read_gyro(tmp_path)
    assert made.channels == CHANNELS_GYRO
    assert (made.dataset, made.name, made.rate) == ("hasc_gyro", "walk/person0001/HASC0001", 100.0)
    seconds = 0.053 + np.arange(54) / 100
    assert np.allclose(made.signal[:, 3:], np.outer(seconds, [1, 2, 3]), atol=1e-6)
    measured = np.random.default_rng(1).normal(size=(60, 3))
    wanted = 0.7 * measured[5:59] + 0.3 * measured[6:60]
    assert np.allclose(made.signal[:, :3], wanted, atol=1e-6)
    assert set(made.label.tolist()) == {1}
    assert made.facts["without_gyroscope"] == "1 of 2 files: HASC0002-acc.csv"
    assert made.facts["rate_found"] == "100"


def test_no_gap_of_either_sensor_is_bridged(tmp_path: Path) -> None:
    path = write(tmp_path, "0_sequence", "person0001", "0001", rows=300)
    path.with_name("HASC0001.label").write_text("0.0,0.999,walk\n2.0,2.5,jog\n")
    gyro(path, np.concatenate([np.arange(100), np.arange(200, 400)]) / 100)
    first, second = read_gyro(tmp_path)
    assert (len(first.signal), len(second.signal)) == (100, 100)
    assert [set(r.label.tolist()) for r in (first, second)] == [{1}, {2, -1}]
    assert np.allclose(second.signal[:, 3], 2 + np.arange(100) / 100, atol=1e-6)
    assert second.facts["gap_before"] == "1.01"


def test_an_empty_file_of_the_gyroscope_is_none(tmp_path: Path) -> None:
    path = write(tmp_path, "walk", "person0001", "0001")
    path.with_name("HASC0001-gyro.csv").write_text("\n")
    assert list(read_gyro(tmp_path)) == []
    path.with_name("HASC0001-gyro.csv").write_text("one,two\n")
    with pytest.raises(KodoError, match=r"HASC0001-gyro\.csv, line 1: wanted seconds,x,y,z"):
        list(read_gyro(tmp_path))


def test_marks_of_encoding_and_line_ends(small: Path) -> None:
    path = small / "BasicActivity/walk/person0001/HASC0001-acc.csv"
    wanted = list(read(small))[-1].signal
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert np.array_equal(list(read(small))[-1].signal, wanted)


def test_it_loads_by_name(small: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KODO_DATA", str(small))
    assert len(load("hasc")) == 3
    gyro(small / "BasicActivity/walk/person0001/HASC0001-acc.csv", np.arange(60) / 100)
    assert len(load("hasc_gyro")) == 1


@pytest.mark.parametrize("count", [120, pytest.param(2_000, marks=pytest.mark.slow)])
def test_damage_is_told_or_counted(small: Path, count: int) -> None:
    path = small / "BasicActivity/walk/person0001/HASC0001-acc.csv"
    gyro(path, np.arange(60) / 100)
    whole, random = path.read_bytes(), np.random.default_rng(0)
    for _ in range(count):
        raw = bytearray(whole[: random.integers(len(whole))] if random.random() < 0.2 else whole)
        for place in random.integers(0, max(len(raw), 1), 4 if raw else 0):
            raw[place] = random.choice([0, 10, 44, 45, 46, 57, 101, 255])
        path.write_bytes(bytes(raw))
        for reader in (read, read_gyro):
            try:
                made = [r for r in reader(small) if r.subject == "person0001"]
            except KodoError as error:
                assert "HASC0001-acc.csv" in str(error)  # noqa: PT017
            else:
                assert all(np.isfinite(r.signal).all() and len(r.signal) == len(r.label) for r in made)
