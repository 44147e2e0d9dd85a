"""`kodo tune` as it is typed: the plan, a small study, its folder, and mistakes in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import typed

SMALL = (
    "tune", "-d", "synthetic", "-m", "cnn1d", "-j", "1", "--set", "train.epochs=1", "--set",
    "model.cnn1d.width=4",
)  # fmt: skip


@pytest.fixture(scope="module")
def study(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two points of two hyperparameters, and the final comparison with one seed; tests must not change it."""
    folder = tmp_path_factory.mktemp("studies") / "small"
    points = ("--nuisance", "dropout", "--nuisance", "train.rate", "--explore", "2", "--exploit", "0")
    assert typed(*SMALL, *points, "--seeds", "1", "--out", str(folder)) == 0
    return folder


def test_a_study_leaves_its_page_its_answers_and_its_tables(study: Path) -> None:
    said = json.loads((study / "answers.json").read_text())
    assert [one["name"] for one in said["final"]] == ["cnn1d", "cnn1d@tuned"]
    assert said["arms"][0]["reached"]["explored"] == 2
    assert len((study / "trials.csv").read_text().splitlines()) == 3
    page = (study / "report.html").read_text()
    assert "cnn1d@tuned" in page
    assert (study / "final" / "summary.json").is_file()


def test_its_folder_goes_on_and_its_page_is_written_again(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (study / "report.html").read_bytes()
    assert typed("tune", str(study), "-j", "1") == 0
    said = capsys.readouterr()
    assert "cnn1d@tuned against cnn1d: cannot be significant at all with 3 people" in said.out
    assert "trial 0" not in said.err
    assert typed("report", str(study)) == 0
    assert (study / "report.html").read_bytes() == before


def test_a_dry_run_says_the_plan_and_writes_nothing(
    tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(*SMALL, "--dry-run", "--out", str(tmp_path / "none")) == 0
    said = capsys.readouterr().out
    # 32 + 16 trials, then 3 seeds of the default and of the winner
    assert "48 trials (0 finished) for 1 arm, 1 inner split each, then 6 final fits" in said
    assert "Note: Reserved, and looked at by nothing before the end: 3 of 6 people: 2, 3, 6." in said
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--nuisance", "dropuot"), "there is no setting 'dropuot'. Did you mean 'dropout'"),
        (("--nuisance", "dropout=0.5..0.1"), "the range 0.5..0.1 is empty"),
        (("--nuisance", "dropout="), "at least one value"),
        (("--nuisance", "train.batch=16,32"), "--insist-batch searches it all the same"),
        (("--scientific", "width=4,8", "--nuisance", "width"), "scientific and a nuisance at once"),
        (("--scientific", "width=4..8"), "compared at values that you name"),
        (("--nuisance", "kernel=3,500"), "kernel 500"),
        (("--nuisance", "dropout=0.1,1.5"), "dropout 1.5"),
        (("--space", "source-0000"), "source-000"),
        (("--space", "source-000"), "source-000"),
        (("--stage", "modl"), "--stage is optimiser or model; got 'modl'"),
        (("--stage", "model"), "run it first"),
        (("--nested", "--reserve", "0.5"), "--nested and --reserve do not go together"),
        (("--nested", "--stage", "model"), "--nested and --stage do not go together"),
        (("--reserve", "nobody"), "no person nobody to reserve"),
        (("--reserve", "1.5"), "share between 0 and 1; got 1.5"),
        (("--explore", "0"), "explore is at least 1; got 0"),
        (("--set", "study.sampler=tp"), "sampler"),
        (("--set", "study.togehter=3"), "togehter"),
        (("--set", "budget.minutes=1"), "in epochs"),
    ],
)
def test_mistakes_are_one_line(
    words: tuple[str, ...], says: str, tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(*SMALL, *words, "--out", str(tmp_path / "none")) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert not (tmp_path / "none").exists()


def test_a_folder_keeps_its_settings(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("tune", str(study), "--explore", "9") == 2
    assert "go on with it by kodo tune" in capsys.readouterr().err
    assert typed("tune", str(tmp_path)) == 2
    assert "holds no study" in capsys.readouterr().err
    assert typed(*SMALL, "--explore", "3", "--out", str(study)) == 2
    assert "holds another study" in capsys.readouterr().err
