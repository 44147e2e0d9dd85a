"""A nested study from the command line: everybody tested once, one page for all folds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kodo.cli.main import main
from kodo.experiments.summary import open_run, rows

ASKED = [
    "tune", "-d", "synthetic", "-m", "cnn1d", "--nested", "--nuisance", "dropout", "--explore", "2",
    "--exploit", "0", "--seeds", "1", "-j", "1", "--set", "train.epochs=1", "--set", "model.cnn1d.width=4",
]  # fmt: skip


def typed(*words: str) -> int:
    """Run a command and give its exit code."""
    with pytest.raises(SystemExit) as end:
        main(list(words))
    return int(end.value.code or 0)


@pytest.fixture(scope="module")
def nested(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studies") / "nested"
    assert typed(*ASKED, "--set", "folding.folds=3", "--out", str(folder)) == 0
    return folder


def test_everybody_is_tested_once_and_the_scores_are_those_of_the_folds(nested: Path) -> None:
    said = json.loads((nested / "answers.json").read_text())
    people = [person for fold in said["folds"] for person in fold["people"]]
    assert len(people) == len(set(people)) == said["final"][0]["interval"]["people"] == 6
    default, tuned = [], []
    for number in (1, 2, 3):
        first, second, _ = rows(open_run(nested / f"outer-{number}" / "final"))
        default += first.scores["macro_f1"].tolist()
        tuned += second.scores["macro_f1"].tolist()
    assert said["final"][0]["interval"]["estimate"] == pytest.approx(sum(default) / 6)
    assert said["final"][1]["interval"]["estimate"] == pytest.approx(sum(tuned) / 6)
    assert said["final"][1]["against"]["difference"] == pytest.approx((sum(tuned) - sum(default)) / 6)


def test_the_page_says_the_answer_first_and_links_every_fold(nested: Path) -> None:
    page = (nested / "report.html").read_text()
    heading = re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)
    assert heading
    assert "Tuned in each fold" in heading[1]
    for number in (1, 2, 3):
        assert f'href="outer-{number}/report.html"' in page
        assert (nested / f"outer-{number}" / "report.html").is_file()


def test_it_is_written_again_from_the_folder(nested: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (nested / "report.html").read_bytes()
    (nested / "report.html").unlink()
    assert typed("report", str(nested)) == 0
    assert (nested / "report.html").read_bytes() == before
    assert str(nested / "report.html") in capsys.readouterr().out.replace("\n", "")


def test_a_nested_study_goes_on_by_its_folder(nested: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("tune", str(nested), "-j", "1", "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["final"][1]["name"] == "tuned in each fold"
    assert "trial 0" not in said.err  # nothing is tried again
