"""What a plan says before a run, and what a fit's key depends on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kodo.datasets.recording import gather
from kodo.datasets.store import load
from kodo.experiments.experiment import Experiment, experiment
from kodo.experiments.fit import execute
from kodo.experiments.plan import plan, planned, windows_of
from kodo.windows.signal import Lowpass

STEPS = ({"step": "lowpass", "hz": 9.0}, {"step": "resample", "rate": 32})


@pytest.fixture
def stepped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    """An experiment with signal steps and a cache of its own."""
    monkeypatch.setenv("KODO_CACHE", str(tmp_path / "cache"))
    return experiment(
        {"dataset": "synthetic", "models": ("features",), "steps": STEPS, "folding": {"folds": 2}}
    )


def test_a_fit_is_the_same_whether_its_steps_were_kept_or_not(stepped: Experiment, tmp_path: Path) -> None:
    cold = plan(stepped)
    warm = plan(stepped)
    assert isinstance(warm.windows.signal.base, np.memmap)
    assert len(list((tmp_path / "cache" / "store" / "made").glob("*/*"))) == 1
    assert [fit.key for fit in warm.fits] == [fit.key for fit in cold.fits]
    assert warm.windows.checksum == cold.windows.checksum
    recordings = load("synthetic")
    plain = windows_of(stepped, gather(recordings.card, list(recordings), "in no cache"))
    np.testing.assert_array_equal(plain.signal, warm.windows.signal)
    record = execute(replace(cold.fits[0], parameters={**cold.fits[0].parameters, "trees": 5}))
    assert record.predictions.log_probability.shape[1] == 4


def test_another_version_of_a_step_is_another_fit(
    stepped: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = plan(stepped).fits[0]
    before = fit.key
    monkeypatch.setattr(Lowpass, "version", Lowpass.version + 1)
    assert fit.key != before
    assert replace(fit, steps=()).key != before


def test_what_is_too_short_is_counted_named_and_offered_before_a_run(cache: Path) -> None:
    asked = experiment(
        {
            "dataset": "synthetic",
            "models": ("features", "cnn1d"),
            "window": {"seconds": 18.0},
            "folding": {"folds": 2},
        }
    )
    recordings = load("synthetic")
    shorter = [
        replace(
            one,
            label=np.where(np.arange(len(one.label)) < 30 * 50, one.label, -1).astype(np.int16),
        )
        for one in recordings
    ]
    shortened = gather(recordings.card, shorter, "shortened")
    # Every recording ends some seconds into its second activity.
    windows = windows_of(asked, shortened)
    said = [note for note in planned(asked, shortened, windows).notes if "shorter than a window" in note]
    count, seconds = len(windows.dropped), windows.dropped[:, 2].sum() / windows.rate
    assert count > 3
    assert len(said) == 1
    assert said[0].startswith(
        f"{count} labelled stretches are shorter than a window of 18 s and left out, {seconds:,.1f} s in all"
    )
    first = windows.dropped[0]
    named = f"{recordings[int(first[0])].name} ({windows.activities[first[3]]}, {first[2] / 50:.2f} s), "
    assert named in said[0]
    assert f" and {count - 3} more. --short pad (window.short = 'pad') keeps each as one window" in said[0]
    assert said[0].endswith("padded and masked, which cnn1d can take.")
    padded = windows_of(replace(asked, window=replace(asked.window, short="pad")), shortened)
    assert len(padded) == len(windows) + count


@pytest.mark.parametrize(
    ("protocol", "changed", "unread"),
    [
        ("arena", {"validation": 0.0}, ["validation"]),
        ("loso", {"folds": 3}, ["folds"]),
        ("arena_people", {"validation": 0.5, "seed": 3}, []),
        ("kfold", {"folds": 3, "validation": 0.5}, []),
    ],
)
def test_a_setting_of_the_folds_that_nobody_reads_is_named(
    cache: Path, protocol: str, changed: dict[str, float], unread: list[str]
) -> None:
    asked = {"dataset": "synthetic", "models": ("features",), "protocol": protocol, "folding": changed}
    said = [note for note in plan(experiment(asked)).notes if "does not read" in note]
    assert said == [
        f"The protocol {protocol} does not read folding.{name}: it changes nothing." for name in unread
    ]
