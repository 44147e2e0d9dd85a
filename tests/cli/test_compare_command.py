"""`kodo compare`, as typed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from command_line import typed


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """Two models on made-up people, made by the command line."""
    folder = tmp_path_factory.mktemp("compare") / "run"
    words = ("run", "-d", "synthetic", "-m", "cnn1d", "-m", "mlp", "--jobs", "1", "-o", str(folder))
    small = ("--set", "folding.folds=3", "--set", "train.epochs=1", "--set", "window.overlap=0.0")
    tiny = ("--set", "model.cnn1d.width=4", "--set", "model.mlp.width=4")
    assert typed(*words, *small, *tiny) == 0
    return folder


def test_help_fits_one_screen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert typed("compare", "--help") == 0
    assert len(capsys.readouterr().out.splitlines()) <= 24


@pytest.mark.parametrize("width", ["80", "200"])
def test_the_terminal_shows_every_column_uncut(
    run: Path, width: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    capsys.readouterr()
    assert typed("compare", str(run)) == 0
    said = capsys.readouterr().out
    for head in ("macro_f1", "spread over seeds", "worst person", "p (Holm)", "signed rank p", "outcome"):
        assert head in said
    for sentence in ("mlp against cnn1d: ", "No box plot of repeats: it needs 3 seeds"):
        assert sentence in said
    assert "`" not in said


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("c.md", "On people never met"),
        ("c.csv", "dataset,"),
        ("c.tex", "% On people"),
        ("c.html", "<!doctype"),
    ],
)
def test_a_file_says_its_format(
    run: Path, tmp_path: Path, name: str, begins: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("compare", str(run), "--out", str(tmp_path / "new" / name)) == 0
    assert (tmp_path / "new" / name).read_text().lstrip().startswith(begins)
    said = capsys.readouterr()
    assert name in said.out + said.err


def test_a_format_goes_to_stdout(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert typed("compare", str(run), "--format", "csv") == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [row["model"] for row in rows] == ["cnn1d", "mlp"]
    monkeypatch.chdir(tmp_path)
    assert typed("compare", str(run), "--format", "html") == 0
    assert (tmp_path / "comparison.html").is_file()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--baseline", "cnn2d"), "Did you mean 'cnn1d'?"),
        (("--published", "arna"), "Did you mean 'arena'?"),
        (("--format", "latx"), "Did you mean 'latex'?"),
        (("-o", "x.docx"), "Name a file ending in .md, .csv, .tex, .html, or --format."),
        (("--margin", "-1"), "The margin is a number, 0 or more; got -1."),
        (("nowhere",), "nowhere is no run"),
    ],
)
def test_mistakes_are_said_in_one_line(
    run: Path, words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert typed("compare", str(run), *words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert says in said.err
    assert list(tmp_path.iterdir()) == []
