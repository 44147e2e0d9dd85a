"""`kodo lr-find`, as typed."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from command_line import typed
from kodo.errors import KodoError
from kodo.reports.drawing.rate import draw_rate

SMALL = ("lr-find", "-d", "synthetic", "-m", "cnn1d")


def test_a_line_a_table_and_files(tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / name for name in ("rate.svg", "rate.PNG", "deep/rate.csv")]
    assert typed(*SMALL, *(word for path in paths for word in ("--to", str(path)))) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("train.rate = ")
    assert "a tenth of the rate with the lowest smoothed loss (it falls steepest at " in lines[0]
    assert "training windows of fold 1 of " in lines[1]
    assert 8 <= len([line for line in lines if "e-" in line[:15]]) <= 16
    assert lines[-1] == f"Wrote {paths[2]}."
    assert ElementTree.parse(paths[0]).getroot().tag.endswith("svg")
    assert paths[1].read_bytes().startswith(b"\x89PNG")
    with paths[2].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["rate", "loss", "smoothed"]
    assert float(rows[0]["rate"]) == pytest.approx(1e-7)


def test_json(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(*SMALL, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"model", "split", "windows", "suggestion", "steepest", "steps"}
    assert 1e-6 < found["suggestion"] < 1
    lowest = min(found["steps"], key=lambda step: step["smoothed"])
    assert found["suggestion"] == pytest.approx(lowest["rate"] / 10)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("-d", "synthetic", "-m", "features"), "features has no learning rate: it is fitted by trees."),
        (
            (*SMALL[1:], "--to", "rate.pdf"),
            "--to wants a picture (.svg, .png) or a table (.csv); got rate.pdf.",
        ),
        ((*SMALL[1:], "--set", "train.bach=3"), "Did you mean 'batch'"),
    ],
)
def test_mistakes_are_one_line(
    words: tuple[str, ...], says: str, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("lr-find", *words) == 2
    assert says in capsys.readouterr().err


def test_the_same_sweep_gives_the_same_picture(tmp_path: Path) -> None:
    rate = np.geomspace(1e-7, 10, 50)
    loss = np.linspace(2, 1, 50)
    for name in ("a.svg", "b.svg", "c.png", "d.png"):
        draw_rate(tmp_path / name, rate, loss, loss, {"falls steepest": 1e-3})
    for one, other in (("a.svg", "b.svg"), ("c.png", "d.png")):
        assert (tmp_path / one).read_bytes() == (tmp_path / other).read_bytes()
    with pytest.raises(KodoError, match=r"A picture ends in \.svg or \.png; got .*e\.gif"):
        draw_rate(tmp_path / "e.gif", rate, loss, loss, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.svg", "b.svg", "c.png", "d.png"]


def test_settings_of_the_model_are_taken(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(*SMALL, "--set", "model.cnn1d.widht=8") == 2
    assert "Did you mean 'width'" in capsys.readouterr().err
