"""A small experiment that every test of this room can afford."""

from __future__ import annotations

from pathlib import Path

import pytest

from kodo.experiments.executors.workers import InProcess
from kodo.experiments.experiment import Experiment, experiment
from kodo.experiments.plan import Plan, plan
from kodo.experiments.run import run

SMALL = {
    "dataset": "synthetic",
    "models": ("features", "cnn1d"),
    "folding": {"folds": 3},
    "train": {"epochs": 2},
    "model": {"features": {"trees": 10}},
}


@pytest.fixture(scope="session")
def small(cache: Path) -> Experiment:
    return experiment(SMALL)


@pytest.fixture(scope="session")
def todo(small: Experiment) -> Plan:
    return plan(small)


@pytest.fixture(scope="session")
def done(todo: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run; tests must not change it."""
    folder = tmp_path_factory.mktemp("runs") / "small"
    run(todo, folder, InProcess(), lambda fit, record, error: None)
    return folder
