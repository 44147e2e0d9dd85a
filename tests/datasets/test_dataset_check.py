"""Recordings held against their card: everything is said, only the useless is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kodo.datasets.check import counts, differences, findings, usable
from kodo.datasets.inspection.facts import facts, seconds
from kodo.datasets.recording import Recording, Recordings, gather
from kodo.datasets.synthetic import people
from kodo.errors import KodoError


@pytest.fixture(scope="module")
def made() -> Recordings:
    return people(people=3, activities=3, seconds=2.0)


def changed(made: Recordings, change) -> Recordings:  # type: ignore[no-untyped-def]
    items = [replace(r, signal=r.signal.copy(), label=r.label.copy()) for r in made]
    return gather(made.card, [change(number, item) for number, item in enumerate(items)], "x")


def test_good_recordings_have_nothing_to_say(made: Recordings) -> None:
    usable(made)
    assert findings(made) == ()


def test_counts(made: Recordings) -> None:
    number = counts(made)
    rows = sum(len(r.signal) for r in made)
    assert number == {"recordings": 6, "people": 3, "rows": rows, "labelled": 6 * 3 * 100, "segments": 18}


def test_neighbouring_recordings_are_two_segments() -> None:
    gestures = people(people=2, activities=1, seconds=1.0, unequal=True)
    assert counts(gestures)["segments"] == len(gestures)


def test_all_differences_are_listed(made: Recordings) -> None:
    card = replace(
        made.card,
        counts={"people": 4, "rows": 10, "recordings": 6},
        rate=100.0,
        channels=made.card.channels[::-1],
        activities=(*made.card.activities, "fly"),
    )
    said = differences(replace(made, card=card))
    assert len(said) == 5
    assert "synthetic has 4 people when complete; here are 3." in said
    for part in ("10 rows", "says 100 Hz; some recordings have 50 Hz", "6 of 6 recordings", "labelled fly"):
        assert any(part in sentence for sentence in said)


def test_a_constant_channel_is_said(made: Recordings) -> None:
    def flat(number: int, item: Recording) -> Recording:
        item.signal[:, 1] = 0.5
        return item

    (said,) = findings(changed(made, flat))
    assert said == "Channel wrist_acceleration_y is 0.5 in every sample: it says nothing."


def test_a_channel_that_single_recordings_lack_is_said(made: Recordings) -> None:
    def lost(number: int, item: Recording) -> Recording:
        item.signal[: 5 if number == 1 else None, 2] = np.nan if number in (0, 1) else item.signal[:, 2]
        return item

    spoiled = changed(made, lost)
    usable(spoiled)
    (said,) = findings(spoiled)
    assert said == f"Channel wrist_acceleration_z is missing in 1 of 6 recordings, such as {made[0].name}."
    assert 0 < facts(spoiled)["missing"] < 1 / 6


def test_a_channel_never_measured_is_refused(made: Recordings) -> None:
    def lost(number: int, item: Recording) -> Recording:
        item.signal[:, 2] = np.nan
        return item

    with pytest.raises(KodoError, match="Channel wrist_acceleration_z of synthetic was never measured"):
        usable(changed(made, lost))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda n, r: replace(r, name="same"), "two recordings named 'same'"),
        (lambda n, r: replace(r, label=np.full_like(r.label, -1)), "Nothing in synthetic is labelled"),
        (lambda n, r: replace(r, label=np.full_like(r.label, 3)), "holds the label 3; wanted from -1 to 2"),
        (lambda n, r: replace(r, label=r.label - np.int16(1)), "holds the label -2"),
        (lambda n, r: replace(r, rate=0.0), "has a rate of 0 Hz"),
        (lambda n, r: replace(r, rate=float("nan")), "has a rate of nan Hz"),
    ],
)
def test_useless_recordings_are_refused(made: Recordings, change: object, sentence: str) -> None:
    with pytest.raises(KodoError, match=sentence):
        usable(changed(made, change))


def test_no_recording_at_all(made: Recordings) -> None:
    with pytest.raises(KodoError, match="hold no recording"):
        usable(replace(made, items=()))


def test_the_table_of_people_and_activities(made: Recordings) -> None:
    table = seconds(made)
    assert table.shape == (3, 3)
    assert np.allclose(table, 2 * 2.0)  # two sessions of two seconds
    told = facts(made)
    assert told["people"] == ["1", "2", "3"]
    assert told["table"] == table.tolist()
    assert told["counts"]["sessions"] == 6
    assert told["seconds"]["labelled"] == pytest.approx(36.0)
    assert told["name"] == "synthetic"


def test_facts_fit_into_json(made: Recordings) -> None:
    import json

    assert json.loads(json.dumps(facts(made), allow_nan=False)) == facts(made)
