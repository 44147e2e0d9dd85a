"""mhealth: files in exactly the published form, and files that are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kodo.datasets.readers.mhealth import COLUMNS, MHEALTH, read
from kodo.datasets.store import load
from kodo.errors import KodoError

LABELS = [0, 0, 1, 1, 12, 0]


def write(folder: Path, person: int, labels: list[int] = LABELS) -> np.ndarray:
    folder.mkdir(parents=True, exist_ok=True)
    signal = np.random.default_rng(person).normal(size=(len(labels), 23)).astype(np.float32)
    lines = ["\t".join([*map(str, row), str(code)]) for row, code in zip(signal, labels, strict=True)]
    (folder / f"mHealth_subject{person}.log").write_text("\n".join([*lines, ""]))
    return signal


def test_people_signals_and_labels(tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data" / "MHEALTHDATASET"
    tenth, second = write(folder, 10), write(folder, 2, [4] * 3)
    monkeypatch.setenv("KODO_DATA", str(folder.parent))
    two, ten = load("mhealth")
    assert (two.subject, ten.subject) == ("2", "10")
    assert np.array_equal(two.signal, second)
    assert np.array_equal(ten.signal, tenth)
    assert ten.label.tolist() == [-1, -1, 0, 0, 11, -1]
    assert MHEALTH.activities[two.label[0]] == "walking"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("\t".join(["1.0"] * 23), r"mHealth_subject1\.log, line 2: wanted 24 numbers .* got 23"),
        ("\t".join(["1.0"] * 23 + ["13"]), r"line 2: wanted a label from 0 to 12, got 13"),
        ("\t".join(["1.0"] * 23 + ["1.5"]), r"line 2: wanted a label from 0 to 12, got 1\.5"),
        ("\t".join(["two"] + ["1"] * 23), r"line 2: wanted a number for chest_acceleration_x, got 'two'"),
    ],
)  # fmt: skip
def test_a_line_that_is_not_as_published(tmp_path: Path, line: str, sentence: str) -> None:
    write(tmp_path, 1)
    path = tmp_path / "mHealth_subject1.log"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], line, *lines[2:]]) + "\n")
    with pytest.raises(KodoError, match=sentence):
        list(read(tmp_path))


def test_an_empty_file_and_a_copy(tmp_path: Path) -> None:
    assert len(COLUMNS) == 24
    write(tmp_path, 1)
    write(tmp_path / "copy", 1)
    with pytest.raises(KodoError, match="is there twice"):
        list(read(tmp_path))
    (tmp_path / "mHealth_subject1.log").write_text("")
    (tmp_path / "copy" / "mHealth_subject1.log").unlink()
    with pytest.raises(KodoError, match="is empty"):
        list(read(tmp_path))
