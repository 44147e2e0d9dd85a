"""usc_had: files in the published form, and files that are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from kodo.datasets.readers.usc_had import ACTIVITIES, USC_HAD, read
from kodo.datasets.store import load
from kodo.errors import KodoError


def write(
    root: Path, person: int, code: int, number: int, name: str = "sensor_readings", **fields: Any
) -> np.ndarray:
    """One trial as published, with the fields given; the readings that were written."""
    folder = root / "USC-HAD" / f"Subject{person}"
    folder.mkdir(parents=True, exist_ok=True)
    readings = np.random.default_rng([person, code, number]).normal(size=(50 + number, 6))
    title = {"title": "USC Human Motion Database", "version": "1.0", "sensor_location": "front-right-hip"}
    savemat(folder / f"a{code}t{number}.mat", {**title, **fields, name: readings})
    return readings


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two people, three trials, the number of the activity spelled in both ways or missing."""
    write(tmp_path, 10, 12, 1, subject="10", activity="elevator-down", activity_number="12", trial="1")
    write(tmp_path, 2, 1, 2, subject="2", activity="walking-forward", activity_numbr="1", trial="2")
    write(tmp_path, 2, 10, 1)
    return tmp_path


def test_names_rows_and_labels(small: Path) -> None:
    recordings = list(read(small))
    assert [r.name for r in recordings] == ["s2-a1-t2", "s2-a10-t1", "s10-a12-t1"]
    assert [(r.subject, r.session) for r in recordings] == [("2", "2"), ("2", "1"), ("10", "1")]
    assert [ACTIVITIES[r.label[0]] for r in recordings] == ["Walking Forward", "Sleeping", "Elevator Down"]
    assert np.array_equal(recordings[0].signal, write(small, 2, 1, 2).astype(np.float32))
    assert recordings[0].signal.dtype == np.float32
    assert [dict(r.facts) for r in recordings] == [{}, {}, {}]
    assert [c.unit for c in USC_HAD.channels] == ["g"] * 3 + ["deg/s"] * 3


def test_fields_that_say_something_else_are_facts(small: Path) -> None:
    write(small, 3, 4, 5, subject="13", activity_numbr="5", trial="5")
    found = next(r for r in read(small) if r.subject == "3")
    assert found.facts == {"subject in file": "13", "activity in file": "5"}
    assert set(found.label.tolist()) == {3}


def test_readings_under_another_name(small: Path) -> None:
    wanted = write(small, 3, 4, 5, name="sensor_reading")
    assert np.array_equal(next(r for r in read(small) if r.subject == "3").signal, wanted.astype(np.float32))


@pytest.mark.parametrize(
    "values",
    [np.zeros((5, 3)), np.zeros((0, 6)), "walking", np.zeros((6, 5), complex), np.zeros((2, 3, 6))],
)
def test_readings_of_another_form(small: Path, values: Any) -> None:
    savemat(small / "USC-HAD" / "Subject2" / "a1t2.mat", {"sensor_readings": values})
    with pytest.raises(
        KodoError, match=r"a1t2\.mat: wanted sensor_readings, rows x 6 numbers; got (sensor|no m)"
    ):
        list(read(small))


def test_fields_may_be_numbers_and_unknown_ones_are_ignored(small: Path) -> None:
    write(small, 3, 4, 5, subject=3.0, activity_number=np.array([[6]], np.uint8), trial=[], more={"a": 1})
    assert next(r for r in read(small) if r.subject == "3").facts == {"activity in file": "6"}


def test_missing_readings_stay_missing_and_infinite_ones_are_told(small: Path) -> None:
    path = small / "USC-HAD" / "Subject2" / "a1t2.mat"
    savemat(path, {"sensor_readings": np.full((4, 6), np.nan)})
    assert np.isnan(next(iter(read(small))).signal).all()
    for value in (np.inf, 1e39):
        savemat(path, {"sensor_readings": np.full((4, 6), value)})
        with pytest.raises(KodoError, match=r"a1t2\.mat: sensor_readings holds numbers that are infinite"):
            list(read(small))


@pytest.mark.parametrize("name", ["a13t1.mat", "a0t1.mat", "a1t1 copy.mat", "axt1.mat"])
def test_a_name_that_is_no_trial(small: Path, name: str) -> None:
    (small / "USC-HAD" / "Subject2" / name).write_bytes(b"")
    with pytest.raises(KodoError, match="is not named as a trial"):
        list(read(small))


def test_a_trial_twice(small: Path) -> None:
    write(small / "copy", 2, 1, 2)
    with pytest.raises(KodoError, match="is there twice"):
        list(read(small))


def test_files_cut_short_are_named(small: Path) -> None:
    path = small / "USC-HAD" / "Subject2" / "a1t2.mat"
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    for length in random.integers(0, len(whole), 60).tolist():
        path.write_bytes(whole[:length])
        with pytest.raises(KodoError, match=r"a1t2\.mat"):
            list(read(small))


@pytest.mark.parametrize("count", [400, pytest.param(2_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("packed", [True, False])
def test_damage_is_told_or_gives_six_columns(tmp_path: Path, packed: bool, count: int) -> None:
    write(tmp_path, 2, 1, 2, subject="2", activity_number="1", trial="2", age="23")
    path = tmp_path / "USC-HAD" / "Subject2" / "a1t2.mat"
    fields = {"subject": "2", "activity_number": "1", "sensor_readings": np.arange(24.0).reshape(4, 6)}
    savemat(path, fields, do_compression=packed)
    whole, random = path.read_bytes(), np.random.default_rng(0)
    for _ in range(count):
        raw = bytearray(whole)
        for place in random.integers(100, len(raw), random.integers(1, 4)):
            raw[place] = random.integers(256)
        path.write_bytes(bytes(raw))
        try:
            (made,) = read(tmp_path)
        except KodoError as error:
            assert "a1t2.mat" in str(error)  # noqa: PT017
        else:
            assert made.signal.shape == (len(made.label), 6)
            assert not np.isinf(made.signal).any()


def test_it_loads_by_name(small: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KODO_DATA", str(small))
    assert len(load("usc_had")) == 3
