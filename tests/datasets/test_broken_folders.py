"""Spoiled files of one's own: a sentence with file and line, a counted skip, or the right rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodo.datasets.formats.delimited import Layout, part
from kodo.datasets.readers.folder import read
from kodo.errors import KodoError

TOP = """name = "mine"
path = "{subject}.csv"
label = "what"
activities = ["sit", "walk"]
"""
CHANNELS = '[[channels]]\ncolumns = ["x", "y"]\naxes = "xy"\n'
ROWS = [(i, round(0.1 * i, 1), round(-0.25 * i, 2), "walk" if i > 5 else "sit") for i in range(12)]
TEXT = "t,x,y,what\n" + "".join(f"{t},{x},{y},{what}\n" for t, x, y, what in ROWS)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "dataset.toml").write_text(TOP + "rate = 10\n" + CHANNELS)
    return tmp_path


def spoiled(home: Path, content: bytes) -> list[tuple[float, ...]] | str:
    """The samples with their labels, or the sentence."""
    (home / "p1.csv").write_bytes(content)
    try:
        recordings = list(read(home))
    except KodoError as error:
        return str(error)
    return [
        (*row, code)
        for r in recordings
        for row, code in zip(r.signal.tolist(), r.label.tolist(), strict=True)
    ]


def rows() -> list[tuple[float, ...]]:
    return [(float(np.float32(x)), float(np.float32(y)), int(what == "walk")) for _, x, y, what in ROWS]


def counting(home: Path, more: str = "rate = 10\n") -> None:
    (home / "dataset.toml").write_text(TOP + more + 'broken = "count"\n' + CHANNELS)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.rstrip("\n").encode(),
        lambda text: (text + "\n\n").encode(),
        lambda text: text.replace(",", " , ").encode(),
        lambda text: text.replace("\n", ",\n").encode(),
        lambda text: "\n".join(",".join(line.split(",")[::-1]) for line in text.splitlines()).encode(),
        lambda text: text.replace("sit", '"sit"').replace("what", '"what"').encode(),
        lambda text: text.replace("t,x", ",x").encode(),
    ],
    ids=[
        "crlf",
        "cr",
        "mark",
        "no end",
        "empty lines",
        "blanks",
        "trailing",
        "reversed",
        "quoted",
        "unnamed",
    ],
)
def test_other_ways_to_write_the_same(home: Path, change) -> None:  # type: ignore[no-untyped-def]
    assert spoiled(home, change(TEXT)) == rows()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no row"),
        (b"t,x,y,what\n", "holds no row"),
        (TEXT.replace("0.3", "0.3\0").encode(), "line 5: wanted text"),
        (TEXT.replace("0.3", "1e39").encode(), "line 5: wanted a number for 'x', got '1e39'"),
        (TEXT.replace("0.3", "inf").encode(), "line 5: wanted a number for 'x', got 'inf'"),
        (TEXT.replace("0.3", "0.3,1").encode(), "line 5: wanted 4 columns, got 5"),
        (TEXT[:-8].encode(), "line 13: wanted 4 columns, got 3"),
        (TEXT.encode("utf-16"), "the text is not utf-8"),
        (TEXT.replace("sit", "sit\xe4").encode("latin-1"), "line 2: the text is not utf-8"),
        (TEXT.replace("5,0.5", '5,"0.5').encode(), "line 7: a quotation mark does not end"),
    ],
)
def test_a_spoiled_file_is_named_with_its_line(home: Path, content: bytes, sentence: str) -> None:
    said = spoiled(home, content)
    assert isinstance(said, str)
    assert "p1.csv" in said
    assert sentence in said


def test_broken_lines_are_counted_and_end_a_recording_without_stamps(home: Path) -> None:
    counting(home)
    (home / "p1.csv").write_text(TEXT.replace("3,0.3,", "3,?,").replace("9,0.9,", "9,"))
    recordings = list(read(home))
    assert [len(r.signal) for r in recordings] == [3, 5, 2]
    assert recordings[0].facts["broken_lines"] == (
        "2 in p1.csv: line 5 (wanted a number for 'x', got '?'), line 11 (wanted 4 columns, got 3)"
    )
    assert all("broken_lines" not in r.facts for r in recordings[1:])


def test_broken_lines_with_stamps_are_like_lost_samples(home: Path) -> None:
    counting(home, 'time = "t"\n')
    (home / "p1.csv").write_text(TEXT.replace("3,0.3,", "3,?,"))
    (recording,) = read(home)
    assert np.allclose(recording.signal[:, 0], [row[0] for row in rows()])
    assert recording.facts["broken_lines"].startswith("1 in p1.csv: line 5")


def test_a_file_of_broken_lines_alone(home: Path) -> None:
    counting(home)
    assert "holds no row that can be read" in str(spoiled(home, b"t,x,y,what\n1,?,2,sit\n"))


def mutated(random: np.random.Generator) -> tuple[bytes, set[int]]:
    """The file with bytes put in, taken out or replaced, and the rows whose lines were touched."""
    raw = bytearray(TEXT.encode())
    at = int(random.integers(len("t,x,y,what\n"), len(raw)))
    line = TEXT.encode()[:at].count(b"\n") - 1
    kind = random.choice(["cut", "put", "drop", "swap", "move"])
    if kind == "cut":
        return bytes(raw[:at]), set(range(line, len(ROWS)))
    if kind == "put":
        raw[at:at] = random.bytes(int(random.integers(1, 4)))
    elif kind == "drop":
        del raw[at]
    elif kind == "swap":
        raw[at] = int(random.choice(list(b'\0\n\r\t ,;".-+e9az\xff')))
    else:
        raw[at:at] = raw[at - 9 : at]
    return bytes(raw), {line - 1, line, line + 1}


def survives(home: Path, seeds: range) -> None:
    said = 0
    for seed in seeds:
        content, touched = mutated(np.random.default_rng(seed))
        got = spoiled(home, content)
        if isinstance(got, str):
            assert "p1.csv" in got
            said += 1
            continue
        wanted = [row for number, row in enumerate(rows()) if number not in touched]
        assert all(row in got for row in wanted), content
        assert all(not np.isinf(row).any() for row in got), content
    assert 0 < said < len(seeds)


@pytest.mark.parametrize("broken", ["error", "count"])
def test_mutations_give_the_right_rows_or_a_sentence(home: Path, broken: str) -> None:
    if broken == "count":
        counting(home)
    survives(home, range(60))


@pytest.mark.slow
@pytest.mark.parametrize("broken", ["error", "count"])
def test_thousands_of_mutations(home: Path, broken: str) -> None:
    if broken == "count":
        counting(home)
    survives(home, range(60, 3000))


@given(
    values=st.lists(
        st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=3, max_size=3),
        min_size=1, max_size=20,
    ),
    separator=st.sampled_from([",", ";", "\t", " ", "|", ",;"]),
    header=st.booleans(),
    trailing=st.booleans(),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_what_was_written_is_read(
    values: list[list[float]], separator: str, header: bool, trailing: bool
) -> None:
    own = separator[-1] if trailing and separator != " " else ""
    lines = ["a" + separator[0] + "b" + separator[0] + "c" + own] if header else []
    lines += [separator[0].join(map(repr, row)) + own for row in values]
    found = part("\n".join(lines), Layout(separator=separator, header=header), Path("x.csv"))
    assert found.broken == {}
    names = found.names[:3]
    assert names == (("a", "b", "c") if header else ("1", "2", "3"))
    assert [[float(cell) for cell in row] for row in found.frame.select(names).rows()] == values
