"""Every reader of a fixed format: what was written comes back, and a spoiled file is refused or counted."""

from __future__ import annotations

import math
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from every_format import FORMATS
from fuzz import ANY, TEXT, columns, spoiled
from kodo.datasets.recording import Recording
from kodo.errors import KodoError
from published import ROWS, Format
from strict import Array

FEW, MANY = 100, 2_000
"""Spoiled files of a dataset, all its kinds of files together."""

NAMES = [format.name for format in FORMATS]
NUMBERS = st.floats(-1e4, 1e4, width=32)


def counted(recordings: list[Recording]) -> int:
    """Lines that the facts say were left out."""
    facts = [r.facts.get("broken_lines", "0") for r in recordings]
    return sum(int(fact.split(" ", 1)[0]) for fact in facts)


def same(got: Array, said: Array) -> None:
    """Both are the same numbers once they are float32, NaN where the other is NaN."""
    assert np.array_equal(got.astype(np.float32), said.astype(np.float32), equal_nan=True)


def held(format: Format, folder: Path, raw: bytes) -> bool:
    """Whether a file was read; then it is as published, and its numbers are those that came out.

    Otherwise the sentence names the file, and the line if one is to blame.
    """
    path = folder / format.file
    path.write_bytes(raw)
    said = format.says(raw)
    try:
        recordings = list(format.read(folder))
    except KodoError as error:
        sentence = str(error)
        assert any(name in sentence for name in (path.name, *format.named)), sentence
        assert not said.line or re.search(rf"line {said.line}\b", sentence), (said.line, sentence)
        return False
    assert said.table is not None, f"was read, line {said.line} is not as published"
    same(format.got(recordings), said.table)
    assert counted(recordings) == said.broken
    return True


def fuzz(format: Format, folder: Path, count: int, seed: int) -> None:
    """Spoil this file's share of so many; some are read after all, because nothing but numbers changed."""
    dataset = format.name.partition(",")[0]
    count = math.ceil(count / sum(name.partition(",")[0] == dataset for name in NAMES))
    raw = format.write(folder, format.made_up(ROWS))
    kinds = (*ANY, *TEXT, *columns(format.separator)) if format.separator else ANY
    read = 0
    for what, worse in spoiled(raw, count, seed, kinds):
        try:
            read += held(format, folder, worse)
        except (
            AssertionError,
            ArithmeticError,
            LookupError,
            OSError,
            TypeError,
            ValueError,
            Warning,
        ) as error:
            pytest.fail(f"{format.name}, {what}: {type(error).__name__}: {error}\n{worse[:300]!r}")
    assert 0 < read < count


@pytest.mark.parametrize("format", FORMATS, ids=NAMES)
def test_spoiled_files_are_refused_or_counted(tmp_path: Path, format: Format) -> None:
    fuzz(format, tmp_path, FEW, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS, ids=NAMES)
def test_many_spoiled_files_are_refused_or_counted(tmp_path: Path, format: Format) -> None:
    fuzz(format, tmp_path, MANY, seed=1)


@pytest.mark.parametrize("format", FORMATS, ids=NAMES)
@settings(max_examples=10)
@given(data=st.data())
def test_what_was_written_is_read(format: Format, data: st.DataObject) -> None:
    rows = format.rows or (ROWS if format.around(1) else data.draw(st.integers(1, 12)))
    drawn = data.draw(arrays(np.float32, (rows, format.free), elements=NUMBERS))
    values = np.where(drawn == 0, format.made_up(rows, data.draw(st.integers(0, 99))), drawn)
    with tempfile.TemporaryDirectory() as name:
        raw = format.write(Path(name), values)
        recordings = list(format.read(Path(name)))
    said = format.says(raw).table
    assert said is not None
    same(format.got(recordings), said)
    assert counted(recordings) == 0
