"""An inspection from every side: what is odd is said, what is too short is named, all fits into JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from kodo.datasets.recording import Recordings, gather
from kodo.datasets.synthetic import people
from kodo.errors import KodoError
from kodo.experiments.inspection import inspect


@pytest.fixture(scope="module")
def gestures() -> Recordings:
    return people(people=3, activities=3, seconds=4.0, unequal=True)


def said(found: dict, about: str) -> list[str]:  # type: ignore[type-arg]
    return [warning["says"] for warning in found["warnings"] if warning["about"] == about]


def test_good_recordings_give_no_warning() -> None:
    found = inspect(people(people=3, activities=3, seconds=12.0))
    assert found["warnings"] == []
    assert found["short"]["too_short"] == []
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_short_stretches_are_counted_named_and_offered_a_way(gestures: Recordings) -> None:
    found = inspect(gestures, 2.0)
    lost = {r.name for r in gestures if len(r.signal) < 100}
    assert 0 < len(lost) < len(gestures)
    assert {entry["recording"] for entry in found["short"]["too_short"]} == lost
    assert set(found["short"]["lost"]) == lost
    assert found["short"]["stretches"] == len(gestures)
    (sentence,) = said(found, "short")
    assert sentence.startswith(f"{len(lost)} of {len(gestures)} stretches")
    assert sentence.endswith("kodo run … --short pad")


def test_whole_stretches_are_never_too_short(gestures: Recordings) -> None:
    assert inspect(gestures)["short"]["seconds"] is None
    assert said(inspect(gestures), "short") == []


def test_a_window_longer_than_everything_loses_everything(gestures: Recordings) -> None:
    found = inspect(gestures, 60.0)
    assert len(found["short"]["lost"]) == len(gestures)


def test_a_window_without_length_is_refused(gestures: Recordings) -> None:
    with pytest.raises(KodoError, match="more than 0 seconds"):
        inspect(gestures, -1.0)


def test_a_place_that_follows_from_the_activity_is_said(gestures: Recordings) -> None:
    thigh = tuple(replace(channel, place="thigh") for channel in gestures[0].channels)
    items = [replace(r, channels=thigh) if r.label[0] == 2 else r for r in gestures]
    (sentence,) = said(inspect(gather(gestures.card, items, "x")), "check")
    assert sentence == "The place is a function of the activity: thigh for wave; wrist for rest, walk."


def test_a_device_that_follows_from_the_activity_is_said(gestures: Recordings) -> None:
    def by(device: str) -> Recordings:
        own = tuple(replace(channel, device=device) for channel in gestures[0].channels)
        items = [replace(r, channels=own) if r.label[0] == 0 else r for r in gestures]
        return gather(gestures.card, items, "x")

    # A device that nobody names cannot be told from another.
    assert said(inspect(by("")), "check") == []
    items = by("new").items
    old = tuple(replace(channel, device="old") for channel in gestures[0].channels)
    named = [replace(r, channels=old) if r.label[0] else r for r in items]
    (sentence,) = said(inspect(gather(gestures.card, named, "x")), "check")
    assert sentence == "The device is a function of the activity: new for rest; old for walk, wave."


def test_what_time_stamps_say_gives_no_activity_away(gestures: Recordings) -> None:
    # A gap before each of two recordings: their lengths differ, as do the activities.
    items = list(gestures)
    items[0] = replace(items[0], facts={"gap_before": "1"})
    items[-1] = replace(items[-1], facts={"gap_before": "2"})
    found = inspect(gather(gestures.card, items, "x"))
    assert said(found, "check") == []
    assert len(said(found, "clock")) == 1


def test_recordings_of_two_rates_are_inspected_too(gestures: Recordings) -> None:
    items = [replace(r, rate=100.0) if r.subject == "1" else r for r in gestures]
    found = inspect(gather(gestures.card, items, "x"), 2.0)
    assert found["rates"] == [50.0, 100.0]
    assert any("some recordings have 100 Hz" in sentence for sentence in said(found, "card"))


def test_copies_and_units_come_first(gestures: Recordings) -> None:
    items = [replace(r, signal=r.signal * np.float32(9.80665)) for r in gestures]
    items[1] = replace(items[1], signal=items[0].signal, label=items[0].label)
    about = [warning["about"] for warning in inspect(gather(gestures.card, items, "x"))["warnings"]]
    assert about[:2] == ["unit", "copy"]
