"""The four verbs of `import kodo`."""

from __future__ import annotations

from pathlib import Path

import pytest

import kodo
from kodo.datasets.synthetic import people
from kodo.errors import KodoError


def test_the_four_verbs_go_the_street(tmp_path: Path, cache: Path) -> None:
    windows = kodo.cut(people(people=4, activities=3), seconds=2.0)
    found = kodo.evaluate(windows, ["cnn1d"], "loso", train={"epochs": 1}, out=tmp_path / "run")
    assert [row.model for row in found.rows] == ["cnn1d", "majority"]
    assert "cnn1d" in str(found)
    assert found.page == tmp_path / "run" / "report.html"
    bundle = kodo.fit(windows, "cnn1d", to=tmp_path / "wrist.kodo", train={"epochs": 1})
    assert bundle.stat().st_size > 1000


def test_load_gives_recordings(cache: Path) -> None:
    assert len(kodo.load("synthetic")) == 12


def test_what_was_decided_by_cutting_is_not_asked_again() -> None:
    windows = kodo.cut(people(people=4, activities=3))
    with pytest.raises(KodoError, match=r"kodo\.cut"):
        kodo.evaluate(windows, ["cnn1d"], window={"seconds": 2.0})


def test_exactly_these_names_are_public() -> None:
    assert sorted(kodo.__all__) == ["__version__", "cut", "evaluate", "fit", "load"]
    for name in kodo.__all__:
        assert getattr(kodo, name)
    with pytest.raises(AttributeError, match="evalute"):
        kodo.evalute  # noqa: B018
