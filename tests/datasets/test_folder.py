"""The user's own files: as described, or one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kodo.datasets.catalogue import dataset
from kodo.datasets.check import findings
from kodo.datasets.readers.folder import read
from kodo.datasets.recording import UNLABELLED
from kodo.datasets.store import load, open_stored
from kodo.errors import KodoError
from kodo.windows.cut import cut

CHANNELS = """
[[channels]]
column = "ax"
quantity = "acceleration"
axis = "x"
place = "wrist"
unit = "m/s^2"
[[channels]]
column = "ay"
"""
TOP = """
name = "mine"
path = "{subject}_{session}.csv"
rate = 10
label = "what"
activities = ["sit", "walk"]
"""


@pytest.fixture
def home(tmp_path: Path, own_cache: Path) -> Path:
    """Two people, one file each, one row without a label and one without a value."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "dataset.toml").write_text(TOP + CHANNELS)
    for person in ("anna", "ben"):
        rows = [f"{i},{i / 10},{'walk' if i > 4 else 'sit'}" for i in range(12)]
        rows[3], rows[4] = "3,,sit", "4,0.4,"
        (folder / f"{person}_a.csv").write_text("\n".join(["ax,ay,what", *rows]) + "\n")
    return folder


def describe(home: Path, top: str, channels: str = CHANNELS) -> None:
    (home / "dataset.toml").write_text(top + channels)


def refused(home: Path, sentence: str) -> None:
    with pytest.raises(KodoError, match=sentence):
        load(str(home))


def test_one_file_per_recording(home: Path) -> None:
    first, second = load(str(home))
    assert [(r.name, r.subject, r.session) for r in (first, second)] == [
        ("anna_a", "anna", "a"),
        ("ben_a", "ben", "a"),
    ]
    assert first.signal[:, 0].tolist() == list(range(12))
    assert np.flatnonzero(np.isnan(first.signal[:, 1])).tolist() == [3]
    assert first.label.tolist() == [0, 0, 0, 0, UNLABELLED, *[1] * 7]
    assert [(c.name, c.quantity, c.unit) for c in first.channels] == [
        ("ax", "acceleration", "m/s²"),
        ("ay", "other", ""),
    ]
    assert len(cut(load(str(home)), seconds=0.3)) > 0


def test_the_description_is_part_of_the_data(home: Path) -> None:
    before = load(str(home))
    describe(home, TOP.replace("rate = 10", "rate = 20.5"))
    after = load(str(home))
    assert (before[0].rate, after[0].rate) == (10.0, 20.5)
    assert before.checksum != after.checksum
    assert open_stored(before.checksum).card.rate == 10.0


def test_labels_and_people_from_folders(home: Path) -> None:
    for person in ("p1", "p2"):
        (home / person).mkdir()
        (home / person / "walk-1.csv").write_text("ax,ay\n1,2\n3,4\n")
        (home / person / "nothing-2.csv").write_text("ax,ay\n1,2\n")
    describe(
        home,
        'name = "m"\npath = "{subject}/{label}-{session}.csv"\nrate = 10\nactivities = ["walk"]\n'
        'unlabelled = ["nothing"]\nwindow = 0\n',
    )
    recordings = load(str(home))
    assert [(r.subject, r.session, r.label.tolist()) for r in recordings] == [
        ("p1", "2", [-1]), ("p1", "1", [0, 0]), ("p2", "2", [-1]), ("p2", "1", [0, 0]),
    ]  # fmt: skip
    assert recordings.card.window is None


def test_one_long_table(home: Path) -> None:
    table = pl.DataFrame(
        {
            "who": [7, 7, 7, 8, 8, 7], "day": ["x", "x", "y", "x", "x", "x"], "ax": [1.0, 2, 3, 4, 5, 6],
            "ay": [0.0] * 6, "what": ["sit", "walk", "sit", "sit", "sit", "walk"],
        }
    )  # fmt: skip
    top = TOP.replace("{subject}_{session}.csv", "all.parquet") + 'subject = "who"\nsession = "day"\n'
    describe(home, top)
    table.write_parquet(home / "all.parquet")
    recordings = load(str(home))
    assert [(r.name, r.subject, r.session, r.signal[:, 0].tolist()) for r in recordings] == [
        ("all/7/x", "7", "x", [1, 2, 6]), ("all/7/y", "7", "y", [3]), ("all/8/x", "8", "x", [4, 5]),
    ]  # fmt: skip
    describe(home, top.replace("parquet", "tsv") + 'separator = "\\t"\n')
    table.write_csv(home / "all.tsv", separator="\t")
    for got, wanted in zip(load(str(home)), recordings, strict=True):
        assert np.array_equal(got.signal, wanted.signal)
        assert np.array_equal(got.label, wanted.label)


def timed(home: Path, times: list[float | str], unit: str = "ms", rate: str = "") -> None:
    describe(home, TOP.replace("rate = 10\n", f'time = "t"\ntime_unit = "{unit}"\n{rate}'))
    for person in ("anna", "ben"):
        rows = [f"{time},1,2,sit" for time in times]
        (home / f"{person}_a.csv").write_text("\n".join(["t,ax,ay,what", *rows]) + "\n")


def test_the_rate_is_the_usual_step(home: Path) -> None:
    timed(home, [0, 19.9, 40.2, 60, 80.1])
    assert load(str(home))[0].rate == 50.0
    timed(home, [0.0, 0.08, 0.16, 0.24], "s")
    assert load(str(home))[0].rate == 12.5


def test_a_gap_ends_a_recording(home: Path) -> None:
    timed(home, [0, 20, 40, 60, 140, 160, 200, 220])
    recordings = load(str(home))
    assert [(r.name, len(r.signal)) for r in recordings][:2] == [("anna_a#1", 4), ("anna_a#2", 5)]
    # The lost sample at 180 ms lies on a straight line; across the gap there is none.
    assert [r.facts.get("stamps") for r in recordings][:2] == [
        None,
        "put onto an even grid of 50 Hz by interpolation",
    ]
    assert recordings[1].facts["gap_before"] == "0.08"
    assert {r.session for r in recordings} == {"a"}


def test_a_measured_rate_that_is_not_the_described_one(home: Path) -> None:
    timed(home, [0, 20, 40, 60], rate="rate = 100\n")
    recordings = load(str(home))
    assert recordings[0].rate == 50.0
    assert any("says 100 Hz; some recordings have 50 Hz" in said for said in findings(recordings))


def test_time_that_runs_backwards_or_stops(home: Path) -> None:
    timed(home, [0, 20, 10, 30])
    refused(home, r"anna_a\.csv, line 4: time \('t'\) goes from 0\.02 s to 0\.01 s")
    timed(home, [0, 20, "", 60])
    refused(home, r"anna_a\.csv, line 4: wanted a time for 't', got ''")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("1,two,sit", r"ben_a\.csv, line 3: wanted a number for 'ay', got 'two'"),
        ("1,2,sit,9", r"ben_a\.csv, line 3: wanted 3 columns, got 4"),
        ("1,2,run", r"ben_a\.csv, line 3: the label 'run' stands neither among activities"),
    ],
)
def test_a_wrong_line(home: Path, line: str, sentence: str) -> None:
    path = home / "ben_a.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], line, *lines[3:]]) + "\n")
    refused(home, sentence)


def test_wrong_columns_empty_files_and_broken_parquet(home: Path) -> None:
    path = home / "ben_a.csv"
    path.write_text("ax,ya,what\n1,2,sit\n")
    refused(home, r"ben_a\.csv has no column 'ay', which dataset\.toml names\. Did you mean 'ya'")
    path.write_text("ax,ay\n1,2\n")
    refused(home, r"ben_a\.csv has no column 'what'")
    path.write_text("ax,ay,what\n")
    refused(home, r"ben_a\.csv holds no row")
    path.write_text("")
    refused(home, r"ben_a\.csv holds no row")
    describe(home, TOP.replace("csv", "parquet"))
    (home / "ben_a.parquet").write_bytes(b"PAR1 half")
    refused(home, r"ben_a\.parquet is not a whole Parquet file")


def test_text_in_a_number_column_of_a_parquet_file(home: Path) -> None:
    describe(home, TOP.replace("csv", "parquet"))
    pl.DataFrame({"ax": ["a"], "ay": [1.0], "what": ["sit"]}).write_parquet(home / "ben_a.parquet")
    refused(home, r"ben_a\.parquet, line 1: wanted a number for 'ax', got 'a'")


def test_a_row_of_nobody(home: Path) -> None:
    describe(home, TOP.replace("{subject}_{session}.csv", "all.csv") + 'subject = "who"\n')
    (home / "all.csv").write_text("who,ax,ay,what\np,1,2,sit\n,1,2,sit\n")
    refused(home, r"all\.csv, line 3: 'who' is empty")


def test_no_file_fits(home: Path) -> None:
    describe(home, TOP.replace("{subject}_{session}.csv", "{subject}.dat"))
    refused(home, r"No file below .* fits path = '\{subject\}\.dat'")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ('name = "mine"', "", "name is missing"),
        ('label = "what"', "", "what is done"),
        ("{subject}_", "*_", "who is it"),
        ("{session}", "{sesion}", "path cannot say 'sesion'. Did you mean 'session'"),
        ("{session}", "{subject}", "subject is said twice"),
        ("rate = 10", "", "rate .* or time .* is needed"),
        ("rate = 10", "rate = -1", "positive number of Hz; got -1"),
        ("rate = 10", 'rate = "10"', "rate needs a number; got '10'"),
        ("rate = 10", "rate = 10\nspeed = 1", "there is no entry 'speed'"),
        ("rate = 10", 'rate = 10\ntime = "t"\ntime_unit = "min"', "time_unit is one of s, ms"),
        ("rate = 10", 'rate = 10\nseparator = ", "', "separator is one character"),
        ('["sit", "walk"]', '"sit"', "activities needs a list"),
        ('["sit", "walk"]', '["sit", "sit"]', "activities names something twice"),
        ('["sit", "walk"]', "[", "is not TOML"),
        ('unit = "m/s^2"', 'unit = "bar"', r"channel 1 \(ax\): acceleration is measured in one of"),
        ('quantity = "acceleration"', 'quantity = "accel"', "There is no quantity 'accel'"),
        ('axis = "x"', 'axes = "x"', "channel 1 has one column, and so an axis"),
        ('axis = "x"', "axis = 1", "channel 1 needs text for"),
        ('column = "ay"', 'name = "ay"', "channel 2 does not say its column"),
        ('column = "ay"', 'column = "ax"', "channels names something twice"),
    ],
)
def test_a_wrong_description(home: Path, before: str, after: str, sentence: str) -> None:
    text = TOP + CHANNELS
    assert before in text
    (home / "dataset.toml").write_text(text.replace(before, after, 1))
    refused(home, rf"dataset\.toml.*{sentence}")


def test_no_description_names_the_command(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "dataset.toml").unlink()
    refused(home, r"has no dataset\.toml.*`kodo inspect .*mine` proposes one")
    refused(home / "gone", "There is no folder .*gone")
    monkeypatch.chdir(home.parent)
    with pytest.raises(KodoError, match="There is no folder"):
        dataset("./gone")
    with pytest.raises(KodoError, match=r"mine has no dataset\.toml"):
        dataset("mine")


def test_reading_does_not_depend_on_the_cache(home: Path) -> None:
    for fresh, stored in zip(read(home), load(str(home)), strict=True):
        assert np.array_equal(fresh.signal, stored.signal, equal_nan=True)
