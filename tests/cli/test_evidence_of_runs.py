"""`kodo learn-curve` and `kodo robustness`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import typed

SMALL = (
    "-m", "features", "--set", "window.overlap=0.0", "--set", "model.features.trees=5", "--jobs", "1",
)  # fmt: skip
CURVE = ("learn-curve", "synthetic", *SMALL, "--set", "folding.folds=2", "--sizes", "1")
RUN = ("run", "-d", "synthetic", *SMALL, "--set", "folding.folds=3")


@pytest.fixture(scope="module")
def curve(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    place = tmp_path_factory.mktemp("cli") / "curve"
    assert typed(*CURVE, "--out", str(place)) == 0
    return place


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    place = tmp_path_factory.mktemp("cli") / "run"
    assert typed(*RUN, "--out", str(place)) == 0
    return place


@pytest.mark.parametrize("command", ["learn-curve", "robustness"])
def test_help_fits_one_screen(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert typed(command, "--help") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def test_a_learning_curve_says_its_scores_and_goes_on(
    curve: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("learn-curve", str(curve)) == 0
    said = capsys.readouterr()
    assert "people learned from" in said.out
    assert "cannot be told: 2 sizes were measured" in " ".join(said.out.split())
    assert said.out.splitlines()[-1] == f"Open {curve / 'report.html'} in a browser."
    assert "2 of 2 fits are there already." in said.err
    assert (curve / "people-1" / "summary.json").is_file()


def test_a_learning_curve_from_its_folder_alone(curve: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (curve / "report.html").read_bytes()
    (curve / "report.html").unlink()
    assert typed("report", str(curve), "--json") == 0
    assert (curve / "report.html").read_bytes() == page
    assert json.loads(capsys.readouterr().out) == json.loads((curve / "summary.json").read_text())


def test_robustness_says_the_cost_first_and_keeps_what_it_found(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("robustness", str(finished), "--dry-run") == 0
    assert capsys.readouterr().out.startswith(f"3 fits of {finished} to be done again (0 kept); they took")
    assert not (finished / "robustness").exists()
    assert typed("robustness", str(finished), "--jobs", "1") == 0
    said = capsys.readouterr()
    assert "rate halved" in said.out
    assert "3 fits done again gave the very predictions that the run holds." in " ".join(said.out.split())
    assert said.out.splitlines()[-1] == f"Open {finished / 'robustness' / 'report.html'} in a browser."
    assert said.err.count("features, fold") == 3
    assert typed("robustness", str(finished), "--json") == 0
    said = capsys.readouterr()
    assert len(json.loads(said.out)) == 7
    assert said.err == ""


def test_a_dry_run_says_the_plan_and_writes_nothing(
    tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(*CURVE, "--dry-run", "--out", str(tmp_path / "none")) == 0
    said = capsys.readouterr().out
    assert "4 fits (0 finished)" in said
    assert "Sizes: 1 and everybody." in said
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("learn-curve", "synthetc"), "Did you mean 'synthetic'"),
        (("learn-curve", "synthetic", "--sizes", "1,two"), "--sizes wants whole numbers"),
        (("learn-curve", "synthetic", "--sizes", "40"), "Sizes lie from 1 to"),
        (("robustness", "nowhere"), "is no run"),
    ],
)
def test_mistakes_are_one_line(
    words: tuple[str, ...], says: str, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(*words) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert len(said.err.splitlines()) == 1
    assert said.out == ""
