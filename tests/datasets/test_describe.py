"""The proposed description: it loads what it was made from, and says what it guessed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kodo.datasets.formats.text import content
from kodo.datasets.own import describe
from kodo.datasets.own.describe import propose
from kodo.datasets.store import load
from kodo.errors import KodoError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path, own_cache: Path) -> Path:
    folder = tmp_path / "my data"
    folder.mkdir()
    return folder


def table(rows: int = 60, gravity: float = 1.0, turn: float = 1.0, seed: int = 0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    columns = {f"acc_{axis}": random.normal(0, 0.05, rows) * gravity for axis in "xyz"}
    columns["acc_z"] += gravity
    columns |= {f"gyro_{axis}": random.normal(0, turn, rows) for axis in "xyz"}
    return pl.DataFrame(columns)


def loaded(home: Path):  # type: ignore[no-untyped-def]
    text, guesses = propose(home)
    (home / "dataset.toml").write_text(text)
    return load(str(home)), guesses


def test_of_long_files_the_beginning_is_enough(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for person in ("p1", "p2"):
        for activity in ("walk", "sit"):
            table(rows=300).write_csv(home / f"{person}_{activity}.csv")
    whole, _ = propose(home)
    asked = []

    def counted(path: Path, most: int = -1) -> bytes:
        asked.append(most)
        return content(path, most)

    monkeypatch.setattr(describe, "content", counted)
    monkeypatch.setattr(describe, "HEAD", 10_000)
    assert propose(home)[0] == whole
    assert set(asked) == {10_000}


@pytest.mark.parametrize(("gravity", "unit"), [(1.0, "g"), (9.81, "m/s²"), (1000.0, "mg")])
@pytest.mark.parametrize(("turn", "turning"), [(1.0, "rad/s"), (60.0, "deg/s")])
def test_units_by_gravity_and_by_the_highest_turn(
    home: Path, gravity: float, unit: str, turn: float, turning: str
) -> None:
    for person in ("p1", "p2"):
        table(gravity=gravity, turn=turn).write_csv(home / f"{person}_walk.csv")
        table(gravity=gravity, turn=turn).write_csv(home / f"{person}_sit.csv")
    recordings, guesses = loaded(home)
    assert [c.unit for c in recordings[0].channels] == [unit] * 3 + [turning] * 3
    assert [c.axis for c in recordings[0].channels] == list("xyzxyz")
    assert {(r.subject, recordings.card.activities[r.label[0]]) for r in recordings} == {
        ("p1", "walk"), ("p2", "walk"), ("p1", "sit"), ("p2", "sit"),
    }  # fmt: skip
    assert any("gravity is 1 g" in guess for guess in guesses)
    assert any("rate is 50 Hz" in guess and "without any ground" in guess for guess in guesses)


@pytest.mark.parametrize(("factor", "unit"), [(1.0, "s"), (1e3, "ms"), (1e6, "us"), (1e9, "ns")])
def test_rate_and_time_unit_by_the_steps(home: Path, factor: float, unit: str) -> None:
    rows = table(80)
    time = (np.arange(80) * factor / 25).round(6)
    full = rows.with_columns(
        pl.Series("timestamp", time), pl.Series("activity", ["sit"] * 40 + ["walk"] * 40), person=pl.lit("p")
    )
    full.write_parquet(home / "all.parquet")
    recordings, guesses = loaded(home)
    assert recordings[0].rate == 25.0
    assert recordings.card.activities == ("sit", "walk")
    assert len(recordings[0].channels) == 6
    assert any(f"taken as {unit}" in guess for guess in guesses)


def test_a_long_table_with_semicolons(home: Path) -> None:
    parts = [
        table(40, seed=i).with_columns(subject=pl.lit(i), t=pl.Series(np.arange(40) / 50), move=pl.lit(move))
        for i, move in ((1, "a"), (1, "b"), (2, "a"), (2, "b"))
    ]
    pl.concat(parts).with_columns(trial=pl.Series(np.repeat([1, 2, 1, 2], 40))).write_csv(
        home / "all.csv", separator=";"
    )
    recordings, guesses = loaded(home)
    assert [(r.subject, r.session) for r in recordings] == [("1", "1"), ("1", "2"), ("2", "1"), ("2", "2")]
    assert recordings.card.activities == ("a", "b")
    assert any("text with 2 different values" in guess for guess in guesses)


def test_folders_of_people(home: Path) -> None:
    for person in ("01", "02", "10"):
        (home / person).mkdir()
        for activity in ("walk", "sit"):
            table().write_csv(home / person / f"{activity}-3.csv")
    recordings, _ = loaded(home)
    assert {r.subject for r in recordings} == {"01", "02", "10"}
    assert set(recordings.card.activities) == {"sit", "walk"}


def test_what_was_not_found_is_said(home: Path) -> None:
    table().write_csv(home / "walk.csv")
    text, guesses = propose(home)
    (line,) = [line for line in text.splitlines() if "# edit: " in line and line.startswith("path")]
    assert "who is it?" in line
    assert "what is done?" in line
    assert any("Nobody was found" in guess for guess in guesses)
    assert any("No labels were found" in guess for guess in guesses)


def test_nothing_to_propose(home: Path) -> None:
    with pytest.raises(KodoError, match="No CSV or Parquet file"):
        propose(home)
    with pytest.raises(KodoError, match="There is no folder"):
        propose(home / "gone")
    (home / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(KodoError, match=r"broken\.parquet could not be read as a table"):
        propose(home)


def test_the_example_folder_is_what_would_be_proposed(own_cache: Path) -> None:
    example = ROOT / "examples" / "exercises"
    recordings = load(str(example))
    assert sum(f.stat().st_size for f in example.iterdir() if f.is_file()) < 300_000
    assert {r.subject for r in recordings} == {"1", "2", "3", "4", "5", "6"}
    assert all(set(r.label.tolist()) == {-1, 0, 1, 2} for r in recordings)
    text, guesses = propose(example)
    assert 'columns = ["acc_x", "acc_y", "acc_z"]' in text
    assert all(f'"{channel.name}"' in text for channel in recordings.card.channels)
    assert "rate = 20" in text
    assert len(guesses) == 7


def test_the_example_folder_is_what_its_script_makes(tmp_path: Path) -> None:
    import runpy

    example = ROOT / "examples" / "exercises"
    runpy.run_path(str(example / "make.py"))["main"](tmp_path)
    made = sorted(tmp_path.iterdir())
    assert [f.name for f in made] == sorted(f.name for f in example.glob("*.csv"))
    for file in made:
        fresh = pl.read_csv(file).drop("exercise").to_numpy()
        kept = pl.read_csv(example / file.name).drop("exercise").to_numpy()
        assert np.allclose(fresh, kept, atol=2e-3)
