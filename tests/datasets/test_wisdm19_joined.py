"""wisdm19, acceleration and rotation rate joined by time, on files in the published format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo.datasets.catalogue import DATASETS
from kodo.datasets.locate import find
from kodo.datasets.readers.wisdm19_joined import WISDM19_PHONE_BOTH, WISDM19_WATCH_BOTH
from kodo.datasets.recording import Recording
from kodo.datasets.store import load
from kodo.errors import KodoError

ORIGIN = 252_207_666_810_782
MILLISECOND = 1_000_000


def course(seconds: np.ndarray, first: int) -> np.ndarray:
    """(time, 3) straight lines, which interpolation gives back exactly."""
    return np.stack([seconds * (axis + first) + axis for axis in range(3)], axis=1)


def write(
    folder: Path, kind: str, rows: list[tuple[str, int]], person: int = 1600, device: str = "watch"
) -> Path:
    """A file of (letter, milliseconds since ORIGIN) with the signals of `course`."""
    place = folder / "raw" / device / kind
    place.mkdir(parents=True, exist_ok=True)
    signal = course(np.array([time for _, time in rows]) / 1e3, 1 if kind == "accel" else -7)
    path = place / f"data_{person}_{kind}_{device}.txt"
    path.write_text(
        "".join(
            f"{person},{letter},{ORIGIN + time * MILLISECOND},{x},{y},{z};\n"
            for (letter, time), (x, y, z) in zip(rows, signal.tolist(), strict=True)
        )
    )
    return path


def steps(letter: str, start: int, end: int, step: int) -> list[tuple[str, int]]:
    return [(letter, time) for time in range(start, end + 1, step)]


def read(folder: Path) -> list[Recording]:
    return list(WISDM19_WATCH_BOTH.read(folder))


def test_both_lie_on_one_even_grid_where_both_were_measured(tmp_path: Path) -> None:
    write(tmp_path, "accel", steps("A", 0, 2000, 49))
    write(tmp_path, "gyro", steps("A", 120, 2500, 51))
    (recording,) = read(tmp_path)
    # From 120 ms, where rotation begins, to 1960 ms, the last stamp of acceleration: 1.84 s at 20 Hz.
    grid = 0.12 + np.arange(37) / 20
    wanted = np.hstack([course(grid, 1), course(grid, -7)])
    assert recording.signal.shape == (37, 6)
    assert recording.signal == pytest.approx(wanted, abs=1e-5)
    assert recording.rate == 20
    assert [(c.quantity, c.unit) for c in recording.channels] == (
        [("acceleration", "m/s²")] * 3 + [("rotation_rate", "rad/s")] * 3
    )
    assert recording.facts["rate_found"] == "19.6078"  # of the slower one: its longest step is longer
    assert recording.facts["measured_alone"] == "0.1 s of acceleration, 0.5 s of rotation rate"


def test_a_gap_of_either_sensor_is_never_bridged(tmp_path: Path) -> None:
    write(tmp_path, "accel", steps("B", 0, 1000, 50) + steps("B", 1600, 4000, 50))
    write(tmp_path, "gyro", steps("B", 0, 2000, 50) + steps("B", 3000, 4000, 50))
    recordings = read(tmp_path)
    assert [r.name for r in recordings] == ["1600-B-1", "1600-B-2", "1600-B-3"]
    assert [len(r.signal) for r in recordings] == [21, 9, 21]
    assert [r.facts.get("gap_before") for r in recordings] == [None, "0.6", "1"]
    first = np.concatenate([[0.0], [1.6], [3.0]])
    for recording, seconds in zip(recordings, first, strict=True):
        grid = seconds + np.arange(len(recording.signal)) / 20
        assert recording.signal == pytest.approx(np.hstack([course(grid, 1), course(grid, -7)]), abs=1e-5)


def test_a_step_of_half_a_second_is_interpolated(tmp_path: Path) -> None:
    write(tmp_path, "accel", [("C", 0), ("C", 500)])
    write(tmp_path, "gyro", [("C", 0), ("C", 250), ("C", 250), ("C", 500)])
    (recording,) = read(tmp_path)
    grid = np.arange(11) / 20
    assert recording.signal == pytest.approx(np.hstack([course(grid, 1), course(grid, -7)]), abs=1e-5)
    assert recording.facts["longest_step"] == "0.5"


def test_activities_are_not_mixed(tmp_path: Path) -> None:
    """Rotation is labelled B while acceleration still says A: those 0.5 s belong to neither."""
    write(tmp_path, "accel", steps("A", 0, 1000, 50) + steps("B", 1050, 2000, 50))
    write(tmp_path, "gyro", steps("A", 0, 500, 50) + steps("B", 550, 2000, 50))
    first, second = read(tmp_path)
    assert (first.name, len(first.signal)) == ("1600-A-1", 11)
    assert (second.name, len(second.signal)) == ("1600-B-1", 20)
    assert set(first.label.tolist()) == {0}
    assert set(second.label.tolist()) == {1}


def test_people_of_one_sensor_and_activities_of_one_are_left_out(tmp_path: Path) -> None:
    for person in (1600, 1601):
        write(tmp_path, "accel", steps("A", 0, 1000, 50) + steps("S", 2000, 3000, 50), person)
    write(tmp_path, "gyro", steps("A", 0, 1000, 50), 1601)
    write(tmp_path, "gyro", steps("A", 0, 1000, 50), 1602)
    (recording,) = read(tmp_path)
    assert recording.name == "1601-A-1"
    assert recording.facts["measured_alone"] == "1.0 s of acceleration"


def test_nobody_has_both(tmp_path: Path) -> None:
    write(tmp_path, "accel", steps("A", 0, 1000, 50), 1600)
    write(tmp_path, "gyro", steps("A", 0, 1000, 50), 1601)
    with pytest.raises(
        KodoError, match=r"wisdm19_watch_both needs .* 1 and 1 such files, but nobody has both"
    ):
        read(tmp_path)


def test_broken_lines_of_both_stand_in_the_first_recording(tmp_path: Path) -> None:
    paths = [
        write(tmp_path, kind, steps("A", 0, 400, 50) + steps("B", 500, 900, 50)) for kind in ("accel", "gyro")
    ]
    for path in paths:
        lines = path.read_text().splitlines()
        lines[12] = "1600,B,"
        path.write_text("\n".join(lines) + "\n")
    first, second = read(tmp_path)
    assert first.facts["broken_lines"] == "; ".join(
        f"1 in data_1600_{kind}_watch.txt: line 13 (no semicolon at its end)" for kind in ("accel", "gyro")
    )
    assert "broken_lines" not in second.facts
    assert second.signal.shape == (9, 6)


def test_a_device_is_found_only_with_both_sensors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KODO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KODO_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "data" / "wisdm19"
    write(folder, "accel", steps("A", 0, 1000, 50), device="phone")
    write(folder, "gyro", steps("A", 0, 1000, 50), device="watch")
    assert find(WISDM19_PHONE_BOTH) is None
    assert find(WISDM19_WATCH_BOTH) is None
    with pytest.raises(KodoError, match=r"data_\*_accel_phone\.txt&data_\*_gyro_phone\.txt"):
        load("wisdm19_phone_both")
    write(folder, "gyro", steps("A", 0, 1000, 50), device="phone")
    (recording,) = load("wisdm19_phone_both")
    assert {c.place for c in recording.channels} == {"thigh"}
    assert find(WISDM19_WATCH_BOTH) is None


def test_one_population() -> None:
    cards = [DATASETS.get(name) for name in DATASETS.names() if name.startswith("wisdm19")]
    assert len(cards) == 6
    assert {card.population for card in cards} == {"wisdm19"}
    assert len({card.title for card in cards}) == len({card.pattern for card in cards}) == 6


@given(
    st.lists(st.integers(1, 700), min_size=2, max_size=40),
    st.lists(st.integers(1, 700), min_size=2, max_size=40),
    st.integers(-2000, 2000),
)
def test_nothing_is_made_up_across_a_gap(
    tmp_path_factory: pytest.TempPathFactory, one: list[int], other: list[int], shift: int
) -> None:
    """Every sample of a grid lies between two stamps of each sensor, no further apart than half a second."""
    folder = tmp_path_factory.mktemp("joined")
    stamps = {"accel": 5000 + np.cumsum(one), "gyro": 5000 + shift + np.cumsum(other)}
    for kind, times in stamps.items():
        write(folder, kind, [("A", int(time)) for time in times])
    for recording in read(folder):
        start = (recording.signal[0, 0]) * 1e3  # the first axis of acceleration is the time in seconds
        grid = start + np.arange(len(recording.signal)) * 50
        assert recording.signal[:, 0] * 1e3 == pytest.approx(grid, abs=0.05)
        for times in stamps.values():
            assert times[0] - 0.05 <= grid[0] <= grid[-1] <= times[-1] + 0.05
            before = np.searchsorted(times, grid + 0.05, side="right") - 1
            after = np.minimum(np.searchsorted(times, grid - 0.05), len(times) - 1)
            assert (times[after] - times[before] <= 500).all()
