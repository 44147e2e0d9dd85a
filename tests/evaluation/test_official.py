"""The protocol official: the publisher's own split, where it is one over people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from kodo.datasets.recording import gather
from kodo.errors import KodoError
from kodo.evaluation.protocol import PROTOCOLS, Folding
from kodo.windows.cut import Windows, cut

OFFICIAL = PROTOCOLS.get("official")
SIDES = {"s1": "train", "s2": "test", "s3": "train", "s4": "train", "s5": "test"}


@pytest.fixture
def windows(make_windows) -> Windows:
    return make_windows({name: [(0, 30), (1, 30)] for name in SIDES})


def listed(windows: Windows, sides: Mapping[str, str]) -> Windows:
    """The same windows, of recordings that say on which side they are."""
    items = [
        replace(r, facts={"split": sides[r.subject]} if r.subject in sides else {}) for r in windows.recorded
    ]
    return cut(gather(windows.recorded.card, items, "listed"), seconds=1.0, overlap=0.5)


def people(windows: Windows, rows: np.ndarray) -> set[str]:
    return {windows.subjects[code] for code in windows.subject[rows]}


def test_the_publishers_people_are_tested_and_nobody_else(windows):
    seen = listed(windows, SIDES)
    assert OFFICIAL.count(seen, Folding()) == 1
    fold = OFFICIAL.fold(seen, 0, Folding())
    assert people(seen, fold.test) == {"s2", "s5"}
    assert people(seen, fold.train) | people(seen, fold.validation) == {"s1", "s3", "s4"}
    assert len(people(seen, fold.validation)) == 1
    assert len(fold.test) == 2 * len(seen) // len(SIDES)


def test_reserved_people_take_no_part(windows):
    fold = OFFICIAL.fold(listed(windows, SIDES), 0, Folding(reserved=("s2", "s4")))
    assert people(windows, fold.test) == {"s5"}
    assert people(windows, np.concatenate([fold.train, fold.validation])) == {"s1", "s3"}


@pytest.mark.parametrize(
    ("sides", "sentence"),
    [
        (
            {},
            r"no official split: recording rs1 does not say .* 'split'\): take the protocol kfold",
        ),
        (SIDES | {"s4": "validation"}, "recording rs4 does not say"),
        (dict.fromkeys(SIDES, "train"), "tests 0 and leaves 5 of the people"),
        (dict.fromkeys(SIDES, "test") | {"s1": "train"}, "tests 4 and leaves 1 of the people"),
    ],
)
def test_no_split_is_refused_with_what_is_wanted(windows, sides, sentence):
    with pytest.raises(KodoError, match=sentence):
        OFFICIAL.fold(listed(windows, sides), 0, Folding())


def test_a_person_on_both_sides_is_named(windows):
    twice = [replace(r, facts={"split": side}) for r in windows.recorded[:2] for side in ("train", "test")]
    both = cut(gather(windows.recorded.card, twice, "twice"), seconds=1.0, overlap=0.5)
    with pytest.raises(KodoError, match=r"has person s1 on both sides, so it says nothing about new people"):
        OFFICIAL.count(both, Folding())


def test_windows_that_do_not_know_their_recordings(windows):
    with pytest.raises(KodoError, match=r"these windows do not know their recordings"):
        OFFICIAL.count(replace(windows, recorded=None), Folding())
