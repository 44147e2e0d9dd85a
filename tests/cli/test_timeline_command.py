"""`kodo timeline`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import typed

RUN = (
    "run", "-d", "synthetic", "-m", "features", "--set", "folding.folds=3", "--set", "model.features.trees=5",
    "--jobs", "1",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    place = tmp_path_factory.mktemp("cli") / "run"
    assert typed(*RUN, "--out", str(place)) == 0
    return place


def test_help_fits_one_screen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert typed("timeline", "--help") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def test_the_table_and_the_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert typed("timeline", str(folder)) == 0
    said = capsys.readouterr().out
    assert said.startswith("features on synthetic, 6 people")
    for way in ("raw", "majority", "viterbi", "filter"):
        assert f"\n{way} " in said
    assert "One vote per stretch: " in said
    assert said.splitlines()[-1] == f"Open {folder / 'timeline.html'} in a browser."
    assert (folder / "timeline.html").is_file()


def test_json_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert typed("timeline", str(folder), "--json", "--threshold", "0.9", "--steps", "2") == 0
    (content,) = json.loads(capsys.readouterr().out)
    assert content["model"] == "features"
    assert content["ways"]["viterbi"]["delay"] is None
    assert content["ways"]["raw"]["delay"]["estimate"] > 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--model", "featurs"), "no finished fit of a model 'featurs'"),
        (("--threshold", "2"), "a probability from 0 to 1; got 2"),
        (("--steps", "0"), "1 step in a row or more; got 0"),
    ],
)
def test_bad_input_is_one_line(
    folder: Path, arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "timeline.html").unlink(missing_ok=True)
    capsys.readouterr()
    assert typed("timeline", str(folder), *arguments) == 2
    error = capsys.readouterr().err
    assert says in error
    assert len(error.strip().splitlines()) == 1
    assert not (folder / "timeline.html").exists()


def test_a_folder_that_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("timeline", str(tmp_path)) == 2
    assert "is no run" in capsys.readouterr().err
