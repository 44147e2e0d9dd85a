"""wharf: files in the published form, and files that are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo.datasets.readers.wharf import ACTIVITIES, read
from kodo.datasets.store import load
from kodo.errors import KodoError


def write(root: Path, folder: str, trial: str, rows: list[tuple[int, int, int]]) -> Path:
    """One trial as published: three integers a line, CRLF."""
    place = root / "HMP_Dataset" / folder
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"Accelerometer-{trial}.txt"
    path.write_bytes("".join(f"{x} {y} {z}\r\n" for x, y, z in rows).encode())
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two trials, and one of them again in a folder of models."""
    write(tmp_path, "Walk", "2012-05-30-22-07-18-walk-m2", [(0, 63, 21), (42, 31, 32)])
    write(tmp_path, "comb_hair", "2011-05-30-08-32-58-comb_hair-f1", [(1, 2, 3)] * 5)
    write(tmp_path, "Walk_MODEL", "2012-05-30-22-07-18-walk-m2", [(0, 63, 21), (42, 31, 32)])
    return tmp_path


def test_rows_labels_and_people(small: Path) -> None:
    first, second = read(small)
    assert (first.name, first.subject, first.session) == (
        "Comb_hair-2011-05-30-08-32-58-f1", "f1", "2011-05-30"
    )  # fmt: skip
    assert (second.subject, second.session, second.rate) == ("m2", "2012-05-30", 32.0)
    assert second.signal[0] == pytest.approx([-1.5, 1.5, -0.5], abs=1e-6)
    assert second.signal.dtype == np.float32
    assert set(second.label.tolist()) == {ACTIVITIES.index("Walk")}


@given(st.lists(st.tuples(*[st.integers(0, 63)] * 3), min_size=1, max_size=20))
def test_every_integer_comes_back(rows: list[tuple[int, int, int]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), "Walk", "2012-05-30-22-07-18-walk-m2", rows)
        (recording,) = read(Path(folder))
    assert np.rint((recording.signal + 1.5) * 21).astype(int).tolist() == [list(row) for row in rows]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("1 2 64", r"m2\.txt, line 2: wanted an integer from 0 to 63 for z, got 64"),
        ("1 -1 3", r"line 2: wanted an integer from 0 to 63 for y, got -1"),
        ("1.5 1 3", r"line 2: wanted an integer from 0 to 63 for x, got 1\.5"),
        ("NaN 1 3", r"line 2: wanted an integer from 0 to 63 for x, got nan"),
        ("1 2", r"line 2: wanted 3 numbers \(x, y, z\), got 2"),
        ("1 2 three", r"line 2: wanted a number for z, got 'three'"),
        ("1 2 \x00", "line 2: wanted a number for z"),
    ],
)
def test_a_line_that_cannot_be(small: Path, line: str, sentence: str) -> None:
    path = small / "HMP_Dataset" / "Walk" / "Accelerometer-2012-05-30-22-07-18-walk-m2.txt"
    path.write_bytes(f"1 2 3\r\n{line}\r\n4 5 6\r\n".encode())
    with pytest.raises(KodoError, match=sentence):
        list(read(small))


def test_an_empty_file(small: Path) -> None:
    write(small, "Walk", "2012-05-30-22-08-18-walk-m2", [])
    with pytest.raises(KodoError, match="is empty"):
        list(read(small))


def test_names_that_are_no_trial(small: Path) -> None:
    path = write(small, "Walk", "2012-05-30-walk", [(1, 2, 3)])
    with pytest.raises(KodoError, match=r"Accelerometer-2012-05-30-walk\.txt is not named as a trial"):
        list(read(small))
    path.unlink()
    write(small, "Walking", "2012-05-30-22-08-18-walk-m2", [(1, 2, 3)])
    with pytest.raises(KodoError, match="lies in no folder of an activity"):
        list(read(small))


def test_it_loads_by_name(small: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KODO_DATA", str(small))
    assert len(load("wharf")) == 2
