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


def test_sequences_of_unequal_length_go_the_same_street(tmp_path: Path) -> None:
    gestures = kodo.cut(people(people=4, activities=3, seconds=2.0, unequal=True))
    assert len(set(gestures.length.tolist())) > 5
    found = kodo.evaluate(gestures, ["cnn1d"], "loso", train={"epochs": 2}, out=tmp_path / "run")
    assert len(found.rows[0].people) == 4
    with pytest.raises(KodoError, match="one length"):
        kodo.evaluate(gestures, ["features"], "loso")


def test_short_stretches_are_padded_where_the_model_can(tmp_path: Path) -> None:
    recordings = people(people=4, activities=3, seconds=2.0)
    with pytest.raises(KodoError, match="--short pad"):
        kodo.cut(recordings, seconds=3.0)
    windows = kodo.cut(recordings, seconds=3.0, short="pad")
    assert set(windows.length.tolist()) == {100}
    assert kodo.evaluate(windows, ["cnn1d"], "loso", train={"epochs": 1}).rows[0].windows == len(windows)


def test_a_bundle_takes_the_steps_its_windows_were_cut_with(tmp_path: Path) -> None:
    from kodo.bundle.bundle import open_bundle
    from kodo.windows.signal import Lowpass, Resample

    recordings = people(people=4, activities=3)
    windows = kodo.cut(recordings, seconds=2.0, steps=[Lowpass(10.0)])
    path = kodo.fit(windows, "cnn1d", to=tmp_path / "smooth.kodo", train={"epochs": 1})
    assert open_bundle(path).meta["steps"] == [["lowpass", 1, {"hz": 10.0, "order": 4}]]
    slower = kodo.cut(recordings, seconds=2.0, steps=[Resample(25.0)])
    with pytest.raises(KodoError, match="resample"):
        kodo.fit(slower, "cnn1d", to=tmp_path / "slow.kodo", train={"epochs": 1})
    assert not (tmp_path / "slow.kodo").exists()
