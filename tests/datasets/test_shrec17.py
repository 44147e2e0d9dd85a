"""shrec17: the publisher's lists and one of its files; the rest in the published form."""

from __future__ import annotations

import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from kodo.datasets.layouts import DEPTH_HAND
from kodo.datasets.readers.shrec17 import SHREC17, SHREC17_28, read, read_28, sides
from kodo.datasets.store import load
from kodo.errors import KodoError

TRIALS = {"train": [(1, 1, 2, 1), (14, 2, 2, 3)], "test": [(14, 1, 10, 1)]}


def skeleton(root: Path, trial: tuple[int, int, int, int]) -> Path:
    """Where the file of a trial lies."""
    place = "gesture_{}/finger_{}/subject_{}/essai_{}".format(*trial)
    return root / "HandGestureDataset_SHREC2017" / place / "skeletons_world.txt"


def values(trial: tuple[int, int, int, int]) -> np.ndarray:
    """What the file of a trial holds."""
    return np.random.default_rng(trial).normal(size=(5 + trial[3], 66)).astype(np.float32)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Three trials of two people, and the lists that name them."""
    for side, trials in TRIALS.items():
        lines = []
        for trial in trials:
            path = skeleton(tmp_path, trial)
            path.parent.mkdir(parents=True)
            np.savetxt(path, values(trial), fmt="%.9g")
            gesture, finger = trial[:2]
            lines.append(f"{' '.join(map(str, trial))} {gesture} {2 * gesture - 2 + finger} {5 + trial[3]}\n")
        (tmp_path / "HandGestureDataset_SHREC2017" / f"{side}_gestures.txt").write_text("".join(lines))
    return tmp_path


def test_frames_people_and_sides(small: Path) -> None:
    recordings = list(read(small))
    assert [r.name for r in recordings] == ["g1-f1-s2-e1", "g14-f1-s10-e1", "g14-f2-s2-e3"]
    assert [r.subject for r in recordings] == ["2", "10", "2"]
    assert [dict(r.facts) for r in recordings] == [{"split": "train"}, {"split": "test"}, {"split": "train"}]
    assert np.array_equal(recordings[2].signal, values((14, 2, 2, 3)))
    assert recordings[0].signal.dtype == np.float32


def test_fourteen_classes_or_twenty_eight(small: Path) -> None:
    assert [SHREC17.activities[r.label[0]] for r in read(small)] == ["Grab", "Shake", "Shake"]
    assert [SHREC17_28.activities[r.label[0]] for r in read_28(small)] == [
        "Grab, one finger", "Shake, one finger", "Shake, whole hand"
    ]  # fmt: skip
    assert len(SHREC17_28.activities) == 28
    assert {r.dataset for r in read_28(small)} == {"shrec17_28"}


def test_another_number_of_frames_is_a_fact(small: Path) -> None:
    path = skeleton(small, (14, 2, 2, 3))
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert list(read(small))[2].facts == {"split": "train", "frames listed": "8"}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("1 2 3", r"skeletons_world\.txt, line 2: wanted 66 numbers .* got 3"),
        (" ".join(["1"] * 65 + ["x"]), "line 2: wanted a number for hand_pinky_tip_z, got 'x'"),
        ("", "line 2: wanted 66 numbers"),
    ],
)
def test_a_line_that_cannot_be(small: Path, line: str, sentence: str) -> None:
    path = skeleton(small, (1, 1, 2, 1))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], line, *lines[2:]]) + "\n")
    with pytest.raises(KodoError, match=sentence):
        list(read(small))


def test_files_and_lists_that_disagree(small: Path) -> None:
    path = skeleton(small, (1, 1, 2, 1))
    moved = skeleton(small, (1, 1, 2, 9))
    moved.parent.mkdir()
    path.rename(moved)
    with pytest.raises(KodoError, match="lists gesture_1/finger_1/subject_2/essai_1, which is not below"):
        list(read(small))
    path.write_bytes(moved.read_bytes())
    with pytest.raises(KodoError, match=r"essai_9.* is on neither of the publisher's lists"):
        list(read(small))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("1 1 2 1 2 1 6", "line 1: labels 2 and 1 are not those of gesture 1"),
        ("15 1 2 1 15 29 6", "line 1: there is no gesture 15 with finger 1"),
        ("1 1 2 1 1 1 6", "line 1: this trial is listed before, as train"),
        ("1 1 2 1 1 1", "line 1: wanted 7 numbers"),
        ("1 1 2 1 1 1 nan", "line 1: wanted a whole number for frames, got 'nan'"),
    ],
)
def test_a_list_that_cannot_be(small: Path, line: str, sentence: str) -> None:
    (small / "HandGestureDataset_SHREC2017" / "test_gestures.txt").write_text(f"{line}\n")
    with pytest.raises(KodoError, match=sentence):
        list(read(small))


def test_a_list_missing(small: Path) -> None:
    (small / "HandGestureDataset_SHREC2017" / "test_gestures.txt").unlink()
    with pytest.raises(KodoError, match=r"needs one test_gestures\.txt .* found 0"):
        list(read(small))


@pytest.mark.parametrize("name", ["shrec17", "shrec17_28"])
def test_it_loads_by_name(small: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("KODO_DATA", str(small))
    assert len(load(name)) == 3


@pytest.fixture(scope="module")
def published(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The publisher's two lists and one of its files."""
    archive = data / "shrec17" / "shrec17_partial.tar.xz"
    if not archive.is_file():
        pytest.skip(f"the publisher's lists are not here: {archive}")
    folder = tmp_path_factory.mktemp("shrec17")
    with tarfile.open(archive) as held:
        for name in ("train_gestures.txt", "test_gestures.txt", "original_sample/skeletons_world.txt"):
            file = held.extractfile(name)
            assert file is not None
            (folder / Path(name).name).write_bytes(file.read())
    return folder


def test_the_published_lists(published: Path) -> None:
    listed = sides(published)
    assert Counter(side for side, _ in listed.values()) == {"train": 1_960, "test": 840}
    people = {side: {trial[2] for trial, (on, _) in listed.items() if on == side} for side in TRIALS}
    assert (len(people["train"]), len(people["test"]), people["train"] & people["test"]) == (20, 8, set())
    assert SHREC17.counts == {
        "recordings": len(listed), "people": 28, "rows": sum(frames for _, frames in listed.values())
    }  # fmt: skip


def test_the_published_file(published: Path, small: Path) -> None:
    skeleton(small, (1, 1, 2, 1)).write_bytes((published / "skeletons_world.txt").read_bytes())
    signal = next(iter(read(small))).signal
    assert signal.shape == (95, 66)
    assert signal[0, :3] == pytest.approx([0.49394463, -0.41033334, 0.591467])
    joint = {name: signal[:, 3 * n : 3 * n + 3] for n, name in enumerate(DEPTH_HAND)}
    reach = np.linalg.norm(joint["middle_tip"] - joint["wrist"], axis=1)
    base = np.linalg.norm(joint["middle_base"] - joint["wrist"], axis=1)
    assert 0.05 < np.median(base) < np.median(reach) < 0.3
