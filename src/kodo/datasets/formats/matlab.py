"""Matrices of numbers, and text, from MATLAB files (level 5, as `save` writes them up to version 7).

Read here and not by scipy, whose reader ends the whole program on some damaged files.

Source: MathWorks, "MAT-File Format", level 5.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.text import LARGEST, content
from kodo.errors import KodoError

HEAD = 128
MATRIX, COMPRESSED = 14, 15
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
NUMERIC = range(6, 16)
"""Classes of arrays that hold numbers; below them cells, structures, objects and text."""
TEXT = 4
LETTERS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
"""How the letters of a text are kept, by kind; the order of bytes is the file's."""
COMPLEX = 1 << 11
MOST_BYTES = 1 << 30
"""Bytes a compressed element may unpack to; more is taken for damage."""


class _DamageError(Exception):
    """What is wrong inside a file; becomes a sentence that names the file."""


def matrix(path: Path, variable: str) -> NDArray[np.float32]:
    """A matrix of real numbers from a MATLAB file.

    Args:
        path: of the file.
        variable: name of the matrix in it.

    Returns:
        float32 of any shape, in row order; MATLAB keeps at least two axes and drops a last one of length 1.

    Raises:
        KodoError: the file is not there, damaged or of another level, has no matrix of that name, or that
            is empty or not made of finite numbers.
    """
    found = next((held for name, held in _arrays(path) if name == variable), None)
    if not isinstance(found, np.ndarray) or found.size == 0:
        raise KodoError(f"{path} holds no matrix of numbers named {variable}.")
    # Written so that NaN fails, too.
    if not (np.abs(found.astype(np.float64)) <= LARGEST).all():
        raise KodoError(f"{path}: {variable} holds numbers that are missing, infinite or beyond float32.")
    return np.ascontiguousarray(found, np.float32)


def variables(path: Path) -> dict[str, NDArray[np.generic] | str]:
    """Every matrix of real numbers and every text in a MATLAB file, by name; all else is passed over.

    Args:
        path: of the file.

    Returns:
        matrices of any shape and kind of number, which may be missing or infinite; lines of a text of
        several rows are parted by line ends.

    Raises:
        KodoError: the file is not there, damaged or of another level.
    """
    return dict(_arrays(path))


def _arrays(path: Path) -> Iterator[tuple[str, NDArray[np.generic] | str]]:
    """Name and content of every matrix of real numbers and every text, in the order of the file."""
    raw = content(path)
    try:
        orders = {b"\x00\x01IM": "<", b"\x01\x00MI": ">"}
        order = orders.get(raw[HEAD - 4 : HEAD])
        if order is None:
            raise _DamageError(f"it starts with {raw[:10]!r}")
        for kind, body in _elements(raw[HEAD:], order):
            if kind == COMPRESSED:
                inside = next(_elements(_unpacked(body), order), None)
                if inside is None:
                    raise _DamageError("a compressed element is empty")
                kind, body = inside
            if kind == MATRIX:
                held = _held(list(_elements(body, order)), order)
                if held is not None:
                    yield held
    except _DamageError as damage:
        raise KodoError(f"{path} is damaged or no MATLAB file of level 5: {damage}.") from None


def _elements(raw: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Kind and content of the elements that lie one after the other."""
    at = 0
    while at < len(raw):
        if at + 8 > len(raw):
            raise _DamageError("it ends early")
        kind, size = struct.unpack_from(order + "II", raw, at)
        start = at + 8
        if kind >> 16:  # up to four bytes lie in the tag itself
            kind, size, start = kind & 0xFFFF, kind >> 16, at + 4
            after = at + 8
        else:
            after = start + (size if kind == COMPRESSED else -(-size // 8) * 8)
        if start + size > len(raw) or (start == at + 4 and size > 4):
            raise _DamageError("it ends early")
        yield kind, raw[start : start + size]
        at = after


def _unpacked(body: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        inside = unpacker.decompress(body, MOST_BYTES)
    except zlib.error as error:
        raise _DamageError(f"it cannot be unpacked ({error})") from None
    if not unpacker.eof:
        raise _DamageError("a compressed element is not whole")
    return inside


def _held(parts: list[tuple[int, bytes]], order: str) -> tuple[str, NDArray[np.generic] | str] | None:
    """An array from its parts: flags, lengths of the axes, name, content; None where it is something else."""
    if len(parts) < 3 or len(parts[0][1]) != 8 or len(parts[1][1]) % 4:
        raise _DamageError("a matrix lacks its flags, axes or name")
    flags = struct.unpack(order + "II", parts[0][1])[0]
    axes = struct.unpack(f"{order}{len(parts[1][1]) // 4}i", parts[1][1])
    name = parts[2][1].decode("ascii", "replace")
    if flags & 0xFF == TEXT:
        return name, _text(*(parts[3] if len(parts) > 3 else (2, b"")), axes, order)
    if flags & 0xFF not in NUMERIC or flags & COMPLEX:
        return None
    kind, body = parts[3] if len(parts) > 3 else (9, b"")
    number = np.dtype(order + NUMBERS.get(kind, "V1"))
    if kind not in NUMBERS or min(axes, default=-1) < 0 or math.prod(axes) * number.itemsize != len(body):
        raise _DamageError("a matrix has other axes than numbers")
    return name, np.frombuffer(body, number).reshape(axes, order="F")


def _text(kind: int, body: bytes, axes: tuple[int, ...], order: str) -> str:
    if kind not in LETTERS:
        raise _DamageError("a text is not made of letters")
    wide = LETTERS[kind] + {"<": "-le", ">": "-be"}[order] * LETTERS[kind].startswith(("utf-16", "utf-32"))
    letters = body.decode(wide, "replace")
    rows = axes[0] if len(axes) == 2 else 1
    if rows < 2:
        return letters
    # Letters lie column after column.
    return "\n".join(letters[row::rows] for row in range(min(rows, len(letters))))
