"""`kodo inspect` and `kodo datasets`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import typed


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


@pytest.mark.parametrize("seconds", ["-2", "0"])
def test_a_window_of_no_length_is_refused(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("inspect", "synthetic", "--window", seconds) == 2
    assert "more than 0 seconds" in capsys.readouterr().err


def test_a_dataset_keeps_its_name_beside_a_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "synthetic").mkdir()
    monkeypatch.chdir(tmp_path)
    assert typed("inspect", "synthetic") == 0
    assert "Labelled seconds" in capsys.readouterr().out
    assert typed("inspect", "./synthetic") == 2
    assert "No CSV or Parquet file" in capsys.readouterr().err


def test_what_a_folder_without_a_description_cannot_be_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "anna.csv"
    table.write_text("time,ax,ay,az\n0.0,0,0,1\n", encoding="utf-8")
    for asked in (("--html", str(tmp_path / "page.html")), ("--window", "3"), ("--verify",), ("--json",)):
        assert typed("inspect", str(tmp_path), *asked) == 2
        assert "no dataset.toml yet" in capsys.readouterr().err
    assert typed("inspect", str(table)) == 2
    assert f"kodo inspect {tmp_path}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [table]


def test_many_channels_are_summed_up() -> None:
    from kodo.reports.inspection import kinds

    position = [{"name": f"nose_{axis}", "quantity": "position", "unit": "image"} for axis in "xyz"]
    seen = [{"name": "nose_seen", "quantity": "other", "unit": ""}]
    assert kinds([*position, *seen]) == ["3 position (image): nose_x to nose_z", "1 other: nose_seen"]


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
