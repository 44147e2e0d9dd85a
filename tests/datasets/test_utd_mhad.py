"""utd_mhad and utd_mhad_skeleton: small files in the publisher's form, and the published ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from kodo.datasets.check import counts, differences, findings
from kodo.datasets.readers.utd_mhad import (
    JOINTS,
    SKELETON,
    THIGH,
    UTD_MHAD,
    UTD_MHAD_SKELETON,
    WRIST,
    read,
    read_skeleton,
)
from kodo.datasets.store import load
from kodo.errors import KodoError
from kodo.windows.cut import cut

TRIALS = ("a2_s1_t1", "a21_s10_t2", "a22_s1_t1", "a27_s2_t4")


@pytest.fixture
def small(tmp_path: Path) -> dict[str, np.ndarray]:
    """Four trials of both kinds of file below `tmp_path`, and what was written, by file name."""
    random = np.random.default_rng(0)
    written = {}
    for folder in ("Inertial", "Skeleton"):
        (tmp_path / folder).mkdir()
    for frames, trial in enumerate(TRIALS, 1):
        for folder, variable, values in (
            ("Inertial", "d_iner", random.normal(size=(10 * frames, 6))),
            ("Skeleton", "d_skel", random.normal(size=(20, 3, frames))),
        ):
            name = f"{trial}_{folder.lower()}.mat"
            savemat(tmp_path / folder / name, {variable: values}, do_compression=True)
            written[name] = values
    return written


def test_numbers_people_and_places(small: dict[str, np.ndarray], tmp_path: Path) -> None:
    recordings = list(read(tmp_path))
    assert [r.name for r in recordings] == list(TRIALS)
    assert [(r.subject, r.session) for r in recordings] == [
        ("s1", "t1"), ("s10", "t2"), ("s1", "t1"), ("s2", "t4")
    ]  # fmt: skip
    assert [r.channels for r in recordings] == [WRIST, WRIST, THIGH, THIGH]
    assert [r.facts["place"] for r in recordings] == ["right wrist"] * 2 + ["right thigh"] * 2
    for recording, code in zip(recordings, (1, 20, 21, 26), strict=True):
        wanted = small[f"{recording.name}_inertial.mat"].astype(np.float32)
        assert np.array_equal(recording.signal, wanted)
        assert (recording.label == code).all()
        assert recording.label.shape == (len(wanted),)
        assert recording.rate == 50.0


def test_both_places_have_the_same_names() -> None:
    assert [c.name for c in WRIST] == [c.name for c in THIGH]
    assert {c.place for c in WRIST} == {"right wrist"}
    assert {c.place for c in THIGH} == {"right thigh"}


def test_the_skeleton_is_told_joint_by_joint(small: dict[str, np.ndarray], tmp_path: Path) -> None:
    recordings = list(read_skeleton(tmp_path))
    assert [r.name for r in recordings] == list(TRIALS)
    names = [c.name for c in SKELETON]
    for frames, recording in enumerate(recordings, 1):
        wanted = small[f"{recording.name}_skeleton.mat"].astype(np.float32)
        assert recording.signal.shape == (frames, 60)  # MATLAB files hold one frame as 20 x 3
        for joint, name in enumerate(JOINTS):
            for axis, letter in enumerate("xyz"):
                column = recording.signal[:, names.index(f"{name}_{letter}")]
                assert np.array_equal(column, wanted[joint, axis])


def test_both_kinds_of_file_are_the_same_people_and_sessions() -> None:
    assert UTD_MHAD.population == UTD_MHAD_SKELETON.population
    assert UTD_MHAD.activities == UTD_MHAD_SKELETON.activities
    assert len(UTD_MHAD.activities) == 27


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"d_skel": np.ones((9, 6))}, r"a2_s1_t1_inertial\.mat holds no matrix of numbers named d_iner"),
        ({"d_iner": np.ones((9, 5))}, "wanted d_iner as rows x 6, got 9 x 5"),
        ({"d_iner": np.ones((9, 6, 2))}, "wanted d_iner as rows x 6, got 9 x 6 x 2"),
        ({"d_iner": np.ones((0, 6))}, "holds no matrix of numbers named d_iner"),
        ({"d_iner": "text"}, "holds no matrix of numbers named d_iner"),
        ({"d_iner": {"x": 1.0}}, "holds no matrix of numbers named d_iner"),
        ({"d_iner": np.full((9, 6), np.nan)}, "missing, infinite or beyond float32"),
        ({"d_iner": np.full((9, 6), 1e300)}, "missing, infinite or beyond float32"),
    ],
)
def test_files_with_other_content(
    small: dict[str, np.ndarray], tmp_path: Path, content: dict[str, object], sentence: str
) -> None:
    savemat(tmp_path / "Inertial" / "a2_s1_t1_inertial.mat", content)
    with pytest.raises(KodoError, match=sentence):
        list(read(tmp_path))


def test_a_skeleton_of_another_shape(small: dict[str, np.ndarray], tmp_path: Path) -> None:
    savemat(tmp_path / "Skeleton" / "a2_s1_t1_skeleton.mat", {"d_skel": np.ones((25, 3, 8))})
    with pytest.raises(KodoError, match="wanted d_skel as 20 x 3 x frames, got 25 x 3 x 8"):
        list(read_skeleton(tmp_path))


def test_names_that_are_not_published(small: dict[str, np.ndarray], tmp_path: Path) -> None:
    first = tmp_path / "Inertial" / "a2_s1_t1_inertial.mat"
    first.rename(first.with_name("a28_s1_t1_inertial.mat"))
    with pytest.raises(KodoError, match=r"a28_s1_t1_inertial\.mat is not named as published: wanted a1 to"):
        list(read(tmp_path))


def test_a_trial_twice(small: dict[str, np.ndarray], tmp_path: Path) -> None:
    name = "a2_s1_t1_inertial.mat"
    (tmp_path / name).write_bytes((tmp_path / "Inertial" / name).read_bytes())
    with pytest.raises(KodoError, match="is there twice"):
        list(read(tmp_path))


@pytest.mark.parametrize("count", [300, pytest.param(2_000, marks=pytest.mark.slow)])
def test_damaged_files_are_named_and_never_crash(
    small: dict[str, np.ndarray], tmp_path: Path, count: int
) -> None:
    path = tmp_path / "Inertial" / "a2_s1_t1_inertial.mat"
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    said = []
    for number in range(count):
        raw = bytearray(whole)
        if number % 2:
            raw = raw[: random.integers(len(raw))]
        else:
            raw[random.integers(len(raw))] ^= 1 << random.integers(8)
        path.write_bytes(bytes(raw))
        try:
            next(read(tmp_path))
        except KodoError as error:
            said.append(str(error))
    # Every shortened file but those whose first element is still whole; a flipped bit of the text that
    # starts the file harms nothing.
    assert len(said) > 0.46 * count
    assert all(path.name in sentence for sentence in said)


@pytest.mark.slow
def test_the_published_sensor(kodo_data: Path) -> None:
    recordings = load("utd_mhad")
    assert counts(recordings) == UTD_MHAD.counts
    said = findings(recordings)
    assert len(said) == 1
    assert said[0].startswith("190 of 861 recordings have other channels")
    windows = cut(recordings, seconds=3.0, overlap=0.5, end="arena")
    assert (len(windows), len(np.unique(windows.recording))) == (783, 687)
    assert len(windows.dropped) == 174
    assert windows.activities == UTD_MHAD.activities


@pytest.mark.slow
def test_the_published_skeleton_joins_the_sensor(kodo_data: Path) -> None:
    worn, seen = load("utd_mhad"), load("utd_mhad_skeleton")
    assert counts(seen) == UTD_MHAD_SKELETON.counts
    assert differences(seen) == ()
    for a, b in zip(worn, seen, strict=True):
        assert (a.name, a.subject, a.session, a.label[0]) == (b.name, b.subject, b.session, b.label[0])
    # In metres, and with y upwards: heads are a person's height above feet.
    names = [c.name for c in SKELETON]
    height = seen.signal[: seen.start[1], names.index("head_y")].mean()
    height -= seen.signal[: seen.start[1], names.index("left_foot_y")].mean()
    assert 1.2 < height < 2.0
    ratio = [len(a.signal) / len(b.signal) for a, b in zip(worn, seen, strict=True)]
    assert min(ratio) > 50 / 30  # so the two have no common clock
