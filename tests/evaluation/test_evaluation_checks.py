"""Checks: each finds what it looks for, and says so in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kodo.evaluation import checks as k
from kodo.evaluation.protocol import PROTOCOLS, Folding
from kodo.evaluation.score import Score
from kodo.evaluation.split import LeakySplit


@pytest.fixture(scope="module")
def windows(make_windows):
    return make_windows({str(i): [(0, 40), (1, 40), *([(2, 40)] if i > 1 else [])] for i in range(1, 6)})


@pytest.fixture(scope="module")
def honest(windows):
    return PROTOCOLS.get("loso").fold(windows, 0, Folding())


@pytest.fixture(scope="module")
def arena(windows):
    return PROTOCOLS.get("arena").fold(windows, 0, Folding())


def leaky(train, validation, test):
    return LeakySplit(
        "fold 1", *(np.asarray(side, np.int64) for side in (train, validation, test)), "made up"
    )


def test_codes_are_numbered_and_titled():
    assert list(k.CHECKS) == [f"KODO{i:02d}" for i in range(1, len(k.CHECKS) + 1)]
    assert k.skipped("KODO06", "the card names no rate.") == k.Check(
        "KODO06", k.CHECKS["KODO06"], "skipped", "The card names no rate."
    )


def test_an_honest_split_passes(windows, honest):
    found = [
        k.check_people(windows, honest),
        k.check_samples(windows, honest),
        k.check_scaler(windows, honest, honest.train),
        k.check_training(windows, honest),
    ]
    assert [check.outcome for check in found] == ["passed"] * 4
    assert [check.code for check in found] == ["KODO01", "KODO02", "KODO03", "KODO05"]


def test_a_person_on_two_sides_is_named(windows, arena):
    found = k.check_people(windows, arena)
    assert found.outcome == "issue"
    assert found.says == "Training and validation share 4 people: 2, 3, 4, 5."
    own = np.flatnonzero(windows.subject == 2)
    worse = k.check_people(windows, leaky(own[:3], own[3:5], own[5:]))
    assert worse.says == "Training and test share 1 person: 3."


def test_shared_samples_are_counted(windows, arena):
    assert k.check_samples(windows, arena).outcome == "issue"
    neighbours = leaky([0], [], [1])
    assert k.check_samples(windows, neighbours).says == "Training and test share 5 raw samples."


def stretch(windows, one: int, other: int, start: float, seconds: float) -> dict:
    """Seconds of one recording that are in another one too."""
    names, people = windows.recordings, [windows.subjects[code] for code in windows.owner]
    return {
        "recording": names[one], "person": people[one], "start": start, "activity": "walking",
        "other": names[other], "other_person": people[other], "other_start": start,
        "other_activity": "walking", "seconds": seconds,
    }  # fmt: skip


def test_the_same_samples_under_two_names_are_on_both_sides(windows):
    divisions = [PROTOCOLS.get("loso").fold(windows, fold, Folding()) for fold in range(5)]
    assert windows.recordings[windows.recording[divisions[0].test[0]]] == windows.recordings[0]
    same = stretch(windows, 0, 3, 0.0, 1.0)
    found = k.check_copies(windows, divisions, [same])
    assert (found.code, found.outcome) == ("KODO02", "issue")
    assert found.says == (
        "Training and test hold the same samples under two names in 2 of 5 folds: 1.0 s of "
        f"{same['recording']} (person 1, walking) are in {same['other']} too (person 4, walking)."
    )
    turned = k.check_copies(windows, divisions, [stretch(windows, 3, 0, 0.0, 1.0)])
    assert "in 2 of 5 folds" in turned.says
    assert "in 2 of 5 folds: " in k.check_copies(windows, divisions, [same, same]).says, "folds count once"
    chosen = k.check_copies(windows, divisions[:1], [stretch(windows, 1, 3, 0.0, 1.0)])
    assert chosen.says.startswith("Training and validation hold the same samples under two names in 1 of 1")


def test_what_is_equal_on_one_side_or_in_no_window_is_no_leak(windows):
    division = PROTOCOLS.get("loso").fold(windows, 0, Folding())
    sides = [stretch(windows, 2, 3, 0.0, 1.0), stretch(windows, 0, 0, 0.0, 1.0)]
    beyond = stretch(windows, 0, 3, 1e6, 1.0)
    for found in ([], sides, [beyond]):
        assert k.check_copies(windows, [division], found).outcome == "passed"


def test_a_scaler_that_saw_others_is_found(windows, honest, arena):
    everything = np.arange(len(windows))
    assert k.check_scaler(windows, honest, everything).says == "Constants were taken from test people too: 1."
    seen = np.concatenate([honest.train, honest.validation[:1]])
    assert k.check_scaler(windows, honest, seen).says == "Constants were taken from validation people too: 2."
    assert k.check_scaler(windows, honest, None).outcome == "not applicable"
    # a test person's other windows are that person too
    person = np.flatnonzero(windows.subject == 0)
    assert k.check_scaler(windows, leaky([], [], person[:2]), person[2:]).outcome == "issue"
    assert k.check_scaler(windows, arena, arena.train).outcome == "passed"


def test_absent_and_rare_activities_are_named():
    label = np.array([0] * 3 + [1] * 3 + [0] * 3 + [1] * 2 + [0] * 3 + [-1])
    subject = np.array([0] * 6 + [1] * 5 + [2] * 3 + [3])
    found = k.check_absent(label, subject, ("walk", "run", "nobody does"), ("a", "b", "c", "d"))
    assert found.outcome == "tip"
    assert (
        found.says == "1 of 3 people have no window of an activity (run); "
        "1 of 3 people have fewer than 3 windows of one (run)."
    )
    assert k.check_absent(label[:6], subject[:6], ("walk", "run"), ("a",)).outcome == "passed"


def test_an_activity_that_training_lacks_is_named(windows):
    own = np.flatnonzero(windows.subject == 0)
    found = k.check_training(windows, leaky(own, [], np.flatnonzero(windows.subject == 1)))
    assert (found.outcome, found.says) == ("issue", "Fold 1: training has no window of a2.")


def test_rates_and_units_are_those_of_the_card():
    units = {"x": "g", "y": "g"}
    assert k.check_card(50.0, units, [50.0, 50.0], [units, units]).outcome == "passed"
    found = k.check_card(50.0, units, [50.0, 25.0], [units, {"x": "m/s²"}])
    assert found.outcome == "issue"
    assert (
        found.says == "The recordings differ from the card: 25 Hz instead of 50 Hz, x in m/s² instead of g."
    )


def test_a_place_that_follows_from_the_activity_is_found():
    names = ("swipe", "clap", "jog")
    label = np.array([0, 0, 1, 2, 2, -1])
    place = ["wrist", "wrist", "wrist", "thigh", "thigh", "ankle"]
    device = ["a", "b", "a", "b", "", "b"]
    found = k.check_given_away(label, {"device": device, "place": place}, names)
    assert found.outcome == "issue"
    assert found.says == "The place is a function of the activity: thigh for jog; wrist for swipe, clap."
    assert k.check_given_away(label, {"device": device}, names).outcome == "passed"
    assert k.check_given_away(label, {"place": ["wrist"] * 6}, names).outcome == "not applicable"
    assert k.check_given_away(label, {}, names).outcome == "not applicable"


def test_a_model_must_beat_the_majority():
    people = ("a", "b", "c")
    floor = Score("macro_f1", people, np.array([0.1, 0.2, 0.15]))
    good = replace(floor, values=np.array([0.8, 0.9, 0.87]))
    lucky = replace(floor, values=np.array([0.1, 0.2, 0.9]))
    assert k.check_majority(good, floor).outcome == "passed"
    assert k.check_majority(lucky, floor).outcome == "tip"
    found = k.check_majority(floor, floor)
    assert found.outcome == "issue"
    assert found.says.endswith("macro_f1 0.150, the majority's 0.150.")


@pytest.mark.parametrize(
    ("people", "comparisons", "outcome"),
    [(5, 1, "issue"), (6, 1, "passed"), (6, 2, "issue"), (7, 2, "passed"), (1, 0, "not applicable")],
)
def test_too_few_people_are_said(people, comparisons, outcome):
    # 2 k / 2^n against 0.05
    assert k.check_enough(people, comparisons).outcome == outcome
