"""What could be recognised instead of the activity: found where it was put, not found where it was not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kodo.datasets.recording import Dataset, Recording, Recordings, gather, sensor
from kodo.evaluation.checks import Check
from kodo.experiments.evidence.audit.giveaways import copied, giveaways, ordered, recognised, told
from kodo.windows.cut import cut

RATE = 20.0
CHANNELS = (*sensor("acceleration", "wrist", "g"), *sensor("rotation_rate", "wrist", "rad/s"))
SHAPES = np.array([2.0, 4.0, 7.0])
"""Hz of the three activities."""


def made_up(
    people: int = 6, records: int = 2, order: Callable[[int, int], list[int]] = lambda p, r: [0, 1, 2],
    own: Callable[[int], float] = lambda person: 0.0, copy: bool = False, seconds: int = 12,
) -> Recordings:  # fmt: skip
    """People who do three activities in an order; `own` is added to the acceleration of a person."""
    card = Dataset(
        name="made_up", title="Made up", activities=("a", "b", "c"), channels=CHANNELS, rate=RATE, window=1.0,
        population="made_up", licence="none", commercial=None, citation="", address="", folders=(),
        pattern="*", read=lambda folder: iter(()),
    )  # fmt: skip
    random = np.random.default_rng(0)
    recordings = []
    samples = int(seconds * RATE)
    for person in range(people):
        for number in range(records):
            codes = order(person, number)
            label = np.repeat(np.array(codes, np.int16), samples)
            phase = 2 * np.pi * np.cumsum(SHAPES[label]) / RATE
            signal = np.sin(phase)[:, None] + random.normal(0, 0.5, (len(label), 6))
            signal[:, :3] += own(person)
            name = f"p{person}-{number}"
            recordings.append(
                Recording(
                    "made_up", name, f"p{person}", "1", RATE, CHANNELS, signal.astype(np.float32), label
                )
            )
    if copy:
        recordings[-1].signal[:samples] = recordings[0].signal[:samples]
    return gather(card, recordings, "checksum")


def test_copies_under_two_names_are_an_issue() -> None:
    assert copied(made_up()).outcome == "passed"
    found = copied(made_up(copy=True))
    assert found.outcome == "issue"
    assert "p0-0" in found.says
    assert "p5-1" in found.says


def test_an_order_that_everybody_keeps_is_an_issue() -> None:
    found = ordered(cut(made_up()))
    assert found.outcome == "issue"
    assert "with macro-F1 0.97 (always the same one: 0.17, 6 people)" in found.says


def test_an_order_of_each_persons_own_is_none() -> None:
    orders = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0], [1, 0, 2]]
    found = ordered(cut(made_up(order=lambda person, record: orders[person])))
    assert found.outcome == "passed"
    # What the others do most in the same place is never what this person does: worse than one answer.
    assert "with macro-F1 0.0" in found.says


def test_no_order_is_known_within_recordings_of_one_activity() -> None:
    found = ordered(cut(made_up(records=3, order=lambda person, record: [record])))
    assert (found.outcome, "one activity" in found.says) == ("not applicable", True)


def test_two_people_are_too_few_for_an_order() -> None:
    assert ordered(cut(made_up(people=2))).outcome == "skipped"


def test_a_sensor_that_tells_who_somebody_is_is_named() -> None:
    acceleration, rotation = recognised(cut(made_up(own=lambda person: 2.0 * person)))
    assert acceleration.outcome == "issue"
    assert acceleration.says == (
        "Wrist acceleration alone names the right person in 100 % of the windows of another recording "
        "(chance 17 %, 6 people)."
    )
    assert rotation.outcome == "passed"


def test_nobody_is_looked_for_in_their_only_recording() -> None:
    (found,) = recognised(cut(made_up(records=1)))
    assert found.outcome == "not applicable"


def test_whole_recordings_have_no_features() -> None:
    recordings = made_up(records=2, order=lambda person, record: [record])
    (found,) = recognised(cut(recordings, seconds=None))
    assert found.outcome == "skipped"


@pytest.mark.parametrize("outcome", ["issue", "passed"])
def test_a_place_of_the_activity_is_what_the_check_says(outcome: str) -> None:
    other = Check("KODO06", "", "passed", "Rate.")
    found = told([other, Check("KODO07", "", outcome, "The place.")])  # type: ignore[arg-type]
    assert (found.outcome, found.says) == (outcome, "The place.")


def test_everything_is_looked_for() -> None:
    recordings = made_up(people=3)
    found = giveaways(recordings, cut(recordings))
    assert [entry.about for entry in found] == ["copies", "order", "person", "person", "place"]
