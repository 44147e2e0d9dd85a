"""`kodo sweep`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import typed

SMALL = (
    "sweep", "-d", "synthetic", "-m", "cnn1d", "--over", "kernel=3,5", "--values", "2", "--seeds", "1",
    "--set", "train.epochs=1", "--set", "window.overlap=0.0", "--set", "model.cnn1d.width=4", "--jobs", "1",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    place = tmp_path_factory.mktemp("cli") / "sweep"
    assert typed(*SMALL, "--out", str(place)) == 0
    return place


def test_help_fits_one_screen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert typed("sweep", "--help") == 0
    assert len(capsys.readouterr().out.splitlines()) <= 24


def test_the_table_the_warning_and_the_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(*SMALL, "--out", str(folder)) == 0
    said = capsys.readouterr()
    assert said.out.startswith("cnn1d on synthetic, 1 person")
    assert "hyperparameter" in said.out
    assert "optimistic" in said.out
    assert said.out.splitlines()[-1] == f"Open {folder / 'report.html'} in a browser."
    assert said.err.startswith("Note: Reserved, and looked at by nothing before the end: ")
    content = json.loads((folder / "sweep.json").read_text())
    trials = {name for panel in content["panels"] for names in panel["trials"] for name in names}
    assert f"{len(trials)} of {len(trials)} scores are there already." in said.err
    assert (folder / "report.html").is_file()


def test_json_and_the_folder_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("sweep", str(folder), "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert content == json.loads((folder / "summary.json").read_text())
    assert [row["hyperparameter"] for row in content] == ["kernel"]


def test_report_writes_the_same_page_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    assert typed("report", str(folder)) == 0
    assert (folder / "report.html").read_bytes() == page
    assert "optimistic" in capsys.readouterr().out


def test_a_dry_run_says_the_plan_and_writes_nothing(
    tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(*SMALL, "--dry-run", "--out", str(tmp_path / "none")) == 0
    said = capsys.readouterr().out
    assert "Note: Reserved" in said
    assert "fits (0 finished)" in said
    assert "About 0." in said
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--over", "kernl"), "Did you mean 'kernel'"),
        (("--over", "kernel=9..3"), "the range 9..3 is empty"),
        (("--over", "train.batch"), "--insist-batch searches it all the same"),
        (("--over", "kernel", "--splits", "9"), "--splits is from 1 to 3"),
        (("--over", "kernel", "--reserve", "nobody"), "no person nobody to reserve"),
    ],
)
def test_mistakes_are_one_line(
    words: tuple[str, ...], says: str, tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("sweep", "-d", "synthetic", "-m", "cnn1d", *words, "--out", str(tmp_path / "none")) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert said.out == ""
    assert not (tmp_path / "none").exists()
