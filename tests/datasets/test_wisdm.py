"""wisdm: files in exactly the published form, with the lines that are known to be broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kodo.datasets.readers.wisdm import WISDM, read
from kodo.datasets.store import load
from kodo.errors import KodoError

FILE = "WISDM_ar_v1.1_raw.txt"
START = 49_105_962_326_000


def line(user: int, activity: str, row: int, x: float = 0.0) -> str:
    return f"{user},{activity},{START + row * 50_000_000},{x},12.680544,0.50395286;"


def steady(user: int, activity: str, rows: int, first: int = 0) -> list[str]:
    return [line(user, activity, first + row, float(row)) for row in range(rows)]


def write(folder: Path, lines: list[str], end: str = "\n") -> None:
    (folder / FILE).write_bytes(end.join([*lines, ""]).encode())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_users_runs_and_jumps_of_the_clock(tmp_path: Path, end: str) -> None:
    lines = [*steady(33, "Jogging", 3), *steady(33, "Walking", 2, 3), *steady(33, "Jogging", 2, 5)]
    lines += [*steady(17, "Sitting", 2), *steady(17, "Sitting", 2, 12), *steady(17, "Sitting", 1, 4)]
    write(tmp_path, lines, end)
    recordings = list(read(tmp_path))
    assert [(r.name, r.subject, len(r.signal)) for r in recordings] == [
        ("33-Jogging-1", "33", 3),
        ("33-Walking-1", "33", 2),
        ("33-Jogging-2", "33", 2),
        ("17-Sitting-1", "17", 2),
        ("17-Sitting-2", "17", 2),
        ("17-Sitting-3", "17", 1),
    ]
    assert [WISDM.activities[r.label[0]] for r in recordings[:3]] == ["Jogging", "Walking", "Jogging"]
    assert np.allclose(recordings[0].signal, [[row, 12.680544, 0.50395286] for row in range(3)])
    assert recordings[0].signal.dtype == np.float32
    assert [r.facts.get("gap_before") for r in recordings] == [None, None, None, None, "0.55", None]
    assert [r.facts.get("rate_found") for r in recordings] == ["20", "20", "20", "20", "20", None]
    assert recordings[0].facts == {"rate_found": "20", "jitter": "0", "longest_step": "0.05"}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("33,Jogging,49106062271000,1.0,2.0,;", "not user,activity,nanoseconds,x,y,z;"),
        ("33,Jogging,49106062271000,1.0;", "not user,activity,nanoseconds,x,y,z;"),
        ("33,Jogging,49106062271000,1.0,2.0,3.0,4.0;", "not user,activity,nanoseconds,x,y,z;"),
        ("33,Jogging,49106062271000,1.0,two,3.0;", "not user,activity,nanoseconds,x,y,z;"),
        ("33,Jogging,49106062271000,1.0,nan,3.0;", "not user,activity,nanoseconds,x,y,z;"),
        ("", "empty"),
        (";", "empty"),
        ("33,Flying,49106062271000,1.0,2.0,3.0;", "unknown activity"),
        ("37,Jogging,49106062271000,1.0,2.0,3.0;", "unknown user"),
        ("33,Jogging,0,0,0,3.214402;", "no time stamp"),
    ],
)
def test_a_broken_line_is_counted_and_named(tmp_path: Path, broken: str, reason: str) -> None:
    write(tmp_path, [*steady(33, "Jogging", 3), broken, *steady(33, "Jogging", 2, 4)])
    (recording,) = read(tmp_path)
    assert len(recording.signal) == 5
    assert recording.facts["broken_lines"] == f"1 in {FILE}: line 4 ({reason})"
    assert recording.facts["longest_step"] == "0.1"


def test_only_some_of_many_are_named_and_each_belongs_to_its_recording(tmp_path: Path) -> None:
    write(tmp_path, ["", *steady(1, "Sitting", 2), *[""] * 5, *steady(2, "Walking", 2), ""])
    first, second = read(tmp_path)
    assert first.facts["broken_lines"] == (
        f"6 in {FILE}: line 1 (empty), line 4 (empty), line 5 (empty) and 3 more"
    )
    assert second.facts["broken_lines"] == f"1 in {FILE}: line 11 (empty)"


def test_two_records_on_one_line_and_a_comma_too_many_are_read(tmp_path: Path) -> None:
    one, two, three, four = steady(8, "Upstairs", 4)
    write(tmp_path, [one, two + three, four.replace(";", ",;")])
    (recording,) = read(tmp_path)
    assert recording.signal[:, 0].tolist() == [0, 1, 2, 3]
    assert recording.facts["mended_lines"] == (
        f"2 in {FILE}: line 2 (several records), line 3 (comma before the semicolon)"
    )


def test_a_record_without_its_semicolon_is_read(tmp_path: Path) -> None:
    write(tmp_path, [text.removesuffix(";") for text in steady(8, "Upstairs", 4)])
    (recording,) = read(tmp_path)
    assert recording.signal[:, 0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("end", ["", ";"])
def test_a_last_record_without_its_end_may_be_cut_short(tmp_path: Path, end: str) -> None:
    write(tmp_path, steady(8, "Upstairs", 4))
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole.rstrip(b";\n") + end.encode())
    (recording,) = read(tmp_path)
    assert len(recording.signal) == (4 if end else 3)
    assert recording.facts.get("broken_lines") == (
        None if end else f"1 in {FILE}: line 4 (its end is missing)"
    )


def test_repeated_time_stamps_are_counted(tmp_path: Path) -> None:
    write(tmp_path, [line(15, "Jogging", row) for row in (0, 1, 1, 1, 2)])
    (recording,) = read(tmp_path)
    assert recording.facts["repeated_stamps"] == "2"


def test_the_edition_with_a_header(tmp_path: Path) -> None:
    rows = [text.removesuffix(";") for text in steady(8, "Upstairs", 2)]
    path = (tmp_path / FILE).with_suffix(".csv")
    path.write_text("\n".join(["user,activity,timestamp,x-axis,y-axis,z-axis", *rows, "8,Upstairs"]))
    (recording,) = read(tmp_path)
    assert len(recording.signal) == 2
    assert "line 4 " in recording.facts["broken_lines"]
    (tmp_path / FILE).write_text("")
    with pytest.raises(KodoError, match=r"needs one WISDM_ar_v1\.1_raw\.txt"):
        list(read(tmp_path))


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\x00\xff\xfe", b"a,b,c\n1;2;3\n"])
def test_nothing_as_published(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / FILE).write_bytes(raw)
    with pytest.raises(KodoError, match=r"WISDM_ar_v1\.1_raw\.txt holds no line as published"):
        list(read(tmp_path))


def test_by_name(tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data" / "WISDM_ar_v1.1"
    folder.mkdir(parents=True)
    write(folder, [*steady(3, "Sitting", 4), ""])
    monkeypatch.setenv("KODO_DATA", str(tmp_path / "data"))
    (recording,) = load("wisdm")
    assert recording.facts["broken_lines"] == f"1 in {FILE}: line 5 (empty)"
