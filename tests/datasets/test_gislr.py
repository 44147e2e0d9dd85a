"""gislr: both editions in the published form, in any order of rows, and files that are not."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import polars
import pytest

from kodo.datasets.readers.gislr import ACTIVITIES, CHANNELS, GISLR, PARTS, read
from kodo.datasets.readers.gislr_hdf5 import GISLR_HDF5, GISLR_TOP10, TOP10, read_hdf5, read_top10
from kodo.datasets.recording import sensors
from kodo.datasets.store import load
from kodo.errors import KodoError

NAMES = [channel.name for channel in CHANNELS]
LINES = (
    "path,participant_id,sequence_id,sign",
    "train_landmark_files/26734/1000035562.parquet,26734,1000035562,blow",
    "train_landmark_files/2044/635217.parquet,2044,635217,cow",
)
Damage = Callable[[polars.DataFrame], polars.DataFrame]


def frames(seed: int, count: int = 3) -> np.ndarray:
    """(frame, point, axis) in the order of PARTS; the right hand is not seen at first."""
    values = np.random.default_rng(seed).normal(size=(count, 543, 3)).astype(np.float32)
    values[0, 522:] = np.nan
    return values


def rows(values: np.ndarray, first: int = 20) -> polars.DataFrame:
    """As published: frame, row_id, type, landmark_index, x, y, z."""
    count = len(values)
    types = [name for name, points in PARTS.items() for _ in points] * count
    index = [number for points in PARTS.values() for number in range(len(points))] * count
    frame = np.repeat(np.arange(first, first + count), 543).astype(np.int16)
    columns = {
        "frame": frame,
        "row_id": [f"{f}-{t}-{i}" for f, t, i in zip(frame, types, index, strict=True)],
        "type": types,
        "landmark_index": np.array(index, np.int16),
    }
    flat = values.reshape(-1, 3).astype(np.float64)
    return polars.DataFrame(columns | {axis: flat[:, column] for column, axis in enumerate("xyz")})


def write(root: Path, key: str, table: polars.DataFrame) -> Path:
    path = root / "asl-signs" / "train_landmark_files" / f"{key}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    table.write_parquet(path)
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two sequences of two people."""
    write(tmp_path, "26734/1000035562", rows(frames(1)))
    write(tmp_path, "2044/635217", rows(frames(2, 4)))
    (tmp_path / "asl-signs" / "train.csv").write_text("\n".join([*LINES, ""]))
    return tmp_path


@pytest.fixture
def small_hdf5(tmp_path: Path) -> Path:
    """The same two sequences in HDF5, with the map of the ten signs."""
    place = tmp_path / "dataset_top10"
    place.mkdir()
    (place / "sign_to_prediction_index_map.json").write_text(
        json.dumps(dict(zip(TOP10, range(10), strict=True)))
    )
    for person, sequence, values, token in (
        ("26734", "7", frames(1), 2),
        ("2044", "635217", frames(2, 4), 9),
    ):
        with h5py.File(place / f"{person}.hdf5", "w") as file:
            group = file.create_group(sequence)
            group["feature"] = values.transpose(2, 0, 1)
            group["token"] = np.array([token])
    return place


def test_sequences_people_and_signs(small: Path) -> None:
    first, second = read(small)
    assert (first.name, second.name) == ("2044/635217", "26734/1000035562")
    assert (first.subject, second.subject) == ("2044", "26734")
    assert first.session == second.session == "not stated"
    assert [ACTIVITIES[r.label[0]] for r in (first, second)] == ["cow", "blow"]
    assert np.array_equal(first.signal, frames(2, 4).reshape(4, -1), equal_nan=True)
    assert first.signal.dtype == np.float32
    assert [set(r.facts) for r in (first, second)] == [{"rate"}, {"rate"}]


def test_the_tables_are_as_published() -> None:
    assert len(ACTIVITIES) == len(set(ACTIVITIES)) == 250
    # As the map numbers them.
    numbered = {"TV": 0, "blow": 25, "cloud": 48, "cow": 50, "ear": 68, "for": 88, "have": 108, "jeans": 126}
    numbered |= {
        "mitten": 144,
        "owl": 165,
        "quiet": 181,
        "shhh": 194,
        "stay": 205,
        "time": 220,
        "zipper": 249,
    }
    assert {sign: ACTIVITIES.index(sign) for sign in numbered} == numbered
    assert set(TOP10) < set(ACTIVITIES)
    # Where the publisher of the edition in HDF5 says that each part starts.
    starts = [
        NAMES.index(f"{name}_x") // 3
        for name in ("face_0", "left_hand_wrist", "pose_nose", "right_hand_wrist")
    ]
    assert starts == [0, 468, 489, 522]
    assert len(NAMES) == 1629
    assert {len(group) for group in sensors(CHANNELS)} == {3}


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_does_not_matter(small: Path, seed: int) -> None:
    wanted = [r.signal for r in read(small)]
    for key, values in (("26734/1000035562", frames(1)), ("2044/635217", frames(2, 4))):
        write(small, key, rows(values).sample(fraction=1, shuffle=True, seed=seed))
    for recording, signal in zip(read(small), wanted, strict=True):
        assert np.array_equal(recording.signal, signal, equal_nan=True)


def test_rows_that_are_not_there_are_not_seen(small: Path) -> None:
    table = rows(frames(2, 4))
    kept = (polars.col("type") != "face") & (polars.col("frame") != 22)
    write(small, "2044/635217", table.filter(kept).with_columns(polars.lit(None, polars.Float64).alias("z")))
    first = next(iter(read(small)))
    wanted = frames(2, 4)
    wanted[2], wanted[:, :468], wanted[..., 2] = np.nan, np.nan, np.nan
    assert np.array_equal(first.signal, wanted.reshape(4, -1), equal_nan=True)
    assert first.facts["missing_frames"] == "1"


def test_lines_without_file_and_files_without_line(small: Path) -> None:
    lost = [f"train_landmark_files/9/{n}.parquet,9,{n},TV" for n in range(5)]
    (small / "asl-signs" / "train.csv").write_text("\n".join([*LINES[:2], *lost, ""]))
    unlisted, listed = read(small)
    assert set(unlisted.label.tolist()) == {-1}
    assert unlisted.facts["sign"] == "not in train.csv"
    named = ", ".join(f"line {n} (its file is missing)" for n in (3, 4, 5))
    assert unlisted.facts["broken_lines"] == f"5 in train.csv: {named} and 2 more"
    assert set(listed.facts) == {"rate"}


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda t: t.drop("type"), r"is no whole Parquet file with frame, type"),
        (lambda t: t.with_columns(x=polars.lit("left")), "is no whole Parquet file"),
        (lambda t: t.clear(), "wanted rows with a frame, a type and a landmark_index"),
        (lambda t: t.with_columns(frame=polars.lit(None, polars.Int16)), "some are missing"),
        (lambda t: t.with_columns(type=polars.lit("tail")), "row 1: there is no point 0 of type 'tail'"),
        (lambda t: t.with_columns(type=polars.lit("pose")), "row 34: there is no point 33 of type 'pose'"),
        (lambda t: t.with_columns(landmark_index=polars.lit(-1)), "no point -1 of type 'face'"),
        (lambda t: polars.concat([t, t.head(1)]), "holds a point of a frame twice"),
        (
            lambda t: t.with_columns(frame=polars.col("frame").cast(polars.Int64) * 10**12),
            "are more than 10,000",
        ),
        (lambda t: t.with_columns(y=polars.lit(float("inf"))), "holds infinite numbers"),
    ],
)
def test_a_sequence_that_is_not_as_published(small: Path, damage: Damage, sentence: str) -> None:
    write(small, "2044/635217", damage(rows(frames(2, 4))))
    with pytest.raises(KodoError, match=r"635217\.parquet.*" + sentence):
        list(read(small))


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "line 1: wanted path,participant_id,sequence_id,sign, got 'nothing'"),
        (["path,sign"], "line 1: wanted path,participant_id"),
        ([*LINES[:2], "a,b"], r"line 3: wanted a path that ends with /b/\.parquet, got 'a'"),
        ([LINES[0], LINES[1].replace(",26734", ",2044")], r"line 2: wanted a path that ends with /2044/1000"),
        (
            [LINES[0], LINES[1].replace("blow", "bloww")],
            "line 2: there is no sign 'bloww'. Did you mean 'blow'",
        ),
        ([*LINES, LINES[1]], "line 4: 26734/1000035562 is in line 2 before"),
        ([LINES[0], LINES[1] + "x" * 200_000], "line 2: field larger than field limit"),
    ],
)
def test_a_table_that_is_not_as_published(small: Path, lines: list[str], sentence: str) -> None:
    (small / "asl-signs" / "train.csv").write_text("\n".join(lines))
    with pytest.raises(KodoError, match=r"train\.csv, " + sentence):
        list(read(small))


def test_no_table_and_copies(small: Path) -> None:
    table = small / "asl-signs" / "train.csv"
    table.rename(table.with_name("other.csv"))
    with pytest.raises(KodoError, match=r"Could not read .*train\.csv"):
        list(read(small))
    write(small / "copy", "2044/635217", rows(frames(2)))
    with pytest.raises(KodoError, match="is there twice"):
        list(read(small))
    (small / "copy" / "asl-signs/train_landmark_files/2044/635217.parquet").rename(
        small / "copy" / "asl-signs/train_landmark_files/2044/1.parquet"
    )
    with pytest.raises(KodoError, match="gislr is there twice"):
        list(read(small))


def test_only_one_sequence_is_held_at_a_time(small: Path) -> None:
    taken = read(small)
    next(taken)
    (small / "asl-signs/train_landmark_files/26734/1000035562.parquet").write_bytes(b"")
    with pytest.raises(KodoError, match="1000035562"):  # it had not been read yet
        next(taken)


@pytest.mark.parametrize("count", [300, pytest.param(2_000, marks=pytest.mark.slow)])
def test_damaged_parquet_is_told_or_read(small: Path, capfd: pytest.CaptureFixture[str], count: int) -> None:
    path = small / "asl-signs/train_landmark_files/2044/635217.parquet"
    whole, random = path.read_bytes(), np.random.default_rng(0)
    for _ in range(count):
        raw = bytearray(whole[: random.integers(len(whole))] if random.random() < 0.2 else whole)
        for place in random.integers(max(0, len(raw) - 2_500), max(len(raw), 1), 2 if raw else 0):
            raw[place] = random.integers(256)
        path.write_bytes(bytes(raw))
        try:
            first = next(iter(read(small)))
        except KodoError as error:
            assert "635217.parquet" in str(error)  # noqa: PT017
        else:
            assert first.signal.shape == (len(first.label), 1629)
    capfd.readouterr()  # what polars writes when it panics


def test_hdf5_has_the_names_and_channels_of_parquet(small: Path, small_hdf5: Path) -> None:
    first, second = read_top10(small_hdf5)
    parquet = next(iter(read(small)))
    assert (first.name, first.subject, second.name) == ("2044/635217", "2044", "26734/7")
    assert first.channels == parquet.channels
    assert np.array_equal(first.signal, parquet.signal, equal_nan=True)
    assert [TOP10[r.label[0]] for r in (first, second)] == ["cow", "shhh"]
    assert [ACTIVITIES[r.label[0]] for r in read_hdf5(small_hdf5)] == ["cow", "shhh"]
    assert {card.population for card in (GISLR, GISLR_HDF5, GISLR_TOP10)} == {"gislr"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"cow": 9, "tail": 2}', "gislr_top10 has no sign 'tail'"),
        ('{"cow": 9}', r"26734\.hdf5, 7: .* beside it names no sign 2"),
        ('{"cow": 1, "shhh": 1}', "wanted a sign and its own number in each entry"),
        ('{"cow": "9"}', "wanted a sign and its own number"),
        ("[]", "wanted a sign and its own number"),
        ("{", "is not JSON"),
        ("\xff", "is not JSON"),
    ],
)
def test_a_map_that_says_no_sign(small_hdf5: Path, text: str, sentence: str) -> None:
    (small_hdf5 / "sign_to_prediction_index_map.json").write_text(text, encoding="latin-1")
    with pytest.raises(KodoError, match=sentence):
        list(read_top10(small_hdf5))


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "feature",
            np.zeros((3, 4, 542), np.float32),
            r"wanted feature as 3 x frames x 543 numbers, got \(3, 4, 542",
        ),
        ("feature", np.zeros((4, 543, 3), np.float32), "wanted feature as 3 x frames x 543"),
        ("feature", np.zeros((3, 0, 543), np.float32), "wanted feature as 3 x frames x 543"),
        ("feature", np.zeros((3, 4, 543), np.int32), "wanted feature as 3 x frames x 543"),
        ("feature", np.full((3, 1, 543), np.inf, np.float32), "holds infinite numbers"),
        ("feature", None, "wanted a group with feature and token"),
        ("token", np.array([0.5]), "wanted token as one whole number"),
        ("token", np.array([1, 2]), "wanted token as one whole number"),
        ("token", None, "wanted a group with feature and token"),
    ],
)
def test_a_group_that_is_no_sequence(
    small_hdf5: Path, name: str, value: np.ndarray | None, sentence: str
) -> None:
    with h5py.File(small_hdf5 / "2044.hdf5", "a") as file:
        del file["635217"][name]
        if value is not None:
            file["635217"][name] = value
    with pytest.raises(KodoError, match=r"2044\.hdf5, 635217.*" + sentence):
        list(read_top10(small_hdf5))


def test_a_number_beside_the_groups_and_a_copy(small_hdf5: Path) -> None:
    with h5py.File(small_hdf5 / "2044.hdf5", "a") as file:
        file["0"] = np.zeros(3)
    with pytest.raises(KodoError, match=r"2044\.hdf5, 0: wanted a group with feature and token"):
        list(read_hdf5(small_hdf5))
    (small_hdf5 / "copy").mkdir()
    (small_hdf5 / "copy" / "2044.hdf5").write_bytes(b"")
    with pytest.raises(KodoError, match=r"2044\.hdf5 is there twice"):
        list(read_hdf5(small_hdf5))


@pytest.mark.parametrize("count", [300, pytest.param(2_000, marks=pytest.mark.slow)])
def test_damaged_hdf5_is_told_or_read(small_hdf5: Path, count: int) -> None:
    path = small_hdf5 / "2044.hdf5"
    whole, random = path.read_bytes(), np.random.default_rng(0)
    for _ in range(count):
        raw = bytearray(whole[: random.integers(len(whole))] if random.random() < 0.2 else whole)
        for place in random.integers(0, min(max(len(raw), 1), 2_600), 3 if raw else 0):
            raw[place] = random.integers(256)
        path.write_bytes(bytes(raw))
        try:
            first = next(iter(read_hdf5(small_hdf5)))
        except KodoError as error:
            assert "2044.hdf5" in str(error)  # noqa: PT017
        else:
            assert first.signal.shape == (len(first.label), 1629)


def test_hdf5_without_its_package(small_hdf5: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(KodoError, match=r"pip install 'kodo\[landmarks\]'"):
        list(read_hdf5(small_hdf5))


def test_they_load_by_name(
    small: Path, small_hdf5: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KODO_DATA", str(small))
    for name in ("gislr", "gislr_hdf5", "gislr_top10"):
        recordings = load(name)
        assert [len(r.signal) for r in recordings] == [4, 3]
        assert recordings.card.name == name
