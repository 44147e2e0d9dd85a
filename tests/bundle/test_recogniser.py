"""A whole recording through the file is what the same windows are through torch, and misfits are refused."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodo.bundle.bundle import Bundle, open_bundle
from kodo.bundle.export import _needed, export
from kodo.bundle.recogniser import recognise, write_csv
from kodo.datasets.recording import Recordings, sensor
from kodo.errors import KodoError
from kodo.training.network import FittedNetwork
from kodo.windows.cut import Windows, cut, slide
from kodo.windows.signal import Gravity, Lowpass, restored
from made_bundle import CARD, CHANNELS, RATE, RECIPE, Tiny, fitted, recording, recordings

STEPS = (Lowpass(10.0), Gravity())
INPUTS = [
    *(f"{channel.name}_gravity" for channel in CHANNELS[:3]),
    *(channel.name for channel in reversed(CHANNELS[3:])),
]


class Constant:
    """Stands for an opened graph: knows nothing, but how many windows it was given."""

    def run(self, names: list[str], feed: dict[str, np.ndarray]) -> list[np.ndarray]:
        assert feed["signal"].dtype == np.float32
        assert feed["signal"].flags["C_CONTIGUOUS"]
        return [np.log(np.full((len(feed["signal"]), 4), 0.25, np.float32))]


def test_a_timeline_is_slide_and_torch(bundle: Bundle, tiny: FittedNetwork) -> None:
    one = recordings((33.3,), gaps=False)
    signal = one.signal.copy()
    signal[100:140, 2] = np.nan
    windows = slide(cut(replace(one, signal=signal), seconds=2.0, overlap=0.5))
    seen = recognise(bundle, replace(one[0], signal=signal[: len(one[0].signal)]))
    np.testing.assert_array_equal(seen.start, windows.start)
    np.testing.assert_array_equal(seen.stop - seen.start, windows.length)
    wanted = np.exp(tiny.log_probabilities(windows, np.arange(len(windows))))
    np.testing.assert_allclose(seen.probability, wanted, atol=1e-5)
    np.testing.assert_array_equal(seen.label, wanted.argmax(axis=1))
    assert len(set(seen.label.tolist())) > 1


@given(
    seconds=st.floats(0.5, 4), overlap=st.floats(0, 0.95), rate=st.sampled_from([20, 25, 31.25, 50, 102.4]),
    samples=st.integers(500, 900),
)  # fmt: skip
def test_the_grid_is_the_one_of_slide(
    bundle: Bundle, seconds: float, overlap: float, rate: float, samples: int
) -> None:
    one = recordings((samples / RATE,), gaps=False)
    one = replace(one, items=(replace(one[0], rate=rate),))
    windows = slide(cut(one, seconds=seconds, overlap=overlap, label="majority", short="pad"))
    window = {"seconds": seconds, "overlap": overlap, "samples": windows.longest}
    other = replace(bundle, meta={**bundle.meta, "window": window, "rate": rate}, session=Constant())
    seen = recognise(other, one[0])
    np.testing.assert_array_equal(seen.start, windows.start)
    np.testing.assert_array_equal(seen.stop, windows.start + windows.length)


def test_a_short_recording_is_refused_with_what_is_needed(bundle: Bundle) -> None:
    with pytest.raises(KodoError, match=r"r0 lasts 1\.00 s \(25 samples\).*at least 2\.00 s \(50 samples\)"):
        recognise(bundle, recording(1.0))


def test_a_short_recording_is_one_window_where_every_length_is_taken(
    altered: Callable[..., Bundle],
) -> None:
    other = replace(altered(lengths="any", smallest=8), session=Constant())
    seen = recognise(other, recording(1.0))
    assert (seen.start.tolist(), seen.stop.tolist(), seen.probability.shape) == ([0], [25], (1, 4))
    with pytest.raises(KodoError, match=r"at least 0\.32 s \(8 samples\)"):
        recognise(other, recording(0.2))


def test_whole_sequences_are_one_step(altered: Callable[..., Bundle]) -> None:
    window = {"seconds": None, "overlap": 0.5, "samples": 100, "hop_seconds": None}
    seen = recognise(replace(altered(lengths="any", window=window), session=Constant()), recording(10.0))
    assert (seen.start.tolist(), seen.stop.tolist()) == ([0], [250])


def test_an_empty_recording_is_refused(altered: Callable[..., Bundle]) -> None:
    nothing = replace(recording(10.0), signal=np.zeros((0, 6), np.float32), label=np.zeros(0, np.int16))
    with pytest.raises(KodoError, match="0 samples"):
        recognise(altered(lengths="any", smallest=0), nothing)


@pytest.mark.parametrize(
    ("channels", "says"),
    [
        (
            (*CHANNELS[3:], *CHANNELS[:3]),
            "needs wrist_acceleration_x in g as column 1; r0 has wrist_rotation_rate_x in deg/s there.",
        ),
        (
            (*sensor("acceleration", "wrist", "m/s²"), *CHANNELS[3:]),
            "needs wrist_acceleration_x in g as column 1; r0 has wrist_acceleration_x in m/s² there.",
        ),
        (CHANNELS[:5], "needs wrist_rotation_rate_z in deg/s as column 6; r0 has nothing there."),
        ((*CHANNELS, *sensor("magnetic_field", "wrist", "µT")), "magnetic_field_x is one too many"),
    ],
)
def test_other_channels_are_refused_by_name(bundle: Bundle, channels: tuple, says: str) -> None:
    with pytest.raises(KodoError, match=says):
        recognise(bundle, replace(recording(10.0), channels=channels))


@pytest.mark.parametrize(("rate", "fits"), [(25.4, True), (24.6, True), (26, False), (50, False), (0, False)])
def test_another_rate_is_refused(bundle: Bundle, rate: float, fits: bool) -> None:
    other = replace(recording(10.0), rate=rate)
    if fits:
        assert recognise(bundle, other).rate == rate
    else:
        with pytest.raises(KodoError, match=f"needs 25 Hz, r0 has {rate:g} Hz"):
            recognise(bundle, other)


@pytest.fixture(scope="session")
def split(
    crowd: Recordings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Bundle, FittedNetwork, Windows]:
    """A bundle with two causal steps, one of which makes channels; the graph takes some of them."""
    windows = cut(crowd, seconds=2.0, steps=STEPS, channels=INPUTS)
    whole = fitted(windows, Tiny(windows.longest))
    path = tmp_path_factory.mktemp("steps") / "split.kodo"
    export(whole, windows, path, card=CARD.facts(), recipe=RECIPE, steps=STEPS)
    return open_bundle(path), whole, windows


@pytest.mark.slow
def test_causal_steps_run_first(split: tuple[Bundle, FittedNetwork, Windows], crowd: Recordings) -> None:
    bundle, whole, windows = split
    assert bundle.channels == CHANNELS
    assert [sensor["channels"] for sensor in bundle.meta["sensors"]] == [INPUTS[3:]]
    everything = slide(windows)
    for number, one in enumerate(crowd):
        rows = np.flatnonzero(everything.recording == number)
        seen = recognise(bundle, one, restored(bundle.meta["steps"]))
        wanted = np.exp(whole.log_probabilities(everything, rows))
        np.testing.assert_allclose(seen.probability, wanted, atol=1e-5)


def test_a_step_that_makes_channels_asks_for_what_is_measured() -> None:
    windows = cut(recordings(), seconds=2.0, steps=STEPS, channels=INPUTS)
    assert _needed(windows, CARD.facts(), STEPS) == CHANNELS
    with pytest.raises(KodoError, match="hold wrist_acceleration_x_gravity, which 'lowpass' cannot make"):
        _needed(windows, CARD.facts(), STEPS[:1])


def test_steps_may_not_be_forgotten(bundle: Bundle, altered: Callable[..., Bundle]) -> None:
    other = altered(steps=[step.key for step in STEPS])
    with pytest.raises(KodoError, match=r'needs these steps before it: \[\["lowpass"'):
        recognise(other, recording(10.0))
    with pytest.raises(KodoError, match=r'before it: \[\]; got \[\["lowpass"'):
        recognise(bundle, recording(10.0), STEPS)


def test_the_table_can_be_read_back(bundle: Bundle, tmp_path: Path) -> None:
    seen = recognise(bundle, recording(10.0))
    path = write_csv(seen, tmp_path / "new" / "timeline.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["start_s", "stop_s", "activity", "probability", "sit", "walk", "run", "jump"]
    assert [float(row["start_s"]) for row in rows] == [float(n) for n in range(9)]
    assert rows[-1]["stop_s"] == "10.000"
    for row, label, probability in zip(rows, seen.label, seen.probability, strict=True):
        assert row["activity"] == bundle.activities[label]
        assert row["probability"] == row[row["activity"]]
        assert [float(row[name]) for name in bundle.activities] == pytest.approx(probability, abs=1e-4)


def test_a_table_that_cannot_be_written_is_one_sentence(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KodoError, match="Could not write"):
        write_csv(recognise(bundle, recording(10.0)), tmp_path / "file" / "timeline.csv")
