"""The folder of a study: begun, continued, and refused where it holds something else."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from kodo.datasets.recording import Recordings
from kodo.errors import KodoError
from kodo.evaluation.protocol import PROTOCOLS
from kodo.tuning.search import search as room
from kodo.tuning.search.search import studied
from kodo.tuning.study import Study
from kodo.tuning.trial import fits_of
from kodo.windows.cut import Windows
from small_study import do, quick


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials in no time."""
    monkeypatch.setattr(room, "tried", quick)


def test_the_folder_of_another_study_is_refused(
    small_study: Study, recordings: Recordings, windows: Windows, study_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "s"
    shutil.copytree(study_folder, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    more = replace(small_study, search=replace(small_study.search, explore=5))
    longer = replace(small_study, experiment=replace(small_study.experiment, train={"epochs": 3}))
    for other in (more, longer):
        with pytest.raises(KodoError, match="holds another study; name another folder with --out"):
            do(other, recordings, windows, folder)
    with pytest.raises(KodoError, match="was made from other files of synthetic"):
        do(small_study, replace(recordings, checksum="0" * 64), windows, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_study_made_with_another_version_is_refused(
    small_study: Study,
    recordings: Recordings,
    windows: Windows,
    study_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "s"
    shutil.copytree(study_folder, folder)
    usual = fits_of
    monkeypatch.setattr(
        room, "fits_of", lambda *all, **named: tuple(replace(fit, numerics=9) for fit in usual(*all, **named))
    )
    with pytest.raises(KodoError, match="cannot be mixed"):
        do(small_study, recordings, windows, folder)


def test_a_folder_that_is_no_study_is_refused(
    small_study: Study, recordings: Recordings, windows: Windows, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(KodoError, match="is no study"):
        do(small_study, recordings, windows, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(KodoError, match="holds no study"):
        studied(tmp_path)


@pytest.mark.usefixtures("made_up")
def test_a_study_killed_at_its_very_beginning_begins_again(
    small_study: Study, recordings: Recordings, windows: Windows, tmp_path: Path
) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    for name in ("dataset.json", "experiment.toml", ".study.toml.1234abcd"):
        (folder / name).write_text("{}")
    assert len(do(small_study, recordings, windows, folder)) == 8
    assert studied(folder).dataset["checksum"] == recordings.checksum


def test_a_study_that_has_begun_has_no_trials_yet(
    small_study: Study, recordings: Recordings, windows: Windows, tmp_path: Path
) -> None:
    room._begin(small_study, recordings, windows, tmp_path / "s")
    assert studied(tmp_path / "s").trials == {"cnn1d": ()}
    assert not (tmp_path / "s" / "journal.log").exists()


def test_more_inner_splits_than_folds_are_refused(
    small_study: Study, recordings: Recordings, windows: Windows, tmp_path: Path
) -> None:
    folds = PROTOCOLS.get("kfold").count(windows, small_study.experiment.folding)
    asked = replace(small_study, search=replace(small_study.search, splits=folds + 1))
    with pytest.raises(KodoError, match=r"study\.splits = 4: kfold has 3 folds"):
        do(asked, recordings, windows, tmp_path / "s")
    assert not (tmp_path / "s").exists()
