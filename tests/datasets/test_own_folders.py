"""Folders as people have them: proposed, at most three lines edited, and read with the right numbers."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kodo.datasets.own.describe import propose
from kodo.datasets.recording import Recordings
from kodo.datasets.store import load

MOST_EDITS = 3


@pytest.fixture
def home(tmp_path: Path, own_cache: Path) -> Path:
    folder = tmp_path / "unknown"
    folder.mkdir()
    return folder


def motion(rows: int, seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(row, 6) accelerations in g about gravity, and rotation rates in rad/s, with three decimals."""
    random = np.random.default_rng(seed)
    gravity = np.array([0.1, -0.2, 0.97])
    return np.round(
        np.hstack([gravity + random.normal(0, 0.1, (rows, 3)), random.normal(0, 1, (rows, 3))]), 3
    )


def write(
    file: Path, rows: Sequence[Sequence[object]], separator: str = ",", head: str = "", end: str = "\n"
) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [*([head] if head else []), *(separator.join(map(str, row)) for row in rows)]
    file.write_text(end.join(lines) + end, encoding="utf-8", newline="")


def read(home: Path, edits: dict[str, str] | None = None) -> Recordings:
    """What is read with the proposal after so many edits, each of which is one line."""
    text, guesses = propose(home)
    assert guesses
    tomllib.loads(text)
    lines = text.splitlines()
    for before, after in (edits or {}).items():
        hit = [number for number, line in enumerate(lines) if before in line]
        assert len(hit) == 1, f"{before!r} is in {len(hit)} lines of:\n{text}"
        lines[hit[0]] = lines[hit[0]].replace(before, after)
    edited = sum(a != b for a, b in zip(lines, text.splitlines(), strict=True))
    assert edited <= MOST_EDITS
    (home / "dataset.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load(str(home))


def people(recordings: Recordings) -> set[str]:
    return {r.subject for r in recordings}


def done(recordings: Recordings) -> dict[str, set[str]]:
    """The activities of each recording; "" = unlabelled."""
    names = [*recordings.card.activities, ""]
    return {r.name: {names[code] for code in np.unique(r.label)} for r in recordings}


def units(recordings: Recordings) -> list[tuple[str, str]]:
    return list(dict.fromkeys((c.quantity, c.unit) for c in recordings[0].channels))


def test_a_phone_logger_with_a_file_for_each_recording(home: Path) -> None:
    """200 files, milliseconds since 1970, m/s², an unnamed index, what and who in the name."""
    wanted = {}
    for person in range(1, 11):
        for activity in ("walking", "walking_upstairs", "sitting", "standing"):
            for trial in range(1, 6):
                values = motion(20, person * 100 + trial)
                values[:, :3] = np.round(values[:, :3] * 9.81, 3)
                name = f"sub_{person}_{activity}_{trial}"
                stamps = 1_600_000_000_000 + 20 * np.arange(20)
                rows = [(i, stamps[i], *row) for i, row in enumerate(values.tolist())]
                write(home / f"{name}.csv", rows, head=",timestamp,accX,accY,accZ,gyroX,gyroY,gyroZ")
                wanted[name] = (values, activity)
    recordings = read(home)
    assert len(recordings) == 200
    assert people(recordings) == {str(person) for person in range(1, 11)}
    assert units(recordings) == [("acceleration", "m/s²"), ("rotation_rate", "rad/s")]
    assert {r.rate for r in recordings} == {50.0}
    assert {r.session for r in recordings} == {"1", "2", "3", "4", "5"}
    for recording in recordings:
        values, activity = wanted[recording.name]
        assert np.array_equal(recording.signal, values.astype(np.float32))
        assert done(recordings)[recording.name] == {activity}


def test_names_with_letters_that_globs_use(home: Path) -> None:
    """Brackets and ampersands in names, and a file between them that has other columns."""
    for person in ("p1", "p2"):
        for activity in ("sit & rest", "walk"):
            rows = motion(20, 1).tolist()
            write(home / "set [1]" / f"{activity} {person}.csv", rows, head="ax,ay,az,gx,gy,gz")
    write(home / "set [1]" / "walk p3.csv", [(1, 2)], head="a,b")
    edits = {"{session}": "{label}", "activities = []": 'activities = ["walk", "sit & rest"]'}
    recordings = read(home, edits)
    assert people(recordings) == {"p1", "p2"}
    assert set(recordings.card.activities) == {"sit & rest", "walk"}
    assert len(recordings) == 4


def test_a_wrist_without_a_header(home: Path) -> None:
    """Blanks between columns, no header, no times, whole numbers from 0 to 63, who and what in codes."""
    random = np.random.default_rng(0)
    wanted = {}
    for person in ("f1", "m1", "m2"):
        for activity in ("brush_teeth", "climb_stairs", "drink"):
            counts = random.integers(0, 64, (40, 3))
            write(
                home / activity / f"Accelerometer-2011-03-2{len(wanted)}-{person}.txt",
                counts.tolist(),
                " ",
                end="\r\n",
            )
            wanted[person, activity] = -1.5 + 3 * counts / 63
    recordings = read(
        home,
        {"rate = 50": "rate = 32", "scale = 1 ": "scale = 0.047619047619", "offset = 0 ": "offset = -1.5"},
    )
    assert {r.rate for r in recordings} == {32.0}
    assert len(recordings) == len(wanted)
    for recording in recordings:
        (activity,) = done(recordings)[recording.name]
        assert np.allclose(recording.signal, wanted[recording.subject, activity], atol=1e-5)
    assert units(recordings) == [("acceleration", "g")]


def test_semicolons_and_decimal_commas(home: Path) -> None:
    """A Western Windows export: units in the header, a preface, decimals behind a comma."""
    wanted = {}
    for person in ("anna", "ben", "carl"):
        for activity in ("gehen", "sitzen"):
            values = motion(30, len(wanted))
            rows = [[f"{i / 100:.2f}", *map(str, row)] for i, row in enumerate(values.tolist())]
            text = [
                "Gerät: Größe 3",
                "",
                "Zeit (s);Acc_X (g);Acc_Y (g);Acc_Z (g);Gyr_X (rad/s);Gyr_Y (rad/s);Gyr_Z (rad/s)",
            ]
            text += [";".join(row).replace(".", ",") for row in rows]
            (home / f"{person}_{activity}.csv").write_bytes(("\r\n".join(text) + "\r\n").encode("cp1252"))
            wanted[person, activity] = values
    recordings = read(home)
    assert people(recordings) == {"anna", "ben", "carl"}
    assert {r.rate for r in recordings} == {100.0}
    for recording in recordings:
        (activity,) = done(recordings)[recording.name]
        assert np.array_equal(recording.signal, wanted[recording.subject, activity].astype(np.float32))


def test_sensors_that_take_turns(home: Path) -> None:
    """ACC and GYR line by line, each with stamps of its own, labels in a column."""
    times = np.arange(0, 4, 0.02)
    for person in ("P01", "P02", "P03"):
        rows = []
        for t in times:
            what = "walk" if t < 2 else "sit"
            rows.append((f"{t * 1000:.0f}", "ACC", f"{t:.3f}", f"{-t:.3f}", 9.81, what))
            rows.append((f"{t * 1000 + 7:.0f}", "GYR", 1, 2, f"{t + 0.007:.3f}", what))
        write(home / person / "log.csv", rows, head="ms,sensor,x,y,z,activity")
    recordings = read(home)
    assert people(recordings) == {"P01", "P02", "P03"}
    assert [c.name for c in recordings[0].channels] == ["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]
    assert units(recordings)[0] == ("acceleration", "m/s²")
    signal = recordings[0].signal
    assert recordings[0].rate == 50.0
    assert np.allclose(signal[: len(times), 0], times, atol=1e-4)
    # The gyroscope begins 7 ms later: nothing is known before, and in between its line is straight.
    assert np.isnan(signal[0, 3:]).all()
    assert np.allclose(signal[1 : len(times), 5], times[1:], atol=1e-4)
    assert done(recordings)[recordings[0].name] == {"walk", "sit"}
    assert "interpolation" in recordings[0].facts["stamps"]


def test_stamps_of_iso_8601(home: Path) -> None:
    """Dates with a zone, tabs, uneven steps."""
    random = np.random.default_rng(3)
    for person in ("p1", "p2"):
        for activity in ("run", "sit"):
            offset = np.sort(np.arange(100) * 0.04 + random.uniform(-0.015, 0.015, 100))
            start = np.datetime64("2024-05-01T10:00:00.000000")
            rows = [
                (
                    f"{start + np.timedelta64(round(o * 1e6), 'us')}+02:00",
                    *[f"{v:.5f}" for v in (o, 0.1, 0.98)],
                )
                for o in offset
            ]
            write(home / person / f"{activity}.tsv", rows, "\t", head="date\tacc_x\tacc_y\tacc_z")
    recordings = read(home)
    assert {r.rate for r in recordings} == {25.0}
    for recording in recordings:
        # acc_x holds the time itself, so on an even grid it is a straight line.
        step = np.diff(recording.signal[:, 0].astype(np.float64))
        assert np.allclose(step, 0.04, atol=3e-5)
        assert "interpolation" in recording.facts["stamps"]


def test_whole_seconds_at_fifty_hertz(home: Path) -> None:
    """A clock of whole seconds: the samples of each are spread, none is averaged away."""
    for person in ("user1", "user2"):
        rows = [
            (f"10:00:{i // 50:02d}", f"{i / 1000:.3f}", 0.1, 0.99, "stand" if i < 300 else "walk")
            for i in range(17, 600)
        ]
        write(home / f"{person}.csv", rows, head="time,ax,ay,az,label")
    recordings = read(home)
    assert {r.rate for r in recordings} == {50.0}
    assert [len(r.signal) for r in recordings] == [583, 583]
    assert np.allclose(recordings[0].signal[:, 0], np.arange(17, 600) / 1000)
    assert recordings[0].facts["stamps"] == "samples of one stamp spread evenly"
    assert recordings[0].facts["rate_found"] == "50"
    assert int((recordings[0].label == recordings.card.activities.index("walk")).sum()) == 300


def test_a_folder_for_each_activity_with_codes(home: Path) -> None:
    """a01/p1/s01.txt: no header, nine columns, codes that the user names in one line."""
    wanted = {}
    for activity in ("a01", "a02", "a03"):
        for person in ("p1", "p2"):
            for part in ("s01", "s02"):
                values = np.hstack([motion(25, len(wanted)), motion(25, 99)[:, 3:]])
                values[:, :3] = np.round(values[:, :3] * 9.81, 3)
                write(home / activity / person / f"{part}.txt", values.tolist())
                wanted[activity, person, part] = values
    recordings = read(
        home,
        {
            "rate = 50": "rate = 25",
            'labels = { "a01" = "a01", "a02" = "a02"': 'labels = { "a01" = "sitting", "a02" = "standing"',
        },
    )
    assert recordings.card.activities == ("sitting", "standing", "a03")
    assert len(recordings) == 12
    for recording in recordings:
        activity, person, part = recording.name.split("/")
        assert (recording.subject, recording.session, recording.rate) == (person, part, 25.0)
        assert np.array_equal(recording.signal, wanted[activity, person, part].astype(np.float32))
        assert done(recordings)[recording.name] == {
            {"a01": "sitting", "a02": "standing"}.get(activity, activity)
        }


def test_one_file_of_everybody_with_a_semicolon_at_the_end(home: Path) -> None:
    """user,activity,nanoseconds,x,y,z; without a header."""
    values = motion(400, 5)[:, :3] * 9.81
    rows = [
        (1 + i // 200, "Walking" if i % 200 < 120 else "Jogging", 49105962326000 + (i % 200) * 50_000_000,
         *np.round(v, 4).tolist())
        for i, v in enumerate(values)
    ]  # fmt: skip
    write(home / "raw.txt", rows, end=";\n")
    recordings = read(home)
    assert people(recordings) == {"1", "2"}
    assert recordings.card.activities == ("Jogging", "Walking")
    assert {r.rate for r in recordings} == {20.0}
    assert np.array_equal(np.vstack([r.signal for r in recordings]), np.round(values, 4).astype(np.float32))
    assert int((recordings[0].label == 1).sum()) == 120


def test_raw_counts_and_codes_in_a_column(home: Path) -> None:
    """int16 counts of a sensor set to 2 g, comments above the header, label codes, an index left out."""
    for person in (1, 2, 3):
        values = motion(120, person)
        counts = np.round(values * np.array([16384] * 3 + [131 * 57.3] * 3)).astype(int)
        rows = [(n, n * 10, *c, 1 + n // 60) for n, c in enumerate(counts.tolist())]
        write(home / f"subject{person}.csv", rows, head="# device 7\n# range 2 g, 250 deg/s\n"
              "n,millis,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z,activity_id")  # fmt: skip
    recordings = read(
        home,
        {'"1" = "1", "2" = "2"': '"1" = "rest", "2" = "move"', "scale = 1 ": f"scale = {1 / 131}"},
    )
    assert recordings.card.activities == ("rest", "move")
    assert {r.rate for r in recordings} == {100.0}
    assert people(recordings) == {"subject1", "subject2", "subject3"}
    assert len(recordings[0].channels) == 6
    assert np.allclose(recordings[0].signal[:, :3], motion(120, 1)[:, :3], atol=1e-4)
    assert np.allclose(recordings[0].signal[:, 3:], motion(120, 1)[:, 3:] * 57.3, atol=1e-2)
    assert recordings[0].label.tolist() == [0] * 60 + [1] * 60


def test_a_file_for_each_sensor(home: Path) -> None:
    """A folder per recording with Accelerometer.csv and Gyroscope.csv, nanoseconds, two clocks."""
    for person in ("sub1", "sub2"):
        for activity in ("walking", "running"):
            where = home / person / f"{activity}-2024-05-0{1 if activity == 'walking' else 2}_10-00-00"
            values = motion(60, 1)
            stamps = 1_700_000_000_000_000_000 + (np.arange(60) * 1e7).astype(np.int64)
            head = "time,seconds_elapsed,z,y,x"
            write(where / "Accelerometer.csv", [(t, n / 100, *v[2::-1]) for n, (t, v) in
                  enumerate(zip(stamps, values.tolist(), strict=True))], head=head)  # fmt: skip
            write(where / "Gyroscope.csv", [(t + 2_000_000, n / 100, *v[:2:-1]) for n, (t, v) in
                  enumerate(zip(stamps, values.tolist(), strict=True))], head=head)  # fmt: skip
    recordings = read(home)
    assert len(recordings) == 4
    assert people(recordings) == {"sub1", "sub2"}
    assert set(recordings.card.activities) == {"walking", "running"}
    assert {r.rate for r in recordings} == {100.0}
    where = {c.name: n for n, c in enumerate(recordings[0].channels)}
    assert np.allclose(recordings[0].signal[:60, where["accelerometer_x"]], motion(60, 1)[:, 0], atol=1e-5)


def test_parquet_with_dates(home: Path) -> None:
    values = motion(50, 2)
    for person in ("p1", "p2"):
        frame = pl.DataFrame({f"wrist_acc_{a}": values[:, n] for n, a in enumerate("xyz")})
        first, last = pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 1, 0, 0, 0, 980_000)
        frame = frame.with_columns(
            date=pl.datetime_range(first, last, "20ms", eager=True),
            move=pl.Series(["curl"] * 25 + ["press"] * 25),
        )
        frame.write_parquet(home / f"{person}.parquet")
    recordings = read(home)
    assert {r.rate for r in recordings} == {50.0}
    assert recordings[0].channels[0].place == "wrist"
    assert np.array_equal(recordings[0].signal, values[:, :3].astype(np.float32))
    assert recordings.card.activities == ("curl", "press")


@pytest.mark.slow
def test_from_an_unknown_folder_to_a_plan(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`kodo inspect --write`, then `kodo run --dry-run`, through the command line."""
    from kodo.cli.main import main

    for person in range(1, 7):
        for activity in ("walk", "sit"):
            rows = [(n * 20, *row) for n, row in enumerate(motion(400, person).tolist())]
            write(home / f"p{person}_{activity}.csv", rows, ";", "ms;ax;ay;az;gx;gy;gz")
    with pytest.raises(SystemExit, match="0"):
        main(["inspect", str(home), "--write"])
    assert "Guessed:" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="0"):
        main(["run", "--dataset", str(home), "--model", "features", "--dry-run"])
    assert "6 people" in capsys.readouterr().out
