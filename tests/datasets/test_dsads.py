"""dsads: small segments in the publisher's form, and the published half."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from here import HERE
from kodo.datasets.check import counts
from kodo.datasets.readers.dsads import ACTIVITIES, BREAKS_TO_S30, CHANNELS, DSADS, SEGMENT, breaks, read
from kodo.datasets.store import load
from kodo.errors import KodoError
from kodo.experiments.experiment import experiment
from kodo.experiments.plan import plan
from kodo.windows.cut import cut


def walk(segments: int, seed: int = 0) -> np.ndarray:
    """(time, 45) a signal that goes on in small steps through all segments."""
    return np.random.default_rng(seed).normal(size=(segments * SEGMENT, 45)).cumsum(axis=0)


def write(folder: Path, signal: np.ndarray, numbers: list[int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, part in zip(numbers, np.split(signal, len(numbers)), strict=True):
        lines = "".join(",".join(f"{value:.5g}" for value in row) + "\n" for row in part)
        (folder / f"s{number:02d}.txt").write_text(lines)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Person 2 climbs stairs for five segments with a break after the second; person 8 plays three, of
    which one in between is missing."""
    stairs = walk(5)
    stairs[2 * SEGMENT :] += 40
    write(tmp_path / "data" / "a05" / "p2", stairs, [1, 2, 3, 4, 5])
    write(tmp_path / "data" / "a19" / "p8", walk(3, seed=1), [1, 2, 4])
    return tmp_path


def test_segments_join_except_at_breaks_and_gaps(small: Path) -> None:
    recordings = list(read(small))
    assert [(r.name, r.subject, r.session, len(r.signal)) for r in recordings] == [
        ("a05_p2_s01-s02", "p2", "a05", 250),
        ("a05_p2_s03-s05", "p2", "a05", 375),
        ("a19_p8_s01-s02", "p8", "a19", 250),
        ("a19_p8_s04-s04", "p8", "a19", 125),
    ]
    assert [set(r.label.tolist()) for r in recordings] == [{4}, {4}, {18}, {18}]
    written = np.loadtxt(small / "data" / "a05" / "p2" / "s04.txt", delimiter=",", dtype=np.float32)
    assert np.allclose(recordings[1].signal[SEGMENT : 2 * SEGMENT], written)
    assert all(r.facts["segment_rows"] == "125" and r.channels == CHANNELS for r in recordings)


def test_only_a_large_jump_is_a_break() -> None:
    signal = walk(6)
    assert breaks(signal).tolist() == []
    signal[4 * SEGMENT :] += 30
    assert breaks(signal).tolist() == [4 * SEGMENT]
    within = walk(6)
    within[300:] += 30  # inside a segment: what it is, it is no border
    assert breaks(within).tolist() == []


def test_units_do_not_decide_what_is_a_break() -> None:
    signal = walk(6)
    signal[2 * SEGMENT :] += 30
    signal[:, 7] = 1  # a channel that stands still
    scaled = signal * np.logspace(-3, 3, 45)
    assert breaks(scaled).tolist() == breaks(signal).tolist() == [2 * SEGMENT]


def test_one_segment_has_no_border() -> None:
    assert breaks(walk(1)).tolist() == []


def test_columns_are_five_units_of_three_sensors() -> None:
    names = [channel.name for channel in CHANNELS]
    assert len(names) == 45
    assert names[:4] == ["torso_acceleration_x", "torso_acceleration_y", "torso_acceleration_z",
                         "torso_rotation_rate_x"]  # fmt: skip
    assert names[44] == "left_leg_magnetic_field_z"
    assert names[9] == "right_arm_acceleration_x"
    assert len(ACTIVITIES) == 19


def test_damaged_files_are_named_and_never_crash(small: Path) -> None:
    path = small / "data" / "a19" / "p8" / "s02.txt"
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    said = []
    for number in range(200):
        raw = bytearray(whole)
        if number % 2:
            raw = raw[: random.integers(len(raw))]
        else:
            raw[random.integers(len(raw))] = random.choice([0, 10, 13, 34, 44, 88, 239, 255])
        path.write_bytes(bytes(raw))
        try:
            assert all(np.isfinite(recording.signal).all() for recording in read(small))
        except KodoError as error:
            said.append(str(error))
    assert len(said) > 150
    assert all(path.name in sentence for sentence in said)


def change(path: Path, line: int, text: str | None) -> None:
    lines = path.read_text().splitlines()
    lines[line - 1 : line] = [] if text is None else [text]
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, r"s03\.txt: wanted a segment of 125 lines, got 124"),
        ("1,2,3", r"s03\.txt, line 7: wanted 45 numbers .* got 3"),
        (",".join(["1"] * 44 + ["x"]), r"s03\.txt, line 7: wanted a number for left_leg_magnetic_field_z"),
        (",".join(["1"] * 44 + ["nan"]), r"s03\.txt, line 7: wanted numbers, got one that is missing"),
        (",".join(["1"] * 44 + ["inf"]), r"s03\.txt, line 7: wanted a number for left_leg_magnetic_field_z"),
        ("", r"s03\.txt, line 7: wanted 45 numbers"),
    ],
)
def test_a_file_that_is_not_a_segment(small: Path, text: str | None, sentence: str) -> None:
    change(small / "data" / "a05" / "p2" / "s03.txt", 7, text)
    with pytest.raises(KodoError, match=sentence):
        list(read(small))


def test_an_empty_file_an_unknown_activity_and_a_copy(small: Path) -> None:
    path = small / "data" / "a05" / "p2" / "s03.txt"
    whole = path.read_text()
    path.write_text("")
    with pytest.raises(KodoError, match=r"s03\.txt is empty"):
        list(read(small))
    path.write_text(whole)
    write(small / "data" / "a20" / "p1", walk(1), [1])
    with pytest.raises(KodoError, match="wanted an activity from a01 to a19, got a20"):
        list(read(small))
    (small / "data" / "a20").rename(small / "a20")
    (small / "a20").rename(small / "a05")
    (small / "a05" / "p1").rename(small / "a05" / "p2")
    with pytest.raises(KodoError, match="is there twice"):
        list(read(small))


@pytest.mark.slow
def test_the_published_half(kodo_data: Path) -> None:
    recordings = load("dsads")
    assert counts(recordings) == HERE["dsads"]
    assert len({(r.subject, r.session) for r in recordings}) == 152
    assert len(recordings) == 152 + BREAKS_TO_S30
    stairs = sum(r.session in ("a05", "a06") for r in recordings)
    assert stairs == 16 + 60
    # The published segments, and windows that cross borders but no break.
    assert len(cut(recordings, seconds=5.0, overlap=0.0)) == 4_560
    windows = cut(recordings, seconds=DSADS.window, overlap=0.5)
    last = windows.start + windows.length
    assert (windows.start >= windows.bounds[windows.recording, 0]).all()
    assert (last <= windows.bounds[windows.recording, 1]).all()


@pytest.mark.slow
def test_what_two_people_share_is_an_issue_of_every_division(kodo_data: Path) -> None:
    asked = {"dataset": "dsads", "models": ["features"], "protocol": "loso"}
    for reserved, outcome in (((), "issue"), (("p8",), "passed")):
        todo = plan(experiment(asked | {"folding": {"reserved": reserved}}, "a test"))
        (found,) = (check for check in todo.dataset["checks"] if check["code"] == "KODO02")
        assert found["outcome"] == outcome
        assert ("rowing) are in a17_p8_s01-s30 too (person p8, rowing)" in found["says"]) == (not reserved)


@pytest.mark.slow
def test_units_by_gravity(kodo_data: Path) -> None:
    sitting = np.concatenate([r.signal for r in load("dsads") if r.session == "a01"])
    for unit in range(5):
        gravity = np.linalg.norm(sitting[:, 9 * unit : 9 * unit + 3], axis=1).mean()
        assert gravity == pytest.approx(9.81, abs=0.1)


@pytest.mark.slow
def test_rotation_is_in_radians_by_the_magnetic_field(kodo_data: Path) -> None:
    walking = [r.signal.astype(np.float64) for r in load("dsads") if r.session == "a09"]
    for unit in range(5):
        turned, said = [], []
        for signal in walking:
            rotation, field = signal[:, 9 * unit + 3 : 9 * unit + 6], signal[:, 9 * unit + 6 : 9 * unit + 9]
            turned.append((field[2:] - field[:-2]) * DSADS.rate / 2)
            said.append(-np.cross(rotation, field)[1:-1])
        changed, wanted = np.concatenate(turned), np.concatenate(said)
        # Degrees would give 57.
        assert (changed * wanted).sum() / (wanted * wanted).sum() == pytest.approx(1, abs=0.15)
