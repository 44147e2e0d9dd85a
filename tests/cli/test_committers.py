"""A dataset whose subjects are no people is never said to be of people, wherever somebody reads."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import kodo
from kodo.cli.main import main
from kodo.datasets.recording import Recordings, gather
from kodo.datasets.synthetic import SYNTHETIC, people
from kodo.errors import KodoError
from kodo.experiments.inspection import inspect
from kodo.experiments.summary import open_run
from kodo.reports.inspection import compose
from kodo.reports.worth import section

# Of another version, as a changed card is: recordings keep the card with which they were parsed.
CARD = replace(SYNTHETIC, title="Made-up movements", subjects=("committer", "committers"), version=2)
SMALL = ("--set", "folding.folds=3", "--set", "train.epochs=1", "--jobs", "1")


@pytest.fixture
def committers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded recordings, as if nobody knew who moved."""
    monkeypatch.setattr("kodo.datasets.synthetic.SYNTHETIC", CARD)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A run on them, made by the command line."""
    place = tmp_path_factory.mktemp("committers") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kodo.datasets.synthetic.SYNTHETIC", CARD)
        typed("run", "-d", "synthetic", "-m", "features", "-m", "cnn1d", *SMALL, "--out", str(place))
    return place


def typed(*words: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(list(words))
    assert not end.value.code


def read(page: str) -> str:
    """What somebody reads on a page, its data included, without code, addresses and anchors."""
    page = re.sub(r"<(style|script|pre|code)\b.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r'id="people"|href="https?:[^"]*"', "", page)


def of_committers(text: str) -> bool:
    assert re.findall(r".{0,40}(?:person|people).{0,40}", text, flags=re.IGNORECASE) == []
    return "committer" in text


def alike(recordings: Recordings) -> Recordings:
    """Somebody's recording, and seconds of another, under another one's code too; a sensor in m/s²."""
    items = list(recordings)
    first, last = items[0], items[-1]
    items[1] = replace(first, name="again", subject=last.subject)
    items[2] = replace(items[2], signal=items[2].signal * np.float32(9.80665))
    items[3] = replace(items[3], signal=items[3].signal * np.float32(9.80665))
    items[4] = replace(items[4], signal=np.concatenate([items[6].signal[:300], items[4].signal[300:]]))
    return gather(recordings.card, items, "x")


def test_a_report_and_what_is_printed_beside_it(
    committers: None, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = read((folder / "report.html").read_text(encoding="utf-8"))
    assert of_committers(page)
    assert "On committers it has never met" in page
    assert "6 committers" in page
    assert of_committers(section(open_run(folder)))
    typed("run", str(folder))
    assert of_committers(capsys.readouterr().out)


def test_a_run_folder_that_does_not_say_it_is_of_people(folder: Path, tmp_path: Path) -> None:
    run = open_run(folder)
    facts = {name: value for name, value in run.dataset.items() if name != "subjects"}
    assert (run.subjects, replace(run, dataset=facts).subjects) == (CARD.subjects, ("person", "people"))


def test_a_plan(committers: None, capsys: pytest.CaptureFixture[str]) -> None:
    typed("run", "-d", "synthetic", "-m", "cnn1d", *SMALL, "--dry-run")
    assert "6 committers, 4 activities" in capsys.readouterr().out


def test_a_leaky_run_and_one_of_too_few(tmp_path: Path) -> None:
    card = replace(CARD, activities=CARD.activities[:2])
    made = people(people=3, activities=2, seconds=8.0)
    windows = kodo.cut(gather(card, list(made), "x"), seconds=3.0)
    assert of_committers(repr(windows))
    found = kodo.evaluate(windows, ("features",), "arena", out=tmp_path / "run")
    assert of_committers(str(found))
    assert found.page is not None
    assert of_committers(read(found.page.read_text(encoding="utf-8")))
    with pytest.raises(KodoError, match="has 3 committers with windows, fewer than the 5 folds"):
        kodo.evaluate(windows, ("features",))
    few = kodo.cut(gather(card, [r for r in made if r.subject != "1"], "x"), seconds=3.0)
    with pytest.raises(KodoError, match="at least 3 committers"):
        kodo.evaluate(few, ("features",), "loso")


def test_an_inspection(
    committers: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = alike(people(people=4, activities=3, seconds=4.0))
    card = replace(CARD, activities=odd.card.activities, counts={"people": 7})
    odd = gather(card, list(odd), "x")
    monkeypatch.setattr("kodo.datasets.store.load", lambda name: odd)
    page = tmp_path / "page.html"
    typed("inspect", "synthetic", "--window", "5", "--html", str(page))
    printed = capsys.readouterr().out
    assert of_committers(printed)
    for said in (
        "the same content under two committers' codes",
        "of 1 of 4 committers it looks like m/s² instead",
        "(committer 3, ",
        "has 7 committers when complete",
        "committers  ",
    ):
        assert said in printed
    assert of_committers(read(page.read_text(encoding="utf-8")))


def test_people_are_people() -> None:
    made = people(people=3, activities=2, seconds=4.0)
    found = inspect(made)
    assert found["subjects"] == ["person", "people"]
    assert "holds 3 people and" in compose(found, ())
    assert json.loads(json.dumps(found["subjects"])) == list(made.card.subjects)
