"""Spoiled files: what a bad disk, an editor or a hurried hand does to bytes, by a seeded generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

Mutation = Callable[[bytes, np.random.Generator], bytes]
"""Bytes and a generator in, other bytes out (now and then the same)."""

NUMBERS = (
    b"1e400", b"-1e39", b"9" * 40, b"0." + b"1" * 40, b"1e-400", b"nan", b"inf", b"-infinity", b"1_0",
    b"1,5", b"1.5.2", b"--3", b"1e", b".", b"", b"two", b"None", b'"1.5"', b"'1'", b"\xe9", b"\xd9\xa1",
    b"+7", b"-0", b"007", b"1.0", b"\xa01", b"#1", b" 1", b"1\r", b"true", b"0x1F",
    b"1 5",
)  # fmt: skip
"""What may stand where a number stood; some are numbers."""


def truncated(raw: bytes, random: np.random.Generator) -> bytes:
    return raw[: _place(raw, random)]


def without_start(raw: bytes, random: np.random.Generator) -> bytes:
    return raw[_place(raw, random) :]


def flipped_bit(raw: bytes, random: np.random.Generator) -> bytes:
    place = _place(raw, random)
    return raw[:place] + bytes([raw[place] ^ 1 << random.integers(8)]) + raw[place + 1 :] if raw else raw


def other_byte(raw: bytes, random: np.random.Generator) -> bytes:
    place = _place(raw, random)
    return raw[:place] + random.bytes(1) + raw[place + 1 :]


def hole(raw: bytes, random: np.random.Generator) -> bytes:
    """Bytes in between are lost."""
    place = _place(raw, random)
    return raw[:place] + raw[place + random.integers(1, 40) :]


def zeros(raw: bytes, random: np.random.Generator) -> bytes:
    """NUL bytes, as after a crash, over or between what was there."""
    place, count = _place(raw, random), int(random.integers(1, 30))
    return raw[:place] + bytes(count) + raw[place + count * int(random.integers(2)) :]


def empty(raw: bytes, random: np.random.Generator) -> bytes:
    return (b"", b" ", b"\n", b"\r\n", b" \n\t\n \n", b"\n" * 500, b"\x00" * 64, b"\x1a")[random.integers(8)]


ANY: tuple[Mutation, ...] = (truncated, without_start, flipped_bit, other_byte, hole, zeros, empty)
"""For files of any kind."""


def byte_order_mark(raw: bytes, random: np.random.Generator) -> bytes:
    return b"\xef\xbb\xbf" + raw


def utf16(raw: bytes, random: np.random.Generator) -> bytes:
    return raw.decode("latin-1").encode(("utf-16", "utf-16-le", "utf-16-be")[random.integers(3)])


def latin_1(raw: bytes, random: np.random.Generator) -> bytes:
    place = _place(raw, random)
    return raw[:place] + (b"\xe9", b"\xb2", b"\xa0", b"\x85")[random.integers(4)] + raw[place:]


def crlf(raw: bytes, random: np.random.Generator) -> bytes:
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def lf(raw: bytes, random: np.random.Generator) -> bytes:
    return raw.replace(b"\r\n", b"\n")


def cr(raw: bytes, random: np.random.Generator) -> bytes:
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r")


def unended(raw: bytes, random: np.random.Generator) -> bytes:
    return raw.rstrip(b"\r\n")


def other_end(raw: bytes, random: np.random.Generator) -> bytes:
    return raw + (b"\n", b"\r\n", b"\n\n\n", b" ", b"\x1a", b"\x00", b"\r", b"end\n")[random.integers(8)]


def decimal_comma(raw: bytes, random: np.random.Generator) -> bytes:
    return raw.replace(b".", b",")


def long_line(raw: bytes, random: np.random.Generator) -> bytes:
    lines = raw.split(b"\n")
    lines[random.integers(len(lines))] += (b"1", b" ", b",1", b"\t1", b" 1", b"x")[
        random.integers(6)
    ] * 200_000
    return b"\n".join(lines)


def lost_line(raw: bytes, random: np.random.Generator) -> bytes:
    lines = raw.split(b"\n")
    del lines[random.integers(len(lines))]
    return b"\n".join(lines)


def line_twice(raw: bytes, random: np.random.Generator) -> bytes:
    lines = raw.split(b"\n")
    lines.insert(int(random.integers(len(lines))), lines[random.integers(len(lines))])
    return b"\n".join(lines)


def lines_swapped(raw: bytes, random: np.random.Generator) -> bytes:
    lines = raw.split(b"\n")
    one, other = random.integers(len(lines), size=2)
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def blank_line(raw: bytes, random: np.random.Generator) -> bytes:
    lines = raw.split(b"\n")
    lines.insert(int(random.integers(len(lines))), (b"", b" ", b"\r", b"\t")[random.integers(4)])
    return b"\n".join(lines)


def joined_lines(raw: bytes, random: np.random.Generator) -> bytes:
    ends = [place for place, byte in enumerate(raw) if byte == 10]
    place = ends[random.integers(len(ends))] if ends else 0
    return raw[:place] + raw[place + 1 :]


TEXT: tuple[Mutation, ...] = (
    byte_order_mark, utf16, latin_1, crlf, lf, cr, unended, other_end, decimal_comma, long_line, lost_line,
    line_twice, lines_swapped, blank_line, joined_lines,
)  # fmt: skip
"""For files of lines."""


def columns(separator: bytes) -> tuple[Mutation, ...]:
    """Mutations of the fields of a text file: of one line, or of all.

    Args:
        separator: of the fields.
    """

    def lost_column(fields: list[bytes], random: np.random.Generator) -> list[bytes]:
        at = int(random.integers(len(fields)))
        return fields[:at] + fields[at + 1 :]

    def column_twice(fields: list[bytes], random: np.random.Generator) -> list[bytes]:
        at = int(random.integers(len(fields)))
        return fields[: at + 1] + fields[at:]

    def columns_swapped(fields: list[bytes], random: np.random.Generator) -> list[bytes]:
        one, other = random.integers(len(fields), size=2)
        fields[one], fields[other] = fields[other], fields[one]
        return fields

    def other_number(fields: list[bytes], random: np.random.Generator) -> list[bytes]:
        fields[random.integers(len(fields))] = NUMBERS[random.integers(len(NUMBERS))]
        return fields

    def trailing_separator(fields: list[bytes], random: np.random.Generator) -> list[bytes]:
        return [*fields, b""]

    def leading_separator(fields: list[bytes], random: np.random.Generator) -> list[bytes]:
        return [b"", *fields]

    def other_separator(fields: list[bytes], random: np.random.Generator) -> list[bytes]:
        return [(b";", b",", b"\t", b" ", b"  ")[random.integers(5)].join(fields)]

    changes = (
        lost_column, column_twice, columns_swapped, other_number, other_number, trailing_separator,
        leading_separator, other_separator,
    )  # fmt: skip
    return tuple(_of_lines(change, separator, all_lines) for change in changes for all_lines in (False, True))


def spoiled(
    raw: bytes, count: int, seed: int, mutations: tuple[Mutation, ...]
) -> Iterator[tuple[str, bytes]]:
    """So many mutations of a file, each kind as often as the others; every fourth time two of them.

    Args:
        raw: the whole file.
        count: how many.
        seed: the same seed gives the same mutations.
        mutations: kinds to take.

    Yields:
        what was done, in words for a failed test, and the bytes.
    """
    random = np.random.default_rng(seed)
    for number in range(count):
        chosen = [mutations[number % len(mutations)]]
        if number % 4 == 3:
            chosen.append(mutations[random.integers(len(mutations))])
        worse = raw
        for mutation in chosen:
            worse = mutation(worse, random)
        yield f"{number}: {', then '.join(mutation.__name__ for mutation in chosen)}", worse


def _place(raw: bytes, random: np.random.Generator) -> int:
    return int(random.integers(max(len(raw), 1)))


def _of_lines(
    change: Callable[[list[bytes], np.random.Generator], list[bytes]], separator: bytes, all_lines: bool
) -> Mutation:
    """A change of the fields of a line as a mutation of a file, in the same way on every line or on one."""

    def mutation(raw: bytes, random: np.random.Generator) -> bytes:
        lines = raw.split(b"\n")
        chosen = range(len(lines)) if all_lines else [int(random.integers(len(lines)))]
        seed = int(random.integers(1 << 30))
        for number in chosen:
            if lines[number].strip():
                same = np.random.default_rng(seed)
                body, end = lines[number].removesuffix(b"\r"), lines[number][-1:]
                fields = change(body.split(separator), same)
                lines[number] = separator.join(fields) + (b"\r" if end == b"\r" else b"")
        return b"\n".join(lines)

    mutation.__name__ = f"{change.__name__} of {'all lines' if all_lines else 'a line'}"
    return mutation
