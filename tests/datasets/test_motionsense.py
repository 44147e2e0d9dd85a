"""motionsense: files in exactly the published form, and files that are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kodo.datasets.readers.motionsense import CHANNELS, COLUMNS, MOTIONSENSE, read
from kodo.datasets.recording import sensors
from kodo.datasets.store import load
from kodo.errors import KodoError


def made_up(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(5, len(COLUMNS))).astype(np.float32)


def write(folder: Path, trial: str, person: int, seed: int, columns: list[str] = COLUMNS) -> Path:
    (folder / trial).mkdir(parents=True, exist_ok=True)
    path = folder / trial / f"sub_{person}.csv"
    order = [COLUMNS.index(column) for column in columns]
    rows = [",".join(map(str, [row, *values[order]])) for row, values in enumerate(made_up(seed))]
    path.write_text("\n".join([",".join(["", *columns]), *rows, ""]))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "data" / "motion-sense-master"
    inside = root / "A_DeviceMotion_data"
    write(inside, "wlk_15", 10, 0)
    write(inside, "wlk_7", 10, 1)
    write(inside, "wlk_7", 2, 2, COLUMNS[::-1])
    write(inside, "dws_1", 1, 3)
    write(root / "B_Accelerometer_data", "dws_1", 1, 4)
    (root / "data_subjects_info.csv").write_text("code,weight,height,age,gender\n1,102,188,46,1\n")
    return root


def test_trials_people_and_columns_by_name(folder: Path) -> None:
    recordings = list(read(folder.parent))
    assert [(r.name, r.subject, r.session) for r in recordings] == [
        ("dws_1-1", "1", "1"),
        ("wlk_7-2", "2", "7"),
        ("wlk_7-10", "10", "7"),
        ("wlk_15-10", "10", "15"),
    ]
    for seed, recording in zip((3, 2, 1, 0), recordings, strict=True):
        assert np.array_equal(recording.signal, made_up(seed))
    assert [MOTIONSENSE.activities[r.label[0]] for r in recordings[:2]] == ["downstairs", "walking"]
    assert recordings[0].facts == {"weight": "102", "height": "188", "age": "46", "gender": "1"}
    assert recordings[1].facts == {}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("1,0.5", r"sub_1\.csv, line 3: wanted 13 columns, got 2"),
        ("1" + ",0.5" * 11 + ",two", r"line 3: wanted a number for userAcceleration\.z, got 'two'"),
        ("1" + ",0.5" * 11 + ",", r"line 3: wanted a number for userAcceleration\.z, got ''"),
        ("1" + ",0.5" * 13, r"line 3: wanted 13 columns, got 14"),
    ],
)
def test_a_line_that_is_not_as_published(folder: Path, line: str, sentence: str) -> None:
    path = folder / "A_DeviceMotion_data" / "dws_1" / "sub_1.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], line, *lines[3:]]) + "\n")
    with pytest.raises(KodoError, match=sentence):
        list(read(folder))


def test_files_that_are_not_as_published(folder: Path) -> None:
    path = folder / "A_DeviceMotion_data" / "dws_1" / "sub_1.csv"
    whole = path.read_text()
    for text, sentence in (
        ("", r"has no column 'attitude\.roll'"),
        (whole.splitlines()[0] + "\n", "holds no row"),
        (whole.replace("gravity.y", "gravity.w"), r"has no column 'gravity\.y'"),
    ):
        path.write_text(text)
        with pytest.raises(KodoError, match=sentence):
            list(read(folder))
    path.write_text(whole)
    write(folder / "copy" / "A_DeviceMotion_data", "dws_1", 1, 3)
    with pytest.raises(KodoError, match="is there twice"):
        list(read(folder))
    write(folder / "A_DeviceMotion_data", "fly_1", 1, 3)
    with pytest.raises(KodoError, match="is not named as published"):
        list(read(folder / "A_DeviceMotion_data" / ".."))


def test_by_name(folder: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KODO_DATA", str(folder.parent))
    assert len(load("motionsense")) == 4
    assert [len(group) for group in sensors(CHANNELS)] == [3, 3, 3, 3]
