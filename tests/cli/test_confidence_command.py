"""`kodo confidence`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import typed

SMALL = (
    "run", "--dataset", "synthetic", "--model", "features", "--set", "folding.folds=3",
    "--set", "model.features.trees=5", "--set", "window.overlap=0.0", "--jobs", "1",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    place = tmp_path_factory.mktemp("cli") / "run"
    assert typed(*SMALL, "--out", str(place)) == 0
    return place


def test_help_fits_one_screen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert typed("confidence", "--help") == 0
    assert len(capsys.readouterr().out.splitlines()) <= 24


def test_the_table_the_sentences_and_the_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert typed("confidence", str(folder)) == 0
    said = capsys.readouterr()
    assert said.out.startswith("synthetic, kfold, 6 people")
    assert "6 people it has never met, features" in said.out
    assert said.out.splitlines()[-1] == f"Open {folder / 'confidence.html'} in a browser."
    assert (folder / "confidence.html").is_file()


def test_json_holds_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert typed("confidence", str(folder), "--model", "features", "--accuracy", "0.8", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["model"], row["people"], row["refusing"]["wanted_accuracy"]) == ("features", 6, 0.8)
    assert len(row["temperatures"]) == 3


@pytest.mark.parametrize(
    ("words", "says"),
    [(("--model", "vgg"), "no finished fit of 'vgg'"), (("--accuracy", "95"), "above 0 and up to 1; got 95")],
)
def test_what_cannot_be_asked_is_one_line(
    folder: Path, words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert typed("confidence", str(folder), *words) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert said.err.count("\n") == 1


def test_a_folder_that_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("confidence", str(tmp_path)) == 2
    assert "is no run" in capsys.readouterr().err
