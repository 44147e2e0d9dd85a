"""What an inspection finds in recordings that were spoiled on purpose, and not in those that were not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kodo.datasets.formats.lines import named_lines
from kodo.datasets.inspection.blocks import ROWS, blocks, stretches
from kodo.datasets.inspection.clock import clock, clock_findings, line_findings, odd_lines
from kodo.datasets.inspection.copies import copies, copy_findings, equal
from kodo.datasets.inspection.excerpts import excerpts
from kodo.datasets.inspection.plausible import plausible, unit_findings, unit_like
from kodo.datasets.inspection.values import value_findings, values
from kodo.datasets.recording import Recording, Recordings, gather, sensor
from kodo.datasets.store import load
from kodo.datasets.synthetic import people
from kodo.datasets.timing import timing


@pytest.fixture(scope="module")
def made() -> Recordings:
    return people(people=3, activities=3, seconds=6.0)


def changed(made: Recordings, change: Callable[[int, Recording], Recording]) -> Recordings:
    items = [replace(r, signal=r.signal.copy(), label=r.label.copy()) for r in made]
    return gather(made.card, [change(number, item) for number, item in enumerate(items)], "x")


def with_facts(made: Recordings, *facts: dict[str, str]) -> list[Recording]:
    return [replace(item, facts=told) for item, told in zip(made, facts, strict=False)]


def test_good_recordings_have_nothing_to_say(made: Recordings) -> None:
    assert unit_findings(plausible(made)) == []
    assert copy_findings(copies(made)) == []
    assert value_findings(values(made)) == []
    assert clock_findings(clock(made), len(made), made.card.rate) == []
    assert line_findings(odd_lines(made)) == []


def test_the_clock_of_a_whole_dataset(made: Recordings) -> None:
    even = timing(np.arange(100) / 50)
    fast = timing(np.arange(100) / 100, gap_before=12.5)
    twice = timing(np.sort(np.concatenate([np.arange(100) / 50, [0.5, 0.7]])))
    found = clock(with_facts(made, even, fast, twice))
    assert found["stamped"] == 3
    assert found["rate_found"] == {"median": 50.0, "lowest": 50.0, "highest": 100.0}
    assert found["off"] == [{"recording": made[1].name, "declared": 50.0, "found": 100.0}]
    assert found["gaps"] == 1
    assert found["longest_gap"] == {"seconds": 12.5, "recording": made[1].name}
    assert (found["repeated_stamps"], found["repeating"]) == (2, 1)
    rate, gap, repeated = clock_findings(found, 3, 50.0)
    assert "1 of 3 recordings" in rate
    assert f"{made[1].name} (100 instead of 50 Hz)" in rate
    assert "12.5 s, lies before " + made[1].name in gap
    assert repeated.startswith("2 samples in 1 recordings have the time stamp")


def test_jitter_and_a_long_step_are_said(made: Recordings) -> None:
    uneven = np.cumsum(np.tile([0.01, 0.02, 0.03], 40))
    found = clock(with_facts(made, timing(np.append(uneven, uneven[-1] + 0.4))))
    jitter, step = clock_findings(found, 1, 50.0)
    assert "differs from the usual one by 50%" in jitter
    assert "lasts 0.4 s, the time of 20 samples" in step


@pytest.mark.parametrize("said", ["", "soon", "nan", "inf"])
def test_a_fact_that_is_no_number_is_no_rate(made: Recordings, said: str) -> None:
    assert clock(with_facts(made, {"rate_found": said}))["stamped"] == 0


def test_broken_lines_are_counted_over_all_files(made: Recordings) -> None:
    several = named_lines({"a.txt": {3: "empty"}, "b.txt": dict.fromkeys(range(1, 1204), "empty")})
    told = [{"broken_lines": several}, {"broken_lines": "1 in d.txt: line 3 (empty)"}]
    odd = odd_lines(with_facts(made, *told, {"mended_lines": "1 in c.txt: line 9 (several records)"}))
    assert [entry["recording"] for entry in odd["broken_lines"]] == [made[0].name, made[1].name]
    broken, mended = line_findings(odd)
    assert broken.startswith("1,205 lines were broken and gave no sample: 1 in a.txt: line 3")
    assert mended == "1 line was mended: 1 in c.txt: line 9 (several records)."


def test_a_sensor_at_its_end_is_said(made: Recordings) -> None:
    def clipped(number: int, item: Recording) -> Recording:
        np.clip(item.signal[:, 0], None, 0.4, out=item.signal[:, 0])
        return item

    spoiled = changed(made, clipped)
    found = values(spoiled)
    rows = np.concatenate([item.signal[:, 0] for item in spoiled])
    assert found[0]["highest"] == pytest.approx(0.4)
    assert found[0]["at_highest"] == np.mean(rows == np.float32(0.4))
    (said,) = value_findings(found)
    assert "wrist_acceleration_x stays at its highest value, 0.4 g, for up to" in said
    assert "wrist_acceleration_y" not in said


def test_missing_values_are_counted_by_channel(made: Recordings) -> None:
    def lost(number: int, item: Recording) -> Recording:
        item.signal[: len(item.signal) // 2, 2] = np.nan
        return item

    found = values(changed(made, lost))
    assert found[2]["missing"] == pytest.approx(0.5, abs=0.01)
    (said,) = value_findings(found)
    assert said.startswith("1 of 6 channels have missing values: wrist_acceleration_z 50")


def test_channels_of_another_place_are_kept_apart(made: Recordings) -> None:
    other = tuple(replace(channel, place="thigh") for channel in made[0].channels)
    found = values([replace(item, channels=other) if i else item for i, item in enumerate(made)])
    assert [entry["place"] for entry in found] == ["wrist"] * 6 + ["thigh"] * 6


def scaled(made: Recordings, columns: slice, by: float, who: str = "") -> Recordings:
    def change(number: int, item: Recording) -> Recording:
        if not who or item.subject == who:
            item.signal[:, columns] *= by
        return item

    return changed(made, change)


def test_gravity_tells_the_unit_of_an_acceleration(made: Recordings) -> None:
    (entry, _) = plausible(made)
    assert entry["measured"] == pytest.approx(1.0, abs=0.1)
    assert entry["looks_like"] == "g"
    (said,) = unit_findings(plausible(scaled(made, slice(0, 3), 9.80665)))
    assert said.endswith("g long at rest, and gravity is 1 g: it looks like m/s².")
    (said,) = unit_findings(plausible(scaled(made, slice(0, 3), 1000)))
    assert said.endswith("it looks like mg.")


def test_one_person_in_another_unit_is_named(made: Recordings) -> None:
    (said,) = unit_findings(plausible(scaled(made, slice(0, 3), 9.80665, who="2")))
    assert "of 1 of 3 people it looks like m/s² instead: 2 (9." in said


def test_gravity_that_was_removed_is_said_unless_the_card_says_it(made: Recordings) -> None:
    gone = scaled(made, slice(0, 3), 0.01)
    (said,) = unit_findings(plausible(gone))
    assert said.endswith("gravity was removed, or the unit is one that kodo does not know.")
    known = (*sensor("acceleration", "wrist without gravity", "g"), *made[0].channels[3:])
    assert unit_findings(plausible([replace(item, channels=known) for item in gone])) == []
    (said,) = unit_findings(plausible([replace(item, channels=known) for item in made]))
    assert said.endswith("gravity was not removed.")


def test_the_range_of_rotation_tells_its_unit(made: Recordings) -> None:
    (said,) = unit_findings(plausible(scaled(made, slice(3, 6), 180 / np.pi)))
    assert "rad/s in one sample of 1,000: it looks like deg/s." in said
    (said,) = unit_findings(plausible(scaled(made, slice(3, 6), 1e-4)))
    assert said.endswith("that fits no unit, or hardly anybody moved.")


@pytest.mark.parametrize(
    ("quantity", "unit", "value", "like"),
    [
        ("acceleration", "m/s²", 9.8, "m/s²"),
        ("acceleration", "m/s²", 1.0, "g"),
        ("acceleration", "g", 0.02, ""),
        ("rotation_rate", "deg/s", 300.0, "deg/s"),
        ("rotation_rate", "deg/s", 5.0, "rad/s"),
        ("rotation_rate", "rad/s", 300.0, "deg/s"),
    ],
)
def test_units_by_their_size(quantity: str, unit: str, value: float, like: str) -> None:
    assert unit_like(quantity, unit, value) == like


def test_one_recording_under_two_people_is_found(made: Recordings) -> None:
    def copied(number: int, item: Recording) -> Recording:
        return replace(item, signal=made[0].signal, label=made[0].label) if number == 4 else item

    found = copies(changed(made, copied))
    assert [[m["recording"] for m in group] for group in found["whole"]] == [[made[0].name, made[4].name]]
    assert found["stretches"] == []
    (same,) = equal(changed(made, copied))
    assert (same["recording"], same["other"], same["start"], same["other_start"]) == (
        made[0].name, made[4].name, 0.0, 0.0,
    )  # fmt: skip
    assert same["seconds"] == pytest.approx(len(made[0].signal) / made[0].rate)
    (said,) = copy_findings(found)
    assert said.startswith("2 recordings hold the same content under two people's codes: ")


@settings(max_examples=25)
@given(start=some.integers(0, 700), to=some.integers(0, 700), rows=some.integers(300, 400))
def test_a_copied_stretch_is_found_wherever_it_lies(start: int, to: int, rows: int) -> None:
    random = np.random.default_rng(start)
    signals = [random.normal(size=(1100, 6)).astype(np.float32) for _ in range(2)]
    signals[1][to : to + rows] = signals[0][start : start + rows]
    base = people(people=2, activities=1, seconds=2.0)
    items = [
        replace(base[i], name=str(i), signal=s, label=np.zeros(1100, np.int16)) for i, s in enumerate(signals)
    ]
    both = gather(base.card, items, "x")
    (found,) = copies(both)["stretches"]
    assert equal(both) == [found]
    assert (found["recording"], found["other"]) == ("0", "1")
    assert found["start"] * 50 - found["other_start"] * 50 == pytest.approx(start - to)
    assert start / 50 <= found["start"] + 1e-9
    assert 2 <= found["seconds"] <= rows / 50


def test_a_sensor_that_stands_still_is_no_copy_but_is_said(made: Recordings) -> None:
    def frozen(number: int, item: Recording) -> Recording:
        item.signal[100:300] = item.signal[100]
        return item

    found = copies(changed(made, frozen))
    assert found["stretches"] == []
    assert found["repeated_rows"] == pytest.approx(
        199 * len(made) / sum(len(r.signal) for r in made), rel=0.01
    )
    (said,) = copy_findings(found)
    assert "of all rows repeat the row before them" in said


def test_an_excerpt_shows_one_activity_as_measured(made: Recordings) -> None:
    pieces = excerpts(made, made.card.activities, 2.0)
    assert [piece.activity for piece in pieces] == list(made.card.activities)
    for code, piece in enumerate(pieces):
        recording = next(r for r in made if r.name == piece.recording)
        first = round(piece.start * piece.rate)
        assert piece.signal.shape == (6, 100)
        assert np.array_equal(piece.signal, recording.signal[first : first + 100].T)
        assert (recording.label[first : first + 100] == code).all()


def test_stretches_and_blocks_hold_everything(made: Recordings) -> None:
    for recording in made:
        again = np.concatenate([np.full(b - a, label) for a, b, label in stretches(recording)])
        assert np.array_equal(again, recording.label)
    long = np.arange(2 * ROWS + 3, dtype=np.float32)[:, None]
    parts = list(blocks(long, 7))
    assert np.array_equal(np.concatenate(parts), long)
    assert all(len(part) % 7 == 0 for part in parts[:-1])


@pytest.mark.slow
def test_two_people_of_dsads_share_two_recordings(kodo_data: Path) -> None:
    found = copies(load("dsads"))["stretches"]
    assert {(s["recording"][:6], s["other"][:6]) for s in found} == {
        ("a17_p4", "a17_p8"),
        ("a18_p4", "a18_p8"),
    }
    assert all(s["seconds"] > 149 for s in found)
