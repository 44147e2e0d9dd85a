"""pamap2: files in exactly the published form, and files that are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kodo.datasets.readers.pamap2 import CHANNELS, COLUMNS, PAMAP2, read
from kodo.datasets.recording import sensors
from kodo.datasets.store import load
from kodo.errors import KodoError

ACTIVITIES = [0, 1, 1, 24, 12, 0]


def write(folder: Path, person: int, seconds: list[float] | None = None) -> np.ndarray:
    """Lines of time, activity and 52 numbers, the heart rate in the first line only; gives those back."""
    (folder / "Protocol").mkdir(parents=True, exist_ok=True)
    signal = np.random.default_rng(person).normal(size=(6, 52)).astype(np.float32)
    signal[1:, 0] = np.nan
    times = seconds or [8.38 + row / 100 for row in range(6)]
    lines = [
        " ".join([f"{time:.2f}", str(code), *("NaN" if np.isnan(v) else str(v) for v in row)])
        for time, code, row in zip(times, ACTIVITIES, signal, strict=True)
    ]
    (folder / "Protocol" / f"subject1{person:02d}.dat").write_text("\n".join([*lines, ""]))
    return signal


def test_people_signals_and_labels(tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data" / "PAMAP2_Dataset"
    signal = write(folder, 2)
    write(folder, 1)
    monkeypatch.setenv("KODO_DATA", str(folder.parent))
    one, two = load("pamap2")
    assert (one.subject, two.subject) == ("1", "2")
    # Heart rate, then 13 of 17 columns of each place.
    kept = [0, *(1 + 17 * place + column for place in range(3) for column in range(13))]
    assert np.array_equal(two.signal, signal[:, kept], equal_nan=True)
    assert [PAMAP2.activities[code] for code in two.label if code >= 0] == [
        "lying", "lying", "rope jumping", "ascending stairs"
    ]  # fmt: skip
    assert two.label[[0, -1]].tolist() == [-1, -1]


def test_the_columns_are_those_of_the_file() -> None:
    assert len(COLUMNS) == 54
    assert [COLUMNS[number] for number in (3, 4, 7, 10, 13, 16, 20, 37)] == [
        "hand_temperature", "hand_acceleration_x", "hand_acceleration_6g_x", "hand_rotation_rate_x",
        "hand_magnetic_field_x", "hand_orientation_w", "chest_temperature", "ankle_temperature",
    ]  # fmt: skip
    assert {c.place for c in CHANNELS} == {"hand", "chest", "ankle"}
    devices = [c.device for c in CHANNELS if c.name.startswith("hand_acceleration")]
    assert devices == ["16 g"] * 3 + ["6 g"] * 3
    assert [len(group) for group in sensors(CHANNELS)] == [1, *[1, 3, 3, 3, 3] * 3]


def test_a_jump_of_the_clock_is_never_bridged(tmp_path: Path) -> None:
    write(tmp_path, 1, [8.38, 8.39, 8.40, 9.40, 9.41, 9.42])
    first, second = read(tmp_path)
    assert (first.name, len(first.signal), second.name, len(second.signal)) == ("1-1", 3, "1-2", 3)
    assert first.facts == {"rate_found": "100", "jitter": "0", "longest_step": "0.01"}
    assert second.facts == {**first.facts, "gap_before": "1"}


def test_time_stamps_are_not_rounded(tmp_path: Path) -> None:
    write(tmp_path, 1, [4475.61, 4475.62, 4475.63, 4475.64, 4475.65, 4475.66])
    (recording,) = read(tmp_path)
    assert recording.facts == {"rate_found": "100", "jitter": "0", "longest_step": "0.01"}


def test_a_last_line_without_its_end_is_left_out_and_told(tmp_path: Path) -> None:
    write(tmp_path, 1)
    path = tmp_path / "Protocol" / "subject101.dat"
    path.write_bytes(path.read_bytes()[:-1])
    (recording,) = read(tmp_path)
    assert len(recording.signal) == 5
    assert recording.facts["broken_lines"] == "1 in subject101.dat: line 6 (its end is missing)"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("1.0 " * 52 + "1.0", r"subject101\.dat, line 2: wanted 54 numbers .* got 53"),
        ("8.39 8 " + "1.0 " * 51 + "1.0", r"line 2: wanted an activity of 0, 1, .* 24, got 8"),
        ("NaN 1 " + "1.0 " * 51 + "1.0", r"line 2: wanted a number for seconds, got NaN"),
        ("8.39 1 two " + "1.0 " * 50 + "1.0", r"line 2: wanted a number for heart_rate, got 'two'"),
    ],
)
def test_a_line_that_is_not_as_published(tmp_path: Path, line: str, sentence: str) -> None:
    write(tmp_path, 1)
    path = tmp_path / "Protocol" / "subject101.dat"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], line, *lines[2:]]) + "\n")
    with pytest.raises(KodoError, match=sentence):
        list(read(tmp_path))
