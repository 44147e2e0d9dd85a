"""traduttore: frame 0 left out, unseen hands missing, committers never people."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from kodo.datasets.check import counts
from kodo.datasets.readers.traduttore import ACTIVITIES, CHANNELS, TRADUTTORE, read
from kodo.datasets.store import load
from kodo.errors import KodoError

NAMES = [channel.name for channel in CHANNELS]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Three sequences of two words, and one of a letter, whose committer nobody needs to know."""
    random = np.random.default_rng(0)
    for sequence in ("hello/2", "hello/10", "-/0", "b/0"):
        place = tmp_path / "MP_Data" / sequence
        place.mkdir(parents=True)
        for frame in range(20):
            values = random.normal(size=258).astype(np.float32).astype(np.float64)
            if sequence == "hello/2" and frame == 3:
                values[132:195] = 0
            np.save(place / f"{frame}.npy", values)
    (tmp_path / "committers.csv").write_text("class,sequence,committer\n-,0,c2\nhello,2,c1\nhello,10,c3\n")
    return tmp_path


def test_sequences_frames_and_committers(small: Path) -> None:
    recordings = list(read(small))
    assert [r.name for r in recordings] == ["hello/2", "hello/10", "-/0"]
    assert [r.subject for r in recordings] == ["c1", "c3", "c2"]
    second = recordings[1]
    wanted = [np.load(small / "MP_Data" / "hello" / "10" / f"{frame}.npy") for frame in range(1, 20)]
    assert np.array_equal(second.signal, np.array(wanted, np.float32))
    assert second.signal.dtype == np.float32
    assert [set(r.label.tolist()) for r in recordings] == [{0}, {0}, {ACTIVITIES.index("-")}]


def test_a_hand_of_zeros_was_not_seen(small: Path) -> None:
    signal = next(iter(read(small))).signal
    missing = np.isnan(signal)
    assert missing[2, 132:195].all()
    assert missing.sum() == 63
    assert NAMES[132] == "left_hand_wrist_x"


def test_columns_have_the_names_of_their_points() -> None:
    assert len(NAMES) == 258
    assert NAMES[:4] == ["pose_nose_x", "pose_nose_y", "pose_nose_z", "pose_nose_visibility"]
    assert NAMES[131] == "pose_right_foot_index_visibility"
    assert (NAMES[194], NAMES[195], NAMES[257]) == (
        "left_hand_pinky_tip_z", "right_hand_wrist_x", "right_hand_pinky_tip_z"
    )  # fmt: skip


def test_a_committer_is_a_proxy_and_the_rate_nominal(small: Path) -> None:
    assert "people" not in TRADUTTORE.counts
    assert TRADUTTORE.subjects == ("committer", "committers")
    assert any("those who committed the sequences stand in for the signers" in n for n in TRADUTTORE.notes)
    assert not re.search("person|people", " ".join((TRADUTTORE.title, *TRADUTTORE.notes)))
    assert any("nominal" in n for n in TRADUTTORE.notes)
    facts = next(iter(read(small))).facts
    assert "proxy" in facts["subject"]
    assert "person" not in facts["subject"]
    assert "nominal" in facts["rate"]


def test_a_frame_missing_or_too_many(small: Path) -> None:
    (small / "MP_Data/hello/2/20.npy").write_bytes(b"")
    with pytest.raises(KodoError, match=r"hello/2 needs frames 0\.npy to 19\.npy: 20\.npy is one too many"):
        list(read(small))
    (small / "MP_Data/hello/2/20.npy").unlink()
    (small / "MP_Data/hello/2/7.npy").unlink()
    with pytest.raises(KodoError, match=r"7\.npy is missing"):
        list(read(small))


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (np.zeros(126), r"5\.npy: wanted an array of 258 floating-point numbers, got .*\(126,\)"),
        (np.zeros(258, np.int64), r"wanted an array of 258 floating-point numbers, got .*<i8"),
        (np.array([{}] * 258), r"wanted an array of 258 floating-point numbers, got .*\|O"),
    ],
)
def test_a_frame_of_something_else(small: Path, frame: np.ndarray, sentence: str) -> None:
    np.save(small / "MP_Data/hello/2/5.npy", frame)
    with pytest.raises(KodoError, match=sentence):
        list(read(small))


@pytest.mark.parametrize("raw", [b"", b"\x00" * 2192, b"\x93NUMPY\x01\x00", b"PK\x03\x04"])
def test_a_damaged_frame(small: Path, raw: bytes) -> None:
    (small / "MP_Data/hello/2/5.npy").write_bytes(raw)
    with pytest.raises(KodoError, match=r"5\.npy"):
        list(read(small))


def test_every_truncation_is_said(small: Path) -> None:
    path = small / "MP_Data/hello/2/5.npy"
    whole = path.read_bytes()
    for length in range(0, len(whole), 61):
        path.write_bytes(whole[:length])
        with pytest.raises(KodoError, match=r"5\.npy(: wanted an array| holds [\d,]+ bytes)"):
            list(read(small))


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("", "line 1: wanted class,sequence,committer, got ''"),
        (
            "class,sequence,committer\nhello,2,c1\nhello,2,c2\n",
            "line 3: hello/2 has another committer before",
        ),
        ("class,sequence,committer\nhello,2,c1\nhello,10,c1", "line 3: its end is missing"),
        ("class,sequence\n", "line 1: wanted class,sequence,committer"),
        ("class,sequence,committer\nhello,2\n", "line 2: wanted class, sequence, committer, got 'hello,2'"),
        ("class,sequence,committer\nhello,2,c1\n", "has no line for .*10, so its committer is not known"),
    ],
)
def test_a_table_that_does_not_say_who(small: Path, table: str, sentence: str) -> None:
    (small / "committers.csv").write_text(table)
    with pytest.raises(KodoError, match=sentence):
        list(read(small))


def test_no_table_and_copies(small: Path) -> None:
    copy = small / "copy" / "MP_Data" / "hello" / "2"
    copy.mkdir(parents=True)
    (copy / "0.npy").write_bytes(b"")
    with pytest.raises(KodoError, match="hello/2 is there twice"):
        list(read(small))
    (copy / "0.npy").unlink()
    (small / "committers.csv").unlink()
    with pytest.raises(KodoError, match=r"needs one committers\.csv .* found 0"):
        list(read(small))


@pytest.mark.slow
def test_the_words_that_are_here(kodo_data: Path) -> None:
    recordings = load("traduttore")
    assert TRADUTTORE.counts.items() <= counts(recordings).items()
    assert Counter(r.subject for r in recordings) == {
        "c1": 480,
        "c2": 480,
        "c3": 30,
    }
    assert {len(r.signal) for r in recordings} == {19}
    blocks = Counter((r.name.partition("/")[0], r.subject) for r in recordings)
    assert set(blocks.values()) == {30}
    assert {word for word, committer in blocks if committer == "c3"} == {"get"}
    unseen = [np.isnan(np.concatenate([r.signal[:, c] for r in recordings])).sum() for c in (0, 132, 195)]
    assert unseen == [0, 9_350, 1_608]
