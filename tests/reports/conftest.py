"""Made-up runs, written once, and their pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from kodo.reports.report import write_report
from made_up_comparison import counted, made
from made_up_run import TWELVE, made_up_run


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of three models, five folds, ten people, seven activities."""
    return write_report(made_up_run(tmp_path_factory.mktemp("reports") / "run"))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a leaky run whose names try to break out of the page."""
    folder = made_up_run(
        tmp_path_factory.mktemp("hostile") / "a run; rm 'x'",
        activities=("<script>alert(1)</script>", "</td><b>x", "a & `b`", "$\\frac{", "歩く"),
        people=('<img src=x onerror="alert(2)">', "o'neil", "x" * 70, "p4"),
        models=("features:<b>",),
        folds=4,
        windows=6,
        leak="Windows of <i>one person</i> are on two sides.",
        changes={"address": "javascript:alert(3)", "findings": ["<script>alert(4)</script>"]},
    )
    return write_report(folder)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three models, three seeds."""
    return made(tmp_path_factory.mktemp("page") / "one", seeds=3)


@pytest.fixture(scope="session")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A leaky run of all of a published dataset, by its name."""
    return made(
        tmp_path_factory.mktemp("page") / "arena",
        activities=TWELVE,
        models=("features", "cnn_har:arena", "features:arena"),
        leak="Windows are shared.",
        changes=counted(1_122_772),
    )
