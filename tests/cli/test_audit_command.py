"""`kodo audit`, as typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from command_line import typed

SMALL = ("audit", "synthetic", "--set", "folding.folds=3", "--set", "model.features.trees=5", "--jobs", "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """An audit whose runs have stubs for reports, because the true ones take a second each."""
    place = tmp_path_factory.mktemp("cli") / "audit"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "kodo.reports.report.write_report", lambda run: (run / "report.html").write_text("stub")
        )
        assert typed(*SMALL, "--out", str(place)) == 0
    return place


def test_help_fits_one_screen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert typed("audit", "--help") == 0
    assert len(capsys.readouterr().out.splitlines()) <= 24


def test_the_sentence_the_table_and_the_pages(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("audit", str(folder), "--jobs", "1") == 0
    said = capsys.readouterr()
    assert said.out.startswith("A random split of windows would have claimed macro-F1 ")
    assert said.out.count("LEAKY") == 2
    assert "on new people it is 0." in said.out
    assert said.out.splitlines()[-1] == f"Open {folder / 'report.html'} in a browser."
    assert "3 of 3 fits are there already." in said.err
    for split in ("window", "recording", "people"):
        assert (folder / split / "report.html").read_text() == "stub", "written once, with its last fit"


@pytest.mark.slow
def test_every_split_has_the_report_of_a_run(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    for page in (tmp_path / "copy").glob("*/report.html"):
        page.unlink()
    assert typed("audit", str(tmp_path / "copy"), "--jobs", "1") == 0
    for split in ("window", "recording", "people"):
        page = tmp_path / "copy" / split / "report.html"
        assert ("LEAKY" in page.read_text(encoding="utf-8")) == (split != "people")


def test_json_and_the_report_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    assert typed("report", str(folder), "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert content == json.loads((folder / "summary.json").read_text())
    assert [row["split"] for row in content] == ["window", "recording", "people"]
    assert (folder / "report.html").read_bytes() == page


def test_a_dry_run_says_the_plan_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(*SMALL, "--dry-run", "--out", str(tmp_path / "none")) == 0
    said = capsys.readouterr().out
    assert said.count("3 fits (0 finished)") == 3
    assert said.count("LEAKY") == 2
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("audit", "synthetc"), "Did you mean 'synthetic'"),
        (("audit", "synthetic", "--model", "cnn2d"), "Did you mean"),
        (("audit", "synthetic", "--set", "protocol=loso"), "An audit sets protocol itself"),
        (("audit", "synthetic", "--set", "folding.folds=40"), "fewer than the 40 folds"),
    ],
)
def test_a_mistake_is_one_sentence(
    words: tuple[str, ...], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(*words, "--out", str(tmp_path / "none")) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
