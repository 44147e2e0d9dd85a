"""ucihar: files in exactly the published form, cut from signals that are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kodo.datasets.readers.hapt import HAPT
from kodo.datasets.readers.ucihar import CHANNELS, SIGNALS, UCIHAR, read
from kodo.datasets.recording import sensors
from kodo.datasets.store import load
from kodo.errors import KodoError

GYROSCOPE = "Inertial Signals/body_gyro_y_train.txt"

Part = list[tuple[int, int, NDArray[np.float64]]]
"""Person, activity from 1, (time, 9) signal."""


def made_up(rows: int, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(rows, 9))


def write(folder: Path, part: str, stretches: Part) -> None:
    """Windows of 128 with 50 % overlap, each number 16 characters wide."""
    inside = folder / part / "Inertial Signals"
    inside.mkdir(parents=True)
    cut = [
        (person, activity, signal[start : start + 128])
        for person, activity, signal in stretches
        for start in range(0, len(signal) - 127, 64)
    ]
    for channel, name in enumerate(SIGNALS):
        lines = ["".join(f"{value:16.7e}" for value in window[:, channel]) for _, _, window in cut]
        (inside / f"{name}_{part}.txt").write_text("\n".join([*lines, ""]))
    (folder / part / f"y_{part}.txt").write_text("".join(f"{activity}\n" for _, activity, _ in cut))
    (folder / part / f"subject_{part}.txt").write_text("".join(f"{person}\n" for person, _, _ in cut))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "data" / "UCI HAR Dataset"
    write(root, "train", [(1, 5, made_up(320, 0)), (1, 5, made_up(128, 1)), (3, 1, made_up(192, 2))])
    write(root, "test", [(2, 6, made_up(256, 3))])
    return root


def test_windows_become_the_signals_they_were_cut_from(folder: Path) -> None:
    recordings = list(read(folder.parent))
    assert [(r.name, r.subject, r.session) for r in recordings] == [
        ("train-1", "1", "train"),
        ("train-2", "1", "train"),
        ("train-3", "3", "train"),
        ("test-1", "2", "test"),
    ]
    for seed, (rows, recording) in enumerate(zip((320, 128, 192, 256), recordings, strict=True)):
        assert np.allclose(recording.signal, made_up(rows, seed), atol=1e-6)
    assert [UCIHAR.activities[r.label[0]] for r in recordings] == [
        "STANDING",
        "STANDING",
        "WALKING",
        "LAYING",
    ]
    assert recordings[0].facts == {"split": "train", "windows": "4"}


def test_a_change_of_person_or_activity_parts_even_what_coincides(tmp_path: Path) -> None:
    signal = made_up(320, 0)
    parts: Part = [(1, 1, signal[:192]), (1, 2, signal[128:256]), (2, 2, signal[192:])]
    write(tmp_path, "train", parts)
    write(tmp_path, "test", parts[:1])
    assert [len(r.signal) for r in read(tmp_path)] == [192, 128, 128, 192]


def test_filtered_halves_that_differ_do_not_part_but_are_said(folder: Path) -> None:
    path = folder / "train" / "Inertial Signals" / "body_acc_x_train.txt"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], f"{9.0:16.7e}" + lines[1][16:], *lines[2:]]) + "\n")
    first = next(read(folder))
    assert len(first.signal) == 320
    assert first.facts["windows_whose_filtered_halves_differ"] == "1"


@pytest.mark.parametrize(
    ("name", "line", "sentence"),
    [
        (GYROSCOPE, " 1" * 127 + " two", r"body_gyro_y_train\.txt, line 2: wanted a number .* got 'two'"),
        (GYROSCOPE, "1 2", r"line 2: wanted 128 numbers .* got 2"),
        (GYROSCOPE, " 1" * 127 + " nan", r"line 2: wanted 128 numbers, got one that is NaN"),
        ("y_train.txt", "7", r"y_train\.txt, line 2: wanted an activity from 1 to 6, got 7"),
        ("subject_train.txt", "", r"subject_train\.txt, line 2: wanted 1 number \(person\), got 0"),
        ("subject_train.txt", "31", r"subject_train\.txt, line 2: wanted a person from 1 to 30, got 31"),
        ("subject_train.txt", "1.5", r"line 2: wanted a whole number for person, got '1\.5'"),
    ],
)
def test_a_line_that_is_not_as_published(folder: Path, name: str, line: str, sentence: str) -> None:
    path = folder / "train" / name
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], line, *lines[2:]]) + "\n")
    with pytest.raises(KodoError, match=sentence):
        list(read(folder))


def test_files_missing_or_short(folder: Path) -> None:
    path = folder / "test" / "Inertial Signals" / "total_acc_z_test.txt"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(KodoError, match=r"total_acc_z_test\.txt has 2 lines, y_test\.txt 3"):
        list(read(folder))
    path.write_text("")
    with pytest.raises(KodoError, match=r"total_acc_z_test\.txt is empty; wanted lines of 128 numbers"):
        list(read(folder))
    path.unlink()
    with pytest.raises(KodoError, match=r"needs total_acc_z_test\.txt"):
        list(read(folder))


def test_by_name_with_the_people_of_hapt(
    folder: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KODO_DATA", str(folder.parent))
    assert len(load("ucihar")) == 4
    assert UCIHAR.population == HAPT.population
    assert [len(group) for group in sensors(CHANNELS)] == [3, 3, 3]
