"""Numbers from text files, several at once or one alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo.datasets.formats.text import content, is_number, numbers, several
from kodo.errors import KodoError


def test_several_files_are_what_each_is_alone(tmp_path: Path) -> None:
    texts = ["1 2\n3 4\n", "5 -6e-3\r\n", "  nan   8 \n9 10\n"]
    paths = [tmp_path / f"[{i}]*.txt" for i in range(3)]  # names that are not patterns
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, newline="")
    together = several(paths, ("x", "y"))
    assert [part.shape for part in together] == [(2, 2), (1, 2), (2, 2)]
    for part, path in zip(together, paths, strict=True):
        assert np.array_equal(part, numbers(path, ("x", "y")), equal_nan=True)
    assert together[1][0].tolist() == [5.0, np.float32(-6e-3)]


@pytest.mark.parametrize("spoiled", ["1 2\n\n3 4\n", "1 2\n3\n", "1 2\n3 4\n\n", "1 2\n3 x\n", "1 2 3\n"])
def test_the_file_at_fault_is_named(tmp_path: Path, spoiled: str) -> None:
    (tmp_path / "good.txt").write_text("1 2\n3 4\n")
    (tmp_path / "bad.txt").write_text(spoiled)
    with pytest.raises(KodoError, match=r"bad\.txt, line [123]: wanted"):
        several([tmp_path / "good.txt", tmp_path / "bad.txt"], ("x", "y"))


def test_an_empty_or_missing_file(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    with pytest.raises(KodoError, match=r"empty\.txt is empty; wanted lines of 2 numbers \(x, y\)"):
        numbers(tmp_path / "empty.txt", ("x", "y"))
    with pytest.raises(KodoError, match=r"Could not read .*gone\.txt: no such file"):
        content(tmp_path / "gone.txt")


@given(st.floats(width=32))
def test_every_number_is_a_number(value: float) -> None:
    assert is_number(repr(value))
    assert not is_number(f"{value!r}x")
