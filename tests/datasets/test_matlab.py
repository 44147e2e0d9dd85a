"""Matrices from MATLAB files: what scipy writes, what it never writes, and damage."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from scipy.io import savemat

from kodo.datasets.formats.matlab import matrix, variables
from kodo.errors import KodoError

KINDS = ("f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8")


@given(
    shape=array_shapes(min_dims=2, max_dims=4, max_side=4),
    kind=st.sampled_from(KINDS),
    packed=st.booleans(),
    seed=st.integers(0, 99),
)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, shape: tuple[int, ...], kind: str, packed: bool, seed: int
) -> None:
    path = tmp_path_factory.mktemp("matlab") / "file.mat"
    values = np.random.default_rng(seed).integers(0, 100, shape).astype(kind)
    others = {"before": {"a": 1.0}, "text": "b", "complex": np.array([[1j]]), "x": values, "after": 2.0}
    savemat(path, others, do_compression=packed)
    got = matrix(path, "x")
    assert got.dtype == np.float32
    assert got.shape == shape
    assert np.array_equal(got, values)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), packed=st.booleans())
def test_text_that_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, text: str, packed: bool
) -> None:
    path = tmp_path_factory.mktemp("matlab") / "file.mat"
    savemat(path, {"before": [[1, 2]], "text": text, "cell": {"a": 1}}, do_compression=packed)
    held = variables(path)
    assert sorted(held) == ["before", "text"]
    assert held["text"] == text
    assert np.array_equal(held["before"], [[1, 2]])


def test_rows_of_text_and_numbers_that_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "file.mat"
    savemat(path, {"rows": np.array(["one", "two"]), "none": "", "x": [[np.nan, np.inf]]})
    held = variables(path)
    assert (held["rows"], held["none"]) == ("one\ntwo", "")
    assert np.array_equal(held["x"], [[np.nan, np.inf]], equal_nan=True)
    for name in ("rows", "none", "other"):
        with pytest.raises(KodoError, match=f"holds no matrix of numbers named {name}"):
            matrix(path, name)


def test_the_other_order_of_bytes_and_numbers_stored_small(tmp_path: Path) -> None:
    path = tmp_path / "file.mat"
    # MATLAB keeps doubles that are small whole numbers as bytes: here 2 x 2 inside the tag itself.
    flags = struct.pack(">IIII", 6, 8, 6, 0)
    axes = struct.pack(">IIii", 5, 8, 2, 2)
    name = struct.pack(">HH4s", 1, 1, b"x")
    numbers = struct.pack(">HH4B", 4, 2, 1, 2, 3, 4)
    inside = flags + axes + name + numbers
    path.write_bytes(b"MATLAB".ljust(124) + b"\x01\x00MI" + struct.pack(">II", 14, len(inside)) + inside)
    assert matrix(path, "x").tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize("raw", [b"", b"\x89HDF\r\n\x1a\n" + bytes(200), b"MATLAB".ljust(128), b"x" * 500])
def test_no_matlab_file(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "file.mat"
    path.write_bytes(raw)
    with pytest.raises(KodoError, match=r"file\.mat is damaged or no MATLAB file of level 5"):
        matrix(path, "x")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KodoError, match="Could not read"):
        matrix(tmp_path / "file.mat", "x")


@given(place=st.integers(0, 10_000), value=st.integers(0, 255), end=st.integers(0, 10_000))
@pytest.mark.parametrize("packed", [True, False])
def test_damage_is_told_and_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, packed: bool, place: int, value: int, end: int
) -> None:
    path = tmp_path_factory.mktemp("matlab") / "file.mat"
    savemat(path, {"x": np.arange(12.0).reshape(3, 4) + 0.5, "text": "walking"}, do_compression=packed)
    raw = bytearray(path.read_bytes())
    raw[place % len(raw)] = value
    path.write_bytes(bytes(raw[: len(raw) - end % 40]))
    try:
        variables(path)
        got = matrix(path, "x")
    except KodoError as error:
        assert "file.mat" in str(error)  # noqa: PT017
    else:
        assert got.size == 12
