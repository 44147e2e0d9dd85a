"""`kodo inspect` and `kodo datasets`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kodo.cli.main import main


def typed(*words: str) -> int:
    """Run a command and give its exit code."""
    try:
        main(list(words))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_the_seconds_of_everybody_fit_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert typed("inspect", "synthetic") == 0
    out = capsys.readouterr().out
    table = out[out.index("Labelled seconds") :].splitlines()
    assert max(len(line.rstrip()) for line in table if line[:1].isdigit()) <= 40
    assert "Nothing odd was found." in out
    assert "wrist acceleration 0.9" in out or "wrist acceleration 1 g at rest" in out


def test_another_window_makes_stretches_too_short(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("inspect", "synthetic", "--window", "30") == 0
    out = capsys.readouterr().out
    assert "48 of 48 stretches of one activity are shorter than a window of 30 s" in out
    assert "--short pad" in out
    assert typed("inspect", "synthetic", "--window", "30", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["short"]["too_short"]) == 48


def test_a_window_of_no_length_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("inspect", "synthetic", "--window", "-2") == 2
    assert "more than 0 seconds" in capsys.readouterr().err


def test_a_page_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "synthetic.html"
    assert typed("inspect", "synthetic", "--html", str(page)) == 0
    assert page.read_text(encoding="utf-8").count('class="plot"') == 4
    assert str(page) in capsys.readouterr().out


def test_datasets_say_what_their_readers_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KODO_DATA", str(tmp_path))
    assert typed("datasets", "--json") == 0
    met = {row["name"]: row["reader_met"] for row in json.loads(capsys.readouterr().out)}
    assert met["hapt"] == "all files"
    assert met["dsads"] == "part"
    assert met["wharf"] == "format only"
    monkeypatch.setenv("COLUMNS", "80")
    assert typed("datasets") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "reader met" in lines[0]
    assert max(map(len, lines[: len(met) + 1])) <= 80
