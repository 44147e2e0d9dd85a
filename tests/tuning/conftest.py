"""A study that every test of this room can afford: made-up people, a small network, two epochs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kodo.datasets.recording import Recordings
from kodo.datasets.store import load
from kodo.experiments.experiment import Chosen, experiment
from kodo.experiments.plan import windows_of
from kodo.tuning.study import Arm, Study, arms
from kodo.tuning.trial import choice_of
from kodo.windows.cut import Windows
from small_study import SMALL, do, small


@pytest.fixture(scope="session")
def recordings(cache: Path) -> Recordings:
    return load("synthetic")


@pytest.fixture(scope="session")
def windows(recordings: Recordings) -> Windows:
    return windows_of(experiment(SMALL), recordings)


@pytest.fixture(scope="session")
def small_study(windows: Windows) -> Study:
    """One model, four hyperparameters, four points at once and then twice two."""
    return small(windows)


@pytest.fixture(scope="session")
def arm(small_study: Study) -> Arm:
    (only,) = arms(small_study)
    return only


@pytest.fixture(scope="session")
def choice(small_study: Study) -> Chosen:
    return choice_of(small_study.experiment, "cnn1d")


@pytest.fixture(scope="session")
def study_folder(
    small_study: Study, recordings: Recordings, windows: Windows, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of the small study, all trials done; tests must not change it."""
    folder = tmp_path_factory.mktemp("studies") / "small"
    do(small_study, recordings, windows, folder)
    return folder
