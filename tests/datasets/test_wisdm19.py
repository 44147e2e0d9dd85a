"""The single sensors of wisdm19: the published files, and files that are not as published."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.datasets.catalogue import DATASETS
from kodo.datasets.check import counts
from kodo.datasets.locate import find
from kodo.datasets.readers.wisdm19 import ACTIVITIES, WISDM19_WATCH
from kodo.datasets.readers.wisdm19_files import LETTERS, people, series
from kodo.datasets.recording import Recording
from kodo.datasets.store import load
from kodo.errors import KodoError

STEP = 49_930_000
FILE = "data_1600_accel_watch.txt"

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


def read(folder: Path) -> list[Recording]:
    return list(WISDM19_WATCH.read(folder))


def test_people_runs_and_signals(tmp_path: Path) -> None:
    raw = tmp_path / "raw" / "watch" / "accel"
    second = write(raw, 1601, steady("SSO"))
    first = write(raw, 1600, steady("AAAABBA"))
    recordings = read(tmp_path)
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
    assert recordings[0].facts == {"rate_found": "20.028", "jitter": "0", "longest_step": "0.04993"}


@pytest.mark.parametrize(("jump", "gap"), [(500_000_001, {"gap_before": "0.5"}), (-1, {})])
def test_a_jump_of_the_clock_is_never_bridged(tmp_path: Path, jump: int, gap: dict[str, str]) -> None:
    before = steady("CCCC")
    write(tmp_path, 1649, before + [("C", before[-1][1] + jump + row * STEP) for row in range(3)])
    first, second = read(tmp_path)
    assert [(r.name, len(r.signal)) for r in (first, second)] == [("1649-C-1", 4), ("1649-C-2", 3)]
    assert {name: second.facts[name] for name in second.facts if name == "gap_before"} == gap
    assert "gap_before" not in first.facts


def test_a_pause_between_two_activities_is_no_gap(tmp_path: Path) -> None:
    write(tmp_path, 1600, [*steady("AAA"), ("B", 10**15), ("B", 10**15 + STEP)])
    assert all("gap_before" not in r.facts for r in read(tmp_path))


def test_half_a_second_and_a_repeated_stamp_stay_and_are_said(tmp_path: Path) -> None:
    before = steady("CCCC")
    last = before[-1][1]
    write(tmp_path, 1649, [*before, ("C", last), ("C", last + 500_000_000)])
    (recording,) = read(tmp_path)
    assert recording.facts["longest_step"] == "0.5"
    assert recording.facts["repeated_stamps"] == "1"


def test_a_file_with_another_rate_says_so(tmp_path: Path) -> None:
    write(tmp_path, 1607, steady("AAAAA", 40_000_000))
    (recording,) = read(tmp_path)
    assert recording.rate == 25.0


def test_a_burst_of_faster_samples_is_thinned_and_said(tmp_path: Path) -> None:
    """Five seconds at 20 Hz, one at 100 Hz, five at 20 Hz: eleven seconds at 20 Hz."""
    milliseconds = [*range(0, 5000, 50), *range(5000, 6000, 10), *range(6000, 11001, 50)]
    rows = [("F", 10**12 + time * 10**6) for time in milliseconds]
    signal = write(tmp_path, 1628, rows)
    (recording,) = read(tmp_path)
    assert recording.rate == 20
    assert recording.facts["thinned"] == "301 samples to 221"
    got = recording.signal
    assert np.array_equal(got[:100], signal[:100])
    assert np.array_equal(got[-100:], signal[-100:])
    assert got[100:120] == pytest.approx(signal[100:200].reshape(20, 5, 3).mean(axis=1), abs=1e-5)
    assert recording.facts["rate_found"] == "20"


def test_jitter_and_files_that_are_fast_throughout_are_not_thinned(tmp_path: Path) -> None:
    jitter = np.cumsum([50, 20, 80] * 14) * 10**6 + 10**12
    write(tmp_path, 1600, [("A", int(time)) for time in jitter])
    write(tmp_path, 1601, steady("A" * 40, 10_000_000))
    first, second = read(tmp_path)
    assert (len(first.signal), len(second.signal)) == (42, 40)
    assert (first.rate, second.rate) == (20, 100)
    assert not any("thinned" in r.facts for r in (first, second))


@pytest.mark.parametrize("end", [";\r\n", "; \n", ";\n\n", ";"])
def test_ends_of_lines(tmp_path: Path, end: str) -> None:
    signal = write(tmp_path, 1600, steady("AAA"), end)
    (recording,) = read(tmp_path)
    assert np.array_equal(recording.signal, signal)
    assert "broken_lines" not in recording.facts


def test_a_byte_order_mark(tmp_path: Path) -> None:
    signal = write(tmp_path, 1600, steady("AAA"))
    path = tmp_path / FILE
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    (recording,) = read(tmp_path)
    assert np.array_equal(recording.signal, signal)
    assert "broken_lines" not in recording.facts


BROKEN = [
    ("1600,A,100,1.0,2.0;", "5 fields instead of 6"),
    ("1600,A,100,1.0,2.0,3.0", "no semicolon at its end"),
    ("1600,A,100,1.0,2.0,3.0,4.0;", "7 fields instead of 6"),
    ("1600,A,100,1.0,2.0,;", "no number for z"),
    ("1600,A,100,1.0,two,3.0;", "no number for y"),
    ("1600,A,100,nan,2.0,3.0;", "no number for x"),
    ("1600,A,100,1e39,2.0,3.0;", "no number for x"),
    ("1600,N,100,1.0,2.0,3.0;", "unknown activity"),
    ("1601,A,100,1.0,2.0,3.0;", "not person 1600"),
    ("1600,A,noon,1.0,2.0,3.0;", "no time stamp"),
    ("1600,A,0,1.0,2.0,3.0;", "no time stamp"),
    ("1600,A,-100,1.0,2.0,3.0;", "no time stamp"),
    ("1600,A,99999999999999999999,1.0,2.0,3.0;", "no time stamp"),
    ("16\x0000,A,100,1.0,2.0,3.0;", "not person 1600"),
    ("1600,A,100,1.0,2.0,3.0\xff;", "no number for z"),
]


@pytest.mark.parametrize(("line", "reason"), BROKEN)
def test_a_broken_line_gives_no_sample_and_is_named(tmp_path: Path, line: str, reason: str) -> None:
    signal = write(tmp_path, 1600, steady("AAAA"))
    path = tmp_path / FILE
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines[:2], line.encode("latin-1"), *lines[3:]]) + b"\n")
    (recording,) = read(tmp_path)
    assert recording.facts["broken_lines"] == f"1 in {FILE}: line 3 ({reason})"
    assert np.array_equal(recording.signal, np.delete(signal, 2, axis=0))


def test_broken_lines_belong_where_they_stand_and_the_first_three_are_named(tmp_path: Path) -> None:
    write(tmp_path, 1600, steady("AAAABBBBBB"))
    path = tmp_path / FILE
    lines = path.read_text().splitlines()
    for number in (0, 5, 6, 7, 8):
        lines[number] = "?"
    path.write_text("\n".join(lines) + "\n")
    first, second = read(tmp_path)
    why = "(no semicolon at its end)"
    assert first.facts["broken_lines"] == f"1 in {FILE}: line 1 {why}"
    assert second.facts["broken_lines"] == f"4 in {FILE}: line 6 {why}, line 7 {why}, line 8 {why} and 1 more"
    assert [len(r.signal) for r in (first, second)] == [3, 2]


def test_files_of_which_nothing_can_be_read(tmp_path: Path) -> None:
    write(tmp_path, 1600, steady("AAAA"))
    path = tmp_path / FILE
    whole = path.read_bytes()
    path.write_bytes(b"\n")
    with pytest.raises(KodoError, match=rf"{FILE} is empty"):
        read(tmp_path)
    path.write_bytes(whole.replace(b"1600,", b"1601,"))
    with pytest.raises(
        KodoError, match=rf"{FILE}, line 1: wanted person,letter.* got '1601,A,.*not person 1600"
    ):
        read(tmp_path)
    path.write_bytes(whole.decode().encode("utf-16"))
    with pytest.raises(KodoError, match=rf"{FILE}, line 1: wanted"):
        read(tmp_path)


def test_a_copy_and_a_name_without_a_person(tmp_path: Path) -> None:
    write(tmp_path, 1600, steady("AAAA"))
    write(tmp_path / "copy", 1600, steady("AAAA"))
    with pytest.raises(KodoError, match="is there twice"):
        read(tmp_path)
    (tmp_path / FILE).replace(tmp_path / "data_1600b_accel_watch.txt")
    with pytest.raises(KodoError, match=r"should be named data_<person>_accel_watch\.txt"):
        read(tmp_path)


def test_each_sensor_takes_its_own_files_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = tmp_path / "data" / "wisdm-dataset" / "raw"
    raw.mkdir(parents=True)
    monkeypatch.setenv("KODO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KODO_CACHE", str(tmp_path / "cache"))
    names = {
        "wisdm19_watch": ("watch", "accel", "acceleration", "m/s²", "wrist"),
        "wisdm19_watch_gyroscope": ("watch", "gyro", "rotation_rate", "rad/s", "wrist"),
        "wisdm19_phone": ("phone", "accel", "acceleration", "m/s²", "thigh"),
        "wisdm19_phone_gyroscope": ("phone", "gyro", "rotation_rate", "rad/s", "thigh"),
    }
    for person, (name, (device, kind, *_)) in enumerate(names.items(), 1600):
        assert find(DATASETS.get(name)) is None
        write(raw / device / kind, person, steady("AAAB"))
        file = raw / device / kind / f"data_{person}_accel_watch.txt"
        file.replace(file.with_name(f"data_{person}_{kind}_{device}.txt"))
    for person, (name, (_, _, quantity, unit, place)) in enumerate(names.items(), 1600):
        recordings = load(name)
        assert [(r.dataset, r.name) for r in recordings] == [(name, f"{person}-A-1"), (name, f"{person}-B-1")]
        channels = recordings[0].channels
        assert channels == recordings.card.channels
        assert {(c.quantity, c.unit, c.place) for c in channels} == {(quantity, unit, place)}
        assert recordings.card.population == "wisdm19"


def spoil(folder: Path, data: st.DataObject) -> None:
    """Some bytes changed, put in or left out: what is read stands there, and what is not read is named."""
    signal = write(folder, 1600, steady("AABB"))
    path = folder / FILE
    raw = path.read_bytes()
    first = data.draw(st.integers(0, len(raw)))
    after = data.draw(st.integers(first, min(first + 3, len(raw))))
    path.write_bytes(raw[:first] + data.draw(st.binary(max_size=3)) + raw[after:])
    touched = raw.count(b"\n", 0, first), raw.count(b"\n", 0, after)
    whole = signal[[row for row in range(4) if not touched[0] <= row <= touched[1]]].tolist()
    recordings = read(folder)
    got = np.concatenate([r.signal for r in recordings]).tolist()
    lost = sum(int(r.facts.get("broken_lines", "0").split()[0]) for r in recordings)
    # A new-line left out joins two lines, and the one beside the change goes with it.
    assert sum(row in got for row in whole) >= len(whole) - 1
    assert len(got) + lost >= 3


@given(st.data())
def test_a_changed_file_gives_the_same_rows_or_says_so(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    spoil(tmp_path_factory.mktemp("changed"), data)


@pytest.mark.slow
@settings(max_examples=3000)
@given(st.data())
def test_thousands_of_changed_files(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    spoil(tmp_path_factory.mktemp("changed"), data)


@given(
    st.lists(st.tuples(*[st.floats(-1e4, 1e4, width=32)] * 3), min_size=1, max_size=30),
    st.integers(1, 10**17),
)
def test_what_is_written_is_read_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory, values: list[tuple[float, float, float]], start: int
) -> None:
    folder = tmp_path_factory.mktemp("written")
    signal = np.array(values, np.float32)
    lines = [f"1600,K,{start + row * STEP},{x},{y},{z};\n" for row, (x, y, z) in enumerate(signal)]
    (folder / FILE).write_text("".join(lines))
    (fast,) = read(folder)
    assert np.array_equal(fast.signal, signal)
    (folder / FILE).write_text("".join([*lines, "?\n"]))
    (sifted,) = read(folder)
    assert np.array_equal(sifted.signal, signal)


@pytest.mark.slow
def test_the_published_files(kodo_data: Path) -> None:
    if not (kodo_data / "wisdm19").is_dir():
        pytest.skip("wisdm19 is not in KODO_DATA")
    words = ROWS.split()
    wanted = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    folder = find(WISDM19_WATCH)
    assert folder is not None
    rows: Counter[str] = Counter()
    for held in series(people(folder, WISDM19_WATCH.pattern)):
        rows.update(dict.fromkeys(LETTERS, 0))
        for stretch in held.stretches:
            rows[stretch.letter] += stretch.rows
    assert rows == wanted
    recordings = load("wisdm19_watch")
    assert {r.rate for r in recordings} == {WISDM19_WATCH.rate}
    parted = Counter(r.subject for r in recordings if not r.name.endswith("-1"))
    assert parted == {"1649": 5}
    assert sum("gap_before" in r.facts for r in recordings) == 5
    assert not any("broken_lines" in r.facts for r in recordings)
    gravity = np.median(np.linalg.norm(recordings.signal[: counts(recordings)["rows"]], axis=1))
    assert 9.7 < gravity < 9.9


@pytest.mark.slow
def test_three_minutes_stay_three_minutes(kodo_data: Path) -> None:
    """Samples that came at 100 Hz would last five times as long if they were taken for 20 Hz."""
    if not (kodo_data / "wisdm19").is_dir():
        pytest.skip("wisdm19 is not in KODO_DATA")
    recordings = load("wisdm19_watch")
    thinned = [r.facts["thinned"] for r in recordings if "thinned" in r.facts]
    before, after = (sum(int(fact.split()[place]) for fact in thinned) for place in (0, 3))
    words = ROWS.split()
    assert counts(recordings)["rows"] - after + before == sum(map(int, words[1::2]))
    assert len(thinned) == 28
    for recording in recordings:
        assert abs(float(recording.facts["rate_found"]) / 20 - 1) < 0.02
        assert len(recording.signal) / recording.rate < 185
        assert "thinned" not in recording.facts or len(recording.signal) / recording.rate > 165
