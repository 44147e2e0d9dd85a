"""hapt: the published files, and files that are not as published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kodo.datasets.check import counts, findings
from kodo.datasets.readers.hapt import HAPT, read
from kodo.datasets.store import load
from kodo.errors import KodoError
from kodo.windows.cut import cut


def test_rows_labels_and_names(small_hapt: Path) -> None:
    first, second = read(small_hapt.parent)
    assert (first.name, first.subject, first.session, first.rate) == ("exp01_user01", "1", "1", 50.0)
    assert (second.subject, second.session, second.signal.shape) == ("12", "2", (50, 6))
    assert np.flatnonzero(first.label == 4).tolist() == list(
        range(2, 20)
    )  # lines count from 1, both included
    assert (second.label == 0).all()
    wanted = np.loadtxt(small_hapt / "gyro_exp01_user01.txt")
    assert np.allclose(first.signal[:, 3:], wanted)
    assert first.signal.dtype == np.float32


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("1.0 two 3.0", r"acc_exp02_user12\.txt, line 8: wanted a number for y, got 'two'"),
        ("1.0 2.0", r"acc_exp02_user12\.txt, line 8: wanted 3 numbers \(x, y, z\), got 2"),
        ("1.0 2.0 3.0 4.0", r"acc_exp02_user12\.txt, line 8: wanted 3 numbers \(x, y, z\), got 4"),
        ("", r"acc_exp02_user12\.txt, line 8: wanted 3 numbers"),
        ("1.0 2.0 ", r"acc_exp02_user12\.txt, line 8: wanted 3 numbers \(x, y, z\), got 2"),
        ("1.0 2.0 1e39", r"acc_exp02_user12\.txt, line 8: wanted a number for z, got '1e39'"),
    ],
)
def test_a_line_that_is_not_numbers(small_hapt: Path, line: str, sentence: str) -> None:
    path = small_hapt / "acc_exp02_user12.txt"
    path.write_text("\n".join([*lines(path)[:7], line, *lines(path)[8:]]) + "\n")
    with pytest.raises(KodoError, match=sentence):
        list(read(small_hapt))


def test_half_of_a_pair(small_hapt: Path) -> None:
    (small_hapt / "gyro_exp02_user12.txt").unlink()
    with pytest.raises(KodoError, match=r"acc_exp02_user12\.txt has no partner gyro_exp02_user12\.txt"):
        list(read(small_hapt))


def test_a_whole_experiment_missing(small_hapt: Path) -> None:
    for kind in ("acc", "gyro"):
        (small_hapt / f"{kind}_exp02_user12.txt").unlink()
    with pytest.raises(KodoError, match="1 of 2 experiments are missing"):
        list(read(small_hapt))


def test_two_sensors_of_different_length(small_hapt: Path) -> None:
    path = small_hapt / "acc_exp01_user01.txt"
    path.write_text("\n".join(lines(path)[:-3]) + "\n")
    with pytest.raises(KodoError, match=r"has 37 lines and gyro_exp01_user01\.txt has 40"):
        list(read(small_hapt))


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        ("2 12 13 1 5", r"labels\.txt, line 2: wanted an activity from 1 to 12, got 13"),
        ("2 12 1 1 51", r"labels\.txt, line 2: wanted rows from 1 to 50, got 1 to 51"),
        ("2 12 1 0 5", r"labels\.txt, line 2: wanted rows from 1 to 50, got 0 to 5"),
        ("2 12 walking 1 5", r"labels\.txt, line 2: wanted a whole number for activity, got 'walking'"),
        ("2 12 1 1.5 5", r"labels\.txt, line 2: wanted a whole number for start, got '1\.5'"),
        ("1 1 6 10 12", r"labels\.txt, line 2: some of the rows 10 to 12 have a label already"),
    ],
)
def test_labels_that_cannot_be(small_hapt: Path, label: str, sentence: str) -> None:
    (small_hapt / "labels.txt").write_text(f"1 1 5 3 10\n{label}\n")
    with pytest.raises(KodoError, match=sentence):
        list(read(small_hapt))


def test_no_labels_empty_files_and_copies(small_hapt: Path) -> None:
    (small_hapt / "acc_exp01_user01.txt").write_text("")
    with pytest.raises(KodoError, match=r"acc_exp01_user01\.txt is empty"):
        list(read(small_hapt))
    copy = small_hapt / "copy"
    copy.mkdir()
    (copy / "acc_exp01_user01.txt").write_text("1 2 3\n")
    with pytest.raises(KodoError, match="is there twice"):
        list(read(small_hapt))
    (copy / "acc_exp01_user01.txt").unlink()
    (small_hapt / "labels.txt").unlink()
    with pytest.raises(KodoError, match=r"needs one labels\.txt .* found 0"):
        list(read(small_hapt))


def test_the_card_forbids_commercial_use() -> None:
    assert HAPT.commercial is False
    assert "commercial use is prohibited" in HAPT.licence


@pytest.mark.slow
def test_the_published_dataset(kodo_data: Path) -> None:
    recordings = load("hapt")
    assert counts(recordings) == HAPT.counts
    assert findings(recordings) == ()
    windows = cut(recordings, seconds=3.0, overlap=0.5)
    assert (len(windows), len(windows.dropped)) == (9_070, 88)
    arena = cut(recordings, seconds=3.0, overlap=0.5, end="arena")
    assert (len(arena), len(arena.dropped)) == (9_056, 90)
    assert np.bincount(arena.label).tolist() == [
        1435, 1282, 1162, 1510, 1658, 1646, 48, 15, 75, 59, 107, 59
    ]  # fmt: skip
    assert len({(w, s) for w, s in zip(windows.subject, windows.session, strict=True)}) == 61
